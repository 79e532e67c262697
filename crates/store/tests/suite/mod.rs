//! What every store must do, written against the trait alone. A store joins by `store_suite!` with
//! a type that makes fresh stores and reopens them from outside.

mod cases;
mod model;

pub use cases::*;
pub use model::behaves_like_a_map;

use claviger_store::{
    Batch, BatchId, MergeWrite, RecordSource, RecordWrite, RecordsFrom, RecordsLeave, RowCheck,
    RowWrite, Store, Stored, StoredRecord, TokenWrite, WriterId,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// A place for one store.
pub trait Place {
    /// The store under test.
    type Store: Store;
    /// A place without a store.
    fn new() -> Self;
    /// Opens the store in this place, made if it is not there. The one before is closed.
    fn open(&self) -> Self::Store;
}

/// Everything a store shows: rows with versions, maxima with ranks.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Content {
    pub revision: u64,
    pub rows: BTreeMap<(String, String), (u64, Vec<u8>)>,
    pub merges: BTreeMap<(String, String), (i64, Vec<u8>)>,
}

pub fn content(store: &mut impl Store) -> Content {
    let mut content = Content::default();
    content.revision = store
        .load(&mut |stored| {
            match stored {
                Stored::Row {
                    collection,
                    row,
                    version,
                    value,
                } => assert_eq!(
                    content.rows.insert(
                        (collection.to_owned(), row.to_owned()),
                        (version, value.to_vec())
                    ),
                    None
                ),
                Stored::Merge {
                    collection,
                    row,
                    rank,
                    value,
                } => assert_eq!(
                    content.merges.insert(
                        (collection.to_owned(), row.to_owned()),
                        (rank, value.to_vec())
                    ),
                    None
                ),
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    content
}

pub const WRITER: WriterId = WriterId([7; 16]);

pub fn batch(id: u8) -> Batch {
    Batch::new(BatchId([id; 16]), WRITER)
}

pub fn put(row: &str, expected: Option<u64>, value: &str) -> RowWrite {
    RowWrite {
        collection: "things",
        row: row.to_owned(),
        expected,
        value: Some(value.into()),
    }
}

pub fn delete(row: &str, expected: Option<u64>) -> RowWrite {
    RowWrite {
        value: None,
        ..put(row, expected, "")
    }
}

pub fn check(row: &str, expected: Option<u64>) -> RowCheck {
    RowCheck {
        collection: "things",
        row: row.to_owned(),
        expected,
    }
}

pub fn merge(row: &str, rank: i64, value: &str) -> MergeWrite {
    MergeWrite {
        collection: "things",
        row: row.to_owned(),
        rank,
        value: value.into(),
    }
}

pub fn token(key: &str, expires: i64) -> TokenWrite {
    TokenWrite {
        key: key.to_owned(),
        parameter_hash: [3; 32],
        reply: b"reply".to_vec(),
        expires,
    }
}

/// A stand-in for a record's hash: the store does not compute it.
pub fn hash(writer: WriterId, seq: u64) -> [u8; 32] {
    let mut hash = [0; 32];
    if seq > 0 {
        hash[..16].copy_from_slice(&writer.0);
        hash[16..24].copy_from_slice(&seq.to_be_bytes());
    }
    hash
}

/// The records `from..=to` of a writer.
pub fn records(writer: WriterId, from: u64, to: u64) -> Vec<RecordWrite> {
    (from..=to)
        .map(|seq| RecordWrite {
            format: 1,
            seq,
            previous: hash(writer, seq - 1),
            hash: hash(writer, seq),
            body: format!("record {seq}").into_bytes(),
        })
        .collect()
}

/// The records of a writer leave up to one.
pub fn leave(writer: WriterId, seq: u64, position: u64) -> RecordsLeave {
    RecordsLeave {
        writer,
        seq,
        position,
    }
}

pub fn all_records(store: &mut impl Store) -> Vec<StoredRecord> {
    store.records(RecordsFrom::After(0), 100_000).unwrap()
}

/// One test for each case of the suite, for one kind of store.
macro_rules! store_suite {
    ($place:ty) => {
        store_suite!(@cases $place:
            a_new_store_is_empty
            rows_are_written_at_their_version
            stale_batches_change_nothing
            writes_in_one_batch_count_on
            checks_see_what_was_before_the_batch
            a_maximum_keeps_the_greatest_rank
            tokens_are_taken_once
            tokens_are_forgotten
            records_come_in_pages_both_ways
            chains_are_per_writer
            gaps_and_forks_are_refused
            records_leave_up_to_one
            only_what_is_there_leaves
            a_batch_is_found_by_its_id
            recent_batch_ids_are_kept
            loading_can_be_ended
            everything_is_there_after_opening_again
            everything_is_there_after_reopening
            a_purge_is_done
            odd_bytes_and_names_come_back
            behaves_like_a_map
        );
    };
    (@cases $place:ty: $($case:ident)*) => {
        $(#[test]
        fn $case() {
            suite::$case::<$place>();
        })*
    };
}
