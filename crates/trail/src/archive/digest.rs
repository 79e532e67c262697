//! A digest file: the log files of one hour with their hashes, and a link to the digest before it.
//! It neither signs itself nor decides whether it is true.

use claviger_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

/// The only hash and signature algorithms there are.
const SHA_256: &str = "SHA-256";
const SIGNATURE: &str = "SHA256withRSA";

/// A digest that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DigestError {
    /// It is not JSON of a digest's form.
    #[error("this is no digest: {0}")]
    Json(#[from] serde_json::Error),
    /// A moment in it cannot be read.
    #[error("the digest names a moment that is none: '{0}'")]
    Moment(String),
    /// It names an algorithm that CloudTrail does not use.
    #[error("the digest names the algorithm {0}, which is not known here")]
    Algorithm(String),
    /// Some members of its predecessor are there and others are not.
    #[error("the digest names its predecessor in part only")]
    Predecessor,
}

/// A digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Whose log files it lists.
    pub account: AccountId,
    /// The beginning of its time.
    pub start: Timestamp,
    /// The end of its time.
    pub end: Timestamp,
    /// The bucket it lies in.
    pub bucket: String,
    /// Its own name there.
    pub object: String,
    /// Which key signed it.
    pub fingerprint: String,
    /// The newest and the oldest `eventTime` in its log files, if it lists any.
    pub newest_and_oldest: Option<(Timestamp, Timestamp)>,
    /// The digest before it; none for the first of a chain.
    pub previous: Option<PreviousDigest>,
    /// Its log files.
    pub log_files: Vec<DigestedFile>,
}

/// What a digest says of its predecessor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousDigest {
    /// The bucket.
    pub bucket: String,
    /// The name.
    pub object: String,
    /// SHA-256 of its uncompressed bytes, hexadecimal.
    pub hash: String,
    /// Its signature, hexadecimal.
    pub signature: String,
}

/// What a digest says of a log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestedFile {
    /// The bucket.
    pub bucket: String,
    /// The name.
    pub object: String,
    /// SHA-256 of its uncompressed bytes, hexadecimal.
    pub hash: String,
    /// The newest and the oldest `eventTime` in it.
    pub newest_and_oldest: (Timestamp, Timestamp),
}

/// The members as they stand in the file, in AWS's order.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    aws_account_id: AccountId,
    digest_start_time: String,
    digest_end_time: String,
    digest_s3_bucket: String,
    digest_s3_object: String,
    digest_public_key_fingerprint: String,
    digest_signature_algorithm: String,
    newest_event_time: Option<String>,
    oldest_event_time: Option<String>,
    previous_digest_s3_bucket: Option<String>,
    previous_digest_s3_object: Option<String>,
    previous_digest_hash_value: Option<String>,
    previous_digest_hash_algorithm: Option<String>,
    previous_digest_signature: Option<String>,
    log_files: Vec<FileMembers>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileMembers {
    s3_bucket: String,
    s3_object: String,
    hash_value: String,
    hash_algorithm: String,
    newest_event_time: String,
    oldest_event_time: String,
}

fn moment(text: &str) -> Result<Timestamp, DigestError> {
    let amz: String = text.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let read = Timestamp::from_amz_date(&amz).ok();
    read.filter(|t| t.iso() == text)
        .ok_or_else(|| DigestError::Moment(text.to_owned()))
}

fn known(algorithm: &str, wanted: &str) -> Result<(), DigestError> {
    if algorithm == wanted {
        Ok(())
    } else {
        Err(DigestError::Algorithm(algorithm.to_owned()))
    }
}

impl Digest {
    /// The file's uncompressed bytes.
    ///
    /// # Errors
    /// None for a value of this type; the type is the encoder's.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let previous = self.previous.as_ref();
        let of_previous = |member: fn(&PreviousDigest) -> &String| previous.map(member).cloned();
        serde_json::to_vec(&Members {
            aws_account_id: self.account,
            digest_start_time: self.start.iso(),
            digest_end_time: self.end.iso(),
            digest_s3_bucket: self.bucket.clone(),
            digest_s3_object: self.object.clone(),
            digest_public_key_fingerprint: self.fingerprint.clone(),
            digest_signature_algorithm: SIGNATURE.to_owned(),
            newest_event_time: self.newest_and_oldest.map(|(newest, _)| newest.iso()),
            oldest_event_time: self.newest_and_oldest.map(|(_, oldest)| oldest.iso()),
            previous_digest_s3_bucket: of_previous(|p| &p.bucket),
            previous_digest_s3_object: of_previous(|p| &p.object),
            previous_digest_hash_value: of_previous(|p| &p.hash),
            previous_digest_hash_algorithm: previous.map(|_| SHA_256.to_owned()),
            previous_digest_signature: of_previous(|p| &p.signature),
            log_files: self.log_files.iter().map(file_members).collect(),
        })
    }

    /// Reads a digest's uncompressed bytes, whoever wrote it.
    ///
    /// # Errors
    /// [`DigestError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DigestError> {
        let m: Members = serde_json::from_slice(bytes)?;
        known(&m.digest_signature_algorithm, SIGNATURE)?;
        let newest_and_oldest = match (&m.newest_event_time, &m.oldest_event_time) {
            (Some(newest), Some(oldest)) => Some((moment(newest)?, moment(oldest)?)),
            _ => None,
        };
        let previous = previous(&m)?;
        Ok(Self {
            account: m.aws_account_id,
            start: moment(&m.digest_start_time)?,
            end: moment(&m.digest_end_time)?,
            bucket: m.digest_s3_bucket,
            object: m.digest_s3_object,
            fingerprint: m.digest_public_key_fingerprint,
            newest_and_oldest,
            previous,
            log_files: m
                .log_files
                .into_iter()
                .map(digested_file)
                .collect::<Result<_, _>>()?,
        })
    }

    /// What is signed: end, place, hash of the digest's own uncompressed bytes in hexadecimal, and
    /// the predecessor's signature or `null`, each on a line, no line feed at the end.
    #[must_use]
    pub fn string_to_sign(&self, own_hash: &str) -> String {
        format!(
            "{}\n{}/{}\n{own_hash}\n{}",
            self.end.iso(),
            self.bucket,
            self.object,
            self.previous.as_ref().map_or("null", |p| &p.signature),
        )
    }
}

fn file_members(file: &DigestedFile) -> FileMembers {
    let (newest, oldest) = file.newest_and_oldest;
    FileMembers {
        s3_bucket: file.bucket.clone(),
        s3_object: file.object.clone(),
        hash_value: file.hash.clone(),
        hash_algorithm: SHA_256.to_owned(),
        newest_event_time: newest.iso(),
        oldest_event_time: oldest.iso(),
    }
}

fn digested_file(file: FileMembers) -> Result<DigestedFile, DigestError> {
    known(&file.hash_algorithm, SHA_256)?;
    Ok(DigestedFile {
        newest_and_oldest: (
            moment(&file.newest_event_time)?,
            moment(&file.oldest_event_time)?,
        ),
        bucket: file.s3_bucket,
        object: file.s3_object,
        hash: file.hash_value,
    })
}

fn previous(m: &Members) -> Result<Option<PreviousDigest>, DigestError> {
    let members = (
        m.previous_digest_s3_bucket.clone(),
        m.previous_digest_s3_object.clone(),
        m.previous_digest_hash_value.clone(),
        m.previous_digest_signature.clone(),
        &m.previous_digest_hash_algorithm,
    );
    match members {
        (None, None, None, None, None) => Ok(None),
        (Some(bucket), Some(object), Some(hash), Some(signature), Some(algorithm)) => {
            known(algorithm, SHA_256)?;
            Ok(Some(PreviousDigest {
                bucket,
                object,
                hash,
                signature,
            }))
        }
        _ => Err(DigestError::Predecessor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(previous: bool, files: usize) -> Digest {
        let at = Timestamp::from_seconds;
        Digest {
            account: "111122223333".parse().unwrap(),
            start: at(1_767_603_600),
            end: at(1_767_607_200),
            bucket: "logs".to_owned(),
            object: "AWSLogs/x.json.gz".to_owned(),
            fingerprint: "0123".to_owned(),
            newest_and_oldest: (files > 0).then(|| (at(1_767_607_199), at(1_767_603_601))),
            previous: previous.then(|| PreviousDigest {
                bucket: "logs".to_owned(),
                object: "AWSLogs/w.json.gz".to_owned(),
                hash: "aa".to_owned(),
                signature: "bb".to_owned(),
            }),
            log_files: (0..files)
                .map(|i| DigestedFile {
                    bucket: "logs".to_owned(),
                    object: format!("AWSLogs/{i}.json.gz"),
                    hash: "cc".to_owned(),
                    newest_and_oldest: (at(1_767_607_199), at(1_767_603_601)),
                })
                .collect(),
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for (previous, files) in [(false, 0), (false, 2), (true, 0), (true, 3)] {
            let one = digest(previous, files);
            assert_eq!(Digest::from_bytes(&one.to_bytes().unwrap()).unwrap(), one);
        }
    }

    #[test]
    fn the_members_are_awss_in_awss_order() {
        let text = String::from_utf8(digest(false, 1).to_bytes().unwrap()).unwrap();
        assert_eq!(
            text,
            r#"{"awsAccountId":"111122223333","digestStartTime":"2026-01-05T09:00:00Z","digestEndTime":"2026-01-05T10:00:00Z","digestS3Bucket":"logs","digestS3Object":"AWSLogs/x.json.gz","digestPublicKeyFingerprint":"0123","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":"2026-01-05T09:59:59Z","oldestEventTime":"2026-01-05T09:00:01Z","previousDigestS3Bucket":null,"previousDigestS3Object":null,"previousDigestHashValue":null,"previousDigestHashAlgorithm":null,"previousDigestSignature":null,"logFiles":[{"s3Bucket":"logs","s3Object":"AWSLogs/0.json.gz","hashValue":"cc","hashAlgorithm":"SHA-256","newestEventTime":"2026-01-05T09:59:59Z","oldestEventTime":"2026-01-05T09:00:01Z"}]}"#
        );
        assert_eq!(
            digest(false, 0).string_to_sign("dd"),
            "2026-01-05T10:00:00Z\nlogs/AWSLogs/x.json.gz\ndd\nnull"
        );
        assert!(digest(true, 0).string_to_sign("dd").ends_with("\nbb"));
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        let text = String::from_utf8(digest(true, 1).to_bytes().unwrap()).unwrap();
        for (from, to) in [
            ("SHA256withRSA", "SHA1withRSA"),
            ("\"hashAlgorithm\":\"SHA-256\"", "\"hashAlgorithm\":\"MD5\""),
            ("10:00:00Z", "25:00:00Z"),
            (
                "\"previousDigestSignature\":\"bb\"",
                "\"previousDigestSignature\":null",
            ),
            (
                "\"awsAccountId\":\"111122223333\"",
                "\"awsAccountId\":\"1\"",
            ),
            ("{", "["),
        ] {
            assert!(text.contains(from), "{from}");
            assert!(
                Digest::from_bytes(text.replace(from, to).as_bytes()).is_err(),
                "{from}"
            );
        }
    }
}
