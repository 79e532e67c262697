//! The node's side of the delivery of records: what it delivers to, when, and what it says about that.
//! How records become files is the delivery's own matter.

use super::forward::hold;
use super::{Node, NodeState};
use crate::commit::Committer;
use crate::edges::{OsEntropy, fresh};
use arc_swap::ArcSwap;
use claviger_core::state::{Account, Snapshot};
use claviger_crypto::{KeySpec, Place, Sealed};
use claviger_delivery::{
    Accounts, Book, COLLECTION, Delivered, Deliverer, DeliveryError, Directory, Doing, Found,
    INTERVAL, Layout, Ledger, LedgerError, S3, S3Place, Search, Source, Target, Trail, Work,
    expire, search,
};
use claviger_store::RecordSource;
use claviger_types::{Secret, Timestamp};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The version for which private keys are sealed.
const SEALED_VERSION: u64 = 1;
/// How often delivery looks for work.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The longest pause after a failure; it doubles from [`LOOK_EVERY`].
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How often old files are looked for, in days.
const EXPIRE_EVERY: i64 = 1;

/// Where records are delivered to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveTarget {
    /// A directory.
    Directory(PathBuf),
    /// A bucket.
    S3(S3Place),
}

/// How records are delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveSettings {
    /// The trail.
    pub trail: Trail,
    /// Where to.
    pub target: ArchiveTarget,
    /// How often log files are delivered at most.
    pub interval: Duration,
    /// For how many days files are kept; for ever where nothing is said.
    pub retention_days: Option<u32>,
}

impl ArchiveSettings {
    /// The archive of a development service, in a folder: each account has a trail of its own, so that
    /// AWS's validator finds its files without asking an organisation.
    #[must_use]
    pub fn development(folder: PathBuf) -> Self {
        Self {
            trail: Trail {
                name: "claviger".to_owned(),
                bucket: "claviger-audit-logs".to_owned(),
                prefix: None,
                layout: Layout::Account,
            },
            target: ArchiveTarget::Directory(folder),
            interval: INTERVAL,
            retention_days: None,
        }
    }

    /// The same as one trail of the organisation: the files of its accounts lie below its id, for which
    /// AWS's validator asks AWS Organizations.
    #[must_use]
    pub fn of_organization(mut self) -> Self {
        self.trail.layout = Layout::Organization;
        self
    }
}

/// A delivery that fails.
#[derive(Debug, Clone)]
struct Failure {
    /// Since when, in virtual time.
    since: Timestamp,
    text: String,
}

/// The delivery of a node's records.
pub(crate) struct Archive {
    settings: ArchiveSettings,
    target: Arc<dyn Target>,
    source: Source,
    deliverer: tokio::sync::Mutex<Deliverer>,
    /// Its rows as of the last run, for those who only look.
    book: ArcSwap<Book>,
    failure: ArcSwap<Option<Failure>>,
    /// When old files were last looked for.
    expired: Mutex<Option<Timestamp>>,
}

impl Archive {
    pub(super) fn new(
        settings: ArchiveSettings,
        reader: Box<dyn RecordSource + Send>,
        node: &Node,
        book: Book,
    ) -> Arc<Self> {
        let target: Arc<dyn Target> = match &settings.target {
            ArchiveTarget::Directory(path) => Arc::new(Directory::new(path)),
            ArchiveTarget::S3(place) => Arc::new(S3::new(place.clone())),
        };
        let ledger = Arc::new(NodeLedger {
            committer: node.committer.clone(),
            state: Arc::clone(&node.state),
        });
        let source: Source = Arc::new(Mutex::new(reader));
        let deliverer = Deliverer::new(
            settings.trail.clone(),
            Arc::clone(&target),
            Arc::clone(&source),
            ledger,
            book.clone(),
            node.state.now(&node.snapshot()),
        )
        .with_interval(settings.interval)
        .with_hold(hold(node.state.sinks()));
        Arc::new(Self {
            settings,
            target,
            source,
            deliverer: tokio::sync::Mutex::new(deliverer),
            book: ArcSwap::from_pointee(book),
            failure: ArcSwap::from_pointee(None),
            expired: Mutex::default(),
        })
    }

    /// Its trail.
    pub(super) fn trail(&self) -> &Trail {
        &self.settings.trail
    }

    /// Where its files are.
    pub(super) fn target(&self) -> &dyn Target {
        self.target.as_ref()
    }

    /// Its rows as of the last run.
    pub(super) fn book(&self) -> Arc<Book> {
        self.book.load_full()
    }

    /// Why nothing is delivered, if that is so.
    pub(super) fn failure(&self) -> Option<String> {
        let failure = self.failure.load_full();
        failure
            .as_ref()
            .as_ref()
            .map(|failure| failure.text.clone())
    }

    /// Finds records in the store and in the archive.
    pub(super) async fn find(
        &self,
        wanted: Search,
        accounts: Option<Accounts>,
    ) -> Result<Vec<Found>, DeliveryError> {
        let place = accounts.and_then(|a| self.settings.trail.place(&a, wanted.account));
        let target = place.map(|place| (self.target.as_ref(), place));
        search(wanted, Arc::clone(&self.source), target).await
    }

    /// Delivers what is due.
    async fn run(&self, state: &NodeState) -> Result<(), DeliveryError> {
        let mut deliverer = self.deliverer.lock().await;
        let snapshot = state.snapshot();
        let Some(accounts) = accounts_of(&snapshot) else {
            return Ok(());
        };
        let now = state.now(&snapshot);
        let result = deliverer.run(now, &accounts).await;
        let delivered = deliverer.take_delivered();
        state.metrics().count_delivered(&delivered, result.is_err());
        if delivered != Delivered::default() || deliverer.book() != &**self.book.load() {
            self.book.store(Arc::new(deliverer.book().clone()));
        }
        if let Ok(waiting) = deliverer.waiting() {
            state.metrics().set_waiting_records(waiting);
        }
        self.note(&result, now);
        result?;
        if let Err(error) = self.expire(&accounts, now).await {
            tracing::warn!(%error, "old files were not taken out of the archive; tomorrow again");
        }
        Ok(())
    }

    fn note(&self, result: &Result<(), DeliveryError>, now: Timestamp) {
        let before = self.failure.load_full();
        let after = match result {
            Ok(()) => None,
            Err(error) => Some(Failure {
                since: before.as_ref().as_ref().map_or(now, |known| known.since),
                text: error.to_string(),
            }),
        };
        match (before.as_ref(), &after) {
            (None, Some(failure)) => tracing::error!(
                error = failure.text,
                "records are not delivered; they stay in the database, and it is tried again"
            ),
            (Some(_), None) => tracing::info!("records are delivered again"),
            _ => {}
        }
        self.failure.store(Arc::new(after));
    }

    /// Takes old files away, once a day, if there is a day after which they go.
    async fn expire(&self, accounts: &Accounts, now: Timestamp) -> Result<(), DeliveryError> {
        let Some(days) = self.settings.retention_days else {
            return Ok(());
        };
        {
            let mut last = self.expired.lock().map_err(|_| DeliveryError::BrokenOff)?;
            if last.is_some_and(|last| now < last.plus_days(EXPIRE_EVERY)) {
                return Ok(());
            }
            *last = Some(now);
        }
        let before = now.plus_days(-i64::from(days));
        let gone = expire(self.target.as_ref(), &self.settings.trail, accounts, before).await?;
        if gone > 0 {
            tracing::info!(files = gone, %before, "files left the archive: their retention is over");
        }
        Ok(())
    }
}

impl Node {
    /// Delivers the records that are due. Whoever gives up waiting stops nothing.
    ///
    /// # Errors
    /// When something was not delivered: it stays in the store.
    pub async fn deliver(&self) -> Result<(), DeliveryError> {
        let Some(archive) = self.archive.clone() else {
            return Ok(());
        };
        let state = Arc::clone(&self.state);
        // A run that is broken off between its commit and its own note of it would not know its rows.
        let run = tokio::spawn(async move { archive.run(&state).await });
        run.await.unwrap_or(Err(DeliveryError::BrokenOff))
    }

    /// Delivers as time goes on, until it is dropped.
    pub(crate) async fn deliver_always(self) {
        let mut pause = LOOK_EVERY;
        while self.archive.is_some() {
            tokio::time::sleep(pause).await;
            pause = match self.deliver().await {
                Ok(()) => LOOK_EVERY,
                Err(_) => pause.saturating_mul(2).min(LONGEST_PAUSE),
            };
        }
    }

    /// When something is to be delivered next, if time is moved and it `is_wanted`.
    pub(super) async fn next_delivery(&self, is_wanted: bool) -> Option<Timestamp> {
        let archive = self.archive.as_ref().filter(|_| is_wanted)?;
        archive.deliverer.lock().await.next_date().ok().flatten()
    }

    /// Finds records in the store and in the archive, newest first; none where records are not
    /// delivered.
    ///
    /// # Errors
    /// When one of the two cannot be read.
    pub async fn find_records(&self, search: Search) -> Result<Vec<Found>, DeliveryError> {
        let Some(archive) = &self.archive else {
            return Ok(Vec::new());
        };
        let accounts = accounts_of(&self.state.snapshot());
        archive.find(search, accounts).await
    }

    /// What is wrong with the delivery of records, if anything is.
    #[must_use]
    pub fn delivery_failure(&self) -> Option<String> {
        let failure = self.archive.as_ref()?.failure.load_full();
        let Failure { since, text } = failure.as_ref().as_ref()?;
        Some(format!("records are not delivered since {since}: {text}"))
    }
}

/// The accounts of an installation; none while there is no installation.
pub(super) fn accounts_of(snapshot: &Snapshot) -> Option<Accounts> {
    let installation = snapshot.installation()?;
    let (mut members, mut standalone) = (Vec::new(), Vec::new());
    for account in snapshot.all::<Account>() {
        if installation.has_member(account) {
            members.push(account.id);
        } else {
            standalone.push(account.id);
        }
    }
    Some(Accounts {
        organization: installation.organization.clone(),
        members,
        standalone,
        regions: installation.regions.clone(),
    })
}

/// The commit loop and the store key, as delivery needs them.
pub(super) struct NodeLedger {
    pub(super) committer: Committer,
    pub(super) state: Arc<NodeState>,
}

fn refused(error: impl std::fmt::Display) -> LedgerError {
    LedgerError(error.to_string())
}

impl Ledger for NodeLedger {
    fn commit(&self, work: Work) -> Doing<'_, ()> {
        Box::pin(async move { self.committer.deliver(work).await.map_err(refused) })
    }

    fn make_key(&self) -> Doing<'_, Secret<Vec<u8>>> {
        Box::pin(async move {
            let snapshot = self.state.snapshot();
            let installation = snapshot.installation();
            let manager = installation.and_then(|i| i.management_account);
            let first = || snapshot.all::<Account>().next().map(|account| account.id);
            let account = manager.or_else(first);
            let account = account.ok_or_else(|| refused("there is no account"))?;
            let made = self.committer.make_key(account, KeySpec::Rsa2048).await;
            let made = made.map_err(refused)?;
            Ok(Secret::new(made.bytes().to_vec()))
        })
    }

    fn seal(&self, row: &str, bytes: &[u8]) -> Result<Vec<u8>, LedgerError> {
        let sealed = self.state.sealer().seal(&place(row), bytes, &mut OsEntropy);
        Ok(sealed.map_err(refused)?.to_bytes())
    }

    fn open(&self, row: &str, sealed: &[u8]) -> Result<Secret<Vec<u8>>, LedgerError> {
        let sealed = Sealed::from_bytes(sealed).map_err(refused)?;
        self.state
            .sealer()
            .open(&place(row), &sealed)
            .map_err(refused)
    }

    fn unique(&self) -> [u8; 16] {
        fresh()
    }
}

fn place(row: &str) -> Place<'_> {
    Place {
        collection: COLLECTION,
        row,
        version: SEALED_VERSION,
    }
}
