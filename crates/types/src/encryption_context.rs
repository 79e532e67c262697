//! The encryption context: pairs of text that are authenticated with a ciphertext.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An encryption context. Order does not matter; names and values are exact and case-sensitive.
/// Source: KMS Developer Guide, "Encryption context".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EncryptionContext(pub BTreeMap<String, String>);

impl EncryptionContext {
    /// The canonical bytes: the number of pairs, then each name and value in byte order of the
    /// names, every text with its length before it (32-bit big-endian). Two contexts have the
    /// same bytes exactly when they are equal, so the bytes can be associated data.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let size = self
            .0
            .iter()
            .map(|(k, v)| k.len() + v.len() + 8)
            .sum::<usize>();
        let mut out = Vec::with_capacity(4 + size);
        put_length(&mut out, self.0.len());
        for (name, value) in &self.0 {
            put_length(&mut out, name.len());
            out.extend_from_slice(name.as_bytes());
            put_length(&mut out, value.len());
            out.extend_from_slice(value.as_bytes());
        }
        out
    }

    /// The value of a name, compared exactly.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether there are no pairs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<const N: usize> From<[(&str, &str); N]> for EncryptionContext {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
        )
    }
}

/// Request bodies are far below 4 GiB, so the length always fits.
fn put_length(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_contexts_share_their_bytes() {
        let contexts = [
            EncryptionContext::from([]),
            EncryptionContext::from([("", "")]),
            EncryptionContext::from([("a", "bc")]),
            EncryptionContext::from([("ab", "c")]),
            EncryptionContext::from([("a", "b"), ("c", "d")]),
            EncryptionContext::from([("a", "b"), ("c", "")]),
            EncryptionContext::from([("A", "bc")]),
        ];
        for (i, a) in contexts.iter().enumerate() {
            for (j, b) in contexts.iter().enumerate() {
                assert_eq!(a.canonical() == b.canonical(), i == j, "{a:?} {b:?}");
            }
        }
        let forth = EncryptionContext::from([("a", "1"), ("b", "2")]);
        let back = EncryptionContext::from([("b", "2"), ("a", "1")]);
        assert_eq!(forth.canonical(), back.canonical());
    }
}
