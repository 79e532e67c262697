//! `GetKeyLastUsage` and `kms:TrailingDaysWithoutKeyUsage`: which uses count, for which key, and what
//! a policy makes of them. Source: KMS API reference, `GetKeyLastUsage`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod scene;

use claviger_core::state::{Key, KeyPlace, MultiRegion};
use scene::{ADMIN, Scene, allow, policy};
use serde_json::{Value, json};

fn last(scene: &mut Scene, key: &Value) -> Value {
    let found = scene
        .admin("GetKeyLastUsage", json!({"KeyId": key}))
        .unwrap();
    found["KeyLastUsage"].clone()
}

fn new_key(scene: &mut Scene) -> Value {
    scene.admin("CreateKey", json!({})).unwrap()["KeyMetadata"]["Arn"].take()
}

/// Operation, its document, whether it counts.
#[test]
fn successful_cryptographic_operations_count() {
    let mut scene = Scene::new();
    let key = json!(scene.key);
    let blob = scene
        .admin("Encrypt", json!({"KeyId": key, "Plaintext": "eA=="}))
        .unwrap()["CiphertextBlob"]
        .take();
    for (operation, document, counts) in [
        ("DescribeKey", json!({"KeyId": key}), false),
        ("Decrypt", json!({"CiphertextBlob": blob}), true),
        (
            "Decrypt",
            json!({"CiphertextBlob": blob, "DryRun": true}),
            false,
        ),
        (
            "Decrypt",
            json!({"CiphertextBlob": blob, "EncryptionContext": {"a": "b"}}),
            false,
        ),
        (
            "GenerateDataKey",
            json!({"KeyId": key, "KeySpec": "AES_256"}),
            true,
        ),
        (
            "GenerateDataKeyWithoutPlaintext",
            json!({"KeyId": key, "KeySpec": "AES_256"}),
            true,
        ),
        ("GenerateRandom", json!({"NumberOfBytes": 1}), false),
        ("ListGrants", json!({"KeyId": key}), false),
        ("Encrypt", json!({"KeyId": key, "Plaintext": "eA=="}), true),
        (
            "ReEncrypt",
            json!({"CiphertextBlob": blob, "DestinationKeyId": key}),
            true,
        ),
    ] {
        scene.i.now = scene.i.now.plus_days(1);
        let before = last(&mut scene, &key);
        let title = format!("{operation} {document}");
        let _ = scene.admin(operation, document);
        let after = last(&mut scene, &key);
        assert_eq!(before != after, counts, "{title}");
        if counts {
            assert_eq!(after["Operation"], operation, "{title}");
            assert_eq!(after["Timestamp"], json!(scene.i.now.seconds()), "{title}");
            let record = *scene.i.records_of(operation).last().unwrap();
            assert_eq!(
                after["CloudTrailEventId"],
                json!(record.event_id),
                "{title}"
            );
            assert_eq!(after["KmsRequestId"], json!(record.request_id), "{title}");
        }
    }
}

/// Each key has the event of its own owner's record.
#[test]
fn re_encrypt_counts_for_both_keys() {
    let mut scene = Scene::new();
    let outsider = scene.i.outsider.clone();
    let (here, own) = (json!(scene.key), new_key(&mut scene));
    let blob = scene
        .admin("Encrypt", json!({"KeyId": here, "Plaintext": "eA=="}))
        .unwrap()["CiphertextBlob"]
        .take();
    let there = scene.call(&outsider, "CreateKey", json!({})).unwrap()["KeyMetadata"]["Arn"].take();
    let open = policy(json!([
        allow("arn:aws:iam::999900001111:root", "kms:*"),
        allow(ADMIN, "kms:ReEncryptTo"),
    ]));
    scene
        .call(
            &outsider,
            "PutKeyPolicy",
            json!({"KeyId": there, "Policy": open}),
        )
        .unwrap();
    for to in [&own, &there] {
        scene.i.now = scene.i.now.plus_days(1);
        scene
            .admin(
                "ReEncrypt",
                json!({"CiphertextBlob": blob, "DestinationKeyId": to}),
            )
            .unwrap();
        let source = last(&mut scene, &here);
        assert_eq!(source["Operation"], "ReEncrypt");
        let records = scene.i.records_of("ReEncrypt");
        let of = |account: &str| {
            let found = records
                .iter()
                .rev()
                .find(|r| r.recipient_account_id.as_str() == account);
            json!(found.unwrap().event_id)
        };
        assert_eq!(source["CloudTrailEventId"], of("111122223333"));
        let theirs = of(to.as_str().unwrap().split(':').nth(4).unwrap());
        let login = if to == &there {
            outsider.clone()
        } else {
            scene.i.admin.clone()
        };
        let found = scene
            .call(&login, "GetKeyLastUsage", json!({"KeyId": to}))
            .unwrap();
        assert_eq!(found["KeyLastUsage"]["CloudTrailEventId"], theirs);
    }
    // Nobody sees another account's.
    let found = scene.admin("GetKeyLastUsage", json!({"KeyId": there}));
    assert_eq!(found.unwrap_err().0, "AccessDeniedException");
}

/// Related multi-Region keys are tracked apart, and one that is made again starts anew.
#[test]
fn replicas_are_tracked_apart() {
    let mut scene = Scene::new();
    let made = scene
        .admin("CreateKey", json!({"MultiRegion": true}))
        .unwrap();
    let primary = made["KeyMetadata"]["Arn"].clone();
    let arn = primary.as_str().unwrap();
    let place = KeyPlace::of(&arn.parse().unwrap());
    let key = Key::clone(scene.i.snapshot.get::<Key>(&place).unwrap());
    let replica = |scene: &Scene| {
        let there: KeyPlace = KeyPlace {
            region: "eu-west-1".parse().unwrap(),
            ..place.clone()
        };
        Key {
            arn: there.arn(),
            created: scene.i.now,
            multi_region: Some(MultiRegion {
                primary: "us-east-1".parse().unwrap(),
                replicas: vec!["eu-west-1".parse().unwrap()],
            }),
            ..key.clone()
        }
    };
    let there = replica(&scene);
    scene.i.install(&there);
    scene
        .admin("Encrypt", json!({"KeyId": primary, "Plaintext": "eA=="}))
        .unwrap();
    assert_eq!(last(&mut scene, &primary)["Operation"], "Encrypt");
    scene.i.region = "eu-west-1".to_owned();
    let id = json!(there.arn.as_str());
    assert_eq!(last(&mut scene, &id), json!({}));
    // A use of the replica that was there before is not the new one's.
    scene.i.key_use.merge(
        &there.place(),
        &claviger_core::state::LastUse {
            operation: "Decrypt".to_owned(),
            time: scene.i.now,
            event_id: "e".to_owned(),
            request_id: "r".to_owned(),
        },
    );
    assert_eq!(last(&mut scene, &id)["Operation"], "Decrypt");
    scene.i.now = scene.i.now.plus_days(1);
    let again = replica(&scene);
    scene.i.install(&again);
    assert_eq!(last(&mut scene, &id), json!({}));
}

/// Days since creation or the last use, operation, whether a policy that wants 90 days allows it.
#[test]
fn days_without_use_are_whole_days() {
    for operation in ["DisableKey", "ScheduleKeyDeletion"] {
        for (used, after, allowed) in [
            (false, 89 * 86_400, false),
            (false, 90 * 86_400 - 1, false),
            (false, 90 * 86_400, true),
            (true, 90 * 86_400 - 1, false),
            (true, 90 * 86_400, true),
        ] {
            let mut scene = Scene::new();
            // After AWS began to track.
            scene.i.now = scene.i.now.plus_days(365);
            let key = new_key(&mut scene);
            let alice = scene.alice.clone();
            if used {
                scene.i.now = scene.i.now.plus_days(200);
                scene
                    .admin("Encrypt", json!({"KeyId": key, "Plaintext": "eA=="}))
                    .unwrap();
            }
            scene.allow(json!([{
                "Effect": "Allow", "Action": format!("kms:{operation}"), "Resource": "*",
                "Condition": {"NumericGreaterThanEquals": {"kms:TrailingDaysWithoutKeyUsage": "90"}},
            }]));
            scene.i.now = scene.i.now.plus_seconds(after);
            let found = scene.call(&alice, operation, json!({"KeyId": key}));
            assert_eq!(
                found.is_ok(),
                allowed,
                "{operation} {used} {after}: {found:?}"
            );
        }
    }
}
