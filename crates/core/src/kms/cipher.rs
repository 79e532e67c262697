//! Encryption and decryption under the material of a symmetric key. For keys in an external key
//! store the ciphertext goes through the store as well, material first. Keys of RSA have a file of
//! their own.

use super::open_material::{self, fault};
use super::store_blob;
use crate::chain::{
    Authorized, Interrupt, KeyStoreAnswer, KeyStoreCall, KeyStoreRequest, Op, ServiceError, Turn,
};
use crate::state::{Key, KeyStoreKey};
use claviger_crypto::{Header, OpenKey};
use claviger_model::kms::error::{INVALID_CIPHERTEXT_EXCEPTION, KMS_INVALID_STATE_EXCEPTION};
use claviger_types::{EncryptionContext, KeyId, MaterialId, Secret};
use std::sync::Arc;

/// Encrypts under the key's current material.
pub(super) fn encrypt<O: Op>(
    authorized: &Authorized<O>,
    turn: &mut Turn<'_>,
    key: &Key,
    plaintext: &[u8],
    context: &EncryptionContext,
) -> Result<(Vec<u8>, MaterialId), Interrupt> {
    let material_id = key
        .current_material()
        .ok_or_else(|| fault(key, "the key has no material"))?
        .clone();
    let open = open_material(authorized, turn, key, &material_id)?;
    let blob = open
        .encrypt(plaintext, context, turn.entropy())
        .map_err(|e| fault(key, &e.to_string()))?;
    let Some(outside) = &key.key_store else {
        return Ok((blob, material_id));
    };
    let request = KeyStoreRequest::Encrypt {
        plaintext: Arc::new(Secret::new(blob)),
        aad: context.canonical(),
    };
    match turn.ask(call::<O>(key, outside, request))? {
        KeyStoreAnswer::Ciphertext(wrapped) => {
            Ok((store_blob::wrap(key.arn.key_id(), &wrapped), material_id))
        }
        KeyStoreAnswer::Failed(failure) => Err(store_failed(failure.0).into()),
        KeyStoreAnswer::Plaintext(_) => Err(fault(key, "the key store answered amiss").into()),
    }
}

/// Decrypts what [`encrypt`] made. The header was a hint until now; the tag decides.
pub(super) fn decrypt<O: Op>(
    authorized: &Authorized<O>,
    turn: &mut Turn<'_>,
    key: &Key,
    blob: &[u8],
    context: &EncryptionContext,
) -> Result<(Secret<Vec<u8>>, MaterialId), Interrupt> {
    let Some(outside) = &key.key_store else {
        return Ok(open_blob(authorized, turn, key, blob, context)?);
    };
    let (_, wrapped) = store_blob::unwrap(blob).ok_or_else(invalid_ciphertext)?;
    let request = KeyStoreRequest::Decrypt {
        ciphertext: wrapped.to_vec(),
        aad: context.canonical(),
    };
    match turn.ask(call::<O>(key, outside, request))? {
        KeyStoreAnswer::Plaintext(inner) => {
            Ok(open_blob(authorized, turn, key, inner.expose(), context)?)
        }
        KeyStoreAnswer::Failed(failure) => Err(store_failed(failure.0).into()),
        KeyStoreAnswer::Ciphertext(_) => Err(fault(key, "the key store answered amiss").into()),
    }
}

fn open_blob<O: Op>(
    authorized: &Authorized<O>,
    turn: &Turn<'_>,
    key: &Key,
    blob: &[u8],
    context: &EncryptionContext,
) -> Result<(Secret<Vec<u8>>, MaterialId), ServiceError> {
    let header = Header::parse(blob).map_err(|_| invalid_ciphertext())?;
    let material_id = header.material_id().clone();
    if header.key_id() != key.arn.key_id() || !key.materials.iter().any(|m| m.id == material_id) {
        return Err(invalid_ciphertext());
    }
    let open = open_material(authorized, turn, key, &material_id)?;
    let plaintext = open
        .decrypt_parsed(&header, context)
        .map_err(|_| invalid_ciphertext())?;
    Ok((plaintext, material_id))
}

/// The key that a ciphertext says it was made under: a hint, nothing more.
///
/// # Errors
/// `InvalidCiphertextException` for bytes that cannot be a ciphertext of this service.
pub(super) fn key_hint(blob: &[u8]) -> Result<KeyId, ServiceError> {
    match store_blob::unwrap(blob) {
        Some((key_id, _)) => Ok(key_id),
        None => Header::parse(blob)
            .map(|header| header.key_id().clone())
            .map_err(|_| invalid_ciphertext()),
    }
}

/// AWS sends this exception without a message.
pub(super) fn invalid_ciphertext() -> ServiceError {
    ServiceError::bare(&INVALID_CIPHERTEXT_EXCEPTION)
}

/// The open key of one material, for an authorised operation only.
fn open_material<O: Op>(
    authorized: &Authorized<O>,
    turn: &Turn<'_>,
    key: &Key,
    material_id: &MaterialId,
) -> Result<OpenKey, ServiceError> {
    let bytes = open_material::bytes(authorized, turn, key, material_id)?;
    OpenKey::new(
        key.arn.key_id().clone(),
        material_id.clone(),
        bytes.expose(),
    )
    .ok_or_else(|| fault(key, "the key material has the wrong length"))
}

fn call<O: Op>(key: &Key, outside: &KeyStoreKey, request: KeyStoreRequest) -> KeyStoreCall {
    KeyStoreCall {
        key_store_id: outside.key_store_id.clone(),
        external_key_id: outside.external_key_id.clone(),
        key_arn: key.arn.to_string(),
        operation: O::NAME,
        request,
    }
}

fn store_failed(reason: String) -> ServiceError {
    ServiceError::new(&KMS_INVALID_STATE_EXCEPTION, reason)
}
