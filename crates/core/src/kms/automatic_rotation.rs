//! Rotation by schedule: the operations that switch it on and off, and the rotation itself when it
//! falls due. Source: KMS API reference, `EnableKeyRotation`; KMS Developer Guide, "Rotate AWS KMS
//! keys".

use super::material::{rotate, rotates};
use super::operation::{key_arn_response, key_operation, no_facts, no_response};
use super::{related, state_check};
use crate::chain::{Facts, ServiceError, Turn};
use crate::state::{AutomaticRotation, Key, RotationType};
use claviger_model::kms::EnableKeyRotationRequest;
use claviger_types::Timestamp;

/// Days between rotations unless the request says otherwise.
const DEFAULT_PERIOD: i32 = 365;

fn period(input: &EnableKeyRotationRequest) -> i32 {
    input.rotation_period_in_days.unwrap_or(DEFAULT_PERIOD)
}

key_operation! {
    /// Switches rotation by schedule on, or changes its period.
    EnableKeyRotation(EnableKeyRotationRequest) -> (), read_only: false, by: Key;
    facts: |request, _, _| Ok(Facts::default().one(
        "kms:rotationperiodindays",
        period(&request.input).to_string(),
    ));
    perform: |authorized, key, turn| {
        rotates(key)?;
        state_check::enabled(key)?;
        related::not_replica(key)?;
        let period_days = period(authorized.input());
        // The same again changes nothing; another period counts from now on.
        if key.automatic_rotation.is_none_or(|known| known.period_days != period_days) {
            let next = turn.now().plus_days(i64::from(period_days));
            let automatic_rotation = Some(AutomaticRotation { period_days, next });
            put_setting(Key { automatic_rotation, ..key.clone() }, turn);
        }
        Ok(())
    };
    response: key_arn_response;
}

key_operation! {
    /// Switches rotation by schedule off.
    DisableKeyRotation(DisableKeyRotationRequest) -> (), read_only: false, by: Key;
    facts: no_facts;
    perform: |_, key, turn| {
        rotates(key)?;
        state_check::enabled(key)?;
        related::not_replica(key)?;
        if key.automatic_rotation.is_some() {
            put_setting(Key { automatic_rotation: None, ..key.clone() }, turn);
        }
        Ok(())
    };
    response: no_response;
}

/// Writes a changed setting, which related keys share.
fn put_setting(key: Key, turn: &mut Turn<'_>) {
    related::record_synchronization(&key, turn);
    related::put_shared(key, turn);
}

/// The schedule of a key that is enabled at `now`: what fell due while it was not is due now, not
/// in the past (KMS Developer Guide, "Rotate AWS KMS keys", disabled keys).
pub(super) fn resumed(key: &Key, now: Timestamp) -> Option<AutomaticRotation> {
    key.automatic_rotation
        .map(|rotation| match key.is_replica() {
            true => rotation,
            false => AutomaticRotation {
                next: rotation.next.max(now),
                ..rotation
            },
        })
}

/// Rotates a key whose time has come. The next time is a period after the one that was due; if
/// that has passed too, because nobody looked for long, a period from now.
///
/// # Errors
/// For a fault of the installation.
pub(crate) fn rotate_by_schedule(turn: &mut Turn<'_>, key: &Key) -> Result<(), ServiceError> {
    let mut due = key.clone();
    if let Some(rotation) = &mut due.automatic_rotation {
        let days = i64::from(rotation.period_days);
        let next = rotation.next.plus_days(days);
        rotation.next = if next > turn.now() {
            next
        } else {
            turn.now().plus_days(days)
        };
    }
    rotate(&due, RotationType::Automatic, turn)
}
