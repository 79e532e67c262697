//! The conditions of a document as rules of a search: an Allow needs all of its own, a Deny must miss
//! one of its own. Each is asked of the engine as soon as the keys in it have values.

use super::own_key::OwnKey;
use super::search::{Domain, Rule};
use super::subject::View;
use super::trial::{Actor, Trial};
use crate::document::Condition;
use crate::generate::same;
use crate::request::ContextKey;

/// Whose call the rules are for.
#[derive(Clone, Copy)]
pub(super) struct Caller<'s> {
    pub(super) trial: &'s Trial,
    pub(super) actor: &'s Actor,
    pub(super) key: &'s OwnKey,
}

impl<'s> Caller<'s> {
    /// One rule for each condition of an Allow.
    pub(super) fn meets_all(self, view: View<'s>, domains: &[Domain]) -> Vec<Rule<'s>> {
        let conditions = view.written.conditions.iter().enumerate();
        conditions
            .map(|(at, condition)| Rule {
                keys: keys_of(&[condition], domains),
                holds: Box::new(move |keys| {
                    self.trial.holds(view.index, at, self.actor, self.key, keys)
                }),
            })
            .collect()
    }

    /// One rule for all conditions of a Deny.
    pub(super) fn misses_one(self, view: View<'s>, domains: &[Domain]) -> Rule<'s> {
        let conditions: Vec<&Condition> = view.written.conditions.iter().collect();
        let count = conditions.len();
        Rule {
            keys: keys_of(&conditions, domains),
            holds: Box::new(move |keys| {
                (0..count).any(|at| !self.trial.holds(view.index, at, self.actor, self.key, keys))
            }),
        }
    }
}

/// The keys that conditions depend on, those of their variables included.
fn keys_of(conditions: &[&Condition], domains: &[Domain]) -> Vec<usize> {
    let names: Vec<ContextKey> = conditions
        .iter()
        .map(|c| c.key.text.as_str())
        .chain(conditions.iter().flat_map(|c| variables(c)))
        .map(ContextKey::new)
        .collect();
    let domains = domains.iter().enumerate();
    domains
        .filter(|(_, domain)| names.iter().any(|name| same(name, &domain.key)))
        .map(|(at, _)| at)
        .collect()
}

/// The names of the variables in a condition's values.
fn variables(condition: &Condition) -> impl Iterator<Item = &str> {
    condition.values.iter().flat_map(|value| {
        value.text.split("${").skip(1).map(|rest| {
            let end = rest.find(['}', ',']).unwrap_or(rest.len());
            rest.get(..end).unwrap_or_default().trim()
        })
    })
}
