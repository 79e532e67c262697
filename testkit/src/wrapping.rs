//! The client's side of an import: key material wrapped under the public key that
//! `GetParametersForImport` gives out. Source: KMS Developer Guide, "Encrypting key material".

use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded as _};
use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey};

/// Wraps material by an algorithm of KMS's name with a public key, SPKI DER.
///
/// # Panics
/// When the algorithm is none of these, or has no room for the material.
#[must_use]
pub fn wrap(algorithm: &str, public_key: &[u8], material: &[u8]) -> Vec<u8> {
    let (by_aes, hash) = match algorithm {
        "RSAES_OAEP_SHA_1" => (false, &OAEP_SHA1_MGF1SHA1),
        "RSAES_OAEP_SHA_256" => (false, &OAEP_SHA256_MGF1SHA256),
        "RSA_AES_KEY_WRAP_SHA_1" => (true, &OAEP_SHA1_MGF1SHA1),
        "RSA_AES_KEY_WRAP_SHA_256" => (true, &OAEP_SHA256_MGF1SHA256),
        other => panic!("no wrapping algorithm {other}"),
    };
    let key = PublicEncryptingKey::from_der(public_key).expect("a public key");
    let key = OaepPublicEncryptingKey::new(key).expect("an RSA key");
    let encrypt = |bytes: &[u8]| {
        let mut out = vec![0; key.ciphertext_size()];
        key.encrypt(hash, bytes, &mut out, None)
            .expect("room for the material")
            .to_vec()
    };
    if !by_aes {
        return encrypt(material);
    }
    let aes = [0x41; 32];
    let mut wrapped = vec![0; material.len() + 15];
    let kek = AesKek::new(&AES_256, &aes).expect("an AES key");
    let wrapped = kek
        .wrap_with_padding(material, &mut wrapped)
        .expect("the material wraps");
    [&encrypt(&aes), &*wrapped].concat()
}
