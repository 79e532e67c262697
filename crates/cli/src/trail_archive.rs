//! An archive as commands read it: a directory or an S3 bucket, walked folder by folder so that what
//! lies outside the time, account or Region that is wanted is not even listed. What the names and
//! bytes mean is `claviger_trail`'s matter.

mod directory;
mod location;
mod parallel;
mod s3;
mod walk;

pub(crate) use location::Location;
pub(crate) use parallel::{each, threads};
pub(crate) use walk::{Wanted, walk};

use crate::aws::AwsOptions;
use crate::exit::Failure;
use std::collections::BTreeMap;

/// An object in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its name.
    pub(crate) object: String,
    /// What changes whenever its bytes do, as far as a list can tell.
    pub(crate) version: String,
}

/// One level of an archive.
#[derive(Debug, Default)]
pub(crate) struct Level {
    /// The folders below it, each with its whole name and a slash at the end.
    pub(crate) folders: Vec<String>,
    /// The objects in it.
    pub(crate) objects: Vec<Listed>,
}

/// An object's bytes and its user metadata.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    pub(crate) metadata: BTreeMap<String, String>,
}

/// Where objects lie. Asked from many threads at once.
pub(crate) trait Objects: Sync {
    /// What lies directly in a folder, named with a slash at the end; the empty name is the root.
    fn level(&self, folder: &str) -> Result<Level, Failure>;

    /// An object; `None` if it is not there. An error says why it cannot be read.
    fn fetch(&self, object: &str) -> Result<Option<Fetched>, String>;

    /// The bucket's name, where the place has one by itself.
    fn bucket(&self) -> Option<&str>;

    /// How many requests at once are of use.
    fn width(&self) -> usize;
}

/// Opens an archive.
pub(crate) fn open(location: &Location, aws: &AwsOptions) -> Result<Box<dyn Objects>, Failure> {
    Ok(match location {
        Location::Directory(path) => Box::new(directory::Directory::open(path)?),
        Location::S3 { bucket, .. } => Box::new(s3::Bucket::open(bucket, aws)?),
    })
}
