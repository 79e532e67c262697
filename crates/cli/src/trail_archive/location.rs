//! Where an archive is, as it is written on the command line.

use crate::directory::Directory;
use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

const S3: &str = "s3://";

/// A directory, or a bucket with what its objects' names begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    /// A directory that holds the objects of a bucket under their names.
    Directory(PathBuf),
    /// A bucket.
    S3 {
        /// Its name.
        bucket: String,
        /// Empty, or a folder with a slash at the end.
        prefix: String,
    },
}

impl Location {
    /// The archive that a development service keeps in its directory, if it is there.
    pub(crate) fn of_service(directory: &Path) -> Option<Self> {
        let path = Directory::new(directory).archive();
        path.is_dir().then_some(Self::Directory(path))
    }

    /// The folder to begin in.
    pub(crate) fn root(&self) -> &str {
        match self {
            Self::Directory(_) => "",
            Self::S3 { prefix, .. } => prefix,
        }
    }
}

impl FromStr for Location {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let Some(rest) = text.strip_prefix(S3) else {
            return Ok(Self::Directory(PathBuf::from(text)));
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        Ok(Self::S3 {
            bucket: bucket.to_owned(),
            prefix,
        })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => path.display().fmt(f),
            Self::S3 { bucket, prefix } => write!(f, "{S3}{bucket}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_and_buckets_are_told_apart() {
        let s3 = |bucket: &str, prefix: &str| Location::S3 {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        };
        for (text, expect) in [
            ("a/b", Location::Directory(PathBuf::from("a/b"))),
            ("s3:", Location::Directory(PathBuf::from("s3:"))),
            ("s3://logs", s3("logs", "")),
            ("s3://logs/", s3("logs", "")),
            ("s3://logs/a/b", s3("logs", "a/b/")),
            ("s3://logs/a/b/", s3("logs", "a/b/")),
        ] {
            assert_eq!(text.parse::<Location>(), Ok(expect), "{text}");
        }
    }
}
