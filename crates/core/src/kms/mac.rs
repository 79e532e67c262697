//! `GenerateMac` and `VerifyMac`. Source: KMS API reference; errors and texts as AWS sends them.

use super::open_material;
use super::operation::{key_operation, no_response};
use super::parameters::{end_dry_run, missing};
use super::{grant_token, state_check, usage_check};
use crate::chain::{Facts, ServiceError};
use crate::state::Key;
use claviger_crypto::{KeyUsage, MacAlgorithm, MacError};
use claviger_model::Blob;
use claviger_model::kms::error::KMS_INVALID_MAC_EXCEPTION;
use claviger_model::kms::{GenerateMacResponse, MacAlgorithmSpec, VerifyMacResponse};

/// The algorithm of a request, for a key that authenticates like this.
fn algorithm(
    key: &Key,
    sent: Option<&MacAlgorithmSpec>,
    operation: &str,
) -> Result<MacAlgorithm, ServiceError> {
    usage_check::usage(key, KeyUsage::GenerateVerifyMac, operation)?;
    let name = sent.ok_or_else(|| missing("macAlgorithm"))?.as_str();
    MacAlgorithm::named(name)
        .filter(|algorithm| key.spec.mac_algorithms().contains(algorithm))
        .ok_or_else(|| usage_check::incompatible(key, name))
}

fn refused(key: &Key, error: MacError) -> ServiceError {
    match error {
        MacError::Incompatible { algorithm, .. } => {
            usage_check::incompatible(key, algorithm.as_str())
        }
        // AWS sends this exception without a message.
        MacError::Invalid => ServiceError::bare(&KMS_INVALID_MAC_EXCEPTION),
    }
}

/// `kms:MacAlgorithm`.
fn facts(algorithm: Option<&MacAlgorithmSpec>) -> Facts {
    Facts::default().maybe("kms:macalgorithm", algorithm.map(MacAlgorithmSpec::as_str))
}

key_operation! {
    /// Makes the HMAC of a message.
    GenerateMac(GenerateMacRequest) -> GenerateMacResponse, read_only: true, by: KeyOrAlias;
    first: |request, turn| grant_token::check(request.input.grant_tokens.as_deref(), turn);
    facts: |request, _, _| Ok(facts(request.input.mac_algorithm.as_ref()));
    perform: |authorized, key, turn| {
        let input = authorized.input();
        state_check::enabled(key)?;
        let algorithm = algorithm(key, input.mac_algorithm.as_ref(), "GenerateMac")?;
        let message = input.message.as_ref().ok_or_else(|| missing("message"))?;
        end_dry_run(input.dry_run)?;
        let mac = open_material::only(authorized, turn, key)?
            .mac(algorithm, message.expose())
            .map_err(|error| refused(key, error))?;
        Ok(GenerateMacResponse {
            mac: Some(Blob(mac)),
            mac_algorithm: Some(algorithm.as_str().into()),
            key_id: Some(key.arn.to_string()),
        })
    };
    response: no_response;
    uses_key: true;
}

key_operation! {
    /// Verifies the HMAC of a message.
    VerifyMac(VerifyMacRequest) -> VerifyMacResponse, read_only: true, by: KeyOrAlias;
    first: |request, turn| grant_token::check(request.input.grant_tokens.as_deref(), turn);
    facts: |request, _, _| Ok(facts(request.input.mac_algorithm.as_ref()));
    perform: |authorized, key, turn| {
        let input = authorized.input();
        state_check::enabled(key)?;
        let algorithm = algorithm(key, input.mac_algorithm.as_ref(), "VerifyMac")?;
        let message = input.message.as_ref().ok_or_else(|| missing("message"))?;
        let mac = input.mac.as_ref().ok_or_else(|| missing("mac"))?;
        open_material::only(authorized, turn, key)?
            .verify_mac(algorithm, message.expose(), &mac.0)
            .map_err(|error| refused(key, error))?;
        end_dry_run(input.dry_run)?;
        Ok(VerifyMacResponse {
            key_id: Some(key.arn.to_string()),
            mac_valid: Some(true),
            mac_algorithm: Some(algorithm.as_str().into()),
        })
    };
    response: no_response;
    uses_key: true;
}
