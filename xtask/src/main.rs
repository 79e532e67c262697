//! The command line of the repository's own tasks: `cargo xtask generate` and `cargo xtask tidy`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use xtask::{generate, tidy};

const USAGE: &str = "usage: cargo xtask generate [--data DIR]\n       cargo xtask tidy";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["generate"] => generate_files(None),
        ["generate", "--data", folder] => generate_files(Some(folder)),
        ["tidy"] => tidy(),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            let _ = writeln!(std::io::stderr(), "{text}");
            ExitCode::FAILURE
        }
    }
}

fn generate_files(folder: Option<&str>) -> Result<(), String> {
    let data = folder
        .map(PathBuf::from)
        .or_else(|| std::env::var_os(generate::DATA_VARIABLE).map(PathBuf::from))
        .ok_or_else(|| {
            format!(
                "name botocore's data folder with --data or in {}",
                generate::DATA_VARIABLE
            )
        })?;
    generate::write(xtask::root(), &generate::generate(&data)?)
}

fn tidy() -> Result<(), String> {
    let findings = tidy::check(xtask::root())?;
    if findings.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    Err(lines.join("\n"))
}
