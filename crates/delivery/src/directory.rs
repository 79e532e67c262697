//! An archive in a directory: the object's name is the path below it, the signature of a digest lies
//! beside it as `<name>.metadata.json`. Files are written under another name, synced, renamed, and the
//! directory is synced, so that what is there is whole. Nothing is kept in memory.

use crate::target::{Listed, Object, Pending, Signature, StoredObject, Target, TargetError};
use claviger_types::Timestamp;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The ending of the file with a digest's signature.
const METADATA: &str = ".metadata.json";

/// A directory.
#[derive(Debug, Clone)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    /// The archive in a directory, which is made when something is written.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn error(&self, error: &io::Error) -> TargetError {
        TargetError {
            place: self.root.display().to_string(),
            what: error.to_string(),
        }
    }

    /// Does blocking work on another thread.
    async fn on_a_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> Result<T, TargetError> {
        let own = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&own)).await;
        done.unwrap_or_else(|error| Err(io::Error::other(error)))
            .map_err(|error| self.error(&error))
    }

    /// The path of an object; `None` for a name that leads elsewhere or to a file of our own.
    fn path(&self, name: &str) -> Option<PathBuf> {
        let fits = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains('\0');
        let good = name.split('/').all(fits) && !name.ends_with(METADATA);
        good.then(|| self.root.join(name))
    }

    fn write(&self, object: &Object) -> io::Result<()> {
        let path = self
            .path(&object.name)
            .ok_or_else(|| io::Error::other(format!("'{}' is no name for a file", object.name)))?;
        let folder = path.parent().unwrap_or(&self.root);
        self.make(folder)?;
        // First, so that no digest is ever there without its signature.
        if let Some(signature) = &object.signature {
            put(&metadata_of(&path), &serde_json::to_vec(signature)?)?;
        }
        put(&path, &object.bytes)?;
        sync(folder)
    }

    /// Makes a folder and those above it, down from the first that is there, each synced.
    fn make(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        if let Some(above) = folder.parent() {
            self.make(above)?;
            match fs::DirBuilder::new().mode(0o700).create(folder) {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
                _ => sync(above)?,
            }
        }
        Ok(())
    }

    fn read(&self, name: &str) -> io::Result<Option<StoredObject>> {
        let Some(path) = self.path(name) else {
            return Ok(None);
        };
        let Some(bytes) = found(fs::read(&path))? else {
            return Ok(None);
        };
        let signature: Option<Signature> = match found(fs::read(metadata_of(&path)))? {
            Some(bytes) => Some(serde_json::from_slice(&bytes)?),
            None => None,
        };
        Ok(Some(StoredObject {
            bytes,
            signature,
            modified: modified(&fs::metadata(&path)?)?,
        }))
    }

    fn listed(&self, prefix: &str, after: &str, limit: usize) -> io::Result<Vec<Listed>> {
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let start = match folder {
            "" => Some(self.root.clone()),
            folder => self.path(folder),
        };
        let mut names = Vec::new();
        if let Some(start) = start {
            self.walk(&start, folder, &mut names)?;
        }
        names.retain(|name| name.starts_with(prefix) && name.as_str() > after);
        names.sort_unstable();
        let mut listed = Vec::with_capacity(limit.min(names.len()));
        for name in names.into_iter().take(limit) {
            // What was taken away meanwhile is not there.
            if let Some(metadata) = found(fs::metadata(self.root.join(&name)))? {
                listed.push(Listed {
                    name,
                    size: metadata.len(),
                    modified: modified(&metadata)?,
                });
            }
        }
        Ok(listed)
    }

    /// The names of all objects in a folder.
    fn walk(&self, folder: &Path, name: &str, names: &mut Vec<String>) -> io::Result<()> {
        let Some(entries) = found(fs::read_dir(folder))? else {
            return Ok(());
        };
        for entry in entries {
            let entry = entry?;
            let Ok(part) = entry.file_name().into_string() else {
                continue;
            };
            let full = match name {
                "" => part,
                above => format!("{above}/{part}"),
            };
            if self.path(&full).is_none() {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.walk(&entry.path(), &full, names)?;
            } else {
                names.push(full);
            }
        }
        Ok(())
    }

    fn take_away(&self, name: &str) -> io::Result<()> {
        if let Some(path) = self.path(name) {
            found(fs::remove_file(&path))?;
            found(fs::remove_file(metadata_of(&path)))?;
        }
        Ok(())
    }
}

impl Target for Directory {
    fn put(&self, object: Object) -> Pending<'_, ()> {
        Box::pin(self.on_a_thread(move |own| own.write(&object)))
    }

    fn get(&self, name: String) -> Pending<'_, Option<StoredObject>> {
        Box::pin(self.on_a_thread(move |own| own.read(&name)))
    }

    fn list(&self, prefix: String, after: String, limit: usize) -> Pending<'_, Vec<Listed>> {
        Box::pin(self.on_a_thread(move |own| own.listed(&prefix, &after, limit)))
    }

    fn remove(&self, name: String) -> Pending<'_, ()> {
        Box::pin(self.on_a_thread(move |own| own.take_away(&name)))
    }
}

fn metadata_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(METADATA);
    name.into()
}

/// Writes a file whole: under a name that no object has, synced, then renamed.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = path.with_file_name(format!(".{name}.unfinished"));
    let mut file = File::options()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// What is not there is no error.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::NotFound
                    | io::ErrorKind::NotADirectory
                    | io::ErrorKind::IsADirectory
            ) =>
        {
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

fn modified(metadata: &fs::Metadata) -> io::Result<Timestamp> {
    let since = metadata.modified()?.duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    Ok(Timestamp::from_millis(
        i64::try_from(millis).unwrap_or(i64::MAX),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str, signed: bool) -> Object {
        Object {
            name: name.to_owned(),
            bytes: name.as_bytes().to_vec(),
            signature: signed.then(|| Signature::new("ab".to_owned())),
        }
    }

    #[tokio::test]
    async fn objects_come_back_and_others_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Directory::new(folder.path().join("archive"));
        assert_eq!(
            archive.list(String::new(), String::new(), 9).await,
            Ok(vec![])
        );
        for (name, signed) in [("a/b/2.gz", false), ("a/b/1.gz", true), ("a/b.gz", false)] {
            archive.put(object(name, signed)).await.unwrap();
            archive.put(object(name, signed)).await.unwrap();
            let found = archive.get(name.to_owned()).await.unwrap().unwrap();
            assert_eq!(found.bytes, name.as_bytes());
            assert_eq!(found.signature, object(name, signed).signature);
        }
        let list = async |prefix: &str, after: &str, limit| -> Vec<String> {
            let listed = archive
                .list(prefix.to_owned(), after.to_owned(), limit)
                .await;
            listed.unwrap().into_iter().map(|l| l.name).collect()
        };
        assert_eq!(list("", "", 9).await, ["a/b.gz", "a/b/1.gz", "a/b/2.gz"]);
        assert_eq!(list("a/b/", "", 9).await, ["a/b/1.gz", "a/b/2.gz"]);
        assert_eq!(list("a/b/1", "", 9).await, ["a/b/1.gz"]);
        assert_eq!(list("", "a/b.gz", 1).await, ["a/b/1.gz"]);
        assert!(list("x/", "", 9).await.is_empty());
        assert!(list("../", "", 9).await.is_empty());
        for name in [
            "",
            "a",
            "a/b/3.gz",
            "../x",
            "/etc/passwd",
            "a//b.gz",
            "a/b/1.gz.metadata.json",
            ".x",
        ] {
            assert_eq!(archive.get(name.to_owned()).await, Ok(None), "{name}");
        }
        assert!(archive.put(object("../x", false)).await.is_err());
        archive.remove("a/b/1.gz".to_owned()).await.unwrap();
        archive.remove("a/b/1.gz".to_owned()).await.unwrap();
        assert_eq!(list("", "", 9).await, ["a/b.gz", "a/b/2.gz"]);
    }

    /// What a crash leaves is neither listed nor in the way.
    #[tokio::test]
    async fn unfinished_files_are_no_objects() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Directory::new(folder.path());
        fs::write(folder.path().join(".x.gz.unfinished"), "half").unwrap();
        assert_eq!(
            archive.list(String::new(), String::new(), 9).await,
            Ok(vec![])
        );
        archive.put(object("x.gz", false)).await.unwrap();
        let found = archive.get("x.gz".to_owned()).await.unwrap().unwrap();
        assert_eq!(found.bytes, b"x.gz");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
