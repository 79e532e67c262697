//! What KMS's permissions and condition keys are, as data. Source: Service Authorization Reference,
//! "Actions, resources, and condition keys for AWS Key Management Service"; KMS Developer Guide,
//! "Condition keys for AWS KMS"; IAM User Guide, "AWS global condition context keys".

use crate::matching::pattern::{Form, Pattern, Rules};
use crate::request::{Context, ContextKey, Value};

/// Permissions that are decided on a key.
pub(super) const ON_KEY: [&str; 47] = [
    "CancelKeyDeletion",
    "CreateAlias",
    "CreateGrant",
    "Decapsulate",
    "Decrypt",
    "DeleteAlias",
    "DeleteImportedKeyMaterial",
    "DeriveSharedSecret",
    "DescribeKey",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "EnableKeyRotation",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetKeyLastUsage",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "GetParametersForImport",
    "GetPublicKey",
    "ImportKeyMaterial",
    "ListGrants",
    "ListKeyPolicies",
    "ListKeyRotations",
    "ListResourceTags",
    "PutKeyPolicy",
    "ReEncryptFrom",
    "ReEncryptTo",
    "ReplicateKey",
    "RetireGrant",
    "RevokeGrant",
    "RotateKeyOnDemand",
    "ScheduleKeyDeletion",
    "Sign",
    "SynchronizeMultiRegionKey",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateKeyDescription",
    "UpdatePrimaryRegion",
    "Verify",
    "VerifyMac",
];

/// Permissions that have no key: identity policies alone decide them.
pub(super) const WITHOUT_KEY: [&str; 11] = [
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "CreateKey",
    "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "GenerateRandom",
    "ListAliases",
    "ListKeys",
    "ListRetirableGrants",
    "UpdateCustomKeyStore",
];

/// Permissions that are decided on an alias too.
pub(super) const ON_ALIAS: [&str; 3] = ["CreateAlias", "DeleteAlias", "UpdateAlias"];

const WITH_CONTEXT: &[&str] = &[
    "Encrypt",
    "Decrypt",
    "ReEncryptFrom",
    "ReEncryptTo",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
];
const WITH_CONTEXT_AND_GRANTS: &[&str] = &[
    "Encrypt",
    "Decrypt",
    "ReEncryptFrom",
    "ReEncryptTo",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "CreateGrant",
    "RetireGrant",
];
const WITH_ATTESTATION: &[&str] = &[
    "Decrypt",
    "DeriveSharedSecret",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateRandom",
];

/// What a value of a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Arn,
    Number,
    Date,
    Bool,
    Address,
}

/// A condition key.
pub(super) struct Key {
    /// As AWS spells it, without its free part.
    pub(super) name: &'static str,
    pub(super) kind: Type,
    pub(super) many: bool,
    /// The operations of KMS that carry it; none stands for all.
    pub(super) actions: &'static [&'static str],
}

const fn key(name: &'static str, kind: Type) -> Key {
    Key {
        name,
        kind,
        many: false,
        actions: &[],
    }
}

const fn many(name: &'static str) -> Key {
    Key {
        many: true,
        ..key(name, Type::Text)
    }
}

const fn of(name: &'static str, kind: Type, actions: &'static [&'static str]) -> Key {
    Key {
        actions,
        ..key(name, kind)
    }
}

const fn many_of(name: &'static str, actions: &'static [&'static str]) -> Key {
    Key {
        many: true,
        ..of(name, Type::Text, actions)
    }
}

pub(super) const KEYS: [Key; 91] = [
    of(
        "kms:BypassPolicyLockoutSafetyCheck",
        Type::Bool,
        &["CreateKey", "PutKeyPolicy"],
    ),
    key("kms:CallerAccount", Type::Text),
    key("kms:CustomerMasterKeySpec", Type::Text),
    key("kms:CustomerMasterKeyUsage", Type::Text),
    of(
        "kms:DataKeyPairSpec",
        Type::Text,
        &["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"],
    ),
    of("kms:EncryptionAlgorithm", Type::Text, WITH_CONTEXT),
    of("kms:EncryptionContext", Type::Text, WITH_CONTEXT_AND_GRANTS),
    many_of("kms:EncryptionContextKeys", WITH_CONTEXT_AND_GRANTS),
    of("kms:ExpirationModel", Type::Text, &["ImportKeyMaterial"]),
    of(
        "kms:GrantConstraintType",
        Type::Text,
        &["CreateGrant", "RetireGrant"],
    ),
    of("kms:GrantConstraintSourceArn", Type::Arn, &["CreateGrant"]),
    of(
        "kms:GrantIsForAWSResource",
        Type::Bool,
        &["CreateGrant", "ListGrants", "RevokeGrant"],
    ),
    many_of("kms:GrantOperations", &["CreateGrant"]),
    of("kms:GranteePrincipal", Type::Text, &["CreateGrant"]),
    of("kms:RetiringPrincipal", Type::Text, &["CreateGrant"]),
    of("kms:GranteeServicePrincipal", Type::Text, &["CreateGrant"]),
    of("kms:RetiringServicePrincipal", Type::Text, &["CreateGrant"]),
    of(
        "kms:KeyAgreementAlgorithm",
        Type::Text,
        &["DeriveSharedSecret"],
    ),
    key("kms:KeyOrigin", Type::Text),
    key("kms:KeySpec", Type::Text),
    key("kms:KeyUsage", Type::Text),
    of(
        "kms:MacAlgorithm",
        Type::Text,
        &["GenerateMac", "VerifyMac"],
    ),
    of("kms:MessageType", Type::Text, &["Sign", "Verify"]),
    key("kms:MultiRegion", Type::Bool),
    key("kms:MultiRegionKeyType", Type::Text),
    of(
        "kms:PolicyName",
        Type::Text,
        &["GetKeyPolicy", "PutKeyPolicy"],
    ),
    of("kms:PrimaryRegion", Type::Text, &["UpdatePrimaryRegion"]),
    of(
        "kms:ReEncryptOnSameKey",
        Type::Bool,
        &["ReEncryptFrom", "ReEncryptTo"],
    ),
    of("kms:RecipientAttestation", Type::Text, WITH_ATTESTATION),
    of("kms:ReplicaRegion", Type::Text, &["ReplicateKey"]),
    key("kms:RequestAlias", Type::Text),
    many("kms:ResourceAliases"),
    of(
        "kms:RotationPeriodInDays",
        Type::Number,
        &["EnableKeyRotation"],
    ),
    of(
        "kms:ScheduleKeyDeletionPendingWindowInDays",
        Type::Number,
        &["ScheduleKeyDeletion"],
    ),
    of("kms:SigningAlgorithm", Type::Text, &["Sign", "Verify"]),
    of(
        "kms:TrailingDaysWithoutKeyUsage",
        Type::Number,
        &["DisableKey", "ScheduleKeyDeletion"],
    ),
    of("kms:ValidTo", Type::Date, &["ImportKeyMaterial"]),
    key("kms:ViaService", Type::Text),
    of(
        "kms:WrappingAlgorithm",
        Type::Text,
        &["GetParametersForImport"],
    ),
    of(
        "kms:WrappingKeySpec",
        Type::Text,
        &["GetParametersForImport"],
    ),
    many("aws:CalledVia"),
    key("aws:CalledViaFirst", Type::Text),
    key("aws:CalledViaLast", Type::Text),
    key("aws:CalledViaAWSMCP", Type::Text),
    key("aws:ChatbotSourceArn", Type::Arn),
    key("aws:CurrentTime", Type::Date),
    key("aws:Ec2InstanceSourcePrivateIPv4", Type::Address),
    key("aws:Ec2InstanceSourceVpc", Type::Text),
    key("aws:EpochTime", Type::Date),
    key("aws:FederatedProvider", Type::Text),
    key("aws:MultiFactorAuthAge", Type::Number),
    key("aws:MultiFactorAuthPresent", Type::Bool),
    key("aws:AssumedRoot", Type::Bool),
    key("aws:PrincipalAccount", Type::Text),
    key("aws:PrincipalArn", Type::Arn),
    key("aws:PrincipalIsAWSService", Type::Bool),
    key("aws:PrincipalOrgID", Type::Text),
    many("aws:PrincipalOrgPaths"),
    key("aws:PrincipalServiceName", Type::Text),
    many("aws:PrincipalServiceNamesList"),
    key("aws:PrincipalTag", Type::Text),
    key("aws:PrincipalType", Type::Text),
    key("aws:Referer", Type::Text),
    key("aws:RequestedRegion", Type::Text),
    of(
        "aws:RequestTag",
        Type::Text,
        &["CreateKey", "TagResource", "ReplicateKey"],
    ),
    key("aws:ResourceAccount", Type::Text),
    key("aws:ResourceOrgID", Type::Text),
    many("aws:ResourceOrgPaths"),
    key("aws:ResourceTag", Type::Text),
    key("aws:SecureTransport", Type::Bool),
    key("aws:SourceAccount", Type::Text),
    key("aws:SourceArn", Type::Arn),
    key("aws:SourceIdentity", Type::Text),
    key("aws:SourceIp", Type::Address),
    key("aws:SourceOrgID", Type::Text),
    many("aws:SourceOrgPaths"),
    key("aws:SourceVpc", Type::Text),
    key("aws:SourceVpcArn", Type::Arn),
    key("aws:SourceVpce", Type::Text),
    many_of(
        "aws:TagKeys",
        &["CreateKey", "TagResource", "UntagResource", "ReplicateKey"],
    ),
    key("aws:TokenIssueTime", Type::Date),
    key("aws:UserAgent", Type::Text),
    key("aws:userid", Type::Text),
    key("aws:username", Type::Text),
    key("aws:SignInSessionArn", Type::Arn),
    key("aws:ViaAWSMCPService", Type::Bool),
    key("aws:ViaAWSService", Type::Bool),
    key("aws:VpceAccount", Type::Text),
    key("aws:VpceOrgID", Type::Text),
    many("aws:VpceOrgPaths"),
    key("aws:VpcSourceIp", Type::Address),
];

/// The entry of a key, if it is a known one.
pub(super) fn known(key: &ContextKey) -> Option<&'static Key> {
    KEYS.iter()
        .find(|k| k.name.eq_ignore_ascii_case(key.base()))
}

struct NoKeys;

impl Context for NoKeys {
    fn get(&self, _: &ContextKey) -> Option<Value<'_>> {
        None
    }
}

/// Whether a pattern of action names matches another name or pattern in every spelling of it.
pub(super) fn covers(pattern: &str, name: &str) -> bool {
    let rules = Rules {
        ignore_ascii_case: true,
        cross_segments: false,
    };
    Pattern::new(pattern, Form::Glob, false).matches(name, rules, &NoKeys)
}

/// The permissions of KMS, without their prefix, that a pattern stands for.
pub(super) fn permissions(pattern: &str) -> impl Iterator<Item = &'static str> {
    let full = pattern.to_owned();
    ON_KEY
        .into_iter()
        .chain(WITHOUT_KEY)
        .filter(move |name| covers(&full, &format!("kms:{name}")))
}

/// The name of a permission after `kms:`, if the text is one of KMS.
pub(super) fn after_prefix(action: &str) -> Option<&str> {
    let (service, name) = action.split_once(':')?;
    service.eq_ignore_ascii_case("kms").then_some(name)
}

/// For a name that is no permission of KMS: the nearest that is one, with its prefix.
pub(crate) fn unknown_permission(name: &str) -> Option<Option<String>> {
    let known = || ON_KEY.into_iter().chain(WITHOUT_KEY);
    if known().any(|k| k.eq_ignore_ascii_case(name)) {
        return None;
    }
    let near = known()
        .map(|k| (super::principals::distance(k, name), k))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    Some(near.map(|(_, name)| format!("kms:{name}")))
}

/// For a name with a prefix of KMS or of the global keys that is no condition key: the nearest that
/// is one.
pub(crate) fn unknown_key(name: &str) -> Option<Option<&'static str>> {
    let key = ContextKey::new(name);
    let base = key.base();
    if !(base.starts_with("kms:") || base.starts_with("aws:")) || known(&key).is_some() {
        return None;
    }
    let near = KEYS
        .iter()
        .map(|k| (super::principals::distance(k.name, base), k.name))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    Some(near.map(|(_, name)| name))
}

/// Whether a permission is decided on an alias too.
pub(crate) fn is_on_alias(name: &str) -> bool {
    ON_ALIAS.iter().any(|k| k.eq_ignore_ascii_case(name))
}
