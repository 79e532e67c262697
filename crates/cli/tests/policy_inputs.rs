//! `claviger policy lint` and `generate` by what they are given: files that cannot be read, standard
//! input, names that are used for strangers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use std::fs;
use support::claviger;

const CLEAN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}]}"#;

/// Runs a command; its exit code, standard output and standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = claviger(arguments);
    let of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap(),
        of(&output.stdout),
        of(&output.stderr),
    )
}

#[test]
fn a_junit_report_has_the_files_that_cannot_be_read() {
    let outer = tempfile::tempdir().unwrap();
    let good = outer.path().join("a.json");
    fs::write(&good, CLEAN).unwrap();
    let missing = outer.path().join("missing.json");
    let (good, missing) = (good.to_str().unwrap(), missing.to_str().unwrap());
    let (code, out, error) = run(&["policy", "lint", good, missing, "--format", "junit"]);
    assert_eq!(code, 3, "{error}");
    let suite = |name: &str, errors: u8| {
        format!(
            "<testsuite name=\"{name}\" tests=\"1\" failures=\"0\" errors=\"{errors}\" skipped=\"0\">"
        )
    };
    assert!(out.contains(&suite(good, 0)), "{out}");
    assert!(out.contains(&suite(missing, 1)), "{out}");
    assert!(out.contains("<error message=\""), "{out}");
    assert!(out.trim_end().ends_with("</testsuites>"), "{out}");
}

#[test]
fn standard_input_is_read_once() {
    let (code, out, error) = run(&["policy", "lint", "-", "-"]);
    assert_eq!(code, 2, "{error}");
    assert!(out.is_empty(), "{out}");
    assert!(
        error.contains("standard input can be read only once"),
        "{error}"
    );
}

#[test]
fn a_policy_is_generated_for_every_organisation() {
    for organization in ["o-zzzzzzzzzz", "o-yyyyyyyyyy"] {
        for form in ["aws", "literal"] {
            let (code, out, error) = run(&[
                "policy",
                "generate",
                "identity-center",
                "--account",
                "999999999999",
                "--organization",
                organization,
                "--form",
                form,
            ]);
            assert_eq!(code, 0, "{organization} {form}: {error}");
            assert!(out.contains("999999999999"), "{out}");
        }
    }
}
