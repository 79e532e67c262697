//! A second evaluator of policy decisions, written from `docs/reference/rules.md` alone, and what
//! it takes to compare it with the engine: cases made by a generator, cut down where the two
//! disagree. It shares no matching code with `claviger-policy`, of which it uses the switches, and
//! for the comparison what reads and decides a case. A development dependency only; plain and
//! slow.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod condition;
mod document;
mod generate;
mod grants;
mod json;
mod judge;
mod layers;
mod pattern;
mod principal;
mod request;
mod shrink;
mod statement;
mod trial;
mod values;

pub use document::Unreadable;
pub use generate::generate;
pub use json::Json;
pub use judge::{Fault, Ids, Judge, Rule, Tally};
pub use layers::Outcome;
pub use shrink::shrink;
pub use trial::{NOW, Trial, Verdict};

impl Judge<'_> {
    /// Decides a policy case (`docs/reference/policy-case.md`).
    ///
    /// # Errors
    /// When the case or one of its policies is none.
    pub fn decide(&self, case: &Json) -> Result<Outcome, Unreadable> {
        let mut layers = self.layers(case)?;
        let request = self.request(case).ok_or(Unreadable)?;
        Ok(self.outcome(case, &request, &mut layers))
    }
}
