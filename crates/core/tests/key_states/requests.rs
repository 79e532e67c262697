//! For every operation on a key: which kind of key it is for, and a request that an enabled key
//! answers. An operation that comes to be served is added here, in `requests`.

use super::keys::Made;
use serde_json::{Value, json};

const USER: &str = "arn:aws:iam::111122223333:user/admin";
const MESSAGE: &str = "aGVsbG8=";

/// The kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Symmetric,
    /// Symmetric, with material that its owner brings.
    Importing,
    Signing,
    Mac,
    Agreement,
    Encapsulation,
}

impl Kind {
    pub(crate) fn of(operation: &str, origin: &str) -> Self {
        match operation {
            "GetParametersForImport" | "ImportKeyMaterial" | "DeleteImportedKeyMaterial"
                if origin == "EXTERNAL" =>
            {
                Self::Importing
            }
            "Sign" | "Verify" | "GetPublicKey" => Self::Signing,
            "GenerateMac" | "VerifyMac" => Self::Mac,
            "DeriveSharedSecret" => Self::Agreement,
            "Encapsulate" | "Decapsulate" => Self::Encapsulation,
            _ => Self::Symmetric,
        }
    }

    pub(crate) fn spec_and_usage(self) -> (&'static str, &'static str) {
        match self {
            Self::Symmetric | Self::Importing => ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
            Self::Signing => ("ECC_NIST_P256", "SIGN_VERIFY"),
            Self::Mac => ("HMAC_256", "GENERATE_VERIFY_MAC"),
            Self::Agreement => ("ECC_NIST_P256", "KEY_AGREEMENT"),
            Self::Encapsulation => ("ML_KEM_512", "ENCAPSULATE_DECAPSULATE"),
        }
    }

    /// The operation that makes what another takes back: its name, the member of its reply, its
    /// input without the key.
    pub(crate) fn product(self) -> Option<(&'static str, &'static str, Value)> {
        Some(match self {
            Self::Importing => return None,
            Self::Symmetric => ("Encrypt", "CiphertextBlob", json!({"Plaintext": MESSAGE})),
            Self::Signing => ("Sign", "Signature", signing()),
            Self::Mac => ("GenerateMac", "Mac", mac()),
            // The public key of another pair: this one's own will do.
            Self::Agreement => ("GetPublicKey", "PublicKey", json!({})),
            Self::Encapsulation => (
                "Encapsulate",
                "SharedSecretCiphertextBlob",
                json!({"EncapsulationAlgorithm": "ML_KEM"}),
            ),
        })
    }
}

fn signing() -> Value {
    json!({"Message": MESSAGE, "SigningAlgorithm": "ECDSA_SHA_256"})
}

fn mac() -> Value {
    json!({"Message": MESSAGE, "MacAlgorithm": "HMAC_SHA_256"})
}

fn with(mut input: Value, member: &str, value: &Value) -> Value {
    input[member] = value.clone();
    input
}

/// A request of an operation, and whether it points something at the key. `other` is an enabled key
/// of the same kind. `None` for an operation that nothing is written for yet.
pub(crate) fn requests(operation: &str, key: &Made, other: &Made) -> Option<Vec<(Value, bool)>> {
    let arn = json!(key.arn);
    let grant = || json!(key.grant.as_ref().unwrap_or(&Value::Null));
    let on_key = |more: Value| with(more, "KeyId", &arn);
    let one = |input: Value| Some(vec![(input, false)]);
    match operation {
        "CancelKeyDeletion"
        | "DescribeKey"
        | "DisableKey"
        | "DisableKeyRotation"
        | "EnableKey"
        | "EnableKeyRotation"
        | "GetKeyLastUsage"
        | "GetKeyPolicy"
        | "GetKeyRotationStatus"
        | "GetPublicKey"
        | "ListAliases"
        | "ListGrants"
        | "ListKeyPolicies"
        | "ListKeyRotations"
        | "ListResourceTags"
        | "RotateKeyOnDemand"
        | "ScheduleKeyDeletion"
        | "DeleteImportedKeyMaterial" => one(on_key(json!({}))),
        "CreateAlias" => Some(vec![(
            json!({"AliasName": format!("{}/new", key.alias), "TargetKeyId": arn}),
            true,
        )]),
        "CreateGrant" => one(on_key(
            json!({"Operations": ["Encrypt"], "GranteePrincipal": USER}),
        )),
        "Decapsulate" => one(on_key(
            json!({"EncapsulationAlgorithm": "ML_KEM", "SharedSecretCiphertextBlob": key.product}),
        )),
        "Decrypt" => one(json!({"CiphertextBlob": key.product})),
        "DeleteAlias" => one(json!({"AliasName": key.alias})),
        "DeriveSharedSecret" => one(on_key(
            json!({"KeyAgreementAlgorithm": "ECDH", "PublicKey": key.product}),
        )),
        "Encapsulate" => one(on_key(json!({"EncapsulationAlgorithm": "ML_KEM"}))),
        "Encrypt" => one(on_key(json!({"Plaintext": MESSAGE}))),
        "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => {
            one(on_key(json!({"KeySpec": "AES_256"})))
        }
        "GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext" => {
            one(on_key(json!({"KeyPairSpec": "ECC_NIST_P256"})))
        }
        "GenerateMac" => one(on_key(mac())),
        "GetParametersForImport" => one(on_key(json!({
            "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048",
        }))),
        // Of a key that takes no material, nothing of it is looked at.
        "ImportKeyMaterial" if key.product.is_object() => one(key.product.clone()),
        "ImportKeyMaterial" => one(on_key(json!({
            "ImportToken": "eA==", "EncryptedKeyMaterial": "eA==",
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        }))),
        "ListRetirableGrants" => one(json!({"RetiringPrincipal": USER})),
        "PutKeyPolicy" => one(on_key(json!({"Policy": key.policy}))),
        // The state of either key counts.
        "ReEncrypt" => Some(vec![
            (
                json!({"CiphertextBlob": key.product, "DestinationKeyId": other.arn}),
                false,
            ),
            (
                json!({"CiphertextBlob": other.product, "DestinationKeyId": arn}),
                false,
            ),
        ]),
        "ReplicateKey" => one(on_key(json!({"ReplicaRegion": "us-west-2"}))),
        "RetireGrant" | "RevokeGrant" => one(on_key(json!({"GrantId": grant()}))),
        "Sign" => one(on_key(signing())),
        "TagResource" => one(on_key(json!({"Tags": [{"TagKey": "a", "TagValue": ""}]}))),
        "UntagResource" => one(on_key(json!({"TagKeys": ["a"]}))),
        "UpdateAlias" => Some(vec![
            (
                json!({"AliasName": key.alias, "TargetKeyId": other.arn}),
                false,
            ),
            (json!({"AliasName": other.alias, "TargetKeyId": arn}), true),
        ]),
        "UpdateKeyDescription" => one(on_key(json!({"Description": "new"}))),
        "UpdatePrimaryRegion" => one(on_key(json!({"PrimaryRegion": "eu-west-1"}))),
        "Verify" => one(on_key(with(signing(), "Signature", &key.product))),
        "VerifyMac" => one(on_key(with(mac(), "Mac", &key.product))),
        _ => None,
    }
}
