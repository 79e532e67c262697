//! What goes with every decision of the reference: the switches, the unique ids, a tally of the
//! rules that were applied, and at most one planted fault. It decides nothing.

use claviger_policy::Switches;
use std::cell::Cell;

macro_rules! rules {
    ($($rule:ident)*) => {
        /// The rules of `docs/reference/rules.md`, by id. `POL-G6` is about what an analysis
        /// reports, and no part of a decision.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs)]
        pub enum Rule { $($rule),* }

        impl Rule {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$rule),*];
        }
    };
}

rules! {
    E1 E2 E3 E4 E5 E6 E7
    C1 C2 C3 C4 C5 C6 C7
    M1 M2 M3 M4 M5
    O1 O2 O3 O4 O5 O6 O7 O8 O9
    V1 V2 V3 V4
    P1 P2 P3 P4 P5 P6 P7 P8
    L1 L2 L3 L4 L5 L6 L7
    G1 G2 G3 G4 G5
}

/// A mistake planted in one rule, to see that the comparison notices it. What the mistake is
/// stands at the rule: look for `planted(Rule::…)`.
pub type Fault = Rule;

/// How often each rule was found not to hold and to hold.
#[derive(Debug)]
pub struct Tally(Vec<[Cell<u64>; 2]>);

impl Default for Tally {
    fn default() -> Self {
        Self(Rule::ALL.iter().map(|_| Default::default()).collect())
    }
}

impl Tally {
    /// How often the rule did not hold, and how often it did.
    #[must_use]
    pub fn of(&self, rule: Rule) -> [u64; 2] {
        let [not, held] = &self.0[rule as usize];
        [not.get(), held.get()]
    }

    /// The rules that were not seen both ways, with what was seen.
    #[must_use]
    pub fn one_sided(&self) -> Vec<(Rule, [u64; 2])> {
        let all = Rule::ALL.iter().map(|rule| (*rule, self.of(*rule)));
        all.filter(|(_, [not, held])| *not == 0 || *held == 0)
            .collect()
    }
}

/// The unique ids of a decision (`POL-E7`): what stored ARNs meant, and who asks now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids {
    /// ARNs of users and roles with the ids they meant when the policy or grant was stored.
    pub meant: Vec<(String, String)>,
    /// The id of the user or role that asks.
    pub principal: Option<String>,
}

/// What goes with a decision.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    /// The disputed points.
    pub switches: &'a Switches,
    /// The unique ids.
    pub ids: &'a Ids,
    /// The time of the decision, in epoch seconds, where the case does not say.
    pub now: i64,
    /// The tally.
    pub tally: &'a Tally,
    /// The planted fault.
    pub fault: Option<Fault>,
}

impl Judge<'_> {
    /// Counts a rule as holding or not and hands the answer back.
    pub(crate) fn saw(&self, rule: Rule, holds: bool) -> bool {
        let count = &self.tally.0[rule as usize][usize::from(holds)];
        count.set(count.get() + 1);
        holds
    }

    /// Whether the fault of this rule is planted.
    pub(crate) fn planted(&self, rule: Fault) -> bool {
        self.fault == Some(rule)
    }
}
