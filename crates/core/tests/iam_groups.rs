//! Groups of IAM, permissions boundaries, and what changes of users and roles that are there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_testkit::installation::{Installation, Login};
use serde_json::{Value, json};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}"#;
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn iam(i: &mut Installation, operation: &str, input: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, "iam", operation, input)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

fn refused(i: &mut Installation, operation: &str, input: Value) -> (String, String) {
    let admin = i.admin.clone();
    let error = i.call(&admin, "iam", operation, input).unwrap_err();
    (
        error.shape.code.to_owned(),
        error.message.unwrap_or_default().into_owned(),
    )
}

fn login(i: &mut Installation, name: &str) -> Login {
    let key = &iam(i, "CreateAccessKey", json!({"UserName": name}))["AccessKey"];
    Login {
        access_key_id: key["AccessKeyId"].as_str().unwrap().to_owned(),
        secret: key["SecretAccessKey"].as_str().unwrap().to_owned(),
        token: None,
    }
}

fn allow(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": "*"}]})
    .to_string()
}

fn member(name: &str) -> Value {
    json!({"GroupName": "Team", "UserName": name})
}

/// A user with an access key, in a group whose inline policy lets it list keys.
fn team() -> (Installation, Login) {
    let mut i = Installation::new();
    iam(&mut i, "CreateUser", json!({"UserName": "alice"}));
    let made = iam(
        &mut i,
        "CreateGroup",
        json!({"GroupName": "Team", "Path": "/a/"}),
    );
    assert_eq!(
        made["Group"]["Arn"],
        "arn:aws:iam::111122223333:group/a/Team"
    );
    assert!(
        made["Group"]["GroupId"]
            .as_str()
            .unwrap()
            .starts_with("AGPA")
    );
    let policy =
        json!({"GroupName": "Team", "PolicyName": "p", "PolicyDocument": allow("kms:ListKeys")});
    iam(&mut i, "PutGroupPolicy", policy);
    let alice = login(&mut i, "alice");
    (i, alice)
}

#[test]
fn a_group_decides_for_its_users() {
    let (mut i, alice) = team();
    let may =
        |i: &mut Installation, operation: &str| i.call(&alice, "kms", operation, json!({})).is_ok();
    assert!(!may(&mut i, "ListKeys"));
    iam(&mut i, "AddUserToGroup", member("alice"));
    iam(&mut i, "AddUserToGroup", member("ALICE"));
    assert!(may(&mut i, "ListKeys"));
    assert!(!may(&mut i, "ListAliases"));
    let managed = json!({"GroupName": "team", "PolicyArn": ADMINISTRATOR});
    iam(&mut i, "AttachGroupPolicy", managed.clone());
    assert!(may(&mut i, "ListAliases"));
    // The group by another name is the same group.
    let renamed = json!({"GroupName": "Team", "NewGroupName": "Crew", "NewPath": "/b/"});
    iam(&mut i, "UpdateGroup", renamed);
    assert!(may(&mut i, "ListAliases"));
    let groups = iam(&mut i, "ListGroupsForUser", json!({"UserName": "alice"}));
    assert_eq!(
        groups["Groups"][0]["Arn"],
        "arn:aws:iam::111122223333:group/b/Crew"
    );
    let users = iam(&mut i, "GetGroup", json!({"GroupName": "crew"}));
    assert_eq!(users["Users"][0]["UserName"], "alice");
    assert_eq!(
        refused(&mut i, "GetGroup", json!({"GroupName": "Team"})).0,
        "NoSuchEntity"
    );
    let gone = json!({"GroupName": "Crew", "UserName": "alice"});
    iam(&mut i, "RemoveUserFromGroup", gone.clone());
    assert!(!may(&mut i, "ListKeys"));
    iam(&mut i, "RemoveUserFromGroup", gone);
    // A deny of a group counts for its users alone.
    let deny = allow("kms:*").replace("Allow", "Deny");
    let policy = json!({"GroupName": "Crew", "PolicyName": "q", "PolicyDocument": deny});
    iam(&mut i, "PutGroupPolicy", policy);
    iam(
        &mut i,
        "AttachUserPolicy",
        json!({"UserName": "alice", "PolicyArn": ADMINISTRATOR}),
    );
    assert!(may(&mut i, "ListKeys"));
    iam(
        &mut i,
        "AddUserToGroup",
        json!({"GroupName": "Crew", "UserName": "alice"}),
    );
    let error = i.call(&alice, "kms", "ListKeys", json!({})).unwrap_err();
    assert!(
        error
            .message
            .unwrap()
            .ends_with("with an explicit deny in an identity-based policy")
    );
}

#[test]
fn groups_are_refused_in_aws_words() {
    let (mut i, _) = team();
    iam(&mut i, "AddUserToGroup", member("alice"));
    let team = || json!({"GroupName": "Team"});
    let delete = |i: &mut Installation| refused(i, "DeleteGroup", team());
    let conflict = |text: &str| ("DeleteConflict".to_owned(), text.to_owned());
    assert_eq!(
        delete(&mut i),
        conflict("Cannot delete entity, must remove users from group first.")
    );
    assert_eq!(
        refused(&mut i, "CreateGroup", json!({"GroupName": "TEAM"})),
        (
            "EntityAlreadyExists".to_owned(),
            "Group with name TEAM already exists.".to_owned()
        )
    );
    assert_eq!(
        refused(&mut i, "AddUserToGroup", member("nobody")),
        (
            "NoSuchEntity".to_owned(),
            "The user with name nobody cannot be found.".to_owned()
        )
    );
    let other = json!({"GroupName": "None", "UserName": "alice"});
    assert_eq!(
        refused(&mut i, "AddUserToGroup", other).1,
        "The group with name None cannot be found."
    );
    for n in 0..9 {
        let name = format!("g{n}");
        iam(&mut i, "CreateGroup", json!({"GroupName": name}));
        iam(
            &mut i,
            "AddUserToGroup",
            json!({"GroupName": name, "UserName": "alice"}),
        );
    }
    iam(&mut i, "CreateGroup", json!({"GroupName": "g9"}));
    assert_eq!(
        refused(
            &mut i,
            "AddUserToGroup",
            json!({"GroupName": "g9", "UserName": "alice"})
        ),
        (
            "LimitExceeded".to_owned(),
            "Cannot exceed quota for GroupsPerUser: 10".to_owned()
        )
    );
    let renamed = json!({"GroupName": "g9", "NewGroupName": "team"});
    assert_eq!(
        refused(&mut i, "UpdateGroup", renamed).0,
        "EntityAlreadyExists"
    );
    let recased = json!({"GroupName": "g9", "NewGroupName": "G9"});
    iam(&mut i, "UpdateGroup", recased);
    assert_eq!(
        iam(&mut i, "GetGroup", json!({"GroupName": "g9"}))["Group"]["GroupName"],
        "G9"
    );
    assert_eq!(
        refused(&mut i, "DeleteUser", json!({"UserName": "alice"})).0,
        "DeleteConflict"
    );
    let groups = iam(&mut i, "ListGroups", json!({"PathPrefix": "/a/"}));
    assert_eq!(groups["Groups"].as_array().unwrap().len(), 1);
    iam(&mut i, "RemoveUserFromGroup", member("alice"));
    assert_eq!(
        delete(&mut i),
        conflict("Cannot delete entity, must delete policies first.")
    );
    iam(
        &mut i,
        "DeleteGroupPolicy",
        json!({"GroupName": "Team", "PolicyName": "p"}),
    );
    iam(
        &mut i,
        "AttachGroupPolicy",
        json!({"GroupName": "Team", "PolicyArn": ADMINISTRATOR}),
    );
    assert_eq!(
        delete(&mut i),
        conflict("Cannot delete entity, must detach all policies first.")
    );
    iam(
        &mut i,
        "DetachGroupPolicy",
        json!({"GroupName": "Team", "PolicyArn": ADMINISTRATOR}),
    );
    iam(&mut i, "DeleteGroup", team());
}

#[test]
fn a_renamed_user_is_the_same_user() {
    let (mut i, alice) = team();
    iam(&mut i, "AddUserToGroup", member("alice"));
    let id = iam(&mut i, "GetUser", json!({"UserName": "alice"}))["User"]["UserId"].clone();
    let renamed = json!({"UserName": "alice", "NewUserName": "Alicia", "NewPath": "/x/"});
    iam(&mut i, "UpdateUser", renamed);
    let shown = iam(&mut i, "GetUser", json!({"UserName": "alicia"}))["User"].clone();
    assert_eq!(
        (&shown["UserId"], &shown["Arn"]),
        (&id, &json!("arn:aws:iam::111122223333:user/x/Alicia"))
    );
    // Its access key and its groups came along.
    i.call(&alice, "kms", "ListKeys", json!({})).unwrap();
    let who = i
        .call(&alice, "sts", "GetCallerIdentity", json!({}))
        .unwrap();
    assert_eq!(who["Arn"], shown["Arn"]);
    let keys = iam(&mut i, "ListAccessKeys", json!({"UserName": "Alicia"}));
    assert_eq!(keys["AccessKeyMetadata"][0]["UserName"], "Alicia");
    let users = iam(&mut i, "GetGroup", json!({"GroupName": "Team"}));
    assert_eq!(users["Users"].as_array().unwrap().len(), 1);
    assert_eq!(
        refused(&mut i, "GetUser", json!({"UserName": "alice"})).0,
        "NoSuchEntity"
    );
    let taken = json!({"UserName": "Alicia", "NewUserName": "ADMIN"});
    assert_eq!(
        refused(&mut i, "UpdateUser", taken),
        (
            "EntityAlreadyExists".to_owned(),
            "User with name ADMIN already exists.".to_owned()
        )
    );
}

#[test]
fn boundaries_limit() {
    let (mut i, alice) = team();
    iam(
        &mut i,
        "AttachUserPolicy",
        json!({"UserName": "alice", "PolicyArn": ADMINISTRATOR}),
    );
    let policy = json!({"PolicyName": "Limit", "PolicyDocument": allow("kms:ListKeys")});
    let limit = iam(&mut i, "CreatePolicy", policy)["Policy"]["Arn"].clone();
    let set = json!({"UserName": "alice", "PermissionsBoundary": limit});
    iam(&mut i, "PutUserPermissionsBoundary", set);
    i.call(&alice, "kms", "ListKeys", json!({})).unwrap();
    let error = i.call(&alice, "kms", "ListAliases", json!({})).unwrap_err();
    assert_eq!(
        error.message.unwrap(),
        "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: \
         kms:ListAliases on resource: * because no permissions boundary allows the \
         kms:ListAliases action"
    );
    // The boundary follows its policy's default version.
    let wider =
        json!({"PolicyArn": limit, "PolicyDocument": allow("kms:List*"), "SetAsDefault": true});
    iam(&mut i, "CreatePolicyVersion", wider);
    i.call(&alice, "kms", "ListAliases", json!({})).unwrap();
    assert_eq!(
        refused(&mut i, "DeletePolicy", json!({"PolicyArn": limit})).0,
        "DeleteConflict"
    );
    let shown = iam(&mut i, "GetUser", json!({"UserName": "alice"}));
    assert_eq!(
        shown["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"],
        limit
    );
    iam(
        &mut i,
        "DeleteUserPermissionsBoundary",
        json!({"UserName": "alice"}),
    );
    i.call(&alice, "kms", "CreateKey", json!({})).unwrap();
    assert_eq!(
        refused(
            &mut i,
            "DeleteUserPermissionsBoundary",
            json!({"UserName": "alice"})
        )
        .0,
        "NoSuchEntity"
    );
    let gone = "arn:aws:iam::111122223333:policy/Gone";
    let input = json!({"UserName": "alice", "PermissionsBoundary": gone});
    assert_eq!(
        refused(&mut i, "PutUserPermissionsBoundary", input),
        (
            "NoSuchEntity".to_owned(),
            format!("Scope ARN: {gone} does not exist or is not attachable.")
        )
    );
}

#[test]
fn roles_change() {
    let mut i = Installation::new();
    let role = json!({"RoleName": "Reader", "AssumeRolePolicyDocument": TRUST, "Description": "a"});
    iam(&mut i, "CreateRole", role);
    let shown =
        |i: &mut Installation| iam(i, "GetRole", json!({"RoleName": "Reader"}))["Role"].clone();
    iam(
        &mut i,
        "UpdateRole",
        json!({"RoleName": "Reader", "MaxSessionDuration": 7200}),
    );
    let now = shown(&mut i);
    assert_eq!(
        (&now["Description"], &now["MaxSessionDuration"]),
        (&json!("a"), &json!(7200))
    );
    let made = json!({"RoleName": "Reader", "Description": "b"});
    let made = iam(&mut i, "UpdateRoleDescription", made);
    assert_eq!(made["Role"]["Description"], "b");
    iam(
        &mut i,
        "UpdateRole",
        json!({"RoleName": "Reader", "Description": ""}),
    );
    assert_eq!(shown(&mut i).get("Description"), None);
    iam(
        &mut i,
        "TagRole",
        json!({"RoleName": "Reader", "Tags": [{"Key": "a", "Value": "1"}]}),
    );
    iam(
        &mut i,
        "TagRole",
        json!({"RoleName": "Reader", "Tags": [{"Key": "B", "Value": "2"}]}),
    );
    iam(
        &mut i,
        "UntagRole",
        json!({"RoleName": "Reader", "TagKeys": ["b"]}),
    );
    assert_eq!(shown(&mut i)["Tags"], json!([{"Key": "a", "Value": "1"}]));
    let bounded = json!({"RoleName": "Reader", "PermissionsBoundary": ADMINISTRATOR});
    iam(&mut i, "PutRolePermissionsBoundary", bounded);
    assert!(shown(&mut i).get("PermissionsBoundary").is_some());
    iam(
        &mut i,
        "DeleteRolePermissionsBoundary",
        json!({"RoleName": "Reader"}),
    );
    assert_eq!(shown(&mut i).get("PermissionsBoundary"), None);
}
