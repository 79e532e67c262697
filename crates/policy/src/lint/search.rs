//! A search for a call that meets some conditions: one value after another for each key, until all
//! hold together. What it finds is a proof that there is such a call; that it finds nothing is one
//! only where every value there is was tried.

use crate::generate::{Held, same};
use crate::request::{Context, ContextKey, Value};

/// The keys of a call: some that are given, some that were chosen, and a text for whatever else a
/// variable asks for.
pub(super) struct Assigned<'w> {
    given: &'w [(ContextKey, Option<Held>)],
    chosen: Vec<(ContextKey, Option<Held>)>,
    filler: &'w str,
}

impl<'w> Assigned<'w> {
    pub(super) fn new(given: &'w [(ContextKey, Option<Held>)], filler: &'w str) -> Self {
        Self {
            given,
            chosen: Vec::new(),
            filler,
        }
    }

    pub(super) fn choose(&mut self, key: &ContextKey, value: Option<Held>) {
        self.chosen.push((key.clone(), value));
    }

    /// The single value of a key.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.get(&ContextKey::new(name))? {
            Value::One(text) => Some(text.into_owned()),
            Value::Many(_) => None,
        }
    }
}

impl Context for Assigned<'_> {
    fn get(&self, key: &ContextKey) -> Option<Value<'_>> {
        let mut all = self.chosen.iter().rev().chain(self.given);
        match all.find(|(own, _)| same(own, key)) {
            Some((_, value)) => value.as_ref().map(|held| match held {
                Held::One(text) => Value::one(text.as_str()),
                Held::Many(values) => Value::many(values.iter().map(String::as_str)),
            }),
            None => Some(Value::one(self.filler)),
        }
    }
}

/// A key and the values it may have.
pub(super) struct Domain {
    pub(super) key: ContextKey,
    pub(super) values: Vec<Option<Held>>,
}

/// What a search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There is such a call.
    Found,
    /// No call of these values is one.
    None,
    /// There were too many to try.
    GaveUp,
}

/// What values of some keys must come to together.
pub(super) struct Rule<'s> {
    /// The keys, by their places among the domains.
    pub(super) keys: Vec<usize>,
    pub(super) holds: Box<dyn Fn(&Assigned<'_>) -> bool + 's>,
}

/// What a search asks.
pub(super) struct Search<'s> {
    pub(super) domains: &'s [Domain],
    pub(super) given: &'s [(ContextKey, Option<Held>)],
    pub(super) filler: &'s str,
    pub(super) rules: &'s [Rule<'s>],
    /// Whether all of them together do; the last word.
    pub(super) meets: &'s dyn Fn(&Assigned<'_>) -> bool,
}

impl Search<'_> {
    /// Searches with so many questions to the engine at most, which it counts down. Keys that no rule
    /// binds together are searched one group after the other: what one of them is changes nothing for
    /// the rest. Only where the last word is no then, all are tried with all.
    pub(super) fn run(&self, budget: &mut usize) -> Outcome {
        let mut assigned = Assigned::new(self.given, self.filler);
        let unbound = self.rules.iter().filter(|rule| rule.keys.is_empty());
        if !unbound.into_iter().all(|rule| (rule.holds)(&assigned)) {
            return Outcome::None;
        }
        for group in self.groups() {
            match self.from(&group, 0, &mut assigned, &|_| true, budget) {
                Outcome::Found => {}
                other => return other,
            }
        }
        if (self.meets)(&assigned) {
            return Outcome::Found;
        }
        let all: Vec<usize> = (0..self.domains.len()).collect();
        let mut assigned = Assigned::new(self.given, self.filler);
        self.from(&all, 0, &mut assigned, self.meets, budget)
    }

    /// The keys in groups that rules bind together.
    fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = (0..self.domains.len()).map(|at| vec![at]).collect();
        for rule in self.rules {
            let (bound, mut rest): (Vec<_>, Vec<_>) = groups
                .into_iter()
                .partition(|group| group.iter().any(|at| rule.keys.contains(at)));
            if !bound.is_empty() {
                rest.push(bound.concat());
            }
            groups = rest;
        }
        // What can be refuted soon is asked first.
        groups.sort_by_key(Vec::len);
        groups
    }

    /// Goes through the keys of `order` from one on; what is found stays assigned.
    fn from(
        &self,
        order: &[usize],
        at: usize,
        assigned: &mut Assigned<'_>,
        meets: &dyn Fn(&Assigned<'_>) -> bool,
        budget: &mut usize,
    ) -> Outcome {
        let next = order.get(at).and_then(|key| self.domains.get(*key));
        let (Some(domain), Some(done)) = (next, order.get(..=at)) else {
            return if meets(assigned) {
                Outcome::Found
            } else {
                Outcome::None
            };
        };
        for value in &domain.values {
            let Some(left) = budget.checked_sub(1) else {
                return Outcome::GaveUp;
            };
            *budget = left;
            assigned.choose(&domain.key, value.clone());
            let outcome = if self.fits(done, assigned) {
                self.from(order, at + 1, assigned, meets, budget)
            } else {
                Outcome::None
            };
            if outcome == Outcome::Found {
                return outcome;
            }
            assigned.chosen.pop();
            if outcome == Outcome::GaveUp {
                return outcome;
            }
        }
        Outcome::None
    }

    /// Whether the rules hold whose last key was given a value just now.
    fn fits(&self, done: &[usize], assigned: &Assigned<'_>) -> bool {
        let Some(last) = done.last() else {
            return true;
        };
        self.rules
            .iter()
            .filter(|rule| rule.keys.contains(last) && rule.keys.iter().all(|k| done.contains(k)))
            .all(|rule| (rule.holds)(assigned))
    }
}
