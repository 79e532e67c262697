//! Moves the write-ahead log into the database file beside the commits, so that none of them waits for
//! all of it. Source: SQLite documentation, "Write-Ahead Logging", 2.1 and 3.3; PRAGMA
//! `wal_checkpoint`. It does not get old bytes out of the log: that is a purge.

use super::open::{LOG_PAGES, connect_beside};
use crate::OpenError;
use rusqlite::Connection;
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// The log may grow to so many times the size at which it is moved; a commit that finds it longer moves
/// it itself, however long that takes: the disk is then slower than what is written to it.
const LONGEST: i32 = 8;

const IDLE: u8 = 0;
const MOVING: u8 = 1;
/// What was in the log is in the file; what came meanwhile is not.
const MOVED: u8 = 2;

thread_local! {
    /// Pages in the log after this thread's last commit. SQLite tells them to a function without a
    /// place of its own to put them.
    static PAGES: Cell<i32> = const { Cell::new(0) };
}

/// Tells the pages of a connection's log after each of its commits to [`Checkpointer::after_commit`], in
/// place of SQLite's own moving.
pub(super) fn count_pages(connection: &Connection) {
    connection.wal_hook(Some(|_, pages| {
        PAGES.set(pages);
        Ok(())
    }));
}

/// A thread with a connection of its own that moves the log when it is told to.
#[derive(Debug)]
pub(super) struct Checkpointer {
    state: Arc<AtomicU8>,
    /// None once it is to end.
    begin: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// # Errors
    /// When the database cannot be opened a second time, or there is no thread.
    pub(super) fn start(path: &Path) -> Result<Self, OpenError> {
        let connection = connect_beside(path)?;
        let (begin, begun) = sync_channel::<()>(1);
        let state = Arc::new(AtomicU8::new(IDLE));
        let own = Arc::clone(&state);
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || {
                while begun.recv().is_ok() {
                    // What it could not move, the next one does.
                    let _ = move_log(&connection);
                    own.store(MOVED, Ordering::Release);
                }
            })
            .map_err(|source| OpenError::Io {
                path: path.into(),
                source,
            })?;
        Ok(Self {
            state,
            begin: Some(begin),
            thread: Some(thread),
        })
    }

    /// Sees to the log after a commit of `connection`, on the thread of that commit.
    pub(super) fn after_commit(&self, connection: &Connection) {
        let pages = PAGES.get();
        match self.state.load(Ordering::Acquire) {
            MOVED => {
                // The log begins anew only once it is wholly moved, which never happens while commits
                // go on. The little that came meanwhile is moved here, where nothing can come.
                let _ = move_log(connection);
                self.state.store(IDLE, Ordering::Release);
            }
            IDLE if pages >= LOG_PAGES => {
                self.state.store(MOVING, Ordering::Release);
                let told = self.begin.as_ref().map(|begin| begin.try_send(()));
                if !matches!(told, Some(Ok(()))) {
                    // The thread is gone; then it is done here, as SQLite itself would.
                    let _ = move_log(connection);
                    self.state.store(IDLE, Ordering::Release);
                }
            }
            _ if pages >= LOG_PAGES.saturating_mul(LONGEST) => {
                let _ = move_log(connection);
            }
            _ => {}
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.begin.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has closed its connection as well.
            let _ = thread.join();
        }
    }
}

/// Moves as much of the log into the database file as readers allow, without waiting for any.
fn move_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}
