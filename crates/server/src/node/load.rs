//! Reads everything a node keeps in memory from its store: the state, the last uses of keys, and
//! the node's own rows.

use claviger_core::state::{
    DecodeError, DecodedRow, Installation, KeyPlace, KeyUse, LastUse, Material, RowDecoder,
    Snapshot, Stored as _,
};
use claviger_delivery::forward::{CURSOR_COLLECTION, Cursors};
use claviger_delivery::{Book, DeliveryError};
use claviger_store::{OpenError, Store, StoreError, Stored, open_read_only};
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

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
    /// What the delivery of records keeps.
    pub(super) delivery: Book,
    /// How far records were forwarded.
    pub(super) sinks: Cursors,
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
    /// A row of the delivery of records.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// A last use, or a row of the node's own.
    #[error("the database is damaged: '{row}' of '{collection}'; restore it from its last backup")]
    Damaged {
        /// The collection.
        collection: String,
        /// The row.
        row: String,
    },
}

/// Rows that are handed over at a time.
const CHUNK: usize = 512;
/// Chunks that may wait to be put in.
const WAITING: usize = 16;

/// Loads a store. Reading and decoding go on beside putting in, which takes as long.
pub(crate) fn load(store: &mut dyn Store) -> Result<Loaded, LoadError> {
    let (rows, inbox) = sync_channel::<Vec<DecodedRow>>(WAITING);
    let (read, mut snapshot) = thread::scope(|scope| {
        let putting = scope.spawn(move || {
            let mut snapshot = Snapshot::default();
            for row in inbox.into_iter().flatten() {
                snapshot.load(row);
            }
            snapshot
        });
        let read = Reading::new(rows).read(store);
        // It only ends when the rows do, and a panic in it is one here.
        match putting.join() {
            Ok(snapshot) => (read, snapshot),
            Err(panic) => resume_unwind(panic),
        }
    });
    let (revision, uses, own) = read?;
    snapshot.revision = revision;
    match snapshot.lost_material() {
        Some(row) => Err(damaged(Material::COLLECTION, &row)),
        None => Ok(Loaded {
            snapshot,
            uses,
            own,
        }),
    }
}

/// What is read: the revision, last uses and the node's own rows.
type Read = (u64, Vec<(KeyPlace, LastUse)>, Own);

/// The side that reads and decodes.
struct Reading {
    decoder: RowDecoder,
    chunk: Vec<DecodedRow>,
    rows: SyncSender<Vec<DecodedRow>>,
    uses: Vec<(KeyPlace, LastUse)>,
    own: Own,
}

impl Reading {
    fn new(rows: SyncSender<Vec<DecodedRow>>) -> Self {
        Self {
            decoder: RowDecoder::default(),
            chunk: Vec::with_capacity(CHUNK),
            rows,
            uses: Vec::new(),
            own: Own::default(),
        }
    }

    fn read(mut self, store: &mut dyn Store) -> Result<Read, LoadError> {
        let mut failed = None;
        let revision = store.load(&mut |stored| match self.take(stored) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        self.hand_over();
        Ok((revision, self.uses, self.own))
    }

    fn hand_over(&mut self) {
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK));
        // The other side is there as long as this one; if it panicked, that is told when it is joined.
        let _ = self.rows.send(chunk);
    }

    fn take(&mut self, stored: Stored<'_>) -> Result<(), LoadError> {
        match stored {
            Stored::Row {
                collection: SEAL,
                row: STORE_KEY,
                value,
                ..
            } => self.own.wrapped = Some(value.to_vec()),
            Stored::Row {
                collection: NODE,
                row: WRITER,
                value,
                ..
            } => {
                let id = value.try_into().map_err(|_| damaged(NODE, WRITER))?;
                self.own.writer = Some(id);
            }
            Stored::Row {
                collection: claviger_delivery::COLLECTION,
                row,
                version,
                value,
            } => self.own.delivery.load(row, version, value)?,
            Stored::Row {
                collection: CURSOR_COLLECTION,
                row,
                version,
                value,
            } => {
                if !self.own.sinks.enter(row, version, value) {
                    return Err(damaged(CURSOR_COLLECTION, row));
                }
            }
            Stored::Row {
                collection,
                row,
                version,
                value,
            } => {
                self.chunk
                    .push(self.decoder.decode(collection, row, version, value)?);
                if self.chunk.len() == CHUNK {
                    self.hand_over();
                }
            }
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
                self.uses.push(last);
            }
        }
        Ok(())
    }
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

/// Whether the database in a file is that of a production installation; `None` where there is no
/// installation in it. The file is only read.
///
/// # Errors
/// When it cannot be opened or read.
pub fn is_production(path: &Path) -> Result<Option<bool>, OpenError> {
    let refused = |what: String| OpenError::Refused {
        path: path.to_owned(),
        what,
    };
    let mut reader = open_read_only(path)?;
    let value = reader.row(Installation::COLLECTION, &Installation::row(&()));
    let Some(value) = value.map_err(|error| refused(error.to_string()))? else {
        return Ok(None);
    };
    let installation: Installation =
        serde_json::from_slice(&value).map_err(|error| refused(error.to_string()))?;
    Ok(Some(installation.production))
}
