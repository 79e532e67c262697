//! What is signed: a message, its digest, or ML-DSA's message representative. Brings each into the
//! form that its algorithm takes, or refuses it. Source: KMS API reference, `Sign`, `MessageType`.

use crate::spec::{KeySpec, MessageType, SigningAlgorithm};
use aws_lc_rs::digest::{self, Digest};

/// Length of μ and of the prehash that Ed25519ph is given, in bytes.
pub(crate) const MU_LEN: usize = 64;

/// A message as the caller sent it.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// What the bytes are.
    pub kind: MessageType,
    /// The bytes. How many there may be is the caller's matter, but for digests and μ.
    pub bytes: &'a [u8],
}

/// Why a message does not go with a key and an algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Keys of the spec do not sign like this. The text is AWS's for MACs.
    #[error("Algorithm {algorithm} is incompatible with key spec {spec}.")]
    Incompatible {
        /// The algorithm.
        algorithm: SigningAlgorithm,
        /// The spec of the key.
        spec: KeySpec,
    },
    /// The algorithm does not take messages of this type. AWS's text is not known.
    #[error("MessageType {kind} is not valid for algorithm {algorithm}.")]
    Kind {
        /// What was sent.
        kind: MessageType,
        /// The algorithm.
        algorithm: SigningAlgorithm,
    },
    /// The digest has not the length of the algorithm's hash. The text is AWS's.
    #[error("Digest is invalid length for algorithm {0}.")]
    DigestLength(SigningAlgorithm),
}

/// A message, ready for its algorithm.
pub(crate) enum Ready<'a> {
    /// RSASSA and ECDSA: the digest.
    Digest(Digest),
    /// Ed25519 and ML-DSA hash the message themselves.
    Whole(&'a [u8]),
    /// What Ed25519ph hashes with SHA-512 first.
    Prehash(&'a [u8]),
    /// ML-DSA's μ.
    Mu(&'a [u8; MU_LEN]),
}

/// The hash of an algorithm that signs digests.
fn hash(algorithm: SigningAlgorithm) -> Option<&'static digest::Algorithm> {
    use SigningAlgorithm as A;
    match algorithm {
        A::RsassaPssSha256 | A::RsassaPkcs1V15Sha256 | A::EcdsaSha256 => Some(&digest::SHA256),
        A::RsassaPssSha384 | A::RsassaPkcs1V15Sha384 | A::EcdsaSha384 => Some(&digest::SHA384),
        A::RsassaPssSha512 | A::RsassaPkcs1V15Sha512 | A::EcdsaSha512 => Some(&digest::SHA512),
        A::MlDsaShake256 | A::Ed25519Sha512 | A::Ed25519PhSha512 => None,
    }
}

impl<'a> Message<'a> {
    /// Whether the message goes with an algorithm and keys of a spec, without doing anything else.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn check(self, algorithm: SigningAlgorithm, spec: KeySpec) -> Result<(), MessageError> {
        self.ready(algorithm, spec).map(|_| ())
    }

    /// The message as an algorithm takes it.
    ///
    /// # Errors
    /// [`MessageError`].
    pub(crate) fn ready(
        self,
        algorithm: SigningAlgorithm,
        spec: KeySpec,
    ) -> Result<Ready<'a>, MessageError> {
        if !spec.signing_algorithms().contains(&algorithm) {
            return Err(MessageError::Incompatible { algorithm, spec });
        }
        let wrong_length = MessageError::DigestLength(algorithm);
        match (self.kind, hash(algorithm), algorithm) {
            (MessageType::Raw, Some(hash), _) => {
                Ok(Ready::Digest(digest::digest(hash, self.bytes)))
            }
            (MessageType::Digest, Some(hash), _) => Digest::import_less_safe(self.bytes, hash)
                .map(Ready::Digest)
                .map_err(|_| wrong_length),
            (
                MessageType::Raw,
                None,
                SigningAlgorithm::Ed25519Sha512 | SigningAlgorithm::MlDsaShake256,
            ) => Ok(Ready::Whole(self.bytes)),
            (MessageType::Digest, None, SigningAlgorithm::Ed25519PhSha512) => {
                let fits = self.bytes.len() == MU_LEN;
                fits.then_some(Ready::Prehash(self.bytes))
                    .ok_or(wrong_length)
            }
            (MessageType::ExternalMu, None, SigningAlgorithm::MlDsaShake256) => {
                let mu = self.bytes.try_into().map_err(|_| wrong_length)?;
                Ok(Ready::Mu(mu))
            }
            (kind, _, algorithm) => Err(MessageError::Kind { kind, algorithm }),
        }
    }
}
