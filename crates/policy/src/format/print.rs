//! Prints JSON in the order and layout of a policy document. What the members mean is not looked at.

use crate::document::ELEMENTS;
use crate::document::json::{Json, Member, Node};
use std::fmt::Write as _;

/// The order of AWS's own documents.
const DOCUMENT: [&str; 3] = ["Version", "Id", "Statement"];
const PRINCIPAL: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

/// Where in a document a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Document,
    /// The list of statements, which stays a list.
    Statements,
    Statement,
    Principal,
    /// `Condition`, then the keys of one operator: both by name, for their order means nothing.
    Condition,
    Keys,
    /// One value or a list.
    Values,
    /// Anything that is no part of a policy: as it was written.
    Other,
}

impl Part {
    fn of_member(self, name: &str) -> Self {
        match (self, name) {
            (Self::Document, "Statement") => Self::Statements,
            (Self::Statement, "Principal" | "NotPrincipal") => Self::Principal,
            (Self::Statement, "Condition") => Self::Condition,
            (Self::Statement, "Action" | "NotAction" | "Resource" | "NotResource")
            | (Self::Principal | Self::Keys, _) => Self::Values,
            (Self::Condition, _) => Self::Keys,
            _ => Self::Other,
        }
    }

    /// The members in print order.
    fn order(self, members: &[Member]) -> Vec<&Member> {
        let mut ordered: Vec<&Member> = members.iter().collect();
        let known: &[&str] = match self {
            Self::Document => &DOCUMENT,
            Self::Statement => &ELEMENTS,
            Self::Principal => &PRINCIPAL,
            Self::Condition | Self::Keys => {
                ordered.sort_by(|a, b| a.name.cmp(&b.name));
                return ordered;
            }
            Self::Statements | Self::Values | Self::Other => return ordered,
        };
        let place = |name: &str| known.iter().position(|k| *k == name);
        // Stable: what is unknown keeps its order, after what is known.
        ordered.sort_by_key(|m| place(&m.name).unwrap_or(known.len()));
        ordered
    }
}

pub(super) fn document(root: &Node) -> String {
    let mut out = String::new();
    value(root, Part::Document, 0, &mut out);
    out.push('\n');
    out
}

/// A statement without its Sid, to compare statements by what they say.
pub(crate) fn compact(statement: &Node) -> String {
    let mut out = String::new();
    match &statement.value {
        Json::Object(members) => {
            for member in Part::Statement.order(members) {
                if member.name != "Sid" {
                    text(&member.name, &mut out);
                    value(
                        &member.node,
                        Part::Statement.of_member(&member.name),
                        0,
                        &mut out,
                    );
                }
            }
        }
        _ => value(statement, Part::Other, 0, &mut out),
    }
    out
}

fn value(node: &Node, part: Part, depth: usize, out: &mut String) {
    match &node.value {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Number(number) => out.push_str(number),
        Json::Text(own) => text(own, out),
        Json::List(items) => list(items, part, depth, out),
        // POL-E3: one statement is a list of one.
        Json::Object(_) if part == Part::Statements => {
            list(std::slice::from_ref(node), part, depth, out);
        }
        Json::Object(members) => object(members, part, depth, out),
    }
}

fn list(items: &[Node], part: Part, depth: usize, out: &mut String) {
    // POL-E3: a list of one value is that value.
    if let ([one], Part::Values) = (items, part)
        && !matches!(one.value, Json::List(_) | Json::Object(_) | Json::Null)
    {
        value(one, part, depth, out);
        return;
    }
    let inner = match part {
        Part::Statements => Part::Statement,
        _ => Part::Other,
    };
    lines('[', ']', items.iter(), depth, out, |item, out| {
        value(item, inner, depth + 1, out);
    });
}

fn object(members: &[Member], part: Part, depth: usize, out: &mut String) {
    let ordered = part.order(members);
    lines('{', '}', ordered.into_iter(), depth, out, |member, out| {
        text(&member.name, out);
        out.push_str(": ");
        value(&member.node, part.of_member(&member.name), depth + 1, out);
    });
}

fn lines<T>(
    open: char,
    close: char,
    items: impl ExactSizeIterator<Item = T>,
    depth: usize,
    out: &mut String,
    mut one: impl FnMut(T, &mut String),
) {
    out.push(open);
    let count = items.len();
    let indent = |depth: usize, out: &mut String| {
        out.push('\n');
        for _ in 0..depth {
            out.push_str("  ");
        }
    };
    for (at, item) in items.enumerate() {
        indent(depth + 1, out);
        one(item, out);
        if at + 1 < count {
            out.push(',');
        }
    }
    if count > 0 {
        indent(depth, out);
    }
    out.push(close);
}

/// A text in quotes. What KMS stores as it is stays as it is; all else becomes an escape, which
/// means the same character (RFC 8259, section 7).
fn text(own: &str, out: &mut String) {
    out.push('"');
    for c in own.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{ff}' => out.push(c),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing to a text cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}
