//! Grants to service principals in use: Identity Center and the identity store use a key as
//! themselves by grants in the place of key policy statements.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod directory;

use claviger_core::state::{Grant, GrantPrincipal, KeyPlace};
use claviger_testkit::installation::service_of;
use claviger_types::GrantId;
use directory::{Directory, SSO, STORE, baseline};
use serde_json::{Value, json};

const USES: [&str; 3] = ["DescribeKey", "GenerateDataKeyWithoutPlaintext", "Decrypt"];

/// The organisation with a key whose policy lets in everybody but the identity store itself.
fn closed_to_the_store() -> (Directory, String) {
    let mut directory = Directory::new();
    let key = directory.key(&baseline(&[SSO], &json!("*")));
    (directory, key)
}

fn grant(directory: &mut Directory, key: &str, more: &Value) -> Value {
    let mut document = json!({"KeyId": key, "GranteeServicePrincipal": STORE,
        "RetiringPrincipal": "arn:aws:iam::111122223333:user/admin", "Operations": USES,
        "Constraints": {"SourceArn": directory.instance.identity_store_arn()}});
    for (member, value) in more.as_object().unwrap() {
        document[member] = value.clone();
    }
    directory.kms("CreateGrant", document)
}

/// Unrelated grants, among them many to the same service for other resources.
fn fill(directory: &mut Directory, key: &str, count: u8) {
    let place = KeyPlace::of(&key.parse().unwrap());
    let pattern = directory.i.snapshot.grants_of(&place).next().unwrap();
    let pattern = Grant::clone(pattern);
    for n in 0..count {
        directory.i.install(&Grant {
            id: GrantId::from_bytes(&[n; 32]),
            grantee: GrantPrincipal::Service(STORE.to_owned()),
            source_arn: Some(format!(
                "arn:aws:identitystore::111122223333:identitystore/d-{n}"
            )),
            context_equals: None,
            context_subset: None,
            ..pattern.clone()
        });
    }
}

#[test]
fn a_service_uses_a_key_by_its_grant() {
    let other = "arn:aws:identitystore::111122223333:identitystore/d-other00000";
    for filler in [0, 100] {
        for (more, works) in [
            (json!({}), true),
            (json!({"Constraints": {"SourceArn": other}}), false),
            (json!({"GranteeServicePrincipal": SSO}), false),
            (json!({"Operations": ["DescribeKey", "Decrypt"]}), false),
            (
                json!({"Operations": ["GenerateDataKeyWithoutPlaintext", "Decrypt"]}),
                false,
            ),
        ] {
            let (mut directory, key) = closed_to_the_store();
            grant(&mut directory, &key, &more);
            fill(&mut directory, &key, filler);
            let found = directory.set_key(&key);
            assert_eq!(found.is_ok(), works, "{more} among {filler}");
        }
    }
}

/// A constraint on the encryption context beside the one on the source.
#[test]
fn both_constraints_hold() {
    for (pairs, works) in [
        (json!({"tenant-key-id": "TENANT"}), true),
        (json!({"tenant-key-id": "another"}), false),
    ] {
        let (mut directory, key) = closed_to_the_store();
        let tenant = directory.instance.identity_store_tenant_key_id.clone();
        let pairs = pairs.to_string().replace("TENANT", &tenant);
        let pairs: Value = serde_json::from_str(&pairs).unwrap();
        let source = directory.instance.identity_store_arn();
        let more = json!({"Constraints": {"SourceArn": source, "EncryptionContextSubset": pairs}});
        grant(&mut directory, &key, &more);
        assert_eq!(directory.set_key(&key).is_ok(), works, "{pairs}");
    }
}

/// The grant is the service's only way in, and ends with it.
#[test]
fn without_its_grant_the_service_is_out() {
    let (mut directory, key) = closed_to_the_store();
    directory.set_key(&key).unwrap_err();
    let made = grant(&mut directory, &key, &json!({}));
    directory.set_key(&key).unwrap();
    directory.create("ada");
    directory.kms("RetireGrant", json!({"GrantToken": made["GrantToken"]}));
    let user = json!({"UserName": "bob", "DisplayName": "b",
        "Name": {"GivenName": "b", "FamilyName": "b"}});
    directory.as_admin("CreateUser", user).unwrap_err();
}

/// An explanation of a service's refusal says which resource the grant is for, and its case holds
/// the grant as ListGrants shows it.
#[test]
fn a_refusal_by_source_is_explained() {
    let other = "arn:aws:identitystore::111122223333:identitystore/d-other00000";
    let (mut directory, key) = closed_to_the_store();
    let more = json!({"Constraints": {"SourceArn": other}});
    let made = grant(&mut directory, &key, &more);
    let admin = directory.admin.clone();
    let service = service_of("sso-admin");
    let caller = directory.i.caller(&admin, service).unwrap();
    let document = json!({"InstanceArn": directory.instance.arn(),
        "EncryptionConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": key}});
    let outcome = directory
        .i
        .decide(caller, service, "UpdateInstance", document);
    let conditions = directory.i.conditions();
    let explained: Vec<_> = outcome
        .considered
        .iter()
        .map(|considered| considered.explain(conditions).unwrap())
        .filter(|explained| explained.principal == STORE)
        .collect();
    let [refused] = explained.as_slice() else {
        panic!("{} questions", explained.len());
    };
    assert_eq!(refused.action, "kms:DescribeKey");
    assert!(refused.replays);
    assert_eq!(
        refused.case["policies"]["grants"],
        json!([{
            "GrantId": made["GrantId"], "GranteeServicePrincipal": STORE,
            "RetiringPrincipal": "arn:aws:iam::111122223333:user/admin",
            "IssuingAccount": "arn:aws:iam::111122223333:root",
            "Operations": ["Decrypt", "GenerateDataKeyWithoutPlaintext", "DescribeKey"],
            "Constraints": {"SourceArn": other},
        }])
    );
    let told = serde_json::to_value(&refused.explanation)
        .unwrap()
        .to_string();
    for part in ["SourceArn", other, &directory.instance.identity_store_arn()] {
        assert!(told.contains(part), "{part} in {told}");
    }
}
