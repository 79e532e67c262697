//! The loop itself: gather, commit, publish, release; and what it does when the store fails or
//! leaves the result of a commit unknown.

use super::batch::Draft;
use super::recorded::Recorded;
use super::work::{Message, Verdict};
use crate::edges::now;
use crate::metrics::{BatchSize, CommitResult};
use crate::node::{LoadError, NodeState, load};
use claviger_core::state::Snapshot;
use claviger_store::{BatchId, CommitError, Committed, Purge, Store, StoreError, WriterId};
use claviger_trail::Chain;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// The most requests that share one transaction.
const GROUP: usize = 512;
/// How often, and how long each time, a batch waits for requests that are under way: a sync costs
/// the same for one request as for many, and more when it comes more often. Nobody waits alone.
const GATHER_ROUNDS: u32 = 10;
const GATHER_PAUSE: Duration = Duration::from_micros(100);
/// How long the loop waits before it tries a store again that did not open; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest such pause; whoever comes meanwhile is refused after it.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What the loop works on.
pub(crate) struct LoopParts {
    /// The store, owned by the loop from here on.
    pub(crate) store: Box<dyn Store>,
    /// What the node's readers see.
    pub(crate) node: Arc<NodeState>,
    /// The end of the chain of records.
    pub(crate) chain: Chain,
}

/// The commit loop.
pub(crate) struct CommitLoop {
    store: Box<dyn Store>,
    node: Arc<NodeState>,
    /// The newest state, the one that is published.
    tip: Arc<Snapshot>,
    chain: Chain,
    inbox: mpsc::Receiver<Message>,
    /// How many requests are being decided or in line.
    under_way: Arc<AtomicUsize>,
    /// Set when the process will wait no longer for a store that does not open.
    abandon: Arc<AtomicBool>,
    /// Why the last commit failed, if it did: until one succeeds the node is not ready.
    failing: Option<String>,
    /// Whether the loop was told to end while it waited for the store.
    stop_asked: bool,
}

/// The process ends before the store could be opened again.
struct Abandoned;

/// Why a recovery did not succeed yet.
#[derive(Debug, thiserror::Error)]
enum RecoveryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(
        "the chain of records ends with record {found}, which is neither before nor after the batch"
    )]
    Chain { found: u64 },
}

impl CommitLoop {
    pub(super) fn new(
        parts: LoopParts,
        inbox: mpsc::Receiver<Message>,
        under_way: Arc<AtomicUsize>,
        abandon: Arc<AtomicBool>,
    ) -> Self {
        Self {
            tip: parts.node.snapshot(),
            store: parts.store,
            node: parts.node,
            chain: parts.chain,
            inbox,
            under_way,
            abandon,
            failing: None,
            stop_asked: false,
        }
    }

    /// Works until it is told to stop or nobody is left who could send anything.
    pub(super) fn run(mut self) {
        let mut messages = Vec::with_capacity(GROUP);
        // Whatever gathered while the last batch was being synced goes into the next one.
        while self.inbox.blocking_recv_many(&mut messages, GROUP) > 0 {
            self.gather(&mut messages);
            if let Err(Stopped) = self.round(&mut messages) {
                break;
            }
        }
        self.node.set_ready(false);
    }

    /// Waits a moment while most of the requests under way are not here yet.
    fn gather(&mut self, messages: &mut Vec<Message>) {
        for _ in 0..GATHER_ROUNDS {
            while messages.len() < GROUP
                && let Ok(message) = self.inbox.try_recv()
            {
                messages.push(message);
            }
            let most_are_here = messages.len() * 2 >= self.under_way.load(Ordering::Relaxed);
            let stops = matches!(messages.last(), Some(Message::Stop));
            if most_are_here || stops || messages.len() >= GROUP {
                return;
            }
            std::thread::park_timeout(GATHER_PAUSE);
        }
    }

    fn round(&mut self, messages: &mut Vec<Message>) -> Result<(), Stopped> {
        let mut draft = Draft::new(&self.tip, self.chain);
        let (mut stop, mut probes) = (false, Vec::new());
        for message in messages.drain(..) {
            match message {
                Message::Work(work) => draft.admit(work, &self.node),
                Message::Probe(answer) => probes.push(answer),
                Message::Stop => stop = true,
            }
        }
        if !draft.waiting.is_empty() {
            self.commit(draft).map_err(|Abandoned| Stopped)?;
        }
        for answer in probes {
            let told = self.probe().map_err(|Abandoned| Stopped)?;
            // Whoever asked may have gone.
            let _ = answer.send(told);
        }
        if stop || self.stop_asked {
            return Err(Stopped);
        }
        Ok(())
    }

    /// Whether a commit could take place. After one that failed only another one can tell.
    fn probe(&mut self) -> Result<Result<(), String>, Abandoned> {
        if let Err(error) = self.store.probe() {
            return Ok(Err(error.to_string()));
        }
        if self.failing.is_some() {
            self.commit(Draft::new(&self.tip, self.chain))?;
        }
        Ok(self.failing.clone().map_or(Ok(()), Err))
    }

    fn commit(&mut self, draft: Draft) -> Result<(), Abandoned> {
        let begun = now();
        let result = self.store.commit(&draft.batch);
        let size = BatchSize {
            requests: draft.waiting.len(),
            records: draft.batch.records.len(),
        };
        let metrics = self.node.metrics();
        metrics.observe_commit(result_of(&result), begun.elapsed(), size);
        match result {
            Ok(committed) => {
                self.set_failing(None);
                self.note_purge(committed);
                self.chain = draft.chain;
                self.publish(draft.state.after([], committed.revision));
                self.release(draft, committed.revision);
                Ok(())
            }
            Err(error @ (CommitError::Conflict { .. } | CommitError::TokenTaken { .. })) => {
                // Another writer was there first: take its state over, then decide again on it.
                tracing::warn!(%error, "a batch does not fit the store; the state is read again");
                self.recover(None)?;
                draft.tell_all(|| Verdict::Stale);
                Ok(())
            }
            Err(CommitError::Failed(error)) => {
                tracing::error!(%error, requests = draft.waiting.len(), "a batch was not committed");
                self.set_failing(Some(error.to_string()));
                draft.tell_all(|| Verdict::Failed);
                Ok(())
            }
            Err(CommitError::Unknown(error)) => {
                tracing::error!(%error, "the result of a commit is unknown; nothing is answered until it is");
                self.resolve(draft)
            }
        }
    }

    /// Finds out what became of a batch, and only then answers its requests.
    fn resolve(&mut self, draft: Draft) -> Result<(), Abandoned> {
        match self.recover(Some(&draft))? {
            Some(revision) => {
                tracing::info!(revision, "the batch of unknown result was committed");
                self.set_failing(None);
                self.release(draft, revision);
            }
            None => {
                tracing::info!("the batch of unknown result was not committed");
                let why = "the last batch was not committed; the log says why";
                self.set_failing(Some(why.to_owned()));
                draft.tell_all(|| Verdict::Failed);
            }
        }
        Ok(())
    }

    fn set_failing(&mut self, why: Option<String>) {
        self.node.set_commits_fail(why.is_some());
        self.failing = why;
    }

    fn publish(&mut self, next: Snapshot) {
        self.tip = Arc::new(next);
        self.node.publish(Arc::clone(&self.tip));
    }

    fn release(&self, draft: Draft, revision: u64) {
        for (key, last) in &draft.uses {
            self.node.key_use().merge(key, last);
        }
        for waiting in draft.waiting {
            // A client that hung up cancels nothing: its reply is dropped, its record stays.
            let recorded = Recorded::at(revision, waiting.told);
            let _ = waiting
                .answer
                .send(Verdict::Recorded(recorded, waiting.kept));
        }
    }

    fn note_purge(&self, committed: Committed) {
        if committed.purge == Purge::Pending {
            tracing::warn!(
                "deleted secrets are still in the store's log because a reader is in the way; \
                 the next commit tries again"
            );
        }
    }

    /// Opens the store again and reads everything from it, as often as it takes; the node says
    /// meanwhile that it is not ready. Returns the revision of the draft's batch if it took place.
    fn recover(&mut self, draft: Option<&Draft>) -> Result<Option<u64>, Abandoned> {
        self.node.set_ready(false);
        let mut pause = FIRST_PAUSE;
        loop {
            match self.try_to_recover(draft) {
                Ok(revision) => {
                    self.node.set_ready(true);
                    return Ok(revision);
                }
                Err(error) => {
                    tracing::error!(%error, "the store cannot be used; trying again");
                    self.refuse_all(&error.to_string());
                }
            }
            if self.abandon.load(Ordering::Acquire) {
                return Err(Abandoned);
            }
            // Woken early when the process gives up.
            std::thread::park_timeout(pause);
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    /// Refuses whoever is in line: nothing of it was tried, and waiting might take for ever.
    fn refuse_all(&mut self, why: &str) {
        while let Ok(message) = self.inbox.try_recv() {
            // Whoever asked may have gone.
            match message {
                Message::Work(work) => drop(work.answer.send(Verdict::Failed)),
                Message::Probe(answer) => drop(answer.send(Err(why.to_owned()))),
                Message::Stop => self.stop_asked = true,
            }
        }
    }

    fn try_to_recover(&mut self, draft: Option<&Draft>) -> Result<Option<u64>, RecoveryError> {
        self.store.reopen()?;
        let id: Option<BatchId> = draft.map(|d| d.batch.id);
        let revision = match id {
            Some(id) => self.store.find_batch(&id)?,
            None => None,
        };
        let writer = WriterId(*self.chain.writer());
        let (seq, hash) = self.store.chain_head(&writer)?.unwrap_or_default();
        let chain = Chain::resume(writer.0, seq, hash);
        let expected = match (draft, revision) {
            (Some(draft), Some(_)) => draft.chain,
            _ => self.chain,
        };
        if chain != expected {
            return Err(RecoveryError::Chain { found: seq });
        }
        let loaded = load(self.store.as_mut())?;
        for (key, last) in &loaded.uses {
            self.node.key_use().merge(key, last);
        }
        self.chain = chain;
        self.publish(loaded.snapshot);
        Ok(revision)
    }
}

fn result_of(result: &Result<Committed, CommitError>) -> CommitResult {
    match result {
        Ok(_) => CommitResult::Committed,
        Err(CommitError::Conflict { .. } | CommitError::TokenTaken { .. }) => {
            CommitResult::Conflict
        }
        Err(CommitError::Failed(_)) => CommitResult::Failed,
        Err(CommitError::Unknown(_)) => CommitResult::Unknown,
    }
}

/// The loop was told to end.
struct Stopped;
