//! How far each sink has come, as rows in the store, and how far records may leave it.

use claviger_store::RowWrite;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The collection of the cursors; each row is named as its sink.
pub const COLLECTION: &str = "sink-cursor";

/// A row's value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The position of the last record that the sink has; 0 for none.
    pub position: u64,
}

/// The cursors of all sinks that ever were, with the versions of their rows.
#[derive(Debug, Clone, Default)]
pub struct Cursors(BTreeMap<String, (Cursor, u64)>);

impl Cursors {
    /// Takes a row that was loaded. Returns whether it could be read.
    pub fn enter(&mut self, name: &str, version: u64, value: &[u8]) -> bool {
        let cursor = serde_json::from_slice(value);
        cursor
            .map(|cursor| self.0.insert(name.to_owned(), (cursor, version)))
            .is_ok()
    }

    /// Where a sink is.
    #[must_use]
    pub fn of(&self, name: &str) -> (Cursor, Option<u64>) {
        match self.0.get(name) {
            Some((cursor, version)) => (*cursor, Some(*version)),
            None => (Cursor::default(), None),
        }
    }

    /// Notes where a sink has come to; one that has no row yet is not there.
    pub(super) fn put(&mut self, name: &str, cursor: Cursor, version: Option<u64>) {
        if let Some(version) = version {
            self.0.insert(name.to_owned(), (cursor, version));
        }
    }
}

/// The write of a cursor whose row has a version, if it has one at all.
pub(super) fn write(
    name: &str,
    cursor: Cursor,
    version: Option<u64>,
) -> Result<RowWrite, serde_json::Error> {
    Ok(RowWrite {
        collection: COLLECTION,
        row: name.to_owned(),
        expected: version,
        value: Some(serde_json::to_vec(&cursor)?),
    })
}
