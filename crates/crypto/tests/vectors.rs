//! Known answers: what another implementation computed from the formats' descriptions
//! (`testdata/formats/v1/README.md`) must come out here byte for byte, and open.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use claviger_crypto::{
    OpenKey, Place, RootKey, Sealed, Sealer, SealingKeyId, WrappedStoreKey, hex, hmac_sha256,
    sha256,
};
use claviger_types::{EncryptionContext, Entropy};
use serde_json::Value;

/// Hands out recorded bytes and refuses to invent more.
struct Recorded(Vec<u8>);

impl Entropy for Recorded {
    fn fill(&mut self, buffer: &mut [u8]) {
        buffer.copy_from_slice(&self.0.drain(..buffer.len()).collect::<Vec<u8>>());
    }
}

fn unhex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The vectors of one kind, of which there must be so many.
fn vectors(kind: &str, count: usize) -> Vec<Value> {
    let all: Value =
        serde_json::from_str(include_str!("../../../testdata/formats/v1/vectors.json")).unwrap();
    let of_kind = all[kind].as_array().unwrap().clone();
    assert_eq!(of_kind.len(), count, "number of {kind}");
    of_kind
}

#[test]
fn ciphertexts() {
    for v in vectors("ciphertexts", 6) {
        let key = OpenKey::new(
            text(&v["key_id"]).parse().unwrap(),
            text(&v["material_id"]).parse().unwrap(),
            &unhex(&v["material"]),
        )
        .unwrap();
        let context: EncryptionContext = serde_json::from_value(v["context"].clone()).unwrap();
        let plaintext = unhex(&v["plaintext"]);
        let mut entropy = Recorded(unhex(&v["entropy"]));
        let blob = key.encrypt(&plaintext, &context, &mut entropy).unwrap();
        assert_eq!(hex(&blob), text(&v["blob"]), "{}", v["name"]);
        assert_eq!(blob.len(), plaintext.len() + 94);
        // The KMS model allows a CiphertextBlob 6144 bytes.
        assert!(blob.len() <= 6144);
        let opened = key.decrypt(&unhex(&v["blob"]), &context).unwrap();
        assert_eq!(opened.expose(), &plaintext, "{}", v["name"]);
    }
}

#[test]
fn values() {
    for v in vectors("values", 3) {
        let id = SealingKeyId(unhex(&v["key_id"]).try_into().unwrap());
        let sealer = Sealer::with_data_key(id, &unhex(&v["key"])).unwrap();
        let place = Place {
            collection: text(&v["collection"]),
            row: text(&v["row"]),
            version: v["version"].as_u64().unwrap(),
        };
        let plaintext = unhex(&v["plaintext"]);
        let sealed = sealer
            .seal(&place, &plaintext, &mut Recorded(unhex(&v["entropy"])))
            .unwrap();
        assert_eq!(serde_json::to_value(&sealed).unwrap(), v["sealed"]);
        let stored: Sealed = serde_json::from_value(v["sealed"].clone()).unwrap();
        assert_eq!(sealer.open(&place, &stored).unwrap().expose(), &plaintext);
    }
}

#[test]
fn store_keys() {
    for v in vectors("wrapped", 2) {
        let root = RootKey::parse(text(&v["root_file"])).unwrap();
        assert_eq!(root.to_text().expose(), text(&v["root_file"]));
        let mut entropy = Recorded(unhex(&v["entropy"]));
        let sealer = Sealer::generate(&mut entropy);
        let wrapped = sealer.wrap(&root, &mut entropy).unwrap();
        assert_eq!(serde_json::to_value(&wrapped).unwrap(), v["wrapped"]);
        let stored: WrappedStoreKey = serde_json::from_value(v["wrapped"].clone()).unwrap();
        assert_eq!(Sealer::unlock(&root, &stored).unwrap().id(), sealer.id());
    }
}

#[test]
fn indexes() {
    for v in vectors("indexes", 2) {
        let sealer = Sealer::with_data_key(SealingKeyId([0; 16]), &unhex(&v["key"])).unwrap();
        let index = sealer.index_key(text(&v["purpose"])).unwrap();
        assert_eq!(
            hex(&index.tag(text(&v["data"]).as_bytes())),
            text(&v["tag"])
        );
    }
}

/// RFC 4231, test cases 1, 2 and 6 (a key longer than a block); FIPS 180-4's "abc".
#[test]
fn published_answers() {
    let check = |key: &[u8], data: &[u8], expect: &str| {
        assert_eq!(hex(&hmac_sha256(key, data)), expect);
    };
    check(
        &[0x0b; 20],
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    );
    check(
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
    check(
        &[0xaa; 131],
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    );
    assert_eq!(
        hex(&sha256(b"abc")),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}
