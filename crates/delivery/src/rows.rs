//! The rows that delivery keeps in the store, as JSON: what is planned, how far digests have come,
//! which log files the next ones list, signing keys, and where it stands. `docs/formats.md` says what
//! they mean.

use claviger_trail::archive::{DigestPublicKey, DigestedFile, PreviousDigest};
use claviger_types::{AccountId, RegionName, Timestamp};
use serde::{Deserialize, Serialize};

/// The collection of these rows.
pub const COLLECTION: &str = "delivery";

/// The row of what is under way.
pub(crate) const PLAN: &str = "plan";
/// The row of where delivery stands.
pub(crate) const STATUS: &str = "status";

/// What is to be done, and done again until it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Plan {
    /// Log files.
    Files(PlannedFiles),
    /// The digests of all accounts and Regions up to the end of an hour.
    Digests {
        /// That end.
        end: Timestamp,
    },
}

/// Log files that hold all records from one place to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlannedFiles {
    /// When it was planned: what the files are named by and which digest lists them.
    pub(crate) moment: Timestamp,
    /// The place of the first record, among those of all writers.
    pub(crate) first: u64,
    /// The place of the last.
    pub(crate) last: u64,
    /// The sequence numbers of each writer that lie between.
    pub(crate) ranges: Vec<Range>,
    /// One file for each account and Region.
    pub(crate) files: Vec<PlannedFile>,
}

/// Sequence numbers of one writer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Range {
    /// The writer, hexadecimal.
    pub(crate) writer: String,
    /// The first.
    pub(crate) from: u64,
    /// The last.
    pub(crate) to: u64,
}

/// A log file that will be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlannedFile {
    /// Whose records it holds.
    pub(crate) account: AccountId,
    /// Of which Region.
    pub(crate) region: RegionName,
    /// Its name in the bucket.
    pub(crate) object: String,
    /// How many records it holds.
    pub(crate) records: u64,
}

/// How far the digests of an account and Region have come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// What the next digest begins with.
    pub(crate) start: Timestamp,
    /// The digest before; none at first.
    pub(crate) previous: Option<Previous>,
}

/// A digest that the next one names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Previous {
    pub(crate) bucket: String,
    pub(crate) object: String,
    pub(crate) hash: String,
    pub(crate) signature: String,
}

impl From<Previous> for PreviousDigest {
    fn from(previous: Previous) -> Self {
        Self {
            bucket: previous.bucket,
            object: previous.object,
            hash: previous.hash,
            signature: previous.signature,
        }
    }
}

/// A log file that is written and in no digest yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    /// When it was delivered.
    pub(crate) time: Timestamp,
    pub(crate) bucket: String,
    pub(crate) object: String,
    pub(crate) hash: String,
    pub(crate) newest: Timestamp,
    pub(crate) oldest: Timestamp,
}

impl From<&Written> for DigestedFile {
    fn from(file: &Written) -> Self {
        Self {
            bucket: file.bucket.clone(),
            object: file.object.clone(),
            hash: file.hash.clone(),
            newest_and_oldest: (file.newest, file.oldest),
        }
    }
}

/// A signing key of a Region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SigningKey {
    /// From when on it signs.
    pub(crate) from: Timestamp,
    /// Until when.
    pub(crate) until: Timestamp,
    /// The public half, hexadecimal of its DER (PKCS#1).
    pub(crate) public: String,
    /// The private half, sealed, hexadecimal; none once another key has taken its place.
    pub(crate) sealed: Option<String>,
}

/// A public key of digests, as `ListPublicKeys` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// DER of PKCS#1's `RSAPublicKey`.
    pub key: DigestPublicKey,
    /// From when on it signs.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// Where delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// When it began.
    pub began: Timestamp,
    /// When log files were last delivered.
    pub delivered: Option<Timestamp>,
    /// When digests were last delivered.
    pub digested: Option<Timestamp>,
    /// The position of the last record that is in a log file. It may still be in the store too.
    #[serde(rename = "writtenTo")]
    pub written_to: u64,
}

/// The name of an account's and Region's cursor.
pub(crate) fn cursor_row(account: AccountId, region: &RegionName) -> String {
    format!("digest/{account}/{region}")
}

/// What the names of the rows of written files begin with.
pub(crate) fn files_of(account: AccountId, region: &RegionName) -> String {
    format!("file/{account}/{region}/")
}

/// What the names of the rows of a Region's signing keys begin with.
pub(crate) fn keys_of(region: &RegionName) -> String {
    format!("key/{region}/")
}
