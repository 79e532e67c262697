//! What is wrong with a request, in AWS's words.

use std::fmt;

/// Why a document is refused before any operation sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invalid {
    /// The document cannot be read as the structure: AWS's `SerializationException`, with its text.
    Serialization(String),
    /// It can be read, but breaks constraints: AWS's `ValidationException` (`ValidationError` of the
    /// query services), with its text.
    Constraints(Violations),
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serialization(text) => f.write_str(text),
            Self::Constraints(violations) => violations.fmt(f),
        }
    }
}

impl std::error::Error for Invalid {}

/// How a message shows the value that breaks a constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// There is none: `Value null`.
    Null,
    /// It must not be shown, or AWS's text of it says nothing: `Value`.
    Hidden,
    /// `Value 'x'`.
    Text(String),
}

/// One broken constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where: `keyId`, `tags.1.member.tagKey`.
    pub path: String,
    /// The value that breaks it.
    pub shown: Shown,
    /// `Member must not be null`, `Member must have length less than or equal to 128`, …
    pub constraint: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shown {
            Shown::Null => f.write_str("Value null")?,
            Shown::Hidden => f.write_str("Value")?,
            Shown::Text(text) => write!(f, "Value '{text}'")?,
        }
        write!(
            f,
            " at '{}' failed to satisfy constraint: {}",
            self.path, self.constraint
        )
    }
}

/// All broken constraints of a document in the model's order; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations(pub Vec<Violation>);

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let noun = if count == 1 { "error" } else { "errors" };
        write!(f, "{count} validation {noun} detected: ")?;
        for (at, violation) in self.0.iter().enumerate() {
            let between = if at == 0 { "" } else { "; " };
            write!(f, "{between}{violation}")?;
        }
        Ok(())
    }
}
