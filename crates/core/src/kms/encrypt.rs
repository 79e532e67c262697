//! `Encrypt`.

use super::key_name::{self, Forms, NamedKey};
use super::parameters::{
    encryption_algorithm, end_dry_run, key_resource, material_text, missing, required,
};
use super::{cipher, request_facts, rsa_cipher, state_check, usage_check};
use crate::chain::{
    Authorized, Demand, Interrupt, Object, Op, RecordParts, Request, ServiceError, Turn,
};
use crate::state::KeyPlace;
use claviger_crypto::{EncryptionAlgorithm, KeySpec, KeyUsage};
use claviger_model::kms::{EncryptRequest, EncryptResponse, EncryptionAlgorithmSpec};
use claviger_model::{Blob, KMS, Service};

/// Encrypts up to 4096 bytes under a key.
pub struct Encrypt;

impl Op for Encrypt {
    type Input = EncryptRequest;
    type Output = EncryptResponse;
    type Resolved = NamedKey;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "Encrypt";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<NamedKey, ServiceError> {
        let input = &request.input;
        let contexts = [input.encryption_context.as_ref()];
        request_facts::check(input.grant_tokens.as_deref(), &contexts, turn)?;
        let name: &str = required(&request.input.key_id, "keyId")?;
        key_name::find(
            name,
            Forms::KeyOrAlias,
            "kms:Encrypt",
            &request.caller,
            &request.meta,
            turn,
        )
    }

    fn demands(
        request: &Request<Self>,
        named: &NamedKey,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        let input = &request.input;
        Ok(vec![request_facts::cryptographic(
            "kms:Encrypt",
            named,
            input.encryption_algorithm.as_ref(),
            input.encryption_context.as_ref(),
        )])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<EncryptResponse, Interrupt> {
        let input = authorized.input();
        let key = &authorized.resolved().key;
        state_check::enabled(key)?;
        usage_check::usage(key, KeyUsage::EncryptDecrypt, "Encrypt")?;
        let algorithm = encryption_algorithm(key, input.encryption_algorithm.as_ref())?;
        let plaintext = input
            .plaintext
            .as_ref()
            .ok_or_else(|| missing("plaintext"))?;
        let (plaintext, sent) = (plaintext.expose(), input.encryption_context.as_ref());
        rsa_cipher::check(key, algorithm, sent, plaintext.len())?;
        end_dry_run(input.dry_run)?;
        let blob = if algorithm == EncryptionAlgorithm::SymmetricDefault {
            let context = request_facts::context(sent);
            cipher::encrypt(authorized, turn, key, plaintext, &context)?.0
        } else {
            rsa_cipher::encrypt(authorized, turn, key, algorithm, plaintext)?
        };
        Ok(EncryptResponse {
            ciphertext_blob: Some(Blob(blob)),
            key_id: Some(key.arn.to_string()),
            encryption_algorithm: Some(algorithm.as_str().into()),
        })
    }

    fn uses(authorized: &Authorized<Self>) -> Vec<KeyPlace> {
        vec![authorized.resolved().key.place()]
    }

    fn record(
        request: &Request<Self>,
        named: Option<&NamedKey>,
        output: Option<&EncryptResponse>,
    ) -> RecordParts {
        let input = &request.input;
        let algorithm = input
            .encryption_algorithm
            .as_ref()
            .unwrap_or(&EncryptionAlgorithmSpec::SymmetricDefault);
        let key = named.map(|n| n.key.as_ref());
        // The reply does not carry the material, but a new blob is always under the current one.
        // Keys of RSA have no material that is told.
        let material = output
            .and(key)
            .filter(|k| k.spec == KeySpec::SymmetricDefault)
            .and_then(|k| k.current_material())
            .and_then(material_text);
        RecordParts {
            parameters: Object::new()
                .maybe("keyId", input.key_id.as_deref())
                .maybe("encryptionContext", input.encryption_context.as_ref())
                .member("encryptionAlgorithm", algorithm.as_str())
                .maybe("dryRun", input.dry_run.as_ref())
                .finish(),
            additional: super::parameters::material_data(material.as_deref()),
            resources: key.map(key_resource).into_iter().collect(),
            ..RecordParts::default()
        }
    }
}
