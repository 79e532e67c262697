//! `GetParametersForImport`: a wrapping key pair for material that its owner brings. The public half
//! is handed out, the private half goes into the import token and nowhere else. Source: KMS API
//! reference, `GetParametersForImport`; KMS Developer Guide, "Importing key material".

use super::import_token::{self, Wrapping};
use super::imported;
use super::operation::{key_operation, no_response};
use super::parameters::missing;
use super::state_check;
use crate::chain::{Facts, ServiceError};
use crate::state::Key;
use claviger_crypto::{KeySpec, WrappingAlgorithm, WrappingKey, WrappingKeySpec};
use claviger_model::kms::WrappingKeySpec as SentSpec;
use claviger_model::kms::error::UNSUPPORTED_OPERATION_EXCEPTION;
use claviger_model::kms::{
    AlgorithmSpec, GetParametersForImportRequest, GetParametersForImportResponse,
};
use claviger_model::{Blob, KMS, SecretBlob};

key_operation! {
    /// Gives out a public key to wrap material with, and the token to import it by.
    GetParametersForImport(GetParametersForImportRequest) -> GetParametersForImportResponse,
        read_only: true, by: Key;
    facts: |request, _, _| Ok(Facts::default()
        .maybe(
            "kms:wrappingalgorithm",
            request.input.wrapping_algorithm.as_ref().map(AlgorithmSpec::as_str),
        )
        .maybe(
            "kms:wrappingkeyspec",
            request.input.wrapping_key_spec.as_ref().map(SentSpec::as_str),
        ));
    perform_or_stop: |authorized, key, turn| {
        state_check::settled(key)?;
        imported::takes_material(key)?;
        state_check::not_pending_deletion(key)?;
        let (algorithm, spec) = asked(key, authorized.input())?;
        let made = turn.rsa_key(length(spec))?;
        let wrapping = Wrapping { key: WrappingKey::from_bytes(spec, made.bytes()), algorithm };
        let public_key = wrapping.key.public_key()
            .map_err(|e| ServiceError::internal(KMS, e.to_string()))?;
        let (token, expires) = import_token::issue(key, &wrapping, turn)?;
        Ok(GetParametersForImportResponse {
            key_id: Some(key.arn.to_string()),
            import_token: Some(Blob(token)),
            public_key: Some(SecretBlob::from(public_key)),
            parameters_valid_to: Some(expires.into()),
        })
    };
    response: no_response;
}

/// The wrapping that a request asks for, if it fits the key.
///
/// # Errors
/// `UnsupportedOperationException` for what AWS gave up (`RSAES_PKCS1_V1_5`, in October 2023), what
/// only its China Regions have, and what does not fit the key's spec.
fn asked(
    key: &Key,
    input: &GetParametersForImportRequest,
) -> Result<(WrappingAlgorithm, WrappingKeySpec), ServiceError> {
    let sent = input.wrapping_algorithm.as_ref();
    let sent = sent.ok_or_else(|| missing("wrappingAlgorithm"))?.as_str();
    let algorithm = WrappingAlgorithm::named(sent)
        .ok_or_else(|| unsupported(format!("WrappingAlgorithm {sent} is not supported.")))?;
    let sent = input.wrapping_key_spec.as_ref();
    let sent = sent.ok_or_else(|| missing("wrappingKeySpec"))?.as_str();
    let spec = WrappingKeySpec::named(sent)
        .ok_or_else(|| unsupported(format!("WrappingKeySpec {sent} is not supported.")))?;
    if !algorithm.takes(key.spec, spec) {
        return Err(unsupported(format!(
            "WrappingAlgorithm {algorithm} with WrappingKeySpec {spec} cannot be used to import key \
             material into a KMS key with KeySpec {}.",
            key.spec
        )));
    }
    Ok((algorithm, spec))
}

/// A wrapping key is an RSA key like others; where they are made it goes by its length.
fn length(spec: WrappingKeySpec) -> KeySpec {
    match spec {
        WrappingKeySpec::Rsa2048 => KeySpec::Rsa2048,
        WrappingKeySpec::Rsa3072 => KeySpec::Rsa3072,
        WrappingKeySpec::Rsa4096 => KeySpec::Rsa4096,
    }
}

fn unsupported(text: String) -> ServiceError {
    ServiceError::new(&UNSUPPORTED_OPERATION_EXCEPTION, text)
}
