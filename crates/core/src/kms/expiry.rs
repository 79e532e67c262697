//! What time does to imported material: it goes at the moment its owner set, and the key waits for it
//! to be imported again. Source: KMS Developer Guide, "Setting an expiration time".

use crate::chain::{Object, Turn};
use crate::service_event::ServiceEvent;
use crate::state::{Key, KeyState, Material, MaterialInfo};
use claviger_trail::Resource;
use claviger_types::MaterialId;

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
    forget_material(turn, key, &id);
    let details = Object::new()
        .member("keyId", key.arn.key_id())
        .member("keyMaterialId", &id)
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

/// Deletes the bytes of one imported material, and sees to it that they leave the disk. Material
/// that was never current is forgotten altogether; without any other the key cannot be used.
pub(super) fn forget_material(turn: &mut Turn<'_>, key: &Key, id: &MaterialId) {
    let mut left = key.clone();
    if left.pending_material.as_ref().is_some_and(|m| &m.id == id) {
        left.pending_material = None;
    }
    for known in left.materials.iter_mut().filter(|m| &m.id == id) {
        absent(known);
        if !left.state.is_pending_deletion() {
            left.state = KeyState::PendingImport;
        }
    }
    turn.delete::<Material>((key.place(), id.clone()));
    turn.put(left);
    turn.purge();
}

fn absent(material: &mut MaterialInfo) {
    if let Some(import) = &mut material.import {
        import.present = false;
    }
}
