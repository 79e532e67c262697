//! One digest by itself: its bytes read, its metadata kept. Whether it is true is the chain's matter.

use super::{Finding, FindingKind};
use crate::archive::{ChainName, Digest};
use crate::archive::{GzipError, decompress};
use crate::chain::sha256_hex;
use claviger_types::Timestamp;
use std::collections::BTreeMap;

/// More than a digest of any hour holds: some 150,000 log files.
const MOST: u64 = 64 << 20;
/// The metadata of a digest's object, without `x-amz-meta-`.
const SIGNATURE: &str = "signature";
const ALGORITHM: &str = "signature-algorithm";
const GENERATED: &str = "backfill-generation-timestamp";

/// A digest as it lies in the archive.
#[derive(Debug, Clone)]
pub struct ReadDigest {
    /// Its object's name.
    pub object: String,
    /// Its chain, by the name.
    pub chain: ChainName,
    /// The end of its hour, by the name.
    pub end: Timestamp,
    /// What it holds and its hash, or what is wrong with it.
    pub(super) content: Result<(Digest, String), Finding>,
    pub(super) signature: Option<String>,
    pub(super) algorithm: Option<String>,
    pub(super) generated: Option<String>,
}

/// Reads a digest's object; without metadata where there is none.
#[must_use]
pub fn read_digest(
    object: &str,
    chain: ChainName,
    end: Timestamp,
    file: &[u8],
    metadata: &BTreeMap<String, String>,
) -> ReadDigest {
    let of_metadata = |name: &str| metadata.get(name).cloned();
    ReadDigest {
        object: object.to_owned(),
        chain,
        end,
        content: content(object, file),
        signature: of_metadata(SIGNATURE),
        algorithm: of_metadata(ALGORITHM),
        generated: of_metadata(GENERATED),
    }
}

impl ReadDigest {
    /// A digest that is in the archive's list and could not be fetched.
    #[must_use]
    pub fn lost(object: &str, chain: ChainName, end: Timestamp, finding: Finding) -> Self {
        Self {
            object: object.to_owned(),
            chain,
            end,
            content: Err(finding),
            signature: None,
            algorithm: None,
            generated: None,
        }
    }

    /// The bucket that it says it lies in.
    #[must_use]
    pub fn bucket(&self) -> Option<&str> {
        self.content.as_ref().ok().map(|(d, _)| d.bucket.as_str())
    }
}

fn content(object: &str, file: &[u8]) -> Result<(Digest, String), Finding> {
    let bytes = decompress(file, MOST).map_err(|error| {
        let kind = match error {
            GzipError::Trailing(_) => FindingKind::DigestTrailingData,
            GzipError::Damaged(_) | GzipError::TooLarge(_) => FindingKind::DigestDamaged,
        };
        Finding::new(kind, object, error.to_string())
    })?;
    let digest = Digest::from_bytes(&bytes)
        .map_err(|e| Finding::new(FindingKind::DigestFormat, object, e.to_string()))?;
    Ok((digest, sha256_hex(&bytes)))
}
