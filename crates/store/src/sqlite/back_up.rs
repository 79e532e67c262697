//! A copy of the database of a running service: one file, as of one moment, with everything in it.
//! The seal is not part of it.

use super::SqliteReader;
use super::fault::store_error;
use super::open::open_read_only;
use crate::{OpenError, StoreError};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackUpError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The copy's file is there already; nothing is written over.
    #[error("{} exists; name a new file", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The copy cannot be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The database cannot be read, or the copy not be written to the end.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Copies the database at `path` into the new file `to`, mode 0600, whether or not a process writes
/// to it: all of it as of one moment (SQLite documentation, "VACUUM INTO"). It is written under
/// another name beside `to`, synced, and only then given its own, so that `to` is whole or not there.
/// Returns its length in bytes.
///
/// # Errors
/// [`BackUpError`].
pub fn back_up(path: &Path, to: &Path) -> Result<u64, BackUpError> {
    let source = open_read_only(path)?;
    if fs::symlink_metadata(to).is_ok() {
        return Err(BackUpError::Exists { path: to.into() });
    }
    let mut name: OsString = to.into();
    name.push(format!(".partial-{}", std::process::id()));
    let partial = PathBuf::from(name);
    let copied = copy(&source, &partial, to);
    // Whatever came of it: the copy has its own name, or what is left is of no use.
    let _ = fs::remove_file(&partial);
    copied
}

fn copy(source: &SqliteReader, partial: &Path, to: &Path) -> Result<u64, BackUpError> {
    // SQLite writes into an empty file; it is made here for its mode.
    let file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(partial)
        .map_err(failed(partial))?;
    source
        .connection
        .execute("VACUUM INTO ?1", [partial.to_string_lossy()])
        .map_err(store_error)?;
    file.sync_all().map_err(failed(partial))?;
    let length = file.metadata().map_err(failed(partial))?.len();
    // Unlike a renaming, a link does not write over what somebody put there meanwhile.
    fs::hard_link(partial, to).map_err(failed(to))?;
    let folder = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(failed(folder))?;
    Ok(length)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> BackUpError {
    let path = path.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::AlreadyExists => BackUpError::Exists { path },
        _ => BackUpError::Io { path, source },
    }
}
