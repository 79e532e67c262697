//! The life of imported material: what comes and goes in which state, expiry, deletion, old ciphertext,
//! records. What may be imported is another file's. Source: KMS API reference, `ImportKeyMaterial`,
//! `DeleteImportedKeyMaterial`; KMS Developer Guide, "Importing key material".
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod importing;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use importing::{Importing, OAEP, code, shown};
use serde_json::{Value, json};

const DAY: i64 = 86_400;
const NEW: &str = "NEW_KEY_MATERIAL";
const STATE: &str = "KMSInvalidStateException";

/// What import and deletion of material do in each state of a key that had material.
#[test]
fn material_comes_and_goes_in_every_state() {
    let (enabled, disabled, pending) = ("Enabled", "Disabled", "PendingDeletion");
    let refused = "KMSInvalidStateException";
    for (before, operation, expect, after) in [
        (enabled, "ImportKeyMaterial", "ok", enabled),
        (disabled, "ImportKeyMaterial", "ok", disabled),
        (pending, "ImportKeyMaterial", refused, pending),
        ("PendingImport", "ImportKeyMaterial", "ok", enabled),
        (enabled, "DeleteImportedKeyMaterial", "ok", "PendingImport"),
        (disabled, "DeleteImportedKeyMaterial", "ok", "PendingImport"),
        (pending, "DeleteImportedKeyMaterial", "ok", pending),
        (
            "PendingImport",
            "DeleteImportedKeyMaterial",
            "ok",
            "PendingImport",
        ),
        (enabled, "GetParametersForImport", "ok", enabled),
        (disabled, "GetParametersForImport", "ok", disabled),
        (pending, "GetParametersForImport", refused, pending),
        (
            "PendingImport",
            "GetParametersForImport",
            "ok",
            "PendingImport",
        ),
    ] {
        let mut s = Importing::new();
        let (key, given) = s.symmetric();
        s.import(&key, &given, &[1; 32], json!({})).unwrap();
        let to_state = match before {
            "Disabled" => Some("DisableKey"),
            "PendingDeletion" => Some("ScheduleKeyDeletion"),
            "PendingImport" => Some("DeleteImportedKeyMaterial"),
            _ => None,
        };
        if let Some(operation) = to_state {
            s.done(operation, json!({"KeyId": key}));
        }
        assert_eq!(s.state(&key), before);
        let input = match operation {
            "ImportKeyMaterial" => given.input(&key, &[1; 32], json!({})),
            "GetParametersForImport" => {
                json!({"KeyId": key, "WrappingAlgorithm": OAEP, "WrappingKeySpec": "RSA_2048"})
            }
            _ => json!({"KeyId": key}),
        };
        let told = s.call(operation, input);
        let title = format!("{operation} of a key that is {before}");
        if let Err((_, text)) = &told {
            assert_eq!(*text, format!("{key} is pending deletion."), "{title}");
        }
        assert_eq!(code(told), expect, "{title}");
        assert_eq!(s.state(&key), after, "{title}");
    }
}

/// A deletion that is taken back leaves a key disabled, as AWS says. Without its material it cannot
/// be enabled, with it it can.
#[test]
fn a_deletion_taken_back_does_not_bring_material_back() {
    for (had_material, lost_while_pending) in [(false, false), (true, false), (true, true)] {
        let mut s = Importing::new();
        let (key, given) = s.symmetric();
        if had_material {
            s.import(&key, &given, &[1; 32], json!({})).unwrap();
        }
        s.done("ScheduleKeyDeletion", json!({"KeyId": key}));
        if lost_while_pending {
            s.done("DeleteImportedKeyMaterial", json!({"KeyId": key}));
        }
        s.done("CancelKeyDeletion", json!({"KeyId": key}));
        assert_eq!(s.state(&key), "Disabled");
        if !had_material || lost_while_pending {
            let told = s.call("EnableKey", json!({"KeyId": key}));
            let wanted = (STATE.to_owned(), format!("{key} is pending import."));
            assert_eq!(told.unwrap_err(), wanted);
            s.import(&key, &given, &[1; 32], json!({})).unwrap();
            assert_eq!(s.state(&key), "Disabled");
        }
        s.done("EnableKey", json!({"KeyId": key}));
        s.encrypt(&key);
    }
}

/// Each material goes at its own date, with an event; the key waits until all are back.
#[test]
fn material_expires_by_the_clock() {
    let mut s = Importing::new();
    let (key, given) = s.symmetric();
    let now = s.i.now.seconds();
    let until =
        |days: i64| json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": now + days * DAY});
    let new = |days: i64| {
        let mut more = until(days);
        more["ImportType"] = json!(NEW);
        more
    };
    let first = s.import(&key, &given, &[1; 32], until(20)).unwrap()["KeyMaterialId"].take();
    s.import(&key, &given, &[2; 32], new(10)).unwrap();
    let blob = s.encrypt(&key);
    assert_eq!(s.metadata(&key)["ValidTo"], json!(now + 20 * DAY));
    // What waits for a rotation does not count, neither for the date nor for the state.
    s.i.advance_days(10);
    assert_eq!(s.i.records_of("DeleteExpiredKeyMaterial").len(), 1);
    assert_eq!(s.state(&key), "Enabled");
    assert_eq!(s.materials(&key).len(), 1);
    let given = s.parameters(&key, OAEP);
    let second = s.import(&key, &given, &[2; 32], new(30)).unwrap()["KeyMaterialId"].take();
    s.done("RotateKeyOnDemand", json!({"KeyId": key}));
    assert_eq!(s.metadata(&key)["ValidTo"], json!(now + 20 * DAY));
    s.i.advance_days(9);
    s.decrypts(&blob).unwrap();
    s.i.advance_days(1);
    assert_eq!(s.state(&key), "PendingImport");
    let told = s.decrypts(&blob).unwrap_err();
    assert_eq!(
        told,
        (STATE.to_owned(), format!("{key} is pending import."))
    );
    let event: Value = {
        let record = s.last("DeleteExpiredKeyMaterial");
        assert!(!record.read_only);
        assert_eq!(record.resources[0].arn, key);
        shown(record.service_event_details.as_ref())
    };
    let id = key.rsplit('/').next().unwrap();
    assert_eq!(event, json!({"keyId": id, "keyMaterialId": first}));
    let given = s.parameters(&key, OAEP);
    s.import(&key, &given, &[1; 32], json!({})).unwrap();
    assert_eq!(s.metadata(&key)["ValidTo"], json!(now + 30 * DAY));
    s.decrypts(&blob).unwrap();
    // A new date counts in place of the old one.
    s.import(&key, &given, &[2; 32], until(40)).unwrap();
    s.i.advance_days(10);
    assert_eq!(s.state(&key), "Enabled");
    s.done("DisableKey", json!({"KeyId": key}));
    s.i.advance_days(10);
    assert_eq!(s.state(&key), "PendingImport");
    let event = shown(
        s.last("DeleteExpiredKeyMaterial")
            .service_event_details
            .as_ref(),
    );
    assert_eq!(event["keyMaterialId"], second);
    assert_eq!(s.i.records_of("DeleteExpiredKeyMaterial").len(), 3);
}

/// Material of a key that is pending deletion expires as well; the key's state stays.
#[test]
fn material_of_a_key_pending_deletion_expires() {
    let mut s = Importing::new();
    let key = s.key("HMAC_256", "GENERATE_VERIFY_MAC");
    let given = s.parameters(&key, OAEP);
    let now = s.i.now.seconds();
    let more = json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": now + DAY});
    s.import(&key, &given, &[1; 32], more).unwrap();
    s.done(
        "ScheduleKeyDeletion",
        json!({"KeyId": key, "PendingWindowInDays": 7}),
    );
    s.i.advance_days(1);
    assert_eq!(s.state(&key), "PendingDeletion");
    let event = shown(
        s.last("DeleteExpiredKeyMaterial")
            .service_event_details
            .as_ref(),
    );
    // Ids of materials are shown for symmetric keys alone.
    assert_eq!(event, json!({"keyId": key.rsplit('/').next().unwrap()}));
    s.i.advance_days(6);
    assert_eq!(s.i.records_of("DeleteKey").len(), 1);
    assert_eq!(
        code(s.call("DescribeKey", json!({"KeyId": key}))),
        "NotFoundException"
    );
}

/// Ciphertext under every material decrypts while all are here, and none when one is not.
#[test]
fn ciphertext_under_old_material() {
    let mut s = Importing::new();
    let (key, given) = s.symmetric();
    let mut blobs = Vec::new();
    for number in 1..=5 {
        let more = json!({"ImportType": NEW});
        let told = s.import(&key, &given, &[number; 32], more).unwrap();
        if number > 1 {
            s.done("RotateKeyOnDemand", json!({"KeyId": key}));
        }
        blobs.push((told["KeyMaterialId"].clone(), s.encrypt(&key)));
    }
    for (id, blob) in &blobs {
        let opened = s.decrypts(blob).unwrap();
        assert_eq!(
            (&opened["Plaintext"], &opened["KeyMaterialId"]),
            (&json!("eA=="), id)
        );
    }
    s.done(
        "DeleteImportedKeyMaterial",
        json!({"KeyId": key, "KeyMaterialId": blobs[2].0}),
    );
    for (_, blob) in &blobs {
        assert_eq!(code(s.decrypts(blob)), STATE);
    }
    s.import(&key, &given, &[3; 32], json!({})).unwrap();
    for (_, blob) in &blobs {
        s.decrypts(blob).unwrap();
    }
}

#[test]
fn keys_with_other_material_are_refused() {
    let mut s = Importing::new();
    let (_, given) = s.symmetric();
    let made = s.done("CreateKey", json!({}));
    let key = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let text = format!("{key} origin is AWS_KMS which is not valid for this operation.");
    for (operation, input) in [
        (
            "GetParametersForImport",
            json!({"KeyId": key, "WrappingAlgorithm": OAEP, "WrappingKeySpec": "RSA_2048"}),
        ),
        ("ImportKeyMaterial", given.input(&key, &[1; 32], json!({}))),
        ("DeleteImportedKeyMaterial", json!({"KeyId": key})),
    ] {
        for state in ["Enabled", "Disabled"] {
            let told = s.call(operation, input.clone()).unwrap_err();
            let wanted = ("UnsupportedOperationException".to_owned(), text.clone());
            assert_eq!(told, wanted, "{operation} {state}");
            s.done("DisableKey", json!({"KeyId": key}));
        }
        s.done("EnableKey", json!({"KeyId": key}));
    }
}

#[test]
fn the_text_of_a_second_pending_material() {
    let mut s = Importing::new();
    let (key, given) = s.symmetric();
    let more = json!({"ImportType": NEW});
    s.import(&key, &given, &[1; 32], json!({})).unwrap();
    let waits = s.import(&key, &given, &[2; 32], more.clone()).unwrap()["KeyMaterialId"].take();
    let (code, text) = s.import(&key, &given, &[3; 32], more.clone()).unwrap_err();
    s.done(
        "DeleteImportedKeyMaterial",
        json!({"KeyId": key, "KeyMaterialId": waits}),
    );
    let third = s.import(&key, &given, &[3; 32], more).unwrap()["KeyMaterialId"].take();
    assert_eq!(code, STATE);
    assert_eq!(
        text,
        format!(
            "New key material (id: {}) cannot be imported into KMS key {key}, because another key \
             material (id: {}) is pending rotation.",
            third.as_str().unwrap(),
            waits.as_str().unwrap()
        )
    );
}

#[test]
fn records() {
    let mut s = Importing::new();
    let (key, given) = s.symmetric();
    let record = s.last("GetParametersForImport");
    assert_eq!(
        shown(record.request_parameters.as_ref()),
        json!({"keyId": key, "wrappingAlgorithm": OAEP, "wrappingKeySpec": "RSA_2048"})
    );
    assert_eq!(shown(record.response_elements.as_ref()), Value::Null);
    assert!(record.read_only);
    let now = s.i.now.seconds();
    let more = json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": now + DAY,
        "ImportType": NEW, "KeyMaterialDescription": "a"});
    let input = given.input(&key, &[1; 32], more);
    let id = s.done("ImportKeyMaterial", input.clone())["KeyMaterialId"].take();
    let record = s.last("ImportKeyMaterial");
    let by_arn = json!({"keyId": key, "keyMaterialId": id});
    assert_eq!(
        shown(record.request_parameters.as_ref()),
        json!({"keyId": key, "validTo": "Jan 6, 2026, 10:00:00 AM",
            "expirationModel": "KEY_MATERIAL_EXPIRES", "importType": NEW, "keyMaterialDescription": "a"})
    );
    assert_eq!(shown(record.response_elements.as_ref()), by_arn);
    assert!(!record.read_only);
    let input_of_deletion = json!({"KeyId": key, "KeyMaterialId": id});
    s.done("DeleteImportedKeyMaterial", input_of_deletion);
    let record = s.last("DeleteImportedKeyMaterial");
    assert_eq!(shown(record.request_parameters.as_ref()), by_arn);
    assert_eq!(shown(record.response_elements.as_ref()), by_arn);
    assert!(!record.read_only);
    let text: String = s.i.records.iter().map(|r| format!("{r:?}")).collect();
    for hidden in ["ImportToken", "EncryptedKeyMaterial"] {
        assert!(!text.contains(input[hidden].as_str().unwrap()), "{hidden}");
    }
    assert!(!text.contains(&STANDARD.encode(&given.public_key)));
}

/// Bytes that were deleted leave the store's files with the commit.
#[test]
fn deleted_material_is_purged() {
    let mut s = Importing::new();
    let (key, given) = s.symmetric();
    s.import(&key, &given, &[1; 32], json!({})).unwrap();
    let admin = s.i.admin.clone();
    let service = claviger_testkit::installation::service_of("kms");
    let caller = s.i.caller(&admin, service).unwrap();
    let outcome = s.i.decide(
        caller,
        service,
        "DeleteImportedKeyMaterial",
        json!({"KeyId": key}),
    );
    assert!(outcome.purge);
}
