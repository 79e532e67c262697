//! Validation of documents, checked against texts that AWS answers with.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop where it fails"
)]

use claviger_model::{IAM, IDENTITYSTORE, Invalid, KMS, SSO_ADMIN, STS, Service, validate};
use serde_json::{Value, json};

/// What is expected of a document.
enum Expect {
    Valid,
    /// The text of a `ValidationException`.
    Broken(&'static str),
    /// The text of a `SerializationException`.
    Unreadable(&'static str),
}
use Expect::{Broken, Unreadable, Valid};

const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

fn check(service: &Service, operation: &str, document: &Value, expect: &Expect) {
    let input = service.operation(operation).unwrap().input.unwrap();
    let found = validate(input, document);
    let place = format!("{operation} {document}");
    match (expect, found) {
        (Valid, found) => assert_eq!(found, Ok(()), "{place}"),
        (Broken(text), Err(Invalid::Constraints(found))) => {
            assert_eq!(&found.to_string(), text, "{place}");
        }
        (Unreadable(text), Err(Invalid::Serialization(found))) => {
            assert_eq!(&found, text, "{place}");
        }
        (Broken(text) | Unreadable(text), found) => panic!("{place}: {found:?} is not {text}"),
    }
}

fn check_all(service: &Service, cases: Vec<(&str, Value, Expect)>) {
    for (operation, document, expect) in cases {
        check(service, operation, &document, &expect);
    }
}

fn text(length: usize) -> String {
    "a".repeat(length)
}

/// Texts that real KMS answered with (LocalStack's recorded tests); enum values in the model's order.
#[test]
fn recorded_texts() {
    check_all(
        KMS,
        vec![
            (
                "GenerateRandom",
                json!({"NumberOfBytes": 0}),
                Broken(
                    "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1",
                ),
            ),
            (
                "GenerateRandom",
                json!({"NumberOfBytes": 1025}),
                Broken(
                    "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
                ),
            ),
            (
                "DescribeKey",
                json!({"KeyId": ""}),
                Broken(
                    "1 validation error detected: Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
                ),
            ),
            (
                "Encrypt",
                // 4097 bytes.
                json!({"KeyId": KEY, "Plaintext": "A".repeat(5460) + "AAA="}),
                Broken(
                    "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
                ),
            ),
            (
                "TagResource",
                json!({"KeyId": KEY, "Tags": [{"TagKey": text(129), "TagValue": "v"}]}),
                Broken(
                    "1 validation error detected: Value 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128",
                ),
            ),
            (
                "CreateKey",
                json!({"KeySpec": "x"}),
                Broken(
                    "1 validation error detected: Value 'x' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, SYMMETRIC_DEFAULT, HMAC_224, HMAC_256, HMAC_384, HMAC_512, SM2, ML_DSA_44, ML_DSA_65, ML_DSA_87, ECC_NIST_EDWARDS25519, ML_KEM_512, ML_KEM_768, ML_KEM_1024]",
                ),
            ),
            (
                "GenerateMac",
                json!({"KeyId": KEY, "Message": "AAAA", "MacAlgorithm": "y"}),
                Broken(
                    "1 validation error detected: Value 'y' at 'macAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [HMAC_SHA_224, HMAC_SHA_256, HMAC_SHA_384, HMAC_SHA_512]",
                ),
            ),
        ],
    );
}

#[test]
fn kms_constraints() {
    check_all(
        KMS,
        vec![
            (
                "Decrypt",
                json!({"CiphertextBlob": "AAAA", "EncryptionContext": {"": "any", "k": ""}, "KeyId": null, "Unknown": [1]}),
                Valid,
            ),
            ("Decrypt", json!({}), Valid),
            (
                "Decrypt",
                json!({"CiphertextBlob": ""}),
                Broken(
                    "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at 'ciphertextBlob' failed to satisfy constraint: Member must have length greater than or equal to 1",
                ),
            ),
            (
                "Encrypt",
                json!({}),
                Broken(
                    "2 validation errors detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null; Value at 'plaintext' failed to satisfy constraint: Member must not be null",
                ),
            ),
            (
                "CreateAlias",
                json!({"AliasName": "", "TargetKeyId": KEY}),
                Broken(
                    "2 validation errors detected: Value '' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$; Value '' at 'aliasName' failed to satisfy constraint: Member must have length greater than or equal to 1",
                ),
            ),
            // Lengths count characters, not bytes.
            ("CreateKey", json!({"Description": "ü".repeat(8192)}), Valid),
            (
                "Decrypt",
                json!({"GrantTokens": ["", "t"]}),
                Broken(
                    "1 validation error detected: Value at 'grantTokens' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 8192, Member must have length greater than or equal to 1]",
                ),
            ),
            (
                "Decrypt",
                json!({"GrantTokens": ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]}),
                Broken(
                    "1 validation error detected: Value at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10",
                ),
            ),
            (
                "Decrypt",
                json!({"DryRunModifiers": ["NO"]}),
                Broken(
                    "1 validation error detected: Value '[NO]' at 'dryRunModifiers' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [IGNORE_CIPHERTEXT]]",
                ),
            ),
            (
                "TagResource",
                json!({"KeyId": KEY, "Tags": [{"TagKey": "k", "TagValue": "v"}, {"TagKey": "", "TagValue": null}]}),
                Broken(
                    "2 validation errors detected: Value '' at 'tags.2.member.tagKey' failed to satisfy constraint: Member must have length greater than or equal to 1; Value null at 'tags.2.member.tagValue' failed to satisfy constraint: Member must not be null",
                ),
            ),
            (
                "TagResource",
                json!({"KeyId": KEY, "Tags": [null]}),
                Broken(
                    "1 validation error detected: Value null at 'tags.1.member' failed to satisfy constraint: Member must not be null",
                ),
            ),
            (
                "CreateCustomKeyStore",
                json!({"CustomKeyStoreName": "n", "KeyStorePassword": "short"}),
                Broken(
                    "1 validation error detected: Value at 'keyStorePassword' failed to satisfy constraint: Member must have length greater than or equal to 7",
                ),
            ),
        ],
    );
}

#[test]
fn kms_types() {
    check_all(
        KMS,
        vec![
            (
                "DescribeKey",
                json!({"KeyId": 5}),
                Unreadable("NUMBER_VALUE can not be converted to a String"),
            ),
            (
                "DescribeKey",
                json!({"KeyId": true}),
                Unreadable("TRUE_VALUE can not be converted to a String"),
            ),
            (
                "DescribeKey",
                json!({"KeyId": [KEY]}),
                Unreadable("Start of list found where not expected"),
            ),
            (
                "DescribeKey",
                json!({"KeyId": {"a": 1}}),
                Unreadable("Start of structure or map found where not expected."),
            ),
            (
                "GenerateRandom",
                json!({"NumberOfBytes": "32"}),
                Unreadable("STRING_VALUE can not be converted to an Integer"),
            ),
            (
                "GenerateRandom",
                json!({"NumberOfBytes": 1_i64 << 40}),
                Unreadable("NUMBER_VALUE can not be converted to an Integer"),
            ),
            (
                "GenerateRandom",
                json!({"NumberOfBytes": 1.5}),
                Unreadable("NUMBER_VALUE can not be converted to an Integer"),
            ),
            (
                "CreateKey",
                json!({"MultiRegion": "true"}),
                Unreadable("STRING_VALUE can not be converted to a Boolean"),
            ),
            (
                "Decrypt",
                json!({"GrantTokens": "t"}),
                Unreadable("Expected list or null"),
            ),
            (
                "Decrypt",
                json!({"EncryptionContext": "t"}),
                Unreadable("Expected map or null"),
            ),
            (
                "Decrypt",
                json!({"EncryptionContext": {"k": 1}}),
                Unreadable("NUMBER_VALUE can not be converted to a String"),
            ),
            (
                "Decrypt",
                json!({"EncryptionContext": {"k": null}}),
                Broken(
                    "1 validation error detected: Value '{k=null}' at 'encryptionContext' failed to satisfy constraint: Map value must satisfy constraint: [Member must not be null]",
                ),
            ),
            (
                "Decrypt",
                json!({"CiphertextBlob": "AAAAA"}),
                Unreadable("Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
            ),
            (
                "Decrypt",
                json!({"CiphertextBlob": "AA+="}),
                Unreadable("Invalid last non-pad Base64 character dectected"),
            ),
            (
                "Decrypt",
                json!({"CiphertextBlob": "A-AA"}),
                Unreadable("Invalid base 64 character: '-'"),
            ),
            (
                "ImportKeyMaterial",
                json!({"KeyId": KEY, "ImportToken": "AAAA", "EncryptedKeyMaterial": "AAAA", "ValidTo": "2026-01-01"}),
                Unreadable("STRING_VALUE can not be converted to milliseconds since epoch"),
            ),
            (
                "ImportKeyMaterial",
                json!({"KeyId": KEY, "ImportToken": "AAAA", "EncryptedKeyMaterial": "AAAA", "ValidTo": 1767225600.5}),
                Valid,
            ),
            // What cannot be read is said before what breaks a constraint.
            (
                "Encrypt",
                json!({"KeyId": "", "DryRun": 1}),
                Unreadable("NUMBER_VALUE can not be converted to a Boolean"),
            ),
            (
                "Encrypt",
                json!([]),
                Unreadable("Start of list found where not expected"),
            ),
            (
                "CreateGrant",
                json!({"Constraints": 1}),
                Unreadable("Expected null"),
            ),
        ],
    );
}

#[test]
fn other_services() {
    check_all(
        STS,
        vec![
            (
                "AssumeRole",
                json!({"RoleArn": "arn:aws:iam::111122223333:role/r", "RoleSessionName": "a b", "DurationSeconds": 10}),
                Broken(
                    r"2 validation errors detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*; Value '10' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
                ),
            ),
            ("GetCallerIdentity", json!({}), Valid),
        ],
    );
    check_all(
        SSO_ADMIN,
        vec![(
            "CreatePermissionSet",
            json!({"Name": "Admin", "InstanceArn": "arn:aws:sso:::instance/ssoins-1234567890abcdef", "SessionDuration": "PT8H"}),
            Valid,
        )],
    );
    check_all(
        IDENTITYSTORE,
        vec![(
            "CreateUser",
            json!({"IdentityStoreId": "d-1234567890", "UserName": "\u{7}", "Name": {"GivenName": "Zoë"}}),
            Broken(
                r"1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+",
            ),
        )],
    );
}

/// IAM shows no value and names lengths before patterns: its texts of 2024 and later.
#[test]
fn iam_shows_no_value() {
    check_all(
        IAM,
        vec![
            ("CreateUser", json!({"UserName": "Bob"}), Valid),
            (
                "TagUser",
                json!({"UserName": "Bob", "Tags": [{"Key": "", "Value": "v"}]}),
                Broken(
                    r"2 validation errors detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+",
                ),
            ),
            (
                "TagUser",
                json!({"UserName": "Bob", "Tags": [{"Key": "k"}]}),
                Broken(
                    "1 validation error detected: Value at 'tags.1.member.value' failed to satisfy constraint: Member must not be null",
                ),
            ),
            (
                "UntagUser",
                json!({"UserName": "Bob", "TagKeys": ["", "k", "bad#"]}),
                Broken(
                    r"1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]",
                ),
            ),
            (
                "DeleteSAMLProvider",
                json!({}),
                Broken(
                    "1 validation error detected: Value at 'sAMLProviderArn' failed to satisfy constraint: Member must not be null",
                ),
            ),
        ],
    );
}
