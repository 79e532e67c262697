//! Which keys an alias may go over to, and what the names are answered that no alias of a customer
//! has.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod scene;

use claviger_core::state::{Key, KeyPlace};
use claviger_crypto::{KeySpec, KeyUsage};
use scene::Scene;
use serde_json::json;

/// A key of a spec and usage, as far as aliases see one.
fn key(scene: &mut Scene, spec: KeySpec, usage: KeyUsage) -> String {
    let made = scene.admin("CreateKey", json!({})).unwrap();
    let arn = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let place = KeyPlace::of(&arn.parse().unwrap());
    let key = Key::clone(scene.i.snapshot.get::<Key>(&place).unwrap());
    scene.i.install(&Key { spec, usage, ..key });
    arn
}

#[test]
fn an_alias_stays_with_its_kind_of_key() {
    let mut scene = Scene::new();
    let kinds = [
        (KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt),
        (KeySpec::Rsa2048, KeyUsage::EncryptDecrypt),
        (KeySpec::Rsa4096, KeyUsage::SignVerify),
        (KeySpec::EccNistP256, KeyUsage::SignVerify),
        (KeySpec::EccNistP256, KeyUsage::KeyAgreement),
        (KeySpec::MlDsa44, KeyUsage::SignVerify),
        (KeySpec::Hmac256, KeyUsage::GenerateVerifyMac),
        (KeySpec::Hmac512, KeyUsage::GenerateVerifyMac),
    ];
    let keys: Vec<_> = kinds
        .iter()
        .map(|(spec, usage)| (*spec, *usage, key(&mut scene, *spec, *usage)))
        .collect();
    for (n, (old_spec, old_usage, old)) in keys.iter().enumerate() {
        for (m, (new_spec, new_usage, new)) in keys.iter().enumerate() {
            let alias = format!("alias/from{n}to{m}");
            let document = json!({"AliasName": alias, "TargetKeyId": old});
            scene.admin("CreateAlias", document).unwrap();
            let document = json!({"AliasName": alias, "TargetKeyId": new});
            let found = scene.admin("UpdateAlias", document).map(|_| ());
            let same = old_spec.family() == new_spec.family() && old_usage == new_usage;
            let wanted = if same {
                Ok(())
            } else {
                Err((
                    "ValidationException".to_owned(),
                    format!(
                        "Alias arn:aws:kms:us-east-1:111122223333:{alias} cannot be associated with \
                         {new}: its key type or key usage differs from that of the current key."
                    ),
                ))
            };
            assert_eq!(
                found, wanted,
                "{old_spec} {old_usage} to {new_spec} {new_usage}"
            );
        }
    }
}

/// `InvalidAliasNameException` is CreateAlias's alone.
#[test]
fn names_that_no_customer_gave_are_not_found() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    for name in ["alias/", "alias/aws/ebs", "alias/aws/none", "alias/none"] {
        let missing = format!("Alias arn:aws:kms:us-east-1:111122223333:{name} is not found.");
        for (operation, document) in [
            (
                "UpdateAlias",
                json!({"AliasName": name, "TargetKeyId": key}),
            ),
            ("DeleteAlias", json!({"AliasName": name})),
        ] {
            let wanted = Err(("NotFoundException".to_owned(), missing.clone()));
            assert_eq!(
                scene.admin(operation, document),
                wanted,
                "{operation} {name}"
            );
        }
    }
}
