//! Every way to alter an archive, and what verification finds of it. The archive is made here, with
//! a key of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use claviger_trail::archive::{
    ChainName, Digest, DigestName, DigestSigner, DigestedFile, FoundName, Holder, LogFileBuilder,
    LogFileName, PreviousDigest, PublicKey, PublicKeys, TrailPlace, compress, decompress,
};
use claviger_trail::verification::{
    Finding, FindingKind as Kind, check_log_file, read_digest, reference, unattested, verify_chain,
};
use claviger_types::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;

const HOUR: i64 = 3600;
const HOURS: i64 = 4;

struct Object {
    bytes: Vec<u8>,
    metadata: BTreeMap<String, String>,
}

#[derive(Default)]
struct Archive {
    objects: BTreeMap<String, Object>,
    keys: PublicKeys,
}

static SIGNERS: LazyLock<[DigestSigner; 2]> = LazyLock::new(|| {
    [(); 2].map(|()| DigestSigner::from_bytes(DigestSigner::generate().unwrap().expose()).unwrap())
});

fn start() -> Timestamp {
    "2026-01-05T10:00:00Z".parse().unwrap()
}

fn place() -> TrailPlace {
    TrailPlace {
        bucket: "logs".to_owned(),
        prefix: None,
        organization: Some("o-a1b2c3d4e5".to_owned()),
        trail: "my_trail".to_owned(),
        home_region: "us-east-1".parse().unwrap(),
    }
}

fn digest_object(hour: i64) -> String {
    place().digest(&DigestName {
        account: "111122223333".parse().unwrap(),
        region: "us-west-2".parse().unwrap(),
        end: start().plus_seconds((hour + 1) * HOUR),
    })
}

fn file_object(hour: i64, number: i64) -> String {
    place().log_file(&LogFileName {
        account: "111122223333".parse().unwrap(),
        region: "us-west-2".parse().unwrap(),
        time: start().plus_seconds(hour * HOUR + 300 * (number + 1)),
        unique: format!("{number:016}"),
    })
}

impl Archive {
    /// Four hours, the third of them without records, and one log file that waits for its digest.
    fn whole() -> Self {
        let mut archive = Self::default();
        let signer = &SIGNERS[0];
        archive.keys.add(PublicKey {
            fingerprint: signer.public_key().fingerprint(),
            key: signer.public_key(),
            from: start(),
            until: start().plus_days(1),
        });
        let mut previous = None;
        for hour in 0..HOURS {
            let files = if hour == 2 { 0 } else { 2 };
            let files: Vec<_> = (0..files).map(|n| archive.add_file(hour, n)).collect();
            previous = Some(archive.add_digest(hour, previous, files));
        }
        archive.add_file(HOURS, 0);
        archive
    }

    fn add_file(&mut self, hour: i64, number: i64) -> DigestedFile {
        let object = file_object(hour, number);
        let time = start().plus_seconds(hour * HOUR + 10 + number);
        let mut builder = LogFileBuilder::default();
        let record = format!("{{\"eventID\":\"{hour}-{number}\"}}");
        builder.add(record.as_bytes(), time).unwrap();
        let made = builder.finish().unwrap().unwrap();
        self.put(&object, made.file, BTreeMap::new());
        DigestedFile {
            bucket: "logs".to_owned(),
            object,
            hash: made.hash,
            newest_and_oldest: (time, time),
        }
    }

    fn add_digest(
        &mut self,
        hour: i64,
        previous: Option<PreviousDigest>,
        log_files: Vec<DigestedFile>,
    ) -> PreviousDigest {
        let digest = Digest {
            account: "111122223333".parse().unwrap(),
            start: start().plus_seconds(hour * HOUR),
            end: start().plus_seconds((hour + 1) * HOUR),
            bucket: "logs".to_owned(),
            object: digest_object(hour),
            fingerprint: SIGNERS[0].public_key().fingerprint(),
            newest_and_oldest: log_files.first().map(|f| f.newest_and_oldest),
            previous,
            log_files,
        };
        self.sign(&digest_object(hour), &digest, &SIGNERS[0])
    }

    /// Writes a digest and signs it; also one that a thief of another key makes.
    fn sign(&mut self, object: &str, digest: &Digest, signer: &DigestSigner) -> PreviousDigest {
        let content = digest.to_bytes().unwrap();
        let hash = sha256(&content);
        let signature = signer.sign(&digest.string_to_sign(&hash)).unwrap();
        let metadata = [
            ("signature".to_owned(), signature.clone()),
            ("signature-algorithm".to_owned(), "SHA256withRSA".to_owned()),
        ];
        self.put(object, compress(&content).unwrap(), metadata.into());
        PreviousDigest {
            bucket: "logs".to_owned(),
            object: object.to_owned(),
            hash,
            signature,
        }
    }

    fn put(&mut self, object: &str, bytes: Vec<u8>, metadata: BTreeMap<String, String>) {
        let object = object.to_owned();
        self.objects.insert(object, Object { bytes, metadata });
    }

    fn remove(&mut self, object: &str) -> Object {
        self.objects.remove(object).unwrap()
    }

    fn bytes(&mut self, object: &str) -> &mut Vec<u8> {
        &mut self.objects.get_mut(object).unwrap().bytes
    }

    fn metadata(&mut self, hour: i64) -> &mut BTreeMap<String, String> {
        &mut self.objects.get_mut(&digest_object(hour)).unwrap().metadata
    }

    /// The content of an object, changed.
    fn edit(&mut self, object: &str, from: &str, to: &str) {
        let content = decompress(self.bytes(object), 1 << 20).unwrap();
        let text = String::from_utf8(content).unwrap();
        assert!(text.contains(from), "{text}");
        *self.bytes(object) = compress(text.replace(from, to).as_bytes()).unwrap();
    }

    /// A digest again, changed and signed by its own key: what only CloudTrail itself could do.
    fn forge(&mut self, hour: i64, change: impl FnOnce(&mut Digest)) {
        let object = digest_object(hour);
        let content = decompress(self.bytes(&object), 1 << 20).unwrap();
        let mut digest = Digest::from_bytes(&content).unwrap();
        change(&mut digest);
        self.sign(&object, &digest, &SIGNERS[0]);
    }

    /// All that verification says.
    fn verify(&self) -> (Vec<Finding>, u64) {
        let mut chains: BTreeMap<ChainName, Vec<_>> = BTreeMap::new();
        let mut files: BTreeMap<Holder, BTreeMap<String, Timestamp>> = BTreeMap::new();
        for (object, found) in &self.objects {
            match FoundName::parse(object) {
                Some(FoundName::Digest { chain, end }) => {
                    let read =
                        read_digest(object, chain.clone(), end, &found.bytes, &found.metadata);
                    chains.entry(chain).or_default().push(read);
                }
                Some(FoundName::LogFile { holder, time }) => {
                    files
                        .entry(holder)
                        .or_default()
                        .insert(object.clone(), time);
                }
                None => {}
            }
        }
        let listed = |object: &str| self.objects.contains_key(object);
        let (mut findings, mut named) = (Vec::new(), HashSet::new());
        let mut ends = BTreeMap::new();
        for (chain, digests) in &chains {
            let verdict = verify_chain("logs", &self.keys, digests, &listed);
            findings.extend(verdict.findings);
            for file in verdict.log_files {
                named.insert(file.object.as_str());
                let bytes = self.objects.get(&file.object);
                findings.extend(check_log_file(file, bytes.map(|o| o.bytes.as_slice())).err());
            }
            ends.insert(chain.holder.clone(), digests.last().map(|d| d.end));
        }
        let mut pending = 0;
        for (holder, files) in &files {
            let end = ends.get(holder).copied().flatten();
            // As if it were looked at right after the newest file came.
            let now = files.values().copied().max().unwrap_or_else(start);
            let told = unattested(holder, files, &named, end, now);
            pending += told.pending;
            findings.extend(told.findings);
        }
        (findings, pending)
    }

    fn kinds(&self) -> BTreeSet<Kind> {
        self.verify().0.into_iter().map(|f| f.kind).collect()
    }
}

fn sha256(bytes: &[u8]) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    hash.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn a_whole_archive_is_clean() {
    let (findings, pending) = Archive::whole().verify();
    assert_eq!((findings, pending), (vec![], 1));
}

#[test]
fn every_alteration_is_found() {
    type Alteration = fn(&mut Archive);
    let cases: [(&str, Alteration, &[Kind]); 31] = [
        (
            "a log file removed",
            |a| drop(a.remove(&file_object(1, 0))),
            &[Kind::LogFileMissing],
        ),
        (
            "a record changed",
            |a| a.edit(&file_object(1, 0), "1-0", "1-x"),
            &[Kind::LogFileHash],
        ),
        (
            "bytes behind a log file",
            |a| a.bytes(&file_object(1, 0)).push(0),
            &[Kind::LogFileTrailingData],
        ),
        (
            "a second gzip member behind a log file",
            |a| {
                let more = compress(b"{\"Records\":[]}").unwrap();
                a.bytes(&file_object(1, 0)).extend(more);
            },
            &[Kind::LogFileTrailingData],
        ),
        (
            "a log file cut short",
            |a| a.bytes(&file_object(1, 0)).truncate(40),
            &[Kind::LogFileDamaged],
        ),
        (
            "a log file in the place of another",
            |a| *a.bytes(&file_object(1, 0)) = a.objects[&file_object(1, 1)].bytes.clone(),
            &[Kind::LogFileHash],
        ),
        (
            "a log file put in",
            |a| drop(a.add_file(1, 7)),
            &[Kind::LogFileUnattested],
        ),
        (
            "a log file moved",
            |a| {
                let moved = a.remove(&file_object(1, 0));
                a.put(&file_object(1, 7), moved.bytes, BTreeMap::new());
            },
            &[Kind::LogFileMissing, Kind::LogFileUnattested],
        ),
        (
            "a digest removed",
            |a| drop(a.remove(&digest_object(1))),
            &[Kind::DigestMissing, Kind::LogFileUnattested],
        ),
        (
            "the first digest removed",
            |a| drop(a.remove(&digest_object(0))),
            &[Kind::DigestMissing, Kind::LogFileUnattested],
        ),
        (
            "the newest digest removed, which a later log file shows only when it is overdue",
            |a| {
                a.remove(&digest_object(3));
                a.remove(&digest_object(2));
                a.remove(&digest_object(1));
            },
            &[Kind::DigestsEnd, Kind::LogFileUnattested],
        ),
        (
            "all digests removed",
            |a| (0..HOURS).for_each(|hour| drop(a.remove(&digest_object(hour)))),
            &[Kind::LogFileUnattested],
        ),
        (
            "a digest changed",
            |a| {
                a.edit(
                    &digest_object(1),
                    "\"oldestEventTime\"",
                    " \"oldestEventTime\"",
                )
            },
            &[
                Kind::DigestSignature,
                Kind::PreviousHash,
                Kind::LogFileUnattested,
            ],
        ),
        (
            "a file taken off a digest's list",
            |a| {
                let other = a.objects[&digest_object(2)].bytes.clone();
                *a.bytes(&digest_object(1)) = other;
            },
            &[
                Kind::DigestMoved,
                Kind::PreviousHash,
                Kind::LogFileUnattested,
            ],
        ),
        (
            "bytes behind a digest",
            |a| a.bytes(&digest_object(1)).push(0),
            &[Kind::DigestTrailingData, Kind::LogFileUnattested],
        ),
        (
            "a digest cut short",
            |a| a.bytes(&digest_object(1)).truncate(40),
            &[Kind::DigestDamaged, Kind::LogFileUnattested],
        ),
        (
            "a digest that is no digest",
            |a| a.edit(&digest_object(1), "SHA256withRSA", "MD5withRSA"),
            &[Kind::DigestFormat, Kind::LogFileUnattested],
        ),
        (
            "a digest renamed",
            |a| {
                let moved = a.remove(&digest_object(3));
                a.put(&digest_object(4), moved.bytes, moved.metadata);
            },
            &[Kind::DigestMoved, Kind::LogFileUnattested],
        ),
        (
            "a signature changed",
            |a| {
                let signature = a.metadata(1).get_mut("signature").unwrap();
                let other = if signature.starts_with('0') { "1" } else { "0" };
                signature.replace_range(..1, other);
            },
            &[
                Kind::DigestSignature,
                Kind::PreviousSignature,
                Kind::LogFileUnattested,
            ],
        ),
        (
            "a signature that is no signature",
            |a| drop(a.metadata(3).insert("signature".to_owned(), "x".to_owned())),
            &[Kind::DigestSignature, Kind::LogFileUnattested],
        ),
        (
            "another algorithm",
            |a| {
                let other = "SHA1withRSA".to_owned();
                a.metadata(3)
                    .insert("signature-algorithm".to_owned(), other);
            },
            &[Kind::DigestSignature, Kind::LogFileUnattested],
        ),
        (
            "the last digest's metadata removed",
            |a| a.metadata(3).clear(),
            &[Kind::DigestUnsigned, Kind::LogFileUnattested],
        ),
        (
            "signed by another key under the fingerprint of ours",
            |a| {
                let content = decompress(a.bytes(&digest_object(3)), 1 << 20).unwrap();
                let digest = Digest::from_bytes(&content).unwrap();
                a.sign(&digest_object(3), &digest, &SIGNERS[1]);
            },
            &[Kind::DigestSignature, Kind::LogFileUnattested],
        ),
        (
            "signed by another key under its own fingerprint",
            |a| {
                let content = decompress(a.bytes(&digest_object(3)), 1 << 20).unwrap();
                let mut digest = Digest::from_bytes(&content).unwrap();
                digest.fingerprint = SIGNERS[1].public_key().fingerprint();
                a.sign(&digest_object(3), &digest, &SIGNERS[1]);
            },
            &[Kind::DigestKeyUnknown, Kind::LogFileUnattested],
        ),
        (
            "a key of another time",
            |a| {
                let signer = SIGNERS[0].public_key();
                a.keys = PublicKeys::default();
                a.keys.add(PublicKey {
                    fingerprint: signer.fingerprint(),
                    key: signer,
                    from: start().plus_days(7),
                    until: start().plus_days(8),
                });
            },
            &[Kind::DigestKeyTime, Kind::LogFileUnattested],
        ),
        (
            "an older digest signed anew, which validate-logs does not see",
            |a| a.forge(1, |digest| digest.log_files.truncate(1)),
            &[
                Kind::PreviousHash,
                Kind::PreviousSignature,
                Kind::LogFileUnattested,
            ],
        ),
        (
            "a wrong hash of the predecessor, signed",
            |a| {
                a.forge(3, |digest| {
                    digest.previous.as_mut().unwrap().hash = "00".to_owned();
                });
            },
            &[Kind::PreviousHash],
        ),
        (
            "a chain that leaves a digest out, signed",
            |a| {
                let first = a.objects[&digest_object(0)].metadata["signature"].clone();
                let content = decompress(a.bytes(&digest_object(0)), 1 << 20).unwrap();
                a.forge(2, |digest| {
                    digest.previous = Some(PreviousDigest {
                        bucket: "logs".to_owned(),
                        object: digest_object(0),
                        hash: sha256(&content),
                        signature: first,
                    });
                });
                let signed = a.objects[&digest_object(2)].metadata["signature"].clone();
                let content = decompress(a.bytes(&digest_object(2)), 1 << 20).unwrap();
                a.forge(3, |digest| {
                    let previous = digest.previous.as_mut().unwrap();
                    previous.signature = signed;
                    previous.hash = sha256(&content);
                });
            },
            &[Kind::DigestUnlinked, Kind::Gap],
        ),
        (
            "a chain that starts anew",
            |a| a.forge(3, |digest| digest.previous = None),
            &[Kind::Gap],
        ),
        (
            "a time between two digests",
            |a| a.forge(3, |digest| digest.start = digest.start.plus_seconds(60)),
            &[Kind::Gap],
        ),
        (
            "a digest of late deliveries that does not say when it was made",
            |a| {
                let object = digest_object(3).replace(".json.gz", "_backfill.json.gz");
                let digest = Digest {
                    account: "111122223333".parse().unwrap(),
                    start: start(),
                    end: start().plus_seconds(4 * HOUR),
                    bucket: "logs".to_owned(),
                    object: object.clone(),
                    fingerprint: SIGNERS[0].public_key().fingerprint(),
                    newest_and_oldest: None,
                    previous: None,
                    log_files: Vec::new(),
                };
                a.sign(&object, &digest, &SIGNERS[0]);
            },
            &[Kind::DigestFormat],
        ),
    ];
    for (what, alter, expect) in cases {
        let mut archive = Archive::whole();
        alter(&mut archive);
        let expect: BTreeSet<_> = expect.iter().copied().collect();
        assert_eq!(archive.kinds(), expect, "{what}");
    }
}

/// As `aws s3 sync` copies it: the next digest repeats the signature of each.
#[test]
fn a_copy_without_metadata_is_verified_but_for_its_last_digest() {
    let mut archive = Archive::whole();
    (0..HOURS - 1).for_each(|hour| archive.metadata(hour).clear());
    assert_eq!(archive.kinds(), BTreeSet::new());
    archive.edit(&digest_object(1), "1/", "2/");
    assert!(archive.kinds().contains(&Kind::DigestMoved));
    let mut archive = Archive::whole();
    (0..HOURS - 1).for_each(|hour| archive.metadata(hour).clear());
    archive.edit(&digest_object(1), "\"logFiles\"", " \"logFiles\"");
    let expect = [
        Kind::DigestSignature,
        Kind::DigestUnsigned,
        Kind::PreviousHash,
        Kind::LogFileUnattested,
    ];
    assert_eq!(archive.kinds(), expect.into());
}

/// Late deliveries have a chain of their own, whose keys are those of the time it was made.
#[test]
fn digests_of_late_deliveries_are_a_chain_of_their_own() {
    let object = |hour| digest_object(hour).replace(".json.gz", "_backfill.json.gz");
    for (made, expect) in [
        ("2026-01-06T09:00:00Z", BTreeSet::new()),
        ("2026-01-06T11:30:00Z", [Kind::DigestKeyTime].into()),
        ("yesterday", [Kind::DigestFormat].into()),
    ] {
        let mut archive = Archive::whole();
        let mut previous = None;
        for hour in [0, 2] {
            let late = archive.add_file(hour, 9);
            let digest = Digest {
                account: "111122223333".parse().unwrap(),
                start: start().plus_seconds(hour * HOUR),
                end: start().plus_seconds((hour + 2) * HOUR),
                bucket: "logs".to_owned(),
                object: object(hour),
                fingerprint: SIGNERS[0].public_key().fingerprint(),
                newest_and_oldest: Some(late.newest_and_oldest),
                previous: previous.take(),
                log_files: vec![late],
            };
            previous = Some(archive.sign(&object(hour), &digest, &SIGNERS[0]));
            let metadata = &mut archive.objects.get_mut(&object(hour)).unwrap().metadata;
            metadata.insert("backfill-generation-timestamp".to_owned(), made.to_owned());
        }
        let mut kinds = archive.kinds();
        if !expect.is_empty() {
            assert!(kinds.remove(&Kind::LogFileUnattested), "{made}");
        }
        assert_eq!(kinds, expect, "{made}");
    }
}

#[test]
fn the_reference_is_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/reference/trail-findings.md");
    let page = reference();
    if std::env::var_os("CLAVIGER_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == page,
        "docs/reference/trail-findings.md is not current: CLAVIGER_WRITE_REFERENCE=1 writes it"
    );
}

/// Where there never was a digest, only the present tells that one is missing.
#[test]
fn files_without_any_digest_wait_for_one_only_so_long() {
    let holder = Holder {
        prefix: None,
        organization: None,
        account: "444455556666".parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
    };
    let files = BTreeMap::from([("AWSLogs/file".to_owned(), start())]);
    for (seconds, pending) in [(0, 1), (2 * HOUR, 1), (2 * HOUR + 1, 0), (200 * HOUR, 0)] {
        let now = start().plus_seconds(seconds);
        let told = unattested(&holder, &files, &HashSet::new(), None, now);
        assert_eq!(told.pending, pending, "{seconds}");
        let kinds: Vec<_> = told.findings.iter().map(|f| f.kind).collect();
        let expected = [claviger_trail::verification::FindingKind::LogFileUnattested];
        assert_eq!(
            kinds,
            &expected[usize::try_from(pending).unwrap()..],
            "{seconds}"
        );
    }
}
