//! Dry runs: every served operation whose request has `DryRun`. What would have worked ends in
//! `DryRunOperationException`, any other refusal comes first, a record is written and nothing
//! changes. Source: KMS Developer Guide, "Testing your permissions".
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod scene;

use claviger_core::kms::SERVED;
use claviger_testkit::installation::Login;
use scene::{ADMIN, ALICE, Scene, allow, policy};
use serde_json::{Value, json};

const DRY: &str = "DryRunOperationException";
const WOULD: &str = "The request would have succeeded, but the DryRun option is set.";

/// One operation: a request that works, one that is wrong by itself or for its key and how that is
/// refused, and whether a disabled key refuses it.
struct Row {
    operation: &'static str,
    works: fn(&mut Fixture) -> Value,
    wrong: fn(&mut Fixture) -> Value,
    refusal: &'static str,
    needs_enabled: bool,
}

/// An enabled key with a grant and a ciphertext.
struct Fixture {
    s: Scene,
    key: String,
}

impl Fixture {
    fn new() -> Self {
        let s = Scene::new();
        let key = s.key.clone();
        Self { s, key }
    }

    fn admin(&mut self, operation: &str, document: Value) -> Value {
        self.s
            .admin(operation, document)
            .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
    }

    /// Moves the fixture to a key of another spec.
    fn key_of(&mut self, spec: &str, usage: &str) -> String {
        let asked = json!({"KeySpec": spec, "KeyUsage": usage});
        let made = self.admin("CreateKey", asked);
        self.key = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
        self.key.clone()
    }

    fn blob(&mut self) -> Value {
        let key = self.key.clone();
        self.admin("Encrypt", json!({"KeyId": key, "Plaintext": "eA=="}))["CiphertextBlob"].take()
    }

    fn grant(&mut self) -> Value {
        let asked = json!({"KeyId": self.key, "GranteePrincipal": ADMIN,
            "RetiringPrincipal": ADMIN, "Operations": ["Decrypt"]});
        self.admin("CreateGrant", asked)
    }
}

fn keyed(f: &Fixture, more: Value) -> Value {
    let mut document = more;
    document["KeyId"] = json!(f.key);
    document
}

fn signed(f: &mut Fixture) -> Value {
    f.key_of("ECC_NIST_P256", "SIGN_VERIFY");
    let asked = json!({"Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256"});
    let document = keyed(f, asked);
    let made = f.admin("Sign", document.clone());
    let mut document = document;
    document["Signature"] = made["Signature"].clone();
    document
}

fn authenticated(f: &mut Fixture) -> Value {
    f.key_of("HMAC_256", "GENERATE_VERIFY_MAC");
    let document = keyed(
        f,
        json!({"Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"}),
    );
    let made = f.admin("GenerateMac", document.clone());
    let mut document = document;
    document["Mac"] = made["Mac"].clone();
    document
}

fn agreement(f: &mut Fixture) -> Value {
    let peer = f.key_of("ECC_NIST_P256", "KEY_AGREEMENT");
    let public = f.admin("GetPublicKey", json!({"KeyId": peer}))["PublicKey"].take();
    f.key_of("ECC_NIST_P256", "KEY_AGREEMENT");
    keyed(
        f,
        json!({"PublicKey": public, "KeyAgreementAlgorithm": "ECDH"}),
    )
}

fn encapsulated(f: &mut Fixture) -> Value {
    f.key_of("ML_KEM_768", "ENCAPSULATE_DECAPSULATE");
    let document = keyed(f, json!({"EncapsulationAlgorithm": "ML_KEM"}));
    let made = f.admin("Encapsulate", document.clone());
    let mut document = document;
    document["SharedSecretCiphertextBlob"] = made["SharedSecretCiphertextBlob"].clone();
    document
}

fn without(mut document: Value, member: &str) -> Value {
    document.as_object_mut().unwrap().remove(member);
    document
}

fn with(mut document: Value, member: &str, value: Value) -> Value {
    document[member] = value;
    document
}

fn rows() -> Vec<Row> {
    let row = |operation, works, wrong, refusal| Row {
        operation,
        works,
        wrong,
        refusal,
        needs_enabled: true,
    };
    let data_key: fn(&mut Fixture) -> Value = |f| keyed(f, json!({"KeySpec": "AES_256"}));
    let no_length: fn(&mut Fixture) -> Value = |f| keyed(f, json!({}));
    let data_pair: fn(&mut Fixture) -> Value =
        |f| keyed(f, json!({"KeyPairSpec": "ECC_NIST_P256"}));
    let grant: fn(&mut Fixture) -> Value = |f| {
        keyed(
            f,
            json!({"GranteePrincipal": ALICE, "Operations": ["Decrypt"]}),
        )
    };
    vec![
        row(
            "CreateGrant",
            grant,
            |f| {
                keyed(
                    f,
                    json!({"GranteePrincipal": format!("{ALICE}x"), "Operations": ["Decrypt"]}),
                )
            },
            "InvalidArnException",
        ),
        row(
            "Decapsulate",
            encapsulated,
            |f| with(encapsulated(f), "SharedSecretCiphertextBlob", json!("eA==")),
            "InvalidCiphertextException",
        ),
        row(
            "Decrypt",
            |f| json!({"CiphertextBlob": f.blob()}),
            |f| json!({"CiphertextBlob": f.blob(), "EncryptionContext": {"a": "b"}}),
            "InvalidCiphertextException",
        ),
        row(
            "DeriveSharedSecret",
            agreement,
            |f| with(agreement(f), "PublicKey", json!("eA==")),
            "ValidationException",
        ),
        row(
            "Encapsulate",
            |f| without(encapsulated(f), "SharedSecretCiphertextBlob"),
            |f| keyed(f, json!({"EncapsulationAlgorithm": "ML_KEM"})),
            "InvalidKeyUsageException",
        ),
        row(
            "Encrypt",
            |f| keyed(f, json!({"Plaintext": "eA=="})),
            |f| {
                keyed(
                    f,
                    json!({"Plaintext": "eA==", "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}),
                )
            },
            "InvalidKeyUsageException",
        ),
        row(
            "GenerateDataKey",
            data_key,
            no_length,
            "ValidationException",
        ),
        row(
            "GenerateDataKeyPair",
            data_pair,
            no_length,
            "ValidationException",
        ),
        row(
            "GenerateDataKeyPairWithoutPlaintext",
            data_pair,
            no_length,
            "ValidationException",
        ),
        row(
            "GenerateDataKeyWithoutPlaintext",
            data_key,
            no_length,
            "ValidationException",
        ),
        row(
            "GenerateMac",
            |f| without(authenticated(f), "Mac"),
            |f| {
                keyed(
                    f,
                    json!({"Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"}),
                )
            },
            "InvalidKeyUsageException",
        ),
        row(
            "ReEncrypt",
            |f| json!({"CiphertextBlob": f.blob(), "DestinationKeyId": f.key}),
            |f| {
                json!({"CiphertextBlob": f.blob(), "DestinationKeyId": f.key,
                    "SourceEncryptionContext": {"a": "b"}})
            },
            "InvalidCiphertextException",
        ),
        Row {
            operation: "RetireGrant",
            works: |f| json!({"GrantToken": f.grant()["GrantToken"]}),
            wrong: |_| json!({"GrantToken": "eA=="}),
            refusal: "InvalidGrantTokenException",
            needs_enabled: false,
        },
        Row {
            operation: "RevokeGrant",
            works: |f| {
                let id = f.grant()["GrantId"].take();
                keyed(f, json!({"GrantId": id}))
            },
            wrong: |f| keyed(f, json!({"GrantId": "0".repeat(64)})),
            refusal: "InvalidGrantIdException",
            needs_enabled: false,
        },
        row(
            "Sign",
            |f| without(signed(f), "Signature"),
            |f| {
                keyed(
                    f,
                    json!({"Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256"}),
                )
            },
            "InvalidKeyUsageException",
        ),
        row(
            "Verify",
            signed,
            |f| with(signed(f), "Message", json!("eQ==")),
            "KMSInvalidSignatureException",
        ),
        row(
            "VerifyMac",
            authenticated,
            |f| with(authenticated(f), "Message", json!("eQ==")),
            "KMSInvalidMacException",
        ),
    ]
}

fn has_dry_run(operation: &str) -> bool {
    let service = claviger_testkit::installation::service_of("kms");
    let input = service.operation(operation).and_then(|op| op.input);
    input.is_some_and(|input| input.members.iter().any(|m| m.name == "DryRun"))
}

/// The rows are the operations whose request has the member, no more and no fewer.
#[test]
fn the_matrix_is_complete() {
    let service = claviger_testkit::installation::service_of("kms");
    let wanted: Vec<&str> = service
        .operations
        .iter()
        .map(|op| op.name)
        .filter(|name| has_dry_run(name))
        .collect();
    let found: Vec<&str> = rows().iter().map(|row| row.operation).collect();
    assert_eq!(found, wanted);
}

fn served() -> impl Iterator<Item = Row> {
    let is_served = |row: &Row| SERVED.iter().any(|s| s.name == row.operation);
    rows().into_iter().filter(is_served)
}

/// A dry run: what it is refused with, after looking that it left a record and nothing else.
fn dry_run(f: &mut Fixture, who: &Login, row: &Row, document: Value) -> (String, String) {
    let (rows, records) = (f.s.i.rows.clone(), f.s.i.records.len());
    let key = f.key.clone();
    let used = f.admin("GetKeyLastUsage", json!({"KeyId": key}))["KeyLastUsage"].take();
    let document = with(document, "DryRun", json!(true));
    let found = f.s.call(who, row.operation, document).unwrap_err();
    assert!(f.s.i.rows == rows, "{} changed something", row.operation);
    // The question about the last use left a record too.
    assert_eq!(f.s.i.records.len(), records + 2, "{}", row.operation);
    let record = f.s.i.records.last().unwrap();
    assert_eq!(record.event_name, row.operation);
    // Records have the denial under CloudTrail's name.
    let recorded = match found.0.as_str() {
        "AccessDeniedException" => "AccessDenied",
        code => code,
    };
    assert_eq!(record.error_code.as_deref(), Some(recorded));
    let shown = serde_json::to_value(record).unwrap();
    assert_eq!(shown["responseElements"], Value::Null, "{}", row.operation);
    if row.operation == "RetireGrant" {
        assert_eq!(shown["requestParameters"], Value::Null);
    } else {
        assert_eq!(shown["requestParameters"]["dryRun"], json!(true), "{shown}");
    }
    let after = f.admin("GetKeyLastUsage", json!({"KeyId": key}))["KeyLastUsage"].take();
    assert_eq!(after, used, "{}", row.operation);
    found
}

#[test]
fn what_would_work_says_so_and_changes_nothing() {
    for row in served() {
        let mut f = Fixture::new();
        let document = (row.works)(&mut f);
        let admin = f.s.i.admin.clone();
        let found = dry_run(&mut f, &admin, &row, document.clone());
        let wanted = (DRY.to_owned(), WOULD.to_owned());
        assert_eq!(found, wanted, "{}", row.operation);
        // It would have: the same request works without the member, and with it set to false.
        let real = with(document, "DryRun", json!(false));
        f.admin(row.operation, real);
    }
}

#[test]
fn any_other_refusal_comes_first() {
    for row in served() {
        let mut f = Fixture::new();
        let document = (row.wrong)(&mut f);
        let admin = f.s.i.admin.clone();
        let found = dry_run(&mut f, &admin, &row, document);
        assert_eq!(found.0, row.refusal, "{}", row.operation);

        let mut f = Fixture::new();
        let document = (row.works)(&mut f);
        let alice = f.s.alice.clone();
        let found = dry_run(&mut f, &alice, &row, document);
        assert_eq!(found.0, "AccessDeniedException", "{}", row.operation);

        let mut f = Fixture::new();
        let document = (row.works)(&mut f);
        let key = f.key.clone();
        f.admin("DisableKey", json!({"KeyId": key}));
        let found = dry_run(&mut f, &admin, &row, document);
        let wanted = match row.needs_enabled {
            true => "DisabledException",
            false => DRY,
        };
        assert_eq!(found.0, wanted, "{}", row.operation);
    }
}

/// `IGNORE_CIPHERTEXT`: permission without a ciphertext, which needs the key's name; of no effect
/// without a dry run.
#[test]
fn without_a_ciphertext() {
    let ignore = json!(["IGNORE_CIPHERTEXT"]);
    let dry = |document: Value| {
        let document = with(document, "DryRunModifiers", ignore.clone());
        with(document, "DryRun", json!(true))
    };
    let null = |member: &str| {
        format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: \
             Member must not be null"
        )
    };
    for (operation, document, code, text) in [
        (
            "Decrypt",
            dry(json!({"KeyId": "KEY"})),
            DRY,
            WOULD.to_owned(),
        ),
        (
            "Decrypt",
            dry(json!({"KeyId": "KEY", "CiphertextBlob": "eA=="})),
            DRY,
            WOULD.to_owned(),
        ),
        (
            "Decrypt",
            dry(json!({"KeyId": "KEY", "EncryptionContext": {"a": "b"}})),
            DRY,
            WOULD.to_owned(),
        ),
        (
            "Decrypt",
            dry(json!({})),
            "ValidationException",
            null("keyId"),
        ),
        (
            "Decrypt",
            dry(json!({"CiphertextBlob": "BLOB"})),
            "ValidationException",
            null("keyId"),
        ),
        (
            "Decrypt",
            json!({"KeyId": "KEY", "DryRun": true}),
            "ValidationException",
            null("ciphertextBlob"),
        ),
        (
            "Decrypt",
            json!({"KeyId": "KEY", "DryRunModifiers": ignore}),
            "ValidationException",
            null("ciphertextBlob"),
        ),
        (
            "Decrypt",
            json!({"KeyId": "KEY", "DryRun": false, "DryRunModifiers": ignore}),
            "ValidationException",
            null("ciphertextBlob"),
        ),
        (
            "Decrypt",
            dry(json!({"KeyId": "KEY", "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"})),
            "InvalidKeyUsageException",
            "Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT."
                .to_owned(),
        ),
        (
            "ReEncrypt",
            dry(json!({"SourceKeyId": "KEY", "DestinationKeyId": "KEY"})),
            DRY,
            WOULD.to_owned(),
        ),
        (
            "ReEncrypt",
            dry(json!({"DestinationKeyId": "KEY"})),
            "ValidationException",
            null("sourceKeyId"),
        ),
        (
            "ReEncrypt",
            dry(json!({"DestinationKeyId": "KEY", "CiphertextBlob": "BLOB"})),
            "ValidationException",
            null("sourceKeyId"),
        ),
        (
            "ReEncrypt",
            json!({"SourceKeyId": "KEY", "DestinationKeyId": "KEY", "DryRunModifiers": ignore}),
            "ValidationException",
            null("ciphertextBlob"),
        ),
    ] {
        let mut f = Fixture::new();
        let blob = f.blob();
        let text_of = document.to_string();
        let filled = text_of
            .replace("\"KEY\"", &json!(f.key).to_string())
            .replace("\"BLOB\"", &blob.to_string());
        let document: Value = serde_json::from_str(&filled).unwrap();
        let found = f.s.admin(operation, document.clone()).unwrap_err();
        assert_eq!(found, (code.to_owned(), text), "{operation} {text_of}");
        // Whoever may not use the key is not told more; and a disabled key is told.
        if found.0 == DRY {
            let alice = f.s.alice.clone();
            let denied = f.s.call(&alice, operation, document.clone()).unwrap_err();
            assert_eq!(denied.0, "AccessDeniedException", "{operation} {text_of}");
            let key = f.key.clone();
            f.admin("DisableKey", json!({"KeyId": key}));
            let refused = f.s.admin(operation, document).unwrap_err();
            assert_eq!(refused.0, "DisabledException", "{operation} {text_of}");
        }
    }
}

/// Each key of a ReEncrypt is asked for its own permission.
#[test]
fn re_encrypt_without_a_ciphertext_asks_both_keys() {
    let mut f = Fixture::new();
    let other = f.admin("CreateKey", json!({}))["KeyMetadata"]["Arn"].take();
    let key = f.key.clone();
    let document = json!({"SourceKeyId": key, "DestinationKeyId": other, "DryRun": true,
        "DryRunModifiers": ["IGNORE_CIPHERTEXT"]});
    let alice = f.s.alice.clone();
    let mut asked = Vec::new();
    for (at, action) in [
        (&json!(key), "kms:ReEncryptFrom"),
        (&other, "kms:ReEncryptTo"),
    ] {
        let found = f.s.call(&alice, "ReEncrypt", document.clone()).unwrap_err();
        assert_eq!(found.0, "AccessDeniedException");
        asked.push(found.1);
        let statements = json!([
            allow("arn:aws:iam::111122223333:root", "kms:*"),
            allow(ALICE, action)
        ]);
        f.admin(
            "PutKeyPolicy",
            json!({"KeyId": at, "Policy": policy(statements)}),
        );
    }
    assert!(asked[0].contains("kms:ReEncryptFrom") && asked[1].contains("kms:ReEncryptTo"));
    assert_eq!(f.s.call(&alice, "ReEncrypt", document).unwrap_err().0, DRY);
}
