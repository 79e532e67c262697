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
const MATRIX: [(&str, [Cell; 3]); 33] = [
    ("CancelKeyDeletion", [NOT_PENDING, NOT_PENDING, Yes]),
    ("CreateAlias", [Yes, Yes, PENDING]),
    ("CreateGrant", [Yes, DISABLED, PENDING]),
    ("Decrypt", [Yes, DISABLED, PENDING]),
    ("DeleteAlias", [Yes, Yes, Yes]),
    ("DescribeKey", [Yes, Yes, Yes]),
    ("DisableKey", [Yes, Yes, PENDING]),
    ("DisableKeyRotation", [Yes, DISABLED, PENDING]),
    ("EnableKey", [Yes, Yes, PENDING]),
    ("EnableKeyRotation", [Yes, DISABLED, PENDING]),
    ("Encrypt", [Yes, DISABLED, PENDING]),
    ("GenerateDataKey", [Yes, DISABLED, PENDING]),
    ("GenerateDataKeyWithoutPlaintext", [Yes, DISABLED, PENDING]),
    ("GetKeyLastUsage", [Yes, Yes, Yes]),
    ("GetKeyPolicy", [Yes, Yes, Yes]),
    ("GetKeyRotationStatus", [Yes, Yes, Yes]),
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
    ("TagResource", [Yes, Yes, PENDING]),
    ("UntagResource", [Yes, Yes, PENDING]),
    // The state of the key that the alias leaves does not count.
    ("UpdateAlias", [Yes, Yes, Yes]),
    ("UpdateAlias, new key", [Yes, Yes, PENDING]),
    ("UpdateKeyDescription", [Yes, Yes, PENDING]),
];

/// Operations that work on no key, or make one.
const WITHOUT_KEY: [&str; 9] = [
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "CreateKey",
    "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "GenerateRandom",
    "ListKeys",
    "UpdateCustomKeyStore",
];

struct Fixture {
    installation: Installation,
    made: usize,
}

/// A key with an alias, a grant and a ciphertext, all made while it was enabled.
struct Made {
    arn: String,
    alias: String,
    grant: String,
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

    fn key(&mut self) -> Made {
        self.made += 1;
        let arn = self.call("CreateKey", json!({})).unwrap()["KeyMetadata"]["Arn"]
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
                       "Operations": ["Decrypt"]}),
            )
            .unwrap();
        let blob = self
            .call("Encrypt", json!({"KeyId": arn, "Plaintext": "eA=="}))
            .unwrap()["CiphertextBlob"]
            .take();
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

fn parameters(operation: &str, key: &Made, other: &str) -> Value {
    let arn = &key.arn;
    match operation {
        "CreateAlias" => json!({"AliasName": format!("{}/new", key.alias), "TargetKeyId": arn}),
        "CreateGrant" => json!({"KeyId": arn, "Operations": ["Encrypt"],
            "GranteePrincipal": "arn:aws:iam::111122223333:user/admin"}),
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
    let other = fixture.key();
    for (row, cells) in MATRIX {
        let operation = row.split(',').next().unwrap();
        for (state, cell) in ["Enabled", "Disabled", "PendingDeletion"]
            .into_iter()
            .zip(cells)
        {
            let key = fixture.key();
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
    let source = fixture.key();
    for (state, code) in [
        ("Disabled", "DisabledException"),
        ("PendingDeletion", "KMSInvalidStateException"),
    ] {
        let destination = fixture.key();
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
