//! What must not open: every flipped bit, every cut, another context, key, place or root key.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use claviger_crypto::{
    BadCiphertext, BadRootKey, Header, OpenKey, Place, RootKey, SealError, Sealed, Sealer,
    SealingKeyId, UnlockError, WrappedStoreKey, constant_time_eq,
};
use claviger_types::{EncryptionContext, KeyId, MaterialId, SeededEntropy};
use proptest::prelude::*;

const UUID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

fn entropy() -> SeededEntropy {
    SeededEntropy::new([1; 32])
}

fn key(id: &str, material_id: u8, material: u8) -> OpenKey {
    let material_id = MaterialId::from_bytes(&[material_id; 32]);
    OpenKey::new(id.parse().unwrap(), material_id, &[material; 32]).unwrap()
}

fn place() -> Place<'static> {
    Place {
        collection: "kms.material",
        row: "us-east-1/x",
        version: 3,
    }
}

/// Every copy of `bytes` with one bit turned, then every proper prefix, then one byte more.
fn damaged(bytes: &[u8]) -> Vec<Vec<u8>> {
    let flips = (0..bytes.len() * 8).map(|bit| {
        let mut copy = bytes.to_vec();
        copy[bit / 8] ^= 1 << (bit % 8);
        copy
    });
    let cuts = (0..bytes.len()).map(|length| bytes[..length].to_vec());
    let longer = std::iter::once([bytes, &[0]].concat());
    flips.chain(cuts).chain(longer).collect()
}

#[test]
fn no_damaged_ciphertext_opens() {
    let context = EncryptionContext::from([("a", "b")]);
    for id in [UUID, "mrk-1234abcd12ab34cd56ef1234567890ab"] {
        let key = key(id, 7, 9);
        let blob = key.encrypt(b"plain", &context, &mut entropy()).unwrap();
        for bytes in damaged(&blob) {
            assert!(key.decrypt(&bytes, &context).is_err(), "{bytes:02x?}");
        }
        assert!(key.decrypt(&blob, &context).is_ok());
    }
}

#[test]
fn a_ciphertext_tells_why_it_does_not_open() {
    let context = EncryptionContext::from([("a", "b")]);
    let made_by = key(UUID, 7, 9);
    let blob = made_by.encrypt(b"plain", &context, &mut entropy()).unwrap();
    let changed = |at: usize, to: u8| {
        let mut copy = blob.clone();
        copy[at] = to;
        copy
    };
    let check = |key: &OpenKey, blob: &[u8], context: &EncryptionContext, expect| {
        assert_eq!(key.decrypt(blob, context).unwrap_err(), expect);
    };
    let other_id = "1234abcd-12ab-34cd-56ef-1234567890ac";
    let same_digits = "mrk-1234abcd12ab34cd56ef1234567890ab";
    use BadCiphertext::{Malformed, NotAuthentic, OtherKey, UnknownVersion};
    // Equal bytes under another key id, as two keys may import them.
    check(&key(other_id, 7, 9), &blob, &context, OtherKey);
    check(&key(same_digits, 7, 9), &blob, &context, OtherKey);
    check(&key(UUID, 8, 9), &blob, &context, OtherKey);
    check(&key(UUID, 7, 10), &blob, &context, NotAuthentic);
    for wrong in [
        EncryptionContext::default(),
        EncryptionContext::from([("a", "B")]),
        EncryptionContext::from([("A", "b")]),
        EncryptionContext::from([("a", "b"), ("c", "d")]),
    ] {
        check(&made_by, &blob, &wrong, NotAuthentic);
    }
    check(&made_by, &changed(0, 2), &context, UnknownVersion(2));
    check(&made_by, &changed(1, 2), &context, Malformed);
    check(&made_by, &changed(1, 1), &context, OtherKey);
    check(&made_by, &changed(60, blob[60] ^ 1), &context, NotAuthentic);
    check(&made_by, &blob[..93], &context, Malformed);
    check(&made_by, b"", &context, Malformed);
    check(&made_by, b"\x02", &context, Malformed);
}

#[test]
fn multi_region_siblings_open_each_others() {
    let id = "mrk-1234abcd12ab34cd56ef1234567890ab";
    let context = EncryptionContext::default();
    let blob = key(id, 7, 9).encrypt(b"x", &context, &mut entropy());
    let opened = key(id, 7, 9).decrypt(&blob.unwrap(), &context).unwrap();
    assert_eq!(opened.expose(), b"x");
}

#[test]
fn no_damaged_or_moved_value_opens() {
    let sealer = Sealer::generate(&mut entropy());
    let sealed = sealer.seal(&place(), b"secret", &mut entropy()).unwrap();
    for bytes in damaged(&sealed.to_bytes()) {
        let opens = Sealed::from_bytes(&bytes).is_ok_and(|s| sealer.open(&place(), &s).is_ok());
        assert!(!opens, "{bytes:02x?}");
    }
    let elsewhere = |collection, row, version| Place {
        collection,
        row,
        version,
    };
    for wrong in [
        elsewhere("kms.material", "us-east-1/x", 2),
        elsewhere("kms.material", "us-east-1/y", 3),
        elsewhere("kms.materialu", "s-east-1/x", 3),
        elsewhere("iam.access_key", "us-east-1/x", 3),
        elsewhere("", "", 0),
    ] {
        let refused = sealer.open(&wrong, &sealed).unwrap_err();
        assert_eq!(refused, SealError::NotAuthentic, "{wrong:?}");
    }
    let stranger = Sealer::with_data_key(SealingKeyId([5; 16]), &[0; 32]).unwrap();
    let refused = stranger.open(&place(), &sealed).unwrap_err();
    assert!(matches!(refused, SealError::OtherKey { .. }));
    let impostor = Sealer::with_data_key(sealer.id(), &[0; 32]).unwrap();
    let refused = impostor.open(&place(), &sealed).unwrap_err();
    assert_eq!(refused, SealError::NotAuthentic);
}

#[test]
fn no_damaged_store_key_opens_and_a_wrong_root_key_is_told_apart() {
    let root = RootKey::generate(&mut entropy());
    let other = RootKey::generate(&mut SeededEntropy::new([2; 32]));
    let sealer = Sealer::generate(&mut entropy());
    let wrapped = sealer.wrap(&root, &mut entropy()).unwrap();
    for bytes in damaged(&wrapped.to_bytes()) {
        let opens = WrappedStoreKey::from_bytes(&bytes)
            .is_ok_and(|wrapped| Sealer::unlock(&root, &wrapped).is_ok());
        assert!(!opens, "{bytes:02x?}");
    }
    let refused = Sealer::unlock(&other, &wrapped).unwrap_err();
    let expect = UnlockError::WrongRootKey {
        expected: root.id(),
        given: other.id(),
    };
    assert_eq!(refused, expect);
    assert!(refused.to_string().contains(&root.id().to_string()));

    // Changing the root key keeps the store key: old values open, the old root key does not.
    let sealed = sealer.seal(&place(), b"secret", &mut entropy()).unwrap();
    let rewrapped = sealer.wrap(&other, &mut entropy()).unwrap();
    let again = Sealer::unlock(&other, &rewrapped).unwrap();
    assert_eq!(again.open(&place(), &sealed).unwrap().expose(), b"secret");
    assert!(Sealer::unlock(&root, &rewrapped).is_err());
}

#[test]
fn root_key_files() {
    let good = RootKey::generate(&mut entropy()).to_text();
    let good = good.expose().trim_end();
    let (front, id) = good.rsplit_once(' ').unwrap();
    let (_, encoded) = front.split_once(' ').unwrap();
    let check = |text: &str, expect: Option<BadRootKey>| {
        assert_eq!(RootKey::parse(text).err(), expect, "{text:?}");
    };
    check(good, None);
    check(&format!("{good}\n"), None);
    check(&format!("{good}\r\n"), None);
    check("", Some(BadRootKey::Empty));
    check(" \n", Some(BadRootKey::Empty));
    check("-----BEGIN PRIVATE KEY-----", Some(BadRootKey::NotAKeyFile));
    check(encoded, Some(BadRootKey::NotAKeyFile));
    check(&format!(" {good}"), Some(BadRootKey::NotAKeyFile));
    let later = format!("claviger-root-key-v2 {encoded} {id}");
    check(&later, Some(BadRootKey::NewerVersion));
    let zeroth = format!("claviger-root-key-v0 {encoded} {id}");
    check(&zeroth, Some(BadRootKey::NotAKeyFile));
    for damaged in [
        front.to_owned(),
        format!("{good} more"),
        format!("{good}\nmore"),
        format!("{front} {}", id.to_uppercase()),
        format!("{front} 0000000000000000"),
        format!("claviger-root-key-v1 {} {id}", &encoded[4..]),
        format!("claviger-root-key-v1 !{} {id}", &encoded[1..]),
    ] {
        check(&damaged, Some(BadRootKey::Damaged));
    }
    // Every single changed character of the key is noticed.
    for at in 0..encoded.len() {
        let mut changed = encoded.to_owned().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let text = format!("claviger-root-key-v1 {changed} {id}");
        check(&text, Some(BadRootKey::Damaged));
    }
}

#[test]
fn nothing_secret_is_printed() {
    let root = RootKey::from_bytes(claviger_types::Secret::new([0xab; 32]));
    let sealer = Sealer::with_data_key(SealingKeyId([1; 16]), &[0xab; 32]).unwrap();
    let index = sealer.index_key("x").unwrap();
    let open = key(UUID, 1, 0xab);
    let printed = format!(
        "{root:?} {sealer:?} {index:?} {open:?} {:?}",
        root.to_text()
    );
    for secret in ["abab", "171", "0xab", "q6ur"] {
        assert!(!printed.to_lowercase().contains(secret), "{printed}");
    }
}

#[test]
fn lengths_of_keys() {
    let id: KeyId = UUID.parse().unwrap();
    for (length, good) in [(0, false), (31, false), (32, true), (33, false)] {
        let bytes = vec![0; length];
        let material = MaterialId::from_bytes(&[0; 32]);
        assert_eq!(OpenKey::new(id.clone(), material, &bytes).is_some(), good);
        let sealer = Sealer::with_data_key(SealingKeyId([0; 16]), &bytes);
        assert_eq!(sealer.is_some(), good);
    }
}

#[test]
fn comparison() {
    for (a, b, equal) in [
        ("", "", true),
        ("a", "a", true),
        ("a", "b", false),
        ("a", "aa", false),
    ] {
        assert_eq!(constant_time_eq(a.as_bytes(), b.as_bytes()), equal);
    }
}

#[test]
fn purposes_and_keys_divide_indexes() {
    let a = Sealer::with_data_key(SealingKeyId([0; 16]), &[1; 32]).unwrap();
    let b = Sealer::with_data_key(SealingKeyId([0; 16]), &[2; 32]).unwrap();
    let tag = |sealer: &Sealer, purpose| sealer.index_key(purpose).unwrap().tag(b"jane");
    assert_eq!(tag(&a, "UserName"), tag(&a, "UserName"));
    assert_ne!(tag(&a, "UserName"), tag(&a, "Email"));
    assert_ne!(tag(&a, "UserName"), tag(&b, "UserName"));
}

fn contexts() -> impl Strategy<Value = EncryptionContext> {
    prop::collection::btree_map("[a-cé]{0,3}", "[a-c]{0,3}", 0..4).prop_map(EncryptionContext)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn ciphertexts_open_under_their_own_context_only(
        seed: [u8; 32],
        plaintext in prop::collection::vec(any::<u8>(), 0..300),
        context in contexts(),
        other in contexts(),
    ) {
        let key = key(UUID, 7, 9);
        let blob = key.encrypt(&plaintext, &context, &mut SeededEntropy::new(seed)).unwrap();
        let header = Header::parse(&blob).unwrap();
        prop_assert_eq!(header.key_id(), key.key_id());
        prop_assert_eq!(header.material_id(), key.material_id());
        let opened = key.decrypt(&blob, &context).unwrap();
        prop_assert_eq!(opened.expose(), &plaintext);
        prop_assert_eq!(key.decrypt(&blob, &other).is_ok(), context == other);
    }

    #[test]
    fn equal_plaintexts_have_unequal_ciphertexts(a: [u8; 32], b: [u8; 32]) {
        prop_assume!(a != b);
        let key = key(UUID, 7, 9);
        let encrypt = |seed| {
            key.encrypt(b"same", &EncryptionContext::default(), &mut SeededEntropy::new(seed))
        };
        prop_assert_ne!(encrypt(a).unwrap()[50..].to_vec(), encrypt(b).unwrap()[50..].to_vec());
    }

    #[test]
    fn foreign_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Header::parse(&bytes);
        let _ = Sealed::from_bytes(&bytes);
        let _ = WrappedStoreKey::from_bytes(&bytes);
        let _ = RootKey::parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn values_open_at_their_own_place_only(
        seed: [u8; 32],
        plaintext in prop::collection::vec(any::<u8>(), 0..100),
        here in ("[ab]{0,2}", "[ab]{0,2}", 0_u64..2),
        there in ("[ab]{0,2}", "[ab]{0,2}", 0_u64..2),
    ) {
        fn at(place: &(String, String, u64)) -> Place<'_> {
            Place { collection: &place.0, row: &place.1, version: place.2 }
        }
        let mut entropy = SeededEntropy::new(seed);
        let sealer = Sealer::generate(&mut entropy);
        let sealed = sealer.seal(&at(&here), &plaintext, &mut entropy).unwrap();
        let stored: Sealed = String::from(sealed.clone()).try_into().unwrap();
        prop_assert_eq!(&stored, &sealed);
        let opened = sealer.open(&at(&here), &stored).unwrap();
        prop_assert_eq!(opened.expose(), &plaintext);
        prop_assert_eq!(sealer.open(&at(&there), &stored).is_ok(), here == there);
    }
}
