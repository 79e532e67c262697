//! The records of every operation, as they leave the service: of a call that is allowed, of one that is
//! refused, of one from another account that is allowed and of one that is refused; and those of what
//! the service does by itself when its time has come. Compared with
//! `testdata/records`, where each can be read beside AWS's words (KMS Developer Guide, "Logging AWS
//! KMS API calls with AWS CloudTrail"; CloudTrail User Guide, "CloudTrail record contents"). Ids
//! that are drawn at random are numbered in the order in which they appear.
//! What each kind of caller looks like is `claviger-trail`'s tests'.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod directory;
mod importing;
#[allow(dead_code, unused_imports, reason = "another test uses the rest")]
mod matrix;

use claviger_trail::Record;
use importing::Importing;
use matrix::{Expect, Line, Row, Who, World, lines, rows};
use regex::{Captures, Regex};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// One file: cases by name, each with its records.
type Cases = BTreeMap<String, Vec<Value>>;

/// The lines of a row that are shown: the first of each kind.
fn shown(row: &Row) -> Vec<(&'static str, Line)> {
    let mut seen = BTreeSet::new();
    lines(row)
        .into_iter()
        .filter_map(|line| {
            let kind = match (line.who, line.expect) {
                (Who::Worker, Expect::Allowed) => "allowed",
                (Who::Worker, Expect::Implicit(..)) => "refused",
                (Who::Worker, Expect::Explicit(..)) => return None,
                (Who::Outsider, Expect::Allowed) => "allowed, from another account",
                (Who::Outsider, _) => "refused, from another account",
            };
            seen.insert(kind).then_some((kind, line))
        })
        .collect()
}

/// Numbers random ids by kind, in the order in which they appear.
struct Numbered {
    pattern: Regex,
    known: BTreeMap<String, usize>,
}

impl Numbered {
    fn new() -> Self {
        let pattern = r"(?x)
            (?P<key>mrk-[0-9a-f]{32})
            | (?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})
            | (?P<hash>\b[0-9a-f]{64}\b)
            | (?P<principal>\b(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]{16,17}\b)
            | (?P<instance>ssoins-[0-9a-f]{16})
            | (?P<store>\bd-[0-9a-f]{10}\b)
            | (?P<organizations>\b(?:p|rp|car|ou-ab12)-[a-z2-7]{8,32}\b)";
        Self {
            pattern: Regex::new(pattern).unwrap(),
            known: BTreeMap::new(),
        }
    }

    fn text(&mut self, text: &str) -> String {
        let Self { pattern, known } = self;
        let number = |found: &Captures<'_>| {
            let id = found[0].to_owned();
            let next = known.len() + 1;
            let number = *known.entry(id).or_insert(next);
            let kinds = [
                "key",
                "uuid",
                "hash",
                "principal",
                "instance",
                "store",
                "organizations",
            ];
            let kind = kinds.into_iter().find(|kind| found.name(kind).is_some());
            format!("<{} {number}>", kind.unwrap())
        };
        pattern.replace_all(text, number).into_owned()
    }

    fn value(&mut self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(values) => values.into_iter().map(|v| self.value(v)).collect(),
            Value::Object(members) => {
                let members = members.into_iter().map(|(k, v)| (k, self.value(v)));
                Value::Object(members.collect::<Map<_, _>>())
            }
            other => other,
        }
    }
}

fn numbered(records: &[Record]) -> Vec<Value> {
    let mut numbered = Numbered::new();
    let values = records.iter().map(|record| {
        let value = serde_json::from_slice(&record.to_bytes()).unwrap();
        numbered.value(value)
    });
    values.collect()
}

/// What happens, by operation. Each row has a world of its own, so that nothing depends on others.
fn found() -> BTreeMap<(&'static str, &'static str), Cases> {
    let mut found: BTreeMap<_, Cases> = BTreeMap::new();
    let mut requests: BTreeMap<_, usize> = BTreeMap::new();
    let count = rows(&World::new()).len();
    for at in 0..count {
        let mut world = World::new();
        let row = rows(&world).swap_remove(at);
        let operation = (row.service, row.operation);
        let cases = found.entry(operation).or_default();
        let number = requests.entry(operation).or_default();
        *number += 1;
        let more = match *number {
            1 => String::new(),
            // Requests that need other permissions stand in the matrix in this order.
            number => format!(", request {number}"),
        };
        for (kind, line) in shown(&row) {
            let records = world.attempt(&row, &line).records;
            cases.insert(format!("{kind}{more}"), numbered(&records));
        }
    }
    found
}

/// What the service does by itself, by event.
fn service_events() -> Cases {
    let mut s = Importing::new();
    let create = |s: &mut Importing, more: Value| {
        let made = s.done("CreateKey", more);
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    };
    let rotating = create(&mut s, json!({"MultiRegion": true}));
    s.done(
        "ReplicateKey",
        json!({"KeyId": rotating, "ReplicaRegion": "us-west-2"}),
    );
    let deleted = create(&mut s, json!({}));
    let (expiring, given) = s.symmetric();
    s.i.advance_seconds(10);
    s.i.records.clear();
    s.done("RotateKeyOnDemand", json!({"KeyId": rotating}));
    s.i.advance_seconds(10);
    s.done(
        "EnableKeyRotation",
        json!({"KeyId": rotating, "RotationPeriodInDays": 90}),
    );
    let end = s.i.now.plus_days(1).seconds();
    let expires = json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": end});
    s.import(&expiring, &given, &[1; 32], expires).unwrap();
    s.done(
        "ScheduleKeyDeletion",
        json!({"KeyId": deleted, "PendingWindowInDays": 7}),
    );
    s.i.advance_days(91);
    let mut events: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for record in &s.i.records {
        let value: Value = serde_json::from_slice(&record.to_bytes()).unwrap();
        if value["userIdentity"]["invokedBy"] == "AWS Internal" {
            let name = value["eventName"].as_str().unwrap().to_owned();
            events.entry(name).or_default().push(record.clone());
        }
    }
    let cases = events
        .into_iter()
        .map(|(name, records)| (name, numbered(&records)));
    cases.collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/records")
}

#[test]
fn the_records_of_every_operation() {
    let write = std::env::var_os("CLAVIGER_WRITE_REFERENCE").is_some();
    let mut expected = BTreeSet::new();
    let by_itself = [(("kms", "service events"), service_events())];
    for ((service, name), cases) in found().into_iter().chain(by_itself) {
        let path = folder().join(service).join(format!("{name}.json"));
        let text = format!("{}\n", serde_json::to_string_pretty(&cases).unwrap());
        if write {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(text, stored, "{}", path.display());
        expected.insert(path);
    }
    let services = std::fs::read_dir(folder()).unwrap();
    let folders = services.map(|entry| entry.unwrap().path());
    for file in folders.filter(|path| path.is_dir()).flat_map(|path| {
        let files = std::fs::read_dir(path).unwrap();
        files.map(|entry| entry.unwrap().path())
    }) {
        assert!(expected.contains(&file), "{} is of nothing", file.display());
    }
}
