//! The archive of CloudTrail: where log files and digest files lie, what is in them, how digests are
//! signed and checked. It reads and writes no file: bytes and names in, bytes and names out. Source:
//! CloudTrail User Guide, "CloudTrail log file examples", "Finding your CloudTrail log files",
//! "CloudTrail digest file structure", "Custom implementations of CloudTrail log file integrity
//! validation".

mod digest;
mod found;
mod gzip;
mod log_file;
mod place;
mod public_keys;
mod signing;

pub use crate::chain::sha256_hex;
pub use digest::{Digest, DigestError, DigestedFile, PreviousDigest};
pub use found::{ChainName, FoundName, Holder};
pub use gzip::{GzipError, compress, content_hash, decompress};
pub use log_file::{LogFile, LogFileBuilder, records_of};
pub use place::{DigestName, LogFileName, ObjectName, TrailPlace};
pub use public_keys::{PublicKey, PublicKeys, PublicKeysError};
pub use signing::{BadSignature, DigestPublicKey, DigestSigner, SigningKeyError};
