//! The order of the workspace: which crate may use which, what comes in from outside, and how files are named, opened and sized.
//! What the compiler or clippy can check is left to them.

mod edges;
mod files;
mod supply_chain;

use std::fmt;
use std::path::{Path, PathBuf};

/// Something that is not in order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file or crate, from the repository's root.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Checks the whole repository. The findings are sorted.
///
/// # Errors
/// When a file cannot be read or cargo does not answer.
pub fn check(root: &Path) -> Result<Vec<Finding>, String> {
    let mut found = edges::check(&edges::packages(root)?);
    found.extend(supply_chain::check(root)?);
    let mut paths = Vec::new();
    collect(root, &mut paths).map_err(|e| format!("{}: {e}", root.display()))?;
    for path in paths {
        let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        // What is not text has no lines to check.
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        let place = place(root, &path);
        let found_here = files::check(&place, &text);
        found.extend(found_here.into_iter().map(|what| Finding {
            place: place.clone(),
            what,
        }));
    }
    found.sort();
    Ok(found)
}

/// All files of the repository but for what is built and what tools keep.
fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if [".git", ".venv", ".claviger", "target", "__pycache__"]
            .iter()
            .any(|n| name == *n)
        {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), paths)?;
        } else if kind.is_file() {
            paths.push(entry.path());
        }
    }
    Ok(())
}

fn place(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    inside.to_string_lossy().replace('\\', "/")
}
