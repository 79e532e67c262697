//! Why a delivery did not take place. Nothing is lost by it: the records stay in the store, and the
//! next attempt goes on with the same plan.

use crate::{LedgerError, TargetError};
use claviger_store::StoreError;
use claviger_trail::archive::SigningKeyError;

/// A delivery that did not take place.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The archive cannot be written or read.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The commit loop did not take a batch.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A record names neither account nor Region.
    #[error("record {seq} cannot be delivered: {what}")]
    Record {
        /// Its number in its writer's sequence.
        seq: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A row of delivery's own makes no sense.
    #[error("the row '{row}' of delivery is damaged; restore the database from its last backup")]
    Row {
        /// Which.
        row: String,
    },
    /// The records of a plan are not there any more, and its files are not written.
    #[error(
        "records that were to be delivered are gone from the database; restore it from its last \
         backup"
    )]
    Gone,
    /// The signing key of digests.
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    /// Something could not be encoded: a fault of this program.
    #[error("a file could not be made: {0}")]
    Encoding(String),
    /// A thread broke off: a fault of this program.
    #[error("the delivery broke off")]
    BrokenOff,
}

impl From<serde_json::Error> for DeliveryError {
    fn from(error: serde_json::Error) -> Self {
        Self::Encoding(error.to_string())
    }
}

impl DeliveryError {
    pub(crate) fn record(seq: u64, what: impl ToString) -> Self {
        Self::Record {
            seq,
            what: what.to_string(),
        }
    }
}
