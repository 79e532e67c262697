//! Runs the real binary: single commands, and `claviger up` until it is ready.
#![allow(dead_code, reason = "each test file uses its part")]

use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use tempfile::TempDir;

pub(crate) const BIN: &str = env!("CARGO_BIN_EXE_claviger");

/// What commands get of the environment of whoever runs the tests: where programs and temporary
/// files are, and where coverage is written.
const KEPT: [&str; 4] = ["PATH", "TMPDIR", "LLVM_PROFILE_FILE", "CARGO_LLVM_COV"];

/// A command in an environment that is the same everywhere: no settings of AWS tools, of proxies, of
/// a terminal or of Claviger, and an empty home of its own.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("home");
    std::fs::create_dir_all(&home).unwrap();
    let kept = KEPT.map(|name| (name, std::env::var_os(name)));
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(kept.into_iter().filter_map(|(name, v)| Some((name, v?))))
        .envs([("TZ", "UTC"), ("LANG", "C.UTF-8")])
        .env("HOME", home);
    command
}

pub(crate) fn claviger(arguments: &[&str]) -> Output {
    command(BIN).args(arguments).output().unwrap()
}

/// Standard output of a command that must succeed.
pub(crate) fn told(arguments: &[&str]) -> String {
    let output = claviger(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn told_json(arguments: &[&str]) -> Value {
    serde_json::from_str(&told(arguments)).unwrap()
}

/// The records of an event.
pub(crate) fn records_of(dir: &str, event: &str) -> Vec<Value> {
    let query = [
        "trail", "query", "--event", event, "--dir", dir, "--output", "json",
    ];
    told_json(&query).as_array().unwrap().clone()
}

/// A directory for one development service.
pub(crate) fn place() -> (TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let directory = outer.path().join("dir");
    (outer, directory)
}

/// A running `claviger up`; killed when dropped.
pub(crate) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// What it said before it was ready.
    pub(crate) said: Value,
}

impl Running {
    /// Starts it on a free port and waits until it says that it is ready.
    pub(crate) fn start(directory: &Path) -> Self {
        Self::start_with(directory, &[])
    }

    /// The same with more options.
    pub(crate) fn start_with(directory: &Path, more: &[&str]) -> Self {
        Self::start_in(directory, more, &[])
    }

    /// The same in another environment.
    pub(crate) fn start_in(directory: &Path, more: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = command(BIN)
            .envs(environment.iter().copied())
            .args(["up", "--listen", "127.0.0.1:0", "--output", "json", "--dir"])
            .arg(directory)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        if line.is_empty() {
            let mut error = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut error)
                .unwrap();
            panic!("claviger up did not become ready: {error}");
        }
        let said = serde_json::from_str(&line).unwrap();
        Self {
            child,
            stdout,
            said,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn text(&self, member: &str) -> &str {
        self.said[member].as_str().unwrap()
    }

    /// Asks it to stop, as Ctrl-C does, and waits until it has.
    pub(crate) fn interrupt(mut self) -> ExitStatus {
        signal(self.pid(), "INT");
        self.child.wait().unwrap()
    }

    /// Ends it without warning.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn signal(pid: u32, name: &str) {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(status.unwrap().success());
}
