//! The sentence of an explanation.

use super::{Found, Listed, Missing, Nearest, Tried};
use crate::decide::{Decision, Effect, Layer, StatementRef, works_across_accounts};
use crate::request::{Request, ResourceRules};

/// Why the decision came out as it did, in one sentence.
pub(super) fn because(
    request: &Request<'_>,
    decision: &Decision,
    nearest: Option<&Nearest>,
) -> String {
    let text = decision.because(request.action);
    if decision.effect != Effect::ImplicitDeny {
        return text;
    }
    if never_across(request) {
        return format!("{text}; this operation never works across accounts");
    }
    match nearest {
        Some(nearest) => format!("{text}; nearest is {}", told(nearest)),
        None => text,
    }
}

/// `POL-L5`: whatever the policies say.
fn never_across(request: &Request<'_>) -> bool {
    let foreign = request.principal.account().is_some()
        && request.resource_account.is_some()
        && request.principal.account() != request.resource_account;
    foreign && request.rules != ResourceRules::Ordinary && !works_across_accounts(request.action)
}

fn told(nearest: &Nearest) -> String {
    let named = &nearest.statement;
    let place = if named.layer == Layer::Grant {
        format!("grant {}", named.label())
    } else {
        format!(
            "statement {} in line {} of {} policy '{}'",
            named.label(),
            named.line,
            named.layer,
            named.policy
        )
    };
    let missing: Vec<String> = nearest.missing.iter().map(one).collect();
    format!("{place}, {}", missing.join(", and "))
}

fn one(missing: &Missing) -> String {
    let listed = |what: &str, list: &Listed| {
        let but = if list.negated { "everything but " } else { "" };
        format!(
            "which names {what} {but}{}, not {}",
            joined(&list.listed),
            list.found
        )
    };
    match missing {
        Missing::Action(list) => listed("the actions", list),
        Missing::Principal(list) => listed("the principals", list),
        Missing::Resource(list) => listed("the resources", list),
        Missing::Operation(list) => listed("the operations", list),
        Missing::Grantee(list) => listed("the grantee", list),
        Missing::Condition(tried) | Missing::Constraint(tried) => condition(tried),
    }
}

fn condition(tried: &Tried) -> String {
    let found = match &tried.found {
        Found::Absent => "is not in the request".to_owned(),
        Found::One(value) => format!("is {value}"),
        Found::Many(values) => format!("is {}", joined(values)),
    };
    format!(
        "where {} wants {} of {}, which {found}",
        tried.operator,
        joined(&tried.listed),
        tried.key
    )
}

/// A list in words, cut where nobody would read on.
fn joined(values: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<&str> = values.iter().take(SHOWN).map(String::as_str).collect();
    match values.len() {
        0 => "nothing".to_owned(),
        n if n > SHOWN => format!("{} and {} more", shown.join(", "), n - SHOWN),
        _ => shown.join(", "),
    }
}

impl Decision {
    /// What decided, in a few words, without looking for what came near.
    #[must_use]
    pub fn because(&self, action: &str) -> String {
        match self.effect {
            Effect::Allowed if self.statements.is_empty() => {
                "allowed: the right of the account's root user, or an action everybody has"
                    .to_owned()
            }
            Effect::Allowed if self.supporting.is_empty() => {
                format!("allowed by {}", named(&self.statements))
            }
            Effect::Allowed => format!(
                "allowed by {}, together with {}",
                named(&self.statements),
                named(&self.supporting)
            ),
            Effect::ExplicitDeny => format!("denied by {}", named(&self.statements)),
            Effect::ImplicitDeny => {
                let reason = self.reason_text(action);
                let reason = reason.strip_prefix("because ").unwrap_or(&reason);
                match &self.level {
                    Some(level) => format!("denied: {reason} at {level}"),
                    None => format!("denied: {reason}"),
                }
            }
        }
    }
}

fn named(statements: &[StatementRef]) -> String {
    let one = |s: &StatementRef| {
        if s.layer == Layer::Grant {
            format!("grant {}", s.label())
        } else {
            format!(
                "statement {} of {} policy '{}'",
                s.label(),
                s.layer,
                s.policy
            )
        }
    };
    statements.iter().map(one).collect::<Vec<_>>().join(" and ")
}
