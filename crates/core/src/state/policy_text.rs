//! A stored policy document: the text as it was sent, the ids its principals resolved to, and the
//! compiled form beside them. It does not decide anything.

use super::Snapshot;
use claviger_policy as policy;
use claviger_types::{Arn, UniqueId};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// A policy document that was accepted. Principals keep the unique ids they meant at that time,
/// so a role that is deleted and made again does not match (`POL-E7`).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyText {
    /// The document, byte for byte as it was accepted.
    pub text: String,
    /// What kind of policy it is.
    pub kind: PolicyKind,
    /// The name it is known by in decisions: `default`, `FullAWSAccess`, an inline policy's name.
    pub name: String,
    /// ARNs of users and roles in it, with the unique id each meant when it was stored.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ids: BTreeMap<Arn, UniqueId>,
    #[serde(skip)]
    compiled: OnceLock<Option<Arc<policy::Policy>>>,
}

/// The kind of a stored policy; `claviger_policy::Kind` in a form that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyKind {
    /// A user's, group's or role's permissions.
    Identity,
    /// A key policy or a role's trust policy.
    Resource,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
    /// A permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// A tag policy, of which the engine knows nothing.
    Tag,
}

impl PolicyKind {
    /// The same in the engine's words.
    fn for_engine(self) -> Option<policy::Kind> {
        match self {
            Self::Identity => Some(policy::Kind::Identity),
            Self::Resource => Some(policy::Kind::Resource),
            Self::ServiceControl => Some(policy::Kind::ServiceControl),
            Self::ResourceControl => Some(policy::Kind::ResourceControl),
            Self::Boundary => Some(policy::Kind::Boundary),
            Self::Session => Some(policy::Kind::Session),
            Self::Tag => None,
        }
    }
}

struct StoredIds<'a>(&'a BTreeMap<Arn, UniqueId>);

impl policy::Resolve for StoredIds<'_> {
    fn unique_id(&self, arn: &Arn) -> Option<UniqueId> {
        self.0.get(arn).cloned()
    }
}

impl PolicyText {
    /// Keeps an accepted document under a name.
    #[must_use]
    pub fn new(name: &str, kind: PolicyKind, text: &str, ids: BTreeMap<Arn, UniqueId>) -> Self {
        Self {
            text: text.to_owned(),
            kind,
            name: name.to_owned(),
            ids,
            compiled: OnceLock::new(),
        }
    }

    /// The compiled form, made at first use. `None` when the stored text no longer parses: such a
    /// policy cannot be read and every decision it would take part in must be refused.
    #[must_use]
    pub fn compiled(&self) -> Option<&Arc<policy::Policy>> {
        self.compiled
            .get_or_init(|| {
                let document = policy::parse(&self.text, self.kind.for_engine()?).ok()?;
                Some(Arc::new(
                    document.compile(&self.name, &StoredIds(&self.ids)),
                ))
            })
            .as_ref()
    }
}

impl PolicyText {
    /// The document as it reads now: a user or role that was named and is gone shows as its unique
    /// id, one that has another name or path since as its ARN now. Source: IAM User Guide, "AWS JSON
    /// policy elements: Principal".
    #[must_use]
    pub fn shown(&self, view: &Snapshot) -> Cow<'_, str> {
        let now = |(arn, id): (&Arn, &UniqueId)| {
            let name = view.principal_arn(id).unwrap_or_else(|| id.to_string());
            (name != arn.as_str()).then(|| (arn.as_str().to_owned(), name))
        };
        let changed: BTreeMap<String, String> = self.ids.iter().filter_map(now).collect();
        let compiled = self.compiled().filter(|_| !changed.is_empty());
        let Some(document) = compiled.map(|policy| policy.document()) else {
            return Cow::Borrowed(&self.text);
        };
        let mut text = self.text.clone();
        let mut places: Vec<_> = document
            .principals()
            .filter_map(|(principal, span)| Some((span, changed.get(principal.name)?)))
            .collect();
        // From the end, so that the places before stay where they are.
        places.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        for (span, name) in places {
            // Neither ARNs nor ids need escapes.
            let quoted = text.get(span.start..).is_some_and(|t| t.starts_with('"'));
            let name = if quoted {
                format!("\"{name}\"")
            } else {
                name.clone()
            };
            text.replace_range(span.start..span.end, &name);
        }
        Cow::Owned(text)
    }
}

impl Eq for PolicyText {}

impl Hash for PolicyText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl PartialEq for PolicyText {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.name, &self.ids, self.kind)
            == (&other.text, &other.name, &other.ids, other.kind)
    }
}
