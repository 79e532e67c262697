//! Rendered JSON that a record carries as it is: `requestParameters` and its kin. It says nothing
//! about what may stand in it; that is [`crate::redact`].

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A complete JSON value, rendered once, so that writing the record copies it and no more.
#[derive(Debug, Clone)]
pub struct Json(Box<RawValue>);

/// A value that has no JSON form, such as a map whose keys are not text.
#[derive(Debug, thiserror::Error)]
#[error("the value cannot be written as JSON: {0}")]
pub struct JsonError(#[from] serde_json::Error);

impl Json {
    /// Renders a value.
    ///
    /// # Errors
    /// When the value has no JSON form.
    pub fn render<T: Serialize + ?Sized>(value: &T) -> Result<Self, JsonError> {
        Ok(Self(serde_json::value::to_raw_value(value)?))
    }

    /// Takes text that is to be a JSON value.
    ///
    /// # Errors
    /// When the text is not exactly one JSON value.
    pub fn from_text(text: String) -> Result<Self, JsonError> {
        Ok(Self(RawValue::from_string(text)?))
    }

    /// Renders a JSON document.
    #[must_use]
    pub fn from_document(document: &serde_json::Value) -> Self {
        // A document is made of JSON values only, so rendering cannot fail; `null` stands in.
        Self(
            serde_json::value::to_raw_value(document).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        )
    }

    pub(crate) fn from_raw(raw: Box<RawValue>) -> Self {
        Self(raw)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
