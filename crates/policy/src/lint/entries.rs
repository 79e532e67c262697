//! Rules about the document as a whole and its lists: version, repetition, what is empty.

use super::Found;
use super::edit::{Fix, with_first_member, without_item, without_member};
use super::subject::{Subject, View};
use crate::document::Span;
use crate::document::json::{Json, Node};
use crate::format::compact;

pub(super) fn check(subject: &Subject<'_>, found: &mut Found<'_>) {
    version(subject, found);
    for view in subject.statements() {
        inert(subject, view, found);
        empty_condition(view, found);
        lists(view, found);
    }
    repeated_statements(subject, found);
}

/// `POL-E2`: without a version, or with the old one, variables are plain text.
fn version(subject: &Subject<'_>, found: &mut Found<'_>) {
    if subject.has_variables() {
        return;
    }
    let Json::Object(members) = &subject.root.value else {
        return;
    };
    let own = members.iter().find(|m| m.name == "Version");
    let with_variable = subject.statements().find_map(|view| {
        let values = view.written.conditions.iter().flat_map(|c| c.values.iter());
        let resources = view.written.resources.iter().flat_map(|r| r.values.iter());
        values
            .chain(resources)
            .find(|v| v.text.contains("${"))
            .map(|v| v.span)
    });
    if let Some(span) = with_variable {
        found.add(
            "LINT-VARIABLE-PLAIN",
            span,
            "without \"Version\": \"2012-10-17\" this variable is plain text and is compared as it stands",
        );
        return;
    }
    if own.is_none() {
        let edit = with_first_member(subject.text, subject.root, r#""Version": "2012-10-17""#);
        found.add_fixed(
            "LINT-VERSION-MISSING",
            subject.head(),
            "the document has no Version, so it is read as of 2008-10-17, without policy variables",
            edit.map(|edit| Fix::new("add \"Version\": \"2012-10-17\"", edit)),
        );
    }
}

/// A key policy's statement without actions or resources is stored and does nothing.
fn inert(subject: &Subject<'_>, view: View<'_>, found: &mut Found<'_>) {
    if !subject.is_key_policy() {
        return;
    }
    for (missing, name) in [
        (view.written.actions.is_none(), "Action"),
        (view.written.resources.is_none(), "Resource"),
    ] {
        if missing {
            found.add(
                "LINT-INERT",
                view.head(),
                format!("the statement has no {name}: AWS stores it, and it does nothing"),
            );
        }
    }
}

fn empty_condition(view: View<'_>, found: &mut Found<'_>) {
    let Some(at) = view.members().iter().position(|m| m.name == "Condition") else {
        return;
    };
    let Some(member) = view.members().get(at) else {
        return;
    };
    if member.node.value == Json::Object(Vec::new()) {
        let edit = without_member(view.members(), at);
        found.add_fixed(
            "LINT-EMPTY-CONDITION",
            member.node.span,
            "this condition is empty: the statement applies as if it had none",
            edit.map(|edit| Fix::new("take it out", edit)),
        );
    }
}

/// The lists of a statement: those of its elements, its principals and its condition values.
fn lists(view: View<'_>, found: &mut Found<'_>) {
    let mut nodes: Vec<&Node> = Vec::new();
    for member in view.members() {
        match (member.name.as_str(), &member.node.value) {
            ("Action" | "NotAction" | "Resource" | "NotResource", _) => nodes.push(&member.node),
            ("Principal" | "NotPrincipal", Json::Object(kinds)) => {
                nodes.extend(kinds.iter().map(|m| &m.node));
            }
            ("Condition", Json::Object(operators)) => {
                for operator in operators {
                    if let Json::Object(keys) = &operator.node.value {
                        nodes.extend(keys.iter().map(|m| &m.node));
                    }
                }
            }
            _ => {}
        }
    }
    for node in nodes {
        if let Json::List(items) = &node.value {
            one_list(node.span, items, found);
        }
    }
}

fn one_list(span: Span, items: &[Node], found: &mut Found<'_>) {
    if items.is_empty() {
        found.add(
            "LINT-EMPTY-LIST",
            span,
            "this list is empty: it matches nothing, and the statement never applies",
        );
    }
    for (at, item) in items.iter().enumerate() {
        let before = items.iter().take(at).any(|other| other.value == item.value);
        if before {
            found.add_fixed(
                "LINT-REPEATED-VALUE",
                item.span,
                "this value stands in the list already",
                without_item(items, at).map(|edit| Fix::new("take it out", edit)),
            );
        }
    }
}

fn repeated_statements(subject: &Subject<'_>, found: &mut Found<'_>) {
    let Json::Object(members) = &subject.root.value else {
        return;
    };
    let Some(Json::List(items)) = members
        .iter()
        .find(|m| m.name == "Statement")
        .map(|m| &m.node.value)
    else {
        return;
    };
    let mut seen: Vec<String> = Vec::new();
    for view in subject.statements() {
        let text = compact(view.node);
        if seen.contains(&text) {
            found.add_fixed(
                "LINT-REPEATED-STATEMENT",
                view.head(),
                "this statement says what one before it says",
                without_item(items, view.index).map(|edit| Fix::new("take it out", edit)),
            );
        }
        seen.push(text);
    }
}
