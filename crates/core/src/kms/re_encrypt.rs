//! `ReEncrypt`: from one key to another without showing the plaintext. Two demands, one on each
//! key; one record with both resources.

use super::decrypt::{CiphertextKey, Opened, Source, ignores_ciphertext};
use super::key_name::{self, Forms, NamedKey};
use super::parameters::{
    encryption_algorithm, end_dry_run, key_resource, material_text, missing, required,
};
use super::{cipher, request_facts, rsa_cipher, state_check, usage_check};
use crate::chain::{
    Authorized, Demand, Interrupt, Object, Op, RecordParts, Request, ServiceError, Turn,
};
use crate::state::KeyPlace;
use claviger_crypto::{EncryptionAlgorithm, KeyUsage};
use claviger_model::kms::{EncryptionAlgorithmSpec, ReEncryptRequest, ReEncryptResponse};
use claviger_model::{Blob, KMS, Service};

/// Moves a ciphertext to another key or another encryption context.
pub struct ReEncrypt;

/// The two keys.
#[derive(Debug, Clone)]
pub struct BothKeys {
    source: CiphertextKey,
    destination: NamedKey,
}

fn source(input: &ReEncryptRequest) -> Source<'_> {
    Source {
        key_id: input.source_key_id.as_deref(),
        blob: input.ciphertext_blob.as_ref(),
        algorithm: input.source_encryption_algorithm.as_ref(),
        ignore_ciphertext: ignores_ciphertext(input.dry_run, input.dry_run_modifiers.as_deref()),
        action: "kms:ReEncryptFrom",
        member: "sourceKeyId",
    }
}

impl Op for ReEncrypt {
    type Input = ReEncryptRequest;
    type Output = ReEncryptResponse;
    type Resolved = BothKeys;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "ReEncrypt";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<BothKeys, ServiceError> {
        let input = &request.input;
        let contexts = [
            input.source_encryption_context.as_ref(),
            input.destination_encryption_context.as_ref(),
        ];
        request_facts::check(input.grant_tokens.as_deref(), &contexts, turn)?;
        let destination: &str = required(&request.input.destination_key_id, "destinationKeyId")?;
        Ok(BothKeys {
            source: source(&request.input).find(&request.caller, &request.meta, turn)?,
            destination: key_name::find(
                destination,
                Forms::KeyOrAlias,
                "kms:ReEncryptTo",
                &request.caller,
                &request.meta,
                turn,
            )?,
        })
    }

    fn demands(
        request: &Request<Self>,
        both: &BothKeys,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        let input = &request.input;
        let same = both.source.named.key.arn == both.destination.key.arn;
        let flag = if same { "true" } else { "false" };
        let from = request_facts::cryptographic(
            "kms:ReEncryptFrom",
            &both.source.named,
            input.source_encryption_algorithm.as_ref(),
            input.source_encryption_context.as_ref(),
        );
        let to = request_facts::cryptographic(
            "kms:ReEncryptTo",
            &both.destination,
            input.destination_encryption_algorithm.as_ref(),
            input.destination_encryption_context.as_ref(),
        );
        Ok(vec![
            from.with_fact("kms:reencryptonsamekey", flag)
                .unnamed(both.source.by_ciphertext),
            to.with_fact("kms:reencryptonsamekey", flag),
        ])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<ReEncryptResponse, Interrupt> {
        let input = authorized.input();
        let both = authorized.resolved();
        let (from, to) = (&both.source.named.key, &both.destination.key);
        state_check::enabled(from)?;
        state_check::enabled(to)?;
        for key in [from, to] {
            usage_check::usage(key, KeyUsage::EncryptDecrypt, "ReEncrypt")?;
        }
        let before = encryption_algorithm(from, input.source_encryption_algorithm.as_ref())?;
        let after = encryption_algorithm(to, input.destination_encryption_algorithm.as_ref())?;
        source(input).check_match(from)?;
        let old_context = input.source_encryption_context.as_ref();
        let new_context = input.destination_encryption_context.as_ref();
        rsa_cipher::no_context(before, old_context)?;
        rsa_cipher::no_context(after, new_context)?;
        if source(input).ignore_ciphertext {
            end_dry_run(input.dry_run)?;
        }
        let blob = input
            .ciphertext_blob
            .as_ref()
            .ok_or_else(|| missing("ciphertextBlob"))?;
        let old = Opened::of(authorized, turn, from, before, &blob.0, old_context)?;
        let plaintext = old.plaintext.expose();
        rsa_cipher::check(to, after, new_context, plaintext.len())?;
        end_dry_run(input.dry_run)?;
        let (blob, new) = if after == EncryptionAlgorithm::SymmetricDefault {
            let context = request_facts::context(new_context);
            let (blob, new) = cipher::encrypt(authorized, turn, to, plaintext, &context)?;
            (blob, material_text(&new))
        } else {
            let blob = rsa_cipher::encrypt(authorized, turn, to, after, plaintext)?;
            (blob, None)
        };
        Ok(ReEncryptResponse {
            ciphertext_blob: Some(Blob(blob)),
            source_key_id: Some(from.arn.to_string()),
            key_id: Some(to.arn.to_string()),
            source_encryption_algorithm: Some(before.as_str().into()),
            destination_encryption_algorithm: Some(after.as_str().into()),
            source_key_material_id: old.material.as_ref().and_then(material_text),
            destination_key_material_id: new,
        })
    }

    fn uses(authorized: &Authorized<Self>) -> Vec<KeyPlace> {
        let both = authorized.resolved();
        let mut places = vec![both.source.named.key.place()];
        if both.destination.key.arn != both.source.named.key.arn {
            places.push(both.destination.key.place());
        }
        places
    }

    fn record(
        request: &Request<Self>,
        both: Option<&BothKeys>,
        output: Option<&ReEncryptResponse>,
    ) -> RecordParts {
        let input = &request.input;
        let default = EncryptionAlgorithmSpec::SymmetricDefault;
        let algorithm = |sent: &Option<EncryptionAlgorithmSpec>| {
            sent.as_ref().unwrap_or(&default).as_str().to_owned()
        };
        RecordParts {
            parameters: Object::new()
                .maybe("sourceKeyId", input.source_key_id.as_deref())
                .member(
                    "sourceEncryptionAlgorithm",
                    &algorithm(&input.source_encryption_algorithm),
                )
                .maybe(
                    "sourceEncryptionContext",
                    input.source_encryption_context.as_ref(),
                )
                .maybe("destinationKeyId", input.destination_key_id.as_deref())
                .member(
                    "destinationEncryptionAlgorithm",
                    &algorithm(&input.destination_encryption_algorithm),
                )
                .maybe(
                    "destinationEncryptionContext",
                    input.destination_encryption_context.as_ref(),
                )
                .maybe("dryRun", input.dry_run.as_ref())
                .finish(),
            additional: output.and_then(|o| {
                Object::new()
                    .maybe("sourceKeyMaterialId", o.source_key_material_id.as_deref())
                    .maybe(
                        "destinationKeyMaterialId",
                        o.destination_key_material_id.as_deref(),
                    )
                    .finish()
            }),
            resources: both
                .map(|b| {
                    vec![
                        key_resource(&b.source.named.key),
                        key_resource(&b.destination.key),
                    ]
                })
                .unwrap_or_default(),
            ..RecordParts::default()
        }
    }
}
