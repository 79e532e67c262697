//! Questions to the engine about one statement: do these conditions hold for these keys, and is there
//! a value for which they do? It decides nothing itself: every answer is the engine's.

use super::candidates;
use super::search::Assigned;
use crate::compiled::{NoIds, Policy};
use crate::decide::{Stack, scene};
use crate::document::{Condition, Document, Statement};
use crate::generate::{Held, same};
use crate::request::{Context, ContextKey, Principal, Request};
use crate::switches::Switches;

/// The conditions of one statement, made ready once.
pub(super) struct Probe {
    written: Statement,
    policy: Policy,
}

/// The conditions on one key.
pub(super) struct OnKey<'p> {
    pub(super) key: ContextKey,
    pub(super) conditions: Vec<&'p Condition>,
    /// Their places in the statement.
    at: Vec<usize>,
}

impl OnKey<'_> {
    /// Values that are likely to meet them.
    pub(super) fn candidates(&self, known: &dyn Context) -> Vec<Option<Held>> {
        let many = super::kms::known(&self.key).is_some_and(|k| k.many);
        candidates::values(&self.conditions, many, known)
    }
}

impl Probe {
    pub(super) fn new(document: &Document, statement: &Statement) -> Self {
        Self {
            written: statement.clone(),
            policy: document
                .with_only(statement.clone())
                .compile("probe", &NoIds),
        }
    }

    /// The condition keys of the statement, each once, with their conditions.
    pub(super) fn by_key(&self) -> Vec<OnKey<'_>> {
        let mut keys: Vec<OnKey<'_>> = Vec::new();
        for (index, condition) in self.written.conditions.iter().enumerate() {
            let key = ContextKey::new(&condition.key.text);
            match keys.iter_mut().find(|own| same(&own.key, &key)) {
                Some(own) => {
                    own.conditions.push(condition);
                    own.at.push(index);
                }
                None => keys.push(OnKey {
                    key,
                    conditions: vec![condition],
                    at: vec![index],
                }),
            }
        }
        keys
    }

    /// Whether the conditions on a key hold for a call with these keys.
    pub(super) fn meets(&self, on: &OnKey<'_>, keys: &dyn Context) -> bool {
        let Some(account) = "111122223333".parse().ok() else {
            return false;
        };
        let request = Request::on_key(
            "kms:Decrypt",
            "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
            account,
            Principal::Root { account },
            keys,
        );
        let switches = Switches::default();
        let scene = scene(&request, &Stack::default(), &switches);
        let mut statements = self.policy.allows().iter().chain(self.policy.denies());
        statements.next().is_some_and(|statement| {
            on.at.iter().all(|index| {
                let condition = statement.conditions().get(*index);
                condition.is_some_and(|c| c.holds(&scene))
            })
        })
    }

    /// Whether they hold when the key has a value, or has none.
    pub(super) fn holds(&self, on: &OnKey<'_>, value: Option<Held>) -> bool {
        let own = own_keys();
        let mut assigned = Assigned::new(&own, "v");
        assigned.choose(&on.key, value);
        self.meets(on, &assigned)
    }

    /// Whether any of some values, `None` for an absent key, meets the conditions.
    pub(super) fn any_holds(&self, on: &OnKey<'_>, values: Vec<Option<Held>>) -> bool {
        values.into_iter().any(|value| self.holds(on, value))
    }
}

/// What is always known of the key itself.
pub(super) fn own_keys() -> Vec<(ContextKey, Option<Held>)> {
    [
        ("aws:ResourceAccount", "111122223333"),
        ("aws:ResourceOrgID", "o-a1b2c3d4e5"),
        ("aws:PrincipalAccount", "111122223333"),
        ("aws:RequestedRegion", "us-east-1"),
    ]
    .map(|(name, value)| (ContextKey::new(name), Some(Held::One(value.to_owned()))))
    .into()
}
