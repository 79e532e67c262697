//! The result of a decision: its effect, the layer that decided, and the statements that did.
//! It explains in AWS's words and names; it does not print policies.

use crate::compiled::{Policy, Statement};
use crate::request::ResourceRules;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Whether the request is allowed, in the words of `SimulateCustomPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// Every layer that must allow does, and none denies.
    Allowed,
    /// A `Deny` statement applies (`POL-L1`).
    ExplicitDeny,
    /// A layer that must allow does not.
    ImplicitDeny,
}

impl Effect {
    /// `allowed`, `explicitDeny` or `implicitDeny`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicitDeny",
            Self::ImplicitDeny => "implicitDeny",
        }
    }
}

/// A layer of policies. The order is that in which a refusal is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Resource control policies.
    #[serde(rename = "rcp")]
    ResourceControl,
    /// Service control policies.
    #[serde(rename = "scp")]
    ServiceControl,
    /// The VPC endpoint's policy.
    Endpoint,
    /// The key policy, trust policy or other policy of the resource.
    Resource,
    /// A grant on the key.
    Grant,
    /// The policies of user, groups and role.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// The session policies.
    Session,
}

impl Layer {
    /// The word of the policy-case format: `rcp`, `scp`, `endpoint`, `resource`, `grant`,
    /// `identity`, `boundary`, `session`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResourceControl => "rcp",
            Self::ServiceControl => "scp",
            Self::Endpoint => "endpoint",
            Self::Resource => "resource",
            Self::Grant => "grant",
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One statement that decided, or a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRef {
    /// The layer it stands in.
    pub layer: Layer,
    /// The name of its policy; `grant` for a grant.
    pub policy: Arc<str>,
    /// Its Sid, if it has one; the grant's id for a grant.
    pub sid: Option<Arc<str>>,
    /// Its index in the document, from 0.
    pub index: usize,
    /// The line it begins at, from 1; 0 for a grant.
    pub line: u32,
}

impl StatementRef {
    pub(crate) fn of(layer: Layer, policy: &Policy, statement: &Statement) -> Self {
        Self {
            layer,
            policy: policy.name_shared(),
            sid: statement.sid.clone(),
            index: statement.index,
            line: statement.line,
        }
    }

    pub(crate) fn grant(id: &str) -> Self {
        Self {
            layer: Layer::Grant,
            policy: "grant".into(),
            sid: Some(id.into()),
            index: 0,
            line: 0,
        }
    }

    /// The Sid, or `#index` for a statement without one: how a policy case names it.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.sid {
            Some(sid) => sid.to_string(),
            None => format!("#{}", self.index),
        }
    }
}

/// A decision and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The verdict.
    pub effect: Effect,
    /// The layer that allowed, denied, or failed to allow. Of several that refuse, the first in
    /// the order of [`Layer`], explicit denies before implicit ones. Of an allow by delegation or
    /// across accounts, the identity policy, which has the last word.
    pub layer: Layer,
    /// The statements of that layer that decided; empty for an implicit deny, and for the root
    /// user, whose right in its own account stands in no policy.
    pub statements: Vec<StatementRef>,
    /// Statements of other layers without which an allow would not stand: the key policy's
    /// delegation beside an identity policy.
    pub supporting: Vec<StatementRef>,
    /// For an implicit deny of a service control policy: the root, unit or account at which
    /// nothing allows.
    pub level: Option<Arc<str>>,
    /// How the resource took part, for the wording.
    pub rules: ResourceRules,
}

impl Decision {
    pub(crate) fn new(effect: Effect, layer: Layer, rules: ResourceRules) -> Self {
        Self {
            effect,
            layer,
            statements: Vec::new(),
            supporting: Vec::new(),
            level: None,
            rules,
        }
    }

    pub(crate) fn with(mut self, statements: Vec<StatementRef>) -> Self {
        self.statements = statements;
        self
    }

    pub(crate) fn supported_by(mut self, statements: Vec<StatementRef>) -> Self {
        self.supporting = statements;
        self
    }

    /// Whether the request may go on.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.effect == Effect::Allowed
    }

    /// The id of the grant that allowed, if one did.
    #[must_use]
    pub fn grant(&self) -> Option<&str> {
        self.statements
            .iter()
            .chain(&self.supporting)
            .find(|s| s.layer == Layer::Grant)
            .and_then(|s| s.sid.as_deref())
    }

    /// The tail of AWS's text for a refusal, after `… on resource: <arn> `; empty when allowed.
    /// Source: IAM User Guide, "Troubleshoot access denied error messages". An explicit deny of a
    /// managed policy or a policy of Organizations names it, as AWS does, when the policy is known
    /// by its ARN.
    #[must_use]
    pub fn reason_text(&self, action: &str) -> String {
        let policy_type = self.policy_type();
        match self.effect {
            Effect::Allowed => String::new(),
            Effect::ImplicitDeny => {
                format!("because no {policy_type} allows the {action} action")
            }
            Effect::ExplicitDeny => {
                let article = match (self.layer, self.rules) {
                    (Layer::Resource, ResourceRules::TrustPolicy) => "the",
                    (Layer::Identity, _) => "an",
                    _ => "a",
                };
                let arn = self
                    .statements
                    .first()
                    .map(|s| &*s.policy)
                    .filter(|name| name.starts_with("arn:"));
                match arn {
                    Some(arn) => {
                        format!("with an explicit deny in {article} {policy_type}: {arn}")
                    }
                    None => format!("with an explicit deny in {article} {policy_type}"),
                }
            }
        }
    }

    /// A grant that is missing reads as a missing resource-based policy: AWS has no words for it.
    fn policy_type(&self) -> &'static str {
        match self.layer {
            Layer::ResourceControl => "resource control policy",
            Layer::ServiceControl => "service control policy",
            Layer::Endpoint => "VPC endpoint policy",
            Layer::Resource if self.rules == ResourceRules::TrustPolicy => "role trust policy",
            Layer::Resource | Layer::Grant => "resource-based policy",
            Layer::Identity => "identity-based policy",
            Layer::Boundary => "permissions boundary",
            Layer::Session => "session policy",
        }
    }
}
