//! Reads the JSON of a document into statements and gathers what AWS would refuse (`POL-E1`,
//! `POL-E2`, `POL-E3`, `POL-E6`).

use super::error::{Findings, ParseError, Topic};
use super::json::{self, Json, Member, Node};
use super::place::{Lines, Span};
use super::{Document, Kind, Names, Placed, Statement, StatementEffect, Version};
use super::{condition, name, principal};

/// The largest key policy, in bytes. Source: KMS API reference, `PutKeyPolicy`, `Policy`; KMS
/// Developer Guide, "Resource quotas".
const MOST_BYTES: usize = 32_768;

/// What KMS stores of a key policy's text: so many bytes of tab, line feed, carriage return and
/// U+0020 to U+00FF. Source: KMS API reference, `PutKeyPolicy`, `Policy`.
fn check_text(text: &str, kind: Kind, findings: &mut Findings<'_>) {
    if kind != Kind::Resource {
        return;
    }
    if text.len() > MOST_BYTES {
        findings.about(Topic::Size);
        let start = (0..=MOST_BYTES)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        let span = Span {
            start,
            end: text.len(),
        };
        findings.add(
            span,
            format!("the key policy has {} bytes", text.len()),
            "at most 32768 bytes: less white space, fewer or shorter statements",
        );
    }
    let fits = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}');
    if let Some((start, odd)) = text.char_indices().find(|(_, c)| !fits(*c)) {
        findings.about(Topic::Characters);
        let span = Span {
            start,
            end: start + odd.len_utf8(),
        };
        findings.add(
            span,
            format!(
                "the character U+{:04X} is not allowed in a key policy",
                u32::from(odd)
            ),
            "characters up to U+00FF, tab and line breaks",
        );
    }
}

/// The document, if the text is one at all, and every mistake.
pub(super) fn document(text: &str, kind: Kind) -> (Option<Document>, Vec<ParseError>) {
    let mut findings = Findings::new(text);
    check_text(text, kind, &mut findings);
    findings.about(Topic::Syntax);
    let root = match json::read(text) {
        Ok(root) => root,
        Err(broken) => {
            findings.add(broken.span, broken.what, broken.instead);
            return (None, findings.into_vec());
        }
    };
    findings.about(Topic::Element);
    let Json::Object(members) = &root.value else {
        findings.add(
            root.span,
            "a policy document is a JSON object",
            r#"{"Version": "2012-10-17", "Statement": […]}"#,
        );
        return (None, findings.into_vec());
    };
    let version = version(members, &mut findings);
    let Some(nodes) = statement_nodes(members, &root, &mut findings) else {
        return (None, findings.into_vec());
    };
    // POL-E6: AWS would not store a document that is wrong itself, so nothing in it applies.
    let stored = findings.count() == 0;
    let mut statements: Vec<Statement> = Vec::with_capacity(nodes.len());
    let mut lines = Lines::of(text);
    for node in nodes {
        if let Some(mut statement) = statement(node, kind, version, &mut findings) {
            statement.broken |= !stored;
            statement.line = lines.at(node.span.start);
            statements.push(statement);
        } else {
            return (None, findings.into_vec());
        }
    }
    check_sids(&mut statements, kind, &mut findings);
    let document = Document::new(text, kind, version, statements);
    (Some(document), findings.into_vec())
}

fn member<'m>(members: &'m [Member], name: &str) -> Option<&'m Member> {
    members.iter().find(|m| m.name == name)
}

/// `POL-E2`: without a version the old language holds.
fn version(members: &[Member], findings: &mut Findings<'_>) -> Version {
    let Some(found) = member(members, "Version") else {
        return Version::Old;
    };
    match &found.node.value {
        Json::Text(text) if text == "2012-10-17" => Version::Current,
        Json::Text(text) if text == "2008-10-17" => Version::Old,
        _ => {
            findings.about(Topic::Version);
            findings.add(
                found.node.span,
                "this is not a version of the policy language",
                r#""2012-10-17""#,
            );
            Version::Current
        }
    }
}

/// `POL-E3`: one statement or a list.
fn statement_nodes<'m>(
    members: &'m [Member],
    root: &Node,
    findings: &mut Findings<'_>,
) -> Option<Vec<&'m Node>> {
    findings.about(Topic::Element);
    for unknown in members
        .iter()
        .filter(|m| !["Version", "Id", "Statement"].contains(&m.name.as_str()))
    {
        findings.add(
            unknown.name_span,
            format!("'{}' is not an element of a policy", unknown.name),
            "Version, Id or Statement",
        );
    }
    if let Some(id) = member(members, "Id")
        && !matches!(id.node.value, Json::Text(_))
    {
        findings.add(
            id.node.span,
            "the Id must be a text",
            "a text in double quotes",
        );
    }
    let nodes: Vec<&Node> = match member(members, "Statement").map(|m| &m.node) {
        Some(node) => match &node.value {
            Json::List(nodes) => nodes.iter().collect(),
            _ => vec![node],
        },
        None => Vec::new(),
    };
    if nodes.is_empty() {
        findings.add(root.span, "the policy has no statement", "a Statement");
        return None;
    }
    Some(nodes)
}

/// The elements of a statement, in the order of AWS's own documents.
pub(crate) const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// One statement; `None` when it is not even an object with an effect.
fn statement(
    node: &Node,
    kind: Kind,
    version: Version,
    findings: &mut Findings<'_>,
) -> Option<Statement> {
    let before = findings.count();
    findings.about(Topic::Element);
    let Json::Object(members) = &node.value else {
        findings.add(
            node.span,
            format!("a statement cannot be {}", node.value.kind()),
            r#"an object with "Effect", "Action" and so on"#,
        );
        return None;
    };
    for unknown in members
        .iter()
        .filter(|m| !ELEMENTS.contains(&m.name.as_str()))
    {
        findings.add(
            unknown.name_span,
            format!("'{}' is not an element of a statement", unknown.name),
            "one of Sid, Effect, Principal, Action, Resource, Condition and their Not forms",
        );
    }
    let sid = sid(members, findings);
    let effect = effect(members, node, findings);
    let principals = principals(members, node, kind, findings);
    let actions = actions(members, node, kind, findings);
    let resources = resources(members, node, kind, version, findings);
    findings.about(Topic::Condition);
    let conditions = member(members, "Condition")
        .map(|m| condition::conditions(&m.node, findings))
        .unwrap_or_default();
    if version == Version::Current {
        findings.about(Topic::Variable);
        for value in conditions.iter().flat_map(|c| c.values.iter()) {
            name::check_variables(value, findings);
        }
    }
    findings.about(Topic::Effect);
    if kind == Kind::ResourceControl && effect == Some(StatementEffect::Allow) {
        check_rcp_allow(node, actions.as_ref(), conditions.is_empty(), findings);
    }
    Some(Statement {
        sid: sid.map(|s| s.text.into()),
        span: node.span,
        // Counted by the caller, which goes through the text once.
        line: 0,
        // Without a readable effect the statement is broken and never applies.
        effect: effect.unwrap_or(StatementEffect::Deny),
        principals,
        actions,
        resources,
        conditions,
        broken: findings.count() > before,
    })
}

fn sid(members: &[Member], findings: &mut Findings<'_>) -> Option<Placed> {
    let found = member(members, "Sid")?;
    match &found.node.value {
        Json::Text(text) => Some(Placed {
            text: text.clone(),
            span: found.node.span,
        }),
        _ => {
            findings.about(Topic::Sid);
            findings.add(
                found.node.span,
                "a Sid must be a text",
                "a text in double quotes",
            );
            None
        }
    }
}

/// Sids are unique in a document; identity policies and their like allow letters and digits only,
/// resource policies (keys') spaces too. Source: IAM User Guide, "Sid"; KMS, "Key policies".
fn check_sids(statements: &mut [Statement], kind: Kind, findings: &mut Findings<'_>) {
    findings.about(Topic::Sid);
    let mut seen: Vec<std::sync::Arc<str>> = Vec::new();
    for statement in statements {
        let Some(sid) = statement.sid.clone().filter(|s| !s.is_empty()) else {
            continue;
        };
        let plain = sid.bytes().all(|b| b.is_ascii_alphanumeric());
        if !plain && !kind.has_principals() {
            findings.add(
                statement.span,
                format!("the Sid '{sid}' has characters other than letters and digits"),
                "letters and digits",
            );
            statement.broken = true;
        }
        if seen.contains(&sid) {
            findings.add(
                statement.span,
                format!("the Sid '{sid}' is given twice"),
                "another Sid",
            );
            statement.broken = true;
        }
        seen.push(sid);
    }
}

/// `POL-E1`: exactly `Allow` or `Deny`.
fn effect(members: &[Member], node: &Node, findings: &mut Findings<'_>) -> Option<StatementEffect> {
    findings.about(Topic::Effect);
    let Some(found) = member(members, "Effect") else {
        findings.about(Topic::Element);
        findings.add(node.span, "the statement has no Effect", "Allow or Deny");
        return None;
    };
    match &found.node.value {
        Json::Text(text) if text == "Allow" => Some(StatementEffect::Allow),
        Json::Text(text) if text == "Deny" => Some(StatementEffect::Deny),
        _ => {
            findings.add(
                found.node.span,
                "this is not an effect",
                "Allow or Deny, in this spelling",
            );
            None
        }
    }
}

/// The two members of which at most one may stand in a statement.
fn either<'m>(
    members: &'m [Member],
    plain: &str,
    negated: &str,
    findings: &mut Findings<'_>,
) -> Option<(&'m Member, bool)> {
    match (member(members, plain), member(members, negated)) {
        (Some(_), Some(second)) => {
            findings.add(
                second.name_span,
                format!("{plain} and {negated} cannot stand together"),
                "one of them",
            );
            Some((second, true))
        }
        (Some(found), None) => Some((found, false)),
        (None, Some(found)) => Some((found, true)),
        (None, None) => None,
    }
}

fn principals(
    members: &[Member],
    node: &Node,
    kind: Kind,
    findings: &mut Findings<'_>,
) -> Option<principal::Principals> {
    findings.about(Topic::Element);
    let found = either(members, "Principal", "NotPrincipal", findings);
    match (found, kind.has_principals()) {
        (Some((found, negated)), true) => {
            findings.about(Topic::Principal);
            Some(principal::principals(&found.node, negated, kind, findings))
        }
        (None, true) => {
            findings.add(node.span, "the statement has no Principal", "a Principal");
            None
        }
        (Some((found, _)), false) => {
            findings.add(
                found.name_span,
                "this kind of policy names no principal",
                "leave it out",
            );
            None
        }
        (None, false) => None,
    }
}

/// A key policy may leave actions or resources out; such a statement does nothing, and AWS says
/// nothing. Source: KMS Developer Guide, "Key policies".
fn actions(
    members: &[Member],
    node: &Node,
    kind: Kind,
    findings: &mut Findings<'_>,
) -> Option<Names> {
    findings.about(Topic::Element);
    let Some((found, negated)) = either(members, "Action", "NotAction", findings) else {
        if kind != Kind::Resource {
            findings.add(node.span, "the statement has no Action", "an Action");
        }
        return None;
    };
    findings.about(Topic::Action);
    let values = texts(&found.node, "actions", findings);
    for value in &values {
        name::check_action(value, findings);
    }
    Some(Names { negated, values })
}

fn resources(
    members: &[Member],
    node: &Node,
    kind: Kind,
    version: Version,
    findings: &mut Findings<'_>,
) -> Option<Names> {
    findings.about(Topic::Element);
    let found = either(members, "Resource", "NotResource", findings);
    let Some((found, negated)) = found else {
        if !matches!(kind, Kind::Resource | Kind::Trust) {
            findings.add(node.span, "the statement has no Resource", "a Resource");
        }
        return None;
    };
    if kind == Kind::Trust {
        findings.add(
            found.name_span,
            "a trust policy has no Resource: it is the role itself",
            "leave it out",
        );
    }
    findings.about(Topic::Resource);
    let values = texts(&found.node, "resources", findings);
    for value in &values {
        findings.about(Topic::Resource);
        name::check_resource(value, findings);
        if version == Version::Current {
            findings.about(Topic::Variable);
            name::check_variables(value, findings);
        }
    }
    Some(Names { negated, values })
}

/// `POL-L2`: only the policy that AWS attaches itself, RCPFullAWSAccess, allows.
fn check_rcp_allow(
    node: &Node,
    actions: Option<&Names>,
    unconditional: bool,
    findings: &mut Findings<'_>,
) {
    let full = actions.is_some_and(|a| !a.negated && a.values.iter().any(|v| v.text == "*"));
    if !(full && unconditional) {
        findings.add(
            node.span,
            "a resource control policy cannot allow",
            "Deny what must not be; RCPFullAWSAccess already allows the rest",
        );
    }
}

/// `POL-E3`: one text or a list of texts.
pub(super) fn texts(node: &Node, what: &str, findings: &mut Findings<'_>) -> Vec<Placed> {
    let mut found = Vec::new();
    let mut take = |node: &Node| match &node.value {
        Json::Text(text) => found.push(Placed {
            text: text.clone(),
            span: node.span,
        }),
        other => findings.add(
            node.span,
            format!("{what} cannot hold {}", other.kind()),
            "a text or a list of texts",
        ),
    };
    match &node.value {
        Json::List(nodes) => nodes.iter().for_each(take),
        _ => take(node),
    }
    found
}

/// The values of a condition: texts, numbers and Booleans, one or a list (`POL-E3`, `POL-C3`,
/// `POL-O6`).
pub(super) fn values(node: &Node, findings: &mut Findings<'_>) -> Vec<Placed> {
    let mut found = Vec::new();
    let mut take = |node: &Node| {
        let text = match &node.value {
            Json::Text(text) | Json::Number(text) => text.clone(),
            Json::Bool(value) => value.to_string(),
            other => {
                findings.add(
                    node.span,
                    format!("a condition value cannot be {}", other.kind()),
                    "a text, a number, true or false, or a list of these",
                );
                return;
            }
        };
        found.push(Placed {
            text,
            span: node.span,
        });
    };
    match &node.value {
        Json::List(nodes) => nodes.iter().for_each(take),
        _ => take(node),
    }
    found
}
