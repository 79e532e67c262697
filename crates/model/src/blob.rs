//! Bytes in shapes: base64 text in the document form. Blobs that the model marks as sensitive are
//! wiped when they go and print nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// The number of bytes that a base64 text (RFC 4648, with padding) stands for, counted without
/// decoding it.
///
/// # Errors
/// AWS's text for what is wrong with it.
pub(crate) fn decoded_length(text: &str) -> Result<usize, String> {
    if !text.len().is_multiple_of(4) {
        return Err(format!(
            "Base64 encoded length is expected a multiple of 4 bytes but found: {}",
            text.len()
        ));
    }
    let digits = text
        .strip_suffix("==")
        .or_else(|| text.strip_suffix('='))
        .unwrap_or(text);
    if let Some(bad) = digits.chars().find(|c| sextet(*c).is_none()) {
        return Err(format!("Invalid base 64 character: '{bad}'"));
    }
    // With padding, the last digit carries bits that belong to no byte: they must be zero.
    let padding = text.len() - digits.len();
    let spare = match padding {
        1 => 0b11,
        2 => 0b1111,
        _ => 0,
    };
    let last = digits.chars().last().and_then(sextet).unwrap_or(0);
    if last & spare != 0 {
        // AWS's own spelling.
        return Err("Invalid last non-pad Base64 character dectected".to_owned());
    }
    Ok(text.len() / 4 * 3 - padding)
}

/// The value of a base64 digit.
fn sextet(digit: char) -> Option<u32> {
    let code = u32::from(digit);
    match digit {
        'A'..='Z' => Some(code - u32::from('A')),
        'a'..='z' => Some(code - u32::from('a') + 26),
        '0'..='9' => Some(code - u32::from('0') + 52),
        '+' => Some(62),
        '/' => Some(63),
        _ => None,
    }
}

/// Bytes that may be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Blob {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Base64Text).map(Self)
    }
}

/// Bytes that must not be shown: wiped on drop, silent in `Debug`. It can be cloned because it is
/// only in flight; what is kept belongs into a `Secret` or under a seal.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretBlob(Vec<u8>);

impl SecretBlob {
    /// Shows the bytes. The name is long so that each place that does it is seen in review.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for SecretBlob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Drop for SecretBlob {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SecretBlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBlob(…)")
    }
}

impl Serialize for SecretBlob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(BASE64.encode(&self.0)))
    }
}

impl<'de> Deserialize<'de> for SecretBlob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Base64Text).map(Self)
    }
}

struct Base64Text;

impl Visitor<'_> for Base64Text {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64 text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
        // The decoder's own message names the offending byte, which may be of a secret.
        BASE64
            .decode(text)
            .map_err(|_| E::custom("the text is not base64"))
    }
}
