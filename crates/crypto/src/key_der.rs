//! Private keys as PKCS#8 and public keys as `SubjectPublicKeyInfo`: made, and taken apart as far
//! as the algorithm and the curve. The keys themselves are read by aws-lc-rs, for ML-KEM by
//! `ml-kem`. What a key does stands elsewhere.

use crate::kem;
use crate::spec::KeySpec;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, PqdsaKeyPair};
use aws_lc_rs::{agreement, rsa};
use claviger_types::{Entropy, Secret};
use pkcs8::der::asn1::{AnyRef, OctetStringRef};
use pkcs8::spki::{AlgorithmIdentifier, SubjectPublicKeyInfoRef};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef, SecretDocument};

/// `rsaEncryption` (RFC 8017, appendix A.1).
pub(crate) const RSA_ENCRYPTION: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `id-ecPublicKey` (RFC 5480, section 2.1.1).
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `id-Ed25519` (RFC 8410, section 3).
pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// So many scalars are drawn before a generator is held to be broken; each is refused with
/// probability below 2^-31.
const MOST_DRAWS: usize = 64;

/// A curve whose points are given by coordinates: its names in the libraries.
pub(crate) struct Curve {
    /// `namedCurve` (RFC 5480, section 2.1.1.1; SEC 2 for secp256k1).
    pub(crate) oid: ObjectIdentifier,
    pub(crate) signing: &'static signature::EcdsaSigningAlgorithm,
    pub(crate) verification: &'static signature::EcdsaVerificationAlgorithm,
    pub(crate) agreement: Option<&'static agreement::Algorithm>,
    /// Length of a scalar, in bytes, and the bits of its first byte that may be set.
    scalar: (u8, u8),
}

const P256: Curve = Curve {
    oid: ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
    signing: &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
    verification: &signature::ECDSA_P256_SHA256_ASN1,
    agreement: Some(&agreement::ECDH_P256),
    scalar: (32, 0xff),
};
const P384: Curve = Curve {
    oid: ObjectIdentifier::new_unwrap("1.3.132.0.34"),
    signing: &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
    verification: &signature::ECDSA_P384_SHA384_ASN1,
    agreement: Some(&agreement::ECDH_P384),
    scalar: (48, 0xff),
};
const P521: Curve = Curve {
    oid: ObjectIdentifier::new_unwrap("1.3.132.0.35"),
    signing: &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
    verification: &signature::ECDSA_P521_SHA512_ASN1,
    agreement: Some(&agreement::ECDH_P521),
    scalar: (66, 0x01),
};
const P256K1: Curve = Curve {
    oid: ObjectIdentifier::new_unwrap("1.3.132.0.10"),
    signing: &signature::ECDSA_P256K1_SHA256_ASN1_SIGNING,
    verification: &signature::ECDSA_P256K1_SHA256_ASN1,
    agreement: None,
    scalar: (32, 0xff),
};

impl Curve {
    /// The curve of a spec.
    pub(crate) const fn of(spec: KeySpec) -> Option<&'static Self> {
        match spec {
            KeySpec::EccNistP256 => Some(&P256),
            KeySpec::EccNistP384 => Some(&P384),
            KeySpec::EccNistP521 => Some(&P521),
            KeySpec::EccSecgP256k1 => Some(&P256K1),
            _ => None,
        }
    }
}

/// The ML-DSA algorithm of a spec.
pub(crate) const fn ml_dsa_signing(
    spec: KeySpec,
) -> Option<&'static signature::PqdsaSigningAlgorithm> {
    match spec {
        KeySpec::MlDsa44 => Some(&signature::ML_DSA_44_SIGNING),
        KeySpec::MlDsa65 => Some(&signature::ML_DSA_65_SIGNING),
        KeySpec::MlDsa87 => Some(&signature::ML_DSA_87_SIGNING),
        _ => None,
    }
}

/// A new private key on a curve, PKCS#8 v1 DER with the public point: scalars are drawn until one
/// lies in `1..n` (FIPS 186-5, appendix A.2.2).
pub(crate) fn generate_ec(curve: &Curve, entropy: &mut dyn Entropy) -> Option<Secret<Vec<u8>>> {
    let (length, mask) = curve.scalar;
    let mut scalar = Secret::new(vec![0_u8; length.into()]);
    for _ in 0..MOST_DRAWS {
        entropy.fill(scalar.expose_mut());
        if let Some(first) = scalar.expose_mut().first_mut() {
            *first &= mask;
        }
        // aws-lc-rs refuses a scalar outside the range, and works the point out.
        if let Some(key) = ec_of_scalar(curve, length, scalar.expose()) {
            return canonical_ec(&key);
        }
    }
    None
}

/// The key of a scalar, by way of an `ECPrivateKey` (RFC 5915) of version and scalar alone.
fn ec_of_scalar(curve: &Curve, length: u8, scalar: &[u8]) -> Option<EcdsaKeyPair> {
    let mut inner = Secret::new(Vec::with_capacity(scalar.len() + 7));
    // SEQUENCE { INTEGER 1, OCTET STRING }; all lengths are below 128 and so take one byte.
    let head = [0x30, length + 5, 0x02, 1, 1, 0x04, length];
    inner.expose_mut().extend_from_slice(&head);
    inner.expose_mut().extend_from_slice(scalar);
    let algorithm = AlgorithmIdentifier {
        oid: EC_PUBLIC_KEY,
        parameters: Some(AnyRef::from(&curve.oid)),
    };
    let inner = OctetStringRef::new(inner.expose()).ok()?;
    let whole = SecretDocument::encode_msg(&PrivateKeyInfoRef::new(algorithm, inner)).ok()?;
    EcdsaKeyPair::from_pkcs8(curve.signing, whole.as_bytes()).ok()
}

/// The one form in which a key on a curve is kept.
pub(crate) fn canonical_ec(key: &EcdsaKeyPair) -> Option<Secret<Vec<u8>>> {
    let der = key.to_pkcs8v1().ok()?;
    Some(Secret::new(der.as_ref().to_vec()))
}

/// The private key as PKCS#8 v1 DER, which callers of KMS receive: Ed25519 as RFC 8410 has it,
/// ML-KEM in the seed form of RFC 9935. `None` for a spec that leaves KMS in no such form.
pub(crate) fn private_key(spec: KeySpec, bytes: &[u8]) -> Option<Secret<Vec<u8>>> {
    let der = match spec {
        KeySpec::EccNistEdwards25519 => {
            let pair = Ed25519KeyPair::from_seed_unchecked(bytes).ok()?;
            let der: Pkcs8V1Der<'static> = pair.as_der().ok()?;
            Secret::new(der.as_ref().to_vec())
        }
        KeySpec::MlKem512 | KeySpec::MlKem768 | KeySpec::MlKem1024 => {
            kem::private_key(spec, bytes)?
        }
        _ if Curve::of(spec).is_some() || spec.modulus_len().is_some() => {
            Secret::new(bytes.to_vec())
        }
        _ => return None,
    };
    Some(der)
}

/// The public half of material, SPKI DER.
pub(crate) fn public_key(spec: KeySpec, bytes: &[u8]) -> Option<Vec<u8>> {
    let der: PublicKeyX509Der<'static> = if let Some(curve) = Curve::of(spec) {
        let pair = EcdsaKeyPair::from_pkcs8(curve.signing, bytes).ok()?;
        pair.public_key().as_der().ok()?
    } else if let Some(algorithm) = ml_dsa_signing(spec) {
        let pair = PqdsaKeyPair::from_seed(algorithm, bytes).ok()?;
        pair.public_key().as_der().ok()?
    } else if let Some(length) = spec.modulus_len() {
        let pair = rsa::KeyPair::from_pkcs8(bytes).ok()?;
        if pair.public_modulus_len() != length {
            return None;
        }
        pair.public_key().as_der().ok()?
    } else if spec == KeySpec::EccNistEdwards25519 {
        let pair = Ed25519KeyPair::from_seed_unchecked(bytes).ok()?;
        pair.public_key().as_der().ok()?
    } else {
        return kem::public_key(spec, bytes);
    };
    Some(der.as_ref().to_vec())
}

/// Algorithm and curve of a public key in SPKI DER; `None` if it is none.
pub(crate) fn algorithm_of(spki: &[u8]) -> Option<(ObjectIdentifier, Option<ObjectIdentifier>)> {
    let spki = SubjectPublicKeyInfoRef::try_from(spki).ok()?;
    let curve = named_curve(spki.algorithm.parameters);
    Some((spki.algorithm.oid, curve))
}

/// The curve that the parameters of a key name.
pub(crate) fn named_curve(parameters: Option<AnyRef<'_>>) -> Option<ObjectIdentifier> {
    parameters.and_then(|any| any.decode_as().ok())
}
