//! New key material, and the operations that rotate it. Old material stays, so that old ciphertext
//! stays readable. Source: KMS Developer Guide, "Rotate AWS KMS keys".

use super::imported;
use super::operation::{key_arn_response, key_operation, no_facts, no_response};
use super::usage_check::wrong_origin;
use super::{related, state_check};
use crate::chain::{Interrupt, Object, ServiceError, Turn};
use crate::service_event::ServiceEvent;
use crate::state::{Key, KeyPlace, Material, MaterialInfo, Origin, RotationType, Stored};
use claviger_crypto::{KeyMaterial, KeySpec, Place};
use claviger_model::kms::error::{
    CONFLICT_EXCEPTION, KMS_INVALID_STATE_EXCEPTION, LIMIT_EXCEEDED_EXCEPTION,
    UNSUPPORTED_OPERATION_EXCEPTION,
};
use claviger_model::kms::{GetKeyRotationStatusResponse, RotateKeyOnDemandResponse};
use claviger_model::{Blob, KMS};
use claviger_trail::Resource;
use claviger_types::{MaterialId, Timestamp};

/// Rotations on demand that a key can have in its life (KMS Developer Guide, "Quotas").
const MOST_ON_DEMAND: u32 = 25;

/// A rotation on demand conflicts with one by schedule that starts within 20 minutes (KMS API
/// reference, `RotateKeyOnDemand`, `ConflictException`).
const CONFLICT_SECONDS: i64 = 20 * 60;

/// Makes material for a key of any spec, sealed for its row.
///
/// # Errors
/// A wish for an RSA key, which is made outside; else only a fault of this installation.
pub(super) fn new_material(
    key: &KeyPlace,
    spec: KeySpec,
    turn: &mut Turn<'_>,
) -> Result<Material, Interrupt> {
    let id = MaterialId::generate(turn.entropy());
    if spec.modulus_len().is_some() {
        let made = turn.rsa_key(spec)?;
        return Ok(sealed(key, id, &made, turn)?);
    }
    let made = generated(spec, turn)?;
    Ok(sealed(key, id, &made, turn)?)
}

fn generated(spec: KeySpec, turn: &mut Turn<'_>) -> Result<KeyMaterial, ServiceError> {
    KeyMaterial::generate(spec, turn.entropy())
        .map_err(|e| ServiceError::internal(KMS, e.to_string()))
}

/// Material as it is stored for a key: sealed for its row, its public half in the clear beside it.
///
/// # Errors
/// Only for a fault of this installation.
pub(super) fn sealed(
    key: &KeyPlace,
    id: MaterialId,
    material: &KeyMaterial,
    turn: &mut Turn<'_>,
) -> Result<Material, ServiceError> {
    let row = Material::row(&(key.clone(), id.clone()));
    let place = Place {
        collection: Material::COLLECTION,
        row: &row,
        version: 1,
    };
    let sealer = turn.sealer();
    let sealed = sealer
        .seal(&place, material.bytes(), turn.entropy())
        .map_err(|e| ServiceError::internal(KMS, e.to_string()))?;
    let public_key = material
        .public_key()
        .map_err(|e| ServiceError::internal(KMS, e.to_string()))?;
    Ok(Material {
        key: key.clone(),
        id,
        sealed,
        public_key: public_key.map(Blob),
    })
}

/// Only symmetric keys whose material this service made rotate by schedule.
///
/// # Errors
/// `UnsupportedOperationException` for any other.
pub(super) fn rotates(key: &Key) -> Result<(), ServiceError> {
    match key.origin {
        Origin::AwsKms => is_symmetric(key),
        _ => Err(wrong_origin(key)),
    }
}

/// Only symmetric keys outside key stores have rotations at all.
///
/// # Errors
/// `UnsupportedOperationException` for any other.
pub(super) fn has_rotations(key: &Key) -> Result<(), ServiceError> {
    match key.origin {
        Origin::AwsKms | Origin::External => is_symmetric(key),
        Origin::ExternalKeyStore => Err(wrong_origin(key)),
    }
}

fn is_symmetric(key: &Key) -> Result<(), ServiceError> {
    if key.spec == KeySpec::SymmetricDefault {
        return Ok(());
    }
    // AWS says nothing more of keys of another spec.
    Err(ServiceError::bare(&UNSUPPORTED_OPERATION_EXCEPTION))
}

/// Whether a key may be rotated by request.
fn rotates_on_demand(key: &Key, now: Timestamp) -> Result<(), ServiceError> {
    if key.on_demand_rotations >= MOST_ON_DEMAND {
        return Err(ServiceError::new(
            &LIMIT_EXCEEDED_EXCEPTION,
            format!(
                "The on-demand rotations limit has been reached for the given keyId. No more \
                 on-demand rotations can be performed for this key: {}",
                key.arn
            ),
        ));
    }
    let soon = now.plus_seconds(CONFLICT_SECONDS);
    if key.rotation_date().is_some_and(|date| date <= soon) {
        return Err(ServiceError::new(
            &CONFLICT_EXCEPTION,
            format!(
                "An automatic rotation of {} is in progress or starts soon.",
                key.arn
            ),
        ));
    }
    Ok(())
}

/// Gives a key and all related keys new material, and records it.
pub(super) fn rotate(
    key: &Key,
    kind: RotationType,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    let id = MaterialId::generate(turn.entropy());
    // Only symmetric keys rotate, so nothing has to be made outside.
    let made = generated(KeySpec::SymmetricDefault, turn)?;
    let material = sealed(&key.place(), id, &made, turn)?;
    let (rotated, current) = rotated(key, MaterialInfo::first(material.id.clone()), kind, turn);
    related::share_material(&rotated, &current, &material, turn)?;
    related::record_synchronization(&rotated, turn);
    turn.put(material);
    related::put_shared(rotated, turn);
    Ok(())
}

/// Makes the imported material current that waits for it, in all related keys, and records it.
fn rotate_to_imported(key: &Key, turn: &mut Turn<'_>) -> Result<(), ServiceError> {
    let pending = key
        .pending_material
        .clone()
        .filter(MaterialInfo::is_present);
    let pending = pending.filter(|m| imported::is_everywhere(key, &m.id, turn.view()));
    let pending = pending.ok_or_else(|| {
        ServiceError::new(
            &KMS_INVALID_STATE_EXCEPTION,
            format!(
                "No available key material pending rotation for the key: {}.",
                key.arn
            ),
        )
    })?;
    let (mut rotated, current) = rotated(key, pending, RotationType::OnDemand, turn);
    rotated.pending_material = None;
    related::rotate_to_pending(&rotated, &current, turn);
    related::record_synchronization(&rotated, turn);
    related::put_shared(rotated, turn);
    Ok(())
}

/// The key with one more current material, and what is known of it; the rotation is recorded.
fn rotated(
    key: &Key,
    material: MaterialInfo,
    kind: RotationType,
    turn: &mut Turn<'_>,
) -> (Key, MaterialInfo) {
    let mut rotated = key.clone();
    if kind == RotationType::OnDemand {
        rotated.on_demand_rotations += 1;
    }
    let current = MaterialInfo {
        rotated: Some(turn.now()),
        rotation: Some(kind),
        ..material
    };
    rotated.materials.push(current.clone());
    let details = Object::new()
        .member("rotationType", kind.as_str())
        .member("keyOrigin", key.origin.as_str())
        .maybe("previousKeyMaterialId", key.current_material())
        .member("currentKeyMaterialId", &current.id)
        .member("keyId", key.arn.key_id())
        .finish();
    ServiceEvent {
        source: "kms.amazonaws.com",
        name: "RotateKey",
        account: key.arn.account(),
        region: key.arn.region().clone(),
        resources: vec![Resource::kms_key(key.arn.account(), key.arn.as_str())],
        details,
    }
    .record(turn);
    (rotated, current)
}

key_operation! {
    /// Gives a key new material at once: made here, or imported before.
    RotateKeyOnDemand(RotateKeyOnDemandRequest) -> RotateKeyOnDemandResponse,
        read_only: false, by: Key;
    facts: no_facts;
    perform: |_, key, turn| {
        has_rotations(key)?;
        state_check::enabled(key)?;
        related::not_replica(key)?;
        rotates_on_demand(key, turn.now())?;
        match key.origin {
            Origin::External => rotate_to_imported(key, turn)?,
            _ => rotate(key, RotationType::OnDemand, turn)?,
        }
        Ok(RotateKeyOnDemandResponse { key_id: Some(key.arn.to_string()) })
    };
    response: key_arn_response;
}

key_operation! {
    /// Tells whether a key rotates by schedule.
    GetKeyRotationStatus(GetKeyRotationStatusRequest) -> GetKeyRotationStatusResponse,
        read_only: true, by: Key;
    facts: no_facts;
    perform: |_, key, _| {
        rotates(key)?;
        let pending = key.state.is_pending_deletion();
        let rotation = key.automatic_rotation.filter(|_| !pending);
        Ok(GetKeyRotationStatusResponse {
            key_rotation_enabled: Some(rotation.is_some()),
            key_id: Some(key.arn.to_string()),
            rotation_period_in_days: rotation.map(|r| r.period_days),
            next_rotation_date: rotation.map(|r| r.next.into()),
            ..GetKeyRotationStatusResponse::default()
        })
    };
    response: no_response;
}
