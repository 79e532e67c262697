//! ML-KEM (FIPS 203): encapsulation and decapsulation by aws-lc-rs, which takes decapsulation keys
//! in their expanded form only; `ml-kem` expands the seed and writes the keys down
//! (`docs/decisions/0012-what-aws-lc-lacks-comes-from-rustcrypto.md`).

use crate::material::{KEM_SEED_LEN, KeyMaterial};
use crate::public_key::PublicKey;
use crate::spec::KeySpec;
use aws_lc_rs::kem::{self, Ciphertext};
use claviger_types::Secret;
#[expect(
    deprecated,
    reason = "the only form of a decapsulation key that aws-lc-rs takes"
)]
use ml_kem::ExpandedKeyEncoding as _;
use ml_kem::{DecapsulationKey512, DecapsulationKey768, DecapsulationKey1024, Seed};
use pkcs8::spki::SubjectPublicKeyInfoRef;
use pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use zeroize::Zeroizing;

/// Why there is no shared secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KemError {
    /// The key is of another kind.
    #[error("Algorithm ML_KEM is incompatible with key spec {0}.")]
    Incompatible(KeySpec),
    /// The ciphertext has not the length that the key's parameters give it (FIPS 203, section 7.3).
    #[error("the ciphertext has the wrong length")]
    CiphertextLength,
    /// The stored key cannot be read.
    #[error("the key is damaged")]
    Damaged,
    /// The library refused, which no valid call brings about.
    #[error("the cryptographic library refused")]
    Failed,
}

/// A shared secret and what carries it to the owner of the private half.
pub struct Encapsulated {
    /// The 32 bytes of the secret.
    pub secret: Secret<Vec<u8>>,
    /// 768, 1088 or 1568 bytes.
    pub ciphertext: Vec<u8>,
}

fn algorithm(spec: KeySpec) -> Option<&'static kem::Algorithm> {
    match spec {
        KeySpec::MlKem512 => Some(&kem::ML_KEM_512),
        KeySpec::MlKem768 => Some(&kem::ML_KEM_768),
        KeySpec::MlKem1024 => Some(&kem::ML_KEM_1024),
        _ => None,
    }
}

/// Length of the ciphertexts under a key of a spec (FIPS 203, table 3), in bytes.
fn ciphertext_len(spec: KeySpec) -> Option<usize> {
    match spec {
        KeySpec::MlKem512 => Some(768),
        KeySpec::MlKem768 => Some(1088),
        KeySpec::MlKem1024 => Some(1568),
        _ => None,
    }
}

impl PublicKey<'_> {
    /// Makes a secret and encapsulates it. The randomness is aws-lc-rs's own.
    ///
    /// # Errors
    /// [`KemError`].
    pub fn encapsulate(&self) -> Result<Encapsulated, KemError> {
        let algorithm = algorithm(self.spec()).ok_or(KemError::Incompatible(self.spec()))?;
        let spki = SubjectPublicKeyInfoRef::try_from(self.spki()).map_err(|_| KemError::Damaged)?;
        let raw = spki.subject_public_key.as_bytes();
        let key = kem::EncapsulationKey::new(algorithm, raw.ok_or(KemError::Damaged)?)
            .map_err(|_| KemError::Damaged)?;
        let (ciphertext, secret) = key.encapsulate().map_err(|_| KemError::Failed)?;
        Ok(Encapsulated {
            secret: Secret::new(secret.as_ref().to_vec()),
            ciphertext: ciphertext.as_ref().to_vec(),
        })
    }
}

impl KeyMaterial {
    /// The secret that a ciphertext carries: 32 bytes. A ciphertext of the right length that was not
    /// made for this key yields other bytes and no error (implicit rejection, FIPS 203,
    /// algorithm 18).
    ///
    /// # Errors
    /// [`KemError`].
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Result<Secret<Vec<u8>>, KemError> {
        let spec = self.spec();
        let algorithm = algorithm(spec).ok_or(KemError::Incompatible(spec))?;
        if Some(ciphertext.len()) != ciphertext_len(spec) {
            return Err(KemError::CiphertextLength);
        }
        let expanded = expanded(spec, self.bytes()).ok_or(KemError::Damaged)?;
        let key =
            kem::DecapsulationKey::new(algorithm, &expanded).map_err(|_| KemError::Damaged)?;
        let secret = key
            .decapsulate(Ciphertext::from(ciphertext))
            .map_err(|_| KemError::Failed)?;
        Ok(Secret::new(secret.as_ref().to_vec()))
    }
}

/// What `ml-kem` is asked for, each for the key of one seed. Its traits for keys of any parameters
/// are not public, so the three are named.
macro_rules! of_seed {
    ($spec:expr, $bytes:expr, $key:ident => $made:expr) => {{
        let seed: &[u8; KEM_SEED_LEN] = $bytes.try_into().ok()?;
        let seed = Zeroizing::new(Seed::from(*seed));
        match $spec {
            KeySpec::MlKem512 => {
                let $key = DecapsulationKey512::from_seed(*seed);
                $made
            }
            KeySpec::MlKem768 => {
                let $key = DecapsulationKey768::from_seed(*seed);
                $made
            }
            KeySpec::MlKem1024 => {
                let $key = DecapsulationKey1024::from_seed(*seed);
                $made
            }
            _ => None,
        }
    }};
}

#[expect(
    deprecated,
    reason = "the only form of a decapsulation key that aws-lc-rs takes"
)]
fn expanded(spec: KeySpec, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    of_seed!(spec, bytes, key => {
        let expanded = Zeroizing::new(key.to_expanded_bytes());
        Some(Zeroizing::new(expanded.to_vec()))
    })
}

/// The private key in PKCS#8, seed form (RFC 9935, section 6).
pub(crate) fn private_key(spec: KeySpec, bytes: &[u8]) -> Option<Secret<Vec<u8>>> {
    of_seed!(spec, bytes, key => {
        let der = key.to_pkcs8_der().ok()?;
        Some(Secret::new(der.as_bytes().to_vec()))
    })
}

/// The encapsulation key in SPKI DER (RFC 9935, section 4).
pub(crate) fn public_key(spec: KeySpec, bytes: &[u8]) -> Option<Vec<u8>> {
    of_seed!(spec, bytes, key => {
        let der = key.encapsulation_key().to_public_key_der().ok()?;
        Some(der.as_bytes().to_vec())
    })
}
