//! Files of policies and cases, read and written. What they say is for others to read.

use crate::exit::Failure;
use std::fs;
use std::io::{self, Read as _};
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
    String::from_utf8(bytes(path)?).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let problem = format_args!("{}: not UTF-8 at byte {}", path.display(), at + 1);
        Failure::new(problem).next("save the file as UTF-8")
    })
}

/// A policy's text; bytes that are no UTF-8 become U+FFFD, which no policy may have.
pub(super) fn policy(path: &Path) -> Result<String, Failure> {
    Ok(match String::from_utf8(bytes(path)?) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// Writes a file anew.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|e| Failure::file(path, &e))
}

/// The name of a file in reports.
pub(super) fn name(path: &Path) -> String {
    if is_standard_input(path) {
        "<standard input>".to_owned()
    } else {
        path.display().to_string()
    }
}
