//! Secrets at rest: the store key under the root key, and values under the store key or under a
//! data key. A sealed value opens only at the place it was sealed for, so that whoever can write
//! the database cannot move one secret to another's row or put an old one back. It stores
//! nothing.

use crate::encoding::{hex, take};
use crate::envelope::{self, Freshness, IV_LEN, KEY_LEN, NONCE_LEN, TAG_LEN};
use crate::hmac::IndexKey;
use crate::root::{RootKey, RootKeyId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_types::{Entropy, Secret};
use serde::{Deserialize, Serialize};
use std::fmt;

const SEALED_V1: u8 = 1;
const WRAPPED_V1: u8 = 1;
const LABEL_VALUE: &str = "claviger/sealed-value/v1";
const LABEL_STORE_KEY: &str = "claviger/store-key/v1";

/// Which key sealed a value: 16 random bytes. Not secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SealingKeyId(pub [u8; 16]);

impl fmt::Display for SealingKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for SealingKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKeyId({self})")
    }
}

/// Where a sealed value belongs: the row that holds it and the version it is sealed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The collection of the row.
    pub collection: &'a str,
    /// The row's name in it.
    pub row: &'a str,
    /// The version of the value.
    pub version: u64,
}

/// Why a sealed value does not open, or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The bytes or the text are no sealed value.
    #[error("this is not a sealed value: it is damaged or of a newer format")]
    Malformed,
    /// Another key sealed it.
    #[error("the value was sealed by key {found}, not by {ours}: it comes from another store")]
    OtherKey {
        /// The key that sealed it.
        found: SealingKeyId,
        /// The key it was opened with.
        ours: SealingKeyId,
    },
    /// The tag does not verify.
    #[error("the sealed value does not open here: it was altered, or moved from another row")]
    NotAuthentic,
    /// The library refused to encrypt, which no valid call brings about.
    #[error("the cryptographic library refused to seal")]
    Failed,
}

/// Why the store key does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnlockError {
    /// The bytes or the text are no wrapped store key.
    #[error(
        "the wrapped store key is damaged or of a newer format; restore the database from a backup"
    )]
    Malformed,
    /// Another root key wrapped it.
    #[error(
        "wrong root key: the store is sealed under root key {expected}, the one given is {given}; \
         give the root key file whose line ends in {expected}"
    )]
    WrongRootKey {
        /// The root key that wrapped the store key.
        expected: RootKeyId,
        /// The root key that was given.
        given: RootKeyId,
    },
    /// The right root key, but the tag does not verify.
    #[error("the wrapped store key was altered; restore the database from a backup")]
    NotAuthentic,
}

/// A secret as it may be stored: the id of the key that sealed it, nonce, IV, ciphertext and tag.
/// Serialises as base64 text.
///
/// Bytes: version 1 (1), key id (16), nonce (16), IV (12), ciphertext, tag (16). Associated data:
/// the first 45 bytes, then collection and row, each with its length before it (32-bit
/// big-endian), then the version (64-bit big-endian).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sealed {
    key_id: SealingKeyId,
    fresh: Freshness,
    sealed: Vec<u8>,
}

impl Sealed {
    /// The key that sealed it.
    #[must_use]
    pub fn key_id(&self) -> SealingKeyId {
        self.key_id
    }

    /// The bytes to store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.header();
        bytes.extend_from_slice(&self.sealed);
        bytes
    }

    /// Reads stored bytes.
    ///
    /// # Errors
    /// [`SealError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let mut rest = bytes;
        let parts = (
            take::<1>(&mut rest),
            take::<16>(&mut rest),
            take::<NONCE_LEN>(&mut rest),
            take::<IV_LEN>(&mut rest),
        );
        let (Some([SEALED_V1]), Some(key_id), Some(nonce), Some(iv)) = parts else {
            return Err(SealError::Malformed);
        };
        if rest.len() < TAG_LEN {
            return Err(SealError::Malformed);
        }
        Ok(Self {
            key_id: SealingKeyId(*key_id),
            fresh: Freshness {
                nonce: *nonce,
                iv: *iv,
            },
            sealed: rest.to_vec(),
        })
    }

    fn header(&self) -> Vec<u8> {
        let length = 1 + 16 + NONCE_LEN + IV_LEN + self.sealed.len();
        let mut bytes = Vec::with_capacity(length);
        bytes.push(SEALED_V1);
        bytes.extend_from_slice(&self.key_id.0);
        bytes.extend_from_slice(&self.fresh.nonce);
        bytes.extend_from_slice(&self.fresh.iv);
        bytes
    }

    fn associated_data(&self, place: &Place<'_>) -> Result<Vec<u8>, SealError> {
        let mut associated = self.header();
        for text in [place.collection, place.row] {
            let length = u32::try_from(text.len()).map_err(|_| SealError::Failed)?;
            associated.extend_from_slice(&length.to_be_bytes());
            associated.extend_from_slice(text.as_bytes());
        }
        associated.extend_from_slice(&place.version.to_be_bytes());
        Ok(associated)
    }
}

impl TryFrom<String> for Sealed {
    type Error = SealError;
    fn try_from(text: String) -> Result<Self, SealError> {
        let bytes = STANDARD.decode(text).map_err(|_| SealError::Malformed)?;
        Self::from_bytes(&bytes)
    }
}

impl From<Sealed> for String {
    fn from(sealed: Sealed) -> Self {
        STANDARD.encode(sealed.to_bytes())
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(by {}, {} bytes)", self.key_id, self.sealed.len())
    }
}

/// The store key as it may be stored: wrapped by the root key. Serialises as base64 text.
///
/// Bytes: version 1 (1), root key id (8), store key id (16), nonce (16), IV (12), ciphertext (32),
/// tag (16). Associated data: the first 53 bytes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WrappedStoreKey {
    root_key_id: RootKeyId,
    key_id: SealingKeyId,
    fresh: Freshness,
    sealed: [u8; KEY_LEN + TAG_LEN],
}

impl WrappedStoreKey {
    /// The root key that wraps it.
    #[must_use]
    pub fn root_key_id(&self) -> RootKeyId {
        self.root_key_id
    }

    /// The store key's id; it stays when the root key changes.
    #[must_use]
    pub fn key_id(&self) -> SealingKeyId {
        self.key_id
    }

    /// The bytes to store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = wrapped_header(self.root_key_id, self.key_id, &self.fresh);
        bytes.extend_from_slice(&self.sealed);
        bytes
    }

    /// Reads stored bytes.
    ///
    /// # Errors
    /// [`UnlockError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, UnlockError> {
        let mut rest = bytes;
        let parts = (
            take::<1>(&mut rest),
            take::<8>(&mut rest),
            take::<16>(&mut rest),
            take::<NONCE_LEN>(&mut rest),
            take::<IV_LEN>(&mut rest),
        );
        let (Some([WRAPPED_V1]), Some(root), Some(key), Some(nonce), Some(iv)) = parts else {
            return Err(UnlockError::Malformed);
        };
        Ok(Self {
            root_key_id: RootKeyId(*root),
            key_id: SealingKeyId(*key),
            fresh: Freshness {
                nonce: *nonce,
                iv: *iv,
            },
            sealed: rest.try_into().map_err(|_| UnlockError::Malformed)?,
        })
    }
}

impl TryFrom<String> for WrappedStoreKey {
    type Error = UnlockError;
    fn try_from(text: String) -> Result<Self, UnlockError> {
        let bytes = STANDARD.decode(text).map_err(|_| UnlockError::Malformed)?;
        Self::from_bytes(&bytes)
    }
}

impl From<WrappedStoreKey> for String {
    fn from(wrapped: WrappedStoreKey) -> Self {
        STANDARD.encode(wrapped.to_bytes())
    }
}

impl fmt::Debug for WrappedStoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, root) = (self.key_id, self.root_key_id);
        write!(f, "WrappedStoreKey({key}, by {root})")
    }
}

fn wrapped_header(root: RootKeyId, key: SealingKeyId, fresh: &Freshness) -> Vec<u8> {
    let mut bytes = vec![WRAPPED_V1];
    bytes.extend_from_slice(&root.0);
    bytes.extend_from_slice(&key.0);
    bytes.extend_from_slice(&fresh.nonce);
    bytes.extend_from_slice(&fresh.iv);
    bytes
}

/// Seals and opens values: the open store key, or an open data key. Not `Clone`, not `Serialize`,
/// prints no bytes, wiped on drop.
///
/// ```compile_fail
/// fn is_stored<T: serde::Serialize>() {}
/// is_stored::<claviger_crypto::Sealer>();
/// ```
pub struct Sealer {
    id: SealingKeyId,
    key: Secret<[u8; KEY_LEN]>,
}

impl Sealer {
    /// A new random store key. Keep it with [`Sealer::wrap`].
    #[must_use]
    pub fn generate(entropy: &mut dyn Entropy) -> Self {
        let mut id = [0_u8; 16];
        let mut key = Secret::new([0_u8; KEY_LEN]);
        entropy.fill(&mut id);
        entropy.fill(key.expose_mut());
        Self {
            id: SealingKeyId(id),
            key,
        }
    }

    /// Seals under a data key; `None` unless the key is 32 bytes. The caller keeps `id` beside
    /// the encrypted data key.
    #[must_use]
    pub fn with_data_key(id: SealingKeyId, data_key: &[u8]) -> Option<Self> {
        let data_key: &[u8; KEY_LEN] = data_key.try_into().ok()?;
        let mut key = Secret::new([0_u8; KEY_LEN]);
        key.expose_mut().copy_from_slice(data_key);
        Some(Self { id, key })
    }

    /// Opens the store key with the root key.
    ///
    /// # Errors
    /// See [`UnlockError`]; a wrong root key is told apart from damage.
    pub fn unlock(root: &RootKey, wrapped: &WrappedStoreKey) -> Result<Self, UnlockError> {
        if root.id() != wrapped.root_key_id {
            return Err(UnlockError::WrongRootKey {
                expected: wrapped.root_key_id,
                given: root.id(),
            });
        }
        let header = wrapped_header(wrapped.root_key_id, wrapped.key_id, &wrapped.fresh);
        envelope::open(
            &wrapped.sealed,
            root.bytes(),
            LABEL_STORE_KEY,
            &wrapped.fresh,
            &header,
        )
        .ok()
        .and_then(|key| Self::with_data_key(wrapped.key_id, key.expose()))
        .ok_or(UnlockError::NotAuthentic)
    }

    /// Wraps the store key under a root key: at the start, and again when the root key changes.
    ///
    /// # Errors
    /// [`SealError::Failed`].
    pub fn wrap(
        &self,
        root: &RootKey,
        entropy: &mut dyn Entropy,
    ) -> Result<WrappedStoreKey, SealError> {
        let fresh = Freshness::draw(entropy);
        let header = wrapped_header(root.id(), self.id, &fresh);
        let mut sealed = Vec::with_capacity(KEY_LEN + TAG_LEN);
        envelope::seal_onto(
            &mut sealed,
            root.bytes(),
            LABEL_STORE_KEY,
            &fresh,
            &header,
            self.key.expose(),
        )
        .map_err(|_| SealError::Failed)?;
        Ok(WrappedStoreKey {
            root_key_id: root.id(),
            key_id: self.id,
            fresh,
            sealed: sealed.try_into().map_err(|_| SealError::Failed)?,
        })
    }

    /// The id that the values it seals carry.
    #[must_use]
    pub fn id(&self) -> SealingKeyId {
        self.id
    }

    /// Seals a value for a place, under a key derived for this one value.
    ///
    /// # Errors
    /// [`SealError::Failed`].
    pub fn seal(
        &self,
        place: &Place<'_>,
        plaintext: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<Sealed, SealError> {
        let mut value = Sealed {
            key_id: self.id,
            fresh: Freshness::draw(entropy),
            sealed: Vec::with_capacity(plaintext.len() + TAG_LEN),
        };
        let associated = value.associated_data(place)?;
        envelope::seal_onto(
            &mut value.sealed,
            self.key.expose(),
            LABEL_VALUE,
            &value.fresh,
            &associated,
            plaintext,
        )
        .map_err(|_| SealError::Failed)?;
        Ok(value)
    }

    /// Opens a value at the place it was sealed for.
    ///
    /// # Errors
    /// [`SealError::OtherKey`], or [`SealError::NotAuthentic`] for altered bytes and any other
    /// place.
    pub fn open(&self, place: &Place<'_>, value: &Sealed) -> Result<Secret<Vec<u8>>, SealError> {
        if value.key_id != self.id {
            return Err(SealError::OtherKey {
                found: value.key_id,
                ours: self.id,
            });
        }
        let associated = value.associated_data(place)?;
        envelope::open(
            &value.sealed,
            self.key.expose(),
            LABEL_VALUE,
            &value.fresh,
            &associated,
        )
        .map_err(|_| SealError::NotAuthentic)
    }

    /// A subkey for HMACs of attributes; another for each `purpose`.
    ///
    /// # Errors
    /// [`SealError::Failed`].
    pub fn index_key(&self, purpose: &str) -> Result<IndexKey, SealError> {
        IndexKey::derive(self.key.expose(), purpose).map_err(|_| SealError::Failed)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({}, …)", self.id)
    }
}
