//! `claviger trail query`: the newest records that fit, from the database of a service, from an
//! archive, or from both together, each once.

mod archive;
mod csv;
mod follow;
mod newest;
mod rows;

use crate::arguments::{Query, QueryFormat};
use crate::directory::Directory;
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, remark};
use crate::paint::{Look, Paint};
use crate::progress::Progress;
use crate::trail_archive::{Location, open};
use claviger_server::newest_records;
use claviger_store::SqliteReader;
use claviger_trail::{ErrorFilter, Filter};
use newest::{Newest, Origin};
use serde_json::value::RawValue;

/// How records are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    Json,
    Lines,
    Csv,
}

pub(crate) fn query(arguments: &Query, format: Format) -> Result<Done, Failure> {
    let filter = filter(arguments)?;
    let form = form(arguments, format);
    let mut source = database(arguments)?;
    let limit = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let mut newest = Newest::new(limit);
    let mut place = follow::Place::default();
    if let Some(source) = &mut source {
        // Read before the archive is listed: what leaves in between is then in both, not in neither.
        let reading = Progress::start("reading audit records");
        place = follow::Place::end_of(source)?;
        for record in newest_records(source, &filter, limit).map_err(unreadable)? {
            // What was made meanwhile is shown by what follows.
            if arguments.follow && !place.is_past(&record) {
                continue;
            }
            newest.take(Origin::Database(record.position), record.body);
        }
        drop(reading);
    }
    let damaged = match archive_of(arguments) {
        None => 0,
        Some(location) => {
            let objects = open(&location, &arguments.aws)?;
            archive::search(objects.as_ref(), location.root(), &filter, &mut newest)?
        }
    };
    let bodies = newest.into_bodies();
    print_all(&bodies, form)?;
    match source {
        Some(mut source) if arguments.follow => follow::follow(&mut source, place, &filter, form),
        _ if damaged > 0 => Ok(Done::Findings),
        _ => Ok(Done::Clean),
    }
}

/// The database, unless an archive alone is asked for.
fn database(arguments: &Query) -> Result<Option<SqliteReader>, Failure> {
    match (&arguments.dir, &arguments.archive) {
        (None, Some(_)) if arguments.follow => Err(Failure::wrong_use(
            "--follow shows the records of a service as they are made, and none was named",
        )
        .next("name the service's directory with --dir")),
        (None, Some(_)) => Ok(None),
        _ => Directory::new(arguments.directory()).records().map(Some),
    }
}

/// The archive that was named, or the one that a development service keeps in its own directory.
fn archive_of(arguments: &Query) -> Option<Location> {
    let own = || Location::of_service(arguments.directory());
    arguments.archive.clone().or_else(own)
}

fn form(arguments: &Query, format: Format) -> Form {
    match (arguments.format, format) {
        (Some(QueryFormat::Jsonl), _) => Form::Lines,
        (Some(QueryFormat::Csv), _) => Form::Csv,
        // An array has an end, and what is followed has none.
        (None, Format::Json) if arguments.follow => Form::Lines,
        (None, Format::Json) => Form::Json,
        (None, Format::Table) => Form::Table,
    }
}

fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::new(error).next("claviger trail verify shows whether the records are what was written")
}

fn filter(arguments: &Query) -> Result<Filter, Failure> {
    if let (Some(since), Some(until)) = (arguments.since, arguments.until)
        && since >= until
    {
        return Err(Failure::wrong_use(format_args!(
            "--since {since} is not before --until {until}"
        ))
        .next("swap them"));
    }
    Ok(Filter {
        from: arguments.since,
        until: arguments.until,
        principal: arguments.principal.clone(),
        key: arguments.key.clone(),
        event_name: arguments.event.clone(),
        event_source: arguments.source.clone(),
        error: arguments.error.as_deref().map(|error| match error {
            "any" => ErrorFilter::Any,
            "none" => ErrorFilter::None,
            code => ErrorFilter::Code(code.to_owned()),
        }),
        alias: arguments.alias.clone(),
        context: arguments.context.clone(),
        address: arguments.address.clone(),
        account: arguments.account.map(|account| account.to_string()),
        region: arguments.in_region.as_ref().map(ToString::to_string),
        request_id: arguments.request_id.clone(),
    })
}

fn print_all(bodies: &[Vec<u8>], form: Form) -> Result<(), Failure> {
    match form {
        Form::Table => rows::print_table(bodies),
        Form::Json => print_json(&raw(bodies)?),
        Form::Lines => print(&lines(bodies)?),
        Form::Csv => print(&(csv::head() + &csv::rows(bodies)?)),
    }
}

/// The records as they are stored, byte for byte.
fn raw(bodies: &[Vec<u8>]) -> Result<Vec<&RawValue>, Failure> {
    let raw = bodies.iter().map(|body| serde_json::from_slice(body));
    raw.collect::<Result<_, _>>().map_err(unreadable)
}

/// One record in each line. CloudTrail writes none over several; one of another maker may.
fn lines(bodies: &[Vec<u8>]) -> Result<String, Failure> {
    let mut text = String::new();
    for body in raw(bodies)? {
        let plain = body.get();
        if plain.contains('\n') {
            let value: serde_json::Value = serde_json::from_str(plain).map_err(unreadable)?;
            text.push_str(&value.to_string());
        } else {
            text.push_str(plain);
        }
        text.push('\n');
    }
    Ok(text)
}

/// Something of the trail that could not be read, told beside the records.
fn damage(object: &str, what: impl std::fmt::Display) {
    let label = Paint::of_error().with(Look::Bad, "damaged:");
    let text = format!("{object}: {what}");
    remark(&format!("{label} {}\n", crate::output::one_line(&text)));
}
