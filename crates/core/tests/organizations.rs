//! AWS Organizations over the chain: who may call what, what time brings about, and that decisions
//! follow a change with the next request. Refusals are in `organizations_refusals`, pages and clients
//! in `tests/python/test_organizations.py`, permissions in the authorisation matrix.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod organization;

use claviger_core::state::{
    Account, Installation as State, OrganizationPolicy, RowDecoder, Stored,
};
use claviger_testkit::installation::{Installation, Login};
use organization::{DENY, MANAGEMENT, ROOT, SECURITY, Scene, WORKLOAD, WORKLOADS};
use serde_json::{Value, json};

const BY_SCP: &str = "with an explicit deny in a service control policy";

#[test]
fn decisions_follow_a_change_with_the_next_request() {
    let mut scene = Scene::new();
    let member = scene.member(WORKLOAD);
    assert_eq!(scene.create_key(&member), "allowed");
    let scp = scene.scp("no keys");
    for target in [WORKLOAD, WORKLOADS, ROOT] {
        scene.attach(&scp, target);
        assert_eq!(scene.create_key(&member), BY_SCP, "{target}");
        // The management account is not limited (POL-P8).
        let admin = scene.admin.clone();
        assert_eq!(scene.create_key(&admin), "allowed");
        scene.call("DetachPolicy", json!({"PolicyId": scp, "TargetId": target}));
        assert_eq!(scene.create_key(&member), "allowed", "{target}");
    }
    // A changed document counts at once, and so does the place of an account.
    scene.attach(&scp, WORKLOADS);
    let allows = DENY.replace("Deny", "Allow");
    scene.call("UpdatePolicy", json!({"PolicyId": scp, "Content": allows}));
    assert_eq!(scene.create_key(&member), "allowed");
    scene.call("UpdatePolicy", json!({"PolicyId": scp, "Content": DENY}));
    assert_eq!(scene.create_key(&member), BY_SCP);
    let to_root =
        json!({"AccountId": WORKLOAD, "SourceParentId": WORKLOADS, "DestinationParentId": ROOT});
    scene.call("MoveAccount", to_root);
    assert_eq!(scene.create_key(&member), "allowed");
    let back =
        json!({"AccountId": WORKLOAD, "SourceParentId": ROOT, "DestinationParentId": WORKLOADS});
    scene.call("MoveAccount", back);
    assert_eq!(scene.create_key(&member), BY_SCP);
    // Disabled, no policy of the type counts; enabled again, AWS's own alone is attached.
    let scps = json!({"RootId": ROOT, "PolicyType": "SERVICE_CONTROL_POLICY"});
    scene.call("DisablePolicyType", scps.clone());
    assert_eq!(scene.create_key(&member), "allowed");
    scene.call("EnablePolicyType", scps);
    assert_eq!(scene.create_key(&member), "allowed");
    let input = json!({"TargetId": WORKLOADS, "Filter": "SERVICE_CONTROL_POLICY"});
    let attached = scene.call("ListPoliciesForTarget", input);
    let ids: Vec<_> = attached["Policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| &p["Id"])
        .collect();
    assert_eq!(ids, ["p-FullAWSAccess"]);
    assert_eq!(attached["Policies"][0]["AwsManaged"], true);
}

#[test]
fn an_allow_list_takes_the_place_of_full_access() {
    let mut scene = Scene::new();
    let member = scene.member(WORKLOAD);
    let only = scene.policy(
        "only kms",
        "SERVICE_CONTROL_POLICY",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#,
    );
    let full = json!({"PolicyId": "p-FullAWSAccess", "TargetId": WORKLOADS});
    let minimum = (
        "ConstraintViolationException",
        "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    );
    scene.refused("DetachPolicy", full.clone(), minimum);
    scene.attach(&only, WORKLOADS);
    scene.call("DetachPolicy", full);
    let silent = "because no service control policy allows the kms:CreateKey action";
    assert_eq!(scene.create_key(&member), silent);
}

#[test]
fn who_may_call_what() {
    let mut scene = Scene::new();
    let (workload, security) = (scene.member(WORKLOAD), scene.member(SECURITY));
    let outsider = scene.i.outsider.clone();
    let denied = ("AccessDeniedException", "");
    let stranger = ("AWSOrganizationsNotInUseException", "");
    let own = json!({"PolicyType": "TAG_POLICY"});
    let scp = scene.scp("an scp");
    for (operation, input) in [
        ("ListAccounts", json!({})),
        ("ListRoots", json!({})),
        ("DescribeAccount", json!({"AccountId": WORKLOAD})),
        ("DescribePolicy", json!({"PolicyId": scp})),
    ] {
        // The delegated administrator of any service reads.
        scene.as_(&security, operation, input.clone()).unwrap();
        scene.refused_to(&workload, operation, input.clone(), denied);
        scene.refused_to(&outsider, operation, input, stranger);
    }
    for (operation, input) in [
        (
            "AttachPolicy",
            json!({"PolicyId": scp, "TargetId": WORKLOAD}),
        ),
        (
            "CreateOrganizationalUnit",
            json!({"ParentId": ROOT, "Name": "x"}),
        ),
        ("CloseAccount", json!({"AccountId": WORKLOAD})),
        (
            "EnableAWSServiceAccess",
            json!({"ServicePrincipal": "ram.amazonaws.com"}),
        ),
    ] {
        scene.refused_to(&security, operation, input.clone(), denied);
        scene.refused_to(&outsider, operation, input, stranger);
    }
    for member in [&workload, &security] {
        let shown = scene
            .as_(member, "DescribeOrganization", json!({}))
            .unwrap();
        assert_eq!(shown["Organization"]["MasterAccountId"], MANAGEMENT);
        let none = ("EffectivePolicyNotFoundException", "");
        scene.refused_to(member, "DescribeEffectivePolicy", own.clone(), none);
    }
    let foreign = json!({"PolicyType": "TAG_POLICY", "TargetId": SECURITY});
    scene.refused_to(&workload, "DescribeEffectivePolicy", foreign, denied);
}

#[test]
fn the_delegation_policy_lets_in_whom_it_names() {
    let mut scene = Scene::new();
    let workload = scene.member(WORKLOAD);
    let scp = scene.scp("an scp");
    let attach = json!({"PolicyId": scp, "TargetId": WORKLOADS});
    let denied = ("AccessDeniedException", "");
    scene.refused_to(&workload, "AttachPolicy", attach.clone(), denied);
    let content = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{WORKLOAD}:root")},
            "Action": ["organizations:List*", "organizations:AttachPolicy"], "Resource": "*",
            "Condition": {"StringLikeIfExists": {"organizations:PolicyType": "SERVICE_CONTROL_POLICY"}}},
        {"Effect": "Deny", "Principal": {"AWS": WORKLOAD}, "Action": "organizations:AttachPolicy",
            "Resource": format!("arn:aws:organizations::*:root/*/{ROOT}")}]});
    scene.call("PutResourcePolicy", json!({"Content": content.to_string()}));
    scene.as_(&workload, "ListAccounts", json!({})).unwrap();
    let rcps = json!({"Filter": "RESOURCE_CONTROL_POLICY"});
    scene.refused_to(&workload, "ListPolicies", rcps, denied);
    scene.as_(&workload, "AttachPolicy", attach).unwrap();
    let on_root = json!({"PolicyId": scp, "TargetId": ROOT});
    scene.refused_to(&workload, "AttachPolicy", on_root, denied);
    scene.call("DeleteResourcePolicy", json!({}));
    scene.refused_to(&workload, "ListAccounts", json!({}), denied);
    let none = ("ResourcePolicyNotFoundException", "");
    scene.refused("DescribeResourcePolicy", json!({}), none);
}

#[test]
fn an_account_is_made_in_time_with_its_role() {
    let mut scene = Scene::new();
    let input = json!({"Email": "new@example.org", "AccountName": "New", "RoleName": "Way-In",
        "Tags": [{"Key": "team", "Value": "blue"}]});
    let asked = scene.call("CreateAccount", input);
    let status = &asked["CreateAccountStatus"];
    assert_eq!(status["State"], "IN_PROGRESS");
    assert!(status.get("AccountId").is_none());
    let request = json!({"CreateAccountRequestId": status["Id"]});
    scene.i.advance_seconds(10);
    let status = scene.call("DescribeCreateAccountStatus", request)["CreateAccountStatus"].clone();
    assert_eq!(status["State"], "SUCCEEDED");
    let id = status["AccountId"].as_str().unwrap().to_owned();
    let shown = scene.call("DescribeAccount", json!({"AccountId": id}))["Account"].clone();
    assert_eq!(shown["Email"], "new@example.org");
    assert_eq!(shown["Status"], "ACTIVE");
    assert_eq!(shown["JoinedMethod"], "CREATED");
    assert_eq!(
        shown["Paths"],
        json!([format!("o-a1b2c3d4e5/{ROOT}/{id}/")])
    );
    let tags = scene.call("ListTagsForResource", json!({"ResourceId": id}));
    assert_eq!(tags["Tags"], json!([{"Key": "team", "Value": "blue"}]));
    let admin = scene.admin.clone();
    let role = format!("arn:aws:iam::{id}:role/Way-In");
    let input = json!({"RoleArn": role, "RoleSessionName": "test"});
    let session = Login::of_session(&scene.i.call(&admin, "sts", "AssumeRole", input).unwrap());
    assert_eq!(scene.create_key(&session), "allowed");
    let scp = scene.scp("no keys");
    scene.attach(&scp, ROOT);
    assert_eq!(scene.create_key(&session), BY_SCP);
    for event in ["CreateAccountResult", "AccountJoinedOrganization"] {
        let records = scene.i.records_of(event);
        let record = records.last().unwrap();
        assert_eq!(record.recipient_account_id.as_str(), MANAGEMENT, "{event}");
        assert!(
            record
                .service_event_details
                .as_ref()
                .unwrap()
                .as_str()
                .contains(&id)
        );
    }
    // An address that somebody has makes no account.
    let input = json!({"Email": "NEW@example.org", "AccountName": "Again"});
    let asked = scene.call("CreateAccount", input);
    scene.i.advance_seconds(10);
    let request = json!({"CreateAccountRequestId": asked["CreateAccountStatus"]["Id"]});
    let status = scene.call("DescribeCreateAccountStatus", request);
    assert_eq!(status["CreateAccountStatus"]["State"], "FAILED");
    assert_eq!(
        status["CreateAccountStatus"]["FailureReason"],
        "EMAIL_ALREADY_EXISTS"
    );
    let failed = scene.call("ListCreateAccountStatus", json!({"States": ["FAILED"]}));
    assert_eq!(failed["CreateAccountStatuses"].as_array().unwrap().len(), 1);
}

#[test]
fn accounts_have_their_quotas() {
    let mut scene = Scene::new();
    let input = |n: usize| json!({"Email": format!("a{n}@example.org"), "AccountName": "a"});
    for n in 0..5 {
        scene.call("CreateAccount", input(n));
    }
    let at_a_time = (
        "ConstraintViolationException",
        "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
    );
    scene.refused("CreateAccount", input(5), at_a_time);
    scene.i.advance_seconds(10);
    scene.call("CreateAccount", input(5));
    scene.call("CreateAccount", input(6));
    let full = (
        "ConstraintViolationException",
        "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
    );
    scene.refused("CreateAccount", input(7), full);
    let reserved =
        json!({"Email": "a@example.org", "AccountName": "a", "RoleName": "AWSServiceRoleForX"});
    scene.refused(
        "CreateAccount",
        reserved,
        ("InvalidInputException", "INVALID_ROLE_NAME"),
    );
}

#[test]
fn a_closed_account_does_nothing_and_nothing_in_it_is_used() {
    let mut scene = Scene::new();
    let member = scene.member(WORKLOAD);
    let made = scene
        .i
        .call(&member, "kms", "CreateKey", json!({}))
        .unwrap();
    let key = made["KeyMetadata"]["Arn"].clone();
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": [WORKLOAD, MANAGEMENT]}, "Action": "kms:*", "Resource": "*"}]});
    let input = json!({"KeyId": key, "Policy": policy.to_string()});
    scene.i.call(&member, "kms", "PutKeyPolicy", input).unwrap();
    let admin = scene.admin.clone();
    let describe = json!({"KeyId": key});
    scene
        .i
        .call(&admin, "kms", "DescribeKey", describe.clone())
        .unwrap();

    let close = json!({"AccountId": WORKLOAD});
    scene.call("CloseAccount", close.clone());
    let status = |scene: &mut Scene| {
        scene.call("DescribeAccount", json!({"AccountId": WORKLOAD}))["Account"]["Status"].clone()
    };
    assert_eq!(status(&mut scene), "PENDING_CLOSURE");
    scene.refused("CloseAccount", close.clone(), ("ConflictException", ""));
    assert_eq!(scene.create_key(&member), "allowed");
    scene.i.advance_seconds(10);
    assert_eq!(status(&mut scene), "SUSPENDED");
    scene.refused("CloseAccount", close, ("AccountAlreadyClosedException", ""));
    assert!(scene.i.caller(&member, claviger_model::KMS).is_err());
    let error = scene
        .i
        .call(&admin, "kms", "DescribeKey", describe)
        .unwrap_err();
    assert_eq!(error.shape.code, "AccessDeniedException");
    assert!(error.message.unwrap().contains("is suspended"));
    let role = format!("arn:aws:iam::{WORKLOAD}:role/OrganizationAccountAccessRole");
    let input = json!({"RoleArn": role, "RoleSessionName": "test"});
    let error = scene
        .i
        .call(&admin, "sts", "AssumeRole", input)
        .unwrap_err();
    assert_eq!(error.shape.code, "AccessDenied");
    assert_eq!(scene.i.records_of("CloseAccountResult").len(), 1);
    let management = json!({"AccountId": MANAGEMENT});
    let cannot = (
        "ConstraintViolationException",
        "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
    );
    scene.refused("CloseAccount", management, cannot);
}

#[test]
fn an_account_that_leaves_is_bound_no_more() {
    let mut scene = Scene::new();
    let (workload, security) = (scene.member(WORKLOAD), scene.member(SECURITY));
    let scp = scene.scp("no keys");
    scene.attach(&scp, WORKLOAD);
    let remove = json!({"AccountId": WORKLOAD});
    let wait = ("ConstraintViolationException", "WAIT_PERIOD_ACTIVE");
    scene.refused("RemoveAccountFromOrganization", remove.clone(), wait);
    scene.i.advance_days(4);
    let master = ("MasterCannotLeaveOrganizationException", "");
    scene.refused("LeaveOrganization", json!({}), master);
    let delegated = (
        "ConstraintViolationException",
        "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
    );
    scene.refused(
        "RemoveAccountFromOrganization",
        json!({"AccountId": SECURITY}),
        delegated,
    );
    let _ = (workload, security);
    scene.call("RemoveAccountFromOrganization", remove.clone());
    let workload = scene.member(WORKLOAD);
    assert_eq!(scene.create_key(&workload), "allowed");
    let stranger = ("AWSOrganizationsNotInUseException", "");
    scene.refused_to(&workload, "DescribeOrganization", json!({}), stranger);
    scene.refused(
        "RemoveAccountFromOrganization",
        remove,
        ("AccountNotFoundException", ""),
    );
    assert_eq!(scene.i.records_of("AccountDepartedOrganization").len(), 1);
}

#[test]
fn an_organisation_ends_and_begins() {
    let mut scene = Scene::new();
    let outsider = scene.i.outsider.clone();
    let one = ("ConstraintViolationException", "");
    scene.refused_to(&outsider, "CreateOrganization", json!({}), one);
    scene.refused(
        "DeleteOrganization",
        json!({}),
        ("OrganizationNotEmptyException", ""),
    );
    scene.i.advance_days(5);
    let input = json!({"AccountId": SECURITY, "ServicePrincipal": "sso.amazonaws.com"});
    scene.call("DeregisterDelegatedAdministrator", input);
    for account in [WORKLOAD, SECURITY] {
        scene.call(
            "RemoveAccountFromOrganization",
            json!({"AccountId": account}),
        );
    }
    scene.call("DeleteOrganization", json!({}));
    let stranger = ("AWSOrganizationsNotInUseException", "");
    scene.refused("DescribeOrganization", json!({}), stranger);
    scene.call(
        "CreateOrganization",
        json!({"FeatureSet": "CONSOLIDATED_BILLING"}),
    );
    let bills = (
        "ConstraintViolationException",
        "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
    );
    let input =
        json!({"Name": "x", "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": DENY});
    scene.refused("CreatePolicy", input, bills);
    scene.call("DeleteOrganization", json!({}));
    let made = scene.call("CreateOrganization", json!({}));
    let id = made["Organization"]["Id"].as_str().unwrap();
    assert!(id.starts_with("o-") && id != "o-a1b2c3d4e5");
    let roots = scene.call("ListRoots", json!({}));
    let enabled = json!([{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]);
    assert_eq!(roots["Roots"][0]["PolicyTypes"], enabled);
    let account = scene.account("first");
    let session = scene.member(&account);
    assert_eq!(scene.create_key(&session), "allowed");
}

/// What each type's document may not say.
#[test]
fn the_effective_tag_policy_of_an_account() {
    let mut scene = Scene::new();
    scene.call(
        "EnablePolicyType",
        json!({"RootId": ROOT, "PolicyType": "TAG_POLICY"}),
    );
    let tags = |operator: &str, values: &[&str]| {
        json!({"tags": {"team": {"tag_key": {"@@assign": "Team"}, "tag_value": {operator: values}}}})
            .to_string()
    };
    let above = scene.policy("above", "TAG_POLICY", &tags("@@assign", &["blue"]));
    let below = scene.policy("below", "TAG_POLICY", &tags("@@append", &["green"]));
    scene.attach(&above, ROOT);
    scene.attach(&below, WORKLOADS);
    let mut of = |account: &str| {
        let input = json!({"PolicyType": "TAG_POLICY", "TargetId": account});
        let shown = scene.call("DescribeEffectivePolicy", input)["EffectivePolicy"].clone();
        let content: Value =
            serde_json::from_str(shown["PolicyContent"].as_str().unwrap()).unwrap();
        content["tags"]["team"]["tag_value"].clone()
    };
    assert_eq!(of(WORKLOAD), json!(["blue", "green"]));
    assert_eq!(of(SECURITY), json!(["blue"]));
}

#[test]
fn the_delegated_administrator_of_identity_center() {
    let mut scene = Scene::new();
    let service =
        |account: &str| json!({"AccountId": account, "ServicePrincipal": "sso.amazonaws.com"});
    let shown = scene.call(
        "ListDelegatedAdministrators",
        json!({"ServicePrincipal": "sso.amazonaws.com"}),
    );
    assert_eq!(shown["DelegatedAdministrators"][0]["Id"], SECURITY);
    scene.call("DeregisterDelegatedAdministrator", service(SECURITY));
    scene.call("RegisterDelegatedAdministrator", service(WORKLOAD));
    let installation = scene.i.snapshot.installation().unwrap().clone();
    assert_eq!(
        installation.delegated_administrators,
        [WORKLOAD.parse().unwrap()]
    );
    let services = scene.call(
        "ListDelegatedServicesForAccount",
        json!({"AccountId": WORKLOAD}),
    );
    assert_eq!(
        services["DelegatedServices"][0]["ServicePrincipal"],
        "sso.amazonaws.com"
    );
}

/// Rows as they were written before any of this could be changed.
#[test]
fn older_rows_are_read() {
    fn decoded<T: Stored>(row: &str, value: &Value) {
        let bytes = value.to_string().into_bytes();
        RowDecoder::default()
            .decode(T::COLLECTION, row, 1, &bytes)
            .unwrap_or_else(|e| panic!("{e}"));
    }
    let created = serde_json::to_value(Installation::new().now).unwrap();
    decoded::<Account>(
        WORKLOAD,
        &json!({"id": WORKLOAD, "name": "workload", "created": created,
            "parent": WORKLOADS, "scps": ["FullAWSAccess"], "rcps": ["RCPFullAWSAccess"]}),
    );
    decoded::<OrganizationPolicy>(
        "FullAWSAccess",
        &json!({"name": "FullAWSAccess", "policy": {"text": DENY, "kind": "service-control",
            "name": "FullAWSAccess"}}),
    );
    let older = json!({"created": created, "regions": ["us-east-1"], "organization": "o-a1b2c3d4e5",
        "management_account": MANAGEMENT, "delegated_administrators": [SECURITY],
        "clock_offset_millis": 0});
    decoded::<State>("installation", &older);
    let read: State = serde_json::from_value(older).unwrap();
    let security = SECURITY.parse().unwrap();
    assert!(
        read.delegated_services(security)
            .contains_key("sso.amazonaws.com")
    );
    assert!(read.service_access().contains_key("sso.amazonaws.com"));
    assert_eq!(read.organization_settings.policy_types.len(), 2);
}

/// Two decisions on the same state: the second no longer fits once the first is committed.
#[test]
fn what_meets_is_decided_one_after_the_other() {
    let mut scene = Scene::new();
    let scp = scene.scp("no keys");
    let member = scene.member(WORKLOAD);
    let caller = |i: &Installation, login: &Login, service| i.caller(login, service).unwrap();
    let kms = claviger_model::KMS;
    let by_member = caller(&scene.i, &member, kms);
    let before = scene.i.decide(by_member, kms, "CreateKey", json!({}));
    assert!(
        before
            .rests_on
            .iter()
            .all(|basis| basis.holds(&scene.i.snapshot))
    );
    scene.attach(&scp, WORKLOAD);
    assert!(
        !before
            .rests_on
            .iter()
            .all(|basis| basis.holds(&scene.i.snapshot))
    );
}
