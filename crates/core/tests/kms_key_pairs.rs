//! Keys of every spec but the symmetric one: what their operations answer. What they refuse and
//! record is another file's; the cryptography itself is compared with others in `claviger-crypto` and in `tests/python`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[allow(dead_code, reason = "another test uses the rest")]
mod key_pairs;

use claviger_core::state::{Key, KeyPlace, Material};
use claviger_crypto::{KeySpec, KeyUsage};
use claviger_testkit::installation::Installation;
use key_pairs::{BARE, base64, bytes, key, kms, merged, refused};
use serde_json::{Value, json};

/// The algorithms of a spec and usage, by the member that lists them.
fn algorithms(spec: KeySpec, usage: KeyUsage) -> (&'static str, Vec<&'static str>) {
    match usage {
        KeyUsage::EncryptDecrypt => (
            "EncryptionAlgorithms",
            spec.encryption_algorithms()
                .iter()
                .map(|a| a.as_str())
                .collect(),
        ),
        KeyUsage::SignVerify => (
            "SigningAlgorithms",
            spec.signing_algorithms()
                .iter()
                .map(|a| a.as_str())
                .collect(),
        ),
        KeyUsage::GenerateVerifyMac => (
            "MacAlgorithms",
            spec.mac_algorithms().iter().map(|a| a.as_str()).collect(),
        ),
        KeyUsage::KeyAgreement => (
            "KeyAgreementAlgorithms",
            spec.key_agreement_algorithms()
                .iter()
                .map(|a| a.as_str())
                .collect(),
        ),
        KeyUsage::EncapsulateDecapsulate => (
            "EncapsulationAlgorithms",
            spec.encapsulation_algorithms()
                .iter()
                .map(|a| a.as_str())
                .collect(),
        ),
    }
}

/// One key of each spec and usage. RSA keys of more than one usage are made once for each.
fn kinds() -> Vec<(KeySpec, KeyUsage)> {
    let all = KeySpec::ALL.iter().copied();
    all.flat_map(|spec| spec.usages().iter().map(move |usage| (spec, *usage)))
        .filter(|(spec, usage)| {
            // The longer RSA keys take seconds when they are really made.
            *usage == KeyUsage::EncryptDecrypt || spec.modulus_len().is_none_or(|n| n == 256)
        })
        .collect()
}

#[test]
fn a_key_of_every_spec_and_usage() {
    let mut i = Installation::new();
    for (spec, usage) in kinds() {
        let arn = key(&mut i, spec.as_str(), usage.as_str());
        let made = kms(&mut i, "DescribeKey", json!({"KeyId": arn}))["KeyMetadata"].take();
        let (member, names) = algorithms(spec, usage);
        let what = format!("{spec} {usage}");
        assert_eq!(made["KeySpec"], spec.as_str(), "{what}");
        assert_eq!(made["KeyUsage"], usage.as_str(), "{what}");
        assert_eq!(made["KeyState"], "Enabled", "{what}");
        assert_eq!(made[member], json!(names), "{what}");
        let symmetric = spec == KeySpec::SymmetricDefault;
        let told = made
            .get("CurrentKeyMaterialId")
            .is_some_and(Value::is_string);
        assert_eq!(told, symmetric, "{what}");
        check_public_key(&mut i, &arn, spec, usage);
    }
}

fn check_public_key(i: &mut Installation, arn: &str, spec: KeySpec, usage: KeyUsage) {
    if spec == KeySpec::SymmetricDefault || spec.hmac_len().is_some() {
        let (code, message) = refused(i, "GetPublicKey", json!({"KeyId": arn}));
        assert_eq!(code, "UnsupportedOperationException");
        assert_eq!(
            message,
            format!("{arn} key spec is {spec} which is not valid for GetPublicKey.")
        );
        return;
    }
    let (member, names) = algorithms(spec, usage);
    let found = kms(i, "GetPublicKey", json!({"KeyId": arn}));
    let mut wanted = json!({
        "KeyId": arn, "PublicKey": found["PublicKey"], "CustomerMasterKeySpec": spec.as_str(),
        "KeySpec": spec.as_str(), "KeyUsage": usage.as_str(),
    });
    wanted[member] = json!(names);
    assert_eq!(found, wanted);
    // What is stored beside the sealed half is what the private half makes of itself.
    let place = KeyPlace::of(&arn.parse().unwrap());
    let key = i.snapshot.get::<Key>(&place).unwrap();
    let id = (key.place(), key.current_material().unwrap().clone());
    let material = i.snapshot.get::<Material>(&id).unwrap();
    let stored = material.public_key.as_ref().unwrap();
    assert_eq!(bytes(&found["PublicKey"]), stored.0);
}

/// What was made here is accepted here; what was altered is not, in AWS's way.
#[test]
fn signatures_of_every_algorithm() {
    let mut i = Installation::new();
    for (spec, usage) in kinds() {
        if usage != KeyUsage::SignVerify {
            continue;
        }
        let arn = key(&mut i, spec.as_str(), usage.as_str());
        for algorithm in spec.signing_algorithms() {
            for (kind, length) in [
                ("RAW", 4096),
                ("DIGEST", 32),
                ("DIGEST", 48),
                ("DIGEST", 64),
                ("EXTERNAL_MU", 64),
            ] {
                let message = vec![7_u8; length];
                let input = json!({"KeyId": arn, "SigningAlgorithm": algorithm.as_str(),
                    "MessageType": kind, "Message": base64(&message)});
                let admin = i.admin.clone();
                let Ok(signed) = i.call(&admin, "kms", "Sign", input.clone()) else {
                    // Which go together is shown in claviger-crypto, the texts below.
                    continue;
                };
                assert_eq!(signed["KeyId"], json!(arn));
                assert_eq!(signed["SigningAlgorithm"], algorithm.as_str());
                let verify = merged(input, &json!({"Signature": signed["Signature"]}));
                assert_eq!(
                    kms(&mut i, "Verify", verify.clone()),
                    json!({"KeyId": arn, "SignatureValid": true,
                        "SigningAlgorithm": algorithm.as_str()})
                );
                let mut wrong = bytes(&signed["Signature"]);
                wrong[9] ^= 1;
                let wrong = merged(verify, &json!({"Signature": base64(&wrong)}));
                assert_eq!(
                    refused(&mut i, "Verify", wrong),
                    ("KMSInvalidSignatureException".to_owned(), BARE.to_owned()),
                    "{spec} {algorithm} {kind}"
                );
            }
        }
    }
}

/// A message and its digest are the same message to Verify; RAW is the default.
#[test]
fn a_digest_and_its_message_are_the_same() {
    let mut i = Installation::new();
    let arn = key(&mut i, "ECC_NIST_P256", "SIGN_VERIFY");
    let digest = claviger_crypto::sha256(b"message");
    let base = json!({"KeyId": arn, "SigningAlgorithm": "ECDSA_SHA_256"});
    let raw = merged(base.clone(), &json!({"Message": base64(b"message")}));
    let hashed = merged(
        base,
        &json!({"Message": base64(&digest), "MessageType": "DIGEST"}),
    );
    for (one, other) in [(&raw, &hashed), (&hashed, &raw)] {
        let signature = kms(&mut i, "Sign", one.clone())["Signature"].take();
        let verify = merged(other.clone(), &json!({"Signature": signature}));
        assert_eq!(kms(&mut i, "Verify", verify)["SignatureValid"], true);
    }
}

#[test]
fn macs_secrets_and_pairs() {
    let mut i = Installation::new();
    for bits in [224, 256, 384, 512] {
        let arn = key(&mut i, &format!("HMAC_{bits}"), "GENERATE_VERIFY_MAC");
        let input = json!({"KeyId": arn, "Message": "eA==",
            "MacAlgorithm": format!("HMAC_SHA_{bits}")});
        let made = kms(&mut i, "GenerateMac", input.clone());
        assert_eq!(made["KeyId"], json!(arn));
        assert_eq!(bytes(&made["Mac"]).len(), bits / 8);
        let verify = merged(input, &json!({"Mac": made["Mac"]}));
        let mut wrong = verify.clone();
        assert_eq!(
            kms(&mut i, "VerifyMac", verify),
            json!({"KeyId": arn, "MacValid": true, "MacAlgorithm": format!("HMAC_SHA_{bits}")})
        );
        wrong["Message"] = json!("eQ==");
        assert_eq!(
            refused(&mut i, "VerifyMac", wrong),
            ("KMSInvalidMacException".to_owned(), BARE.to_owned())
        );
    }
    for spec in ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"] {
        let (one, other) = (
            key(&mut i, spec, "KEY_AGREEMENT"),
            key(&mut i, spec, "KEY_AGREEMENT"),
        );
        let mut derive = |own: &str, peer: &str| {
            let peer = kms(&mut i, "GetPublicKey", json!({"KeyId": peer}))["PublicKey"].take();
            let input = json!({"KeyId": own, "KeyAgreementAlgorithm": "ECDH", "PublicKey": peer});
            kms(&mut i, "DeriveSharedSecret", input)
        };
        let found = derive(&one, &other);
        assert_eq!(found["SharedSecret"], derive(&other, &one)["SharedSecret"]);
        assert_eq!(
            found,
            json!({"KeyId": one, "SharedSecret": found["SharedSecret"],
                "KeyAgreementAlgorithm": "ECDH", "KeyOrigin": "AWS_KMS"})
        );
    }
    for (spec, length) in [
        ("ML_KEM_512", 768),
        ("ML_KEM_768", 1088),
        ("ML_KEM_1024", 1568),
    ] {
        let arn = key(&mut i, spec, "ENCAPSULATE_DECAPSULATE");
        let base = json!({"KeyId": arn, "EncapsulationAlgorithm": "ML_KEM"});
        let made = kms(&mut i, "Encapsulate", base.clone());
        let blob = &made["SharedSecretCiphertextBlob"];
        assert_eq!(bytes(blob).len(), length);
        assert_eq!(bytes(&made["SharedSecret"]).len(), 32);
        let open = merged(base.clone(), &json!({"SharedSecretCiphertextBlob": blob}));
        assert_eq!(
            kms(&mut i, "Decapsulate", open),
            json!({"KeyId": arn, "SharedSecret": made["SharedSecret"],
                "EncapsulationAlgorithm": "ML_KEM"})
        );
        let short = merged(
            base,
            &json!({"SharedSecretCiphertextBlob": base64(&bytes(blob)[1..])}),
        );
        assert_eq!(
            refused(&mut i, "Decapsulate", short),
            ("InvalidCiphertextException".to_owned(), BARE.to_owned())
        );
    }
}

#[test]
fn data_key_pairs_of_every_spec() {
    let mut i = Installation::new();
    let arn = key(&mut i, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    let material =
        kms(&mut i, "DescribeKey", json!({"KeyId": arn}))["KeyMetadata"]["CurrentKeyMaterialId"]
            .take();
    let specs = KeySpec::ALL.iter().filter(|spec| spec.is_data_key_pair());
    for spec in specs {
        let context = json!({"purpose": "test"});
        let input = json!({"KeyId": arn, "KeyPairSpec": spec.as_str(),
            "EncryptionContext": context});
        let made = kms(&mut i, "GenerateDataKeyPair", input.clone());
        assert_eq!(made["KeyId"], json!(arn));
        assert_eq!(made["KeyPairSpec"], spec.as_str());
        assert_eq!(made["KeyMaterialId"], material);
        let open = json!({"CiphertextBlob": made["PrivateKeyCiphertextBlob"],
            "EncryptionContext": context});
        let opened = kms(&mut i, "Decrypt", open);
        assert_eq!(opened["Plaintext"], made["PrivateKeyPlaintext"], "{spec}");
        if spec.modulus_len().is_some_and(|n| n > 256) {
            continue;
        }
        let without = kms(&mut i, "GenerateDataKeyPairWithoutPlaintext", input);
        assert_eq!(without.get("PrivateKeyPlaintext"), None);
        assert_ne!(without["PublicKey"], made["PublicKey"], "{spec}");
    }
}

#[test]
fn rsa_encrypts_and_moves_between_kinds_of_keys() {
    let mut i = Installation::new();
    let rsa = key(&mut i, "RSA_2048", "ENCRYPT_DECRYPT");
    let symmetric = key(&mut i, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    for algorithm in ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] {
        let blob = kms(
            &mut i,
            "Encrypt",
            json!({"KeyId": rsa, "Plaintext": "eA==", "EncryptionAlgorithm": algorithm}),
        );
        assert_eq!(
            blob,
            json!({"CiphertextBlob": blob["CiphertextBlob"], "KeyId": rsa,
                "EncryptionAlgorithm": algorithm})
        );
        let blob = &blob["CiphertextBlob"];
        assert_eq!(bytes(blob).len(), 256);
        assert_eq!(
            kms(
                &mut i,
                "Decrypt",
                json!({"KeyId": rsa, "CiphertextBlob": blob, "EncryptionAlgorithm": algorithm}),
            ),
            json!({"KeyId": rsa, "Plaintext": "eA==", "EncryptionAlgorithm": algorithm})
        );
        // To a symmetric key, and back.
        let there = kms(
            &mut i,
            "ReEncrypt",
            json!({"CiphertextBlob": blob, "SourceKeyId": rsa, "SourceEncryptionAlgorithm": algorithm,
                "DestinationKeyId": symmetric, "DestinationEncryptionContext": {"a": "b"}}),
        );
        assert_eq!(there.get("SourceKeyMaterialId"), None);
        assert!(there["DestinationKeyMaterialId"].is_string());
        let back = kms(
            &mut i,
            "ReEncrypt",
            json!({"CiphertextBlob": there["CiphertextBlob"], "SourceEncryptionContext": {"a": "b"},
                "DestinationKeyId": rsa, "DestinationEncryptionAlgorithm": algorithm}),
        );
        assert!(back["SourceKeyMaterialId"].is_string());
        assert_eq!(back.get("DestinationKeyMaterialId"), None);
        assert_eq!(back["DestinationEncryptionAlgorithm"], algorithm);
        let opened = kms(
            &mut i,
            "Decrypt",
            json!({"KeyId": rsa, "CiphertextBlob": back["CiphertextBlob"],
                "EncryptionAlgorithm": algorithm}),
        );
        assert_eq!(opened["Plaintext"], "eA==");
    }
}

/// A curve other than the key's is refused like a malformed key.
#[test]
fn a_peer_on_another_curve() {
    let mut i = Installation::new();
    let own = key(&mut i, "ECC_NIST_P256", "KEY_AGREEMENT");
    for (spec, usage) in [
        ("ECC_NIST_P384", "KEY_AGREEMENT"),
        ("ECC_SECG_P256K1", "SIGN_VERIFY"),
        ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY"),
        ("RSA_2048", "SIGN_VERIFY"),
    ] {
        let other = key(&mut i, spec, usage);
        let peer = kms(&mut i, "GetPublicKey", json!({"KeyId": other}))["PublicKey"].take();
        let input = json!({"KeyId": own, "KeyAgreementAlgorithm": "ECDH", "PublicKey": peer});
        assert_eq!(
            refused(&mut i, "DeriveSharedSecret", input),
            ("ValidationException".to_owned(), BARE.to_owned()),
            "{spec}"
        );
    }
}

/// A key without material yet: nothing works, and there is no public half.
#[test]
fn a_key_that_waits_for_its_material() {
    let mut i = Installation::new();
    let made = kms(
        &mut i,
        "CreateKey",
        json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY", "Origin": "EXTERNAL"}),
    );
    let arn = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    assert_eq!(made["KeyMetadata"]["KeyState"], "PendingImport");
    for (operation, more) in [
        (
            "Sign",
            json!({"Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256"}),
        ),
        ("GetPublicKey", json!({})),
    ] {
        assert_eq!(
            refused(&mut i, operation, merged(json!({"KeyId": arn}), &more)),
            (
                "KMSInvalidStateException".to_owned(),
                format!("{arn} is pending import.")
            )
        );
    }
}
