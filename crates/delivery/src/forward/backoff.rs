//! How long to wait before the next attempt: twice as long after each failure, up to a bound.

use std::time::Duration;

/// After the first failure.
const FIRST: Duration = Duration::from_millis(250);
/// The longest.
const LONGEST: Duration = Duration::from_secs(30);

/// Failures in a row.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// One more failure: how long to wait.
    pub(super) fn failed(&mut self) -> Duration {
        let factor = 1_u32.checked_shl(self.failures.min(16)).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1);
        FIRST.saturating_mul(factor).min(LONGEST)
    }

    /// It went well.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// How many in a row have failed.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_its_bound() {
        let mut backoff = Backoff::default();
        let waits: Vec<u128> = (0..10).map(|_| backoff.failed().as_millis()).collect();
        let expect = [250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000];
        assert_eq!(waits, expect);
        assert_eq!(backoff.failures(), 10);
        backoff.succeeded();
        assert_eq!(backoff.failed(), FIRST);
    }
}
