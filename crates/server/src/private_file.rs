//! Writes small files that only their owner may read, whole or not at all, whatever happens in
//! between.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Puts a file with mode 0600 in the place of whatever stands there, and returns once it is
/// durable. Until the last moment the old file stands; a crash leaves at worst a `.new` beside it.
///
/// # Errors
/// When the operating system refuses; the old file then stands.
pub fn replace_private_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut half = OsString::from(path);
    half.push(".new");
    // One that lies there may have another mode, and opening it would keep that.
    match fs::remove_file(&half) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut file = File::options()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&half)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&half, path)?;
    sync_parent(path)
}

/// Makes the names in a file's directory durable.
///
/// # Errors
/// When the operating system refuses.
pub fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_file_is_replaced_and_closed_to_others() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let half = directory.path().join("file.new");
        fs::write(&path, "old").unwrap();
        fs::write(&half, "left by a crash").unwrap();
        fs::set_permissions(&half, fs::Permissions::from_mode(0o644)).unwrap();
        replace_private_file(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!half.exists());
    }
}
