//! `ListKeyRotations`: the rotations of a key and, on request, all its materials. Source: KMS API
//! reference, `ListKeyRotations`, `RotationsListEntry`.

use super::operation::{key_operation, no_facts, no_response};
use super::{imported, material, page};
use crate::state::{Import, Key, MaterialInfo, Origin, Snapshot};
use claviger_model::kms::{
    ExpirationModelType, ImportState, IncludeKeyMaterial, KeyMaterialState,
    ListKeyRotationsResponse, RotationsListEntry,
};

key_operation! {
    /// Lists the rotations of a key, and on request its materials.
    ListKeyRotations(ListKeyRotationsRequest) -> ListKeyRotationsResponse,
        read_only: true, by: Key;
    facts: no_facts;
    perform: |authorized, key, turn| {
        material::has_rotations(key)?;
        let input = authorized.input();
        let all = input.include_key_material == Some(IncludeKeyMaterial::AllKeyMaterial);
        let entries = key.materials.iter().chain(&key.pending_material).enumerate()
            .filter(|(_, m)| all || m.rotated.is_some())
            .map(|(i, m)| (format!("{i:06}"), entry(key, m, turn.view())));
        let list = format!("ListKeyRotations/{}/{all}", key.place().row());
        let page = page::page(
            &list, entries, input.marker.as_deref(), input.limit, page::LONG,
        )?;
        Ok(ListKeyRotationsResponse {
            rotations: Some(page.items),
            truncated: Some(page.truncated),
            next_marker: page.next_marker,
        })
    };
    response: no_response;
}

fn entry(key: &Key, material: &MaterialInfo, view: &Snapshot) -> RotationsListEntry {
    let import = material
        .import
        .as_ref()
        .filter(|_| key.origin == Origin::External);
    let here = import.filter(|import| import.present);
    RotationsListEntry {
        key_id: Some(key.arn.key_id().to_string()),
        key_material_id: Some(material.id.to_string()),
        key_material_description: import.and_then(|import| import.description.clone()),
        import_state: import.map(state_of_import),
        key_material_state: Some(state(key, material, view)),
        expiration_model: here.map(expiration_model),
        valid_to: here.and_then(|import| import.expires).map(Into::into),
        rotation_date: material.rotated.map(Into::into),
        rotation_type: material.rotation.map(|r| r.as_str().into()),
    }
}

fn state(key: &Key, material: &MaterialInfo, view: &Snapshot) -> KeyMaterialState {
    let pending = key.pending_material.as_ref();
    if key.current_material() == Some(&material.id) {
        KeyMaterialState::Current
    } else if pending.is_none_or(|pending| pending.id != material.id) {
        KeyMaterialState::NonCurrent
    } else if imported::is_everywhere(key, &material.id, view) {
        KeyMaterialState::PendingRotation
    } else {
        KeyMaterialState::PendingMultiRegionImportAndRotation
    }
}

fn state_of_import(import: &Import) -> ImportState {
    if import.present {
        ImportState::Imported
    } else {
        ImportState::PendingImport
    }
}

fn expiration_model(import: &Import) -> ExpirationModelType {
    match import.expires {
        Some(_) => ExpirationModelType::KeyMaterialExpires,
        None => ExpirationModelType::KeyMaterialDoesNotExpire,
    }
}
