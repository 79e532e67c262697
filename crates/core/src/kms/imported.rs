//! What imported material is to its key: its id, how it becomes associated with the key, and how it
//! goes again. A symmetric key can have several materials, each waiting for a rotation first; a key
//! of any other spec keeps the first one for ever. Nothing here unwraps or seals. Source: KMS API
//! reference, `ImportKeyMaterial`, `RotationsListEntry`.

use super::{related, usage_check};
use crate::chain::{ServiceError, Turn};
use crate::state::{Import, Key, KeyState, Material, MaterialInfo, Origin, Snapshot};
use claviger_crypto::{KeyMaterial, KeySpec, hmac_sha256};
use claviger_model::kms::error::{INCORRECT_KEY_MATERIAL_EXCEPTION, KMS_INVALID_STATE_EXCEPTION};
use claviger_types::{KeyId, MaterialId, Timestamp};
use std::borrow::Cow;

/// Sets the ids of imported material apart from everything else that is hashed.
const LABEL: &[u8] = b"claviger/imported-material/v1";

/// For operations on keys whose owner imports their material.
///
/// # Errors
/// `UnsupportedOperationException` for any other key.
pub(super) fn takes_material(key: &Key) -> Result<(), ServiceError> {
    if key.origin == Origin::External {
        return Ok(());
    }
    Err(usage_check::wrong_origin(key))
}

/// The id of imported material: a function of key id and material, so that the same material has
/// the same id whenever it comes back, and in every Region of a multi-Region key (KMS API
/// reference, `ImportKeyMaterial`, `KeyMaterialId`).
pub(super) fn material_id(key: &KeyId, material: &KeyMaterial) -> MaterialId {
    let key = key.as_str().as_bytes();
    let mut data =
        zeroize::Zeroizing::new(Vec::with_capacity(key.len() + 1 + material.bytes().len()));
    data.extend_from_slice(key);
    data.push(0);
    data.extend_from_slice(material.bytes());
    MaterialId::from_bytes(&hmac_sha256(LABEL, &data))
}

/// Ids of materials are shown for symmetric keys alone; no other key has more than one.
pub(super) fn shown_id(key: &Key, id: &MaterialId) -> Option<String> {
    (key.spec == KeySpec::SymmetricDefault).then(|| id.to_string())
}

/// Whether material is new to its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Novelty {
    New,
    Existing,
}

/// Material on its way into a key.
pub(super) struct Arriving<'a> {
    pub(super) id: MaterialId,
    /// What the request says; by default material is new as long as none was ever imported.
    pub(super) novelty: Option<Novelty>,
    /// The id that the request expects.
    pub(super) expected_id: Option<&'a str>,
    pub(super) expires: Option<Timestamp>,
    /// Without one the last description stays.
    pub(super) description: Option<&'a str>,
}

/// The key with a material in it: come back, or new; then current if it is the first one, else
/// waiting for a rotation. A key that waited for its last missing material is enabled.
///
/// # Errors
/// `IncorrectKeyMaterialException` for material that is not the one expected,
/// `KMSInvalidStateException` for new material while other waits for a rotation.
pub(super) fn associated(key: &Key, arriving: Arriving<'_>) -> Result<Key, ServiceError> {
    let mut changed = key.clone();
    let unused = key.materials.is_empty() && key.pending_material.is_none();
    let novelty = arriving.novelty.unwrap_or(if unused {
        Novelty::New
    } else {
        Novelty::Existing
    });
    let known = changed
        .materials
        .iter_mut()
        .chain(&mut changed.pending_material)
        .find(|known| known.id == arriving.id);
    let expected = arriving
        .expected_id
        .is_none_or(|id| id == arriving.id.as_str());
    match (known, novelty) {
        (Some(known), Novelty::Existing) if expected => {
            let before = known.import.take().and_then(|import| import.description);
            known.import = Some(import(&arriving, before));
        }
        (Some(_), Novelty::New) => return Err(incorrect(ALREADY_ASSOCIATED)),
        (None, Novelty::New) if arriving.expected_id.is_none() => add(&mut changed, arriving)?,
        _ => return Err(incorrect(NOT_ASSOCIATED)),
    }
    if changed.state == KeyState::PendingImport && changed.has_all_material() {
        changed.state = KeyState::Enabled;
    }
    Ok(changed)
}

const ALREADY_ASSOCIATED: &str = "The key material is already associated with the KMS key.";
const NOT_ASSOCIATED: &str = "The key material is not the key material expected by the KMS key.";

fn add(key: &mut Key, arriving: Arriving<'_>) -> Result<(), ServiceError> {
    // New material comes into the primary key, its replicas then know it.
    related::not_replica(key)?;
    if let Some(pending) = &key.pending_material {
        return Err(ServiceError::new(
            &KMS_INVALID_STATE_EXCEPTION,
            format!(
                "New key material (id: {}) cannot be imported into KMS key {}, because another key \
                 material (id: {}) is pending rotation.",
                arriving.id, key.arn, pending.id
            ),
        ));
    }
    let import = import(&arriving, None);
    let material = MaterialInfo::imported(arriving.id, import);
    if key.materials.is_empty() {
        key.materials.push(material);
    } else {
        key.pending_material = Some(material);
    }
    Ok(())
}

fn import(arriving: &Arriving<'_>, before: Option<String>) -> Import {
    Import {
        present: true,
        expires: arriving.expires,
        description: arriving.description.map(ToOwned::to_owned).or(before),
        public_key: None,
    }
}

/// The error of material that does not fit its key.
pub(super) fn incorrect(text: impl Into<Cow<'static, str>>) -> ServiceError {
    ServiceError::new(&INCORRECT_KEY_MATERIAL_EXCEPTION, text)
}

/// Deletes the bytes of one imported material, and sees to it that they leave the disk. What only
/// waited for a rotation is forgotten altogether, for all related keys if the key is their primary
/// (KMS API reference, `DeleteImportedKeyMaterial`); without any other the key cannot be used until
/// it comes back.
pub(super) fn forget(turn: &mut Turn<'_>, key: &Key, id: &MaterialId) {
    let pending = key.pending_material.as_ref();
    if pending.is_some_and(|m| &m.id == id) && !key.is_replica() {
        for related in related::others(key, turn.view()) {
            forget_pending(turn, &related, id);
        }
        forget_pending(turn, key, id);
    } else {
        give_bytes_up(turn, key, id);
    }
    turn.purge();
}

fn forget_pending(turn: &mut Turn<'_>, key: &Key, id: &MaterialId) {
    delete_bytes(turn, key, id);
    turn.put(Key {
        pending_material: None,
        ..key.clone()
    });
}

/// Keeps what is known of a material without its bytes.
fn give_bytes_up(turn: &mut Turn<'_>, key: &Key, id: &MaterialId) {
    let row = turn.view().get::<Material>(&(key.place(), id.clone()));
    let public_key = row.and_then(|material| material.public_key.clone());
    let mut left = key.clone();
    for known in left.materials.iter_mut().chain(&mut left.pending_material) {
        if &known.id == id
            && let Some(import) = &mut known.import
        {
            import.present = false;
            import.expires = None;
            import.public_key = public_key.clone();
        }
    }
    if !left.has_all_material() && !left.state.is_pending_deletion() {
        left.state = KeyState::PendingImport;
    }
    delete_bytes(turn, key, id);
    turn.put(left);
}

fn delete_bytes(turn: &mut Turn<'_>, key: &Key, id: &MaterialId) {
    let row = (key.place(), id.clone());
    // A replica may not have imported it yet.
    if turn.view().get::<Material>(&row).is_some() {
        turn.delete::<Material>(row);
    }
}

/// Whether a material is present in every Region of its key: only then can a rotation make it
/// current. A single-Region key has but one.
pub(super) fn is_everywhere(key: &Key, id: &MaterialId, view: &Snapshot) -> bool {
    let has_it = |key: &Key| {
        let mut known = key.materials.iter().chain(&key.pending_material);
        known.any(|material| &material.id == id && material.is_present())
    };
    has_it(key) && related::others(key, view).iter().all(|other| has_it(other))
}
