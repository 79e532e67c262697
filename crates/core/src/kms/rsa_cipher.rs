//! Encryption and decryption with RSA keys: the ciphertext is the bare block, without a header, and
//! there is no encryption context. Source: KMS API reference, `Encrypt` and `Decrypt`; KMS Developer
//! Guide, "RSA key specs for encryption and decryption".

use super::cipher::invalid_ciphertext;
use super::open_material::{self, fault};
use super::usage_check;
use crate::chain::{Authorized, Op, ServiceError, Turn};
use crate::state::Key;
use claviger_crypto::{EncryptionAlgorithm, RsaError};
use claviger_model::KMS;
use claviger_types::Secret;
use std::collections::BTreeMap;

/// What an algorithm of RSA demands of a request that encrypts.
///
/// # Errors
/// `ValidationException` for an encryption context and for more plaintext than goes into a block.
pub(super) fn check(
    key: &Key,
    algorithm: EncryptionAlgorithm,
    context: Option<&BTreeMap<String, String>>,
    plaintext: usize,
) -> Result<(), ServiceError> {
    no_context(algorithm, context)?;
    match algorithm.most_plaintext(key.spec) {
        Some(most) if plaintext > most => {
            let spec = key.spec;
            let too_large = RsaError::TooLarge {
                algorithm,
                spec,
                most,
            };
            Err(ServiceError::validation(KMS, too_large.to_string()))
        }
        _ => Ok(()),
    }
}

/// An encryption context goes with symmetric keys only.
///
/// # Errors
/// `ValidationException`; AWS's text is not known.
pub(super) fn no_context(
    algorithm: EncryptionAlgorithm,
    context: Option<&BTreeMap<String, String>>,
) -> Result<(), ServiceError> {
    let symmetric = algorithm == EncryptionAlgorithm::SymmetricDefault;
    if symmetric || context.is_none_or(BTreeMap::is_empty) {
        return Ok(());
    }
    Err(ServiceError::validation(
        KMS,
        format!("EncryptionContext is not valid for algorithm {algorithm}."),
    ))
}

/// Encrypts with the public half.
pub(super) fn encrypt<O: Op>(
    authorized: &Authorized<O>,
    turn: &Turn<'_>,
    key: &Key,
    algorithm: EncryptionAlgorithm,
    plaintext: &[u8],
) -> Result<Vec<u8>, ServiceError> {
    let half = open_material::with_public_half(authorized, turn, key)?;
    half.key()
        .encrypt(algorithm, plaintext)
        .map_err(|e| refusal(key, algorithm, e))
}

/// Decrypts with the private half.
pub(super) fn decrypt<O: Op>(
    authorized: &Authorized<O>,
    turn: &Turn<'_>,
    key: &Key,
    algorithm: EncryptionAlgorithm,
    ciphertext: &[u8],
) -> Result<Secret<Vec<u8>>, ServiceError> {
    open_material::only(authorized, turn, key)?
        .decrypt(algorithm, ciphertext)
        .map_err(|e| refusal(key, algorithm, e))
}

fn refusal(key: &Key, algorithm: EncryptionAlgorithm, error: RsaError) -> ServiceError {
    match error {
        RsaError::Invalid => invalid_ciphertext(),
        RsaError::TooLarge { .. } => ServiceError::validation(KMS, error.to_string()),
        RsaError::Incompatible { .. } => usage_check::incompatible(key, algorithm.as_str()),
        RsaError::Damaged | RsaError::Failed => fault(key, &error.to_string()),
    }
}
