//! Sessions that users get for themselves and for federated users: what they may call, what limits
//! them, when they end, what is recorded; and whose an access key is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_core::caller::AuthenticationError;
use claviger_core::chain::ServiceError;
use claviger_model::{IAM, KMS, STS};
use claviger_testkit::installation::{Installation, Login};
use serde_json::{Value, json};

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const ALICE: &str = "arn:aws:iam::111122223333:user/team/alice";
const GUEST: &str = "arn:aws:sts::111122223333:federated-user/guest";

fn call(i: &mut Installation, service: &str, operation: &str, input: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, service, operation, input)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

/// An installation with a user `alice` who may do everything, and her login.
fn with_alice() -> (Installation, Login) {
    let mut i = Installation::new();
    let tags = json!([{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": "1"}]);
    let user = json!({"UserName": "alice", "Path": "/team/", "Tags": tags});
    call(&mut i, "iam", "CreateUser", user);
    let policy = json!({"UserName": "alice", "PolicyArn": ADMINISTRATOR});
    call(&mut i, "iam", "AttachUserPolicy", policy);
    let made = call(
        &mut i,
        "iam",
        "CreateAccessKey",
        json!({"UserName": "alice"}),
    );
    let text = |name: &str| made["AccessKey"][name].as_str().unwrap().to_owned();
    let login = Login {
        access_key_id: text("AccessKeyId"),
        secret: text("SecretAccessKey"),
        token: None,
    };
    (i, login)
}

fn session(i: &mut Installation, login: &Login, input: Value) -> Login {
    Login::of_session(&i.call(login, "sts", "GetSessionToken", input).unwrap())
}

fn federation(i: &mut Installation, login: &Login, more: Value) -> Value {
    i.call(login, "sts", "GetFederationToken", with_name(more))
        .unwrap()
}

fn with_name(more: Value) -> Value {
    let mut input = json!({"Name": "guest"});
    let more = more.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(more);
    input
}

fn statements(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn allow(action: &str) -> String {
    statements(json!([{"Effect": "Allow", "Action": action, "Resource": "*"}]))
}

fn told(error: &ServiceError) -> (&str, &str) {
    (error.shape.code, error.message.as_deref().unwrap())
}

fn last_record(i: &Installation, event: &str) -> Value {
    let record = i.records_of(event).last().unwrap().to_bytes();
    serde_json::from_slice(&record).unwrap()
}

#[test]
fn a_users_session_is_the_user_for_a_time() {
    let (mut i, alice) = with_alice();
    let rows = i.rows.clone();
    let reply = i.call(&alice, "sts", "GetSessionToken", json!({})).unwrap();
    assert_eq!(i.rows, rows);
    let begun = i.now.seconds();
    assert_eq!(reply["Credentials"]["Expiration"], begun + 43_200);
    let own = Login::of_session(&reply);
    let who = |i: &mut Installation, login: &Login| {
        i.call(login, "sts", "GetCallerIdentity", json!({}))
            .unwrap()
    };
    let identity = who(&mut i, &own);
    assert_eq!(identity["Arn"], ALICE);
    assert_eq!(identity, who(&mut i, &alice));
    i.call(&own, "kms", "ListKeys", json!({})).unwrap();
    let record = last_record(&i, "ListKeys");
    let identity = &record["userIdentity"];
    assert_eq!(identity["type"], "IAMUser");
    assert_eq!(identity["userName"], "alice");
    assert_eq!(identity["accessKeyId"], reply["Credentials"]["AccessKeyId"]);
    assert_eq!(
        identity["sessionContext"],
        json!({"sessionIssuer": {}, "webIdFederationData": {},
            "attributes": {"creationDate": "2026-01-05T10:00:00Z", "mfaAuthenticated": "false"}})
    );
    i.now = i.now.plus_seconds(43_199);
    assert!(i.caller(&own, STS).is_ok());
    i.now = i.now.plus_seconds(1);
    let expired = i.caller(&own, STS).unwrap_err();
    assert_eq!(expired, AuthenticationError::ExpiredSession);
}

#[test]
fn durations() {
    let (mut i, alice) = with_alice();
    for operation in ["GetSessionToken", "GetFederationToken"] {
        for (seconds, fits) in [(899, false), (900, true), (129_600, true), (129_601, false)] {
            let mut input = json!({"DurationSeconds": seconds});
            if operation == "GetFederationToken" {
                input = with_name(input);
            }
            let begun = i.now.seconds();
            match i.call(&alice, "sts", operation, input) {
                Ok(reply) => {
                    assert!(fits, "{operation} {seconds}");
                    assert_eq!(reply["Credentials"]["Expiration"], begun + seconds);
                }
                Err(error) => {
                    assert!(!fits, "{operation} {seconds}");
                    assert_eq!(error.shape.code, "ValidationError");
                }
            }
        }
    }
}

/// Sources: STS API Reference, "GetSessionToken" and "GetFederationToken", permissions.
#[test]
fn what_sessions_of_users_may_call() {
    let (mut i, alice) = with_alice();
    let trust =
        statements(json!([{"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:*"}]));
    let role = json!({"RoleName": "Next", "AssumeRolePolicyDocument": trust});
    let role = call(&mut i, "iam", "CreateRole", role)["Role"]["Arn"].clone();
    let own = session(&mut i, &alice, json!({}));
    let reply = federation(
        &mut i,
        &alice,
        json!({"PolicyArns": [{"arn": ADMINISTRATOR}]}),
    );
    let guest = Login::of_session(&reply);
    for login in [&own, &guest] {
        let unknown = AuthenticationError::UnknownCredential;
        assert_eq!(i.caller(login, IAM).unwrap_err(), unknown);
        assert!(i.caller(login, KMS).is_ok());
    }
    let assume = json!({"RoleArn": role, "RoleSessionName": "session"});
    i.call(&own, "sts", "AssumeRole", assume.clone()).unwrap();
    let chained = i.call(&alice, "sts", "AssumeRole", assume.clone()).unwrap();
    let chained = Login::of_session(&chained);
    let info = json!({"AccessKeyId": alice.access_key_id});
    for (login, operation, input) in [
        (&own, "GetSessionToken", json!({})),
        (&own, "GetFederationToken", json!({"Name": "guest"})),
        (&own, "GetAccessKeyInfo", info.clone()),
        (&guest, "GetSessionToken", json!({})),
        (&guest, "GetFederationToken", json!({"Name": "guest"})),
        (&guest, "GetAccessKeyInfo", info),
        (&guest, "AssumeRole", assume),
        (&chained, "GetSessionToken", json!({})),
        (&chained, "GetFederationToken", json!({"Name": "guest"})),
    ] {
        let error = i.call(login, "sts", operation, input).unwrap_err();
        let text = format!("Cannot call {operation} with session credentials");
        assert_eq!(told(&error), ("AccessDenied", text.as_str()));
    }
}

#[test]
fn sessions_end_with_their_user() {
    let (mut i, alice) = with_alice();
    let own = session(&mut i, &alice, json!({}));
    let guest = Login::of_session(&federation(&mut i, &alice, json!({})));
    let key = json!({"UserName": "alice", "AccessKeyId": alice.access_key_id});
    call(&mut i, "iam", "DeleteAccessKey", key);
    // The key that asked for them is not what they stand on.
    assert!(i.caller(&own, STS).is_ok());
    let policy = json!({"UserName": "alice", "PolicyArn": ADMINISTRATOR});
    call(&mut i, "iam", "DetachUserPolicy", policy);
    call(&mut i, "iam", "DeleteUser", json!({"UserName": "alice"}));
    for again in [false, true] {
        if again {
            let user = json!({"UserName": "alice", "Path": "/team/"});
            call(&mut i, "iam", "CreateUser", user);
        }
        for login in [&own, &guest] {
            let unknown = AuthenticationError::UnknownCredential;
            assert_eq!(i.caller(login, STS).unwrap_err(), unknown);
        }
    }
}

#[test]
fn a_federated_user() {
    let (mut i, alice) = with_alice();
    let reply = federation(&mut i, &alice, json!({"Policy": allow("kms:ListKeys")}));
    assert_eq!(
        reply["FederatedUser"],
        json!({"Arn": GUEST, "FederatedUserId": "111122223333:guest"})
    );
    assert_eq!(reply["PackedPolicySize"], 3);
    let record = last_record(&i, "GetFederationToken");
    assert_eq!(
        record["responseElements"],
        json!({
            "credentials": {"accessKeyId": reply["Credentials"]["AccessKeyId"], "expiration": "Jan 5, 2026, 10:00:00 PM"},
            "federatedUser": {"federatedUserId": "111122223333:guest", "arn": GUEST},
            "packedPolicySize": 3,
        })
    );
    let guest = Login::of_session(&reply);
    let identity = i
        .call(&guest, "sts", "GetCallerIdentity", json!({}))
        .unwrap();
    assert_eq!(
        identity,
        json!({"Arn": GUEST, "UserId": "111122223333:guest", "Account": "111122223333"})
    );
    i.call(&guest, "kms", "ListKeys", json!({})).unwrap();
    let record = last_record(&i, "ListKeys");
    let identity = &record["userIdentity"];
    assert_eq!(identity["type"], "FederatedUser");
    assert_eq!(identity["principalId"], "111122223333:guest");
    assert_eq!(identity["arn"], GUEST);
    let issuer = &identity["sessionContext"]["sessionIssuer"];
    assert_eq!(issuer["type"], "IAMUser");
    assert_eq!(issuer["arn"], ALICE);
    assert_eq!(issuer["userName"], "alice");
    let error = i.call(&guest, "kms", "ListAliases", json!({})).unwrap_err();
    assert_eq!(
        told(&error),
        (
            "AccessDeniedException",
            "User: arn:aws:sts::111122223333:federated-user/guest is not authorized to perform: \
             kms:ListAliases on resource: * because no session policy allows the kms:ListAliases action"
        )
    );
}

/// The session is the intersection of the user's policies and its own; without any of its own it
/// has what policies of resources give it by name, and nothing else (STS API Reference).
#[test]
fn what_limits_a_federated_user() {
    let (mut i, alice) = with_alice();
    let root = "arn:aws:iam::111122223333:root";
    let key = |i: &mut Installation, principal: &str| {
        let policy = statements(json!([
            {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:DescribeKey", "Resource": "*"},
        ]));
        call(i, "kms", "CreateKey", json!({"Policy": policy}))["KeyMetadata"]["Arn"].clone()
    };
    let delegated = key(&mut i, root);
    let of_alice = key(&mut i, ALICE);
    let of_guest = key(&mut i, GUEST);
    let none = Login::of_session(&federation(&mut i, &alice, json!({})));
    let some = json!({"Policy": allow("kms:DescribeKey")});
    let some = Login::of_session(&federation(&mut i, &alice, some));
    for (login, key, allowed) in [
        (&none, &delegated, false),
        (&none, &of_alice, false),
        (&none, &of_guest, true),
        (&some, &delegated, true),
        (&some, &of_alice, true),
        (&some, &of_guest, true),
    ] {
        let described = i.call(login, "kms", "DescribeKey", json!({"KeyId": key}));
        assert_eq!(described.is_ok(), allowed, "{key}: {described:?}");
    }
    let policy = json!({"UserName": "alice", "PolicyArn": ADMINISTRATOR});
    call(&mut i, "iam", "DetachUserPolicy", policy);
    let input = json!({"KeyId": delegated});
    let error = i.call(&some, "kms", "DescribeKey", input).unwrap_err();
    assert!(
        told(&error)
            .1
            .ends_with("because no identity-based policy allows the kms:DescribeKey action")
    );
}

/// Condition, whether it is met in a session that alice gets for herself, in one of a federated user.
#[test]
fn condition_keys_of_sessions() {
    let equals = |key: &str, value: &str| json!({"StringEquals": {key: value}});
    let cases = [
        (equals("aws:PrincipalType", "User"), true, false),
        (equals("aws:PrincipalType", "FederatedUser"), false, true),
        (equals("aws:username", "alice"), true, false),
        (equals("aws:userid", "111122223333:guest"), false, true),
        (equals("aws:PrincipalArn", ALICE), true, false),
        (equals("aws:PrincipalArn", GUEST), false, true),
        (equals("aws:PrincipalTag/team", "blue"), true, false),
        (equals("aws:PrincipalTag/team", "red"), false, true),
        (equals("aws:PrincipalTag/cost", "1"), true, true),
        (
            json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
            true,
            true,
        ),
        (
            json!({"Null": {"aws:MultiFactorAuthAge": "true"}}),
            true,
            true,
        ),
        (
            json!({"DateEquals": {"aws:TokenIssueTime": "2026-01-05T10:00:00Z"}}),
            true,
            true,
        ),
    ];
    for (condition, own, federated) in cases {
        let (mut i, alice) = with_alice();
        let session = session(&mut i, &alice, json!({}));
        let more = json!({"PolicyArns": [{"arn": ADMINISTRATOR}], "Tags": [{"Key": "team", "Value": "red"}]});
        let guest = Login::of_session(&federation(&mut i, &alice, more));
        let deny = json!([{"Effect": "Deny", "Action": "kms:ListKeys", "Resource": "*", "Condition": condition}]);
        let policy =
            json!({"UserName": "alice", "PolicyName": "d", "PolicyDocument": statements(deny)});
        call(&mut i, "iam", "PutUserPolicy", policy);
        for (login, met) in [(&session, own), (&guest, federated)] {
            let listed = i.call(login, "kms", "ListKeys", json!({}));
            assert_eq!(listed.is_err(), met, "{condition}");
        }
    }
}

#[test]
fn refusals() {
    let (mut i, alice) = with_alice();
    let mfa = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.";
    let cases = [
        (
            "GetSessionToken",
            json!({"SerialNumber": "arn:aws:iam::111122223333:mfa/x", "TokenCode": "123456"}),
            "AccessDenied",
            mfa,
        ),
        (
            "GetSessionToken",
            json!({"MinimumSessionTokenSize": 100}),
            "ValidationError",
            "MinimumSessionTokenSize is not supported by this service.",
        ),
        (
            "GetFederationToken",
            json!({}),
            "ValidationError",
            "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
        ),
        (
            "GetFederationToken",
            json!({"Name": "a b"}),
            "ValidationError",
            "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
        ),
        (
            "GetFederationToken",
            with_name(json!({"Policy": "{"})),
            "MalformedPolicyDocument",
            "Syntax errors in policy.",
        ),
        (
            "GetFederationToken",
            with_name(json!({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/None"}]})),
            "MalformedPolicyDocument",
            "Policy arn:aws:iam::aws:policy/None does not exist or is not attachable.",
        ),
        (
            "GetFederationToken",
            with_name(json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]})),
            "InvalidParameterValue",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            "GetAccessKeyInfo",
            json!({"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}),
            "ValidationError",
            "The access key id AKIAIOSFODNN7EXAMPLE is of no account that is known here.",
        ),
    ];
    for (operation, input, code, text) in cases {
        let error = i.call(&alice, "sts", operation, input.clone()).unwrap_err();
        assert_eq!(told(&error), (code, text), "{operation} {input}");
    }
}

#[test]
fn whose_an_access_key_is() {
    let (mut i, alice) = with_alice();
    let outsider = i.outsider.clone();
    let own = session(&mut i, &alice, json!({}));
    let theirs = session(&mut i, &outsider, json!({}));
    for (login, account) in [
        (&alice, "111122223333"),
        (&own, "111122223333"),
        (&outsider, "999900001111"),
        (&theirs, "999900001111"),
    ] {
        let input = json!({"AccessKeyId": login.access_key_id});
        let reply = i.call(&alice, "sts", "GetAccessKeyInfo", input).unwrap();
        assert_eq!(reply, json!({"Account": account}));
    }
}
