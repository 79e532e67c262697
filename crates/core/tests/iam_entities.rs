//! Users, roles and access keys of IAM: what is answered, what is refused and in which words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_core::state::{AccessKey, Stored};
use claviger_model::IAM;
use claviger_testkit::installation::{Installation, Login};
use serde_json::{Value, json};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}"#;
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn iam(i: &mut Installation, operation: &str, input: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, "iam", operation, input)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

/// An installation with a user, a role, an inline policy on each and an access key.
fn furnished() -> (Installation, String) {
    let mut i = Installation::new();
    iam(
        &mut i,
        "CreateUser",
        json!({"UserName": "alice", "Path": "/team/"}),
    );
    iam(&mut i, "CreateUser", json!({"UserName": "bare"}));
    let role = json!({"RoleName": "Reader", "AssumeRolePolicyDocument": TRUST});
    iam(&mut i, "CreateRole", role);
    let key = iam(&mut i, "CreateAccessKey", json!({"UserName": "alice"}));
    (
        i,
        key["AccessKey"]["AccessKeyId"].as_str().unwrap().to_owned(),
    )
}

#[test]
fn a_user_from_birth_to_death() {
    let mut i = Installation::new();
    let tags = json!([{"Key": "team", "Value": "blue"}]);
    let made = iam(
        &mut i,
        "CreateUser",
        json!({"UserName": "Alice", "Path": "/a/", "Tags": tags, "PermissionsBoundary": ADMINISTRATOR}),
    );
    let id = made["User"]["UserId"].as_str().unwrap().to_owned();
    let expected = json!({"User": {
        "Path": "/a/", "UserName": "Alice", "UserId": id, "CreateDate": 1_767_607_200,
        "Arn": "arn:aws:iam::111122223333:user/a/Alice",
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
            "PermissionsBoundaryArn": ADMINISTRATOR,
        },
        "Tags": tags,
    }});
    assert_eq!(made, expected);
    assert!(id.starts_with("AIDA"));
    // Names do not differ by case alone.
    assert_eq!(
        iam(&mut i, "GetUser", json!({"UserName": "alice"})),
        expected
    );
    let listed = iam(&mut i, "ListUsers", json!({"PathPrefix": "/a/"}));
    assert_eq!(listed["Users"][0].get("Tags"), None);
    assert_eq!(listed["Users"].as_array().unwrap().len(), 1);
    let listed_tags = iam(&mut i, "ListUserTags", json!({"UserName": "Alice"}));
    assert_eq!(listed_tags["Tags"], tags);
    assert_eq!(
        iam(&mut i, "DeleteUser", json!({"UserName": "Alice"})),
        Value::Null
    );
    let again = iam(&mut i, "CreateUser", json!({"UserName": "Alice"}));
    assert_ne!(again["User"]["UserId"], id);
}

#[test]
fn a_role_from_birth_to_death() {
    let mut i = Installation::new();
    let input = json!({
        "RoleName": "Reader", "AssumeRolePolicyDocument": TRUST, "Description": "reads",
        "MaxSessionDuration": 7200,
    });
    let made = iam(&mut i, "CreateRole", input);
    assert_eq!(made["Role"]["Arn"], "arn:aws:iam::111122223333:role/Reader");
    assert!(made["Role"]["RoleId"].as_str().unwrap().starts_with("AROA"));
    assert_eq!(made["Role"].get("MaxSessionDuration"), None);
    let shown = iam(&mut i, "GetRole", json!({"RoleName": "Reader"}));
    assert_eq!(shown["Role"]["MaxSessionDuration"], 7200);
    assert_eq!(shown["Role"]["Description"], "reads");
    let document = shown["Role"]["AssumeRolePolicyDocument"].as_str().unwrap();
    assert!(
        document.starts_with("%7B%22Version%22%3A%222012-10-17%22"),
        "{document}"
    );
    assert!(iam(&mut i, "ListRoles", json!({}))["Roles"][0]["MaxSessionDuration"].is_number());
    iam(&mut i, "DeleteRole", json!({"RoleName": "reader"}));
    assert_eq!(iam(&mut i, "ListRoles", json!({}))["Roles"], json!([]));
}

#[test]
fn a_secret_is_shown_once_and_stored_sealed() {
    let (mut i, _) = furnished();
    let made = iam(&mut i, "CreateAccessKey", json!({"UserName": "bare"}));
    let key = &made["AccessKey"];
    assert_eq!(
        (&key["Status"], &key["UserName"]),
        (&json!("Active"), &json!("bare"))
    );
    let secret = key["SecretAccessKey"].as_str().unwrap();
    assert_eq!(secret.len(), 40);
    let id = key["AccessKeyId"].as_str().unwrap();
    let row = &i.rows[&(AccessKey::COLLECTION.to_owned(), id.to_owned())];
    assert!(!String::from_utf8_lossy(row).contains(secret));
    let record = String::from_utf8(i.records.last().unwrap().to_bytes()).unwrap();
    assert!(record.contains(id) && !record.contains(secret), "{record}");
    assert!(
        record.contains(r#""accessKey":{"userName":"bare""#),
        "{record}"
    );
    let login = Login {
        access_key_id: id.to_owned(),
        secret: secret.to_owned(),
        token: None,
    };
    // Without a name, the user is the one that signed; it may do nothing yet.
    let refused = i.call(&login, "iam", "GetUser", json!({})).unwrap_err();
    assert_eq!(
        refused.message.unwrap(),
        "User: arn:aws:iam::111122223333:user/bare is not authorized to perform: iam:GetUser on \
         resource: user bare because no identity-based policy allows the iam:GetUser action"
    );
    let input = json!({"UserName": "bare", "AccessKeyId": id, "Status": "Inactive"});
    iam(&mut i, "UpdateAccessKey", input);
    assert!(i.caller(&login, IAM).is_err());
    let listed = iam(&mut i, "ListAccessKeys", json!({"UserName": "bare"}));
    assert_eq!(listed["AccessKeyMetadata"][0]["Status"], "Inactive");
    iam(
        &mut i,
        "DeleteAccessKey",
        json!({"UserName": "bare", "AccessKeyId": id}),
    );
    iam(&mut i, "DeleteUser", json!({"UserName": "bare"}));
}

#[test]
fn pages() {
    let mut i = Installation::new();
    for n in 0..5 {
        iam(&mut i, "CreateUser", json!({"UserName": format!("u{n}")}));
    }
    let mut names = Vec::new();
    let mut marker = Value::Null;
    loop {
        let page = iam(
            &mut i,
            "ListUsers",
            json!({"MaxItems": 2, "Marker": marker}),
        );
        names.extend(
            page["Users"]
                .as_array()
                .unwrap()
                .iter()
                .map(|u| u["UserName"].as_str().unwrap().to_owned()),
        );
        marker = page["Marker"].clone();
        assert_eq!(page["IsTruncated"], json!(!marker.is_null()));
        if marker.is_null() {
            break;
        }
    }
    assert_eq!(names, ["admin", "u0", "u1", "u2", "u3", "u4"]);
}

#[test]
fn refusals() {
    let big = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{}","Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}]}}"#,
        "x".repeat(2000)
    );
    let dup = json!([{"Key": "A", "Value": "1"}, {"Key": "a", "Value": "2"}]);
    let cases: &[(&str, Value, &str, u16, &str)] = &[
        (
            "CreateUser",
            json!({"UserName": "ALICE"}),
            "EntityAlreadyExists",
            409,
            "User with name ALICE already exists.",
        ),
        (
            "CreateUser",
            json!({"UserName": "x", "Tags": dup}),
            "InvalidInput",
            400,
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            "CreateUser",
            json!({"UserName": "x", "PermissionsBoundary": "arn:aws:iam::aws:policy/None"}),
            "NoSuchEntity",
            404,
            "Scope ARN: arn:aws:iam::aws:policy/None does not exist or is not attachable.",
        ),
        (
            "GetUser",
            json!({"UserName": "gone"}),
            "NoSuchEntity",
            404,
            "The user with name gone cannot be found.",
        ),
        (
            "DeleteUser",
            json!({"UserName": "alice"}),
            "DeleteConflict",
            409,
            "Cannot delete entity, must delete access keys first.",
        ),
        (
            "DeleteAccessKey",
            json!({"UserName": "bare", "AccessKeyId": "AKIAAAAAAAAAAAAAAAAA"}),
            "NoSuchEntity",
            404,
            "The Access Key with id AKIAAAAAAAAAAAAAAAAA cannot be found.",
        ),
        (
            "ListUsers",
            json!({"Marker": "%%"}),
            "ValidationError",
            400,
            "Invalid Marker.",
        ),
        (
            "CreateRole",
            json!({"RoleName": "reader", "AssumeRolePolicyDocument": TRUST}),
            "EntityAlreadyExists",
            409,
            "Role with name reader already exists.",
        ),
        (
            "CreateRole",
            json!({"RoleName": "x", "AssumeRolePolicyDocument": "{"}),
            "MalformedPolicyDocument",
            400,
            "This policy contains invalid Json",
        ),
        (
            "CreateRole",
            json!({"RoleName": "x", "AssumeRolePolicyDocument": big}),
            "LimitExceeded",
            409,
            "Cannot exceed quota for ACLSizePerRole: 2048",
        ),
        (
            "CreateRole",
            json!({"RoleName": "x", "Path": "/aws-service-role/x/", "AssumeRolePolicyDocument": TRUST}),
            "InvalidInput",
            400,
            "The path /aws-service-role/x/ is reserved for roles that AWS creates.",
        ),
        (
            "GetRole",
            json!({"RoleName": "gone"}),
            "NoSuchEntity",
            404,
            "The role with name gone cannot be found.",
        ),
        (
            "UpdateAssumeRolePolicy",
            json!({"RoleName": "gone", "PolicyDocument": "{"}),
            "NoSuchEntity",
            404,
            "The role with name gone cannot be found.",
        ),
        (
            "AttachUserPolicy",
            json!({"UserName": "bare", "PolicyArn": "arn:aws:iam::aws:policy/None"}),
            "NoSuchEntity",
            404,
            "Policy arn:aws:iam::aws:policy/None does not exist or is not attachable.",
        ),
        (
            "AttachRolePolicy",
            json!({"RoleName": "Reader", "PolicyArn": "arn:aws:kms:::policy/None"}),
            "InvalidInput",
            400,
            "ARN arn:aws:kms:::policy/None is not valid.",
        ),
        (
            "DetachUserPolicy",
            json!({"UserName": "bare", "PolicyArn": ADMINISTRATOR}),
            "NoSuchEntity",
            404,
            "Policy arn:aws:iam::aws:policy/AdministratorAccess was not found.",
        ),
        (
            "GetRolePolicy",
            json!({"RoleName": "Reader", "PolicyName": "p"}),
            "NoSuchEntity",
            404,
            "The role policy with name p cannot be found.",
        ),
    ];
    for (operation, input, code, status, text) in cases {
        let (mut i, _) = furnished();
        let admin = i.admin.clone();
        let error = i.call(&admin, "iam", operation, input.clone()).unwrap_err();
        let found = (
            error.shape.code,
            error.shape.status,
            error.message.as_deref(),
        );
        assert_eq!(found, (*code, *status, Some(*text)), "{operation} {input}");
        let record = i.records.last().unwrap();
        assert_eq!(record.event_name, *operation);
        assert_eq!(record.error_code.as_deref(), Some(*code));
    }
}

#[test]
fn what_is_in_use_is_not_deleted() {
    let (mut i, key) = furnished();
    let admin = i.admin.clone();
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#;
    let steps = [
        (
            "Cannot delete entity, must delete policies first.",
            "DeleteUserPolicy",
            json!({"UserName": "alice", "PolicyName": "p"}),
        ),
        (
            "Cannot delete entity, must detach all policies first.",
            "DetachUserPolicy",
            json!({"UserName": "alice", "PolicyArn": ADMINISTRATOR}),
        ),
        (
            "Cannot delete entity, must delete access keys first.",
            "DeleteAccessKey",
            json!({"UserName": "alice", "AccessKeyId": key}),
        ),
    ];
    iam(
        &mut i,
        "PutUserPolicy",
        json!({"UserName": "alice", "PolicyName": "p", "PolicyDocument": policy}),
    );
    iam(
        &mut i,
        "AttachUserPolicy",
        json!({"UserName": "alice", "PolicyArn": ADMINISTRATOR}),
    );
    for (text, cure, input) in steps {
        let error = i
            .call(&admin, "iam", "DeleteUser", json!({"UserName": "alice"}))
            .unwrap_err();
        assert_eq!(error.message.as_deref(), Some(text));
        iam(&mut i, cure, input);
    }
    iam(&mut i, "DeleteUser", json!({"UserName": "alice"}));
}

#[test]
fn a_user_has_two_keys_at_most_and_cannot_be_deleted_meanwhile() {
    let (mut i, _) = furnished();
    let admin = i.admin.clone();
    let caller = i.caller(&admin, IAM).unwrap();
    let input = json!({"UserName": "alice"});
    let one = i.decide(caller.clone(), IAM, "CreateAccessKey", input.clone());
    let other = i.decide(caller, IAM, "CreateAccessKey", input.clone());
    i.commit(one).unwrap();
    // Decided on the same state: it no longer fits, so it is decided again.
    assert!(!other.changes.iter().all(|change| change.fits(&i.snapshot)));
    let error = i.call(&admin, "iam", "CreateAccessKey", input).unwrap_err();
    assert_eq!(error.shape.code, "LimitExceeded");
    assert_eq!(
        error.message.unwrap(),
        "Cannot exceed quota for AccessKeysPerUser: 2"
    );
}

#[test]
fn records_are_of_us_east_1_and_show_what_was_made() {
    let mut i = Installation::new();
    i.region = "eu-west-1".to_owned();
    iam(&mut i, "CreateUser", json!({"UserName": "alice"}));
    iam(&mut i, "GetUser", json!({"UserName": "alice"}));
    let made: Value =
        serde_json::from_slice(&i.records_of("CreateUser").last().unwrap().to_bytes()).unwrap();
    assert_eq!(made["awsRegion"], "us-east-1");
    assert_eq!(made["eventSource"], "iam.amazonaws.com");
    assert_eq!(made["requestParameters"], json!({"userName": "alice"}));
    assert_eq!(made["readOnly"], json!(false));
    assert_eq!(
        made["responseElements"]["user"]["createDate"],
        "Jan 5, 2026, 10:00:00 AM"
    );
    let read: Value =
        serde_json::from_slice(&i.records_of("GetUser").last().unwrap().to_bytes()).unwrap();
    assert_eq!(
        (&read["responseElements"], &read["readOnly"]),
        (&Value::Null, &json!(true))
    );
}
