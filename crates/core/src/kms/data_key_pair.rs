//! `GenerateDataKeyPair` and `GenerateDataKeyPairWithoutPlaintext`. Source: KMS API reference.

use super::key_name::{self, Forms, NamedKey};
use super::parameters::{
    end_dry_run, key_resource, material_data, material_text, missing, no_recipient, required,
};
use super::{cipher, request_facts, state_check, usage_check};
use crate::chain::{
    Authorized, Demand, Interrupt, Object, Op, RecordParts, Request, ServiceError, Turn,
};
use crate::state::{Key, KeyPlace};
use claviger_crypto::{DataKeyPair, KeySpec};
use claviger_model::kms::error::UNSUPPORTED_OPERATION_EXCEPTION;
use claviger_model::kms::{
    DataKeyPairSpec, GenerateDataKeyPairRequest, GenerateDataKeyPairResponse,
    GenerateDataKeyPairWithoutPlaintextRequest, GenerateDataKeyPairWithoutPlaintextResponse,
};
use claviger_model::{Blob, KMS, SecretBlob, Service};
use claviger_types::MaterialId;
use std::collections::BTreeMap;

/// What both operations ask for.
struct Asked<'a> {
    key_id: &'a Option<String>,
    spec: Option<&'a DataKeyPairSpec>,
    context: Option<&'a BTreeMap<String, String>>,
    tokens: Option<&'a [String]>,
    dry_run: Option<bool>,
}

/// A pair, its private half encrypted under a material of the key.
struct Made {
    pair: DataKeyPair,
    blob: Vec<u8>,
    material: MaterialId,
}

impl Asked<'_> {
    fn find<O: Op>(
        &self,
        action: &'static str,
        request: &Request<O>,
        turn: &Turn<'_>,
    ) -> Result<NamedKey, ServiceError> {
        request_facts::check(self.tokens, &[self.context], turn)?;
        let name: &str = required(self.key_id, "keyId")?;
        let (caller, meta) = (&request.caller, &request.meta);
        key_name::find(name, Forms::KeyOrAlias, action, caller, meta, turn)
    }

    fn demand(&self, action: &'static str, named: &NamedKey) -> Demand {
        let spec = self.spec.map_or("", DataKeyPairSpec::as_str);
        request_facts::cryptographic(action, named, None, self.context)
            .with_fact("kms:datakeypairspec", spec)
    }

    fn make<O: Op<Resolved = NamedKey>>(
        &self,
        authorized: &Authorized<O>,
        turn: &mut Turn<'_>,
    ) -> Result<Made, Interrupt> {
        let key = &authorized.resolved().key;
        let spec = pair_spec(self.spec)?;
        end_dry_run(self.dry_run)?;
        let pair = if spec.modulus_len().is_some() {
            let made = turn.rsa_key(spec)?;
            DataKeyPair::of(&made)
        } else {
            DataKeyPair::generate(spec, turn.entropy())
        }
        .map_err(|e| ServiceError::internal(KMS, e.to_string()))?;
        let context = request_facts::context(self.context);
        let private = pair.private_key.expose();
        let (blob, material) = cipher::encrypt(authorized, turn, key, private, &context)?;
        Ok(Made {
            pair,
            blob,
            material,
        })
    }

    fn record(&self, named: Option<&NamedKey>, material: Option<&str>) -> RecordParts {
        RecordParts {
            parameters: Object::new()
                .maybe("keyId", self.key_id.as_deref())
                .maybe("encryptionContext", self.context)
                .maybe("keyPairSpec", self.spec.map(DataKeyPairSpec::as_str))
                .maybe("dryRun", self.dry_run.as_ref())
                .finish(),
            additional: material_data(material),
            resources: named.map(|n| key_resource(&n.key)).into_iter().collect(),
            ..RecordParts::default()
        }
    }
}

fn pair_spec(sent: Option<&DataKeyPairSpec>) -> Result<KeySpec, ServiceError> {
    let name = sent.ok_or_else(|| missing("keyPairSpec"))?.as_str();
    KeySpec::named(name)
        .filter(|spec| spec.is_data_key_pair())
        .ok_or_else(|| {
            ServiceError::new(
                &UNSUPPORTED_OPERATION_EXCEPTION,
                format!(
                    "KeyPairSpec {name} is not supported in this Region: it belongs to the China \
                     Regions."
                ),
            )
        })
}

/// What a key must be for both; those of key stores make no pairs (KMS Developer Guide, "Key states
/// of AWS KMS keys", note 7).
fn check_key(key: &Key, operation: &str) -> Result<(), ServiceError> {
    state_check::enabled(key)?;
    usage_check::makes_data_keys(key, operation)?;
    if key.key_store.is_none() {
        return Ok(());
    }
    Err(usage_check::wrong_origin(key))
}

/// Makes a data key pair, its private half in plaintext and encrypted.
pub struct GenerateDataKeyPair;

fn asked(input: &GenerateDataKeyPairRequest) -> Asked<'_> {
    Asked {
        key_id: &input.key_id,
        spec: input.key_pair_spec.as_ref(),
        context: input.encryption_context.as_ref(),
        tokens: input.grant_tokens.as_deref(),
        dry_run: input.dry_run,
    }
}

impl Op for GenerateDataKeyPair {
    type Input = GenerateDataKeyPairRequest;
    type Output = GenerateDataKeyPairResponse;
    type Resolved = NamedKey;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "GenerateDataKeyPair";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<NamedKey, ServiceError> {
        asked(&request.input).find("kms:GenerateDataKeyPair", request, turn)
    }

    fn demands(
        request: &Request<Self>,
        named: &NamedKey,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![
            asked(&request.input).demand("kms:GenerateDataKeyPair", named),
        ])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<GenerateDataKeyPairResponse, Interrupt> {
        let input = authorized.input();
        let key = &authorized.resolved().key;
        check_key(key, Self::NAME)?;
        no_recipient(input.recipient.as_ref())?;
        let made = asked(input).make(authorized, turn)?;
        Ok(GenerateDataKeyPairResponse {
            private_key_ciphertext_blob: Some(Blob(made.blob)),
            private_key_plaintext: Some(SecretBlob::from(made.pair.private_key.expose().clone())),
            public_key: Some(Blob(made.pair.public_key)),
            key_id: Some(key.arn.to_string()),
            key_pair_spec: input.key_pair_spec.clone(),
            key_material_id: material_text(&made.material),
            ..GenerateDataKeyPairResponse::default()
        })
    }

    fn uses(authorized: &Authorized<Self>) -> Vec<KeyPlace> {
        vec![authorized.resolved().key.place()]
    }

    fn record(
        request: &Request<Self>,
        named: Option<&NamedKey>,
        output: Option<&GenerateDataKeyPairResponse>,
    ) -> RecordParts {
        let material = output.and_then(|o| o.key_material_id.as_deref());
        asked(&request.input).record(named, material)
    }
}

/// Makes a data key pair, its private half encrypted only.
pub struct GenerateDataKeyPairWithoutPlaintext;

fn asked_without(input: &GenerateDataKeyPairWithoutPlaintextRequest) -> Asked<'_> {
    Asked {
        key_id: &input.key_id,
        spec: input.key_pair_spec.as_ref(),
        context: input.encryption_context.as_ref(),
        tokens: input.grant_tokens.as_deref(),
        dry_run: input.dry_run,
    }
}

impl Op for GenerateDataKeyPairWithoutPlaintext {
    type Input = GenerateDataKeyPairWithoutPlaintextRequest;
    type Output = GenerateDataKeyPairWithoutPlaintextResponse;
    type Resolved = NamedKey;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "GenerateDataKeyPairWithoutPlaintext";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<NamedKey, ServiceError> {
        let action = "kms:GenerateDataKeyPairWithoutPlaintext";
        asked_without(&request.input).find(action, request, turn)
    }

    fn demands(
        request: &Request<Self>,
        named: &NamedKey,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        let action = "kms:GenerateDataKeyPairWithoutPlaintext";
        Ok(vec![asked_without(&request.input).demand(action, named)])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<GenerateDataKeyPairWithoutPlaintextResponse, Interrupt> {
        let input = authorized.input();
        let key = &authorized.resolved().key;
        check_key(key, Self::NAME)?;
        let made = asked_without(input).make(authorized, turn)?;
        Ok(GenerateDataKeyPairWithoutPlaintextResponse {
            private_key_ciphertext_blob: Some(Blob(made.blob)),
            public_key: Some(Blob(made.pair.public_key)),
            key_id: Some(key.arn.to_string()),
            key_pair_spec: input.key_pair_spec.clone(),
            key_material_id: material_text(&made.material),
        })
    }

    fn uses(authorized: &Authorized<Self>) -> Vec<KeyPlace> {
        vec![authorized.resolved().key.place()]
    }

    fn record(
        request: &Request<Self>,
        named: Option<&NamedKey>,
        output: Option<&GenerateDataKeyPairWithoutPlaintextResponse>,
    ) -> RecordParts {
        let material = output.and_then(|o| o.key_material_id.as_deref());
        asked_without(&request.input).record(named, material)
    }
}
