//! Grant tokens. A token is the key and grant id, sealed with a fresh nonce: opaque, different each
//! time, and good as long as its grant exists. State here is consistent at once, so a token never
//! allows more than its grant already does.

use crate::chain::{ServiceError, Turn};
use crate::state::{Grant, KeyPlace};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_crypto::{Place, Sealed};
use claviger_model::KMS;
use claviger_model::kms::error::INVALID_GRANT_TOKEN_EXCEPTION;
use claviger_types::GrantId;
use std::sync::Arc;

const PLACE: Place<'static> = Place {
    collection: "kms.grant_token",
    row: "token",
    version: 1,
};

/// Makes a token for a grant.
///
/// # Errors
/// Only for a fault of this installation.
pub(super) fn issue(grant: &Grant, turn: &mut Turn<'_>) -> Result<String, ServiceError> {
    let fault = |e: String| ServiceError::internal(KMS, e);
    let content = serde_json::to_vec(&(&grant.key, &grant.id)).map_err(|e| fault(e.to_string()))?;
    let sealer = turn.sealer();
    let sealed = sealer
        .seal(&PLACE, &content, turn.entropy())
        .map_err(|e| fault(e.to_string()))?;
    Ok(STANDARD.encode(sealed.to_bytes()))
}

/// The grant of a token.
///
/// # Errors
/// `InvalidGrantTokenException` for a token that is not ours or whose grant is gone.
pub(super) fn open(token: &str, turn: &Turn<'_>) -> Result<Arc<Grant>, ServiceError> {
    let read = || {
        let sealed = Sealed::from_bytes(&STANDARD.decode(token).ok()?).ok()?;
        let content = turn.sealer().open(&PLACE, &sealed).ok()?;
        let id: (KeyPlace, GrantId) = serde_json::from_slice(content.expose()).ok()?;
        turn.current::<Grant>(&id)
    };
    read().ok_or_else(|| ServiceError::new(&INVALID_GRANT_TOKEN_EXCEPTION, "Invalid grant token."))
}

/// Checks the grant tokens of a request.
///
/// # Errors
/// `InvalidGrantTokenException` for the first that is not good.
pub(super) fn check(tokens: Option<&[String]>, turn: &Turn<'_>) -> Result<(), ServiceError> {
    for token in tokens.unwrap_or_default() {
        open(token, turn)?;
    }
    Ok(())
}
