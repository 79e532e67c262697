//! A node: an opened directory (store, seal, lock), the newest state for its readers, and the way
//! to its commit loop. It listens nowhere; see [`crate::Server`].

mod archive;
mod directory;
mod end_of_trail;
mod error;
mod forward;
mod load;
mod readiness;
mod seal;
mod state;
mod trail;

pub use archive::{ArchiveSettings, ArchiveTarget};
pub use error::OpenError;
pub use load::{LoadError, is_production};
pub use readiness::Readiness;
pub use seal::{SEAL_FILE, SealFault};
pub use state::NodeState;

pub(crate) use archive::Archive;
pub(crate) use end_of_trail::link_of;
pub(crate) use load::load;

use crate::commit::{Committer, LoopParts, NotRecorded, Outside, Recorded, Step, StopError};
use crate::edges::{OsEntropy, SystemClock, fresh};
use crate::key_stores::{KeyStores, NoKeyStores};
use claviger_core::caller::Caller;
use claviger_core::chain::{Arrival, Outcome, Reply, RequestMeta, ServiceError};
use claviger_core::due::{self, FixedTime};
use claviger_core::quotas::Quotas;
use claviger_core::state::Snapshot;
use claviger_crypto::{RootKey, Sealer, WrappedStoreKey};
use claviger_delivery::forward::Cursors;
use claviger_policy::Switches;
use claviger_store::{Batch, BatchId, RowWrite, Store, WriterId, open_read_only, open_sqlite};
use claviger_types::{Clock, Timestamp};
use load::{Loaded, NODE, Own, SEAL, STORE_KEY, WRITER};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The name of the database in a node's directory.
pub const STORE_FILE: &str = "claviger.db";

/// The database of a node's directory, for those who only read records.
#[must_use]
pub fn store_path(directory: &Path) -> PathBuf {
    directory.join(STORE_FILE)
}

/// How to open a node.
pub struct OpenOptions {
    /// The directory that holds the database and the seal's key file.
    pub directory: PathBuf,
    /// Whether to make directory, seal and database where there are none.
    pub create: bool,
    /// What is around the node.
    pub surroundings: Surroundings,
    /// Where records are delivered to; they stay in the database where nothing is said.
    pub archive: Option<ArchiveSettings>,
}

impl OpenOptions {
    /// A directory as it is in production, made if it is not there.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            create: true,
            surroundings: Surroundings::default(),
            archive: None,
        }
    }
}

/// What is around a node: real time and key stores.
#[derive(Clone)]
pub struct Surroundings {
    /// Real time, without the installation's offset.
    pub clock: Arc<dyn Clock>,
    /// The external key stores.
    pub key_stores: Arc<dyn KeyStores>,
    /// How disputed points of the policy language are read.
    pub switches: Switches,
    /// How much of something an account may have.
    pub quotas: Quotas,
    /// Whether KMS's request quotas are enforced.
    pub request_quotas: bool,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            key_stores: Arc::new(NoKeyStores),
            switches: Switches::default(),
            quotas: Quotas::DEFAULT,
            request_quotas: false,
        }
    }
}

/// Time was not moved, or not all the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdvanceError {
    /// It cannot be moved here.
    #[error(transparent)]
    Fixed(#[from] FixedTime),
    /// Something on the way was not recorded.
    #[error("{0}; time stands where that happened")]
    NotRecorded(#[from] NotRecorded),
}

/// An open node. Clones share it.
#[derive(Clone)]
pub struct Node {
    state: Arc<NodeState>,
    committer: Committer,
    key_stores: Arc<dyn KeyStores>,
    /// The seal's key file, where the root key came from one.
    seal: Option<Arc<seal::HeldSeal>>,
    /// Held by whoever does due work, so that it is done and counted once.
    due_work: Arc<tokio::sync::Mutex<()>>,
    archive: Option<Arc<Archive>>,
    /// How far each sink had come when the node was opened.
    cursors: Arc<Cursors>,
}

impl Node {
    /// Opens a directory for this process alone: checks its owner and modes, the database, the seal,
    /// the end of the chain of records and that time did not go back since, and loads the state.
    ///
    /// # Errors
    /// One [`OpenError`] for each thing that an operator can do something about.
    pub fn open(options: OpenOptions) -> Result<Self, OpenError> {
        let directory = &options.directory;
        directory::prepare(directory, options.create)?;
        let mut store = open_sqlite(
            &store_path(directory),
            claviger_store::OpenOptions {
                create: options.create,
            },
        )?;
        let loaded = load(&mut store)?;
        let seal = Some(seal::SealFile::of(directory));
        let root = if loaded.own.wrapped.is_some() {
            seal::read(directory)?
        } else if loaded.is_new() {
            seal::read_or_make(directory)?
        } else {
            return Err(OpenError::NoStoreKey);
        };
        let book = loaded.own.delivery.clone();
        let mut node = Self::assemble(Box::new(store), loaded, &root, seal, options.surroundings)?;
        if let Some(settings) = options.archive {
            let reader = open_read_only(&store_path(directory))?;
            node.archive = Some(Archive::new(settings, Box::new(reader), &node, book));
        }
        Ok(node)
    }

    /// A node over a store that was opened elsewhere, sealed by a root key that was read elsewhere.
    ///
    /// # Errors
    /// As [`Node::open`].
    pub fn with_store(
        mut store: Box<dyn Store>,
        root: &RootKey,
        surroundings: Surroundings,
    ) -> Result<Self, OpenError> {
        let loaded = load(store.as_mut())?;
        if loaded.own.wrapped.is_none() && !loaded.is_new() {
            return Err(OpenError::NoStoreKey);
        }
        Self::assemble(store, loaded, root, None, surroundings)
    }

    fn assemble(
        mut store: Box<dyn Store>,
        loaded: Loaded,
        root: &RootKey,
        seal: Option<seal::SealFile>,
        surroundings: Surroundings,
    ) -> Result<Self, OpenError> {
        let (sealer, writer) = unlock(store.as_mut(), &loaded.own, root)?;
        let newest = end_of_trail::newest(store.as_mut())?;
        let chain = end_of_trail::chain_of(store.as_mut(), writer)?;
        let key_stores = Arc::clone(&surroundings.key_stores);
        let state = Arc::new(NodeState::new(loaded.snapshot, sealer, surroundings));
        let delivered = loaded.own.delivery.status().and_then(|s| s.delivered);
        if let Some(newest) = newest.max(delivered) {
            end_of_trail::time_goes_on(state.now(&state.snapshot()), newest)?;
        }
        for (key, last) in &loaded.uses {
            state.key_use().merge(key, last);
        }
        state.set_ready(true);
        let committer = Committer::start(LoopParts {
            store,
            node: Arc::clone(&state),
            chain,
        })
        .map_err(OpenError::Thread)?;
        Ok(Self {
            state,
            committer,
            key_stores,
            seal: seal.map(|file| Arc::new(file.holding(root))),
            due_work: Arc::default(),
            archive: None,
            cursors: Arc::new(loaded.own.sinks),
        })
    }

    /// What its readers see.
    #[must_use]
    pub fn state(&self) -> &Arc<NodeState> {
        &self.state
    }

    /// The newest state.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.state.snapshot()
    }

    /// 32 fresh bytes of entropy: the seed of a decision.
    #[must_use]
    pub fn seed(&self) -> [u8; 32] {
        fresh()
    }

    /// Decides a request of a proven caller and has it recorded, however often the state moves on in
    /// between. Once this was polled first, dropping it leaves what is in line to the commit loop;
    /// the listener lets it go on whatever its client does.
    ///
    /// # Errors
    /// When nothing was recorded. A refusal of the request is recorded and no error.
    pub async fn carry_out(
        &self,
        caller: Caller,
        mut arrival: Arrival,
        meta: RequestMeta,
    ) -> Result<Recorded<Result<Reply, ServiceError>>, NotRecorded> {
        arrival.throttled |= self.state.throttles(&caller, &arrival, &meta);
        let step = Step::first(caller, arrival, meta);
        let outside = Outside {
            key_stores: self.key_stores.as_ref(),
            archive: self.archive.as_deref(),
        };
        self.committer.carry_out(&self.state, outside, step).await
    }

    /// Commits an outcome that no request brought about: the bootstrap, due work.
    ///
    /// # Errors
    /// When it was not recorded.
    pub async fn commit_own(
        &self,
        outcome: Outcome,
    ) -> Result<Recorded<Result<Reply, ServiceError>>, NotRecorded> {
        self.committer.commit(outcome).await
    }

    /// Commits everything that is due now, in time order, and wipes private keys that were left
    /// open for long enough. Returns how many pieces of work it was.
    ///
    /// # Errors
    /// When one was not recorded; what came before it stays.
    pub async fn do_due_work(&self) -> Result<u64, NotRecorded> {
        let _alone = self.due_work.lock().await;
        let done = self.do_all_due().await?;
        let snapshot = self.state.snapshot();
        let now = self.state.now(&snapshot);
        self.state.open_keys().forget(&snapshot, now);
        Ok(done)
    }

    async fn do_all_due(&self) -> Result<u64, NotRecorded> {
        let mut done = 0;
        while let Some(outcome) = self.next_due()? {
            match self.committer.commit(outcome).await {
                Ok(_) => {
                    done += 1;
                    self.state.metrics().count_due_work(1);
                }
                // Somebody was faster; the newest state says whether anything is left.
                Err(NotRecorded::Stale) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn next_due(&self) -> Result<Option<Outcome>, NotRecorded> {
        let snapshot = self.state.snapshot();
        due::next(self.state.conditions(&snapshot), &mut OsEntropy).map_err(|error| {
            tracing::error!(%error, "due work cannot be done");
            NotRecorded::Failed
        })
    }

    /// Moves virtual time on and does everything that falls due on the way, in time order and each
    /// piece at its time, before it returns. Time never goes back. Returns how many pieces of work
    /// it was.
    ///
    /// # Errors
    /// Where time cannot be moved; and when something was not recorded: time then stands where that
    /// was.
    pub async fn advance_clock(&self, by: Duration) -> Result<u64, AdvanceError> {
        let _alone = self.due_work.lock().await;
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let start = self.state.now(&self.state.snapshot());
        let target = start.plus_millis(by);
        let mut done = 0;
        let mut delivers = true;
        loop {
            let due = due::next_date(&self.state.snapshot());
            let delivery = self.next_delivery(delivers).await;
            let date = due.into_iter().chain(delivery).min();
            let date = date.filter(|date| *date <= target);
            self.set_clock(date.unwrap_or(target)).await?;
            done += self.do_all_due().await?;
            // Records that cannot be delivered now wait in the store; they do not hold time up.
            delivers = delivers && self.deliver().await.is_ok();
            if date.is_none() {
                return Ok(done);
            }
        }
    }

    async fn set_clock(&self, to: Timestamp) -> Result<(), AdvanceError> {
        loop {
            let snapshot = self.state.snapshot();
            let conditions = self.state.conditions(&snapshot);
            let outcome = due::set_clock(conditions, self.state.real_now(), to)?;
            match self.committer.commit(outcome).await {
                Ok(_) => return Ok(()),
                Err(NotRecorded::Stale) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What the node has counted and timed, in the text format of OpenMetrics 1.0.
    ///
    /// # Errors
    /// Never for the metrics that there are.
    pub fn metrics(&self) -> Result<String, std::fmt::Error> {
        let load = self.committer.load();
        self.state.metrics().text(&self.state, &load)
    }

    /// Finishes what is in line and closes the store, so that the directory can be opened again.
    ///
    /// # Errors
    /// When that did not come about before the deadline.
    pub async fn close(&self, deadline: Duration) -> Result<(), StopError> {
        self.state.set_stopping();
        self.committer.stop(deadline).await
    }
}

/// Opens the store key, or makes one for a store that is new. With it, the writer's id, which
/// stays with the store: it is its only writer, so that one chain runs through all its lives.
fn unlock(
    store: &mut dyn Store,
    own: &Own,
    root: &RootKey,
) -> Result<(Sealer, WriterId), OpenError> {
    if let Some(bytes) = &own.wrapped {
        let wrapped = WrappedStoreKey::from_bytes(bytes)?;
        let writer = own.writer.ok_or(OpenError::NoWriter)?;
        return Ok((Sealer::unlock(root, &wrapped)?, WriterId(writer)));
    }
    let sealer = Sealer::generate(&mut OsEntropy);
    let wrapped = sealer.wrap(root, &mut OsEntropy).map_err(OpenError::Seal)?;
    let writer = WriterId(fresh());
    let mut batch = Batch::new(BatchId(fresh()), writer);
    batch.rows = vec![
        own_row(SEAL, STORE_KEY, wrapped.to_bytes()),
        own_row(NODE, WRITER, writer.0.to_vec()),
    ];
    store.commit(&batch).map_err(OpenError::FirstCommit)?;
    Ok((sealer, writer))
}

fn own_row(collection: &'static str, row: &str, value: Vec<u8>) -> RowWrite {
    RowWrite {
        collection,
        row: row.to_owned(),
        expected: None,
        value: Some(value),
    }
}
