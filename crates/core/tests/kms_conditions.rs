//! Condition keys of key operations, and the demands of operations that need several permissions or
//! a resource of their own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod scene;

use scene::{ADMIN, ALICE, ROOT, Scene, allow, policy};
use serde_json::json;

/// Condition keys, each tried with a value that fits and one that does not.
#[test]
fn condition_keys() {
    let alias = json!({"KeyId": "alias/x", "Plaintext": "eA=="});
    for (operation, document, condition, allowed) in [
        (
            "CreateKey",
            json!({}),
            json!({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}),
            true,
        ),
        (
            "CreateKey",
            json!({}),
            json!({"StringEquals": {"kms:KeyUsage": "SIGN_VERIFY"}}),
            false,
        ),
        (
            "CreateKey",
            json!({}),
            json!({"StringEquals": {"kms:KeyOrigin": "AWS_KMS"}}),
            true,
        ),
        (
            "CreateKey",
            json!({}),
            json!({"Bool": {"kms:MultiRegion": "false"}}),
            true,
        ),
        (
            "CreateKey",
            json!({"MultiRegion": true}),
            json!({"Bool": {"kms:MultiRegion": "false"}}),
            false,
        ),
        (
            "CreateKey",
            json!({"MultiRegion": true}),
            json!({"StringEquals": {"kms:MultiRegionKeyType": "PRIMARY"}}),
            true,
        ),
        (
            "CreateKey",
            json!({}),
            json!({"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}),
            false,
        ),
        (
            "CreateKey",
            json!({"Tags": [{"TagKey": "t", "TagValue": "v"}]}),
            json!({"StringEquals": {"aws:RequestTag/t": "v"}}),
            true,
        ),
        (
            "CreateKey",
            json!({}),
            json!({"StringEquals": {"aws:RequestTag/t": "v"}}),
            false,
        ),
        (
            "PutKeyPolicy",
            json!({"KeyId": "KEY", "Policy": "POLICY"}),
            json!({"StringEquals": {"kms:PolicyName": "default"}}),
            true,
        ),
        (
            "PutKeyPolicy",
            json!({"KeyId": "KEY", "Policy": "POLICY"}),
            json!({"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}),
            false,
        ),
        (
            "GetKeyPolicy",
            json!({"KeyId": "KEY"}),
            json!({"StringEquals": {"kms:PolicyName": "default"}}),
            true,
        ),
        (
            "DescribeKey",
            json!({"KeyId": "KEY"}),
            json!({"StringEquals": {"kms:CallerAccount": "111122223333"}}),
            true,
        ),
        (
            "DescribeKey",
            json!({"KeyId": "KEY"}),
            json!({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}),
            false,
        ),
        (
            "DescribeKey",
            json!({"KeyId": "KEY"}),
            json!({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/x"}}),
            true,
        ),
        (
            "DescribeKey",
            json!({"KeyId": "KEY"}),
            json!({"StringEquals": {"kms:RequestAlias": "alias/x"}}),
            false,
        ),
        (
            "DescribeKey",
            json!({"KeyId": "alias/x"}),
            json!({"StringEquals": {"kms:RequestAlias": "alias/x"}}),
            true,
        ),
        (
            "DescribeKey",
            json!({"KeyId": "KEY"}),
            json!({"StringEquals": {"aws:ResourceTag/team": "a"}}),
            true,
        ),
        (
            "Encrypt",
            alias.clone(),
            json!({"StringLike": {"kms:RequestAlias": "alias/*"}}),
            true,
        ),
        (
            "Encrypt",
            alias.clone(),
            json!({"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}),
            true,
        ),
        (
            "Encrypt",
            alias.clone(),
            json!({"StringEquals": {"kms:EncryptionContext:a": "b"}}),
            false,
        ),
        (
            "Encrypt",
            json!({"KeyId": "KEY", "Plaintext": "eA==", "EncryptionContext": {"a": "b"}}),
            json!({"StringEquals": {"kms:EncryptionContext:A": "b"}}),
            true,
        ),
        (
            "Encrypt",
            json!({"KeyId": "KEY", "Plaintext": "eA==", "EncryptionContext": {"a": "b"}}),
            json!({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "A"}}),
            false,
        ),
        (
            "CreateGrant",
            json!({"KeyId": "KEY", "GranteePrincipal": ADMIN, "Operations": ["Decrypt"]}),
            json!({"StringEquals": {"kms:GranteePrincipal": ADMIN}}),
            true,
        ),
        (
            "CreateGrant",
            json!({"KeyId": "KEY", "GranteePrincipal": ADMIN, "Operations": ["Decrypt", "Encrypt"]}),
            json!({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]}}),
            false,
        ),
        (
            "CreateGrant",
            json!({"KeyId": "KEY", "GranteePrincipal": ADMIN, "Operations": ["Decrypt"]}),
            json!({"Bool": {"kms:GrantIsForAWSResource": "true"}}),
            false,
        ),
        (
            "CreateGrant",
            json!({"KeyId": "KEY", "GranteePrincipal": ADMIN, "Operations": ["Decrypt"],
            "Constraints": {"EncryptionContextSubset": {"a": "b"}}}),
            json!({"StringEquals": {"kms:GrantConstraintType": "EncryptionContextSubset", "kms:EncryptionContext:a": "b"}}),
            true,
        ),
        (
            "ScheduleKeyDeletion",
            json!({"KeyId": "KEY"}),
            json!({"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}}),
            false,
        ),
        (
            "ScheduleKeyDeletion",
            json!({"KeyId": "KEY", "PendingWindowInDays": 7}),
            json!({"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}}),
            true,
        ),
        (
            "EnableKeyRotation",
            json!({"KeyId": "KEY"}),
            json!({"NumericEquals": {"kms:RotationPeriodInDays": "365"}}),
            true,
        ),
        (
            "EnableKeyRotation",
            json!({"KeyId": "KEY", "RotationPeriodInDays": 90}),
            json!({"NumericGreaterThan": {"kms:RotationPeriodInDays": "90"}}),
            false,
        ),
        (
            "DisableKey",
            json!({"KeyId": "KEY"}),
            json!({"NumericGreaterThanEquals": {"kms:TrailingDaysWithoutKeyUsage": "90"}}),
            false,
        ),
        (
            "TagResource",
            json!({"KeyId": "KEY", "Tags": [{"TagKey": "x", "TagValue": ""}]}),
            json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["x", "y"]}}),
            true,
        ),
        (
            "UntagResource",
            json!({"KeyId": "KEY", "TagKeys": ["z"]}),
            json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["x", "y"]}}),
            false,
        ),
    ] {
        let mut s = Scene::new();
        let (key, alice) = (s.key.clone(), s.alice.clone());
        s.admin(
            "CreateAlias",
            json!({"AliasName": "alias/x", "TargetKeyId": key}),
        )
        .unwrap();
        s.admin(
            "TagResource",
            json!({"KeyId": key, "Tags": [{"TagKey": "team", "TagValue": "a"}]}),
        )
        .unwrap();
        s.allow(json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": condition}]));
        let mut document = document;
        if document["KeyId"] == json!("KEY") {
            document["KeyId"] = json!(key);
        }
        if document["Policy"] == json!("POLICY") {
            document["Policy"] = json!(policy(json!([allow(ROOT, "kms:*")])));
        }
        let found = s.call(&alice, operation, document.clone());
        match found {
            Ok(_) => assert!(allowed, "{operation} {document} {condition}"),
            Err((code, message)) => {
                assert!(!allowed, "{operation} {document} {condition}: {message}");
                assert_eq!(
                    code, "AccessDeniedException",
                    "{operation} {condition}: {message}"
                );
            }
        }
    }
}

/// Condition keys of imports. A request that is let in goes on to what is wrong with it otherwise.
#[test]
fn condition_keys_of_imports() {
    let parameters =
        json!({"WrappingAlgorithm": "RSAES_PKCS1_V1_5", "WrappingKeySpec": "RSA_4096"});
    let token = json!({"ImportToken": "eA==", "EncryptedKeyMaterial": "eA=="});
    // 2026-01-05T10:00:00Z is now.
    let expires = json!({"ImportToken": "eA==", "EncryptedKeyMaterial": "eA==",
        "ValidTo": 1_767_607_200 + 86_400});
    let stays = json!({"ImportToken": "eA==", "EncryptedKeyMaterial": "eA==",
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"});
    let (get, import) = ("GetParametersForImport", "ImportKeyMaterial");
    let denied = "AccessDeniedException";
    let (refused, let_in) = (
        "UnsupportedOperationException",
        "InvalidImportTokenException",
    );
    for (operation, more, condition, expect) in [
        (
            get,
            &parameters,
            json!({"StringEquals": {"kms:WrappingAlgorithm": "RSAES_PKCS1_V1_5"}}),
            refused,
        ),
        (
            get,
            &parameters,
            json!({"StringEquals": {"kms:WrappingAlgorithm": "RSAES_OAEP_SHA_256"}}),
            denied,
        ),
        (
            get,
            &parameters,
            json!({"StringEquals": {"kms:WrappingKeySpec": "RSA_4096"}}),
            refused,
        ),
        (
            get,
            &parameters,
            json!({"StringNotEquals": {"kms:WrappingKeySpec": "RSA_4096"}}),
            denied,
        ),
        (
            get,
            &parameters,
            json!({"StringEquals": {"kms:KeyOrigin": "EXTERNAL"}}),
            refused,
        ),
        (
            get,
            &parameters,
            json!({"StringEquals": {"kms:ExpirationModel": "KEY_MATERIAL_EXPIRES"}}),
            denied,
        ),
        // What is omitted counts as its default.
        (
            import,
            &expires,
            json!({"StringEquals": {"kms:ExpirationModel": "KEY_MATERIAL_EXPIRES"}}),
            let_in,
        ),
        (
            import,
            &stays,
            json!({"StringEquals": {"kms:ExpirationModel": "KEY_MATERIAL_EXPIRES"}}),
            denied,
        ),
        (
            import,
            &stays,
            json!({"StringEquals": {"kms:ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}}),
            let_in,
        ),
        (
            import,
            &expires,
            json!({"DateLessThan": {"kms:ValidTo": "2026-01-06T10:00:01Z"}}),
            let_in,
        ),
        (
            import,
            &expires,
            json!({"DateLessThan": {"kms:ValidTo": "2026-01-06T10:00:00Z"}}),
            denied,
        ),
        (
            import,
            &stays,
            json!({"DateLessThan": {"kms:ValidTo": "2026-01-06T10:00:01Z"}}),
            denied,
        ),
        (
            import,
            &stays,
            json!({"Null": {"kms:ValidTo": "true"}}),
            let_in,
        ),
        // Parameters that contradict each other are refused before anybody is asked.
        (
            import,
            &token,
            json!({"Bool": {"aws:ViaAWSService": "true"}}),
            "ValidationException",
        ),
    ] {
        let mut s = Scene::new();
        let alice = s.alice.clone();
        let made = s.admin("CreateKey", json!({"Origin": "EXTERNAL"})).unwrap();
        s.allow(json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": condition}]));
        let mut document = more.clone();
        document["KeyId"] = made["KeyMetadata"]["Arn"].clone();
        let (code, message) = s.call(&alice, operation, document).unwrap_err();
        assert_eq!(code, expect, "{operation} {more} {condition}: {message}");
    }
}

/// Alias operations need the alias and every key; what is missing is what the refusal names.
#[test]
fn aliases_need_both_sides() {
    let alias = "arn:aws:kms:us-east-1:111122223333:alias/x";
    for (operation, on_alias, on_old, on_new, missing) in [
        ("CreateAlias", true, true, true, None),
        ("CreateAlias", false, true, true, Some("alias")),
        ("CreateAlias", true, true, false, Some("new")),
        ("UpdateAlias", true, true, true, None),
        ("UpdateAlias", false, true, true, Some("alias")),
        ("UpdateAlias", true, false, true, Some("old")),
        ("UpdateAlias", true, true, false, Some("new")),
        ("DeleteAlias", true, true, false, None),
        ("DeleteAlias", false, true, true, Some("alias")),
        ("DeleteAlias", true, false, true, Some("old")),
    ] {
        let mut s = Scene::new();
        let (old, alice) = (s.key.clone(), s.alice.clone());
        let made = s.admin("CreateKey", json!({})).unwrap();
        let new = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
        if operation != "CreateAlias" {
            s.admin(
                "CreateAlias",
                json!({"AliasName": "alias/x", "TargetKeyId": old}),
            )
            .unwrap();
        }
        let resources: Vec<&str> = [
            (on_alias, alias),
            (on_old, old.as_str()),
            (on_new, new.as_str()),
        ]
        .into_iter()
        .filter_map(|(there, arn)| there.then_some(arn))
        .collect();
        s.allow(json!([{"Effect": "Allow", "Action": "kms:*Alias", "Resource": resources}]));
        let document = match operation {
            "DeleteAlias" => json!({"AliasName": "alias/x"}),
            _ => json!({"AliasName": "alias/x", "TargetKeyId": new}),
        };
        let found = s.call(&alice, operation, document);
        let Some(missing) = missing else {
            found.unwrap();
            continue;
        };
        let resource = match missing {
            "alias" => alias,
            "old" => &old,
            _ => &new,
        };
        let (code, message) = found.unwrap_err();
        assert_eq!(code, "AccessDeniedException");
        let wanted = format!("perform: kms:{operation} on resource: {resource} because");
        assert!(message.contains(&wanted), "{message}");
    }
}

#[test]
fn list_retirable_grants_is_asked_on_the_principal() {
    let mut s = Scene::new();
    let alice = s.alice.clone();
    s.allow(json!([{"Effect": "Allow", "Action": "kms:ListRetirableGrants", "Resource": ALICE}]));
    s.call(
        &alice,
        "ListRetirableGrants",
        json!({"RetiringPrincipal": ALICE}),
    )
    .unwrap();
    let found = s
        .call(
            &alice,
            "ListRetirableGrants",
            json!({"RetiringPrincipal": ADMIN}),
        )
        .unwrap_err();
    assert!(
        found.1.contains(&format!("on resource: {ADMIN} because")),
        "{}",
        found.1
    );
}
