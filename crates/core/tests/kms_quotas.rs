//! Quotas: how much of something an account may have, and what a request counts as.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod scene;

use claviger_core::kms::{RequestQuota, charges};
use claviger_core::state::{Key, KeyPlace};
use claviger_crypto::{KeySpec, KeyUsage};
use claviger_model::KMS;
use scene::Scene;
use serde_json::{Value, json};

const LIMIT: &str = "LimitExceededException";

#[test]
fn an_account_has_so_many_keys_in_a_region() {
    let mut scene = Scene::new();
    scene.i.quotas.keys = 3;
    // AWS managed keys do not count.
    scene
        .admin("DescribeKey", json!({"KeyId": "alias/aws/s3"}))
        .unwrap();
    scene.admin("CreateKey", json!({})).unwrap();
    let third = scene.admin("CreateKey", json!({})).unwrap()["KeyMetadata"]["KeyId"].take();
    let text = "Account 111122223333 has the most KMS keys it can have in us-east-1: 3.";
    let full = Err((LIMIT.to_owned(), text.to_owned()));
    assert_eq!(scene.admin("CreateKey", json!({})), full);
    // In another Region and another account there is room.
    scene.i.region = "eu-west-1".to_owned();
    scene.admin("CreateKey", json!({})).unwrap();
    scene.i.region = "us-east-1".to_owned();
    let outsider = scene.i.outsider.clone();
    scene.call(&outsider, "CreateKey", json!({})).unwrap();
    // A key counts in every state, until it is gone.
    scene
        .admin(
            "ScheduleKeyDeletion",
            json!({"KeyId": third, "PendingWindowInDays": 7}),
        )
        .unwrap();
    assert_eq!(scene.admin("CreateKey", json!({})), full);
    scene.i.advance_days(8);
    scene.admin("CreateKey", json!({})).unwrap();
    assert_eq!(scene.admin("CreateKey", json!({})), full);
}

#[test]
fn a_key_has_so_many_aliases() {
    let mut scene = Scene::new();
    scene.i.quotas.aliases_per_key = 2;
    let (key, other) = (
        scene.key.clone(),
        scene.admin("CreateKey", json!({})).unwrap(),
    );
    let other = other["KeyMetadata"]["KeyId"].clone();
    let create = |name: &str, key: &Value| json!({"AliasName": name, "TargetKeyId": key});
    let named = json!(key);
    for name in ["alias/a", "alias/b"] {
        scene.admin("CreateAlias", create(name, &named)).unwrap();
    }
    let full = Err((
        LIMIT.to_owned(),
        format!("{key} has the most aliases it can have: 2."),
    ));
    assert_eq!(scene.admin("CreateAlias", create("alias/c", &named)), full);
    scene
        .admin("CreateAlias", create("alias/c", &other))
        .unwrap();
    assert_eq!(scene.admin("UpdateAlias", create("alias/c", &named)), full);
    // Pointing one of its own at it again adds none.
    scene
        .admin("UpdateAlias", create("alias/a", &named))
        .unwrap();
}

/// A key of a spec, as far as quotas see one.
fn key_of(scene: &mut Scene, spec: KeySpec, usage: KeyUsage) -> String {
    let made = scene.admin("CreateKey", json!({})).unwrap();
    let arn = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let place = KeyPlace::of(&arn.parse().unwrap());
    let key = Key::clone(scene.i.snapshot.get::<Key>(&place).unwrap());
    scene.i.install(&Key { spec, usage, ..key });
    arn
}

#[test]
fn a_request_counts_towards_its_own_quota() {
    let mut scene = Scene::new();
    let rsa = key_of(&mut scene, KeySpec::Rsa2048, KeyUsage::SignVerify);
    let ecc = key_of(&mut scene, KeySpec::EccNistP256, KeyUsage::SignVerify);
    let ml = key_of(&mut scene, KeySpec::MlDsa44, KeyUsage::SignVerify);
    let kem = key_of(
        &mut scene,
        KeySpec::MlKem512,
        KeyUsage::EncapsulateDecapsulate,
    );
    let hmac = key_of(&mut scene, KeySpec::Hmac256, KeyUsage::GenerateVerifyMac);
    scene
        .admin(
            "CreateAlias",
            json!({"AliasName": "alias/rsa", "TargetKeyId": rsa}),
        )
        .unwrap();
    let id = rsa.rsplit('/').next().unwrap().to_owned();
    let own = RequestQuota::Operation;
    for (operation, document, quota, rate) in [
        (
            "Encrypt",
            json!({"KeyId": scene.key}),
            RequestQuota::Symmetric,
            100_000,
        ),
        ("Decrypt", json!({}), RequestQuota::Symmetric, 100_000),
        (
            "GenerateRandom",
            json!({}),
            RequestQuota::Symmetric,
            100_000,
        ),
        (
            "GenerateMac",
            json!({"KeyId": hmac}),
            RequestQuota::Symmetric,
            100_000,
        ),
        ("Sign", json!({"KeyId": rsa}), RequestQuota::Rsa, 1000),
        ("Sign", json!({"KeyId": id}), RequestQuota::Rsa, 1000),
        (
            "Sign",
            json!({"KeyId": "alias/rsa"}),
            RequestQuota::Rsa,
            1000,
        ),
        (
            "Sign",
            json!({"KeyId": "arn:aws:kms:us-east-1:111122223333:alias/rsa"}),
            RequestQuota::Rsa,
            1000,
        ),
        (
            "ReEncrypt",
            json!({"DestinationKeyId": rsa}),
            RequestQuota::Rsa,
            1000,
        ),
        ("Verify", json!({"KeyId": ecc}), RequestQuota::Ecc, 1000),
        ("Verify", json!({"KeyId": ml}), RequestQuota::MlDsa, 1000),
        (
            "Encapsulate",
            json!({"KeyId": kem}),
            RequestQuota::MlKem,
            1000,
        ),
        (
            "Sign",
            json!({"KeyId": "nonsense"}),
            RequestQuota::Symmetric,
            100_000,
        ),
        (
            "GenerateDataKeyPair",
            json!({"KeyPairSpec": "RSA_4096"}),
            RequestQuota::DataKeyPairs("RSA_4096"),
            1,
        ),
        (
            "GenerateDataKeyPairWithoutPlaintext",
            json!({"KeyPairSpec": "ECC_NIST_P256"}),
            RequestQuota::DataKeyPairs("ECC"),
            100,
        ),
        ("DescribeKey", json!({}), own("DescribeKey"), 2000),
        ("CreateKey", json!({}), own("CreateKey"), 5),
    ] {
        let region = "us-east-1".parse().unwrap();
        let account = "111122223333".parse().unwrap();
        let found = charges(
            operation,
            Some(&document),
            account,
            &region,
            &scene.i.snapshot,
        );
        let [charge] = found.as_slice() else {
            panic!("{operation} {document}: {found:?}");
        };
        assert_eq!(
            (charge.quota, charge.requests),
            (quota, 1),
            "{operation} {document}"
        );
        assert_eq!(charge.region, region);
        assert_eq!(quota.per_second(&region), rate, "{operation} {document}");
    }
    for (region, rate) in [
        ("us-east-1", 100_000),
        ("eu-central-1", 20_000),
        ("eu-north-1", 10_000),
    ] {
        let region = region.parse().unwrap();
        assert_eq!(RequestQuota::Symmetric.per_second(&region), rate);
    }
}

/// What is made in two Regions counts in both.
#[test]
fn a_request_may_count_in_two_regions() {
    let scene = Scene::new();
    let (here, there) = ("us-east-1".parse().unwrap(), "eu-west-1".parse().unwrap());
    let account = "111122223333".parse().unwrap();
    let own = RequestQuota::Operation;
    for (operation, document, wanted) in [
        (
            "ReplicateKey",
            json!({"ReplicaRegion": "eu-west-1"}),
            vec![
                (&here, own("ReplicateKey"), 1),
                (&there, own("CreateKey"), 2),
            ],
        ),
        (
            "UpdatePrimaryRegion",
            json!({"PrimaryRegion": "eu-west-1"}),
            vec![
                (&here, own("UpdatePrimaryRegion"), 1),
                (&there, own("UpdatePrimaryRegion"), 1),
            ],
        ),
    ] {
        let found = charges(
            operation,
            Some(&document),
            account,
            &here,
            &scene.i.snapshot,
        );
        let found: Vec<_> = found
            .iter()
            .map(|c| (&c.region, c.quota, c.requests))
            .collect();
        assert_eq!(found, wanted, "{operation}");
    }
}

/// Every operation of the model has a quota, served or not.
#[test]
fn every_operation_has_a_quota() {
    let scene = Scene::new();
    let (account, region) = (
        "111122223333".parse().unwrap(),
        "us-east-1".parse().unwrap(),
    );
    for operation in KMS.operations {
        let found = charges(operation.name, None, account, &region, &scene.i.snapshot);
        assert!(!found.is_empty(), "{}", operation.name);
    }
    assert!(charges("Nonsense", None, account, &region, &scene.i.snapshot).is_empty());
}

#[test]
fn a_key_has_so_many_grants() {
    let mut scene = Scene::new();
    scene.i.quotas.grants_per_key = 2;
    let key = scene.key.clone();
    let create = json!({
        "KeyId": key, "Operations": ["Decrypt"],
        "GranteePrincipal": "arn:aws:iam::111122223333:user/admin", "Name": "first",
    });
    let first = scene.admin("CreateGrant", create.clone()).unwrap();
    let mut other = create.clone();
    other["Name"] = json!("second");
    scene.admin("CreateGrant", other.clone()).unwrap();
    other["Name"] = json!("third");
    let full = Err((
        LIMIT.to_owned(),
        format!("{key} has the most grants it can have: 2."),
    ));
    assert_eq!(scene.admin("CreateGrant", other.clone()), full);
    let again = scene.admin("CreateGrant", create).unwrap();
    assert_eq!(again["GrantId"], first["GrantId"], "it is there already");
    let revoke = json!({"KeyId": key, "GrantId": first["GrantId"]});
    scene.admin("RevokeGrant", revoke).unwrap();
    scene.admin("CreateGrant", other).unwrap();
}
