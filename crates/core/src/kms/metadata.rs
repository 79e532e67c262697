//! How a key shows itself: `KeyMetadata` on the wire and in records. Source: KMS API reference,
//! `KeyMetadata`.

use crate::chain::Object;
use crate::state::{Key, KeyState};
use claviger_model::kms::{
    CustomerMasterKeySpec, EncryptionAlgorithmSpec, KeyManagerType, KeyMetadata, KeySpec,
    KeyUsageType, MultiRegionConfiguration, MultiRegionKey, MultiRegionKeyType, OriginType,
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
        enabled: Some(key.state == KeyState::Enabled),
        description: Some(key.description.clone()),
        key_usage: Some(KeyUsageType::EncryptDecrypt),
        key_state: Some(key.state.as_str().into()),
        deletion_date: key.state.deletion_date().map(Into::into),
        origin: Some(OriginType::from(key.origin.as_str())),
        custom_key_store_id: key.key_store.as_ref().map(|s| s.key_store_id.clone()),
        key_manager: Some(KeyManagerType::Customer),
        customer_master_key_spec: Some(CustomerMasterKeySpec::SymmetricDefault),
        key_spec: Some(KeySpec::SymmetricDefault),
        encryption_algorithms: Some(vec![EncryptionAlgorithmSpec::SymmetricDefault]),
        multi_region: Some(key.multi_region.is_some()),
        multi_region_configuration: multi_region(key),
        current_key_material_id: match key.key_store {
            None => key.current_material().map(ToString::to_string),
            Some(_) => None,
        },
        ..KeyMetadata::default()
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

/// The metadata as the response elements of a record show it: lower camel case, dates as text.
pub(super) fn recorded_reply(metadata: &KeyMetadata) -> Option<Json> {
    let regions = metadata.multi_region_configuration.as_ref().map(|m| {
        let place = |k: &MultiRegionKey| json!({"arn": k.arn, "region": k.region});
        json!({
            "multiRegionKeyType": m.multi_region_key_type,
            "primaryKey": m.primary_key.as_ref().map(place),
            "replicaKeys": m.replica_keys.iter().flatten().map(place).collect::<Vec<_>>(),
        })
    });
    let created = metadata.creation_date.map(Timestamp::from);
    let shown = Object::new()
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
        .maybe("multiRegion", metadata.multi_region.as_ref())
        .maybe("multiRegionConfiguration", regions.as_ref())
        .maybe(
            "currentKeyMaterialId",
            metadata.current_key_material_id.as_ref(),
        )
        .finish()?;
    Object::new().member("keyMetadata", &shown).finish()
}
