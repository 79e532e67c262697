//! What IAM says of a whole account, service-linked roles, and how stored policies show principals
//! that are gone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_core::chain::{EventAttribute, TrailAnswer, TrailEvent, TrailQuestion};
use claviger_testkit::installation::Installation;
use serde_json::{Value, json};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}"#;
const PERMISSIONS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#;
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

fn furnished() -> Installation {
    let mut i = Installation::new();
    for (operation, input) in [
        (
            "CreateUser",
            json!({"UserName": "alice", "Path": "/a/", "PermissionsBoundary": ADMINISTRATOR,
            "Tags": [{"Key": "team", "Value": "blue"}]}),
        ),
        (
            "PutUserPolicy",
            json!({"UserName": "alice", "PolicyName": "p", "PolicyDocument": PERMISSIONS}),
        ),
        ("CreateGroup", json!({"GroupName": "Team"})),
        (
            "PutGroupPolicy",
            json!({"GroupName": "Team", "PolicyName": "q", "PolicyDocument": PERMISSIONS}),
        ),
        (
            "AddUserToGroup",
            json!({"GroupName": "Team", "UserName": "alice"}),
        ),
        (
            "CreateRole",
            json!({"RoleName": "Reader", "AssumeRolePolicyDocument": TRUST}),
        ),
        (
            "CreatePolicy",
            json!({"PolicyName": "Own", "PolicyDocument": PERMISSIONS}),
        ),
        (
            "AttachRolePolicy",
            json!({"RoleName": "Reader", "PolicyArn": "arn:aws:iam::111122223333:policy/Own"}),
        ),
    ] {
        iam(&mut i, operation, input);
    }
    i
}

#[test]
fn authorization_details() {
    let mut i = furnished();
    let all = iam(&mut i, "GetAccountAuthorizationDetails", json!({}));
    let names = |all: &Value, list: &str, member: &str| -> Vec<String> {
        let entries = all[list].as_array().unwrap();
        entries
            .iter()
            .map(|e| e[member].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        names(&all, "UserDetailList", "UserName"),
        ["admin", "alice"]
    );
    assert_eq!(names(&all, "GroupDetailList", "GroupName"), ["Team"]);
    assert_eq!(names(&all, "RoleDetailList", "RoleName"), ["Reader"]);
    assert_eq!(
        names(&all, "Policies", "PolicyName"),
        ["Own", "AdministratorAccess"]
    );
    let alice = &all["UserDetailList"][1];
    assert_eq!(alice["GroupList"], json!(["Team"]));
    assert_eq!(alice["UserPolicyList"][0]["PolicyName"], "p");
    assert_eq!(
        alice["PermissionsBoundary"]["PermissionsBoundaryArn"],
        ADMINISTRATOR
    );
    assert_eq!(alice["Tags"], json!([{"Key": "team", "Value": "blue"}]));
    let role = &all["RoleDetailList"][0];
    assert_eq!(role["AttachedManagedPolicies"][0]["PolicyName"], "Own");
    assert!(
        role["AssumeRolePolicyDocument"]
            .as_str()
            .unwrap()
            .starts_with("%7B")
    );
    let own = &all["Policies"][0];
    assert_eq!(own["PolicyVersionList"][0]["VersionId"], "v1");
    assert!(
        own["PolicyVersionList"][0]["Document"]
            .as_str()
            .unwrap()
            .starts_with("%7B")
    );
    assert_eq!(
        (&own["AttachmentCount"], &own["DefaultVersionId"]),
        (&json!(1), &json!("v1"))
    );
    for (filter, counts) in [
        (json!(["User"]), [2, 0, 0, 0]),
        (json!(["Group", "Role"]), [0, 1, 1, 0]),
        (json!(["LocalManagedPolicy"]), [0, 0, 0, 1]),
        (json!(["AWSManagedPolicy", "User"]), [2, 0, 0, 1]),
    ] {
        let found = iam(
            &mut i,
            "GetAccountAuthorizationDetails",
            json!({"Filter": filter}),
        );
        let lists = [
            "UserDetailList",
            "GroupDetailList",
            "RoleDetailList",
            "Policies",
        ];
        let lengths = lists.map(|list| found[list].as_array().unwrap().len());
        assert_eq!(lengths, counts, "{filter}");
    }
    // Page by page nothing is left out and nothing comes twice.
    let (mut seen, mut marker) = (Vec::new(), None);
    loop {
        let mut input = json!({"MaxItems": 1});
        if let Some(marker) = marker {
            input["Marker"] = marker;
        }
        let page = iam(&mut i, "GetAccountAuthorizationDetails", input);
        for (list, member) in [
            ("UserDetailList", "UserName"),
            ("GroupDetailList", "GroupName"),
            ("RoleDetailList", "RoleName"),
            ("Policies", "PolicyName"),
        ] {
            seen.extend(names(&page, list, member));
        }
        if page["IsTruncated"] == false {
            break;
        }
        marker = Some(page["Marker"].clone());
    }
    assert_eq!(
        seen,
        [
            "admin",
            "alice",
            "Team",
            "Reader",
            "Own",
            "AdministratorAccess"
        ]
    );
}

#[test]
fn a_summary_counts() {
    let mut i = furnished();
    let summary = iam(&mut i, "GetAccountSummary", json!({}))["SummaryMap"].clone();
    for (key, count) in [
        ("Users", 2),
        ("Groups", 1),
        ("Roles", 1),
        ("Policies", 1),
        ("PolicyVersionsInUse", 1),
        ("UsersQuota", 5000),
        ("GroupsQuota", 300),
        ("RolesQuota", 1000),
        ("PoliciesQuota", 1500),
        ("PolicySizeQuota", 6144),
        ("VersionsPerPolicyQuota", 5),
        ("GroupPolicySizeQuota", 5120),
        ("MFADevices", 0),
        ("AccountAccessKeysPresent", 0),
        ("GlobalEndpointTokenVersion", 1),
    ] {
        assert_eq!(summary[key], count, "{key}");
    }
    assert_eq!(summary.as_object().unwrap().len(), 34);
}

#[test]
fn account_aliases() {
    let mut i = Installation::new();
    let alias = |name: &str| json!({"AccountAlias": name});
    let listed =
        |i: &mut Installation| iam(i, "ListAccountAliases", json!({}))["AccountAliases"].clone();
    iam(&mut i, "CreateAccountAlias", alias("acme"));
    iam(&mut i, "CreateAccountAlias", alias("acme-keys"));
    assert_eq!(listed(&mut i), json!(["acme-keys"]));
    assert_eq!(
        refused(&mut i, "CreateAccountAlias", alias("acme-keys")).0,
        "EntityAlreadyExists"
    );
    let outsider = i.outsider.clone();
    let error = i
        .call(&outsider, "iam", "CreateAccountAlias", alias("acme-keys"))
        .unwrap_err();
    assert_eq!(error.shape.code, "EntityAlreadyExists");
    let error = i
        .call(&outsider, "iam", "DeleteAccountAlias", alias("acme-keys"))
        .unwrap_err();
    assert_eq!(error.shape.code, "NoSuchEntity");
    assert_eq!(
        refused(&mut i, "CreateAccountAlias", alias("Acme")).0,
        "ValidationError"
    );
    iam(&mut i, "DeleteAccountAlias", alias("acme-keys"));
    assert_eq!(listed(&mut i), json!([]));
}

#[test]
fn service_linked_roles() {
    let mut i = Installation::new();
    let create = json!({"AWSServiceName": "mrk.kms.amazonaws.com", "Description": "keys"});
    let made = iam(&mut i, "CreateServiceLinkedRole", create.clone())["Role"].clone();
    let name = "AWSServiceRoleForKeyManagementServiceMultiRegionKeys";
    assert_eq!(
        made["Arn"],
        format!("arn:aws:iam::111122223333:role/aws-service-role/mrk.kms.amazonaws.com/{name}")
    );
    assert_eq!(
        refused(&mut i, "CreateServiceLinkedRole", create),
        (
            "InvalidInput".to_owned(),
            format!(
                "Service role name {name} has been taken in this account, \
            please try a different suffix."
            )
        )
    );
    let attached = iam(
        &mut i,
        "ListAttachedRolePolicies",
        json!({"RoleName": name}),
    );
    assert_eq!(
        attached["AttachedPolicies"][0]["PolicyName"],
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"
    );
    // AWS alone changes it, but for its description.
    for (operation, more) in [
        ("DeleteRole", json!({})),
        ("TagRole", json!({"Tags": [{"Key": "a", "Value": "b"}]})),
        (
            "PutRolePermissionsBoundary",
            json!({"PermissionsBoundary": ADMINISTRATOR}),
        ),
        ("AttachRolePolicy", json!({"PolicyArn": ADMINISTRATOR})),
        ("UpdateRole", json!({"MaxSessionDuration": 7200})),
        ("UpdateAssumeRolePolicy", json!({"PolicyDocument": TRUST})),
    ] {
        let mut input = more;
        input["RoleName"] = json!(name);
        assert_eq!(
            refused(&mut i, operation, input).0,
            "UnmodifiableEntity",
            "{operation}"
        );
    }
    let input = json!({"RoleName": name, "Description": "other"});
    iam(&mut i, "UpdateRoleDescription", input);
    let task = iam(&mut i, "DeleteServiceLinkedRole", json!({"RoleName": name}));
    let status = iam(&mut i, "GetServiceLinkedRoleDeletionStatus", task.clone());
    assert_eq!(status["Status"], "SUCCEEDED");
    assert_eq!(
        refused(&mut i, "GetRole", json!({"RoleName": name})).0,
        "NoSuchEntity"
    );
    let id = task["DeletionTaskId"].as_str().unwrap();
    let prefix = format!("task/aws-service-role/mrk.kms.amazonaws.com/{name}/");
    assert!(id.starts_with(&prefix), "{id}");
    let other = json!({"DeletionTaskId": format!("{prefix}x")});
    assert_eq!(
        refused(&mut i, "GetServiceLinkedRoleDeletionStatus", other).0,
        "NoSuchEntity"
    );
    let role = json!({"RoleName": "Reader", "AssumeRolePolicyDocument": TRUST});
    iam(&mut i, "CreateRole", role);
    for (operation, input) in [
        ("DeleteServiceLinkedRole", json!({"RoleName": "Reader"})),
        (
            "CreateServiceLinkedRole",
            json!({"AWSServiceName": "nosuch.amazonaws.com"}),
        ),
        (
            "CreateServiceLinkedRole",
            json!({"AWSServiceName": "sso.amazonaws.com", "CustomSuffix": "x"}),
        ),
    ] {
        assert_eq!(
            refused(&mut i, operation, input).0,
            "InvalidInput",
            "{operation}"
        );
    }
}

/// IAM User Guide, "Principal": a principal that was deleted shows as its unique id, and one that is
/// made again under its name is another.
#[test]
fn stored_policies_show_the_ids_of_principals_that_are_gone() {
    let mut i = Installation::new();
    let admin = i.admin.clone();
    iam(&mut i, "CreateUser", json!({"UserName": "alice"}));
    let role = json!({"RoleName": "Old", "Path": "/x/", "AssumeRolePolicyDocument": TRUST});
    let old = iam(&mut i, "CreateRole", role.clone())["Role"].clone();
    let (arn, id) = (
        old["Arn"].as_str().unwrap(),
        old["RoleId"].as_str().unwrap(),
    );
    let alice = "arn:aws:iam::111122223333:user/alice";
    let policy = |one: &str, two: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [
            {{"Effect": "Allow", "Principal": {{"AWS": ["{one}", "{two}"]}}, "Action": "kms:Encrypt",
              "Resource": "*", "Condition": {{"ArnLike": {{"aws:PrincipalArn": "{arn}"}}}}}},
            {{"Effect": "Allow", "Principal": {{"AWS": "111122223333"}}, "Action": "kms:*", "Resource": "*"}}]}}"#
        )
    };
    let input = json!({"Policy": policy(arn, alice)});
    let key = i.call(&admin, "kms", "CreateKey", input).unwrap()["KeyMetadata"]["Arn"].clone();
    let trust = TRUST.replace("111122223333", arn);
    iam(
        &mut i,
        "CreateRole",
        json!({"RoleName": "Next", "AssumeRolePolicyDocument": trust}),
    );
    let shown = |i: &mut Installation| {
        let input = json!({"KeyId": key});
        let reply = i.call(&admin, "kms", "GetKeyPolicy", input).unwrap();
        reply["Policy"].as_str().unwrap().to_owned()
    };
    let trusted = |i: &mut Installation| {
        let role = iam(i, "GetRole", json!({"RoleName": "Next"}));
        role["Role"]["AssumeRolePolicyDocument"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(shown(&mut i), policy(arn, alice));
    iam(&mut i, "DeleteRole", json!({"RoleName": "Old"}));
    assert_eq!(shown(&mut i), policy(id, alice));
    assert!(trusted(&mut i).contains(id));
    // Made again under the same name and path, it is another.
    iam(&mut i, "CreateRole", role);
    assert_eq!(shown(&mut i), policy(id, alice));
    // A user by another name is the same, and shows under that.
    iam(
        &mut i,
        "UpdateUser",
        json!({"UserName": "alice", "NewUserName": "alicia"}),
    );
    assert_eq!(
        shown(&mut i),
        policy(id, "arn:aws:iam::111122223333:user/alicia")
    );
    // What it shows now cannot be stored again: the id is nobody's.
    let again = json!({"KeyId": key, "Policy": shown(&mut i)});
    let error = i.call(&admin, "kms", "PutKeyPolicy", again).unwrap_err();
    assert_eq!(error.shape.code, "MalformedPolicyDocumentException");
}

#[test]
fn the_last_use_of_an_access_key() {
    let mut i = Installation::new();
    iam(&mut i, "CreateUser", json!({"UserName": "alice"}));
    let key = iam(&mut i, "CreateAccessKey", json!({"UserName": "alice"}))["AccessKey"].clone();
    let id = json!({"AccessKeyId": key["AccessKeyId"]});
    let never = json!({"UserName": "alice",
        "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}});
    i.trail = Some(Box::new(|_| TrailAnswer::Events(vec![])));
    assert_eq!(iam(&mut i, "GetAccessKeyLastUsed", id.clone()), never);
    let body = json!({"eventVersion": "1.11", "eventName": "ListKeys", "eventTime": "2026-01-05T11:00:00Z",
        "eventSource": "kms.amazonaws.com", "awsRegion": "us-west-2", "eventID": "e", "recipientAccountId":
        "111122223333", "userIdentity": {"type": "IAMUser"}});
    let body = body.to_string().into_bytes();
    let wanted = key["AccessKeyId"].as_str().unwrap().to_owned();
    i.trail = Some(Box::new(move |question| {
        let TrailQuestion::Events(search) = question else {
            panic!("{question:?}")
        };
        assert_eq!(
            search.attribute,
            Some((EventAttribute::AccessKeyId, wanted.clone()))
        );
        let found = TrailEvent {
            time: "2026-01-05T11:00:00Z".parse().unwrap(),
            id: "e".to_owned(),
            body: body.clone(),
        };
        let here = search.region.as_str() == "us-west-2";
        TrailAnswer::Events(if here { vec![found] } else { vec![] })
    }));
    assert_eq!(
        iam(&mut i, "GetAccessKeyLastUsed", id)["AccessKeyLastUsed"],
        json!({"LastUsedDate": 1_767_610_800, "ServiceName": "kms", "Region": "us-west-2"})
    );
    let other = json!({"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"});
    assert_eq!(
        refused(&mut i, "GetAccessKeyLastUsed", other).0,
        "AccessDenied"
    );
}
