//! Customer managed policies and their versions: what is answered, what is refused and in which
//! words, and that decisions follow the default version.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_testkit::installation::{Installation, Login};
use serde_json::{Value, json};

const POLICY: &str = "arn:aws:iam::111122223333:policy/app/Lists";
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn iam(i: &mut Installation, operation: &str, input: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, "iam", operation, input)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

/// Code and text of a refusal.
fn refused(i: &mut Installation, operation: &str, input: Value) -> (String, String) {
    let admin = i.admin.clone();
    let error = i.call(&admin, "iam", operation, input).unwrap_err();
    (
        error.shape.code.to_owned(),
        error.message.unwrap_or_default().into_owned(),
    )
}

fn document(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": "*"}]})
    .to_string()
}

fn created(i: &mut Installation) -> Value {
    let input = json!({"PolicyName": "Lists", "Path": "/app/", "Description": "lists",
        "PolicyDocument": document("kms:ListKeys")});
    iam(i, "CreatePolicy", input)
}

fn user_with_key(i: &mut Installation, name: &str) -> Login {
    iam(i, "CreateUser", json!({"UserName": name}));
    let key = &iam(i, "CreateAccessKey", json!({"UserName": name}))["AccessKey"];
    Login {
        access_key_id: key["AccessKeyId"].as_str().unwrap().to_owned(),
        secret: key["SecretAccessKey"].as_str().unwrap().to_owned(),
        token: None,
    }
}

fn of_policy(more: Value) -> Value {
    let mut input = json!({"PolicyArn": POLICY});
    let more = more.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(more);
    input
}

#[test]
fn a_policy_from_birth_to_death() {
    let mut i = Installation::new();
    let made = created(&mut i);
    let id = made["Policy"]["PolicyId"].as_str().unwrap().to_owned();
    assert!(id.starts_with("ANPA"), "{id}");
    let expected = json!({
        "PolicyName": "Lists", "PolicyId": id, "Arn": POLICY, "Path": "/app/",
        "DefaultVersionId": "v1", "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": true, "CreateDate": 1_767_607_200, "UpdateDate": 1_767_607_200,
    });
    assert_eq!(made["Policy"], expected);
    let shown = iam(&mut i, "GetPolicy", of_policy(json!({})));
    assert_eq!(shown["Policy"]["Description"], "lists");
    let listed = iam(&mut i, "ListPolicies", json!({"Scope": "Local"}));
    assert_eq!(listed["Policies"], json!([expected]));
    let same = json!({"PolicyName": "lists", "PolicyDocument": document("kms:*")});
    assert_eq!(
        refused(&mut i, "CreatePolicy", same).1,
        "A policy called lists already exists. Duplicate names are not allowed."
    );
    iam(&mut i, "DeletePolicy", of_policy(json!({})));
    assert_eq!(
        refused(&mut i, "GetPolicy", of_policy(json!({}))),
        (
            "NoSuchEntity".to_owned(),
            format!("Policy {POLICY} was not found.")
        )
    );
}

#[test]
fn decisions_follow_the_default_version() {
    let mut i = Installation::new();
    created(&mut i);
    let user = user_with_key(&mut i, "alice");
    let attach = of_policy(json!({"UserName": "alice"}));
    iam(&mut i, "AttachUserPolicy", attach);
    let may =
        |i: &mut Installation, operation: &str| i.call(&user, "kms", operation, json!({})).is_ok();
    let both = |i: &mut Installation| (may(i, "ListKeys"), may(i, "ListAliases"));
    assert_eq!(both(&mut i), (true, false));
    let next = json!({"PolicyDocument": document("kms:ListAliases")});
    let made = iam(&mut i, "CreatePolicyVersion", of_policy(next));
    assert_eq!(made["PolicyVersion"]["VersionId"], "v2");
    assert_eq!(made["PolicyVersion"]["IsDefaultVersion"], false);
    assert_eq!(both(&mut i), (true, false));
    iam(
        &mut i,
        "SetDefaultPolicyVersion",
        of_policy(json!({"VersionId": "v2"})),
    );
    assert_eq!(both(&mut i), (false, true));
    let next = json!({"PolicyDocument": document("kms:List*"), "SetAsDefault": true});
    iam(&mut i, "CreatePolicyVersion", of_policy(next));
    assert_eq!(both(&mut i), (true, true));
    // The refusal to alice names the policy layer, not the policy.
    let error = i.call(&user, "kms", "CreateKey", json!({})).unwrap_err();
    let text = error.message.unwrap();
    assert!(text.ends_with("because no identity-based policy allows the kms:CreateKey action"));
}

#[test]
fn versions_are_numbered_once_and_five_at_most() {
    let mut i = Installation::new();
    created(&mut i);
    let next = || of_policy(json!({"PolicyDocument": document("kms:*")}));
    for _ in 2..=5 {
        iam(&mut i, "CreatePolicyVersion", next());
    }
    assert_eq!(
        refused(&mut i, "CreatePolicyVersion", next()),
        (
            "LimitExceeded".to_owned(),
            "A managed policy can have up to 5 versions. Before you create a new version, you \
             must delete an existing version."
                .to_owned()
        )
    );
    iam(
        &mut i,
        "DeletePolicyVersion",
        of_policy(json!({"VersionId": "v5"})),
    );
    let made = iam(&mut i, "CreatePolicyVersion", next());
    assert_eq!(made["PolicyVersion"]["VersionId"], "v6");
    let ids = |page: &Value| -> Vec<String> {
        let versions = page["Versions"].as_array().unwrap();
        let id = |v: &Value| v["VersionId"].as_str().unwrap().to_owned();
        versions.iter().map(id).collect()
    };
    let first = iam(
        &mut i,
        "ListPolicyVersions",
        of_policy(json!({"MaxItems": 3})),
    );
    assert_eq!(ids(&first), ["v6", "v4", "v3"]);
    let rest = json!({"MaxItems": 3, "Marker": first["Marker"]});
    let rest = iam(&mut i, "ListPolicyVersions", of_policy(rest));
    assert_eq!(
        (ids(&rest), &rest["IsTruncated"]),
        (vec!["v2".to_owned(), "v1".to_owned()], &json!(false))
    );
    let shown = iam(
        &mut i,
        "GetPolicyVersion",
        of_policy(json!({"VersionId": "v1"})),
    );
    assert_eq!(shown["PolicyVersion"]["IsDefaultVersion"], true);
    let text = shown["PolicyVersion"]["Document"].as_str().unwrap();
    assert!(text.starts_with("%7B%22Statement"), "{text}");
}

#[test]
fn what_is_refused() {
    let mut i = Installation::new();
    created(&mut i);
    user_with_key(&mut i, "alice");
    iam(
        &mut i,
        "AttachUserPolicy",
        of_policy(json!({"UserName": "alice"})),
    );
    let with = |policy: Value| {
        let mut input = json!({"PolicyName": "x", "PolicyDocument": document("kms:*")});
        let policy = policy.as_object().unwrap().clone();
        input.as_object_mut().unwrap().extend(policy);
        input
    };
    let long = json!({"Version": "2012-10-17", "Statement": [{"Sid": "x".repeat(6100),
        "Effect": "Allow", "Action": "kms:*", "Resource": "*"}]});
    let gone = "arn:aws:iam::111122223333:policy/Gone";
    let other = "arn:aws:iam::222233334444:policy/app/Lists";
    // The path is part of the ARN.
    let elsewhere = "arn:aws:iam::111122223333:policy/Lists";
    let missing = |arn: &str| format!("Policy {arn} was not found.");
    let unattachable = |arn: &str| format!("Policy {arn} does not exist or is not attachable.");
    let version =
        |id: &str| format!("Policy {POLICY} version {id} does not exist or is not attachable.");
    let attach = |arn: &str| json!({"UserName": "alice", "PolicyArn": arn});
    let service = "arn:aws:iam::aws:policy/aws-service-role/AWSSSOServiceRolePolicy";
    let denied = |action: &str| {
        format!(
            "User: arn:aws:iam::111122223333:user/admin is not authorized to perform: \
             iam:{action} on resource: policy {ADMINISTRATOR}"
        )
    };
    let of_aws = |more: Value| {
        let mut input = of_policy(more);
        input["PolicyArn"] = json!(ADMINISTRATOR);
        input
    };
    let cases = [
        (
            "CreatePolicy",
            with(json!({"PolicyDocument": "{"})),
            "MalformedPolicyDocument",
            "Syntax errors in policy.".to_owned(),
        ),
        (
            "CreatePolicy",
            with(json!({"PolicyDocument": long.to_string()})),
            "LimitExceeded",
            "Cannot exceed quota for PolicySize: 6144".to_owned(),
        ),
        (
            "CreatePolicy",
            with(json!({"Tags": [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]})),
            "InvalidInput",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.".to_owned(),
        ),
        (
            "GetPolicy",
            json!({"PolicyArn": gone}),
            "NoSuchEntity",
            missing(gone),
        ),
        (
            "GetPolicy",
            json!({"PolicyArn": other}),
            "NoSuchEntity",
            missing(other),
        ),
        (
            "GetPolicy",
            json!({"PolicyArn": elsewhere}),
            "NoSuchEntity",
            missing(elsewhere),
        ),
        (
            "GetPolicy",
            json!({"PolicyArn": "arn:aws:iam::111122223333:user/alice"}),
            "InvalidInput",
            "ARN arn:aws:iam::111122223333:user/alice is not valid.".to_owned(),
        ),
        (
            "GetPolicyVersion",
            of_policy(json!({"VersionId": "v7"})),
            "NoSuchEntity",
            version("v7"),
        ),
        (
            "GetPolicyVersion",
            of_policy(json!({"VersionId": "v99999999999"})),
            "NoSuchEntity",
            version("v99999999999"),
        ),
        (
            "SetDefaultPolicyVersion",
            of_policy(json!({"VersionId": "v2"})),
            "NoSuchEntity",
            version("v2"),
        ),
        (
            "DeletePolicyVersion",
            of_policy(json!({"VersionId": "v1"})),
            "DeleteConflict",
            "Cannot delete the default version of a policy.".to_owned(),
        ),
        (
            "DeletePolicy",
            of_policy(json!({})),
            "DeleteConflict",
            "Cannot delete a policy attached to entities.".to_owned(),
        ),
        (
            "AttachUserPolicy",
            attach(gone),
            "NoSuchEntity",
            unattachable(gone),
        ),
        (
            "AttachUserPolicy",
            attach(other),
            "NoSuchEntity",
            unattachable(other),
        ),
        (
            "AttachUserPolicy",
            attach(service),
            "PolicyNotAttachable",
            "Cannot attach a Service Role Policy to a Customer Role.".to_owned(),
        ),
        (
            "DetachUserPolicy",
            attach(gone),
            "NoSuchEntity",
            missing(gone),
        ),
        (
            "DeletePolicy",
            of_aws(json!({})),
            "AccessDenied",
            denied("DeletePolicy"),
        ),
        (
            "TagPolicy",
            of_aws(json!({"Tags": [{"Key": "a", "Value": "b"}]})),
            "AccessDenied",
            denied("TagPolicy"),
        ),
        (
            "SetDefaultPolicyVersion",
            of_aws(json!({"VersionId": "v1"})),
            "AccessDenied",
            denied("SetDefaultPolicyVersion"),
        ),
        (
            "ListPolicies",
            json!({"Marker": "?"}),
            "ValidationError",
            "Invalid Marker.".to_owned(),
        ),
    ];
    for (operation, input, code, text) in cases {
        let shown = input.to_string();
        let expected = (code.to_owned(), text);
        assert_eq!(
            refused(&mut i, operation, input),
            expected,
            "{operation} {shown}"
        );
    }
    let detach = of_policy(json!({"UserName": "alice"}));
    iam(&mut i, "DetachUserPolicy", detach);
    let next = of_policy(json!({"PolicyDocument": document("kms:*")}));
    iam(&mut i, "CreatePolicyVersion", next);
    let (_, text) = refused(&mut i, "DeletePolicy", of_policy(json!({})));
    assert!(
        text.starts_with("This policy has more than one version."),
        "{text}"
    );
}

#[test]
fn lists_tell_who_uses_a_policy() {
    let mut i = Installation::new();
    created(&mut i);
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}]});
    iam(
        &mut i,
        "CreateUser",
        json!({"UserName": "alice", "PermissionsBoundary": POLICY}),
    );
    iam(
        &mut i,
        "CreateUser",
        json!({"UserName": "bob", "Path": "/x/"}),
    );
    iam(&mut i, "CreateGroup", json!({"GroupName": "Team"}));
    let role = json!({"RoleName": "Reader", "AssumeRolePolicyDocument": trust.to_string()});
    iam(&mut i, "CreateRole", role);
    for (operation, input) in [
        ("AttachUserPolicy", json!({"UserName": "alice"})),
        ("AttachUserPolicy", json!({"UserName": "bob"})),
        ("AttachGroupPolicy", json!({"GroupName": "Team"})),
        ("AttachRolePolicy", json!({"RoleName": "Reader"})),
    ] {
        iam(&mut i, operation, of_policy(input));
    }
    let names = |found: &Value| -> Vec<String> {
        let lists = [
            ("PolicyGroups", "GroupName"),
            ("PolicyUsers", "UserName"),
            ("PolicyRoles", "RoleName"),
        ];
        let name = |entry: &Value, member: &str| entry[member].as_str().unwrap().to_owned();
        let all = lists.iter().flat_map(|(list, member)| {
            found[*list]
                .as_array()
                .unwrap()
                .iter()
                .map(move |entry| name(entry, member))
        });
        all.collect()
    };
    for (filter, expect) in [
        (json!({}), vec!["Team", "alice", "bob", "Reader"]),
        (json!({"EntityFilter": "User"}), vec!["alice", "bob"]),
        (json!({"EntityFilter": "Role"}), vec!["Reader"]),
        (json!({"EntityFilter": "LocalManagedPolicy"}), vec![]),
        (json!({"PathPrefix": "/x/"}), vec!["bob"]),
        (
            json!({"PolicyUsageFilter": "PermissionsBoundary"}),
            vec!["alice"],
        ),
        (
            json!({"PolicyUsageFilter": "PermissionsPolicy", "EntityFilter": "Group"}),
            vec!["Team"],
        ),
    ] {
        let found = iam(&mut i, "ListEntitiesForPolicy", of_policy(filter.clone()));
        assert_eq!(names(&found), expect, "{filter}");
    }
    let first = iam(
        &mut i,
        "ListEntitiesForPolicy",
        of_policy(json!({"MaxItems": 3})),
    );
    let marker = json!({"Marker": first["Marker"]});
    let rest = iam(&mut i, "ListEntitiesForPolicy", of_policy(marker));
    assert_eq!(
        (names(&first).len(), names(&rest)),
        (3, vec!["Reader".to_owned()])
    );
    let shown = iam(&mut i, "GetPolicy", of_policy(json!({})));
    assert_eq!(shown["Policy"]["AttachmentCount"], 4);
    assert_eq!(shown["Policy"]["PermissionsBoundaryUsageCount"], 1);
    let arns = |found: &Value| -> Vec<String> {
        let policies = found["Policies"].as_array().unwrap();
        policies
            .iter()
            .map(|p| p["Arn"].as_str().unwrap().to_owned())
            .collect()
    };
    // The administrator of each account has AdministratorAccess.
    for (filter, expect) in [
        (json!({"OnlyAttached": true}), vec![POLICY, ADMINISTRATOR]),
        (
            json!({"OnlyAttached": true, "Scope": "AWS"}),
            vec![ADMINISTRATOR],
        ),
        (json!({"PathPrefix": "/app/"}), vec![POLICY]),
        (
            json!({"PolicyUsageFilter": "PermissionsBoundary"}),
            vec![POLICY],
        ),
    ] {
        let found = iam(&mut i, "ListPolicies", filter.clone());
        assert_eq!(arns(&found), expect, "{filter}");
    }
    let all = iam(&mut i, "ListPolicies", json!({}));
    assert_eq!(arns(&all).len(), 30);
}

#[test]
fn tags_of_policies() {
    let mut i = Installation::new();
    created(&mut i);
    let tags = json!({"Tags": [{"Key": "Team", "Value": "blue"}, {"Key": "env", "Value": "p"}]});
    iam(&mut i, "TagPolicy", of_policy(tags));
    // Keys are the same whatever their case: the new tag replaces the old one.
    iam(
        &mut i,
        "TagPolicy",
        of_policy(json!({"Tags": [{"Key": "team", "Value": "red"}]})),
    );
    let listed = iam(&mut i, "ListPolicyTags", of_policy(json!({})));
    assert_eq!(
        listed["Tags"],
        json!([{"Key": "env", "Value": "p"}, {"Key": "team", "Value": "red"}])
    );
    iam(
        &mut i,
        "UntagPolicy",
        of_policy(json!({"TagKeys": ["ENV", "none"]})),
    );
    let listed = iam(&mut i, "ListPolicyTags", of_policy(json!({})));
    assert_eq!(listed["Tags"], json!([{"Key": "team", "Value": "red"}]));
    let many: Vec<Value> = (0..50)
        .map(|n| json!({"Key": format!("k{n}"), "Value": ""}))
        .collect();
    assert_eq!(
        refused(&mut i, "TagPolicy", of_policy(json!({"Tags": many}))).1,
        "Cannot exceed quota for TagsPerPolicy: 50"
    );
}
