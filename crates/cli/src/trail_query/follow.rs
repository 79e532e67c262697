//! Records as they are made: the database is looked at again and again. It ends when the reader does.

use super::{Form, csv, lines, rows, unreadable};
use crate::exit::{Done, Failure};
use crate::output::{print, remark};
use claviger_store::{RecordSource, RecordsFrom, SqliteReader, StoredRecord};
use claviger_trail::{Filter, RecordView};
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

/// How often the database is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Records in one page.
const PAGE: u32 = 1000;

/// How far the records have been seen.
#[derive(Debug, Default)]
pub(super) struct Place {
    after: u64,
    /// The last number seen of each writer.
    seen: BTreeMap<[u8; 16], u64>,
}

impl Place {
    /// Behind the newest record of now.
    pub(super) fn end_of(source: &mut SqliteReader) -> Result<Self, Failure> {
        let page = source.records(RecordsFrom::Before(u64::MAX), 1);
        let newest = page.map_err(unreadable)?;
        let mut place = Self::default();
        for chain in source.chains().map_err(unreadable)? {
            place.seen.insert(chain.writer.0, chain.left_seq);
        }
        for record in &newest {
            place.pass(record);
        }
        Ok(place)
    }

    /// Whether a record was made before the place.
    pub(super) fn is_past(&self, record: &StoredRecord) -> bool {
        record.position <= self.after
    }

    /// Goes past a record. Returns how many before it have left for the archive unseen.
    fn pass(&mut self, record: &StoredRecord) -> u64 {
        self.after = record.position;
        let seen = self.seen.insert(record.writer.0, record.seq);
        let expected = seen.unwrap_or_default().saturating_add(1);
        record.seq.saturating_sub(expected)
    }
}

pub(super) fn follow(
    source: &mut SqliteReader,
    mut place: Place,
    filter: &Filter,
    form: Form,
) -> Result<Done, Failure> {
    loop {
        let page = source.records(RecordsFrom::After(place.after), PAGE);
        let page = page.map_err(unreadable)?;
        let fewer_than_a_page = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        let mut fitting = Vec::new();
        for record in page {
            let unseen = place.pass(&record);
            if unseen > 0 {
                tell_unseen(unseen);
            }
            let view = RecordView::read(&record.body).map_err(unreadable)?;
            if filter.matches(&view) {
                fitting.push(record.body);
            }
        }
        print_more(&fitting, form)?;
        if fewer_than_a_page {
            thread::sleep(LOOK_EVERY);
        }
    }
}

fn tell_unseen(unseen: u64) {
    remark(&format!(
        "{unseen} records left for the archive before they were seen here; claviger trail query with \
         --archive and --since shows them\n"
    ));
}

fn print_more(bodies: &[Vec<u8>], form: Form) -> Result<(), Failure> {
    if bodies.is_empty() {
        return Ok(());
    }
    match form {
        Form::Table => {
            let lines = bodies.iter().map(|body| rows::line(body));
            print(&lines.collect::<Result<String, _>>()?)
        }
        Form::Json | Form::Lines => print(&lines(bodies)?),
        Form::Csv => print(&csv::rows(bodies)?),
    }
}
