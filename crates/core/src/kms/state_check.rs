//! What the state of a key lets an operation do. Source: KMS Developer Guide, "Key states of AWS
//! KMS keys"; texts as AWS sends them. Where the guide lists two exceptions for a key pending
//! deletion, this service always answers `KMSInvalidStateException`.

use crate::chain::ServiceError;
use crate::state::{Key, ShownState};
use claviger_model::ErrorShape;
use claviger_model::kms::error::{DISABLED_EXCEPTION, KMS_INVALID_STATE_EXCEPTION};

/// The columns of the guide's table that an operation may refuse, for one row of it.
struct Row {
    disabled: bool,
    pending_import: bool,
    pending_deletion: bool,
    creating: bool,
    updating: bool,
}

/// A row that allows nothing but Enabled.
const NOTHING: Row = Row {
    disabled: false,
    pending_import: false,
    pending_deletion: false,
    creating: false,
    updating: false,
};

/// A row that allows everything but a key pending deletion.
const NOT_PENDING_DELETION: Row = Row {
    disabled: true,
    pending_import: true,
    pending_deletion: false,
    creating: true,
    updating: true,
};

fn check(key: &Key, row: &Row) -> Result<(), ServiceError> {
    let state = key.shown_state();
    let allowed = match state {
        ShownState::Enabled => true,
        ShownState::Disabled => row.disabled,
        ShownState::PendingImport => row.pending_import,
        ShownState::PendingDeletion | ShownState::PendingReplicaDeletion => row.pending_deletion,
        ShownState::Creating => row.creating,
        ShownState::Updating => row.updating,
    };
    if allowed { Ok(()) } else { Err(refusal(key)) }
}

/// The error that tells a key's state.
pub(super) fn refusal(key: &Key) -> ServiceError {
    let (shape, words) = match key.shown_state() {
        ShownState::Disabled => (&DISABLED_EXCEPTION, "disabled"),
        ShownState::PendingDeletion => (&KMS_INVALID_STATE_EXCEPTION, "pending deletion"),
        ShownState::PendingReplicaDeletion => {
            (&KMS_INVALID_STATE_EXCEPTION, "pending replica deletion")
        }
        ShownState::PendingImport => (&KMS_INVALID_STATE_EXCEPTION, "pending import"),
        ShownState::Creating => (&KMS_INVALID_STATE_EXCEPTION, "creating"),
        ShownState::Updating => (&KMS_INVALID_STATE_EXCEPTION, "updating"),
        ShownState::Enabled => (&KMS_INVALID_STATE_EXCEPTION, "enabled"),
    };
    told(key, shape, words)
}

fn told(key: &Key, shape: &'static ErrorShape, words: &str) -> ServiceError {
    ServiceError::new(shape, format!("{} is {words}.", key.arn))
}

/// For operations that need the key enabled: cryptographic operations, grants, rotation,
/// UpdatePrimaryRegion. While a primary Region changes, they go on.
///
/// # Errors
/// `DisabledException`, `KMSInvalidStateException`.
pub(super) fn enabled(key: &Key) -> Result<(), ServiceError> {
    check(
        key,
        &Row {
            updating: true,
            ..NOTHING
        },
    )
}

/// For ReplicateKey: enabled, and no change between Regions under way.
///
/// # Errors
/// As [`enabled`].
pub(super) fn enabled_and_settled(key: &Key) -> Result<(), ServiceError> {
    check(key, &NOTHING)
}

/// For operations that only a key pending deletion refuses.
///
/// # Errors
/// `KMSInvalidStateException`.
pub(super) fn not_pending_deletion(key: &Key) -> Result<(), ServiceError> {
    check(key, &NOT_PENDING_DELETION)
}

/// For ScheduleKeyDeletion.
///
/// # Errors
/// `KMSInvalidStateException`.
pub(super) fn deletable(key: &Key) -> Result<(), ServiceError> {
    check(
        key,
        &Row {
            updating: false,
            ..NOT_PENDING_DELETION
        },
    )
}

/// For EnableKey and DisableKey.
///
/// # Errors
/// `KMSInvalidStateException`.
pub(super) fn switchable(key: &Key) -> Result<(), ServiceError> {
    check(
        key,
        &Row {
            disabled: true,
            ..NOTHING
        },
    )
}

/// For operations that only a change between Regions stands in the way of.
///
/// # Errors
/// `KMSInvalidStateException`.
pub(super) fn settled(key: &Key) -> Result<(), ServiceError> {
    check(
        key,
        &Row {
            pending_deletion: true,
            creating: false,
            updating: false,
            ..NOT_PENDING_DELETION
        },
    )
}

/// As [`settled`], but for keys that change places.
///
/// # Errors
/// `KMSInvalidStateException`.
pub(super) fn created(key: &Key) -> Result<(), ServiceError> {
    check(
        key,
        &Row {
            pending_deletion: true,
            creating: false,
            ..NOT_PENDING_DELETION
        },
    )
}

/// For EnableKey, beside [`switchable`]: a deletion that was taken back leaves a key disabled,
/// whether its imported material is still here or not, and without it the key cannot be enabled.
///
/// # Errors
/// `KMSInvalidStateException`.
pub(super) fn has_its_material(key: &Key) -> Result<(), ServiceError> {
    if key.has_all_material() {
        return Ok(());
    }
    Err(told(key, &KMS_INVALID_STATE_EXCEPTION, "pending import"))
}

/// For GetPublicKey.
///
/// # Errors
/// `KMSInvalidStateException`.
pub(super) fn shows_public_key(key: &Key) -> Result<(), ServiceError> {
    check(
        key,
        &Row {
            creating: false,
            ..NOT_PENDING_DELETION
        },
    )
}
