//! Key states and operations: AWS's table "Key states of AWS KMS keys" as data
//! (`testdata/kms/key-states.tsv`), every cell of it run, and that no served operation on a key is
//! missing from it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod key_states;

use claviger_core::kms::SERVED;
use claviger_model::KMS;
use key_states::{Cell, Fixture, Kind, Row, STATES, requests, table};
use std::collections::BTreeSet;

/// Operations that work on no key that is there already.
const WITHOUT_KEY: [&str; 9] = [
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "CreateKey",
    "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "GenerateRandom",
    "ListKeys",
    "UpdateCustomKeyStore",
];

/// States that nothing here leads to: no custom key store can be disconnected.
const UNREACHABLE: [&str; 1] = ["Unavailable"];

fn served(operation: &str) -> bool {
    SERVED.iter().any(|s| s.name == operation)
}

/// What came of the cells.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    run: usize,
    never: usize,
    unsettled: usize,
    unreachable: usize,
}

#[test]
fn every_operation_in_every_state() {
    let mut count = Count::default();
    let mut not_served = Vec::new();
    for row in table() {
        if !served(&row.operation) {
            not_served.push(row.operation);
            continue;
        }
        for state in STATES {
            check(&row, state, &mut count);
        }
    }
    assert!(not_served.is_empty(), "rows without use: {not_served:?}");
    // One of ListKeyRotations, one of GetPublicKey.
    assert_eq!(count.unsettled, 2, "{count:?}");
    assert_eq!(
        count.unreachable,
        table().len() * UNREACHABLE.len(),
        "{count:?}"
    );
    let all = count.run + count.never + count.unsettled + count.unreachable;
    assert_eq!(all, table().len() * STATES.len(), "{count:?}");
}

fn check(row: &Row, state: &str, count: &mut Count) {
    let operation = row.operation.as_str();
    if UNREACHABLE.contains(&state) {
        count.unreachable += 1;
        return;
    }
    match row.cell(state, "AWS_KMS", false) {
        Cell::Never => return count.never += 1,
        Cell::Unsettled => return count.unsettled += 1,
        Cell::Allowed | Cell::Refused(..) => count.run += 1,
    }
    // Where the origin counts, keys of both are tried. Whoever waits for material has it imported.
    let of_owner = || row.cell(state, "EXTERNAL", false) != row.cell(state, "AWS_KMS", false);
    match (state, operation) {
        ("PendingImport", _) | ("Updating", "ImportKeyMaterial") => {
            check_key(row, state, "EXTERNAL");
        }
        _ => {
            check_key(row, state, "AWS_KMS");
            if of_owner() {
                check_key(row, state, "EXTERNAL");
            }
        }
    }
}

/// The requests of an operation, each with keys of its own.
fn check_key(row: &Row, state: &str, origin: &str) {
    let operation = row.operation.as_str();
    let mut at = 0;
    loop {
        let mut fixture = Fixture::new();
        let kind = Kind::of(operation, origin);
        let other = fixture.key(Kind::of(operation, "AWS_KMS"), "Enabled", false);
        let key = fixture.key(kind, state, operation == "UpdatePrimaryRegion");
        let all = requests(operation, &key, &other)
            .unwrap_or_else(|| panic!("{operation} is served: it needs a request in key_states"));
        let (input, pointed_at) = all[at].clone();
        let found = fixture.call(operation, input).map(|_| ());
        let wanted = match row.cell(state, origin, pointed_at) {
            Cell::Refused(code, text) => Err((code.to_owned(), format!("{}{text}", key.arn))),
            _ => Ok(()),
        };
        assert_eq!(
            found, wanted,
            "{operation} of a key that is {state}, {origin}"
        );
        at += 1;
        if at == all.len() {
            return;
        }
    }
}

/// Every operation of KMS is in the table or works on no key, and the table knows no other.
#[test]
fn the_table_is_complete() {
    let all: BTreeSet<&str> = KMS.operations.iter().map(|o| o.name).collect();
    let rows = table();
    let mut known: BTreeSet<&str> = rows.iter().map(|row| row.operation.as_str()).collect();
    assert_eq!(known.len(), rows.len(), "an operation has two rows");
    known.extend(WITHOUT_KEY);
    assert_eq!(known, all);
}
