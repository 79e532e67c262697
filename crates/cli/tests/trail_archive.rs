//! `trail verify` and `trail query` on an archive in a directory, made here with a key of its own, and
//! the AWS CLI's validator on the same digests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use claviger_trail::archive::{
    Digest, DigestName, DigestSigner, DigestedFile, LogFileBuilder, LogFileName, PreviousDigest,
    PublicKey, PublicKeys, TrailPlace, compress, content_hash,
};
use claviger_types::Timestamp;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use support::{claviger, command};
use tempfile::TempDir;

const HOURS: i64 = 3;
const HOUR: i64 = 3600;
const BUCKET: &str = "logs";

struct Archive {
    outer: TempDir,
    signer: DigestSigner,
}

fn start() -> Timestamp {
    "2026-01-05T10:00:00Z".parse().unwrap()
}

fn trail() -> TrailPlace {
    TrailPlace {
        bucket: BUCKET.to_owned(),
        prefix: None,
        organization: None,
        trail: "trail".to_owned(),
        home_region: "us-east-1".parse().unwrap(),
    }
}

fn log_file(hour: i64, number: i64) -> String {
    trail().log_file(&LogFileName {
        account: "111122223333".parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        time: start().plus_seconds(hour * HOUR + 300 * (number + 1)),
        unique: format!("{number:016}"),
    })
}

/// Two records in each file: a Decrypt that was allowed, one that was refused.
fn records(hour: i64, number: i64) -> Vec<(String, Timestamp)> {
    let record = |at: i64, error: &str| {
        let time = start().plus_seconds(hour * HOUR + 300 * number + at);
        let text = format!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/u{number}"}},"eventTime":"{time}","eventSource":"kms.amazonaws.com","eventName":"Decrypt","awsRegion":"us-east-1","sourceIPAddress":"10.0.{hour}.{number}",{error}"requestParameters":{{"encryptionContext":{{"tenant":"t{number}"}},"keyId":"alias/a{hour}"}},"requestID":"r-{hour}-{number}-{at}","eventID":"e-{hour}-{number}-{at}","recipientAccountId":"111122223333"}}"#
        );
        (text, time)
    };
    let refused = r#""errorCode":"AccessDenied","errorMessage":"=HYPERLINK(\"x\")","#;
    vec![record(10, ""), record(20, refused)]
}

impl Archive {
    fn new() -> Self {
        let signer = DigestSigner::from_bytes(DigestSigner::generate().unwrap().expose()).unwrap();
        let archive = Self {
            outer: tempfile::tempdir().unwrap(),
            signer,
        };
        let mut previous = None;
        for hour in 0..HOURS {
            let files: Vec<_> = (0..2).map(|n| archive.add_file(hour, n)).collect();
            previous = Some(archive.add_digest(hour, previous, files));
        }
        let mut keys = PublicKeys::default();
        keys.add(PublicKey {
            fingerprint: archive.signer.public_key().fingerprint(),
            key: archive.signer.public_key(),
            from: start(),
            until: start().plus_days(1),
        });
        fs::write(archive.keys(), keys.to_json().unwrap()).unwrap();
        archive
    }

    fn root(&self) -> PathBuf {
        self.outer.path().join("archive")
    }

    fn keys(&self) -> PathBuf {
        self.outer.path().join("keys.json")
    }

    fn path(&self, object: &str) -> PathBuf {
        self.root().join(object)
    }

    fn put(&self, object: &str, bytes: &[u8]) {
        let path = self.path(object);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn add_file(&self, hour: i64, number: i64) -> DigestedFile {
        let mut builder = LogFileBuilder::default();
        for (record, time) in records(hour, number) {
            builder.add(record.as_bytes(), time).unwrap();
        }
        let made = builder.finish().unwrap().unwrap();
        let object = log_file(hour, number);
        self.put(&object, &made.file);
        DigestedFile {
            bucket: BUCKET.to_owned(),
            object,
            hash: made.hash,
            newest_and_oldest: (made.newest, made.oldest),
        }
    }

    fn add_digest(
        &self,
        hour: i64,
        previous: Option<PreviousDigest>,
        log_files: Vec<DigestedFile>,
    ) -> PreviousDigest {
        let end = start().plus_seconds((hour + 1) * HOUR);
        let object = trail().digest(&DigestName {
            account: "111122223333".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            end,
        });
        let digest = Digest {
            account: "111122223333".parse().unwrap(),
            start: end.plus_seconds(-HOUR),
            end,
            bucket: BUCKET.to_owned(),
            object: object.clone(),
            fingerprint: self.signer.public_key().fingerprint(),
            newest_and_oldest: log_files.first().map(|f| f.newest_and_oldest),
            previous,
            log_files,
        };
        let file = compress(&digest.to_bytes().unwrap()).unwrap();
        let hash = content_hash(&file).unwrap();
        let signature = self.signer.sign(&digest.string_to_sign(&hash)).unwrap();
        let metadata =
            format!(r#"{{"signature":"{signature}","signature-algorithm":"SHA256withRSA"}}"#);
        self.put(&format!("{object}.metadata.json"), metadata.as_bytes());
        self.put(&object, &file);
        PreviousDigest {
            bucket: BUCKET.to_owned(),
            object,
            hash,
            signature,
        }
    }

    fn verify(&self, more: &[&str]) -> Output {
        let (root, keys) = (self.root(), self.keys());
        let mut arguments = vec!["trail", "verify", "--archive", root.to_str().unwrap()];
        arguments.extend(["--keys", keys.to_str().unwrap()]);
        arguments.extend(more);
        claviger(&arguments)
    }

    fn report(&self, more: &[&str], exit: i32) -> Value {
        let output = self.verify(&[more, &["--output", "json"]].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{more:?}: {error}");
        let mut report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["archive"].take()
    }

    fn query(&self, more: &[&str]) -> Output {
        let root = self.root();
        let mut arguments = vec!["trail", "query", "--archive", root.to_str().unwrap()];
        arguments.extend(more);
        claviger(&arguments)
    }

    /// The ids of the records that a query lists.
    fn ids(&self, more: &[&str]) -> Vec<String> {
        let output = self.query(&[more, &["--output", "json"]].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{more:?}: {error}");
        let records: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        let id = |record: &Value| record["eventID"].as_str().unwrap().to_owned();
        records.iter().map(id).collect()
    }
}

fn kinds(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|f| f["kind"].as_str().unwrap()).collect()
}

#[test]
fn a_whole_archive_is_intact() {
    let archive = Archive::new();
    let report = archive.report(&[], 0);
    assert_eq!(report["clean"], true);
    assert_eq!(report["bucket"], BUCKET);
    assert_eq!(report["digests"]["valid"], HOURS);
    assert_eq!(report["logFiles"]["valid"], 2 * HOURS);
    let chain = &report["chains"][0];
    assert_eq!(chain["account"], "111122223333");
    assert_eq!(chain["from"], "2026-01-05T10:00:00Z");
    assert_eq!(chain["to"], "2026-01-05T13:00:00Z");
    let told = archive.verify(&[]);
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.starts_with("intact: archive "), "{told}");
    assert!(
        told.contains("3 of 3 digests and 6 of 6 log files valid"),
        "{told}"
    );
}

#[test]
fn a_part_of_it_is_verified_by_itself() {
    let archive = Archive::new();
    for (more, digests, files) in [
        (&["--since", "2026-01-05T12:30:00Z"][..], 2, 4),
        (&["--until", "2026-01-05T10:30:00Z"], 1, 2),
        (
            &["--account", "111122223333", "--in-region", "us-east-1"],
            3,
            6,
        ),
    ] {
        let report = archive.report(more, 0);
        assert_eq!(report["digests"]["valid"], digests, "{more:?}");
        assert_eq!(report["logFiles"]["valid"], files, "{more:?}");
    }
    let output = archive.verify(&["--account", "222233334444"]);
    assert_eq!(output.status.code(), Some(3));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("there is no log file and no digest in"),
        "{error}"
    );
}

#[test]
fn what_was_altered_is_found() {
    let archive = Archive::new();
    fs::remove_file(archive.path(&log_file(1, 0))).unwrap();
    archive.put(&log_file(0, 7), b"x");
    archive.put("AWSLogs/readme.txt", b"x");
    let report = archive.report(&[], 1);
    assert_eq!(kinds(&report), ["log-file-missing", "log-file-unattested"]);
    assert_eq!(report["findings"][0]["object"], log_file(1, 0));
    assert_eq!(report["logFiles"]["invalid"], 1);
    assert_eq!(report["logFiles"]["unattested"], 1);
    let told = String::from_utf8(archive.verify(&[]).stdout).unwrap();
    assert!(told.starts_with("NOT INTACT: "), "{told}");
    assert!(told.contains("finding: "), "{told}");
    let report = archive.report(&["--bucket", "other"], 1);
    assert!(kinds(&report).contains(&"digest-moved"));
}

#[test]
fn an_interrupted_verification_goes_on() {
    let archive = Archive::new();
    let state = archive.outer.path().join("state");
    let path = state.to_str().unwrap();
    // What a run leaves that was killed: the first log file is done.
    let file = archive.path(&log_file(0, 0));
    let metadata = fs::metadata(&file).unwrap();
    let changed = metadata.modified().unwrap();
    let changed = changed.duration_since(std::time::UNIX_EPOCH).unwrap();
    let version = format!("{}-{}", metadata.len(), changed.as_nanos());
    let hash = content_hash(&fs::read(&file).unwrap()).unwrap();
    let root = archive.root();
    let left = |bucket: &str| {
        format!(
            "{{\"format\":1,\"archive\":{:?},\"bucket\":\"{bucket}\"}}\n{{\"object\":{:?},\"hash\":\"{hash}\",\"version\":\"{version}\"}}\n{{\"obj",
            root.to_str().unwrap(),
            log_file(0, 0)
        )
    };
    fs::write(&state, left(BUCKET)).unwrap();
    let report = archive.report(&["--state", path], 0);
    assert_eq!(report["logFiles"]["resumed"], 1);
    assert_eq!(report["logFiles"]["valid"], 2 * HOURS);
    assert!(!state.exists(), "a state that is used up stays");
    fs::write(&state, left("other")).unwrap();
    let output = archive.verify(&["--state", path]);
    assert_eq!(output.status.code(), Some(2));
    // A file that was changed after it was done is read again.
    fs::write(&state, left(BUCKET)).unwrap();
    fs::write(&file, compress(b"{\"Records\":[]}").unwrap()).unwrap();
    let report = archive.report(&["--state", path], 1);
    assert_eq!(kinds(&report), ["log-file-hash"]);
}

#[test]
fn wrong_uses_are_told() {
    let archive = Archive::new();
    let keys = archive.outer.path().join("no-keys.json");
    fs::write(&keys, "[]").unwrap();
    let root = archive.root();
    let root = root.to_str().unwrap();
    for (arguments, exit, part) in [
        (
            &["trail", "verify", "--archive", "/nonexistent"][..],
            3,
            "/nonexistent: No such file",
        ),
        (
            &["trail", "verify", "--archive", "/dev/null"],
            2,
            "is no directory",
        ),
        (
            &[
                "trail",
                "verify",
                "--archive",
                root,
                "--keys",
                keys.to_str().unwrap(),
            ],
            2,
            "this is no list of public keys",
        ),
        (
            &[
                "trail",
                "verify",
                "--dir",
                "/nonexistent",
                "--since",
                "2026-01-05T10:00:00Z",
            ],
            2,
            "name an archive with --archive",
        ),
        (
            &["trail", "query", "--archive", root, "--follow"],
            2,
            "with --dir",
        ),
        (
            &["trail", "query", "--archive", root, "--context", "x"],
            2,
            "is KEY=VALUE",
        ),
        (
            &[
                "trail",
                "query",
                "--archive",
                root,
                "--source-address",
                "1/2",
            ],
            2,
            "is no address",
        ),
    ] {
        let output = claviger(arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {error}");
        assert!(error.contains(part), "{arguments:?}: {error}");
    }
}

#[test]
fn records_are_found_by_every_filter() {
    let archive = Archive::new();
    let all = archive.ids(&[]);
    assert_eq!(all.len(), 12);
    assert_eq!(
        (all[0].as_str(), all[11].as_str()),
        ("e-0-0-10", "e-2-1-20")
    );
    for (filter, expect) in [
        (&["--limit", "2"][..], &["e-2-1-10", "e-2-1-20"][..]),
        (&["--since", "2026-01-05T12:05:20Z"], &["e-2-1-20"]),
        (&["--from", "2026-01-05T12:05:20Z"], &["e-2-1-20"]),
        (&["--until", "2026-01-05T10:00:20Z"], &["e-0-0-10"]),
        (
            &["--principal", "user/u1", "--alias", "a2"],
            &["e-2-1-10", "e-2-1-20"],
        ),
        (
            &["--key", "alias/a2", "--error", "none"],
            &["e-2-0-10", "e-2-1-10"],
        ),
        (
            &["--alias", "alias/a0", "--error", "AccessDenied"],
            &["e-0-0-20", "e-0-1-20"],
        ),
        (&["--context", "tenant=t1", "--context", "tenant=t0"], &[]),
        (
            &["--context", "tenant=t1", "--source-address", "10.0.0.0/24"],
            &["e-0-1-10", "e-0-1-20"],
        ),
        (
            &["--request-id", "r-1-1-10", "--account", "111122223333"],
            &["e-1-1-10"],
        ),
        (
            &["--request-id", "r-1-1-10", "--in-region", "us-east-1"],
            &["e-1-1-10"],
        ),
        (&["--account", "222233334444"], &[]),
        (&["--in-region", "eu-west-1"], &[]),
        (&["--event", "Encrypt"], &[]),
    ] {
        assert_eq!(archive.ids(filter), expect, "{filter:?}");
    }
}

#[test]
fn damaged_files_are_told_and_the_others_listed() {
    let archive = Archive::new();
    archive.put(&log_file(1, 0), b"no gzip");
    let odd = compress(br#"{"Records":[{"eventID":"odd","eventTime":"2026-01-05T11:30:00Z"},7]}"#);
    archive.put(&log_file(1, 1), &odd.unwrap());
    let output = archive.query(&["--format", "jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    for part in [&log_file(1, 0), &log_file(1, 1), "record 2: "] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(lines.lines().count(), 9, "{lines}");
    assert!(lines.contains("\"odd\""), "{lines}");
}

#[test]
fn csv_holds_no_formula() {
    let archive = Archive::new();
    let output = archive.query(&["--format", "csv", "--request-id", "r-0-0-20"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.split("\r\n");
    assert!(lines.next().unwrap().starts_with("\"eventTime\","));
    let record = lines.next().unwrap();
    assert!(
        record.contains(",\"AccessDenied\",\"'=HYPERLINK(\"\"x\"\")\","),
        "{record}"
    );
}

/// The AWS CLI's own validator takes each digest, and signs the same text.
#[test]
fn the_aws_cli_agrees() {
    let python =
        std::env::var_os("CLAVIGER_PYTHON").expect("CLAVIGER_PYTHON is not set: run ./check");
    let archive = Archive::new();
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/python/validate_digests.py");
    let run = || {
        command(&python)
            .arg(&script)
            .arg(archive.root())
            .arg(archive.keys())
            .output()
            .unwrap()
    };
    let output = run();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap().trim(),
        "3 valid, 0 invalid"
    );
    let digests: Vec<_> =
        fs::read_dir(archive.path("AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/01/05"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "gz"))
            .collect();
    let changed = fs::read(&digests[0]).unwrap();
    fs::write(&digests[1], changed).unwrap();
    assert_eq!(
        String::from_utf8(run().stdout).unwrap().trim(),
        "2 valid, 1 invalid"
    );
}
