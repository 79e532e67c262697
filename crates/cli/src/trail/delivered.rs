//! The records of a development service that have left its database: those in its archive that a
//! filter wants. It verifies nothing.

use crate::directory::Directory;
use crate::exit::Failure;
use claviger_trail::archive::{decompress, records_of};
use claviger_trail::{Filter, RecordView};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// More than any log file of ours holds, uncompressed.
const LARGEST: u64 = 256 * 1024 * 1024;

/// The newest delivered records that a filter wants, at most `limit`, oldest first, each as its
/// bytes.
pub(super) fn newest(
    directory: &Directory,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Vec<u8>>, Failure> {
    let mut files = Vec::new();
    let root = directory.archive();
    log_files(&root, &mut files).map_err(|e| Failure::file(&root, &e))?;
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    for file in files {
        let bytes = fs::read(&file).map_err(|e| Failure::file(&file, &e))?;
        let unreadable = |what: String| {
            Failure::new(format_args!("{}: {what}", file.display()))
                .next("aws cloudtrail validate-logs shows whether it is what was delivered")
        };
        let content = decompress(&bytes, LARGEST).map_err(|e| unreadable(e.to_string()))?;
        for record in records_of(&content).map_err(|e| unreadable(e.to_string()))? {
            let body = record.get().as_bytes();
            let view = RecordView::read(body).map_err(|e| unreadable(e.to_string()))?;
            if filter.matches(&view) {
                found.push((view.event_time.to_string(), body.to_vec()));
            }
        }
    }
    // Within a second the order of files and of records in them stays.
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    let skip = found.len().saturating_sub(limit);
    Ok(found.into_iter().skip(skip).map(|(_, body)| body).collect())
}

/// The log files below a folder, by name.
fn log_files(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            log_files(&path, found)?;
        } else if name.contains("_CloudTrail_") && name.ends_with(".json.gz") {
            found.push(path);
        }
    }
    Ok(())
}
