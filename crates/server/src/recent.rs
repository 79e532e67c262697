//! The newest decisions of a running node, so that somebody can ask why. What is kept of a decision
//! is what it rested on: the state, the moment and the demands; the reasons are found when they are
//! asked for. Nothing of it outlives the process.

use crate::node::NodeState;
use claviger_core::chain::{Considered, Explained, NotExplained};
use claviger_core::state::Snapshot;
use claviger_types::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many refused requests are kept: they are what people ask about.
const REFUSED: usize = 2048;
/// How many allowed requests are kept.
const ALLOWED: usize = 512;

/// What a decision rested on.
pub(crate) struct Kept {
    pub(crate) considered: Vec<Considered>,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) now: Timestamp,
}

struct Decided {
    request_id: String,
    /// The error code, of a request that was refused.
    code: Option<&'static str>,
    kept: Kept,
}

/// Why a request was answered as it was.
#[derive(Debug)]
pub(crate) struct Reasons {
    pub(crate) request_id: String,
    /// The error code, of a request that was refused.
    pub(crate) code: Option<&'static str>,
    /// Each decision of the policy engine, in order; none where the request failed before one.
    pub(crate) decisions: Vec<Explained>,
}

/// The newest decisions.
#[derive(Default)]
pub(crate) struct Recent {
    refused: Mutex<VecDeque<Decided>>,
    allowed: Mutex<VecDeque<Decided>>,
}

impl Recent {
    /// Keeps a decision, in the place of the oldest of its kind.
    pub(crate) fn keep(&self, request_id: String, code: Option<&'static str>, kept: Kept) {
        let (ring, most) = match code {
            Some(_) => (&self.refused, REFUSED),
            None => (&self.allowed, ALLOWED),
        };
        let decided = Decided {
            request_id,
            code,
            kept,
        };
        let oldest = {
            let mut ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
            let oldest = (ring.len() >= most).then(|| ring.pop_front());
            ring.push_back(decided);
            oldest
        };
        // The last holder of an old state frees it, which others need not wait for.
        drop(oldest);
    }

    /// Why the newest request that was refused was; `None` where there is none.
    ///
    /// # Errors
    /// When a stored policy of that state cannot be read.
    pub(crate) fn explain_newest(
        &self,
        state: &NodeState,
    ) -> Option<Result<Reasons, NotExplained>> {
        let ring = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        Some(ring.back()?.explain(state))
    }

    /// Why a request was answered as it was; `None` for one that is not kept.
    ///
    /// # Errors
    /// When a stored policy of that state cannot be read.
    pub(crate) fn explain(
        &self,
        request_id: &str,
        state: &NodeState,
    ) -> Option<Result<Reasons, NotExplained>> {
        [&self.refused, &self.allowed].into_iter().find_map(|ring| {
            let ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
            let found = ring.iter().rev().find(|d| d.request_id == request_id)?;
            Some(found.explain(state))
        })
    }
}

impl Decided {
    fn explain(&self, state: &NodeState) -> Result<Reasons, NotExplained> {
        let Kept {
            considered,
            snapshot,
            now,
        } = &self.kept;
        let conditions = state.conditions_at(snapshot, *now);
        let decisions = considered.iter().map(|one| one.explain(conditions));
        Ok(Reasons {
            request_id: self.request_id.clone(),
            code: self.code,
            decisions: decisions.collect::<Result<_, _>>()?,
        })
    }
}
