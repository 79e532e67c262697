//! Why an embedded service does not start, move its clock, show its trail or end cleanly. Calls that
//! the service answers with an error are the AWS SDK's to report, not this type's.

use claviger_core::bootstrap::BootstrapError;
use claviger_govern::identity_center::Fault;
use claviger_server::commit::NotRecorded;
use claviger_server::{BindError, DrainError, OpenError, RecordsError};
use std::io;

/// Something that an embedded service could not do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The temporary directory cannot be made or taken away.
    #[error("the temporary directory of the service: {0}")]
    Directory(#[source] io::Error),
    /// The operating system gives no thread, or no runtime for it.
    #[error("the service gets no thread of its own: {0}")]
    Thread(#[source] io::Error),
    /// The database or the seal in the new directory cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The development organisation cannot be made: a fault of Claviger.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// The development organisation was not stored.
    #[error("the development organisation was not stored: {0}")]
    NotRecorded(#[from] NotRecorded),
    /// No port can be had on loopback.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The key of Identity Center was not set up.
    #[error("the key of Identity Center was not set up: {0}")]
    SetUp(#[from] Fault),
    /// Time was not moved, or not as far as it should be.
    #[error("the clock was not moved: {0}")]
    Clock(String),
    /// The file of the audit trail cannot be opened.
    #[error(transparent)]
    Trail(#[from] claviger_store::OpenError),
    /// The audit trail cannot be read, or its chain is broken.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// A record of the audit trail is no JSON.
    #[error("a record of the audit trail is no JSON: {0}")]
    Record(#[source] serde_json::Error),
    /// The service did not come to a clean end.
    #[error(transparent)]
    Drain(#[from] DrainError),
    /// The service ended by itself: a fault of Claviger, whose panic message tells more.
    #[error("the service ended by itself; what its thread panicked with tells why")]
    Ended,
}
