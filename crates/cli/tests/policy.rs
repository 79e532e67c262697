//! `claviger policy` as people and programs use it: exit codes, reports, files that are written.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use support::{BIN, claviger, command, told, told_json};
use tempfile::TempDir;

/// A directory with a file of some content.
fn file(name: &str, content: &str) -> (TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let path = outer.path().join(name);
    fs::write(&path, content).unwrap();
    (outer, path)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

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

const OPEN: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": ["kms:*", "kms:Decrypt"], "Resource": "*"},
    {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "kms:DescribeKey", "Resource": "*"}
  ]
}
"#;
const CLEAN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}]}"#;
const NOTE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["kms:*","kms:Decrypt"],"Resource":"*"}]}"#;

#[test]
fn findings_are_shown_under_their_line() {
    let (_outer, path) = file("key.json", OPEN);
    let (code, out, _) = run(&["policy", "lint", text(&path)]);
    assert_eq!(code, 1);
    let place = format!("{}:5:53: error LINT-OPEN: ", text(&path));
    assert!(out.contains(&place), "{out}");
    let lines: Vec<&str> = out.lines().collect();
    let at = lines.iter().position(|l| l.starts_with(&place)).unwrap();
    let (source, caret) = (lines[at + 1], lines[at + 2]);
    let column = caret.chars().position(|c| c == '^').unwrap();
    let meant: String = source
        .chars()
        .skip(column)
        .take(caret.matches('^').count())
        .collect();
    assert_eq!(meant, "\"*\"", "{out}");
    assert!(
        out.ends_with("1 policy: 1 error, 1 note; --fix mends 1\n"),
        "{out}"
    );
}

#[test]
fn exit_codes() {
    let (_outer, open) = file("open.json", OPEN);
    let (_outer2, clean) = file("clean.json", CLEAN);
    let (_outer3, note) = file("note.json", NOTE);
    for (arguments, expect) in [
        (vec!["policy", "lint", text(&clean)], 0),
        (vec!["policy", "lint", text(&note)], 0),
        (vec!["policy", "lint", text(&open)], 1),
        (vec!["policy", "lint", text(&clean), text(&open)], 1),
        (vec!["policy", "lint", text(&open), "--format", "sarif"], 1),
        (vec!["policy", "lint", text(&open), "--format", "junit"], 1),
        (vec!["policy", "lint", text(&open), "--output", "json"], 1),
        (vec!["policy", "lint", "--rules"], 0),
        (vec!["policy", "lint"], 2),
        (vec!["policy", "lint", "--rules", text(&open)], 2),
        (vec!["policy", "lint", text(&open), "--kind", "bucket"], 2),
        (
            vec!["policy", "lint", text(&open), "--organization", "mine"],
            2,
        ),
        (
            vec!["policy", "lint", text(&open), "--instance-arn", "ssoins-1"],
            2,
        ),
        (
            vec!["policy", "lint", text(&open), "--identity-store-id", "x"],
            2,
        ),
        (vec!["policy", "lint", text(&open), "--account", "1"], 2),
        (vec!["policy", "lint", "-", "--fix"], 2),
        (vec!["policy", "lint", "/nowhere/policy.json"], 3),
        (vec!["policy", "fmt", "--check", text(&clean)], 1),
        (vec!["policy", "fmt", "--check", "--write", text(&clean)], 2),
        (vec!["policy", "fmt", "--write", "-"], 2),
        (vec!["policy", "fmt", "/nowhere/policy.json"], 3),
        (vec!["policy", "test", "/nowhere/case.json"], 3),
        (vec!["policy", "test"], 2),
        (vec!["policy", "generate", "identity-center"], 2),
        (
            vec![
                "policy",
                "generate",
                "identity-center",
                "--account",
                "111122223333",
            ],
            0,
        ),
        (
            vec![
                "policy",
                "generate",
                "identity-center",
                "--account",
                "111122223333",
                "--form",
                "literal",
            ],
            2,
        ),
        (
            vec![
                "policy",
                "generate",
                "identity-center",
                "--account",
                "111122223333",
                "--delegated-admin",
                "111122223333",
            ],
            2,
        ),
    ] {
        let (code, out, error) = run(&arguments);
        assert_eq!(code, expect, "{arguments:?}: {out}{error}");
        if expect >= 2 {
            assert!(out.is_empty(), "{arguments:?}: {out}");
            assert!(!error.is_empty(), "{arguments:?}");
        }
    }
}

#[test]
fn findings_as_json() {
    let (_outer, path) = file("key.json", OPEN);
    let (_, out, _) = run(&["policy", "lint", text(&path), "--output", "json"]);
    let findings: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        findings[1],
        json!({
            "file": text(&path),
            "rule": "LINT-OPEN",
            "level": "error",
            "message": findings[1]["message"],
            "sid": "Open",
            "line": 5,
            "column": 53,
            "fix": null,
        })
    );
    assert_eq!(findings[0]["rule"], "LINT-ACTION-REDUNDANT");
    assert_eq!(findings[0]["fix"]["title"], "take it out");
    let (_outer, clean) = file("clean.json", CLEAN);
    assert_eq!(
        told_json(&["policy", "lint", text(&clean), "--output", "json"]),
        json!([])
    );
    let rules = told_json(&["policy", "lint", "--rules", "--output", "json"]);
    assert!(rules.as_array().unwrap().len() > 60);
    assert!(told(&["policy", "lint", "--rules"]).contains("LINT-IDC-BOTH-ARNS"));
}

#[test]
fn findings_as_sarif() {
    let (_outer, path) = file("key.json", OPEN);
    let (_, out, _) = run(&["policy", "lint", text(&path), "--format", "sarif"]);
    let log: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["message"]["text"].is_string());
    }
    let open = &results[1];
    assert_eq!(open["level"], "error");
    assert_eq!(
        open["locations"][0]["physicalLocation"]["region"],
        json!({"startLine": 5, "startColumn": 53, "endLine": 5, "endColumn": 56})
    );
    assert_eq!(open["locations"][0]["logicalLocations"][0]["name"], "Open");
    let change = &results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(change["insertedContent"]["text"], "");
    assert_eq!(change["deletedRegion"]["startLine"], 4);
}

#[test]
fn findings_as_junit() {
    let (_outer, path) = file("key&policy.json", OPEN);
    let (_, out, _) = run(&["policy", "lint", text(&path), "--format", "junit"]);
    assert!(out.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"));
    assert!(
        out.contains("key&amp;policy.json\" tests=\"2\" failures=\"1\""),
        "{out}"
    );
    assert!(out.contains("name=\"LINT-OPEN at 5:53\""), "{out}");
    assert!(out.trim_end().ends_with("</testsuites>"));
}

#[test]
fn fixes_are_written() {
    let (_outer, path) = file("key.json", OPEN);
    let (code, out, error) = run(&["policy", "lint", text(&path), "--fix"]);
    assert_eq!(code, 1, "what has no fix is left: {out}");
    assert!(error.contains("mended: "), "{error}");
    assert!(!out.contains("LINT-ACTION-REDUNDANT"), "{out}");
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        OPEN.replace(r#"["kms:*", "kms:Decrypt"]"#, r#"["kms:*"]"#)
    );
    // A second time there is nothing to mend, and nothing is written.
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    let (_, _, error) = run(&["policy", "lint", text(&path), "--fix"]);
    assert!(!error.contains("mended"), "{error}");
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
}

#[test]
fn what_is_told_and_what_is_detected() {
    let identity = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:alias/a"}]}"#;
    let rcp = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}]}"#;
    let scp = r#"{"Version":"2012-10-17","Statement":[{"Sid":"a b","Effect":"Deny","Action":"kms:PutKeyPolicy","Resource":"*"}]}"#;
    for (name, content, more, expect) in [
        ("p.json", identity, vec![], "LINT-RESOURCE-ALIAS"),
        ("p.json", identity, vec!["--kind", "key"], "LINT-ELEMENT"),
        ("p.json", rcp, vec![], "LINT-RCP-SERVICES"),
        ("p.json", rcp, vec!["--kind", "key"], "LINT-LOCKOUT"),
        ("guardrails.scp.json", scp, vec![], "LINT-SID"),
        (
            "p.json",
            CLEAN,
            vec!["--purpose", "identity-center"],
            "LINT-IDC-SERVICE",
        ),
        (
            "p.json",
            OPEN,
            vec!["--account", "444455556666"],
            "LINT-LOCKOUT",
        ),
        (
            "p.json",
            "{\"Version\": 1, \"Version\": 2}",
            vec![],
            "LINT-SYNTAX",
        ),
        ("p.json", "", vec![], "LINT-SYNTAX"),
    ] {
        let (_outer, path) = file(name, content);
        let mut arguments = vec!["policy", "lint", text(&path)];
        arguments.extend(&more);
        let (code, out, error) = run(&arguments);
        assert_eq!(code, 1, "{arguments:?} {out}{error}");
        assert!(out.contains(expect), "{arguments:?} {out}");
    }
}

#[test]
fn any_bytes_are_answered() {
    let outer = tempfile::tempdir().unwrap();
    let path = outer.path().join("bytes.json");
    fs::write(&path, b"{\"Statement\": \"\xff\xfe\x00\"}\x1b[31m").unwrap();
    let (code, out, _) = run(&["policy", "lint", text(&path)]);
    assert_eq!(code, 1);
    assert!(!out.contains('\u{1b}'), "{out:?}");
    let (code, _, error) = run(&["policy", "fmt", text(&path)]);
    assert_eq!(code, 3);
    assert!(error.contains("not UTF-8"), "{error}");
}

#[test]
fn policies_are_laid_out() {
    let (_outer, path) = file("key.json", CLEAN);
    let (code, out, _) = run(&["policy", "fmt", "--check", text(&path)]);
    assert_eq!((code, out), (1, format!("{}\n", text(&path))));
    let printed = told(&["policy", "fmt", text(&path)]);
    assert!(printed.starts_with("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n"));
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        CLEAN,
        "only --write writes"
    );
    told(&["policy", "fmt", "--write", text(&path)]);
    assert_eq!(fs::read_to_string(&path).unwrap(), printed);
    told(&["policy", "fmt", "--check", text(&path)]);
    let mut child = command(BIN)
        .args(["policy", "fmt"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(CLEAN.as_bytes())
        .unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, printed.as_bytes());
    let (_outer, broken) = file("broken.json", "{\"Version\": }");
    let (code, _, error) = run(&["policy", "fmt", text(&broken)]);
    assert_eq!(code, 3);
    assert!(error.contains("line 1, column 13"), "{error}");
    assert!(
        error.contains("next: write a text in double quotes"),
        "{error}"
    );
}

#[test]
fn generated_policies_are_proved_and_clean() {
    let base = [
        "policy",
        "generate",
        "identity-center",
        "--account",
        "111122223333",
        "--delegated-admin",
        "444455556666",
        "--organization",
        "o-a1b2c3d4e5",
        "--region",
        "eu-central-1",
        "--instance-arn",
        "arn:aws:sso:::instance/ssoins-1234567890abcdef",
        "--identity-store-id",
        "d-1234567890",
        "--form",
    ];
    for (form, statements) in [("aws", 5), ("literal", 5), ("pinned", 8)] {
        let mut arguments = base.to_vec();
        arguments.push(form);
        let made = told(&arguments);
        let policy: Value = serde_json::from_str(&made).unwrap();
        assert_eq!(policy["Statement"].as_array().unwrap().len(), statements);
        let fixed = !made.contains("${") && !made.contains("sso.*");
        assert_eq!(fixed, form != "aws", "{form}");
        let (_outer, path) = file("key.json", &made);
        let lint = [
            "policy",
            "lint",
            text(&path),
            "--purpose",
            "identity-center",
            "--organization",
            "o-a1b2c3d4e5",
        ];
        told(&lint);
        told(&["policy", "fmt", "--check", text(&path)]);
        arguments.extend(["--output", "json"]);
        let with_proof = told_json(&arguments);
        assert_eq!(with_proof["policy"], policy);
        for case in with_proof["proof"].as_array().unwrap() {
            let needed = ["services", "administrators", "organization", "applications"]
                .contains(&case["group"].as_str().unwrap());
            assert_eq!(case["allowed"], needed, "{case}");
        }
    }
}

fn case(name: &str, expect: &str) -> String {
    format!(
        r#"{{"name":"{name}","request":{{"action":"kms:Decrypt","resource":"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","principal":{{"arn":"arn:aws:iam::111122223333:root"}}}},"policies":{{"resource":{CLEAN}}}{expect}}}"#
    )
}

#[test]
fn policy_cases_are_tests() {
    let right = case("right", r#","expect":{"decision":"allowed"}"#);
    let wrong = case("wrong <one>", r#","expect":{"decision":"implicitDeny"}"#);
    let open = case("open", "");
    let (_outer, good) = file("good.json", &format!("[{right},{open}]"));
    let (_outer2, bad) = file("bad.json", &wrong);
    let (code, out, _) = run(&["policy", "test", text(&good)]);
    assert_eq!(
        (code, out.as_str()),
        (0, "2 cases: 1 as expected, 1 without expectation\n")
    );
    let (_outer3, one) = file("one.json", &right);
    assert_eq!(
        told(&["policy", "test", text(&one)]),
        "1 case: 1 as expected\n"
    );
    let (code, out, _) = run(&["policy", "test", text(&good), text(&bad)]);
    assert_eq!(code, 1);
    assert!(
        out.contains("wrong <one>\n    expected implicitDeny, decided allowed\n"),
        "{out}"
    );
    assert!(out.ends_with("3 cases: 1 as expected, 1 not as expected, 1 without expectation\n"));
    let (code, out, _) = run(&[
        "policy",
        "test",
        text(&good),
        text(&bad),
        "--output",
        "json",
    ]);
    assert_eq!(code, 1);
    let told: Value = serde_json::from_str(&out).unwrap();
    let verdicts: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|t| &t["verdict"])
        .collect();
    assert_eq!(verdicts, ["right", "noExpectation", "wrong"]);
    let (code, out, _) = run(&[
        "policy",
        "test",
        text(&good),
        text(&bad),
        "--format",
        "junit",
    ]);
    assert_eq!(code, 1);
    assert!(
        out.contains("tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"1\""),
        "{out}"
    );
    assert!(out.contains("name=\"wrong &lt;one&gt;\""), "{out}");
}

/// What names nothing tests nothing.
#[test]
fn a_test_that_tests_nothing_is_not_green() {
    let denied = r#","expect":{"decision":"implicitDeny"}"#;
    let of = |from: &str, to: &str| {
        let text = case("a", denied);
        let other = text.replace(from, to);
        assert_ne!(text, other, "{from}");
        other
    };
    let action = r#""action":"kms:Decrypt""#;
    for (content, expect, says) in [
        ("[]".to_owned(), 1, "no case was found"),
        (of(action, r#""action":"kms:Decrpyt""#), 3, "kms:Decrypt"),
        (of(action, r#""action":"ReEncrypt""#), 3, "no permission"),
        (
            of(action, r#""action":"kms:ReEncrypt""#),
            3,
            "kms:ReEncryptFrom",
        ),
        (
            of(action, r#""action":"kms:Frobnicate""#),
            3,
            "kms:Frobnicate",
        ),
        (
            of(":key/1234abcd-12ab-34cd-56ef-1234567890ab", ":alias/app"),
            3,
            "alias",
        ),
        (
            of(
                r#""principal":"#,
                r#""context":{"kms:ViaServise":"a"},"principal":"#,
            ),
            3,
            "kms:ViaService",
        ),
        (
            of(
                "arn:aws:iam::111122223333:root\"}}",
                "arn:aws:iam::111122223333:role/App\"}}",
            ),
            3,
            "role session",
        ),
        (of("implicitDeny", "deny"), 3, "expect.decision"),
        (
            of(
                r#""decision":"implicitDeny""#,
                r#""decision":"allowed","layer":"foo""#,
            ),
            3,
            "expect.layer",
        ),
    ] {
        let (_outer, path) = file("case.json", &content);
        let (code, out, error) = run(&["policy", "test", text(&path)]);
        assert_eq!(code, expect, "{content}: {out}{error}");
        assert!(error.contains(says), "{content}: {error}");
    }
    // A key that is like no other may be newer than this program.
    let newer = of(
        r#""principal":"#,
        r#""context":{"aws:SomethingQuiteNew":"a"},"principal":"#,
    )
    .replace("implicitDeny", "allowed");
    let (_outer, path) = file("case.json", &newer);
    let (code, _, error) = run(&["policy", "test", text(&path)]);
    assert_eq!(code, 0, "{error}");
    assert!(error.contains("note: "), "{error}");
    // To try something out, all of it is decided.
    let (_outer, path) = file("case.json", &of(action, r#""action":"kms:Frobnicate""#));
    let (_, out, error) = run(&["policy", "eval", text(&path)]);
    assert!(out.contains("a: allowed"), "{out}");
    assert!(error.contains("kms:Frobnicate"), "{error}");
}

/// With several files, a bad one neither hides the others nor leaves them half done.
#[test]
fn several_files() {
    let (_outer, open) = file("open.json", OPEN);
    let nowhere = "/nowhere/policy.json";
    for more in [
        &[][..],
        &["--output", "json"],
        &["--format", "sarif"],
        &["--format", "junit"],
    ] {
        let mut arguments = vec!["policy", "lint", text(&open), nowhere];
        arguments.extend(more);
        let (code, out, error) = run(&arguments);
        assert_eq!(code, 3, "{out}{error}");
        assert!(out.contains("LINT-OPEN"), "{more:?}: {out}");
        assert!(error.contains(nowhere), "{error}");
    }
    for flag in ["--fix", "--fix-unsafe"] {
        let (code, out, error) = run(&["policy", "lint", flag, text(&open), nowhere]);
        assert_eq!((code, out.as_str()), (3, ""), "{error}");
        assert_eq!(fs::read_to_string(&open).unwrap(), OPEN);
    }
    let (code, _, _) = run(&["policy", "fmt", "--write", text(&open), nowhere]);
    assert_eq!(code, 3);
    assert_eq!(fs::read_to_string(&open).unwrap(), OPEN);
}

/// A file is replaced whole or not at all, and stays what it was otherwise.
#[test]
fn files_are_replaced_whole() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let outer = tempfile::tempdir().unwrap();
    let path = outer.path().join("key.json");
    let link = outer.path().join("link.json");
    let long = OPEN.replace("Root", &"Root".repeat(1000));
    fs::write(&path, &long).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("key.json", &link).unwrap();
    for how in ["policy fmt --write", "policy lint --fix"] {
        // No file may grow beyond 1,024 bytes.
        let script = format!(
            "trap '' XFSZ; ulimit -f 1; exec {BIN} {how} {}",
            text(&link)
        );
        let output = command("bash").args(["-c", &script]).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{how}");
        assert_eq!(fs::read_to_string(&path).unwrap(), long, "{how}");
        assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 2, "{how}");
    }
    told(&["policy", "fmt", "--write", text(&link)]);
    assert_ne!(fs::read_to_string(&path).unwrap(), long);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 2);
}

#[test]
fn a_fix_that_lets_more_in_needs_its_own_flag() {
    let loose = CLEAN.replace(
        "]}",
        r#",{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"*"}}}]}"#,
    );
    let (_outer, path) = file("key.json", &loose);
    let (_, out, error) = run(&["policy", "lint", "--fix", text(&path)]);
    assert!(!error.contains("mended"), "{error}");
    assert!(out.contains("= --fix-unsafe: write StringLike"), "{out}");
    assert!(out.ends_with("; --fix-unsafe mends 1\n"), "{out}");
    assert_eq!(fs::read_to_string(&path).unwrap(), loose);
    let (_, _, error) = run(&["policy", "lint", "--fix-unsafe", text(&path)]);
    assert!(error.contains("mended: "), "{error}");
    let (code, _, _) = run(&["policy", "lint", "--fix-unsafe", "--fix", text(&path)]);
    assert_eq!(code, 2);
}

#[test]
fn files_that_are_no_text_in_utf_8() {
    let outer = tempfile::tempdir().unwrap();
    let path = outer.path().join("key.json");
    let marked = format!("\u{feff}{CLEAN}");
    fs::write(&path, &marked).unwrap();
    let (code, out, _) = run(&["policy", "lint", text(&path)]);
    assert_eq!(code, 1);
    assert!(out.contains("byte order mark"), "{out}");
    let (code, _, error) = run(&["policy", "fmt", text(&path)]);
    assert_eq!(code, 3);
    assert!(error.contains("byte order mark"), "{error}");
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(CLEAN.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    fs::write(&path, wide).unwrap();
    for command in ["lint", "fmt"] {
        let (code, _, error) = run(&["policy", command, text(&path)]);
        assert_eq!(code, 3);
        assert!(error.contains("UTF-16"), "{error}");
        assert!(error.contains("save the file as UTF-8"), "{error}");
        let (code, _, error) = run(&["policy", command, text(outer.path())]);
        assert_eq!(code, 3);
        assert!(error.contains("this is a directory"), "{error}");
    }
}

#[test]
fn what_a_policy_was_taken_for_is_told() {
    let rcp = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}"#;
    let (_outer, path) = file("p.json", rcp);
    let out = told(&["policy", "lint", text(&path)]);
    assert!(out.contains("taken for a resource control policy"), "{out}");
    let out = told(&["policy", "lint", "--kind", "rcp", text(&path)]);
    assert!(!out.contains("taken for"), "{out}");
}

#[test]
fn generated_policies_are_for_one_partition_and_name_everything_once() {
    let base = [
        "policy",
        "generate",
        "identity-center",
        "--account",
        "111122223333",
        "--organization",
        "o-a1b2c3d4e5",
        "--identity-store-id",
        "d-1234567890",
    ];
    let instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef";
    for (more, expect) in [
        (vec!["--region", "us-east-1"], 0),
        (vec!["--region", "cn-north-1"], 2),
        (
            vec!["--region", "us-east-1", "--region", "us-gov-west-1"],
            2,
        ),
        (vec!["--form", "pinned", "--instance-arn", instance], 0),
        (
            vec![
                "--form",
                "pinned",
                "--instance-arn",
                "arn:x:sso:::instance/ins-*",
            ],
            2,
        ),
        (
            vec![
                "--form",
                "pinned",
                "--instance-arn",
                "arn:aws:sso:::instance/ssoins-ZZ",
            ],
            2,
        ),
        (
            vec![
                "--form",
                "pinned",
                "--instance-arn",
                "arn:aws-cn:sso:::instance/ssoins-1234567890abcdef",
            ],
            2,
        ),
    ] {
        let arguments: Vec<&str> = base.iter().chain(&more).copied().collect();
        let (code, out, error) = run(&arguments);
        assert_eq!(code, expect, "{more:?}: {out}{error}");
    }
    let mut arguments = base.to_vec();
    let admin = ["--delegated-admin", "444455556666"];
    let region = ["--region", "eu-west-1"];
    arguments.extend(admin.iter().chain(&admin).chain(&region).chain(&region));
    arguments.extend(["--form", "literal"]);
    let made = told(&arguments);
    assert_eq!(made.matches("444455556666").count(), 1, "{made}");
    assert_eq!(
        made.matches("\"sso.eu-west-1.amazonaws.com\"").count(),
        2,
        "{made}"
    );
}
