//! An archive in a directory: each object is a file of its name, with its metadata beside it.

use super::{Fetched, Level, Listed, Objects};
use crate::exit::Failure;
use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// What ends the name of a file of metadata.
const METADATA: &str = ".metadata.json";

pub(super) struct Directory {
    root: PathBuf,
}

impl Directory {
    pub(super) fn open(root: &Path) -> Result<Self, Failure> {
        match fs::metadata(root) {
            Ok(found) if found.is_dir() => Ok(Self {
                root: root.to_owned(),
            }),
            Ok(_) => Err(Failure::wrong_use(format_args!(
                "the archive {} is no directory",
                root.display()
            ))
            .next("name the directory that holds AWSLogs, or s3://BUCKET")),
            Err(error) => Err(Failure::file(root, &error)),
        }
    }

    /// The file of an object. A name that would leave the directory has none.
    fn file(&self, object: &str) -> Option<PathBuf> {
        let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
        object.split('/').all(plain).then(|| self.root.join(object))
    }

    fn entry(&self, folder: &str, entry: &DirEntry, level: &mut Level) -> io::Result<()> {
        // A name that is no text is none of CloudTrail's.
        let Ok(name) = entry.file_name().into_string() else {
            return Ok(());
        };
        let kind = entry.file_type()?;
        let object = format!("{folder}{name}");
        if kind.is_dir() {
            level.folders.push(object + "/");
        } else if kind.is_file() && !name.ends_with(METADATA) {
            let version = version(&entry.metadata()?);
            level.objects.push(Listed { object, version });
        }
        Ok(())
    }
}

fn version(metadata: &fs::Metadata) -> String {
    let changed = metadata.modified().ok();
    let changed = changed.and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    format!(
        "{}-{}",
        metadata.len(),
        changed.map_or(0, |since| since.as_nanos())
    )
}

impl Objects for Directory {
    fn level(&self, folder: &str) -> Result<Level, Failure> {
        let path = self.root.join(folder);
        let failed = |e: io::Error| Failure::file(&path, &e);
        let mut level = Level::default();
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            self.entry(folder, &entry, &mut level).map_err(failed)?;
        }
        Ok(level)
    }

    fn fetch(&self, object: &str) -> Result<Option<Fetched>, String> {
        let Some(path) = self.file(object) else {
            return Ok(None);
        };
        let Some(bytes) = read(&path)? else {
            return Ok(None);
        };
        let beside = self.root.join(format!("{object}{METADATA}"));
        let metadata = match read(&beside)? {
            None => BTreeMap::new(),
            Some(text) => serde_json::from_slice(&text)
                .map_err(|e| format!("its metadata cannot be read: {e}"))?,
        };
        Ok(Some(Fetched { bytes, metadata }))
    }

    fn bucket(&self) -> Option<&str> {
        None
    }

    fn width(&self) -> usize {
        super::threads()
    }
}

/// A regular file's bytes; what is a link or a device is not there.
fn read(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let found = fs::symlink_metadata(path).and_then(|metadata| {
        if metadata.is_file() {
            fs::read(path).map(Some)
        } else {
            Ok(None)
        }
    });
    match found {
        Ok(bytes) => Ok(bytes),
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(e) => Err(e.to_string()),
    }
}
