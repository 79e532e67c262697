//! Durable batches: versioned rows, merged maxima, audit records, client tokens and the batch's own
//! id in one transaction. It sees names, versions and bytes, never what they mean, and it makes no
//! decision but whether a batch still fits.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod batch;
mod contract;
mod error;
mod sqlite;

pub use batch::{
    Batch, BatchId, MergeWrite, RecordWrite, RecordsLeave, RowCheck, RowWrite, TokenWrite, WriterId,
};
pub use contract::{
    Committed, Purge, RecordSource, RecordsFrom, Store, Stored, StoredChain, StoredRecord,
    StoredToken,
};
pub use error::{CommitError, OpenError, StoreError};
pub use sqlite::{
    BackUpError, OpenOptions, SqliteReader, SqliteStore, StoredRow, back_up, lock_database,
    open_read_only, open_sqlite,
};
