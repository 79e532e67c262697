//! What of requests and replies shows in a record, on the services' own shapes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_model::{IAM, IDENTITYSTORE, KMS, SERVICES, STS, Service, Shape, Structure};
use claviger_trail::redact::{HIDDEN, Sensitive, elements, parameters};
use serde_json::{Value, json};

fn input(service: &Service, operation: &str) -> &'static Structure {
    service.operation(operation).unwrap().input.unwrap()
}

fn output(service: &Service, operation: &str) -> &'static Structure {
    service.operation(operation).unwrap().output.unwrap()
}

fn shown(json: Option<claviger_trail::Json>) -> String {
    json.map_or("null".to_owned(), |j| j.as_str().to_owned())
}

#[test]
fn requests() {
    for (service, operation, document, expect) in [
        (
            KMS,
            "Encrypt",
            json!({"KeyId": "alias/a", "Plaintext": "c2VjcmV0", "EncryptionContext": {"KeyId": "As Sent"}}),
            r#"{"keyId":"alias/a","encryptionContext":{"KeyId":"As Sent"}}"#,
        ),
        (
            KMS,
            "Decrypt",
            json!({"CiphertextBlob": "c2VjcmV0"}),
            "null",
        ),
        (
            KMS,
            "CreateKey",
            json!({"Tags": [{"TagKey": "a", "TagValue": "b"}], "MultiRegion": true, "KeySpec": null}),
            r#"{"tags":[{"tagKey":"a","tagValue":"b"}],"multiRegion":true}"#,
        ),
        (
            KMS,
            "ScheduleKeyDeletion",
            json!({"KeyId": "k", "PendingWindowInDays": 7, "Unknown": "not shown"}),
            r#"{"keyId":"k","pendingWindowInDays":7}"#,
        ),
        (KMS, "ListKeys", json!({}), "null"),
        (KMS, "Encrypt", json!("not an object"), "null"),
        (
            KMS,
            "Encrypt",
            json!({"KeyId": {"Plaintext": "c2VjcmV0"}, "EncryptionAlgorithm": 7}),
            "null",
        ),
        (
            KMS,
            "DescribeKey",
            json!({"KeyId": "\u{1b}[31m\"quoted\""}),
            "{\"keyId\":\"\\u001b[31m\\\"quoted\\\"\"}",
        ),
        (
            IAM,
            "CreateUser",
            json!({"UserName": "bob", "Path": "/"}),
            r#"{"path":"/","userName":"bob"}"#,
        ),
    ] {
        let found = shown(parameters(input(service, operation), &document));
        assert_eq!(found, expect, "{operation}");
    }
}

#[test]
fn sensitive_members_are_hidden_or_left_out() {
    let user = json!({"IdentityStoreId": "d-1234567890", "UserName": "bob", "Name": {"FamilyName": "Roe"}});
    let found = shown(parameters(input(IDENTITYSTORE, "CreateUser"), &user));
    assert!(!found.contains("bob") && !found.contains("Roe"), "{found}");
    assert!(
        found.contains(&format!("\"userName\":\"{HIDDEN}\"")),
        "{found}"
    );
    assert!(
        found.contains("\"identityStoreId\":\"d-1234567890\""),
        "{found}"
    );

    let reply = json!({"AccessKey": {"UserName": "bob", "AccessKeyId": "AKIA", "Status": "Active",
        "SecretAccessKey": "s3cret", "CreateDate": 1_618_253_910.0}});
    let found = shown(elements(
        output(IAM, "CreateAccessKey"),
        &reply,
        Sensitive::Omit,
    ));
    let expect = r#"{"accessKey":{"userName":"bob","accessKeyId":"AKIA","status":"Active","createDate":"Apr 12, 2021, 6:58:30 PM"}}"#;
    assert_eq!(found, expect);

    let reply = json!({"Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": "s3cret",
        "SessionToken": "token", "Expiration": 0}});
    let found = shown(elements(output(STS, "AssumeRole"), &reply, Sensitive::Omit));
    assert!(
        !found.contains("s3cret") && !found.contains("ecretAccessKey"),
        "{found}"
    );
    let found = shown(elements(output(STS, "AssumeRole"), &reply, Sensitive::Hide));
    assert!(
        found.contains(&format!("\"secretAccessKey\":\"{HIDDEN}\"")),
        "{found}"
    );
}

#[test]
fn only_the_first_letter_changes() {
    let reply = json!({"KeyMetadata": {"AWSAccountId": "111122223333", "KeyId": "k"}});
    let found = shown(elements(output(KMS, "CreateKey"), &reply, Sensitive::Hide));
    assert_eq!(
        found,
        r#"{"keyMetadata":{"aWSAccountId":"111122223333","keyId":"k"}}"#
    );
}

/// A document with every member of a shape set, the secret ones to a marker.
fn full(shape: &Shape, sensitive: bool, depth: usize) -> Value {
    const MARK: &str = "U0VDUkVU";
    match shape {
        _ if depth == 0 => Value::Null,
        Shape::String { sensitive: s, .. } if *s || sensitive => MARK.into(),
        Shape::String { .. } => "shown".into(),
        Shape::Integer { .. } | Shape::Long { .. } | Shape::Double | Shape::Timestamp => 1.into(),
        Shape::Boolean => true.into(),
        Shape::Blob { .. } => MARK.into(),
        Shape::List { member, .. } => json!([full(member, sensitive, depth - 1)]),
        Shape::Map { value, .. } => json!({"key": full(value, sensitive, depth - 1)}),
        Shape::Structure(inner) => full_structure(inner, sensitive, depth - 1),
        Shape::Document => json!({"document": 1}),
    }
}

fn full_structure(structure: &Structure, sensitive: bool, depth: usize) -> Value {
    let sensitive = sensitive || structure.sensitive;
    let member = |m: &claviger_model::Member| {
        let value = full(m.shape, sensitive || m.sensitive, depth);
        (m.name.to_owned(), value)
    };
    Value::Object(structure.members.iter().map(member).collect())
}

/// No bytes and no secret of any operation of any service ever show, and what shows is JSON.
#[test]
fn nothing_secret_shows_of_any_operation() {
    let mut seen = 0;
    for service in SERVICES {
        for operation in service.operations {
            for structure in [operation.input, operation.output].into_iter().flatten() {
                let document = full_structure(structure, false, 8);
                for choice in [Sensitive::Hide, Sensitive::Omit] {
                    let found = shown(elements(structure, &document, choice));
                    assert!(!found.contains("U0VDUkVU"), "{}: {found}", operation.name);
                    serde_json::from_str::<Value>(&found).unwrap();
                }
                seen += usize::from(document.to_string().contains("U0VDUkVU"));
            }
        }
    }
    assert!(seen > 40, "only {seen} shapes held anything secret");
}
