//! Keys of every spec against what other implementations made with them (`testdata/keys`):
//! their signatures verify here, their ciphertexts decrypt, their private keys have their public
//! halves; whatever is deterministic comes out byte for byte. What this crate makes is verified
//! outside by `tests/python/test_asymmetric.py`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_crypto::{
    AgreementError, BadImport, DataKeyPair, EncryptionAlgorithm, KemError, KeyMaterial, KeySpec,
    MacAlgorithm, MacError, MaterialError, Message, MessageError, MessageType, PublicKey, RsaError,
    SigningAlgorithm, UnwrapError, VerifyError, WrappingAlgorithm, WrappingKey, WrappingKeySpec,
    hex, import_material,
};
use claviger_types::SeededEntropy;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static ALL: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../testdata/keys/keys.json")).unwrap()
});

fn entropy(seed: u8) -> SeededEntropy {
    SeededEntropy::new([seed; 32])
}

fn unhex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

fn spec(value: &Value) -> KeySpec {
    KeySpec::named(value["spec"].as_str().unwrap()).unwrap()
}

/// The vectors of one kind, of which there must be so many.
fn vectors(kind: &str, count: usize) -> &'static [Value] {
    let of_kind = ALL[kind].as_array().unwrap();
    assert_eq!(of_kind.len(), count, "number of {kind}");
    of_kind
}

/// A key of the vectors: its material and its public half.
struct Known {
    material: KeyMaterial,
    spki: Vec<u8>,
    imported: Vec<u8>,
}

fn known(spec: KeySpec) -> Known {
    let found = vectors("keys", 14)
        .iter()
        .find(|v| v["spec"] == spec.as_str())
        .unwrap();
    Known {
        material: KeyMaterial::from_bytes(spec, &unhex(&found["material"])).unwrap(),
        spki: unhex(&found["spki"]),
        imported: unhex(&found["imported"]),
    }
}

impl Known {
    fn public(&self) -> PublicKey<'_> {
        PublicKey::new(self.material.spec(), &self.spki)
    }
}

/// Specs of key pairs, in the order of the vectors.
fn pairs() -> Vec<KeySpec> {
    vectors("keys", 14).iter().map(spec).collect()
}

/// A copy with one bit turned over, for a few places.
fn flipped(bytes: &[u8]) -> Vec<Vec<u8>> {
    [0, bytes.len() / 2, bytes.len() - 1]
        .into_iter()
        .map(|at| {
            let mut copy = bytes.to_vec();
            copy[at] ^= 1;
            copy
        })
        .collect()
}

#[test]
fn public_halves_are_those_of_others() {
    for spec in pairs() {
        let key = known(spec);
        let public = key.material.public_key().unwrap().unwrap();
        assert_eq!(hex(&public), hex(&key.spki), "{spec}");
    }
}

#[test]
fn private_keys_of_others_are_imported_and_leave_in_the_same_form() {
    for spec in pairs() {
        let key = known(spec);
        if spec.imports() {
            let imported = import_material(spec, &key.imported).unwrap();
            assert_eq!(hex(imported.bytes()), hex(key.material.bytes()), "{spec}");
        } else {
            assert_eq!(
                import_material(spec, &key.imported).unwrap_err(),
                BadImport::NotImportable(spec)
            );
        }
        if spec.is_data_key_pair() {
            let pair = DataKeyPair::of(&key.material).unwrap();
            assert_eq!(hex(pair.private_key.expose()), hex(&key.imported), "{spec}");
            assert_eq!(hex(&pair.public_key), hex(&key.spki), "{spec}");
        } else {
            assert!(DataKeyPair::of(&key.material).is_err());
        }
    }
}

#[test]
fn generated_material_is_repeated_but_for_rsa_and_reads_back() {
    for spec in KeySpec::ALL.iter().copied() {
        if spec.modulus_len().is_some_and(|length| length > 256) {
            // The larger ones differ in nothing but the time they take.
            continue;
        }
        let made = KeyMaterial::generate(spec, &mut entropy(1)).unwrap();
        let again = KeyMaterial::generate(spec, &mut entropy(1)).unwrap();
        let other = KeyMaterial::generate(spec, &mut entropy(2)).unwrap();
        assert_eq!(
            made.bytes() == again.bytes(),
            spec.modulus_len().is_none(),
            "{spec}"
        );
        assert_ne!(made.bytes(), other.bytes(), "{spec}");
        let read = KeyMaterial::from_bytes(spec, made.bytes()).unwrap();
        let public = made.public_key().unwrap();
        assert_eq!(read.public_key().unwrap(), public);
        let pair = public.is_some();
        assert_eq!(
            pair,
            spec.family() == claviger_crypto::KeyFamily::Asymmetric
        );
        if let Some(length) = spec.hmac_len() {
            assert_eq!(made.bytes().len(), length);
        }
        assert_eq!(format!("{made:?}"), format!("KeyMaterial({spec}, …)"));
    }
}

#[test]
fn material_of_another_length_is_refused() {
    for (spec, lengths) in [
        (KeySpec::SymmetricDefault, vec![0, 16, 31, 33]),
        (KeySpec::Hmac224, vec![27, 129]),
        (KeySpec::Hmac512, vec![63, 129]),
        (KeySpec::EccNistEdwards25519, vec![31, 64]),
        (KeySpec::MlDsa65, vec![31, 33]),
        (KeySpec::MlKem768, vec![32, 65]),
        (KeySpec::EccNistP256, vec![0]),
        (KeySpec::Rsa2048, vec![0, 4097]),
    ] {
        for length in lengths {
            assert_eq!(
                KeyMaterial::from_bytes(spec, &vec![7; length]).unwrap_err(),
                MaterialError::Malformed(spec)
            );
        }
    }
    // A key pair of another kind is found out when it is used.
    let p384 = known(KeySpec::EccNistP384);
    let wrong = KeyMaterial::from_bytes(KeySpec::EccNistP256, p384.material.bytes()).unwrap();
    assert_eq!(
        wrong.public_key(),
        Err(MaterialError::Malformed(KeySpec::EccNistP256))
    );
    let rsa = known(KeySpec::Rsa3072);
    let wrong = KeyMaterial::from_bytes(KeySpec::Rsa2048, rsa.material.bytes()).unwrap();
    assert_eq!(
        wrong.public_key(),
        Err(MaterialError::Malformed(KeySpec::Rsa2048))
    );
}

struct Signed {
    spec: KeySpec,
    algorithm: SigningAlgorithm,
    kind: MessageType,
    message: Vec<u8>,
    signature: Vec<u8>,
    deterministic: bool,
}

fn signed() -> Vec<Signed> {
    let one = |v: &Value| Signed {
        spec: spec(v),
        algorithm: SigningAlgorithm::named(v["algorithm"].as_str().unwrap()).unwrap(),
        kind: MessageType::named(v["kind"].as_str().unwrap()).unwrap(),
        message: unhex(&v["message"]),
        signature: unhex(&v["signature"]),
        deterministic: v["deterministic"].as_bool().unwrap(),
    };
    vectors("signatures", 52).iter().map(one).collect()
}

impl Signed {
    fn message(&self) -> Message<'_> {
        Message {
            kind: self.kind,
            bytes: &self.message,
        }
    }
}

#[test]
fn signatures_of_others_verify_and_ours_are_the_same_where_they_are_fixed() {
    for v in signed() {
        let key = known(v.spec);
        let what = format!("{} {} {}", v.spec, v.algorithm, v.kind);
        key.public()
            .verify(v.algorithm, v.message(), &v.signature)
            .expect(&what);
        let ours = key
            .material
            .sign(v.algorithm, v.message(), &mut entropy(3))
            .expect(&what);
        if v.deterministic {
            assert_eq!(hex(&ours), hex(&v.signature), "{what}");
        } else {
            assert_ne!(ours, v.signature, "{what}");
        }
        key.public()
            .verify(v.algorithm, v.message(), &ours)
            .expect(&what);
    }
}

#[test]
fn altered_signatures_and_messages_do_not_verify() {
    for v in signed() {
        let key = known(v.spec);
        let what = format!("{} {} {}", v.spec, v.algorithm, v.kind);
        let verify = |message: &[u8], signature: &[u8]| {
            let message = Message {
                kind: v.kind,
                bytes: message,
            };
            key.public().verify(v.algorithm, message, signature)
        };
        for signature in flipped(&v.signature) {
            let result = verify(&v.message, &signature);
            assert_eq!(result, Err(VerifyError::Invalid), "{what}");
        }
        for message in flipped(&v.message) {
            let result = verify(&message, &v.signature);
            assert_eq!(result, Err(VerifyError::Invalid), "{what}");
        }
        let longer = [v.signature.as_slice(), &[0]].concat();
        let shorter = &v.signature[..v.signature.len() - 1];
        for signature in [&longer[..], shorter, &[], &[0x30]] {
            let result = verify(&v.message, signature);
            assert_eq!(result, Err(VerifyError::Invalid), "{what}");
        }
    }
}

#[test]
fn another_keys_signature_does_not_verify() {
    for v in signed() {
        if v.spec.modulus_len().is_some() {
            // Among the vectors there is one RSA key of each length, and making one takes long.
            continue;
        }
        let other = KeyMaterial::generate(v.spec, &mut entropy(4)).unwrap();
        let spki = other.public_key().unwrap().unwrap();
        let result = PublicKey::new(v.spec, &spki).verify(v.algorithm, v.message(), &v.signature);
        assert_eq!(result, Err(VerifyError::Invalid), "{}", v.spec);
    }
    let other = KeyMaterial::generate(KeySpec::Rsa2048, &mut entropy(4)).unwrap();
    let spki = other.public_key().unwrap().unwrap();
    for v in signed().iter().filter(|v| v.spec == KeySpec::Rsa2048) {
        let result = PublicKey::new(v.spec, &spki).verify(v.algorithm, v.message(), &v.signature);
        assert_eq!(result, Err(VerifyError::Invalid), "{}", v.algorithm);
    }
}

/// Which message types an algorithm takes, and how long the message must be.
fn takes(algorithm: SigningAlgorithm, kind: MessageType) -> Option<Option<usize>> {
    use SigningAlgorithm as A;
    let hash = match algorithm {
        A::RsassaPssSha256 | A::RsassaPkcs1V15Sha256 | A::EcdsaSha256 => 32,
        A::RsassaPssSha384 | A::RsassaPkcs1V15Sha384 | A::EcdsaSha384 => 48,
        A::RsassaPssSha512 | A::RsassaPkcs1V15Sha512 | A::EcdsaSha512 => 64,
        A::MlDsaShake256 => {
            return match kind {
                MessageType::Raw => Some(None),
                MessageType::ExternalMu => Some(Some(64)),
                MessageType::Digest => None,
            };
        }
        A::Ed25519Sha512 => return (kind == MessageType::Raw).then_some(None),
        A::Ed25519PhSha512 => return (kind == MessageType::Digest).then_some(Some(64)),
    };
    match kind {
        MessageType::Raw => Some(None),
        MessageType::Digest => Some(Some(hash)),
        MessageType::ExternalMu => None,
    }
}

#[test]
fn every_algorithm_and_message_type_on_every_spec() {
    let bytes = [5_u8; 65];
    for spec in pairs() {
        let key = known(spec);
        for algorithm in SigningAlgorithm::ALL.iter().copied() {
            for kind in MessageType::ALL.iter().copied() {
                for length in [1, 20, 32, 48, 63, 64, 65] {
                    let expected = if !spec.signing_algorithms().contains(&algorithm) {
                        Err(MessageError::Incompatible { algorithm, spec })
                    } else {
                        match takes(algorithm, kind) {
                            None => Err(MessageError::Kind { kind, algorithm }),
                            Some(Some(only)) if only != length => {
                                Err(MessageError::DigestLength(algorithm))
                            }
                            Some(_) => Ok(()),
                        }
                    };
                    let message = Message {
                        kind,
                        bytes: &bytes[..length],
                    };
                    let verified = key.public().verify(algorithm, message, &[1; 64]);
                    let what = format!("{spec} {algorithm} {kind} {length}");
                    match expected {
                        Err(why) => {
                            assert_eq!(verified, Err(VerifyError::Message(why)), "{what}");
                            let signed = key.material.sign(algorithm, message, &mut entropy(5));
                            assert_eq!(signed, Err(why.into()), "{what}");
                        }
                        Ok(()) => assert_eq!(verified, Err(VerifyError::Invalid), "{what}"),
                    }
                }
            }
        }
    }
}

#[test]
fn ciphertexts_of_others_decrypt() {
    for v in vectors("ciphertexts", 12) {
        let key = known(spec(v));
        let algorithm = EncryptionAlgorithm::named(v["algorithm"].as_str().unwrap()).unwrap();
        let plaintext = unhex(&v["plaintext"]);
        let ciphertext = unhex(&v["ciphertext"]);
        let opened = key.material.decrypt(algorithm, &ciphertext).unwrap();
        assert_eq!(opened.expose(), &plaintext);
        let ours = key.public().encrypt(algorithm, &plaintext).unwrap();
        assert_ne!(ours, ciphertext);
        let opened = key.material.decrypt(algorithm, &ours).unwrap();
        assert_eq!(opened.expose(), &plaintext);

        let other = match algorithm {
            EncryptionAlgorithm::RsaesOaepSha1 => EncryptionAlgorithm::RsaesOaepSha256,
            _ => EncryptionAlgorithm::RsaesOaepSha1,
        };
        let invalid = |algorithm, ciphertext: &[u8]| {
            let result = key.material.decrypt(algorithm, ciphertext);
            assert_eq!(result.unwrap_err(), RsaError::Invalid);
        };
        invalid(other, &ciphertext);
        for altered in flipped(&ciphertext) {
            invalid(algorithm, &altered);
        }
        invalid(algorithm, &ciphertext[1..]);
        invalid(algorithm, &[&ciphertext[..], &[0]].concat());
        invalid(algorithm, &[]);
    }
}

/// The limits of the KMS API reference, `Encrypt`.
#[test]
fn the_most_that_rsa_encrypts() {
    for (spec, sha1, sha256) in [
        (KeySpec::Rsa2048, 214, 190),
        (KeySpec::Rsa3072, 342, 318),
        (KeySpec::Rsa4096, 470, 446),
    ] {
        for (algorithm, most) in [
            (EncryptionAlgorithm::RsaesOaepSha1, sha1),
            (EncryptionAlgorithm::RsaesOaepSha256, sha256),
        ] {
            let key = known(spec);
            assert_eq!(algorithm.most_plaintext(spec), Some(most));
            assert!(key.public().encrypt(algorithm, &vec![1; most]).is_ok());
            let refused = key.public().encrypt(algorithm, &vec![1; most + 1]);
            assert_eq!(
                refused.unwrap_err().to_string(),
                format!(
                    "Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than \
                     {most} bytes."
                )
            );
        }
    }
    for spec in pairs() {
        for algorithm in EncryptionAlgorithm::ALL.iter().copied() {
            if spec.encryption_algorithms().contains(&algorithm) {
                continue;
            }
            let key = known(spec);
            let why = RsaError::Incompatible { algorithm, spec };
            assert_eq!(key.public().encrypt(algorithm, b"x"), Err(why));
            assert_eq!(key.material.decrypt(algorithm, b"x").unwrap_err(), why);
        }
    }
}

#[test]
fn macs_are_those_of_others() {
    for v in vectors("macs", 8) {
        let spec = spec(v);
        let key = import_material(spec, &unhex(&v["key"])).unwrap();
        let (message, mac) = (unhex(&v["message"]), unhex(&v["mac"]));
        for algorithm in MacAlgorithm::ALL.iter().copied() {
            let made = key.mac(algorithm, &message);
            if v["algorithm"] != algorithm.as_str() {
                assert_eq!(made, Err(MacError::Incompatible { algorithm, spec }));
                assert_eq!(
                    key.verify_mac(algorithm, &message, &mac),
                    Err(MacError::Incompatible { algorithm, spec })
                );
                continue;
            }
            assert_eq!(made, Ok(mac.clone()));
            assert_eq!(key.verify_mac(algorithm, &message, &mac), Ok(()));
            let mut wrong = flipped(&mac);
            wrong.extend([mac[1..].to_vec(), [&mac[..], &[0]].concat(), Vec::new()]);
            for wrong in wrong {
                assert_eq!(
                    key.verify_mac(algorithm, &message, &wrong),
                    Err(MacError::Invalid)
                );
            }
            for message in flipped(&message) {
                assert_eq!(
                    key.verify_mac(algorithm, &message, &mac),
                    Err(MacError::Invalid)
                );
            }
        }
    }
}

#[test]
fn agreed_secrets_are_those_of_others() {
    for v in vectors("secrets", 3) {
        let key = known(spec(v));
        let peer = unhex(&v["peer"]);
        let secret = key.material.derive_shared_secret(&peer).unwrap();
        assert_eq!(secret.expose(), &unhex(&v["secret"]));

        let refused = |peer: &[u8]| key.material.derive_shared_secret(peer).unwrap_err();
        let malformed = AgreementError::MalformedPeer;
        // Neither on the curve nor in the frame any more.
        let mut off = peer.clone();
        *off.last_mut().unwrap() ^= 1;
        assert_eq!(refused(&off), malformed);
        assert_eq!(refused(&peer[..peer.len() - 1]), malformed);
        assert_eq!(refused(&[&peer[..], &[0]].concat()), malformed);
        assert_eq!(refused(&[]), malformed);
        // A bare point is no SubjectPublicKeyInfo.
        let point = (peer.len() - 2 * secret.expose().len() - 1).max(1);
        assert_eq!(peer[point], 4);
        assert_eq!(refused(&peer[point..]), malformed);
        for other in pairs().into_iter().filter(|other| *other != spec(v)) {
            let peer = known(other).spki;
            assert_eq!(refused(&peer), AgreementError::OtherCurve(spec(v)));
        }
    }
    for spec in pairs() {
        if spec.key_agreement_algorithms().is_empty() {
            let key = known(spec);
            assert_eq!(
                key.material.derive_shared_secret(&key.spki).unwrap_err(),
                AgreementError::Incompatible(spec)
            );
        }
    }
}

#[test]
fn encapsulated_secrets_are_those_of_others() {
    for v in vectors("encapsulated", 6) {
        let key = known(spec(v));
        let ciphertext = unhex(&v["ciphertext"]);
        // Every other one is a ciphertext for nobody: implicit rejection gives the same bytes too.
        let secret = key.material.decapsulate(&ciphertext).unwrap();
        assert_eq!(secret.expose(), &unhex(&v["secret"]));

        let ours = key.public().encapsulate().unwrap();
        let length = ciphertext.len();
        assert_eq!(ours.ciphertext.len(), length);
        let opened = key.material.decapsulate(&ours.ciphertext).unwrap();
        assert_eq!(opened.expose(), ours.secret.expose());
        for altered in flipped(&ours.ciphertext) {
            let other = key.material.decapsulate(&altered).unwrap();
            assert_eq!(other.expose().len(), 32);
            assert_ne!(other.expose(), ours.secret.expose());
        }
        for wrong in [0, 1, length - 1, length + 1] {
            let result = key.material.decapsulate(&vec![1; wrong]);
            assert_eq!(result.unwrap_err(), KemError::CiphertextLength);
        }
    }
    for spec in pairs() {
        if spec.encapsulation_algorithms().is_empty() {
            let key = known(spec);
            let why = KemError::Incompatible(spec);
            assert_eq!(key.public().encapsulate().err(), Some(why));
            assert_eq!(key.material.decapsulate(&[1; 768]).unwrap_err(), why);
        }
    }
}

#[test]
fn a_damaged_public_key_is_told_from_a_wrong_signature() {
    for v in signed() {
        for spki in [&b""[..], b"0", &known(KeySpec::MlKem512).spki] {
            let result = PublicKey::new(v.spec, spki).verify(v.algorithm, v.message(), &[1; 64]);
            assert_eq!(result, Err(VerifyError::Damaged), "{}", v.spec);
        }
    }
}

#[test]
fn wrapped_keys_of_others_unwrap() {
    for v in vectors("wrapped", 18) {
        let with = WrappingKeySpec::named(v["wrapping"].as_str().unwrap()).unwrap();
        let of = KeySpec::named(with.as_str()).unwrap();
        let key = WrappingKey::from_bytes(with, known(of).material.bytes());
        assert_eq!(key.public_key().unwrap(), known(of).spki);
        let algorithm = WrappingAlgorithm::named(v["algorithm"].as_str().unwrap()).unwrap();
        let wrapped = unhex(&v["wrapped"]);
        let material = key.unwrap(algorithm, &wrapped).unwrap();
        assert_eq!(material.expose(), &unhex(&v["material"]));

        let refused = |algorithm, wrapped: &[u8]| {
            let result = key.unwrap(algorithm, wrapped);
            assert_eq!(result.unwrap_err(), UnwrapError::Invalid);
        };
        for other in WrappingAlgorithm::ALL.iter().copied() {
            if other != algorithm {
                refused(other, &wrapped);
            }
        }
        for altered in flipped(&wrapped) {
            refused(algorithm, &altered);
        }
        refused(algorithm, &[]);
        refused(algorithm, &wrapped[..wrapped.len() - 1]);
        refused(algorithm, &[&wrapped[..], &[0; 8]].concat());
        refused(
            algorithm,
            &wrapped[..with.modulus_len().min(wrapped.len() - 1)],
        );
        let longer = WrappingKey::from_bytes(
            WrappingKeySpec::Rsa2048,
            known(KeySpec::Rsa3072).material.bytes(),
        );
        assert_eq!(
            longer.unwrap(algorithm, &wrapped).unwrap_err(),
            UnwrapError::Damaged
        );
    }
}

#[test]
fn a_new_wrapping_key_unwraps() {
    let key = WrappingKey::generate(WrappingKeySpec::Rsa2048).unwrap();
    let kept = WrappingKey::from_bytes(key.spec(), key.bytes());
    let spki = key.public_key().unwrap();
    let wrapped = PublicKey::new(KeySpec::Rsa2048, &spki)
        .encrypt(EncryptionAlgorithm::RsaesOaepSha256, &[9; 32])
        .unwrap();
    let material = kept.unwrap(WrappingAlgorithm::RsaesOaepSha256, &wrapped);
    assert_eq!(material.unwrap().expose(), &[9; 32]);
    assert_eq!(format!("{key:?}"), "WrappingKey(RSA_2048, …)");
}

/// KMS API reference, `GetParametersForImport`, `WrappingAlgorithm` and `WrappingKeySpec`.
#[test]
fn which_wrapping_goes_with_which_material() {
    use WrappingAlgorithm as A;
    let oaep = [A::RsaesOaepSha1, A::RsaesOaepSha256];
    let by_aes = [A::RsaAesKeyWrapSha1, A::RsaAesKeyWrapSha256];
    for spec in KeySpec::ALL.iter().copied() {
        for with in WrappingKeySpec::ALL.iter().copied() {
            let room = with != WrappingKeySpec::Rsa2048 || spec != KeySpec::EccNistP521;
            let rsa = spec.modulus_len().is_some();
            let symmetric = spec == KeySpec::SymmetricDefault || spec.hmac_len().is_some();
            for a in oaep {
                assert_eq!(
                    a.takes(spec, with),
                    spec.imports() && !rsa && room,
                    "{spec}"
                );
            }
            for a in by_aes {
                assert_eq!(a.takes(spec, with), spec.imports() && !symmetric, "{spec}");
            }
        }
    }
}

#[test]
fn what_cannot_be_imported() {
    let key: BTreeMap<&str, Known> = pairs()
        .into_iter()
        .map(|s| (s.as_str(), known(s)))
        .collect();
    let length = |spec, least, most, found| BadImport::Length {
        spec,
        least,
        most,
        found,
    };
    let p256 = &key["ECC_NIST_P256"].imported;
    let rsa2048 = &key["RSA_2048"].imported;
    let ed25519 = &key["ECC_NIST_EDWARDS25519"].imported;
    // The scalar begins behind the frames of PKCS#8 and ECPrivateKey.
    let mut inconsistent = p256.clone();
    inconsistent[40] ^= 1;
    let mut rsa_inconsistent = rsa2048.clone();
    let last = rsa_inconsistent.len() - 1;
    rsa_inconsistent[last] ^= 1;
    let cases: Vec<(KeySpec, Vec<u8>, BadImport)> = vec![
        (
            KeySpec::SymmetricDefault,
            vec![1; 16],
            length(KeySpec::SymmetricDefault, 32, 32, 16),
        ),
        (
            KeySpec::SymmetricDefault,
            vec![1; 33],
            length(KeySpec::SymmetricDefault, 32, 32, 33),
        ),
        (
            KeySpec::Hmac224,
            vec![1; 27],
            length(KeySpec::Hmac224, 28, 128, 27),
        ),
        (
            KeySpec::Hmac384,
            vec![1; 129],
            length(KeySpec::Hmac384, 48, 128, 129),
        ),
        (KeySpec::EccNistP256, Vec::new(), BadImport::NotPkcs8),
        (KeySpec::EccNistP256, vec![1; 32], BadImport::NotPkcs8),
        (
            KeySpec::EccNistP256,
            p256[..p256.len() - 1].to_vec(),
            BadImport::NotPkcs8,
        ),
        (
            KeySpec::EccNistP256,
            [&p256[..], &[0]].concat(),
            BadImport::NotPkcs8,
        ),
        (
            KeySpec::EccNistP256,
            rsa2048.clone(),
            BadImport::OtherAlgorithm(KeySpec::EccNistP256),
        ),
        (
            KeySpec::EccNistP384,
            p256.clone(),
            BadImport::OtherCurve(KeySpec::EccNistP384),
        ),
        (
            KeySpec::EccSecgP256k1,
            p256.clone(),
            BadImport::OtherCurve(KeySpec::EccSecgP256k1),
        ),
        (KeySpec::EccNistP256, inconsistent, BadImport::Invalid),
        (
            KeySpec::Rsa2048,
            p256.clone(),
            BadImport::OtherAlgorithm(KeySpec::Rsa2048),
        ),
        (
            KeySpec::Rsa4096,
            rsa2048.clone(),
            BadImport::OtherModulus {
                spec: KeySpec::Rsa4096,
                found: 2048,
            },
        ),
        (KeySpec::Rsa2048, rsa_inconsistent, BadImport::Invalid),
        (
            KeySpec::EccNistEdwards25519,
            p256.clone(),
            BadImport::OtherAlgorithm(KeySpec::EccNistEdwards25519),
        ),
        (
            KeySpec::EccNistP521,
            ed25519.clone(),
            BadImport::OtherAlgorithm(KeySpec::EccNistP521),
        ),
        (
            KeySpec::EccNistEdwards25519,
            ed25519[..ed25519.len() - 1].to_vec(),
            BadImport::NotPkcs8,
        ),
    ];
    for (spec, bytes, why) in cases {
        assert_eq!(import_material(spec, &bytes).unwrap_err(), why, "{spec}");
    }
    for (spec, length) in [
        (KeySpec::SymmetricDefault, 32),
        (KeySpec::Hmac224, 28),
        (KeySpec::Hmac512, 128),
    ] {
        let bytes = vec![3; length];
        let material = import_material(spec, &bytes).unwrap();
        assert_eq!(material.bytes(), bytes);
    }
}
