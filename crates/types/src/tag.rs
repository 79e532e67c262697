//! Tags of resources and sessions.

use serde::{Deserialize, Serialize};

/// One tag. Its lengths and characters are checked by the operation that takes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tag {
    /// The tag's key, case-sensitive.
    pub key: String,
    /// The tag's value, possibly empty.
    pub value: String,
}
