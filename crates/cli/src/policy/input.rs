//! Files of policies and cases, read and written. What they say is for others to read.

use crate::exit::Failure;
use claviger_server::sync_parent;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::Path;

/// More than any policy; a guard against a file that was named by mistake.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Whether a path stands for standard input.
pub(super) fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if is_standard_input(path) {
        io::stdin()
            .lock()
            .take(MOST_BYTES + 1)
            .read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|e| Failure::file(path, &e))?;
    if bytes.len() as u64 > MOST_BYTES {
        let problem = format_args!("{}: more than {MOST_BYTES} bytes", path.display());
        return Err(Failure::new(problem).next("name a file that holds a policy"));
    }
    Ok(bytes)
}

/// A text, or standard input for `-`.
pub(super) fn text(path: &Path) -> Result<String, Failure> {
    let bytes = readable(path)?;
    if bytes.starts_with(MARK) {
        let problem = format_args!(
            "{}: the text begins with a byte order mark (U+FEFF)",
            name(path)
        );
        return Err(Failure::new(problem).next("save the file as UTF-8 without it"));
    }
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let problem = format_args!("{}: not UTF-8 at byte {}", name(path), at + 1);
        Failure::new(problem).next("save the file as UTF-8")
    })
}

/// A policy's text; bytes that are no UTF-8 become U+FFFD, which no policy may have.
pub(super) fn policy(path: &Path) -> Result<String, Failure> {
    Ok(match String::from_utf8(readable(path)?) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// The byte order mark of UTF-8.
const MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// Bytes that are not in another encoding altogether.
fn readable(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = bytes(path)?;
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let problem = format_args!("{}: this is UTF-16", name(path));
        return Err(Failure::new(problem).next("save the file as UTF-8"));
    }
    Ok(bytes)
}

/// Writes a file anew, whole or not at all: beside the old one, made durable, then put in its place.
/// Mode, owner and a link that leads to it stay.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    put(path, text).map_err(|e| Failure::file(path, &e))
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let old = fs::metadata(&path)?;
    if !old.is_file() {
        return Err(io::Error::other("no regular file"));
    }
    let mut half = OsString::from(".");
    half.push(path.file_name().unwrap_or_default());
    half.push(format!(".{}.new", std::process::id()));
    let half = path.with_file_name(half);
    let mut file = fs::File::options()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&half)?;
    let done = file
        .write_all(text.as_bytes())
        .and_then(|()| own_as(&file, &old))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&half, &path));
    if done.is_err() {
        // What is left of it helps nobody; the first error is the one to tell.
        let _ = fs::remove_file(&half);
        return done;
    }
    sync_parent(&path)
}

/// Gives a file the owner and the mode of another.
fn own_as(file: &fs::File, old: &fs::Metadata) -> io::Result<()> {
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        fchown(file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(old.permissions())
}

/// The name of standard input in reports.
pub(super) const STANDARD_INPUT: &str = "<standard input>";

/// The name of a file in reports.
pub(super) fn name(path: &Path) -> String {
    if is_standard_input(path) {
        STANDARD_INPUT.to_owned()
    } else {
        path.display().to_string()
    }
}
