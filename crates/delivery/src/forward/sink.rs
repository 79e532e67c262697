//! What every sink does.

use claviger_store::StoredRecord;
use std::future::Future;
use std::pin::Pin;

/// Records that a sink does not have, or of which nobody knows whether it has them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SendError(pub String);

impl SendError {
    pub(super) fn new(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// What sending becomes.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), SendError>> + Send + 'a>>;

/// Somewhere that records are sent to.
pub trait Sink: Send + Sync {
    /// Sends records, in their order. It is done only once the sink has all of them; after an error
    /// the same records are sent again.
    fn send<'a>(&'a mut self, records: &'a [StoredRecord]) -> Sending<'a>;
}
