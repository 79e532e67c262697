//! Policies of the organisation as they are stored, and to what they can be attached. Whether a
//! document may be stored is not asked here.

use super::Snapshot;
use super::organization::{Account, OrganizationalUnit};
use super::policy_text::{PolicyKind, PolicyText};
use super::table::{Stored, Table};
use claviger_types::{Tag, Timestamp};
use serde::{Deserialize, Serialize};

/// The type of a policy of the organisation. Source: Organizations API Reference, `PolicySummary`,
/// `Type`; the others of that list are not kept here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PolicyType {
    /// What principals of an account may do at most.
    ServiceControlPolicy,
    /// What may be done with the resources of an account at most.
    ResourceControlPolicy,
    /// How tags are written.
    TagPolicy,
}

impl PolicyType {
    /// All of them.
    pub const ALL: [Self; 3] = [
        Self::ServiceControlPolicy,
        Self::ResourceControlPolicy,
        Self::TagPolicy,
    ];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServiceControlPolicy => "SERVICE_CONTROL_POLICY",
            Self::ResourceControlPolicy => "RESOURCE_CONTROL_POLICY",
            Self::TagPolicy => "TAG_POLICY",
        }
    }

    /// The kind of its documents.
    #[must_use]
    pub fn kind(self) -> PolicyKind {
        match self {
            Self::ServiceControlPolicy => PolicyKind::ServiceControl,
            Self::ResourceControlPolicy => PolicyKind::ResourceControl,
            Self::TagPolicy => PolicyKind::Tag,
        }
    }

    /// The id, without `p-`, of the policy that AWS attaches to everything while the type is
    /// enabled. Source: AWS Organizations User Guide, "Enabling a policy type".
    #[must_use]
    pub fn aws_managed(self) -> Option<&'static str> {
        match self {
            Self::ServiceControlPolicy => Some("FullAWSAccess"),
            Self::ResourceControlPolicy => Some("RCPFullAWSAccess"),
            Self::TagPolicy => None,
        }
    }
}

/// A policy of the organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrganizationPolicy {
    /// Its id without `p-`. Empty in rows from before ids were kept, which are those of AWS's own
    /// policies: their names are their ids.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The policy's name, unique among those of its type.
    pub name: String,
    /// Free text of its owner.
    #[serde(default)]
    pub description: String,
    /// The document.
    pub policy: PolicyText,
    /// When it was last changed; `None` where it never was.
    #[serde(default)]
    pub changed: Option<Timestamp>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

impl OrganizationPolicy {
    /// `p-…`.
    #[must_use]
    pub fn policy_id(&self) -> String {
        format!("p-{}", self.id())
    }

    /// Whether it is AWS's own, which nobody changes.
    #[must_use]
    pub fn is_aws_managed(&self) -> bool {
        let id = self.id();
        PolicyType::ALL
            .into_iter()
            .any(|known| known.aws_managed() == Some(id.as_str()))
    }

    /// Its type; `None` for a document of no type, which is never stored.
    #[must_use]
    pub fn policy_type(&self) -> Option<PolicyType> {
        PolicyType::ALL
            .into_iter()
            .find(|known| known.kind() == self.policy.kind)
    }
}

impl Stored for OrganizationPolicy {
    type Id = String;
    const COLLECTION: &'static str = "organizations.policy";
    fn id(&self) -> String {
        if self.key.is_empty() {
            self.name.clone()
        } else {
            self.key.clone()
        }
    }
    fn row(id: &String) -> String {
        id.clone()
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.organization_policies
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.organization_policies
    }
}

/// The policy by which the management account lets member accounts administer the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegationPolicy {
    /// `rp-…`.
    pub id: String,
    /// The document.
    pub policy: PolicyText,
    /// Its tags.
    pub tags: Vec<Tag>,
}

macro_rules! takes_policies {
    ($entity:ty) => {
        impl $entity {
            /// The ids, without `p-`, of the policies of a type that are attached here, in the
            /// order they were attached.
            #[must_use]
            pub fn attached(&self, policy_type: PolicyType) -> &[String] {
                match policy_type {
                    PolicyType::ServiceControlPolicy => &self.scps,
                    PolicyType::ResourceControlPolicy => &self.rcps,
                    PolicyType::TagPolicy => &self.tag_policies.attached,
                }
            }

            /// The same with others attached.
            #[must_use]
            pub fn with_attached(
                mut self,
                policy_type: PolicyType,
                attached: Vec<String>,
                now: Timestamp,
            ) -> Self {
                match policy_type {
                    PolicyType::ServiceControlPolicy => self.scps = attached,
                    PolicyType::ResourceControlPolicy => self.rcps = attached,
                    PolicyType::TagPolicy => {
                        self.tag_policies.attached = attached;
                        self.tag_policies.changed = Some(now);
                    }
                }
                self
            }
        }
    };
}

takes_policies!(Account);
takes_policies!(OrganizationalUnit);
