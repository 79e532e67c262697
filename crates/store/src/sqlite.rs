//! The store in one SQLite file: write-ahead log, every commit synced, one process at a time by a
//! lock file, any number of readers beside it. Sources: SQLite documentation, "Write-Ahead
//! Logging", "PRAGMA Statements" (`synchronous`, `secure_delete`, `wal_checkpoint`), "Atomic
//! Commit In SQLite".

mod back_up;
mod checkpoint;
mod commit;
mod fault;
mod open;
mod place;
mod read;
mod schema;

pub use back_up::{BackUpError, back_up};
pub use open::{OpenOptions, lock_database, open_read_only, open_sqlite};

use crate::{
    Batch, BatchId, CommitError, Committed, OpenError, RecordSource, RecordsFrom, Store,
    StoreError, Stored, StoredChain, StoredRecord, StoredToken, WriterId,
};
use rusqlite::Connection;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The one process that writes to a SQLite store.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    /// The file that was opened, as the operating system tells files apart.
    file: place::FileId,
    /// None while the result of a commit is unknown, or a reopening has failed.
    open: Option<Open>,
    /// Old bytes that were to leave the files are still in the write-ahead log.
    purge_pending: bool,
    /// Held as long as the store is open, through every reopening.
    _lock: File,
}

/// An open database. Fields are dropped in this order: the last connection that is closed moves the log
/// into the file and removes it, and must be the one that writes.
#[derive(Debug)]
struct Open {
    checkpointer: checkpoint::Checkpointer,
    connection: Connection,
}

impl Open {
    fn new(path: &Path, connection: Connection) -> Result<Self, OpenError> {
        Ok(Self {
            checkpointer: checkpoint::Checkpointer::start(path)?,
            connection,
        })
    }
}

impl SqliteStore {
    fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        let open = self.open.as_mut().ok_or(StoreError::ReopenFirst)?;
        Ok(&mut open.connection)
    }
}

impl RecordSource for SqliteStore {
    fn records(&mut self, from: RecordsFrom, limit: u32) -> Result<Vec<StoredRecord>, StoreError> {
        read::records(self.connection()?, from, limit).map_err(fault::store_error)
    }

    fn chains(&mut self) -> Result<Vec<StoredChain>, StoreError> {
        read::chains(self.connection()?).map_err(fault::store_error)
    }
}

impl Store for SqliteStore {
    fn commit(&mut self, batch: &Batch) -> Result<Committed, CommitError> {
        let open = self.open.as_mut();
        let open = open.ok_or(CommitError::Failed(StoreError::ReopenFirst))?;
        // What is written into a file that has no name any more is lost with the process.
        place::is_still(&self.path, self.file).map_err(CommitError::Failed)?;
        match commit::commit(&mut open.connection, batch) {
            Ok(revision) => {
                open.checkpointer.after_commit(&open.connection);
                let purge = commit::purge(&open.connection, batch.purge, &mut self.purge_pending);
                Ok(Committed { revision, purge })
            }
            Err(error) => {
                if matches!(error, CommitError::Unknown(_)) {
                    // Nothing may be read from a connection that may be behind its own file.
                    self.open = None;
                }
                Err(error)
            }
        }
    }

    fn probe(&mut self) -> Result<(), StoreError> {
        place::is_still(&self.path, self.file)?;
        place::has_room(&self.path)?;
        commit::probe(self.connection()?).map_err(fault::store_error)
    }

    fn find_batch(&mut self, id: &BatchId) -> Result<Option<u64>, StoreError> {
        read::find_batch(self.connection()?, id).map_err(fault::store_error)
    }

    fn load(
        &mut self,
        each: &mut dyn FnMut(Stored<'_>) -> ControlFlow<()>,
    ) -> Result<u64, StoreError> {
        read::load(self.connection()?, each).map_err(fault::store_error)
    }

    fn find_token(&mut self, key: &str) -> Result<Option<StoredToken>, StoreError> {
        read::find_token(self.connection()?, key).map_err(fault::store_error)
    }

    fn chain_head(&mut self, writer: &WriterId) -> Result<Option<(u64, [u8; 32])>, StoreError> {
        read::chain_head(self.connection()?, writer).map_err(fault::store_error)
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        self.open = None;
        self.open = Some(open::reconnect(&self.path)?);
        self.file = place::FileId::of(&self.path)?;
        self.purge_pending = false;
        Ok(())
    }
}

/// A row as it was read: key, version, value.
pub type StoredRow = (String, u64, Vec<u8>);

/// Reads the records of a store, also while another process writes to it.
#[derive(Debug)]
pub struct SqliteReader {
    connection: Connection,
}

impl SqliteReader {
    /// The value of a row, if it is there.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn row(&mut self, collection: &str, row: &str) -> Result<Option<Vec<u8>>, StoreError> {
        read::row(&self.connection, collection, row).map_err(fault::store_error)
    }

    /// All rows of a collection: their keys, versions and values.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn rows(&mut self, collection: &str) -> Result<Vec<StoredRow>, StoreError> {
        read::rows(&self.connection, collection).map_err(fault::store_error)
    }
}

impl RecordSource for SqliteReader {
    fn records(&mut self, from: RecordsFrom, limit: u32) -> Result<Vec<StoredRecord>, StoreError> {
        read::records(&self.connection, from, limit).map_err(fault::store_error)
    }

    fn chains(&mut self) -> Result<Vec<StoredChain>, StoreError> {
        read::chains(&self.connection).map_err(fault::store_error)
    }
}
