//! Whether an account has room for one thing more. Source: KMS Developer Guide, "Resource quotas";
//! AWS's texts are not recorded. AWS managed keys count towards none of them.

use crate::chain::{ServiceError, Turn};
use crate::state::Key;
use claviger_model::kms::error::LIMIT_EXCEEDED_EXCEPTION;
use claviger_types::{AccountId, RegionName};

fn exceeded(text: String) -> ServiceError {
    ServiceError::new(&LIMIT_EXCEEDED_EXCEPTION, text)
}

/// For a new customer managed key of an account in a Region.
///
/// # Errors
/// `LimitExceededException`.
pub(super) fn room_for_key(
    account: AccountId,
    region: &RegionName,
    turn: &Turn<'_>,
) -> Result<(), ServiceError> {
    let most = turn.quotas().keys;
    if turn.view().customer_keys(account, region) < most {
        return Ok(());
    }
    Err(exceeded(format!(
        "Account {account} has the most KMS keys it can have in {region}: {most}."
    )))
}

/// For a new alias of a key.
///
/// # Errors
/// `LimitExceededException`.
pub(super) fn room_for_alias(key: &Key, turn: &Turn<'_>) -> Result<(), ServiceError> {
    let most = turn.quotas().aliases_per_key;
    if turn.view().aliases_of(&key.place()).count() < most {
        return Ok(());
    }
    Err(exceeded(format!(
        "{} has the most aliases it can have: {most}.",
        key.arn
    )))
}

/// Writes a key's row as it is: what was counted or not found among the aliases and grants of the key
/// has no row of its own to rest on, so of two decisions that counted at once one is made again.
pub(super) fn claim(key: &Key, turn: &mut Turn<'_>) {
    turn.put(key.clone());
}
