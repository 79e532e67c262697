//! Key material of every spec, as bytes that its owner seals: made, read back, and its public half.
//! What is done with it stands in the files of the algorithms; how it is sealed and stored is the
//! caller's.

use crate::key_der::{self, Curve};
use crate::parsed::Parsed;
use crate::spec::KeySpec;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa;
use claviger_types::{Entropy, Secret};
use std::fmt;

/// Length of an ML-DSA seed (FIPS 204, algorithm 1) and of an Ed25519 seed (RFC 8032), in bytes.
pub(crate) const SEED_LEN: usize = 32;
/// Length of an ML-KEM seed, `d` and `z` together (FIPS 203, algorithm 16), in bytes.
pub(crate) const KEM_SEED_LEN: usize = 64;
/// The longest HMAC key that can be imported, in bytes (KMS Developer Guide, "Requirements for
/// imported key material").
pub(crate) const MOST_HMAC_LEN: usize = 128;

/// Why there is no material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MaterialError {
    /// The bytes cannot be material of the spec: they are of another spec, or damaged.
    #[error("these bytes are no key material of spec {0}")]
    Malformed(KeySpec),
    /// The library made no key, which no valid call brings about.
    #[error("the cryptographic library made no key of spec {0}")]
    Failed(KeySpec),
}

/// The material of one key, private half included. Prints nothing, wiped on drop, neither copied
/// nor stored as it is.
///
/// ```compile_fail
/// fn is_stored<T: serde::Serialize>() {}
/// is_stored::<claviger_crypto::KeyMaterial>();
/// ```
///
/// Its bytes are what `KeySpec` says: symmetric and HMAC keys themselves; PKCS#8 v1 DER for RSA and
/// the curves of NIST and SECG (with the public point inside); the 32-byte seed for Ed25519 and
/// ML-DSA; the 64-byte seed `d ‖ z` for ML-KEM. What is PKCS#8 is parsed and checked at its first
/// use and stays parsed as long as the value: whoever signs often keeps it.
pub struct KeyMaterial {
    spec: KeySpec,
    bytes: Secret<Vec<u8>>,
    parsed: Parsed,
}

impl KeyMaterial {
    /// New material. All of it is stretched from `entropy`, so that the same entropy makes the same
    /// key, but for RSA: aws-lc-rs draws RSA primes from its own generator (SP 800-90A, seeded by
    /// the operating system) and takes no other. An RSA key takes tenths of a second up to
    /// several seconds, every other less than a millisecond.
    ///
    /// # Errors
    /// [`MaterialError::Failed`].
    pub fn generate(spec: KeySpec, entropy: &mut dyn Entropy) -> Result<Self, MaterialError> {
        let failed = MaterialError::Failed(spec);
        let bytes = match spec {
            KeySpec::SymmetricDefault
            | KeySpec::EccNistEdwards25519
            | KeySpec::MlDsa44
            | KeySpec::MlDsa65
            | KeySpec::MlDsa87 => draw(SEED_LEN, entropy),
            KeySpec::MlKem512 | KeySpec::MlKem768 | KeySpec::MlKem1024 => {
                draw(KEM_SEED_LEN, entropy)
            }
            KeySpec::Hmac224 | KeySpec::Hmac256 | KeySpec::Hmac384 | KeySpec::Hmac512 => {
                draw(spec.hmac_len().ok_or(failed)?, entropy)
            }
            KeySpec::EccNistP256
            | KeySpec::EccNistP384
            | KeySpec::EccNistP521
            | KeySpec::EccSecgP256k1 => {
                let curve = Curve::of(spec).ok_or(failed)?;
                key_der::generate_ec(curve, entropy).ok_or(failed)?
            }
            KeySpec::Rsa2048 => generate_rsa(rsa::KeySize::Rsa2048).ok_or(failed)?,
            KeySpec::Rsa3072 => generate_rsa(rsa::KeySize::Rsa3072).ok_or(failed)?,
            KeySpec::Rsa4096 => generate_rsa(rsa::KeySize::Rsa4096).ok_or(failed)?,
        };
        Ok(Self::kept(spec, bytes))
    }

    /// Reads bytes back that [`KeyMaterial::bytes`] gave. Only their length is looked at; a private
    /// key is parsed when it is used. For material from outside there is
    /// [`import_material`](crate::import_material).
    ///
    /// # Errors
    /// [`MaterialError::Malformed`].
    pub fn from_bytes(spec: KeySpec, bytes: &[u8]) -> Result<Self, MaterialError> {
        let lengths = match spec {
            KeySpec::MlKem512 | KeySpec::MlKem768 | KeySpec::MlKem1024 => {
                KEM_SEED_LEN..=KEM_SEED_LEN
            }
            KeySpec::SymmetricDefault
            | KeySpec::EccNistEdwards25519
            | KeySpec::MlDsa44
            | KeySpec::MlDsa65
            | KeySpec::MlDsa87 => SEED_LEN..=SEED_LEN,
            _ => match spec.hmac_len() {
                Some(hash) => hash..=MOST_HMAC_LEN,
                // RSA_4096 takes some 2400 bytes.
                None => 1..=4096,
            },
        };
        if !lengths.contains(&bytes.len()) {
            return Err(MaterialError::Malformed(spec));
        }
        Ok(Self::kept(spec, Secret::new(bytes.to_vec())))
    }

    pub(crate) fn kept(spec: KeySpec, bytes: Secret<Vec<u8>>) -> Self {
        Self {
            spec,
            bytes,
            parsed: Parsed::default(),
        }
    }

    pub(crate) fn parsed(&self) -> &Parsed {
        &self.parsed
    }

    /// The spec it is of.
    #[must_use]
    pub fn spec(&self) -> KeySpec {
        self.spec
    }

    /// The bytes, to be sealed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.expose()
    }

    /// The public half, DER of X.509's `SubjectPublicKeyInfo` (RFC 5280; RFC 5480 for curves,
    /// RFC 8410 for Ed25519, RFC 9881 for ML-DSA, RFC 9935 for ML-KEM); `None` for a key that has
    /// none. It is meant to be kept beside the sealed bytes, so that
    /// [`PublicKey`](crate::PublicKey) needs no private half.
    ///
    /// # Errors
    /// [`MaterialError::Malformed`].
    pub fn public_key(&self) -> Result<Option<Vec<u8>>, MaterialError> {
        let malformed = MaterialError::Malformed(self.spec);
        if !self.has_public_half() {
            return Ok(None);
        }
        key_der::public_key(self.spec, self.bytes())
            .map(Some)
            .ok_or(malformed)
    }

    fn has_public_half(&self) -> bool {
        self.spec != KeySpec::SymmetricDefault && self.spec.hmac_len().is_none()
    }
}

impl fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyMaterial({}, …)", self.spec)
    }
}

fn draw(length: usize, entropy: &mut dyn Entropy) -> Secret<Vec<u8>> {
    let mut bytes = Secret::new(vec![0_u8; length]);
    entropy.fill(bytes.expose_mut());
    bytes
}

/// A new RSA key, PKCS#8 v1 DER, from the library's own randomness.
pub(crate) fn generate_rsa(size: rsa::KeySize) -> Option<Secret<Vec<u8>>> {
    let pair = rsa::KeyPair::generate(size).ok()?;
    let der: Pkcs8V1Der<'static> = pair.as_der().ok()?;
    Some(Secret::new(der.as_ref().to_vec()))
}
