//! A service as a test holds it: configurations of the AWS SDK, the clock, the audit trail, the end.

use crate::builder::Builder;
use crate::error::Error;
use crate::service::Started;
use crate::worker::Worker;
use aws_config::{Region, SdkConfig};
use claviger_core::bootstrap::{Credentials, REGIONS};
use claviger_server::{Answer, Node, Question, answer, store_path, verify_records};
use claviger_store::open_read_only;
use claviger_types::Secret;
use serde_json::Value;
use std::fmt;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

/// A development service in this process.
///
/// It runs on threads of its own, so a test that blocks, or that uses it from several runtimes, does
/// not hold it up. Any number of them run side by side, each with its own port, directory, keys and
/// clock.
///
/// Dropping it cuts off what is under way, waits until the service has ended, and removes its
/// directory; that takes milliseconds and works inside and outside of runtimes and while a test
/// panics. [`Claviger::stop`] lets requests end first and tells of errors. One in a `static` is
/// never dropped: its directory stays until somebody tidies the folder for temporary files.
pub struct Claviger {
    started: Started,
    worker: Worker,
}

impl Claviger {
    pub(crate) fn new(worker: Worker, started: Started) -> Self {
        Self { started, worker }
    }

    /// Options; without any, [`Claviger::start`] does the same.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Starts a service with the development organisation and Identity Center's customer managed
    /// key, on a free port of 127.0.0.1. It works on any runtime.
    ///
    /// # Errors
    /// When something is in the way of the start; nothing is left behind then.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// As [`Claviger::start`], for tests without a runtime. It blocks the thread that calls it.
    ///
    /// # Errors
    /// As [`Claviger::start`].
    pub fn start_blocking() -> Result<Self, Error> {
        Self::builder().start_blocking()
    }

    /// The configuration of SDK clients for the administrator of the management account
    /// ([`MANAGEMENT_ACCOUNT`](crate::MANAGEMENT_ACCOUNT)) in the home Region, `us-east-1`.
    ///
    /// Each call makes a configuration with connections of its own, which live on the runtime that
    /// first uses them: where several runtimes use one service, each takes its own. Nothing of the
    /// environment or of the user's AWS files is read.
    #[must_use]
    pub fn sdk_config(&self) -> SdkConfig {
        self.sdk_of(&self.started.admin)
    }

    /// As [`Claviger::sdk_config`], in another Region. The service serves all of
    /// [`REGIONS`](crate::REGIONS) at the same endpoint and refuses others.
    #[must_use]
    pub fn sdk_config_in(&self, region: impl Into<String>) -> SdkConfig {
        let region = Region::new(region.into());
        self.sdk_config().into_builder().region(region).build()
    }

    /// The configuration for the administrator of a standalone account outside the organisation
    /// ([`OUTSIDE_ACCOUNT`](crate::OUTSIDE_ACCOUNT)): somebody with no right to anybody's keys.
    #[must_use]
    pub fn outsider_sdk_config(&self) -> SdkConfig {
        self.sdk_of(&self.started.outsider)
    }

    /// The configuration for any access key in the home Region, such as one of `CreateAccessKey`;
    /// temporary credentials, such as those of `AssumeRole`, come with a session token.
    ///
    /// Another Region is `.into_builder().region(…).build()` away, as for any [`SdkConfig`].
    #[must_use]
    pub fn sdk_config_for(
        &self,
        access_key_id: &str,
        secret_access_key: &str,
        session_token: Option<&str>,
    ) -> SdkConfig {
        let secret = Secret::new(secret_access_key.to_owned());
        self.sdk(access_key_id, &secret, session_token)
    }

    fn sdk_of(&self, credentials: &Credentials) -> SdkConfig {
        let id = credentials.access_key_id.as_str();
        self.sdk(id, &credentials.secret_access_key, None)
    }

    fn sdk(&self, id: &str, secret: &Secret<String>, token: Option<&str>) -> SdkConfig {
        let [home, ..] = REGIONS;
        self.started.endpoint.sdk(home, id, secret, token)
    }

    /// The URL of the endpoint of all services, such as `http://127.0.0.1:40321`.
    #[must_use]
    pub fn endpoint_url(&self) -> &str {
        &self.started.endpoint.url
    }

    /// The ARN of the Identity Center instance.
    #[must_use]
    pub fn instance_arn(&self) -> &str {
        &self.started.center.instance_arn
    }

    /// The id of the identity store of that instance.
    #[must_use]
    pub fn identity_store_id(&self) -> &str {
        &self.started.center.identity_store_id
    }

    /// The ARN of the customer managed key that was set up for Identity Center at the start; `None`
    /// after [`Builder::without_identity_center_key`].
    #[must_use]
    pub fn key_arn(&self) -> Option<&str> {
        self.started.center.key_arn.as_deref()
    }

    /// The temporary directory. While the service runs, the commands of `claviger` that read, such
    /// as `claviger trail query --dir`, can be pointed at it.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.started.directory
    }

    /// The service's time: real time, and as much as it was moved on.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        let state = self.started.node.state();
        let millis = state.now(&state.snapshot()).millis();
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis.unsigned_abs())
    }

    /// Moves time on, in whole milliseconds, and does everything that falls due on the way before it
    /// returns: keys rotate and are deleted, each at its moment. What expires has expired then.
    /// Returns how many pieces of work were done. Whoever gives up waiting stops nothing.
    ///
    /// # Errors
    /// When `by` is more than a hundred years or leads past the year 9000, and when something that
    /// fell due was not recorded; time then stands where that was.
    pub async fn advance_clock(&self, by: Duration) -> Result<u64, Error> {
        let moved = advance(self.started.node.clone(), by);
        let moved = self.started.runtime.spawn(moved).await;
        moved.map_err(|_| Error::Ended)?
    }

    /// As [`Claviger::advance_clock`], for tests without a runtime. It blocks the thread that calls
    /// it.
    ///
    /// # Errors
    /// As [`Claviger::advance_clock`].
    pub fn advance_clock_blocking(&self, by: Duration) -> Result<u64, Error> {
        let (tell, told) = mpsc::sync_channel(1);
        let moved = advance(self.started.node.clone(), by);
        self.started.runtime.spawn(async move {
            let _ = tell.send(moved.await);
        });
        told.recv().map_err(|_| Error::Ended)?
    }

    /// The whole audit trail, oldest first, but for what [`Builder::with_archive`] has let leave: a record as CloudTrail writes it for every call whose
    /// caller was proved, those of the start and those that services made for themselves included. A
    /// call is in it before it is answered. The chain of hashes is verified on the way. It reads a
    /// file, so it blocks for some milliseconds.
    ///
    /// # Errors
    /// When the trail cannot be read or is not what was written.
    pub fn records(&self) -> Result<Vec<Value>, Error> {
        let mut source = open_read_only(&store_path(self.directory()))?;
        let mut records = Vec::new();
        verify_records(&mut source, &[], |record| {
            records.push(serde_json::from_slice(&record.body));
        })?;
        let records: Result<_, _> = records.into_iter().collect();
        records.map_err(Error::Record)
    }

    /// Takes no more connections, lets the requests that are there end, closes the store and removes
    /// the directory. Requests have ten seconds. It works on any runtime.
    ///
    /// # Errors
    /// When that did not come about, or the service had ended before.
    pub async fn stop(self) -> Result<(), Error> {
        self.worker.drain().await
    }

    /// As [`Claviger::stop`], for tests without a runtime. It blocks the thread that calls it.
    ///
    /// # Errors
    /// As [`Claviger::stop`].
    pub fn stop_blocking(self) -> Result<(), Error> {
        self.worker.drain_blocking()
    }
}

impl fmt::Debug for Claviger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claviger")
            .field("endpoint_url", &self.endpoint_url())
            .field("directory", &self.directory())
            .finish_non_exhaustive()
    }
}

async fn advance(node: Node, by: Duration) -> Result<u64, Error> {
    let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
    match answer(&node, Question::ClockAdvance { millis }).await {
        Answer::Clock(reading) => Ok(reading.done),
        Answer::Refused(why) => Err(Error::Clock(why)),
        // To a question about the clock there is no other answer.
        _ => Err(Error::Ended),
    }
}
