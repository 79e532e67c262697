//! Due work: what time alone brings about. Each piece is an outcome with its service event, and
//! idempotent: it rests on the row it saw, so that a second node or a second look does nothing.

use crate::chain::{Conditions, Outcome, ServiceError, Turn};
use crate::kms;
use crate::organizations;
use crate::service_event::ServiceEvent;
use crate::state::{DueWork, Installation, Key, Snapshot};
use claviger_trail::Resource;
use claviger_types::{Entropy, Timestamp};

/// Why a piece of due work could not be made: a fault of this program.
#[derive(Debug, thiserror::Error)]
#[error("due work cannot be done: {}", .0.inside.as_deref().unwrap_or("a fault of the service"))]
pub struct DueError(ServiceError);

/// When the next piece of work is due; `None` when there is none.
#[must_use]
pub fn next_date(snapshot: &Snapshot) -> Option<Timestamp> {
    let key = snapshot.next_due_key().map(|(date, _)| date);
    let organization = snapshot.next_due_in_organization().map(|(date, _)| date);
    key.into_iter().chain(organization).min()
}

/// The next piece of work that is due, in time order; `None` when there is none. Call again after
/// it was committed. `entropy` gives the seed of the outcome.
///
/// Due are keys at the end of their waiting period, imported material that expires, and keys that
/// rotate by schedule, each with its service event: `DeleteKey`, `DeleteExpiredKeyMaterial`,
/// `RotateKey` (KMS Developer Guide, "Logging AWS KMS API calls with AWS CloudTrail"); and changes
/// between Regions that are over. In an organisation, accounts that are made or closed.
///
/// # Errors
/// For a fault of this program.
pub fn next(
    conditions: Conditions<'_>,
    entropy: &mut dyn Entropy,
) -> Result<Option<Outcome>, DueError> {
    let snapshot = conditions.snapshot;
    let key = snapshot.next_due_key();
    let organization = snapshot.next_due_in_organization();
    if let Some((date, work)) = organization
        && date <= conditions.now
        && key.is_none_or(|(other, _)| date <= other)
    {
        let mut turn = Turn::with_seed(conditions, seed(entropy), &[]);
        organizations::do_due_work(&mut turn, work).map_err(DueError)?;
        return Ok(Some(turn.finish_own()));
    }
    let found = key.filter(|(date, _)| *date <= conditions.now);
    let Some(key) = found.and_then(|(_, place)| snapshot.get::<Key>(place)) else {
        return Ok(None);
    };
    let Some((_, work)) = key.due() else {
        return Ok(None);
    };
    let mut turn = Turn::with_seed(conditions, seed(entropy), &[]);
    match work {
        DueWork::Deletion => delete(&mut turn, key),
        DueWork::Expiry => kms::expire_material(&mut turn, key),
        DueWork::Settling => kms::settle(&mut turn, key),
        DueWork::Rotation => kms::rotate_by_schedule(&mut turn, key).map_err(DueError)?,
    }
    Ok(Some(turn.finish_own()))
}

fn seed(entropy: &mut dyn Entropy) -> [u8; 32] {
    let mut seed = [0_u8; 32];
    entropy.fill(&mut seed);
    seed
}

fn delete(turn: &mut Turn<'_>, key: &Key) {
    kms::delete_key(turn, key);
    ServiceEvent {
        source: "kms.amazonaws.com",
        name: "DeleteKey",
        account: key.arn.account(),
        region: key.arn.region().clone(),
        resources: vec![Resource::kms_key(key.arn.account(), key.arn.as_str())],
        details: None,
    }
    .record(turn);
}

/// Time that cannot be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FixedTime {
    /// There is no installation to keep it.
    #[error("there is no installation yet")]
    NoInstallation,
    /// Its time is real.
    #[error("this is a production installation: its time is real and cannot be moved")]
    Production,
}

/// Moves virtual time on: from now on it is at least `to`. `real` is real time now. The offset only
/// grows; a moment that has passed leaves it as it is.
///
/// # Errors
/// Where there is no installation, and in production.
pub fn set_clock(
    conditions: Conditions<'_>,
    real: Timestamp,
    to: Timestamp,
) -> Result<Outcome, FixedTime> {
    let known = conditions.snapshot.installation();
    let known = known.ok_or(FixedTime::NoInstallation)?;
    if known.production {
        return Err(FixedTime::Production);
    }
    let offset = to.millis().saturating_sub(real.millis());
    let mut turn = Turn::with_seed(conditions, [0; 32], &[]);
    if offset > known.clock_offset_millis {
        turn.put(Installation {
            clock_offset_millis: offset,
            ..Installation::clone(known)
        });
    }
    Ok(turn.finish_own())
}
