//! `DeleteImportedKeyMaterial`: the bytes of imported material go, the key stays and waits for them.
//! Source: KMS API reference, `DeleteImportedKeyMaterial`.

use super::operation::{key_operation, no_facts};
use super::{imported, state_check};
use crate::chain::{Object, ServiceError};
use crate::state::{Key, MaterialInfo};
use claviger_model::kms::DeleteImportedKeyMaterialResponse;
use claviger_model::kms::error::NOT_FOUND_EXCEPTION;

key_operation! {
    /// Deletes imported material: the one that is named, else the current one.
    DeleteImportedKeyMaterial(DeleteImportedKeyMaterialRequest)
        -> DeleteImportedKeyMaterialResponse, read_only: false, by: Key;
    facts: no_facts;
    perform: |authorized, key, turn| {
        state_check::settled(key)?;
        imported::takes_material(key)?;
        let material = named(key, authorized.input().key_material_id.as_deref())?;
        if let Some(material) = material.filter(|m| m.is_present()) {
            imported::forget(turn, key, &material.id);
        }
        Ok(DeleteImportedKeyMaterialResponse {
            key_id: Some(key.arn.to_string()),
            key_material_id: material.and_then(|m| imported::shown_id(key, &m.id)),
        })
    };
    response: |_, output| Object::new()
        .maybe("keyId", output.key_id.as_ref())
        .maybe("keyMaterialId", output.key_material_id.as_ref())
        .finish();
}

/// The material to delete; none where nothing was ever imported.
fn named<'k>(key: &'k Key, id: Option<&str>) -> Result<Option<&'k MaterialInfo>, ServiceError> {
    let Some(id) = id else {
        return Ok(key.materials.last());
    };
    let mut known = key.materials.iter().chain(&key.pending_material);
    match known.find(|material| material.id.as_str() == id) {
        Some(material) => Ok(Some(material)),
        None => Err(ServiceError::new(
            &NOT_FOUND_EXCEPTION,
            format!("Key material '{id}' of key '{}' does not exist", key.arn),
        )),
    }
}
