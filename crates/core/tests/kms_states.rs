//! Key states and operations: the whole matrix of the KMS Developer Guide's table "Key states of
//! AWS KMS keys", for the states and operations served, as data.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_testkit::installation::Installation;
use serde_json::{Value, json};

/// What the table says of a state: allowed, or the exception and how its text ends after the ARN.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    Ok,
    Refused(&'static str, &'static str),
}
use Cell::{Ok as Yes, Refused};

const DISABLED: Cell = Refused("DisabledException", " is disabled.");
const PENDING: Cell = Refused("KMSInvalidStateException", " is pending deletion.");
const NOT_PENDING: Cell = Refused("KMSInvalidStateException", " is not pending deletion.");

/// Operation, then Enabled, Disabled, PendingDeletion.
const MATRIX: [(&str, [Cell; 3]); 43] = [
    ("CancelKeyDeletion", [NOT_PENDING, NOT_PENDING, Yes]),
    ("CreateAlias", [Yes, Yes, PENDING]),
    ("CreateGrant", [Yes, DISABLED, PENDING]),
    ("Decapsulate", [Yes, DISABLED, PENDING]),
    ("Decrypt", [Yes, DISABLED, PENDING]),
    ("DeleteAlias", [Yes, Yes, Yes]),
    ("DeriveSharedSecret", [Yes, DISABLED, PENDING]),
    ("DescribeKey", [Yes, Yes, Yes]),
    ("DisableKey", [Yes, Yes, PENDING]),
    ("DisableKeyRotation", [Yes, DISABLED, PENDING]),
    ("EnableKey", [Yes, Yes, PENDING]),
    ("EnableKeyRotation", [Yes, DISABLED, PENDING]),
    ("Encapsulate", [Yes, DISABLED, PENDING]),
    ("Encrypt", [Yes, DISABLED, PENDING]),
    ("GenerateDataKey", [Yes, DISABLED, PENDING]),
    ("GenerateDataKeyPair", [Yes, DISABLED, PENDING]),
    (
        "GenerateDataKeyPairWithoutPlaintext",
        [Yes, DISABLED, PENDING],
    ),
    ("GenerateDataKeyWithoutPlaintext", [Yes, DISABLED, PENDING]),
    ("GenerateMac", [Yes, DISABLED, PENDING]),
    ("GetKeyLastUsage", [Yes, Yes, Yes]),
    ("GetKeyPolicy", [Yes, Yes, Yes]),
    ("GetKeyRotationStatus", [Yes, Yes, Yes]),
    ("GetPublicKey", [Yes, Yes, PENDING]),
    ("ListAliases", [Yes, Yes, Yes]),
    ("ListGrants", [Yes, Yes, Yes]),
    ("ListKeyPolicies", [Yes, Yes, Yes]),
    ("ListKeyRotations", [Yes, Yes, Yes]),
    ("ListResourceTags", [Yes, Yes, Yes]),
    ("ListRetirableGrants", [Yes, Yes, Yes]),
    ("PutKeyPolicy", [Yes, Yes, Yes]),
    ("ReEncrypt", [Yes, DISABLED, PENDING]),
    ("RetireGrant", [Yes, Yes, Yes]),
    ("RevokeGrant", [Yes, Yes, Yes]),
    ("RotateKeyOnDemand", [Yes, DISABLED, PENDING]),
    ("ScheduleKeyDeletion", [Yes, Yes, PENDING]),
    ("Sign", [Yes, DISABLED, PENDING]),
    ("TagResource", [Yes, Yes, PENDING]),
    ("UntagResource", [Yes, Yes, PENDING]),
    // The state of the key that the alias leaves does not count.
    ("UpdateAlias", [Yes, Yes, Yes]),
    ("UpdateAlias, new key", [Yes, Yes, PENDING]),
    ("UpdateKeyDescription", [Yes, Yes, PENDING]),
    ("Verify", [Yes, DISABLED, PENDING]),
    ("VerifyMac", [Yes, DISABLED, PENDING]),
];

/// Operations that work on no key, or make one.
const WITHOUT_KEY: [&str; 3] = ["CreateKey", "GenerateRandom", "ListKeys"];

struct Fixture {
    installation: Installation,
    made: usize,
}

/// A key with an alias, a grant and a ciphertext, all made while it was enabled.
struct Made {
    arn: String,
    alias: String,
    grant: String,
    /// A ciphertext, a signature, a MAC or a public key, by the kind of key.
    blob: Value,
    policy: Value,
}

impl Fixture {
    fn call(&mut self, operation: &str, document: Value) -> Result<Value, (String, String)> {
        let admin = self.installation.admin.clone();
        self.installation
            .call(&admin, "kms", operation, document)
            .map_err(|e| {
                let message = e.message.unwrap_or_default().into_owned();
                (e.shape.code.to_owned(), message)
            })
    }

    fn key(&mut self, operation: &str) -> Made {
        self.made += 1;
        let arn = self.call("CreateKey", kind(operation)).unwrap()["KeyMetadata"]["Arn"]
            .as_str()
            .unwrap()
            .to_owned();
        let alias = format!("alias/a{}", self.made);
        self.call(
            "CreateAlias",
            json!({"AliasName": alias, "TargetKeyId": arn}),
        )
        .unwrap();
        let grant = self
            .call(
                "CreateGrant",
                json!({"KeyId": arn, "GranteePrincipal": "arn:aws:iam::111122223333:user/admin",
                       "Operations": ["DescribeKey"]}),
            )
            .unwrap();
        let (first, more, member) = beforehand(operation);
        let mut document = more;
        document["KeyId"] = json!(arn);
        let blob = self.call(first, document).unwrap()[member].take();
        let policy = self.call("GetKeyPolicy", json!({"KeyId": arn})).unwrap()["Policy"].take();
        Made {
            arn,
            alias,
            grant: grant["GrantId"].as_str().unwrap().to_owned(),
            blob,
            policy,
        }
    }

    fn bring(&mut self, arn: &str, state: &str) {
        match state {
            "Enabled" => {}
            "Disabled" => {
                self.call("DisableKey", json!({"KeyId": arn})).unwrap();
            }
            _ => {
                self.call("ScheduleKeyDeletion", json!({"KeyId": arn}))
                    .unwrap();
            }
        }
        let now = self.call("DescribeKey", json!({"KeyId": arn})).unwrap();
        assert_eq!(now["KeyMetadata"]["KeyState"], state);
        assert_eq!(now["KeyMetadata"]["Enabled"], state == "Enabled");
    }
}

/// What kind of key an operation works on.
fn kind(operation: &str) -> Value {
    match operation {
        "Sign" | "Verify" | "GetPublicKey" => {
            json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})
        }
        "GenerateMac" | "VerifyMac" => {
            json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"})
        }
        "DeriveSharedSecret" => json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"}),
        "Encapsulate" | "Decapsulate" => {
            json!({"KeySpec": "ML_KEM_512", "KeyUsage": "ENCAPSULATE_DECAPSULATE"})
        }
        _ => json!({}),
    }
}

/// What is made with the key while it is enabled: the operation, its parameters and the member of its
/// answer that is kept.
fn beforehand(operation: &str) -> (&'static str, Value, &'static str) {
    match operation {
        "Sign" | "Verify" => (
            "Sign",
            json!({"Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256"}),
            "Signature",
        ),
        "GenerateMac" | "VerifyMac" => (
            "GenerateMac",
            json!({"Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"}),
            "Mac",
        ),
        "DeriveSharedSecret" | "GetPublicKey" => ("GetPublicKey", json!({}), "PublicKey"),
        "Encapsulate" | "Decapsulate" => (
            "Encapsulate",
            json!({"EncapsulationAlgorithm": "ML_KEM"}),
            "SharedSecretCiphertextBlob",
        ),
        _ => ("Encrypt", json!({"Plaintext": "eA=="}), "CiphertextBlob"),
    }
}

fn parameters(operation: &str, key: &Made, other: &str) -> Value {
    let arn = &key.arn;
    match operation {
        "CreateAlias" => json!({"AliasName": format!("{}/new", key.alias), "TargetKeyId": arn}),
        "CreateGrant" => json!({"KeyId": arn, "Operations": ["Encrypt"],
            "GranteePrincipal": "arn:aws:iam::111122223333:user/admin"}),
        "Decapsulate" => json!({"KeyId": arn, "EncapsulationAlgorithm": "ML_KEM",
            "SharedSecretCiphertextBlob": key.blob}),
        "DeriveSharedSecret" => json!({"KeyId": arn, "KeyAgreementAlgorithm": "ECDH",
            "PublicKey": key.blob}),
        "Encapsulate" => json!({"KeyId": arn, "EncapsulationAlgorithm": "ML_KEM"}),
        "GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext" => {
            json!({"KeyId": arn, "KeyPairSpec": "ECC_NIST_P256"})
        }
        "GenerateMac" => json!({"KeyId": arn, "Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"}),
        "VerifyMac" => json!({"KeyId": arn, "Message": "eA==", "MacAlgorithm": "HMAC_SHA_256",
            "Mac": key.blob}),
        "Sign" => json!({"KeyId": arn, "Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256"}),
        "Verify" => json!({"KeyId": arn, "Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256",
            "Signature": key.blob}),
        "Decrypt" => json!({"CiphertextBlob": key.blob}),
        "DeleteAlias" => json!({"AliasName": key.alias}),
        "Encrypt" => json!({"KeyId": arn, "Plaintext": "eA=="}),
        "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => {
            json!({"KeyId": arn, "KeySpec": "AES_256"})
        }
        "ListRetirableGrants" => {
            json!({"RetiringPrincipal": "arn:aws:iam::111122223333:user/admin"})
        }
        "PutKeyPolicy" => json!({"KeyId": arn, "Policy": key.policy}),
        "ReEncrypt" => json!({"CiphertextBlob": key.blob, "DestinationKeyId": other}),
        "RetireGrant" | "RevokeGrant" => json!({"KeyId": arn, "GrantId": key.grant}),
        "TagResource" => json!({"KeyId": arn, "Tags": [{"TagKey": "a", "TagValue": ""}]}),
        "UntagResource" => json!({"KeyId": arn, "TagKeys": ["a"]}),
        "UpdateAlias" => json!({"AliasName": key.alias, "TargetKeyId": other}),
        "UpdateAlias, new key" => json!({"AliasName": "alias/a1", "TargetKeyId": arn}),
        "UpdateKeyDescription" => json!({"KeyId": arn, "Description": "new"}),
        _ => json!({"KeyId": arn}),
    }
}

#[test]
fn every_operation_in_every_state() {
    let mut fixture = Fixture {
        installation: Installation::new(),
        made: 0,
    };
    let other = fixture.key("");
    for (row, cells) in MATRIX {
        let operation = row.split(',').next().unwrap();
        for (state, cell) in ["Enabled", "Disabled", "PendingDeletion"]
            .into_iter()
            .zip(cells)
        {
            let key = fixture.key(operation);
            fixture.bring(&key.arn, state);
            let found = fixture.call(operation, parameters(row, &key, &other.arn));
            let wanted = match cell {
                Yes => Ok(()),
                Refused(code, text) => Err((code.to_owned(), format!("{}{text}", key.arn))),
            };
            assert_eq!(found.map(|_| ()), wanted, "{row} of a key that is {state}");
        }
    }
}

/// ReEncrypt looks at both keys.
#[test]
fn the_destination_of_re_encrypt_counts_too() {
    let mut fixture = Fixture {
        installation: Installation::new(),
        made: 0,
    };
    let source = fixture.key("");
    for (state, code) in [
        ("Disabled", "DisabledException"),
        ("PendingDeletion", "KMSInvalidStateException"),
    ] {
        let destination = fixture.key("");
        fixture.bring(&destination.arn, state);
        let found = fixture.call(
            "ReEncrypt",
            parameters("ReEncrypt", &source, &destination.arn),
        );
        assert_eq!(found.unwrap_err().0, code, "{state}");
    }
}

/// No served operation on a key is missing from the matrix.
#[test]
fn the_matrix_is_complete() {
    let mut served: Vec<&str> = claviger_core::kms::SERVED.iter().map(|s| s.name).collect();
    served.retain(|name| !WITHOUT_KEY.contains(name));
    served.sort_unstable();
    let mut rows: Vec<&str> = MATRIX
        .iter()
        .map(|(row, _)| row.split(',').next().unwrap())
        .collect();
    rows.dedup();
    assert_eq!(rows, served);
}
