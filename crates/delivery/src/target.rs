//! Where files go: a place that takes objects whole and gives them back.

use claviger_types::Timestamp;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::pin::Pin;

/// The signature of a digest: its object's metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Hexadecimal: `x-amz-meta-signature`.
    pub signature: String,
    /// `x-amz-meta-signature-algorithm`.
    #[serde(rename = "signature-algorithm")]
    pub algorithm: String,
}

impl Signature {
    /// One of the only algorithm that there is.
    #[must_use]
    pub fn new(signature: String) -> Self {
        Self {
            signature,
            algorithm: "SHA256withRSA".to_owned(),
        }
    }
}

/// An object to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its name in the bucket.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Of a digest.
    pub signature: Option<Signature>,
}

/// An object as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Of a digest.
    pub signature: Option<Signature>,
    /// When it was written, in the target's own time.
    pub modified: Timestamp,
}

/// An object in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// When it was written, in the target's own time.
    pub modified: Timestamp,
}

/// The archive cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the archive {place}: {what}")]
pub struct TargetError {
    /// The directory or bucket.
    pub place: String,
    /// What happened.
    pub what: String,
}

/// An answer of a target that is under way.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, TargetError>> + Send + 'a>>;

/// A place for objects.
pub trait Target: Send + Sync {
    /// Writes an object whole, over one of the same name. It is durable afterwards.
    fn put(&self, object: Object) -> Pending<'_, ()>;

    /// An object, if there is one of that name.
    fn get(&self, name: String) -> Pending<'_, Option<StoredObject>>;

    /// Objects whose names begin with `prefix` and come after `after`, by name, at most `limit`.
    fn list(&self, prefix: String, after: String, limit: usize) -> Pending<'_, Vec<Listed>>;

    /// Takes an object away, if there is one of that name.
    fn remove(&self, name: String) -> Pending<'_, ()>;
}
