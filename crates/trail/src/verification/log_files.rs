//! Log files against the digests that name them, and those that none names.

use super::{Finding, FindingKind};
use crate::archive::{DigestedFile, Holder};
use crate::archive::{GzipError, content_hash};
use claviger_types::Timestamp;
use std::collections::{BTreeMap, HashSet};

/// The time of a log file's name may lie so long before its delivery, and with it in the hour before
/// that of its digest.
const DELIVERED_WITHIN: i64 = 15 * 60;
/// Digests come hourly; later than this the next one is overdue.
const DIGESTS_WITHIN: i64 = 2 * 3600;

/// Compares a log file with what its digest says; `None` for one that is not there.
///
/// # Errors
/// What is wrong.
pub fn check_log_file(expected: &DigestedFile, file: Option<&[u8]>) -> Result<(), Finding> {
    let wrong = |kind, message: String| Err(Finding::new(kind, &expected.object, message));
    let Some(file) = file else {
        return wrong(
            FindingKind::LogFileMissing,
            "a digest names it, and it is not there".to_owned(),
        );
    };
    match content_hash(file) {
        Ok(hash) if hash.eq_ignore_ascii_case(&expected.hash) => Ok(()),
        Ok(hash) => wrong(
            FindingKind::LogFileHash,
            format!("its hash is {hash}, but its digest says {}", expected.hash),
        ),
        Err(error @ GzipError::Trailing(_)) => {
            wrong(FindingKind::LogFileTrailingData, error.to_string())
        }
        Err(error) => wrong(FindingKind::LogFileDamaged, error.to_string()),
    }
}

/// The log files that no valid digest names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unattested {
    /// How many of them are so new that their digest is still to come.
    pub pending: u64,
    /// The others, and holders whose digests have ended.
    pub findings: Vec<Finding>,
}

/// Looks at the log files of one holder that are in the archive's list. `named` are the objects that
/// valid digests name; `digests_end` is the end of the holder's last digest, if it has any; `now` is the
/// present: where there is no digest at all, only that tells for how long one has been missing.
#[must_use]
pub fn unattested(
    holder: &Holder,
    files: &BTreeMap<String, Timestamp>,
    named: &HashSet<&str>,
    digests_end: Option<Timestamp>,
    now: Timestamp,
) -> Unattested {
    let mut told = Unattested::default();
    let times = || files.values().copied();
    let (Some(oldest), Some(newest)) = (times().min(), times().max()) else {
        return told;
    };
    // Before the first digest, the archive may be younger than its first hour.
    let end = digests_end.unwrap_or(oldest);
    let never = digests_end.is_none() && now > oldest.plus_seconds(DIGESTS_WITHIN);
    let overdue = never || newest > end.plus_seconds(DIGESTS_WITHIN);
    if overdue && digests_end.is_some() {
        told.findings.push(Finding::new(
            FindingKind::DigestsEnd,
            &format!("{} {}", holder.account, holder.region),
            format!("the last digest ends at {end}, but there are log files up to {newest}"),
        ));
    }
    for (object, time) in files {
        if named.contains(object.as_str()) {
            continue;
        }
        if !overdue && *time >= end.plus_seconds(-DELIVERED_WITHIN) {
            told.pending += 1;
        } else {
            told.findings.push(Finding::new(
                FindingKind::LogFileUnattested,
                object,
                "no valid digest names it",
            ));
        }
    }
    told
}
