//! The policy cases of `testdata/policy-cases`, decided by the reference: as each case says, and as
//! the engine does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy_reference::{Json, Tally, Trial};
use std::path::PathBuf;

fn cases() -> Vec<Json> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/policy-cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let read = Json::read(&text).unwrap_or_else(|| panic!("{}", path.display()));
            read.items().to_vec()
        })
        .collect()
}

#[test]
fn every_case_is_decided_as_it_says() {
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        let trial = Trial::of(case.clone());
        let found = trial.reference(&Tally::default(), None);
        let expect = case.get("expect").unwrap();
        let layer = expect.text_of("layer");
        let right = found.is_ok_and(|o| {
            Some(o.decision) == expect.text_of("decision") && layer.is_none_or(|l| l == o.layer)
        });
        let engine = trial.engine();
        if !right || found != engine {
            let name = case.text_of("name").unwrap_or_default();
            wrong.push(format!(
                "{name}: {found:?}, the engine {engine:?}, expected {expect}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases.len() > 300);
}

/// Neither reads a case that names one condition key twice; a free part in another case is
/// another entry (`POL-E1`).
#[test]
fn one_key_under_two_spellings() {
    for (first, second, read) in [
        ("aws:SourceArn", "AWS:SOURCEARN", false),
        ("aws:RequestTag/team", "aws:requesttag/team", false),
        ("kms:EncryptionContext:A", "KMS:encryptioncontext:A", false),
        ("aws:RequestTag/team", "aws:RequestTag/Team", true),
        ("aws:RequestTag/team", "aws:requesttag/Team", true),
        ("kms:EncryptionContext:A", "kms:EncryptionContext:a", true),
    ] {
        let mut case = cases().swap_remove(0);
        let Json::Object(members) = &mut case else {
            panic!("{case}");
        };
        let request = members.iter_mut().find(|(name, _)| name == "request");
        let Some((_, Json::Object(request))) = request else {
            panic!("no request");
        };
        request.retain(|(name, _)| name != "context");
        let context = Json::object([(first, Json::text("a")), (second, Json::text("b"))]);
        request.push(("context".to_owned(), context));
        let trial = Trial::of(case);
        let found = trial.reference(&Tally::default(), None);
        assert_eq!(found.is_ok(), read, "{first} {second}");
        assert_eq!(trial.engine(), found, "{first} {second}");
    }
}
