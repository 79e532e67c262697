//! Identity Center under a key in an external key store: the nested requests pass their questions
//! outward, and a store that fails is a fault of the key.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod directory;

use claviger_core::chain::{KeyStoreAnswer, KeyStoreFailure, KeyStoreRequest};
use claviger_core::state::{Key, KeyPlace, KeyStoreKey, Origin};
use claviger_types::Secret;
use directory::{Directory, open_policy, refusal, refused};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A key that lives in an external key store, as no operation can make one yet.
fn external_key(directory: &mut Directory) -> String {
    let arn = directory.key(&open_policy());
    let place = KeyPlace::of(&arn.parse().unwrap());
    let mut key = Key::clone(directory.i.snapshot.get::<Key>(&place).unwrap());
    key.origin = Origin::ExternalKeyStore;
    key.key_store = Some(KeyStoreKey {
        key_store_id: "cks-1234567890abcdef0".to_owned(),
        external_key_id: "outside".to_owned(),
    });
    directory.i.install(&key);
    arn
}

#[test]
fn questions_pass_outward_and_failures_come_back_as_faults_of_the_key() {
    let mut directory = Directory::new();
    let key = external_key(&mut directory);
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    // Its cipher is an exclusive or: enough to see both directions.
    directory.i.key_store = Some(Box::new(move |call| {
        count.fetch_add(1, Ordering::Relaxed);
        match &call.request {
            KeyStoreRequest::Encrypt { plaintext, .. } => {
                KeyStoreAnswer::Ciphertext(plaintext.expose().iter().map(|b| b ^ 0x55).collect())
            }
            KeyStoreRequest::Decrypt { ciphertext, .. } => KeyStoreAnswer::Plaintext(Arc::new(
                Secret::new(ciphertext.iter().map(|b| b ^ 0x55).collect()),
            )),
        }
    }));
    directory.set_key(&key).unwrap();
    let id = directory.create("ada");
    let ask = json!({"UserId": id});
    directory.as_admin("DescribeUser", ask.clone()).unwrap();
    let before = asked.load(Ordering::Relaxed);
    assert!(before > 0);
    let from = directory.i.records.len();
    directory.as_admin("DescribeUser", ask.clone()).unwrap();
    assert!(
        asked.load(Ordering::Relaxed) > before,
        "nothing is cached between requests"
    );
    let names: Vec<&str> = directory.i.records[from..]
        .iter()
        .map(|r| r.event_name)
        .collect();
    assert_eq!(
        names,
        ["Decrypt", "Decrypt", "DescribeUser"],
        "asking leaves no records behind"
    );
    directory.i.key_store = Some(Box::new(|_| {
        KeyStoreAnswer::Failed(KeyStoreFailure("the proxy does not answer".to_owned()))
    }));
    let error = directory.as_admin("DescribeUser", ask).unwrap_err();
    assert_eq!(
        refusal(&error),
        refused("ValidationException", "KMS_INVALID_STATE")
    );
    assert_eq!(error.message.as_deref(), Some("the proxy does not answer"));
    let other = external_key(&mut directory);
    let error = directory.set_key(&other).unwrap_err();
    assert_eq!(
        refusal(&error),
        refused("ValidationException", "KMS_InvalidStateException")
    );
}
