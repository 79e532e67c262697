//! The typed shapes: read and written under the model's names, silent about what is sensitive; and
//! whatever validation lets pass can be read.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop where it fails"
)]

use claviger_model::{
    Blob, Epoch, KMS, SERVICES, SecretBlob, Structure, iam, identitystore, kms, sso_admin, sts,
    validate,
};
use claviger_types::Timestamp;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

#[test]
fn structures_keep_the_models_names() {
    let request = kms::EncryptRequest {
        key_id: Some("k".to_owned()),
        plaintext: Some(SecretBlob::from(b"abc".to_vec())),
        encryption_algorithm: Some("SYMMETRIC_DEFAULT".into()),
        ..Default::default()
    };
    let document =
        json!({"KeyId": "k", "Plaintext": "YWJj", "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"});
    assert_eq!(serde_json::to_value(&request).unwrap(), document);
    assert_eq!(
        serde_json::from_value::<kms::EncryptRequest>(document).unwrap(),
        request
    );
    let text = r#"{"Unknown": {"a": [1]}, "KeyId": "k", "Plaintext": "YWJj", "DryRun": null, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}"#;
    assert_eq!(
        serde_json::from_str::<kms::EncryptRequest>(text).unwrap(),
        request
    );
    let printed = format!("{request:?}");
    assert!(
        !printed.contains("97") && !printed.contains("abc"),
        "{printed}"
    );
}

#[test]
fn sensitive_texts_do_not_print() {
    let user: identitystore::CreateUserRequest =
        serde_json::from_value(json!({"UserName": "bob"})).unwrap();
    assert_eq!(user.user_name.as_deref(), Some("bob"));
    assert!(!format!("{user:?}").contains("bob"));
    assert_eq!(
        serde_json::to_value(&user).unwrap(),
        json!({"UserName": "bob"})
    );
}

#[test]
fn values_of_enums() {
    for (text, expect) in [
        ("ECC_NIST_P256", kms::KeySpec::EccNistP256),
        ("ML_KEM_768", kms::KeySpec::MlKem768),
        ("none such", kms::KeySpec::Other("none such".to_owned())),
    ] {
        assert_eq!(kms::KeySpec::from(text), expect);
        assert_eq!(expect.as_str(), text);
        assert_eq!(serde_json::to_value(&expect).unwrap(), json!(text));
        assert_eq!(
            serde_json::from_value::<kms::KeySpec>(json!(text)).unwrap(),
            expect
        );
    }
    assert_eq!(kms::KeySpec::VALUES.len(), 20);
}

#[test]
fn moments() {
    for (millis, expect) in [
        (0, "0"),
        (1_767_225_600_000, "1767225600"),
        (1_767_225_600_500, "1767225600.5"),
        (1_767_225_600_123, "1767225600.123"),
    ] {
        let moment = Timestamp::from_millis(millis);
        let text = serde_json::to_string(&Epoch::from(moment)).unwrap();
        assert_eq!(text, expect);
        let read: Epoch = serde_json::from_str(&text).unwrap();
        assert_eq!(Timestamp::from(read), moment);
    }
}

#[test]
fn services() {
    let ids: Vec<_> = SERVICES
        .iter()
        .map(|s| (s.id, s.operations.len()))
        .collect();
    assert_eq!(
        ids,
        [
            ("kms", 56),
            ("sts", 12),
            ("iam", 181),
            ("sso-admin", 79),
            ("identitystore", 22),
            ("cloudtrail", 60),
            ("organizations", 63)
        ]
    );
    for service in SERVICES {
        for operation in service.operations {
            let found = service.operation(operation.name).unwrap();
            assert!(std::ptr::eq(found, operation), "{}", operation.name);
        }
        assert!(service.operation("NoSuchOperation").is_none());
    }
    assert_eq!(SERVICES[3].event_source, "sso.amazonaws.com");
}

#[test]
fn errors() {
    for (error, code, status, fault) in [
        (
            &kms::error::NOT_FOUND_EXCEPTION,
            "NotFoundException",
            400,
            false,
        ),
        (
            &kms::error::KMS_INTERNAL_EXCEPTION,
            "KMSInternalException",
            500,
            true,
        ),
        (
            &iam::error::NO_SUCH_ENTITY_EXCEPTION,
            "NoSuchEntity",
            404,
            false,
        ),
        (
            &iam::error::SERVICE_FAILURE_EXCEPTION,
            "ServiceFailure",
            500,
            true,
        ),
        (
            &sts::error::MALFORMED_POLICY_DOCUMENT_EXCEPTION,
            "MalformedPolicyDocument",
            400,
            false,
        ),
        (
            &sso_admin::error::CONFLICT_EXCEPTION,
            "ConflictException",
            400,
            false,
        ),
    ] {
        assert_eq!(
            (error.code, error.status, error.fault),
            (code, status, fault)
        );
    }
    assert_eq!(kms::error::NOT_FOUND_EXCEPTION.message_member, "message");
    assert_eq!(
        sso_admin::error::CONFLICT_EXCEPTION.message_member,
        "Message"
    );
}

/// Values of every kind, good and bad, for any member.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..2000_i64).prop_map(Value::from),
        any::<f64>().prop_map(|f| json!(f)),
        "[a-zA-Z0-9+/=_-]{0,12}".prop_map(Value::from),
        "[A-Za-z0-9+/]{8}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(kms::GrantOperation::VALUES).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(
                prop::sample::select(vec!["TagKey", "TagValue", "EncryptionContextEquals", "k"]),
                inner,
                0..4
            )
            .prop_map(|m| m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

/// Documents whose members have the structure's names.
fn document(structure: &'static Structure) -> impl Strategy<Value = Value> {
    let names: Vec<_> = structure.members.iter().map(|m| m.name).collect();
    prop::collection::btree_map(prop::sample::select(names), any_value(), 0..4)
        .prop_map(|m| m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}

/// Fills what is required, so that a fair share of the documents is valid.
fn completed(mut document: Value) -> Value {
    for (name, value) in [
        ("KeyId", json!("k")),
        ("Plaintext", json!("AAAA")),
        ("GranteePrincipal", json!("arn")),
        ("Operations", json!(["Decrypt"])),
        ("Tags", json!([{"TagKey": "a", "TagValue": "b"}])),
    ] {
        if document.get(name).is_none_or(Value::is_null) {
            document[name] = value;
        }
    }
    document
}

fn readable<T: DeserializeOwned>(structure: &'static Structure, document: &Value) {
    if validate(structure, document).is_ok() {
        let read: Result<T, _> = serde_json::from_value(document.clone());
        assert!(read.is_ok(), "{document}: {:?}", read.err());
    }
}

fn input(name: &str) -> &'static Structure {
    KMS.operation(name).unwrap().input.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_valid_can_be_read(
        encrypt in document(input("Encrypt")),
        grant in document(input("CreateGrant")),
        key in document(input("CreateKey")),
        random in document(input("GenerateRandom")),
    ) {
        readable::<kms::EncryptRequest>(input("Encrypt"), &completed(encrypt));
        readable::<kms::CreateGrantRequest>(input("CreateGrant"), &completed(grant));
        readable::<kms::CreateKeyRequest>(input("CreateKey"), &key);
        readable::<kms::GenerateRandomRequest>(input("GenerateRandom"), &random);
    }

    #[test]
    fn blobs_round_trip(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let written = serde_json::to_value(Blob(bytes.clone())).unwrap();
        prop_assert_eq!(&serde_json::from_value::<Blob>(written.clone()).unwrap().0, &bytes);
        let secret: SecretBlob = serde_json::from_value(written.clone()).unwrap();
        prop_assert_eq!(secret.expose(), &bytes[..]);
        let valid = validate(input("Decrypt"), &json!({"CiphertextBlob": written}));
        prop_assert_eq!(valid.is_ok(), !bytes.is_empty());
    }
}
