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

/// What a search asks.
pub(super) struct Search<'s> {
    pub(super) domains: &'s [Domain],
    pub(super) given: &'s [(ContextKey, Option<Held>)],
    pub(super) filler: &'s str,
    /// Whether a value can still do, looked at by itself.
    pub(super) fits: &'s dyn Fn(usize, &Assigned<'_>) -> bool,
    /// Whether all of them together do.
    pub(super) meets: &'s dyn Fn(&Assigned<'_>) -> bool,
}

impl Search<'_> {
    /// Searches with so many questions to the engine at most, which it counts down.
    pub(super) fn run(&self, budget: &mut usize) -> Outcome {
        let mut assigned = Assigned::new(self.given, self.filler);
        self.from(0, &mut assigned, budget)
    }

    fn from(&self, at: usize, assigned: &mut Assigned<'_>, budget: &mut usize) -> Outcome {
        let Some(domain) = self.domains.get(at) else {
            return if (self.meets)(assigned) {
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
            let outcome = if (self.fits)(at, assigned) {
                self.from(at + 1, assigned, budget)
            } else {
                Outcome::None
            };
            assigned.chosen.pop();
            if outcome != Outcome::None {
                return outcome;
            }
        }
        Outcome::None
    }
}
