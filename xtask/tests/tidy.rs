//! The workspace is in order.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop where it fails"
)]

#[test]
fn the_workspace_is_in_order() {
    let root = xtask::root();
    let findings = xtask::tidy::check(root).unwrap();
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}
