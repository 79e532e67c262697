//! The options of a service, and its start from inside a runtime or from outside any.

use crate::claviger::Claviger;
use crate::error::Error;
use crate::service;
use crate::worker::Worker;
use std::path::PathBuf;
use std::sync::mpsc;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// How a service shall be; made by [`Claviger::builder`].
#[derive(Debug, Clone)]
#[must_use = "a service starts with start() or start_blocking()"]
pub struct Builder {
    pub(crate) identity_center_key: bool,
    pub(crate) archive: bool,
    parent: Option<PathBuf>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            identity_center_key: true,
            archive: false,
            parent: None,
        }
    }

    /// Leaves Identity Center under a key that AWS owns, as it is before anybody sets a key up. The
    /// start is faster, there is no KMS key yet, and [`Claviger::key_arn`] says `None`.
    pub fn without_identity_center_key(mut self) -> Self {
        self.identity_center_key = false;
        self
    }

    /// Delivers audit records to a log archive in the service's directory, as `claviger up` does: log
    /// files every five minutes of the service's time and signed digests every hour. Then CloudTrail's
    /// API knows a trail, and its bucket can be read through S3. What has been delivered is in
    /// [`Claviger::records`] no more.
    pub fn with_archive(mut self) -> Self {
        self.archive = true;
        self
    }

    /// The folder in which the temporary directory is made; the system's folder for such things
    /// unless this is called. A folder in memory makes the service faster, for it syncs every
    /// commit. The folder must exist.
    pub fn temporary_directory_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.parent = Some(folder.into());
        self
    }

    /// Starts the service on a thread of its own and returns once it answers. It works on any
    /// runtime; to give up waiting ends the service.
    ///
    /// # Errors
    /// When something is in the way of the start; nothing is left behind then.
    pub async fn start(self) -> Result<Claviger, Error> {
        let (report, started) = oneshot::channel();
        let worker = Worker::start(move |end| {
            service::run(&self, end, |started| {
                // Whoever has given up has also told the thread to end.
                let _ = report.send(started);
            })
        })?;
        match started.await {
            Ok(started) => Ok(Claviger::new(worker, started)),
            Err(_) => Err(worker.end().await.err().unwrap_or(Error::Ended)),
        }
    }

    /// As [`Builder::start`], for tests without a runtime. It blocks the thread that calls it.
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub fn start_blocking(self) -> Result<Claviger, Error> {
        let (report, started) = mpsc::sync_channel(1);
        let worker = Worker::start(move |end| {
            service::run(&self, end, |started| {
                let _ = report.send(started);
            })
        })?;
        match started.recv() {
            Ok(started) => Ok(Claviger::new(worker, started)),
            Err(_) => Err(worker.end_blocking().err().unwrap_or(Error::Ended)),
        }
    }

    /// A new directory that is closed to others and goes when it is dropped.
    pub(crate) fn place(&self) -> Result<TempDir, Error> {
        let folder = self.parent.clone().unwrap_or_else(std::env::temp_dir);
        tempfile::Builder::new()
            .prefix("claviger-")
            .tempdir_in(folder)
            .map_err(Error::Directory)
    }
}
