//! New secrets of access keys, long-term and temporary. It decides nothing and stores nothing.

use crate::chain::{ServiceError, Turn};
use crate::state::{AccessKey, Stored};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use claviger_crypto::Place;
use claviger_model::IAM;
use claviger_types::{AccountId, Secret, UniqueId};

/// A new secret access key: 40 characters of base64 from 30 random bytes, as AWS's are.
pub(crate) fn new_secret_access_key(turn: &mut Turn<'_>) -> Secret<String> {
    let mut bytes = Secret::new([0_u8; 30]);
    turn.entropy().fill(bytes.expose_mut());
    Secret::new(STANDARD_NO_PAD.encode(bytes.expose()))
}

/// A new access key of a user, its secret sealed in it and shown beside it.
///
/// # Errors
/// Only for a fault of this installation.
pub(crate) fn new_access_key(
    turn: &mut Turn<'_>,
    account: AccountId,
    user: (String, UniqueId),
) -> Result<(AccessKey, Secret<String>), ServiceError> {
    let id = UniqueId::generate("AKIA", turn.entropy());
    let secret = new_secret_access_key(turn);
    let place = Place {
        collection: AccessKey::COLLECTION,
        row: id.as_str(),
        version: 1,
    };
    let sealer = turn.sealer();
    let sealed = sealer
        .seal(&place, secret.expose().as_bytes(), turn.entropy())
        .map_err(|e| ServiceError::internal(IAM, e.to_string()))?;
    let key = AccessKey {
        id: id.clone(),
        account,
        user,
        active: true,
        created: turn.now(),
        secret: sealed,
    };
    Ok((key, secret))
}
