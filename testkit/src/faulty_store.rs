//! A store that fails on command and can be held in the middle of a commit: what a commit loop must
//! survive. Everything that is not told to fail goes to the store underneath.

use claviger_store::{
    Batch, BatchId, CommitError, Committed, RecordSource, RecordsFrom, Store, StoreError, Stored,
    StoredChain, StoredRecord, StoredToken, WriterId,
};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// What the next commit does instead of committing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Surely not committed.
    Failed,
    /// Committed, but the result is unknown.
    UnknownCommitted,
    /// Not committed, and the result is unknown.
    UnknownLost,
    /// A row is said to have moved on.
    Conflict,
}

/// One batch as it arrived at the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its id.
    pub id: BatchId,
    /// How many records it carried.
    pub records: usize,
    /// How many rows it writes.
    pub rows: usize,
    /// Whether old bytes were to leave the disk.
    pub purge: bool,
}

#[derive(Default)]
struct Script {
    faults: VecDeque<Fault>,
    failing_reopenings: usize,
    reopenings: usize,
    held: bool,
    waiting: bool,
    seen: Vec<Seen>,
}

/// Commands a [`FaultyStore`] from outside; clones command the same store.
#[derive(Clone, Default)]
pub struct Control(Arc<(Mutex<Script>, Condvar)>);

impl Control {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.0.lock().unwrap()
    }

    /// The next commits fail like this, one after the other; the ones after them succeed.
    pub fn fail(&self, faults: &[Fault]) {
        self.script().faults.extend(faults);
    }

    /// The next so many reopenings fail.
    pub fn fail_reopenings(&self, count: usize) {
        self.script().failing_reopenings = count;
    }

    /// How often the store was reopened, failures counted.
    #[must_use]
    pub fn reopenings(&self) -> usize {
        self.script().reopenings
    }

    /// Every commit from now on waits until [`Self::release`].
    pub fn hold(&self) {
        self.script().held = true;
    }

    /// Returns once a commit is being held.
    pub fn wait_until_held(&self) {
        let script = self.script();
        drop(
            self.0
                .1
                .wait_while(script, |script| !script.waiting)
                .unwrap(),
        );
    }

    /// Lets commits pass.
    pub fn release(&self) {
        self.script().held = false;
        self.0.1.notify_all();
    }

    /// All batches that arrived, those that were told to fail included.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.script().seen.clone()
    }

    /// Notes the batch, waits as long as commits are held, and takes the next fault.
    fn arrive(&self, batch: &Batch) -> Option<Fault> {
        let mut script = self.script();
        script.seen.push(Seen {
            id: batch.id,
            records: batch.records.len(),
            rows: batch.rows.len(),
            purge: batch.purge,
        });
        script.waiting = true;
        self.0.1.notify_all();
        let mut script = self.0.1.wait_while(script, |script| script.held).unwrap();
        script.waiting = false;
        script.faults.pop_front()
    }
}

/// The store that fails on command.
pub struct FaultyStore<S> {
    inner: S,
    control: Control,
    /// After an unknown result nothing works until a reopening.
    broken: bool,
}

impl<S: Store> FaultyStore<S> {
    /// Puts a store under command.
    pub fn new(inner: S) -> (Self, Control) {
        let control = Control::default();
        let store = Self {
            inner,
            control: control.clone(),
            broken: false,
        };
        (store, control)
    }

    fn inner(&mut self) -> Result<&mut S, StoreError> {
        if self.broken {
            Err(StoreError::ReopenFirst)
        } else {
            Ok(&mut self.inner)
        }
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable {
        what: "told to fail".to_owned(),
    }
}

impl<S: Store> RecordSource for FaultyStore<S> {
    fn records(&mut self, from: RecordsFrom, limit: u32) -> Result<Vec<StoredRecord>, StoreError> {
        self.inner()?.records(from, limit)
    }

    fn chains(&mut self) -> Result<Vec<StoredChain>, StoreError> {
        self.inner()?.chains()
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn commit(&mut self, batch: &Batch) -> Result<Committed, CommitError> {
        let fault = self.control.arrive(batch);
        let inner = self.inner().map_err(CommitError::Failed)?;
        match fault {
            None => inner.commit(batch),
            Some(Fault::Failed) => Err(CommitError::Failed(unavailable())),
            Some(Fault::Conflict) => Err(CommitError::Conflict {
                collection: "test",
                row: "test".to_owned(),
                expected: None,
                found: None,
            }),
            Some(Fault::UnknownCommitted) => {
                inner.commit(batch)?;
                self.broken = true;
                Err(CommitError::Unknown(unavailable()))
            }
            Some(Fault::UnknownLost) => {
                self.broken = true;
                Err(CommitError::Unknown(unavailable()))
            }
        }
    }

    fn probe(&mut self) -> Result<(), StoreError> {
        self.inner()?.probe()
    }

    fn find_batch(&mut self, id: &BatchId) -> Result<Option<u64>, StoreError> {
        self.inner()?.find_batch(id)
    }

    fn load(
        &mut self,
        each: &mut dyn FnMut(Stored<'_>) -> ControlFlow<()>,
    ) -> Result<u64, StoreError> {
        self.inner()?.load(each)
    }

    fn find_token(&mut self, key: &str) -> Result<Option<StoredToken>, StoreError> {
        self.inner()?.find_token(key)
    }

    fn chain_head(&mut self, writer: &WriterId) -> Result<Option<(u64, [u8; 32])>, StoreError> {
        self.inner()?.chain_head(writer)
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        let fails = {
            let mut script = self.control.script();
            script.reopenings += 1;
            let fails = script.failing_reopenings > 0;
            script.failing_reopenings = script.failing_reopenings.saturating_sub(1);
            fails
        };
        if fails {
            self.broken = true;
            return Err(unavailable());
        }
        self.inner.reopen()?;
        self.broken = false;
        Ok(())
    }
}
