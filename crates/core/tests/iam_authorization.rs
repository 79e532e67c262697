//! Condition keys of IAM's operations, and that accounts are apart. That every operation needs its
//! permission is shown in `authorization_matrix`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_testkit::installation::{Installation, Login};
use serde_json::{Value, json};

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn iam(i: &mut Installation, operation: &str, input: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, "iam", operation, input)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

/// A user `tester` with the statements given, and a user `alice` with a tag.
fn tester(statements: &Value) -> (Installation, Login) {
    let mut i = Installation::new();
    let tags = json!([{"Key": "team", "Value": "blue"}]);
    iam(
        &mut i,
        "CreateUser",
        json!({"UserName": "alice", "Path": "/team/", "Tags": tags}),
    );
    iam(&mut i, "CreateUser", json!({"UserName": "tester"}));
    let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let input = json!({"UserName": "tester", "PolicyName": "t", "PolicyDocument": document});
    iam(&mut i, "PutUserPolicy", input);
    let reply = iam(&mut i, "CreateAccessKey", json!({"UserName": "tester"}));
    let text = |name: &str| reply["AccessKey"][name].as_str().unwrap().to_owned();
    let login = Login {
        access_key_id: text("AccessKeyId"),
        secret: text("SecretAccessKey"),
        token: None,
    };
    (i, login)
}

#[test]
fn condition_keys() {
    let with = |action: &str, condition: Value| json!([{"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}]);
    let equals = |key: &str, value: &str| json!({"StringEquals": {key: value}});
    let tagged =
        |value: &str| json!({"UserName": "new", "Tags": [{"Key": "team", "Value": value}]});
    let bounded = json!({"UserName": "new", "PermissionsBoundary": ADMINISTRATOR});
    let attach = json!({"UserName": "alice", "PolicyArn": ADMINISTRATOR});
    let is_administrator = |key: &str| json!({"ArnEquals": {key: ADMINISTRATOR}});
    let cases = [
        (
            with("iam:GetUser", equals("aws:ResourceTag/team", "blue")),
            "GetUser",
            json!({"UserName": "alice"}),
            true,
        ),
        (
            with("iam:GetUser", equals("iam:ResourceTag/Team", "blue")),
            "GetUser",
            json!({"UserName": "alice"}),
            true,
        ),
        (
            with("iam:GetUser", equals("aws:ResourceTag/team", "red")),
            "GetUser",
            json!({"UserName": "alice"}),
            false,
        ),
        (
            with("iam:*", equals("aws:RequestTag/team", "blue")),
            "CreateUser",
            tagged("blue"),
            true,
        ),
        (
            with("iam:*", equals("aws:RequestTag/team", "blue")),
            "CreateUser",
            tagged("red"),
            false,
        ),
        // Tags at creation need the permission to tag.
        (
            with("iam:CreateUser", json!({})),
            "CreateUser",
            tagged("blue"),
            false,
        ),
        (
            with(
                "iam:CreateUser",
                is_administrator("iam:PermissionsBoundary"),
            ),
            "CreateUser",
            bounded,
            true,
        ),
        (
            with(
                "iam:CreateUser",
                is_administrator("iam:PermissionsBoundary"),
            ),
            "CreateUser",
            json!({"UserName": "new"}),
            false,
        ),
        (
            with("iam:AttachUserPolicy", is_administrator("iam:PolicyARN")),
            "AttachUserPolicy",
            attach.clone(),
            true,
        ),
        (
            with(
                "iam:AttachUserPolicy",
                json!({"ArnNotEquals": {"iam:PolicyARN": ADMINISTRATOR}}),
            ),
            "AttachUserPolicy",
            attach,
            false,
        ),
    ];
    for (statements, operation, input, allowed) in cases {
        let (mut i, login) = tester(&statements);
        let outcome = i.call(&login, "iam", operation, input.clone());
        match outcome {
            Ok(_) => assert!(allowed, "{statements} allowed {operation} {input}"),
            Err(error) => {
                assert!(
                    !allowed,
                    "{statements} refused {operation} {input}: {error:?}"
                );
                assert_eq!(error.shape.code, "AccessDenied");
            }
        }
    }
}

#[test]
fn accounts_are_apart() {
    let (mut i, _) = tester(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let outsider = i.outsider.clone();
    let error = i
        .call(&outsider, "iam", "GetUser", json!({"UserName": "alice"}))
        .unwrap_err();
    assert_eq!(error.shape.code, "NoSuchEntity");
    let own = i.call(&outsider, "iam", "ListUsers", json!({})).unwrap();
    assert_eq!(own["Users"].as_array().unwrap().len(), 1);
}
