//! Patterns: text with the wildcards `*` and `?` and with policy variables (`POL-O1`, `POL-E5`,
//! `POL-V1` … `POL-V4`). Matching neither allocates nor backtracks without bound.

use crate::request::{Context, ContextKey, Value};
use smallvec::SmallVec;
use std::borrow::Cow;

/// How a pattern reads its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Wildcards are plain characters (`StringEquals`).
    Plain,
    /// Wildcards match any characters (`StringLike`, action names).
    Glob,
    /// The `Resource` element: wildcards of the first five segments know their segment.
    Resource,
    /// ARN condition operators: six segments, each for itself (`POL-O3`).
    Arn,
}

/// How a match goes about it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rules {
    /// ASCII letters match whatever their case: action names.
    pub(crate) ignore_ascii_case: bool,
    /// A `*` that ends a segment runs over colons (`POL-E5`).
    pub(crate) cross_segments: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(Box<str>),
    /// Any characters.
    Star,
    /// Any characters; without `cross_segments`, none of them a colon.
    SegmentEndStar,
    /// Any characters but colons.
    SegmentStar,
    /// One character.
    One,
    /// One character but a colon.
    SegmentOne,
    /// In ARN conditions: wildcards whose reach depends on how many segments were passed, because
    /// a variable may have held some.
    ArnStar,
    ArnOne,
    /// The value of a variable, by its index.
    Variable(usize),
}

#[derive(Debug, Clone, PartialEq)]
struct Variable {
    key: ContextKey,
    default: Option<Box<str>>,
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pattern {
    pieces: Box<[Piece]>,
    variables: Box<[Variable]>,
    /// A variable stands where none may: matches nothing (`POL-V1`).
    never: bool,
}

/// The values of a pattern's variables for one request.
pub(crate) type Resolved<'a> = SmallVec<[Cow<'a, str>; 2]>;

struct Builder {
    pieces: Vec<Piece>,
    variables: Vec<Variable>,
    text: String,
    colons: usize,
    never: bool,
}

impl Builder {
    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.pieces
                .push(Piece::Text(std::mem::take(&mut self.text).into()));
        }
    }

    fn piece(&mut self, piece: Piece) {
        self.flush();
        self.pieces.push(piece);
    }

    /// `POL-V3`: `${key}`, `${key, 'default'}`, and the literals `${*}`, `${?}`, `${$}`.
    fn variable(&mut self, inside: &str, form: Form) {
        if matches!(inside, "*" | "?" | "$") {
            self.text.push_str(inside);
            return;
        }
        // POL-V1: in a resource only after the fifth colon.
        if form == Form::Resource && self.colons < 5 {
            self.never = true;
        }
        let (name, default) = match inside.split_once(',') {
            Some((name, rest)) => {
                let quoted = rest.trim();
                let text = quoted
                    .strip_prefix('\'')
                    .and_then(|q| q.strip_suffix('\''))
                    .unwrap_or(quoted);
                (name, Some(text.into()))
            }
            None => (inside, None),
        };
        let index = self.variables.len();
        self.variables.push(Variable {
            key: ContextKey::new(name.trim()),
            default,
        });
        self.piece(Piece::Variable(index));
    }

    fn wildcard(&mut self, wildcard: char, ends_segment: bool, form: Form) {
        let many = wildcard == '*';
        let piece = match form {
            Form::Plain => {
                self.text.push(wildcard);
                return;
            }
            Form::Resource if self.colons < 5 && many && ends_segment => Piece::SegmentEndStar,
            Form::Resource if self.colons < 5 && many => Piece::SegmentStar,
            Form::Resource if self.colons < 5 => Piece::SegmentOne,
            Form::Arn if many => Piece::ArnStar,
            Form::Arn => Piece::ArnOne,
            Form::Glob | Form::Resource if many => Piece::Star,
            Form::Glob | Form::Resource => Piece::One,
        };
        self.piece(piece);
    }
}

impl Pattern {
    /// Compiles a text; `variables` tells whether `${…}` is a variable or plain (`POL-E2`).
    pub(crate) fn new(text: &str, form: Form, variables: bool) -> Self {
        let mut builder = Builder {
            pieces: Vec::new(),
            variables: Vec::new(),
            text: String::new(),
            colons: 0,
            never: false,
        };
        if text == "*" && form != Form::Plain {
            builder.piece(Piece::Star);
            return Self::finish(builder);
        }
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if variables
                && let Some((inside, after)) =
                    rest.strip_prefix("${").and_then(|r| r.split_once('}'))
            {
                builder.variable(inside, form);
                rest = after;
                continue;
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            match c {
                '*' | '?' => builder.wildcard(c, rest.is_empty() || rest.starts_with(':'), form),
                other => {
                    builder.colons += usize::from(other == ':');
                    builder.text.push(other);
                }
            }
        }
        Self::finish(builder)
    }

    fn finish(mut builder: Builder) -> Self {
        builder.flush();
        Self {
            pieces: builder.pieces.into(),
            variables: builder.variables.into(),
            never: builder.never,
        }
    }

    /// `POL-V2`: the values of the variables; `None` when one has none, and then nothing matches.
    fn resolve<'a>(&'a self, context: &'a dyn Context) -> Option<Resolved<'a>> {
        if self.never {
            return None;
        }
        self.variables
            .iter()
            .map(|variable| match context.get(&variable.key) {
                Some(Value::One(text)) => Some(text),
                // POL-V1: multivalued keys cannot be variables.
                Some(Value::Many(_)) => None,
                None => variable.default.as_deref().map(Cow::Borrowed),
            })
            .collect()
    }

    /// `POL-V2`: whether every variable has a value.
    pub(crate) fn has_values(&self, context: &dyn Context) -> bool {
        self.resolve(context).is_some()
    }

    /// Whether the whole of `text` matches.
    pub(crate) fn matches(&self, text: &str, rules: Rules, context: &dyn Context) -> bool {
        if self.variables.is_empty() {
            return !self.never && self.matches_text(text, rules);
        }
        self.resolve(context)
            .is_some_and(|values| self.run(text, rules, &values))
    }

    /// A pattern without variables. Most are a text, a text and `*`, or `*`: these need no search.
    fn matches_text(&self, text: &str, rules: Rules) -> bool {
        match &*self.pieces {
            [Piece::Star] => true,
            [Piece::Text(own)] => own.len() == text.len() && same(text.as_bytes(), own, rules),
            [Piece::Text(own), Piece::Star] => text
                .as_bytes()
                .get(..own.len())
                .is_some_and(|head| same(head, own, rules)),
            _ => self.run(text, rules, &[]),
        }
    }

    /// `POL-O2`: whether the pattern, which has no wildcards, equals `text` in lower case.
    pub(crate) fn equals_ignoring_case(&self, text: &str, context: &dyn Context) -> bool {
        let Some(values) = self.resolve(context) else {
            return false;
        };
        let own = self.pieces.iter().flat_map(|piece| match piece {
            Piece::Text(text) => text.chars(),
            Piece::Variable(index) => values.get(*index).map_or("", |v| &**v).chars(),
            _ => "".chars(),
        });
        own.flat_map(char::to_lowercase)
            .eq(text.chars().flat_map(char::to_lowercase))
    }

    /// Greedy matching with two places to go back to: the last star that may take anything, and
    /// after it the last star that stops at a colon. Older places need no second look: what
    /// follows a star that takes anything can begin no earlier than it was first found, and a star
    /// that stops at a colon has only one way once a colon after it has matched.
    fn run(&self, text: &str, rules: Rules, values: &[Cow<'_, str>]) -> bool {
        let (mut piece, mut at) = (0, 0);
        let mut open: Option<(usize, usize)> = None;
        let mut bounded: Option<(usize, usize)> = None;
        loop {
            match self.step(piece, text, at, rules, values) {
                Step::Matched(length) => {
                    piece += 1;
                    at += length;
                }
                Step::OpenStar if piece + 1 == self.pieces.len() => return true,
                Step::OpenStar => {
                    piece += 1;
                    open = Some((piece, at));
                    bounded = None;
                }
                Step::BoundedStar => {
                    piece += 1;
                    bounded = Some((piece, at));
                }
                Step::End => return true,
                Step::Failed => {
                    let longer = |(after, from): (usize, usize), colon: bool| {
                        let next = text.get(from..)?.chars().next()?;
                        (colon || next != ':').then(|| (after, from + next.len_utf8()))
                    };
                    bounded = bounded.and_then(|place| longer(place, false));
                    if bounded.is_none() {
                        open = open.and_then(|place| longer(place, true));
                    }
                    let Some(place) = bounded.or(open) else {
                        return false;
                    };
                    (piece, at) = place;
                }
            }
        }
    }

    fn step(
        &self,
        piece: usize,
        text: &str,
        at: usize,
        rules: Rules,
        values: &[Cow<'_, str>],
    ) -> Step {
        let Some(piece) = self.pieces.get(piece) else {
            return if at == text.len() {
                Step::End
            } else {
                Step::Failed
            };
        };
        match piece {
            Piece::Text(own) => literal(text, at, own, rules),
            // POL-V4: what a variable holds is text, wildcards in it included.
            Piece::Variable(index) => match values.get(*index) {
                Some(own) => literal(text, at, own, rules),
                None => Step::Failed,
            },
            Piece::Star => Step::OpenStar,
            Piece::SegmentEndStar if rules.cross_segments => Step::OpenStar,
            Piece::SegmentEndStar | Piece::SegmentStar => Step::BoundedStar,
            Piece::ArnStar if in_last_segment(text, at) => Step::OpenStar,
            Piece::ArnStar => Step::BoundedStar,
            Piece::One => one(text, at, true),
            Piece::SegmentOne => one(text, at, false),
            Piece::ArnOne => one(text, at, in_last_segment(text, at)),
        }
    }
}

enum Step {
    Matched(usize),
    OpenStar,
    BoundedStar,
    End,
    Failed,
}

/// Whether a part of a text, as long as `own`, is it.
fn same(part: &[u8], own: &str, rules: Rules) -> bool {
    if rules.ignore_ascii_case {
        part.eq_ignore_ascii_case(own.as_bytes())
    } else {
        part == own.as_bytes()
    }
}

fn literal(text: &str, at: usize, own: &str, rules: Rules) -> Step {
    let part = text.as_bytes().get(at..at + own.len());
    if part.is_some_and(|part| same(part, own, rules)) {
        Step::Matched(own.len())
    } else {
        Step::Failed
    }
}

fn one(text: &str, at: usize, colon: bool) -> Step {
    match text.get(at..).and_then(|rest| rest.chars().next()) {
        Some(c) if colon || c != ':' => Step::Matched(c.len_utf8()),
        _ => Step::Failed,
    }
}

/// Whether five colons lie before a place of an ARN: from there on everything is its resource.
fn in_last_segment(text: &str, at: usize) -> bool {
    text.as_bytes()
        .iter()
        .take(at)
        .filter(|b| **b == b':')
        .count()
        >= 5
}

/// `POL-O3`: whether a request value is an ARN: six segments, the first of them `arn`.
pub(crate) fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.bytes().filter(|b| *b == b':').count() >= 5
}

#[cfg(test)]
#[path = "pattern_test.rs"]
mod tests;
