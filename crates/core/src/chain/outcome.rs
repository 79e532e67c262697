//! What a decision comes to: a reply or a refusal, the changes, the records, the uses of keys.

use super::considered::Considered;
use super::error::ServiceError;
use super::key_store::{KeyStoreCall, Resume};
use super::trail_question::TrailQuestion;
use crate::state::{Basis, Change, KeyPlace, LastUse};
use claviger_crypto::KeySpec;
use claviger_trail::Record;
use zeroize::Zeroizing;

/// The document that answers a request, in document form (JSON). Replies may hold plaintext, so
/// the bytes are wiped when they go.
#[derive(Clone)]
pub struct Reply(pub Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reply({} bytes)", self.0.len())
    }
}

/// All that a decided request brings about. A refusal is an outcome like any other: it has
/// records, and no changes.
#[derive(Debug)]
pub struct Outcome {
    /// What the caller is told, once everything below is durable.
    pub result: Result<Reply, ServiceError>,
    /// Changes in order, each with the row version it expects.
    pub changes: Vec<Change>,
    /// Rows that the decision rests on without changing them, with the versions it saw. If one
    /// has moved on, the request is decided again.
    pub rests_on: Vec<Basis>,
    /// CloudTrail records: nested ones first, each for one account.
    pub records: Vec<Record>,
    /// Successful cryptographic uses of keys.
    pub uses: Vec<(KeyPlace, LastUse)>,
    /// The demands that were decided, in order, those of nested requests included: for whoever asks
    /// why.
    pub considered: Vec<Considered>,
    /// Whether old bytes of the changed rows must leave the disk with this commit.
    pub purge: bool,
}

/// A decision: done, or waiting for what is done outside it.
#[derive(Debug)]
pub enum Decision {
    /// Decided.
    Done(Outcome),
    /// One call to a key store is needed first; the answer goes into [`super::resume`].
    Ask(KeyStoreCall, Resume),
    /// A new RSA key of this spec is needed first; it goes into [`super::resume_with_key`].
    NeedsKey(KeySpec, Resume),
    /// The trail must be looked into first; the answer goes into [`super::resume_with_trail`].
    AskTrail(TrailQuestion, Resume),
}

/// Why an operation did not come to its end on this pass.
#[derive(Debug)]
pub enum Interrupt {
    /// Refused.
    Refused(ServiceError),
    /// A key store must be asked first.
    Ask(Box<KeyStoreCall>),
    /// A new RSA key must be made first.
    NeedsKey(KeySpec),
    /// The trail must be looked into first.
    AskTrail(Box<TrailQuestion>),
}

impl From<ServiceError> for Interrupt {
    fn from(error: ServiceError) -> Self {
        Self::Refused(error)
    }
}
