//! The tasks that forward: one for each sink, which reads records after its cursor, sends them, and
//! writes the cursor. They take turns with nobody and are told nothing: each looks for new records by
//! itself.

use super::backoff::Backoff;
use super::config::{SinkConfig, SinkConfigError, read_sinks};
use super::cursor::{self, Cursor, Cursors};
use super::sink::{SendError, Sink};
use super::status::{SinkStatus, Statuses};
use crate::ledger::{Ledger, Source, Work};
use claviger_store::{RecordsFrom, StoreError, StoredRecord};
use claviger_types::Clock;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often a sink that has everything looks for more.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Records that are sent at once.
const PAGE: u32 = 500;
/// So many bytes of them, if there are several.
const MOST_BYTES: usize = 4 << 20;

/// A sink that is ready to send.
pub struct OpenSink {
    name: String,
    sink: Box<dyn Sink>,
}

/// Reads the sinks of a file and makes them ready, all or none. It opens no connection and makes no
/// file.
///
/// # Errors
/// When one of them cannot be used.
pub fn open_sinks(path: &Path, clock: &Arc<dyn Clock>) -> Result<Vec<OpenSink>, SinkConfigError> {
    let open = |config: SinkConfig| {
        Ok(OpenSink {
            sink: config.open(clock)?,
            name: config.name,
        })
    };
    read_sinks(path)?.into_iter().map(open).collect()
}

/// All sinks of a service.
pub struct Forwarder {
    source: Source,
    ledger: Arc<dyn Ledger>,
    cursors: Cursors,
    statuses: Statuses,
    running: Vec<Running>,
}

struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<Task>,
}

impl Forwarder {
    /// One without sinks.
    #[must_use]
    pub fn new(
        source: Source,
        ledger: Arc<dyn Ledger>,
        cursors: Cursors,
        statuses: Statuses,
    ) -> Self {
        Self {
            source,
            ledger,
            cursors,
            statuses,
            running: Vec::new(),
        }
    }

    /// Ends the sinks that run and starts these. One that goes on under its name goes on where it was.
    pub async fn replace(&mut self, sinks: Vec<OpenSink>) {
        self.stop().await;
        let mut statuses = BTreeMap::new();
        let mut tasks = Vec::new();
        for OpenSink { name, sink } in sinks {
            let (cursor, version) = self.cursors.of(&name);
            let status = Arc::new(SinkStatus::default());
            status.position.store(cursor.position, Ordering::Release);
            statuses.insert(name.clone(), Arc::clone(&status));
            tasks.push(Task {
                name,
                sink,
                cursor,
                version,
                status,
                source: Arc::clone(&self.source),
                ledger: Arc::clone(&self.ledger),
            });
        }
        // Before any of them runs, so that nothing leaves that one of them waits for.
        self.statuses.replace(statuses);
        for task in tasks {
            let (stop, stopped) = watch::channel(false);
            let task = tokio::spawn(task.run(stopped));
            self.running.push(Running { stop, task });
        }
    }

    /// Ends all sinks: what is being sent is given up, a cursor that is being written is waited for.
    pub async fn stop(&mut self) {
        for Running { stop, task } in self.running.drain(..) {
            // One that has ended already listens to nobody.
            let _ = stop.send(true);
            match task.await {
                Ok(task) => self.cursors.put(&task.name, task.cursor, task.version),
                Err(error) => tracing::error!(%error, "a sink ended by a fault of the program"),
            }
        }
    }
}

struct Task {
    name: String,
    sink: Box<dyn Sink>,
    cursor: Cursor,
    version: Option<u64>,
    status: Arc<SinkStatus>,
    source: Source,
    ledger: Arc<dyn Ledger>,
}

impl Task {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) -> Self {
        let mut backoff = Backoff::default();
        while !*stopped.borrow() {
            let step = self.step(&mut stopped).await;
            let pause = match step {
                Ok(Step::Sent) => {
                    self.told_that_it_goes_on(&mut backoff);
                    continue;
                }
                Ok(Step::Nothing) => LOOK_EVERY,
                Ok(Step::Stopped) => break,
                Err(error) => self.told_that_it_fails(&mut backoff, &error),
            };
            // Ends early when it is told to stop, or when nobody is there who could.
            let _ = tokio::time::timeout(pause, stopped.wait_for(|stop| *stop)).await;
        }
        self
    }

    fn told_that_it_goes_on(&self, backoff: &mut Backoff) {
        if backoff.failures() > 0 {
            tracing::info!(sink = self.name, "the sink takes records again");
            backoff.succeeded();
            self.status.failing.store(0, Ordering::Relaxed);
        }
    }

    fn told_that_it_fails(&self, backoff: &mut Backoff, error: &SendError) -> Duration {
        let pause = backoff.failed();
        self.status.failed.fetch_add(1, Ordering::Relaxed);
        let failing = u64::from(backoff.failures());
        self.status.failing.store(failing, Ordering::Relaxed);
        tracing::warn!(
            sink = self.name,
            %error,
            again_in_seconds = pause.as_secs_f32(),
            "the sink did not take records; they wait in the store"
        );
        pause
    }

    async fn step(&mut self, stopped: &mut watch::Receiver<bool>) -> Result<Step, SendError> {
        let records = self.read().await?;
        let Some(last) = records.last().map(|record| record.position) else {
            return Ok(Step::Nothing);
        };
        let lost = self.lost_before(&records);
        tokio::select! {
            sent = self.sink.send(&records) => sent?,
            _ = stopped.wait_for(|stop| *stop) => return Ok(Step::Stopped),
        }
        self.status
            .sent
            .fetch_add(records.len() as u64, Ordering::Relaxed);
        self.advance(last).await?;
        self.note_lost(lost);
        Ok(Step::Sent)
    }

    async fn read(&self) -> Result<Vec<StoredRecord>, SendError> {
        let (source, after) = (Arc::clone(&self.source), self.cursor.position);
        let read = move || {
            let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
            let page = source.records(RecordsFrom::After(after), PAGE)?;
            let newest = source.records(RecordsFrom::Before(u64::MAX), 1)?;
            Ok::<_, StoreError>((page, newest.first().map_or(0, |record| record.position)))
        };
        let read = tokio::task::spawn_blocking(read).await;
        let (mut page, newest) = read.map_err(SendError::new)?.map_err(SendError::new)?;
        self.status.newest.store(newest, Ordering::Relaxed);
        page.truncate(fitting(&page));
        Ok(page)
    }

    /// How many records the sink never gets: positions have no gaps but those of records that have
    /// left. The first cursor of a sink stands before all records that ever were.
    fn lost_before(&self, records: &[StoredRecord]) -> u64 {
        let expected = self.cursor.position.saturating_add(1);
        let first = records.first().filter(|_| self.version.is_some());
        first.map_or(0, |record| record.position.saturating_sub(expected))
    }

    fn note_lost(&self, lost: u64) {
        if lost > 0 {
            self.status.lost.fetch_add(lost, Ordering::Relaxed);
            tracing::error!(
                sink = self.name,
                records = lost,
                "records left for the archive while the sink was not configured"
            );
        }
    }

    async fn advance(&mut self, position: u64) -> Result<(), SendError> {
        let cursor = Cursor { position };
        let row = cursor::write(&self.name, cursor, self.version).map_err(SendError::new)?;
        let work = Work {
            rows: vec![row],
            leave: Vec::new(),
        };
        self.ledger.commit(work).await.map_err(SendError::new)?;
        self.cursor = cursor;
        self.version = Some(self.version.unwrap_or_default() + 1);
        self.status.position.store(position, Ordering::Release);
        Ok(())
    }
}

enum Step {
    Sent,
    Nothing,
    Stopped,
}

/// How many records of a page are sent at once: at least one, however large.
fn fitting(page: &[StoredRecord]) -> usize {
    let mut bytes = 0;
    let large = page.iter().skip(1).position(|record| {
        bytes += record.body.len();
        bytes > MOST_BYTES
    });
    large.map_or(page.len(), |at| at + 1)
}
