//! Keys of every spec but the symmetric one: refusals, dry runs, records, condition keys and grants of
//! their operations. What they answer is another file's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[allow(dead_code, reason = "another test uses the rest")]
mod key_pairs;
mod scene;

use claviger_testkit::installation::Installation;
use key_pairs::{BARE, base64, good_requests, kms, merged, named_keys, refused, shown};
use scene::{ADMIN, ALICE, Scene};
use serde_json::{Value, json};

/// Operation, the key's word, the other members, code and text; `ARN` stands for the key's.
#[expect(clippy::too_many_lines, reason = "a table")]
fn refusals() -> Vec<(
    &'static str,
    &'static str,
    Value,
    &'static str,
    &'static str,
)> {
    let usage = "InvalidKeyUsageException";
    let validation = "ValidationException";
    let sign = |algorithm: &str| json!({"Message": "eA==", "SigningAlgorithm": algorithm});
    let sized = |algorithm: &str, kind: &str, length: usize| {
        json!({"Message": base64(&vec![1; length]),
        "SigningAlgorithm": algorithm, "MessageType": kind})
    };
    let oaep = |length: usize| {
        json!({"Plaintext": base64(&vec![1; length]),
        "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"})
    };
    let ecdh = |peer: &[u8]| json!({"KeyAgreementAlgorithm": "ECDH", "PublicKey": base64(peer)});
    vec![
        (
            "Encrypt",
            "SIGNER",
            json!({"Plaintext": "eA=="}),
            usage,
            "ARN key usage is SIGN_VERIFY which is not valid for Encrypt.",
        ),
        (
            "Encrypt",
            "RSA",
            json!({"Plaintext": "eA=="}),
            usage,
            "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.",
        ),
        (
            "Encrypt",
            "RSA",
            json!({"Plaintext": "eA==", "EncryptionAlgorithm": "SM2PKE"}),
            usage,
            "Algorithm SM2PKE is incompatible with key spec RSA_2048.",
        ),
        (
            "Encrypt",
            "RSA",
            oaep(215),
            validation,
            "Algorithm RSAES_OAEP_SHA_1 and key spec RSA_2048 cannot encrypt data larger than 214 bytes.",
        ),
        (
            "Encrypt",
            "RSA",
            merged(oaep(1), &json!({"EncryptionContext": {"a": "b"}})),
            validation,
            "EncryptionContext is not valid for algorithm RSAES_OAEP_SHA_1.",
        ),
        (
            "Decrypt",
            "RSA",
            json!({"CiphertextBlob": "eA==", "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}),
            "InvalidCiphertextException",
            BARE,
        ),
        (
            "Decrypt",
            "RSA",
            json!({"CiphertextBlob": "eA==", "EncryptionAlgorithm": "RSAES_OAEP_SHA_1",
            "EncryptionContext": {"a": "b"}}),
            validation,
            "EncryptionContext is not valid for algorithm RSAES_OAEP_SHA_1.",
        ),
        (
            "Decrypt",
            "",
            json!({"CiphertextBlob": "eA==", "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}),
            validation,
            "KeyId is required for algorithm RSAES_OAEP_SHA_1.",
        ),
        (
            "GenerateDataKey",
            "RSA",
            json!({"KeySpec": "AES_256"}),
            usage,
            "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.",
        ),
        (
            "GenerateDataKeyPair",
            "RSA",
            json!({"KeyPairSpec": "ECC_NIST_P256"}),
            usage,
            "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.",
        ),
        (
            "GenerateDataKeyPair",
            "SIGNER",
            json!({"KeyPairSpec": "ECC_NIST_P256"}),
            usage,
            "ARN key usage is SIGN_VERIFY which is not valid for GenerateDataKeyPair.",
        ),
        (
            "GenerateDataKeyPairWithoutPlaintext",
            "HMAC",
            json!({"KeyPairSpec": "ECC_NIST_P256"}),
            usage,
            "ARN key usage is GENERATE_VERIFY_MAC which is not valid for \
             GenerateDataKeyPairWithoutPlaintext.",
        ),
        (
            "GenerateDataKeyPair",
            "SYM",
            json!({"KeyPairSpec": "SM2"}),
            "UnsupportedOperationException",
            "KeyPairSpec SM2 is not supported in this Region: it belongs to the China Regions.",
        ),
        (
            "Sign",
            "SYM",
            sign("ECDSA_SHA_256"),
            usage,
            "ARN key usage is ENCRYPT_DECRYPT which is not valid for Sign.",
        ),
        (
            "Sign",
            "AGREE",
            sign("ECDSA_SHA_256"),
            usage,
            "ARN key usage is KEY_AGREEMENT which is not valid for Sign.",
        ),
        (
            "Sign",
            "SIGNER",
            sign("ECDSA_SHA_384"),
            usage,
            "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.",
        ),
        (
            "Sign",
            "SIGNER",
            sign("SM2DSA"),
            usage,
            "Algorithm SM2DSA is incompatible with key spec ECC_NIST_P256.",
        ),
        (
            "Sign",
            "SIGNER",
            sized("ECDSA_SHA_256", "DIGEST", 31),
            validation,
            "Digest is invalid length for algorithm ECDSA_SHA_256.",
        ),
        (
            "Sign",
            "SIGNER",
            sized("ECDSA_SHA_256", "EXTERNAL_MU", 64),
            validation,
            "MessageType EXTERNAL_MU is not valid for algorithm ECDSA_SHA_256.",
        ),
        (
            "Sign",
            "ED",
            sized("ED25519_SHA_512", "DIGEST", 64),
            validation,
            "MessageType DIGEST is not valid for algorithm ED25519_SHA_512.",
        ),
        (
            "Sign",
            "ED",
            sized("ED25519_PH_SHA_512", "RAW", 64),
            validation,
            "MessageType RAW is not valid for algorithm ED25519_PH_SHA_512.",
        ),
        (
            "Sign",
            "ED",
            sized("ED25519_PH_SHA_512", "DIGEST", 63),
            validation,
            "Digest is invalid length for algorithm ED25519_PH_SHA_512.",
        ),
        (
            "Sign",
            "MLDSA",
            sized("ML_DSA_SHAKE_256", "EXTERNAL_MU", 63),
            validation,
            "Digest is invalid length for algorithm ML_DSA_SHAKE_256.",
        ),
        (
            "Verify",
            "SIGNER",
            merged(
                sized("ECDSA_SHA_256", "DIGEST", 33),
                &json!({"Signature": "eA=="}),
            ),
            validation,
            "Digest is invalid length for algorithm ECDSA_SHA_256.",
        ),
        (
            "Verify",
            "SIGNER",
            merged(sign("ECDSA_SHA_256"), &json!({"Signature": "eA=="})),
            "KMSInvalidSignatureException",
            BARE,
        ),
        (
            "Verify",
            "HMAC",
            merged(sign("ECDSA_SHA_256"), &json!({"Signature": "eA=="})),
            usage,
            "ARN key usage is GENERATE_VERIFY_MAC which is not valid for Verify.",
        ),
        (
            "GenerateMac",
            "HMAC",
            json!({"Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"}),
            usage,
            "Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.",
        ),
        (
            "GenerateMac",
            "SIGNER",
            json!({"Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"}),
            usage,
            "ARN key usage is SIGN_VERIFY which is not valid for GenerateMac.",
        ),
        (
            "VerifyMac",
            "HMAC",
            json!({"Message": "eA==", "MacAlgorithm": "HMAC_SHA_224", "Mac": "eA=="}),
            "KMSInvalidMacException",
            BARE,
        ),
        (
            "DeriveSharedSecret",
            "SIGNER",
            ecdh(b"x"),
            usage,
            "ARN key usage is SIGN_VERIFY which is not valid for DeriveSharedSecret.",
        ),
        ("DeriveSharedSecret", "AGREE", ecdh(b"x"), validation, BARE),
        (
            "DeriveSharedSecret",
            "AGREE",
            merged(ecdh(b"x"), &json!({"Recipient": {}})),
            "UnsupportedOperationException",
            "Recipient (attestation documents) is not supported by this service.",
        ),
        (
            "Encapsulate",
            "SIGNER",
            json!({"EncapsulationAlgorithm": "ML_KEM"}),
            usage,
            "ARN key usage is SIGN_VERIFY which is not valid for Encapsulate.",
        ),
        (
            "Decapsulate",
            "AGREE",
            json!({"EncapsulationAlgorithm": "ML_KEM",
            "SharedSecretCiphertextBlob": "eA=="}),
            usage,
            "ARN key usage is KEY_AGREEMENT which is not valid for Decapsulate.",
        ),
        (
            "EnableKeyRotation",
            "RSA",
            json!({}),
            "UnsupportedOperationException",
            BARE,
        ),
    ]
}

#[test]
fn refusals_in_awss_words() {
    let mut i = Installation::new();
    let keys = named_keys(&mut i);
    for (operation, word, more, code, text) in refusals() {
        let arn = keys.iter().find(|(name, _)| *name == word);
        let document = match arn {
            Some((_, arn)) => merged(json!({"KeyId": arn}), &more),
            None => more,
        };
        let text = text.replace("ARN", arn.map_or("", |(_, arn)| arn));
        assert_eq!(
            refused(&mut i, operation, document.clone()),
            (code.to_owned(), text),
            "{operation} {document}"
        );
    }
}

/// A dry run of what would succeed says so; bad grant tokens are refused; a success is a use, a dry
/// run is none; what others must not know stands in no record.
#[test]
fn dry_runs_tokens_uses_and_records() {
    let mut i = Installation::new();
    let keys = named_keys(&mut i);
    for (operation, word, request) in good_requests(&mut i, &keys) {
        let arn = &keys.iter().find(|(name, _)| *name == word).unwrap().1;
        i.now = i.now.plus_seconds(1);
        let dry = merged(request.clone(), &json!({"DryRun": true}));
        assert_eq!(
            refused(&mut i, operation, dry),
            (
                "DryRunOperationException".to_owned(),
                "The request would have succeeded, but the DryRun option is set.".to_owned()
            ),
            "{operation}"
        );
        let last_use = |i: &mut Installation| {
            kms(i, "GetKeyLastUsage", json!({"KeyId": arn}))["KeyLastUsage"].take()
        };
        let before = last_use(&mut i);
        assert_ne!(before["Timestamp"], json!(i.now.seconds()), "{operation}");
        let token = merged(request.clone(), &json!({"GrantTokens": ["eA=="]}));
        let (code, _) = refused(&mut i, operation, token);
        assert_eq!(code, "InvalidGrantTokenException", "{operation}");
        kms(&mut i, operation, request.clone());
        let used = last_use(&mut i);
        assert_eq!(used["Operation"], operation);
        check_record(&i, operation, arn, &request);
    }
}

fn check_record(i: &Installation, operation: &str, arn: &str, request: &Value) {
    let record = i.records_of(operation).last().copied().unwrap();
    assert!(record.read_only, "{operation}");
    assert_eq!(record.resources[0].arn, arn);
    assert_eq!(shown(record.response_elements.as_ref()), Value::Null);
    let mut wanted = json!({"keyId": arn});
    for (sent, shown) in [
        ("SigningAlgorithm", "signingAlgorithm"),
        ("MacAlgorithm", "macAlgorithm"),
        ("KeyAgreementAlgorithm", "keyAgreementAlgorithm"),
        ("EncapsulationAlgorithm", "encapsulationAlgorithm"),
        ("EncryptionAlgorithm", "encryptionAlgorithm"),
        ("KeyPairSpec", "keyPairSpec"),
    ] {
        if let Some(value) = request.get(sent) {
            wanted[shown] = value.clone();
        }
    }
    if ["Sign", "Verify"].contains(&operation) {
        wanted["messageType"] = json!("RAW");
    }
    assert_eq!(
        shown(record.request_parameters.as_ref()),
        wanted,
        "{operation}"
    );
    let additional = shown(record.additional_event_data.as_ref());
    let symmetric = operation.starts_with("GenerateDataKeyPair");
    assert_eq!(
        additional.get("keyMaterialId").is_some(),
        symmetric,
        "{operation}"
    );
}

/// Condition keys of these operations, each tried with a value that fits and one that does not.
#[test]
fn condition_keys() {
    let equals = |key: &str, value: &str| json!({"StringEquals": {key: value}});
    for (operation, key, fits, other) in [
        (
            "Sign",
            "kms:SigningAlgorithm",
            "ECDSA_SHA_256",
            "ECDSA_SHA_384",
        ),
        ("Sign", "kms:MessageType", "RAW", "DIGEST"),
        (
            "Verify",
            "kms:SigningAlgorithm",
            "ECDSA_SHA_256",
            "ECDSA_SHA_384",
        ),
        ("Verify", "kms:MessageType", "RAW", "DIGEST"),
        (
            "GenerateMac",
            "kms:MacAlgorithm",
            "HMAC_SHA_224",
            "HMAC_SHA_256",
        ),
        (
            "VerifyMac",
            "kms:MacAlgorithm",
            "HMAC_SHA_224",
            "HMAC_SHA_256",
        ),
        (
            "DeriveSharedSecret",
            "kms:KeyAgreementAlgorithm",
            "ECDH",
            "X25519",
        ),
        (
            "GenerateDataKeyPair",
            "kms:DataKeyPairSpec",
            "ECC_NIST_P256",
            "RSA_2048",
        ),
        (
            "GenerateDataKeyPair",
            "kms:EncryptionAlgorithm",
            "SYMMETRIC_DEFAULT",
            "RSAES_OAEP_SHA_1",
        ),
        (
            "GenerateDataKeyPairWithoutPlaintext",
            "kms:DataKeyPairSpec",
            "ECC_NIST_P256",
            "RSA_2048",
        ),
        (
            "Encrypt",
            "kms:EncryptionAlgorithm",
            "RSAES_OAEP_SHA_256",
            "SYMMETRIC_DEFAULT",
        ),
        (
            "Decrypt",
            "kms:EncryptionAlgorithm",
            "RSAES_OAEP_SHA_256",
            "SYMMETRIC_DEFAULT",
        ),
        ("Sign", "kms:KeySpec", "ECC_NIST_P256", "SYMMETRIC_DEFAULT"),
        ("Sign", "kms:KeyUsage", "SIGN_VERIFY", "ENCRYPT_DECRYPT"),
        ("Encapsulate", "kms:KeySpec", "ML_KEM_512", "ML_KEM_768"),
        (
            "Decapsulate",
            "kms:KeyUsage",
            "ENCAPSULATE_DECAPSULATE",
            "SIGN_VERIFY",
        ),
        (
            "DeriveSharedSecret",
            "kms:CallerAccount",
            "111122223333",
            "999900001111",
        ),
    ] {
        let mut s = Scene::new();
        let keys = named_keys(&mut s.i);
        let requests = good_requests(&mut s.i, &keys);
        let (_, _, request) = requests
            .iter()
            .find(|(name, ..)| *name == operation)
            .unwrap();
        for (value, allowed) in [(fits, true), (other, false)] {
            s.allow(
                json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*",
                "Condition": equals(key, value)}]),
            );
            let alice = s.alice.clone();
            let found = s.call(&alice, operation, request.clone());
            let code = found.err().map(|(code, _)| code);
            let expected = (!allowed).then(|| "AccessDeniedException".to_owned());
            assert_eq!(code, expected, "{operation} {key} {value}");
        }
        // A request by an alias fits a condition on aliases, one by the ARN does not.
        let alias = "alias/named";
        s.admin(
            "CreateAlias",
            json!({"AliasName": alias, "TargetKeyId": request["KeyId"]}),
        )
        .unwrap();
        s.allow(
            json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*",
            "Condition": equals("kms:RequestAlias", alias)}]),
        );
        let alice = s.alice.clone();
        assert!(s.call(&alice, operation, request.clone()).is_err());
        let by_alias = merged(request.clone(), &json!({"KeyId": alias}));
        s.call(&alice, operation, by_alias).unwrap();
    }
}

/// Every operation is allowed by a grant of itself and not by one of its neighbour; a grant of what
/// the key cannot do is refused.
#[test]
fn grants_by_operation() {
    let mut s = Scene::new();
    let keys = named_keys(&mut s.i);
    let requests = good_requests(&mut s.i, &keys);
    for (operation, word, request) in &requests {
        let arn = &keys.iter().find(|(name, _)| name == word).unwrap().1;
        let alice = s.alice.clone();
        let grant = |operations: Value| {
            json!({"KeyId": arn, "GranteePrincipal": ALICE,
            "Operations": operations})
        };
        let other = s
            .admin("CreateGrant", grant(json!(["DescribeKey"])))
            .unwrap();
        let (code, _) = s.call(&alice, operation, request.clone()).unwrap_err();
        assert_eq!(code, "AccessDeniedException", "{operation}");
        let made = s.admin("CreateGrant", grant(json!([operation]))).unwrap();
        s.call(&alice, operation, request.clone()).unwrap();
        for grant in [other, made] {
            s.admin(
                "RevokeGrant",
                json!({"KeyId": arn, "GrantId": grant["GrantId"]}),
            )
            .unwrap();
        }
    }
    check_grants_that_do_not_fit(&mut s, &keys);
}

fn check_grants_that_do_not_fit(s: &mut Scene, keys: &[(&'static str, String)]) {
    let by_key = [
        (
            "RSA",
            vec![
                "Encrypt",
                "Decrypt",
                "ReEncryptFrom",
                "ReEncryptTo",
                "GetPublicKey",
            ],
        ),
        ("SIGNER", vec!["Sign", "Verify", "GetPublicKey"]),
        ("HMAC", vec!["GenerateMac", "VerifyMac"]),
        ("AGREE", vec!["DeriveSharedSecret", "GetPublicKey"]),
        ("KEM", vec!["Encapsulate", "Decapsulate", "GetPublicKey"]),
        (
            "SYM",
            vec![
                "Encrypt",
                "Decrypt",
                "ReEncryptFrom",
                "ReEncryptTo",
                "GenerateDataKey",
                "GenerateDataKeyWithoutPlaintext",
                "GenerateDataKeyPair",
                "GenerateDataKeyPairWithoutPlaintext",
            ],
        ),
    ];
    let all: Vec<&str> = by_key
        .iter()
        .flat_map(|(_, can)| can.iter().copied())
        .collect();
    for (word, can) in &by_key {
        let arn = &keys.iter().find(|(name, _)| name == word).unwrap().1;
        for operation in &all {
            let input = json!({"KeyId": arn, "GranteePrincipal": ADMIN, "Operations": [operation]});
            let found = s.admin("CreateGrant", input).map(|_| ());
            match (can.contains(operation), found) {
                (true, found) => found.unwrap(),
                (false, found) => {
                    let (code, message) = found.unwrap_err();
                    assert_eq!(code, "ValidationException");
                    let start = format!("Grant operation {operation} is not valid for a key with");
                    assert!(message.starts_with(&start), "{message}");
                }
            }
        }
        let constrained = json!({"KeyId": arn, "GranteePrincipal": ADMIN,
            "Operations": ["DescribeKey"],
            "Constraints": {"EncryptionContextEquals": {"a": "b"}}});
        assert_eq!(s.admin("CreateGrant", constrained).is_ok(), *word == "SYM");
    }
}

/// Whoever may not create a key, or asks for one that is refused, makes nobody work.
#[test]
fn an_rsa_key_is_made_for_those_who_get_it_and_once() {
    let mut s = Scene::new();
    let alice = s.alice.clone();
    let rsa = json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"});
    assert!(s.call(&alice, "CreateKey", rsa.clone()).is_err());
    for more in [
        json!({"Policy": "{}"}),
        json!({"Tags": [{"TagKey": "aws:a", "TagValue": ""}]}),
        json!({"Origin": "EXTERNAL"}),
    ] {
        // The last one succeeds: its material comes from outside.
        let _ = s.admin("CreateKey", merged(rsa.clone(), &more));
    }
    let key = s.key.clone();
    let pair = json!({"KeyId": key, "KeyPairSpec": "RSA_2048"});
    assert!(s.call(&alice, "GenerateDataKeyPair", pair.clone()).is_err());
    let dry = merged(pair.clone(), &json!({"DryRun": true}));
    assert!(s.admin("GenerateDataKeyPair", dry).is_err());
    assert_eq!(s.i.rsa_keys.count, 0);
    s.admin("CreateKey", rsa).unwrap();
    s.admin("GenerateDataKeyPair", pair).unwrap();
    assert_eq!(s.i.rsa_keys.count, 2);
}
