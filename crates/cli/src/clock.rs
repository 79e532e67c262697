//! `claviger clock`: shows and moves the virtual clock of a running development service.

use crate::arguments::{Advance, Place};
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, shell_path};
use claviger_server::{Answer, AskError, ClockReading, Question, ask};
use std::io::Write as _;

pub(crate) fn show(place: &Place, format: Format) -> Result<Done, Failure> {
    tell(&asked(place, &Question::ClockShow {})?, format)
}

pub(crate) fn advance(arguments: &Advance, format: Format) -> Result<Done, Failure> {
    let millis = u64::try_from(arguments.by.as_millis()).map_err(Failure::wrong_use)?;
    let reading = asked(&arguments.place, &Question::ClockAdvance { millis })?;
    // For people; nobody reads it where standard error is closed.
    let _ = writeln!(
        std::io::stderr(),
        "{} pieces of due work were done; sessions may have expired",
        reading.done
    );
    tell(&reading, format)
}

fn asked(place: &Place, question: &Question) -> Result<ClockReading, Failure> {
    let dir = place.dir.display();
    match ask(&place.dir, question) {
        Ok(Answer::Clock(reading)) => Ok(reading),
        Ok(Answer::Refused(why)) => Err(Failure::new(why)),
        Ok(Answer::Administrator(_)) => Err(Failure::new("the service answered something else")),
        Err(AskError::Nobody { .. }) => Err(Failure::new(format_args!(
            "no development service runs in {dir}"
        ))
        .next(format_args!(
            "start it with: claviger up --dir {}",
            shell_path(&place.dir)
        ))),
        Err(other) => Err(Failure::new(other)),
    }
}

fn tell(reading: &ClockReading, format: Format) -> Result<Done, Failure> {
    match format {
        Format::Json => print_json(reading)?,
        Format::Table => print(&format!(
            "virtual time  {}\nreal time     {}\nahead         {}\n",
            reading.now,
            reading.real,
            humantime::format_duration(std::time::Duration::from_secs(
                u64::try_from(reading.ahead_seconds).unwrap_or_default()
            ))
        ))?,
    }
    Ok(Done::Clean)
}
