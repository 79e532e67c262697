//! `claviger trail verify`: shows that no record was changed, taken out, put in or moved, in the
//! database of a service, in an archive, or in both.

mod archive;
mod database;
mod keys;
mod records;
mod report;
mod state;

use crate::arguments::{DEFAULT_DIRECTORY, Verify};
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json};
use crate::paint::Paint;
use crate::trail_archive::Location;
use serde::Serialize;
use std::path::Path;

/// What `--output json` prints.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    database: Option<database::Told>,
    #[serde(skip_serializing_if = "Option::is_none")]
    archive: Option<report::Report>,
}

pub(crate) fn verify(arguments: &Verify, format: Format) -> Result<Done, Failure> {
    let directory = match (&arguments.dir, &arguments.archive) {
        (Some(directory), _) => Some(directory.as_path()),
        (None, None) => Some(Path::new(DEFAULT_DIRECTORY)),
        (None, Some(_)) => None,
    };
    let own = || Location::of_service(directory?);
    let location = arguments.archive.clone().or_else(own);
    if location.is_none() && arguments.asks_for_an_archive() {
        return Err(Failure::wrong_use(
            "all options but --dir and --head are about an archive, and there is none here",
        )
        .next("name an archive with --archive"));
    }
    let database = directory.map(|d| database::verify(d, &arguments.heads));
    let mut database = database.transpose()?;
    if let (Some(told), Some(directory), None) = (&mut database, directory, &location) {
        told.needs_its_archive(directory)?;
    }
    let left = database.as_ref().map(|d| d.left);
    let own_keys = database.as_ref().map(|d| &d.keys);
    let archive = location.map(|location| {
        let beside = own_keys.zip(left);
        archive::verify(&location, arguments, beside)
    });
    let told = Told {
        database,
        archive: archive.transpose()?,
    };
    match format {
        Format::Json => print_json(&told)?,
        Format::Table => print(&text(&told, Paint::of_output()))?,
    }
    let clean = told.database.is_none_or(|d| d.intact) && told.archive.is_none_or(|a| a.clean);
    Ok(if clean { Done::Clean } else { Done::Findings })
}

fn text(told: &Told, paint: Paint) -> String {
    let database = told.database.as_ref().map(|d| database::text(d, paint));
    let archive = told.archive.as_ref().map(|a| report::text(a, paint));
    database.unwrap_or_default() + &archive.unwrap_or_default()
}
