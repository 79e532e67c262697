//! The life of a key: description, enabled or not, the way to its deletion, its last use. Source:
//! KMS API reference; KMS Developer Guide, "Key states of AWS KMS keys".

use super::automatic_rotation::resumed;
use super::operation::{key_arn_response, key_operation, no_facts, no_response};
use super::{related, state_check};
use crate::chain::{Facts, Object, ServiceError, Turn};
use crate::state::{Key, KeyState, LastUse};
use claviger_model::KMS;
use claviger_model::kms::error::KMS_INVALID_STATE_EXCEPTION;
use claviger_model::kms::{
    CancelKeyDeletionResponse, GetKeyLastUsageResponse, KeyLastUsageData,
    ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse,
};
use claviger_types::Timestamp;

/// The waiting period before deletion when none is asked for, and its bounds, in days.
const DEFAULT_WINDOW: i32 = 30;
const WINDOW: std::ops::RangeInclusive<i32> = 7..=30;

/// When AWS began to track last uses: 2026-04-23.
const TRACKING_BEGAN: Timestamp = Timestamp::from_seconds(1_776_902_400);

/// `kms:TrailingDaysWithoutKeyUsage`: whole days since the last use, else since tracking began.
fn days_without_use(key: &Key, turn: &Turn<'_>) -> Facts {
    let since = match last_use(key, turn) {
        Some(last) => last.time,
        None => key.created.max(TRACKING_BEGAN),
    };
    let days = (turn.now().seconds() - since.seconds()).max(0) / 86_400;
    Facts::default().one("kms:trailingdayswithoutkeyusage", days.to_string())
}

/// The last use of a key; what the book knows of a replica that was here before it is not this
/// key's.
fn last_use(key: &Key, turn: &Turn<'_>) -> Option<LastUse> {
    let last = turn.key_use().of(&key.place());
    last.filter(|last| last.time >= key.created)
}

fn window(input: &ScheduleKeyDeletionRequest) -> i32 {
    input.pending_window_in_days.unwrap_or(DEFAULT_WINDOW)
}

key_operation! {
    /// Changes the description.
    UpdateKeyDescription(UpdateKeyDescriptionRequest) -> (), read_only: false, by: Key;
    facts: no_facts;
    perform: |authorized, key, turn| {
        state_check::not_pending_deletion(key)?;
        let description = authorized.input().description.clone().unwrap_or_default();
        turn.put(Key { description, ..key.clone() });
        Ok(())
    };
    response: no_response;
}

key_operation! {
    /// Makes a key usable.
    EnableKey(EnableKeyRequest) -> (), read_only: false, by: Key;
    facts: no_facts;
    perform: |_, key, turn| set_state(key, KeyState::Enabled, turn);
    response: key_arn_response;
}

key_operation! {
    /// Makes a key unusable until it is enabled again.
    DisableKey(DisableKeyRequest) -> (), read_only: false, by: Key;
    facts: |_, named, turn| Ok(days_without_use(&named.key, turn));
    perform: |_, key, turn| set_state(key, KeyState::Disabled, turn);
    response: key_arn_response;
}

fn set_state(key: &Key, state: KeyState, turn: &mut Turn<'_>) -> Result<(), ServiceError> {
    state_check::switchable(key)?;
    let automatic_rotation = match state {
        KeyState::Enabled => {
            state_check::has_its_material(key)?;
            resumed(key, turn.now())
        }
        _ => key.automatic_rotation,
    };
    let changed = Key {
        state,
        automatic_rotation,
        ..key.clone()
    };
    if changed.is_replica() {
        turn.put(changed);
    } else {
        related::put_shared(changed, turn);
    }
    Ok(())
}

key_operation! {
    /// Makes a key unusable at once and deletes it after a waiting period.
    ScheduleKeyDeletion(ScheduleKeyDeletionRequest) -> ScheduleKeyDeletionResponse,
        read_only: false, by: Key;
    facts: |request, named, turn| Ok(days_without_use(&named.key, turn).one(
        "kms:schedulekeydeletionpendingwindowindays",
        window(&request.input).to_string(),
    ));
    perform: |authorized, key, turn| {
        state_check::deletable(key)?;
        let days = window(authorized.input());
        if !WINDOW.contains(&days) {
            return Err(ServiceError::validation(
                KMS,
                format!(
                    "PendingWindowInDays must be between {} and {}.",
                    WINDOW.start(), WINDOW.end(),
                ),
            ));
        }
        let state = leaving(key, days, turn.now());
        turn.put(Key { state, settling: None, ..key.clone() });
        Ok(ScheduleKeyDeletionResponse {
            key_id: Some(key.arn.to_string()),
            deletion_date: state.deletion_date().map(Into::into),
            key_state: Some(state.shown().as_str().into()),
            pending_window_in_days: Some(days),
        })
    };
    response: |_, output| Object::new()
        .maybe("keyId", output.key_id.as_ref())
        .maybe("keyState", output.key_state.as_ref())
        .maybe(
            "deletionDate",
            output.deletion_date.map(Timestamp::from).map(Timestamp::cloudtrail_text).as_ref(),
        )
        .maybe("pendingWindowInDays", output.pending_window_in_days.as_ref())
        .finish();
}

/// The state of a key that is to be deleted. A primary key waits for its last replica to be gone
/// first, and only then for its own period (KMS Developer Guide, "Deleting multi-Region keys").
fn leaving(key: &Key, days: i32, now: Timestamp) -> KeyState {
    let regions = key.multi_region.as_ref().filter(|_| !key.is_replica());
    if regions.is_some_and(|regions| !regions.replicas.is_empty()) {
        return KeyState::PendingReplicaDeletion { window_days: days };
    }
    KeyState::PendingDeletion {
        date: now.plus_days(i64::from(days)),
    }
}

key_operation! {
    /// Takes a scheduled deletion back; the key is disabled then.
    CancelKeyDeletion(CancelKeyDeletionRequest) -> CancelKeyDeletionResponse,
        read_only: false, by: Key;
    facts: no_facts;
    perform: |_, key, turn| {
        if !key.state.is_pending_deletion() {
            return Err(ServiceError::new(
                &KMS_INVALID_STATE_EXCEPTION,
                format!("{} is not pending deletion.", key.arn),
            ));
        }
        turn.put(Key { state: KeyState::Disabled, ..key.clone() });
        Ok(CancelKeyDeletionResponse { key_id: Some(key.arn.to_string()) })
    };
    response: key_arn_response;
}

key_operation! {
    /// Tells when a key was last used cryptographically.
    GetKeyLastUsage(GetKeyLastUsageRequest) -> GetKeyLastUsageResponse, read_only: true, by: Key;
    facts: no_facts;
    perform: |_, key, turn| Ok(GetKeyLastUsageResponse {
        key_id: Some(key.arn.to_string()),
        key_last_usage: Some(last_use(key, turn).map_or_else(
            KeyLastUsageData::default,
            |last| KeyLastUsageData {
                operation: Some(last.operation.as_str().into()),
                timestamp: Some(last.time.into()),
                cloud_trail_event_id: Some(last.event_id),
                kms_request_id: Some(last.request_id),
            },
        )),
        tracking_start_date: Some(key.created.max(TRACKING_BEGAN).into()),
        key_creation_date: Some(key.created.into()),
    });
    response: no_response;
}
