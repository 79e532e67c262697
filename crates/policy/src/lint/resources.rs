//! Rules about `Resource` and `NotResource` (`POL-E5`).

use super::Found;
use super::kms::{ON_ALIAS, permissions};
use super::subject::{Subject, View};
use crate::document::Placed;

pub(super) fn check(subject: &Subject<'_>, found: &mut Found<'_>) {
    for view in subject.statements() {
        let Some(resources) = &view.written.resources else {
            continue;
        };
        for resource in &resources.values {
            if is_alias(&resource.text) {
                alias(subject, view, resource, found);
            } else if subject.is_key_policy() && resource.text != "*" {
                own_key(subject, resource, found);
            }
        }
    }
}

fn is_alias(resource: &str) -> bool {
    let mut parts = resource.splitn(6, ':');
    parts.nth(2) == Some("kms") && parts.nth(2).is_some_and(|rest| rest.starts_with("alias/"))
}

/// The ARN of an alias is the resource of the alias's own operations, never of the key's.
fn alias(subject: &Subject<'_>, view: View<'_>, resource: &Placed, found: &mut Found<'_>) {
    let dead: Vec<&str> = match &view.written.actions {
        Some(actions) if !actions.negated => actions
            .values
            .iter()
            .flat_map(|a| permissions(&a.text))
            .filter(|p| !ON_ALIAS.contains(p))
            .collect(),
        _ => Vec::new(),
    };
    let alive = view.written.actions.as_ref().is_some_and(|actions| {
        actions
            .values
            .iter()
            .any(|a| permissions(&a.text).any(|p| ON_ALIAS.contains(&p)))
    });
    if subject.is_key_policy() || (!dead.is_empty() && !alive) {
        found.add(
            "LINT-RESOURCE-ALIAS",
            resource.span,
            "the ARN of an alias never stands for its key; name the key, or use the condition key kms:ResourceAliases or kms:RequestAlias",
        );
    }
}

/// A key policy's resource is its key; `*` says so.
fn own_key(subject: &Subject<'_>, resource: &Placed, found: &mut Found<'_>) {
    let account = resource.text.split(':').nth(4).unwrap_or_default();
    let elsewhere = subject.options.account.is_some_and(|own| {
        account.len() == 12 && !account.contains(['*', '?']) && account != own.as_str()
    });
    if elsewhere {
        found.add(
            "LINT-RESOURCE-OTHER",
            resource.span,
            format!("this is a key of account {account}; a key policy speaks of its own key only, so the statement never applies"),
        );
    } else {
        found.add(
            "LINT-RESOURCE-NAMED",
            resource.span,
            "in a key policy the resource is the key itself; any other ARN never matches, and \"*\" means this key only",
        );
    }
}
