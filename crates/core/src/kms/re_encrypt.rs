//! `ReEncrypt`: from one key to another without showing the plaintext. Two demands, one on each
//! key; one record with both resources.

use super::decrypt::{CiphertextKey, Source, ignores_ciphertext};
use super::key_name::{self, Forms, NamedKey};
use super::parameters::{
    encryption_algorithm, end_dry_run, key_resource, material_text, missing, required,
};
use super::{cipher, request_facts, state_check, usage_check};
use crate::chain::{
    Authorized, Demand, Interrupt, Object, Op, RecordParts, Request, ServiceError, Turn,
};
use crate::state::KeyPlace;
use claviger_crypto::KeyUsage;
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
            input.source_encryption_context.as_ref(),
        );
        let to = request_facts::cryptographic(
            "kms:ReEncryptTo",
            &both.destination,
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
        encryption_algorithm(from, input.source_encryption_algorithm.as_ref())?;
        encryption_algorithm(to, input.destination_encryption_algorithm.as_ref())?;
        source(input).check_match(from)?;
        if source(input).ignore_ciphertext {
            end_dry_run(input.dry_run)?;
        }
        let blob = input
            .ciphertext_blob
            .as_ref()
            .ok_or_else(|| missing("ciphertextBlob"))?;
        let before = request_facts::context(input.source_encryption_context.as_ref());
        let after = request_facts::context(input.destination_encryption_context.as_ref());
        let (plaintext, old) = cipher::decrypt(authorized, turn, from, &blob.0, &before)?;
        end_dry_run(input.dry_run)?;
        let (blob, new) = cipher::encrypt(authorized, turn, to, plaintext.expose(), &after)?;
        Ok(ReEncryptResponse {
            ciphertext_blob: Some(Blob(blob)),
            source_key_id: Some(from.arn.to_string()),
            key_id: Some(to.arn.to_string()),
            source_encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault),
            destination_encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault),
            source_key_material_id: material_text(&old),
            destination_key_material_id: material_text(&new),
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
