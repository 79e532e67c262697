//! What time does to imported material: it goes at the moment its owner set, and the key waits for it
//! to be imported again. Source: KMS Developer Guide, "Setting an expiration time".

use super::imported;
use crate::chain::{Object, Turn};
use crate::service_event::ServiceEvent;
use crate::state::Key;
use claviger_trail::Resource;

/// Takes away the imported material of a key that has expired, one at a time.
pub(crate) fn expire_material(turn: &mut Turn<'_>, key: &Key) {
    let now = turn.now();
    let expired = key
        .materials
        .iter()
        .chain(&key.pending_material)
        .filter(|m| m.expires().is_some_and(|date| date <= now))
        .min_by_key(|m| m.expires())
        .map(|m| m.id.clone());
    let Some(id) = expired else {
        return;
    };
    imported::forget(turn, key, &id);
    let details = Object::new()
        .member("keyId", key.arn.key_id())
        .maybe("keyMaterialId", imported::shown_id(key, &id).as_ref())
        .finish();
    ServiceEvent {
        source: "kms.amazonaws.com",
        name: "DeleteExpiredKeyMaterial",
        account: key.arn.account(),
        region: key.arn.region().clone(),
        resources: vec![Resource::kms_key(key.arn.account(), key.arn.as_str())],
        details,
    }
    .record(turn);
}
