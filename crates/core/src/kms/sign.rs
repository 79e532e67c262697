//! `Sign` and `Verify`. Source: KMS API reference; errors and texts as AWS sends them where they are
//! known.

use super::open_material::{self, fault};
use super::operation::{key_operation, no_response};
use super::parameters::{end_dry_run, missing, shown};
use super::{grant_token, state_check, usage_check};
use crate::chain::{Facts, Request, ServiceError};
use crate::state::Key;
use claviger_crypto::{
    KeyUsage, Message, MessageError, MessageType, SignError, SigningAlgorithm, VerifyError,
};
use claviger_model::kms::error::KMS_INVALID_SIGNATURE_EXCEPTION;
use claviger_model::kms::{
    MessageType as WireMessageType, SignResponse, SigningAlgorithmSpec, VerifyResponse,
};
use claviger_model::{Blob, KMS, SecretBlob};

/// The algorithm of a request, for a key that signs like this.
fn algorithm(
    key: &Key,
    sent: Option<&SigningAlgorithmSpec>,
    operation: &str,
) -> Result<SigningAlgorithm, ServiceError> {
    usage_check::usage(key, KeyUsage::SignVerify, operation)?;
    let name = sent.ok_or_else(|| missing("signingAlgorithm"))?.as_str();
    SigningAlgorithm::named(name)
        .filter(|algorithm| key.spec.signing_algorithms().contains(algorithm))
        .ok_or_else(|| usage_check::incompatible(key, name))
}

/// The message of a request; an omitted type is RAW.
fn message<'m>(
    kind: Option<&WireMessageType>,
    bytes: Option<&'m SecretBlob>,
) -> Result<Message<'m>, ServiceError> {
    let kind = MessageType::named(kind.map_or("RAW", WireMessageType::as_str));
    Ok(Message {
        kind: kind.ok_or_else(|| missing("messageType"))?,
        bytes: bytes.ok_or_else(|| missing("message"))?.expose(),
    })
}

fn refused_message(key: &Key, error: &MessageError) -> ServiceError {
    match error {
        MessageError::Incompatible { algorithm, .. } => {
            usage_check::incompatible(key, algorithm.as_str())
        }
        MessageError::Kind { .. } | MessageError::DigestLength(_) => {
            ServiceError::validation(KMS, error.to_string())
        }
    }
}

/// `kms:SigningAlgorithm` and `kms:MessageType`.
fn facts(algorithm: Option<&SigningAlgorithmSpec>, kind: Option<&WireMessageType>) -> Facts {
    Facts::default()
        .maybe(
            "kms:signingalgorithm",
            algorithm.map(SigningAlgorithmSpec::as_str),
        )
        .one(
            "kms:messagetype",
            kind.map_or("RAW", WireMessageType::as_str),
        )
}

key_operation! {
    /// Signs a message or its digest with the private half of a key pair.
    Sign(SignRequest) -> SignResponse, read_only: true, by: KeyOrAlias;
    first: |request, turn| grant_token::check(request.input.grant_tokens.as_deref(), turn);
    facts: |request, _, _| {
        let input = &request.input;
        Ok(facts(input.signing_algorithm.as_ref(), input.message_type.as_ref()))
    };
    perform: |authorized, key, turn| {
        let input = authorized.input();
        state_check::enabled(key)?;
        let algorithm = algorithm(key, input.signing_algorithm.as_ref(), "Sign")?;
        let message = message(input.message_type.as_ref(), input.message.as_ref())?;
        message.check(algorithm, key.spec).map_err(|e| refused_message(key, &e))?;
        end_dry_run(input.dry_run)?;
        let material = open_material::only(authorized, turn, key)?;
        let signature = material
            .sign(algorithm, message, turn.entropy())
            .map_err(|error| match error {
                SignError::Message(error) => refused_message(key, &error),
                SignError::Damaged | SignError::Failed => fault(key, &error.to_string()),
            })?;
        Ok(SignResponse {
            key_id: Some(key.arn.to_string()),
            signature: Some(Blob(signature)),
            signing_algorithm: Some(algorithm.as_str().into()),
        })
    };
    response: no_response;
    uses_key: true;
    shown: shown_sign;
}

key_operation! {
    /// Verifies a signature with the public half of a key pair.
    Verify(VerifyRequest) -> VerifyResponse, read_only: true, by: KeyOrAlias;
    first: |request, turn| grant_token::check(request.input.grant_tokens.as_deref(), turn);
    facts: |request, _, _| {
        let input = &request.input;
        Ok(facts(input.signing_algorithm.as_ref(), input.message_type.as_ref()))
    };
    perform: |authorized, key, turn| {
        let input = authorized.input();
        state_check::enabled(key)?;
        let algorithm = algorithm(key, input.signing_algorithm.as_ref(), "Verify")?;
        let message = message(input.message_type.as_ref(), input.message.as_ref())?;
        let signature = input.signature.as_ref().ok_or_else(|| missing("signature"))?;
        let half = open_material::with_public_half(authorized, turn, key)?;
        half.key().verify(algorithm, message, &signature.0).map_err(|error| match error {
            VerifyError::Message(error) => refused_message(key, &error),
            // AWS sends this exception without a message.
            VerifyError::Invalid => ServiceError::bare(&KMS_INVALID_SIGNATURE_EXCEPTION),
            VerifyError::Damaged => fault(key, &error.to_string()),
        })?;
        end_dry_run(input.dry_run)?;
        Ok(VerifyResponse {
            key_id: Some(key.arn.to_string()),
            signature_valid: Some(true),
            signing_algorithm: Some(algorithm.as_str().into()),
        })
    };
    response: no_response;
    uses_key: true;
    shown: shown_verify;
}

/// The record shows the message type that holds, sent or not, as those of other operations show
/// their defaults; neither the message nor the signature.
fn shown_sign(request: &Request<Sign>) -> Option<claviger_trail::Json> {
    let mut input = request.input.clone();
    input.message_type.get_or_insert(WireMessageType::Raw);
    shown(&Request::<Sign> {
        caller: request.caller.clone(),
        input,
        meta: request.meta.clone(),
    })
}

fn shown_verify(request: &Request<Verify>) -> Option<claviger_trail::Json> {
    let mut input = request.input.clone();
    input.message_type.get_or_insert(WireMessageType::Raw);
    shown(&Request::<Verify> {
        caller: request.caller.clone(),
        input,
        meta: request.meta.clone(),
    })
}
