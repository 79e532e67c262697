//! What every store does: the trait that the commit loop is written against, and what comes out of
//! it. Nothing here knows SQLite.

use crate::{Batch, BatchId, CommitError, StoreError, WriterId};
use std::ops::ControlFlow;

/// A commit that took place and is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The batch's number: one more than that of the batch before it, whoever wrote that.
    pub revision: u64,
    /// What became of [`Batch::purge`].
    pub purge: Purge,
}

/// Whether overwritten and deleted bytes have left the store's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purge {
    /// Neither this batch nor one before it asked for it.
    NotAsked,
    /// They have.
    Done,
    /// Not yet: a reader is in the way. The next commit, and every opening, tries again.
    Pending,
}

/// One thing found while loading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored<'a> {
    /// A versioned row.
    Row {
        /// The collection.
        collection: &'a str,
        /// The row's key.
        row: &'a str,
        /// Its version.
        version: u64,
        /// Its value.
        value: &'a [u8],
    },
    /// A merged maximum.
    Merge {
        /// The collection.
        collection: &'a str,
        /// The key.
        row: &'a str,
        /// What was compared.
        rank: i64,
        /// The value.
        value: &'a [u8],
    },
}

/// A client token as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// What tells equal parameters from others.
    pub parameter_hash: [u8; 32],
    /// The reply that the token brought.
    pub reply: Vec<u8>,
    /// When it may be forgotten (milliseconds).
    pub expires: i64,
}

/// An audit record as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Its place among the records of all writers; grows in the order of commits, and is never
    /// given again.
    pub position: u64,
    /// Its writer.
    pub writer: WriterId,
    /// The format version of the chain.
    pub format: u32,
    /// Its number in the writer's sequence.
    pub seq: u64,
    /// The hash of the record before it.
    pub previous: [u8; 32],
    /// Its own hash.
    pub hash: [u8; 32],
    /// The record.
    pub body: Vec<u8>,
}

/// The chain of one writer, as far as its records are in this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredChain {
    /// The writer.
    pub writer: WriterId,
    /// The number of the last record that has left the store; 0 if none has.
    pub left_seq: u64,
    /// That record's hash; zeros if none has left.
    pub left_hash: [u8; 32],
    /// The number of the newest record.
    pub seq: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Where a page of records starts, and which way it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordsFrom {
    /// Oldest first, the ones after this position; 0 for the very first.
    After(u64),
    /// Newest first, the ones before this position; `u64::MAX` for the very last.
    Before(u64),
}

/// Records and chains, to read. A page is read at one moment; between two pages records may be
/// added, never changed.
pub trait RecordSource {
    /// A page of at most `limit` records.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    fn records(&mut self, from: RecordsFrom, limit: u32) -> Result<Vec<StoredRecord>, StoreError>;

    /// The chains of all writers, oldest writer first.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    fn chains(&mut self) -> Result<Vec<StoredChain>, StoreError>;
}

/// A durable store of one installation.
pub trait Store: RecordSource + Send {
    /// Makes a batch durable, whole or not at all. After [`CommitError::Unknown`] the store refuses
    /// everything until [`Store::reopen`].
    ///
    /// # Errors
    /// When the batch does not fit, surely failed, or may have failed; see [`CommitError`].
    fn commit(&mut self, batch: &Batch) -> Result<Committed, CommitError>;

    /// Whether a commit could take place now, as far as that can be told without one.
    ///
    /// # Errors
    /// When the store cannot be written: it is gone, full, locked by somebody else, or must be
    /// reopened first.
    fn probe(&mut self) -> Result<(), StoreError>;

    /// The revision of a batch, if it is among the last 100,000 that took place.
    ///
    /// # Errors
    /// When the store cannot be read or must be reopened first.
    fn find_batch(&mut self, id: &BatchId) -> Result<Option<u64>, StoreError>;

    /// Shows everything but records and tokens, all as of one revision, which is returned: 0 for a
    /// store without batches. First the rows, then the merged maxima, each in no particular order.
    /// A break ends it early.
    ///
    /// # Errors
    /// When the store cannot be read, is damaged, or must be reopened first.
    fn load(
        &mut self,
        each: &mut dyn FnMut(Stored<'_>) -> ControlFlow<()>,
    ) -> Result<u64, StoreError>;

    /// What is kept of a client token.
    ///
    /// # Errors
    /// When the store cannot be read or must be reopened first.
    fn find_token(&mut self, key: &str) -> Result<Option<StoredToken>, StoreError>;

    /// The number and hash of a writer's newest record; none if it has not written any.
    ///
    /// # Errors
    /// When the store cannot be read or must be reopened first.
    fn chain_head(&mut self, writer: &WriterId) -> Result<Option<(u64, [u8; 32])>, StoreError>;

    /// Closes and opens again, so that what is then found is durable: after it, a batch whose
    /// result was unknown either is found or never will be.
    ///
    /// # Errors
    /// When the store cannot be opened; it then still refuses everything, and this may be tried
    /// again.
    fn reopen(&mut self) -> Result<(), StoreError>;
}
