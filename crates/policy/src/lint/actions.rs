//! Rules about `Action` and `NotAction`: names that do not exist, that this kind of policy cannot
//! decide, or that say what another says (`POL-E1`, `POL-E4`, `POL-L3`).

use super::Found;
use super::edit::{Fix, replace_text, without_item};
use super::kms::{ON_KEY, WITHOUT_KEY, after_prefix, covers, permissions};
use super::subject::{Subject, View};
use crate::document::json::Json;
use crate::document::{Kind, Placed};

pub(super) fn check(subject: &Subject<'_>, found: &mut Found<'_>) {
    for view in subject.statements() {
        let Some(actions) = &view.written.actions else {
            continue;
        };
        for action in &actions.values {
            name(subject, view, action, found);
            if !actions.negated {
                place(subject, view, action, found);
            }
        }
        redundant(view, &actions.values, found);
        if actions.negated && view.allows() {
            found.add(
                "LINT-NOT-ACTION",
                view.member("NotAction")
                    .map_or(view.head(), |m| m.name_span),
                "Allow with NotAction gives every permission that is not listed, those of tomorrow too",
            );
        }
    }
}

fn name(subject: &Subject<'_>, view: View<'_>, action: &Placed, found: &mut Found<'_>) {
    let text = action.text.as_str();
    let Some(own) = after_prefix(text) else {
        let service = text.split(':').next().unwrap_or_default();
        if subject.is_key_policy() && text != "*" && !service.contains(['*', '?']) {
            found.add(
                "LINT-ACTION-OTHER-SERVICE",
                action.span,
                format!("a key policy decides actions of KMS only; '{text}' does nothing here"),
            );
        }
        return;
    };
    let exact = ON_KEY
        .into_iter()
        .chain(WITHOUT_KEY)
        .find(|known| known.eq_ignore_ascii_case(own));
    match exact {
        Some(known) if format!("kms:{known}") != text => {
            found.add_fixed(
                "LINT-ACTION-CASE",
                action.span,
                format!("AWS spells this kms:{known}; the case makes no difference"),
                Some(Fix::new(
                    format!("write kms:{known}"),
                    replace_text(action.span, &format!("kms:{known}")),
                )),
            );
        }
        Some(_) => {}
        None if permissions(text).next().is_some() => {}
        None => unknown(own, view, action, found),
    }
}

fn unknown(own: &str, view: View<'_>, action: &Placed, found: &mut Found<'_>) {
    if own.eq_ignore_ascii_case("ReEncrypt") {
        let negated = view.written.actions.as_ref().is_some_and(|a| a.negated);
        found.add_fixed(
            "LINT-ACTION-UNKNOWN",
            action.span,
            "there is no permission kms:ReEncrypt: the operation needs kms:ReEncryptFrom and kms:ReEncryptTo",
            Some(
                Fix::new(
                    "write kms:ReEncrypt*, which is both",
                    replace_text(action.span, "kms:ReEncrypt*"),
                )
                .widening(view.allows() != negated),
            ),
        );
        return;
    }
    let near = super::kms::unknown_permission(own)
        .flatten()
        .map_or(String::new(), |near| format!("; the nearest is {near}"));
    found.add(
        "LINT-ACTION-UNKNOWN",
        action.span,
        format!("KMS has no permission '{}'{near}", action.text),
    );
}

/// Permissions that a policy of this kind cannot give or take.
fn place(subject: &Subject<'_>, view: View<'_>, action: &Placed, found: &mut Found<'_>) {
    let Some(own) = after_prefix(&action.text) else {
        return;
    };
    let without_key = WITHOUT_KEY.iter().any(|k| k.eq_ignore_ascii_case(own));
    if subject.is_key_policy() && without_key {
        found.add(
            "LINT-ACTION-WITHOUT-KEY",
            action.span,
            format!(
                "kms:{own} has no key, so identity policies alone decide it: here it does nothing"
            ),
        );
    }
    let resource_side = matches!(subject.kind, Kind::Resource | Kind::ResourceControl);
    if resource_side && own.eq_ignore_ascii_case("RetireGrant") {
        let whose = if view.allows() { "gives" } else { "takes" };
        found.add(
            "LINT-RETIRE-GRANT",
            action.span,
            format!("the grant itself gives kms:RetireGrant; a policy on the resource's side {whose} nothing"),
        );
    }
}

/// Names that another pattern of the same list covers.
fn redundant(view: View<'_>, actions: &[Placed], found: &mut Found<'_>) {
    let list = ["Action", "NotAction"]
        .into_iter()
        .find_map(|name| view.member(name))
        .map(|m| &m.node.value);
    let Some(Json::List(items)) = list else {
        return;
    };
    for (at, action) in actions.iter().enumerate() {
        let by = actions.iter().enumerate().find(|(other, pattern)| {
            let same = covers(&action.text, &pattern.text);
            *other != at
                && pattern.text != action.text
                && covers(&pattern.text, &action.text)
                && (!same || *other < at)
        });
        if let Some((_, by)) = by {
            found.add_fixed(
                "LINT-ACTION-REDUNDANT",
                action.span,
                format!("'{}' covers this already", by.text),
                without_item(items, at).map(|edit| Fix::new("take it out", edit)),
            );
        }
    }
}
