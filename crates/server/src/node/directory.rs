//! The node's directory, its owner and its mode. Whoever may write into it could put another key
//! file there, and whoever may read it has the database.

use super::OpenError;
use rustix::process::geteuid;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;

/// Bits that must not be set: others' all, the group's writing.
const FORBIDDEN: u32 = 0o027;

/// Makes the directory if it may, and checks that it is ours and closed to others. An empty one that
/// was made beforehand is closed here, as a new one would be.
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
    is_ours(path, metadata.uid(), geteuid().as_raw())?;
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

/// Root may write anywhere, but the files that it makes are closed to the directory's owner, whose
/// service would then not start any more.
fn is_ours(path: &Path, owner: u32, user: u32) -> Result<(), OpenError> {
    if owner == user {
        return Ok(());
    }
    Err(OpenError::OtherOwner {
        path: path.to_owned(),
        owner,
        user,
    })
}

fn is_empty(path: &Path) -> io::Result<bool> {
    Ok(fs::read_dir(path)?.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::chown;

    /// A user that is neither root nor whoever runs the tests.
    const SOMEBODY: u32 = 65_534;

    /// A directory of somebody else: only root can give one away, and the others have root's.
    fn of_somebody_else(own: &Path) -> &Path {
        if geteuid().is_root() {
            chown(own, Some(SOMEBODY), None).unwrap();
            own
        } else {
            Path::new("/")
        }
    }

    #[test]
    fn a_directory_of_another_user_is_left_alone() {
        let own = tempfile::tempdir().unwrap();
        prepare(own.path(), true).unwrap();
        let mode = fs::metadata(own.path()).unwrap().permissions().mode();
        let path = of_somebody_else(own.path());
        for create in [true, false] {
            let refused = prepare(path, create).unwrap_err();
            assert!(
                matches!(&refused, OpenError::OtherOwner { path: told, owner, user }
                    if told == path && *user == geteuid().as_raw() && owner != user),
                "{refused}"
            );
        }
        let left = fs::metadata(own.path()).unwrap().permissions().mode();
        assert_eq!(left, mode);
    }
}
