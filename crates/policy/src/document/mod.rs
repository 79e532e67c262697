//! Policy documents as text with places: strict parsing as AWS does when a policy is saved. It
//! does not match anything; `compiled` does.

mod condition;
mod error;
pub(crate) mod json;
mod keys;
mod name;
mod place;
mod principal;
mod read;

pub(crate) use condition::{Base, Condition, Quantifier};
pub use error::{ParseError, ParseErrors, Topic};
pub use place::{Place, Span};
pub(crate) use principal::{Entry, Principals};
pub use principal::{PrincipalName, PrincipalType};
pub(crate) use read::ELEMENTS;

use crate::compiled::{Policy, Resolve};
use std::sync::Arc;

/// What a policy is attached to, which decides what may stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A policy of a user, group or role.
    Identity,
    /// A key policy or a role's trust policy.
    Resource,
    /// A role's trust policy, where `Resource` must not stand.
    Trust,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
    /// A permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// A VPC endpoint policy.
    Endpoint,
}

impl Kind {
    /// Whether statements of this kind must name principals.
    pub(crate) fn has_principals(self) -> bool {
        matches!(
            self,
            Self::Resource | Self::Trust | Self::ResourceControl | Self::Endpoint
        )
    }
}

/// The version of the language (`POL-E2`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// 2008-10-17, also when no version is given: `${…}` is plain text.
    Old,
    /// 2012-10-17: policy variables.
    Current,
}

/// `Allow` or `Deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StatementEffect {
    Allow,
    Deny,
}

/// A text of the document with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// `Action`, `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) negated: bool,
    pub(crate) values: Vec<Placed>,
}

/// One statement as it was written.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) sid: Option<Arc<str>>,
    pub(crate) span: Span,
    pub(crate) line: u32,
    pub(crate) effect: StatementEffect,
    pub(crate) principals: Option<Principals>,
    pub(crate) actions: Option<Names>,
    pub(crate) resources: Option<Names>,
    pub(crate) conditions: Vec<Condition>,
    /// AWS would not store it: it never applies (`POL-E6`, `POL-O9`).
    pub(crate) broken: bool,
}

#[derive(Debug)]
struct Inner {
    text: Arc<str>,
    kind: Kind,
    version: Version,
    statements: Vec<Statement>,
}

/// A parsed policy document. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Document(Arc<Inner>);

/// Reads a document as AWS does when it is saved.
///
/// # Errors
/// Every mistake found, each with its place and what to write instead.
pub fn parse(text: &str, kind: Kind) -> Result<Document, ParseErrors> {
    match read::document(text, kind) {
        (Some(document), errors) if errors.is_empty() => Ok(document),
        (_, errors) => Err(ParseErrors(errors)),
    }
}

/// Reads a document that AWS might refuse: statements with mistakes are kept and never apply, for
/// `Allow` and for `Deny` (`POL-E6`, `POL-O9`). For analysis only; a service parses strictly.
///
/// # Errors
/// When the text is not a policy at all.
pub fn parse_tolerant(text: &str, kind: Kind) -> Result<(Document, Vec<ParseError>), ParseErrors> {
    match read::document(text, kind) {
        (Some(document), errors) => Ok((document, errors)),
        (None, errors) => Err(ParseErrors(errors)),
    }
}

impl Document {
    fn new(text: &str, kind: Kind, version: Version, statements: Vec<Statement>) -> Self {
        Self(Arc::new(Inner {
            text: text.into(),
            kind,
            version,
            statements,
        }))
    }

    /// The text, byte for byte.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// What it was parsed as.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// How many statements it has.
    #[must_use]
    pub fn statement_count(&self) -> usize {
        self.0.statements.len()
    }

    /// The Sid of a statement, counted from 0.
    #[must_use]
    pub fn sid(&self, index: usize) -> Option<&str> {
        self.0.statements.get(index)?.sid.as_deref()
    }

    /// Where a statement stands.
    #[must_use]
    pub fn statement_span(&self, index: usize) -> Option<Span> {
        Some(self.0.statements.get(index)?.span)
    }

    /// Line and column of a byte.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        Place::of(&self.0.text, offset)
    }

    /// Every principal named in the document, `NotPrincipal` included, in the order of the text.
    pub fn principals(&self) -> impl Iterator<Item = (PrincipalName<'_>, Span)> {
        self.0
            .statements
            .iter()
            .filter_map(|s| s.principals.as_ref())
            .flat_map(|p| p.entries.iter())
            .map(|entry| {
                let name = PrincipalName {
                    kind: entry.kind,
                    name: &entry.name.text,
                };
                (name, entry.name.span)
            })
    }

    /// The compiled form under a name: `default`, `AdministratorAccess`, a managed policy's ARN.
    /// Names of users and roles resolve to the unique ids that `resolve` gives (`POL-E7`).
    #[must_use]
    pub fn compile(&self, name: &str, resolve: &dyn Resolve) -> Policy {
        Policy::compile(self, name, resolve)
    }

    pub(crate) fn version(&self) -> Version {
        self.0.version
    }

    /// The same kind and version with one statement: for asking what that statement does alone.
    pub(crate) fn with_only(&self, statement: Statement) -> Self {
        Self::new(&self.0.text, self.0.kind, self.0.version, vec![statement])
    }

    pub(crate) fn statements(&self) -> &[Statement] {
        &self.0.statements
    }
}
