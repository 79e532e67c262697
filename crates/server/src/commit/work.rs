//! What waits for the commit: a decided outcome, encoded as far as it can be outside the loop, or a
//! request that the loop itself must decide because it was outrun too often.

use super::recorded::Recorded;
use crate::edges::fresh;
use crate::recent::Kept;
use claviger_core::caller::Caller;
use claviger_core::chain::{
    Arrival, Conditions, Decision, KeyStoreAnswer, KeyStoreCall, MadeKey, Outcome, Reply,
    RequestMeta, Resume, ServiceError, TrailAnswer, TrailQuestion, decide, resume, resume_with_key,
    resume_with_trail,
};
use claviger_core::state::{Basis, Change, KeyPlace, KeyUse, LastUse, Snapshot};
use claviger_crypto::KeySpec;
use claviger_delivery::Work as Delivery;
use claviger_store::{MergeWrite, RecordsLeave, RowWrite};
use claviger_types::Timestamp;
use std::sync::Arc;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// What a request is told.
pub(crate) type Told = Result<Reply, ServiceError>;

/// A request at the point from which it can be decided, as often as needed.
#[derive(Clone)]
pub(crate) enum Step {
    /// No key store was asked yet.
    First {
        caller: Caller,
        arrival: Arrival,
        meta: RequestMeta,
        seed: [u8; 32],
    },
    /// A key store has answered.
    Answered {
        resume: Resume,
        call: KeyStoreCall,
        answer: KeyStoreAnswer,
    },
    /// A key was made.
    WithKey { resume: Resume, made: MadeKey },
    /// The trail was looked into.
    WithTrail {
        resume: Resume,
        question: TrailQuestion,
        answer: TrailAnswer,
    },
}

/// What must be done outside before a request can be decided.
pub(crate) enum Errand {
    /// A key store must be asked.
    Ask(KeyStoreCall, Resume),
    /// An RSA key must be made.
    MakeKey(KeySpec, Resume),
    /// The trail must be looked into.
    AskTrail(TrailQuestion, Resume),
}

impl Step {
    /// A request from a proven caller.
    pub(crate) fn first(caller: Caller, arrival: Arrival, meta: RequestMeta) -> Self {
        Self::First {
            caller,
            arrival,
            meta,
            seed: fresh(),
        }
    }

    /// The id of the request; `None` once something was done outside for it.
    pub(crate) fn request_id(&self) -> Option<&str> {
        match self {
            Self::First { meta, .. } => Some(&meta.request_id),
            Self::Answered { .. } | Self::WithKey { .. } | Self::WithTrail { .. } => None,
        }
    }

    /// Decides it.
    pub(crate) fn decide(&self, conditions: Conditions<'_>) -> Decision {
        match self.clone() {
            Self::First {
                caller,
                arrival,
                meta,
                seed,
            } => decide(conditions, caller, arrival, meta, seed),
            Self::Answered {
                resume: waiting,
                call,
                answer,
            } => resume(conditions, waiting, call, answer),
            Self::WithKey {
                resume: waiting,
                made,
            } => resume_with_key(conditions, waiting, made),
            Self::WithTrail {
                resume: waiting,
                question,
                answer,
            } => resume_with_trail(conditions, waiting, question, answer),
        }
    }
}

/// An outcome in the form the store takes. Made outside the loop, so that encoding does not wait
/// in line.
pub(crate) struct Prepared {
    pub(super) told: Told,
    pub(super) changes: Vec<Change>,
    pub(super) rests_on: Vec<Basis>,
    pub(super) uses: Vec<(KeyPlace, LastUse)>,
    pub(super) rows: Vec<RowWrite>,
    pub(super) merges: Vec<MergeWrite>,
    pub(super) leave: Vec<RecordsLeave>,
    pub(super) bodies: Vec<Vec<u8>>,
    pub(super) purge: bool,
    /// For whoever asks why; `None` for what no request brought about.
    pub(super) kept: Option<Box<Kept>>,
}

impl Prepared {
    /// # Errors
    /// When a value cannot be encoded, which no value of core brings about.
    pub(crate) fn new(outcome: Outcome) -> Result<Self, serde_json::Error> {
        let mut rows = Vec::with_capacity(outcome.changes.len());
        for change in &outcome.changes {
            let row = change.encode()?;
            rows.push(RowWrite {
                collection: row.name.collection,
                row: row.name.row,
                expected: row.expected,
                value: row.value,
            });
        }
        let mut merges = Vec::with_capacity(outcome.uses.len());
        for (key, last) in &outcome.uses {
            merges.push(MergeWrite {
                collection: KeyUse::COLLECTION,
                row: key.row(),
                rank: last.time.millis(),
                value: serde_json::to_vec(last)?,
            });
        }
        Ok(Self {
            told: outcome.result,
            bodies: outcome.records.iter().map(|r| r.to_bytes()).collect(),
            changes: outcome.changes,
            rests_on: outcome.rests_on,
            uses: outcome.uses,
            rows,
            merges,
            leave: Vec::new(),
            purge: outcome.purge,
            kept: None,
        })
    }

    /// What the delivery of records writes: rows that no state shows, and records that leave.
    pub(crate) fn delivery(work: Delivery) -> Self {
        Self {
            told: Ok(Reply(Zeroizing::default())),
            changes: Vec::new(),
            rests_on: Vec::new(),
            uses: Vec::new(),
            rows: work.rows,
            merges: Vec::new(),
            leave: work.leave,
            bodies: Vec::new(),
            purge: false,
            kept: None,
        }
    }

    /// The same for an outcome that was decided on a state, which is kept for whoever asks why.
    ///
    /// # Errors
    /// As [`Prepared::new`].
    pub(crate) fn decided(
        mut outcome: Outcome,
        snapshot: Arc<Snapshot>,
        now: Timestamp,
    ) -> Result<Self, serde_json::Error> {
        let kept = Kept {
            considered: std::mem::take(&mut outcome.considered),
            snapshot,
            now,
        };
        Ok(Self {
            kept: Some(Box::new(kept)),
            ..Self::new(outcome)?
        })
    }

    /// The state after this outcome, if it still fits `state`.
    pub(super) fn fit(&self, state: &Snapshot) -> Option<Fit> {
        if !self.rests_on.iter().all(|basis| basis.holds(state)) {
            return None;
        }
        let mut changes = self.changes.iter();
        let Some(first) = changes.next() else {
            return Some(Fit::Unchanged);
        };
        let mut next = step(first, state)?;
        for change in changes {
            next = step(change, &next)?;
        }
        Some(Fit::Changed(Box::new(next)))
    }
}

fn step(change: &Change, state: &Snapshot) -> Option<Snapshot> {
    change
        .fits(state)
        .then(|| state.after([change], state.revision))
}

/// What an outcome makes of the state.
pub(super) enum Fit {
    /// It only has records.
    Unchanged,
    /// The state with its changes.
    Changed(Box<Snapshot>),
}

/// What the loop is asked to do.
pub(super) enum Task {
    /// Commit what was decided.
    Commit(Box<Prepared>),
    /// Decide on the newest state, then commit.
    Decide(Box<Step>),
}

/// One request in line.
pub(super) struct Work {
    pub(super) task: Task,
    pub(super) answer: oneshot::Sender<Verdict>,
}

/// What became of it.
pub(crate) enum Verdict {
    /// Durable; with what it rested on if the loop decided it.
    Recorded(Recorded<Told>, Option<Box<Kept>>),
    /// The state has moved on: decide again.
    Stale,
    /// The loop decided it and something must be done outside first.
    Errand(Box<Errand>),
    /// Surely not committed.
    Failed,
}

/// A message to the loop.
pub(super) enum Message {
    /// Something to commit.
    Work(Work),
    /// Say whether a commit could take place, or why not.
    Probe(oneshot::Sender<Result<(), String>>),
    /// Finish what came before this and end.
    Stop,
}
