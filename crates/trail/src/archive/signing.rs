//! The signatures of digests: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2). Where keys are
//! kept, and how long, is the caller's matter. Source: CloudTrail API reference, `ListPublicKeys`.

use crate::chain::{hex, sha256_hex};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use claviger_types::Secret;

/// The digits of a key's fingerprint.
const FINGERPRINT_LEN: usize = 32;

/// A signing key that cannot be made, read or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// The library made none.
    #[error("the cryptographic library made no signing key")]
    Failed,
    /// The stored bytes are no RSA key.
    #[error("the signing key of digests is damaged")]
    Damaged,
}

/// A signature that is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// It is no hexadecimal text.
    #[error("the signature is not hexadecimal")]
    NotHex,
    /// It is not this key's signature of this text.
    #[error("the signature does not verify")]
    Invalid,
}

/// Signs digests. Prints nothing.
pub struct DigestSigner {
    pair: RsaKeyPair,
}

impl DigestSigner {
    /// New key bytes, to be sealed: PKCS#8 of an RSA key of 2048 bits. Takes tenths of a second.
    ///
    /// # Errors
    /// [`SigningKeyError::Failed`].
    pub fn generate() -> Result<Secret<Vec<u8>>, SigningKeyError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| SigningKeyError::Failed)?;
        let der: Pkcs8V1Der<'static> = pair.as_der().map_err(|_| SigningKeyError::Failed)?;
        Ok(Secret::new(der.as_ref().to_vec()))
    }

    /// Reads key bytes back.
    ///
    /// # Errors
    /// [`SigningKeyError::Damaged`].
    pub fn from_bytes(pkcs8: &[u8]) -> Result<Self, SigningKeyError> {
        let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| SigningKeyError::Damaged)?;
        Ok(Self { pair })
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> DigestPublicKey {
        DigestPublicKey(self.pair.public_key().as_ref().to_vec())
    }

    /// The signature of a text, in hexadecimal.
    ///
    /// # Errors
    /// [`SigningKeyError::Failed`].
    pub fn sign(&self, text: &str) -> Result<String, SigningKeyError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign_digest(
                &RSA_PKCS1_SHA256,
                &digest(&SHA256, text.as_bytes()),
                &mut signature,
            )
            .map_err(|_| SigningKeyError::Failed)?;
        Ok(hex(&signature))
    }
}

/// A public key as `ListPublicKeys` answers it: PKCS#1 `RSAPublicKey` in DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestPublicKey(pub Vec<u8>);

impl DigestPublicKey {
    /// What digests of ours call the key by: the first 32 hexadecimal digits of the SHA-256 of its
    /// DER. AWS's fingerprints have as many; how they come about is not said.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut digits = sha256_hex(&self.0);
        digits.truncate(FINGERPRINT_LEN);
        digits
    }

    /// Verifies a signature in hexadecimal. The whole padding is checked, hash identifier included.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(&self, text: &str, signature: &str) -> Result<(), BadSignature> {
        let signature = base16ct::mixed::decode_vec(signature).map_err(|_| BadSignature::NotHex)?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.0)
            .verify(text.as_bytes(), &signature)
            .map_err(|_| BadSignature::Invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_with_one_key_verified_with_that() {
        let bytes = DigestSigner::generate().unwrap();
        let signer = DigestSigner::from_bytes(bytes.expose()).unwrap();
        let key = signer.public_key();
        let signature = signer.sign("a\nb").unwrap();
        key.verify("a\nb", &signature).unwrap();
        key.verify("a\nb", &signature.to_uppercase()).unwrap();
        assert_eq!(key.fingerprint().len(), 32);
        assert_eq!(key.verify("a\nB", &signature), Err(BadSignature::Invalid));
        assert_eq!(key.verify("a\nb", "xyz"), Err(BadSignature::NotHex));
        assert_eq!(key.verify("a\nb", ""), Err(BadSignature::Invalid));
        let other = DigestSigner::from_bytes(DigestSigner::generate().unwrap().expose()).unwrap();
        let refused = other.public_key().verify("a\nb", &signature);
        assert_eq!(refused, Err(BadSignature::Invalid));
        assert_eq!(
            DigestSigner::from_bytes(&[1]).err(),
            Some(SigningKeyError::Damaged)
        );
    }
}
