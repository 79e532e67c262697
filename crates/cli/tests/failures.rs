//! Failures as programs read them: with `--output json` one object in the last line of standard
//! error, for every command, and nothing on standard output.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::Value;
use support::{claviger, place};

/// Runs a command that must fail, and gives the object.
fn failure(arguments: &[&str]) -> (Option<i32>, Value) {
    let output = claviger(arguments);
    assert!(output.stdout.is_empty(), "{arguments:?} printed data");
    let error = String::from_utf8(output.stderr).unwrap();
    let last = error.lines().last().unwrap_or_default();
    let object =
        serde_json::from_str(last).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {error}"));
    (output.status.code(), object)
}

#[test]
fn every_command_fails_as_an_object() {
    let (_outer, directory) = place();
    let dir = directory.to_str().unwrap();
    let none = "there is no development service in ";
    let idle = "no development service runs in ";
    for (arguments, code, error, next) in [
        (
            &["up", "--listen", "192.0.2.1:1", "--dir", dir][..],
            2,
            "192.0.2.1:1 is not a loopback",
            "--listen 127.0.0.1:1",
        ),
        (
            &["wait", "--timeout", "0s", "--dir", dir],
            3,
            "no development service was ready in ",
            "look at the output",
        ),
        (
            &["reset", "--yes", "--dir", dir],
            3,
            none,
            "name its directory",
        ),
        (
            &["env", "--dir", dir],
            3,
            idle,
            "start it with: claviger up --dir ",
        ),
        (
            &["policy", "eval", "/nonexistent/x"],
            3,
            "/nonexistent/x: No such file",
            "check the path",
        ),
        (
            &["trail", "query", "--dir", dir],
            3,
            none,
            "start one with: claviger up --dir ",
        ),
        (
            &["trail", "verify", "--dir", dir],
            3,
            none,
            "start one with: claviger up --dir ",
        ),
        (
            &["trail", "verify", "--head", "x", "--dir", dir],
            2,
            "'x' is not a head",
            "give WRITER:NUMBER:HASH",
        ),
        (
            &["clock", "show", "--dir", dir],
            3,
            idle,
            "start it with: claviger up --dir ",
        ),
        (
            &["clock", "advance", "1d", "--dir", dir],
            3,
            idle,
            "start it with: claviger up --dir ",
        ),
        (
            &["man", "/nonexistent/x"],
            3,
            "/nonexistent/x: No such file",
            "check the path",
        ),
        // What the parser of arguments says.
        (
            &["services", "--nonsense"],
            2,
            "unexpected argument '--nonsense' found",
            "Usage: claviger services",
        ),
        (
            &["demo", "more"],
            2,
            "unexpected argument 'more' found",
            "Usage: claviger demo",
        ),
        (
            &["completions", "tcsh"],
            2,
            "invalid value 'tcsh' for '<SHELL>'",
            "For more information, try '--help'.",
        ),
        (
            &["frobnicate"],
            2,
            "unrecognized subcommand 'frobnicate'",
            "Usage: claviger",
        ),
    ] {
        for json in [&["--output", "json"][..], &["--output=json"]] {
            let with_json = [json, arguments].concat();
            let (exit, object) = failure(&with_json);
            assert_eq!(exit, Some(code), "{with_json:?}: {object}");
            assert_eq!(object["exitCode"], code, "{with_json:?}: {object}");
            for (member, part) in [("error", error), ("next", next)] {
                let text = object[member].as_str().unwrap_or_default();
                assert!(
                    text.contains(part),
                    "{with_json:?}: no {part:?} in {member}: {object}"
                );
            }
            assert_eq!(object.as_object().unwrap().len(), 3, "{object}");
        }
    }
    let (exit, object) = failure(&["--output", "json", "trail"]);
    assert_eq!(
        (exit, &object["error"]),
        (Some(2), &"a command is missing".into())
    );
}

/// Help that was asked for is no failure.
#[test]
fn help_stays_help() {
    for arguments in [
        &["--output", "json", "--help"][..],
        &["--output", "json", "--version"],
    ] {
        let output = claviger(arguments);
        assert!(output.status.success() && output.stderr.is_empty());
        assert!(
            output.stdout.starts_with(b"Control over ") || output.stdout.starts_with(b"claviger ")
        );
    }
}
