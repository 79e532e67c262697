//! The default seal: a key file with mode 0600 in the node's directory, which holds the root key.
//! Other seals are other files'.

use super::OpenError;
use crate::edges::OsEntropy;
use crate::private_file::replace_private_file;
use claviger_crypto::{RootKey, RootKeyId};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The key file's name.
pub const SEAL_FILE: &str = "seal.key";
/// Longer than any key file; what is longer is none.
const LONGEST: u64 = 4096;

/// The place of a directory's key file.
pub(super) struct SealFile(PathBuf);

impl SealFile {
    pub(super) fn of(directory: &Path) -> Self {
        Self(directory.join(SEAL_FILE))
    }

    /// The same, with what it must hold.
    pub(super) fn holding(self, root: &RootKey) -> HeldSeal {
        HeldSeal {
            path: self.0,
            id: root.id(),
        }
    }
}

/// A key file and which root key is in it.
pub(super) struct HeldSeal {
    path: PathBuf,
    id: RootKeyId,
}

impl HeldSeal {
    /// Whether the file is still there and holds the root key of the running service: without it
    /// nothing in the database can be opened after the next start.
    ///
    /// # Errors
    /// [`SealFault`].
    pub(super) fn check(&self) -> Result<(), SealFault> {
        let path = self.path.clone();
        match find(&self.path) {
            Ok(Some(root)) if root.id() == self.id => Ok(()),
            Ok(Some(_)) => Err(SealFault::Other { path }),
            Ok(None) => Err(SealFault::Missing { path }),
            Err(error) => Err(SealFault::Unreadable(error.to_string())),
        }
    }
}

/// What is wrong with the key file of a running service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// It is gone.
    #[error(
        "{} is missing: put it back from your copy before this service stops; \
         without it nothing in the database can be opened again", path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// It holds another key.
    #[error(
        "{} holds another key than this service was started with: put the right one back before \
         this service stops", path.display()
    )]
    Other {
        /// Where it is.
        path: PathBuf,
    },
    /// It cannot be read, or would not be taken at the next start.
    #[error("{0}")]
    Unreadable(String),
}

/// Reads the root key of a database that is sealed.
pub(super) fn read(directory: &Path) -> Result<RootKey, OpenError> {
    let path = directory.join(SEAL_FILE);
    find(&path)?.ok_or(OpenError::NoSeal { path })
}

/// The root key for a new database: the one that lies there, or a new one.
pub(super) fn read_or_make(directory: &Path) -> Result<RootKey, OpenError> {
    let path = directory.join(SEAL_FILE);
    match find(&path)? {
        Some(root) => Ok(root),
        None => make(path),
    }
}

fn find(path: &Path) -> Result<Option<RootKey>, OpenError> {
    let failed = |source| OpenError::Io {
        path: path.to_owned(),
        source,
    };
    // Opening a pipe would wait for whoever writes to it.
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            return Err(failed(io::Error::other("it is no file")));
        }
        _ => {}
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed(e)),
    };
    let metadata = file.metadata().map_err(failed)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(OpenError::OpenSeal {
            path: path.to_owned(),
            mode,
        });
    }
    // Room for all of it at once, so that no copy stays behind in a freed buffer.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize));
    file.take(LONGEST).read_to_end(&mut bytes).map_err(failed)?;
    let text = std::str::from_utf8(&bytes).unwrap_or("not text");
    RootKey::parse(text)
        .map(Some)
        .map_err(|source| OpenError::BadSeal {
            path: path.to_owned(),
            source,
        })
}

fn make(path: PathBuf) -> Result<RootKey, OpenError> {
    let root = RootKey::generate(&mut OsEntropy);
    match replace_private_file(&path, root.to_text().expose().as_bytes()) {
        Ok(()) => Ok(root),
        Err(source) => Err(OpenError::Io { path, source }),
    }
}
