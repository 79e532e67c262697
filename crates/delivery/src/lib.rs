//! The delivery of audit records: what has been committed leaves the store for log files in
//! CloudTrail's layout, with signed digests every hour, in a directory or an S3 bucket. A file is
//! planned as a row, written, and only then do its records leave; after a crash the same plan is
//! carried out again to the same name with the same bytes. Beside it, records are forwarded to SIEMs
//! ([`forward`]). It reads the store and never writes it: it
//! hands rows to a [`Ledger`], which the commit loop stands behind. It takes no decision about a
//! request and knows no clock.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod accounts;
mod book;
mod deliverer;
mod digests;
mod directory;
mod error;
pub mod forward;
mod hours;
mod ledger;
mod plan;
mod retention;
mod rows;
mod s3;
mod search;
mod target;

pub use accounts::{Accounts, Layout, Trail};
pub use book::Book;
pub use deliverer::{Delivered, Deliverer, Hold, INTERVAL};
pub use directory::Directory;
pub use error::DeliveryError;
pub use ledger::{Doing, Ledger, LedgerError, Source, Work};
pub use retention::expire;
pub use rows::{COLLECTION, PublicKey, Status};
pub use s3::{S3, S3Place};
pub use search::{Found, Search, search};
pub use target::{Listed, Object, Pending, Signature, StoredObject, Target, TargetError};
