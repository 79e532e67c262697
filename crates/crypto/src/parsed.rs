//! Private keys of PKCS#8, parsed once: reading an RSA key and checking it costs more than half a
//! signature, reading one on a curve up to three signatures (`docs/benchmarks.md`). aws-lc wipes the
//! parsed keys when they are freed.

use crate::key_der::Curve;
use crate::material::KeyMaterial;
use crate::oaep;
use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::rsa::{self, OaepPrivateDecryptingKey};
use aws_lc_rs::signature::EcdsaKeyPair;
use std::sync::OnceLock;

/// What was parsed so far. A key has one usage, so one of these is ever filled.
#[derive(Default)]
pub(crate) struct Parsed {
    rsa_signing: OnceLock<rsa::KeyPair>,
    rsa_decrypting: OnceLock<OaepPrivateDecryptingKey>,
    ecdsa: OnceLock<EcdsaKeyPair>,
    agreement: OnceLock<PrivateKey>,
}

impl KeyMaterial {
    /// The RSA key that signs; `None` when it is damaged or of another size than its spec.
    pub(crate) fn rsa_signing(&self) -> Option<&rsa::KeyPair> {
        once(&self.parsed().rsa_signing, || {
            let key = rsa::KeyPair::from_pkcs8(self.bytes()).ok()?;
            (Some(key.public_modulus_len()) == self.spec().modulus_len()).then_some(key)
        })
    }

    /// The RSA key that decrypts; `None` as for [`KeyMaterial::rsa_signing`].
    pub(crate) fn rsa_decrypting(&self) -> Option<&OaepPrivateDecryptingKey> {
        once(&self.parsed().rsa_decrypting, || {
            let key = oaep::private(self.bytes())?;
            (Some(key.key_size_bytes()) == self.spec().modulus_len()).then_some(key)
        })
    }

    /// The key on a curve that signs; `None` when it is damaged.
    pub(crate) fn ecdsa(&self, curve: &Curve) -> Option<&EcdsaKeyPair> {
        once(&self.parsed().ecdsa, || {
            EcdsaKeyPair::from_pkcs8(curve.signing, self.bytes()).ok()
        })
    }

    /// The key on a curve that agrees; `None` when it is damaged, or nothing agrees on this curve.
    pub(crate) fn agreement(&self, curve: &Curve) -> Option<&PrivateKey> {
        once(&self.parsed().agreement, || {
            PrivateKey::from_private_key_der(curve.agreement?, self.bytes()).ok()
        })
    }
}

/// The value of a cell, made if it is empty. Of two threads that make it at once one's is kept.
fn once<T>(cell: &OnceLock<T>, make: impl FnOnce() -> Option<T>) -> Option<&T> {
    match cell.get() {
        Some(made) => Some(made),
        None => {
            let made = make()?;
            Some(cell.get_or_init(|| made))
        }
    }
}
