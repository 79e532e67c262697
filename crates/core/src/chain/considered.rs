//! Why a request was allowed or denied, afterwards: each demand that was decided is kept with all
//! that it takes to ask the engine again on the same state. Nothing secret is among it: a demand
//! has names, condition keys and the encryption context, no plaintext.

use super::authorize::{Demand, put};
use super::exported_case;
use super::grants_in_play::Purpose;
use super::op::RequestMeta;
use super::turn::{Conditions, Turn};
use crate::caller::Caller;
use claviger_policy as policy;
use claviger_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A demand that was decided.
#[derive(Debug)]
pub struct Considered {
    caller: Caller,
    meta: RequestMeta,
    demand: Demand,
}

/// A decision with its reasons, and as a policy case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explained {
    /// The permission, such as `kms:Decrypt`.
    pub action: String,
    /// The ARN of the resource, or `*`.
    pub resource: String,
    /// Who asked: the ARN, or a service's name.
    pub principal: String,
    /// The decision and why.
    #[serde(flatten)]
    pub explanation: policy::Explanation,
    /// The same as a policy case (`docs/reference/policy-case.md`), with the decision as what it
    /// expects.
    pub case: Value,
    /// Whether the case decides the same: not where a policy or grant names a principal that was
    /// deleted and made again, for a case has no unique ids (`POL-E7`).
    pub replays: bool,
}

/// A decision that cannot be explained any more.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotExplained(String);

impl Considered {
    pub(super) fn new(caller: &Caller, meta: &RequestMeta, demand: Demand) -> Self {
        Self {
            caller: caller.clone(),
            meta: meta.clone(),
            demand,
        }
    }

    /// Says why, on the state and at the moment of the decision.
    ///
    /// # Errors
    /// When a stored policy of that state cannot be read.
    pub fn explain(&self, conditions: Conditions<'_>) -> Result<Explained, NotExplained> {
        // It draws nothing: the seed only has to be there.
        let turn = Turn::with_seed(conditions, [0; 32], &[]);
        let switches = turn.switches();
        let snapshot = conditions.snapshot;
        let names: Vec<&str> = self.demand.facts.names().collect();
        let ask = |request: &policy::Request<'_>, stack: &policy::Stack<'_>| {
            let explanation = policy::explain(request, stack, switches);
            let case = exported_case::case(request, stack, &explanation, &names, snapshot);
            Explained {
                action: request.action.to_owned(),
                resource: request.resource.to_owned(),
                principal: self.caller.arn(),
                replays: replays(&case, conditions.now, switches),
                case,
                explanation,
            }
        };
        let purpose = Purpose::Explaining;
        put(&self.caller, &self.demand, &self.meta, &turn, purpose, ask)
            .map_err(|unreadable| NotExplained(unreadable.to_string()))
    }
}

fn replays(case: &Value, now: Timestamp, switches: &policy::Switches) -> bool {
    let cases = policy::case::read(&case.to_string());
    cases.is_ok_and(|cases| {
        cases.iter().all(|case| {
            let answer = case.evaluate_with(now, switches);
            answer.is_ok_and(|answer| answer.verdict(case) == policy::case::Verdict::Right)
        })
    })
}
