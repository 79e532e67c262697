//! `ReplicateKey`: makes a replica of a multi-Region primary key in another Region of the
//! installation. It needs permission on the primary key, and to create a key in that Region.
//! Source: KMS API reference, `ReplicateKey`; KMS Developer Guide, "Multi-Region keys in AWS KMS".

use super::key_name::{self, Forms, NamedKey};
use super::parameters::{key_resource, required, shown};
use super::{key_policy, metadata, quota_check, related, state_check, tags};
use crate::chain::{
    Authorized, Demand, Elsewhere, Facts, Interrupt, Object, Op, RecordParts, Request, RequestMeta,
    ServiceError, Target, Turn,
};
use crate::state::{Key, KeyPlace, KeyState, MultiRegion, Origin, SettlingKind};
use claviger_model::kms::error::{ALREADY_EXISTS_EXCEPTION, UNSUPPORTED_OPERATION_EXCEPTION};
use claviger_model::kms::{KeyMetadata, ReplicateKeyRequest, ReplicateKeyResponse};
use claviger_model::{KMS, Service};
use claviger_trail::{Json, Resource};
use claviger_types::RegionName;
use std::sync::Arc;

/// Replicates a multi-Region key into another Region.
pub struct ReplicateKey;

/// A Region that is none of this installation's; AWS's text is not known.
fn unknown_region(name: &str) -> ServiceError {
    ServiceError::new(
        &UNSUPPORTED_OPERATION_EXCEPTION,
        format!("Keys cannot be replicated into the Region {name}: it is not available here."),
    )
}

fn replica_region(input: &ReplicateKeyRequest) -> Result<RegionName, ServiceError> {
    let name: &str = required(&input.replica_region, "replicaRegion")?;
    name.parse().map_err(|_| unknown_region(name))
}

/// The condition keys of the creation: of the key that is made, in its Region.
fn creation_facts(input: &ReplicateKeyRequest, primary: &Key, region: &RegionName) -> Facts {
    let bypass = input.bypass_policy_lockout_safety_check == Some(true);
    let (spec, usage) = (primary.spec.as_str(), primary.usage.as_str());
    Facts::default()
        .one("aws:requestedregion", region.as_str())
        .one("kms:keyspec", spec)
        .one("kms:customermasterkeyspec", spec)
        .one("kms:keyusage", usage)
        .one("kms:customermasterkeyusage", usage)
        .one("kms:keyorigin", primary.origin.as_str())
        .one("kms:multiregion", "true")
        .one("kms:multiregionkeytype", "REPLICA")
        .one(
            "kms:bypasspolicylockoutsafetycheck",
            if bypass { "true" } else { "false" },
        )
        .request_tags(&tags::sent(input.tags.as_deref()))
}

impl Op for ReplicateKey {
    type Input = ReplicateKeyRequest;
    type Output = ReplicateKeyResponse;
    type Resolved = NamedKey;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "ReplicateKey";
    const READ_ONLY: bool = false;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<NamedKey, ServiceError> {
        let name: &str = required(&request.input.key_id, "keyId")?;
        key_name::find(
            name,
            Forms::Key,
            "kms:ReplicateKey",
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
        let region = replica_region(input)?;
        let facts = creation_facts(input, &named.key, &region);
        let mut demands = vec![
            Demand::new("kms:ReplicateKey", Target::Key(named.key.clone()))
                .with_fact("kms:replicaregion", region.as_str()),
            Demand::new("kms:CreateKey", Target::Any).with_facts(facts.clone()),
        ];
        if input.tags.as_ref().is_some_and(|t| !t.is_empty()) {
            let place = KeyPlace {
                region,
                ..named.key.place()
            };
            // By IAM policies alone: the replica has no policy yet.
            let target = Target::Arn {
                arn: place.arn().to_string(),
                account: place.account,
            };
            demands.push(Demand::new("kms:TagResource", target).with_facts(facts));
        }
        Ok(demands)
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<ReplicateKeyResponse, Interrupt> {
        let primary = &authorized.resolved().key;
        state_check::enabled_and_settled(primary)?;
        related::primary(primary)?;
        let region = free_region(authorized.input(), primary, turn)?;
        quota_check::room_for_key(primary.arn.account(), &region, turn)?;
        let replica = replica(authorized, primary, region, turn)?;
        related::copy_materials(primary, &replica.place(), turn)?;
        let reply = ReplicateKeyResponse {
            // It shows once the key is there (KMS API reference, `ReplicateKey`, examples).
            replica_key_metadata: Some(KeyMetadata {
                current_key_material_id: None,
                ..metadata::of(&replica)
            }),
            replica_policy: Some(replica.policy.text.clone()),
            replica_tags: Some(authorized.input().tags.clone().unwrap_or_default()),
        };
        related::put_shared(replica, turn);
        Ok(reply)
    }

    fn record(
        request: &Request<Self>,
        named: Option<&NamedKey>,
        output: Option<&ReplicateKeyResponse>,
    ) -> RecordParts {
        RecordParts {
            parameters: recorded_parameters(request),
            response: output.and_then(recorded_reply),
            resources: named.map(|n| key_resource(&n.key)).into_iter().collect(),
            ..RecordParts::default()
        }
    }

    /// The replica's Region records that a key was created there.
    fn elsewhere(authorized: &Authorized<Self>, output: &ReplicateKeyResponse) -> Vec<Elsewhere> {
        let made = output.replica_key_metadata.as_ref();
        let region = replica_region(authorized.input());
        let (Some(made), Ok(region)) = (made, region) else {
            return Vec::new();
        };
        let account = authorized.resolved().key.arn.account();
        let arn = made.arn.clone();
        vec![Elsewhere {
            event_name: "CreateKey",
            region,
            parts: RecordParts {
                parameters: created_parameters(authorized.input(), made),
                response: metadata::recorded_reply(made),
                resources: arn
                    .map(|arn| Resource::kms_key(account, arn))
                    .into_iter()
                    .collect(),
                ..RecordParts::default()
            },
        }]
    }
}

/// The Region, if it is one of the installation's and has no related key yet.
fn free_region(
    input: &ReplicateKeyRequest,
    primary: &Key,
    turn: &Turn<'_>,
) -> Result<RegionName, ServiceError> {
    let region = replica_region(input)?;
    let known = turn.view().installation();
    if known.is_none_or(|installation| !installation.regions.contains(&region)) {
        return Err(unknown_region(region.as_str()));
    }
    match related::in_region(primary, &region, turn.view()) {
        None => Ok(region),
        Some(there) => Err(ServiceError::new(
            &ALREADY_EXISTS_EXCEPTION,
            format!("{} already exists.", there.arn),
        )),
    }
}

/// The new key: what is shared as the primary has it, everything else as the request says.
fn replica(
    authorized: &Authorized<ReplicateKey>,
    primary: &Key,
    region: RegionName,
    turn: &Turn<'_>,
) -> Result<Key, ServiceError> {
    let (request, input) = (authorized.request(), authorized.input());
    let place = KeyPlace {
        region: region.clone(),
        ..primary.place()
    };
    let text = match &input.policy {
        Some(text) => text.clone(),
        None => key_policy::default_policy(place.account),
    };
    let key = Key {
        arn: place.arn(),
        created: turn.now(),
        description: input.description.clone().unwrap_or_default(),
        state: match primary.origin {
            Origin::External => KeyState::PendingImport,
            _ => KeyState::Enabled,
        },
        settling: Some(related::settling(SettlingKind::Creating, turn)),
        multi_region: primary.multi_region.as_ref().map(|regions| MultiRegion {
            primary: regions.primary.clone(),
            replicas: regions.replicas.iter().cloned().chain([region]).collect(),
        }),
        policy: Arc::new(key_policy::accept(&text, turn)?),
        tags: tags::merged(&[], input.tags.as_deref())?,
        materials: primary
            .materials
            .iter()
            .map(related::without_bytes)
            .collect(),
        pending_material: primary
            .pending_material
            .as_ref()
            .map(related::without_bytes),
        ..primary.clone()
    };
    // The default policy delegates to the account and is never a lockout.
    if input.policy.is_some() && input.bypass_policy_lockout_safety_check != Some(true) {
        let there = RequestMeta {
            region: place.region,
            ..request.meta.clone()
        };
        key_policy::check_lockout(&key, &request.caller, &there, turn)?;
    }
    Ok(key)
}

/// The record shows the defaults of what was not sent (KMS Developer Guide, "ReplicateKey" log
/// entry).
fn recorded_parameters(request: &Request<ReplicateKey>) -> Option<Json> {
    let mut input = request.input.clone();
    input
        .bypass_policy_lockout_safety_check
        .get_or_insert(false);
    input.description.get_or_insert_default();
    shown(&Request::<ReplicateKey> {
        caller: request.caller.clone(),
        input,
        meta: request.meta.clone(),
    })
}

fn recorded_reply(output: &ReplicateKeyResponse) -> Option<Json> {
    let tags = output.replica_tags.as_ref().filter(|tags| !tags.is_empty());
    let tags = tags.map(|tags| recorded_tags(tags));
    Object::new()
        .maybe(
            "replicaKeyMetadata",
            output
                .replica_key_metadata
                .as_ref()
                .and_then(metadata::recorded)
                .as_ref(),
        )
        .maybe("replicaPolicy", output.replica_policy.as_ref())
        .maybe("replicaTags", tags.as_ref())
        .finish()
}

fn recorded_tags(tags: &[claviger_model::kms::Tag]) -> Vec<serde_json::Value> {
    let tag = |t: &claviger_model::kms::Tag| serde_json::json!({"tagKey": t.tag_key, "tagValue": t.tag_value});
    tags.iter().map(tag).collect()
}

/// The parameters of the creation, as CreateKey's own record shows them.
fn created_parameters(input: &ReplicateKeyRequest, made: &KeyMetadata) -> Option<Json> {
    let bypass = input.bypass_policy_lockout_safety_check == Some(true);
    Object::new()
        .maybe("policy", input.policy.as_ref())
        .maybe("description", made.description.as_ref())
        .maybe("keyUsage", made.key_usage.as_ref())
        .maybe("customerMasterKeySpec", made.key_spec.as_ref())
        .maybe("keySpec", made.key_spec.as_ref())
        .maybe("origin", made.origin.as_ref())
        .member("bypassPolicyLockoutSafetyCheck", &bypass)
        .member(
            "tags",
            &recorded_tags(input.tags.as_deref().unwrap_or_default()),
        )
        .member("multiRegion", &true)
        .finish()
}
