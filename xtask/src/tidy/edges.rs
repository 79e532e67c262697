//! Which crate may use which. The table says it once; `cargo metadata` says what is.

use super::Finding;
use cargo_metadata::{DependencyKind, MetadataCommand};
use std::path::Path;

/// A crate of the workspace, without the prefix `claviger-`.
struct Crate {
    name: &'static str,
    /// The crates it may use, all of them on lines above its own.
    may_use: &'static [&'static str],
    /// Whether it may reach the world: async runtimes, HTTP, the AWS SDK.
    at_the_edge: bool,
}

/// The crates, line by line.
const TABLE: [Crate; 17] = [
    inner("types", &[]),
    inner("model", &["types"]),
    inner("policy", &["types"]),
    inner("crypto", &["types"]),
    // A database client may bring its runtime along.
    edge("store", &["types"]),
    edge("xks", &["types"]),
    inner("trail", &["types", "model"]),
    inner("core", &["types", "model", "policy", "trail", "crypto"]),
    edge("delivery", &["types", "trail", "store"]),
    inner("detect", &["types", "trail"]),
    edge("lake", &["types", "trail"]),
    edge(
        "server",
        &[
            "types", "model", "policy", "crypto", "store", "xks", "trail", "core", "delivery",
        ],
    ),
    edge(
        "govern",
        &[
            "types", "policy", "store", "xks", "trail", "delivery", "detect", "lake",
        ],
    ),
    edge(
        "console",
        &[
            "types", "policy", "store", "xks", "trail", "delivery", "detect", "lake", "govern",
        ],
    ),
    edge("embedded", &["types", "store", "core", "server", "govern"]),
    edge(
        "cli",
        &[
            "types", "model", "policy", "crypto", "store", "xks", "trail", "core", "delivery",
            "detect", "lake", "server", "govern", "console",
        ],
    ),
    edge("lambda", &["govern"]),
];

/// What only crates at the edge may depend on.
const WORLD: [&str; 8] = [
    "tokio",
    "async-std",
    "axum",
    "hyper",
    "reqwest",
    "aws-config",
    "aws-sdk-",
    "aws-smithy-",
];

const fn inner(name: &'static str, may_use: &'static [&'static str]) -> Crate {
    Crate {
        name,
        may_use,
        at_the_edge: false,
    }
}

const fn edge(name: &'static str, may_use: &'static [&'static str]) -> Crate {
    Crate {
        name,
        may_use,
        at_the_edge: true,
    }
}

/// A package as cargo sees it.
#[derive(Debug)]
pub(super) struct Package {
    name: String,
    /// Its folder, from the repository's root.
    folder: String,
    /// What it depends on, and whether for tests only.
    uses: Vec<(String, bool)>,
}

/// The packages of the workspace.
pub(super) fn packages(root: &Path) -> Result<Vec<Package>, String> {
    let metadata = MetadataCommand::new()
        .current_dir(root)
        .no_deps()
        .exec()
        .map_err(|e| format!("cargo metadata: {e}"))?;
    let packages = metadata.packages.into_iter().map(|package| {
        let folder = package.manifest_path.parent().map(|f| f.as_std_path());
        Package {
            name: package.name.to_string(),
            folder: folder.map_or_else(String::new, |f| super::place(root, f)),
            uses: package
                .dependencies
                .into_iter()
                .map(|d| (d.name, d.kind == DependencyKind::Development))
                .collect(),
        }
    });
    Ok(packages.collect())
}

/// Compares the packages with the table.
pub(super) fn check(packages: &[Package]) -> Vec<Finding> {
    let findings = packages.iter().flat_map(|package| {
        check_package(package).into_iter().map(|what| Finding {
            place: package.folder.clone(),
            what,
        })
    });
    findings.collect()
}

fn check_package(package: &Package) -> Vec<String> {
    let Some(name) = package.folder.strip_prefix("crates/") else {
        return check_tool(package);
    };
    let Some(own) = TABLE.iter().find(|c| c.name == name) else {
        return vec![format!("the crate `{name}` is not in the table of crates")];
    };
    let mut found = Vec::new();
    if package.name != format!("claviger-{name}") {
        found.push(format!("the package should be named claviger-{name}"));
    }
    for (used, for_tests) in &package.uses {
        found.extend(check_use(own, used, *for_tests));
    }
    found
}

fn check_use(own: &Crate, used: &str, for_tests: bool) -> Option<String> {
    let Some(used_crate) = used.strip_prefix("claviger-") else {
        let world = WORLD
            .iter()
            .any(|w| used == *w || (w.ends_with('-') && used.starts_with(w)));
        return (world && !own.at_the_edge && !for_tests)
            .then(|| format!("must not use {used}: it does no I/O and is not async"));
    };
    let allowed = own.may_use.contains(&used_crate) || (for_tests && used_crate == "testkit");
    (!allowed).then(|| format!("must not use {used}"))
}

/// The tools beside the crates: `testkit` may use any but the binaries, the reference of policy
/// decisions only the engine it is compared with, `xtask` none.
fn check_tool(package: &Package) -> Vec<String> {
    let forbidden = |used: &str| match package.folder.as_str() {
        "xtask" => used.starts_with("claviger-"),
        "testkit/policy-reference" => {
            used.starts_with("claviger-") && !["claviger-policy", "claviger-types"].contains(&used)
        }
        _ => ["claviger-cli", "claviger-lambda"].contains(&used),
    };
    let uses = package.uses.iter().map(|(used, _)| used);
    uses.filter(|used| forbidden(used))
        .map(|used| format!("must not use {used}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_runs_one_way() {
        for (line, own) in TABLE.iter().enumerate() {
            for used in own.may_use {
                let at = TABLE.iter().position(|c| c.name == *used);
                assert!(at.is_some_and(|at| at < line), "{} uses {used}", own.name);
            }
        }
    }

    #[test]
    fn rules() {
        for (folder, used, for_tests, expect) in [
            ("crates/core", "claviger-policy", false, None),
            (
                "crates/core",
                "claviger-store",
                false,
                Some("must not use claviger-store"),
            ),
            ("crates/core", "claviger-testkit", true, None),
            (
                "crates/core",
                "claviger-testkit",
                false,
                Some("must not use claviger-testkit"),
            ),
            (
                "crates/core",
                "claviger-server",
                true,
                Some("must not use claviger-server"),
            ),
            (
                "crates/core",
                "tokio",
                false,
                Some("must not use tokio: it does no I/O and is not async"),
            ),
            (
                "crates/trail",
                "aws-sdk-s3",
                false,
                Some("must not use aws-sdk-s3: it does no I/O and is not async"),
            ),
            ("crates/delivery", "aws-sdk-s3", false, None),
            (
                "crates/govern",
                "claviger-core",
                false,
                Some("must not use claviger-core"),
            ),
            (
                "crates/govern",
                "claviger-server",
                false,
                Some("must not use claviger-server"),
            ),
            ("crates/lambda", "claviger-govern", false, None),
            ("crates/embedded", "claviger-server", false, None),
            (
                "crates/embedded",
                "claviger-cli",
                false,
                Some("must not use claviger-cli"),
            ),
            (
                "crates/cli",
                "claviger-embedded",
                true,
                Some("must not use claviger-embedded"),
            ),
            ("crates/core", "serde", false, None),
            (
                "xtask",
                "claviger-types",
                false,
                Some("must not use claviger-types"),
            ),
            ("testkit", "claviger-core", false, None),
            ("testkit/policy-reference", "claviger-policy", false, None),
            (
                "testkit/policy-reference",
                "claviger-core",
                true,
                Some("must not use claviger-core"),
            ),
        ] {
            let name = folder.trim_start_matches("crates/");
            let package = Package {
                name: format!("claviger-{name}"),
                folder: folder.to_owned(),
                uses: vec![(used.to_owned(), for_tests)],
            };
            let found = check_package(&package);
            let expect: Vec<_> = expect.into_iter().map(str::to_owned).collect();
            assert_eq!(found, expect, "{folder} uses {used}");
        }
        let unknown = Package {
            name: "claviger-odd".to_owned(),
            folder: "crates/odd".to_owned(),
            uses: Vec::new(),
        };
        assert_eq!(check_package(&unknown).len(), 1);
    }
}
