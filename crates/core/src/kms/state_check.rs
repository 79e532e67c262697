//! What the state of a key lets an operation do. Source: KMS Developer Guide, "Key states of AWS
//! KMS keys"; texts as AWS sends them.

use crate::chain::ServiceError;
use crate::state::{Key, KeyState};
use claviger_model::kms::error::{DISABLED_EXCEPTION, KMS_INVALID_STATE_EXCEPTION};

/// For operations that need the key enabled: cryptographic operations, grants, rotation.
///
/// # Errors
/// `DisabledException`, or `KMSInvalidStateException` for a key pending deletion (the guide lists
/// both exceptions for that state; this service always answers the second).
pub(super) fn enabled(key: &Key) -> Result<(), ServiceError> {
    match key.state {
        KeyState::Enabled => Ok(()),
        KeyState::Disabled => Err(ServiceError::new(
            &DISABLED_EXCEPTION,
            format!("{} is disabled.", key.arn),
        )),
        KeyState::PendingDeletion { .. } => Err(pending_deletion(key)),
    }
}

/// For operations that a disabled key allows but one pending deletion does not.
///
/// # Errors
/// `KMSInvalidStateException`.
pub(super) fn not_pending_deletion(key: &Key) -> Result<(), ServiceError> {
    match key.state {
        KeyState::PendingDeletion { .. } => Err(pending_deletion(key)),
        KeyState::Enabled | KeyState::Disabled => Ok(()),
    }
}

fn pending_deletion(key: &Key) -> ServiceError {
    ServiceError::new(
        &KMS_INVALID_STATE_EXCEPTION,
        format!("{} is pending deletion.", key.arn),
    )
}
