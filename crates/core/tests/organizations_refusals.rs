//! Refusals of AWS Organizations by code and reason: names that are none, documents, limits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod organization;

use organization::{DENY, MANAGEMENT, RCP, ROOT, SECURITY, Scene, WORKLOAD, WORKLOADS};
use serde_json::{Value, json};

#[test]
fn bad_delegation_policies() {
    let mut scene = Scene::new();
    let mut check = |statement: Value, reason: &'static str| {
        let content = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        let input = json!({"Content": content});
        scene.refused(
            "PutResourcePolicy",
            input,
            ("InvalidInputException", reason),
        );
    };
    let statement = |principal: Value, action: &str| json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"});
    let account = || json!({"AWS": WORKLOAD});
    let unsupported = "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY";
    check(
        statement(account(), "organizations:CreateAccount"),
        unsupported,
    );
    check(statement(account(), "organizations:*"), unsupported);
    check(
        statement(account(), "organizations:DescribeNothing"),
        unsupported,
    );
    check(statement(account(), "kms:Decrypt"), unsupported);
    let reads = "organizations:ListAccounts";
    check(
        statement(json!({"Service": "sso.amazonaws.com"}), reads),
        "INVALID_PRINCIPAL",
    );
    let gone = json!({"AWS": format!("arn:aws:iam::{WORKLOAD}:role/gone")});
    check(statement(gone, reads), "INVALID_PRINCIPAL");
    let malformed = "INVALID_RESOURCE_POLICY_JSON";
    check(
        json!({"Effect": "Allow", "Principal": "*", "NotAction": reads, "Resource": "*"}),
        malformed,
    );
    check(
        json!({"Effect": "Allow", "Action": reads, "Resource": "*"}),
        malformed,
    );
}

#[test]
fn refusals_by_code_and_reason() {
    let mut scene = Scene::new();
    let scp = scene.scp("scp");
    let unused = scene.policy("rcp", "RESOURCE_CONTROL_POLICY", RCP);
    scene.attach(&scp, WORKLOADS);
    let pair = |policy: &str, target: &str| json!({"PolicyId": policy, "TargetId": target});
    let root = |policy_type: &str| json!({"RootId": ROOT, "PolicyType": policy_type});
    let policy = |name: &str, content: &str| json!({"Name": name, "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": content});
    let service =
        |account: &str, name: &str| json!({"AccountId": account, "ServicePrincipal": name});
    let moving = |from: &str, to: &str| json!({"AccountId": WORKLOAD, "SourceParentId": from, "DestinationParentId": to});
    let (violates, invalid) = ("ConstraintViolationException", "InvalidInputException");
    for (operation, input, expect) in [
        (
            "DescribeAccount",
            json!({"AccountId": "999900001111"}),
            ("AccountNotFoundException", ""),
        ),
        (
            "DescribeAccount",
            json!({"AccountId": "x"}),
            (invalid, "INVALID_PATTERN"),
        ),
        ("DescribeAccount", json!({}), (invalid, "INPUT_REQUIRED")),
        (
            "ListAccounts",
            json!({"MaxResults": 21}),
            (invalid, "MAX_VALUE_EXCEEDED"),
        ),
        (
            "ListAccounts",
            json!({"MaxResults": 0}),
            (invalid, "MIN_VALUE_EXCEEDED"),
        ),
        (
            "ListAccounts",
            json!({"NextToken": "x"}),
            (invalid, "INVALID_NEXT_TOKEN"),
        ),
        (
            "ListPolicies",
            json!({"Filter": "X"}),
            (invalid, "INVALID_ENUM"),
        ),
        (
            "ListPolicies",
            json!({"Filter": "BACKUP_POLICY"}),
            ("PolicyTypeNotAvailableForOrganizationException", ""),
        ),
        (
            "DescribePolicy",
            json!({"PolicyId": "p-aaaaaaaaaa"}),
            ("PolicyNotFoundException", ""),
        ),
        (
            "UpdatePolicy",
            json!({"PolicyId": "p-FullAWSAccess", "Name": "x"}),
            (invalid, "IMMUTABLE_POLICY"),
        ),
        (
            "DeletePolicy",
            json!({"PolicyId": "p-FullAWSAccess"}),
            (invalid, "IMMUTABLE_POLICY"),
        ),
        (
            "DeletePolicy",
            json!({"PolicyId": scp}),
            ("PolicyInUseException", ""),
        ),
        (
            "CreatePolicy",
            policy("scp", DENY),
            ("DuplicatePolicyException", ""),
        ),
        (
            "CreatePolicy",
            policy("x", &DENY.replace('2', &"2".repeat(5200))),
            (violates, "POLICY_CONTENT_LIMIT_EXCEEDED"),
        ),
        (
            "AttachPolicy",
            pair(&scp, WORKLOADS),
            ("DuplicatePolicyAttachmentException", ""),
        ),
        (
            "AttachPolicy",
            pair("p-aaaaaaaaaa", WORKLOADS),
            ("PolicyNotFoundException", ""),
        ),
        (
            "AttachPolicy",
            pair(&scp, "ou-ab12-99999999"),
            ("TargetNotFoundException", ""),
        ),
        (
            "AttachPolicy",
            pair(&scp, "999900001111"),
            ("TargetNotFoundException", ""),
        ),
        (
            "DetachPolicy",
            pair(&unused, ROOT),
            ("PolicyNotAttachedException", ""),
        ),
        (
            "DetachPolicy",
            pair("p-RCPFullAWSAccess", ROOT),
            (invalid, "NON_DETACHABLE_POLICY"),
        ),
        (
            "EnablePolicyType",
            root("SERVICE_CONTROL_POLICY"),
            ("PolicyTypeAlreadyEnabledException", ""),
        ),
        (
            "DisablePolicyType",
            root("TAG_POLICY"),
            ("PolicyTypeNotEnabledException", ""),
        ),
        (
            "EnablePolicyType",
            json!({"RootId": "r-zzzz", "PolicyType": "TAG_POLICY"}),
            ("RootNotFoundException", ""),
        ),
        (
            "MoveAccount",
            moving(ROOT, WORKLOADS),
            ("SourceParentNotFoundException", ""),
        ),
        (
            "MoveAccount",
            moving(WORKLOADS, WORKLOADS),
            ("DuplicateAccountException", ""),
        ),
        (
            "MoveAccount",
            moving(WORKLOADS, "ou-ab12-99999999"),
            ("DestinationParentNotFoundException", ""),
        ),
        (
            "DescribeOrganizationalUnit",
            json!({"OrganizationalUnitId": "ou-ab12-99999999"}),
            ("OrganizationalUnitNotFoundException", ""),
        ),
        (
            "DeleteOrganizationalUnit",
            json!({"OrganizationalUnitId": WORKLOADS}),
            ("OrganizationalUnitNotEmptyException", ""),
        ),
        (
            "CreateOrganizationalUnit",
            json!({"ParentId": ROOT, "Name": "workloads"}),
            ("DuplicateOrganizationalUnitException", ""),
        ),
        (
            "CreateOrganizationalUnit",
            json!({"ParentId": "r-zzzz", "Name": "x"}),
            ("ParentNotFoundException", ""),
        ),
        (
            "ListParents",
            json!({"ChildId": "999900001111"}),
            ("ChildNotFoundException", ""),
        ),
        (
            "ListChildren",
            json!({"ParentId": "r-zzzz", "ChildType": "ACCOUNT"}),
            ("ParentNotFoundException", ""),
        ),
        (
            "RegisterDelegatedAdministrator",
            service(WORKLOAD, "x"),
            (invalid, "UNRECOGNIZED_SERVICE_PRINCIPAL"),
        ),
        (
            "RegisterDelegatedAdministrator",
            service(WORKLOAD, "guardduty.amazonaws.com"),
            (violates, "SERVICE_ACCESS_NOT_ENABLED"),
        ),
        (
            "RegisterDelegatedAdministrator",
            service(MANAGEMENT, "sso.amazonaws.com"),
            (
                violates,
                "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
            ),
        ),
        (
            "RegisterDelegatedAdministrator",
            service(SECURITY, "sso.amazonaws.com"),
            ("AccountAlreadyRegisteredException", ""),
        ),
        (
            "RegisterDelegatedAdministrator",
            service(WORKLOAD, "sso.amazonaws.com"),
            (violates, "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE"),
        ),
        (
            "DeregisterDelegatedAdministrator",
            service(WORKLOAD, "sso.amazonaws.com"),
            ("AccountNotRegisteredException", ""),
        ),
        (
            "ListDelegatedServicesForAccount",
            json!({"AccountId": WORKLOAD}),
            ("AccountNotRegisteredException", ""),
        ),
        (
            "DisableAWSServiceAccess",
            json!({"ServicePrincipal": "sso.amazonaws.com"}),
            (violates, "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE"),
        ),
        (
            "DescribeCreateAccountStatus",
            json!({"CreateAccountRequestId": "car-aaaaaaaa"}),
            ("CreateAccountStatusNotFoundException", ""),
        ),
        (
            "TagResource",
            json!({"ResourceId": "p-FullAWSAccess", "Tags": [{"Key": "a", "Value": "b"}]}),
            (invalid, "TARGET_NOT_SUPPORTED"),
        ),
        (
            "TagResource",
            json!({"ResourceId": WORKLOAD, "Tags": [{"Key": "aws:a", "Value": "b"}]}),
            (invalid, "INVALID_SYSTEM_TAGS_PARAMETER"),
        ),
        (
            "TagResource",
            json!({"ResourceId": WORKLOAD, "Tags": [{"Key": "a", "Value": "b"}, {"Key": "a", "Value": "c"}]}),
            (invalid, "DUPLICATE_TAG_KEY"),
        ),
        (
            "TagResource",
            json!({"ResourceId": "ou-ab12-99999999", "Tags": []}),
            ("TargetNotFoundException", ""),
        ),
        (
            "CreateOrganization",
            json!({}),
            ("AlreadyInOrganizationException", ""),
        ),
        (
            "EnableAllFeatures",
            json!({}),
            (
                "HandshakeConstraintViolationException",
                "ORGANIZATION_ALREADY_HAS_ALL_FEATURES",
            ),
        ),
        (
            "DescribeEffectivePolicy",
            json!({"PolicyType": "BACKUP_POLICY"}),
            (violates, ""),
        ),
    ] {
        scene.refused(operation, input, expect);
    }
}

#[test]
fn limits_of_the_tree_and_of_attachments() {
    let mut scene = Scene::new();
    let mut parent = ROOT.to_owned();
    for level in 0..5 {
        parent = scene.unit(&parent, &format!("level {level}"));
    }
    let deeper = json!({"ParentId": parent, "Name": "too deep"});
    let depth = ("ConstraintViolationException", "OU_DEPTH_LIMIT_EXCEEDED");
    scene.refused("CreateOrganizationalUnit", deeper, depth);
    for n in 0..4 {
        let scp = scene.scp(&format!("scp {n}"));
        scene.attach(&scp, WORKLOADS);
    }
    let scp = scene.scp("one more");
    let most = (
        "ConstraintViolationException",
        "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    );
    scene.refused(
        "AttachPolicy",
        json!({"PolicyId": scp, "TargetId": WORKLOADS}),
        most,
    );
    let tags: Vec<Value> = (0..51)
        .map(|n| json!({"Key": n.to_string(), "Value": ""}))
        .collect();
    let most = ("ConstraintViolationException", "MAX_TAG_LIMIT_EXCEEDED");
    scene.refused(
        "TagResource",
        json!({"ResourceId": ROOT, "Tags": tags}),
        most,
    );
}

#[test]
fn bad_documents() {
    let mut scene = Scene::new();
    let mut check = |policy_type: &str, content: &str| {
        let input =
            json!({"Name": "x", "Description": "", "Type": policy_type, "Content": content});
        scene.refused(
            "CreatePolicy",
            input,
            ("MalformedPolicyDocumentException", ""),
        );
    };
    let statement = |more: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Resource":"*",{more}}}]}}"#
        )
    };
    let scp = "SERVICE_CONTROL_POLICY";
    check(scp, "{");
    check(scp, &statement(r#""Action":"kms:*","Principal":"*""#));
    check(scp, &statement(r#""Action":"nothing""#));
    check(
        scp,
        r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#,
    );
    let rcp = "RESOURCE_CONTROL_POLICY";
    check(rcp, &statement(r#""Action":"kms:*""#));
    check(rcp, &statement(r#""Action":"*","Principal":"*""#));
    check(rcp, &statement(r#""NotAction":"kms:*","Principal":"*""#));
    check(
        rcp,
        &statement(r#""Action":"kms:*","Principal":{"AWS":"111122223333"}"#),
    );
    check(rcp, &statement(r#""Action":"kms:*","NotPrincipal":"*""#));
    check(rcp, &RCP.replace("Deny", "Allow"));
    check(
        rcp,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#,
    );
    check(
        "TAG_POLICY",
        r#"{"tags":{"a":{"tag_key":{"@@assign":"b"}}}}"#,
    );
}
