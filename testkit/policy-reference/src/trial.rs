//! One comparison: a case with switches and unique ids, decided by the engine and by the reference.

use crate::document::Unreadable;
use crate::json::Json;
use crate::judge::{Fault, Ids, Judge, Tally};
use crate::layers::Outcome;
use claviger_policy::case::{Case, CaseIds, read};
use claviger_policy::{Resolve, Switches};
use claviger_types::{Arn, Timestamp, UniqueId};
use std::fmt;

/// 24 November 2026, 19:30 UTC: the time of every comparison.
pub const NOW: i64 = 1_795_548_600;

/// A case and what else its decision needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The policy case.
    pub case: Json,
    /// The disputed points.
    pub switches: Switches,
    /// The unique ids.
    pub ids: Ids,
}

/// What one side makes of a trial.
pub type Verdict = Result<Outcome, Unreadable>;

struct Meant(Vec<(String, UniqueId)>);

impl Resolve for Meant {
    fn unique_id(&self, arn: &Arn) -> Option<UniqueId> {
        let name = arn.to_string();
        let found = self.0.iter().find(|(n, _)| *n == name);
        found.map(|(_, id)| id.clone())
    }
}

impl Trial {
    /// A case with default switches and without ids.
    #[must_use]
    pub fn of(case: Json) -> Self {
        Self {
            case,
            switches: Switches::default(),
            ids: Ids::default(),
        }
    }

    /// The reference's verdict.
    pub fn reference(&self, tally: &Tally, fault: Option<Fault>) -> Verdict {
        let judge = Judge {
            switches: &self.switches,
            ids: &self.ids,
            now: NOW,
            tally,
            fault,
        };
        judge.decide(&self.case)
    }

    /// The engine's verdict.
    pub fn engine(&self) -> Verdict {
        let cases = read(&self.case.to_string()).map_err(|_| Unreadable)?;
        self.engine_on(cases.first().ok_or(Unreadable)?)
    }

    fn engine_on(&self, case: &Case) -> Verdict {
        let id = |text: &String| text.parse::<UniqueId>().ok();
        let meant = self.ids.meant.iter();
        let meant = Meant(
            meant
                .filter_map(|(n, i)| Some((n.clone(), id(i)?)))
                .collect(),
        );
        let principal = self.ids.principal.as_ref().and_then(id);
        let ids = CaseIds {
            resolve: &meant,
            principal: principal.as_ref(),
        };
        let now = Timestamp::from_seconds(NOW);
        let answer = case
            .evaluate_with_ids(now, &self.switches, &ids)
            .map_err(|_| Unreadable)?;
        Ok(Outcome {
            decision: answer.decision,
            layer: answer.layer,
        })
    }

    /// Both verdicts, if they differ.
    #[must_use]
    pub fn disagreement(&self) -> Option<(Verdict, Verdict)> {
        let (engine, reference) = (self.engine(), self.reference(&Tally::default(), None));
        (engine != reference).then_some((engine, reference))
    }
}

/// The case as `testdata/policy-cases` has it; what a case file cannot say follows as comments.
impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.case)?;
        if self.switches != Switches::default() {
            write!(f, "\nswitches: {:?}", self.switches)?;
        }
        if self.ids != Ids::default() {
            write!(f, "\nids: {:?}", self.ids)?;
        }
        Ok(())
    }
}
