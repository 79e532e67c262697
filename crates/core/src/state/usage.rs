//! The last use of each key: a maximum per key, merged without preconditions and without copying
//! the state, because every cryptographic call would otherwise change it.

use super::KeyPlace;
use claviger_types::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// One successful cryptographic use of a key. Source: KMS API reference, `GetKeyLastUsage`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastUse {
    /// The operation, such as `Decrypt`.
    pub operation: String,
    /// When.
    pub time: Timestamp,
    /// The event id of its record in the key owner's account.
    pub event_id: String,
    /// The request id.
    pub request_id: String,
}

/// The book of last uses, shared by all snapshots of a running node.
#[derive(Debug, Default)]
pub struct KeyUse(Mutex<HashMap<KeyPlace, LastUse>>);

impl KeyUse {
    /// The collection of the store that holds it.
    pub const COLLECTION: &'static str = "kms.last_use";

    /// Notes a use if it is later than the one known.
    pub fn merge(&self, key: &KeyPlace, last: &LastUse) {
        // A poisoned lock still holds whole entries: a maximum is never half written.
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match book.get_mut(key) {
            Some(known) if known.time >= last.time => {}
            Some(known) => *known = last.clone(),
            None => {
                book.insert(key.clone(), last.clone());
            }
        }
    }

    /// The last use of a key, if one is known.
    #[must_use]
    pub fn of(&self, key: &KeyPlace) -> Option<LastUse> {
        let book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.get(key).cloned()
    }
}
