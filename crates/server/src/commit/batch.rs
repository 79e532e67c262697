//! One batch in the making: takes outcomes in line as long as they fit, links their records to the
//! chain, and keeps what is to be published and released once the store says yes.

use super::work::{Errand, Fit, Prepared, Step, Task, Told, Verdict, Work};
use crate::edges::fresh;
use crate::node::NodeState;
use crate::recent::Kept;
use claviger_core::chain::Decision;
use claviger_core::state::{KeyPlace, LastUse, Snapshot};
use claviger_store::{Batch, BatchId, MergeWrite, RecordWrite, WriterId};
use claviger_trail::Chain;
use std::sync::Arc;
use tokio::sync::oneshot;

/// A reply that waits for its batch.
pub(super) struct Waiting {
    pub(super) told: Told,
    /// What it rested on, if the loop decided it.
    pub(super) kept: Option<Box<Kept>>,
    pub(super) answer: oneshot::Sender<Verdict>,
}

/// The batch in the making.
pub(super) struct Draft {
    pub(super) batch: Batch,
    /// The state with all changes of the batch, not published yet.
    pub(super) state: Snapshot,
    /// The chain with all its records.
    pub(super) chain: Chain,
    pub(super) uses: Vec<(KeyPlace, LastUse)>,
    pub(super) waiting: Vec<Waiting>,
}

impl Draft {
    /// A batch on top of a state and a chain.
    pub(super) fn new(state: &Snapshot, chain: Chain) -> Self {
        Self {
            batch: Batch::new(BatchId(fresh()), WriterId(*chain.writer())),
            state: state.clone(),
            chain,
            uses: Vec::new(),
            waiting: Vec::new(),
        }
    }

    /// Takes one request in, or answers it at once.
    pub(super) fn admit(&mut self, work: Work, node: &NodeState) {
        let Work { task, answer } = work;
        let refused = match task {
            Task::Commit(prepared) => self.take(*prepared, answer),
            Task::Decide(step) => self.decide(&step, answer, node),
        };
        if let Some((verdict, answer)) = refused {
            // A receiver that is gone needs no answer.
            let _ = answer.send(verdict);
        }
    }

    fn decide(
        &mut self,
        step: &Step,
        answer: oneshot::Sender<Verdict>,
        node: &NodeState,
    ) -> Option<(Verdict, oneshot::Sender<Verdict>)> {
        let snapshot = Arc::new(self.state.clone());
        let conditions = node.conditions(&snapshot);
        let now = conditions.now;
        match step.decide(conditions) {
            Decision::Ask(call, resume) => {
                let errand = Box::new(Errand::Ask(call, resume));
                Some((Verdict::Errand(errand), answer))
            }
            Decision::NeedsKey(spec, resume) => {
                let errand = Box::new(Errand::MakeKey(spec, resume));
                Some((Verdict::Errand(errand), answer))
            }
            Decision::AskTrail(question, resume) => {
                let errand = Box::new(Errand::AskTrail(question, resume));
                Some((Verdict::Errand(errand), answer))
            }
            Decision::Done(outcome) => match Prepared::decided(outcome, Arc::clone(&snapshot), now)
            {
                Ok(prepared) => self.take(prepared, answer),
                Err(error) => {
                    tracing::error!(%error, "an outcome cannot be encoded");
                    Some((Verdict::Failed, answer))
                }
            },
        }
    }

    fn take(
        &mut self,
        prepared: Prepared,
        answer: oneshot::Sender<Verdict>,
    ) -> Option<(Verdict, oneshot::Sender<Verdict>)> {
        match prepared.fit(&self.state) {
            None => return Some((Verdict::Stale, answer)),
            Some(Fit::Unchanged) => {}
            Some(Fit::Changed(next)) => self.state = *next,
        }
        for body in prepared.bodies {
            let link = self.chain.append(&body);
            self.batch.records.push(RecordWrite {
                format: link.format,
                seq: link.seq,
                previous: link.previous,
                hash: link.hash,
                body,
            });
        }
        self.batch.rows.extend(prepared.rows);
        self.batch.leave.extend(prepared.leave);
        for merge in prepared.merges {
            self.merge(merge);
        }
        self.batch.purge |= prepared.purge;
        self.uses.extend(prepared.uses);
        self.waiting.push(Waiting {
            told: prepared.told,
            kept: prepared.kept,
            answer,
        });
        None
    }

    /// Keeps the greater of two merges of one row, as the store would.
    fn merge(&mut self, merge: MergeWrite) {
        let same = |m: &&mut MergeWrite| m.collection == merge.collection && m.row == merge.row;
        match self.batch.merges.iter_mut().find(same) {
            Some(known) if known.rank < merge.rank => *known = merge,
            Some(_) => {}
            None => self.batch.merges.push(merge),
        }
    }

    /// Tells everybody in the batch the same.
    pub(super) fn tell_all(self, verdict: impl Fn() -> Verdict) {
        for waiting in self.waiting {
            let _ = waiting.answer.send(verdict());
        }
    }
}
