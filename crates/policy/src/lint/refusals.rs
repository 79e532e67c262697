//! What AWS refuses to store: the parser's mistakes as findings. The rest of the document is still
//! looked at where it can be read.

use super::Found;
use super::edit::{Edit, Fix, replace_text};
use crate::document::json::{self, Node};
use crate::document::{Document, Kind, ParseError, Span, Topic, parse_tolerant};

/// What some editors put in front of a text.
const MARK: char = '\u{feff}';

/// Adds the mistakes; the document, if it can be read at all.
pub(super) fn check(text: &str, kind: Kind, found: &mut Found<'_>) -> Option<(Document, Node)> {
    if text.starts_with(MARK) {
        let span = Span {
            start: 0,
            end: MARK.len_utf8(),
        };
        let edit = Edit {
            span,
            text: String::new(),
        };
        found.add_fixed(
            "LINT-SYNTAX",
            span,
            "the text begins with a byte order mark (U+FEFF), which JSON must not have; save the file as UTF-8 without it",
            Some(Fix::new("take it out", edit)),
        );
        return None;
    }
    let (document, errors) = match parse_tolerant(text, kind) {
        Ok((document, errors)) => (Some(document), errors),
        Err(errors) => (None, errors.0),
    };
    for error in &errors {
        let message = match error.advice() {
            Some(advice) => format!("{}; {advice}", error.what),
            None => error.what.clone(),
        };
        found.add_fixed(rule(error.topic), error.span, message, mended(text, error));
    }
    Some((document?, json::read(text).ok()?))
}

const fn rule(topic: Topic) -> &'static str {
    match topic {
        Topic::Syntax => "LINT-SYNTAX",
        Topic::Size => "LINT-SIZE",
        Topic::Characters => "LINT-CHARACTERS",
        Topic::Element => "LINT-ELEMENT",
        Topic::Version => "LINT-VERSION",
        Topic::Sid => "LINT-SID",
        Topic::Effect => "LINT-EFFECT",
        Topic::Principal => "LINT-PRINCIPAL",
        Topic::Action => "LINT-ACTION",
        Topic::Resource => "LINT-RESOURCE",
        Topic::Condition => "LINT-CONDITION",
        Topic::Variable => "LINT-VARIABLE",
    }
}

/// Only the case of an effect can be mended without asking.
fn mended(text: &str, error: &ParseError) -> Option<Fix> {
    let written = text
        .get(error.span.start..error.span.end)?
        .trim_matches('"');
    let right = ["Allow", "Deny"]
        .into_iter()
        .find(|right| error.topic == Topic::Effect && right.eq_ignore_ascii_case(written))?;
    Some(
        Fix::new(format!("write {right}"), replace_text(error.span, right))
            .widening(right == "Allow"),
    )
}
