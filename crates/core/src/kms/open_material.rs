//! The way to the open material of a key. It leads through here only and needs an `Authorized`
//! value; what outlives the call is in `OpenKeys`. What is done with it stands at the
//! operations.

use crate::chain::{Authorized, Op, ServiceError, Turn};
use crate::state::{Key, Material, Stored};
use claviger_crypto::{KeyMaterial, Place, PublicKey};
use claviger_model::KMS;
use claviger_types::{MaterialId, Secret};
use std::sync::Arc;

/// The bytes of one material.
///
/// # Errors
/// Only for a fault of this installation.
pub(super) fn bytes<O: Op>(
    _proof: &Authorized<O>,
    turn: &Turn<'_>,
    key: &Key,
    id: &MaterialId,
) -> Result<Secret<Vec<u8>>, ServiceError> {
    let id = (key.place(), id.clone());
    open(turn, key, &id, stored(turn, key, &id)?)
}

fn open(
    turn: &Turn<'_>,
    key: &Key,
    id: &<Material as Stored>::Id,
    material: &Material,
) -> Result<Secret<Vec<u8>>, ServiceError> {
    let row = Material::row(id);
    let place = Place {
        collection: Material::COLLECTION,
        row: &row,
        version: 1,
    };
    turn.sealer()
        .open(&place, &material.sealed)
        .map_err(|e| fault(key, &e.to_string()))
}

/// The open material of a key pair or an HMAC key, which has one for ever.
///
/// # Errors
/// Only for a fault of this installation.
pub(super) fn only<O: Op>(
    _proof: &Authorized<O>,
    turn: &Turn<'_>,
    key: &Key,
) -> Result<Arc<KeyMaterial>, ServiceError> {
    let id = (key.place(), current(key)?.clone());
    let row = stored(turn, key, &id)?;
    if let Some(kept) = turn.open_keys().get(row, turn.now()) {
        return Ok(kept);
    }
    let bytes = open(turn, key, &id, row)?;
    let material = KeyMaterial::from_bytes(key.spec, bytes.expose())
        .map_err(|e| fault(key, &e.to_string()))?;
    let material = Arc::new(material);
    turn.open_keys().keep(row, &material, turn.now());
    Ok(material)
}

/// The stored material of a key pair, for its public half: no seal is opened.
///
/// # Errors
/// Only for a fault of this installation.
pub(super) fn with_public_half<O: Op>(
    _proof: &Authorized<O>,
    turn: &Turn<'_>,
    key: &Key,
) -> Result<PublicHalf, ServiceError> {
    let id = (key.place(), current(key)?.clone());
    let material = stored(turn, key, &id)?;
    if material.public_key.is_none() {
        return Err(fault(key, "the public key is missing"));
    }
    Ok(PublicHalf {
        material: Arc::clone(material),
        spec: key.spec,
    })
}

/// The public half of a key pair as it is stored.
pub(super) struct PublicHalf {
    material: Arc<Material>,
    spec: claviger_crypto::KeySpec,
}

impl PublicHalf {
    /// The key, to be used.
    pub(super) fn key(&self) -> PublicKey<'_> {
        let spki = self.material.public_key.as_ref();
        PublicKey::new(self.spec, spki.map_or(&[], |blob| blob.as_ref()))
    }
}

fn current(key: &Key) -> Result<&MaterialId, ServiceError> {
    key.current_material()
        .ok_or_else(|| fault(key, "the key has no material"))
}

fn stored<'t>(
    turn: &'t Turn<'_>,
    key: &Key,
    id: &<Material as Stored>::Id,
) -> Result<&'t Arc<Material>, ServiceError> {
    turn.view()
        .get::<Material>(id)
        .ok_or_else(|| fault(key, "the key material is missing"))
}

/// A fault of this installation, which the caller is not told more of.
pub(super) fn fault(key: &Key, what: &str) -> ServiceError {
    ServiceError::internal(KMS, format!("{}: {what}", key.arn))
}
