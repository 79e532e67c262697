//! Whether an account has room for one thing more. Source: KMS Developer Guide, "Resource quotas";
//! AWS's texts are not recorded. AWS managed keys count towards none of them.

use crate::chain::{ServiceError, Turn};
use crate::state::{Key, Snapshot};
use claviger_model::kms::error::LIMIT_EXCEEDED_EXCEPTION;
use claviger_types::{AccountId, RegionName};

/// For a new customer managed key of an account in a Region.
///
/// # Errors
/// `LimitExceededException`.
pub(super) fn room_for_key(
    account: AccountId,
    region: &RegionName,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    let (most, region) = (turn.quotas().keys, region.clone());
    let text = format!("Account {account} has the most KMS keys it can have in {region}: {most}.");
    let room = move |state: &Snapshot| state.customer_keys(account, &region) < most;
    there_is(room, text, turn)
}

/// For a new alias of a key.
///
/// # Errors
/// `LimitExceededException`.
pub(super) fn room_for_alias(key: &Key, turn: &mut Turn<'_>) -> Result<(), ServiceError> {
    let (most, place) = (turn.quotas().aliases_per_key, key.place());
    let text = format!("{} has the most aliases it can have: {most}.", key.arn);
    let room = move |state: &Snapshot| state.aliases_of(&place).count() < most;
    there_is(room, text, turn)
}

/// For a new grant on a key.
///
/// # Errors
/// `LimitExceededException`.
pub(super) fn room_for_grant(key: &Key, turn: &mut Turn<'_>) -> Result<(), ServiceError> {
    let (most, place) = (turn.quotas().grants_per_key, key.place());
    let text = format!("{} has the most grants it can have: {most}.", key.arn);
    let room = move |state: &Snapshot| state.grant_count(&place) < most;
    there_is(room, text, turn)
}

/// Whether there is room now; the decision then rests on that there still is when it is committed,
/// so that of many who ask at once no more get in than fit.
fn there_is(
    room: impl Fn(&Snapshot) -> bool + Send + Sync + 'static,
    text: String,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    if !room(turn.view()) {
        return Err(ServiceError::new(&LIMIT_EXCEEDED_EXCEPTION, text));
    }
    turn.rest_on_fact(room);
    Ok(())
}
