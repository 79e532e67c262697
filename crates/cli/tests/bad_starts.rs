//! Starts that must not be: each is refused with what is wrong and what to do, and leaves everything
//! as it was, so that it goes on once that is mended. What lies in a directory that is damaged is
//! told in `command_line.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{BIN, Running, command, place, told};

/// A user that is neither root nor whoever runs the tests.
const SOMEBODY: u32 = 65_534;

fn up(directory: &Path, listen: &str) -> Command {
    let mut up = command(BIN);
    up.args(["up", "--listen", listen, "--dir"]).arg(directory);
    up
}

/// Runs a start that must be refused, and holds what it says against what is expected.
fn refused(start: &mut Command, parts: &[&str]) {
    let output = start.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{error}");
    assert!(output.stdout.is_empty(), "it printed data and failed");
    for part in parts {
        assert!(error.contains(part), "no {part:?} in: {error}");
    }
}

/// Every file of a directory: a hash of its content, its mode and its owner. What whoever looks at a
/// database leaves beside it, the index of its log and a log with nothing in it, holds nothing.
fn state(directory: &Path) -> BTreeMap<PathBuf, (u64, u32, u32)> {
    let files = fs::read_dir(directory).unwrap().map(|e| e.unwrap().path());
    let mut found = BTreeMap::new();
    for path in files.filter(|path| path.is_file()) {
        let metadata = fs::metadata(&path).unwrap();
        let name = path.to_string_lossy();
        if name.ends_with("-shm") || (name.ends_with("-wal") && metadata.len() == 0) {
            continue;
        }
        let mut hasher = DefaultHasher::new();
        fs::read(&path).unwrap().hash(&mut hasher);
        let entry = (hasher.finish(), metadata.mode(), metadata.uid());
        found.insert(path, entry);
    }
    found
}

/// A directory that was used and stopped.
fn used() -> (tempfile::TempDir, PathBuf) {
    let (outer, directory) = place();
    assert!(Running::start(&directory).interrupt().success());
    (outer, directory)
}

fn goes_on(directory: &Path) {
    let again = Running::start(directory);
    assert_eq!(again.said["proof"]["complete"], true);
    let dir = directory.to_str().unwrap();
    assert!(told(&["trail", "verify", "--dir", dir]).starts_with("intact: "));
    assert!(again.interrupt().success());
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let parts = [
        format!("error: cannot listen on {address}: Address already in use"),
        " next: --listen 127.0.0.1:0 takes a free port".to_owned(),
    ];
    let parts = parts.each_ref().map(String::as_str);
    let (_outer, new) = place();
    refused(&mut up(&new, &address), &parts);
    assert!(!new.exists(), "a start that was refused made a directory");
    let (_outer, directory) = used();
    refused(&mut up(&directory, &address), &parts);
    goes_on(&directory);
}

#[test]
fn a_directory_that_another_service_has() {
    let (_outer, directory) = place();
    let running = Running::start(&directory);
    let before = state(&directory);
    let stop = format!("stop it with: kill {}", running.pid());
    refused(
        &mut up(&directory, "127.0.0.1:0"),
        &["is in use by another process", &stop],
    );
    assert_eq!(state(&directory), before);
    assert!(running.interrupt().success());
    goes_on(&directory);
}

#[test]
fn a_directory_of_a_newer_version() {
    let (_outer, directory) = used();
    let database = rusqlite::Connection::open(directory.join("claviger.db")).unwrap();
    let format: i64 = database
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    database.close().unwrap();
    let before = state(&directory);
    refused(
        &mut up(&directory, "127.0.0.1:0"),
        &["has format 99", "run the version that wrote it, or a later"],
    );
    assert_eq!(state(&directory), before);
    let database = rusqlite::Connection::open(directory.join("claviger.db")).unwrap();
    database
        .pragma_update(None, "user_version", format)
        .unwrap();
    database.close().unwrap();
    goes_on(&directory);
}

/// Only root can give a directory away; who is not root is refused by the operating system, and the
/// check itself is tested in `crates/server/src/node/directory.rs`.
#[test]
#[allow(clippy::print_stdout, reason = "a test that is left out says why")]
fn a_directory_of_another_user() {
    let (_outer, directory) = used();
    let own = fs::metadata(&directory).unwrap().uid();
    if own != 0 {
        println!("not tested here: only root can give a directory away");
        return;
    }
    let (_empty_outer, empty) = place();
    fs::create_dir(&empty).unwrap();
    fs::set_permissions(&empty, fs::Permissions::from_mode(0o755)).unwrap();
    for directory in [&directory, &empty] {
        chown(directory, Some(SOMEBODY), None).unwrap();
        let before = (state(directory), fs::metadata(directory).unwrap().mode());
        refused(
            &mut up(directory, "127.0.0.1:0"),
            &[
                "belongs to user 65534, but this process runs as user 0",
                "run it as that user, or name another directory",
            ],
        );
        let after = (state(directory), fs::metadata(directory).unwrap().mode());
        assert_eq!(after, before);
        chown(directory, Some(own), None).unwrap();
        goes_on(directory);
    }
}

/// The limit of a file's size stands for a full disk, because anybody can set it: what is written
/// past it fails alike. Each size stops the start at another place, and the next goes on from what
/// that left.
#[test]
fn a_disk_without_room() {
    let (_outer, directory) = place();
    for (blocks, part) in [
        (0, "cannot be opened: disk I/O error"),
        (16, "cannot be opened: disk I/O error"),
        (64, "could not be brought to the current format"),
        (128, "could not be brought to the current format"),
    ] {
        // Without the signal, which would end the process, writing fails with an error.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let mut limited = command("sh");
        limited.args(["-c", &script, "sh", BIN, "up", "--listen", "127.0.0.1:0"]);
        limited.arg("--dir").arg(&directory);
        let next = "see that the disk has room and works, then start again";
        refused(&mut limited, &[part, next]);
    }
    goes_on(&directory);
}
