//! What may come in from outside: the bans and licences of `deny.toml`, held against every package
//! that is built. `cargo deny` checks more (sources, licence texts); this needs nothing
//! installed.

use super::Finding;
use serde::Deserialize;
use spdx::{Expression, LicenseReq, ParseMode};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The part of `deny.toml` that is checked here.
#[derive(Debug, Deserialize)]
struct Rules {
    licenses: Licences,
    bans: Bans,
}

#[derive(Debug, Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

/// Checks every package from outside.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>, String> {
    let text =
        std::fs::read_to_string(root.join("deny.toml")).map_err(|e| format!("deny.toml: {e}"))?;
    let rules: Rules = toml::from_str(&text).map_err(|e| format!("deny.toml: {e}"))?;
    let tree = tree(root)?;
    let packages: BTreeSet<(&str, &str)> = tree.lines().filter_map(package).collect();
    let findings = packages.into_iter().flat_map(|(name, licence)| {
        wrong(&rules, name, licence)
            .into_iter()
            .map(move |what| Finding {
                place: format!("Cargo.lock, {name}"),
                what,
            })
    });
    Ok(findings.collect())
}

/// Everything that any target and any part of the workspace builds with: a line each, with the
/// name, the version and the licence. `cargo metadata` would name optional crates that nothing
/// switches on.
fn tree(root: &Path) -> Result<String, String> {
    let arguments = "tree --workspace --locked --target all --edges normal,build,dev --prefix none";
    let output = Command::new(env!("CARGO"))
        .args(arguments.split(' '))
        .args(["--no-dedupe", "--format", "{p}|{l}"])
        .current_dir(root)
        .output()
        .map_err(|e| format!("cargo tree: {e}"))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|e| format!("cargo tree: {e}"))
    } else {
        Err(format!(
            "cargo tree: {}",
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

/// Name and licence of a package from outside: one of ours shows its folder.
fn package(line: &str) -> Option<(&str, &str)> {
    let (package, licence) = line.split_once('|')?;
    (!package.contains('(')).then_some((package.split(' ').next()?, licence))
}

fn wrong(rules: &Rules, name: &str, licence: &str) -> Vec<String> {
    let ban = rules.bans.deny.iter().find(|ban| ban.name == name);
    let banned = ban.map(|ban| format!("is banned: {}", ban.reason));
    banned
        .into_iter()
        .chain(licence_problem(rules, licence))
        .collect()
}

fn licence_problem(rules: &Rules, licence: &str) -> Option<String> {
    if licence.is_empty() {
        return Some("names no licence".to_owned());
    }
    let Ok(expression) = Expression::parse_mode(licence, ParseMode::LAX) else {
        return Some(format!(
            "has the licence `{licence}`, which is no SPDX expression"
        ));
    };
    // "Or later" includes the version that is allowed.
    let allowed = |required: &LicenseReq| {
        let required = required.to_string();
        let exact = required.trim_end_matches('+');
        rules.licenses.allow.iter().any(|a| a == exact)
    };
    (!expression.evaluate(allowed))
        .then(|| format!("has the licence `{licence}`, which deny.toml does not allow"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bans_and_licences() {
        let rules: Rules = toml::from_str(
            "licenses = { allow = ['MIT', 'MPL-2.0', 'Apache-2.0 WITH LLVM-exception'] }\n\
             bans = { deny = [{ crate = 'ring', reason = 'no' }] }",
        )
        .unwrap();
        for (name, licence, expect) in [
            ("a", "MIT", &[][..]),
            ("a", "MIT OR GPL-3.0", &[]),
            ("a", "MPL-2.0+", &[]),
            ("a", "MIT/GPL-3.0", &[]),
            ("a", "Apache-2.0 WITH LLVM-exception", &[]),
            (
                "a",
                "MIT AND GPL-3.0",
                &["has the licence `MIT AND GPL-3.0`, which deny.toml does not allow"],
            ),
            (
                "a",
                "Apache-2.0",
                &["has the licence `Apache-2.0`, which deny.toml does not allow"],
            ),
            (
                "a",
                "??",
                &["has the licence `??`, which is no SPDX expression"],
            ),
            ("a", "", &["names no licence"]),
            ("ring", "MIT", &["is banned: no"]),
        ] {
            assert_eq!(wrong(&rules, name, licence), expect, "{name} {licence:?}");
        }
    }
}
