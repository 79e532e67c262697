//! RSAES-OAEP (RFC 8017, section 7.1) with one hash for label and mask, and an empty label: what
//! KMS encrypts with RSA keys, and how key material to be imported is wrapped. The ciphertext is
//! the bare output, as long as the modulus. The padding's seed is aws-lc-rs's own.

use crate::material::KeyMaterial;
use crate::public_key::{PublicKey, is_rsa};
use crate::spec::{EncryptionAlgorithm, KeySpec};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use claviger_types::Secret;

/// Why nothing was encrypted or decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RsaError {
    /// Keys of the spec do not encrypt like this. The text is AWS's for MACs.
    #[error("Algorithm {algorithm} is incompatible with key spec {spec}.")]
    Incompatible {
        /// The algorithm.
        algorithm: EncryptionAlgorithm,
        /// The spec of the key.
        spec: KeySpec,
    },
    /// More plaintext than goes into one block. The text is AWS's.
    #[error(
        "Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {most} bytes."
    )]
    TooLarge {
        /// The algorithm.
        algorithm: EncryptionAlgorithm,
        /// The spec of the key.
        spec: KeySpec,
        /// How many bytes do.
        most: usize,
    },
    /// It is no ciphertext of this key and algorithm.
    #[error("the ciphertext does not decrypt")]
    Invalid,
    /// The stored key cannot be read.
    #[error("the key is damaged")]
    Damaged,
    /// The library refused, which no valid call brings about.
    #[error("the cryptographic library refused to encrypt")]
    Failed,
}

pub(crate) static OAEP_SHA1: &OaepAlgorithm = &OAEP_SHA1_MGF1SHA1;
pub(crate) static OAEP_SHA256: &OaepAlgorithm = &OAEP_SHA256_MGF1SHA256;

fn oaep(algorithm: EncryptionAlgorithm) -> Option<&'static OaepAlgorithm> {
    match algorithm {
        EncryptionAlgorithm::RsaesOaepSha1 => Some(OAEP_SHA1),
        EncryptionAlgorithm::RsaesOaepSha256 => Some(OAEP_SHA256),
        EncryptionAlgorithm::SymmetricDefault => None,
    }
}

/// The algorithm for keys of the spec, and the most plaintext.
fn matching(
    algorithm: EncryptionAlgorithm,
    spec: KeySpec,
) -> Result<(&'static OaepAlgorithm, usize), RsaError> {
    oaep(algorithm)
        .zip(algorithm.most_plaintext(spec))
        .ok_or(RsaError::Incompatible { algorithm, spec })
}

impl PublicKey<'_> {
    /// Encrypts up to [`EncryptionAlgorithm::most_plaintext`] bytes.
    ///
    /// # Errors
    /// [`RsaError`].
    pub fn encrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, RsaError> {
        let spec = self.spec();
        let (oaep, most) = matching(algorithm, spec)?;
        if plaintext.len() > most {
            return Err(RsaError::TooLarge {
                algorithm,
                spec,
                most,
            });
        }
        let key = public(self.spki()).ok_or(RsaError::Damaged)?;
        if Some(key.key_size_bytes()) != spec.modulus_len() {
            return Err(RsaError::Damaged);
        }
        encrypt_with(&key, oaep, plaintext).ok_or(RsaError::Failed)
    }
}

impl KeyMaterial {
    /// Decrypts what [`PublicKey::encrypt`] made, or whoever has the public key.
    ///
    /// # Errors
    /// [`RsaError`].
    pub fn decrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        ciphertext: &[u8],
    ) -> Result<Secret<Vec<u8>>, RsaError> {
        let (oaep, _) = matching(algorithm, self.spec())?;
        let key = self.rsa_decrypting().ok_or(RsaError::Damaged)?;
        decrypt_with(key, oaep, ciphertext).ok_or(RsaError::Invalid)
    }
}

fn public(spki: &[u8]) -> Option<OaepPublicEncryptingKey> {
    if !is_rsa(spki) {
        return None;
    }
    let key = PublicEncryptingKey::from_der(spki).ok()?;
    OaepPublicEncryptingKey::new(key).ok()
}

/// The decrypting key of PKCS#8 DER.
pub(crate) fn private(pkcs8: &[u8]) -> Option<OaepPrivateDecryptingKey> {
    let key = PrivateDecryptingKey::from_pkcs8(pkcs8).ok()?;
    OaepPrivateDecryptingKey::new(key).ok()
}

fn encrypt_with(
    key: &OaepPublicEncryptingKey,
    algorithm: &'static OaepAlgorithm,
    plaintext: &[u8],
) -> Option<Vec<u8>> {
    let mut ciphertext = vec![0; key.ciphertext_size()];
    let length = key
        .encrypt(algorithm, plaintext, &mut ciphertext, None)
        .ok()?
        .len();
    ciphertext.truncate(length);
    Some(ciphertext)
}

/// Decrypts one block; `None` for everything that is none.
pub(crate) fn decrypt_with(
    key: &OaepPrivateDecryptingKey,
    algorithm: &'static OaepAlgorithm,
    ciphertext: &[u8],
) -> Option<Secret<Vec<u8>>> {
    if ciphertext.len() != key.key_size_bytes() {
        return None;
    }
    let mut plaintext = Secret::new(vec![0; key.min_output_size()]);
    let length = key
        .decrypt(algorithm, ciphertext, plaintext.expose_mut(), None)
        .ok()?
        .len();
    // Shortened in place: what lies behind the plaintext is wiped with the rest, as the buffer is
    // wiped over its whole capacity.
    plaintext.expose_mut().truncate(length);
    Some(plaintext)
}
