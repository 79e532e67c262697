//! `claviger trail query`: the newest records that fit, as a table or as the records themselves.

use super::delivered;
use crate::arguments::Query;
use crate::directory::Directory;
use crate::exit::{Done, Failure};
use crate::output::{self, Format, print_json, printable, table};
use crate::progress::Progress;
use claviger_server::newest_records;
use claviger_trail::{ErrorFilter, Filter, RecordView};
use serde_json::value::RawValue;

pub(crate) fn query(arguments: &Query, format: Format) -> Result<Done, Failure> {
    let filter = filter(arguments)?;
    let directory = Directory::new(&arguments.place.dir);
    let mut source = directory.records()?;
    let limit = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let reading = Progress::start("reading audit records");
    // The database first: what leaves it meanwhile is then seen twice rather than not at all.
    let stored = newest_records(&mut source, &filter, limit).map_err(unreadable)?;
    let left = limit.saturating_sub(stored.len());
    let mut records = match left {
        0 => Vec::new(),
        left => delivered::newest(&directory, &filter, left)?,
    };
    for record in stored {
        if !records.contains(&record.body) {
            records.push(record.body);
        }
    }
    drop(reading);
    match format {
        Format::Json => print_records(&records)?,
        Format::Table => print_table(&records)?,
    }
    Ok(Done::Clean)
}

fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::new(error).next("claviger trail verify shows whether the records are what was written")
}

fn filter(arguments: &Query) -> Result<Filter, Failure> {
    if let (Some(from), Some(until)) = (arguments.from, arguments.until)
        && from >= until
    {
        return Err(Failure::wrong_use(format_args!(
            "--from {from} is not before --until {until}"
        ))
        .next("swap them"));
    }
    Ok(Filter {
        from: arguments.from,
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
    })
}

/// The records as they are stored, byte for byte, in an array.
fn print_records(records: &[Vec<u8>]) -> Result<(), Failure> {
    let bodies = records
        .iter()
        .map(|body| serde_json::from_slice::<&RawValue>(body))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    print_json(&bodies)
}

fn print_table(records: &[Vec<u8>]) -> Result<(), Failure> {
    let mut rows = table(&["TIME", "EVENT", "WHO", "KEY OR RESOURCE", "RESULT"]);
    for record in records {
        let view = RecordView::read(record).map_err(unreadable)?;
        rows.add_row(
            [
                view.event_time.to_string(),
                event(&view),
                who(&view),
                resource(&view),
                view.error_code.as_deref().unwrap_or("ok").to_owned(),
            ]
            .map(|cell| printable(&cell).into_owned()),
        );
    }
    output::print_table(&rows)
}

fn event(view: &RecordView<'_>) -> String {
    let source = &view.event_source;
    let short = source.strip_suffix(".amazonaws.com").unwrap_or(source);
    format!("{short}:{}", view.event_name)
}

fn who(view: &RecordView<'_>) -> String {
    let identity = &view.user_identity;
    let who = identity.arn.as_deref().or(identity.principal_id.as_deref());
    match (who, identity.invoked_by.as_deref()) {
        (Some(who), Some(service)) => format!("{who} via {service}"),
        (Some(who), None) => who.to_owned(),
        (None, Some(service)) => service.to_owned(),
        (None, None) => identity.kind.as_deref().unwrap_or("-").to_owned(),
    }
}

fn resource(view: &RecordView<'_>) -> String {
    let mut arns = view
        .resources
        .iter()
        .flatten()
        .filter_map(|r| r.arn.as_deref());
    arns.next().unwrap_or("-").to_owned()
}
