//! The one error of this crate: a text that is not the name it should be.

/// A text that is not a valid name of its kind: what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{found}' is not {expected}")]
pub struct InvalidName {
    /// What a valid text looks like, for people: "a 12-digit account id".
    pub expected: &'static str,
    /// The text that was refused, cut to 256 characters.
    pub found: String,
}

impl InvalidName {
    /// Refuses `found`, which should have been `expected`.
    #[must_use]
    pub fn new(expected: &'static str, found: &str) -> Self {
        Self {
            expected,
            found: found.chars().take(256).collect(),
        }
    }
}
