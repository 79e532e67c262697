//! The default seal: a key file with mode 0600 in the node's directory, which holds the root key.
//! Other seals are other files'.

use super::OpenError;
use crate::edges::OsEntropy;
use crate::private_file::replace_private_file;
use claviger_crypto::RootKey;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The key file's name.
pub const SEAL_FILE: &str = "seal.key";
/// Longer than any key file; what is longer is none.
const LONGEST: u64 = 4096;

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
