//! Material of multi-Region keys: that of every spec is the same in each Region, imported material
//! is its owner's to bring to each. Source: KMS API reference, `ImportKeyMaterial`,
//! `RotationsListEntry`; KMS Developer Guide, "Multi-Region keys in AWS KMS".
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[allow(
    dead_code,
    reason = "the other test of multi-Region keys uses the rest"
)]
mod regions;

use regions::{EAST, IRELAND, Regions, WEST};
use serde_json::{Value, json};

const MULTI: &str = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION";

/// Two operations that one Region begins and another ends: spec, usage, both with their inputs, the
/// member of the first reply that the second takes.
type Crossing = (
    &'static str,
    &'static str,
    [(&'static str, Value); 2],
    &'static str,
);

fn crossings() -> Vec<Crossing> {
    let signing = |algorithm: &str| json!({"Message": "eA==", "SigningAlgorithm": algorithm});
    let sign = |algorithm: &str| [("Sign", signing(algorithm)), ("Verify", signing(algorithm))];
    let mac = json!({"Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"});
    let rsa = json!({"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"});
    let mut rsa_plaintext = rsa.clone();
    rsa_plaintext["Plaintext"] = json!("eA==");
    let kem = json!({"EncapsulationAlgorithm": "ML_KEM"});
    vec![
        (
            "ECC_NIST_P256",
            "SIGN_VERIFY",
            sign("ECDSA_SHA_256"),
            "Signature",
        ),
        (
            "ECC_SECG_P256K1",
            "SIGN_VERIFY",
            sign("ECDSA_SHA_256"),
            "Signature",
        ),
        (
            "ECC_NIST_EDWARDS25519",
            "SIGN_VERIFY",
            sign("ED25519_SHA_512"),
            "Signature",
        ),
        (
            "RSA_2048",
            "SIGN_VERIFY",
            sign("RSASSA_PSS_SHA_256"),
            "Signature",
        ),
        (
            "ML_DSA_44",
            "SIGN_VERIFY",
            sign("ML_DSA_SHAKE_256"),
            "Signature",
        ),
        (
            "HMAC_256",
            "GENERATE_VERIFY_MAC",
            [("GenerateMac", mac.clone()), ("VerifyMac", mac)],
            "Mac",
        ),
        (
            "RSA_2048",
            "ENCRYPT_DECRYPT",
            [("Encrypt", rsa_plaintext), ("Decrypt", rsa)],
            "CiphertextBlob",
        ),
        (
            "ECC_NIST_P384",
            "KEY_AGREEMENT",
            [
                ("GetPublicKey", json!({})),
                (
                    "DeriveSharedSecret",
                    json!({"KeyAgreementAlgorithm": "ECDH"}),
                ),
            ],
            "PublicKey",
        ),
        (
            "ML_KEM_768",
            "ENCAPSULATE_DECAPSULATE",
            [("Encapsulate", kem.clone()), ("Decapsulate", kem)],
            "SharedSecretCiphertextBlob",
        ),
    ]
}

#[test]
fn what_one_region_begins_another_ends() {
    for (spec, usage, [(first, one), (second, other)], member) in crossings() {
        let mut r = Regions::new();
        let input = json!({"MultiRegion": true, "KeySpec": spec, "KeyUsage": usage});
        let made = r.done(EAST, "CreateKey", input);
        let primary = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
        let replica = r.replica(&primary, WEST);
        let shown = r.describe(&replica);
        assert_eq!(
            (&shown["KeySpec"], &shown["KeyUsage"]),
            (&json!(spec), &json!(usage))
        );
        assert_eq!(r.i.snapshot.lost_material(), None);
        if usage != "GENERATE_VERIFY_MAC" {
            let here = r.done(EAST, "GetPublicKey", json!({"KeyId": primary}));
            let there = r.done(WEST, "GetPublicKey", json!({"KeyId": replica}));
            assert_eq!(here["PublicKey"], there["PublicKey"], "{spec}");
        }
        for (from, to) in [(&primary, &replica), (&replica, &primary)] {
            let mut input = one.clone();
            input["KeyId"] = json!(from);
            let product = r.done(regions::of(from), first, input)[member].clone();
            let mut input = other.clone();
            input["KeyId"] = json!(to);
            input[member] = product;
            r.done(regions::of(to), second, input);
        }
    }
}

/// A primary key with material, and a replica that has it too.
fn imported() -> (Regions, String, String) {
    let mut r = Regions::new();
    let primary = r.waiting();
    r.bring(&primary, 1, json!({"KeyMaterialDescription": "one"}))
        .unwrap();
    let replica = replicated(&mut r, &primary, WEST);
    r.bring(&replica, 1, json!({})).unwrap();
    assert_eq!(r.describe(&replica)["KeyState"], "Enabled");
    (r, primary, replica)
}

/// A replica that waits for its material.
fn replicated(r: &mut Regions, primary: &str, region: &str) -> String {
    let input = json!({"KeyId": primary, "ReplicaRegion": region});
    let made = r.done(regions::of(primary), "ReplicateKey", input)["ReplicaKeyMetadata"].take();
    assert_eq!(made["KeyState"], "Creating");
    assert_eq!(made["Origin"], "EXTERNAL");
    r.i.advance_seconds(1);
    let arn = made["Arn"].as_str().unwrap().to_owned();
    let shown = r.describe(&arn);
    assert_eq!(shown["KeyState"], "PendingImport");
    assert!(shown.get("ExpirationModel").is_none());
    arn
}

/// The states of a key's materials, oldest first, each with whether it is there.
fn materials(r: &mut Regions, arn: &str) -> Vec<(String, bool)> {
    let input = json!({"KeyId": arn, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
    let listed = r.done(regions::of(arn), "ListKeyRotations", input);
    let entry = |e: &Value| {
        let state = e["KeyMaterialState"].as_str().unwrap().to_owned();
        (state, e["ImportState"] == "IMPORTED")
    };
    listed["Rotations"]
        .as_array()
        .unwrap()
        .iter()
        .map(entry)
        .collect()
}

fn check_materials(r: &mut Regions, arn: &str, wanted: &[(&str, bool)]) {
    let found = materials(r, arn);
    let found: Vec<_> = found.iter().map(|(s, here)| (s.as_str(), *here)).collect();
    assert_eq!(found, wanted, "{arn}");
}

fn code(told: Result<Value, (String, String)>) -> String {
    told.map_or_else(|(code, _)| code, |_| "ok".to_owned())
}

#[test]
fn a_replica_waits_for_the_same_material() {
    let mut r = Regions::new();
    let primary = r.waiting();
    let refused = r.call(
        EAST,
        "ReplicateKey",
        json!({"KeyId": primary, "ReplicaRegion": WEST}),
    );
    assert_eq!(
        refused.unwrap_err().1,
        format!("{primary} is pending import.")
    );
    r.bring(&primary, 1, json!({"KeyMaterialDescription": "one"}))
        .unwrap();
    let blob = r.encrypt(&primary);
    let replica = replicated(&mut r, &primary, WEST);
    let row = format!("111122223333/{WEST}/");
    let stored = |(collection, name): &&(String, String)| {
        collection == "kms.material" && name.starts_with(&row)
    };
    assert_eq!(r.i.rows.keys().filter(stored).count(), 0);
    // It knows which one it waits for, and what that was called.
    let input = json!({"KeyId": replica, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
    let listed = r.done(WEST, "ListKeyRotations", input)["Rotations"].take();
    assert_eq!(listed[0]["ImportState"], "PENDING_IMPORT");
    assert_eq!(listed[0]["KeyMaterialDescription"], "one");
    assert_eq!(
        code(r.bring(&replica, 2, json!({}))),
        "IncorrectKeyMaterialException"
    );
    let input = json!({"ImportType": "NEW_KEY_MATERIAL"});
    assert_eq!(
        code(r.bring(&replica, 2, input)),
        "UnsupportedOperationException"
    );
    let brought = r
        .bring(&replica, 1, json!({"ImportType": "EXISTING_KEY_MATERIAL"}))
        .unwrap();
    assert_eq!(
        brought["KeyMaterialId"],
        r.describe(&primary)["CurrentKeyMaterialId"]
    );
    assert_eq!(r.describe(&replica)["KeyState"], "Enabled");
    let opened = r.done(WEST, "Decrypt", json!({"CiphertextBlob": blob}));
    assert_eq!(opened["Plaintext"], regions::PLAINTEXT);
}

/// New material comes into the primary key first, into every replica next, and is current for all
/// at once.
#[test]
fn new_material_goes_round_before_it_is_current() {
    let (mut r, primary, replica) = imported();
    let old = r.encrypt(&replica);
    let new = json!({"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialDescription": "two"});
    r.bring(&primary, 2, new).unwrap();
    check_materials(&mut r, &primary, &[("CURRENT", true), (MULTI, true)]);
    check_materials(&mut r, &replica, &[("CURRENT", true), (MULTI, false)]);
    let early = r
        .call(EAST, "RotateKeyOnDemand", json!({"KeyId": primary}))
        .unwrap_err();
    assert_eq!(early.0, "KMSInvalidStateException");
    // Neither key waits for it.
    assert_eq!(r.describe(&replica)["KeyState"], "Enabled");
    let existing = json!({"ImportType": "EXISTING_KEY_MATERIAL"});
    r.bring(&replica, 2, existing.clone()).unwrap();
    for key in [&primary, &replica] {
        check_materials(
            &mut r,
            key,
            &[("CURRENT", true), ("PENDING_ROTATION", true)],
        );
    }
    // Another replica has to get it too.
    let irish = replicated(&mut r, &primary, IRELAND);
    check_materials(&mut r, &primary, &[("CURRENT", true), (MULTI, true)]);
    check_materials(&mut r, &irish, &[("CURRENT", false), (MULTI, false)]);
    r.bring(&irish, 1, existing.clone()).unwrap();
    r.bring(&irish, 2, existing).unwrap();
    let elsewhere = r.call(WEST, "RotateKeyOnDemand", json!({"KeyId": replica}));
    assert_eq!(code(elsewhere), "UnsupportedOperationException");
    r.done(EAST, "RotateKeyOnDemand", json!({"KeyId": primary}));
    for key in [&primary, &replica, &irish] {
        check_materials(&mut r, key, &[("NON_CURRENT", true), ("CURRENT", true)]);
    }
    assert_eq!(r.i.snapshot.lost_material(), None);
    for blob in [old, r.encrypt(&primary), r.encrypt(&irish)] {
        r.done(WEST, "Decrypt", json!({"CiphertextBlob": blob}));
    }
}

/// What only waits for a rotation is given up for all related keys on the primary key, on a replica
/// for that one alone; so is everything else.
#[test]
fn material_is_deleted_where_it_is() {
    let (mut r, primary, replica) = imported();
    let new = json!({"ImportType": "NEW_KEY_MATERIAL"});
    let id = r.bring(&primary, 2, new.clone()).unwrap()["KeyMaterialId"].clone();
    r.bring(&replica, 2, json!({})).unwrap();
    let delete = |key: &str| json!({"KeyId": key, "KeyMaterialId": id});
    r.done(WEST, "DeleteImportedKeyMaterial", delete(&replica));
    check_materials(&mut r, &primary, &[("CURRENT", true), (MULTI, true)]);
    check_materials(&mut r, &replica, &[("CURRENT", true), (MULTI, false)]);
    r.bring(&replica, 2, json!({})).unwrap();
    r.done(EAST, "DeleteImportedKeyMaterial", delete(&primary));
    for key in [&primary, &replica] {
        check_materials(&mut r, key, &[("CURRENT", true)]);
    }
    let rows = r.i.rows.keys().filter(|(c, _)| c == "kms.material").count();
    assert_eq!(rows, 2);
    // The place is free for other material.
    r.bring(&primary, 3, new).unwrap();
    r.done(WEST, "DeleteImportedKeyMaterial", json!({"KeyId": replica}));
    assert_eq!(r.describe(&replica)["KeyState"], "PendingImport");
    assert_eq!(r.describe(&primary)["KeyState"], "Enabled");
    r.done(EAST, "DeleteImportedKeyMaterial", json!({"KeyId": primary}));
    r.bring(&replica, 1, json!({})).unwrap();
    assert_eq!(r.describe(&replica)["KeyState"], "Enabled");
    assert_eq!(r.describe(&primary)["KeyState"], "PendingImport");
}

/// Each key's copy expires by itself.
#[test]
fn material_expires_where_it_is() {
    let (mut r, primary, replica) = imported();
    let soon = json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES",
        "ValidTo": r.i.now.plus_days(1).seconds()});
    r.bring(&replica, 1, soon).unwrap();
    assert_eq!(
        r.describe(&replica)["ExpirationModel"],
        "KEY_MATERIAL_EXPIRES"
    );
    assert_eq!(
        r.describe(&primary)["ExpirationModel"],
        "KEY_MATERIAL_DOES_NOT_EXPIRE"
    );
    r.i.advance_days(2);
    assert_eq!(r.describe(&replica)["KeyState"], "PendingImport");
    assert_eq!(r.describe(&primary)["KeyState"], "Enabled");
}

/// The key that is primary now is the one that takes new material and rotates.
#[test]
fn a_new_primary_key_takes_new_material() {
    let (mut r, primary, replica) = imported();
    r.done(
        EAST,
        "UpdatePrimaryRegion",
        json!({"KeyId": primary, "PrimaryRegion": WEST}),
    );
    r.i.advance_seconds(1);
    let new = json!({"ImportType": "NEW_KEY_MATERIAL"});
    assert_eq!(
        code(r.bring(&primary, 2, new.clone())),
        "UnsupportedOperationException"
    );
    r.bring(&replica, 2, new).unwrap();
    r.bring(&primary, 2, json!({"ImportType": "EXISTING_KEY_MATERIAL"}))
        .unwrap();
    r.done(WEST, "RotateKeyOnDemand", json!({"KeyId": replica}));
    for key in [&primary, &replica] {
        check_materials(&mut r, key, &[("NON_CURRENT", true), ("CURRENT", true)]);
    }
}

/// A replica that is gone holds a rotation up no longer.
#[test]
fn a_deleted_replica_needs_no_material() {
    let (mut r, primary, replica) = imported();
    r.bring(&primary, 2, json!({"ImportType": "NEW_KEY_MATERIAL"}))
        .unwrap();
    r.done(
        WEST,
        "ScheduleKeyDeletion",
        json!({"KeyId": replica, "PendingWindowInDays": 7}),
    );
    check_materials(&mut r, &primary, &[("CURRENT", true), (MULTI, true)]);
    r.i.advance_days(7);
    check_materials(
        &mut r,
        &primary,
        &[("CURRENT", true), ("PENDING_ROTATION", true)],
    );
    r.done(EAST, "RotateKeyOnDemand", json!({"KeyId": primary}));
}
