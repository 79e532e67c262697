//! Private keys that stay open for a while: which, for how long, and that nothing is decided by it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[allow(dead_code, reason = "another test uses the rest")]
mod key_pairs;

use claviger_core::open_keys::OpenKeys;
use claviger_testkit::installation::Installation;
use key_pairs::{base64, key, kms, refused};
use serde_json::{Value, json};

/// A signature with a key, of a message.
fn sign(i: &mut Installation, key: &str, algorithm: &str) -> Value {
    let request = json!({
        "KeyId": key, "Message": base64(b"message"), "SigningAlgorithm": algorithm,
    });
    kms(i, "Sign", request)["Signature"].clone()
}

fn forget(i: &Installation) -> usize {
    i.open_keys.forget(&i.snapshot, i.now);
    i.open_keys.count()
}

const P256: (&str, &str) = ("ECC_NIST_P256", "ECDSA_SHA_256");

#[test]
fn specs_that_are_parsed_are_kept_and_no_others() {
    for (spec, algorithm, kept) in [
        ("RSA_2048", "RSASSA_PSS_SHA_256", 1),
        ("ECC_NIST_P256", "ECDSA_SHA_256", 1),
        ("ECC_NIST_P384", "ECDSA_SHA_384", 1),
        ("ECC_NIST_P521", "ECDSA_SHA_512", 1),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256", 1),
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", 0),
        ("ML_DSA_44", "ML_DSA_SHAKE_256", 0),
    ] {
        let mut i = Installation::new();
        let key = key(&mut i, spec, "SIGN_VERIFY");
        for _ in 0..2 {
            let signature = sign(&mut i, &key, algorithm);
            let request = json!({
                "KeyId": key, "Message": base64(b"message"), "SigningAlgorithm": algorithm,
                "Signature": signature,
            });
            let valid = &kms(&mut i, "Verify", request)["SignatureValid"];
            assert_eq!(valid, true, "{spec}");
        }
        assert_eq!(i.open_keys.count(), kept, "{spec}");
    }
}

#[test]
fn secrets_that_are_not_parsed_are_not_kept() {
    let mut i = Installation::new();
    let symmetric = key(&mut i, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    let request = json!({"KeyId": symmetric, "Plaintext": base64(b"x")});
    kms(&mut i, "Encrypt", request);
    let hmac = key(&mut i, "HMAC_256", "GENERATE_VERIFY_MAC");
    let request = json!({
        "KeyId": hmac, "Message": base64(b"x"), "MacAlgorithm": "HMAC_SHA_256",
    });
    kms(&mut i, "GenerateMac", request);
    assert_eq!(i.open_keys.count(), 0);
}

#[test]
fn a_key_that_nobody_uses_is_wiped_after_five_minutes() {
    let mut i = Installation::new();
    let key = key(&mut i, P256.0, "SIGN_VERIFY");
    sign(&mut i, &key, P256.1);
    i.advance_seconds(200);
    sign(&mut i, &key, P256.1);
    i.advance_seconds(300);
    assert_eq!(forget(&i), 1);
    i.advance_seconds(1);
    assert_eq!(forget(&i), 0);
    sign(&mut i, &key, P256.1);
    assert_eq!(forget(&i), 1);
}

#[test]
fn a_key_that_is_open_can_be_used_no_more_than_others() {
    let mut i = Installation::new();
    let key = key(&mut i, P256.0, "SIGN_VERIFY");
    sign(&mut i, &key, P256.1);
    kms(&mut i, "DisableKey", json!({"KeyId": key}));
    let request = json!({
        "KeyId": key, "Message": base64(b"message"), "SigningAlgorithm": P256.1,
    });
    let (code, _) = refused(&mut i, "Sign", request.clone());
    assert_eq!(code, "DisabledException");
    let request_deletion = json!({"KeyId": key, "PendingWindowInDays": 7});
    kms(&mut i, "ScheduleKeyDeletion", request_deletion);
    let (code, _) = refused(&mut i, "Sign", request.clone());
    assert_eq!(code, "KMSInvalidStateException");
    i.advance_days(7);
    let (code, _) = refused(&mut i, "Sign", request);
    assert_eq!(code, "NotFoundException");
}

#[test]
fn a_key_whose_material_is_gone_is_wiped_at_once() {
    let mut i = Installation::new();
    let key = key(&mut i, P256.0, "SIGN_VERIFY");
    sign(&mut i, &key, P256.1);
    let request = json!({"KeyId": key, "PendingWindowInDays": 7});
    kms(&mut i, "ScheduleKeyDeletion", request);
    i.advance_days(6);
    // Time that was moved is idle time as well.
    assert_eq!(forget(&i), 0);
    kms(&mut i, "CancelKeyDeletion", json!({"KeyId": key}));
    kms(&mut i, "EnableKey", json!({"KeyId": key}));
    let request = json!({"KeyId": key, "PendingWindowInDays": 7});
    kms(&mut i, "ScheduleKeyDeletion", request);
    i.advance_seconds(7 * 86_400 - 60);
    kms(&mut i, "CancelKeyDeletion", json!({"KeyId": key}));
    kms(&mut i, "EnableKey", json!({"KeyId": key}));
    sign(&mut i, &key, P256.1);
    assert_eq!(forget(&i), 1);
    let other = Installation::new();
    i.open_keys.forget(&other.snapshot, i.now);
    assert_eq!(i.open_keys.count(), 0, "no row of the other state");
}

#[test]
fn the_key_that_was_used_longest_ago_makes_room() {
    let mut i = Installation::new();
    let keys: Vec<String> = (0..257)
        .map(|_| key(&mut i, P256.0, "SIGN_VERIFY"))
        .collect();
    for key in &keys {
        sign(&mut i, key, P256.1);
        i.advance_seconds(1);
    }
    assert_eq!(i.open_keys.count(), 256);
    assert_eq!(format!("{:?}", i.open_keys), "OpenKeys(256)");
    // The second key was used 256 seconds ago, the last one a second ago.
    i.advance_seconds(300 - 256);
    assert_eq!(forget(&i), 256, "the first is the one that left");
    i.advance_seconds(1);
    assert_eq!(forget(&i), 255);
}

#[test]
fn a_default_holds_nothing() {
    assert_eq!(OpenKeys::default().count(), 0);
}
