//! Related multi-Region keys: what they share and how it reaches all of them. The primary key is the
//! source of what is shared; everything else (policy, grants, state, aliases, tags, description)
//! is each key's own and is never touched here. Source: KMS Developer Guide, "Multi-Region keys in
//! AWS KMS", "Shared properties".

use crate::chain::{Object, ServiceError, Turn};
use crate::service_event::ServiceEvent;
use crate::state::{
    Key, KeyPlace, KeyState, Material, MaterialInfo, MultiRegion, Origin, Settling, SettlingKind,
    Snapshot, Stored,
};
use claviger_crypto::Place;
use claviger_model::KMS;
use claviger_model::kms::error::UNSUPPORTED_OPERATION_EXCEPTION;
use claviger_trail::Resource;
use claviger_types::RegionName;
use std::sync::Arc;

/// How long a change between Regions takes, in seconds of virtual time. AWS says "a few seconds";
/// one lets a client see the state on its way and keeps nobody waiting.
const SETTLING_SECONDS: i64 = 1;

/// What a key is in from now on, until the change is over.
pub(super) fn settling(kind: SettlingKind, turn: &Turn<'_>) -> Settling {
    Settling {
        kind,
        until: turn.now().plus_seconds(SETTLING_SECONDS),
    }
}

/// The related key in a Region, whether `key` itself or another.
pub(super) fn in_region(key: &Key, region: &RegionName, view: &Snapshot) -> Option<Arc<Key>> {
    let place = KeyPlace {
        region: region.clone(),
        ..key.place()
    };
    view.get::<Key>(&place).cloned()
}

/// The other keys of the same multi-Region key; none for a single-Region key.
pub(super) fn others(key: &Key, view: &Snapshot) -> Vec<Arc<Key>> {
    let Some(regions) = &key.multi_region else {
        return Vec::new();
    };
    std::iter::once(&regions.primary)
        .chain(&regions.replicas)
        .filter(|region| *region != key.arn.region())
        .filter_map(|region| in_region(key, region, view))
        .collect()
}

/// For what only the primary key of a multi-Region key can do.
///
/// # Errors
/// `UnsupportedOperationException` for a replica and for a single-Region key.
pub(super) fn primary(key: &Key) -> Result<(), ServiceError> {
    if key.multi_region.is_some() && !key.is_replica() {
        return Ok(());
    }
    Err(ServiceError::new(
        &UNSUPPORTED_OPERATION_EXCEPTION,
        format!("{} is not a multi-region primary key.", key.arn),
    ))
}

/// For what is done on the primary key for all related keys: a single-Region key is its own.
///
/// # Errors
/// `UnsupportedOperationException` for a replica.
pub(super) fn not_replica(key: &Key) -> Result<(), ServiceError> {
    if key.is_replica() {
        primary(key)
    } else {
        Ok(())
    }
}

/// Writes a key, and gives all related keys what it shares with them: which Regions there are, and
/// what concerns rotation. Their materials are not looked at.
pub(super) fn put_shared(key: Key, turn: &mut Turn<'_>) {
    for other in others(&key, turn.view()) {
        let shared = Key {
            multi_region: key.multi_region.clone(),
            automatic_rotation: key.automatic_rotation,
            on_demand_rotations: key.on_demand_rotations,
            ..Key::clone(&other)
        };
        if shared != *other {
            turn.put(shared);
        }
    }
    turn.put(key);
}

/// Gives the material that became current for `key` to all related keys, whatever their states
/// are: each gets a sealed copy of its own, and its list of materials grows by the same entry.
///
/// # Errors
/// For a fault of the installation.
pub(super) fn share_material(
    key: &Key,
    made: &MaterialInfo,
    material: &Material,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    for other in others(key, turn.view()) {
        let copy = copied(material, other.place(), turn)?;
        let mut rotated = Key::clone(&other);
        rotated.materials.push(made.clone());
        turn.put(copy);
        turn.put(rotated);
    }
    Ok(())
}

/// Makes the imported material current in all related keys that became current for `key`: each has
/// imported it for itself.
pub(super) fn rotate_to_pending(key: &Key, made: &MaterialInfo, turn: &mut Turn<'_>) {
    for other in others(key, turn.view()) {
        let mut rotated = Key::clone(&other);
        if let Some(pending) = rotated.pending_material.take() {
            rotated.materials.push(MaterialInfo {
                rotated: made.rotated,
                rotation: made.rotation,
                ..pending
            });
        }
        turn.put(rotated);
    }
}

/// Tells all replicas of new material that was imported into their primary key: its id and
/// description, not its bytes (KMS API reference, `ImportKeyMaterial`).
pub(super) fn announce_pending(primary: &Key, turn: &mut Turn<'_>) {
    for other in others(primary, turn.view()) {
        let pending_material = primary.pending_material.as_ref().map(without_bytes);
        turn.put(Key {
            pending_material,
            ..Key::clone(&other)
        });
    }
}

/// What a new replica has of its primary key's materials: for material made by the service all of
/// it; of imported material only which it is, for its owner brings it to each Region (KMS
/// Developer Guide, "Importing key material into multi-Region keys").
///
/// # Errors
/// For a fault of the installation.
pub(super) fn copy_materials(
    primary: &Key,
    replica: &KeyPlace,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    if primary.origin == Origin::External {
        return Ok(());
    }
    let materials: Vec<_> = turn
        .view()
        .materials_of(&primary.place())
        .map(Arc::clone)
        .collect();
    for material in materials {
        let copy = copied(&material, replica.clone(), turn)?;
        turn.put(copy);
    }
    Ok(())
}

/// What is known of a material at a replica that has not got its bytes.
pub(super) fn without_bytes(material: &MaterialInfo) -> MaterialInfo {
    let mut known = material.clone();
    if let Some(import) = &mut known.import {
        import.present = false;
        import.expires = None;
    }
    known
}

/// The same material sealed for the row of another key: a sealed value opens in its own row only.
fn copied(
    material: &Material,
    key: KeyPlace,
    turn: &mut Turn<'_>,
) -> Result<Material, ServiceError> {
    let fault = |e: &dyn std::fmt::Display| ServiceError::internal(KMS, e.to_string());
    let (from, to) = (
        Material::row(&material.id()),
        Material::row(&(key.clone(), material.id.clone())),
    );
    let place = |row| Place {
        collection: Material::COLLECTION,
        row,
        version: 1,
    };
    let sealer = turn.sealer();
    let bytes = sealer
        .open(&place(&from), &material.sealed)
        .map_err(|e| fault(&e))?;
    let sealed = sealer
        .seal(&place(&to), bytes.expose(), turn.entropy())
        .map_err(|e| fault(&e))?;
    Ok(Material {
        key,
        sealed,
        ..material.clone()
    })
}

/// Records that what related keys share was brought to the replicas, in the primary key's Region
/// and without naming the others (KMS Developer Guide, "SynchronizeMultiRegionKey" log entry).
pub(super) fn record_synchronization(primary: &Key, turn: &mut Turn<'_>) {
    let regions = primary.multi_region.as_ref();
    if regions.is_none_or(|regions| regions.replicas.is_empty()) {
        return;
    }
    let arn = primary.arn.as_str();
    let event = ServiceEvent {
        source: "kms.amazonaws.com",
        name: "SynchronizeMultiRegionKey",
        account: primary.arn.account(),
        region: primary.arn.region().clone(),
        resources: vec![Resource::kms_key(primary.arn.account(), arn)],
        details: None,
    };
    event.record_as_call(Object::new().member("keyId", arn).finish(), turn);
}

/// Takes a replica that was deleted out of the lists of the keys that are left. A primary key that
/// waited for its last replica to go begins its own waiting period now (KMS API reference,
/// `ScheduleKeyDeletion`).
pub(super) fn forget_replica(gone: &Key, turn: &mut Turn<'_>) {
    let Some(regions) = gone.multi_region.as_ref().filter(|_| gone.is_replica()) else {
        return;
    };
    let left = MultiRegion {
        primary: regions.primary.clone(),
        replicas: regions
            .replicas
            .iter()
            .filter(|region| *region != gone.arn.region())
            .cloned()
            .collect(),
    };
    let last = left.replicas.is_empty();
    for other in others(gone, turn.view()) {
        let state = match other.state {
            KeyState::PendingReplicaDeletion { window_days } if last => KeyState::PendingDeletion {
                date: turn.now().plus_days(i64::from(window_days)),
            },
            state => state,
        };
        turn.put(Key {
            multi_region: Some(left.clone()),
            state,
            ..Key::clone(&other)
        });
    }
}
