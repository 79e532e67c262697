//! Records as people read them.

use super::unreadable;
use crate::exit::Failure;
use crate::output::{self, one_line, printable, table};
use claviger_trail::RecordView;

pub(super) fn print_table(bodies: &[Vec<u8>]) -> Result<(), Failure> {
    let mut rows = table(&["TIME", "EVENT", "WHO", "KEY OR RESOURCE", "RESULT"]);
    for body in bodies {
        let view = RecordView::read(body).map_err(unreadable)?;
        rows.add_row(cells(&view).map(|cell| printable(&cell).into_owned()));
    }
    output::print_table(&rows)
}

/// The same cells in one line, for records that come one by one.
pub(super) fn line(body: &[u8]) -> Result<String, Failure> {
    let view = RecordView::read(body).map_err(unreadable)?;
    let cells = cells(&view).map(|cell| one_line(&cell).into_owned());
    Ok(cells.join("  ") + "\n")
}

fn cells(view: &RecordView<'_>) -> [String; 5] {
    [
        view.event_time.to_string(),
        event(view),
        who(view),
        view.resource().unwrap_or("-").to_owned(),
        view.error_code.as_deref().unwrap_or("ok").to_owned(),
    ]
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
