//! The instance: who sees it, who changes it, and which keys it takes. A key that fails in any
//! step leaves the previous one in use.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod directory;

use directory::{
    Directory, MANAGEMENT, SECURITY, SSO, STORE, WORKLOAD, baseline, full_user, open_policy,
    refusal, refused,
};
use serde_json::{Value, json};

#[test]
fn an_instance_describes_itself() {
    let mut directory = Directory::new();
    let instance = directory.instance.clone();
    let arn = instance.arn();
    let store_arn = format!(
        "arn:aws:identitystore::{MANAGEMENT}:identitystore/{}",
        instance.identity_store_id
    );
    let regions = json!([{"RegionName": "us-east-1", "Status": "ACTIVE", "AddedDate": 1_767_607_200, "IsPrimaryRegion": true}]);
    let common = json!({"InstanceArn": arn, "IdentityStoreId": instance.identity_store_id,
        "IdentityStoreArn": store_arn, "OwnerAccountId": MANAGEMENT, "CreatedDate": 1_767_607_200,
        "Status": "ACTIVE", "PrimaryRegion": "us-east-1", "Regions": regions});
    let mut described = common.clone();
    described["PermissionSetsEnabled"] = json!(true);
    described["EncryptionConfigurationDetails"] =
        json!({"KeyType": "AWS_OWNED_KMS_KEY", "EncryptionStatus": "ENABLED"});
    assert_eq!(
        directory
            .sso("DescribeInstance", json!({"InstanceArn": arn}))
            .unwrap(),
        described
    );
    assert_eq!(
        directory.sso("ListInstances", json!({})).unwrap(),
        json!({"Instances": [common]})
    );
    directory
        .sso(
            "UpdateInstance",
            json!({"InstanceArn": arn, "Name": "people"}),
        )
        .unwrap();
    assert_eq!(
        directory
            .sso("DescribeInstance", json!({"InstanceArn": arn}))
            .unwrap()["Name"],
        "people"
    );
    let key = directory.key(&open_policy());
    directory.set_key(&key).unwrap();
    let details =
        json!({"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": key, "EncryptionStatus": "ENABLED"});
    assert_eq!(directory.details(), details);
    assert_eq!(
        directory
            .sso("DescribeInstance", json!({"InstanceArn": arn}))
            .unwrap()["Name"],
        "people"
    );
}

#[test]
fn who_stands_where() {
    let mut directory = Directory::new();
    let id = directory.create("ada");
    let arn = directory.instance.arn();
    let (security, workload) = (directory.member(SECURITY), directory.member(WORKLOAD));
    let (admin, outsider) = (directory.admin.clone(), directory.i.outsider.clone());
    let ok = || refused("", "");
    let denied = || refused("AccessDeniedException", "");
    let absent = || refused("ResourceNotFoundException", "");
    for (login, region, sees, describe, update, read, write) in [
        (&admin, "us-east-1", 1, ok(), ok(), ok(), ok()),
        (&security, "us-east-1", 1, ok(), ok(), ok(), ok()),
        (
            &workload,
            "us-east-1",
            1,
            denied(),
            denied(),
            ok(),
            denied(),
        ),
        (
            &outsider,
            "us-east-1",
            0,
            denied(),
            absent(),
            absent(),
            absent(),
        ),
        (
            &admin,
            "us-west-2",
            0,
            denied(),
            absent(),
            absent(),
            absent(),
        ),
    ] {
        region.clone_into(&mut directory.i.region);
        let mut sso = |operation: &str, input: Value| {
            let reply = directory.i.call(login, "sso-admin", operation, input);
            reply.map_err(|e| refusal(&e))
        };
        let seen = sso("ListInstances", json!({})).unwrap();
        assert_eq!(
            seen["Instances"].as_array().unwrap().len(),
            sees,
            "{region}"
        );
        let outcome = |result: Result<Value, _>| result.err().unwrap_or_else(ok);
        assert_eq!(
            outcome(sso("DescribeInstance", json!({"InstanceArn": arn}))),
            describe
        );
        assert_eq!(
            outcome(sso(
                "UpdateInstance",
                json!({"InstanceArn": arn, "Name": "n"})
            )),
            update
        );
        for (operation, input, expect) in [
            ("ListUsers", json!({}), &read),
            ("DescribeUser", json!({"UserId": id}), &read),
            (
                "CreateUser",
                full_user(&format!("new-{region}-{}", login.access_key_id)),
                &write,
            ),
        ] {
            let reply = directory
                .users(login, operation, input)
                .map_err(|e| refusal(&e));
            assert_eq!(&outcome(reply), expect, "{operation} {region}");
        }
    }
    // The owner sees it from every Region when asked so.
    let everywhere = json!({"RegionScope": "ALL_REGIONS"});
    let seen = directory.sso("ListInstances", everywhere).unwrap();
    assert_eq!(seen["Instances"].as_array().unwrap().len(), 1);
}

#[test]
fn delegated_administrators_need_the_key_as_well() {
    let (mut directory, key) = Directory::under_key();
    let security = directory.member(SECURITY);
    let create = |name: &str| full_user(name);
    directory
        .users(&security, "CreateUser", create("one"))
        .unwrap();
    // The key closed to other accounts: the service may, its caller may not.
    let own = json!({"AWS": format!("arn:aws:iam::{MANAGEMENT}:root")});
    let closed =
        baseline(&[STORE, SSO], &own).replace(&format!(",\"arn:aws:iam::{SECURITY}:root\""), "");
    directory.put_policy(&key, &closed);
    let error = directory
        .users(&security, "CreateUser", create("two"))
        .unwrap_err();
    assert_eq!(
        refusal(&error),
        refused("AccessDeniedException", "KMS_ACCESS_DENIED")
    );
    directory.as_admin("CreateUser", create("two")).unwrap();
}

#[test]
fn permissions_are_needed_on_the_resources_of_the_reference() {
    let mut directory = Directory::new();
    let id = directory.create("ada");
    let instance = directory.instance.arn();
    let store = directory.instance.identity_store_arn();
    let user = format!("arn:aws:identitystore:::user/{id}");
    let all = "arn:aws:identitystore:::user/*".to_owned();
    let name =
        json!({"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "ada-zanzibar"}});
    let title = json!([{"AttributePath": "title", "AttributeValue": "t"}]);
    let matrix: Vec<(&str, &str, Value, Vec<String>)> = vec![
        (
            "sso-admin",
            "ListInstances",
            json!({}),
            vec!["*".to_owned()],
        ),
        (
            "sso-admin",
            "DescribeInstance",
            json!({"InstanceArn": instance}),
            vec![instance.clone()],
        ),
        (
            "sso-admin",
            "UpdateInstance",
            json!({"InstanceArn": instance, "Name": "n"}),
            vec![instance.clone()],
        ),
        (
            "identitystore",
            "ListUsers",
            json!({}),
            vec![store.clone(), all.clone()],
        ),
        (
            "identitystore",
            "GetUserId",
            json!({"AlternateIdentifier": name}),
            vec![store.clone(), all.clone()],
        ),
        (
            "identitystore",
            "CreateUser",
            full_user("new"),
            vec![store.clone(), all.clone()],
        ),
        (
            "identitystore",
            "DescribeUser",
            json!({"UserId": id}),
            vec![store.clone(), user.clone()],
        ),
        (
            "identitystore",
            "UpdateUser",
            json!({"UserId": id, "Operations": title}),
            vec![store.clone(), user.clone()],
        ),
        (
            "identitystore",
            "DeleteUser",
            json!({"UserId": id}),
            vec![store.clone(), user],
        ),
    ];
    let served =
        claviger_core::sso_admin::SERVED.len() + claviger_core::identitystore::SERVED.len();
    assert_eq!(matrix.len(), served, "every operation is in the matrix");
    let alice = directory.iam_user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]),
    );
    for (service, operation, mut input, resources) in matrix {
        if service == "identitystore" {
            input["IdentityStoreId"] = json!(directory.store());
        }
        let prefix = if service == "sso-admin" {
            "sso"
        } else {
            service
        };
        let action = format!("{prefix}:{operation}");
        let allow = |resources: &[String]| json!({"Effect": "Allow", "Action": action, "Resource": resources});
        let mut attempt = |statements: Value| {
            directory.allow("alice", &statements);
            directory.i.call(&alice, service, operation, input.clone())
        };
        let denied = |error: claviger_core::chain::ServiceError, tail: &str| {
            assert_eq!(
                refusal(&error),
                refused("AccessDeniedException", ""),
                "{action}"
            );
            let text = error.message.unwrap_or_default();
            let head = format!(
                "User: arn:aws:iam::{MANAGEMENT}:user/alice is not authorized to perform: {action}"
            );
            assert!(text.starts_with(&head) && text.ends_with(tail), "{text}");
        };
        let nothing = json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]);
        let implicit = format!("because no identity-based policy allows the {action} action");
        denied(attempt(nothing).unwrap_err(), &implicit);
        for missing in 0..resources.len() {
            let mut some = resources.clone();
            some.remove(missing);
            if !some.is_empty() {
                denied(attempt(json!([allow(&some)])).unwrap_err(), &implicit);
            }
        }
        let deny = json!({"Effect": "Deny", "Action": action, "Resource": resources});
        let explicit = "with an explicit deny in an identity-based policy";
        denied(
            attempt(json!([allow(&resources), deny])).unwrap_err(),
            explicit,
        );
        attempt(json!([allow(&resources)])).unwrap_or_else(|e| panic!("{action}: {e:?}"));
    }
}

#[test]
fn requests_that_name_no_usable_key() {
    let mut directory = Directory::new();
    let key = directory.key(&open_policy());
    let id = key.rsplit('/').next().unwrap().to_owned();
    let customer = |arn: &str| json!({"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": arn});
    let pattern = "failed to satisfy constraint: Member must satisfy regular expression pattern";
    let invalid = || refused("ValidationException", "");
    let foreign = "arn:aws:kms:us-east-1:999900001111:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let member = "arn:aws:kms:us-east-1:222233334444:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let elsewhere = key.replace("us-east-1", "us-west-2");
    let absent = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let partition = key.replace("arn:aws:", "arn:aws-cn:");
    for (configuration, expect, text) in [
        (customer("alias/mine"), invalid(), pattern),
        (
            customer("arn:aws:kms:us-east-1:111122223333:alias/mine"),
            invalid(),
            pattern,
        ),
        (customer(&id), invalid(), pattern),
        (customer(&format!("{key}x")), invalid(), pattern),
        (
            customer(foreign),
            invalid(),
            "must be in the account that owns the instance",
        ),
        (
            customer(member),
            invalid(),
            "must be in the account that owns the instance",
        ),
        (
            customer(&elsewhere),
            invalid(),
            "must be in the Region of the instance",
        ),
        (
            customer(&partition),
            invalid(),
            "is not a valid KMS key ARN",
        ),
        (
            customer(absent),
            refused("ResourceNotFoundException", "KMS_NotFoundException"),
            "does not exist",
        ),
        (
            json!({"KeyType": "CUSTOMER_MANAGED_KEY"}),
            invalid(),
            "KmsKeyArn is required when KeyType is CUSTOMER_MANAGED_KEY.",
        ),
        (
            json!({"KeyType": "AWS_OWNED_KMS_KEY", "KmsKeyArn": key}),
            invalid(),
            "KmsKeyArn cannot be specified when KeyType is AWS_OWNED_KMS_KEY.",
        ),
        (
            json!({"KeyType": "OTHER"}),
            invalid(),
            "Member must satisfy enum value set",
        ),
        (
            json!({"KmsKeyArn": key}),
            invalid(),
            "Member must not be null",
        ),
    ] {
        let error = directory.update(configuration.clone()).unwrap_err();
        assert_eq!(refusal(&error), expect, "{configuration}");
        let message = error.message.unwrap_or_default();
        assert!(message.contains(text), "{configuration}: {message}");
        assert_eq!(directory.details()["KeyType"], "AWS_OWNED_KMS_KEY");
    }
    let both = json!({"InstanceArn": directory.instance.arn(), "PermissionSetsEnabled": true,
        "EncryptionConfiguration": {"KeyType": "AWS_OWNED_KMS_KEY"}});
    let error = directory.sso("UpdateInstance", both).unwrap_err();
    assert_eq!(refusal(&error), invalid());
}

/// Key policies and states that fail one of the trials, whichever key is in use before.
#[test]
fn a_key_that_fails_a_trial_leaves_the_previous_one() {
    let denied = || refused("AccessDeniedException", "KMS_AccessDeniedException");
    let without = |action: &str| {
        open_policy()
            .replace(&format!("\"{action}\","), "")
            .replace(&format!(",\"{action}\""), "")
    };
    let only_exactly = |name: &str| {
        open_policy().replace(
            "\"ForAnyValue:StringEquals\":{\"kms:EncryptionContextKeys\":[\"aws:sso:instance-arn\",\"aws:identitystore:identitystore-arn\"]}",
            &format!("\"ForAllValues:StringEquals\":{{\"kms:EncryptionContextKeys\":\"{name}\"}}"),
        )
    };
    type Prepare = fn(&mut Directory, &str);
    let nothing: Prepare = |_, _| ();
    let cases: Vec<(&str, String, Prepare, directory::Refusal)> = vec![
        ("no service", baseline(&[], &json!("*")), nothing, denied()),
        ("only sso", baseline(&[SSO], &json!("*")), nothing, denied()),
        (
            "only the identity store",
            baseline(&[STORE], &json!("*")),
            nothing,
            denied(),
        ),
        (
            "no data keys",
            without("kms:GenerateDataKeyWithoutPlaintext"),
            nothing,
            denied(),
        ),
        // tenant-key-id is in the context too, so a policy for the ARN key alone matches nothing.
        (
            "context pinned to one key",
            only_exactly("aws:sso:instance-arn"),
            nothing,
            denied(),
        ),
        (
            "caller denied DescribeKey",
            open_policy(),
            |d, key| {
                d.allow(
                    "admin",
                    &json!([{"Effect": "Deny", "Action": "kms:DescribeKey", "Resource": key}]),
                )
            },
            denied(),
        ),
        (
            "caller denied Decrypt",
            open_policy(),
            |d, key| {
                d.allow(
                    "admin",
                    &json!([{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": key}]),
                )
            },
            denied(),
        ),
        (
            "disabled",
            open_policy(),
            |d, key| drop(d.kms("DisableKey", json!({"KeyId": key}))),
            refused("ValidationException", "KMS_DisabledException"),
        ),
        (
            "pending deletion",
            open_policy(),
            |d, key| drop(d.kms("ScheduleKeyDeletion", json!({"KeyId": key}))),
            refused("ValidationException", "KMS_InvalidStateException"),
        ),
    ];
    for (name, policy, prepare, expect) in cases {
        for from_customer in [false, true] {
            let mut directory = if from_customer {
                Directory::under_key().0
            } else {
                Directory::new()
            };
            let id = directory.create("ada");
            let before = directory.details();
            let key = directory.key(&policy);
            prepare(&mut directory, &key);
            let revision = directory.i.snapshot.revision;
            let error = directory.set_key(&key).expect_err(name);
            assert_eq!(refusal(&error), expect, "{name}: {error:?}");
            assert_eq!(directory.i.snapshot.revision, revision, "{name}");
            assert_eq!(directory.details(), before, "{name}");
            directory
                .as_admin("DescribeUser", json!({"UserId": id}))
                .unwrap();
        }
    }
}

#[test]
fn the_users_follow_the_instance_from_key_to_key() {
    let mut directory = Directory::new();
    let id = directory.create("ada");
    let ask = json!({"UserId": id, "Extensions": ["aws:identitystore:enterprise"]});
    let before = directory.as_admin("DescribeUser", ask.clone()).unwrap();
    let keys = [directory.key(&open_policy()), directory.key(&open_policy())];
    let mut generation = 1;
    for to in [
        Some(&keys[0]),
        Some(&keys[1]),
        None,
        Some(&keys[0]),
        Some(&keys[0]),
    ] {
        match to {
            Some(key) => directory.set_key(key).unwrap(),
            None => directory.set_aws_owned().unwrap(),
        };
        generation += 1;
        assert_eq!(
            directory.as_admin("DescribeUser", ask.clone()).unwrap(),
            before
        );
        let name = json!({"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "ada-zanzibar"}});
        let found = directory
            .as_admin("GetUserId", json!({"AlternateIdentifier": name}))
            .unwrap();
        assert_eq!(found["UserId"], id);
        let now = directory
            .i
            .snapshot
            .all::<claviger_core::state::Instance>()
            .next()
            .unwrap();
        assert_eq!(now.identity_store_data_key.generation, generation);
    }
}

#[test]
fn the_trial_is_recorded_as_each_service_and_for_the_caller() {
    let mut directory = Directory::new();
    let key = directory.key(&open_policy());
    let from = directory.i.records.len();
    directory.set_key(&key).unwrap();
    let got: Vec<(String, String)> = directory.i.records[from..]
        .iter()
        .map(|record| {
            let record: Value = serde_json::from_slice(&record.to_bytes()).unwrap();
            let identity = &record["userIdentity"];
            let who = match identity["type"].as_str().unwrap() {
                "AWSService" => identity["invokedBy"].as_str().unwrap().to_owned(),
                _ => format!(
                    "admin via {}",
                    identity["invokedBy"].as_str().unwrap_or("nobody")
                ),
            };
            (record["eventName"].as_str().unwrap().to_owned(), who)
        })
        .collect();
    let mut expect = Vec::new();
    for service in [SSO, STORE] {
        let caller = format!("admin via {service}");
        for (name, who) in [
            ("DescribeKey", caller.as_str()),
            ("DescribeKey", service),
            ("GenerateDataKeyWithoutPlaintext", service),
            ("Decrypt", service),
            ("Decrypt", caller.as_str()),
        ] {
            expect.push((name.to_owned(), who.to_owned()));
        }
    }
    expect.push(("UpdateInstance".to_owned(), "admin via nobody".to_owned()));
    assert_eq!(got, expect);
}
