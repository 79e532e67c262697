//! One compiled statement: whether it applies to a request, and how far its principal reaches.

use super::Resolve;
use super::condition::Condition;
use crate::document::{
    Kind, Names, PrincipalType, Principals, Statement as Written, StatementEffect, Version,
};
use crate::matching::pattern::{Form, Pattern, Rules};
use crate::matching::principal::{Cover, NameKind, covers, kind_of};
use crate::request::{Context, ContextKey, Principal, Request, ResourceRules, Value};
use crate::switches::{EmptyText, NotPrincipal, ResourceWildcards, Switches, WildcardPrincipal};
use claviger_types::UniqueId;
use std::sync::Arc;

/// A request as statements see it.
pub(crate) struct Scene<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) switches: &'a Switches,
    /// The keys that are there, for conditions and variables alike.
    pub(crate) keys: Keys<'a>,
    /// Whether the principal has a permissions boundary (`POL-P6`).
    pub(crate) has_boundary: bool,
}

/// The condition keys of a request, without those that count as absent.
pub(crate) struct Keys<'a> {
    pub(crate) context: &'a dyn Context,
    pub(crate) empty_text: EmptyText,
}

impl Context for Keys<'_> {
    /// `POL-M1`: an empty multivalued key is absent. `POL-C6`: so is, by the switch, a key with
    /// nothing but the empty text.
    fn get(&self, key: &ContextKey) -> Option<Value<'_>> {
        let value = self.context.get(key)?;
        let empty_counts = self.empty_text == EmptyText::Present;
        let present = match &value {
            Value::One(text) => empty_counts || !text.is_empty(),
            Value::Many(values) if empty_counts => !values.is_empty(),
            Value::Many(values) => values.iter().any(|text| !text.is_empty()),
        };
        present.then_some(value)
    }
}

/// How far an allowing statement reaches for the principal of a request, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// It names the account: the account's identity policies decide (`POL-P2`).
    Delegation,
    /// It allows, within boundary and session policy (`POL-P4`).
    Limited,
    /// It allows, whatever boundary and session policy leave out (`POL-P4`, `POL-P5`).
    Unlimited,
}

/// Which parts of a statement fit a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) action: bool,
    pub(crate) principal: bool,
    pub(crate) resource: bool,
}

/// A compiled statement.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) index: usize,
    pub(crate) line: u32,
    pub(crate) sid: Option<Arc<str>>,
    denies: bool,
    principals: Option<PrincipalTest>,
    actions: NameTest,
    resources: Option<NameTest>,
    conditions: Box<[Condition]>,
    /// A positive condition on `aws:PrincipalArn` narrows it (`POL-P5`).
    narrowed: bool,
}

/// `POL-E4`: actions or resources, or everything but them.
#[derive(Debug, Clone)]
struct NameTest {
    negated: bool,
    patterns: Box<[Pattern]>,
}

#[derive(Debug, Clone)]
struct PrincipalTest {
    negated: bool,
    entries: Box<[PrincipalEntry]>,
}

#[derive(Debug, Clone)]
enum PrincipalEntry {
    Everyone,
    Named {
        kind: NameKind,
        name: Box<str>,
        id: Option<UniqueId>,
    },
    /// An identity provider or canonical user: no principal of a request here.
    Nobody,
}

impl Statement {
    pub(super) fn compile(
        written: &Written,
        index: usize,
        version: Version,
        kind: Kind,
        resolve: &dyn Resolve,
    ) -> Self {
        let variables = version == Version::Current;
        let conditions: Box<[Condition]> = written
            .conditions
            .iter()
            .map(|c| Condition::compile(c, variables, kind))
            .collect();
        Self {
            index,
            line: written.line,
            sid: written.sid.clone().filter(|s| !s.is_empty()),
            denies: written.effect == StatementEffect::Deny,
            principals: written
                .principals
                .as_ref()
                .map(|p| PrincipalTest::compile(p, resolve)),
            actions: NameTest::compile(written.actions.as_ref(), Form::Glob, false),
            resources: written
                .resources
                .as_ref()
                .map(|r| NameTest::compile(Some(r), Form::Resource, variables)),
            narrowed: conditions.iter().any(Condition::narrows_principal_arn),
            conditions,
        }
    }

    /// How far the statement reaches for this request, if it applies. Cheap tests come first.
    pub(crate) fn applies(&self, scene: &Scene<'_>) -> Option<Reach> {
        let request = scene.request;
        if !self.actions.matches(request.action, ACTION, scene) {
            return None;
        }
        let reach = match &self.principals {
            Some(test) => test.reach(self, scene)?,
            None => Reach::Unlimited,
        };
        (self.resource_matches(scene) && self.conditions.iter().all(|c| c.holds(scene)))
            .then_some(reach)
    }

    /// Which parts fit a request, each by itself, for explanations.
    pub(crate) fn parts(&self, scene: &Scene<'_>) -> Parts {
        let principals = self.principals.as_ref();
        Parts {
            action: self.actions.matches(scene.request.action, ACTION, scene),
            principal: principals.is_none_or(|test| test.reach(self, scene).is_some()),
            resource: self.resource_matches(scene),
        }
    }

    /// Its conditions, in the order of the document.
    pub(crate) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    fn resource_matches(&self, scene: &Scene<'_>) -> bool {
        match &self.resources {
            Some(test) => {
                let rules = Rules {
                    cross_segments: scene.switches.resource_wildcards
                        == ResourceWildcards::CrossSegments,
                    ignore_ascii_case: false,
                };
                test.matches(scene.request.resource, rules, scene)
            }
            // A trust policy names no resource; a key policy's statement without one does nothing.
            None => scene.request.rules == ResourceRules::TrustPolicy,
        }
    }
}

/// `POL-E1`: action names are case-insensitive.
const ACTION: Rules = Rules {
    ignore_ascii_case: true,
    cross_segments: false,
};

impl NameTest {
    fn compile(written: Option<&Names>, form: Form, variables: bool) -> Self {
        let patterns = written
            .map(|names| names.values.as_slice())
            .unwrap_or_default()
            .iter()
            .map(|value| Pattern::new(&value.text, form, variables))
            .collect();
        Self {
            negated: written.is_some_and(|names| names.negated),
            patterns,
        }
    }

    /// `POL-E6`: an empty list matches nothing, negated or not.
    fn matches(&self, text: &str, rules: Rules, scene: &Scene<'_>) -> bool {
        !self.patterns.is_empty()
            && self
                .patterns
                .iter()
                .any(|p| p.matches(text, rules, &scene.keys))
                != self.negated
    }
}

impl PrincipalTest {
    fn compile(written: &Principals, resolve: &dyn Resolve) -> Self {
        let entries = written
            .entries
            .iter()
            .map(|entry| match entry.kind {
                PrincipalType::Everyone => PrincipalEntry::Everyone,
                PrincipalType::Aws | PrincipalType::Service => {
                    let name = entry.name.text.as_str();
                    let kind = kind_of(name);
                    let id = matches!(kind, NameKind::User | NameKind::Role)
                        .then(|| name.parse().ok().and_then(|arn| resolve.unique_id(&arn)))
                        .flatten();
                    PrincipalEntry::Named {
                        kind,
                        name: name.into(),
                        id,
                    }
                }
                PrincipalType::Federated | PrincipalType::CanonicalUser => PrincipalEntry::Nobody,
            })
            .collect();
        Self {
            negated: written.negated,
            entries,
        }
    }

    fn reach(&self, statement: &Statement, scene: &Scene<'_>) -> Option<Reach> {
        if self.negated {
            // POL-E6: an empty list matches nothing, negated or not.
            if self.entries.is_empty() {
                return None;
            }
            return self.reach_of_the_rest(statement, scene);
        }
        self.entries
            .iter()
            .filter_map(|entry| entry.reach(statement, scene))
            .max()
    }

    /// `POL-P6`: `NotPrincipal`. With Deny a principal is spared only if it is listed in full,
    /// and never when it has a permissions boundary; with Allow any entry that covers it excludes
    /// it.
    fn reach_of_the_rest(&self, statement: &Statement, scene: &Scene<'_>) -> Option<Reach> {
        let principal = &scene.request.principal;
        let any = self.entries.iter().any(|e| e.covers(principal).is_some());
        let spared = if !statement.denies {
            any
        } else if scene.has_boundary {
            false
        } else {
            match scene.switches.not_principal {
                NotPrincipal::AnyIdentifier => any,
                NotPrincipal::AllIdentifiers => self.lists_in_full(principal),
            }
        };
        (!spared).then_some(Reach::Limited)
    }

    /// Whether account, user or role, and session are all listed, as far as the principal has
    /// them.
    fn lists_in_full(&self, principal: &Principal<'_>) -> bool {
        let lists = |wanted: Cover| {
            self.entries
                .iter()
                .any(|e| e.covers(principal) == Some(wanted))
        };
        let everyone = || {
            self.entries
                .iter()
                .any(|e| matches!(e, PrincipalEntry::Everyone))
        };
        let in_full = match principal {
            Principal::Root { .. } | Principal::Service { .. } => lists(Cover::Named),
            Principal::User { .. } => lists(Cover::Account) && lists(Cover::Named),
            Principal::RoleSession { .. } => {
                lists(Cover::Account) && lists(Cover::Through) && lists(Cover::Named)
            }
            Principal::FederatedUser { user_arn, .. } => {
                lists(Cover::Account)
                    && lists(Cover::Named)
                    && (user_arn.is_none() || lists(Cover::Through))
            }
        };
        in_full || everyone()
    }
}

impl PrincipalEntry {
    fn covers(&self, principal: &Principal<'_>) -> Option<Cover> {
        match self {
            Self::Everyone => Some(Cover::Named),
            Self::Named { kind, name, id } => covers(*kind, name, id.as_ref(), principal),
            Self::Nobody => None,
        }
    }

    fn reach(&self, statement: &Statement, scene: &Scene<'_>) -> Option<Reach> {
        if matches!(self, Self::Everyone) {
            // POL-P1: everyone, directly; POL-P5: who of them escapes the limits.
            let unlimited = match scene.switches.wildcard_principal {
                WildcardPrincipal::UnlimitedWithPrincipalArn => statement.narrowed,
                WildcardPrincipal::Unlimited => true,
                WildcardPrincipal::Limited => false,
            };
            return Some(if unlimited {
                Reach::Unlimited
            } else {
                Reach::Limited
            });
        }
        Some(match self.covers(&scene.request.principal)? {
            Cover::Account => Reach::Delegation,
            Cover::Through => Reach::Limited,
            Cover::Named => Reach::Unlimited,
        })
    }
}
