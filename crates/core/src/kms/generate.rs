//! `GenerateDataKey`, `GenerateDataKeyWithoutPlaintext` and `GenerateRandom`.

use super::custom_key_stores::no_store;
use super::key_name::{self, Forms, NamedKey};
use super::parameters::{
    end_dry_run, key_resource, material_data, material_text, missing, no_recipient, required,
};
use super::{cipher, request_facts, state_check, usage_check};
use crate::chain::{
    Authorized, Demand, Interrupt, Object, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use crate::state::KeyPlace;
use claviger_model::kms::{
    DataKeySpec, GenerateDataKeyRequest, GenerateDataKeyResponse,
    GenerateDataKeyWithoutPlaintextRequest, GenerateDataKeyWithoutPlaintextResponse,
    GenerateRandomRequest, GenerateRandomResponse,
};
use claviger_model::{Blob, KMS, SecretBlob, Service};
use claviger_types::{MaterialId, Secret};
use std::collections::BTreeMap;

/// How long a data key is to be: exactly one of the two members says so.
fn length(spec: Option<&DataKeySpec>, bytes: Option<i32>) -> Result<usize, ServiceError> {
    let length = match (spec, bytes) {
        (Some(DataKeySpec::Aes256), None) => 32,
        (Some(DataKeySpec::Aes128), None) => 16,
        (None, Some(n)) => n,
        _ => {
            return Err(ServiceError::validation(
                KMS,
                "Please specify either number of bytes or key spec.",
            ));
        }
    };
    usize::try_from(length).map_err(|_| missing("numberOfBytes"))
}

fn resolve(
    key_id: &Option<String>,
    action: &'static str,
    request_caller: &crate::caller::Caller,
    meta: &crate::chain::RequestMeta,
    turn: &Turn<'_>,
) -> Result<NamedKey, ServiceError> {
    let name: &str = required(key_id, "keyId")?;
    key_name::find(name, Forms::KeyOrAlias, action, request_caller, meta, turn)
}

struct DataKey {
    plaintext: Secret<Vec<u8>>,
    blob: Vec<u8>,
    material: MaterialId,
}

fn data_key<O: Op<Resolved = NamedKey>>(
    authorized: &Authorized<O>,
    turn: &mut Turn<'_>,
    length: usize,
    context: Option<&BTreeMap<String, String>>,
) -> Result<DataKey, Interrupt> {
    let mut plaintext = Secret::new(vec![0_u8; length]);
    turn.entropy().fill(plaintext.expose_mut());
    let (blob, material) = cipher::encrypt(
        authorized,
        turn,
        &authorized.resolved().key,
        plaintext.expose(),
        &request_facts::context(context),
    )?;
    Ok(DataKey {
        plaintext,
        blob,
        material,
    })
}

/// Makes a data key, in plaintext and encrypted.
pub struct GenerateDataKey;

impl Op for GenerateDataKey {
    type Input = GenerateDataKeyRequest;
    type Output = GenerateDataKeyResponse;
    type Resolved = NamedKey;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "GenerateDataKey";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<NamedKey, ServiceError> {
        let (action, input) = ("kms:GenerateDataKey", &request.input);
        length(input.key_spec.as_ref(), input.number_of_bytes)?;
        let contexts = [input.encryption_context.as_ref()];
        request_facts::check(input.grant_tokens.as_deref(), &contexts, turn)?;
        resolve(
            &request.input.key_id,
            action,
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
        let context = request.input.encryption_context.as_ref();
        Ok(vec![request_facts::cryptographic(
            "kms:GenerateDataKey",
            named,
            None,
            context,
        )])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<GenerateDataKeyResponse, Interrupt> {
        let input = authorized.input();
        let key = &authorized.resolved().key;
        state_check::enabled(key)?;
        usage_check::makes_data_keys(key, Self::NAME)?;
        no_recipient(input.recipient.as_ref())?;
        end_dry_run(input.dry_run)?;
        let length = length(input.key_spec.as_ref(), input.number_of_bytes)?;
        let made = data_key(authorized, turn, length, input.encryption_context.as_ref())?;
        Ok(GenerateDataKeyResponse {
            ciphertext_blob: Some(Blob(made.blob)),
            plaintext: Some(SecretBlob::from(made.plaintext.expose().clone())),
            key_id: Some(key.arn.to_string()),
            key_material_id: material_text(&made.material),
            ..GenerateDataKeyResponse::default()
        })
    }

    fn uses(authorized: &Authorized<Self>) -> Vec<KeyPlace> {
        vec![authorized.resolved().key.place()]
    }

    fn record(
        request: &Request<Self>,
        named: Option<&NamedKey>,
        output: Option<&GenerateDataKeyResponse>,
    ) -> RecordParts {
        let input = &request.input;
        RecordParts {
            parameters: Object::new()
                .maybe("keyId", input.key_id.as_deref())
                .maybe("encryptionContext", input.encryption_context.as_ref())
                .maybe("keySpec", input.key_spec.as_ref().map(DataKeySpec::as_str))
                .maybe("numberOfBytes", input.number_of_bytes.as_ref())
                .maybe("dryRun", input.dry_run.as_ref())
                .finish(),
            additional: material_data(output.and_then(|o| o.key_material_id.as_deref())),
            resources: named.map(|n| key_resource(&n.key)).into_iter().collect(),
            ..RecordParts::default()
        }
    }
}

/// Makes a data key, encrypted only.
pub struct GenerateDataKeyWithoutPlaintext;

impl Op for GenerateDataKeyWithoutPlaintext {
    type Input = GenerateDataKeyWithoutPlaintextRequest;
    type Output = GenerateDataKeyWithoutPlaintextResponse;
    type Resolved = NamedKey;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "GenerateDataKeyWithoutPlaintext";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<NamedKey, ServiceError> {
        let (action, input) = ("kms:GenerateDataKeyWithoutPlaintext", &request.input);
        length(input.key_spec.as_ref(), input.number_of_bytes)?;
        let contexts = [input.encryption_context.as_ref()];
        request_facts::check(input.grant_tokens.as_deref(), &contexts, turn)?;
        resolve(
            &request.input.key_id,
            action,
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
        let context = request.input.encryption_context.as_ref();
        let action = "kms:GenerateDataKeyWithoutPlaintext";
        Ok(vec![request_facts::cryptographic(
            action, named, None, context,
        )])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<GenerateDataKeyWithoutPlaintextResponse, Interrupt> {
        let input = authorized.input();
        let key = &authorized.resolved().key;
        state_check::enabled(key)?;
        usage_check::makes_data_keys(key, Self::NAME)?;
        end_dry_run(input.dry_run)?;
        let length = length(input.key_spec.as_ref(), input.number_of_bytes)?;
        let made = data_key(authorized, turn, length, input.encryption_context.as_ref())?;
        Ok(GenerateDataKeyWithoutPlaintextResponse {
            ciphertext_blob: Some(Blob(made.blob)),
            key_id: Some(key.arn.to_string()),
            key_material_id: material_text(&made.material),
        })
    }

    fn uses(authorized: &Authorized<Self>) -> Vec<KeyPlace> {
        vec![authorized.resolved().key.place()]
    }

    fn record(
        request: &Request<Self>,
        named: Option<&NamedKey>,
        output: Option<&GenerateDataKeyWithoutPlaintextResponse>,
    ) -> RecordParts {
        let input = &request.input;
        RecordParts {
            parameters: Object::new()
                .maybe("keyId", input.key_id.as_deref())
                .maybe("encryptionContext", input.encryption_context.as_ref())
                .maybe("keySpec", input.key_spec.as_ref().map(DataKeySpec::as_str))
                .maybe("numberOfBytes", input.number_of_bytes.as_ref())
                .maybe("dryRun", input.dry_run.as_ref())
                .finish(),
            additional: material_data(output.and_then(|o| o.key_material_id.as_deref())),
            resources: named.map(|n| key_resource(&n.key)).into_iter().collect(),
            ..RecordParts::default()
        }
    }
}

/// Random bytes. No key is involved.
pub struct GenerateRandom;

impl Op for GenerateRandom {
    type Input = GenerateRandomRequest;
    type Output = GenerateRandomResponse;
    type Resolved = ();
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "GenerateRandom";
    const READ_ONLY: bool = true;

    fn resolve(_: &Request<Self>, _: &Turn<'_>) -> Result<(), ServiceError> {
        Ok(())
    }

    fn demands(_: &Request<Self>, (): &(), _: &Turn<'_>) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![Demand::new("kms:GenerateRandom", Target::Any)])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<GenerateRandomResponse, Interrupt> {
        let input = authorized.input();
        no_recipient(input.recipient.as_ref())?;
        if let Some(store) = &input.custom_key_store_id {
            return Err(no_store(store).into());
        }
        let length = input
            .number_of_bytes
            .and_then(|n| usize::try_from(n).ok())
            .ok_or_else(|| ServiceError::validation(KMS, "NumberOfBytes is required."))?;
        let mut bytes = vec![0_u8; length];
        turn.entropy().fill(&mut bytes);
        Ok(GenerateRandomResponse {
            plaintext: Some(SecretBlob::from(bytes)),
            ..GenerateRandomResponse::default()
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&()>,
        _: Option<&GenerateRandomResponse>,
    ) -> RecordParts {
        RecordParts {
            parameters: Object::new()
                .maybe("numberOfBytes", request.input.number_of_bytes.as_ref())
                .finish(),
            ..RecordParts::default()
        }
    }
}
