//! `ImportKeyMaterial`: material of its owner's making comes into a key. Its wrapping is taken off
//! with the key of the import token, and it is sealed like any other material. Source: KMS API
//! reference, `ImportKeyMaterial`.

use super::imported::{self, Arriving, Novelty};
use super::material::sealed;
use super::operation::key_operation;
use super::parameters::missing;
use super::{import_token, related, state_check};
use crate::chain::{Facts, Object, ServiceError, Turn};
use crate::state::{Key, Material};
use claviger_crypto::{KeyMaterial, KeySpec, UnwrapError, import_material};
use claviger_model::KMS;
use claviger_model::kms::error::INVALID_CIPHERTEXT_EXCEPTION;
use claviger_model::kms::{
    ExpirationModelType, ImportKeyMaterialRequest, ImportKeyMaterialResponse, ImportType,
};
use claviger_types::Timestamp;

/// The longest that material may be valid, in days.
const LONGEST: i64 = 365;

key_operation! {
    /// Imports material into a key, or imports it again.
    ImportKeyMaterial(ImportKeyMaterialRequest) -> ImportKeyMaterialResponse,
        read_only: false, by: Key;
    facts: |request, _, turn| {
        let input = &request.input;
        check_type(input)?;
        let expires = expiry(input, turn.now())?;
        Ok(Facts::default()
            .one("kms:expirationmodel", model(input).as_str())
            .maybe("kms:validto", expires.map(|date| date.format("%Y-%m-%dT%H:%M:%S%.fZ"))))
    };
    perform: |authorized, key, turn| {
        let input = authorized.input();
        state_check::created(key)?;
        imported::takes_material(key)?;
        state_check::not_pending_deletion(key)?;
        check_symmetric(key, input)?;
        let material = unwrapped(key, input, turn)?;
        let id = imported::material_id(key.arn.key_id(), &material);
        let changed = imported::associated(key, Arriving {
            id: id.clone(),
            novelty: novelty(input),
            expected_id: input.key_material_id.as_deref(),
            expires: expiry(input, turn.now())?,
            description: input.key_material_description.as_deref(),
        })?;
        let place = key.place();
        if turn.view().get::<Material>(&(place.clone(), id.clone())).is_none() {
            let row = sealed(&place, id.clone(), &material, turn)?;
            turn.put(row);
        }
        if key.pending_material.is_none() && changed.pending_material.is_some() {
            related::announce_pending(&changed, turn);
        }
        turn.put(changed);
        Ok(ImportKeyMaterialResponse {
            key_id: Some(key.arn.to_string()),
            key_material_id: imported::shown_id(key, &id),
        })
    };
    response: |_, output| Object::new()
        .maybe("keyId", output.key_id.as_ref())
        .maybe("keyMaterialId", output.key_material_id.as_ref())
        .finish();
}

fn model(input: &ImportKeyMaterialRequest) -> &ExpirationModelType {
    let default = &ExpirationModelType::KeyMaterialExpires;
    input.expiration_model.as_ref().unwrap_or(default)
}

/// When the material expires, if it does.
fn expiry(
    input: &ImportKeyMaterialRequest,
    now: Timestamp,
) -> Result<Option<Timestamp>, ServiceError> {
    let expires = *model(input) == ExpirationModelType::KeyMaterialExpires;
    let date = match (expires, input.valid_to) {
        (false, None) => return Ok(None),
        (false, Some(_)) => {
            return Err(validation(
                "A validTo date must not be set if the ExpirationModel is \
                 KEY_MATERIAL_DOES_NOT_EXPIRE",
            ));
        }
        (true, None) => {
            return Err(validation(
                "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES",
            ));
        }
        (true, Some(date)) => Timestamp::from(date),
    };
    if date <= now {
        return Err(validation("The validTo date must be in the future"));
    }
    if date > now.plus_days(LONGEST) {
        return Err(validation(
            "The validTo date must be at most 365 days from now",
        ));
    }
    Ok(Some(date))
}

fn novelty(input: &ImportKeyMaterialRequest) -> Option<Novelty> {
    match input.import_type.as_ref()? {
        ImportType::NewKeyMaterial => Some(Novelty::New),
        _ => Some(Novelty::Existing),
    }
}

/// New material has no id that anybody could know.
fn check_type(input: &ImportKeyMaterialRequest) -> Result<(), ServiceError> {
    if novelty(input) == Some(Novelty::New) && input.key_material_id.is_some() {
        return Err(validation(
            "A keyMaterialId must not be set if the ImportType is NEW_KEY_MATERIAL",
        ));
    }
    Ok(())
}

/// Several materials, and what tells them apart, are for symmetric keys alone.
fn check_symmetric(key: &Key, input: &ImportKeyMaterialRequest) -> Result<(), ServiceError> {
    if key.spec == KeySpec::SymmetricDefault {
        return Ok(());
    }
    for (sent, name) in [
        (input.import_type.is_some(), "ImportType"),
        (
            input.key_material_description.is_some(),
            "KeyMaterialDescription",
        ),
        (input.key_material_id.is_some(), "KeyMaterialId"),
    ] {
        if sent {
            return Err(validation(format!(
                "{name} is supported only for symmetric encryption KMS keys."
            )));
        }
    }
    Ok(())
}

/// Takes the wrapping off, and reads the material as the key's spec wants it.
fn unwrapped(
    key: &Key,
    input: &ImportKeyMaterialRequest,
    turn: &Turn<'_>,
) -> Result<KeyMaterial, ServiceError> {
    let token = input.import_token.as_ref();
    let token = token.ok_or_else(|| missing("importToken"))?;
    let wrapped = input.encrypted_key_material.as_ref();
    let wrapped = wrapped.ok_or_else(|| missing("encryptedKeyMaterial"))?;
    let wrapping = import_token::open(key, &token.0, turn)?;
    let bytes = wrapping
        .key
        .unwrap(wrapping.algorithm, &wrapped.0)
        .map_err(|e| match e {
            UnwrapError::Invalid => ServiceError::bare(&INVALID_CIPHERTEXT_EXCEPTION),
            e => ServiceError::internal(KMS, e.to_string()),
        })?;
    import_material(key.spec, bytes.expose())
        .map_err(|e| imported::incorrect(format!("The key material is invalid: {e}.")))
}

fn validation(text: impl Into<std::borrow::Cow<'static, str>>) -> ServiceError {
    ServiceError::validation(KMS, text)
}
