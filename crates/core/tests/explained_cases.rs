//! A decision as a policy case: two names of one condition key that differ by case are both there,
//! and the case decides as the service did (`POL-E1`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod scene;

use claviger_testkit::installation::service_of;
use scene::{ALICE, ROOT, Scene, allow, policy};
use serde_json::{Value, json};

/// What alice asks, the conditions of the key policy under which she may, and the keys of the case
/// that begin with a prefix.
fn check(tags: &Value, (operation, asked): (&str, Value), conditions: &Value, expect: &Value) {
    let mut s = Scene::new();
    if tags.as_array().is_some_and(|tags| !tags.is_empty()) {
        let document = json!({"KeyId": s.key, "Tags": tags});
        s.admin("TagResource", document).unwrap();
    }
    let mut alice = allow(ALICE, "kms:*");
    alice["Condition"] = conditions.clone();
    let text = policy(json!([allow(ROOT, "kms:*"), alice]));
    let document = json!({"KeyId": s.key, "Policy": text});
    s.admin("PutKeyPolicy", document).unwrap();
    let caller = s.i.caller(&s.alice.clone(), service_of("kms")).unwrap();
    let mut document = asked;
    document["KeyId"] = json!(s.key);
    let outcome = s.i.decide(caller, service_of("kms"), operation, document);
    let explained = outcome.considered[0].explain(s.i.conditions()).unwrap();
    assert_eq!(
        explained.case["expect"]["decision"], "allowed",
        "{conditions}"
    );
    assert!(explained.replays, "{conditions}");
    let prefixes = [
        "aws:ResourceTag",
        "aws:RequestTag",
        "kms:EncryptionContext:",
    ];
    let context = explained.case["request"]["context"].as_object().unwrap();
    let shown: serde_json::Map<String, Value> = context
        .iter()
        .filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    assert_eq!(Value::Object(shown), *expect, "{conditions}");
}

fn tag(key: &str, value: &str) -> Value {
    json!({"TagKey": key, "TagValue": value})
}

#[test]
fn names_that_differ_by_case_are_both_told() {
    let two_tags = json!([tag("Team", "a"), tag("team", "b")]);
    let encrypt = |context: Value| {
        let document = json!({"Plaintext": "eA==", "EncryptionContext": context});
        ("Encrypt", document)
    };
    // Two tags of the key.
    check(
        &two_tags,
        ("DescribeKey", json!({})),
        &json!({"StringEquals": {"aws:ResourceTag/Team": "a"},
            "StringLike": {"aws:ResourceTag/team": "b"}}),
        &json!({"aws:ResourceTag/Team": "a", "aws:ResourceTag/team": "b"}),
    );
    // One tag, under two spellings.
    check(
        &json!([tag("Team", "a")]),
        ("DescribeKey", json!({})),
        &json!({"StringEquals": {"aws:ResourceTag/team": "a"},
            "StringLike": {"aws:ResourceTag/Team": "a"}}),
        &json!({"aws:ResourceTag/team": "a"}),
    );
    // Two tags of the request, which the policy spells in a third way.
    check(
        &json!([]),
        ("TagResource", json!({"Tags": two_tags})),
        &json!({"StringEquals": {"aws:RequestTag/team": "b"}, "Null": {"aws:RequestTag/TEAM": "false"}}),
        &json!({"aws:RequestTag/Team": "a", "aws:RequestTag/team": "b"}),
    );
    // Two pairs of the encryption context, and one that the policy spells otherwise.
    check(
        &json!([]),
        encrypt(json!({"App": "a", "app": "b"})),
        &json!({"StringEquals": {"kms:EncryptionContext:App": "a"},
            "StringLike": {"KMS:EncryptionContext:app": "b"}}),
        &json!({"kms:EncryptionContext:App": "a", "kms:EncryptionContext:app": "b"}),
    );
    check(
        &json!([]),
        encrypt(json!({"App": "a"})),
        &json!({"StringEquals": {"kms:EncryptionContext:APP": "a"}}),
        &json!({"kms:EncryptionContext:App": "a"}),
    );
    // Neither is there.
    check(
        &json!([]),
        ("DescribeKey", json!({})),
        &json!({"Null": {"aws:ResourceTag/Team": "true", "aws:ResourceTag/x": "true"}}),
        &json!({"aws:ResourceTag/Team": null, "aws:ResourceTag/x": null}),
    );
}
