//! Explanations about grants: who retires one, and what a child grant may hold.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::Switches;
use claviger_policy::case::read;
use claviger_types::Timestamp;
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const BOB: &str = "arn:aws:iam::111122223333:user/bob";
const OTHER: &str = "arn:aws:iam::111122223333:user/other";

/// Why bob, a user of the key's account, may not do something with a grant.
fn because(action: &str, context: &Value, principal: &str, grant: &Value) -> String {
    let case = json!({
        "name": "case",
        "request": {"action": action, "resource": KEY, "principal": {"arn": BOB}, "context": context},
        "policies": {
            "resource": {"Version": "2012-10-17", "Statement": [
                {"Sid": "S", "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"}]},
            "identity": [],
            "grants": [grant],
        },
    });
    let cases = read(&serde_json::to_string_pretty(&case).unwrap()).unwrap();
    let now = Timestamp::from_seconds(1_790_000_000);
    let explained = cases[0].explain(now, &Switches::default()).unwrap();
    assert_ne!(explained.decision.as_str(), "allowed", "{case}");
    explained.because
}

/// `POL-G4`: the key policy has no say, so it is neither what delegates nor what came near.
#[test]
fn no_key_policy_is_told_where_a_grant_is_retired() {
    for principal in ["arn:aws:iam::111122223333:root", OTHER] {
        let grant = json!({"GrantId": "g", "GranteePrincipal": OTHER, "Operations": ["Decrypt"]});
        let told = because("kms:RetireGrant", &json!({}), principal, &grant);
        assert!(!told.contains("leaves it to"), "{told}");
        assert!(!told.contains("statement S"), "{told}");
    }
}

/// `POL-G3`: a child grant has no operation that its parent lacks.
#[test]
fn the_operations_of_a_child_grant_are_told() {
    let parent = |context: Value| {
        let mut grant = json!({"GrantId": "g", "GranteePrincipal": BOB,
            "Operations": ["Decrypt", "CreateGrant"]});
        if !context.is_null() {
            grant["Constraints"] = json!({"EncryptionContextSubset": context});
        }
        grant
    };
    for (constraint, operations, told) in [
        (
            Value::Null,
            json!(["Encrypt"]),
            "which names the operations Decrypt, CreateGrant, not Encrypt",
        ),
        (
            Value::Null,
            json!(["Decrypt", "Encrypt", "Sign"]),
            "which names the operations Decrypt, CreateGrant, not Encrypt, Sign",
        ),
        (
            json!({"tenant": "a"}),
            json!(["Decrypt"]),
            "where EncryptionContextSubset wants tenant=a of the constraint of the new grant, which is not in the request",
        ),
        (
            json!({"tenant": "a"}),
            json!(["Encrypt"]),
            "which names the operations Decrypt, CreateGrant, not Encrypt, and where EncryptionContextSubset wants tenant=a of the constraint of the new grant, which is not in the request",
        ),
    ] {
        let context = json!({"kms:GrantOperations": operations});
        let why = because("kms:CreateGrant", &context, OTHER, &parent(constraint));
        let end = format!("nearest is grant g, {told}");
        assert!(why.ends_with(&end), "{why}\nshould end with\n{end}");
    }
}
