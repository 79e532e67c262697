//! Simulations of policies: what is decided, by which statements and where they stand, which
//! condition keys were missing, what boundary and organisation say.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_testkit::installation::Installation;
use serde_json::{Value, json};

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn iam(i: &mut Installation, operation: &str, input: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, "iam", operation, input)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

fn policy(statement: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

fn allow(action: &str) -> String {
    policy(json!([{"Effect": "Allow", "Action": action, "Resource": "*"}]))
}

fn deny(action: &str) -> String {
    policy(json!([{"Effect": "Deny", "Action": action, "Resource": "*"}]))
}

fn with(mut input: Value, more: Value) -> Value {
    let more = more.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(more);
    input
}

/// The one result of a simulation of one action.
fn custom(i: &mut Installation, input: Value) -> Value {
    let results = iam(i, "SimulateCustomPolicy", input)["EvaluationResults"].clone();
    assert_eq!(results.as_array().unwrap().len(), 1, "{results}");
    results[0].clone()
}

/// The positions are those of AWS's own example (AWS CLI, `simulate-custom-policy`).
#[test]
fn a_statement_stands_where_aws_says() {
    let mut i = Installation::new();
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}"#;
    let input = json!({"PolicyInputList": [text], "ActionNames": ["dynamodb:CreateBackup"],
        "ContextEntries": [{"ContextKeyName": "aws:CurrentTime",
            "ContextKeyValues": ["2019-04-25T11:00:00Z"], "ContextKeyType": "date"}]});
    let result = custom(&mut i, input.clone());
    let expected = json!({
        "EvalActionName": "dynamodb:CreateBackup", "EvalResourceName": "*",
        "EvalDecision": "allowed", "MissingContextValues": [],
        "MatchedStatements": [{
            "SourcePolicyId": "PolicyInputList.1", "SourcePolicyType": "IAM Policy",
            "StartPosition": {"Line": 1, "Column": 38}, "EndPosition": {"Line": 1, "Column": 167},
        }],
    });
    assert_eq!(result, expected);
    let mut without = input;
    without.as_object_mut().unwrap().remove("ContextEntries");
    let result = custom(&mut i, without);
    assert_eq!(result["EvalDecision"], "implicitDeny");
    assert_eq!(result["MissingContextValues"], json!(["aws:CurrentTime"]));
}

#[test]
fn policies_of_the_request_decide() {
    let simulated = json!({"ActionNames": ["kms:Decrypt"], "ResourceArns": [KEY]});
    let with_key = policy(
        json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:team": "blue"}}}]),
    );
    let team = |value: &str| {
        json!([{"ContextKeyName": "kms:EncryptionContext:Team",
            "ContextKeyValues": [value], "ContextKeyType": "string"}])
    };
    let level = |text: String| json!([{"ServiceControlPolicyInputList": [text]}]);
    let key_policy = |principal: &str| {
        policy(
            json!([{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:Decrypt",
            "Resource": "*"}]),
        )
    };
    let cases = [
        (
            json!({"PolicyInputList": [allow("kms:*")]}),
            "allowed",
            None,
            None,
            vec![],
        ),
        (
            json!({"PolicyInputList": [allow("s3:*")]}),
            "implicitDeny",
            None,
            None,
            vec![],
        ),
        (
            json!({"PolicyInputList": [allow("kms:*"), deny("kms:Decrypt")]}),
            "explicitDeny",
            None,
            None,
            vec![],
        ),
        (
            json!({"PolicyInputList": [with_key.clone()], "ContextEntries": team("blue")}),
            "allowed",
            None,
            None,
            vec![],
        ),
        (
            json!({"PolicyInputList": [with_key.clone()], "ContextEntries": team("red")}),
            "implicitDeny",
            None,
            None,
            vec![],
        ),
        (
            json!({"PolicyInputList": [with_key]}),
            "implicitDeny",
            None,
            None,
            vec!["kms:EncryptionContext:team"],
        ),
        (
            json!({"PolicyInputList": [allow("kms:*")],
            "PermissionsBoundaryPolicyInputList": [allow("s3:*")]}),
            "implicitDeny",
            Some(false),
            None,
            vec![],
        ),
        (
            json!({"PolicyInputList": [allow("kms:*")],
            "PermissionsBoundaryPolicyInputList": [allow("kms:De*")]}),
            "allowed",
            Some(true),
            None,
            vec![],
        ),
        (
            json!({"PolicyInputList": [allow("kms:*")],
            "OrderedOrganizationPolicyInputList": level(allow("s3:*"))}),
            "implicitDeny",
            None,
            Some(false),
            vec![],
        ),
        (
            json!({"PolicyInputList": [allow("kms:*")],
            "OrderedOrganizationPolicyInputList": level(deny("kms:*"))}),
            "explicitDeny",
            None,
            Some(false),
            vec![],
        ),
        (
            json!({"PolicyInputList": [allow("kms:*")],
            "OrderedOrganizationPolicyInputList": level(allow("*"))}),
            "allowed",
            None,
            Some(true),
            vec![],
        ),
        // Of a key, its policy must allow too.
        (
            json!({"PolicyInputList": [allow("kms:*")], "CallerArn": ALICE,
            "ResourcePolicy": key_policy("arn:aws:iam::111122223333:user/bob")}),
            "implicitDeny",
            None,
            None,
            vec![],
        ),
        (
            json!({"PolicyInputList": [allow("s3:*")], "CallerArn": ALICE,
            "ResourcePolicy": key_policy(ALICE)}),
            "allowed",
            None,
            None,
            vec![],
        ),
    ];
    let mut i = Installation::new();
    for (input, decision, boundary, organizations, missing) in cases {
        let shown = input.to_string();
        let result = custom(&mut i, with(input, simulated.clone()));
        assert_eq!(result["EvalDecision"], decision, "{shown}");
        assert_eq!(result["MissingContextValues"], json!(missing), "{shown}");
        let specific = &result["ResourceSpecificResults"][0];
        assert_eq!(specific["EvalResourceName"], KEY, "{shown}");
        assert_eq!(specific["EvalResourceDecision"], decision, "{shown}");
        let flag = |at: &str| result.pointer(at).and_then(Value::as_bool);
        let bounded = flag("/PermissionsBoundaryDecisionDetail/AllowedByPermissionsBoundary");
        assert_eq!(bounded, boundary, "{shown}");
        let organized = flag("/OrganizationsDecisionDetail/AllowedByOrganizations");
        assert_eq!(organized, organizations, "{shown}");
        let matched = result["MatchedStatements"].as_array().unwrap().len();
        assert_eq!(
            matched == 0,
            decision == "implicitDeny" || organizations == Some(false),
            "{shown}"
        );
    }
}

/// The document of `AdministratorAccess` is AWS's, and so are the positions in it.
#[test]
fn policies_of_a_user_decide() {
    let mut i = Installation::new();
    iam(&mut i, "CreateUser", json!({"UserName": "alice"}));
    iam(
        &mut i,
        "AttachUserPolicy",
        json!({"UserName": "alice", "PolicyArn": ADMINISTRATOR}),
    );
    let simulate = |i: &mut Installation, action: &str, more: Value| {
        let input = json!({"PolicySourceArn": ALICE, "ActionNames": [action]});
        iam(i, "SimulatePrincipalPolicy", with(input, more))["EvaluationResults"][0].clone()
    };
    let result = simulate(&mut i, "s3:ListAllMyBuckets", json!({}));
    assert_eq!(
        result["MatchedStatements"],
        json!([{"SourcePolicyId": "AdministratorAccess", "SourcePolicyType": "IAM Policy",
            "StartPosition": {"Line": 3, "Column": 17}, "EndPosition": {"Line": 8, "Column": 6}}])
    );
    assert_eq!(
        result["OrganizationsDecisionDetail"]["AllowedByOrganizations"],
        true
    );
    // An inline policy of a group, by the name that tells whose it is.
    iam(&mut i, "CreateGroup", json!({"GroupName": "Team"}));
    let variable = policy(json!([{"Sid": "own", "Effect": "Deny", "Action": "iam:*",
        "Resource": "*", "Condition": {"StringEquals": {"aws:username": "alice"}}}]));
    let input = json!({"GroupName": "Team", "PolicyName": "own", "PolicyDocument": variable});
    iam(&mut i, "PutGroupPolicy", input);
    iam(
        &mut i,
        "AddUserToGroup",
        json!({"GroupName": "Team", "UserName": "alice"}),
    );
    let result = simulate(&mut i, "iam:GetUser", json!({}));
    assert_eq!(result["EvalDecision"], "explicitDeny");
    assert_eq!(
        result["MatchedStatements"][0]["SourcePolicyId"],
        "group_Team_own"
    );
    // The boundary that is there, and one in its place.
    let limit = json!({"PolicyName": "Limit", "PolicyDocument": allow("kms:*")});
    let limit = iam(&mut i, "CreatePolicy", limit)["Policy"]["Arn"].clone();
    let input = json!({"UserName": "alice", "PermissionsBoundary": limit});
    iam(&mut i, "PutUserPermissionsBoundary", input);
    let allowed = |result: &Value| {
        let detail = &result["PermissionsBoundaryDecisionDetail"];
        (
            result["EvalDecision"] == "allowed",
            detail["AllowedByPermissionsBoundary"] == true,
        )
    };
    assert_eq!(
        allowed(&simulate(&mut i, "s3:GetObject", json!({}))),
        (false, false)
    );
    let other = json!({"PermissionsBoundaryPolicyInputList": [allow("s3:*")]});
    assert_eq!(
        allowed(&simulate(&mut i, "s3:GetObject", other)),
        (true, true)
    );
    let denied = json!({"PolicyInputList": [deny("kms:*")]});
    let result = simulate(&mut i, "kms:ListKeys", denied);
    assert_eq!(
        result["MatchedStatements"][0]["SourcePolicyId"],
        "PolicyInputList.1"
    );
}

/// A key policy names the user or role whose policies are simulated.
#[test]
fn policies_of_a_resource_name_the_source() {
    let mut i = Installation::new();
    iam(&mut i, "CreateUser", json!({"UserName": "alice"}));
    let trust = policy(
        json!([{"Effect": "Allow", "Principal": {"AWS": "111122223333"},
        "Action": "sts:AssumeRole"}]),
    );
    let role = json!({"RoleName": "Reader", "Path": "/x/", "AssumeRolePolicyDocument": trust});
    iam(&mut i, "CreateRole", role);
    let role = "arn:aws:iam::111122223333:role/x/Reader";
    for (source, caller, named, decision) in [
        (ALICE, None, ALICE, "allowed"),
        (ALICE, None, role, "implicitDeny"),
        (role, Some(ALICE), ALICE, "allowed"),
        (role, Some(ALICE), role, "implicitDeny"),
    ] {
        let key_policy = policy(json!([{"Effect": "Allow", "Principal": {"AWS": named},
            "Action": "kms:Sign", "Resource": "*"}]));
        let mut input = json!({"PolicySourceArn": source, "ActionNames": ["kms:Sign"],
            "ResourceArns": [KEY], "ResourcePolicy": key_policy});
        if let Some(caller) = caller {
            input["CallerArn"] = json!(caller);
        }
        let found = iam(&mut i, "SimulatePrincipalPolicy", input);
        let found = &found["EvaluationResults"][0]["EvalDecision"];
        assert_eq!(found, decision, "{source} {caller:?} {named}");
    }
}

#[test]
fn results_come_in_pages_for_each_action_on_each_resource() {
    let mut i = Installation::new();
    let input = json!({"PolicyInputList": [allow("s3:*")], "ActionNames": ["s3:GetObject", "kms:Sign"],
        "ResourceArns": ["arn:aws:s3:::a/x", "arn:aws:s3:::b/x"], "MaxItems": 3});
    let first = iam(&mut i, "SimulateCustomPolicy", input.clone());
    assert_eq!(first["EvaluationResults"].as_array().unwrap().len(), 3);
    let rest = with(input, json!({"Marker": first["Marker"]}));
    let rest = iam(&mut i, "SimulateCustomPolicy", rest);
    let result = &rest["EvaluationResults"][0];
    assert_eq!(
        (
            &result["EvalActionName"],
            &result["EvalResourceName"],
            &rest["IsTruncated"]
        ),
        (
            &json!("kms:Sign"),
            &json!("arn:aws:s3:::b/x"),
            &json!(false)
        )
    );
}

#[test]
fn what_is_refused() {
    let mut i = Installation::new();
    let base = json!({"PolicyInputList": [allow("kms:*")], "ActionNames": ["kms:Sign"]});
    let cases = [
        (
            "SimulateCustomPolicy",
            json!({"PolicyInputList": ["{"]}),
            "The policy PolicyInputList.1 is not valid",
        ),
        (
            "SimulateCustomPolicy",
            json!({"ActionNames": ["Sign"]}),
            "Invalid Action: Sign",
        ),
        (
            "SimulateCustomPolicy",
            json!({"CallerArn": "arn:aws:iam::111122223333:role/r"}),
            "Invalid Caller Arn",
        ),
        (
            "SimulateCustomPolicy",
            json!({"ResourcePolicy": allow("kms:*")}),
            "CallerArn is required",
        ),
        (
            "SimulateCustomPolicy",
            json!({"ResourceOwner": "nobody"}),
            "Invalid Resource Owner",
        ),
        (
            "SimulateCustomPolicy",
            json!({"ContextEntries": [{"ContextKeyName": "aws:x",
            "ContextKeyValues": ["x", "y"], "ContextKeyType": "string"}]}),
            "The context key aws:x",
        ),
        (
            "SimulatePrincipalPolicy",
            json!({"PolicySourceArn": "arn:aws:iam::111122223333:root"}),
            "Invalid Entity Arn",
        ),
        (
            "SimulatePrincipalPolicy",
            json!({"PolicySourceArn": "arn:aws:iam::111122223333:user/nobody"}),
            "The user with name nobody cannot be found.",
        ),
        (
            "GetContextKeysForPrincipalPolicy",
            json!({"PolicySourceArn": "arn:aws:iam::222233334444:role/OrganizationAccountAccessRole"}),
            "The role with name OrganizationAccountAccessRole cannot be found.",
        ),
    ];
    let admin = i.admin.clone();
    for (operation, more, text) in cases {
        let input = with(base.clone(), more);
        let error = i.call(&admin, "iam", operation, input.clone()).unwrap_err();
        let message = error.message.unwrap();
        assert!(message.starts_with(text), "{input}: {message}");
    }
}

#[test]
fn condition_keys_of_policies() {
    let mut i = Installation::new();
    let text = policy(json!([{"Effect": "Allow", "Action": "s3:*",
        "Resource": "arn:aws:s3:::home/${aws:username}/*",
        "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
            "Bool": {"AWS:currenttime": "true"}}}]));
    let found = iam(
        &mut i,
        "GetContextKeysForCustomPolicy",
        json!({"PolicyInputList": [text.clone()]}),
    );
    assert_eq!(
        found["ContextKeyNames"].as_array().unwrap().len(),
        2,
        "{found}"
    );
    iam(&mut i, "CreateUser", json!({"UserName": "alice"}));
    let input = json!({"UserName": "alice", "PolicyName": "p", "PolicyDocument": text});
    iam(&mut i, "PutUserPolicy", input);
    let more = policy(
        json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringEquals": {"s3:prefix": "a"}}}]),
    );
    let input = json!({"PolicySourceArn": ALICE, "PolicyInputList": [more]});
    let found = iam(&mut i, "GetContextKeysForPrincipalPolicy", input);
    assert_eq!(
        found["ContextKeyNames"].as_array().unwrap().len(),
        3,
        "{found}"
    );
}
