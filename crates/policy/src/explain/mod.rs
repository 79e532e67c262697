//! Why a decision came out as it did: the statements that decided with what their conditions found,
//! and, for a denial that no statement wrote, the statement that came nearest to allowing and what
//! kept it from it. It decides nothing itself: [`explain`] asks [`decide`] and looks at the same
//! statements again, so an explanation never differs from what was enforced.

mod grant;
mod nearest;
mod sentence;

pub use sentence::kind_of_policy;

use crate::compiled::{Policy, Scene, Statement};
use crate::decide::{Effect, Layer, Stack, StatementRef, decide, scene};
use crate::document::{Condition as Written, Version};
use crate::request::{Context as _, ContextKey, Request, Value};
use crate::switches::Switches;
use serde::{Deserialize, Serialize};

/// A decision with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The decision.
    pub decision: Effect,
    /// The layer that allowed, denied, or failed to allow.
    pub layer: Layer,
    /// For an implicit deny of a service control policy: where nothing allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// One sentence in plain words.
    pub because: String,
    /// The statements that decided, and those of other layers without which an allow would not
    /// stand.
    pub decided_by: Vec<Applied>,
    /// For an implicit deny: the statement or grant of that layer that came nearest to allowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Nearest>,
}

/// A statement that applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// Which.
    #[serde(flatten)]
    pub statement: Named,
    /// For a Deny to all but some: whom it spares, and who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spared: Option<Listed>,
    /// Its conditions, each of which held, with what they found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Tried>,
}

/// A statement that did not apply, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nearest {
    /// Which.
    #[serde(flatten)]
    pub statement: Named,
    /// Everything that kept it from applying; at least one.
    pub missing: Vec<Missing>,
}

/// A statement or grant by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The layer it stands in.
    pub layer: Layer,
    /// The name of its policy; `grant` for a grant.
    pub policy: String,
    /// Its Sid; the grant's id for a grant.
    pub sid: Option<String>,
    /// Its index in the document, from 0.
    pub index: usize,
    /// The line it begins at, from 1; 0 for a grant.
    pub line: u32,
}

/// One thing that kept a statement or grant from applying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "camelCase")]
pub enum Missing {
    /// It names other actions (or, negated, this one).
    Action(Listed),
    /// It names other principals (or, negated, this one).
    Principal(Listed),
    /// It names other resources (or, negated, this one).
    Resource(Listed),
    /// A condition did not hold.
    Condition(Tried),
    /// The grant has other operations.
    Operation(Listed),
    /// The grant is another principal's.
    Grantee(Listed),
    /// The grant's constraint did not hold.
    Constraint(Tried),
}

/// What a statement lists and what the request is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Whether everything but the list is meant (`NotAction` and its likes).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub negated: bool,
    /// The list as it is written.
    pub listed: Vec<String>,
    /// What the request has.
    pub found: String,
}

/// A condition with what it wants and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The operator as it is written, such as `ForAnyValue:StringEquals`.
    pub operator: String,
    /// The condition key as it is written.
    pub key: String,
    /// The values as they are written.
    pub listed: Vec<String>,
    /// The request's value; `null` where the request does not have the key.
    pub found: Found,
    /// The line of the condition, from 1, counted like the statement's; 0 for a grant.
    pub line: u32,
    /// The policy variables in its values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
}

/// A policy variable and what it stood for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// As it is written, `${aws:ResourceAccount}`.
    pub name: String,
    /// Its value; `null` where the request does not have it, so that nothing matches.
    pub value: Option<String>,
}

/// The value of a condition key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Found {
    /// The request does not have it.
    Absent,
    /// A single value.
    One(String),
    /// The values of a multivalued key.
    Many(Vec<String>),
}

impl Found {
    fn of(value: Option<Value<'_>>) -> Self {
        match value {
            None => Self::Absent,
            Some(Value::One(text)) => Self::One(text.into_owned()),
            Some(Value::Many(values)) => {
                Self::Many(values.iter().map(|v| v.clone().into_owned()).collect())
            }
        }
    }
}

impl From<&StatementRef> for Named {
    fn from(statement: &StatementRef) -> Self {
        Self {
            layer: statement.layer,
            policy: statement.policy.to_string(),
            sid: statement.sid.as_deref().map(str::to_owned),
            index: statement.index,
            line: statement.line,
        }
    }
}

impl Named {
    /// The Sid, or `#index` for a statement without one.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.sid {
            Some(sid) => sid.clone(),
            None => format!("#{}", self.index),
        }
    }
}

/// Decides a request and says why.
#[must_use]
pub fn explain(request: &Request<'_>, stack: &Stack<'_>, switches: &Switches) -> Explanation {
    let decision = decide(request, stack, switches);
    let scene = scene(request, stack, switches);
    let nearest = match decision.effect {
        Effect::ImplicitDeny => nearest::nearest(&scene, stack, &decision),
        Effect::Allowed | Effect::ExplicitDeny => None,
    };
    let decided_by = decision
        .statements
        .iter()
        .chain(&decision.supporting)
        .map(|statement| applied(&scene, stack, statement))
        .collect();
    Explanation {
        because: sentence::because(&scene, stack, &decision, nearest.as_ref()),
        decision: decision.effect,
        layer: decision.layer,
        level: decision.level.as_deref().map(str::to_owned),
        decided_by,
        nearest,
    }
}

fn applied(scene: &Scene<'_>, stack: &Stack<'_>, statement: &StatementRef) -> Applied {
    let found = policies(stack, statement.layer)
        .filter(|policy| policy.name() == &*statement.policy)
        .find_map(|policy| {
            let all = policy.allows().iter().chain(policy.denies());
            let same = |s: &&Statement| s.index == statement.index && s.line == statement.line;
            all.into_iter().find(same).map(|s| (policy, s))
        });
    let spared = found.and_then(|(policy, found)| {
        let written = policy.document().statements().get(found.index)?;
        let principals = written.principals.as_ref().filter(|p| p.negated)?;
        let entries = principals.entries.iter();
        Some(Listed {
            negated: true,
            listed: entries.map(|e| e.name.text.clone()).collect(),
            found: nearest::principal_name(&scene.request.principal),
        })
    });
    let conditions = found.map_or_else(Vec::new, |(policy, found)| {
        let tried = conditions(scene, policy, found);
        tried.into_iter().map(|(_, tried)| tried).collect()
    });
    Applied {
        statement: statement.into(),
        spared,
        conditions,
    }
}

/// The policies of a layer.
fn policies<'s>(stack: &'s Stack<'_>, layer: Layer) -> impl Iterator<Item = &'s Policy> {
    let one = |policy: Option<&'s Policy>, wanted: Layer| policy.filter(|_| layer == wanted);
    let levels = match layer {
        Layer::ServiceControl => stack.scps.as_deref(),
        Layer::ResourceControl => stack.rcps.as_deref(),
        _ => None,
    };
    let many: &[&Policy] = match layer {
        Layer::Identity => &stack.identity,
        Layer::Session => stack.session.as_deref().unwrap_or_default(),
        _ => &[],
    };
    one(stack.resource, Layer::Resource)
        .into_iter()
        .chain(one(stack.boundary, Layer::Boundary))
        .chain(one(stack.endpoint, Layer::Endpoint))
        .chain(many.iter().copied())
        .chain(
            levels
                .into_iter()
                .flatten()
                .flat_map(|level| level.policies.iter().copied()),
        )
}

/// The variables in the values of a condition, each once.
fn variables(scene: &Scene<'_>, policy: &Policy, written: &Written) -> Vec<Variable> {
    let mut found: Vec<Variable> = Vec::new();
    if policy.document().version() != Version::Current {
        return found;
    }
    for value in &written.values {
        for (at, _) in value.text.match_indices("${") {
            let inside = value.text.get(at + 2..).and_then(|t| t.split_once('}'));
            let Some((inside, _)) = inside.filter(|(i, _)| !matches!(*i, "*" | "?" | "$")) else {
                continue;
            };
            let name = format!("${{{inside}}}");
            if found.iter().any(|v| v.name == name) {
                continue;
            }
            let (key, otherwise) = match inside.split_once(',') {
                Some((key, otherwise)) => (key, Some(otherwise.trim().trim_matches('\''))),
                None => (inside, None),
            };
            let value = match scene.keys.get(&ContextKey::new(key.trim())) {
                Some(Value::One(text)) => Some(text.into_owned()),
                _ => otherwise.map(str::to_owned),
            };
            found.push(Variable { name, value });
        }
    }
    found
}

/// The conditions of a statement, each with whether it holds.
fn conditions(scene: &Scene<'_>, policy: &Policy, statement: &Statement) -> Vec<(bool, Tried)> {
    let written = policy.document().statements().get(statement.index);
    let written: &[Written] = written.map_or(&[], |s| &s.conditions);
    statement
        .conditions()
        .iter()
        .zip(written)
        .map(|(compiled, written)| {
            let tried = Tried {
                operator: written.operator.to_string(),
                key: written.key.text.clone(),
                listed: written.values.iter().map(|v| v.text.clone()).collect(),
                found: Found::of(compiled.value(scene)),
                line: policy.line_of(written.key.span.start),
                variables: variables(scene, policy, written),
            };
            (compiled.holds(scene), tried)
        })
        .collect()
}
