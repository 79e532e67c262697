//! The chain itself: nested requests, several demands, several records, and the seam to external
//! key stores, exercised by a key store that answers on command.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_core::chain::{
    Arrival, Decision, KeyStoreAnswer, KeyStoreFailure, KeyStoreRequest, RequestMeta, decide,
    resume, resume_with_key,
};
use claviger_core::state::{
    Key, KeyManager, KeyPlace, KeyState, KeyStoreKey, Material, MaterialInfo, Origin, PolicyKind,
    PolicyText, Stored,
};
use claviger_crypto::{KeyMaterial, KeySpec, KeyUsage, MaterialError, Place};
use claviger_testkit::installation::{Installation, service_of};
use claviger_types::{KeyId, MaterialId, Secret, SeededEntropy, Tag};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

const ROOT_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;

/// Puts a key into an external key store, as no operation can yet.
fn external_key(installation: &mut Installation) -> Key {
    let mut entropy = SeededEntropy::new([3; 32]);
    let place = KeyPlace {
        account: "111122223333".parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        id: KeyId::generate(false, &mut entropy),
    };
    let material_id = MaterialId::generate(&mut entropy);
    let id = (place.clone(), material_id.clone());
    let sealed = installation
        .sealer
        .seal(
            &Place {
                collection: Material::COLLECTION,
                row: &Material::row(&id),
                version: 1,
            },
            &[9; 32],
            &mut entropy,
        )
        .unwrap();
    let key = Key {
        manager: KeyManager::Customer,
        spec: KeySpec::SymmetricDefault,
        usage: KeyUsage::EncryptDecrypt,
        settling: None,
        pending_material: None,
        arn: place.arn(),
        created: installation.now,
        description: String::new(),
        state: KeyState::Enabled,
        origin: Origin::ExternalKeyStore,
        multi_region: None,
        policy: Arc::new(PolicyText::new(
            "default",
            PolicyKind::Resource,
            ROOT_POLICY,
            BTreeMap::new(),
        )),
        tags: Vec::<Tag>::new(),
        materials: vec![MaterialInfo::first(material_id.clone())],
        on_demand_rotations: 0,
        automatic_rotation: None,
        key_store: Some(KeyStoreKey {
            key_store_id: "cks-1234567890abcdef0".to_owned(),
            external_key_id: "outside".to_owned(),
        }),
    };
    installation.install(&Material {
        key: place,
        id: material_id,
        sealed,
        public_key: None,
    });
    installation.install(&key);
    key
}

/// A key store whose cipher is an exclusive or with its own byte: enough to see both directions.
fn honest_store() -> claviger_testkit::installation::KeyStore {
    Box::new(|call| match &call.request {
        KeyStoreRequest::Encrypt { plaintext, .. } => {
            KeyStoreAnswer::Ciphertext(plaintext.expose().iter().map(|b| b ^ 0x55).collect())
        }
        KeyStoreRequest::Decrypt { ciphertext, .. } => KeyStoreAnswer::Plaintext(Arc::new(
            Secret::new(ciphertext.iter().map(|b| b ^ 0x55).collect()),
        )),
    })
}

#[test]
fn a_key_in_a_key_store_encrypts_and_decrypts_through_it() {
    let mut installation = Installation::new();
    let key = external_key(&mut installation);
    installation.key_store = Some(honest_store());
    let admin = installation.admin.clone();
    let context = json!({"a": "b"});
    let made = installation
        .call(
            &admin,
            "kms",
            "Encrypt",
            json!({"KeyId": key.arn.as_str(), "Plaintext": "aGVsbG8=", "EncryptionContext": context}),
        )
        .unwrap();
    let back = installation
        .call(
            &admin,
            "kms",
            "Decrypt",
            json!({"CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": context}),
        )
        .unwrap();
    assert_eq!(back["Plaintext"], "aGVsbG8=");
    // The generated data key is the same before and after the question: the seed is the request's.
    let data_key = installation
        .call(
            &admin,
            "kms",
            "GenerateDataKey",
            json!({"KeyId": key.arn.as_str(), "KeySpec": "AES_256"}),
        )
        .unwrap();
    let back = installation
        .call(
            &admin,
            "kms",
            "Decrypt",
            json!({"CiphertextBlob": data_key["CiphertextBlob"]}),
        )
        .unwrap();
    assert_eq!(back["Plaintext"], data_key["Plaintext"]);
    assert_eq!(installation.records_of("Decrypt").len(), 2);
}

#[test]
fn a_key_store_that_fails_refuses_the_call_and_is_recorded() {
    let mut installation = Installation::new();
    let key = external_key(&mut installation);
    installation.key_store = Some(Box::new(|_| {
        KeyStoreAnswer::Failed(KeyStoreFailure("the proxy timed out".to_owned()))
    }));
    let admin = installation.admin.clone();
    let refused = installation
        .call(
            &admin,
            "kms",
            "Encrypt",
            json!({"KeyId": key.arn.as_str(), "Plaintext": "aGVsbG8="}),
        )
        .unwrap_err();
    assert_eq!(refused.shape.code, "KMSInvalidStateException");
    let records = installation.records_of("Encrypt");
    assert_eq!(records.len(), 1);
    assert_eq!(
        records[0].error_code.as_deref(),
        Some("KMSInvalidStateException")
    );
}

/// Between question and answer the key is closed: the answer does not help any more.
#[test]
fn a_resumed_request_is_authorised_again() {
    let mut installation = Installation::new();
    let key = external_key(&mut installation);
    let admin = installation.admin.clone();
    let service = service_of("kms");
    let caller = installation.caller(&admin, service).unwrap();
    let arrival = Arrival {
        service,
        operation: "Encrypt".to_owned(),
        document: Ok(Arc::new(
            json!({"KeyId": key.arn.as_str(), "Plaintext": "aGVsbG8="}),
        )),
        throttled: false,
    };
    let first = decide(installation.conditions(), caller, arrival, meta(), [1; 32]);
    let Decision::Ask(call, waiting) = first else {
        panic!("it should ask");
    };
    installation.install(&Key {
        policy: Arc::new(PolicyText::new(
            "default",
            PolicyKind::Resource,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:Encrypt","Resource":"*"}]}"#,
            BTreeMap::new(),
        )),
        ..key
    });
    let answer = KeyStoreAnswer::Ciphertext(vec![1, 2, 3]);
    let second = resume(installation.conditions(), waiting, call, answer);
    let Decision::Done(outcome) = second else {
        panic!("it should be done");
    };
    let refused = outcome.result.unwrap_err();
    assert_eq!(refused.shape.code, "AccessDeniedException");
    assert!(outcome.changes.is_empty());
    assert_eq!(outcome.records.len(), 1);
}

fn meta() -> RequestMeta {
    RequestMeta {
        request_id: "r".to_owned(),
        region: "us-east-1".parse().unwrap(),
        source_ip: "127.0.0.1".to_owned(),
        caller_ip: "127.0.0.1".parse().ok(),
        user_agent: "t".to_owned(),
        secure_transport: false,
        tls: None,
    }
}

/// A request that waits for an RSA key is decided with it as often as needed, on other snapshots too:
/// the key that was made is not made again, and what it is decided into is the same.
#[test]
fn an_rsa_key_is_kept_while_a_request_is_decided_again() {
    let mut installation = Installation::new();
    let admin = installation.admin.clone();
    let service = service_of("kms");
    let caller = installation.caller(&admin, service).unwrap();
    let arrival = Arrival {
        service,
        operation: "CreateKey".to_owned(),
        document: Ok(Arc::new(
            json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}),
        )),
        throttled: false,
    };
    let first = decide(installation.conditions(), caller, arrival, meta(), [1; 32]);
    let Decision::NeedsKey(spec, waiting) = first else {
        panic!("it should need a key");
    };
    assert_eq!(spec, KeySpec::Rsa2048);
    let made = Arc::new(KeyMaterial::generate(spec, &mut SeededEntropy::new([0; 32])).unwrap());
    let mut replies = Vec::new();
    for _ in 0..2 {
        let again = resume_with_key(
            installation.conditions(),
            waiting.clone(),
            Ok(Arc::clone(&made)),
        );
        let Decision::Done(outcome) = again else {
            panic!("it should be done");
        };
        replies.push(outcome.result.unwrap().0.to_vec());
        installation
            .call(&admin, "kms", "CreateKey", json!({}))
            .unwrap();
    }
    assert_eq!(replies[0], replies[1]);
    let failed = resume_with_key(
        installation.conditions(),
        waiting,
        Err(MaterialError::Failed(spec)),
    );
    let Decision::Done(outcome) = failed else {
        panic!("it should be done");
    };
    let refused = outcome.result.unwrap_err();
    assert_eq!(refused.shape.code, "KMSInternalException");
    assert_eq!(outcome.records.len(), 1);
}

#[test]
fn an_operation_that_is_not_served_is_unknown_and_recorded() {
    let mut installation = Installation::new();
    let admin = installation.admin.clone();
    for (service, operation, code) in [
        ("kms", "NoSuchThing", "UnknownOperationException"),
        ("iam", "CreateVirtualMFADevice", "InvalidAction"),
        (
            "sso-admin",
            "CreatePermissionSet",
            "UnknownOperationException",
        ),
    ] {
        let before = installation.records.len();
        let refused = installation
            .call(&admin, service, operation, json!({}))
            .unwrap_err();
        assert_eq!(refused.shape.code, code, "{operation}");
        assert_eq!(installation.records.len(), before + 1, "{operation}");
        assert!(installation.records[before].error_code.is_some());
    }
}
