//! Multi-Region keys in records and policies: what is recorded in which Region, which condition keys
//! their operations bring, and what the key policy gives. Source: KMS Developer Guide, "Multi-Region
//! keys in AWS KMS", "Condition keys for AWS KMS".
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[allow(
    dead_code,
    reason = "the other tests of multi-Region keys use the rest"
)]
mod regions;

use regions::{EAST, IRELAND, Regions, WEST};
use serde_json::{Value, json};

#[test]
fn what_is_recorded_where() {
    let mut r = Regions::new();
    let primary = r.primary();
    r.i.records.clear();
    let input = json!({"KeyId": regions::key_id(&primary), "ReplicaRegion": WEST,
        "Tags": [{"TagKey": "a", "TagValue": "b"}]});
    let made = r.done(EAST, "ReplicateKey", input);
    let replica = made["ReplicaKeyMetadata"]["Arn"]
        .as_str()
        .unwrap()
        .to_owned();
    let records = std::mem::take(&mut r.i.records);
    let [one, other] = records.as_slice() else {
        panic!("{records:?}")
    };
    assert_eq!(
        (one.event_name, one.aws_region.as_str()),
        ("ReplicateKey", EAST)
    );
    assert_eq!(
        (other.event_name, other.aws_region.as_str()),
        ("CreateKey", WEST)
    );
    assert_eq!(one.request_id, other.request_id);
    assert_ne!(one.event_id, other.event_id);
    assert_eq!(
        (one.resources[0].arn.as_str(), one.resources.len()),
        (primary.as_str(), 1)
    );
    assert_eq!(other.resources[0].arn, replica);
    assert_eq!(
        regions::shown(&one.request_parameters),
        json!({"keyId": regions::key_id(&primary), "replicaRegion": WEST, "description": "",
            "bypassPolicyLockoutSafetyCheck": false, "tags": [{"tagKey": "a", "tagValue": "b"}]})
    );
    let response = regions::shown(&one.response_elements);
    assert_eq!(response["replicaKeyMetadata"]["keyState"], "Creating");
    assert_eq!(response["replicaPolicy"], made["ReplicaPolicy"]);
    assert_eq!(
        response["replicaTags"],
        json!([{"tagKey": "a", "tagValue": "b"}])
    );
    let response = regions::shown(&other.response_elements);
    assert_eq!(response["keyMetadata"]["arn"], json!(replica));
    assert_eq!(
        regions::shown(&other.request_parameters)["multiRegion"],
        json!(true)
    );
    r.i.advance_seconds(1);
    r.i.records.clear();
    let input = json!({"KeyId": regions::key_id(&primary), "PrimaryRegion": WEST});
    r.done(EAST, "UpdatePrimaryRegion", input.clone());
    let records = std::mem::take(&mut r.i.records);
    let [one, other] = records.as_slice() else {
        panic!("{records:?}")
    };
    for (record, region, key, name, by) in [
        (one, EAST, &primary, regions::key_id(&primary), None),
        (
            other,
            WEST,
            &replica,
            replica.as_str(),
            Some("kms.amazonaws.com"),
        ),
    ] {
        assert_eq!(record.event_name, "UpdatePrimaryRegion");
        assert_eq!(record.aws_region.as_str(), region);
        assert_eq!(
            regions::shown(&record.request_parameters),
            json!({"keyId": name, "primaryRegion": WEST})
        );
        assert_eq!(
            regions::shown(&record.response_elements),
            json!({"keyId": key})
        );
        let whole: Value = serde_json::from_slice(&record.to_bytes()).unwrap();
        assert_eq!(whole["userIdentity"]["invokedBy"].as_str(), by);
        assert_eq!(whole["sourceIPAddress"], "127.0.0.1");
        assert_eq!(whole["readOnly"], json!(false));
    }
    assert_eq!(one.resources[0].arn, primary);
    assert!(other.resources.is_empty());
    // The replica's Region is told of a synchronisation by nobody: the primary key's is.
    r.i.records.clear();
    r.done(WEST, "RotateKeyOnDemand", json!({"KeyId": replica}));
    let [event] = r.i.records_of("SynchronizeMultiRegionKey")[..] else {
        panic!("{:?}", r.i.records)
    };
    assert_eq!(event.aws_region.as_str(), WEST);
    assert_eq!(event.resources[0].arn, replica);
}

/// Condition keys of the two operations, each with a value that fits and one that does not.
#[test]
fn condition_keys() {
    let all = [
        "ReplicateKey",
        "CreateKey",
        "TagResource",
        "UpdatePrimaryRegion",
    ];
    for (operation, action, condition, allowed) in [
        (
            "ReplicateKey",
            "ReplicateKey",
            json!({"StringEquals": {"kms:ReplicaRegion": WEST}}),
            true,
        ),
        (
            "ReplicateKey",
            "ReplicateKey",
            json!({"StringEquals": {"kms:ReplicaRegion": EAST}}),
            false,
        ),
        (
            "ReplicateKey",
            "ReplicateKey",
            json!({"StringEquals": {"aws:RequestedRegion": EAST}}),
            true,
        ),
        (
            "ReplicateKey",
            "ReplicateKey",
            json!({"StringEquals": {"kms:MultiRegionKeyType": "PRIMARY"}}),
            true,
        ),
        (
            "ReplicateKey",
            "ReplicateKey",
            json!({"StringEquals": {"kms:MultiRegionKeyType": "REPLICA"}}),
            false,
        ),
        (
            "ReplicateKey",
            "CreateKey",
            json!({"StringEquals": {"aws:RequestedRegion": WEST}}),
            true,
        ),
        (
            "ReplicateKey",
            "CreateKey",
            json!({"StringEquals": {"aws:RequestedRegion": EAST}}),
            false,
        ),
        (
            "ReplicateKey",
            "CreateKey",
            json!({"StringEquals": {"kms:MultiRegionKeyType": "REPLICA"}}),
            true,
        ),
        (
            "ReplicateKey",
            "CreateKey",
            json!({"StringEquals": {"kms:MultiRegionKeyType": "PRIMARY"}}),
            false,
        ),
        (
            "ReplicateKey",
            "CreateKey",
            json!({"Bool": {"kms:MultiRegion": "true"}}),
            true,
        ),
        (
            "ReplicateKey",
            "CreateKey",
            json!({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}),
            true,
        ),
        (
            "ReplicateKey",
            "CreateKey",
            json!({"StringEquals": {"kms:KeyOrigin": "EXTERNAL"}}),
            false,
        ),
        (
            "ReplicateKey",
            "CreateKey",
            json!({"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}),
            false,
        ),
        (
            "ReplicateKey",
            "TagResource",
            json!({"StringEquals": {"aws:RequestTag/a": "b"}}),
            true,
        ),
        (
            "ReplicateKey",
            "TagResource",
            json!({"StringEquals": {"aws:RequestTag/a": "c"}}),
            false,
        ),
        (
            "ReplicateKey",
            "TagResource",
            json!({"StringEquals": {"aws:RequestedRegion": EAST}}),
            false,
        ),
        (
            "UpdatePrimaryRegion",
            "UpdatePrimaryRegion",
            json!({"StringEquals": {"kms:PrimaryRegion": IRELAND}}),
            true,
        ),
        (
            "UpdatePrimaryRegion",
            "UpdatePrimaryRegion",
            json!({"StringEquals": {"kms:PrimaryRegion": EAST}}),
            false,
        ),
        // It takes both keys.
        (
            "UpdatePrimaryRegion",
            "UpdatePrimaryRegion",
            json!({"StringEquals": {"kms:MultiRegionKeyType": "PRIMARY"}}),
            false,
        ),
        (
            "UpdatePrimaryRegion",
            "UpdatePrimaryRegion",
            json!({"StringEquals": {"aws:RequestedRegion": [EAST, IRELAND]}}),
            true,
        ),
        (
            "UpdatePrimaryRegion",
            "UpdatePrimaryRegion",
            json!({"StringEquals": {"aws:RequestedRegion": EAST}}),
            false,
        ),
    ] {
        let mut r = Regions::new();
        let primary = r.primary();
        r.replica(&primary, IRELAND);
        let statement = |name: &&str| {
            let mut statement =
                json!({"Effect": "Allow", "Action": format!("kms:{name}"), "Resource": "*"});
            if **name == *action {
                statement["Condition"] = condition.clone();
            }
            statement
        };
        let alice = r.alice(&all.iter().map(statement).collect::<Vec<_>>());
        let input = match operation {
            "ReplicateKey" => json!({"KeyId": primary, "ReplicaRegion": WEST,
                "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
            _ => json!({"KeyId": primary, "PrimaryRegion": IRELAND}),
        };
        let found = r.i.call(&alice, "kms", operation, input);
        assert_eq!(
            found.is_ok(),
            allowed,
            "{operation}, {action} under {condition}: {found:?}"
        );
    }
}

/// `kms:ReplicateKey` on the primary key is for its policy to give; the creation is not.
#[test]
fn the_key_policy_gives_one_half_only() {
    let mut r = Regions::new();
    let primary = r.primary();
    let alice = r.alice(&[]);
    let mut policy: Value = serde_json::from_str(
        r.done(EAST, "GetKeyPolicy", json!({"KeyId": primary}))["Policy"]
            .as_str()
            .unwrap(),
    )
    .unwrap();
    policy["Statement"].as_array_mut().unwrap().push(json!({
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"},
        "Action": ["kms:ReplicateKey", "kms:CreateKey"], "Resource": "*",
        "Condition": {"StringEquals": {"kms:ReplicaRegion": WEST}},
    }));
    r.done(
        EAST,
        "PutKeyPolicy",
        json!({"KeyId": primary, "Policy": policy.to_string()}),
    );
    for (region, action) in [
        (WEST, "kms:CreateKey on resource: *"),
        (IRELAND, "kms:ReplicateKey"),
    ] {
        let input = json!({"KeyId": primary, "ReplicaRegion": region});
        let refused = r.i.call(&alice, "kms", "ReplicateKey", input).unwrap_err();
        let text = refused.message.unwrap();
        assert!(text.contains(action), "{text}");
        assert_eq!(r.i.records.last().unwrap().event_name, "ReplicateKey");
    }
}
