//! The `Principal` and `NotPrincipal` elements as written (`POL-P1`, `POL-P2`, `POL-P3`, `POL-P6`,
//! `POL-P7`).

use super::error::Findings;
use super::json::{Json, Node};
use super::place::Span;
use super::{Kind, Placed, read};
use crate::matching::principal::{NameKind, kind_of};

/// The key under which a principal is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalType {
    /// `"*"`, alone or under `AWS`.
    Everyone,
    /// An account, user, role or session under `AWS`.
    Aws,
    /// An AWS service under `Service`.
    Service,
    /// An identity provider under `Federated`.
    Federated,
    /// An S3 canonical user id under `CanonicalUser`.
    CanonicalUser,
}

/// A principal as a document names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PrincipalName<'a> {
    /// Its kind.
    pub kind: PrincipalType,
    /// The name as written.
    pub name: &'a str,
}

/// One name in the element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) kind: PrincipalType,
    pub(crate) name: Placed,
}

/// The element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principals {
    pub(crate) negated: bool,
    pub(crate) entries: Vec<Entry>,
}

pub(super) fn principals(
    node: &Node,
    negated: bool,
    kind: Kind,
    findings: &mut Findings<'_>,
) -> Principals {
    let mut entries = Vec::new();
    match &node.value {
        Json::Text(text) if text == "*" => entries.push(everyone(node.span)),
        Json::Object(members) => {
            for member in members {
                let Some(kind) = type_of(&member.name) else {
                    findings.add(
                        member.name_span,
                        format!("'{}' is not a kind of principal", member.name),
                        "AWS, Service, Federated or CanonicalUser",
                    );
                    continue;
                };
                for name in read::texts(&member.node, "principals", findings) {
                    entries.push(entry(kind, name, findings));
                }
            }
        }
        other => findings.add(
            node.span,
            format!("a principal cannot be {}", other.kind()),
            r#""*" or an object such as {"AWS": "111122223333"}"#,
        ),
    }
    let for_all = entries.iter().all(|e| e.kind == PrincipalType::Everyone);
    if kind == Kind::ResourceControl && (negated || !for_all) {
        findings.add(
            node.span,
            "a resource control policy applies to every principal",
            r#""Principal": "*", narrowed by conditions"#,
        );
    }
    Principals { negated, entries }
}

fn everyone(span: Span) -> Entry {
    Entry {
        kind: PrincipalType::Everyone,
        name: Placed {
            text: "*".to_owned(),
            span,
        },
    }
}

fn type_of(name: &str) -> Option<PrincipalType> {
    match name {
        "AWS" => Some(PrincipalType::Aws),
        "Service" => Some(PrincipalType::Service),
        "Federated" => Some(PrincipalType::Federated),
        "CanonicalUser" => Some(PrincipalType::CanonicalUser),
        _ => None,
    }
}

/// `POL-P3`: no wildcard but a whole `*` under `AWS`, which is everyone (`POL-P1`).
fn entry(kind: PrincipalType, name: Placed, findings: &mut Findings<'_>) -> Entry {
    if kind == PrincipalType::Aws && name.text == "*" {
        return everyone(name.span);
    }
    let fits = match kind {
        PrincipalType::Aws => matches!(
            kind_of(&name.text),
            NameKind::Account(_)
                | NameKind::User
                | NameKind::Role
                | NameKind::Session
                | NameKind::FederatedUser
                | NameKind::UniqueId
        ),
        PrincipalType::Service => kind_of(&name.text) == NameKind::Service,
        PrincipalType::Federated | PrincipalType::CanonicalUser | PrincipalType::Everyone => {
            !name.text.is_empty()
        }
    };
    if !fits || name.text.contains(['*', '?']) {
        let instead = match kind {
            PrincipalType::Aws => {
                "an account id, or the ARN of an account's root, a user, role or session, without wildcards"
            }
            PrincipalType::Service => "a service principal such as sso.amazonaws.com",
            _ => "the exact name",
        };
        findings.add(
            name.span,
            format!("'{}' is not a valid principal", name.text),
            instead,
        );
    }
    Entry { kind, name }
}
