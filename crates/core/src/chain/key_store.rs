//! The seam to external key stores. Core does no I/O: where an operation needs a key store it
//! stops with a question. The server asks once and comes back with the answer, and the request is
//! decided afresh, on the then current snapshot, from the same seed of entropy.

use super::op::RequestMeta;
use super::rsa_key::MadeKey;
use super::serve::Arrival;
use super::trail_question::{TrailAnswer, TrailQuestion};
use crate::caller::Caller;
use claviger_types::{AccountId, Secret};
use std::sync::Arc;

/// What is asked of a key store.
#[derive(Debug, Clone)]
pub struct KeyStoreCall {
    /// The custom key store.
    pub key_store_id: String,
    /// The key's id at the external key manager.
    pub external_key_id: String,
    /// The ARN of the KMS key.
    pub key_arn: String,
    /// The KMS operation the call serves.
    pub operation: &'static str,
    /// What is to be done.
    pub request: KeyStoreRequest,
}

/// The two things a key store does.
#[derive(Clone)]
pub enum KeyStoreRequest {
    /// Encrypt bytes with associated data.
    Encrypt {
        /// The bytes; already ciphertext under the KMS key material.
        plaintext: Arc<Secret<Vec<u8>>>,
        /// The associated data.
        aad: Vec<u8>,
    },
    /// Decrypt what the store encrypted.
    Decrypt {
        /// The store's bytes.
        ciphertext: Vec<u8>,
        /// The associated data.
        aad: Vec<u8>,
    },
}

impl std::fmt::Debug for KeyStoreRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Encrypt { .. } => "Encrypt",
            Self::Decrypt { .. } => "Decrypt",
        })
    }
}

impl KeyStoreCall {
    /// Whether this is the same question: only then does an answer fit it.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let same_request = match (&self.request, &other.request) {
            (
                KeyStoreRequest::Encrypt {
                    plaintext: a,
                    aad: x,
                },
                KeyStoreRequest::Encrypt {
                    plaintext: b,
                    aad: y,
                },
            ) => a.expose() == b.expose() && x == y,
            (
                KeyStoreRequest::Decrypt {
                    ciphertext: a,
                    aad: x,
                },
                KeyStoreRequest::Decrypt {
                    ciphertext: b,
                    aad: y,
                },
            ) => a == b && x == y,
            _ => false,
        };
        same_request
            && self.key_store_id == other.key_store_id
            && self.external_key_id == other.external_key_id
            && self.key_arn == other.key_arn
    }
}

/// What a key store said.
#[derive(Clone)]
pub enum KeyStoreAnswer {
    /// The encrypted bytes.
    Ciphertext(Vec<u8>),
    /// The decrypted bytes.
    Plaintext(Arc<Secret<Vec<u8>>>),
    /// It failed.
    Failed(KeyStoreFailure),
}

impl std::fmt::Debug for KeyStoreAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ciphertext(bytes) => write!(f, "Ciphertext({} bytes)", bytes.len()),
            Self::Plaintext(_) => f.write_str("Plaintext(…)"),
            Self::Failed(failure) => write!(f, "Failed({failure})"),
        }
    }
}

/// Why a key store did not answer. KMS tells its caller `KMSInvalidStateException` with this text,
/// whatever the reason (KMS Developer Guide, "Troubleshooting external key stores").
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyStoreFailure(pub String);

/// A request that waits: all that is needed to decide it again.
#[derive(Debug, Clone)]
pub struct Pending {
    pub(crate) caller: Caller,
    pub(crate) arrival: Arrival,
    pub(crate) meta: RequestMeta,
    pub(crate) seed: [u8; 32],
    pub(crate) answers: Vec<(KeyStoreCall, KeyStoreAnswer)>,
    pub(crate) made_keys: Vec<MadeKey>,
    pub(crate) trail_answers: Vec<(TrailQuestion, TrailAnswer)>,
}

/// The only way on from an [`super::Decision::Ask`], [`super::Decision::NeedsKey`] or
/// [`super::Decision::AskTrail`].
#[derive(Debug, Clone)]
pub struct Resume(pub(crate) Box<Pending>);

impl Resume {
    /// The account that the caller belongs to.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.0.caller.trail_account()
    }
}
