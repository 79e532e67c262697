//! Reads everything a node keeps in memory from its store: the state, the last uses of keys, and
//! the node's own rows.

use claviger_core::state::{
    DecodeError, KeyPlace, KeyUse, LastUse, Material, Snapshot, Stored as _,
};
use claviger_store::{Store, StoreError, Stored};
use std::ops::ControlFlow;

/// The collection of the wrapped store key.
pub(super) const SEAL: &str = "seal";
/// Its row.
pub(super) const STORE_KEY: &str = "store-key";
/// The collection of what the node itself keeps.
pub(super) const NODE: &str = "node";
/// The row with the id of the writer of records: 16 bytes.
pub(super) const WRITER: &str = "writer";

/// What a store holds.
pub(crate) struct Loaded {
    /// The state.
    pub(crate) snapshot: Snapshot,
    /// The last use of each key.
    pub(crate) uses: Vec<(KeyPlace, LastUse)>,
    /// The node's own rows.
    pub(super) own: Own,
}

impl Loaded {
    /// Whether nothing was ever committed.
    pub(super) fn is_new(&self) -> bool {
        self.snapshot.revision == 0
    }
}

/// The node's own rows.
#[derive(Default)]
pub(super) struct Own {
    /// The wrapped store key.
    pub(super) wrapped: Option<Vec<u8>>,
    /// The writer's id.
    pub(super) writer: Option<[u8; 16]>,
}

/// A store whose content cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row of the state.
    #[error("the database is damaged or of another version: {0}; restore it from its last backup")]
    Row(#[from] DecodeError),
    /// A last use, or a row of the node's own.
    #[error("the database is damaged: '{row}' of '{collection}'; restore it from its last backup")]
    Damaged {
        /// The collection.
        collection: String,
        /// The row.
        row: String,
    },
}

/// Loads a store.
pub(crate) fn load(store: &mut dyn Store) -> Result<Loaded, LoadError> {
    let mut loaded = Loaded {
        snapshot: Snapshot::default(),
        uses: Vec::new(),
        own: Own::default(),
    };
    let mut failed = None;
    let revision = store.load(&mut |stored| match take(&mut loaded, stored) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    })?;
    match failed {
        Some(error) => Err(error),
        None => {
            loaded.snapshot.revision = revision;
            match loaded.snapshot.lost_material() {
                Some(row) => Err(damaged(Material::COLLECTION, &row)),
                None => Ok(loaded),
            }
        }
    }
}

fn take(loaded: &mut Loaded, stored: Stored<'_>) -> Result<(), LoadError> {
    match stored {
        Stored::Row {
            collection: SEAL,
            row: STORE_KEY,
            value,
            ..
        } => loaded.own.wrapped = Some(value.to_vec()),
        Stored::Row {
            collection: NODE,
            row: WRITER,
            value,
            ..
        } => {
            let id = value.try_into().map_err(|_| damaged(NODE, WRITER))?;
            loaded.own.writer = Some(id);
        }
        Stored::Row {
            collection,
            row,
            version,
            value,
        } => loaded.snapshot.load_row(collection, row, version, value)?,
        Stored::Merge {
            collection,
            row,
            value,
            ..
        } => {
            let last = (collection == KeyUse::COLLECTION)
                .then(|| last_use(row, value))
                .flatten();
            let last = last.ok_or_else(|| damaged(collection, row))?;
            loaded.uses.push(last);
        }
    }
    Ok(())
}

fn damaged(collection: &str, row: &str) -> LoadError {
    LoadError::Damaged {
        collection: collection.to_owned(),
        row: row.to_owned(),
    }
}

/// A last use under the row key that [`KeyPlace::row`] gives: account, Region and key id.
fn last_use(row: &str, value: &[u8]) -> Option<(KeyPlace, LastUse)> {
    let mut parts = row.split('/');
    let place = KeyPlace {
        account: parts.next()?.parse().ok()?,
        region: parts.next()?.parse().ok()?,
        id: parts.next()?.parse().ok()?,
    };
    (place.row() == row).then_some(())?;
    Some((place, serde_json::from_slice(value).ok()?))
}
