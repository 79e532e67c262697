//! What is wrong with a document, where, and what would be right instead.

use super::place::{Place, Span};
use std::fmt;

/// What part of a document a mistake is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The JSON itself.
    Syntax,
    /// More bytes than AWS stores.
    Size,
    /// Characters that AWS does not store.
    Characters,
    /// An element that is missing, unknown, of a wrong type, or stands where it must not.
    Element,
    /// The version of the language.
    Version,
    /// A Sid.
    Sid,
    /// The effect.
    Effect,
    /// A principal.
    Principal,
    /// An action.
    Action,
    /// A resource.
    Resource,
    /// A condition: its operator, key or values.
    Condition,
    /// A policy variable.
    Variable,
}

/// One mistake in a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {what}", .place.line, .place.column)]
pub struct ParseError {
    /// What it is about.
    pub topic: Topic,
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

impl ParseError {
    /// What to do, as a sentence without its full stop.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let instead = self.instead.as_deref()?;
        Some(if instead.starts_with("leave ") {
            instead.to_owned()
        } else {
            format!("write {instead}")
        })
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
    topic: Topic,
    found: Vec<ParseError>,
}

impl<'t> Findings<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            topic: Topic::Syntax,
            found: Vec::new(),
        }
    }

    /// What is read from here on.
    pub(super) fn about(&mut self, topic: Topic) {
        self.topic = topic;
    }

    pub(super) fn add(&mut self, span: Span, what: impl Into<String>, instead: &str) {
        self.found.push(ParseError {
            topic: self.topic,
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
