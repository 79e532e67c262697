//! Tries any bytes as a policy: mutates known policies by a seeded generator and runs everything that
//! reads policies on them. Panics are caught and their inputs kept. It knows no coverage.
#![allow(
    clippy::disallowed_methods,
    reason = "a tool that runs for a given time reads the clock"
)]

mod corpus;
mod mutate;
mod trial;

use mutate::Mutator;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

struct Arguments {
    seconds: u64,
    seed: u64,
    files: Vec<PathBuf>,
}

fn arguments() -> Result<Arguments, String> {
    let mut parsed = Arguments {
        seconds: 60,
        seed: 1,
        files: Vec::new(),
    };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        let mut number = |name: &str| {
            given
                .next()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| format!("{name} needs a number"))
        };
        match argument.as_str() {
            "--seconds" => parsed.seconds = number("--seconds")?,
            "--seed" => parsed.seed = number("--seed")?,
            file if !file.starts_with("--") => parsed.files.push(file.into()),
            other => return Err(format!("unknown: {other}; --seconds N, --seed N, or files")),
        }
    }
    Ok(parsed)
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    if arguments.files.is_empty() {
        return fuzz(&arguments);
    }
    let failed = arguments
        .files
        .iter()
        .filter(|file| match std::fs::read(file) {
            Ok(bytes) => trial::run(&bytes).is_err(),
            Err(error) => {
                eprintln!("{}: {error}", file.display());
                true
            }
        });
    ExitCode::from(u8::from(failed.count() > 0))
}

fn fuzz(arguments: &Arguments) -> ExitCode {
    // The panic itself is told by what is kept.
    std::panic::set_hook(Box::new(|_| {}));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = corpus::read(&root.join("../testdata"));
    let mut mutator = Mutator::new(arguments.seed, corpus);
    let end = Instant::now() + Duration::from_secs(arguments.seconds);
    let (mut tried, mut failed, mut policies) = (0_u64, 0_u64, 0_u64);
    while Instant::now() < end {
        let input = mutator.next_input();
        tried += 1;
        match trial::run(&input) {
            Ok(is_policy) => {
                policies += u64::from(is_policy);
                if is_policy {
                    mutator.keep(&input);
                }
            }
            Err(what) => {
                failed += 1;
                keep(&root.join("artifacts"), failed, &input, &what);
            }
        }
    }
    println!(
        "seed {}: {tried} inputs, {policies} of them policies, {failed} failures",
        arguments.seed
    );
    ExitCode::from(u8::from(failed > 0))
}

fn keep(folder: &Path, number: u64, input: &[u8], what: &str) {
    let file = folder.join(format!("failure-{number}"));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, input));
    match written {
        Ok(()) => eprintln!("{}: {what}", file.display()),
        Err(error) => eprintln!("{}: {error}; {what}", file.display()),
    }
}
