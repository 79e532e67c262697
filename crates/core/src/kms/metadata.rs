//! How a key shows itself: `KeyMetadata` on the wire and in records. Source: KMS API reference,
//! `KeyMetadata`.

use crate::chain::Object;
use crate::state::{Key, KeyState, MaterialInfo, Origin, ShownState};
use claviger_crypto::{KeySpec, KeyUsage};
use claviger_model::kms::{
    ExpirationModelType, KeyMetadata, MultiRegionConfiguration, MultiRegionKey, MultiRegionKeyType,
    OriginType,
};
use claviger_trail::Json;
use claviger_types::{KeyArn, RegionName, Timestamp};
use serde_json::json;

/// The metadata of a key.
pub(super) fn of(key: &Key) -> KeyMetadata {
    KeyMetadata {
        aws_account_id: Some(key.arn.account().to_string()),
        key_id: Some(key.arn.key_id().to_string()),
        arn: Some(key.arn.to_string()),
        creation_date: Some(key.created.into()),
        enabled: Some(key.shown_state() == ShownState::Enabled),
        description: Some(key.description.clone()),
        key_usage: Some(key.usage.as_str().into()),
        key_state: Some(key.shown_state().as_str().into()),
        deletion_date: key.state.deletion_date().map(Into::into),
        pending_deletion_window_in_days: replica_window(key),
        valid_to: expiry(key).flatten().map(Into::into),
        expiration_model: expiry(key).map(expiration_model),
        origin: Some(OriginType::from(key.origin.as_str())),
        custom_key_store_id: key.key_store.as_ref().map(|s| s.key_store_id.clone()),
        key_manager: Some(key.manager.as_str().into()),
        customer_master_key_spec: Some(key.spec.as_str().into()),
        key_spec: Some(key.spec.as_str().into()),
        encryption_algorithms: listed(key, KeyUsage::EncryptDecrypt, |spec| {
            spec.encryption_algorithms()
                .iter()
                .map(|a| a.as_str().into())
                .collect()
        }),
        signing_algorithms: listed(key, KeyUsage::SignVerify, |spec| {
            spec.signing_algorithms()
                .iter()
                .map(|a| a.as_str().into())
                .collect()
        }),
        mac_algorithms: listed(key, KeyUsage::GenerateVerifyMac, |spec| {
            spec.mac_algorithms()
                .iter()
                .map(|a| a.as_str().into())
                .collect()
        }),
        key_agreement_algorithms: listed(key, KeyUsage::KeyAgreement, |spec| {
            spec.key_agreement_algorithms()
                .iter()
                .map(|a| a.as_str().into())
                .collect()
        }),
        encapsulation_algorithms: listed(key, KeyUsage::EncapsulateDecapsulate, |spec| {
            spec.encapsulation_algorithms()
                .iter()
                .map(|a| a.as_str().into())
                .collect()
        }),
        multi_region: Some(key.multi_region.is_some()),
        multi_region_configuration: multi_region(key),
        current_key_material_id: match (&key.key_store, key.spec) {
            (None, KeySpec::SymmetricDefault) => key.current_material().map(ToString::to_string),
            _ => None,
        },
        ..KeyMetadata::default()
    }
}

/// The algorithms of a key that has the usage they are for.
fn listed<T>(key: &Key, usage: KeyUsage, of: fn(KeySpec) -> Vec<T>) -> Option<Vec<T>> {
    (key.usage == usage).then(|| of(key.spec))
}

fn replica_window(key: &Key) -> Option<i32> {
    match key.state {
        KeyState::PendingReplicaDeletion { window_days } => Some(window_days),
        _ => None,
    }
}

/// When the first of a key's imported materials expires, if any does; the outer `None` for a key
/// whose material was made here, or is not here now.
fn expiry(key: &Key) -> Option<Option<Timestamp>> {
    let here = key.origin == Origin::External && key.has_all_material();
    here.then(|| key.materials.iter().filter_map(MaterialInfo::expires).min())
}

fn expiration_model(expires: Option<Timestamp>) -> ExpirationModelType {
    match expires {
        Some(_) => ExpirationModelType::KeyMaterialExpires,
        None => ExpirationModelType::KeyMaterialDoesNotExpire,
    }
}

fn multi_region(key: &Key) -> Option<MultiRegionConfiguration> {
    let regions = key.multi_region.as_ref()?;
    let in_region = |region: &RegionName| MultiRegionKey {
        arn: Some(KeyArn::new(region, key.arn.account(), key.arn.key_id()).to_string()),
        region: Some(region.to_string()),
    };
    let own = if &regions.primary == key.arn.region() {
        MultiRegionKeyType::Primary
    } else {
        MultiRegionKeyType::Replica
    };
    Some(MultiRegionConfiguration {
        multi_region_key_type: Some(own),
        primary_key: Some(in_region(&regions.primary)),
        replica_keys: Some(regions.replicas.iter().map(in_region).collect()),
    })
}

/// The metadata as the response elements of a record show it.
pub(super) fn recorded_reply(metadata: &KeyMetadata) -> Option<Json> {
    Object::new()
        .member("keyMetadata", &recorded(metadata)?)
        .finish()
}

/// The metadata inside a record: lower camel case, dates as text.
pub(super) fn recorded(metadata: &KeyMetadata) -> Option<Json> {
    let regions = metadata.multi_region_configuration.as_ref().map(|m| {
        let place = |k: &MultiRegionKey| json!({"arn": k.arn, "region": k.region});
        json!({
            "multiRegionKeyType": m.multi_region_key_type,
            "primaryKey": m.primary_key.as_ref().map(place),
            "replicaKeys": m.replica_keys.iter().flatten().map(place).collect::<Vec<_>>(),
        })
    });
    let created = metadata.creation_date.map(Timestamp::from);
    Object::new()
        .maybe("aWSAccountId", metadata.aws_account_id.as_ref())
        .maybe("keyId", metadata.key_id.as_ref())
        .maybe("arn", metadata.arn.as_ref())
        .maybe(
            "creationDate",
            created.map(Timestamp::cloudtrail_text).as_ref(),
        )
        .maybe("enabled", metadata.enabled.as_ref())
        .maybe("description", metadata.description.as_ref())
        .maybe("keyUsage", metadata.key_usage.as_ref())
        .maybe("keyState", metadata.key_state.as_ref())
        .maybe("origin", metadata.origin.as_ref())
        .maybe("keyManager", metadata.key_manager.as_ref())
        .maybe(
            "customerMasterKeySpec",
            metadata.customer_master_key_spec.as_ref(),
        )
        .maybe("keySpec", metadata.key_spec.as_ref())
        .maybe(
            "encryptionAlgorithms",
            metadata.encryption_algorithms.as_ref(),
        )
        .maybe("signingAlgorithms", metadata.signing_algorithms.as_ref())
        .maybe("macAlgorithms", metadata.mac_algorithms.as_ref())
        .maybe(
            "keyAgreementAlgorithms",
            metadata.key_agreement_algorithms.as_ref(),
        )
        .maybe(
            "encapsulationAlgorithms",
            metadata.encapsulation_algorithms.as_ref(),
        )
        .maybe("multiRegion", metadata.multi_region.as_ref())
        .maybe("multiRegionConfiguration", regions.as_ref())
        .maybe(
            "currentKeyMaterialId",
            metadata.current_key_material_id.as_ref(),
        )
        .finish()
}
