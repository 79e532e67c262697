//! Rotation beyond the single call: which keys have it, and ten years of it with imported material
//! and by schedule.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod importing;

use importing::{Importing, OAEP, code, shown};
use serde_json::{Value, json};

const BARE: &str = "";

/// What the rotation operations say of keys that do not rotate, or not so.
#[test]
fn which_keys_rotate() {
    let unsupported = "UnsupportedOperationException";
    let external = "origin is EXTERNAL which is not valid for this operation.";
    let nothing = "No available key material pending rotation for the key: ARN.";
    let listed = ("ok", "");
    for (spec, usage, imported, operation, (wanted, text)) in [
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            true,
            "EnableKeyRotation",
            (unsupported, external),
        ),
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            true,
            "DisableKeyRotation",
            (unsupported, external),
        ),
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            true,
            "GetKeyRotationStatus",
            (unsupported, external),
        ),
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            true,
            "ListKeyRotations",
            listed,
        ),
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            true,
            "RotateKeyOnDemand",
            ("KMSInvalidStateException", nothing),
        ),
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            false,
            "GetKeyRotationStatus",
            (unsupported, external),
        ),
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            false,
            "ListKeyRotations",
            listed,
        ),
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            false,
            "RotateKeyOnDemand",
            ("KMSInvalidStateException", "ARN is pending import."),
        ),
        (
            "HMAC_256",
            "GENERATE_VERIFY_MAC",
            true,
            "EnableKeyRotation",
            (unsupported, external),
        ),
        (
            "HMAC_256",
            "GENERATE_VERIFY_MAC",
            true,
            "ListKeyRotations",
            (unsupported, BARE),
        ),
        (
            "HMAC_256",
            "GENERATE_VERIFY_MAC",
            true,
            "RotateKeyOnDemand",
            (unsupported, BARE),
        ),
        (
            "ECC_NIST_P256",
            "SIGN_VERIFY",
            false,
            "RotateKeyOnDemand",
            (unsupported, BARE),
        ),
    ] {
        let mut s = Importing::new();
        let key = s.key(spec, usage);
        if imported {
            let given = s.parameters(&key, OAEP);
            s.import(&key, &given, &[1; 32], json!({})).unwrap();
        }
        let told = s.call(operation, json!({"KeyId": key}));
        let title = format!("{operation} of {spec}");
        match told {
            Ok(_) => assert_eq!(wanted, "ok", "{title}"),
            Err((code, message)) => {
                assert_eq!(code, wanted, "{title}: {message}");
                let text = match text {
                    "" => String::new(),
                    text if text.starts_with("origin") => format!("{key} {text}"),
                    text => text.replace("ARN", &key),
                };
                assert_eq!(message, text, "{title}");
            }
        }
    }
}

/// 25 rotations on demand for life, imported material like any other.
#[test]
fn imported_material_rotates_25_times() {
    let mut s = Importing::new();
    let (key, given) = s.symmetric();
    s.import(&key, &given, &[0; 32], json!({})).unwrap();
    let mut ids = vec![s.metadata(&key)["CurrentKeyMaterialId"].clone()];
    for number in 1..=26 {
        let more = json!({"ImportType": "NEW_KEY_MATERIAL"});
        let told = s.import(&key, &given, &[number; 32], more).unwrap();
        let told_of_rotation = s.call("RotateKeyOnDemand", json!({"KeyId": key}));
        if number == 26 {
            let (code, text) = told_of_rotation.unwrap_err();
            assert_eq!(code, "LimitExceededException");
            assert!(text.ends_with(&format!("for this key: {key}")), "{text}");
            break;
        }
        assert_eq!(told_of_rotation.unwrap(), json!({"KeyId": key}));
        ids.push(told["KeyMaterialId"].clone());
        let details = shown(s.last("RotateKey").service_event_details.as_ref());
        assert_eq!(
            details,
            json!({"rotationType": "ON_DEMAND", "keyOrigin": "EXTERNAL",
                "previousKeyMaterialId": ids[ids.len() - 2],
                "currentKeyMaterialId": ids[ids.len() - 1],
                "keyId": key.rsplit('/').next().unwrap()})
        );
    }
    assert_eq!(s.i.records_of("RotateKey").len(), 25);
    assert_eq!(s.materials(&key).len(), 27);
}

/// Ten years with a key whose owner imports new material each year, for a year and a bit, and brings
/// back what expires.
#[test]
fn ten_years_of_imported_material() {
    let mut s = Importing::new();
    let (key, mut given) = s.symmetric();
    let mut blobs: Vec<Value> = Vec::new();
    let until = |s: &Importing, days: i64| {
        let date = s.i.now.plus_days(days).seconds();
        json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": date})
    };
    for year in 0..10_u8 {
        // What there is already must be here before a rotation.
        for old in 0..year {
            let more = until(&s, 365);
            s.import(&key, &given, &[old; 32], more).unwrap();
        }
        let mut more = until(&s, 365);
        more["ImportType"] = json!("NEW_KEY_MATERIAL");
        s.import(&key, &given, &[year; 32], more).unwrap();
        if year > 0 {
            s.done("RotateKeyOnDemand", json!({"KeyId": key}));
        }
        blobs.push(s.encrypt(&key));
        s.i.advance_days(364);
        for blob in &blobs {
            s.decrypts(blob).unwrap();
        }
        s.i.advance_days(1);
        assert_eq!(s.state(&key), "PendingImport");
        assert_eq!(code(s.decrypts(&blobs[0])), "KMSInvalidStateException");
        given = s.parameters(&key, OAEP);
    }
    // Each year all that was here expired: 1 + 2 + … + 10.
    assert_eq!(s.i.records_of("DeleteExpiredKeyMaterial").len(), 55);
    assert_eq!(s.i.records_of("RotateKey").len(), 9);
}

/// Ten years by schedule: every ciphertext of every year stays readable, and the list tells the
/// dates.
#[test]
fn ten_years_by_schedule() {
    let mut s = Importing::new();
    let made = s.done("CreateKey", json!({}));
    let key = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let start = s.i.now.seconds();
    s.done("EnableKeyRotation", json!({"KeyId": key}));
    let mut blobs = Vec::new();
    for _ in 0..10 {
        blobs.push(s.encrypt(&key));
        s.i.advance_days(365);
    }
    for blob in &blobs {
        s.decrypts(blob).unwrap();
    }
    let listed = s.done("ListKeyRotations", json!({"KeyId": key}));
    let dates: Vec<i64> = listed["Rotations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| {
            assert_eq!(r["RotationType"], "AUTOMATIC");
            assert!(r.get("ImportState").is_none() && r.get("ExpirationModel").is_none());
            (r["RotationDate"].as_i64().unwrap() - start) / 86_400
        })
        .collect();
    let wanted: Vec<i64> = (1..=10).map(|year| year * 365).collect();
    assert_eq!(dates, wanted);
}
