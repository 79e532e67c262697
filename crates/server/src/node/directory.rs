//! The node's directory and its mode. Whoever may write into it could put another key file there,
//! and whoever may read it has the database.

use super::OpenError;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

/// Bits that must not be set: others' all, the group's writing.
const FORBIDDEN: u32 = 0o027;

/// Makes the directory if it may, and checks that it is closed to others. An empty one that was
/// made beforehand is closed here, as a new one would be.
pub(super) fn prepare(path: &Path, create: bool) -> Result<(), OpenError> {
    let failed = |source| OpenError::Io {
        path: path.to_owned(),
        source,
    };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == io::ErrorKind::NotFound && create => {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .map_err(failed)?;
            fs::metadata(path).map_err(failed)?
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(OpenError::NoDirectory {
                path: path.to_owned(),
            });
        }
        Err(e) => return Err(failed(e)),
    };
    if !metadata.is_dir() {
        return Err(failed(io::ErrorKind::NotADirectory.into()));
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & FORBIDDEN == 0 {
        return Ok(());
    }
    if create && is_empty(path).map_err(failed)? {
        return fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed);
    }
    Err(OpenError::OpenDirectory {
        path: path.to_owned(),
        mode,
    })
}

fn is_empty(path: &Path) -> io::Result<bool> {
    Ok(fs::read_dir(path)?.next().is_none())
}
