//! AWS managed keys: made by DescribeKey of a predefined alias, used through their service only, and
//! changed by nobody.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod scene;

use scene::Scene;
use serde_json::{Value, json};

const ALIAS_ARN: &str = "arn:aws:kms:us-east-1:111122223333:alias/aws/ebs";

fn made(scene: &mut Scene) -> Value {
    scene
        .admin("DescribeKey", json!({"KeyId": "alias/aws/ebs"}))
        .unwrap()["KeyMetadata"]
        .take()
}

fn ebs(scene: &mut Scene) -> Value {
    let found = scene.admin("ListAliases", json!({"Limit": 100})).unwrap();
    let entries = found["Aliases"].as_array().unwrap();
    let named = |entry: &&Value| entry["AliasName"] == "alias/aws/ebs";
    entries.iter().find(named).unwrap().clone()
}

#[test]
fn the_first_description_makes_the_key() {
    let mut scene = Scene::new();
    assert_eq!(
        ebs(&mut scene),
        json!({"AliasName": "alias/aws/ebs", "AliasArn": ALIAS_ARN})
    );
    // Only DescribeKey makes it.
    let found = scene.admin(
        "Encrypt",
        json!({"KeyId": "alias/aws/ebs", "Plaintext": "eA=="}),
    );
    let missing = format!("Alias {ALIAS_ARN} is not found.");
    assert_eq!(found, Err(("NotFoundException".to_owned(), missing)));

    let key = made(&mut scene);
    assert_eq!(key["KeyManager"], "AWS");
    assert_eq!(key["KeyState"], "Enabled");
    assert_eq!(key["KeySpec"], "SYMMETRIC_DEFAULT");
    assert_eq!(key["Origin"], "AWS_KMS");
    assert_eq!(key["MultiRegion"], false);
    assert_eq!(
        key["Description"],
        "Default key that protects my EBS data when no other key is defined"
    );
    assert_eq!(key["CurrentKeyMaterialId"].as_str().unwrap().len(), 64);
    // The same from then on, by whatever name.
    for name in ["alias/aws/ebs", ALIAS_ARN, key["Arn"].as_str().unwrap()] {
        let again = scene.admin("DescribeKey", json!({"KeyId": name})).unwrap();
        assert_eq!(again["KeyMetadata"], key, "{name}");
    }
    let entry = ebs(&mut scene);
    assert_eq!(entry["TargetKeyId"], key["KeyId"]);
    assert_eq!(entry["CreationDate"], key["CreationDate"]);
    let keys = scene.admin("ListKeys", json!({})).unwrap();
    let listed = keys["Keys"].as_array().unwrap().iter();
    assert_eq!(listed.filter(|k| k["KeyId"] == key["KeyId"]).count(), 1);
    let named = scene
        .admin("ListAliases", json!({"KeyId": key["Arn"]}))
        .unwrap();
    assert_eq!(named["Aliases"], json!([entry]));
    // The record names the key that was made.
    let record = scene.i.records_of("DescribeKey")[0];
    assert_eq!(record.resources[0].arn, key["Arn"].as_str().unwrap());
    assert!(record.read_only);
}

#[test]
fn each_account_and_region_has_its_own() {
    let mut scene = Scene::new();
    let here = made(&mut scene);
    scene.i.region = "eu-west-1".to_owned();
    let there = made(&mut scene);
    assert_ne!(here["KeyId"], there["KeyId"]);
    let policy = scene
        .admin("GetKeyPolicy", json!({"KeyId": there["KeyId"]}))
        .unwrap();
    assert!(
        policy["Policy"]
            .as_str()
            .unwrap()
            .contains("ec2.eu-west-1.amazonaws.com")
    );
    let outsider = scene.i.outsider.clone();
    // Another account's predefined alias tells nothing and makes nothing.
    scene.i.region = "us-west-2".to_owned();
    let alias = "arn:aws:kms:us-west-2:111122223333:alias/aws/ebs";
    let rows = scene.i.rows.len();
    let found = scene.call(&outsider, "DescribeKey", json!({"KeyId": alias}));
    assert_eq!(found.unwrap_err().0, "AccessDeniedException");
    assert_eq!(scene.i.rows.len(), rows);
}

/// The alias of no service that is known, and names beside the predefined ones.
#[test]
fn other_aliases_make_nothing() {
    let mut scene = Scene::new();
    let rows = scene.i.rows.len();
    for name in ["alias/aws/none", "alias/aws/", "alias/ebs", "alias/aws/EBS"] {
        let found = scene.admin("DescribeKey", json!({"KeyId": name}));
        assert_eq!(found.unwrap_err().0, "NotFoundException", "{name}");
    }
    assert_eq!(scene.i.rows.len(), rows);
}

/// Who may not describe it does not make it, and is told of no key.
#[test]
fn a_refused_description_makes_nothing() {
    let mut scene = Scene::new();
    let alice = scene.alice.clone();
    let rows = scene.i.rows.len();
    let found = scene.call(&alice, "DescribeKey", json!({"KeyId": "alias/aws/ebs"}));
    assert_eq!(
        found,
        Err((
            "AccessDeniedException".to_owned(),
            format!(
                "User: {} is not authorized to perform: kms:DescribeKey on resource: {ALIAS_ARN} \
                 because no identity-based policy allows the kms:DescribeKey action",
                scene::ALICE
            )
        ))
    );
    assert_eq!(scene.i.rows.len(), rows);
    let record = *scene.i.records_of("DescribeKey").last().unwrap();
    assert!(record.resources.is_empty());
    scene.allow(json!([{"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*"}]));
    scene
        .call(&alice, "DescribeKey", json!({"KeyId": "alias/aws/ebs"}))
        .unwrap();
}

/// The administrator of the account, who may do everything that key policies leave to the account.
#[test]
fn nobody_changes_one() {
    let mut scene = Scene::new();
    let (key, other) = (made(&mut scene), scene.key.clone());
    let arn = key["Arn"].as_str().unwrap().to_owned();
    let policy = json!({"Version": "2012-10-17", "Statement": []}).to_string();
    scene
        .admin(
            "CreateAlias",
            json!({"AliasName": "alias/own", "TargetKeyId": other}),
        )
        .unwrap();
    let denied = |action: &str| {
        format!(
            "User: {} is not authorized to perform: kms:{action} on resource: {arn} because no \
             resource-based policy allows the kms:{action} action",
            scene::ADMIN
        )
    };
    for (operation, document) in [
        ("CancelKeyDeletion", json!({})),
        (
            "CreateGrant",
            json!({"GranteePrincipal": scene::ADMIN, "Operations": ["Decrypt"]}),
        ),
        ("DisableKey", json!({})),
        ("DisableKeyRotation", json!({})),
        ("EnableKey", json!({})),
        ("EnableKeyRotation", json!({})),
        ("Encrypt", json!({"Plaintext": "eA=="})),
        ("GenerateDataKey", json!({"KeySpec": "AES_256"})),
        ("PutKeyPolicy", json!({"Policy": policy})),
        ("RotateKeyOnDemand", json!({})),
        ("ScheduleKeyDeletion", json!({})),
        (
            "TagResource",
            json!({"Tags": [{"TagKey": "a", "TagValue": ""}]}),
        ),
        ("UntagResource", json!({"TagKeys": ["a"]})),
        ("UpdateKeyDescription", json!({"Description": "mine"})),
    ] {
        let mut document = document;
        document["KeyId"] = json!(arn);
        let found = scene.admin(operation, document);
        let wanted = ("AccessDeniedException".to_owned(), denied(operation));
        assert_eq!(found, Err(wanted), "{operation}");
    }
    for (operation, document) in [
        (
            "CreateAlias",
            json!({"AliasName": "alias/mine", "TargetKeyId": arn}),
        ),
        (
            "UpdateAlias",
            json!({"AliasName": "alias/own", "TargetKeyId": arn}),
        ),
        (
            "UpdateAlias",
            json!({"AliasName": "alias/aws/ebs", "TargetKeyId": other}),
        ),
        ("DeleteAlias", json!({"AliasName": "alias/aws/ebs"})),
    ] {
        let found = scene.admin(operation, document);
        let wanted = ("AccessDeniedException".to_owned(), denied(operation));
        assert_eq!(found, Err(wanted), "{operation}");
    }
    assert_eq!(made(&mut scene), key);
}

/// What its policy leaves to the account.
#[test]
fn its_metadata_can_be_read() {
    let mut scene = Scene::new();
    let key = made(&mut scene);
    let id = json!({"KeyId": key["Arn"]});
    for operation in [
        "GetKeyLastUsage",
        "GetKeyPolicy",
        "ListGrants",
        "ListKeyPolicies",
        "ListKeyRotations",
        "ListResourceTags",
    ] {
        scene.admin(operation, id.clone()).unwrap();
    }
    let status = scene.admin("GetKeyRotationStatus", id.clone()).unwrap();
    assert_eq!(status["KeyRotationEnabled"], true);
    assert_eq!(status["RotationPeriodInDays"], 365);
    scene.i.advance_days(366);
    let rotations = scene.admin("ListKeyRotations", id).unwrap();
    assert_eq!(rotations["Rotations"][0]["RotationType"], "AUTOMATIC");
}

/// No RCP reaches an AWS managed key (POL-L3); one reaches the key beside it.
#[test]
fn no_rcp_reaches_one() {
    use claviger_core::state::{Account, OrganizationPolicy, PolicyKind, PolicyText};
    let mut scene = Scene::new();
    let admin = scene.i.admin.clone();
    // A member account, because none reaches the management account either.
    let role = "arn:aws:iam::222233334444:role/OrganizationAccountAccessRole";
    let session = scene.i.call(
        &admin,
        "sts",
        "AssumeRole",
        json!({"RoleArn": role, "RoleSessionName": "member"}),
    );
    let member = claviger_testkit::installation::Login::of_session(&session.unwrap());
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:GetKeyPolicy","Resource":"*"}]}"#;
    let policy = PolicyText::new(
        "NoPolicies",
        PolicyKind::ResourceControl,
        text,
        Default::default(),
    );
    scene.i.install(&OrganizationPolicy {
        key: String::new(),
        description: String::new(),
        changed: None,
        tags: Vec::new(),
        name: "NoPolicies".to_owned(),
        policy,
    });
    let account = "222233334444".parse().unwrap();
    let mut account = Account::clone(scene.i.snapshot.get::<Account>(&account).unwrap());
    account.rcps.push("NoPolicies".to_owned());
    scene.i.install(&account);
    let own = scene.call(&member, "CreateKey", json!({})).unwrap();
    let managed = scene
        .call(&member, "DescribeKey", json!({"KeyId": "alias/aws/s3"}))
        .unwrap();
    let mut read = |key: &Value| {
        scene
            .call(
                &member,
                "GetKeyPolicy",
                json!({"KeyId": key["KeyMetadata"]["KeyId"]}),
            )
            .map(|_| ())
            .map_err(|(code, _)| code)
    };
    assert_eq!(read(&managed), Ok(()));
    assert_eq!(read(&own), Err("AccessDeniedException".to_owned()));
}
