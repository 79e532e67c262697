//! Where the database lies: whether the file is still the one that was opened, and whether its disk
//! has room. SQLite itself writes on into a file that was deleted.

use crate::StoreError;
use rustix::fs::statvfs;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Less than this is no room, in bytes: the log alone grows to 16 MB before it is emptied.
const ROOM: u64 = 32 * 1024 * 1024;

/// What tells one file from another: device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

impl FileId {
    /// The file that has a path now.
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        let metadata = fs::metadata(path).map_err(|error| unavailable(path, &error))?;
        Ok(Self(metadata.dev(), metadata.ino()))
    }
}

fn unavailable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unavailable {
        what: format!("{}: {error}", path.display()),
    }
}

/// Whether the path still leads to the file.
pub(super) fn is_still(path: &Path, file: FileId) -> Result<(), StoreError> {
    if FileId::of(path)? == file {
        return Ok(());
    }
    Err(StoreError::Unavailable {
        what: format!(
            "{} is another file than the one that was opened; stop the service and put the right one \
             back",
            path.display()
        ),
    })
}

/// Whether the disk has room for what is written next.
pub(super) fn has_room(path: &Path) -> Result<(), StoreError> {
    let disk = statvfs(path).map_err(|error| unavailable(path, &error.into()))?;
    let left = disk.f_bavail.saturating_mul(disk.f_frsize);
    if left >= ROOM {
        return Ok(());
    }
    Err(StoreError::Full {
        what: format!("{left} bytes are left for {}", path.display()),
    })
}
