//! Changes of a text that mend a finding: what stands where, and what takes its place. It moves text
//! about and keeps the layout of the rest; whether a change is right is for the rule to know.

use crate::document::Span;
use crate::document::json::{Json, Member, Node};

/// A stretch of text and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub text: String,
}

/// How to mend a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, for people.
    pub title: String,
    /// The changes, none of which overlap.
    pub edits: Vec<Edit>,
    /// Whether the policy may allow more afterwards, or deny less: then it is for people to say.
    pub widens: bool,
}

impl Fix {
    pub(super) fn new(title: impl Into<String>, edit: Edit) -> Self {
        Self {
            title: title.into(),
            edits: vec![edit],
            widens: false,
        }
    }

    /// The same fix where it may let more in.
    pub(super) fn widening(mut self, widens: bool) -> Self {
        self.widens = widens;
        self
    }

    /// The text with the fix applied.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        applied(text, &self.edits)
    }
}

/// A text with changes applied, none of which overlap.
pub(super) fn applied<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> String {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|e| e.span.start);
    let mut mended = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        mended.push_str(text.get(at..edit.span.start).unwrap_or_default());
        mended.push_str(&edit.text);
        at = edit.span.end.max(at);
    }
    mended.push_str(text.get(at..).unwrap_or_default());
    mended
}

/// A text in place of a value or name, quotes and all.
pub(super) fn replace_text(span: Span, value: &str) -> Edit {
    Edit {
        span,
        text: quoted(value),
    }
}

pub(super) fn quoted(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

fn taken(span: Span) -> Edit {
    Edit {
        span,
        text: String::new(),
    }
}

/// Takes the value at `at` out of a list, with the comma that goes with it.
pub(super) fn without_item(items: &[Node], at: usize) -> Option<Edit> {
    let spans: Vec<Span> = items.iter().map(|n| n.span).collect();
    without(&spans, at)
}

/// Takes the member at `at` out of an object.
pub(super) fn without_member(members: &[Member], at: usize) -> Option<Edit> {
    let spans: Vec<Span> = members
        .iter()
        .map(|m| Span {
            start: m.name_span.start,
            end: m.node.span.end,
        })
        .collect();
    without(&spans, at)
}

fn without(spans: &[Span], at: usize) -> Option<Edit> {
    let own = spans.get(at)?;
    let span = if let Some(before) = at.checked_sub(1).and_then(|at| spans.get(at)) {
        Span {
            start: before.end,
            end: own.end,
        }
    } else if let Some(after) = spans.get(at + 1) {
        Span {
            start: own.start,
            end: after.start,
        }
    } else {
        *own
    };
    Some(taken(span))
}

/// Puts a member in front of an object's first one, with the white space that stands before that.
pub(super) fn with_first_member(text: &str, object: &Node, member: &str) -> Option<Edit> {
    let Json::Object(members) = &object.value else {
        return None;
    };
    let Some(first) = members.first() else {
        return Some(Edit {
            span: object.span,
            text: format!("{{{member}}}"),
        });
    };
    let open = object.span.start + 1;
    let blanks = text.get(open..first.name_span.start)?;
    let blanks = if blanks.is_empty() { " " } else { blanks };
    let at = first.name_span.start;
    Some(Edit {
        span: Span { start: at, end: at },
        text: format!("{member},{blanks}"),
    })
}

/// Puts a member behind an object's last one, likewise.
pub(super) fn with_last_member(text: &str, object: &Node, member: &str) -> Option<Edit> {
    let Json::Object(members) = &object.value else {
        return None;
    };
    let (Some(first), Some(last)) = (members.first(), members.last()) else {
        return with_first_member(text, object, member);
    };
    let blanks = text.get(object.span.start + 1..first.name_span.start)?;
    let blanks = if blanks.is_empty() { " " } else { blanks };
    let at = last.node.span.end;
    Some(Edit {
        span: Span { start: at, end: at },
        text: format!(",{blanks}{member}"),
    })
}
