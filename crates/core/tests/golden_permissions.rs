//! What each operation of every service is authorised with: permissions, resources and condition keys,
//! as the engine was asked when the operation was allowed. What came out is the page
//! `docs/reference/authorization.md`. That AWS asks for the same is the rows' matter
//! (`matrix/*_rows.rs` name their sources); that each is needed is the authorisation matrix's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod directory;
#[allow(dead_code, unused_imports, reason = "another test uses the rest")]
mod matrix;

use claviger_core::chain::Explained;
use matrix::{Expect, Line, Row, Who, World, lines, rows};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What the engine was asked once for an operation.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    action: String,
    resource: String,
    keys: BTreeSet<String>,
}

/// The kind of a resource as an ARN's pattern: `arn:aws:kms:*:*:key/*`.
fn kind(resource: &str) -> String {
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let [arn, partition, service, region, account, rest] = parts[..] else {
        return resource.to_owned();
    };
    let star = |text: &str| if text.is_empty() { "" } else { "*" };
    let rest = match rest.split_once('/') {
        // A bucket has no type before its name.
        Some(_) if service == "s3" => "*/*".to_owned(),
        Some((kind, _)) => format!("{kind}/*"),
        None if service == "s3" => "*".to_owned(),
        None => rest
            .split_once(':')
            .map_or_else(|| rest.to_owned(), |(kind, _)| format!("{kind}:*")),
    };
    format!(
        "{arn}:{partition}:{service}:{}:{}:{rest}",
        star(region),
        star(account)
    )
}

/// How AWS spells the keys that operations bring along; the engine compares them in lower case.
const SPELLED: [&str; 39] = [
    "aws:TagKeys",
    "iam:AWSServiceName",
    "iam:PermissionsBoundary",
    "iam:PolicyARN",
    "kms:BypassPolicyLockoutSafetyCheck",
    "kms:CallerAccount",
    "kms:CustomerMasterKeySpec",
    "kms:CustomerMasterKeyUsage",
    "kms:DataKeyPairSpec",
    "kms:EncryptionAlgorithm",
    "kms:ExpirationModel",
    "kms:GrantIsForAWSResource",
    "kms:GrantOperations",
    "kms:GranteePrincipal",
    "kms:KeyAgreementAlgorithm",
    "kms:KeyOrigin",
    "kms:KeySpec",
    "kms:KeyUsage",
    "kms:MacAlgorithm",
    "kms:MessageType",
    "kms:MultiRegion",
    "kms:MultiRegionKeyType",
    "kms:PolicyName",
    "kms:PrimaryRegion",
    "kms:ReEncryptOnSameKey",
    "kms:ReplicaRegion",
    "kms:RotationPeriodInDays",
    "kms:ScheduleKeyDeletionPendingWindowInDays",
    "kms:SigningAlgorithm",
    "kms:TrailingDaysWithoutKeyUsage",
    "kms:WrappingAlgorithm",
    "kms:WrappingKeySpec",
    "organizations:PolicyType",
    "organizations:ServicePrincipal",
    "s3:prefix",
    "sts:ExternalId",
    "sts:RoleSessionName",
    "sts:SourceIdentity",
    "sts:TransitiveTagKeys",
];

/// A key as AWS spells it, with what callers choose in its name left out.
fn key(name: &str) -> String {
    const CHOSEN: [&str; 5] = [
        "aws:RequestTag/",
        "aws:ResourceTag/",
        "aws:PrincipalTag/",
        "iam:ResourceTag/",
        "kms:EncryptionContext:",
    ];
    if let Some(start) = CHOSEN.iter().find(|start| name.starts_with(**start)) {
        return format!("{start}*");
    }
    let spelled = SPELLED.iter().find(|key| key.eq_ignore_ascii_case(name));
    let is_spelled = name.chars().any(char::is_uppercase);
    assert!(
        spelled.is_some() || is_spelled,
        "how does AWS spell {name}?"
    );
    spelled.map_or(name, |key| key).to_owned()
}

fn asked(explained: &Explained) -> Asked {
    let context = explained.case["request"]["context"].as_object();
    Asked {
        action: explained.action.clone(),
        resource: kind(&explained.resource),
        keys: context
            .into_iter()
            .flatten()
            .map(|(name, _)| key(name))
            .collect(),
    }
}

/// The line in which the worker is allowed everything.
fn allowed(row: &Row) -> Option<Line> {
    let mut lines = lines(row).into_iter();
    lines.find(|line| line.who == Who::Worker && matches!(line.expect, Expect::Allowed))
}

type Found = BTreeMap<&'static str, BTreeMap<&'static str, BTreeSet<Asked>>>;

fn found() -> Found {
    let mut found = Found::new();
    let mut world = World::new();
    for row in rows(&world) {
        let operations = found.entry(row.service).or_default();
        let operation = operations.entry(row.operation).or_default();
        if let Some(line) = allowed(&row) {
            operation.extend(world.explained(&row, &line).iter().map(asked));
        }
    }
    found
}

/// The keys that every question had, but for those that a service asks for its caller.
fn common(found: &Found) -> BTreeSet<String> {
    let own = |service: &str, asked: &Asked| service == "kms" || !asked.action.starts_with("kms:");
    let mut sets = found.iter().flat_map(|(service, operations)| {
        let all = operations.values().flatten();
        all.filter(|asked| own(service, asked))
            .map(|asked| asked.keys.clone())
    });
    let first = sets.next().unwrap_or_default();
    sets.fold(first, |common, keys| &common & &keys)
}

fn quoted<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    let quoted: Vec<String> = texts.into_iter().map(|text| format!("`{text}`")).collect();
    quoted.join(", ")
}

fn page(found: &Found) -> String {
    let common = common(found);
    let mut page = format!(
        "{HEAD}\nKeys of every request: {}; of the address, nothing is known where a service asks for its caller.\n",
        quoted(&common)
    );
    for (service, operations) in found {
        writeln!(page, "\n## {service}\n").unwrap();
        page.push_str("| operation | permission | on | condition keys beside those |\n");
        page.push_str("|---|---|---|---|\n");
        for (operation, all) in operations {
            if all.is_empty() {
                writeln!(page, "| {operation} | none | | |").unwrap();
            }
            for asked in all {
                let keys = quoted(asked.keys.difference(&common));
                let Asked {
                    action, resource, ..
                } = asked;
                writeln!(page, "| {operation} | `{action}` | `{resource}` | {keys} |").unwrap();
            }
        }
    }
    page
}

const HEAD: &str = "\
# What each operation is authorised with

The permissions that each operation asks for, the resources they are on, and the condition keys that a policy finds \
there. An operation has a line for each permission, and several for one where its requests differ. Permissions of \
another service stand where an operation uses it for the caller. Made by a test from what the engine is asked when the \
operation is allowed (`CLAVIGER_WRITE_REFERENCE=1 cargo nextest run -p claviger-core --test golden_permissions` writes \
it); another shows allow, implicit and explicit deny for each line (`crates/core/tests/authorization_matrix.rs`). Keys \
of a role's session, of a forward access session and of a service that calls come beside these; a key stands here only \
if the requests of that test give it a value.
";

#[test]
fn what_operations_are_authorised_with() {
    let page = page(&found());
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/reference/authorization.md");
    if std::env::var_os("CLAVIGER_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/reference/authorization.md is not current: CLAVIGER_WRITE_REFERENCE=1 writes it"
    );
}
