//! An archive, ours or CloudTrail's, verified: digests read at once, each chain of them proved, then
//! every log file that they name.

use super::keys;
use super::records::{self, Records};
use super::report::{ChainReport, Counts, LogFiles, Report};
use super::state::{State, Subject};
use crate::arguments::Verify;
use crate::exit::Failure;
use crate::progress::Progress;
use crate::trail_archive::{Listed, Location, Objects, Wanted, each, open, walk};
use claviger_server::SystemClock;
use claviger_trail::archive::{ChainName, DigestedFile, FoundName, Holder, PublicKeys};
use claviger_trail::verification::{
    ChainVerdict, Finding, FindingKind, ReadDigest, check_log_file, read_digest, unattested,
    verify_chain,
};
use claviger_types::{Clock as _, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A digest follows the end of its time within an hour, as `validate-logs` has it; so does the digest
/// that names a log file.
const DIGESTED_WITHIN: i64 = 3600;
/// The digest before the first one that is wanted is compared with it.
const PREDECESSOR_WITHIN: i64 = 24 * 3600;

/// What is in the archive's list.
#[derive(Default)]
struct Contents {
    digests: Vec<(String, ChainName, Timestamp)>,
    files: BTreeMap<Holder, BTreeMap<String, Timestamp>>,
    versions: HashMap<String, String>,
}

type Chains = BTreeMap<ChainName, Vec<ReadDigest>>;

/// What the database beside an archive says: the public keys of its digests, and how many records
/// have left it.
type Beside<'a> = (&'a PublicKeys, u64);

/// Verifies an archive, with what the database says that is verified beside it.
pub(super) fn verify(
    location: &Location,
    arguments: &Verify,
    beside: Option<Beside<'_>>,
) -> Result<Report, Failure> {
    let objects = open(location, &arguments.aws)?;
    let objects = objects.as_ref();
    let contents = list(objects, location, arguments)?;
    let chains = read_digests(objects, &contents);
    let bucket = bucket(objects, arguments, &chains)?;
    let keys = public_keys(arguments, &chains, beside)?;
    // What is older than wanted may have expired.
    let is_older = |object: &str| {
        let end = FoundName::parse(object).map(|name| name.time());
        end.is_some_and(|end| arguments.since.is_some_and(|since| end < since))
    };
    let is_there = |object: &str| objects.fetch(object).is_ok_and(|found| found.is_some());
    let is_listed = |object: &str| is_older(object) || is_there(object);
    let verdicts: Vec<_> = chains
        .iter()
        .map(|(name, digests)| {
            let verdict = verify_chain(&bucket, &keys, digests, &is_listed);
            (name, digests, verdict)
        })
        .collect();
    let mut report = Report {
        clean: false,
        archive: location.to_string(),
        bucket: bucket.clone(),
        since: arguments.since,
        until: arguments.until,
        chains: Vec::new(),
        digests: Counts::default(),
        log_files: LogFiles::default(),
        records: None,
        findings: Vec::new(),
    };
    let mut named = Vec::new();
    for (name, digests, verdict) in verdicts {
        named.extend(verdict.log_files.iter().copied());
        tell_chain(&mut report, name, digests, verdict);
    }
    let mut state = arguments
        .state
        .as_ref()
        .map(|path| State::open(path, &Subject::new(location.to_string(), bucket.clone())))
        .transpose()?;
    verify_files(objects, &contents, &named, state.as_mut(), &mut report)?;
    tell_unattested(&contents, &chains, &named, &mut report);
    if let Some((_, left)) = beside.filter(|_| is_whole(arguments)) {
        let files: Vec<&str> = contents.versions.keys().map(String::as_str).collect();
        let archived = records::archived(objects, &files);
        let records = Records { left, archived };
        report.findings.extend(records.finding(&report.archive));
        report.records = Some(records);
    }
    report.findings.sort();
    report.findings.dedup();
    report.clean = report.findings.is_empty();
    state.map_or(Ok(()), State::end)?;
    Ok(report)
}

fn is_whole(arguments: &Verify) -> bool {
    arguments.since.is_none()
        && arguments.until.is_none()
        && arguments.accounts.is_empty()
        && arguments.regions.is_empty()
}

fn list(
    objects: &dyn Objects,
    location: &Location,
    arguments: &Verify,
) -> Result<Contents, Failure> {
    let listing = Progress::start("listing the archive");
    let wanted = Wanted {
        digests: true,
        from: arguments.since.map(|t| t.plus_seconds(-PREDECESSOR_WITHIN)),
        until: arguments.until.map(|t| t.plus_seconds(DIGESTED_WITHIN)),
        accounts: arguments.accounts.clone(),
        regions: arguments.regions.clone(),
    };
    let listed = walk(objects, location.root(), &wanted)?;
    drop(listing);
    // A service that has just begun has delivered nothing yet.
    if listed.is_empty() && arguments.archive.is_some() {
        return Err(Failure::new(format_args!(
            "there is no log file and no digest in {location}, as far as it is wanted"
        ))
        .next(
            "see that AWSLogs lies in it, and widen --since, --until, --account and --in-region",
        ));
    }
    Ok(contents(listed, arguments))
}

/// What was listed, by kind. Of the digests that end before the time wanted, each chain keeps one.
fn contents(listed: Vec<(Listed, FoundName)>, arguments: &Verify) -> Contents {
    let since = |time: Timestamp| arguments.since.is_none_or(|since| since <= time);
    let mut contents = Contents::default();
    let mut before: BTreeMap<ChainName, (String, Timestamp)> = BTreeMap::new();
    for (Listed { object, version }, name) in listed {
        match name {
            FoundName::Digest { chain, end } if since(end) => {
                contents.digests.push((object, chain, end));
            }
            FoundName::Digest { chain, end } => {
                if before.get(&chain).is_none_or(|(_, latest)| *latest < end) {
                    before.insert(chain, (object, end));
                }
            }
            FoundName::LogFile { holder, time } => {
                let until = arguments.until.is_none_or(|until| time <= until);
                if since(time) && until {
                    let files = contents.files.entry(holder).or_default();
                    files.insert(object.clone(), time);
                }
                contents.versions.insert(object, version);
            }
        }
    }
    let before = before.into_iter();
    contents
        .digests
        .extend(before.map(|(chain, (object, end))| (object, chain, end)));
    contents
}

fn read_digests(objects: &dyn Objects, contents: &Contents) -> Chains {
    let total = u64::try_from(contents.digests.len()).unwrap_or(u64::MAX);
    let progress = Progress::counting("reading digests", total);
    let mut chains = Chains::new();
    each(
        &contents.digests,
        objects.width(),
        |(object, chain, end)| read_one(objects, object, chain, *end),
        |(_, chain, _), read| {
            progress.step();
            chains.entry(chain.clone()).or_default().push(read);
            true
        },
    );
    for digests in chains.values_mut() {
        digests.sort_by(|a, b| (a.end, &a.object).cmp(&(b.end, &b.object)));
    }
    chains
}

fn read_one(objects: &dyn Objects, object: &str, chain: &ChainName, end: Timestamp) -> ReadDigest {
    let lost = |kind, message: String| {
        ReadDigest::lost(
            object,
            chain.clone(),
            end,
            Finding::new(kind, object, message),
        )
    };
    match objects.fetch(object) {
        Ok(Some(found)) => read_digest(object, chain.clone(), end, &found.bytes, &found.metadata),
        Ok(None) => lost(
            FindingKind::DigestMissing,
            "it went away while the archive was read".to_owned(),
        ),
        Err(error) => lost(FindingKind::NotReadable, error),
    }
}

/// The bucket that the archive is, or is a copy of.
fn bucket(objects: &dyn Objects, arguments: &Verify, chains: &Chains) -> Result<String, Failure> {
    let given = arguments.bucket.as_deref().or_else(|| objects.bucket());
    if let Some(bucket) = given {
        return Ok(bucket.to_owned());
    }
    let newest = chains.values().flatten().max_by_key(|digest| digest.end);
    match newest {
        // Without digests nothing names a bucket.
        None => Ok(String::new()),
        Some(digest) => digest.bucket().map(str::to_owned).ok_or_else(|| {
            Failure::wrong_use("the newest digest does not say which bucket this is a copy of")
                .next("give the name of the bucket with --bucket")
        }),
    }
}

fn public_keys(
    arguments: &Verify,
    chains: &Chains,
    beside: Option<Beside<'_>>,
) -> Result<PublicKeys, Failure> {
    if let Some(path) = &arguments.keys {
        return keys::from_file(path);
    }
    if let Some((own, _)) = beside.filter(|(own, _)| !own.is_empty()) {
        return Ok(own.clone());
    }
    let ends = || chains.values().flatten().map(|digest| digest.end);
    let (Some(first), Some(last)) = (ends().min(), ends().max()) else {
        return Ok(PublicKeys::default());
    };
    let asking = Progress::start("asking for the public keys of the digests");
    let regions: BTreeSet<_> = chains.keys().map(|c| c.holder.region.clone()).collect();
    // As validate-logs does: from the beginning of the first hour to two hours after the last.
    let time = (
        first.plus_seconds(-DIGESTED_WITHIN),
        last.plus_seconds(2 * DIGESTED_WITHIN),
    );
    let keys = keys::from_cloudtrail(&arguments.aws, &regions, time);
    drop(asking);
    keys
}

fn tell_chain(
    report: &mut Report,
    name: &ChainName,
    digests: &[ReadDigest],
    verdict: ChainVerdict<'_>,
) {
    let valid = u64::try_from(verdict.valid.len()).unwrap_or(u64::MAX);
    let missing = verdict.findings.iter();
    let missing = missing.filter(|f| {
        f.kind == FindingKind::DigestMissing && digests.iter().all(|d| d.object != f.object)
    });
    let known = digests.len() - verdict.valid.len() + missing.count();
    let counts = Counts {
        valid,
        invalid: u64::try_from(known).unwrap_or(u64::MAX),
    };
    report.digests.valid += counts.valid;
    report.digests.invalid += counts.invalid;
    report.chains.push(ChainReport {
        name: name.clone(),
        digests: counts,
        from: verdict.covered.map(|(from, _)| from),
        to: verdict.covered.map(|(_, to)| to),
        continues_in: verdict.continues_in,
    });
    report.findings.extend(verdict.findings);
}

fn verify_files(
    objects: &dyn Objects,
    contents: &Contents,
    named: &[&DigestedFile],
    mut state: Option<&mut State>,
    report: &mut Report,
) -> Result<(), Failure> {
    let version = |file: &DigestedFile| {
        contents
            .versions
            .get(&file.object)
            .map_or("", String::as_str)
    };
    let mut left = Vec::new();
    for file in named {
        let known = state.as_ref();
        if file.bucket != report.bucket {
            report.log_files.elsewhere += 1;
        } else if known.is_some_and(|s| s.has(&file.object, &file.hash, version(file))) {
            report.log_files.valid += 1;
            report.log_files.resumed += 1;
        } else {
            left.push(*file);
        }
    }
    let total = u64::try_from(left.len()).unwrap_or(u64::MAX);
    let progress = Progress::counting("verifying log files", total);
    let mut ended = Ok(());
    each(
        &left,
        objects.width(),
        |file| check(objects, file),
        |file, checked| {
            progress.step();
            match checked {
                Ok(()) => {
                    report.log_files.valid += 1;
                    let note = |s: &mut State| s.note(&file.object, &file.hash, version(file));
                    ended = state.as_deref_mut().map_or(Ok(()), note);
                }
                Err(finding) => {
                    report.log_files.invalid += 1;
                    report.findings.push(finding);
                }
            }
            ended.is_ok()
        },
    );
    ended
}

fn check(objects: &dyn Objects, file: &DigestedFile) -> Result<(), Finding> {
    let found = objects
        .fetch(&file.object)
        .map_err(|e| Finding::new(FindingKind::NotReadable, &file.object, e))?;
    check_log_file(file, found.as_ref().map(|f| f.bytes.as_slice()))
}

fn tell_unattested(
    contents: &Contents,
    chains: &Chains,
    named: &[&DigestedFile],
    report: &mut Report,
) {
    let named: HashSet<&str> = named.iter().map(|file| file.object.as_str()).collect();
    for (holder, files) in &contents.files {
        let ends = chains
            .iter()
            .filter(|(chain, _)| chain.holder == *holder && !chain.backfill);
        let end = ends.flat_map(|(_, digests)| digests).map(|d| d.end).max();
        let told = unattested(holder, files, &named, end, SystemClock.now());
        report.log_files.pending += told.pending;
        let kind = FindingKind::LogFileUnattested;
        let count = told.findings.iter().filter(|f| f.kind == kind).count();
        report.log_files.unattested += u64::try_from(count).unwrap_or(u64::MAX);
        report.findings.extend(told.findings);
    }
}
