//! The identity store under a customer's key: what each request asks of KMS, and what its caller is
//! told when the key is disabled, about to be deleted, deleted or closed to somebody, and when it
//! is back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod directory;

use claviger_core::chain::ServiceError;
use claviger_testkit::installation::Login;
use directory::{
    Directory, MARKER, Refusal, SSO, STORE, baseline, full_user, open_policy, refusal, refused,
};
use serde_json::{Value, json};

/// Every operation on users, on the user `id`; `n` makes new names.
fn operations(id: &str, n: usize) -> Vec<(&'static str, Value)> {
    let title = json!([{"AttributePath": "title", "AttributeValue": format!("t{n}")}]);
    let name = json!({"AttributePath": "userName", "AttributeValue": format!("ada-{MARKER}")});
    vec![
        ("DescribeUser", json!({"UserId": id})),
        ("ListUsers", json!({})),
        (
            "GetUserId",
            json!({"AlternateIdentifier": {"UniqueAttribute": name}}),
        ),
        ("CreateUser", full_user(&format!("new{n}"))),
        ("UpdateUser", json!({"UserId": id, "Operations": title})),
    ]
}

/// All operations work; a user made on the way can be deleted.
fn assert_works(directory: &mut Directory, login: &Login, id: &str, n: usize) {
    for (operation, input) in operations(id, n) {
        let reply = directory.users(login, operation, input);
        let reply = reply.unwrap_or_else(|e| panic!("{operation}: {e:?}"));
        if operation == "CreateUser" {
            let new = json!({"UserId": reply["UserId"]});
            directory.users(login, "DeleteUser", new).unwrap();
        }
        if operation == "DescribeUser" {
            assert_eq!(reply["NickName"], format!("{MARKER} nick"));
        }
    }
}

/// All operations are refused alike, and nothing changes.
fn assert_refused(
    directory: &mut Directory,
    login: &Login,
    id: &str,
    expect: &Refusal,
) -> ServiceError {
    let revision = directory.i.snapshot.revision;
    let mut all = operations(id, 0);
    all.push(("DeleteUser", json!({"UserId": id})));
    let mut last = None;
    for (operation, input) in all {
        let error = directory.users(login, operation, input).unwrap_err();
        assert_eq!(&refusal(&error), expect, "{operation}: {error:?}");
        last = Some(error);
    }
    assert_eq!(directory.i.snapshot.revision, revision);
    last.unwrap()
}

/// A change of the key, and its undoing.
type Step = fn(&mut Directory, &str);

#[test]
fn a_key_out_of_use_stops_everything_until_it_is_back() {
    let cases: [(&str, Step, Refusal, &str, Step); 5] = [
        (
            "disabled",
            |d, key| drop(d.kms("DisableKey", json!({"KeyId": key}))),
            refused("ValidationException", "KMS_DISABLED"),
            "is disabled.",
            |d, key| drop(d.kms("EnableKey", json!({"KeyId": key}))),
        ),
        (
            "pending deletion",
            |d, key| {
                drop(d.kms(
                    "ScheduleKeyDeletion",
                    json!({"KeyId": key, "PendingWindowInDays": 7}),
                ))
            },
            refused("ValidationException", "KMS_INVALID_STATE"),
            "is pending deletion.",
            |d, key| {
                d.kms("CancelKeyDeletion", json!({"KeyId": key}));
                d.kms("EnableKey", json!({"KeyId": key}));
            },
        ),
        (
            "closed to the identity store",
            |d, key| d.put_policy(key, &baseline(&[SSO], &json!("*"))),
            refused("AccessDeniedException", "KMS_ACCESS_DENIED"),
            "User: identitystore.amazonaws.com is not authorized to perform: kms:Decrypt on the \
             resource associated with this ciphertext because no resource-based policy allows the \
             kms:Decrypt action",
            |d, key| d.put_policy(key, &open_policy()),
        ),
        (
            "closed to the caller",
            |d, key| {
                let deny = json!([{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": key}]);
                d.allow("admin", &deny);
            },
            refused("AccessDeniedException", "KMS_ACCESS_DENIED"),
            "User: arn:aws:iam::111122223333:user/admin is not authorized to perform: kms:Decrypt \
             on the resource associated with this ciphertext with an explicit deny in an \
             identity-based policy",
            |d, _| {
                d.allow(
                    "admin",
                    &json!([{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]),
                )
            },
        ),
        (
            "closed to both services",
            |d, key| d.put_policy(key, &baseline(&[], &json!("*"))),
            refused("AccessDeniedException", "KMS_ACCESS_DENIED"),
            "User: identitystore.amazonaws.com is not authorized",
            |d, key| d.put_policy(key, &open_policy()),
        ),
    ];
    for (n, (name, close, expect, text, back)) in cases.into_iter().enumerate() {
        let (mut directory, key) = Directory::under_key();
        let admin = directory.admin.clone();
        let id = directory.create("ada");
        close(&mut directory, &key);
        let error = assert_refused(&mut directory, &admin, &id, &expect);
        let message = error.message.unwrap_or_default();
        assert!(message.contains(text), "{name}: {message}");
        // The instance itself can be seen and renamed.
        assert_eq!(directory.details()["KmsKeyArn"], key);
        let rename = json!({"InstanceArn": directory.instance.arn(), "Name": "renamed"});
        directory.sso("UpdateInstance", rename).unwrap();
        back(&mut directory, &key);
        assert_works(&mut directory, &admin, &id, n + 1);
    }
}

#[test]
fn only_the_identity_store_needs_the_key_for_users() {
    let (mut directory, key) = Directory::under_key();
    let admin = directory.admin.clone();
    let id = directory.create("ada");
    directory.put_policy(&key, &baseline(&[STORE], &json!("*")));
    assert_works(&mut directory, &admin, &id, 1);
}

#[test]
fn a_deleted_key_is_not_found_and_nothing_brings_users_back() {
    let (mut directory, key) = Directory::under_key();
    let admin = directory.admin.clone();
    let id = directory.create("ada");
    directory.kms(
        "ScheduleKeyDeletion",
        json!({"KeyId": key, "PendingWindowInDays": 7}),
    );
    directory.i.advance_days(8);
    let expect = refused("ResourceNotFoundException", "KMS_KEY_NOT_FOUND");
    assert_refused(&mut directory, &admin, &id, &expect);
    // The instance can still be looked at. Another key would leave the users behind, so it is
    // refused while there are any.
    assert_eq!(directory.details()["KmsKeyArn"], key);
    let other = directory.key(&open_policy());
    let gone = refused("ResourceNotFoundException", "KMS_NotFoundException");
    assert_eq!(refusal(&directory.set_key(&other).unwrap_err()), gone);
    assert_eq!(refusal(&directory.set_aws_owned().unwrap_err()), gone);
    assert_eq!(directory.details()["KmsKeyArn"], key);
}

#[test]
fn without_users_a_lost_key_is_replaced() {
    for to_aws_owned in [false, true] {
        let (mut directory, key) = Directory::under_key();
        let admin = directory.admin.clone();
        directory.kms(
            "ScheduleKeyDeletion",
            json!({"KeyId": key, "PendingWindowInDays": 7}),
        );
        directory.i.advance_days(8);
        if to_aws_owned {
            directory.set_aws_owned().unwrap();
        } else {
            let other = directory.key(&open_policy());
            directory.set_key(&other).unwrap();
        }
        let id = directory.create("ada");
        assert_works(&mut directory, &admin, &id, 1);
    }
}

/// What the records of the last call say of one nested Decrypt: who, through what, with which
/// context, about which key.
fn nested(directory: &Directory, from: usize) -> Vec<(String, Value)> {
    directory.i.records[from..]
        .iter()
        .map(|record| {
            let record: Value = serde_json::from_slice(&record.to_bytes()).unwrap();
            (record["eventName"].as_str().unwrap().to_owned(), record)
        })
        .collect()
}

#[test]
fn each_request_decrypts_once_as_the_service_and_once_for_the_caller() {
    let (mut directory, key) = Directory::under_key();
    let id = directory.create("ada");
    let mut all = operations(&id, 1);
    all.push(("DeleteUser", json!({"UserId": id})));
    for (operation, input) in all {
        let from = directory.i.records.len();
        directory.as_admin(operation, input).unwrap();
        let records = nested(&directory, from);
        let names: Vec<&str> = records.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Decrypt", "Decrypt", operation]);
        let context = json!({
            "aws:identitystore:identitystore-arn": directory.instance.identity_store_arn(),
            "tenant-key-id": directory.instance.identity_store_tenant_key_id});
        for (_, record) in &records[..2] {
            assert_eq!(record["eventSource"], "kms.amazonaws.com");
            let parameters =
                json!({"encryptionContext": context, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"});
            assert_eq!(record["requestParameters"], parameters);
            assert_eq!(record["resources"][0]["ARN"], key);
            assert_eq!(record["sourceIPAddress"], STORE);
            assert_eq!(record["userAgent"], STORE);
            assert_eq!(record["recipientAccountId"], "111122223333");
        }
        let (service, caller) = (&records[0].1["userIdentity"], &records[1].1["userIdentity"]);
        assert_eq!(service, &json!({"type": "AWSService", "invokedBy": STORE}));
        assert_eq!(caller["type"], "IAMUser");
        assert_eq!(caller["userName"], "admin");
        assert_eq!(caller["invokedBy"], STORE);
    }
}

#[test]
fn refusals_of_kms_are_recorded_and_the_request_after_them() {
    let (mut directory, key) = Directory::under_key();
    directory.create("ada");
    for (close, expect) in [
        (
            baseline(&[SSO], &json!("*")),
            vec![("Decrypt", "AccessDenied"), ("ListUsers", "AccessDenied")],
        ),
        (
            open_policy(),
            vec![("Decrypt", ""), ("Decrypt", ""), ("ListUsers", "")],
        ),
    ] {
        directory.put_policy(&key, &close);
        let from = directory.i.records.len();
        let _ = directory.as_admin("ListUsers", json!({}));
        let records = nested(&directory, from);
        let got: Vec<(&str, &str)> = records
            .iter()
            .map(|(name, r)| (name.as_str(), r["errorCode"].as_str().unwrap_or_default()))
            .collect();
        assert_eq!(got, expect);
    }
}

#[test]
fn the_aws_owned_key_leaves_no_trace_in_kms() {
    let mut directory = Directory::new();
    let id = directory.create("ada");
    let from = directory.i.records.len();
    directory
        .as_admin("DescribeUser", json!({"UserId": id}))
        .unwrap();
    let names: Vec<String> = nested(&directory, from)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["DescribeUser"]);
}

/// A forward access session keeps the caller's address if it is public, and has none otherwise (KMS
/// Developer Guide, "Condition keys"; IAM User Guide, `aws:SourceIp`).
#[test]
fn the_callers_public_address_goes_along() {
    for (from, reads) in [
        ("8.8.8.8", true),
        ("9.9.9.9", false),
        // Not public, so absent, and a negated condition holds on an absent key.
        ("127.0.0.1", false),
        ("10.1.2.3", false),
        ("2001:4860:4860::8888", true),
        ("fd00::1", false),
    ] {
        let (mut d, key) = Directory::under_key();
        d.create("ford");
        let mut policy: Value = serde_json::from_str(&open_policy()).unwrap();
        policy["Statement"].as_array_mut().unwrap().push(json!({
            "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
            "Condition": {
                "NotIpAddress": {"aws:SourceIp": ["8.8.8.0/24", "2001:4860:4860::/48"]},
                "Bool": {"aws:PrincipalIsAWSService": "false"}
            }
        }));
        d.put_policy(&key, &policy.to_string());
        d.i.source_ip = from.to_owned();
        let found = d.as_admin("ListUsers", json!({}));
        assert_eq!(found.is_ok(), reads, "{from}: {found:?}");
    }
}
