//! Cryptography at rest and in ciphertexts: the symmetric ciphertext format, sealed values, the
//! root key, and the HMAC and SHA-256 that others build on. Every primitive is aws-lc-rs's. It
//! decides nothing, stores nothing, reads no file and draws no randomness of its own: callers
//! hand in an [`Entropy`](claviger_types::Entropy).
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod ciphertext;
mod encoding;
mod envelope;
mod hmac;
mod root;
mod seal;
mod spec;

pub use ciphertext::{BadCiphertext, EncryptError, Header, OpenKey};
pub use encoding::hex;
pub use hmac::{IndexKey, constant_time_eq, hmac_sha256, sha256};
pub use root::{BadRootKey, RootKey, RootKeyId};
pub use seal::{Place, SealError, Sealed, Sealer, SealingKeyId, UnlockError, WrappedStoreKey};
pub use spec::{
    EncapsulationAlgorithm, EncryptionAlgorithm, KeyAgreementAlgorithm, KeyFamily, KeySpec,
    KeyUsage, MacAlgorithm, SigningAlgorithm,
};
