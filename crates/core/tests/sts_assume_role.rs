//! Sessions of roles: who may have one, what it carries, how long it lasts, what is recorded.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_core::chain::ServiceError;
use claviger_model::STS;
use claviger_testkit::installation::{Installation, Login};
use serde_json::{Value, json};

const READER: &str = "arn:aws:iam::111122223333:role/x/Reader";

fn iam(i: &mut Installation, operation: &str, input: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, "iam", operation, input)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

/// A role `Reader` with these statements as its trust policy, and administrator rights.
fn with_role(trust: &Value) -> Installation {
    let mut i = Installation::new();
    add_role(&mut i, "Reader", trust);
    i
}

fn add_role(i: &mut Installation, name: &str, trust: &Value) {
    let document = json!({"Version": "2012-10-17", "Statement": trust}).to_string();
    let input = json!({
        "RoleName": name, "Path": "/x/", "AssumeRolePolicyDocument": document,
        "MaxSessionDuration": 7200, "Tags": [{"Key": "cost", "Value": "1"}],
    });
    iam(i, "CreateRole", input);
    let policy = "arn:aws:iam::aws:policy/AdministratorAccess";
    iam(
        i,
        "AttachRolePolicy",
        json!({"RoleName": name, "PolicyArn": policy}),
    );
}

fn everything() -> Value {
    json!([{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:*"}])
}

fn assume(i: &mut Installation, login: &Login, more: Value) -> Result<Value, ServiceError> {
    let mut input = json!({"RoleArn": READER, "RoleSessionName": "s1"});
    input
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    i.call(login, "sts", "AssumeRole", input)
}

fn who(i: &mut Installation, login: &Login) -> Value {
    i.call(login, "sts", "GetCallerIdentity", json!({}))
        .unwrap()
}

#[test]
fn a_session() {
    let mut i = with_role(&everything());
    let admin = i.admin.clone();
    let reply = assume(&mut i, &admin, json!({})).unwrap();
    assert_eq!(reply["Credentials"]["Expiration"], 1_767_607_200 + 3600);
    assert!(
        reply["Credentials"]["AccessKeyId"]
            .as_str()
            .unwrap()
            .starts_with("ASIA")
    );
    assert_eq!(reply.get("PackedPolicySize"), None);
    let session = Login::of_session(&reply);
    let identity = who(&mut i, &session);
    assert_eq!(
        identity["Arn"],
        "arn:aws:sts::111122223333:assumed-role/Reader/s1"
    );
    assert_eq!(identity["Account"], "111122223333");
    assert_eq!(
        identity["UserId"],
        reply["AssumedRoleUser"]["AssumedRoleId"]
    );
    assert_eq!(identity["Arn"], reply["AssumedRoleUser"]["Arn"]);
    i.now = i.now.plus_seconds(3600);
    assert!(i.caller(&session, STS).is_err());
}

#[test]
fn a_session_ends_with_its_role_and_no_key_of_it_is_stored() {
    let mut i = with_role(&everything());
    let admin = i.admin.clone();
    let rows = i.rows.clone();
    let session = Login::of_session(&assume(&mut i, &admin, json!({})).unwrap());
    assert_eq!(i.rows, rows);
    let policy = "arn:aws:iam::aws:policy/AdministratorAccess";
    iam(
        &mut i,
        "DetachRolePolicy",
        json!({"RoleName": "Reader", "PolicyArn": policy}),
    );
    iam(&mut i, "DeleteRole", json!({"RoleName": "Reader"}));
    assert!(i.caller(&session, STS).is_err());
    add_role(&mut i, "Reader", &everything());
    assert!(i.caller(&session, STS).is_err());
}

/// Trust policy, request, whether it is let in.
#[test]
fn trust_policies_decide() {
    let admin_arn = "arn:aws:iam::111122223333:user/admin";
    let trust = |principal: Value, action: Value, condition: Value| json!([{"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition}]);
    let account = || json!({"AWS": "111122223333"});
    let admin_only = || json!({"AWS": admin_arn});
    let foreign = || json!({"AWS": "222233334444"});
    let all = || json!("sts:*");
    let assume_only = || json!("sts:AssumeRole");
    let equals = |key: &str, value: &str| json!({"StringEquals": {key: value}});
    let none = || json!({});
    let tags = json!({"Tags": [{"Key": "Team", "Value": "blue"}]});
    let cases = vec![
        (trust(account(), assume_only(), none()), none(), true),
        (trust(admin_only(), assume_only(), none()), none(), true),
        (trust(foreign(), assume_only(), none()), none(), false),
        (
            trust(account(), json!("sts:TagSession"), none()),
            none(),
            false,
        ),
        (
            trust(account(), assume_only(), equals("sts:ExternalId", "e1")),
            json!({"ExternalId": "e1"}),
            true,
        ),
        (
            trust(account(), assume_only(), equals("sts:ExternalId", "e1")),
            json!({"ExternalId": "e2"}),
            false,
        ),
        (
            trust(account(), assume_only(), equals("sts:ExternalId", "e1")),
            none(),
            false,
        ),
        (
            trust(
                account(),
                assume_only(),
                equals("sts:RoleSessionName", "s1"),
            ),
            none(),
            true,
        ),
        (
            trust(
                account(),
                assume_only(),
                equals("sts:RoleSessionName", "${aws:username}"),
            ),
            json!({"RoleSessionName": "admin"}),
            true,
        ),
        (
            trust(
                account(),
                assume_only(),
                equals("sts:RoleSessionName", "${aws:username}"),
            ),
            none(),
            false,
        ),
        (
            trust(account(), all(), equals("sts:SourceIdentity", "al")),
            json!({"SourceIdentity": "al"}),
            true,
        ),
        (
            trust(account(), all(), equals("sts:SourceIdentity", "al")),
            json!({"SourceIdentity": "bo"}),
            false,
        ),
        (
            trust(account(), assume_only(), none()),
            json!({"SourceIdentity": "al"}),
            false,
        ),
        (
            trust(account(), all(), equals("aws:RequestTag/team", "blue")),
            tags.clone(),
            true,
        ),
        (
            trust(account(), all(), equals("aws:RequestTag/team", "red")),
            tags.clone(),
            false,
        ),
        (
            trust(
                account(),
                all(),
                json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}}),
            ),
            tags.clone(),
            true,
        ),
        (
            trust(
                account(),
                all(),
                json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["Other"]}}),
            ),
            tags.clone(),
            false,
        ),
        (
            trust(
                account(),
                all(),
                json!({"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": "Team"}}),
            ),
            tags.clone(),
            false,
        ),
        (
            trust(
                account(),
                all(),
                json!({"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": "Team"}}),
            ),
            json!({"Tags": [{"Key": "Team", "Value": "blue"}], "TransitiveTagKeys": ["Team"]}),
            true,
        ),
        (trust(account(), assume_only(), none()), tags, false),
        (
            trust(
                account(),
                assume_only(),
                equals("iam:ResourceTag/cost", "1"),
            ),
            none(),
            true,
        ),
        (
            trust(
                account(),
                assume_only(),
                equals("aws:ResourceTag/cost", "2"),
            ),
            none(),
            false,
        ),
    ];
    for (statements, input, allowed) in cases {
        let mut i = with_role(&statements);
        let admin = i.admin.clone();
        match assume(&mut i, &admin, input.clone()) {
            Ok(_) => assert!(allowed, "{statements} let in {input}"),
            Err(error) => {
                assert!(!allowed, "{statements} refused {input}: {error:?}");
                assert_eq!(
                    (error.shape.code, error.shape.status),
                    ("AccessDenied", 403)
                );
            }
        }
    }
}

#[test]
fn a_role_that_is_not_there_is_refused_like_one_that_trusts_nobody() {
    let mut i = with_role(
        &json!([{"Effect": "Allow", "Principal": {"AWS": "222233334444"}, "Action": "sts:AssumeRole"}]),
    );
    let outsider = i.outsider.clone();
    let admin = i.admin.clone();
    for login in [&admin, &outsider] {
        let refusal = |i: &mut Installation, arn: &str| {
            let error = assume(i, login, json!({"RoleArn": arn})).unwrap_err();
            assert_eq!(error.shape.code, "AccessDenied");
            error.message.unwrap().replace(arn, "ROLE")
        };
        let there = refusal(&mut i, READER);
        assert!(
            there.ends_with("ROLE because no role trust policy allows the sts:AssumeRole action"),
            "{there}"
        );
        // Another path is another ARN.
        for gone in [
            "arn:aws:iam::111122223333:role/gone",
            "arn:aws:iam::111122223333:role/Reader",
        ] {
            assert_eq!(refusal(&mut i, gone), there);
        }
    }
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let mut i = with_role(
        &json!([{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999900001111:user/outsider"}, "Action": "sts:AssumeRole"}]),
    );
    let outsider = i.outsider.clone();
    assume(&mut i, &outsider, json!({})).unwrap();
    let copies = i.records_of("AssumeRole");
    let accounts: Vec<&str> = copies
        .iter()
        .map(|r| r.recipient_account_id.as_str())
        .collect();
    assert_eq!(accounts, ["999900001111", "111122223333"]);
    let policy = "arn:aws:iam::aws:policy/AdministratorAccess";
    let input = json!({"UserName": "outsider", "PolicyArn": policy});
    i.call(&outsider, "iam", "DetachUserPolicy", input).unwrap();
    let error = assume(&mut i, &outsider, json!({})).unwrap_err();
    assert!(
        error
            .message
            .unwrap()
            .ends_with("because no identity-based policy allows the sts:AssumeRole action")
    );
}

#[test]
fn session_policies_narrow() {
    let mut i = with_role(&everything());
    let admin = i.admin.clone();
    let inline = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:List*","Resource":"*"}]}"#;
    let reply = assume(&mut i, &admin, json!({"Policy": inline})).unwrap();
    assert_eq!(reply["PackedPolicySize"], 3);
    let session = Login::of_session(&reply);
    i.call(&session, "iam", "ListRoles", json!({})).unwrap();
    let error = i
        .call(&session, "iam", "GetRole", json!({"RoleName": "Reader"}))
        .unwrap_err();
    assert_eq!(
        error.message.unwrap(),
        "User: arn:aws:sts::111122223333:assumed-role/Reader/s1 is not authorized to perform: \
         iam:GetRole on resource: role Reader because no session policy allows the iam:GetRole action"
    );
    let managed = json!({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}], "Policy": inline});
    let session = Login::of_session(&assume(&mut i, &admin, managed).unwrap());
    i.call(&session, "iam", "GetRole", json!({"RoleName": "Reader"}))
        .unwrap();
}

#[test]
fn chained_roles_pass_tags_and_source_identity_on() {
    let mut i = with_role(&everything());
    add_role(&mut i, "Second", &everything());
    add_role(
        &mut i,
        "NoTags",
        &json!([{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}]),
    );
    let admin = i.admin.clone();
    let first = json!({
        "SourceIdentity": "al", "TransitiveTagKeys": ["Team"],
        "Tags": [{"Key": "Team", "Value": "blue"}, {"Key": "Own", "Value": "1"}],
    });
    let session = Login::of_session(&assume(&mut i, &admin, first).unwrap());
    let second = |i: &mut Installation, more: Value| {
        let mut input =
            json!({"RoleArn": "arn:aws:iam::111122223333:role/x/Second", "DurationSeconds": 3600});
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        assume(i, &session, input)
    };
    let reply = second(&mut i, json!({})).unwrap();
    assert_eq!(reply["SourceIdentity"], "al");
    let record: Value =
        serde_json::from_slice(&i.records_of("AssumeRole").last().unwrap().to_bytes()).unwrap();
    assert_eq!(
        record["requestParameters"]["incomingTransitiveTags"],
        json!({"Team": "blue"})
    );
    assert_eq!(
        record["userIdentity"]["sessionContext"]["sourceIdentity"],
        "al"
    );
    // The tag is a principal tag two roles on; the one that is not transitive is not.
    let chained = Login::of_session(&reply);
    let create = |i: &mut Installation, key: &str| {
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:*",
             "Condition": {"StringLike": {format!("aws:PrincipalTag/{key}"): "*"}}}]});
        let input = json!({"RoleName": "Reader", "PolicyDocument": document.to_string()});
        iam(i, "UpdateAssumeRolePolicy", input);
        assume(i, &chained, json!({})).is_ok()
    };
    assert!(create(&mut i, "team"));
    assert!(!create(&mut i, "Own"));
    let refusals = [
        (
            json!({"Tags": [{"Key": "TEAM", "Value": "red"}]}),
            "InvalidParameterValue",
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
        ),
        (
            json!({"TransitiveTagKeys": ["Other"]}),
            "InvalidParameterValue",
            "The specified transitive tag key must be included in the requested tags.",
        ),
        (
            json!({"SourceIdentity": "bo"}),
            "ValidationError",
            "The source identity is already set for this assume role session",
        ),
        (
            json!({"DurationSeconds": 3601}),
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ),
        (
            json!({"RoleArn": "arn:aws:iam::111122223333:role/x/NoTags"}),
            "AccessDenied",
            "User: arn:aws:sts::111122223333:assumed-role/Reader/s1 is not authorized to perform: sts:TagSession on resource: arn:aws:iam::111122223333:role/x/NoTags because no role trust policy allows the sts:TagSession action",
        ),
    ];
    for (input, code, text) in refusals {
        let error = second(&mut i, input.clone()).unwrap_err();
        assert_eq!(
            (error.shape.code, error.message.as_deref()),
            (code, Some(text)),
            "{input}"
        );
    }
}

#[test]
fn refusals() {
    let long_policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"kms:{}","Resource":"*"}}]}}"#,
        "x".repeat(2048)
    );
    let many_tags: Vec<Value> = (0..50)
        .map(|n| json!({"Key": format!("{n}{}", "k".repeat(100)), "Value": "v".repeat(200)}))
        .collect();
    let cases = [
        (
            json!({"RoleArn": "arn:aws:iam::111122223333:user/admin"}),
            "ValidationError",
            "arn:aws:iam::111122223333:user/admin is invalid",
        ),
        (
            json!({"DurationSeconds": 7201}),
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ),
        (
            json!({"Policy": "{"}),
            "MalformedPolicyDocument",
            "Syntax errors in policy.",
        ),
        (
            json!({"Policy": long_policy}),
            "ValidationError",
            "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048",
        ),
        (
            json!({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/None"}]}),
            "MalformedPolicyDocument",
            "Policy arn:aws:iam::aws:policy/None does not exist or is not attachable.",
        ),
        (
            json!({"Tags": many_tags}),
            "PackedPolicyTooLarge",
            "Packed size of session tags consumes 369% of allotted space",
        ),
        (
            json!({"SerialNumber": "arn:aws:iam::111122223333:mfa/x", "TokenCode": "123456"}),
            "AccessDenied",
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
        ),
        (
            json!({"MinimumSessionTokenSize": 100}),
            "ValidationError",
            "MinimumSessionTokenSize is not supported by this service.",
        ),
    ];
    let mut i = with_role(&everything());
    let admin = i.admin.clone();
    for (input, code, text) in cases {
        let error = assume(&mut i, &admin, input.clone()).unwrap_err();
        assert_eq!(
            (error.shape.code, error.message.as_deref()),
            (code, Some(text)),
            "{input}"
        );
    }
}

#[test]
fn a_record_shows_the_session_and_not_its_secrets() {
    let mut i = with_role(&everything());
    let admin = i.admin.clone();
    let reply = assume(&mut i, &admin, json!({"ExternalId": "e1"})).unwrap();
    let bytes = i.records_of("AssumeRole").last().unwrap().to_bytes();
    let text = String::from_utf8(bytes).unwrap();
    for secret in ["SecretAccessKey", "SessionToken"] {
        assert!(
            !text.contains(reply["Credentials"][secret].as_str().unwrap()),
            "{text}"
        );
    }
    let record: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(record["readOnly"], true);
    assert_eq!(
        record["requestParameters"],
        json!({"roleArn": READER, "roleSessionName": "s1", "externalId": "e1"})
    );
    assert_eq!(
        record["responseElements"],
        json!({
            "credentials": {"accessKeyId": reply["Credentials"]["AccessKeyId"], "expiration": "Jan 5, 2026, 11:00:00 AM"},
            "assumedRoleUser": {"assumedRoleId": reply["AssumedRoleUser"]["AssumedRoleId"], "arn": reply["AssumedRoleUser"]["Arn"]},
        })
    );
    assert_eq!(
        record["resources"],
        json!([{"accountId": "111122223333", "type": "AWS::IAM::Role", "ARN": READER}])
    );
    who(&mut i, &admin);
    assert_eq!(i.records_of("GetCallerIdentity").len(), 1);
}

#[test]
fn nobody_can_be_kept_from_asking_who_they_are() {
    let mut i = Installation::new();
    let deny =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    iam(
        &mut i,
        "PutUserPolicy",
        json!({"UserName": "admin", "PolicyName": "d", "PolicyDocument": deny}),
    );
    let admin = i.admin.clone();
    let identity = who(&mut i, &admin);
    assert_eq!(identity["Arn"], "arn:aws:iam::111122223333:user/admin");
}
