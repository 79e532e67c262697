//! What each finding means, as data: `docs/reference/trail-findings.md` is made of it.

use super::FindingKind as Kind;
use std::fmt::Write as _;

/// Each kind of finding: what it is, what it may come from.
const FINDINGS: [(Kind, &str, &str); 21] = [
    (
        Kind::DigestMissing,
        "A digest that its successor names is not there.",
        "lifecycle rules delete old digests: narrow `--since`; else it was removed",
    ),
    (
        Kind::DigestDamaged,
        "A digest is no whole gzip file.",
        "look for another version of the object",
    ),
    (
        Kind::DigestTrailingData,
        "A digest has bytes behind its end.",
        "somebody appended to it",
    ),
    (
        Kind::DigestFormat,
        "A digest's content or metadata cannot be read.",
        "look for another version of the object",
    ),
    (
        Kind::DigestMoved,
        "A digest lies elsewhere than it says of itself.",
        "it was moved or put in another's place; of a copy, name the bucket with `--bucket` and copy from its root",
    ),
    (
        Kind::DigestUnsigned,
        "A digest's signature is nowhere to be found.",
        "its metadata was lost; the newest digest of a copy made without metadata has none",
    ),
    (
        Kind::DigestSignature,
        "A digest's signature does not verify.",
        "it is not what CloudTrail wrote",
    ),
    (
        Kind::DigestKeyUnknown,
        "The key of a digest is not among those given.",
        "give the keys of that Region and time",
    ),
    (
        Kind::DigestKeyTime,
        "The key of a digest is not of the digest's time.",
        "a key that was out of use signed it",
    ),
    (
        Kind::PreviousHash,
        "A digest's content is another than its successor says.",
        "`validate-logs` does not compare it: it was signed anew, or altered",
    ),
    (
        Kind::PreviousSignature,
        "A digest's signature is another than its successor says.",
        "`validate-logs` does not compare it: it was signed anew, or its metadata altered",
    ),
    (
        Kind::DigestUnlinked,
        "A digest is there that its successor does not follow.",
        "it was put in, or the successor was signed anew",
    ),
    (
        Kind::Gap,
        "A time that no digest covers.",
        "logging or validation was off, or somebody made it seem so",
    ),
    (
        Kind::DigestsEnd,
        "Log files go on for more than two hours where digests have ended.",
        "validation was switched off, or the newest digests were removed",
    ),
    (
        Kind::LogFileMissing,
        "A log file that a digest names is not there.",
        "it was removed",
    ),
    (
        Kind::LogFileDamaged,
        "A log file is no whole gzip file.",
        "look for another version of the object",
    ),
    (
        Kind::LogFileTrailingData,
        "A log file has bytes behind its end.",
        "somebody appended to it",
    ),
    (
        Kind::LogFileHash,
        "A log file's content is another than its digest says.",
        "it is not what CloudTrail wrote",
    ),
    (
        Kind::LogFileUnattested,
        "A log file that no valid digest names.",
        "`validate-logs` does not look for it: it was put in, or its digest is not valid",
    ),
    (
        Kind::NotReadable,
        "An object could not be fetched, for another reason than that it is not there.",
        "see the message; nothing is said of the object",
    ),
    (
        Kind::Records,
        "Fewer records are in the archive than have left the database.",
        "log files are missing that no digest that is left names",
    ),
];

/// The page of all findings.
#[must_use]
pub fn reference() -> String {
    let mut page = String::from(
        "# Findings of `claviger trail verify`\n\n\
         Written from the catalogue in `crates/trail/src/archive/verify/catalogue.rs` \
         (`CLAVIGER_WRITE_REFERENCE=1 cargo nextest run -p claviger-trail --test archive_verify` writes it).\n\n\
         | `kind` | what | where it comes from |\n|---|---|---|\n",
    );
    for (kind, what, from) in FINDINGS {
        let name = serde_json::to_string(&kind).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| `{}` | {what} | {from} |", name.trim_matches('"'));
    }
    page
}
