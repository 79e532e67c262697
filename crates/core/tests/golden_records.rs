//! The records of every operation, as they leave the service: of a call that is allowed, of one that is
//! refused, of one from another account that is allowed and of one that is refused. Compared with
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
#[allow(dead_code, unused_imports, reason = "another test uses the rest")]
mod matrix;

use claviger_trail::Record;
use matrix::{Expect, Line, Row, Who, World, lines, rows};
use regex::{Captures, Regex};
use serde_json::{Map, Value};
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
            | (?P<principal>\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16,17}\b)
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

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/records")
}

#[test]
fn the_records_of_every_operation() {
    let write = std::env::var_os("CLAVIGER_WRITE_REFERENCE").is_some();
    let mut expected = BTreeSet::new();
    for ((service, operation), cases) in found() {
        let path = folder().join(service).join(format!("{operation}.json"));
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
