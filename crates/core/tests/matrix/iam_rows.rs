//! The rows of IAM: each operation is on the user or role that the request names. Source: Service
//! Authorization Reference, "AWS Identity and Access Management (IAM)"; IAM API Reference.

use super::world::{ADMINISTRATOR, ALICE, PERMISSIONS, TRUST};
use super::{Demand, Row, World, merged};
use serde_json::{Value, json};

const READER: &str = "arn:aws:iam::111122223333:role/Reader";
const NEW_USER: &str = "arn:aws:iam::111122223333:user/x/new";
const NEW_ROLE: &str = "arn:aws:iam::111122223333:role/new";

pub(super) fn rows(world: &World) -> Vec<Row> {
    [of_users(world), of_roles(), lists(), creations()]
        .into_iter()
        .flatten()
        .collect()
}

/// A refusal names a user or role that is there by its name.
fn named(operation: &'static str, input: Value, resource: &str, shown: &str) -> Row {
    let demand = Demand::on(format!("iam:{operation}"), resource);
    let demands = vec![demand.shown(&format!(" on resource: {shown}"))];
    Row::of("iam", operation, input, demands)
}

fn of_users(world: &World) -> Vec<Row> {
    let none = || json!({});
    let key = json!({"AccessKeyId": world.access_key});
    let policy = json!({"PolicyName": "p"});
    let document = json!({"PolicyName": "q", "PolicyDocument": PERMISSIONS});
    let managed = json!({"PolicyArn": ADMINISTRATOR});
    let status = merged(key.clone(), json!({"Status": "Inactive"}));
    let mut rows: Vec<Row> = [
        ("AttachUserPolicy", managed.clone()),
        ("CreateAccessKey", none()),
        ("DeleteAccessKey", key),
        ("DeleteUserPolicy", policy.clone()),
        ("DetachUserPolicy", managed),
        ("GetUser", none()),
        ("GetUserPolicy", policy),
        ("ListAccessKeys", none()),
        ("ListAttachedUserPolicies", none()),
        ("ListUserPolicies", none()),
        ("ListUserTags", none()),
        ("PutUserPolicy", document),
        ("UpdateAccessKey", status),
    ]
    .into_iter()
    .map(|(operation, more)| {
        let input = merged(json!({"UserName": "alice"}), more);
        named(operation, input, ALICE, "user alice")
    })
    .collect();
    let leaver = "arn:aws:iam::111122223333:user/leaver";
    let input = json!({"UserName": "leaver"});
    rows.push(named("DeleteUser", input, leaver, "user leaver"));
    rows
}

fn of_roles() -> Vec<Row> {
    let none = || json!({});
    let policy = json!({"PolicyName": "p"});
    let document = json!({"PolicyName": "q", "PolicyDocument": PERMISSIONS});
    let managed = json!({"PolicyArn": ADMINISTRATOR});
    let mut rows: Vec<Row> = [
        ("AttachRolePolicy", managed.clone()),
        ("DeleteRolePolicy", policy.clone()),
        ("DetachRolePolicy", managed),
        ("GetRole", none()),
        ("GetRolePolicy", policy),
        ("ListAttachedRolePolicies", none()),
        ("ListRolePolicies", none()),
        ("ListRoleTags", none()),
        ("PutRolePolicy", document),
        ("UpdateAssumeRolePolicy", json!({"PolicyDocument": TRUST})),
    ]
    .into_iter()
    .map(|(operation, more)| {
        let input = merged(json!({"RoleName": "Reader"}), more);
        named(operation, input, READER, "role Reader")
    })
    .collect();
    let old = "arn:aws:iam::111122223333:role/Old";
    let input = json!({"RoleName": "Old"});
    rows.push(named("DeleteRole", input, old, "role Old"));
    rows
}

/// Lists are on the path that is listed.
fn lists() -> Vec<Row> {
    [("ListRoles", "role/"), ("ListUsers", "user/")]
        .into_iter()
        .map(|(operation, path)| {
            let path = format!("arn:aws:iam::111122223333:{path}");
            named(operation, json!({}), &path, &path)
        })
        .collect()
}

/// Tags at creation need the permission to tag as well.
fn creations() -> Vec<Row> {
    let user = json!({"UserName": "new", "Path": "/x/"});
    let role = json!({"RoleName": "new", "AssumeRolePolicyDocument": TRUST});
    let tags = json!({"Tags": [{"Key": "team", "Value": "blue"}]});
    let row = |operation, input: &Value, resource: &str, actions: &[&str]| {
        let demands = actions.iter().map(|a| Demand::on(*a, resource)).collect();
        Row::of("iam", operation, input.clone(), demands)
    };
    let tagged = |input: &Value| merged(input.clone(), tags.clone());
    let (tag_user, tag_role) = (
        ["iam:CreateUser", "iam:TagUser"],
        ["iam:CreateRole", "iam:TagRole"],
    );
    vec![
        row("CreateUser", &user, NEW_USER, &tag_user[..1]),
        row("CreateUser", &tagged(&user), NEW_USER, &tag_user),
        row("CreateRole", &role, NEW_ROLE, &tag_role[..1]),
        row("CreateRole", &tagged(&role), NEW_ROLE, &tag_role),
    ]
}
