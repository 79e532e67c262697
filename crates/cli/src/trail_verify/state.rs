//! What a verification that was interrupted has done already: a file with one line of JSON for each
//! log file that was found to be what its digest says. It belongs to one verification and goes away
//! with its end: what a later verification says rests on nothing that an older one has seen.

use crate::exit::Failure;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// The format that is written today.
const FORMAT: u32 = 1;
/// So many log files are verified again, at most, after a kill.
const FLUSH_EVERY: u32 = 64;

/// What the verification is of: another one must not go on with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Subject {
    format: u32,
    archive: String,
    bucket: String,
}

impl Subject {
    pub(super) fn new(archive: String, bucket: String) -> Self {
        Self {
            format: FORMAT,
            archive,
            bucket,
        }
    }
}

/// A log file that is valid.
#[derive(Debug, Serialize, Deserialize)]
struct Valid {
    object: String,
    hash: String,
    version: String,
}

/// The file, open to go on with.
pub(super) struct State {
    path: PathBuf,
    done: HashMap<String, (String, String)>,
    file: BufWriter<File>,
    unflushed: u32,
}

impl State {
    /// Opens the file, or makes it.
    pub(super) fn open(path: &Path, subject: &Subject) -> Result<Self, Failure> {
        let failed = |e: io::Error| Failure::file(path, &e);
        let mut lines = match File::open(path) {
            Ok(file) => BufReader::new(file).lines(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Self::begin(path, subject).map_err(failed);
            }
            Err(e) => return Err(failed(e)),
        };
        let first = lines
            .next()
            .transpose()
            .map_err(failed)?
            .unwrap_or_default();
        if serde_json::from_str::<Subject>(&first).ok().as_ref() != Some(subject) {
            return Err(Failure::wrong_use(format_args!(
                "{} is the state of another verification",
                path.display()
            ))
            .next("name another file, or delete it to begin anew"));
        }
        let mut done = HashMap::new();
        for line in lines {
            // The last line may have been cut short by a kill; what it said is done again.
            if let Ok(valid) = serde_json::from_str::<Valid>(&line.map_err(failed)?) {
                done.insert(valid.object, (valid.hash, valid.version));
            }
        }
        let mut file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        // Ends a line that was cut short.
        file.write_all(b"\n").map_err(failed)?;
        Ok(Self::of(path, done, file))
    }

    fn begin(path: &Path, subject: &Subject) -> io::Result<Self> {
        let mut file = File::create_new(path)?;
        writeln!(file, "{}", serde_json::to_string(subject)?)?;
        Ok(Self::of(path, HashMap::new(), file))
    }

    fn of(path: &Path, done: HashMap<String, (String, String)>, file: File) -> Self {
        Self {
            path: path.to_owned(),
            done,
            file: BufWriter::new(file),
            unflushed: 0,
        }
    }

    /// Whether a log file of this version was found to have this hash.
    pub(super) fn has(&self, object: &str, hash: &str, version: &str) -> bool {
        !version.is_empty()
            && self
                .done
                .get(object)
                .is_some_and(|(h, v)| h == hash && v == version)
    }

    /// Notes a log file that is valid.
    pub(super) fn note(&mut self, object: &str, hash: &str, version: &str) -> Result<(), Failure> {
        let valid = Valid {
            object: object.to_owned(),
            hash: hash.to_owned(),
            version: version.to_owned(),
        };
        let line = serde_json::to_string(&valid).map_err(Failure::defect)?;
        self.unflushed += 1;
        let written = writeln!(self.file, "{line}").and_then(|()| {
            if self.unflushed < FLUSH_EVERY {
                return Ok(());
            }
            self.unflushed = 0;
            self.file.flush()
        });
        written.map_err(|e| Failure::file(&self.path, &e))
    }

    /// The verification is at its end.
    pub(super) fn end(self) -> Result<(), Failure> {
        fs::remove_file(&self.path).map_err(|e| Failure::file(&self.path, &e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(archive: &str) -> Subject {
        Subject::new(archive.to_owned(), "logs".to_owned())
    }

    #[test]
    fn it_goes_on_where_it_was_cut_short() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("state");
        let mut state = State::open(&path, &subject("a")).unwrap();
        for object in ["x", "y", "z"] {
            assert!(!state.has(object, "h", "v"));
            state.note(object, "h", "v").unwrap();
        }
        drop(state);
        // A kill may leave half a line.
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() - 5]).unwrap();
        let mut state = State::open(&path, &subject("a")).unwrap();
        state.note("w", "h", "v").unwrap();
        drop(state);
        let state = State::open(&path, &subject("a")).unwrap();
        let known = ["w", "x", "y", "z"].map(|object| state.has(object, "h", "v"));
        assert_eq!(known, [true, true, true, false]);
        for (hash, version) in [("other", "v"), ("h", "other")] {
            assert!(!state.has("x", hash, version));
        }
        state.end().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn another_verification_does_not_go_on_with_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("state");
        drop(State::open(&path, &subject("a")).unwrap());
        let refused = State::open(&path, &subject("b")).err().unwrap();
        assert_eq!(refused.code(), 2);
        fs::write(&path, "").unwrap();
        assert!(State::open(&path, &subject("a")).is_err());
    }
}
