//! What is written at once: the parts of a batch. All of it becomes durable or none.

use std::fmt;

/// The id of a batch, random and never given again: by it a writer learns whether a commit with an
/// unknown result took place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub [u8; 16]);

/// The id of a writer of records, random: each has a chain of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriterId(pub [u8; 16]);

macro_rules! hex_id {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}
hex_id!(BatchId);
hex_id!(WriterId);

/// A row that is written or deleted if it still has the version that the decision saw. A row has
/// version 1 when it is new and one more after each write; several writes of one row in a batch
/// count on from each other.
#[derive(Clone, PartialEq, Eq)]
pub struct RowWrite {
    /// The collection.
    pub collection: &'static str,
    /// The row's key in it.
    pub row: String,
    /// The version it must have; `None` when it must not exist.
    pub expected: Option<u64>,
    /// The new value; `None` deletes the row.
    pub value: Option<Vec<u8>>,
}

/// A row that a decision rests on without changing it: it must still have this version before the
/// batch writes anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCheck {
    /// The collection.
    pub collection: &'static str,
    /// The row's key in it.
    pub row: String,
    /// The version it must have; `None` when it must not exist.
    pub expected: Option<u64>,
}

/// A value that replaces the one stored if its rank is greater: a maximum, without precondition.
#[derive(Clone, PartialEq, Eq)]
pub struct MergeWrite {
    /// The collection. Merged values and rows are apart, even under one collection's name.
    pub collection: &'static str,
    /// The key in it.
    pub row: String,
    /// What is compared; a time, for example.
    pub rank: i64,
    /// The value.
    pub value: Vec<u8>,
}

/// An audit record with its place in its writer's chain.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordWrite {
    /// The format version of the chain.
    pub format: u32,
    /// The number in the writer's sequence, from 1, without gaps.
    pub seq: u64,
    /// The hash of the record before it; zeros for the first.
    pub previous: [u8; 32],
    /// Its own hash. The store keeps it and does not compute it.
    pub hash: [u8; 32],
    /// The record.
    pub body: Vec<u8>,
}

/// Records that leave the store: all of a writer up to one of them. The place and the hash of that
/// one stay as the point from which the chain goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordsLeave {
    /// Whose.
    pub writer: WriterId,
    /// The number of the last one that leaves.
    pub seq: u64,
    /// Its place among the records of all writers, as [`StoredRecord::position`] says it.
    ///
    /// [`StoredRecord::position`]: crate::StoredRecord::position
    pub position: u64,
}

/// A client token with the reply that it brought, so that a repeat gets that reply.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenWrite {
    /// Names account, Region, operation and token; the caller composes it.
    pub key: String,
    /// What tells equal parameters from others.
    pub parameter_hash: [u8; 32],
    /// The reply.
    pub reply: Vec<u8>,
    /// When it may be forgotten, in the caller's time: milliseconds.
    pub expires: i64,
}

/// All that one commit makes durable, in this order: checks, rows, merges, tokens, records that
/// leave, new records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its own id.
    pub id: BatchId,
    /// Who wrote the records.
    pub writer: WriterId,
    /// What must still be so.
    pub checks: Vec<RowCheck>,
    /// Rows.
    pub rows: Vec<RowWrite>,
    /// Maxima.
    pub merges: Vec<MergeWrite>,
    /// Client tokens.
    pub tokens: Vec<TokenWrite>,
    /// Records that leave.
    pub leave: Vec<RecordsLeave>,
    /// Records, in the order of their numbers.
    pub records: Vec<RecordWrite>,
    /// Forget tokens that expire before this moment (milliseconds).
    pub forget_tokens_before: Option<i64>,
    /// Whether the old bytes of what this batch overwrites or deletes must leave the files at once.
    pub purge: bool,
}

impl Batch {
    /// A batch that writes nothing yet.
    #[must_use]
    pub fn new(id: BatchId, writer: WriterId) -> Self {
        Self {
            id,
            writer,
            checks: Vec::new(),
            rows: Vec::new(),
            merges: Vec::new(),
            tokens: Vec::new(),
            leave: Vec::new(),
            records: Vec::new(),
            forget_tokens_before: None,
            purge: false,
        }
    }
}

// Values may be large and are no one's to read in a log, so they print as their lengths.

impl fmt::Debug for RowWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowWrite")
            .field("collection", &self.collection)
            .field("row", &self.row)
            .field("expected", &self.expected)
            .field("bytes", &self.value.as_ref().map(Vec::len))
            .finish()
    }
}

impl fmt::Debug for MergeWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MergeWrite")
            .field("collection", &self.collection)
            .field("row", &self.row)
            .field("rank", &self.rank)
            .field("bytes", &self.value.len())
            .finish()
    }
}

impl fmt::Debug for RecordWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordWrite")
            .field("seq", &self.seq)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TokenWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenWrite")
            .field("key", &self.key)
            .field("bytes", &self.reply.len())
            .finish_non_exhaustive()
    }
}
