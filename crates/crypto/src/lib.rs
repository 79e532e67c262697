//! Cryptography of the key service: key material of every spec and what is done with it, the
//! symmetric ciphertext format, sealed values, the root key, and the HMAC and SHA-256 that others
//! build on. The primitives are aws-lc-rs's; the three that it lacks, Ed25519ph, ML-DSA with an
//! external μ and ML-KEM keys from a seed, are dalek's and RustCrypto's. It decides nothing, stores
//! nothing and reads no file. Callers hand in an [`Entropy`](claviger_types::Entropy); only what
//! aws-lc-rs draws by itself and takes from nobody does not come from it: RSA primes, ECDSA nonces,
//! the salts and seeds of RSA paddings, the hedging of ML-DSA and encapsulated secrets.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod agreement;
mod ciphertext;
mod data_key_pair;
mod encoding;
mod envelope;
mod hmac;
mod import;
mod imported;
mod kem;
mod key_der;
mod mac;
mod material;
mod message;
mod oaep;
mod parsed;
mod public_key;
mod root;
mod seal;
mod sign;
mod spec;
mod verify;

pub use agreement::AgreementError;
pub use ciphertext::{BadCiphertext, EncryptError, Header, OpenKey};
pub use data_key_pair::DataKeyPair;
pub use encoding::hex;
pub use hmac::{IndexKey, constant_time_eq, hmac_sha256, sha256};
pub use import::{UnwrapError, WrappingKey};
pub use imported::{BadImport, import_material};
pub use kem::{Encapsulated, KemError};
pub use mac::MacError;
pub use material::{KeyMaterial, MaterialError};
pub use message::{Message, MessageError};
pub use oaep::RsaError;
pub use public_key::PublicKey;
pub use root::{BadRootKey, RootKey, RootKeyId};
pub use seal::{Place, SealError, Sealed, Sealer, SealingKeyId, UnlockError, WrappedStoreKey};
pub use sign::SignError;
pub use spec::{
    EncapsulationAlgorithm, EncryptionAlgorithm, KeyAgreementAlgorithm, KeyFamily, KeySpec,
    KeyUsage, MacAlgorithm, MessageType, SigningAlgorithm, WrappingAlgorithm, WrappingKeySpec,
};
pub use verify::VerifyError;
