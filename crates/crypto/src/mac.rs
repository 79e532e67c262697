//! HMAC (FIPS 198-1) with the hash of the key's spec, made and verified in constant time.

use crate::material::KeyMaterial;
use crate::spec::{KeySpec, MacAlgorithm};
use aws_lc_rs::hmac;

/// Why there is no MAC, or why it is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MacError {
    /// Keys of the spec do not authenticate like this. The text is AWS's.
    #[error("Algorithm {algorithm} is incompatible with key spec {spec}.")]
    Incompatible {
        /// The algorithm.
        algorithm: MacAlgorithm,
        /// The spec of the key.
        spec: KeySpec,
    },
    /// It is no MAC of this message under this key.
    #[error("the MAC does not verify")]
    Invalid,
}

impl KeyMaterial {
    /// The MAC of a message: 28, 32, 48 or 64 bytes.
    ///
    /// # Errors
    /// [`MacError::Incompatible`].
    pub fn mac(&self, algorithm: MacAlgorithm, message: &[u8]) -> Result<Vec<u8>, MacError> {
        let key = self.mac_key(algorithm)?;
        Ok(hmac::sign(&key, message).as_ref().to_vec())
    }

    /// Verifies a MAC of full length.
    ///
    /// # Errors
    /// [`MacError`].
    pub fn verify_mac(
        &self,
        algorithm: MacAlgorithm,
        message: &[u8],
        mac: &[u8],
    ) -> Result<(), MacError> {
        let key = self.mac_key(algorithm)?;
        hmac::verify(&key, message, mac).map_err(|_| MacError::Invalid)
    }

    fn mac_key(&self, algorithm: MacAlgorithm) -> Result<hmac::Key, MacError> {
        let spec = self.spec();
        if !spec.mac_algorithms().contains(&algorithm) {
            return Err(MacError::Incompatible { algorithm, spec });
        }
        let hash = match algorithm {
            MacAlgorithm::HmacSha224 => hmac::HMAC_SHA224,
            MacAlgorithm::HmacSha256 => hmac::HMAC_SHA256,
            MacAlgorithm::HmacSha384 => hmac::HMAC_SHA384,
            MacAlgorithm::HmacSha512 => hmac::HMAC_SHA512,
        };
        Ok(hmac::Key::new(hash, self.bytes()))
    }
}
