//! The committed shapes are those of the service models.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop where it fails"
)]

use std::io::Write as _;
use std::path::Path;
use xtask::generate;

#[test]
fn generated_files_are_current() {
    let Some(data) = std::env::var_os(generate::DATA_VARIABLE) else {
        // The test command of the project sets the variable; who runs this test alone is told.
        let _ = writeln!(
            std::io::stderr(),
            "NOT COMPARED: {} is not set, so the generated shapes were not compared with the service models",
            generate::DATA_VARIABLE
        );
        return;
    };
    for file in generate::generate(Path::new(&data)).unwrap() {
        let committed = std::fs::read_to_string(xtask::root().join(&file.path)).unwrap_or_default();
        // Not assert_eq: it would print both files.
        assert!(
            committed == file.text,
            "{} is not what the service model gives: run `cargo xtask generate`",
            file.path.display()
        );
    }
}
