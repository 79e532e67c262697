//! New RSA keys without the wait: the first of each length is a known one (`testdata/keys`), all
//! further ones are really made.

use claviger_crypto::{KeyMaterial, KeySpec};
use claviger_types::SeededEntropy;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Hands out RSA keys, each once.
#[derive(Default)]
pub struct RsaKeys {
    given: BTreeSet<KeySpec>,
    /// How many were handed out.
    pub count: usize,
}

impl RsaKeys {
    /// The next key of a spec.
    pub(crate) fn next(&mut self, spec: KeySpec) -> Arc<KeyMaterial> {
        self.count += 1;
        Arc::new(if self.given.insert(spec) {
            known(spec)
        } else {
            let mut entropy = SeededEntropy::new([0; 32]);
            KeyMaterial::generate(spec, &mut entropy).expect("a key")
        })
    }
}

fn known(spec: KeySpec) -> KeyMaterial {
    let all: Value =
        serde_json::from_str(include_str!("../../testdata/keys/keys.json")).expect("JSON");
    let keys = all["keys"].as_array().expect("keys");
    let found = keys.iter().find(|key| key["spec"] == spec.as_str());
    let hex = found.expect("a key of the spec")["material"]
        .as_str()
        .expect("text");
    let bytes: Vec<u8> = (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hexadecimal"))
        .collect();
    KeyMaterial::from_bytes(spec, &bytes).expect("a key")
}
