//! The command line as an operator meets it: exit codes, texts that say what to do, directories
//! that are used twice, damaged, foreign or taken.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::json;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use support::{BIN, Running, claviger, command, place, records_of, told, told_json};

/// Runs a command and holds exit code and standard error against what is expected.
fn check(arguments: &[&str], code: i32, parts: &[&str]) {
    let output = claviger(arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
    for part in parts {
        assert!(
            error.contains(part),
            "{arguments:?}: no {part:?} in: {error}"
        );
    }
    if code > 1 {
        assert!(
            output.stdout.is_empty(),
            "{arguments:?} printed data and failed"
        );
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn wrong_use_says_what_instead() {
    let (_outer, directory) = place();
    let dir = text(&directory);
    for (arguments, code, parts) in [
        (
            &["frobnicate"][..],
            2,
            &["unrecognized subcommand 'frobnicate'"][..],
        ),
        (
            &["up", "--listen", "localhost"],
            2,
            &[
                "invalid value 'localhost' for '--listen <ADDR>': an address is IP:PORT, such as 127.0.0.1:4599",
            ],
        ),
        (
            &["up", "--dir", dir, "--listen", "0.0.0.0:4599"],
            2,
            &[
                "0.0.0.0:4599 is not a loopback address",
                "next: --listen 127.0.0.1:4599",
            ],
        ),
        (
            &["trail", "query", "--dir", dir, "--from", "yesterday"],
            2,
            &["'yesterday' is not a time such as 2026-01-05T10:00:00Z"],
        ),
        (
            &["trail", "query", "--dir", dir, "--limit", "0"],
            2,
            &["0 is not in 1.."],
        ),
        (
            &[
                "trail",
                "query",
                "--dir",
                dir,
                "--from",
                "2026-01-02T00:00:00Z",
                "--until",
                "2026-01-01T00:00:00Z",
            ],
            2,
            &["--since 2026-01-02T00:00:00Z is not before --until 2026-01-01T00:00:00Z"],
        ),
        (
            &["trail", "verify", "--dir", dir, "--head", "x"],
            2,
            &["'x' is not a head", "WRITER:NUMBER:HASH"],
        ),
        (
            &["trail", "verify", "--dir", dir],
            3,
            &["there is no development service in", "claviger up --dir"],
        ),
        (
            &["trail", "query", "--dir", dir],
            3,
            &["there is no development service in", "claviger up --dir"],
        ),
        (
            &["env", "--dir", dir],
            3,
            &["no development service runs in", "claviger up --dir"],
        ),
        (
            &["policy", "eval", "/nonexistent/case.json"],
            3,
            &["/nonexistent/case.json: No such file"],
        ),
        (&["policy", "eval"], 2, &["<FILE>..."]),
        (
            &["wait", "--dir", dir, "--timeout", "0s"],
            3,
            &["no development service was ready in"],
        ),
        (
            &["wait", "--dir", dir, "--timeout", "soon"],
            2,
            &["invalid value 'soon'"],
        ),
        (
            &["reset", "--dir", dir, "--yes"],
            3,
            &["there is no development service in"],
        ),
        (
            &["clock", "show", "--dir", dir],
            3,
            &["no development service runs in", "claviger up --dir"],
        ),
        (
            &["clock", "advance", "tomorrow", "--dir", dir],
            2,
            &["invalid value 'tomorrow'"],
        ),
        (
            &["clock", "advance", "-1d", "--dir", dir],
            2,
            &["unexpected argument"],
        ),
        (&["completions", "tcsh"], 2, &["invalid value 'tcsh'"]),
    ] {
        check(arguments, code, parts);
    }
    assert!(
        !directory.exists(),
        "a command that was refused made a directory"
    );
}

#[test]
fn completions_exist() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(
            told(&["completions", shell]).contains("claviger"),
            "{shell}"
        );
    }
}

fn case(decision: &str) -> String {
    json!({
        "name": "root may", "rules": [],
        "request": {
            "action": "kms:Decrypt",
            "resource": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "principal": {"arn": "arn:aws:iam::111122223333:root"}
        },
        "policies": {"resource": {"Version": "2012-10-17", "Statement": [{
            "Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "111122223333"},
            "Action": "kms:*", "Resource": "*"}]}},
        "expect": {"decision": decision}
    })
    .to_string()
}

#[test]
fn policy_cases_are_decided_and_compared() {
    let outer = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| -> PathBuf {
        let path = outer.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let right = file("right.json", &case("allowed"));
    let wrong = file("wrong.json", &case("implicitDeny"));
    let broken = file("broken.json", "{\"name\": 1");
    let answers = told_json(&["policy", "eval", text(&right), "--output", "json"]);
    assert_eq!(answers[0]["decision"], "allowed");
    assert_eq!(answers[0]["statements"][0]["sid"], "Root");
    assert!(told(&["policy", "eval", text(&right)]).contains("(as expected)"));
    check(
        &["policy", "eval", text(&wrong)],
        1,
        &["wrong: root may: expected implicitDeny, decided allowed"],
    );
    check(
        &["policy", "eval", text(&right), text(&broken)],
        3,
        &["broken.json: not a policy case"],
    );
}

#[test]
fn the_cases_of_the_repository_are_as_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/policy-cases");
    let files: Vec<PathBuf> = fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    let mut arguments = vec!["policy", "eval", "--output", "json"];
    arguments.extend(files.iter().map(|path| text(path)));
    let answers = told_json(&arguments);
    assert!(answers.as_array().unwrap().len() >= 300, "cases were lost");
}

#[test]
fn standard_input_holds_a_case_too() {
    let mut child = command(BIN)
        .args(["policy", "eval", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(case("allowed").as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("root may: allowed")
    );
}

#[test]
fn a_directory_goes_on_where_it_stopped() {
    let (_outer, directory) = place();
    let dir = text(&directory);
    let first = Running::start(&directory);
    let key = first.text("keyArn").to_owned();
    assert_eq!(first.said["new"], true);
    assert_eq!(
        first.said["proof"]["outsiderRefused"],
        json!(["Decrypt", "DescribeKey"])
    );
    let services: Vec<_> = first.said["proof"]["serviceUses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|u| &u["service"])
        .collect();
    assert_eq!(
        services,
        ["sso.amazonaws.com", "identitystore.amazonaws.com"]
    );
    for file in ["seal.key", "credentials", "claviger.db", "service.json"] {
        let mode = fs::metadata(directory.join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert_eq!(
        fs::metadata(&directory).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let settings = told_json(&["env", "--dir", dir, "--output", "json"]);
    let exports = told(&["env", "--dir", dir]);
    assert!(exports.contains(&format!(
        "export AWS_ENDPOINT_URL={}\n",
        first.text("endpoint")
    )));
    let heads = told_json(&["trail", "verify", "--dir", dir, "--output", "json"]);
    assert!(first.interrupt().success());
    check(
        &["env", "--dir", dir],
        3,
        &["no development service runs in"],
    );

    let second = Running::start(&directory);
    assert_eq!(second.said["new"], false);
    assert_eq!(second.text("keyArn"), key);
    assert_eq!(second.said["proof"]["complete"], true);
    let again = told_json(&["env", "--dir", dir, "--output", "json"]);
    assert_eq!(
        again["AWS_SECRET_ACCESS_KEY"],
        settings["AWS_SECRET_ACCESS_KEY"]
    );
    let created = records_of(dir, "CreateKey");
    assert_eq!(created.len(), 1, "the key was made again");
    // The head that was noted before the restart is still in the chain.
    let head = heads["heads"][0].as_str().unwrap();
    assert!(told(&["trail", "verify", "--dir", dir, "--head", head]).starts_with("intact: "));
    check(
        &["env", "--dir", dir, "--profile", "nobody"],
        2,
        &["there is no profile 'nobody'", "default, outsider"],
    );
}

#[test]
fn a_directory_that_is_taken_is_refused_with_its_process() {
    let (_outer, directory) = place();
    let running = Running::start(&directory);
    let dir = text(&directory);
    let pid = running.pid().to_string();
    check(
        &["up", "--dir", dir, "--listen", "127.0.0.1:0"],
        3,
        &[
            "is in use by another process",
            &format!("stop it with: kill {pid}"),
        ],
    );
    let (_other, second) = place();
    let beside = Running::start(&second);
    assert_ne!(beside.text("keyArn"), running.text("keyArn"));
}

#[test]
fn a_start_that_was_killed_early_goes_on() {
    // Each state is one that a kill at some moment of the first start leaves behind.
    let (_outer, directory) = place();
    Running::start(&directory).kill();
    let coming = directory.join("credentials.coming");
    fs::rename(directory.join("credentials"), &coming).unwrap();
    let again = Running::start(&directory);
    assert_eq!(again.said["new"], false);
    assert!(!coming.exists());
    again.kill();
    // The set-up was finished but not yet noted.
    fs::remove_file(directory.join("set-up.json")).unwrap();
    let again = Running::start(&directory);
    let dir = text(&directory);
    let created = records_of(dir, "CreateKey");
    assert_eq!(created.len(), 1, "the key was made again");
    assert_eq!(again.said["proof"]["complete"], true);
}

/// Damages a directory that was stopped, and expects the next start to say what to do.
fn damaged(damage: impl FnOnce(&Path), parts: &[&str]) {
    let (_outer, directory) = place();
    assert!(Running::start(&directory).interrupt().success());
    damage(&directory);
    check(
        &["up", "--dir", text(&directory), "--listen", "127.0.0.1:0"],
        3,
        parts,
    );
}

#[test]
fn a_seal_that_is_missing_wrong_or_open_stops_the_start() {
    damaged(
        |dir| fs::remove_file(dir.join("seal.key")).unwrap(),
        &["seal.key is missing", "put it back"],
    );
    damaged(
        |dir| fs::write(dir.join("seal.key"), "nonsense").unwrap(),
        &["seal.key:"],
    );
    let (_outer, other) = place();
    assert!(Running::start(&other).interrupt().success());
    damaged(
        |dir| {
            fs::copy(other.join("seal.key"), dir.join("seal.key")).unwrap();
        },
        &["root key"],
    );
    damaged(
        |dir| fs::set_permissions(dir.join("seal.key"), fs::Permissions::from_mode(0o644)).unwrap(),
        &["has mode 644", "chmod 600"],
    );
    damaged(
        |dir| fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap(),
        &["has mode 755", "chmod 700"],
    );
}

/// Runs SQL on the database of a stopped service.
fn sql(directory: &Path, statements: &str) {
    let connection = rusqlite::Connection::open(directory.join("claviger.db")).unwrap();
    connection.execute_batch(statements).unwrap();
}

/// Changes a few bytes of records.
fn change_records(directory: &Path, which: &str) {
    sql(
        directory,
        &format!(
            "UPDATE record SET body = \
             CAST(replace(CAST(body AS TEXT), 'eventTime', 'eventTim3') AS BLOB) {which}"
        ),
    );
}

#[test]
fn a_database_that_is_damaged_foreign_or_newer_stops_the_start() {
    damaged(
        |dir| fs::write(dir.join("claviger.db"), vec![b'x'; 8192]).unwrap(),
        &["is not a database"],
    );
    damaged(
        |dir| sql(dir, "PRAGMA application_id = 7"),
        &[
            "is the database of another program",
            "use another directory",
        ],
    );
    damaged(
        |dir| sql(dir, "PRAGMA user_version = 99"),
        &[
            "this version knows formats up to",
            "run the version that wrote it",
        ],
    );
    damaged(
        |dir| sql(dir, "DELETE FROM \"row\" WHERE collection = 'kms.material'"),
        &[
            "'111122223333/us-east-1/mrk-",
            "of 'kms.material'",
            "restore it from its last backup",
        ],
    );
    damaged(|dir| sql(dir, "DROP TABLE record"), &["damaged", "restore"]);
    damaged(
        |dir| change_records(dir, ""),
        &["was changed after it was written"],
    );
    damaged(
        |dir| fs::remove_file(dir.join("claviger.db")).unwrap(),
        &["holds access keys, but the database they belong to is gone"],
    );
    damaged(
        |dir| fs::remove_file(dir.join("credentials")).unwrap(),
        &["credentials is missing", "put the file back"],
    );
    damaged(
        |dir| fs::write(dir.join("credentials"), "[default]\nnonsense").unwrap(),
        &["credentials: line 2 is neither"],
    );
}

#[test]
fn a_trail_that_was_changed_is_found_out() {
    let (_outer, directory) = place();
    assert!(Running::start(&directory).interrupt().success());
    let dir = text(&directory);
    change_records(&directory, "WHERE seq = 20");
    check_broken(dir, "record 20 of writer");
    sql(&directory, "DELETE FROM record WHERE seq = 20");
    check_broken(dir, "stands where record 20 should");
}

fn check_broken(dir: &str, part: &str) {
    let output = claviger(&["trail", "verify", "--dir", dir]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.starts_with("BROKEN: ") && said.contains(part),
        "{said}"
    );
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = command(BIN)
        .args(["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(output.stderr.is_empty());
}

/// The store itself says that its oldest records have left, and the archive has none of them.
#[test]
fn a_trail_that_lost_its_beginning_is_found_out() {
    let (_outer, directory) = place();
    assert!(Running::start(&directory).interrupt().success());
    sql(
        &directory,
        "UPDATE chain SET left_seq = 10, left_hash = (SELECT hash FROM record WHERE seq = 10);
         DELETE FROM record WHERE seq <= 10",
    );
    // Nothing was delivered, so the archive has none of them, if it is there at all.
    fs::remove_dir_all(directory.join("archive")).unwrap_or_default();
    check_broken(text(&directory), "10 records have left the database");
}

#[test]
fn time_has_its_limits() {
    let (_outer, directory) = place();
    let _running = Running::start(&directory);
    let dir = text(&directory);
    let shown = told(&["clock", "show", "--dir", dir]);
    assert!(shown.contains("ahead         0s"), "{shown}");
    for (by, part) in [
        ("101years", "time moves by at most 100 years at once"),
        ("18446744073s", "time moves by at most 100 years at once"),
    ] {
        let output = claviger(&["clock", "advance", by, "--dir", dir]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{by}: {error}");
        assert!(error.contains(part), "{by}: {error}");
    }
    let mode = fs::metadata(directory.join("control.sock"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_demo_is_as_it_must_be() {
    let steps = told_json(&["demo", "--output", "json"]);
    let steps = steps.as_array().unwrap();
    assert_eq!(steps.len(), 30);
    assert!(
        steps.iter().all(|step| step["asExpected"] == true),
        "{steps:?}"
    );
    let refused = steps
        .iter()
        .filter(|s| s["result"].as_str().unwrap().starts_with("AccessDenied"));
    assert_eq!(refused.count(), 5);
    assert!(told(&["demo"]).ends_with("30 steps, 0 differ\n"));
}

#[test]
fn what_is_served_is_listed() {
    let listed = told_json(&["services", "--output", "json"]);
    let listed = listed.as_array().unwrap();
    let served = claviger_core::dispatch::SERVED
        .iter()
        .map(|rows| rows.len())
        .sum::<usize>();
    assert_eq!(listed.len(), served);
    assert!(
        listed
            .iter()
            .any(|o| o["service"] == "kms" && o["operation"] == "Decrypt")
    );
    assert!(told(&["services"]).contains("identitystore  ListUsers"));
}

#[test]
fn a_script_waits_until_the_service_is_ready() {
    let (_outer, directory) = place();
    let dir = text(&directory).to_owned();
    let waiting = std::thread::spawn(move || told(&["wait", "--dir", &dir]));
    let running = Running::start(&directory);
    assert_eq!(
        waiting.join().unwrap(),
        format!("{}\n", running.text("endpoint"))
    );
}

#[test]
fn a_reset_takes_only_what_is_the_services() {
    let (_outer, directory) = place();
    let dir = text(&directory);
    let running = Running::start(&directory);
    let pid = running.pid().to_string();
    check(
        &["reset", "--dir", dir, "--yes"],
        3,
        &["the development service is running", &format!("kill {pid}")],
    );
    running.kill();
    assert!(
        told(&["reset", "--dir", dir]).ends_with("nothing was deleted; run it again with --yes\n")
    );
    fs::write(directory.join("mine.txt"), "mine").unwrap();
    told(&["reset", "--dir", dir, "--yes"]);
    let left: Vec<_> = fs::read_dir(&directory)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left, ["mine.txt"]);
    // A new service is made only where nothing else lies.
    check(
        &["up", "--dir", dir, "--listen", "127.0.0.1:0"],
        3,
        &[
            "holds something else: ",
            "mine.txt",
            "take an empty directory",
        ],
    );
    fs::remove_file(directory.join("mine.txt")).unwrap();
    let anew = Running::start(&directory);
    assert_eq!(anew.said["new"], true);
    anew.kill();
    told(&["reset", "--dir", dir, "--yes"]);
    assert!(!directory.exists());
}

/// The database comes back, with what was acknowledged: nothing was made in its place meanwhile.
#[test]
fn a_database_that_was_away_comes_back_whole() {
    let (outer, directory) = place();
    let dir = text(&directory);
    let running = Running::start(&directory);
    // Killed, so that the log holds commits that the file does not.
    running.kill();
    let (database, aside) = (directory.join("claviger.db"), outer.path().join("aside"));
    let log = fs::metadata(directory.join("claviger.db-wal"))
        .unwrap()
        .len();
    assert!(log > 0);
    fs::rename(&database, &aside).unwrap();
    for parts in [
        &["holds access keys, but the database they belong to is gone"][..],
        &["the file is missing but its log is here"],
    ] {
        check(&["up", "--dir", dir, "--listen", "127.0.0.1:0"], 3, parts);
        assert_eq!(
            fs::metadata(directory.join("claviger.db-wal"))
                .unwrap()
                .len(),
            log
        );
        assert!(!database.exists());
        // The second time without the access keys, which would tell first.
        if directory.join("credentials").exists() {
            fs::rename(
                directory.join("credentials"),
                outer.path().join("credentials"),
            )
            .unwrap();
        }
    }
    fs::rename(
        outer.path().join("credentials"),
        directory.join("credentials"),
    )
    .unwrap();
    fs::rename(&aside, &database).unwrap();
    let again = Running::start(&directory);
    assert_eq!(again.said["proof"]["complete"], true);
    assert!(told(&["trail", "verify", "--dir", dir]).starts_with("intact: "));
}

#[test]
fn no_proxy_of_the_environment_is_asked() {
    let (_outer, directory) = place();
    let nowhere = "http://127.0.0.1:1";
    let variables = [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ];
    let variables = variables.map(|name| (name, nowhere));
    let running = Running::start_in(&directory, &[], &variables);
    assert_eq!(running.said["proof"]["complete"], true);
    let exports = told(&["env", "--dir", text(&directory)]);
    assert!(
        exports.contains("export NO_PROXY=\"127.0.0.1,::1,localhost"),
        "{exports}"
    );
}

/// The lines that are said can be pasted, whatever the directory is called.
#[test]
fn what_is_said_can_be_pasted() {
    let outer = tempfile::tempdir().unwrap();
    let directory = outer.path().join("it's a \"$(touch pwned)\" dir");
    let mut child = command(BIN)
        .args(["up", "--listen", "127.0.0.1:0", "--dir"])
        .arg(&directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .take_while(|line| line != "ready")
        .collect();
    let line = lines
        .iter()
        .find_map(|line| line.strip_prefix("try it"))
        .unwrap();
    let export = line.split(';').next().unwrap().trim();
    let script = format!("cd /; {export}; echo \"$AWS_ENDPOINT_URL\"");
    let output = command("sh").args(["-c", &script]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    support::signal(child.id(), "HUP");
    assert!(
        child.wait().unwrap().success(),
        "a closed terminal ends it as Ctrl-C does"
    );
    assert!(said.starts_with("http://127.0.0.1:"), "{said} {line}");
    assert!(!directory.join("service.json").exists());
    assert!(!Path::new("/pwned").exists() && !Path::new("pwned").exists());
}

/// A directory of AWS tools has files of the same names.
#[test]
fn settings_of_aws_tools_are_left_alone() {
    for name in ["config", "credentials"] {
        let (_outer, directory) = place();
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
        let own = "[default]\nregion = eu-central-1\n";
        fs::write(directory.join(name), own).unwrap();
        check(
            &["up", "--dir", text(&directory), "--listen", "127.0.0.1:0"],
            3,
            &[name],
        );
        check(
            &["reset", "--dir", text(&directory), "--yes"],
            3,
            &["there is no development service in"],
        );
        assert_eq!(fs::read_to_string(directory.join(name)).unwrap(), own);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    }
}
