//! Import wrapping: the RSA key pair that `GetParametersForImport` hands out the public half of, and
//! how what was wrapped with it is unwrapped. What the material must be is `imported`'s; tokens and
//! dates are the caller's. Source: KMS Developer Guide, "Encrypting key material".

use crate::material::generate_rsa;
use crate::oaep::{self, OAEP_SHA1, OAEP_SHA256};
use crate::spec::{KeySpec, WrappingAlgorithm, WrappingKeySpec};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrapPadded as _};
use aws_lc_rs::rsa::{self, OaepAlgorithm};
use claviger_types::Secret;
use std::fmt;

/// Why material does not unwrap, or why there is no wrapping key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnwrapError {
    /// It was not wrapped with this key and algorithm, or it was altered.
    #[error("the wrapped key material does not unwrap")]
    Invalid,
    /// The stored wrapping key cannot be read, or is of another length than it should be.
    #[error("the wrapping key is damaged")]
    Damaged,
    /// The library made no key, which no valid call brings about.
    #[error("the cryptographic library made no wrapping key")]
    Failed,
}

/// The private half of a wrapping key pair. Prints nothing, wiped on drop.
///
/// ```compile_fail
/// fn is_stored<T: serde::Serialize>() {}
/// is_stored::<claviger_crypto::WrappingKey>();
/// ```
pub struct WrappingKey {
    spec: WrappingKeySpec,
    pkcs8: Secret<Vec<u8>>,
}

impl WrappingKey {
    /// A new pair. aws-lc-rs draws its primes from its own generator; it takes tenths of a second up
    /// to several seconds.
    ///
    /// # Errors
    /// [`UnwrapError::Failed`].
    pub fn generate(spec: WrappingKeySpec) -> Result<Self, UnwrapError> {
        let size = match spec {
            WrappingKeySpec::Rsa2048 => rsa::KeySize::Rsa2048,
            WrappingKeySpec::Rsa3072 => rsa::KeySize::Rsa3072,
            WrappingKeySpec::Rsa4096 => rsa::KeySize::Rsa4096,
        };
        let pkcs8 = generate_rsa(size).ok_or(UnwrapError::Failed)?;
        Ok(Self { spec, pkcs8 })
    }

    /// Reads bytes back that [`WrappingKey::bytes`] gave; they are parsed when used.
    #[must_use]
    pub fn from_bytes(spec: WrappingKeySpec, bytes: &[u8]) -> Self {
        Self {
            spec,
            pkcs8: Secret::new(bytes.to_vec()),
        }
    }

    /// Its spec.
    #[must_use]
    pub fn spec(&self) -> WrappingKeySpec {
        self.spec
    }

    /// The bytes, PKCS#8 v1 DER, to be sealed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.pkcs8.expose()
    }

    /// The public half, SPKI DER.
    ///
    /// # Errors
    /// [`UnwrapError::Damaged`].
    pub fn public_key(&self) -> Result<Vec<u8>, UnwrapError> {
        let key = rsa::PrivateDecryptingKey::from_pkcs8(self.bytes())
            .map_err(|_| UnwrapError::Damaged)?;
        let der: PublicKeyX509Der<'static> = key
            .public_key()
            .as_der()
            .map_err(|_| UnwrapError::Damaged)?;
        Ok(der.as_ref().to_vec())
    }

    /// Unwraps material. `RSA_AES_KEY_WRAP_*`: first an AES key of 128 or 256 bits by RSAES-OAEP, one
    /// block long, behind it the material under this key by AES-KWP (RFC 5649), as PKCS #11's
    /// `CKM_RSA_AES_KEY_WRAP` has it. AES keys of 192 bits are refused; aws-lc-rs does not wrap
    /// with them.
    ///
    /// # Errors
    /// [`UnwrapError`].
    pub fn unwrap(
        &self,
        algorithm: WrappingAlgorithm,
        wrapped: &[u8],
    ) -> Result<Secret<Vec<u8>>, UnwrapError> {
        let key = oaep::private(self.bytes()).ok_or(UnwrapError::Damaged)?;
        let block = key.key_size_bytes();
        if block != self.spec.modulus_len() {
            return Err(UnwrapError::Damaged);
        }
        let (oaep, by_aes) = parts(algorithm);
        if !by_aes {
            return oaep::decrypt_with(&key, oaep, wrapped).ok_or(UnwrapError::Invalid);
        }
        let (first, rest) = wrapped
            .split_at_checked(block)
            .ok_or(UnwrapError::Invalid)?;
        let aes = oaep::decrypt_with(&key, oaep, first).ok_or(UnwrapError::Invalid)?;
        unwrap_with_aes(aes.expose(), rest).ok_or(UnwrapError::Invalid)
    }
}

impl fmt::Debug for WrappingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrappingKey({}, …)", self.spec)
    }
}

/// The hash of the OAEP part, and whether an AES key stands between.
fn parts(algorithm: WrappingAlgorithm) -> (&'static OaepAlgorithm, bool) {
    match algorithm {
        WrappingAlgorithm::RsaesOaepSha1 => (OAEP_SHA1, false),
        WrappingAlgorithm::RsaesOaepSha256 => (OAEP_SHA256, false),
        WrappingAlgorithm::RsaAesKeyWrapSha1 => (OAEP_SHA1, true),
        WrappingAlgorithm::RsaAesKeyWrapSha256 => (OAEP_SHA256, true),
    }
}

fn unwrap_with_aes(key: &[u8], wrapped: &[u8]) -> Option<Secret<Vec<u8>>> {
    let cipher = match key.len() {
        16 => &AES_128,
        32 => &AES_256,
        _ => return None,
    };
    let key = AesKek::new(cipher, key).ok()?;
    let mut material = Secret::new(vec![0; wrapped.len()]);
    let length = key
        .unwrap_with_padding(wrapped, material.expose_mut())
        .ok()?
        .len();
    material.expose_mut().truncate(length);
    Some(material)
}

impl WrappingAlgorithm {
    /// Whether KMS takes material of a key spec wrapped like this with a key of a wrapping spec:
    /// RSA private keys by way of an AES key only, P-521's not by RSAES-OAEP with RSA_2048, in which
    /// it has no room, and only private keys by way of an AES key. Source: KMS API reference,
    /// `GetParametersForImport`, `WrappingAlgorithm`.
    #[must_use]
    pub const fn takes(self, material: KeySpec, with: WrappingKeySpec) -> bool {
        let by_aes = matches!(self, Self::RsaAesKeyWrapSha1 | Self::RsaAesKeyWrapSha256);
        match material {
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => by_aes,
            KeySpec::EccNistP521 => by_aes || !matches!(with, WrappingKeySpec::Rsa2048),
            KeySpec::EccNistP256
            | KeySpec::EccNistP384
            | KeySpec::EccSecgP256k1
            | KeySpec::EccNistEdwards25519 => true,
            _ => material.imports() && !by_aes,
        }
    }
}
