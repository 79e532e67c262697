//! The sentence of an explanation.

use super::{Found, Listed, Missing, Nearest, Tried};
use crate::compiled::Scene;
use crate::decide::{
    Decision, Effect, Layer, Stack, StatementRef, is_retire_grant, works_across_accounts,
};
use crate::request::{Request, ResourceRules};

/// Why the decision came out as it did, in one sentence.
pub(super) fn because(
    scene: &Scene<'_>,
    stack: &Stack<'_>,
    decision: &Decision,
    nearest: Option<&Nearest>,
) -> String {
    let request = scene.request;
    let text = decision.because(request.action);
    if decision.effect != Effect::ImplicitDeny {
        return text;
    }
    if never_across(request) {
        return format!("{text}; this operation never works across accounts");
    }
    let text = match other_half(scene, stack, decision) {
        Some(half) => format!("{text}; {half}"),
        None => text,
    };
    match nearest {
        Some(nearest) => format!("{text}; nearest is {}", told(nearest)),
        None => text,
    }
}

/// What the resource's policy did where the caller's own policies are what is missing (`POL-P2`,
/// `POL-L5`).
fn other_half(scene: &Scene<'_>, stack: &Stack<'_>, decision: &Decision) -> Option<String> {
    let opens = matches!(
        decision.rules,
        ResourceRules::KeyPolicy | ResourceRules::TrustPolicy
    );
    // POL-G4: a key policy has no say in who retires a grant.
    let delegates = opens && decision.layer == Layer::Identity && !is_retire_grant(scene.request);
    let policy = stack.resource.filter(|_| delegates)?;
    let statement = policy
        .allows()
        .iter()
        .find(|s| s.applies(scene).is_some())?;
    let account = scene.request.principal.account()?;
    Some(format!(
        "statement {} of {} '{}' leaves it to the policies of account {account}",
        StatementRef::of(Layer::Resource, policy, statement).label(),
        kind_of_policy(Layer::Resource),
        policy.name()
    ))
}

/// The words for the policies of a layer.
#[must_use]
pub const fn kind_of_policy(layer: Layer) -> &'static str {
    match layer {
        Layer::ResourceControl => "resource control policy",
        Layer::ServiceControl => "service control policy",
        Layer::Endpoint => "endpoint policy",
        Layer::Resource => "resource policy",
        Layer::Grant => "grant",
        Layer::Identity => "identity policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
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
            "statement {} in line {} of {} '{}'",
            named.label(),
            named.line,
            kind_of_policy(named.layer),
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
    if tried.asks_for_presence() {
        return format!(
            "where {} wants {} {}, which {found}",
            tried.operator,
            tried.key,
            tried.wants()
        );
    }
    format!(
        "where {} wants {} of {}, which {found}",
        tried.operator,
        tried.wants(),
        tried.key
    )
}

impl Tried {
    /// Whether it asks only for whether the key is there.
    #[must_use]
    pub fn asks_for_presence(&self) -> bool {
        self.operator.ends_with("Null")
    }

    /// What the condition wants, in words: the listed values, anything but them, or that the key is
    /// there or not. A variable is told with what it stands for.
    #[must_use]
    pub fn wants(&self) -> String {
        if self.asks_for_presence() {
            let says = |wanted: &str| self.listed.iter().any(|v| v.eq_ignore_ascii_case(wanted));
            return match (says("true"), says("false")) {
                (true, false) => "to be absent",
                (false, true) => "to be there",
                _ => "to be there or not",
            }
            .to_owned();
        }
        let told: Vec<String> = self
            .listed
            .iter()
            .map(|value| self.with_variables(value))
            .collect();
        let negated = self.operator.contains("Not");
        match told.len() {
            1 if negated => format!("anything but {}", joined(&told)),
            0 | 1 => joined(&told),
            _ if negated => format!("none of {}", joined(&told)),
            _ => joined(&told),
        }
    }

    fn with_variables(&self, value: &str) -> String {
        let mut told = value.to_owned();
        let mut meant = Vec::new();
        for variable in self.variables.iter().filter(|v| value.contains(&v.name)) {
            match &variable.value {
                Some(text) if value == variable.name => meant.push(text.clone()),
                Some(text) => meant.push(format!("{} is {text}", variable.name)),
                None => meant.push("which the request does not have".to_owned()),
            }
        }
        if !meant.is_empty() {
            told.push_str(&format!(" ({})", meant.join(", ")));
        }
        told
    }
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
                "statement {} of {} '{}'",
                s.label(),
                kind_of_policy(s.layer),
                s.policy
            )
        }
    };
    statements.iter().map(one).collect::<Vec<_>>().join(" and ")
}
