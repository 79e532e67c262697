//! Imported key material: what fits which key, tokens, dates, how material comes, goes and comes
//! back, what is recorded.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod importing;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_core::state::{Material, Stored};
use importing::{BY_AES, Importing, OAEP, code};
use serde_json::{Value, json};

const DAY: i64 = 86_400;

/// Specs whose material is imported, with a usage and a wrapping that fits.
const SPECS: [(&str, &str, &str); 13] = [
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", OAEP),
    ("HMAC_224", "GENERATE_VERIFY_MAC", OAEP),
    ("HMAC_256", "GENERATE_VERIFY_MAC", OAEP),
    ("HMAC_384", "GENERATE_VERIFY_MAC", OAEP),
    ("HMAC_512", "GENERATE_VERIFY_MAC", OAEP),
    ("RSA_2048", "SIGN_VERIFY", BY_AES),
    ("RSA_3072", "ENCRYPT_DECRYPT", BY_AES),
    ("RSA_4096", "SIGN_VERIFY", BY_AES),
    ("ECC_NIST_P256", "SIGN_VERIFY", OAEP),
    ("ECC_NIST_P384", "KEY_AGREEMENT", BY_AES),
    ("ECC_NIST_P521", "SIGN_VERIFY", BY_AES),
    ("ECC_SECG_P256K1", "SIGN_VERIFY", OAEP),
    ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", OAEP),
];

/// Material of a spec, made by others (`testdata/keys`).
fn material(spec: &str) -> Vec<u8> {
    let length = match spec {
        "SYMMETRIC_DEFAULT" => 32,
        "HMAC_224" => 28,
        "HMAC_256" => 32,
        "HMAC_384" => 48,
        "HMAC_512" => 64,
        _ => 0,
    };
    if length > 0 {
        return vec![7; length];
    }
    let keys: Value =
        serde_json::from_str(include_str!("../../../testdata/keys/keys.json")).unwrap();
    let of_spec = |key: &&Value| key["spec"] == spec;
    let key = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(of_spec)
        .unwrap();
    unhex(key["imported"].as_str().unwrap())
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Material of every spec comes in, goes, and comes back; a key of any spec but the symmetric one
/// takes no other.
#[test]
fn material_of_every_spec() {
    for (spec, usage, algorithm) in SPECS {
        let mut s = Importing::new();
        let key = s.key(spec, usage);
        let given = s.parameters(&key, algorithm);
        let symmetric = spec == "SYMMETRIC_DEFAULT";
        let bytes = material(spec);
        let reply = s.import(&key, &given, &bytes, json!({})).unwrap();
        assert_eq!(reply["KeyId"], json!(key), "{spec}");
        assert_eq!(reply.get("KeyMaterialId").is_some(), symmetric, "{spec}");
        let metadata = s.metadata(&key);
        assert_eq!(metadata["KeyState"], "Enabled", "{spec}");
        assert_eq!(metadata["ExpirationModel"], "KEY_MATERIAL_DOES_NOT_EXPIRE");
        assert_eq!(
            metadata.get("CurrentKeyMaterialId"),
            reply.get("KeyMaterialId")
        );
        let kept = |s: &Importing| {
            let of_material =
                |(collection, _): &&(String, String)| collection == Material::COLLECTION;
            s.i.rows.keys().filter(of_material).count()
        };
        assert_eq!(kept(&s), 1, "{spec}");
        let deleted = s.done("DeleteImportedKeyMaterial", json!({"KeyId": key}));
        assert_eq!(deleted, reply, "{spec}");
        let metadata = s.metadata(&key);
        assert_eq!(metadata["KeyState"], "PendingImport", "{spec}");
        assert!(metadata.get("ExpirationModel").is_none(), "{spec}");
        assert_eq!(kept(&s), 0, "{spec}");
        let again = s.import(&key, &given, &bytes, json!({})).unwrap();
        assert_eq!(again, reply, "{spec}");
        assert_eq!(s.state(&key), "Enabled", "{spec}");
    }
}

/// The public half of a key pair can be asked for while the private half is not here, and no sooner
/// than it was.
#[test]
fn the_public_key_stays_when_material_goes() {
    for (spec, usage, algorithm) in [
        ("ECC_NIST_P256", "SIGN_VERIFY", OAEP),
        ("RSA_2048", "ENCRYPT_DECRYPT", BY_AES),
    ] {
        let mut s = Importing::new();
        let key = s.key(spec, usage);
        let told = s.call("GetPublicKey", json!({"KeyId": key})).unwrap_err();
        assert_eq!(
            told,
            (STATE.to_owned(), format!("{key} is pending import."))
        );
        let given = s.parameters(&key, algorithm);
        s.import(&key, &given, &material(spec), json!({})).unwrap();
        let public = s.done("GetPublicKey", json!({"KeyId": key}));
        s.done("DeleteImportedKeyMaterial", json!({"KeyId": key}));
        assert_eq!(s.done("GetPublicKey", json!({"KeyId": key})), public);
        s.import(&key, &given, &material(spec), json!({})).unwrap();
        assert_eq!(s.done("GetPublicKey", json!({"KeyId": key})), public);
    }
}

/// The same private key written down in another way is the same material; another one is not.
#[test]
fn a_key_that_does_not_rotate_keeps_its_material() {
    for (spec, usage, first, other) in [
        ("HMAC_256", "GENERATE_VERIFY_MAC", vec![1; 32], vec![2; 32]),
        ("HMAC_256", "GENERATE_VERIFY_MAC", vec![1; 32], vec![1; 33]),
        (
            "ECC_NIST_P256",
            "SIGN_VERIFY",
            material("ECC_NIST_P256"),
            material("ECC_NIST_P384"),
        ),
    ] {
        let mut s = Importing::new();
        let key = s.key(spec, usage);
        let given = s.parameters(&key, OAEP);
        s.import(&key, &given, &first, json!({})).unwrap();
        for deleted in [false, true] {
            if deleted {
                s.done("DeleteImportedKeyMaterial", json!({"KeyId": key}));
            }
            let told = s.import(&key, &given, &other, json!({}));
            assert_eq!(code(told), "IncorrectKeyMaterialException", "{spec}");
        }
        s.import(&key, &given, &first, json!({})).unwrap();
        for more in [
            json!({"ImportType": "NEW_KEY_MATERIAL"}),
            json!({"ImportType": "EXISTING_KEY_MATERIAL"}),
            json!({"KeyMaterialDescription": "d"}),
            json!({"KeyMaterialId": "0a".repeat(32)}),
        ] {
            let told = s.import(&key, &given, &first, more.clone());
            assert_eq!(code(told), "ValidationException", "{spec} {more}");
        }
    }
}

/// Material of the wrong size or kind.
#[test]
fn material_must_fit_its_spec() {
    let ok = "ok";
    let bad = "IncorrectKeyMaterialException";
    for (spec, usage, algorithm, bytes, expect) in [
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            OAEP,
            vec![1; 16],
            bad,
        ),
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            OAEP,
            vec![1; 31],
            bad,
        ),
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            OAEP,
            vec![1; 33],
            bad,
        ),
        ("HMAC_224", "GENERATE_VERIFY_MAC", OAEP, vec![1; 27], bad),
        ("HMAC_224", "GENERATE_VERIFY_MAC", OAEP, vec![1; 128], ok),
        ("HMAC_256", "GENERATE_VERIFY_MAC", OAEP, vec![1; 31], bad),
        ("HMAC_384", "GENERATE_VERIFY_MAC", OAEP, vec![1; 47], bad),
        ("HMAC_512", "GENERATE_VERIFY_MAC", OAEP, vec![1; 63], bad),
        ("HMAC_512", "GENERATE_VERIFY_MAC", OAEP, vec![1; 128], ok),
        ("HMAC_512", "GENERATE_VERIFY_MAC", OAEP, vec![1; 129], bad),
        ("ECC_NIST_P256", "SIGN_VERIFY", OAEP, vec![1; 32], bad),
        (
            "ECC_NIST_P256",
            "SIGN_VERIFY",
            OAEP,
            material("ECC_SECG_P256K1"),
            bad,
        ),
        (
            "ECC_SECG_P256K1",
            "SIGN_VERIFY",
            OAEP,
            material("ECC_NIST_P256"),
            bad,
        ),
        ("RSA_3072", "SIGN_VERIFY", BY_AES, material("RSA_2048"), bad),
        (
            "RSA_2048",
            "SIGN_VERIFY",
            BY_AES,
            material("ECC_NIST_P256"),
            bad,
        ),
    ] {
        let mut s = Importing::new();
        let key = s.key(spec, usage);
        let given = s.parameters(&key, algorithm);
        let length = bytes.len();
        let told = s.import(&key, &given, &bytes, json!({}));
        assert_eq!(code(told), expect, "{spec}, {length} bytes");
        let state = if expect == ok {
            "Enabled"
        } else {
            "PendingImport"
        };
        assert_eq!(s.state(&key), state, "{spec}, {length} bytes");
    }
}

/// Which wrapping goes with which key; what AWS gave up, and what only its China Regions have.
#[test]
fn wrapping_that_does_not_fit_is_refused() {
    let symmetric = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    let p521 = ("ECC_NIST_P521", "SIGN_VERIFY");
    for ((spec, usage), algorithm, wrapping, expect) in [
        (symmetric, "RSAES_OAEP_SHA_1", "RSA_2048", true),
        (symmetric, "RSAES_PKCS1_V1_5", "RSA_2048", false),
        (symmetric, "SM2PKE", "SM2", false),
        (symmetric, "RSAES_OAEP_SHA_256", "SM2", false),
        (symmetric, "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048", false),
        (
            ("HMAC_512", "GENERATE_VERIFY_MAC"),
            "RSA_AES_KEY_WRAP_SHA_1",
            "RSA_3072",
            false,
        ),
        (
            ("RSA_2048", "SIGN_VERIFY"),
            "RSAES_OAEP_SHA_256",
            "RSA_4096",
            false,
        ),
        (
            ("RSA_2048", "SIGN_VERIFY"),
            "RSA_AES_KEY_WRAP_SHA_1",
            "RSA_2048",
            true,
        ),
        (
            ("RSA_2048", "SIGN_VERIFY"),
            "RSAES_PKCS1_V1_5",
            "RSA_2048",
            false,
        ),
        (p521, "RSAES_OAEP_SHA_1", "RSA_2048", false),
        (p521, "RSAES_OAEP_SHA_256", "RSA_2048", false),
        (p521, "RSAES_OAEP_SHA_256", "RSA_3072", true),
        (p521, "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048", true),
    ] {
        let mut s = Importing::new();
        let key = s.key(spec, usage);
        let input =
            json!({"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": wrapping});
        let told = s.call("GetParametersForImport", input);
        let wanted = if expect {
            "ok"
        } else {
            "UnsupportedOperationException"
        };
        assert_eq!(code(told), wanted, "{spec} {algorithm} {wrapping}");
    }
}

#[test]
fn parameters_are_good_for_a_day_and_for_one_key() {
    let mut s = Importing::new();
    let (key, given) = s.symmetric();
    let (other, _) = s.symmetric();
    let start = s.i.now;
    let input = json!({"KeyId": key, "WrappingAlgorithm": OAEP, "WrappingKeySpec": "RSA_2048"});
    let reply = s.done("GetParametersForImport", input);
    assert_eq!(reply["KeyId"], json!(key));
    assert_eq!(reply["ParametersValidTo"], json!(start.seconds() + DAY));
    // Nothing of them is stored.
    assert!(
        s.i.rows
            .keys()
            .all(|(collection, _)| !collection.contains("import"))
    );
    let token = STANDARD.decode(given.token.as_str().unwrap()).unwrap();
    assert!(token.len() <= 6144);
    let invalid = "InvalidImportTokenException";
    let mut altered = token.clone();
    altered[80] ^= 1;
    for (token, expect) in [
        (token.clone(), "ok"),
        (b"garbage".to_vec(), invalid),
        (token[..token.len() - 1].to_vec(), invalid),
        (altered, invalid),
    ] {
        let more = json!({"ImportToken": STANDARD.encode(token)});
        let told = s.import(&key, &given, &[1; 32], more);
        assert_eq!(code(told), expect);
    }
    let told = s.import(&other, &given, &[1; 32], json!({}));
    assert_eq!(code(told), invalid);
    for (seconds, expect) in [(DAY - 1, "ok"), (DAY, "ExpiredImportTokenException")] {
        s.i.now = start.plus_seconds(seconds);
        let told = s.import(&key, &given, &[1; 32], json!({}));
        assert_eq!(code(told), expect, "after {seconds} seconds");
    }
}

/// A longer wrapping key fits into a token.
#[test]
fn the_longest_wrapping_key_fits_into_its_token() {
    let mut s = Importing::new();
    let (key, _) = s.symmetric();
    let input = json!({"KeyId": key, "WrappingAlgorithm": OAEP, "WrappingKeySpec": "RSA_4096"});
    let given = s.done("GetParametersForImport", input);
    let token = STANDARD
        .decode(given["ImportToken"].as_str().unwrap())
        .unwrap();
    assert!(token.len() <= 6144, "{}", token.len());
}

#[test]
fn what_does_not_unwrap_is_refused() {
    let mut s = Importing::new();
    let (key, given) = s.symmetric();
    let another = s.parameters(&key, OAEP);
    let by_sha_1 = importing::Parameters {
        algorithm: "RSAES_OAEP_SHA_1",
        ..given.clone()
    };
    let with_another_token = importing::Parameters {
        token: another.token,
        ..given.clone()
    };
    let wrapped_otherwise =
        [by_sha_1, with_another_token].map(|p| p.input(&key, &[1; 32], json!({})));
    let garbage = given.input(&key, &[1; 32], json!({"EncryptedKeyMaterial": "eA=="}));
    for input in wrapped_otherwise.into_iter().chain([garbage]) {
        let told = s.call("ImportKeyMaterial", input);
        let bare = ("InvalidCiphertextException".to_owned(), String::new());
        assert_eq!(told.unwrap_err(), bare);
    }
    assert_eq!(s.state(&key), "PendingImport");
}

#[test]
fn dates_of_expiry() {
    let expires = Some("KEY_MATERIAL_EXPIRES");
    let stays = Some("KEY_MATERIAL_DOES_NOT_EXPIRE");
    let must = "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES";
    let must_not =
        "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE";
    let (past, far) = (
        "The validTo date must be in the future",
        "The validTo date must be at most 365 days from now",
    );
    let mut s = Importing::new();
    let (key, given) = s.symmetric();
    let now = s.i.now.seconds();
    for (model, seconds, expect) in [
        (None, None, Err(must)),
        (expires, None, Err(must)),
        (stays, Some(DAY), Err(must_not)),
        (None, Some(0), Err(past)),
        (expires, Some(-DAY), Err(past)),
        (expires, Some(365 * DAY + 1), Err(far)),
        (None, Some(1), Ok(Some(1))),
        (expires, Some(365 * DAY), Ok(Some(365 * DAY))),
        (stays, None, Ok(None)),
    ] {
        let mut input = given.input(&key, &[1; 32], json!({}));
        input["ExpirationModel"] = json!(model);
        if let Some(seconds) = seconds {
            input["ValidTo"] = json!(now + seconds);
        }
        let told = s.call("ImportKeyMaterial", input);
        let title = format!("{model:?} {seconds:?}");
        match expect {
            Ok(date) => {
                told.unwrap_or_else(|e| panic!("{title}: {e:?}"));
                let metadata = s.metadata(&key);
                let date = date.map(|seconds: i64| json!(now + seconds));
                assert_eq!(metadata.get("ValidTo").cloned(), date, "{title}");
                let shown = if date.is_some() { expires } else { stays };
                assert_eq!(metadata["ExpirationModel"].as_str(), shown, "{title}");
            }
            Err(text) => {
                let wanted = ("ValidationException".to_owned(), text.to_owned());
                assert_eq!(told.unwrap_err(), wanted, "{title}");
            }
        }
    }
}

/// One step in the life of a symmetric key with the materials 1, 2 and 3.
#[derive(Debug)]
enum Step {
    /// Import material by type; what is told.
    Import(u8, &'static str, &'static str),
    /// Delete the material of a number, or the current one.
    Delete(Option<u8>, &'static str),
    Rotate(&'static str),
    /// State of the key, and state and presence of its materials in order.
    Shows(&'static str, &'static [(u8, &'static str, &'static str)]),
}
use Step::{Delete, Import, Rotate, Shows};

const NEW: &str = "NEW_KEY_MATERIAL";
const EXISTING: &str = "EXISTING_KEY_MATERIAL";
const WRONG: &str = "IncorrectKeyMaterialException";
const STATE: &str = "KMSInvalidStateException";

#[test]
fn a_symmetric_key_has_several_materials() {
    const HERE: &str = "IMPORTED";
    const AWAY: &str = "PENDING_IMPORT";
    const CURRENT: &str = "CURRENT";
    const OLD: &str = "NON_CURRENT";
    const WAITS: &str = "PENDING_ROTATION";
    let steps = [
        Rotate(STATE),
        Import(1, EXISTING, WRONG),
        Delete(None, "ok"),
        Import(1, "", "ok"),
        Shows("Enabled", &[(1, CURRENT, HERE)]),
        // By default, what comes after the first must be known.
        Import(2, "", WRONG),
        Import(2, EXISTING, WRONG),
        Import(1, NEW, WRONG),
        Import(1, "", "ok"),
        Rotate(STATE),
        Import(2, NEW, "ok"),
        Shows("Enabled", &[(1, CURRENT, HERE), (2, WAITS, HERE)]),
        // One waits at a time; it can be imported again, deleted and replaced.
        Import(3, NEW, STATE),
        Import(2, NEW, WRONG),
        Import(2, "", "ok"),
        Delete(Some(2), "ok"),
        Shows("Enabled", &[(1, CURRENT, HERE)]),
        Delete(Some(2), "NotFoundException"),
        Import(2, EXISTING, WRONG),
        Rotate(STATE),
        Import(3, NEW, "ok"),
        Delete(Some(1), "ok"),
        Shows("PendingImport", &[(1, CURRENT, AWAY), (3, WAITS, HERE)]),
        Rotate(STATE),
        // What waits for a rotation does not make up for what is missing.
        Import(3, "", "ok"),
        Shows("PendingImport", &[(1, CURRENT, AWAY), (3, WAITS, HERE)]),
        Import(1, NEW, WRONG),
        Import(1, "", "ok"),
        Shows("Enabled", &[(1, CURRENT, HERE), (3, WAITS, HERE)]),
        Rotate("ok"),
        Shows("Enabled", &[(1, OLD, HERE), (3, CURRENT, HERE)]),
        Rotate(STATE),
        // All of them must be here.
        Delete(None, "ok"),
        Shows("PendingImport", &[(1, OLD, HERE), (3, CURRENT, AWAY)]),
        Delete(Some(1), "ok"),
        Delete(Some(1), "ok"),
        Import(2, NEW, "ok"),
        Import(3, "", "ok"),
        Shows(
            "PendingImport",
            &[(1, OLD, AWAY), (3, CURRENT, HERE), (2, WAITS, HERE)],
        ),
        Rotate(STATE),
        Import(1, EXISTING, "ok"),
        Shows(
            "Enabled",
            &[(1, OLD, HERE), (3, CURRENT, HERE), (2, WAITS, HERE)],
        ),
        Rotate("ok"),
        Shows(
            "Enabled",
            &[(1, OLD, HERE), (3, OLD, HERE), (2, CURRENT, HERE)],
        ),
    ];
    let mut s = Importing::new();
    let (key, given) = s.symmetric();
    let mut ids = vec![None; 4];
    for (number, step) in steps.into_iter().enumerate() {
        let title = format!("step {number}, {step:?}");
        match step {
            Import(material, kind, expect) => {
                let more = match kind {
                    "" => json!({}),
                    kind => json!({"ImportType": kind}),
                };
                let told = s.import(&key, &given, &[material; 32], more);
                if let Ok(reply) = &told {
                    let id = reply["KeyMaterialId"].as_str().unwrap().to_owned();
                    let known = ids[usize::from(material)].get_or_insert(id.clone());
                    assert_eq!(*known, id, "{title}");
                }
                assert_eq!(code(told), expect, "{title}");
            }
            Delete(material, expect) => {
                let mut input = json!({"KeyId": key});
                if let Some(material) = material {
                    input["KeyMaterialId"] = json!(ids[usize::from(material)]);
                }
                let told = s.call("DeleteImportedKeyMaterial", input);
                assert_eq!(code(told), expect, "{title}");
            }
            Rotate(expect) => {
                let told = s.call("RotateKeyOnDemand", json!({"KeyId": key}));
                assert_eq!(code(told), expect, "{title}");
            }
            Shows(state, materials) => {
                assert_eq!(s.state(&key), state, "{title}");
                let wanted: Vec<Value> = materials
                    .iter()
                    .map(|(m, state, import)| json!([ids[usize::from(*m)], state, import]))
                    .collect();
                let found: Vec<Value> = s
                    .materials(&key)
                    .iter()
                    .map(|m| json!([m["KeyMaterialId"], m["KeyMaterialState"], m["ImportState"]]))
                    .collect();
                assert_eq!(found, wanted, "{title}");
            }
        }
    }
}

/// An id that the request names must be that of the material, and of one that the key has.
#[test]
fn an_expected_id() {
    let mut s = Importing::new();
    let (key, given) = s.symmetric();
    let id = s.import(&key, &given, &[1; 32], json!({})).unwrap()["KeyMaterialId"].take();
    let (other, theirs) = s.symmetric();
    for (key, given, bytes, more, expect) in [
        (&key, &given, 1, json!({"KeyMaterialId": id}), "ok"),
        (
            &key,
            &given,
            1,
            json!({"KeyMaterialId": id, "ImportType": EXISTING}),
            "ok",
        ),
        (&key, &given, 2, json!({"KeyMaterialId": id}), WRONG),
        (
            &key,
            &given,
            1,
            json!({"KeyMaterialId": "0a".repeat(32)}),
            WRONG,
        ),
        (
            &key,
            &given,
            1,
            json!({"KeyMaterialId": id, "ImportType": NEW}),
            "ValidationException",
        ),
        (
            &key,
            &given,
            1,
            json!({"KeyMaterialId": "0A".repeat(32)}),
            "ValidationException",
        ),
        // Material of another key, even of the same bytes, has another id.
        (&other, &theirs, 1, json!({"KeyMaterialId": id}), WRONG),
    ] {
        let told = s.import(key, given, &[bytes; 32], more.clone());
        assert_eq!(code(told), expect, "{more}");
    }
    let theirs = s.import(&other, &theirs, &[1; 32], json!({})).unwrap()["KeyMaterialId"].take();
    assert_ne!(id, theirs);
}

#[test]
fn what_a_list_says_of_imported_material() {
    let mut s = Importing::new();
    let (key, given) = s.symmetric();
    let id = key.rsplit('/').next().unwrap().to_owned();
    let now = s.i.now.seconds();
    let more = json!({"KeyMaterialDescription": "the first: a-b_c/d.e"});
    let first = s.import(&key, &given, &[1; 32], more).unwrap()["KeyMaterialId"].take();
    let more =
        json!({"ImportType": NEW, "ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": now + 9});
    let second = s.import(&key, &given, &[2; 32], more).unwrap()["KeyMaterialId"].take();
    let mut of_first = json!({"KeyId": id, "KeyMaterialId": first,
        "KeyMaterialDescription": "the first: a-b_c/d.e", "ImportState": "IMPORTED",
        "KeyMaterialState": "CURRENT", "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"});
    let mut of_second = json!({"KeyId": id, "KeyMaterialId": second, "ImportState": "IMPORTED",
        "KeyMaterialState": "PENDING_ROTATION", "ExpirationModel": "KEY_MATERIAL_EXPIRES",
        "ValidTo": now + 9});
    assert_eq!(s.materials(&key), [of_first.clone(), of_second.clone()]);
    let none = s.done("ListKeyRotations", json!({"KeyId": key}));
    assert_eq!(none["Rotations"], json!([]));
    s.i.now = s.i.now.plus_seconds(5);
    s.done("RotateKeyOnDemand", json!({"KeyId": key}));
    of_first["KeyMaterialState"] = json!("NON_CURRENT");
    of_second["KeyMaterialState"] = json!("CURRENT");
    of_second["RotationDate"] = json!(now + 5);
    of_second["RotationType"] = json!("ON_DEMAND");
    assert_eq!(s.materials(&key), [of_first.clone(), of_second.clone()]);
    let rotations = s.done("ListKeyRotations", json!({"KeyId": key}));
    assert_eq!(rotations["Rotations"], json!([of_second]));
    // Gone, it keeps its description and its place; so it does when it comes back without one.
    s.done(
        "DeleteImportedKeyMaterial",
        json!({"KeyId": key, "KeyMaterialId": first}),
    );
    let mut gone = of_first.clone();
    gone["ImportState"] = json!("PENDING_IMPORT");
    gone.as_object_mut().unwrap().remove("ExpirationModel");
    assert_eq!(s.materials(&key), [gone, of_second.clone()]);
    s.import(&key, &given, &[1; 32], json!({})).unwrap();
    assert_eq!(s.materials(&key), [of_first.clone(), of_second.clone()]);
    let more = json!({"KeyMaterialDescription": "renamed"});
    s.import(&key, &given, &[1; 32], more).unwrap();
    of_first["KeyMaterialDescription"] = json!("renamed");
    assert_eq!(s.materials(&key), [of_first, of_second]);
}
