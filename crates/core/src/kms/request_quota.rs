//! Request quotas: which of them a request counts towards and how much each allows in a second. They
//! are those of the account that makes the request, each for itself. What is left of one, and
//! whether any is enforced, is the server's matter. Source: KMS Developer Guide, "Request quotas";
//! the quota of ML-KEM keys and data key pairs is not published, and taken as that of the others.

use crate::state::{Alias, Key, KeyPlace, Snapshot};
use claviger_crypto::{KeyFamily, KeySpec};
use claviger_types::{AccountId, AliasArn, AliasName, KeyArn, KeyId, RegionName};
use serde_json::Value;

/// A request quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestQuota {
    /// Cryptographic operations with symmetric keys and HMAC keys, and random bytes.
    Symmetric,
    /// Cryptographic operations with RSA keys.
    Rsa,
    /// Cryptographic operations with elliptic curve keys.
    Ecc,
    /// Cryptographic operations with ML-DSA keys.
    MlDsa,
    /// Cryptographic operations with ML-KEM keys.
    MlKem,
    /// Data key pairs of a kind, by what they are called.
    DataKeyPairs(&'static str),
    /// One operation, by its name.
    Operation(&'static str),
}

/// What a request takes of one quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The Region whose quota it is.
    pub region: RegionName,
    /// The quota.
    pub quota: RequestQuota,
    /// How many requests it counts as.
    pub requests: u32,
}

/// Operations with a quota of their own, and what it allows in a second.
const OPERATIONS: [(&str, u32); 41] = [
    ("CancelKeyDeletion", 5),
    ("ConnectCustomKeyStore", 5),
    ("CreateAlias", 5),
    ("CreateCustomKeyStore", 5),
    ("CreateGrant", 50),
    ("CreateKey", 5),
    ("DeleteAlias", 15),
    ("DeleteCustomKeyStore", 5),
    ("DeleteImportedKeyMaterial", 15),
    ("DescribeCustomKeyStores", 5),
    ("DescribeKey", 2000),
    ("DisableKey", 5),
    ("DisableKeyRotation", 5),
    ("DisconnectCustomKeyStore", 5),
    ("EnableKey", 5),
    ("EnableKeyRotation", 15),
    ("GetKeyLastUsage", 5),
    ("GetKeyPolicy", 1000),
    ("GetKeyRotationStatus", 1000),
    ("GetParametersForImport", 1),
    ("GetPublicKey", 2000),
    ("ImportKeyMaterial", 15),
    ("ListAliases", 500),
    ("ListGrants", 100),
    ("ListKeyPolicies", 100),
    ("ListKeyRotations", 100),
    ("ListKeys", 500),
    ("ListResourceTags", 2000),
    ("ListRetirableGrants", 100),
    ("PutKeyPolicy", 15),
    ("ReplicateKey", 5),
    ("RetireGrant", 50),
    ("RevokeGrant", 50),
    ("RotateKeyOnDemand", 5),
    ("ScheduleKeyDeletion", 15),
    ("TagResource", 10),
    ("UntagResource", 5),
    ("UpdateAlias", 5),
    ("UpdateCustomKeyStore", 5),
    ("UpdateKeyDescription", 5),
    ("UpdatePrimaryRegion", 5),
];

/// Operations that share the quota of their key's kind.
const CRYPTOGRAPHIC: [&str; 13] = [
    "Decapsulate",
    "Decrypt",
    "DeriveSharedSecret",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GenerateRandom",
    "ReEncrypt",
    "Sign",
    "Verify",
    "VerifyMac",
];

/// Regions with the largest quota of symmetric operations, and with the next one.
const LARGEST: [&str; 3] = ["us-east-1", "us-west-2", "eu-west-1"];
const LARGE: [&str; 6] = [
    "us-east-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "eu-central-1",
    "eu-west-2",
];

impl RequestQuota {
    /// How many requests it allows in a second, by default.
    #[must_use]
    pub fn per_second(self, region: &RegionName) -> u32 {
        match self {
            Self::Symmetric if LARGEST.contains(&region.as_str()) => 100_000,
            Self::Symmetric if LARGE.contains(&region.as_str()) => 20_000,
            Self::Symmetric => 10_000,
            Self::Rsa | Self::Ecc | Self::MlDsa | Self::MlKem => 1000,
            Self::DataKeyPairs("RSA_2048") => 20,
            Self::DataKeyPairs("RSA_3072") => 4,
            Self::DataKeyPairs("RSA_4096") => 1,
            Self::DataKeyPairs("SM2") => 25,
            Self::DataKeyPairs(_) => 100,
            Self::Operation(name) => OPERATIONS
                .iter()
                .find(|(operation, _)| *operation == name)
                .map_or(u32::MAX, |(_, rate)| *rate),
        }
    }
}

/// What a request takes of which quotas of the caller's account; nothing for what is no operation
/// of KMS. `document` is as the client sent it; what in it cannot be understood counts as the
/// operation's most usual form.
#[must_use]
pub fn charges(
    operation: &str,
    document: Option<&Value>,
    account: AccountId,
    region: &RegionName,
    snapshot: &Snapshot,
) -> Vec<Charge> {
    let charge = |region: &RegionName, quota: RequestQuota, requests: u32| Charge {
        region: region.clone(),
        quota,
        requests,
    };
    let text = |member: &str| document?.get(member)?.as_str();
    let other = |member: &str| text(member).and_then(|name| name.parse::<RegionName>().ok());
    let own = OPERATIONS.iter().find(|(name, _)| *name == operation);
    if let Some((name, _)) = own {
        let mut all = vec![charge(region, RequestQuota::Operation(name), 1)];
        match *name {
            // One for the primary's Region, and two for the key that is made in the other, of which
            // one only tries.
            "ReplicateKey" => {
                let made = RequestQuota::Operation("CreateKey");
                all.extend(other("ReplicaRegion").map(|there| charge(&there, made, 2)));
            }
            "UpdatePrimaryRegion" => {
                let same = RequestQuota::Operation(name);
                all.extend(other("PrimaryRegion").map(|there| charge(&there, same, 1)));
            }
            _ => {}
        }
        return all;
    }
    if operation.starts_with("GenerateDataKeyPair") {
        let kind = pair_kind(text("KeyPairSpec").unwrap_or_default());
        return vec![charge(region, RequestQuota::DataKeyPairs(kind), 1)];
    }
    if !CRYPTOGRAPHIC.contains(&operation) {
        return Vec::new();
    }
    let named = ["KeyId", "DestinationKeyId"].into_iter().find_map(text);
    let spec = named.and_then(|name| spec_of(name, account, region, snapshot));
    vec![charge(region, of_spec(spec), 1)]
}

fn pair_kind(spec: &str) -> &'static str {
    ["RSA_2048", "RSA_3072", "RSA_4096", "SM2"]
        .into_iter()
        .find(|known| *known == spec)
        .unwrap_or("ECC")
}

/// The quota of a key's kind. Where no key is named a symmetric ciphertext names it.
fn of_spec(spec: Option<KeySpec>) -> RequestQuota {
    let Some(spec) = spec.filter(|spec| spec.family() == KeyFamily::Asymmetric) else {
        return RequestQuota::Symmetric;
    };
    let name = spec.as_str();
    let starts = |prefix: &str| name.starts_with(prefix);
    match () {
        () if starts("RSA_") => RequestQuota::Rsa,
        () if starts("ML_DSA_") => RequestQuota::MlDsa,
        () if starts("ML_KEM_") => RequestQuota::MlKem,
        () => RequestQuota::Ecc,
    }
}

/// The spec of the key that a text names, whoever may use it.
fn spec_of(
    name: &str,
    account: AccountId,
    region: &RegionName,
    snapshot: &Snapshot,
) -> Option<KeySpec> {
    let of_alias = |place| Some(snapshot.get::<Alias>(&place)?.target.clone());
    let place = if let Ok(arn) = name.parse::<KeyArn>() {
        KeyPlace::of(&arn)
    } else if let Ok(arn) = name.parse::<AliasArn>() {
        of_alias((arn.account(), arn.region().clone(), arn.name().clone()))?
    } else if let Ok(alias) = name.parse::<AliasName>() {
        of_alias((account, region.clone(), alias))?
    } else {
        let id: KeyId = name.parse().ok()?;
        let region = region.clone();
        KeyPlace {
            account,
            region,
            id,
        }
    };
    snapshot.get::<Key>(&place).map(|key| key.spec)
}
