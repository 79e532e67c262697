//! `DeriveSharedSecret`, `Encapsulate` and `Decapsulate`: secrets that two parties share. Source:
//! KMS API reference; errors and texts as AWS sends them where they are known.

use super::cipher::invalid_ciphertext;
use super::open_material::{self, fault};
use super::operation::{key_operation, no_response};
use super::parameters::{end_dry_run, missing, no_recipient};
use super::{grant_token, state_check, usage_check};
use crate::chain::{Facts, ServiceError};
use crate::state::Key;
use claviger_crypto::{
    AgreementError, EncapsulationAlgorithm, KemError, KeyAgreementAlgorithm, KeyUsage,
};
use claviger_model::kms::{
    DecapsulateResponse, DeriveSharedSecretResponse, EncapsulateResponse,
    EncapsulationAlgorithmSpec, KeyAgreementAlgorithmSpec,
};
use claviger_model::{Blob, KMS, SecretBlob};

/// Whether a key agrees by the algorithm of a request.
fn check_agreement(
    key: &Key,
    sent: Option<&KeyAgreementAlgorithmSpec>,
) -> Result<KeyAgreementAlgorithm, ServiceError> {
    usage_check::usage(key, KeyUsage::KeyAgreement, "DeriveSharedSecret")?;
    let name = sent
        .ok_or_else(|| missing("keyAgreementAlgorithm"))?
        .as_str();
    KeyAgreementAlgorithm::named(name)
        .filter(|algorithm| key.spec.key_agreement_algorithms().contains(algorithm))
        .ok_or_else(|| usage_check::incompatible(key, name))
}

/// Whether a key encapsulates by the algorithm of a request.
fn check_encapsulation(
    key: &Key,
    sent: Option<&EncapsulationAlgorithmSpec>,
    operation: &str,
) -> Result<EncapsulationAlgorithm, ServiceError> {
    usage_check::usage(key, KeyUsage::EncapsulateDecapsulate, operation)?;
    let name = sent
        .ok_or_else(|| missing("encapsulationAlgorithm"))?
        .as_str();
    EncapsulationAlgorithm::named(name)
        .filter(|algorithm| key.spec.encapsulation_algorithms().contains(algorithm))
        .ok_or_else(|| usage_check::incompatible(key, name))
}

fn refused_kem(key: &Key, error: KemError) -> ServiceError {
    match error {
        KemError::CiphertextLength => invalid_ciphertext(),
        KemError::Incompatible(_) => usage_check::incompatible(key, "ML_KEM"),
        KemError::Damaged | KemError::Failed => fault(key, &error.to_string()),
    }
}

/// AWS sends this `ValidationException` without a message.
fn bad_peer() -> ServiceError {
    ServiceError {
        message: None,
        ..ServiceError::validation(KMS, "")
    }
}

key_operation! {
    /// Agrees on a secret with the owner of another public key on the same curve.
    DeriveSharedSecret(DeriveSharedSecretRequest) -> DeriveSharedSecretResponse,
        read_only: true, by: KeyOrAlias;
    first: |request, turn| grant_token::check(request.input.grant_tokens.as_deref(), turn);
    facts: |request, _, _| {
        let algorithm = request.input.key_agreement_algorithm.as_ref();
        let name = algorithm.map(KeyAgreementAlgorithmSpec::as_str);
        Ok(Facts::default().maybe("kms:keyagreementalgorithm", name))
    };
    perform: |authorized, key, turn| {
        let input = authorized.input();
        state_check::enabled(key)?;
        let algorithm = check_agreement(key, input.key_agreement_algorithm.as_ref())?;
        no_recipient(input.recipient.as_ref())?;
        let peer = input.public_key.as_ref().ok_or_else(|| missing("publicKey"))?;
        let secret = open_material::only(authorized, turn, key)?
            .derive_shared_secret(&peer.0)
            .map_err(|error| match error {
                AgreementError::MalformedPeer | AgreementError::OtherCurve(_) => bad_peer(),
                AgreementError::Incompatible(_) => {
                    usage_check::incompatible(key, algorithm.as_str())
                }
                AgreementError::Damaged => fault(key, &error.to_string()),
            })?;
        end_dry_run(input.dry_run)?;
        Ok(DeriveSharedSecretResponse {
            key_id: Some(key.arn.to_string()),
            shared_secret: Some(SecretBlob::from(secret.expose().clone())),
            key_agreement_algorithm: Some(algorithm.as_str().into()),
            key_origin: Some(key.origin.as_str().into()),
            ..DeriveSharedSecretResponse::default()
        })
    };
    response: no_response;
    uses_key: true;
}

key_operation! {
    /// Makes a secret and encapsulates it with the public half of an ML-KEM key.
    Encapsulate(EncapsulateRequest) -> EncapsulateResponse, read_only: true, by: KeyOrAlias;
    first: |request, turn| grant_token::check(request.input.grant_tokens.as_deref(), turn);
    facts: |_, _, _| Ok(Facts::default());
    perform: |authorized, key, turn| {
        let input = authorized.input();
        state_check::enabled(key)?;
        let algorithm = input.encapsulation_algorithm.as_ref();
        let algorithm = check_encapsulation(key, algorithm, "Encapsulate")?;
        end_dry_run(input.dry_run)?;
        let half = open_material::with_public_half(authorized, turn, key)?;
        let made = half.key().encapsulate().map_err(|error| refused_kem(key, error))?;
        Ok(EncapsulateResponse {
            key_id: Some(key.arn.to_string()),
            shared_secret: Some(SecretBlob::from(made.secret.expose().clone())),
            shared_secret_ciphertext_blob: Some(Blob(made.ciphertext)),
            encapsulation_algorithm: Some(algorithm.as_str().into()),
        })
    };
    response: no_response;
    uses_key: true;
}

key_operation! {
    /// Opens an encapsulated secret with the private half of an ML-KEM key.
    Decapsulate(DecapsulateRequest) -> DecapsulateResponse, read_only: true, by: KeyOrAlias;
    first: |request, turn| grant_token::check(request.input.grant_tokens.as_deref(), turn);
    facts: |_, _, _| Ok(Facts::default());
    perform: |authorized, key, turn| {
        let input = authorized.input();
        state_check::enabled(key)?;
        let algorithm = input.encapsulation_algorithm.as_ref();
        let algorithm = check_encapsulation(key, algorithm, "Decapsulate")?;
        let ciphertext = input
            .shared_secret_ciphertext_blob
            .as_ref()
            .ok_or_else(|| missing("sharedSecretCiphertextBlob"))?;
        let secret = open_material::only(authorized, turn, key)?
            .decapsulate(&ciphertext.0)
            .map_err(|error| refused_kem(key, error))?;
        end_dry_run(input.dry_run)?;
        Ok(DecapsulateResponse {
            key_id: Some(key.arn.to_string()),
            shared_secret: Some(SecretBlob::from(secret.expose().clone())),
            encapsulation_algorithm: Some(algorithm.as_str().into()),
        })
    };
    response: no_response;
    uses_key: true;
}
