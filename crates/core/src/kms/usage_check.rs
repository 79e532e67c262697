//! What the usage, spec and origin of a key let an operation do. Source: KMS API reference,
//! `InvalidKeyUsageException`; texts as AWS sends them.

use crate::chain::ServiceError;
use crate::state::Key;
use claviger_crypto::{KeySpec, KeyUsage};
use claviger_model::kms::error::{INVALID_KEY_USAGE_EXCEPTION, UNSUPPORTED_OPERATION_EXCEPTION};

/// For operations that need a key of one usage.
///
/// # Errors
/// `InvalidKeyUsageException` for a key of another.
pub(super) fn usage(key: &Key, wanted: KeyUsage, operation: &str) -> Result<(), ServiceError> {
    if key.usage == wanted {
        return Ok(());
    }
    Err(ServiceError::new(
        &INVALID_KEY_USAGE_EXCEPTION,
        format!(
            "{} key usage is {} which is not valid for {operation}.",
            key.arn, key.usage
        ),
    ))
}

/// For operations that encrypt data keys, which symmetric keys alone do.
///
/// # Errors
/// `InvalidKeyUsageException` for any other.
pub(super) fn makes_data_keys(key: &Key, operation: &str) -> Result<(), ServiceError> {
    usage(key, KeyUsage::EncryptDecrypt, operation)?;
    if key.spec == KeySpec::SymmetricDefault {
        return Ok(());
    }
    Err(incompatible(key, "SYMMETRIC_DEFAULT"))
}

/// The error of an algorithm that a key's spec does not have.
pub(super) fn incompatible(key: &Key, algorithm: &str) -> ServiceError {
    ServiceError::new(
        &INVALID_KEY_USAGE_EXCEPTION,
        format!(
            "Algorithm {algorithm} is incompatible with key spec {}.",
            key.spec
        ),
    )
}

/// The refusal of an operation that a key's origin does not go with.
pub(super) fn wrong_origin(key: &Key) -> ServiceError {
    ServiceError::new(
        &UNSUPPORTED_OPERATION_EXCEPTION,
        format!(
            "{} origin is {} which is not valid for this operation.",
            key.arn,
            key.origin.as_str()
        ),
    )
}
