//! JSON lines at the end of a file, synced, or on standard output.

use super::sink::{SendError, Sending, Sink};
use claviger_store::StoredRecord;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A file, opened anew for each batch, so that it may be rotated away at any time.
pub(super) struct FileSink {
    path: Option<PathBuf>,
}

impl FileSink {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        // Shows now what would fail later, and makes nothing.
        probe(path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Self {
            path: Some(path.to_owned()),
        })
    }

    pub(super) fn stdout() -> Self {
        Self { path: None }
    }
}

fn probe(path: &Path) -> io::Result<()> {
    match OpenOptions::new().append(true).open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let folder = path.parent().filter(|folder| *folder != Path::new(""));
            let folder = std::fs::metadata(folder.unwrap_or(Path::new(".")))?;
            if folder.is_dir() { Ok(()) } else { Err(e) }
        }
        opened => opened.map(drop),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .read(true)
        .mode(0o600)
        .open(path)
}

/// The records, one in each line. A record has no line feed outside its texts.
fn lines(records: &[StoredRecord]) -> Vec<u8> {
    let mut text = Vec::with_capacity(records.iter().map(|r| r.body.len() + 1).sum());
    for record in records {
        text.extend_from_slice(&record.body);
        text.push(b'\n');
    }
    text
}

/// Appends whole lines: what a crash or a full disk left of a line is ended first.
fn append(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = open(path)?;
    if file.seek(SeekFrom::End(0))? > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        io::Read::read_exact(&mut file, &mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    file.write_all(text)?;
    file.sync_data()
}

fn write(path: Option<&Path>, text: &[u8]) -> io::Result<()> {
    match path {
        Some(path) => append(path, text),
        None => {
            let mut out = io::stdout().lock();
            out.write_all(text)?;
            out.flush()
        }
    }
}

impl Sink for FileSink {
    fn send<'a>(&'a mut self, records: &'a [StoredRecord]) -> Sending<'a> {
        let (path, text) = (self.path.clone(), lines(records));
        Box::pin(async move {
            let written = tokio::task::spawn_blocking(move || write(path.as_deref(), &text)).await;
            written.map_err(SendError::new)?.map_err(SendError::new)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_line_is_ended() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("records.jsonl");
        for (before, expect) in [("", "{}\n"), ("{}\n", "{}\n{}\n"), ("{\"a", "{\"a\n{}\n")] {
            std::fs::write(&path, before).unwrap();
            append(&path, b"{}\n").unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), expect);
        }
        assert!(FileSink::open(&place.path().join("x/y")).is_err());
    }
}
