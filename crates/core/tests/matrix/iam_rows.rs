//! The rows of IAM: each operation is on the user, group, role or policy that the request names. Source: Service
//! Authorization Reference, "AWS Identity and Access Management (IAM)"; IAM API Reference.

use super::world::{ADMINISTRATOR, ALICE, PERMISSIONS, POLICY, SPARE_POLICY, TRUST};
use super::{Demand, Row, World, merged};
use serde_json::{Value, json};

const READER: &str = "arn:aws:iam::111122223333:role/Reader";
const NEW_USER: &str = "arn:aws:iam::111122223333:user/x/new";
const TEAM: &str = "arn:aws:iam::111122223333:group/Team";
const NEW_GROUP: &str = "arn:aws:iam::111122223333:group/new";
const NEW_POLICY: &str = "arn:aws:iam::111122223333:policy/new";
const NEW_ROLE: &str = "arn:aws:iam::111122223333:role/new";

pub(super) fn rows(world: &World) -> Vec<Row> {
    [
        of_users(world),
        of_groups(),
        of_roles(),
        of_policies(),
        of_the_account(),
        of_services(world),
        updates(),
        lists(),
        creations(),
    ]
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
        ("ListGroupsForUser", none()),
        ("ListUserPolicies", none()),
        ("ListUserTags", none()),
        ("PutUserPermissionsBoundary", boundary()),
        ("PutUserPolicy", document),
        ("TagUser", tags()),
        ("UntagUser", json!({"TagKeys": ["team"]})),
        ("UpdateAccessKey", status),
    ]
    .into_iter()
    .map(|(operation, more)| {
        let input = merged(json!({"UserName": "alice"}), more);
        named(operation, input, ALICE, "user alice")
    })
    .collect();
    rows.push(named(
        "GetAccessKeyLastUsed",
        json!({"AccessKeyId": world.access_key}),
        ALICE,
        "user alice",
    ));
    let leaver = "arn:aws:iam::111122223333:user/leaver";
    let input = json!({"UserName": "leaver"});
    for operation in ["DeleteUser", "DeleteUserPermissionsBoundary"] {
        rows.push(named(operation, input.clone(), leaver, "user leaver"));
    }
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
        ("PutRolePermissionsBoundary", boundary()),
        ("TagRole", tags()),
        ("UntagRole", json!({"TagKeys": ["team"]})),
        ("UpdateAssumeRolePolicy", json!({"PolicyDocument": TRUST})),
        ("UpdateRole", json!({"MaxSessionDuration": 7200})),
        ("UpdateRoleDescription", json!({"Description": "reads"})),
    ]
    .into_iter()
    .map(|(operation, more)| {
        let input = merged(json!({"RoleName": "Reader"}), more);
        named(operation, input, READER, "role Reader")
    })
    .collect();
    let old = "arn:aws:iam::111122223333:role/Old";
    let input = json!({"RoleName": "Old"});
    for operation in ["DeleteRole", "DeleteRolePermissionsBoundary"] {
        rows.push(named(operation, input.clone(), old, "role Old"));
    }
    rows
}

fn tags() -> Value {
    json!({"Tags": [{"Key": "team", "Value": "blue"}]})
}

fn boundary() -> Value {
    json!({"PermissionsBoundary": POLICY})
}

fn of_groups() -> Vec<Row> {
    let none = || json!({});
    let policy = json!({"PolicyName": "p"});
    let document = json!({"PolicyName": "q", "PolicyDocument": PERMISSIONS});
    let managed = json!({"PolicyArn": ADMINISTRATOR});
    let mut rows: Vec<Row> = [
        ("AddUserToGroup", json!({"UserName": "leaver"})),
        ("AttachGroupPolicy", managed.clone()),
        ("DeleteGroupPolicy", policy.clone()),
        ("DetachGroupPolicy", managed),
        ("GetGroup", none()),
        ("GetGroupPolicy", policy),
        ("ListAttachedGroupPolicies", none()),
        ("ListGroupPolicies", none()),
        ("PutGroupPolicy", document),
        ("RemoveUserFromGroup", json!({"UserName": "alice"})),
    ]
    .into_iter()
    .map(|(operation, more)| {
        let input = merged(json!({"GroupName": "Team"}), more);
        named(operation, input, TEAM, "group Team")
    })
    .collect();
    let empty = "arn:aws:iam::111122223333:group/Empty";
    let input = json!({"GroupName": "Empty"});
    rows.push(named("DeleteGroup", input, empty, "group Empty"));
    rows
}

/// Refusals name policies by their ARNs.
fn of_policies() -> Vec<Row> {
    let version = |id: &str| json!({"VersionId": id});
    let mut rows: Vec<Row> = [
        (
            "CreatePolicyVersion",
            json!({"PolicyDocument": PERMISSIONS}),
        ),
        ("DeletePolicyVersion", version("v2")),
        ("GetPolicy", json!({})),
        ("GetPolicyVersion", version("v1")),
        ("ListEntitiesForPolicy", json!({})),
        ("ListPolicyTags", json!({})),
        ("ListPolicyVersions", json!({})),
        ("SetDefaultPolicyVersion", version("v2")),
        ("TagPolicy", tags()),
        ("UntagPolicy", json!({"TagKeys": ["team"]})),
    ]
    .into_iter()
    .map(|(operation, more)| {
        let input = merged(json!({"PolicyArn": POLICY}), more);
        named(operation, input, POLICY, &format!("policy {POLICY}"))
    })
    .collect();
    let input = json!({"PolicyArn": SPARE_POLICY});
    let shown = format!("policy {SPARE_POLICY}");
    rows.push(named("DeletePolicy", input, SPARE_POLICY, &shown));
    rows
}

/// Simulations of one's own policies ask for no identity, and so for the whole account.
fn of_the_account() -> Vec<Row> {
    let policies = json!({"PolicyInputList": [PERMISSIONS]});
    let actions = json!({"ActionNames": ["kms:Decrypt"]});
    let source = json!({"PolicySourceArn": ALICE});
    let mut rows: Vec<Row> = [
        ("CreateAccountAlias", json!({"AccountAlias": "acme"})),
        (
            "DeleteAccountAlias",
            json!({"AccountAlias": "keys-of-acme"}),
        ),
        ("GetAccountAuthorizationDetails", json!({})),
        ("GetAccountSummary", json!({})),
        ("GetContextKeysForCustomPolicy", policies.clone()),
        ("ListAccountAliases", json!({})),
        ("SimulateCustomPolicy", merged(policies, actions.clone())),
    ]
    .into_iter()
    .map(|(operation, input)| named(operation, input, "*", "*"))
    .collect();
    rows.push(named(
        "GetContextKeysForPrincipalPolicy",
        source.clone(),
        ALICE,
        ALICE,
    ));
    let input = merged(source, actions);
    rows.push(named("SimulatePrincipalPolicy", input, ALICE, ALICE));
    rows
}

/// Service-linked roles: one to be made, one that is there, one that was deleted.
fn of_services(world: &World) -> Vec<Row> {
    let role = |service: &str, name: &str| {
        format!("arn:aws:iam::111122223333:role/aws-service-role/{service}.amazonaws.com/{name}")
    };
    let new = role("cloudtrail", "AWSServiceRoleForCloudTrail");
    let kept = role("sso", "AWSServiceRoleForSSO");
    let gone = role("organizations", "AWSServiceRoleForOrganizations");
    vec![
        named(
            "CreateServiceLinkedRole",
            json!({"AWSServiceName": "cloudtrail.amazonaws.com"}),
            &new,
            &new,
        ),
        named(
            "DeleteServiceLinkedRole",
            json!({"RoleName": "AWSServiceRoleForSSO"}),
            &kept,
            "role AWSServiceRoleForSSO",
        ),
        named(
            "GetServiceLinkedRoleDeletionStatus",
            json!({"DeletionTaskId": world.deletion_task}),
            &gone,
            &gone,
        ),
    ]
}

/// Another name or path needs the permission on what it was and on what it becomes.
fn updates() -> Vec<Row> {
    let row = |operation: &'static str, input: Value, on: [(&str, &str); 2]| {
        let demand = |(resource, shown): (&str, &str)| {
            let demand = Demand::on(format!("iam:{operation}"), resource);
            demand.shown(&format!(" on resource: {shown}"))
        };
        Row::of("iam", operation, input, on.map(demand).to_vec())
    };
    vec![
        row(
            "UpdateUser",
            json!({"UserName": "alice", "NewUserName": "alicia", "NewPath": "/x/"}),
            [
                (ALICE, "user alice"),
                ("arn:aws:iam::111122223333:user/x/alicia", "user alicia"),
            ],
        ),
        row(
            "UpdateGroup",
            json!({"GroupName": "Team", "NewGroupName": "Crew"}),
            [
                (TEAM, "group Team"),
                ("arn:aws:iam::111122223333:group/Crew", "group Crew"),
            ],
        ),
    ]
}

/// Lists are on the path that is listed.
fn lists() -> Vec<Row> {
    let lists = [
        ("ListGroups", "group/"),
        ("ListRoles", "role/"),
        ("ListUsers", "user/"),
    ];
    let mut rows: Vec<Row> = lists
        .into_iter()
        .map(|(operation, path)| {
            let path = format!("arn:aws:iam::111122223333:{path}");
            named(operation, json!({}), &path, &path)
        })
        .collect();
    let path = "arn:aws:iam::111122223333:policy/";
    rows.push(named("ListPolicies", json!({}), path, "policy path /"));
    rows
}

/// Tags at creation need the permission to tag as well.
fn creations() -> Vec<Row> {
    let user = json!({"UserName": "new", "Path": "/x/"});
    let role = json!({"RoleName": "new", "AssumeRolePolicyDocument": TRUST});
    let group = json!({"GroupName": "new"});
    let policy = json!({"PolicyName": "new", "PolicyDocument": PERMISSIONS});
    let policy_row = |input: &Value, actions: &[&str]| {
        let demand =
            |action: &&str| Demand::on(*action, NEW_POLICY).shown(" on resource: policy new");
        let demands = actions.iter().map(demand).collect();
        Row::of("iam", "CreatePolicy", input.clone(), demands)
    };
    let row = |operation, input: &Value, resource: &str, actions: &[&str]| {
        let demands = actions.iter().map(|a| Demand::on(*a, resource)).collect();
        Row::of("iam", operation, input.clone(), demands)
    };
    let tagged = |input: &Value| merged(input.clone(), tags());
    let (tag_user, tag_role) = (
        ["iam:CreateUser", "iam:TagUser"],
        ["iam:CreateRole", "iam:TagRole"],
    );
    vec![
        row("CreateUser", &user, NEW_USER, &tag_user[..1]),
        row("CreateUser", &tagged(&user), NEW_USER, &tag_user),
        row("CreateRole", &role, NEW_ROLE, &tag_role[..1]),
        row("CreateRole", &tagged(&role), NEW_ROLE, &tag_role),
        row("CreateGroup", &group, NEW_GROUP, &["iam:CreateGroup"]),
        policy_row(&policy, &["iam:CreatePolicy"]),
        policy_row(&tagged(&policy), &["iam:CreatePolicy", "iam:TagPolicy"]),
    ]
}
