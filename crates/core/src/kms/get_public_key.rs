//! `GetPublicKey`. Source: KMS API reference.

use super::operation::{key_operation, no_facts, no_response};
use super::{grant_token, metadata, open_material, state_check};
use crate::chain::ServiceError;
use crate::state::Key;
use claviger_crypto::KeyFamily;
use claviger_model::Blob;
use claviger_model::kms::GetPublicKeyResponse;
use claviger_model::kms::error::UNSUPPORTED_OPERATION_EXCEPTION;

key_operation! {
    /// Shows the public half of a key pair, and what it is for.
    GetPublicKey(GetPublicKeyRequest) -> GetPublicKeyResponse, read_only: true, by: KeyOrAlias;
    first: |request, turn| grant_token::check(request.input.grant_tokens.as_deref(), turn);
    facts: no_facts;
    perform: |authorized, key, turn| {
        state_check::shows_public_key(key)?;
        if key.spec.family() != KeyFamily::Asymmetric {
            return Err(no_public_key(key));
        }
        // A key whose material was never imported has no public half either; that of one whose
        // material is gone was kept.
        let Some(material) = key.materials.last() else {
            return Err(state_check::refusal(key));
        };
        if let Some(gone) = material.import.as_ref().filter(|import| !import.present) {
            let kept = gone.public_key.as_ref().ok_or_else(|| state_check::refusal(key))?;
            return Ok(reply(key, &kept.0));
        }
        let half = open_material::with_public_half(authorized, turn, key)?;
        Ok(reply(key, half.key().spki()))
    };
    response: no_response;
}

/// AWS's text is not known.
fn no_public_key(key: &Key) -> ServiceError {
    ServiceError::new(
        &UNSUPPORTED_OPERATION_EXCEPTION,
        format!(
            "{} key spec is {} which is not valid for GetPublicKey.",
            key.arn, key.spec
        ),
    )
}

fn reply(key: &Key, spki: &[u8]) -> GetPublicKeyResponse {
    let shown = metadata::of(key);
    GetPublicKeyResponse {
        key_id: shown.arn,
        public_key: Some(Blob(spki.to_vec())),
        customer_master_key_spec: shown.customer_master_key_spec,
        key_spec: shown.key_spec,
        key_usage: shown.key_usage,
        encryption_algorithms: shown.encryption_algorithms,
        signing_algorithms: shown.signing_algorithms,
        key_agreement_algorithms: shown.key_agreement_algorithms,
        encapsulation_algorithms: shown.encapsulation_algorithms,
    }
}
