//! Rules about condition keys and set operators: names that do not exist, keys that the statement's
//! calls do not carry, and sets that let everything through (`POL-C1`, `POL-C7`, `POL-M1` …
//! `POL-M5`).

use super::Found;
use super::edit::{Fix, replace_text};
use super::kms::{Key, known, permissions};
use super::subject::{Subject, View};
use crate::document::json::Json;
use crate::document::{Base, Condition, Kind, Quantifier};
use crate::request::ContextKey;

pub(super) fn check(subject: &Subject<'_>, found: &mut Found<'_>) {
    for view in subject.statements() {
        for condition in &view.written.conditions {
            let key = ContextKey::new(&condition.key.text);
            match known(&key) {
                Some(entry) => {
                    deprecated(view, condition, entry, found);
                    sets(view, condition, entry, found);
                }
                None => unknown(condition, &key, found),
            }
            hidden(subject, condition, &key, found);
            free_part(condition, &key, found);
        }
        all_values(subject, view, found);
        not_carried(subject, view, found);
    }
}

fn unknown(condition: &Condition, key: &ContextKey, found: &mut Found<'_>) {
    // Keys of other services are theirs to know.
    let Some(near) = super::kms::unknown_key(key.as_str()) else {
        return;
    };
    let near = near.map_or(String::new(), |name| format!("; the nearest is {name}"));
    found.add(
        "LINT-KEY-UNKNOWN",
        condition.key.span,
        format!(
            "'{}' is no condition key that this version knows{near}; if there is none, no call carries it",
            condition.key.text
        ),
    );
}

/// Names of old, which still work. Source: KMS Developer Guide, "Condition keys for AWS KMS".
fn deprecated(view: View<'_>, condition: &Condition, entry: &Key, found: &mut Found<'_>) {
    let right = match entry.name {
        "kms:CustomerMasterKeySpec" => "kms:KeySpec",
        "kms:CustomerMasterKeyUsage" => "kms:KeyUsage",
        _ => return,
    };
    let free = view
        .condition_members(condition)
        .is_some_and(|(_, operator, _)| match &operator.node.value {
            Json::Object(keys) => !keys.iter().any(|k| k.name.eq_ignore_ascii_case(right)),
            _ => false,
        });
    found.add_fixed(
        "LINT-KEY-DEPRECATED",
        condition.key.span,
        format!("this key is deprecated; its name is now {right}"),
        free.then(|| {
            Fix::new(
                format!("write {right}"),
                replace_text(condition.key.span, right),
            )
        }),
    );
}

/// `POL-C7`.
fn hidden(subject: &Subject<'_>, condition: &Condition, key: &ContextKey, found: &mut Found<'_>) {
    if subject.is_key_policy() && key.base() == "kms:resourcealiases" {
        found.add(
            "LINT-KEY-HIDDEN",
            condition.key.span,
            "kms:ResourceAliases works in identity policies only; in a key policy it is absent",
        );
    }
}

/// Keys that need a name behind them.
fn free_part(condition: &Condition, key: &ContextKey, found: &mut Found<'_>) {
    let needs = matches!(
        key.base(),
        "aws:principaltag"
            | "aws:resourcetag"
            | "aws:requesttag"
            | "kms:encryptioncontext"
            | "kms:recipientattestation"
    );
    if needs && key.tail().is_none_or(str::is_empty) {
        found.add(
            "LINT-KEY-NAME",
            condition.key.span,
            format!(
                "'{}' needs the name of what it asks for behind it",
                condition.key.text
            ),
        );
    }
}

/// `POL-M3`, `POL-M5`: set operators belong to keys of many values.
fn sets(view: View<'_>, condition: &Condition, entry: &Key, found: &mut Found<'_>) {
    let quantifier = condition.operator.quantifier;
    let null = condition.operator.base == Base::Null;
    if entry.many && quantifier == Quantifier::Plain && !null {
        found.add(
            "LINT-QUALIFIER-MISSING",
            condition.key.span,
            format!(
                "{} has many values, which an operator without ForAnyValue or ForAllValues never matches",
                entry.name
            ),
        );
    }
    // Without the key, ForAnyValue holds for neither a negated operator nor IfExists.
    let needless = (null && quantifier != Quantifier::Plain)
        || (!entry.many
            && quantifier == Quantifier::Any
            && !null
            && !condition.operator.if_exists
            && !is_negated(condition.operator.base));
    if needless {
        found.add_fixed(
            "LINT-QUALIFIER-NEEDLESS",
            condition.key.span,
            if null {
                "Null asks whether the key is there; a set operator adds nothing".to_owned()
            } else {
                format!("{} has one value; a set operator adds nothing", entry.name)
            },
            without_qualifier(view, condition),
        );
    }
}

const fn is_negated(base: Base) -> bool {
    matches!(
        base,
        Base::StringNotEquals
            | Base::StringNotEqualsIgnoreCase
            | Base::StringNotLike
            | Base::NumericNotEquals
            | Base::DateNotEquals
            | Base::NotIpAddress
            | Base::ArnNotEquals
            | Base::ArnNotLike
    )
}

/// The operator without its set prefix, if nothing of that name is there.
fn without_qualifier(view: View<'_>, condition: &Condition) -> Option<Fix> {
    let (operators, operator, _) = view.condition_members(condition)?;
    let (_, plain) = operator.name.split_once(':')?;
    let alone = matches!(&operator.node.value, Json::Object(keys) if keys.len() == 1);
    let free = operators.iter().all(|o| o.name != plain);
    (alone && free).then(|| {
        Fix::new(
            format!("write {plain}"),
            replace_text(operator.name_span, plain),
        )
    })
}

/// `POL-M1`: `ForAllValues` holds for calls without the key. With `Null … false` beside it, it does
/// not, and then there is nothing to say.
fn all_values(subject: &Subject<'_>, view: View<'_>, found: &mut Found<'_>) {
    let probe = view.probe(subject.document);
    for on in probe.by_key() {
        let key = &on.key;
        let Some(condition) = on
            .conditions
            .iter()
            .find(|c| c.operator.quantifier == Quantifier::All && c.operator.base != Base::Null)
        else {
            continue;
        };
        let open = probe.holds(&on, None);
        let Some(written) = view
            .written
            .conditions
            .iter()
            .find(|c| c.key.span == condition.key.span)
        else {
            continue;
        };
        if !open || !view.allows() || is_always_there(view, key) {
            continue;
        }
        let single = known(key).is_some_and(|k| !k.many);
        let message = if single {
            format!(
                "ForAllValues also holds for calls without {}, which has one value; write the operator without it",
                condition.key.text
            )
        } else {
            format!(
                "ForAllValues also holds for calls without {}; {}add \"Null\": {{\"{}\": \"false\"}}",
                condition.key.text,
                // Who lists names of a context often means one of them; of tags, all.
                if key.base() == "kms:encryptioncontextkeys" {
                    "write ForAnyValue, or "
                } else {
                    ""
                },
                condition.key.text
            )
        };
        found.add_fixed(
            "LINT-FORALL-OPEN",
            condition.key.span,
            message,
            single.then(|| without_qualifier(view, written)).flatten(),
        );
    }
}

/// CreateGrant needs its operations. Source: KMS API Reference, CreateGrant, Operations; KMS
/// Developer Guide, "Condition keys for AWS KMS", kms:GrantOperations, which has ForAllValues.
fn is_always_there(view: View<'_>, key: &ContextKey) -> bool {
    let actions = view.written.actions.as_ref().filter(|a| !a.negated);
    key.base() == "kms:grantoperations"
        && actions.is_some_and(|actions| {
            let only = |text: &str| permissions(text).eq(["CreateGrant"]);
            !actions.values.is_empty() && actions.values.iter().all(|a| only(&a.text))
        })
}

/// Actions of KMS whose calls do not carry a key that the conditions need.
fn not_carried(subject: &Subject<'_>, view: View<'_>, found: &mut Found<'_>) {
    if matches!(subject.kind, Kind::ServiceControl | Kind::ResourceControl) {
        // Their Deny statements list whole families on purpose.
        return;
    }
    let Some(actions) = view.written.actions.as_ref().filter(|a| !a.negated) else {
        return;
    };
    let probe = view.probe(subject.document);
    for on in probe.by_key() {
        let Some(entry) = known(&on.key).filter(|k| !k.actions.is_empty()) else {
            continue;
        };
        if probe.holds(&on, None) {
            continue;
        }
        let dead: Vec<_> = actions
            .values
            .iter()
            .filter(|action| {
                // Families are listed on purpose: AWS's own examples have kms:Describe* beside others.
                if action.text.contains(['*', '?']) && actions.values.len() > 1 {
                    return false;
                }
                let mut stands_for = permissions(&action.text).peekable();
                stands_for.peek().is_some() && stands_for.all(|p| !entry.actions.contains(&p))
            })
            .collect();
        let Some(first) = dead.first() else {
            continue;
        };
        let names: Vec<&str> = dead.iter().map(|a| a.text.as_str()).collect();
        let does = if view.allows() { "allowed" } else { "denied" };
        if dead.len() == actions.values.len() {
            found.add(
                "LINT-NEVER-APPLIES",
                on.conditions.first().map_or(first.span, |c| c.key.span),
                format!(
                    "the statement never applies: no call of {} carries {}",
                    names.join(", "),
                    entry.name
                ),
            );
        } else {
            found.add(
                "LINT-KEY-NOT-CARRIED",
                first.span,
                format!(
                    "{} is never {does} here: its calls do not carry {}; give it a statement of its own",
                    names.join(", "),
                    entry.name
                ),
            );
        }
    }
}
