//! Private keys that were opened and parsed a short while ago, lent to decisions so that not every
//! signature reads its key anew ([decision 0014]). What a decision comes to does not depend on it:
//! a key is taken from here only for the very row it was opened from. Symmetric and HMAC keys are
//! not kept; opening them costs next to nothing.
//!
//! [decision 0014]: ../../../docs/decisions/0014-private-keys-stay-open-for-a-while.md

use crate::state::{Material, Snapshot, Stored};
use claviger_crypto::{KeyMaterial, KeySpec};
use claviger_types::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};

/// How many keys are kept; the one that was used longest ago makes room for the next.
const MOST: usize = 256;
/// How long a key is kept that nobody uses, in milliseconds of virtual time.
const IDLE_MILLIS: i64 = 5 * 60 * 1000;

/// The keys that are open now. Shared by all threads; prints nothing of them.
#[derive(Default)]
pub struct OpenKeys(Mutex<Vec<Kept>>);

struct Kept {
    /// The row that it was opened from.
    row: Arc<Material>,
    key: Arc<KeyMaterial>,
    used: Timestamp,
}

impl OpenKeys {
    /// Whether keys of a spec are kept: those whose private half must be parsed and checked.
    #[must_use]
    pub fn keeps(spec: KeySpec) -> bool {
        matches!(
            spec,
            KeySpec::Rsa2048
                | KeySpec::Rsa3072
                | KeySpec::Rsa4096
                | KeySpec::EccNistP256
                | KeySpec::EccNistP384
                | KeySpec::EccNistP521
                | KeySpec::EccSecgP256k1
        )
    }

    /// The key that was opened from this row, if it is kept.
    pub(crate) fn get(&self, row: &Arc<Material>, now: Timestamp) -> Option<Arc<KeyMaterial>> {
        let mut kept = self.lock();
        let found = kept.iter_mut().find(|kept| Arc::ptr_eq(&kept.row, row))?;
        found.used = found.used.max(now);
        Some(Arc::clone(&found.key))
    }

    /// Keeps a key that was opened from this row.
    pub(crate) fn keep(&self, row: &Arc<Material>, key: &Arc<KeyMaterial>, now: Timestamp) {
        if !Self::keeps(key.spec()) {
            return;
        }
        let mut kept = self.lock();
        // Two threads may have opened it at once.
        kept.retain(|kept| !Arc::ptr_eq(&kept.row, row));
        if kept.len() >= MOST {
            let oldest = kept.iter().enumerate().min_by_key(|(_, kept)| kept.used);
            if let Some(index) = oldest.map(|(index, _)| index) {
                kept.swap_remove(index);
            }
        }
        kept.push(Kept {
            row: Arc::clone(row),
            key: Arc::clone(key),
            used: now,
        });
    }

    /// Wipes the keys that nobody used for five minutes, and those whose row is no longer in the
    /// state: deleted, expired or replaced. To be called again and again.
    pub fn forget(&self, state: &Snapshot, now: Timestamp) {
        let oldest = now.plus_millis(-IDLE_MILLIS);
        let is_stored = |row: &Arc<Material>| {
            let stored = state.get::<Material>(&row.id());
            stored.is_some_and(|stored| Arc::ptr_eq(stored, row))
        };
        self.lock()
            .retain(|kept| kept.used >= oldest && is_stored(&kept.row));
    }

    /// How many keys are open.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// A list that another thread left while it panicked is as good as any: it holds whole entries.
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for OpenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenKeys({})", self.count())
    }
}
