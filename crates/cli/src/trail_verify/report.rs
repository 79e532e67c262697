//! What is told of an archive that was verified.

use super::records::Records;
use crate::output::one_line;
use crate::paint::{Look, Paint};
use claviger_trail::archive::ChainName;
use claviger_trail::verification::Finding;
use claviger_types::Timestamp;
use serde::{Serialize, Serializer};
use std::fmt::Write as _;

/// The whole, as `--output json` prints it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) clean: bool,
    pub(super) archive: String,
    pub(super) bucket: String,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso")]
    pub(super) since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso")]
    pub(super) until: Option<Timestamp>,
    pub(super) chains: Vec<ChainReport>,
    pub(super) digests: Counts,
    pub(super) log_files: LogFiles,
    /// With a database beside, and the whole archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) records: Option<Records>,
    pub(super) findings: Vec<Finding>,
}

/// One chain of digests.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChainReport {
    #[serde(flatten)]
    pub(super) name: ChainName,
    pub(super) digests: Counts,
    /// The time that its valid digests cover.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso")]
    pub(super) from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso")]
    pub(super) to: Option<Timestamp>,
    /// Another bucket that its older digests are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) continues_in: Option<String>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) valid: u64,
    pub(super) invalid: u64,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct LogFiles {
    pub(super) valid: u64,
    pub(super) invalid: u64,
    /// No valid digest names them.
    pub(super) unattested: u64,
    /// Their digest is still to come.
    pub(super) pending: u64,
    /// Those of the valid that an earlier run with the same state file has read.
    pub(super) resumed: u64,
    /// Digests say that they lie in other buckets.
    pub(super) elsewhere: u64,
}

fn iso<S: Serializer>(moment: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    moment.map(Timestamp::iso).serialize(serializer)
}

/// For people.
pub(super) fn text(report: &Report, paint: Paint) -> String {
    let mut text = String::new();
    let head = if report.clean {
        paint.with(Look::Good, "intact:")
    } else {
        paint.with(Look::Bad, "NOT INTACT:")
    };
    let (digests, files) = (report.digests, report.log_files);
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{head} archive {}: {} of {} digests and {} of {} log files valid",
        one_line(&report.archive),
        digests.valid,
        digests.valid + digests.invalid,
        files.valid,
        files.valid + files.invalid,
    );
    for (count, what) in [
        (files.unattested, "log files that no valid digest names"),
        (files.pending, "log files whose digest is still to come"),
        (files.resumed, "log files were read by an earlier run"),
        (
            files.elsewhere,
            "log files lie in another bucket and were not read",
        ),
    ] {
        if count > 0 {
            let _ = writeln!(text, "  {count} {what}");
        }
    }
    if let Some(Records { left, archived }) = report.records {
        let _ = writeln!(text, "  {archived} records; {left} have left the database");
    }
    for chain in &report.chains {
        let _ = writeln!(text, "{}", line(chain));
    }
    for finding in &report.findings {
        let _ = writeln!(
            text,
            "{} {}: {}",
            paint.with(Look::Bad, "finding:"),
            one_line(&finding.object),
            one_line(&finding.message)
        );
    }
    text
}

fn line(chain: &ChainReport) -> String {
    let name = &chain.name;
    let late = if name.backfill {
        " (late deliveries)"
    } else {
        ""
    };
    let covers = match (chain.from, chain.to) {
        (Some(from), Some(to)) => format!("covers {from} to {to}"),
        _ => "has no valid digest".to_owned(),
    };
    let older = chain.continues_in.as_deref().map_or_else(String::new, |b| {
        format!("; older digests lie in the bucket {}", one_line(b))
    });
    format!(
        "chain: {} {} {}{late} {covers}{older}",
        name.holder.account,
        name.holder.region,
        one_line(&name.trail)
    )
}
