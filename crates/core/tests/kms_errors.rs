//! Refusals of KMS operations: request, code and text, as AWS sends them where its text is known.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_testkit::installation::Installation;
use serde_json::{Value, json};

const ABSENT: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
/// Not a text: the error comes without one.
const BARE: &str = "(no message)";

/// `KEY`, `ARN`, `MRK` and `BLOB` stand for what the fixture made.
fn cases() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let mut cases = named();
    cases.extend(created());
    cases.extend(aliases());
    cases.extend(tags_and_lists());
    cases.extend(grants());
    cases.extend(cryptography());
    cases
}

fn named() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    vec![
        (
            "DescribeKey",
            json!({"KeyId": "fake-key-id"}),
            "NotFoundException",
            "Invalid keyId 'fake-key-id'",
        ),
        (
            "DescribeKey",
            json!({"KeyId": "1234abcd12ab34cd56ef1234567890ab"}),
            "NotFoundException",
            "Invalid keyId '1234abcd12ab34cd56ef1234567890ab'",
        ),
        (
            "DescribeKey",
            json!({"KeyId": ABSENT}),
            "NotFoundException",
            "Key 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab' does not exist",
        ),
        (
            "DescribeKey",
            json!({"KeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}),
            "NotFoundException",
            "Invalid arn eu-west-1",
        ),
        (
            "DescribeKey",
            json!({"KeyId": "alias/none"}),
            "NotFoundException",
            "Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.",
        ),
        (
            "DescribeKey",
            json!({"KeyId": "arn:aws:kms:us-east-1:999900001111:key/1234abcd-12ab-34cd-56ef-1234567890ab"}),
            "AccessDeniedException",
            "User: arn:aws:iam::111122223333:user/admin is not authorized to perform: kms:DescribeKey on resource: \
          arn:aws:kms:us-east-1:999900001111:key/1234abcd-12ab-34cd-56ef-1234567890ab because no resource-based \
          policy allows the kms:DescribeKey action",
        ),
        (
            "DescribeKey",
            json!({"KeyId": ""}),
            "ValidationException",
            "1 validation error detected: Value '' at 'keyId' failed to satisfy constraint: Member must have length \
          greater than or equal to 1",
        ),
        (
            "DescribeKey",
            json!({}),
            "ValidationException",
            "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
        ),
        (
            "DescribeKey",
            json!({"KeyId": "arn:foo"}),
            "InvalidArnException",
            "Invalid arn arn:foo",
        ),
        (
            "Encrypt",
            json!({"KeyId": "arn:foo", "Plaintext": "AAAA"}),
            "NotFoundException",
            "Invalid arn arn:foo",
        ),
        (
            "DisableKey",
            json!({"KeyId": "alias/known"}),
            "InvalidArnException",
            "Key Aliases are not supported for this operation.",
        ),
        (
            "DisableKey",
            json!({"KeyId": "arn:aws:kms:us-east-1:111122223333:alias/known"}),
            "InvalidArnException",
            "Key Aliases are not supported for this operation.",
        ),
        (
            "CancelKeyDeletion",
            json!({"KeyId": "KEY"}),
            "KMSInvalidStateException",
            "ARN is not pending deletion.",
        ),
        (
            "ScheduleKeyDeletion",
            json!({"KeyId": "KEY", "PendingWindowInDays": 6}),
            "ValidationException",
            "PendingWindowInDays must be between 7 and 30.",
        ),
        (
            "ScheduleKeyDeletion",
            json!({"KeyId": "KEY", "PendingWindowInDays": 31}),
            "ValidationException",
            "PendingWindowInDays must be between 7 and 30.",
        ),
        (
            "ScheduleKeyDeletion",
            json!({"KeyId": "KEY", "PendingWindowInDays": 0}),
            "ValidationException",
            "1 validation error detected: Value '0' at 'pendingWindowInDays' failed to satisfy constraint: Member must \
          have value greater than or equal to 1",
        ),
        (
            "GetKeyPolicy",
            json!({"KeyId": "KEY", "PolicyName": "other"}),
            "NotFoundException",
            "Policy 'other' of key 'ARN' does not exist",
        ),
        (
            "PutKeyPolicy",
            json!({"KeyId": "KEY", "PolicyName": "AWS_RAM", "Policy": "{}"}),
            "ValidationException",
            "The AWS_RAM policy can only be managed by the RAM service",
        ),
    ]
}

fn created() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let usage =
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.";
    vec![
        (
            "CreateKey",
            json!({"KeySpec": "RSA_2048"}),
            "ValidationException",
            usage,
        ),
        (
            "CreateKey",
            json!({"KeySpec": "HMAC_256"}),
            "ValidationException",
            usage,
        ),
        (
            "CreateKey",
            json!({"KeySpec": "RSA_2048", "KeyUsage": "KEY_AGREEMENT"}),
            "ValidationException",
            "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048",
        ),
        (
            "CreateKey",
            json!({"KeyUsage": "SIGN_VERIFY"}),
            "ValidationException",
            "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT",
        ),
        (
            "CreateKey",
            json!({"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"}),
            "UnsupportedOperationException",
            "KeySpec SM2 is not supported in this Region: it belongs to the China Regions.",
        ),
        (
            "CreateKey",
            json!({"KeySpec": "ML_DSA_44", "KeyUsage": "SIGN_VERIFY", "Origin": "EXTERNAL"}),
            "UnsupportedOperationException",
            "KeySpec ML_DSA_44 is not supported for keys with Origin EXTERNAL.",
        ),
        (
            "CreateKey",
            json!({"CustomKeyStoreId": "cks-1", "Origin": "AWS_CLOUDHSM"}),
            "CustomKeyStoreNotFoundException",
            "Custom key store cks-1 does not exist.",
        ),
        (
            "CreateKey",
            json!({"Tags": [{"TagKey": "a", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}]}),
            "TagException",
            "Duplicate tag keys",
        ),
        (
            "CreateKey",
            json!({"Policy": "x".repeat(32_769)}),
            "LimitExceededException",
            "The key policy has 32769 bytes; it can have at most 32768.",
        ),
    ]
}

fn aliases() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let prefix = "Alias must start with the prefix \"alias/\". Please see \
                  https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html";
    vec![
        (
            "CreateAlias",
            json!({"AliasName": "known", "TargetKeyId": "KEY"}),
            "ValidationException",
            prefix,
        ),
        (
            "DeleteAlias",
            json!({"AliasName": "known"}),
            "ValidationException",
            prefix,
        ),
        (
            "CreateAlias",
            json!({"AliasName": "alias/aws/ebs", "TargetKeyId": "KEY"}),
            "InvalidAliasNameException",
            "Alias name alias/aws/ebs is reserved: names beginning with alias/aws/ are AWS's.",
        ),
        (
            "CreateAlias",
            json!({"AliasName": "alias/", "TargetKeyId": "KEY"}),
            "InvalidAliasNameException",
            "Alias name alias/ is not valid.",
        ),
        (
            "CreateAlias",
            json!({"AliasName": "alias/known", "TargetKeyId": "KEY"}),
            "AlreadyExistsException",
            "An alias with the name arn:aws:kms:us-east-1:111122223333:alias/known already exists",
        ),
        (
            "CreateAlias",
            json!({"AliasName": "alias/n", "TargetKeyId": "alias/known"}),
            "InvalidArnException",
            "Key Aliases are not supported for this operation.",
        ),
        (
            "UpdateAlias",
            json!({"AliasName": "alias/none", "TargetKeyId": "KEY"}),
            "NotFoundException",
            "Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.",
        ),
        (
            "DeleteAlias",
            json!({"AliasName": "alias/none"}),
            "NotFoundException",
            "Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.",
        ),
        (
            "ListAliases",
            json!({"KeyId": ABSENT}),
            "NotFoundException",
            "Key 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab' does not exist",
        ),
    ]
}

fn tags_and_lists() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let many: Vec<Value> = (0..51)
        .map(|n| json!({"TagKey": format!("k{n}"), "TagValue": ""}))
        .collect();
    let mut cases = vec![
        (
            "TagResource",
            json!({"KeyId": "KEY", "Tags": many}),
            "TagException",
            "Too many tags",
        ),
        (
            "TagResource",
            json!({"KeyId": "KEY", "Tags": [{"TagKey": "aws:x", "TagValue": ""}]}),
            "TagException",
            "Tags beginning with aws: are reserved",
        ),
        (
            "TagResource",
            json!({"KeyId": "KEY", "Tags": [{"TagKey": "k".repeat(129), "TagValue": ""}]}),
            "ValidationException",
            "at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length less \
          than or equal to 128",
        ),
        (
            "ListKeys",
            json!({"Limit": 1001}),
            "ValidationException",
            "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: Member must have value \
          less than or equal to 1000",
        ),
    ];
    for (operation, document) in [
        ("ListKeys", json!({})),
        ("ListAliases", json!({})),
        ("ListGrants", json!({"KeyId": "KEY"})),
        ("ListKeyPolicies", json!({"KeyId": "KEY"})),
        ("ListKeyRotations", json!({"KeyId": "KEY"})),
        ("ListResourceTags", json!({"KeyId": "KEY"})),
        (
            "ListRetirableGrants",
            json!({"RetiringPrincipal": "arn:aws:iam::111122223333:root"}),
        ),
    ] {
        let mut document = document;
        document["Marker"] = json!("nonsense");
        cases.push((
            operation,
            document,
            "InvalidMarkerException",
            "Invalid marker.",
        ));
    }
    cases
}

fn grants() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let grant = |member: &str, value: Value| {
        let mut document = json!({"KeyId": "KEY", "Operations": ["Decrypt"],
            "GranteePrincipal": "arn:aws:iam::111122223333:user/admin"});
        document[member] = value;
        document
    };
    let nine: serde_json::Map<String, Value> =
        (0..9).map(|n| (format!("k{n}"), json!("v"))).collect();
    vec![
        (
            "CreateGrant",
            grant(
                "GranteePrincipal",
                json!("arn:aws:iam::111122223333:role/nobody"),
            ),
            "InvalidArnException",
            "ARN does not refer to a valid principal: arn:aws:iam::111122223333:role/nobody",
        ),
        (
            "CreateGrant",
            grant(
                "GranteePrincipal",
                json!("arn:aws:iam::111122223333:group/staff"),
            ),
            "InvalidArnException",
            "ARN does not refer to a valid principal: arn:aws:iam::111122223333:group/staff",
        ),
        (
            "CreateGrant",
            grant(
                "RetiringPrincipal",
                json!("arn:aws:iam::111122223333:user/nobody"),
            ),
            "InvalidArnException",
            "ARN does not refer to a valid principal: arn:aws:iam::111122223333:user/nobody",
        ),
        (
            "CreateGrant",
            grant("Operations", json!(["Sign"])),
            "ValidationException",
            "Grant operation Sign is not valid for a key with KeyUsage ENCRYPT_DECRYPT and KeySpec SYMMETRIC_DEFAULT.",
        ),
        (
            "CreateGrant",
            grant("Operations", json!([])),
            "ValidationException",
            "A grant needs at least one operation.",
        ),
        (
            "CreateGrant",
            grant("Constraints", json!({"EncryptionContextEquals": nine})),
            "ValidationException",
            "A grant constraint can have at most 8 encryption context pairs.",
        ),
        (
            "CreateGrant",
            grant(
                "Constraints",
                json!({"EncryptionContextSubset": {"a": "v".repeat(385)}}),
            ),
            "ValidationException",
            "A value in a grant constraint can have at most 384 characters.",
        ),
        (
            "CreateGrant",
            grant("GrantTokens", json!(["bm90IGEgdG9rZW4="])),
            "InvalidGrantTokenException",
            "Invalid grant token.",
        ),
        (
            "CreateGrant",
            grant("DryRun", json!(true)),
            "DryRunOperationException",
            "The request would have succeeded, but the DryRun option is set.",
        ),
        (
            "RevokeGrant",
            json!({"KeyId": "KEY", "GrantId": "nonsense"}),
            "InvalidGrantIdException",
            "Invalid grant id: nonsense",
        ),
        (
            "ListGrants",
            json!({"KeyId": "KEY", "GrantId": "nonsense"}),
            "InvalidGrantIdException",
            "Invalid grant id: nonsense",
        ),
        (
            "RetireGrant",
            json!({}),
            "ValidationException",
            "Specify either a GrantToken, or a KeyId and a GrantId.",
        ),
        (
            "RetireGrant",
            json!({"KeyId": "KEY"}),
            "ValidationException",
            "Specify either a GrantToken, or a KeyId and a GrantId.",
        ),
        (
            "RetireGrant",
            json!({"GrantToken": "nonsense"}),
            "InvalidGrantTokenException",
            "Invalid grant token.",
        ),
        (
            "ListRetirableGrants",
            json!({"RetiringPrincipal": "arn:aws:iam::999900001111:root"}),
            "ValidationException",
            "The retiring principal must be in the caller's account.",
        ),
    ]
}

fn cryptography() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    vec![
        (
            "Encrypt",
            json!({"KeyId": "KEY", "Plaintext": "eA==", "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}),
            "InvalidKeyUsageException",
            "Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT.",
        ),
        (
            "Encrypt",
            json!({"KeyId": "KEY", "Plaintext": "eA==", "DryRun": true}),
            "DryRunOperationException",
            "The request would have succeeded, but the DryRun option is set.",
        ),
        (
            "Decrypt",
            json!({"CiphertextBlob": "AAAA"}),
            "InvalidCiphertextException",
            BARE,
        ),
        (
            "Decrypt",
            json!({"CiphertextBlob": "BLOB", "EncryptionContext": {"a": "b"}}),
            "InvalidCiphertextException",
            BARE,
        ),
        (
            "Decrypt",
            json!({"CiphertextBlob": "BLOB", "KeyId": "MRK"}),
            "IncorrectKeyException",
            "The key ID in the request does not identify a CMK that can perform this operation.",
        ),
        (
            "Decrypt",
            json!({"DryRun": true, "DryRunModifiers": ["IGNORE_CIPHERTEXT"], "KeyId": "KEY"}),
            "DryRunOperationException",
            "The request would have succeeded, but the DryRun option is set.",
        ),
        (
            "GenerateRandom",
            json!({}),
            "ValidationException",
            "NumberOfBytes is required.",
        ),
        (
            "GenerateRandom",
            json!({"NumberOfBytes": 1025}),
            "ValidationException",
            "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have \
          value less than or equal to 1024",
        ),
    ]
}

#[test]
fn texts() {
    let mut installation = Installation::new();
    let admin = installation.admin.clone();
    let mut call =
        |operation: &str, document: Value| installation.call(&admin, "kms", operation, document);
    let key = call("CreateKey", json!({})).unwrap()["KeyMetadata"].take();
    let mrk = call("CreateKey", json!({"MultiRegion": true})).unwrap()["KeyMetadata"].take();
    let (id, arn) = (key["KeyId"].as_str().unwrap(), key["Arn"].as_str().unwrap());
    call(
        "CreateAlias",
        json!({"AliasName": "alias/known", "TargetKeyId": id}),
    )
    .unwrap();
    let blob = call("Encrypt", json!({"KeyId": id, "Plaintext": "eA=="})).unwrap();
    let filled = |text: &str| {
        text.replace("\"KEY\"", &format!("\"{id}\""))
            .replace("\"MRK\"", &mrk["KeyId"].to_string())
            .replace("\"BLOB\"", &blob["CiphertextBlob"].to_string())
    };
    for (operation, document, code, text) in cases() {
        let document: Value = serde_json::from_str(&filled(&document.to_string())).unwrap();
        let error = call(operation, document.clone()).unwrap_err();
        assert_eq!(error.shape.code, code, "{operation} {document}: {error:?}");
        assert_eq!(error.shape.status, 400, "{operation} {document}");
        let wanted = text
            .replace("ARN ", &format!("{arn} "))
            .replace("'ARN'", &format!("'{arn}'"));
        // The text about principals begins with the word itself.
        let wanted = wanted.replace(&format!("{arn} does not refer"), "ARN does not refer");
        match error.message {
            None => assert_eq!(text, BARE, "{operation} {document}"),
            Some(message) if text.starts_with("at '") => {
                assert!(message.ends_with(&wanted), "{message}")
            }
            Some(message) => assert_eq!(message, wanted, "{operation} {document}"),
        }
    }
}
