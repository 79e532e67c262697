//! The rows of delivery with their versions, as they are in the store: read at start, then kept by the
//! one who writes them.

use crate::rows::{
    COLLECTION, Cursor, PLAN, Plan, PublicKey, STATUS, SigningKey, Status, Written, keys_of,
};
use crate::{DeliveryError, Work};
use claviger_store::RowWrite;
use claviger_trail::archive::DigestPublicKey;
use claviger_types::{AccountId, RegionName, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// A row's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Row {
    Plan(Plan),
    Status(Status),
    Cursor(Cursor),
    Written(Written),
    Key(SigningKey),
}

impl Row {
    fn read(name: &str, value: &[u8]) -> Option<Self> {
        fn json<T: DeserializeOwned>(value: &[u8]) -> Option<T> {
            serde_json::from_slice(value).ok()
        }
        match name.split('/').next()? {
            PLAN => json(value).map(Self::Plan),
            STATUS => json(value).map(Self::Status),
            "digest" => json(value).map(Self::Cursor),
            "file" => json(value).map(Self::Written),
            "key" => json(value).map(Self::Key),
            _ => None,
        }
    }

    fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        fn json(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
            serde_json::to_vec(value)
        }
        match self {
            Self::Plan(plan) => json(plan),
            Self::Status(status) => json(status),
            Self::Cursor(cursor) => json(cursor),
            Self::Written(written) => json(written),
            Self::Key(key) => json(key),
        }
    }
}

/// All rows of delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    rows: BTreeMap<String, (u64, Row)>,
}

impl Book {
    /// Takes a row over as the store has it.
    ///
    /// # Errors
    /// When it is none of delivery's.
    pub fn load(&mut self, name: &str, version: u64, value: &[u8]) -> Result<(), DeliveryError> {
        let row = Row::read(name, value).ok_or_else(|| DeliveryError::Row {
            row: name.to_owned(),
        })?;
        self.rows.insert(name.to_owned(), (version, row));
        Ok(())
    }

    fn get(&self, name: &str) -> Option<&Row> {
        self.rows.get(name).map(|(_, row)| row)
    }

    pub(crate) fn plan(&self) -> Option<&Plan> {
        match self.get(PLAN) {
            Some(Row::Plan(plan)) => Some(plan),
            _ => None,
        }
    }

    /// Where delivery stands; none before it began.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        match self.get(STATUS) {
            Some(Row::Status(status)) => Some(*status),
            _ => None,
        }
    }

    fn beginning_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Row)> {
        self.rows
            .range(prefix.to_owned()..)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, (_, row))| (name.as_str(), row))
    }

    /// The accounts and Regions that have digests, with how far these have come.
    pub(crate) fn cursors(&self) -> Vec<(AccountId, RegionName, Cursor)> {
        let read = |(name, row): (&str, &Row)| {
            let mut parts = name.split('/').skip(1);
            let account = parts.next()?.parse().ok()?;
            let region = parts.next()?.parse().ok()?;
            match row {
                Row::Cursor(cursor) => Some((account, region, cursor.clone())),
                _ => None,
            }
        };
        self.beginning_with("digest/").filter_map(read).collect()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.rows.contains_key(name)
    }

    /// Written files under a beginning of names, each with its row's name.
    pub(crate) fn written<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Written)> {
        self.beginning_with(prefix)
            .filter_map(|(name, row)| match row {
                Row::Written(written) => Some((name, written)),
                _ => None,
            })
    }

    /// All signing keys, each with its row's name.
    pub(crate) fn all_keys(&self) -> impl Iterator<Item = (&str, &SigningKey)> {
        self.beginning_with("key/")
            .filter_map(|(name, row)| match row {
                Row::Key(key) => Some((name, key)),
                _ => None,
            })
    }

    /// The signing keys of a Region, oldest first, each with its row's name.
    pub(crate) fn keys(&self, region: &RegionName) -> Vec<(&str, &SigningKey)> {
        let prefix = keys_of(region);
        let rows = self.rows.range(prefix.clone()..);
        let own = rows.take_while(|(name, _)| name.starts_with(&prefix));
        let mut keys: Vec<_> = own
            .filter_map(|(name, (_, row))| match row {
                Row::Key(key) => Some((name.as_str(), key)),
                _ => None,
            })
            .collect();
        keys.sort_by_key(|(_, key)| key.from);
        keys
    }

    /// The public keys of a Region that sign between two moments, oldest first.
    #[must_use]
    pub fn public_keys(
        &self,
        region: &RegionName,
        from: Timestamp,
        until: Timestamp,
    ) -> Vec<PublicKey> {
        let keys = self.keys(region).into_iter();
        keys.filter(|(_, key)| key.from <= until && key.until >= from)
            .filter_map(|(_, key)| public_key(key))
            .collect()
    }

    /// The public keys of all Regions.
    #[must_use]
    pub fn all_public_keys(&self) -> Vec<PublicKey> {
        self.all_keys()
            .filter_map(|(_, key)| public_key(key))
            .collect()
    }
}

fn public_key(key: &SigningKey) -> Option<PublicKey> {
    Some(PublicKey {
        key: DigestPublicKey(base16ct::lower::decode_vec(&key.public).ok()?),
        from: key.from,
        until: key.until,
    })
}

/// Rows that are to be written together, and what becomes of the book then.
#[derive(Default)]
pub(crate) struct Entries {
    pub(crate) work: Work,
    changes: BTreeMap<String, Option<(u64, Row)>>,
}

impl Entries {
    /// The version of a row after these entries.
    fn version(&self, book: &Book, name: &str) -> Option<u64> {
        match self.changes.get(name) {
            Some(change) => change.as_ref().map(|(version, _)| *version),
            None => book.rows.get(name).map(|(version, _)| *version),
        }
    }

    pub(crate) fn put(&mut self, book: &Book, name: &str, row: Row) -> Result<(), DeliveryError> {
        let value = row.encode()?;
        let expected = self.version(book, name);
        self.write(name, expected, Some(value));
        let version = expected.unwrap_or_default() + 1;
        self.changes.insert(name.to_owned(), Some((version, row)));
        Ok(())
    }

    pub(crate) fn delete(&mut self, book: &Book, name: &str) {
        if let Some(version) = self.version(book, name) {
            self.write(name, Some(version), None);
            self.changes.insert(name.to_owned(), None);
        }
    }

    fn write(&mut self, name: &str, expected: Option<u64>, value: Option<Vec<u8>>) {
        self.work.rows.push(RowWrite {
            collection: COLLECTION,
            row: name.to_owned(),
            expected,
            value,
        });
    }

    /// Enters them into the book, once they are committed.
    pub(crate) fn enter(self, book: &mut Book) {
        for (name, change) in self.changes {
            match change {
                Some(row) => book.rows.insert(name, row),
                None => book.rows.remove(&name),
            };
        }
    }
}
