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
const REFUSED: usize = 512;
/// How many allowed requests are kept.
const ALLOWED: usize = 128;

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
    refused: Mutex<VecDeque<Arc<Decided>>>,
    allowed: Mutex<VecDeque<Arc<Decided>>>,
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
            ring.push_back(Arc::new(decided));
            oldest
        };
        // The last holder of an old state frees it, which others need not wait for.
        drop(oldest);
    }

    /// Why the newest request that was denied was, or the newest that was refused otherwise; `None`
    /// where there is none.
    ///
    /// # Errors
    /// When a stored policy of that state cannot be read.
    pub(crate) fn explain_newest(
        &self,
        state: &NodeState,
    ) -> Option<Result<Reasons, NotExplained>> {
        let denied = |d: &Arc<Decided>| d.code.is_some_and(|c| c.starts_with("AccessDenied"));
        let newest = {
            let ring = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            ring.iter().rfind(|d| denied(d)).or(ring.back()).cloned()
        };
        Some(newest?.explain(state))
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
        let found = [&self.refused, &self.allowed].into_iter().find_map(|ring| {
            let ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
            ring.iter().rfind(|d| d.request_id == request_id).cloned()
        });
        // Nobody who wants to keep a decision waits for the reasons of another.
        Some(found?.explain(state))
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
