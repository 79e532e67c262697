//! Signatures, verified, with the public half alone. Making them is `sign`'s.

use crate::key_der::{self, Curve};
use crate::message::{MU_LEN, Message, MessageError, Ready};
use crate::public_key::PublicKey;
use crate::spec::{KeySpec, SigningAlgorithm};
use aws_lc_rs::digest::Digest;
use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use ed25519_dalek::{Digest as _, Sha512};
use ml_dsa::{EncodedVerifyingKey, MlDsa44, MlDsa65, MlDsa87, Signature, VerifyingKey};
use pkcs8::spki::SubjectPublicKeyInfoRef;

/// Why a signature is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The message, the algorithm and the key do not go together.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// It is no signature of this message under this key.
    #[error("the signature does not verify")]
    Invalid,
    /// The stored public key cannot be read.
    #[error("the public key is damaged")]
    Damaged,
}

impl PublicKey<'_> {
    /// Verifies what [`KeyMaterial::sign`](crate::KeyMaterial::sign) made, or another signer with
    /// the same key. The message type need not be the signer's.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify(
        &self,
        algorithm: SigningAlgorithm,
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        match message.ready(algorithm, self.spec())? {
            Ready::Digest(digest) => self.verify_digest(algorithm, &digest, signature),
            Ready::Whole(message) => {
                let key = self.parse(whole_algorithm(self.spec()).ok_or(VerifyError::Damaged)?)?;
                key.verify_sig(message, signature)
                    .map_err(|_| VerifyError::Invalid)
            }
            Ready::Prehash(message) => self.verify_ed25519ph(message, signature),
            Ready::Mu(mu) => self.verify_mu(mu, signature),
        }
    }

    fn parse(
        &self,
        algorithm: &'static dyn VerificationAlgorithm,
    ) -> Result<ParsedPublicKey, VerifyError> {
        ParsedPublicKey::new(algorithm, self.spki()).map_err(|_| VerifyError::Damaged)
    }

    fn verify_digest(
        &self,
        algorithm: SigningAlgorithm,
        digest: &Digest,
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let key = match Curve::of(self.spec()) {
            Some(curve) => self.parse(curve.verification)?,
            None => self.parse(rsassa(algorithm).ok_or(VerifyError::Damaged)?)?,
        };
        key.verify_digest_sig(digest, signature)
            .map_err(|_| VerifyError::Invalid)
    }

    /// The bits of the public key without what says of which kind it is.
    fn raw(&self) -> Result<&[u8], VerifyError> {
        let spki =
            SubjectPublicKeyInfoRef::try_from(self.spki()).map_err(|_| VerifyError::Damaged)?;
        let raw = spki.subject_public_key.as_bytes();
        raw.ok_or(VerifyError::Damaged)
    }

    fn verify_ed25519ph(&self, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        match key_der::algorithm_of(self.spki()) {
            Some((algorithm, None)) if algorithm == key_der::ED25519 => {}
            _ => return Err(VerifyError::Damaged),
        }
        let raw = self.raw()?.try_into().map_err(|_| VerifyError::Damaged)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(raw).map_err(|_| VerifyError::Damaged)?;
        let signature =
            ed25519_dalek::Signature::from_slice(signature).map_err(|_| VerifyError::Invalid)?;
        let prehash = Sha512::new().chain_update(message);
        key.verify_prehashed(prehash, None, &signature)
            .map_err(|_| VerifyError::Invalid)
    }

    fn verify_mu(&self, mu: &[u8; MU_LEN], signature: &[u8]) -> Result<(), VerifyError> {
        let raw = self.raw()?;
        let mu = (*mu).into();
        /// Whether the signature verifies under the key of one parameter set.
        macro_rules! verify_with {
            ($set:ty) => {{
                let encoded = EncodedVerifyingKey::<$set>::try_from(raw);
                let key = VerifyingKey::decode(&encoded.map_err(|_| VerifyError::Damaged)?);
                let signature = Signature::<$set>::try_from(signature);
                signature.is_ok_and(|signature| key.verify_mu(&mu, &signature))
            }};
        }
        let valid = match self.spec() {
            KeySpec::MlDsa44 => verify_with!(MlDsa44),
            KeySpec::MlDsa65 => verify_with!(MlDsa65),
            KeySpec::MlDsa87 => verify_with!(MlDsa87),
            _ => return Err(VerifyError::Damaged),
        };
        valid.then_some(()).ok_or(VerifyError::Invalid)
    }
}

/// The algorithm of a spec that takes whole messages.
fn whole_algorithm(spec: KeySpec) -> Option<&'static dyn VerificationAlgorithm> {
    match spec {
        KeySpec::EccNistEdwards25519 => Some(&signature::ED25519),
        KeySpec::MlDsa44 => Some(&signature::ML_DSA_44),
        KeySpec::MlDsa65 => Some(&signature::ML_DSA_65),
        KeySpec::MlDsa87 => Some(&signature::ML_DSA_87),
        _ => None,
    }
}

fn rsassa(algorithm: SigningAlgorithm) -> Option<&'static dyn VerificationAlgorithm> {
    match algorithm {
        SigningAlgorithm::RsassaPssSha256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        SigningAlgorithm::RsassaPssSha384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        SigningAlgorithm::RsassaPssSha512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        SigningAlgorithm::RsassaPkcs1V15Sha256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        SigningAlgorithm::RsassaPkcs1V15Sha384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        SigningAlgorithm::RsassaPkcs1V15Sha512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}
