//! The way to the commit loop: carries a request through decision and commit until it is recorded,
//! however often the state moves on in between.

use super::key_maker::KeyMaker;
use super::recorded::Recorded;
use super::run::{CommitLoop, LoopParts};
use super::work::{Errand, Message, Prepared, Step, Task, Told, Verdict, Work};
use crate::key_stores::KeyStores;
use crate::metrics::Load;
use crate::node::{Archive, NodeState};
use claviger_core::chain::{Decision, MadeKey, Outcome};
use claviger_crypto::KeySpec;
use claviger_types::AccountId;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How many requests may stand in line; the next ones wait for room.
const LINE: usize = 1024;
/// After so many stale decisions the loop decides by itself, so that nobody starves.
const STALE_ROUNDS: u32 = 3;
/// After so many the request fails: the store must then be at odds with itself.
const LAST_ROUND: u32 = 16;

/// Why something was not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRecorded {
    /// The store did not take it; nothing of it took place.
    #[error("the store did not take the batch; the log says why")]
    Failed,
    /// The state has moved on since it was decided.
    #[error("the state has changed since this was decided; try again")]
    Stale,
    /// The node is stopping, or has stopped, before the result was known.
    #[error("the node is stopping")]
    Stopping,
}

/// The store does not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// It cannot be written.
    #[error("{0}")]
    Store(String),
    /// The result of a commit is not known yet, or the loop is busy for too long.
    #[error("the store does not answer in time")]
    Slow,
    /// The loop has ended.
    #[error("the commit loop has ended")]
    Ended,
}

/// The loop did not end in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the commit loop did not end in time; what was not answered may or may not be recorded")]
pub struct StopError;

/// What errands of requests lead to.
#[derive(Clone, Copy)]
pub(crate) struct Outside<'a> {
    /// The external key stores.
    pub(crate) key_stores: &'a dyn KeyStores,
    /// The archive, where records are delivered.
    pub(crate) archive: Option<&'a Archive>,
}

/// Sends work to the commit loop.
#[derive(Clone)]
pub(crate) struct Committer {
    line: mpsc::Sender<Message>,
    under_way: Arc<AtomicUsize>,
    abandon: Arc<AtomicBool>,
    thread: Thread,
    ended: Arc<tokio::sync::Semaphore>,
    key_maker: KeyMaker,
}

impl Committer {
    /// Starts the loop on a thread of its own.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub(crate) fn start(parts: LoopParts) -> std::io::Result<Self> {
        let (line, inbox) = mpsc::channel(LINE);
        let abandon = Arc::new(AtomicBool::new(false));
        let under_way = Arc::new(AtomicUsize::new(0));
        let commit_loop =
            CommitLoop::new(parts, inbox, Arc::clone(&under_way), Arc::clone(&abandon));
        // Closed when the loop has ended, however it ends.
        let ended = Arc::new(tokio::sync::Semaphore::new(0));
        let guard = CloseOnDrop(Arc::clone(&ended));
        let thread = std::thread::Builder::new()
            .name("commit".to_owned())
            .spawn(move || {
                let _guard = guard;
                commit_loop.run();
            })?;
        Ok(Self {
            line,
            under_way,
            abandon,
            thread: thread.thread().clone(),
            ended,
            key_maker: KeyMaker::new(),
        })
    }

    /// Decides a request and has it recorded.
    pub(crate) async fn carry_out(
        &self,
        node: &NodeState,
        outside: Outside<'_>,
        mut step: Step,
    ) -> Result<Recorded<Told>, NotRecorded> {
        let _under_way = UnderWay::new(&self.under_way);
        let request_id = step.request_id().unwrap_or_default().to_owned();
        let mut stale = 0;
        loop {
            let mut rested_on = None;
            let task = if stale < STALE_ROUNDS {
                match decide(node, &step)? {
                    Ready::Commit(mut prepared) => {
                        // It need not go through the loop and back.
                        rested_on = prepared.kept.take();
                        Task::Commit(prepared)
                    }
                    Ready::Errand(errand) => {
                        step = self.run(*errand, node, outside).await;
                        continue;
                    }
                }
            } else {
                Task::Decide(Box::new(step.clone()))
            };
            match self.submit(task).await? {
                Verdict::Recorded(told, kept) => {
                    if let Some(kept) = rested_on.or(kept) {
                        let code = told.value().as_ref().err().map(|error| error.shape.code);
                        node.recent().keep(request_id, code, *kept);
                    }
                    return Ok(told);
                }
                Verdict::Failed => return Err(NotRecorded::Failed),
                Verdict::Stale if stale >= LAST_ROUND => return Err(NotRecorded::Failed),
                Verdict::Stale => stale += 1,
                Verdict::Errand(errand) => step = self.run(*errand, node, outside).await,
            }
        }
    }

    /// Does what a request waits for; the step that follows has it.
    async fn run(&self, errand: Errand, node: &NodeState, outside: Outside<'_>) -> Step {
        match errand {
            Errand::Ask(call, resume) => {
                let answer = outside.key_stores.ask(&call).await;
                Step::Answered {
                    resume,
                    call,
                    answer,
                }
            }
            Errand::MakeKey(spec, resume) => {
                let made = self.key_maker.make(resume.account(), spec).await;
                Step::WithKey { resume, made }
            }
            Errand::AskTrail(question, resume) => {
                let answer = Archive::answer(outside.archive, node, &question).await;
                Step::WithTrail {
                    resume,
                    question,
                    answer,
                }
            }
        }
    }

    /// Commits an outcome that no request brought about.
    ///
    /// # Errors
    /// When it was not recorded; after [`NotRecorded::Stale`] it may be made anew.
    pub(crate) async fn commit(&self, outcome: Outcome) -> Result<Recorded<Told>, NotRecorded> {
        self.commit_prepared(prepare(outcome)?).await
    }

    /// Commits what the delivery of records writes.
    ///
    /// # Errors
    /// When it was not committed.
    pub(crate) async fn deliver(&self, work: claviger_delivery::Work) -> Result<(), NotRecorded> {
        let prepared = Box::new(Prepared::delivery(work));
        self.commit_prepared(prepared).await.map(drop)
    }

    /// A new RSA key, on the turn of an account.
    pub(crate) async fn make_key(&self, account: AccountId, spec: KeySpec) -> MadeKey {
        self.key_maker.make(account, spec).await
    }

    async fn commit_prepared(
        &self,
        prepared: Box<Prepared>,
    ) -> Result<Recorded<Told>, NotRecorded> {
        match self.submit(Task::Commit(prepared)).await? {
            Verdict::Recorded(told, _) => Ok(told),
            Verdict::Stale | Verdict::Errand(_) => Err(NotRecorded::Stale),
            Verdict::Failed => Err(NotRecorded::Failed),
        }
    }

    async fn submit(&self, task: Task) -> Result<Verdict, NotRecorded> {
        let (answer, told) = oneshot::channel();
        let message = Message::Work(Work { task, answer });
        self.line
            .send(message)
            .await
            .map_err(|_| NotRecorded::Stopping)?;
        told.await.map_err(|_| NotRecorded::Stopping)
    }

    /// Has the loop ask the store whether a commit could take place.
    pub(crate) async fn probe(&self, deadline: Duration) -> Result<(), ProbeError> {
        let (answer, told) = oneshot::channel();
        let ask = async {
            let sent = self.line.send(Message::Probe(answer)).await;
            sent.map_err(|_| ProbeError::Ended)?;
            match told.await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(why)) => Err(ProbeError::Store(why)),
                Err(_) => Err(ProbeError::Ended),
            }
        };
        let answered = tokio::time::timeout(deadline, ask).await;
        answered.unwrap_or(Err(ProbeError::Slow))
    }

    /// How much there is to do.
    pub(crate) fn load(&self) -> Load {
        Load {
            queue: self.line.max_capacity() - self.line.capacity(),
            under_way: self.under_way.load(Ordering::Relaxed),
        }
    }

    /// Lets the loop finish what is in line and ends it; gives a store that does not open up when
    /// `deadline` has passed.
    pub(crate) async fn stop(&self, deadline: Duration) -> Result<(), StopError> {
        let end = async {
            // A loop that has ended takes no message; then there is nothing to wait for.
            let _ = self.line.send(Message::Stop).await;
            self.ended().await;
        };
        if tokio::time::timeout(deadline, end).await.is_ok() {
            return Ok(());
        }
        self.abandon.store(true, Ordering::Release);
        self.thread.unpark();
        Err(StopError)
    }

    /// Resolves when the loop has ended and given the store back to the operating system.
    async fn ended(&self) {
        // Nobody ever adds a permit, so this ends only when the semaphore is closed.
        let _ = self.ended.acquire().await;
    }
}

/// Counts a request for as long as it is there.
struct UnderWay<'a>(&'a AtomicUsize);

impl<'a> UnderWay<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct CloseOnDrop(Arc<tokio::sync::Semaphore>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A decision, ready for the next step.
enum Ready {
    Commit(Box<Prepared>),
    Errand(Box<Errand>),
}

/// Decides on the snapshot that is newest now.
fn decide(node: &NodeState, step: &Step) -> Result<Ready, NotRecorded> {
    let snapshot = node.snapshot();
    let conditions = node.conditions(&snapshot);
    let now = conditions.now;
    match step.decide(conditions) {
        Decision::Done(outcome) => {
            let prepared = Prepared::decided(outcome, Arc::clone(&snapshot), now);
            Ok(Ready::Commit(encoded(prepared)?))
        }
        Decision::Ask(call, resume) => Ok(Ready::Errand(Box::new(Errand::Ask(call, resume)))),
        Decision::NeedsKey(spec, resume) => {
            Ok(Ready::Errand(Box::new(Errand::MakeKey(spec, resume))))
        }
        Decision::AskTrail(question, resume) => {
            Ok(Ready::Errand(Box::new(Errand::AskTrail(question, resume))))
        }
    }
}

fn prepare(outcome: Outcome) -> Result<Box<Prepared>, NotRecorded> {
    encoded(Prepared::new(outcome))
}

fn encoded(prepared: Result<Prepared, serde_json::Error>) -> Result<Box<Prepared>, NotRecorded> {
    prepared.map(Box::new).map_err(|error| {
        tracing::error!(%error, "an outcome cannot be encoded");
        NotRecorded::Failed
    })
}
