//! The records of an archive: log files are opened at once, newest first, as long as they can hold
//! one that is newer than what was found. Files that are damaged are told and passed over.

use super::damage;
use super::newest::{Newest, Origin};
use crate::exit::Failure;
use crate::progress::Progress;
use crate::trail_archive::{Objects, Wanted, each, walk};
use claviger_trail::archive::{FoundName, decompress, records_of};
use claviger_trail::{Filter, RecordView};
use claviger_types::Timestamp;
use std::cmp::Reverse;
use std::sync::atomic::{AtomicI64, Ordering};

/// More than a log file holds, uncompressed.
const MOST: u64 = 256 << 20;
/// Log files that are open at once, however many requests are of use: each may need its whole size.
const AT_ONCE: usize = 8;
/// A log file is named by the minute in which it was made.
const MINUTE: i64 = 60;
/// CloudTrail delivers within minutes as a rule; later than this a record is not looked for.
const DELIVERED_WITHIN: i64 = 24 * 3600;

struct File {
    number: usize,
    object: String,
    time: Timestamp,
}

/// What a file brought.
struct Opened {
    /// The records that fit, with their numbers.
    fitting: Vec<(usize, Vec<u8>)>,
    damage: Option<String>,
}

/// Searches an archive. Returns how many log files are damaged.
pub(super) fn search(
    objects: &dyn Objects,
    root: &str,
    filter: &Filter,
    newest: &mut Newest,
) -> Result<u64, Failure> {
    let files = list(objects, root, filter)?;
    let total = u64::try_from(files.len()).unwrap_or(u64::MAX);
    let progress = Progress::counting("reading log files", total);
    let floor = AtomicI64::new(i64::MIN);
    let mut damaged = 0;
    each(
        &files,
        objects.width().min(AT_ONCE),
        |file| {
            let newest_in_it = file.time.plus_seconds(MINUTE).millis();
            (newest_in_it >= floor.load(Ordering::Relaxed)).then(|| open(objects, file, filter))
        },
        |file, opened| {
            progress.step();
            let Some(opened) = opened else {
                return true;
            };
            for (number, body) in opened.fitting {
                newest.take(Origin::Archive(file.number, number), body);
            }
            if let Some(what) = opened.damage {
                damaged += 1;
                damage(&file.object, what);
            }
            if let Some(time) = newest.floor() {
                floor.store(time.millis(), Ordering::Relaxed);
            }
            true
        },
    );
    Ok(damaged)
}

/// The log files in which records that fit may be, newest first.
fn list(objects: &dyn Objects, root: &str, filter: &Filter) -> Result<Vec<File>, Failure> {
    let listing = Progress::start("listing the archive");
    let one = |text: &Option<String>| text.iter().cloned().collect::<Vec<_>>();
    let parsed = |texts: Vec<String>| texts.iter().filter_map(|t| t.parse().ok()).collect();
    let wanted = Wanted {
        digests: false,
        // The minute of a name may have begun before the time that is wanted.
        from: filter.from.map(|t| t.plus_seconds(-MINUTE)),
        until: filter.until.map(|t| t.plus_seconds(DELIVERED_WITHIN)),
        accounts: parsed(one(&filter.account)),
        regions: filter
            .region
            .iter()
            .filter_map(|region| region.parse().ok())
            .collect(),
    };
    let listed = walk(objects, root, &wanted)?;
    drop(listing);
    let mut files: Vec<_> = listed
        .into_iter()
        .filter_map(|(listed, name)| match name {
            FoundName::LogFile { time, .. } => Some((time, listed.object)),
            FoundName::Digest { .. } => None,
        })
        .collect();
    files.sort();
    let numbered = files.into_iter().enumerate();
    let mut files: Vec<_> = numbered
        .map(|(number, (time, object))| File {
            number,
            object,
            time,
        })
        .collect();
    files.sort_by_key(|file| Reverse(file.number));
    Ok(files)
}

fn open(objects: &dyn Objects, file: &File, filter: &Filter) -> Opened {
    let mut opened = Opened {
        fitting: Vec::new(),
        damage: None,
    };
    if let Err(what) = read(objects, file, filter, &mut opened) {
        opened.damage = Some(what);
    }
    opened
}

fn read(
    objects: &dyn Objects,
    file: &File,
    filter: &Filter,
    opened: &mut Opened,
) -> Result<(), String> {
    let found = objects.fetch(&file.object)?;
    let found = found.ok_or_else(|| "it went away while the archive was read".to_owned())?;
    let content = decompress(&found.bytes, MOST).map_err(|e| e.to_string())?;
    drop(found);
    let records = records_of(&content).map_err(|e| format!("this is no log file: {e}"))?;
    let mut unreadable = None;
    for (number, record) in records.into_iter().enumerate() {
        let body = record.get().as_bytes();
        match RecordView::read(body) {
            Ok(view) if filter.matches(&view) => opened.fitting.push((number, body.to_vec())),
            Ok(_) => {}
            Err(error) => unreadable = Some(format!("record {}: {error}", number + 1)),
        }
    }
    unreadable.map_or(Ok(()), Err)
}
