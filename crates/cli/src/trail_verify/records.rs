//! The records that have left a database, against those that are in the archive. The archive keeps
//! the records of an account and Region in their order and not those of all in one, so that the hash
//! chain cannot be followed into it; what can be said is how many there must be.

use crate::exit::Failure;
use crate::progress::Progress;
use crate::trail_archive::{Objects, each};
use claviger_store::{RecordSource, SqliteReader};
use claviger_trail::archive::{decompress, records_of};
use claviger_trail::verification::{Finding, FindingKind};
use serde::Serialize;

/// More than a log file of ours holds, uncompressed.
const MOST: u64 = 256 << 20;

/// How many records there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Records {
    /// That have left the database, by the chains that it keeps.
    pub(super) left: u64,
    /// In the archive, of whomever they are.
    pub(super) archived: u64,
}

impl Records {
    /// What is wrong with them, if anything is. More may be in the archive: other records than this
    /// database's, and those that are about to leave it.
    pub(super) fn finding(self, archive: &str) -> Option<Finding> {
        let Self { left, archived } = self;
        (archived < left).then(|| {
            let message = format!(
                "{left} records have left the database, but the archive holds {archived} only"
            );
            Finding::new(FindingKind::Records, archive, message)
        })
    }
}

/// How many records have left a database.
pub(super) fn left(source: &mut SqliteReader) -> Result<u64, Failure> {
    let chains = source.chains().map_err(Failure::new)?;
    Ok(chains.iter().map(|chain| chain.left_seq).sum())
}

/// How many records log files hold; those that cannot be read are told elsewhere and hold none.
pub(super) fn archived(objects: &dyn Objects, files: &[&str]) -> u64 {
    let total = u64::try_from(files.len()).unwrap_or(u64::MAX);
    let progress = Progress::counting("counting archived records", total);
    let mut archived = 0;
    each(
        files,
        objects.width(),
        |file| count(objects, file).unwrap_or_default(),
        |_, records| {
            progress.step();
            archived += records;
            true
        },
    );
    archived
}

fn count(objects: &dyn Objects, file: &str) -> Option<u64> {
    let found = objects.fetch(file).ok()??;
    let content = decompress(&found.bytes, MOST).ok()?;
    u64::try_from(records_of(&content).ok()?.len()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_records_than_have_left_are_a_finding() {
        for (left, archived, expect) in [(0, 0, false), (5, 5, false), (5, 9, false), (5, 4, true)]
        {
            let found = Records { left, archived }.finding("a");
            assert_eq!(found.is_some(), expect, "{left} {archived}");
        }
    }
}
