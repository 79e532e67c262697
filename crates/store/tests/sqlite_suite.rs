//! The suite that every store passes, over SQLite.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[macro_use]
mod suite;

use claviger_store::{OpenOptions, SqliteStore, open_sqlite};

/// A directory that goes with the test.
struct Directory(tempfile::TempDir);

impl suite::Place for Directory {
    type Store = SqliteStore;

    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn open(&self) -> SqliteStore {
        let path = self.0.path().join("claviger.db");
        open_sqlite(&path, OpenOptions { create: true }).unwrap()
    }
}

store_suite!(Directory);
