//! Every operation of IAM needs its permission on its resource: nothing without, exactly that
//! with it, nothing against a denial.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_core::iam::SERVED;
use claviger_testkit::installation::{Installation, Login};
use serde_json::{Value, json};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}"#;
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const PERMISSIONS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#;
const ALICE: &str = "arn:aws:iam::111122223333:user/team/alice";
const READER: &str = "arn:aws:iam::111122223333:role/Reader";

/// Operation, input, resource, and how a refusal names the resource.
fn matrix() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let user = |more: Value| merged(json!({"UserName": "alice"}), more);
    let role = |more: Value| merged(json!({"RoleName": "Reader"}), more);
    let key = json!({"AccessKeyId": "AKIAAAAAAAAAAAAAAAAA", "Status": "Inactive"});
    let policy = json!({"PolicyName": "p", "PolicyDocument": PERMISSIONS});
    let managed = json!({"PolicyArn": ADMINISTRATOR});
    let none = || json!({});
    let new_user = "arn:aws:iam::111122223333:user/x/new";
    let new_role = "arn:aws:iam::111122223333:role/new";
    vec![
        (
            "AttachRolePolicy",
            role(managed.clone()),
            READER,
            "role Reader",
        ),
        (
            "AttachUserPolicy",
            user(managed.clone()),
            ALICE,
            "user alice",
        ),
        ("CreateAccessKey", user(none()), ALICE, "user alice"),
        (
            "CreateRole",
            json!({"RoleName": "new", "AssumeRolePolicyDocument": TRUST}),
            new_role,
            new_role,
        ),
        (
            "CreateUser",
            json!({"UserName": "new", "Path": "/x/"}),
            new_user,
            new_user,
        ),
        ("DeleteAccessKey", user(key.clone()), ALICE, "user alice"),
        ("DeleteRole", role(none()), READER, "role Reader"),
        (
            "DeleteRolePolicy",
            role(policy.clone()),
            READER,
            "role Reader",
        ),
        ("DeleteUser", user(none()), ALICE, "user alice"),
        (
            "DeleteUserPolicy",
            user(policy.clone()),
            ALICE,
            "user alice",
        ),
        (
            "DetachRolePolicy",
            role(managed.clone()),
            READER,
            "role Reader",
        ),
        ("DetachUserPolicy", user(managed), ALICE, "user alice"),
        ("GetRole", role(none()), READER, "role Reader"),
        ("GetRolePolicy", role(policy.clone()), READER, "role Reader"),
        ("GetUser", user(none()), ALICE, "user alice"),
        ("GetUserPolicy", user(policy.clone()), ALICE, "user alice"),
        ("ListAccessKeys", user(none()), ALICE, "user alice"),
        (
            "ListAttachedRolePolicies",
            role(none()),
            READER,
            "role Reader",
        ),
        (
            "ListAttachedUserPolicies",
            user(none()),
            ALICE,
            "user alice",
        ),
        ("ListRolePolicies", role(none()), READER, "role Reader"),
        ("ListRoleTags", role(none()), READER, "role Reader"),
        (
            "ListRoles",
            none(),
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role/",
        ),
        ("ListUserPolicies", user(none()), ALICE, "user alice"),
        ("ListUserTags", user(none()), ALICE, "user alice"),
        (
            "ListUsers",
            none(),
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam::111122223333:user/",
        ),
        ("PutRolePolicy", role(policy.clone()), READER, "role Reader"),
        ("PutUserPolicy", user(policy), ALICE, "user alice"),
        ("UpdateAccessKey", user(key), ALICE, "user alice"),
        (
            "UpdateAssumeRolePolicy",
            role(json!({"PolicyDocument": TRUST})),
            READER,
            "role Reader",
        ),
    ]
}

fn merged(mut one: Value, other: Value) -> Value {
    one.as_object_mut()
        .unwrap()
        .extend(other.as_object().unwrap().clone());
    one
}

fn iam(i: &mut Installation, operation: &str, input: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, "iam", operation, input)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

/// A user `tester` with the statements given, and what the matrix names.
fn tester(statements: &Value) -> (Installation, Login) {
    let mut i = Installation::new();
    let tags = json!([{"Key": "team", "Value": "blue"}]);
    iam(
        &mut i,
        "CreateUser",
        json!({"UserName": "alice", "Path": "/team/", "Tags": tags}),
    );
    iam(&mut i, "CreateUser", json!({"UserName": "tester"}));
    iam(
        &mut i,
        "CreateRole",
        json!({"RoleName": "Reader", "AssumeRolePolicyDocument": TRUST}),
    );
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
fn the_matrix_names_every_operation() {
    let served: Vec<&str> = SERVED.iter().map(|row| row.name).collect();
    let tested: Vec<&str> = matrix().iter().map(|row| row.0).collect();
    assert_eq!(served, tested);
}

#[test]
fn every_operation_needs_its_permission() {
    for (operation, input, resource, shown) in matrix() {
        let action = format!("iam:{operation}");
        let refused = |statements: Value, why: &str| {
            let (mut i, login) = tester(&statements);
            let rows = i.rows.clone();
            let error = i.call(&login, "iam", operation, input.clone()).unwrap_err();
            assert_eq!(
                (error.shape.code, error.shape.status),
                ("AccessDenied", 403),
                "{operation}"
            );
            assert_eq!(
                error.message.unwrap(),
                format!(
                    "User: arn:aws:iam::111122223333:user/tester is not authorized to perform: \
                     {action} on resource: {shown} {why}"
                ),
            );
            assert_eq!(i.rows, rows, "{operation} changed something");
            assert_eq!(
                i.records.last().unwrap().error_code.as_deref(),
                Some("AccessDenied")
            );
        };
        let allow = |action: &str, resource: &str| json!({"Effect": "Allow", "Action": action, "Resource": resource});
        let silent = format!("because no identity-based policy allows the {action} action");
        refused(json!([allow("kms:*", "*")]), &silent);
        refused(
            json!([allow(&action, "arn:aws:iam::111122223333:user/other")]),
            &silent,
        );
        refused(
            json!([allow("*", "*"), {"Effect": "Deny", "Action": action, "Resource": resource}]),
            "with an explicit deny in an identity-based policy",
        );
        let (mut i, login) = tester(&json!([allow(&action, resource)]));
        if let Err(error) = i.call(&login, "iam", operation, input.clone()) {
            assert_ne!(error.shape.code, "AccessDenied", "{operation}: {error:?}");
        }
    }
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
