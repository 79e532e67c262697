//! Unmodified AWS clients against the real binary: boto3 and the AWS CLI, driven by pytest. Each
//! file of tests/python is one test here, so that one runner counts them all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use std::path::Path;
use support::{BIN, command};

/// The interpreter of the virtual environment that `./check` makes.
const PYTHON: &str = "CLAVIGER_PYTHON";

fn check(file: &str) {
    let python = std::env::var_os(PYTHON).unwrap_or_else(|| {
        panic!("{PYTHON} is not set: run ./check, which makes the Python environment")
    });
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = command(python)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
        .arg(Path::new("tests/python").join(file))
        .current_dir(root)
        .env("CLAVIGER_BIN", BIN)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    // pytest exits with 5 when it finds no test, so an empty file fails too.
    assert!(
        output.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

macro_rules! files {
    ($($name:ident),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                check(concat!("test_", stringify!($name), ".py"));
            }
        )+

        #[test]
        fn every_file_is_driven() {
            let mut found: Vec<String> =
                std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/python"))
                    .unwrap()
                    .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                    .filter(|name| name.starts_with("test_"))
                    .collect();
            found.sort();
            assert_eq!(found, [$(concat!("test_", stringify!($name), ".py")),+]);
        }
    };
}

files!(
    archive,
    asymmetric,
    awscli,
    beside_an_emulator,
    config_files,
    crash,
    durability,
    encryption_clients,
    example,
    explain,
    forwarding,
    grants,
    iam_policies_boto3,
    identity_center_boto3,
    import,
    kms_boto3,
    kms_races,
    multi_region,
    nothing_secret,
    organizations,
    principals_boto3,
    serve,
    sts,
    terminal,
    trail_archive
);
