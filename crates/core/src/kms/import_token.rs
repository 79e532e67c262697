//! Import tokens. A token carries the private half of its wrapping key, sealed with this
//! installation's store key and bound to the key that the material is for: nothing of it is stored,
//! any node can open it after any restart, and it can be used until it expires. What is unwrapped
//! with it is decided elsewhere.

use crate::chain::{ServiceError, Turn};
use crate::state::{Key, Stored};
use claviger_crypto::{Place, Sealed, WrappingAlgorithm, WrappingKey, WrappingKeySpec};
use claviger_model::KMS;
use claviger_model::kms::error::{EXPIRED_IMPORT_TOKEN_EXCEPTION, INVALID_IMPORT_TOKEN_EXCEPTION};
use claviger_types::{Secret, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a token is good, in seconds (KMS API reference, `GetParametersForImport`).
const LIFE: i64 = 24 * 60 * 60;

const COLLECTION: &str = "kms.import_token";

/// What a token says of its wrapping key. In the token its JSON is followed by a line feed and the
/// private key, PKCS#8 DER.
#[derive(Serialize, Deserialize)]
struct Head {
    algorithm: String,
    spec: String,
    expires: Timestamp,
}

/// A wrapping key, and how it is used.
pub(super) struct Wrapping {
    pub(super) key: WrappingKey,
    pub(super) algorithm: WrappingAlgorithm,
}

/// Makes the token of a wrapping key for a KMS key, and says when it expires.
///
/// # Errors
/// Only for a fault of this installation.
pub(super) fn issue(
    key: &Key,
    wrapping: &Wrapping,
    turn: &mut Turn<'_>,
) -> Result<(Vec<u8>, Timestamp), ServiceError> {
    let fault = |e: String| ServiceError::internal(KMS, e);
    let expires = turn.now().plus_seconds(LIFE);
    let head = Head {
        algorithm: wrapping.algorithm.as_str().to_owned(),
        spec: wrapping.key.spec().as_str().to_owned(),
        expires,
    };
    let head = serde_json::to_vec(&head).map_err(|e| fault(e.to_string()))?;
    let private = wrapping.key.bytes();
    // With its final length from the start, so that no copy is left behind.
    let mut content = Secret::new(Vec::with_capacity(head.len() + 1 + private.len()));
    content.expose_mut().extend_from_slice(&head);
    content.expose_mut().push(b'\n');
    content.expose_mut().extend_from_slice(private);
    let row = Key::row(&key.place());
    let sealed = turn
        .sealer()
        .seal(&place(&row), content.expose(), turn.entropy())
        .map_err(|e| fault(e.to_string()))?;
    Ok((sealed.to_bytes(), expires))
}

/// The wrapping key of a token that was made for a KMS key.
///
/// # Errors
/// `InvalidImportTokenException` for bytes that are no token of this installation, or one for
/// another key; `ExpiredImportTokenException`.
pub(super) fn open(key: &Key, token: &[u8], turn: &Turn<'_>) -> Result<Wrapping, ServiceError> {
    let (head, wrapping) = read(key, token, turn).ok_or_else(|| {
        ServiceError::new(
            &INVALID_IMPORT_TOKEN_EXCEPTION,
            format!(
                "The import token is invalid or is not associated with {}.",
                key.arn
            ),
        )
    })?;
    if head.expires <= turn.now() {
        return Err(ServiceError::new(
            &EXPIRED_IMPORT_TOKEN_EXCEPTION,
            "The import token is expired. Use GetParametersForImport to get a new one.",
        ));
    }
    Ok(wrapping)
}

fn read(key: &Key, token: &[u8], turn: &Turn<'_>) -> Option<(Head, Wrapping)> {
    let sealed = Sealed::from_bytes(token).ok()?;
    let row = Key::row(&key.place());
    let content = turn.sealer().open(&place(&row), &sealed).ok()?;
    let mut parts = content.expose().splitn(2, |byte| *byte == b'\n');
    let head: Head = serde_json::from_slice(parts.next()?).ok()?;
    let wrapping = Wrapping {
        key: WrappingKey::from_bytes(WrappingKeySpec::named(&head.spec)?, parts.next()?),
        algorithm: WrappingAlgorithm::named(&head.algorithm)?,
    };
    Some((head, wrapping))
}

fn place(row: &str) -> Place<'_> {
    Place {
        collection: COLLECTION,
        row,
        version: 1,
    }
}
