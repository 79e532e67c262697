//! Counts the requests that fail before they have a caller. They are not recorded, so that
//! strangers cannot fill the trail; the operator's log tells how many there were.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Failures by AWS's error code, since the last report.
#[derive(Debug, Default)]
pub(super) struct Strangers(Mutex<BTreeMap<&'static str, u64>>);

impl Strangers {
    /// Counts one.
    pub(super) fn count(&self, code: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(code).or_default() += 1;
    }

    /// Logs what was counted and begins anew.
    pub(super) fn report(&self) {
        let counts = {
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *counts)
        };
        for (code, count) in counts {
            tracing::warn!(code, count, "requests without a proven caller");
        }
    }
}
