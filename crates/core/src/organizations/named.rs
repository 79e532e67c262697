//! What the ids of a request stand for, as ARNs and tags for the demands on it. Whether it exists
//! is told only to whoever is allowed the operation. Source: Service Authorization Reference,
//! "Actions, resources, and condition keys for AWS Organizations".

use super::membership::Membership;
use crate::chain::{Demand, Facts, Target};
use crate::state::{Account, OrganizationPolicy, OrganizationalUnit, PolicyType, Snapshot};
use claviger_types::{AccountId, Tag};
use std::sync::Arc;

/// A resource of a demand.
pub(super) struct Named {
    arn: String,
    tags: Vec<Tag>,
}

/// A root, unit or account.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A root or unit.
    Unit(Arc<OrganizationalUnit>),
    /// An account.
    Account(Arc<Account>),
}

impl Place {
    pub(super) fn id(&self) -> String {
        match self {
            Self::Unit(unit) => unit.id.clone(),
            Self::Account(account) => account.id.to_string(),
        }
    }

    pub(super) fn attached(&self, policy_type: PolicyType) -> &[String] {
        match self {
            Self::Unit(unit) => unit.attached(policy_type),
            Self::Account(account) => account.attached(policy_type),
        }
    }

    pub(super) fn parent(&self) -> Option<&String> {
        match self {
            Self::Unit(unit) => unit.parent.as_ref(),
            Self::Account(account) => account.parent.as_ref(),
        }
    }
}

impl Membership {
    /// `arn:aws:organizations::<management account>:<kind>/<organisation>/<id>`.
    pub(super) fn arn(&self, kind: &str, id: &str) -> String {
        let Self {
            management,
            organization,
            ..
        } = self;
        format!("arn:aws:organizations::{management}:{kind}/{organization}/{id}")
    }

    /// The ARN of a root, unit or account by its id.
    pub(super) fn place_arn(&self, id: &str) -> String {
        let kind = match id.split_once('-') {
            Some(("r", _)) => "root",
            Some(("ou", _)) => "ou",
            _ => "account",
        };
        self.arn(kind, id)
    }

    /// The ARN of a policy.
    pub(super) fn policy_arn(&self, policy: &OrganizationPolicy) -> String {
        let kind = policy
            .policy_type()
            .map_or_else(String::new, |t| t.as_str().to_ascii_lowercase());
        let id = policy.policy_id();
        if policy.is_aws_managed() {
            format!("arn:aws:organizations::aws:policy/{kind}/{id}")
        } else {
            let Self {
                management,
                organization,
                ..
            } = self;
            format!("arn:aws:organizations::{management}:policy/{organization}/{kind}/{id}")
        }
    }

    /// The root, unit or account of an id.
    pub(super) fn place(&self, id: &str, view: &Snapshot) -> Option<Place> {
        if let Ok(account) = id.parse::<AccountId>() {
            let account = view.get::<Account>(&account);
            return account
                .filter(|account| self.installation.has_member(account))
                .cloned()
                .map(Place::Account);
        }
        let unit = view.get::<OrganizationalUnit>(&id.to_owned())?;
        Some(Place::Unit(Arc::clone(unit)))
    }

    /// A root, unit or account as a resource.
    pub(super) fn named(&self, id: Option<&String>, view: &Snapshot) -> Named {
        let id = id.map_or("", String::as_str);
        let tags = match self.place(id, view) {
            Some(Place::Unit(unit)) => unit.tags.clone(),
            Some(Place::Account(account)) => account.tags.clone(),
            None => Vec::new(),
        };
        Named {
            arn: self.place_arn(id),
            tags,
        }
    }

    /// A policy as a resource; one that does not exist is none in particular.
    pub(super) fn named_policy(&self, id: Option<&String>, view: &Snapshot) -> Named {
        match policy_of(id, view) {
            Some(policy) => Named {
                arn: self.policy_arn(policy),
                tags: policy.tags.clone(),
            },
            None => Named {
                arn: "*".to_owned(),
                tags: Vec::new(),
            },
        }
    }

    /// Something by its ARN.
    pub(super) fn by_arn(arn: String, tags: &[Tag]) -> Named {
        Named {
            arn,
            tags: tags.to_vec(),
        }
    }

    /// The demand of an action on a resource.
    pub(super) fn on(&self, action: &'static str, named: Named, facts: Facts) -> Demand {
        let target = Target::Arn {
            arn: named.arn,
            account: self.management,
        };
        let facts = named.tags.into_iter().fold(facts, |facts, tag| {
            facts.one(format!("aws:resourcetag/{}", tag.key), tag.value)
        });
        Demand::new(action, target).with_facts(facts)
    }

    /// The demand of tagging what is not there yet, if there are tags.
    pub(super) fn tagging(&self, kind: &str, tags: &[Tag]) -> Option<Demand> {
        self.tagging_of(&format!("{kind}/{}", self.organization), tags)
    }

    /// The same with the whole of the ARN between account and id.
    pub(super) fn tagging_of(&self, within: &str, tags: &[Tag]) -> Option<Demand> {
        let named = Named {
            arn: format!("arn:aws:organizations::{}:{within}/*", self.management),
            tags: Vec::new(),
        };
        let facts = Facts::default().request_tags(tags);
        (!tags.is_empty()).then(|| self.on("organizations:TagResource", named, facts))
    }
}

/// The demand of an action without a resource.
pub(super) fn on_nothing(action: &'static str, facts: Facts) -> Demand {
    Demand::new(action, Target::Any).with_facts(facts)
}

/// The policy of an id.
pub(super) fn policy_of<'v>(
    id: Option<&String>,
    view: &'v Snapshot,
) -> Option<&'v Arc<OrganizationPolicy>> {
    let key = id?.strip_prefix("p-")?;
    view.get::<OrganizationPolicy>(&key.to_owned())
}

/// `organizations:PolicyType` of a policy.
pub(super) fn type_of_policy(id: Option<&String>, view: &Snapshot) -> Facts {
    let known = policy_of(id, view).and_then(|policy| policy.policy_type());
    Facts::default().maybe("organizations:policytype", known.map(PolicyType::as_str))
}

/// `organizations:PolicyType` as a request names it.
pub(super) fn type_fact(name: Option<&str>) -> Facts {
    Facts::default().maybe("organizations:policytype", name)
}

/// `organizations:ServicePrincipal` as a request names it.
pub(super) fn service_fact(name: Option<&String>) -> Facts {
    Facts::default().maybe("organizations:serviceprincipal", name.map(String::as_str))
}
