//! The seam to the node: who reads records, commits rows, makes and seals signing keys.

use claviger_store::{RecordSource, RecordsLeave, RowWrite};
use claviger_types::Secret;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

/// Reads records beside the commit loop. Locked for one page at a time.
pub type Source = Arc<Mutex<Box<dyn RecordSource + Send>>>;

/// What is to be committed at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// Rows of delivery's own.
    pub rows: Vec<RowWrite>,
    /// Records that leave.
    pub leave: Vec<RecordsLeave>,
}

/// The node did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LedgerError(pub String);

/// What a node does for delivery.
pub trait Ledger: Send + Sync {
    /// Commits, whole or not at all.
    ///
    /// # Errors
    /// When it surely was not committed.
    fn commit(
        &self,
        work: Work,
    ) -> Pin<Box<dyn Future<Output = Result<(), LedgerError>> + Send + '_>>;

    /// Makes an RSA key of 2048 bits: PKCS#8.
    ///
    /// # Errors
    /// When the library makes none.
    fn make_key(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Secret<Vec<u8>>, LedgerError>> + Send + '_>>;

    /// Seals bytes for a row of delivery's own.
    ///
    /// # Errors
    /// For a fault of the program.
    fn seal(&self, row: &str, bytes: &[u8]) -> Result<Vec<u8>, LedgerError>;

    /// Opens what [`Ledger::seal`] sealed.
    ///
    /// # Errors
    /// When it is not that.
    fn open(&self, row: &str, sealed: &[u8]) -> Result<Secret<Vec<u8>>, LedgerError>;

    /// 16 fresh bytes of entropy, for the names of files.
    fn unique(&self) -> [u8; 16];
}
