//! `claviger clock`: shows and moves the virtual clock of a running development service.

use crate::arguments::{Advance, Place};
use crate::directory::Directory;
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, remark};
use crate::progress::Progress;
use claviger_server::{Answer, AskError, ClockReading, Question, ask};

pub(crate) fn show(place: &Place, format: Format) -> Result<Done, Failure> {
    tell(&asked(place, &Question::ClockShow {})?, format)
}

pub(crate) fn advance(arguments: &Advance, format: Format) -> Result<Done, Failure> {
    // What is longer than can be said is refused as what is too long.
    let millis = u64::try_from(arguments.by.as_millis()).unwrap_or(u64::MAX);
    let moving = Progress::start("moving virtual time, doing what falls due");
    let reading = asked(&arguments.place, &Question::ClockAdvance { millis })?;
    drop(moving);
    // As JSON the reading says it.
    if format == Format::Table {
        remark(&format!(
            "{} pieces of due work were done; sessions may have expired\n",
            reading.done
        ));
    }
    tell(&reading, format)
}

fn asked(place: &Place, question: &Question) -> Result<ClockReading, Failure> {
    match ask(&place.dir, question) {
        Ok(Answer::Clock(reading)) => Ok(reading),
        Ok(Answer::Refused(why)) => Err(Failure::new(why).next(
            "claviger clock show tells where time stands; what claviger up said may tell more",
        )),
        Ok(_) => Err(Failure::defect("the service answered something else")),
        Err(AskError::Nobody { .. }) => Err(Directory::new(&place.dir).nobody_runs()),
        Err(broken) => Err(Failure::new(format_args!(
            "the development service did not answer: {broken}"
        ))
        .next("see whether claviger up still runs, as the same user and in the same version")),
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
