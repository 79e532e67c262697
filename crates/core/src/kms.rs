//! AWS KMS: its operations over the state. Source: the KMS service model (2014-11-01), API
//! reference and Developer Guide. What an operation may do is decided by the chain.

mod aliases;
mod automatic_rotation;
mod aws_managed;
mod cipher;
mod create_grant;
mod create_key;
mod custom_key_stores;
mod data_key_pair;
mod decrypt;
mod delete_key;
mod delete_material;
mod describe_key;
mod encrypt;
mod end_grant;
mod engine_grant;
mod expiry;
mod generate;
mod get_public_key;
mod grant_facts;
mod grant_principal;
mod grant_request;
mod grant_token;
mod grants;
mod import_material;
mod import_parameters;
mod import_token;
mod imported;
mod key_name;
mod key_policy;
mod key_store_members;
mod lifecycle;
mod list_keys;
mod list_rotations;
mod mac;
mod material;
mod metadata;
mod open_material;
mod operation;
mod page;
mod parameters;
mod quota_check;
mod re_encrypt;
mod related;
mod replicate_key;
mod request_facts;
mod request_quota;
mod rsa_cipher;
mod settle;
mod shared_secret;
mod sign;
mod state_check;
mod store_blob;
mod tags;
mod update_primary_region;
mod usage_check;

pub use aliases::{AliasChange, CreateAlias, DeleteAlias, ListAliases, UpdateAlias};
pub use automatic_rotation::{DisableKeyRotation, EnableKeyRotation};
pub use create_grant::{CreateGrant, Granting};
pub use create_key::CreateKey;
pub use custom_key_stores::{
    ConnectCustomKeyStore, CreateCustomKeyStore, DeleteCustomKeyStore, DescribeCustomKeyStores,
    DisconnectCustomKeyStore, UpdateCustomKeyStore,
};
pub use data_key_pair::{GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext};
pub use decrypt::{CiphertextKey, Decrypt};
pub use delete_material::DeleteImportedKeyMaterial;
pub use describe_key::{DescribeKey, Described};
pub use encrypt::Encrypt;
pub use end_grant::{RetireGrant, Retirement, RevokeGrant};
pub use generate::{GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom};
pub use get_public_key::GetPublicKey;
pub use grant_request::GrantTerms;
pub use grants::{ListGrants, ListRetirableGrants};
pub use import_material::ImportKeyMaterial;
pub use import_parameters::GetParametersForImport;
pub use key_name::NamedKey;
pub use key_policy::{GetKeyPolicy, ListKeyPolicies, PutKeyPolicy};
pub use lifecycle::{
    CancelKeyDeletion, DisableKey, EnableKey, GetKeyLastUsage, ScheduleKeyDeletion,
    UpdateKeyDescription,
};
pub use list_keys::ListKeys;
pub use list_rotations::ListKeyRotations;
pub use mac::{GenerateMac, VerifyMac};
pub use material::{GetKeyRotationStatus, RotateKeyOnDemand};
pub use re_encrypt::{BothKeys, ReEncrypt};
pub use replicate_key::ReplicateKey;
pub use request_quota::{Charge, RequestQuota, charges};
pub use shared_secret::{Decapsulate, DeriveSharedSecret, Encapsulate};
pub use sign::{Sign, Verify};
pub use tags::{ListResourceTags, TagResource, UntagResource};
pub use update_primary_region::{Successor, UpdatePrimaryRegion};

pub(crate) use automatic_rotation::rotate_by_schedule;
pub(crate) use delete_key::delete as delete_key;
pub(crate) use engine_grant::{engine_child, engine_grant};
pub(crate) use expiry::expire_material;
pub(crate) use settle::settle;

use crate::chain::Served;

/// The operations served.
pub static SERVED: &[Served] = &[
    Served::of::<CancelKeyDeletion>(),
    Served::of::<ConnectCustomKeyStore>(),
    Served::of::<CreateAlias>(),
    Served::of::<CreateCustomKeyStore>(),
    Served::of::<CreateGrant>(),
    Served::of::<CreateKey>(),
    Served::of::<Decapsulate>(),
    Served::of::<Decrypt>(),
    Served::of::<DeleteAlias>(),
    Served::of::<DeleteCustomKeyStore>(),
    Served::of::<DeleteImportedKeyMaterial>(),
    Served::of::<DeriveSharedSecret>(),
    Served::of::<DescribeCustomKeyStores>(),
    Served::of::<DescribeKey>(),
    Served::of::<DisableKey>(),
    Served::of::<DisableKeyRotation>(),
    Served::of::<DisconnectCustomKeyStore>(),
    Served::of::<EnableKey>(),
    Served::of::<EnableKeyRotation>(),
    Served::of::<Encapsulate>(),
    Served::of::<Encrypt>(),
    Served::of::<GenerateDataKey>(),
    Served::of::<GenerateDataKeyPair>(),
    Served::of::<GenerateDataKeyPairWithoutPlaintext>(),
    Served::of::<GenerateDataKeyWithoutPlaintext>(),
    Served::of::<GenerateMac>(),
    Served::of::<GenerateRandom>(),
    Served::of::<GetKeyLastUsage>(),
    Served::of::<GetKeyPolicy>(),
    Served::of::<GetKeyRotationStatus>(),
    Served::of::<GetPublicKey>(),
    Served::of::<GetParametersForImport>(),
    Served::of::<ImportKeyMaterial>(),
    Served::of::<ListAliases>(),
    Served::of::<ListGrants>(),
    Served::of::<ListKeyPolicies>(),
    Served::of::<ListKeyRotations>(),
    Served::of::<ListKeys>(),
    Served::of::<ListResourceTags>(),
    Served::of::<ListRetirableGrants>(),
    Served::of::<PutKeyPolicy>(),
    Served::of::<ReEncrypt>(),
    Served::of::<ReplicateKey>(),
    Served::of::<RetireGrant>(),
    Served::of::<RevokeGrant>(),
    Served::of::<RotateKeyOnDemand>(),
    Served::of::<ScheduleKeyDeletion>(),
    Served::of::<Sign>(),
    Served::of::<TagResource>(),
    Served::of::<UntagResource>(),
    Served::of::<UpdateAlias>(),
    Served::of::<UpdateCustomKeyStore>(),
    Served::of::<UpdateKeyDescription>(),
    Served::of::<UpdatePrimaryRegion>(),
    Served::of::<Verify>(),
    Served::of::<VerifyMac>(),
];
