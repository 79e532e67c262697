//! Multi-Region keys: replicas, what related keys share and what they do not, a new primary Region,
//! and deletion. Source: KMS Developer Guide, "Multi-Region keys in AWS KMS"; KMS API Reference.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[allow(dead_code, reason = "the test of their material uses the rest")]
mod regions;

use regions::{EAST, IRELAND, Regions, WEST};
use serde_json::{Value, json};

/// `PRIMARY`, `REPLICA` and `SINGLE` stand for keys: the first in us-east-1 with a replica in
/// us-west-2, the last in us-east-1 with one Region only.
const REFUSALS: [(&str, &str, &str, &str, &str); 19] = [
    // Where, operation, input, code, text.
    (
        EAST,
        "ReplicateKey",
        r#"{"KeyId": "SINGLE", "ReplicaRegion": "eu-west-1"}"#,
        "UnsupportedOperationException",
        "SINGLE is not a multi-region primary key.",
    ),
    (
        WEST,
        "ReplicateKey",
        r#"{"KeyId": "REPLICA", "ReplicaRegion": "eu-west-1"}"#,
        "UnsupportedOperationException",
        "REPLICA is not a multi-region primary key.",
    ),
    (
        EAST,
        "ReplicateKey",
        r#"{"KeyId": "PRIMARY", "ReplicaRegion": "us-west-2"}"#,
        "AlreadyExistsException",
        "REPLICA already exists.",
    ),
    (
        EAST,
        "ReplicateKey",
        r#"{"KeyId": "PRIMARY", "ReplicaRegion": "us-east-1"}"#,
        "AlreadyExistsException",
        "PRIMARY already exists.",
    ),
    (
        EAST,
        "ReplicateKey",
        r#"{"KeyId": "PRIMARY", "ReplicaRegion": "ap-south-1"}"#,
        "UnsupportedOperationException",
        "Keys cannot be replicated into the Region ap-south-1: it is not available here.",
    ),
    // Of another partition.
    (
        EAST,
        "ReplicateKey",
        r#"{"KeyId": "PRIMARY", "ReplicaRegion": "cn-north-1"}"#,
        "UnsupportedOperationException",
        "Keys cannot be replicated into the Region cn-north-1: it is not available here.",
    ),
    (
        EAST,
        "ReplicateKey",
        r#"{"KeyId": "PRIMARY", "ReplicaRegion": "ireland"}"#,
        "ValidationException",
        r"1 validation error detected: Value 'ireland' at 'replicaRegion' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([a-z]+-){2,3}\d+$",
    ),
    (
        EAST,
        "ReplicateKey",
        r#"{"KeyId": "REPLICA", "ReplicaRegion": "eu-west-1"}"#,
        "NotFoundException",
        "Invalid arn us-west-2",
    ),
    (
        EAST,
        "ReplicateKey",
        r#"{"KeyId": "alias/none", "ReplicaRegion": "eu-west-1"}"#,
        "InvalidArnException",
        "Key Aliases are not supported for this operation.",
    ),
    (
        EAST,
        "ReplicateKey",
        r#"{"KeyId": "PRIMARY", "ReplicaRegion": "eu-west-1", "Tags": [{"TagKey": "aws:x", "TagValue": ""}]}"#,
        "TagException",
        "Tags beginning with aws: are reserved",
    ),
    (
        EAST,
        "ReplicateKey",
        r#"{"KeyId": "PRIMARY", "ReplicaRegion": "eu-west-1", "Policy": "LOCKED"}"#,
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    ),
    (
        WEST,
        "UpdatePrimaryRegion",
        r#"{"KeyId": "REPLICA", "PrimaryRegion": "us-west-2"}"#,
        "UnsupportedOperationException",
        "REPLICA is not a multi-region primary key.",
    ),
    (
        EAST,
        "UpdatePrimaryRegion",
        r#"{"KeyId": "SINGLE", "PrimaryRegion": "us-west-2"}"#,
        "UnsupportedOperationException",
        "SINGLE is not a multi-region primary key.",
    ),
    (
        EAST,
        "UpdatePrimaryRegion",
        r#"{"KeyId": "PRIMARY", "PrimaryRegion": "us-east-1"}"#,
        "UnsupportedOperationException",
        "PRIMARY is the primary key already.",
    ),
    (
        EAST,
        "UpdatePrimaryRegion",
        r#"{"KeyId": "PRIMARY", "PrimaryRegion": "eu-west-1"}"#,
        "NotFoundException",
        "Key 'IRISH' does not exist",
    ),
    // Rotation is the primary key's matter.
    (
        WEST,
        "EnableKeyRotation",
        r#"{"KeyId": "REPLICA"}"#,
        "UnsupportedOperationException",
        "REPLICA is not a multi-region primary key.",
    ),
    (
        WEST,
        "DisableKeyRotation",
        r#"{"KeyId": "REPLICA"}"#,
        "UnsupportedOperationException",
        "REPLICA is not a multi-region primary key.",
    ),
    (
        WEST,
        "RotateKeyOnDemand",
        r#"{"KeyId": "REPLICA"}"#,
        "UnsupportedOperationException",
        "REPLICA is not a multi-region primary key.",
    ),
    // A ciphertext opens by its key's relative, not by its key's ARN of another Region.
    (
        WEST,
        "Decrypt",
        r#"{"KeyId": "PRIMARY", "CiphertextBlob": "eA=="}"#,
        "NotFoundException",
        "Invalid arn us-east-1",
    ),
];

#[test]
fn what_is_refused() {
    let mut r = Regions::new();
    let primary = r.primary();
    let replica = r.replica(&primary, WEST);
    let single = r.done(EAST, "CreateKey", json!({}))["KeyMetadata"]["Arn"].clone();
    let locked = r#"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"kms:GetKeyPolicy\",\"Resource\":\"*\"}]}"#;
    for (region, operation, input, code, message) in REFUSALS {
        let fill = |text: &str| {
            text.replace("PRIMARY", &primary)
                .replace("REPLICA", &replica)
                .replace("IRISH", &primary.replace(EAST, IRELAND))
                .replace("SINGLE", single.as_str().unwrap())
                .replace("LOCKED", locked)
        };
        let before = r.i.snapshot.revision;
        let found = r.call(
            region,
            operation,
            serde_json::from_str(&fill(input)).unwrap(),
        );
        let wanted = (code.to_owned(), fill(message));
        assert_eq!(found.unwrap_err(), wanted, "{operation} {input}");
        assert_eq!(r.i.snapshot.revision, before, "{operation} {input}");
    }
}

#[test]
fn a_replica_shows_what_it_shares_and_what_it_does_not() {
    let mut r = Regions::new();
    let made = r.done(
        EAST,
        "CreateKey",
        json!({"MultiRegion": true, "Description": "one", "Tags": [{"TagKey": "a", "TagValue": "1"}]}),
    );
    let primary = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    r.i.now = r.i.now.plus_seconds(10);
    let arn = primary.replace(EAST, WEST);
    let input = json!({"KeyId": primary, "ReplicaRegion": WEST});
    let reply = r.done(EAST, "ReplicateKey", input);
    let regions = json!({
        "MultiRegionKeyType": "REPLICA",
        "PrimaryKey": {"Arn": primary, "Region": EAST},
        "ReplicaKeys": [{"Arn": arn, "Region": WEST}],
    });
    let mut metadata = json!({
        "AWSAccountId": "111122223333", "KeyId": regions::key_id(&primary), "Arn": arn,
        "CreationDate": r.i.now.seconds(), "Enabled": false, "Description": "",
        "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Creating", "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": true, "MultiRegionConfiguration": regions,
    });
    let mut shown = reply["ReplicaKeyMetadata"].clone();
    shown["CreationDate"] = json!(shown["CreationDate"].as_f64().unwrap() as i64);
    assert_eq!(shown, metadata);
    let default = r.done(EAST, "GetKeyPolicy", json!({"KeyId": primary}))["Policy"].clone();
    assert_eq!(reply["ReplicaPolicy"], default);
    assert_eq!(reply["ReplicaTags"], json!([]));
    // A second later it is there, and knows its material.
    r.i.advance_seconds(1);
    let material = r.describe(&primary)["CurrentKeyMaterialId"].clone();
    metadata["KeyState"] = json!("Enabled");
    metadata["Enabled"] = json!(true);
    metadata["CurrentKeyMaterialId"] = material;
    let mut shown = r.describe(&arn);
    shown["CreationDate"] = json!(shown["CreationDate"].as_f64().unwrap() as i64);
    assert_eq!(shown, metadata);
    assert_eq!(
        r.done(WEST, "ListResourceTags", json!({"KeyId": arn}))["Tags"],
        json!([])
    );
    let listed = r.done(WEST, "ListKeys", json!({}));
    assert_eq!(listed["Keys"].as_array().unwrap().len(), 1);
}

#[test]
fn a_replica_has_what_the_request_gives_it() {
    let mut r = Regions::new();
    let primary = r.primary();
    let policy = r.done(EAST, "GetKeyPolicy", json!({"KeyId": primary}))["Policy"]
        .as_str()
        .unwrap()
        .replace("key-default-1", "mine");
    let tags = json!([{"TagKey": "b", "TagValue": "2"}]);
    let input = json!({"KeyId": primary, "ReplicaRegion": WEST, "Description": "two",
        "Policy": policy, "Tags": tags});
    let reply = r.done(EAST, "ReplicateKey", input);
    assert_eq!(reply["ReplicaPolicy"], json!(policy));
    assert_eq!(reply["ReplicaTags"], tags);
    assert_eq!(reply["ReplicaKeyMetadata"]["Description"], "two");
    let replica = reply["ReplicaKeyMetadata"]["Arn"]
        .as_str()
        .unwrap()
        .to_owned();
    let key = || json!({"KeyId": replica});
    assert_eq!(r.done(WEST, "GetKeyPolicy", key())["Policy"], json!(policy));
    assert_eq!(r.done(WEST, "ListResourceTags", key())["Tags"], tags);
    // The same key may have a policy in one Region that would lock its maker out, if she insists.
    let locked = policy.replace("kms:*", "kms:Decrypt");
    let input = json!({"KeyId": primary, "ReplicaRegion": IRELAND, "Policy": locked,
        "BypassPolicyLockoutSafetyCheck": true});
    r.done(EAST, "ReplicateKey", input);
}

/// Every related key lists the same Regions after every change of them.
#[test]
fn all_related_keys_know_of_each_other() {
    let mut r = Regions::new();
    let primary = r.primary();
    let west = r.replica(&primary, WEST);
    let irish = r.replica(&primary, IRELAND);
    let all = [primary.as_str(), west.as_str(), irish.as_str()];
    r.check_lists(&all, EAST, &[WEST, IRELAND]);
    let input = json!({"KeyId": primary, "PrimaryRegion": IRELAND});
    r.done(EAST, "UpdatePrimaryRegion", input);
    r.check_lists(&all, IRELAND, &[WEST, EAST]);
    r.done(
        WEST,
        "ScheduleKeyDeletion",
        json!({"KeyId": west, "PendingWindowInDays": 7}),
    );
    r.check_lists(&all, IRELAND, &[WEST, EAST]);
    r.i.advance_days(7);
    r.check_lists(&[&primary, &irish], IRELAND, &[EAST]);
    // The new primary key is the one that is replicated now.
    let again = json!({"KeyId": irish, "ReplicaRegion": WEST});
    r.done(IRELAND, "ReplicateKey", again);
    r.check_lists(&all, IRELAND, &[EAST, WEST]);
}

#[test]
fn a_ciphertext_of_one_region_opens_in_another() {
    let mut r = Regions::new();
    let primary = r.primary();
    let blobs = [r.encrypt(&primary), r.rotated(&primary)];
    // Replicated after the rotation, it has the older material too.
    let replica = r.replica(&primary, WEST);
    let other = r.done(WEST, "CreateKey", json!({}))["KeyMetadata"]["Arn"].clone();
    for blob in &blobs {
        for input in [
            json!({"CiphertextBlob": blob}),
            json!({"CiphertextBlob": blob, "KeyId": replica}),
            json!({"CiphertextBlob": blob, "KeyId": regions::key_id(&replica)}),
        ] {
            let opened = r.done(WEST, "Decrypt", input);
            assert_eq!(opened["Plaintext"], regions::PLAINTEXT);
            assert_eq!(opened["KeyId"], json!(replica));
        }
        let input = json!({"CiphertextBlob": blob, "DestinationKeyId": other});
        let moved = r.done(WEST, "ReEncrypt", input);
        assert_eq!(moved["SourceKeyId"], json!(replica));
    }
    let back = r.encrypt(&replica);
    let opened = r.done(EAST, "Decrypt", json!({"CiphertextBlob": back}));
    assert_eq!(opened["KeyId"], json!(primary));
    // In a Region without a related key nobody can open it.
    let refused = r.call(IRELAND, "Decrypt", json!({"CiphertextBlob": back}));
    assert_eq!(refused.unwrap_err().0, "AccessDeniedException");
}

/// New material reaches every related key whatever its state is, and is what each encrypts with.
#[test]
fn rotation_reaches_all_related_keys() {
    for on_demand in [true, false] {
        for state in ["Enabled", "Disabled", "PendingDeletion", "Creating"] {
            let mut r = Regions::new();
            let primary = r.primary();
            let input = json!({"KeyId": primary, "RotationPeriodInDays": 90});
            r.done(EAST, "EnableKeyRotation", input);
            r.i.now = r.i.now.plus_days(89);
            let replica = r.replica_in_state(&primary, WEST, state);
            let before = r.describe(&primary)["CurrentKeyMaterialId"].clone();
            if on_demand {
                r.done(EAST, "RotateKeyOnDemand", json!({"KeyId": primary}));
            } else {
                r.i.advance_days(1);
            }
            let after = r.describe(&primary)["CurrentKeyMaterialId"].clone();
            assert_ne!(before, after);
            assert_eq!(
                r.describe(&replica)["CurrentKeyMaterialId"],
                after,
                "{state}"
            );
            let all = |key: &str| json!({"KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
            let here = r.done(EAST, "ListKeyRotations", all(&primary))["Rotations"].clone();
            let there = r.done(WEST, "ListKeyRotations", all(&replica))["Rotations"].clone();
            assert_eq!(here, there, "{state}");
            assert_eq!(here.as_array().unwrap().len(), 2);
            assert_eq!(r.i.snapshot.lost_material(), None);
            // One rotation, told once, where the primary key is.
            let events = r.i.records_of("RotateKey");
            assert_eq!(events.len(), 1);
            assert_eq!(events[0].aws_region.as_str(), EAST);
            if state == "Enabled" {
                let blob = r.encrypt(&replica);
                let opened = r.done(EAST, "Decrypt", json!({"CiphertextBlob": blob}));
                assert_eq!(opened["KeyMaterialId"], after);
            }
        }
    }
}

/// The setting is shared: made on the primary key, shown by all, kept by a new primary key.
#[test]
fn the_schedule_of_rotation_is_shared() {
    let mut r = Regions::new();
    let primary = r.primary();
    let early = r.replica(&primary, WEST);
    let input = json!({"KeyId": primary, "RotationPeriodInDays": 90});
    r.done(EAST, "EnableKeyRotation", input);
    let late = r.replica(&primary, IRELAND);
    let status = |r: &mut Regions, key: &str| {
        let mut status = r.done(
            regions::of(key),
            "GetKeyRotationStatus",
            json!({"KeyId": key}),
        );
        assert_eq!(status["KeyId"].take(), json!(key));
        status
    };
    let here = status(&mut r, &primary);
    assert_eq!(here["KeyRotationEnabled"], json!(true));
    assert_eq!(status(&mut r, &early), here);
    assert_eq!(status(&mut r, &late), here);
    // A replica's own state moves nothing of it.
    r.i.now = r.i.now.plus_days(1);
    r.done(WEST, "DisableKey", json!({"KeyId": early}));
    r.done(WEST, "EnableKey", json!({"KeyId": early}));
    assert_eq!(status(&mut r, &early), here);
    // The new primary key goes on with it, and is the one that rotates.
    r.done(
        EAST,
        "UpdatePrimaryRegion",
        json!({"KeyId": primary, "PrimaryRegion": WEST}),
    );
    r.i.advance_days(90);
    assert_eq!(r.i.records_of("RotateKey").len(), 1);
    assert_eq!(r.i.records_of("RotateKey")[0].aws_region.as_str(), WEST);
    let next = status(&mut r, &early);
    assert_ne!(next["NextRotationDate"], here["NextRotationDate"]);
    assert_eq!(status(&mut r, &primary), next);
    r.done(WEST, "DisableKeyRotation", json!({"KeyId": early}));
    for key in [&primary, &early, &late] {
        assert_eq!(status(&mut r, key)["KeyRotationEnabled"], json!(false));
    }
}

/// A disabled primary key does not rotate, and a schedule that fell due meanwhile is everybody's
/// when it is enabled again.
#[test]
fn a_disabled_primary_key_holds_all_up() {
    let mut r = Regions::new();
    let primary = r.primary();
    let replica = r.replica(&primary, WEST);
    r.done(
        EAST,
        "EnableKeyRotation",
        json!({"KeyId": primary, "RotationPeriodInDays": 90}),
    );
    r.done(EAST, "DisableKey", json!({"KeyId": primary}));
    r.i.advance_days(100);
    assert!(r.i.records_of("RotateKey").is_empty());
    r.done(EAST, "EnableKey", json!({"KeyId": primary}));
    let date = |r: &mut Regions, key: &str| {
        r.done(
            regions::of(key),
            "GetKeyRotationStatus",
            json!({"KeyId": key}),
        )["NextRotationDate"]
            .clone()
    };
    assert_eq!(date(&mut r, &primary), date(&mut r, &replica));
    r.i.advance_seconds(0);
    assert_eq!(r.i.records_of("RotateKey").len(), 1);
    assert_eq!(date(&mut r, &primary), date(&mut r, &replica));
}

/// What is done to one key leaves its relatives as they are.
#[test]
fn everything_else_is_each_keys_own() {
    for (operation, more) in [
        ("UpdateKeyDescription", json!({"Description": "changed"})),
        ("DisableKey", json!({})),
        (
            "TagResource",
            json!({"Tags": [{"TagKey": "t", "TagValue": "v"}]}),
        ),
        ("ScheduleKeyDeletion", json!({"PendingWindowInDays": 7})),
        ("CreateAlias", json!({"AliasName": "alias/here"})),
        (
            "CreateGrant",
            json!({"GranteePrincipal": "arn:aws:iam::111122223333:user/admin",
                   "Operations": ["Decrypt"]}),
        ),
        ("Encrypt", json!({"Plaintext": "eA=="})),
        ("PutKeyPolicy", json!({"Policy": "POLICY"})),
    ] {
        let mut r = Regions::new();
        let primary = r.primary();
        let replica = r.replica(&primary, WEST);
        let policy = r.done(EAST, "GetKeyPolicy", json!({"KeyId": primary}))["Policy"].clone();
        for (changed, other) in [(&replica, &primary), (&primary, &replica)] {
            let before = r.own(other);
            let mut input = more.clone();
            let member = match operation {
                "CreateAlias" => "TargetKeyId",
                _ => "KeyId",
            };
            input[member] = json!(changed);
            if let Some(text) = input.get_mut("Policy") {
                *text = json!(policy.as_str().unwrap().replace("key-default-1", "mine"));
            }
            r.done(regions::of(changed), operation, input);
            assert_eq!(r.own(other), before, "{operation} on {changed}");
        }
    }
}

#[test]
fn a_new_primary_region() {
    let mut r = Regions::new();
    let primary = r.primary();
    let replica = r.replica(&primary, WEST);
    let blob = r.encrypt(&primary);
    r.done(
        EAST,
        "UpdatePrimaryRegion",
        json!({"KeyId": primary, "PrimaryRegion": WEST}),
    );
    for key in [&primary, &replica] {
        assert_eq!(r.describe(key)["KeyState"], "Updating");
        // Cryptographic operations go on.
        let region = regions::of(key);
        r.done(region, "Decrypt", json!({"CiphertextBlob": blob}));
        r.encrypt(key);
    }
    r.i.advance_seconds(1);
    for (key, kind) in [(&primary, "REPLICA"), (&replica, "PRIMARY")] {
        let shown = r.describe(key);
        assert_eq!(shown["KeyState"], "Enabled");
        assert_eq!(
            shown["MultiRegionConfiguration"]["MultiRegionKeyType"],
            kind
        );
    }
    // And back again.
    r.done(
        WEST,
        "UpdatePrimaryRegion",
        json!({"KeyId": replica, "PrimaryRegion": EAST}),
    );
    r.check_lists(&[&primary, &replica], EAST, &[WEST]);
}

/// The state of either key counts.
#[test]
fn a_new_primary_key_must_be_enabled() {
    for (state, code, words) in [
        ("Disabled", "DisabledException", "is disabled."),
        (
            "PendingDeletion",
            "KMSInvalidStateException",
            "is pending deletion.",
        ),
        ("Creating", "KMSInvalidStateException", "is creating."),
    ] {
        let mut r = Regions::new();
        let primary = r.primary();
        let replica = r.replica_in_state(&primary, WEST, state);
        let input = json!({"KeyId": primary, "PrimaryRegion": WEST});
        let refused = r.call(EAST, "UpdatePrimaryRegion", input).unwrap_err();
        assert_eq!(refused, (code.to_owned(), format!("{replica} {words}")));
    }
}

/// A primary key waits for its last replica to be gone, then for its own period.
#[test]
fn a_primary_key_goes_last() {
    let mut r = Regions::new();
    let primary = r.primary();
    let west = r.replica(&primary, WEST);
    let irish = r.replica(&primary, IRELAND);
    let leave = |r: &mut Regions, key: &str, days: i32| {
        let input = json!({"KeyId": key, "PendingWindowInDays": days});
        r.done(regions::of(key), "ScheduleKeyDeletion", input)
    };
    let reply = leave(&mut r, &primary, 10);
    assert_eq!(
        reply,
        json!({"KeyId": primary, "KeyState": "PendingReplicaDeletion", "PendingWindowInDays": 10})
    );
    let record = regions::shown(&r.i.records_of("ScheduleKeyDeletion")[0].response_elements);
    assert_eq!(
        record,
        json!({"keyId": primary, "keyState": "PendingReplicaDeletion", "pendingWindowInDays": 10})
    );
    let shown = r.describe(&primary);
    assert_eq!(shown["PendingDeletionWindowInDays"], json!(10));
    assert!(shown.get("DeletionDate").is_none());
    let into = json!({"KeyId": primary, "ReplicaRegion": "us-west-2"});
    assert_eq!(
        r.call(EAST, "ReplicateKey", into).unwrap_err().1,
        format!("{primary} is pending replica deletion.")
    );
    // Its replicas go on.
    r.encrypt(&west);
    leave(&mut r, &west, 7);
    leave(&mut r, &irish, 8);
    r.i.advance_days(7);
    assert_eq!(r.describe(&primary)["KeyState"], "PendingReplicaDeletion");
    r.i.advance_days(1);
    let shown = r.describe(&primary);
    assert_eq!(shown["KeyState"], "PendingDeletion");
    assert_eq!(
        shown["DeletionDate"].as_f64().unwrap() as i64,
        r.i.now.plus_days(10).seconds()
    );
    assert!(shown.get("PendingDeletionWindowInDays").is_none());
    assert_eq!(shown["MultiRegionConfiguration"]["ReplicaKeys"], json!([]));
    r.i.advance_days(10);
    let gone = r.call(EAST, "DescribeKey", json!({"KeyId": primary}));
    assert_eq!(gone.unwrap_err().0, "NotFoundException");
    let events = r.i.records_of("DeleteKey");
    let places: Vec<&str> = events.iter().map(|e| e.aws_region.as_str()).collect();
    assert_eq!(places, [WEST, IRELAND, EAST]);
}

#[test]
fn a_deletion_that_waits_for_replicas_can_be_taken_back() {
    let mut r = Regions::new();
    let primary = r.primary();
    let replica = r.replica(&primary, WEST);
    r.done(EAST, "ScheduleKeyDeletion", json!({"KeyId": primary}));
    r.done(EAST, "CancelKeyDeletion", json!({"KeyId": primary}));
    assert_eq!(r.describe(&primary)["KeyState"], "Disabled");
    // Its replica's end no longer begins anything.
    r.done(
        WEST,
        "ScheduleKeyDeletion",
        json!({"KeyId": replica, "PendingWindowInDays": 7}),
    );
    r.i.advance_days(7);
    assert_eq!(r.describe(&primary)["KeyState"], "Disabled");
}

/// The replica that is made again is another key: nothing of the one before it is there.
#[test]
fn a_replica_that_is_gone_can_be_made_again() {
    let mut r = Regions::new();
    let primary = r.primary();
    let replica = r.replica(&primary, WEST);
    let blob = r.encrypt(&replica);
    let alias = json!({"AliasName": "alias/x", "TargetKeyId": replica});
    r.done(WEST, "CreateAlias", alias);
    let input = json!({"KeyId": replica, "PendingWindowInDays": 7});
    r.done(WEST, "ScheduleKeyDeletion", input);
    let again = json!({"KeyId": primary, "ReplicaRegion": WEST});
    let there = r.call(EAST, "ReplicateKey", again).unwrap_err();
    assert_eq!(there.0, "AlreadyExistsException");
    r.i.advance_days(7);
    assert_eq!(r.replica(&primary, WEST), replica);
    r.done(WEST, "Decrypt", json!({"CiphertextBlob": blob}));
    let aliases = r.done(WEST, "ListAliases", json!({"KeyId": replica}));
    assert_eq!(aliases["Aliases"], json!([]));
    let mut r = Regions::new();
    let primary = r.primary();
    let replica = r.replica(&primary, WEST);
    r.encrypt(&replica);
    r.done(
        WEST,
        "ScheduleKeyDeletion",
        json!({"KeyId": replica, "PendingWindowInDays": 7}),
    );
    r.i.advance_days(7);
    r.replica(&primary, WEST);
    let usage = r.done(WEST, "GetKeyLastUsage", json!({"KeyId": replica}));
    assert_eq!(usage["KeyLastUsage"], json!({}));
}

/// A replica whose deletion is scheduled in its first second is pending deletion from then on.
#[test]
fn a_replica_can_be_given_up_while_it_is_made() {
    let mut r = Regions::new();
    let primary = r.primary();
    let replica = r.replica_in_state(&primary, WEST, "Creating");
    r.done(WEST, "ScheduleKeyDeletion", json!({"KeyId": replica}));
    assert_eq!(r.describe(&replica)["KeyState"], "PendingDeletion");
    r.done(WEST, "CancelKeyDeletion", json!({"KeyId": replica}));
    assert_eq!(r.describe(&replica)["KeyState"], "Disabled");
}

/// The copies of material are sealed for their own rows: no two rows are alike, and one put in the
/// place of another does not open.
#[test]
fn copies_of_material_are_sealed_anew() {
    let mut r = Regions::new();
    let primary = r.primary();
    let replica = r.replica(&primary, WEST);
    let sealed = |r: &Regions, region: &str| -> Vec<Value> {
        let of = format!("111122223333/{region}/mrk-");
        r.i.rows
            .iter()
            .filter(|((c, name), _)| c == "kms.material" && name.starts_with(&of))
            .map(|(_, row)| serde_json::from_slice::<Value>(row).unwrap()["sealed"].clone())
            .collect()
    };
    let (here, there) = (sealed(&r, EAST), sealed(&r, WEST));
    assert_eq!((here.len(), there.len()), (1, 1));
    assert_ne!(here, there);
    r.encrypt(&replica);
    r.swap_material(&primary, &replica);
    let input = json!({"KeyId": replica, "Plaintext": "eA=="});
    assert_eq!(
        r.call(WEST, "Encrypt", input).unwrap_err().0,
        "KMSInternalException"
    );
}
