//! Rules about statements that never apply or never matter: conditions that no call can meet, and an
//! Allow that a Deny of the same document takes back whole (`POL-L1`, `POL-E3`).

use super::Found;
use super::candidates;
use super::kms::covers;
use super::probe::own_keys;
use super::search::Assigned;
use super::subject::{Subject, View};
use crate::document::{Base, PrincipalType};
use crate::matching::principal::{NameKind, kind_of};

pub(super) fn check(subject: &Subject<'_>, found: &mut Found<'_>) {
    for view in subject.statements() {
        contradiction(subject, view, found);
        all_but_everything(view, found);
    }
    for view in subject.statements().filter(View::allows) {
        taken_back(subject, view, found);
        beside_via_service(subject, view, found);
    }
}

/// `POL-E4`: all but everything is nothing.
fn all_but_everything(view: View<'_>, found: &mut Found<'_>) {
    for (names, what) in [
        (&view.written.actions, "NotAction"),
        (&view.written.resources, "NotResource"),
    ] {
        let everything = names
            .iter()
            .filter(|names| names.negated)
            .flat_map(|names| names.values.iter())
            .find(|value| value.text == "*");
        if let Some(value) = everything {
            found.add(
                "LINT-NEVER-APPLIES",
                value.span,
                format!("the statement never applies: {what} \"*\" leaves nothing"),
            );
        }
    }
}

/// Conditions on one key that no value meets, where every value there is was tried.
fn contradiction(subject: &Subject<'_>, view: View<'_>, found: &mut Found<'_>) {
    let probe = view.probe(subject.document);
    for on in probe.by_key() {
        if on.conditions.len() < 2 || !candidates::are_all(&on.conditions) {
            continue;
        }
        let own = own_keys();
        let values = on.candidates(&Assigned::new(&own, "v"));
        if !probe.any_holds(&on, values) {
            found.add(
                "LINT-NEVER-APPLIES",
                on.conditions.last().map_or(view.head(), |c| c.key.span),
                format!(
                    "the statement never applies: no value of {} meets all its conditions",
                    on.key.as_str()
                ),
            );
        }
    }
}

/// An unconditional Deny to the same principals, or to everyone, of all the same actions.
fn taken_back(subject: &Subject<'_>, view: View<'_>, found: &mut Found<'_>) {
    let by = subject.statements().find(|deny| {
        !deny.allows()
            && deny.written.conditions.is_empty()
            && deny.written.principals.as_ref().is_none_or(|p| !p.negated)
            && (view.written.principals.is_none()
                || deny.names_everyone()
                || denies_all_of(*deny, view))
            && covers_actions(*deny, view)
            && covers_resources(*deny, view)
    });
    if let Some(deny) = by {
        let name = match &deny.written.sid {
            Some(sid) => format!("statement {sid}"),
            None => format!("statement #{}", deny.index),
        };
        found.add(
            "LINT-TAKEN-BACK",
            view.head(),
            format!("{name} denies all that this statement allows"),
        );
    }
}

fn names(view: View<'_>) -> Vec<(PrincipalType, &str)> {
    let entries = view
        .written
        .principals
        .iter()
        .flat_map(|p| p.entries.iter());
    entries.map(|e| (e.kind, e.name.text.as_str())).collect()
}

fn same_principals(a: View<'_>, b: View<'_>) -> bool {
    let (a, b) = (names(a), names(b));
    let same = |(kind, name): &(PrincipalType, &str)| {
        b.iter().any(|(other, known)| {
            kind == other
                && (name == known
                    || matches!((kind_of(name), kind_of(known)), (NameKind::Account(a), NameKind::Account(b)) if a == b))
        })
    };
    !a.is_empty() && a.iter().all(same)
}

/// Whether a Deny to some principals reaches all of an Allow: an account stands for everybody in it.
fn denies_all_of(deny: View<'_>, allow: View<'_>) -> bool {
    let (denied, allowed) = (names(deny), names(allow));
    let reached = |(kind, name): &(PrincipalType, &str)| {
        denied.iter().any(|(other, known)| {
            let owner = match kind_of(name) {
                NameKind::Account(account) => Some(account),
                NameKind::User | NameKind::Role | NameKind::Session | NameKind::FederatedUser => {
                    name.split(':').nth(4).and_then(|a| a.parse().ok())
                }
                _ => None,
            };
            let by_account = match kind_of(known) {
                NameKind::Account(account) => owner == Some(account),
                _ => false,
            };
            kind == other && (name == known || by_account)
        })
    };
    !allowed.is_empty() && allowed.iter().all(reached)
}

fn covers_actions(wide: View<'_>, narrow: View<'_>) -> bool {
    let plain = |view: View<'_>| match &view.written.actions {
        Some(names) if !names.negated && !names.values.is_empty() => Some(
            names
                .values
                .iter()
                .map(|v| v.text.clone())
                .collect::<Vec<_>>(),
        ),
        _ => None,
    };
    match (plain(wide), plain(narrow)) {
        (Some(wide), Some(narrow)) => narrow
            .iter()
            .all(|action| wide.iter().any(|pattern| covers(pattern, action))),
        _ => false,
    }
}

fn covers_resources(wide: View<'_>, narrow: View<'_>) -> bool {
    let texts = |view: View<'_>| match &view.written.resources {
        Some(names) if !names.negated => names
            .values
            .iter()
            .map(|v| v.text.clone())
            .collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let (wide, narrow) = (texts(wide), texts(narrow));
    !narrow.is_empty()
        && narrow
            .iter()
            .all(|r| wide.iter().any(|w| w == "*" || w == r))
}

/// A user or role that must come through a service here and need not there.
fn beside_via_service(subject: &Subject<'_>, view: View<'_>, found: &mut Found<'_>) {
    let through = view.written.conditions.iter().find(|c| {
        c.key.text.eq_ignore_ascii_case("kms:ViaService")
            && !c.operator.if_exists
            && matches!(c.operator.base, Base::StringEquals | Base::StringLike)
    });
    let Some(through) = through.filter(|_| subject.is_key_policy()) else {
        return;
    };
    // Where an account is named, its own policies decide: that is delegation, not a way around.
    let persons = names(view)
        .iter()
        .all(|(_, name)| matches!(kind_of(name), NameKind::User | NameKind::Role));
    let around = subject.statements().find(|other| {
        other.index != view.index
            && other.allows()
            && other.written.conditions.is_empty()
            && other
                .written
                .principals
                .as_ref()
                .is_some_and(|p| !p.negated)
            && same_principals(view, *other)
            && covers_actions(*other, view)
            && covers_resources(*other, view)
    });
    if let Some(other) = around.filter(|_| persons) {
        let name = match &other.written.sid {
            Some(sid) => format!("statement {sid}"),
            None => format!("statement #{}", other.index),
        };
        found.add(
            "LINT-VIA-SERVICE-BYPASSED",
            through.key.span,
            format!("{name} allows the same without kms:ViaService, so this condition keeps nobody from calling directly"),
        );
    }
}
