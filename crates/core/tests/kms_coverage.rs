//! What of KMS is served: every error that the model lists for an operation is brought about, or has a
//! reason why it cannot be (`testdata/kms/errors.tsv`); `docs/reference/kms-coverage.md` is made of
//! what came of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod key_states;

use claviger_core::kms::SERVED;
use claviger_model::{KMS, Operation};
use key_states::{Fixture, Kind, requests};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const LONG: usize = 32_769;

/// One row of the file.
struct Row {
    operation: &'static str,
    error: &'static str,
    key: &'static str,
    rest: &'static str,
}

fn rows() -> Vec<Row> {
    let text = include_str!("../../../testdata/kms/errors.tsv");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let fields: Vec<&'static str> = line.split('\t').collect();
            let [operation, error, key, rest] = fields[..] else {
                panic!("{line}");
            };
            Row {
                operation,
                error,
                key,
                rest,
            }
        })
        .collect()
}

/// What came of one error of one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Tested,
    Never(&'static str),
}

fn served(operation: &str) -> bool {
    SERVED.iter().any(|row| row.name == operation)
}

/// A request that is answered, for operations that the table of key states does not have.
fn without_key(operation: &str) -> Value {
    match operation {
        "GenerateRandom" => json!({"NumberOfBytes": 1}),
        _ => json!({}),
    }
}

fn merged(mut input: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => {
                input.as_object_mut().unwrap().remove(name);
            }
            value => input[name] = value.clone(),
        }
    }
    input
}

/// Carries a row out, and returns the code of the refusal.
fn carry_out(operation: &str, row: &Row, fixture: &mut Fixture) -> String {
    let origin = match row.key {
        "PendingImport" => "EXTERNAL",
        _ => "AWS_KMS",
    };
    let kind = Kind::of(operation, origin);
    let state = match row.key {
        "Mac" | "Symmetric" => "Enabled",
        state => state,
    };
    let replica = operation == "UpdatePrimaryRegion";
    let key = fixture.key(kind, state, replica);
    let other = fixture.key(kind, "Enabled", false);
    let pointed = match row.key {
        "Mac" => Some(fixture.key(Kind::Mac, "Enabled", false)),
        "Symmetric" => Some(fixture.key(Kind::Symmetric, "Enabled", false)),
        _ => None,
    };
    let known = requests(operation, &key, &other);
    let mut input = known.map_or_else(|| without_key(operation), |all| all[0].0.clone());
    let mut text = row.rest.to_owned();
    for (name, value) in [
        ("$OTHER_ALIAS", other.alias.as_str()),
        ("$ALIAS", &key.alias),
        ("$OTHER", &other.arn),
        ("$KEY", &key.arn),
        ("$LONG", &"x".repeat(LONG)),
        ("$POINTED", pointed.as_ref().map_or("", |p| &p.arn)),
    ] {
        text = text.replace(&format!("\"{name}\""), &json!(value).to_string());
    }
    if let Some(pointed) = &pointed
        && input["KeyId"].is_string()
    {
        input["KeyId"] = json!(pointed.arn);
    }
    let input = merged(input, serde_json::from_str(&text).unwrap());
    match fixture.call(operation, input.clone()) {
        Ok(_) => "success".to_owned(),
        Err((code, text)) => {
            let shown = if code == "ValidationException" {
                text
            } else {
                String::new()
            };
            format!("{code}{shown}")
        }
    }
}

fn is_in_test(file: &str, code: &str) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(file);
    std::fs::read_to_string(path).is_ok_and(|text| text.contains(code))
}

/// The row of an error of an operation: its own before the general one.
fn find<'r>(rows: &'r [Row], operation: &str, error: &str) -> Option<&'r Row> {
    let named = |name: &str| {
        rows.iter()
            .find(|row| row.operation == name && row.error == error)
    };
    named(operation).or_else(|| named("*"))
}

type Coverage = BTreeMap<&'static str, Vec<(&'static str, Found)>>;

fn covered(
    operation: &'static Operation,
    rows: &[Row],
    fixture: &mut Fixture,
) -> Result<Vec<(&'static str, Found)>, Vec<String>> {
    let (mut found, mut gaps) = (Vec::new(), Vec::new());
    for shape in operation.errors {
        let error = shape.name.trim_end_matches("Exception");
        let title = format!("{} {error}", operation.name);
        match find(rows, operation.name, error) {
            None => gaps.push(format!("{title}: no row")),
            Some(row) if row.key == "never" => found.push((error, Found::Never(row.rest))),
            Some(row) if row.key == "test" => {
                if is_in_test(row.rest, shape.name) {
                    found.push((error, Found::Tested));
                } else {
                    gaps.push(format!("{title}: not in {}", row.rest));
                }
            }
            Some(row) => match carry_out(operation.name, row, fixture) {
                code if code == shape.code => found.push((error, Found::Tested)),
                code => gaps.push(format!("{title}: {code}")),
            },
        }
    }
    if gaps.is_empty() {
        Ok(found)
    } else {
        Err(gaps)
    }
}

#[test]
fn every_error_is_brought_about_or_explained() {
    let rows = rows();
    let mut fixture = Fixture::new();
    let (mut coverage, mut gaps) = (Coverage::new(), Vec::new());
    for operation in KMS.operations.iter().filter(|o| served(o.name)) {
        match covered(operation, &rows, &mut fixture) {
            Ok(found) => {
                coverage.insert(operation.name, found);
            }
            Err(found) => gaps.extend(found),
        }
    }
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
    is_current(&page(&coverage));
}

/// Each row is of an error that the model lists for the operation.
#[test]
fn no_row_is_of_nothing() {
    for row in rows() {
        let named = |o: &&Operation| row.operation == "*" || row.operation == o.name;
        let lists = |o: &Operation| {
            let mut names = o
                .errors
                .iter()
                .map(|e| e.name.trim_end_matches("Exception"));
            names.any(|name| name == row.error)
        };
        let known = KMS.operations.iter().filter(named).any(lists);
        assert!(known, "{} {}", row.operation, row.error);
    }
}

const HEAD: &str = "\
# What is served of AWS KMS

Made by `crates/core/tests/kms_coverage.rs` of a run: each error in the third column was brought about by a
request and had AWS's code; `testdata/kms/errors.tsv` has the requests. Errors stand without `Exception`, as the
model of botocore 1.44.8 lists them. `AccessDenied`, `Validation` and `Throttling` belong to every operation and are
no part of the model: `authorization_matrix.rs`, `kms_errors.rs` and `kms_quotas.rs` show them.

An operation of the model that is not served is answered like one that does not exist: `UnknownOperationException`,
400, without text. `UnsupportedOperationException` would say that the operation is there and the key unfit for it.
`claviger services` lists what a release serves.

Custom key stores are not offered yet. Their six operations are served as for an account whose clusters and proxies
cannot be reached: requests are checked and authorised, and no store comes to be.

";

fn page(coverage: &Coverage) -> String {
    let mut reasons: Vec<&'static str> = Vec::new();
    let mut text = HEAD.to_owned();
    let served = KMS.operations.iter().filter(|o| served(o.name)).count();
    let _ = write!(
        text,
        "{served} of {} operations are served.\n\n| operation | served | errors brought about | errors that \
         cannot occur, and why |\n|---|---|---|---|\n",
        KMS.operations.len()
    );
    for operation in KMS.operations {
        let Some(found) = coverage.get(operation.name) else {
            let _ = writeln!(text, "| {} | no | | |", operation.name);
            continue;
        };
        let (mut tested, mut never) = (Vec::new(), Vec::new());
        for (error, what) in found {
            match what {
                Found::Tested => tested.push((*error).to_owned()),
                Found::Never(reason) => {
                    let known = reasons.iter().position(|known| known == reason);
                    let at = known.unwrap_or_else(|| {
                        reasons.push(reason);
                        reasons.len() - 1
                    });
                    never.push(format!("{error} ({})", at + 1));
                }
            }
        }
        let _ = writeln!(
            text,
            "| {} | yes | {} | {} |",
            operation.name,
            tested.join(", "),
            never.join(", ")
        );
    }
    text.push_str("\nReasons:\n\n");
    for (at, reason) in reasons.iter().enumerate() {
        let _ = writeln!(text, "{}. {reason}", at + 1);
    }
    text.push_str(&moto());
    text
}

/// The answers of moto beside ours, as `bench/kms_beside_moto.py` found them.
fn moto() -> String {
    let path = root().join("testdata/kms/beside-moto.md");
    std::fs::read_to_string(path).map_or_else(|_| String::new(), |table| format!("\n{table}"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn is_current(page: &str) {
    let path = root().join("docs/reference/kms-coverage.md");
    if std::env::var_os("CLAVIGER_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, page).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == page,
        "docs/reference/kms-coverage.md is not current: CLAVIGER_WRITE_REFERENCE=1 writes it"
    );
}
