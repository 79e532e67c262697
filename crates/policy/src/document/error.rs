//! What is wrong with a document, where, and what would be right instead.

use super::place::{Place, Span};
use std::fmt;

/// One mistake in a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {what}", .place.line, .place.column)]
pub struct ParseError {
    /// What is wrong, in lower case.
    pub what: String,
    /// What to write instead, if there is something to say.
    pub instead: Option<String>,
    /// Where in the text.
    pub span: Span,
    /// The same as line and column.
    pub place: Place,
}

/// All mistakes found in a policy document; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseErrors(pub Vec<ParseError>);

impl ParseErrors {
    /// The mistakes in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &ParseError> {
        self.0.iter()
    }
}

impl fmt::Display for ParseErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{error}")?;
            if let Some(instead) = &error.instead {
                write!(f, " ({instead})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ParseErrors {}

/// Gathers mistakes while a document is read.
pub(super) struct Findings<'t> {
    text: &'t str,
    found: Vec<ParseError>,
}

impl<'t> Findings<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            found: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, span: Span, what: impl Into<String>, instead: &str) {
        self.found.push(ParseError {
            what: what.into(),
            instead: (!instead.is_empty()).then(|| instead.to_owned()),
            span,
            place: Place::of(self.text, span.start),
        });
    }

    pub(super) fn count(&self) -> usize {
        self.found.len()
    }

    pub(super) fn into_vec(self) -> Vec<ParseError> {
        self.found
    }
}
