//! `CreateKey`: keys of every spec whose material this service makes or their owner imports, single-
//! or multi-Region. Key stores are refused, never made up.

use super::custom_key_stores::no_store;
use super::material::new_material;
use super::parameters::shown;
use super::tags;
use super::{key_policy, key_store_members, metadata, quota_check};
use crate::chain::{
    Authorized, Demand, Facts, Interrupt, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use crate::state::{Key, KeyManager, KeyPlace, KeyState, MaterialInfo, MultiRegion, Origin};
use claviger_crypto::{KeySpec, KeyUsage};
use claviger_model::kms::error::UNSUPPORTED_OPERATION_EXCEPTION;
use claviger_model::kms::{CreateKeyRequest, CreateKeyResponse, OriginType};
use claviger_model::{KMS, Service};
use claviger_types::KeyId;
use std::sync::Arc;

/// Creates a key.
pub struct CreateKey;

fn validation(text: String) -> ServiceError {
    ServiceError::validation(KMS, text)
}

fn unsupported(text: String) -> ServiceError {
    ServiceError::new(&UNSUPPORTED_OPERATION_EXCEPTION, text)
}

/// What a request asks for, defaults filled in.
struct Asked {
    spec: KeySpec,
    usage: KeyUsage,
    origin: Origin,
}

/// The spec a request names: by its present or its deprecated member, which do not go together.
fn spec(input: &CreateKeyRequest) -> Result<KeySpec, ServiceError> {
    let sent = match (&input.key_spec, &input.customer_master_key_spec) {
        (Some(_), Some(_)) => {
            return Err(validation(
                "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. \
                 CustomerMasterKeySpec is deprecated."
                    .to_owned(),
            ));
        }
        (Some(spec), None) => spec.as_str(),
        (None, Some(spec)) => spec.as_str(),
        (None, None) => KeySpec::SymmetricDefault.as_str(),
    };
    KeySpec::named(sent).ok_or_else(|| {
        unsupported(format!(
            "KeySpec {sent} is not supported in this Region: it belongs to the China Regions."
        ))
    })
}

fn asked(input: &CreateKeyRequest) -> Result<Asked, ServiceError> {
    let spec = spec(input)?;
    let usage = match &input.key_usage {
        Some(usage) => KeyUsage::named(usage.as_str())
            .ok_or_else(|| unsupported(format!("KeyUsage {} is unknown.", usage.as_str())))?,
        None if spec == KeySpec::SymmetricDefault => KeyUsage::EncryptDecrypt,
        None => {
            return Err(validation(
                "You must specify a KeyUsage value for all KMS keys except for symmetric \
                 encryption keys."
                    .to_owned(),
            ));
        }
    };
    if !spec.usages().contains(&usage) {
        return Err(validation(format!(
            "KeyUsage {usage} is not compatible with KeySpec {spec}"
        )));
    }
    Ok(Asked {
        spec,
        usage,
        origin: origin(input, spec)?,
    })
}

/// Where the material is to come from.
fn origin(input: &CreateKeyRequest, spec: KeySpec) -> Result<Origin, ServiceError> {
    match &input.origin {
        None | Some(OriginType::AwsKms) => Ok(Origin::AwsKms),
        Some(OriginType::External) if spec.imports() => Ok(Origin::External),
        Some(OriginType::External) => Err(unsupported(format!(
            "KeySpec {spec} is not supported for keys with Origin EXTERNAL."
        ))),
        Some(_) if input.custom_key_store_id.is_some() => Ok(Origin::ExternalKeyStore),
        Some(origin) => Err(validation(format!(
            "Origin {} needs a CustomKeyStoreId.",
            origin.as_str()
        ))),
    }
}

/// AWS's own refusals first, then what this service does not offer.
fn check_offered(input: &CreateKeyRequest) -> Result<Asked, ServiceError> {
    if let Some(store) = &input.custom_key_store_id {
        key_store_members::key_in_store(input, spec(input)?)?;
        return Err(no_store(store));
    }
    let asked = asked(input)?;
    if input.xks_key_id.is_some() {
        return Err(validation(
            "XksKeyId is valid only for keys with Origin EXTERNAL_KEY_STORE.".to_owned(),
        ));
    }
    Ok(asked)
}

fn facts(input: &CreateKeyRequest) -> Result<Facts, ServiceError> {
    let Asked { spec, usage, .. } = asked(input)?;
    let (spec, usage) = (spec.as_str(), usage.as_str());
    let flag = |value: Option<bool>| if value == Some(true) { "true" } else { "false" };
    let origin = input.origin.as_ref().map_or("AWS_KMS", |o| o.as_str());
    let multi = input.multi_region == Some(true);
    Ok(Facts::default()
        .one("kms:keyspec", spec)
        .one("kms:customermasterkeyspec", spec)
        .one("kms:keyusage", usage)
        .one("kms:customermasterkeyusage", usage)
        .one("kms:keyorigin", origin)
        .one("kms:multiregion", flag(input.multi_region))
        .maybe("kms:multiregionkeytype", multi.then_some("PRIMARY"))
        .one(
            "kms:bypasspolicylockoutsafetycheck",
            flag(input.bypass_policy_lockout_safety_check),
        )
        .request_tags(&tags::sent(input.tags.as_deref())))
}

impl Op for CreateKey {
    type Input = CreateKeyRequest;
    type Output = CreateKeyResponse;
    type Resolved = ();
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "CreateKey";
    const READ_ONLY: bool = false;

    fn resolve(_: &Request<Self>, _: &Turn<'_>) -> Result<(), ServiceError> {
        Ok(())
    }

    fn demands(
        request: &Request<Self>,
        (): &(),
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        let facts = facts(&request.input)?;
        let mut demands = vec![Demand::new("kms:CreateKey", Target::Any).with_facts(facts.clone())];
        if request.input.tags.as_ref().is_some_and(|t| !t.is_empty()) {
            // The key has no id yet; a statement on the account's keys in the Region covers it (KMS
            // Developer Guide, "Controlling access to tags").
            let account = request.caller.trail_account();
            let target = Target::Arn {
                arn: format!("arn:aws:kms:{}:{account}:key/*", request.meta.region),
                account,
            };
            demands.push(Demand::new("kms:TagResource", target).with_facts(facts));
        }
        Ok(demands)
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<CreateKeyResponse, Interrupt> {
        let input = authorized.input();
        let request = authorized.request();
        let asked = check_offered(input)?;
        let account = request.caller.trail_account();
        quota_check::room_for_key(account, &request.meta.region, turn)?;
        let multi_region = input.multi_region == Some(true);
        let place = KeyPlace {
            account,
            region: request.meta.region.clone(),
            id: KeyId::generate(multi_region, turn.entropy()),
        };
        let text = match &input.policy {
            Some(text) => text.clone(),
            None => key_policy::default_policy(account),
        };
        let mut key = Key {
            arn: place.arn(),
            manager: KeyManager::Customer,
            spec: asked.spec,
            usage: asked.usage,
            created: turn.now(),
            description: input.description.clone().unwrap_or_default(),
            state: KeyState::PendingImport,
            settling: None,
            origin: asked.origin,
            multi_region: multi_region.then(|| MultiRegion {
                primary: place.region.clone(),
                replicas: Vec::new(),
            }),
            policy: Arc::new(key_policy::accept(&text, turn)?),
            tags: tags::merged(&[], input.tags.as_deref())?,
            materials: Vec::new(),
            pending_material: None,
            on_demand_rotations: 0,
            automatic_rotation: None,
            key_store: None,
        };
        // The default policy delegates to the account and is never a lockout.
        if input.policy.is_some() && input.bypass_policy_lockout_safety_check != Some(true) {
            key_policy::check_lockout(&key, &request.caller, &request.meta, turn)?;
        }
        // Last, so that what is refused costs no key.
        if asked.origin == Origin::AwsKms {
            let material = new_material(&place, asked.spec, turn)?;
            key.state = KeyState::Enabled;
            key.materials.push(MaterialInfo::first(material.id.clone()));
            turn.put(material);
        }
        let reply = metadata::of(&key);
        turn.put(key);
        Ok(CreateKeyResponse {
            key_metadata: Some(reply),
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&()>,
        output: Option<&CreateKeyResponse>,
    ) -> RecordParts {
        let made = output
            .and_then(|o| o.key_metadata.as_ref())
            .and_then(|m| m.arn.clone());
        RecordParts {
            parameters: recorded_parameters(request),
            response: output.and_then(|o| metadata::recorded_reply(o.key_metadata.as_ref()?)),
            resources: made
                .map(|arn| claviger_trail::Resource::kms_key(request.caller.trail_account(), arn))
                .into_iter()
                .collect(),
            ..RecordParts::default()
        }
    }
}

/// CreateKey's record shows the defaults of what was not sent (KMS Developer Guide, "CreateKey"
/// log entry).
fn recorded_parameters(request: &Request<CreateKey>) -> Option<claviger_trail::Json> {
    let mut input = request.input.clone();
    input
        .bypass_policy_lockout_safety_check
        .get_or_insert(false);
    input.description.get_or_insert_default();
    input.multi_region.get_or_insert(false);
    input.origin.get_or_insert(OriginType::AwsKms);
    input.tags.get_or_insert_default();
    if let Ok(Asked { spec, usage, .. }) = asked(&input) {
        input.key_usage.get_or_insert_with(|| usage.as_str().into());
        if input.key_spec.is_none() && input.customer_master_key_spec.is_none() {
            input.key_spec = Some(spec.as_str().into());
            input.customer_master_key_spec = Some(spec.as_str().into());
        }
    }
    shown(&Request::<CreateKey> {
        caller: request.caller.clone(),
        input,
        meta: request.meta.clone(),
    })
}
