//! Writes one JSON object as text, member by member, in the order given: the request parameters
//! and response elements of records. It knows no schema.

use claviger_trail::Json;
use claviger_types::Timestamp;
use serde::Serialize;

/// An object that is being written.
#[derive(Debug)]
pub struct Object(String);

impl Default for Object {
    fn default() -> Self {
        Self::new()
    }
}

impl Object {
    /// An empty object.
    #[must_use]
    pub fn new() -> Self {
        let mut text = String::with_capacity(256);
        text.push('{');
        Self(text)
    }

    /// Adds a member with any serialisable value. A value that cannot be serialised (none here)
    /// becomes null.
    #[must_use]
    pub fn member(mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.push(name);
        self.0.push(':');
        self.push(value);
        self
    }

    /// Adds a member if there is a value.
    #[must_use]
    pub fn maybe(self, name: &str, value: Option<&(impl Serialize + ?Sized)>) -> Self {
        match value {
            Some(value) => self.member(name, value),
            None => self,
        }
    }

    /// Adds a moment in the text form that CloudTrail uses inside KMS records.
    #[must_use]
    pub fn date(self, name: &str, value: Timestamp) -> Self {
        self.member(name, value.cloudtrail_text().as_str())
    }

    fn push(&mut self, value: &(impl Serialize + ?Sized)) {
        match serde_json::to_string(value) {
            Ok(text) => self.0.push_str(&text),
            Err(_) => self.0.push_str("null"),
        }
    }

    /// The finished object.
    #[must_use]
    pub fn finish(mut self) -> Option<Json> {
        self.0.push('}');
        Json::from_text(self.0).ok()
    }
}
