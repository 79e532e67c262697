//! Key agreement: elliptic curve Diffie-Hellman with cofactor (SP 800-56A, section 5.7.1.2; the
//! cofactor of NIST's curves is 1). The secret is the bare coordinate; deriving keys from it is the
//! caller's.

use crate::key_der::Curve;
use crate::material::KeyMaterial;
use crate::public_key::is_on_curve;
use crate::spec::KeySpec;
use aws_lc_rs::agreement::{self, UnparsedPublicKey};
use claviger_types::Secret;

/// Why there is no shared secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AgreementError {
    /// The key is of another kind.
    #[error("Algorithm ECDH is incompatible with key spec {0}.")]
    Incompatible(KeySpec),
    /// The peer's bytes are no SPKI DER, or their point is not on the curve.
    #[error("the public key is malformed")]
    MalformedPeer,
    /// The peer's key is of another kind or on another curve.
    #[error("the public key is not on the curve of {0}")]
    OtherCurve(KeySpec),
    /// The stored key cannot be read.
    #[error("the key material is damaged")]
    Damaged,
}

impl KeyMaterial {
    /// The secret shared with the owner of `peer`, a public key in SPKI DER: 32, 48 or 66 bytes.
    ///
    /// # Errors
    /// [`AgreementError`].
    pub fn derive_shared_secret(&self, peer: &[u8]) -> Result<Secret<Vec<u8>>, AgreementError> {
        let spec = self.spec();
        let (curve, algorithm) = Curve::of(spec)
            .and_then(|curve| Some((curve, curve.agreement?)))
            .ok_or(AgreementError::Incompatible(spec))?;
        match is_on_curve(peer, curve) {
            None => return Err(AgreementError::MalformedPeer),
            Some(false) => return Err(AgreementError::OtherCurve(spec)),
            Some(true) => {}
        }
        let key = self.agreement(curve).ok_or(AgreementError::Damaged)?;
        agreement::agree(
            key,
            UnparsedPublicKey::new(algorithm, peer),
            AgreementError::MalformedPeer,
            |secret| Ok(Secret::new(secret.to_vec())),
        )
    }
}
