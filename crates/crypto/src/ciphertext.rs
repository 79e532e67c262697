//! The ciphertext of a symmetric KMS key: a clear header that names key and key material, then
//! the encrypted part. It does not decide who may open one, and its header is a hint: resolve the
//! key, authorise, then open; only [`OpenKey::decrypt`] proves that the header is true.
//!
//! The format, version 1, in bytes:
//!
//! | offset | length | what |
//! |---|---|---|
//! | 0 | 1 | version, 1 |
//! | 1 | 1 | form of the key id: 0 a UUID, 1 `mrk-` |
//! | 2 | 16 | key id |
//! | 18 | 32 | key material id |
//! | 50 | 16 | nonce of the key derivation |
//! | 66 | 12 | IV |
//! | 78 | n | ciphertext, as long as the plaintext |
//! | 78+n | 16 | tag |
//!
//! Associated data: the 78 bytes of the header, then the canonical encryption context. Source:
//! AWS KMS Cryptographic Details, "Encrypt operation" and "Basic concepts": a derived key per
//! encryption, AES-256-GCM, an authenticated header. AWS keeps its own format to itself.

use crate::encoding::{from_hex, hex, take};
use crate::envelope::{self, Freshness, IV_LEN, KEY_LEN, NONCE_LEN, TAG_LEN};
use claviger_types::{EncryptionContext, Entropy, KeyId, MaterialId, Secret};
use std::fmt;

const VERSION: u8 = 1;
const FORM_UUID: u8 = 0;
const FORM_MULTI_REGION: u8 = 1;
const IDENTITY_LEN: usize = 50;
const HEADER_LEN: usize = IDENTITY_LEN + NONCE_LEN + IV_LEN;
const LABEL: &str = "claviger/ciphertext/v1";

/// Why a ciphertext does not open. On the wire all of them are `InvalidCiphertextException`, but
/// [`BadCiphertext::OtherKey`], which is `IncorrectKeyException` if the caller named the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCiphertext {
    /// Too short, or no ciphertext of ours at all.
    #[error("this is not a ciphertext of this service")]
    Malformed,
    /// A format version that this program does not know.
    #[error("the ciphertext has format version {0}, which this program does not know")]
    UnknownVersion(u8),
    /// The header names another key or key material than the one it is opened with.
    #[error("the ciphertext was made under another key or key material")]
    OtherKey,
    /// The tag does not verify: altered bytes, or another encryption context.
    #[error(
        "the ciphertext was altered, or the encryption context is not the one it was made with"
    )]
    NotAuthentic,
}

/// The cryptographic library refused to encrypt, which no valid request brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library refused to encrypt")]
pub struct EncryptError;

/// What the header of a ciphertext says. Unproven: anybody can write a header.
#[derive(Clone, PartialEq, Eq)]
pub struct Header<'a> {
    bytes: &'a [u8; HEADER_LEN],
    sealed: &'a [u8],
    fresh: Freshness,
    key_id: KeyId,
    material_id: MaterialId,
}

impl<'a> Header<'a> {
    /// Reads the header of a whole ciphertext.
    ///
    /// # Errors
    /// When the bytes cannot be a ciphertext of this format.
    pub fn parse(blob: &'a [u8]) -> Result<Self, BadCiphertext> {
        let malformed = BadCiphertext::Malformed;
        match blob.first() {
            Some(&VERSION) => {}
            Some(&version) if blob.len() >= HEADER_LEN => {
                return Err(BadCiphertext::UnknownVersion(version));
            }
            _ => return Err(malformed),
        }
        let (bytes, sealed) = blob.split_first_chunk::<HEADER_LEN>().ok_or(malformed)?;
        if sealed.len() < TAG_LEN {
            return Err(malformed);
        }
        let mut rest: &[u8] = bytes;
        let [_, form] = *take::<2>(&mut rest).ok_or(malformed)?;
        let key_id = key_id_from(form, take(&mut rest).ok_or(malformed)?).ok_or(malformed)?;
        let material_id = MaterialId::from_bytes(take(&mut rest).ok_or(malformed)?);
        let fresh = Freshness {
            nonce: *take(&mut rest).ok_or(malformed)?,
            iv: *take(&mut rest).ok_or(malformed)?,
        };
        Ok(Self {
            bytes,
            sealed,
            fresh,
            key_id,
            material_id,
        })
    }

    /// The key the ciphertext says it was made under.
    #[must_use]
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The key material the ciphertext says it was made under.
    #[must_use]
    pub fn material_id(&self) -> &MaterialId {
        &self.material_id
    }
}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("key_id", &self.key_id)
            .field("material_id", &self.material_id)
            .finish_non_exhaustive()
    }
}

/// Symmetric key material that is open and can be used. Not `Clone`, not `Serialize`, prints no
/// bytes, wiped on drop. What is stored is a [`Sealed`](crate::Sealed).
///
/// ```compile_fail
/// fn copies<T: Clone>() {}
/// copies::<claviger_crypto::OpenKey>();
/// ```
///
/// ```compile_fail
/// fn is_stored<T: serde::Serialize>() {}
/// is_stored::<claviger_crypto::OpenKey>();
/// ```
pub struct OpenKey {
    key_id: KeyId,
    material_id: MaterialId,
    identity: [u8; IDENTITY_LEN],
    material: Secret<[u8; KEY_LEN]>,
}

impl OpenKey {
    /// The key material `material_id` of the key `key_id`; `None` unless it is 32 bytes.
    #[must_use]
    pub fn new(key_id: KeyId, material_id: MaterialId, material: &[u8]) -> Option<Self> {
        let material: &[u8; KEY_LEN] = material.try_into().ok()?;
        let identity = identity_bytes(&key_id, &material_id)?;
        let mut kept = Secret::new([0_u8; KEY_LEN]);
        kept.expose_mut().copy_from_slice(material);
        Some(Self {
            key_id,
            material_id,
            identity,
            material: kept,
        })
    }

    /// The key this is material of.
    #[must_use]
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The id of this key material.
    #[must_use]
    pub fn material_id(&self) -> &MaterialId {
        &self.material_id
    }

    /// Encrypts. The ciphertext is 94 bytes longer than the plaintext.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn encrypt(
        &self,
        plaintext: &[u8],
        context: &EncryptionContext,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, EncryptError> {
        let fresh = Freshness::draw(entropy);
        let mut blob = Vec::with_capacity(HEADER_LEN + plaintext.len() + TAG_LEN);
        blob.extend_from_slice(&self.identity);
        blob.extend_from_slice(&fresh.nonce);
        blob.extend_from_slice(&fresh.iv);
        let associated = associated_data(&blob, context);
        envelope::seal_onto(
            &mut blob,
            self.material.expose(),
            LABEL,
            &fresh,
            &associated,
            plaintext,
        )
        .map_err(|_| EncryptError)?;
        Ok(blob)
    }

    /// Decrypts a whole ciphertext.
    ///
    /// # Errors
    /// See [`BadCiphertext`]. A header that names another key is refused even if that key's
    /// material is equal: two keys may have imported the same bytes.
    pub fn decrypt(
        &self,
        blob: &[u8],
        context: &EncryptionContext,
    ) -> Result<Secret<Vec<u8>>, BadCiphertext> {
        self.decrypt_parsed(&Header::parse(blob)?, context)
    }

    /// Decrypts a ciphertext whose header has been read already.
    ///
    /// # Errors
    /// As [`OpenKey::decrypt`].
    pub fn decrypt_parsed(
        &self,
        header: &Header<'_>,
        context: &EncryptionContext,
    ) -> Result<Secret<Vec<u8>>, BadCiphertext> {
        if !header.bytes.starts_with(&self.identity) {
            return Err(BadCiphertext::OtherKey);
        }
        let associated = associated_data(header.bytes, context);
        envelope::open(
            header.sealed,
            self.material.expose(),
            LABEL,
            &header.fresh,
            &associated,
        )
        .map_err(|_| BadCiphertext::NotAuthentic)
    }
}

impl fmt::Debug for OpenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenKey")
            .field("key_id", &self.key_id)
            .field("material_id", &self.material_id)
            .finish_non_exhaustive()
    }
}

fn associated_data(header: &[u8], context: &EncryptionContext) -> Vec<u8> {
    // The header has one length per version, so nothing can move across the border.
    let mut associated = header.to_vec();
    associated.extend_from_slice(&context.canonical());
    associated
}

fn identity_bytes(key_id: &KeyId, material_id: &MaterialId) -> Option<[u8; IDENTITY_LEN]> {
    let (form, digits) = match key_id.as_str().strip_prefix("mrk-") {
        Some(digits) => (FORM_MULTI_REGION, digits),
        None => (FORM_UUID, key_id.as_str()),
    };
    let id: [u8; 16] = from_hex(digits.bytes().filter(|b| *b != b'-'))?;
    let mut bytes = Vec::with_capacity(IDENTITY_LEN);
    bytes.extend_from_slice(&[VERSION, form]);
    bytes.extend_from_slice(&id);
    bytes.extend_from_slice(&material_id.to_bytes());
    bytes.try_into().ok()
}

fn key_id_from(form: u8, id: &[u8; 16]) -> Option<KeyId> {
    let digits = hex(id);
    let text = match form {
        FORM_MULTI_REGION => format!("mrk-{digits}"),
        FORM_UUID => format!(
            "{}-{}-{}-{}-{}",
            digits.get(..8)?,
            digits.get(8..12)?,
            digits.get(12..16)?,
            digits.get(16..20)?,
            digits.get(20..)?
        ),
        _ => return None,
    };
    text.parse().ok()
}
