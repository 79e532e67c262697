//! Verification of an archive, ours or CloudTrail's: everything `aws cloudtrail validate-logs` checks
//! and what it leaves out. It fetches nothing: whoever has the archive hands in names and bytes, in
//! this order: [`read_digest`] for each digest, [`verify_chain`] for the digests of one chain,
//! [`check_log_file`] for each file that a valid digest names, [`unattested`] for the names of the log
//! files that are there. Source: CloudTrail User Guide, "Custom implementations of CloudTrail log file
//! integrity validation".

mod catalogue;
mod chain;
mod digest;
mod log_files;

pub use catalogue::reference;
pub use chain::{ChainVerdict, verify_chain};
pub use digest::{ReadDigest, read_digest};
pub use log_files::{Unattested, check_log_file, unattested};

use serde::Serialize;

/// What is wrong, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A digest that its successor names is not there.
    DigestMissing,
    /// A digest is no whole gzip file.
    DigestDamaged,
    /// A digest has bytes behind its end.
    DigestTrailingData,
    /// A digest's content or metadata cannot be read.
    DigestFormat,
    /// A digest lies elsewhere than it says of itself.
    DigestMoved,
    /// A digest's signature is nowhere to be found.
    DigestUnsigned,
    /// A digest's signature does not verify.
    DigestSignature,
    /// The key of a digest is not among those given.
    DigestKeyUnknown,
    /// The key of a digest is not of the digest's time.
    DigestKeyTime,
    /// A digest's content is another than its successor says.
    PreviousHash,
    /// A digest's signature is another than its successor says.
    PreviousSignature,
    /// A digest is there that its successor does not follow.
    DigestUnlinked,
    /// A time that no digest covers.
    Gap,
    /// Log files go on for more than two hours where digests have ended.
    DigestsEnd,
    /// A log file that a digest names is not there.
    LogFileMissing,
    /// A log file is no whole gzip file.
    LogFileDamaged,
    /// A log file has bytes behind its end.
    LogFileTrailingData,
    /// A log file's content is another than its digest says.
    LogFileHash,
    /// A log file that no valid digest names.
    LogFileUnattested,
    /// An object could not be fetched, for another reason than that it is not there.
    NotReadable,
    /// Fewer records are in the archive than have left the database.
    Records,
}

/// Something that is wrong with an archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// The object.
    pub object: String,
    /// What, for people.
    pub message: String,
}

impl Finding {
    /// A finding about an object.
    #[must_use]
    pub fn new(kind: FindingKind, object: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            object: object.to_owned(),
            message: message.into(),
        }
    }
}
