//! Where the outside world comes in: the wall clock, the operating system's randomness, the number
//! of cores. Everything further inside is handed moments and bytes; nothing else in the program
//! may call these.

use claviger_types::{Clock, Entropy, Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The machine's clock. Virtual time adds the installation's offset to it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the edge that reads the wall clock"
    )]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        // A clock before 1970 is no clock; signatures then fail, which is what must happen.
        let millis = since.map_or(0, |d| d.as_millis());
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }
}

/// The operating system's randomness, through aws-lc-rs's per-thread generator, which reseeds
/// itself from it.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the edge that draws randomness"
    )]
    fn fill(&mut self, buffer: &mut [u8]) {
        if aws_lc_rs::rand::fill(buffer).is_err() {
            tracing::error!("the operating system gives no randomness; nothing can go on safely");
            std::process::abort();
        }
    }
}

/// A moment to measure from, by tokio's clock, which tests can hold.
#[allow(
    clippy::disallowed_methods,
    reason = "this is the edge that measures durations"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// So many fresh random bytes.
#[must_use]
pub(crate) fn fresh<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsEntropy.fill(&mut bytes);
    bytes
}

/// The runtime that the service runs on: one worker for each core.
///
/// # Errors
/// When the operating system gives no threads.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .thread_name("claviger")
        .enable_all()
        .build()
}
