//! The rules of the lint: every example of the catalogue, cases as data, fixes, and the page that is
//! made of the catalogue.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::Kind;
use claviger_policy::lint::{
    Finding, Level, Options, Purpose, Rule, catalogue, detect_kind, fix, lint, reference,
};
use std::collections::BTreeSet;
use std::path::Path;

fn told(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|f| {
            format!(
                "{}:{} {} {}: {}",
                f.place.line, f.place.column, f.rule.level, f.rule.id, f.message
            )
        })
        .collect()
}

fn ids(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|f| f.rule.id).collect()
}

/// An example as a document; that of the size is made here.
fn document(rule: &Rule, example: &str) -> String {
    if rule.id == "LINT-SIZE" && example.starts_with('(') {
        let mut text = Rule::document(rule.good);
        text.push_str(&" ".repeat(32_769 - text.len()));
        return text;
    }
    Rule::document(example)
}

#[test]
fn every_rule_has_a_finding_in_its_bad_example_and_none_in_its_good_one() {
    for rule in catalogue() {
        let options = rule.example_options();
        let bad = lint(&document(rule, rule.bad), &options);
        assert!(
            ids(&bad).contains(&rule.id),
            "{} is not found: {:#?}",
            rule.id,
            told(&bad)
        );
        let good = lint(&document(rule, rule.good), &options);
        assert!(
            !ids(&good).contains(&rule.id),
            "{} is found where it should not be: {:#?}",
            rule.id,
            told(&good)
        );
        for finding in bad.iter().filter(|f| f.rule.id == rule.id) {
            assert!(!finding.message.is_empty());
            assert!(finding.fix.is_none() || rule.fixable, "{}", rule.id);
        }
    }
}

#[test]
fn the_catalogue_is_in_order() {
    let mut seen = BTreeSet::new();
    for rule in catalogue() {
        assert!(seen.insert(rule.id), "{} stands twice", rule.id);
        assert!(rule.id.starts_with("LINT-"), "{}", rule.id);
        assert!(
            !rule.source.is_empty() && !rule.source.ends_with('.'),
            "{}",
            rule.id
        );
        assert!(rule.explanation.ends_with(['.', ')', '`']), "{}", rule.id);
    }
    assert!(seen.len() > 60);
}

/// A fix removes the finding it belongs to and no other, and adds none.
#[test]
fn a_fix_removes_just_its_finding() {
    for rule in catalogue().filter(|r| r.fixable) {
        let options = rule.example_options();
        let text = document(rule, example_to_fix(rule));
        let before = lint(&text, &options);
        let finding = before
            .iter()
            .find(|f| f.rule.id == rule.id && f.fix.is_some())
            .unwrap_or_else(|| panic!("{} has no fix: {:#?}", rule.id, told(&before)));
        let mended = finding.fix.as_ref().unwrap().apply(&text);
        let after = lint(&mended, &options);
        let said = |findings: &[Finding]| {
            let mut said: Vec<String> = findings
                .iter()
                .map(|f| f.rule.id.to_owned())
                .collect();
            said.sort();
            said
        };
        let mut expect = said(&before);
        let own = finding.rule.id.to_owned();
        let at = expect.iter().position(|s| *s == own).unwrap();
        expect.remove(at);
        assert_eq!(
            said(&after),
            expect,
            "{} in\n{text}\nmended\n{mended}",
            rule.id
        );
    }
}

/// The example whose fix is applied: the catalogue's own, but where that is about something that has
/// no certain fix.
fn example_to_fix(rule: &Rule) -> &'static str {
    match rule.id {
        "LINT-SERVICE-SOURCE" => {
            r#"{"Effect": "Allow", "Principal": {"Service": "sso.amazonaws.com"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "aws:sso:instance-arn"}}}"#
        }
        _ => rule.bad,
    }
}

#[test]
fn the_reference_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/lint.md");
    let page = reference();
    if std::env::var_os("CLAVIGER_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == page,
        "docs/reference/lint.md is not current: CLAVIGER_WRITE_REFERENCE=1 writes it"
    );
}
