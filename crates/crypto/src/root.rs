//! The root key, which wraps the store key, and the text of its key file. It reads and writes no
//! file: permissions, paths and other seals (passphrase, HSM) are the edge's.
//!
//! The file is one line: `claviger-root-key-v1 <32 bytes in base64> <id>`. The id is derived from
//! the key, so it is the checksum too, and it tells two key files apart without showing a key.

use crate::encoding::hex;
use crate::envelope::{self, KEY_LEN};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_types::{Entropy, Secret};
use std::fmt;
use zeroize::Zeroizing;

const TAG_V1: &str = "claviger-root-key-v1";
const TAG_ANY: &str = "claviger-root-key-v";

/// Which root key: 8 bytes derived from it one way, printed as 16 hex digits. Not secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RootKeyId(pub(crate) [u8; 8]);

impl fmt::Display for RootKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for RootKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootKeyId({self})")
    }
}

/// Why a text is no root key file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRootKey {
    /// Nothing in it.
    #[error("the root key file is empty; restore it from where you keep its copy")]
    Empty,
    /// Something else is in it.
    #[error(
        "this is not a root key file: it must be one line that starts with 'claviger-root-key-v1'"
    )]
    NotAKeyFile,
    /// A later format.
    #[error("the root key file is of a newer format; use the program version that wrote it")]
    NewerVersion,
    /// Key and checksum do not belong together.
    #[error("the root key file is damaged: key and checksum differ; restore it from its copy")]
    Damaged,
}

/// The 32 bytes that wrap the store key. Prints nothing, wiped on drop.
pub struct RootKey {
    id: RootKeyId,
    key: Secret<[u8; KEY_LEN]>,
}

impl RootKey {
    /// A new random root key.
    #[must_use]
    pub fn generate(entropy: &mut dyn Entropy) -> Self {
        let mut key = Secret::new([0_u8; KEY_LEN]);
        entropy.fill(key.expose_mut());
        Self::from_bytes(key)
    }

    /// The root key with these bytes, from whatever seal held them.
    #[must_use]
    pub fn from_bytes(key: Secret<[u8; KEY_LEN]>) -> Self {
        let mut id = [0_u8; 8];
        // The derivation has fixed sizes; were it refused, the id would match no other key's and
        // nothing would open.
        if let Ok(derived) = envelope::derive(key.expose(), "claviger/root-key-id/v1", b"") {
            id.iter_mut()
                .zip(derived.expose())
                .for_each(|(to, from)| *to = *from);
        }
        Self {
            id: RootKeyId(id),
            key,
        }
    }

    /// Reads the text of a key file. A line break may end it.
    ///
    /// # Errors
    /// See [`BadRootKey`]; no error shows any of the text.
    pub fn parse(text: &str) -> Result<Self, BadRootKey> {
        let line = text.strip_suffix('\n').unwrap_or(text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim().is_empty() {
            return Err(BadRootKey::Empty);
        }
        let mut parts = line.split(' ');
        match parts.next() {
            Some(TAG_V1) => {}
            Some(tag) if is_later_version(tag) => return Err(BadRootKey::NewerVersion),
            _ => return Err(BadRootKey::NotAKeyFile),
        }
        let (Some(key), Some(id), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(BadRootKey::Damaged);
        };
        let bytes = STANDARD
            .decode(key)
            .map(Zeroizing::new)
            .map_err(|_| BadRootKey::Damaged)?;
        let mut kept = Secret::new([0_u8; KEY_LEN]);
        if bytes.len() != KEY_LEN {
            return Err(BadRootKey::Damaged);
        }
        kept.expose_mut().copy_from_slice(&bytes);
        let root = Self::from_bytes(kept);
        if root.id.to_string() == id {
            Ok(root)
        } else {
            Err(BadRootKey::Damaged)
        }
    }

    /// The text of the key file, with its line break. It is the key itself.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        let encoded = Zeroizing::new(STANDARD.encode(self.key.expose()));
        Secret::new(format!("{TAG_V1} {} {}\n", *encoded, self.id))
    }

    /// Which root key this is.
    #[must_use]
    pub fn id(&self) -> RootKeyId {
        self.id
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_LEN] {
        self.key.expose()
    }
}

fn is_later_version(tag: &str) -> bool {
    tag.strip_prefix(TAG_ANY)
        .and_then(|version| version.parse::<u32>().ok())
        .is_some_and(|version| version > 1)
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootKey(id {}, …)", self.id)
    }
}
