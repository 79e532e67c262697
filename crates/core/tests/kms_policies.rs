//! Key policies as they are stored, the check against locking oneself out, and what another account
//! may know and do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod scene;

use scene::{ADMIN, ALICE, ROOT, Scene, allow, policy};
use serde_json::{Value, json};

#[test]
fn the_default_policy_and_byte_exactness() {
    let mut s = Scene::new();
    let key = s.key.clone();
    let got = s.admin("GetKeyPolicy", json!({"KeyId": key})).unwrap();
    assert_eq!(got["PolicyName"], "default");
    let document: Value = serde_json::from_str(got["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(
        document,
        json!({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [{
            "Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": ROOT},
            "Action": "kms:*", "Resource": "*"}]})
    );
    let odd = format!(
        "\n\t{{ \"Statement\" : [{}], \"Version\":\"2012-10-17\" }}\r\n",
        allow(ROOT, "kms:*")
    );
    s.admin("PutKeyPolicy", json!({"KeyId": key, "Policy": odd}))
        .unwrap();
    assert_eq!(
        s.admin("GetKeyPolicy", json!({"KeyId": key})).unwrap()["Policy"],
        json!(odd)
    );
    assert_eq!(
        s.admin("ListKeyPolicies", json!({"KeyId": key})).unwrap(),
        json!({"PolicyNames": ["default"], "Truncated": false})
    );
}

/// Whom a policy may name: accounts, users and roles that exist, any principal of accounts that
/// are not in the installation, services that AWS knows.
#[test]
fn principals() {
    let invalid = "Policy contains a statement with one or more invalid principals.";
    for (principal, good) in [
        (json!({"AWS": ROOT}), true),
        (json!({"AWS": "111122223333"}), true),
        (json!({"AWS": ADMIN}), true),
        (
            json!({"AWS": "arn:aws:iam::222233334444:role/OrganizationAccountAccessRole"}),
            true,
        ),
        (
            json!({"AWS": "arn:aws:iam::123456789012:role/foreign"}),
            true,
        ),
        (json!({"AWS": "arn:aws:iam::123456789012:root"}), true),
        (json!({"Service": "sso.amazonaws.com"}), true),
        (json!("*"), true),
        (
            json!({"AWS": "arn:aws:iam::111122223333:role/nobody"}),
            false,
        ),
        (
            json!({"AWS": "arn:aws:iam::222233334444:user/nobody"}),
            false,
        ),
        (
            json!({"AWS": "arn:aws:iam::111122223333:group/staff"}),
            false,
        ),
        (json!({"AWS": "AIDAAAAAAAAAAAAAAAAAA"}), false),
        (json!({"Service": "nosuchservice.amazonaws.com"}), false),
    ] {
        let mut s = Scene::new();
        let text = policy(
            json!([allow(ROOT, "kms:*"), {"Effect": "Allow", "Principal": principal,
            "Action": "kms:Encrypt", "Resource": "*"}]),
        );
        for (operation, document) in [
            ("PutKeyPolicy", json!({"KeyId": s.key, "Policy": text})),
            ("CreateKey", json!({"Policy": text})),
        ] {
            let admin = s.i.admin.clone();
            match s.i.call(&admin, "kms", operation, document) {
                Ok(_) => assert!(good, "{operation} {principal}"),
                Err(error) => {
                    assert!(!good, "{operation} {principal}: {error:?}");
                    assert_eq!(error.shape.code, "MalformedPolicyDocumentException");
                    assert_eq!(error.message.as_deref(), Some(invalid));
                    let name = principal.as_object().unwrap().values().next().unwrap();
                    assert!(error.inside.unwrap().contains(name.as_str().unwrap()));
                }
            }
        }
    }
}

#[test]
fn documents_that_are_refused() {
    let over = |operator: &str, key: &str| {
        policy(
            json!([allow(ROOT, "kms:*"), {"Effect": "Allow", "Principal": {"AWS": ADMIN}, "Action": "kms:Decrypt",
            "Resource": "*", "Condition": {operator: {key: "a"}}}]),
        )
    };
    for (text, code, part) in [
        ("{".to_owned(), "MalformedPolicyDocumentException", "line 1"),
        ("{}".to_owned(), "MalformedPolicyDocumentException", ""),
        (
            policy(json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}])),
            "MalformedPolicyDocumentException",
            "",
        ),
        (
            policy(
                json!([{"Effect": "allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]),
            ),
            "MalformedPolicyDocumentException",
            "",
        ),
        (
            over("ForAllValues:StringEquals", "kms:EncryptionContext:a"),
            "MalformedPolicyDocumentException",
            "OverlyPermissiveCondition: Using the ForAllValues",
        ),
        (
            over("ForAllValues:StringLike", "aws:RequestTag/team"),
            "MalformedPolicyDocumentException",
            "OverlyPermissiveCondition: Using the ForAllValues",
        ),
        ("x".repeat(32_769), "LimitExceededException", "32768"),
        (
            policy(json!([allow(ROOT, "kms:*")])).replace("2012", "\u{394}"),
            "ValidationException",
            "at 'policy'",
        ),
    ] {
        let mut s = Scene::new();
        let key = s.key.clone();
        let found = s
            .admin("PutKeyPolicy", json!({"KeyId": key, "Policy": text}))
            .unwrap_err();
        assert_eq!(found.0, code, "{text}: {}", found.1);
        assert!(found.1.contains(part), "{}", found.1);
    }
    let mut s = Scene::new();
    let key = s.key.clone();
    for good in [
        over("ForAllValues:StringEquals", "kms:EncryptionContextKeys"),
        over("ForAllValues:StringEquals", "aws:TagKeys"),
        over("StringEquals", "kms:EncryptionContext:a"),
        // Without action or resource a statement is accepted and never applies.
        policy(
            json!([allow(ROOT, "kms:*"), {"Effect": "Allow", "Principal": {"AWS": ADMIN}, "Action": "kms:Decrypt"}]),
        ),
    ] {
        s.admin("PutKeyPolicy", json!({"KeyId": key, "Policy": good}))
            .unwrap();
    }
}

/// What a new policy must leave to whoever sets it.
#[test]
fn lockout() {
    let text = "The new key policy will not allow you to update the key policy in the future.";
    let deny =
        json!({"Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"});
    for (statements, good) in [
        (json!([allow(ROOT, "kms:*")]), true),
        (json!([allow(ROOT, "kms:PutKeyPolicy")]), true),
        (json!([allow(ADMIN, "kms:Put*")]), true),
        (json!([allow("*", "kms:*")]), true),
        (json!([allow(ADMIN, "kms:Decrypt")]), false),
        (json!([allow(ROOT, "kms:Decrypt")]), false),
        (json!([allow(ALICE, "kms:*")]), false),
        (
            json!([allow("arn:aws:iam::222233334444:root", "kms:*")]),
            false,
        ),
        (json!([allow(ROOT, "kms:*"), deny]), false),
    ] {
        let mut s = Scene::new();
        let policy = policy(statements.clone());
        for (operation, mut document) in [
            ("CreateKey", json!({"Policy": policy})),
            ("PutKeyPolicy", json!({"KeyId": s.key, "Policy": policy})),
        ] {
            let found = s.admin(operation, document.clone());
            if good {
                found.unwrap();
                continue;
            }
            let wanted = (
                "MalformedPolicyDocumentException".to_owned(),
                text.to_owned(),
            );
            assert_eq!(found.unwrap_err(), wanted, "{operation} {statements}");
            document["BypassPolicyLockoutSafetyCheck"] = json!(true);
            s.admin(operation, document).unwrap();
        }
    }
}

/// Delegation to the account is enough: what the caller's own policies say is not the key
/// policy's matter.
#[test]
fn a_caller_who_may_only_create_keys_can() {
    let mut s = Scene::new();
    let alice = s.alice.clone();
    let denied = s.call(&alice, "CreateKey", json!({})).unwrap_err();
    assert_eq!(
        denied.1,
        format!(
            "User: {ALICE} is not authorized to perform: kms:CreateKey on resource: * because no identity-based \
             policy allows the kms:CreateKey action"
        )
    );
    s.allow(json!([{"Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*"}]));
    s.call(&alice, "CreateKey", json!({})).unwrap();
    s.call(
        &alice,
        "CreateKey",
        json!({"Policy": policy(json!([allow(ROOT, "kms:*")]))}),
    )
    .unwrap();
    // What her own policies deny is not the key policy's matter either.
    s.allow(json!([
        {"Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*"},
        {"Effect": "Deny", "Action": "kms:PutKeyPolicy", "Resource": "*"}
    ]));
    s.call(&alice, "CreateKey", json!({})).unwrap();
    // Tags need their own permission.
    let tags = json!({"Tags": [{"TagKey": "team", "TagValue": "a"}]});
    let found = s.call(&alice, "CreateKey", tags).unwrap_err();
    assert!(found.1.contains("perform: kms:TagResource"), "{}", found.1);
}

/// Tags at creation are allowed by a statement on the account's keys (KMS Developer Guide,
/// "Controlling access to tags").
#[test]
fn tags_at_creation_are_on_the_keys_of_the_account() {
    let tags = json!({"Tags": [{"TagKey": "team", "TagValue": "a"}]});
    for (resource, good) in [
        ("*", true),
        ("arn:aws:kms:us-east-1:111122223333:key/*", true),
        ("arn:aws:kms:*:111122223333:key/*", true),
        ("arn:aws:kms:us-west-2:111122223333:key/*", false),
        ("arn:aws:kms:us-east-1:111122223333:alias/*", false),
    ] {
        let mut s = Scene::new();
        s.allow(json!([
            {"Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*"},
            {"Effect": "Allow", "Action": "kms:TagResource", "Resource": resource}
        ]));
        let alice = s.alice.clone();
        let found = s.call(&alice, "CreateKey", tags.clone());
        assert_eq!(found.is_ok(), good, "{resource}");
    }
}

/// Whatever another account asks, a key or alias that exists is answered like one that does not.
#[test]
fn another_account_cannot_probe() {
    let mut s = Scene::new();
    let target = s.key.rsplit('/').next().unwrap().to_owned();
    s.admin(
        "CreateAlias",
        json!({"AliasName": "alias/there", "TargetKeyId": target}),
    )
    .unwrap();
    let outsider = s.i.outsider.clone();
    let id = "0".repeat(64);
    let arn = |rest: &str| format!("arn:aws:kms:us-east-1:111122223333:{rest}");
    let keys = [
        s.key.clone(),
        arn("key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ];
    let aliases = [arn("alias/there"), arn("alias/absent")];
    let somebody = "arn:aws:iam::111122223333:user/alice";
    let nobody = "arn:aws:iam::111122223333:user/nobody";
    for (operation, more, names) in [
        ("Encrypt", json!({"Plaintext": "AAAA"}), &aliases),
        (
            "Encrypt",
            json!({"Plaintext": "AAAA", "GrantTokens": ["x"]}),
            &keys,
        ),
        ("DescribeKey", json!({}), &aliases),
        ("DescribeKey", json!({"GrantTokens": ["x"]}), &keys),
        ("GenerateDataKey", json!({}), &keys),
        ("GenerateDataKey", json!({"NumberOfBytes": 16}), &aliases),
        ("GenerateDataKeyWithoutPlaintext", json!({}), &keys),
        ("RevokeGrant", json!({"GrantId": id}), &keys),
        ("RetireGrant", json!({"GrantId": id}), &keys),
        (
            "CreateGrant",
            json!({"GranteePrincipal": somebody, "Operations": ["Sign"]}),
            &keys,
        ),
        (
            "CreateGrant",
            json!({"GranteePrincipal": somebody, "Operations": ["Decrypt"]}),
            &keys,
        ),
        (
            "CreateGrant",
            json!({"GranteePrincipal": nobody, "Operations": ["Decrypt"]}),
            &keys,
        ),
    ] {
        // With everything allowed on the caller's side, and with an explicit deny there.
        for denied in [false, true] {
            let effect = if denied { "Deny" } else { "Allow" };
            let document = json!({"Version": "2012-10-17", "Statement": [
                {"Effect": effect, "Action": "kms:*", "Resource": "*"}]});
            let input = json!({"UserName": "outsider", "PolicyName": "p",
                "PolicyDocument": document.to_string()});
            s.i.call(&outsider, "iam", "PutUserPolicy", input).unwrap();
            let answers = names.each_ref().map(|name| {
                let mut document = more.clone();
                document["KeyId"] = json!(name);
                let (code, text) = s.call(&outsider, operation, document).unwrap_err();
                (code, text.replace(name.as_str(), "NAME"))
            });
            assert_eq!(
                answers[0], answers[1],
                "{operation} {more} denied: {denied}"
            );
        }
    }
}

/// Principals are looked up only for a caller who may make or list grants.
#[test]
fn nobody_learns_of_principals_without_permission() {
    let mut s = Scene::new();
    let (key, alice) = (s.key.clone(), s.alice.clone());
    let named = |name: &str| format!("arn:aws:iam::111122223333:user/{name}");
    let mut check = |operation: &str, member: &str, more: &Value| {
        let answers = ["admin", "nobody"].map(|name| {
            let mut document = more.clone();
            document[member] = json!(named(name));
            let (code, text) = s.call(&alice, operation, document).unwrap_err();
            (code, text.replace(&named(name), "WHO"))
        });
        assert_eq!(answers[0].0, "AccessDeniedException");
        assert_eq!(answers[0], answers[1], "{operation} {member}");
    };
    let grant = json!({"KeyId": key, "Operations": ["Decrypt"],
        "GranteePrincipal": named("admin"), "RetiringPrincipal": named("admin")});
    check("CreateGrant", "GranteePrincipal", &grant);
    check("CreateGrant", "RetiringPrincipal", &grant);
    check("ListRetirableGrants", "RetiringPrincipal", &json!({}));
}

/// Another account learns nothing of keys that it may not know, and uses only what AWS lets other
/// accounts use at all.
#[test]
fn another_account() {
    let mut s = Scene::new();
    let (key, outsider) = (s.key.clone(), s.i.outsider.clone());
    let absent = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    for operation in [
        "DescribeKey",
        "ListAliases",
        "DisableKey",
        "GetKeyPolicy",
        "ListGrants",
        "TagResource",
    ] {
        let mut texts = Vec::new();
        for arn in [key.as_str(), absent] {
            let mut document = json!({"KeyId": arn});
            if operation == "TagResource" {
                document["Tags"] = json!([]);
            }
            let (code, message) = s.call(&outsider, operation, document).unwrap_err();
            assert_eq!(code, "AccessDeniedException", "{operation}");
            texts.push(message.replace(arn, "KEY"));
        }
        assert_eq!(texts[0], texts[1], "{operation} tells whether a key exists");
    }
    let both = policy(json!([
        allow(ROOT, "kms:*"),
        allow("arn:aws:iam::999900001111:root", "kms:*")
    ]));
    s.admin("PutKeyPolicy", json!({"KeyId": key, "Policy": both}))
        .unwrap();
    for (operation, allowed) in [
        ("DescribeKey", true),
        ("GetKeyRotationStatus", true),
        ("ListGrants", true),
        ("GetKeyPolicy", false),
        ("ListResourceTags", false),
        ("ListKeyRotations", false),
        ("ListKeyPolicies", false),
        ("GetKeyLastUsage", false),
        ("DisableKey", false),
        ("ScheduleKeyDeletion", false),
        ("RotateKeyOnDemand", false),
    ] {
        let found = s.call(&outsider, operation, json!({"KeyId": key}));
        assert_eq!(found.is_ok(), allowed, "{operation}: {found:?}");
    }
}
