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
            in_days(u64::try_from(reading.ahead_seconds).unwrap_or_default())
        ))?,
    }
    Ok(Done::Clean)
}

/// A length of time as `clock advance` takes it, in days and less: months and years are not of one
/// length.
fn in_days(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let rest = humantime::format_duration(std::time::Duration::from_secs(rest));
    match (days, seconds % 86_400) {
        (0, _) => rest.to_string(),
        (days, 0) => format!("{days}days"),
        (days, _) => format!("{days}days {rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::in_days;

    #[test]
    fn lengths_of_time() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (86_400, "1days"),
            (400 * 86_400, "400days"),
            (400 * 86_400 + 7 * 3600 + 26 * 60 + 23, "400days 7h 26m 23s"),
        ] {
            assert_eq!(in_days(seconds), text);
            let read = humantime::parse_duration(text).unwrap();
            assert_eq!(read.as_secs(), seconds);
        }
    }
}
