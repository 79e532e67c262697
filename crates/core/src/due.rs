//! Due work: what time alone brings about. Each piece is an outcome with its service event, and
//! idempotent: it rests on the row it saw, so that a second node or a second look does nothing.

use crate::chain::{Conditions, Outcome, Turn};
use crate::kms;
use crate::service_event::ServiceEvent;
use crate::state::Key;
use claviger_trail::Resource;
use claviger_types::Entropy;

/// The next piece of work that is due, in time order; `None` when there is none. Call again after
/// it was committed. `entropy` gives the seed of the outcome.
///
/// Due are keys at the end of their waiting period: key, materials, aliases and grants go, and a
/// `DeleteKey` event is recorded (KMS Developer Guide, "Deleting AWS KMS keys").
#[must_use]
pub fn next(conditions: Conditions<'_>, entropy: &mut dyn Entropy) -> Option<Outcome> {
    let (_, place) = conditions.snapshot.keys_to_delete(conditions.now).next()?;
    let key = conditions.snapshot.get::<Key>(place)?.clone();
    let mut seed = [0_u8; 32];
    entropy.fill(&mut seed);
    let mut turn = Turn::with_seed(conditions, seed, &[]);
    kms::delete_key(&mut turn, &key);
    ServiceEvent {
        source: "kms.amazonaws.com",
        name: "DeleteKey",
        account: key.arn.account(),
        region: key.arn.region().clone(),
        resources: vec![Resource::kms_key(key.arn.account(), key.arn.as_str())],
        details: None,
    }
    .record(&mut turn);
    Some(turn.finish_own())
}
