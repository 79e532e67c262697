//! Signatures, made: RSASSA (RFC 8017), ECDSA and EdDSA (FIPS 186-5), ML-DSA (FIPS 204). ECDSA
//! nonces and PSS salts are drawn by aws-lc-rs from its own generator; ML-DSA's hedging too, but
//! for external μ, where it comes from the entropy handed in. Verification is `verify`'s.

use crate::key_der::{Curve, ml_dsa_signing};
use crate::material::{KeyMaterial, SEED_LEN};
use crate::message::{MU_LEN, Message, MessageError, Ready};
use crate::spec::{KeySpec, SigningAlgorithm};
use aws_lc_rs::digest::Digest;
use aws_lc_rs::signature::{self, Ed25519KeyPair, PqdsaKeyPair};
use claviger_types::Entropy;
use ed25519_dalek::{Digest as _, Sha512};
use ml_dsa::{MlDsa44, MlDsa65, MlDsa87, Seed, SigningKey};
use std::convert::Infallible;

/// Why there is no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The message, the algorithm and the key do not go together.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The stored key cannot be read.
    #[error("the key material is damaged")]
    Damaged,
    /// The library refused, which no valid call brings about.
    #[error("the cryptographic library refused to sign")]
    Failed,
}

impl KeyMaterial {
    /// Signs. RSASSA signatures are as long as the modulus, PSS salts as long as the hash; ECDSA
    /// signatures are DER (`SEQUENCE { r, s }`), Ed25519's 64 bytes (RFC 8032), ML-DSA's of the
    /// length of FIPS 204, table 2, with an empty context.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(
        &self,
        algorithm: SigningAlgorithm,
        message: Message<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, SignError> {
        match message.ready(algorithm, self.spec())? {
            Ready::Digest(digest) => match Curve::of(self.spec()) {
                Some(curve) => self.sign_on_curve(curve, &digest),
                None => self.rsassa(algorithm, &digest),
            },
            Ready::Whole(message) => match ml_dsa_signing(self.spec()) {
                Some(algorithm) => self.ml_dsa(algorithm, message),
                None => self.ed25519(message),
            },
            Ready::Prehash(message) => self.ed25519ph(message),
            Ready::Mu(mu) => self.ml_dsa_mu(mu, entropy),
        }
    }

    fn sign_on_curve(&self, curve: &Curve, digest: &Digest) -> Result<Vec<u8>, SignError> {
        let key = self.ecdsa(curve).ok_or(SignError::Damaged)?;
        let signature = key.sign_digest(digest).map_err(|_| SignError::Failed)?;
        Ok(signature.as_ref().to_vec())
    }

    fn rsassa(&self, algorithm: SigningAlgorithm, digest: &Digest) -> Result<Vec<u8>, SignError> {
        let key = self.rsa_signing().ok_or(SignError::Damaged)?;
        let encoding = rsassa_encoding(algorithm).ok_or(SignError::Failed)?;
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign_digest(encoding, digest, &mut signature)
            .map_err(|_| SignError::Failed)?;
        Ok(signature)
    }

    fn ed25519(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let key =
            Ed25519KeyPair::from_seed_unchecked(self.bytes()).map_err(|_| SignError::Damaged)?;
        let signature = key.try_sign(message).map_err(|_| SignError::Failed)?;
        Ok(signature.as_ref().to_vec())
    }

    /// Ed25519ph (FIPS 186-5, section 7.8.1) with an empty context: what the caller sent is hashed
    /// first, although it is a digest already; KMS says so at `MessageType`.
    fn ed25519ph(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let seed: &[u8; SEED_LEN] = self.bytes().try_into().map_err(|_| SignError::Damaged)?;
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let prehash = Sha512::new().chain_update(message);
        let signature = key.sign_prehashed(prehash, None);
        Ok(signature
            .map_err(|_| SignError::Failed)?
            .to_bytes()
            .to_vec())
    }

    fn ml_dsa(
        &self,
        algorithm: &'static signature::PqdsaSigningAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, SignError> {
        let key =
            PqdsaKeyPair::from_seed(algorithm, self.bytes()).map_err(|_| SignError::Damaged)?;
        let mut signature = vec![0; algorithm.signature_len()];
        key.sign(message, &mut signature)
            .map_err(|_| SignError::Failed)?;
        Ok(signature)
    }

    fn ml_dsa_mu(
        &self,
        mu: &[u8; MU_LEN],
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, SignError> {
        let mu = (*mu).into();
        let seed: &[u8; SEED_LEN] = self.bytes().try_into().map_err(|_| SignError::Damaged)?;
        let seed = zeroize::Zeroizing::new(Seed::from(*seed));
        let mut hedge = Hedge(entropy);
        /// The signature under the key of one parameter set.
        macro_rules! sign_with {
            ($set:ty) => {{
                let key = SigningKey::<$set>::from_seed(&seed);
                let signed = key.expanded_key().sign_mu_randomized(&mu, &mut hedge);
                signed.map(|signature| signature.encode().to_vec())
            }};
        }
        match self.spec() {
            KeySpec::MlDsa44 => sign_with!(MlDsa44),
            KeySpec::MlDsa65 => sign_with!(MlDsa65),
            KeySpec::MlDsa87 => sign_with!(MlDsa87),
            _ => return Err(SignError::Failed),
        }
        .map_err(|_| SignError::Failed)
    }
}

fn rsassa_encoding(algorithm: SigningAlgorithm) -> Option<&'static dyn signature::RsaEncoding> {
    match algorithm {
        SigningAlgorithm::RsassaPssSha256 => Some(&signature::RSA_PSS_SHA256),
        SigningAlgorithm::RsassaPssSha384 => Some(&signature::RSA_PSS_SHA384),
        SigningAlgorithm::RsassaPssSha512 => Some(&signature::RSA_PSS_SHA512),
        SigningAlgorithm::RsassaPkcs1V15Sha256 => Some(&signature::RSA_PKCS1_SHA256),
        SigningAlgorithm::RsassaPkcs1V15Sha384 => Some(&signature::RSA_PKCS1_SHA384),
        SigningAlgorithm::RsassaPkcs1V15Sha512 => Some(&signature::RSA_PKCS1_SHA512),
        _ => None,
    }
}

/// The entropy handed in, as `ml-dsa` asks for it.
struct Hedge<'a>(&'a mut dyn Entropy);

impl rand_core::TryRng for Hedge<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Hedge<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex;

    /// RFC 8032, section 7.3: the message "abc", which is shorter than what KMS takes as a digest.
    #[test]
    fn ed25519ph_as_published() {
        let seed = [
            0x83, 0x3f, 0xe6, 0x24, 0x09, 0x23, 0x7b, 0x9d, 0x62, 0xec, 0x77, 0x58, 0x75, 0x20,
            0x91, 0x1e, 0x9a, 0x75, 0x9c, 0xec, 0x1d, 0x19, 0x75, 0x5b, 0x7d, 0xa9, 0x01, 0xb9,
            0x6d, 0xca, 0x3d, 0x42,
        ];
        let key = KeyMaterial::from_bytes(KeySpec::EccNistEdwards25519, &seed).unwrap();
        assert_eq!(
            hex(&key.ed25519ph(b"abc").unwrap()),
            "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41\
             31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
        );
    }
}
