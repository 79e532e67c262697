//! Key material from outside: what it must be to become the material of a key. Unwrapping comes
//! before it (`import`). Source: KMS Developer Guide, "Requirements for imported key material".

use crate::key_der::{self, Curve};
use crate::material::{KeyMaterial, MOST_HMAC_LEN, SEED_LEN};
use crate::spec::KeySpec;
use aws_lc_rs::encoding::{AsBigEndian, AsDer, Curve25519SeedBin, Pkcs8V1Der};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair};
use claviger_types::Secret;
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};

/// Why bytes from outside do not become the material of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadImport {
    /// Material of this spec is not imported.
    #[error("key material of spec {0} cannot be imported")]
    NotImportable(KeySpec),
    /// A symmetric or HMAC key of the wrong length.
    #[error("key material of spec {spec} has {least} to {most} bytes, not {found}")]
    Length {
        /// The spec.
        spec: KeySpec,
        /// The fewest bytes it may have.
        least: usize,
        /// The most.
        most: usize,
        /// What came.
        found: usize,
    },
    /// The bytes are no PKCS#8 private key in DER.
    #[error("the key material is not a private key in PKCS#8 DER")]
    NotPkcs8,
    /// A private key of another algorithm.
    #[error("the private key is not of the algorithm of {0}")]
    OtherAlgorithm(KeySpec),
    /// A private key on another curve, or one whose curve is not named.
    #[error("the private key is not on the named curve of {0}")]
    OtherCurve(KeySpec),
    /// An RSA key of another length.
    #[error("the modulus of the private key has {found} bits, not those of {spec}")]
    OtherModulus {
        /// The spec.
        spec: KeySpec,
        /// The bits it has.
        found: usize,
    },
    /// A key of the right kind that is inconsistent, or of more than two primes.
    #[error("the private key is not valid")]
    Invalid,
}

/// Takes material from outside: 32 bytes for a symmetric key; from the hash's length up to 128 bytes
/// for an HMAC key; PKCS#8 DER for RSA of two primes, for a named curve and for Ed25519. Private
/// keys come out in the one form in which they are kept, so that the same key has the same bytes
/// however it was written down.
///
/// # Errors
/// [`BadImport`].
pub fn import_material(spec: KeySpec, bytes: &[u8]) -> Result<KeyMaterial, BadImport> {
    if !spec.imports() {
        return Err(BadImport::NotImportable(spec));
    }
    let kept = if spec == KeySpec::SymmetricDefault {
        of_length(spec, bytes, SEED_LEN, SEED_LEN)?
    } else if let Some(hash) = spec.hmac_len() {
        of_length(spec, bytes, hash, MOST_HMAC_LEN)?
    } else if let Some(curve) = Curve::of(spec) {
        on_curve(spec, curve, bytes)?
    } else if let Some(length) = spec.modulus_len() {
        of_modulus(spec, length * 8, bytes)?
    } else {
        ed25519(spec, bytes)?
    };
    Ok(KeyMaterial::kept(spec, kept))
}

fn of_length(
    spec: KeySpec,
    bytes: &[u8],
    least: usize,
    most: usize,
) -> Result<Secret<Vec<u8>>, BadImport> {
    if !(least..=most).contains(&bytes.len()) {
        return Err(BadImport::Length {
            spec,
            least,
            most,
            found: bytes.len(),
        });
    }
    Ok(Secret::new(bytes.to_vec()))
}

/// Checks the algorithm and gives the curve that is named.
fn algorithm(
    spec: KeySpec,
    bytes: &[u8],
    expected: ObjectIdentifier,
) -> Result<Option<ObjectIdentifier>, BadImport> {
    let info = PrivateKeyInfoRef::try_from(bytes).map_err(|_| BadImport::NotPkcs8)?;
    if info.algorithm.oid != expected {
        return Err(BadImport::OtherAlgorithm(spec));
    }
    Ok(key_der::named_curve(info.algorithm.parameters))
}

fn on_curve(spec: KeySpec, curve: &Curve, bytes: &[u8]) -> Result<Secret<Vec<u8>>, BadImport> {
    if algorithm(spec, bytes, key_der::EC_PUBLIC_KEY)? != Some(curve.oid) {
        return Err(BadImport::OtherCurve(spec));
    }
    let key = EcdsaKeyPair::from_pkcs8(curve.signing, bytes).map_err(|_| BadImport::Invalid)?;
    key_der::canonical_ec(&key).ok_or(BadImport::Invalid)
}

fn of_modulus(spec: KeySpec, bits: usize, bytes: &[u8]) -> Result<Secret<Vec<u8>>, BadImport> {
    algorithm(spec, bytes, key_der::RSA_ENCRYPTION)?;
    let key = rsa::PrivateDecryptingKey::from_pkcs8(bytes).map_err(|_| BadImport::Invalid)?;
    let found = key.key_size_bits();
    if found != bits {
        return Err(BadImport::OtherModulus { spec, found });
    }
    let der: Pkcs8V1Der<'static> = key.as_der().map_err(|_| BadImport::Invalid)?;
    Ok(Secret::new(der.as_ref().to_vec()))
}

fn ed25519(spec: KeySpec, bytes: &[u8]) -> Result<Secret<Vec<u8>>, BadImport> {
    algorithm(spec, bytes, key_der::ED25519)?;
    let key = Ed25519KeyPair::from_pkcs8(bytes).map_err(|_| BadImport::Invalid)?;
    let seed = key.seed().map_err(|_| BadImport::Invalid)?;
    let seed: Curve25519SeedBin<'static> = seed.as_be_bytes().map_err(|_| BadImport::Invalid)?;
    Ok(Secret::new(seed.as_ref().to_vec()))
}
