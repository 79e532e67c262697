//! The public half of a key pair, as it is stored beside the sealed private half. What needs no
//! private key is done with it: verifying, encrypting, encapsulating, each in its own file.

use crate::key_der::{self, Curve, RSA_ENCRYPTION};
use crate::spec::KeySpec;
use std::fmt;

/// A public key in SPKI DER, with the spec of its key. The bytes are those that
/// [`KeyMaterial::public_key`](crate::KeyMaterial::public_key) gave; they are parsed when used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey<'a> {
    spec: KeySpec,
    spki: &'a [u8],
}

impl<'a> PublicKey<'a> {
    /// The public key of a spec.
    #[must_use]
    pub const fn new(spec: KeySpec, spki: &'a [u8]) -> Self {
        Self { spec, spki }
    }

    /// The spec of its key.
    #[must_use]
    pub const fn spec(&self) -> KeySpec {
        self.spec
    }

    /// `SubjectPublicKeyInfo`, DER.
    #[must_use]
    pub const fn spki(&self) -> &'a [u8] {
        self.spki
    }
}

impl fmt::Debug for PublicKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {} bytes)", self.spec, self.spki.len())
    }
}

/// Whether bytes are SPKI DER of a curve's keys; aws-lc-rs would also take bare points.
pub(crate) fn is_on_curve(spki: &[u8], curve: &Curve) -> Option<bool> {
    let (algorithm, named) = key_der::algorithm_of(spki)?;
    Some(algorithm == key_der::EC_PUBLIC_KEY && named == Some(curve.oid))
}

/// Whether bytes are SPKI DER of an RSA key.
pub(crate) fn is_rsa(spki: &[u8]) -> bool {
    matches!(key_der::algorithm_of(spki), Some((algorithm, _)) if algorithm == RSA_ENCRYPTION)
}
