//! Texts that the model marks as sensitive: they read like any text, but print nothing and are
//! wiped when they go.

use crate::text_enum::read_text;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::Deref;
use zeroize::Zeroize;

/// A text that must not be shown in messages, records and logs.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SensitiveString(String);

impl From<String> for SensitiveString {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for SensitiveString {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Deref for SensitiveString {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Drop for SensitiveString {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SensitiveString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SensitiveString(…)")
    }
}

impl Serialize for SensitiveString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SensitiveString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer)
    }
}
