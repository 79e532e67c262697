//! The policy cases of `testdata/policy-cases`: every one is decided as it says, their number is
//! fixed, and every rule of `docs/reference/rules.md` is shown both ways.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::case::{Case, Verdict, read};
use claviger_types::Timestamp;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Raise it with every case that is added.
const CASES: usize = 394;

/// How many rules each letter has.
const RULES: [(&str, usize); 8] = [
    ("E", 7),
    ("C", 7),
    ("M", 5),
    ("O", 9),
    ("V", 4),
    ("P", 8),
    ("L", 7),
    ("G", 6),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cases() -> Vec<(String, Case)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("testdata/policy-cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(path).unwrap();
            let cases = read(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            cases.into_iter().map(move |case| (name.clone(), case))
        })
        .collect()
}

/// 24 November 2026, 19:30 UTC.
const NOW: Timestamp = Timestamp::from_seconds(1_795_548_600);

#[test]
fn every_case_is_decided_as_it_says() {
    let cases = cases();
    let mut wrong = Vec::new();
    for (file, case) in &cases {
        let answer = case.evaluate(NOW).unwrap_or_else(|e| panic!("{file}: {e}"));
        match answer.verdict(case) {
            Verdict::Right => {}
            Verdict::Wrong(how) => wrong.push(format!(
                "{file}: {}: {} ({})",
                case.name(),
                how.join("; "),
                answer.because
            )),
            Verdict::NoExpectation => {
                wrong.push(format!("{file}: {} expects nothing", case.name()))
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(cases.len(), CASES);
}

#[test]
fn every_rule_is_shown_both_ways() {
    let mut shown: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for (_, case) in &cases() {
        let allowed = case.expectation().unwrap().decision == "allowed";
        for rule in case.rules() {
            shown.entry(rule.clone()).or_default()[usize::from(allowed)] += 1;
        }
    }
    let rules = std::fs::read_to_string(root().join("docs/reference/rules.md")).unwrap();
    let code = source_text(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src"));
    for (letter, count) in RULES {
        for number in 1..=count {
            let rule = format!("{letter}{number}");
            let both = shown.get(&rule).is_some_and(|n| n[0] > 0 && n[1] > 0);
            assert!(both, "{rule} is not shown both ways");
            let id = format!("POL-{rule}");
            assert!(
                rules.contains(&format!("**{id}**")),
                "{id} is not in rules.md"
            );
            // G6 is about what an analysis reports, which is no part of this crate.
            assert!(
                code.contains(&id) || rule == "G6",
                "{id} is not in the code"
            );
        }
    }
    let known = |rule: &String| {
        RULES
            .iter()
            .any(|(letter, count)| (1..=*count).any(|number| *rule == format!("{letter}{number}")))
    };
    assert!(shown.keys().all(known), "an unknown rule in the cases");
}

fn source_text(folder: &PathBuf) -> String {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            if path.is_dir() {
                source_text(&path)
            } else {
                std::fs::read_to_string(path).unwrap()
            }
        })
        .collect()
}

#[test]
fn names_are_unique() {
    let mut names: Vec<String> = cases()
        .iter()
        .map(|(file, case)| format!("{file}: {}", case.name()))
        .collect();
    names.sort();
    let before = names.len();
    names.dedup();
    assert_eq!(names.len(), before);
}
