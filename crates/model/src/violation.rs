//! What is wrong with a request, in AWS's words.

use std::fmt;

/// Why a document is refused before any operation sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invalid {
    /// The document cannot be read as the structure: AWS's `SerializationException`, with its text.
    Serialization(String),
    /// It can be read, but breaks constraints: AWS's `ValidationException`, with its text.
    Constraints(Violations),
}

/// One broken constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where: `keyId`, `tags.1.member.tagKey`.
    pub path: String,
    /// The value as the message shows it: `null`, `'x'`, or nothing where it must not be shown.
    pub shown: Option<String>,
    /// `Member must not be null`, `Member must have length less than or equal to 128`, …
    pub constraint: String,
}

/// All broken constraints of a document, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations(pub Vec<Violation>);
