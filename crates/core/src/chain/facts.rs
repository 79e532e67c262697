//! Condition keys of a live request: those it brings itself, and those that follow from the
//! caller, the resource and the moment. Sources: IAM User Guide, "AWS global condition context
//! keys"; KMS Developer Guide, "Condition keys for AWS KMS". Values are looked up when a condition
//! asks for them, not before.

use super::authorize::{Demand, Target};
use super::op::RequestMeta;
use super::turn::Turn;
use crate::caller::{Caller, Identity};
use crate::state::{Account, Key, OrganizationalUnit, Snapshot, Stored};
use claviger_policy::{Context, ContextKey, Value};
use claviger_types::{AccountId, Tag};
use std::borrow::Cow;

/// The value of one condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A single-valued key.
    One(String),
    /// A multivalued key.
    Many(Vec<String>),
}

/// Condition keys that a request brings itself. Names in lower case as far as they are fixed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts(Vec<(Cow<'static, str>, Fact)>);

impl Facts {
    /// Sets a single-valued key.
    #[must_use]
    pub fn one(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.0.push((name.into(), Fact::One(value.into())));
        self
    }

    /// Sets a single-valued key if there is a value.
    #[must_use]
    pub fn maybe(
        self,
        name: impl Into<Cow<'static, str>>,
        value: Option<impl Into<String>>,
    ) -> Self {
        match value {
            Some(value) => self.one(name, value),
            None => self,
        }
    }

    /// Sets a multivalued key.
    #[must_use]
    pub fn many(mut self, name: impl Into<Cow<'static, str>>, values: Vec<String>) -> Self {
        self.0.push((name.into(), Fact::Many(values)));
        self
    }

    /// `aws:RequestTag/*` and `aws:TagKeys` of tags in a request.
    #[must_use]
    pub fn request_tags(mut self, tags: &[Tag]) -> Self {
        if tags.is_empty() {
            return self;
        }
        for tag in tags {
            self = self.one(format!("aws:requesttag/{}", tag.key), tag.value.clone());
        }
        self.many("aws:tagkeys", tags.iter().map(|t| t.key.clone()).collect())
    }

    /// `aws:ResourceTag/*` and `iam:ResourceTag/*` of a resource of IAM.
    #[must_use]
    pub fn resource_tags(mut self, tags: &[Tag]) -> Self {
        for tag in tags {
            self = self
                .one(format!("aws:resourcetag/{}", tag.key), tag.value.as_str())
                .one(format!("iam:resourcetag/{}", tag.key), tag.value.as_str());
        }
        self
    }

    /// Both, each key as it is set there.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The names of all keys, as they were set.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    fn get(&self, key: &ContextKey) -> Option<&Fact> {
        if key.tail().is_none() {
            let found = self.0.iter().find(|(name, _)| *name == key.base());
            return found.map(|(_, fact)| fact);
        }
        let base = key.base();
        key.pick(self.0.iter().filter_map(|(name, fact)| {
            let tail = name.strip_prefix(base)?.get(1..)?;
            Some((tail, fact))
        }))
    }
}

/// All condition keys of one demand of a live request.
pub(super) struct RequestContext<'a> {
    pub(super) caller: &'a Caller,
    pub(super) demand: &'a Demand,
    pub(super) meta: &'a RequestMeta,
    pub(super) turn: &'a Turn<'a>,
    pub(super) resource_account: Option<AccountId>,
}

fn text<'v>(value: impl Into<Cow<'v, str>>) -> Option<Value<'v>> {
    Some(Value::one(value))
}

fn flag<'v>(value: bool) -> Option<Value<'v>> {
    Some(Value::boolean(value))
}

impl Context for RequestContext<'_> {
    fn get(&self, key: &ContextKey) -> Option<Value<'_>> {
        if let Some(fact) = self.demand.facts.get(key) {
            return Some(match fact {
                Fact::One(value) => Value::one(value.as_str()),
                Fact::Many(values) => Value::many(values.iter().map(String::as_str)),
            });
        }
        self.of_request(key.base())
            .or_else(|| self.of_caller(key))
            .or_else(|| self.of_service(key.base()))
            .or_else(|| self.of_resource(key))
            .or_else(|| self.of_key(key.base()))
    }
}

impl RequestContext<'_> {
    fn view(&self) -> &Snapshot {
        self.turn.view()
    }

    fn of_request(&self, name: &str) -> Option<Value<'_>> {
        match name {
            "aws:currenttime" => text(self.turn.now().iso()),
            "aws:epochtime" => text(self.turn.now().seconds().to_string()),
            "aws:requestedregion" => text(self.meta.region.as_str()),
            "aws:securetransport" => flag(self.meta.secure_transport),
            "aws:useragent" => text(self.meta.user_agent.as_str()),
            "aws:sourceip" => self.meta.caller_ip.and_then(|ip| text(ip.to_string())),
            "aws:viaawsservice" => flag(!self.caller.via().is_empty()),
            "aws:calledvia" if !self.caller.via().is_empty() => {
                Some(Value::many(self.caller.via().iter().copied()))
            }
            "aws:calledviafirst" => self.caller.via().first().and_then(|s| text(*s)),
            "aws:calledvialast" => self.caller.via().last().and_then(|s| text(*s)),
            _ => None,
        }
    }

    fn of_caller(&self, key: &ContextKey) -> Option<Value<'_>> {
        let account = self.caller.account()?;
        match key.base() {
            "aws:principalaccount" => text(account.as_str().to_owned()),
            "aws:principalarn" => match self.caller.identity() {
                // The role's ARN, not the session's (POL-P3).
                Identity::Session(session) => text(session.role_arn.as_str()),
                _ => text(self.caller.arn()),
            },
            "aws:userid" => text(self.caller.user_id()),
            "aws:principaltype" => text(match self.caller.identity() {
                Identity::Session(_) => "AssumedRole",
                Identity::Federated(_) => "FederatedUser",
                _ => "User",
            }),
            "aws:username" => match self.caller.identity() {
                Identity::User(user) => text(user.name.as_str()),
                _ => None,
            },
            "aws:principalorgid" => self.organization_of(account).and_then(text),
            "aws:principalorgpaths" => organization_path(account, self.view())
                .map(|path| Value::many(std::iter::once(path))),
            "aws:principaltag" => self.principal_tag(key).and_then(text),
            "aws:principalisawsservice" => flag(false),
            "aws:tokenissuetime" => text(self.caller.issued()?.iso()),
            "aws:sourceidentity" => match self.caller.identity() {
                Identity::Session(session) => session.source_identity.as_deref().and_then(text),
                _ => None,
            },
            // Present in temporary credentials only; no session here was made with MFA.
            "aws:multifactorauthpresent" if self.caller.issued().is_some() => flag(false),
            _ => None,
        }
    }

    fn principal_tag(&self, key: &ContextKey) -> Option<String> {
        // A session tag takes precedence over the role's or user's tag of the same key.
        if let Some(value) = pick_tag(key, self.caller.session_tags()) {
            return Some(value.to_owned());
        }
        let own = match self.caller.identity() {
            Identity::User(_) | Identity::Federated(_) => {
                self.caller.user(self.view()).map(|u| &u.tags)
            }
            Identity::Session(_) => self.caller.role(self.view()).map(|r| &r.tags),
            Identity::Service(_) => None,
        };
        own.and_then(|tags| pick_tag(key, tags)).map(str::to_owned)
    }

    /// Keys of a service that calls as itself for a resource of a customer.
    fn of_service(&self, name: &str) -> Option<Value<'_>> {
        let Identity::Service(service) = self.caller.identity() else {
            return None;
        };
        match name {
            "aws:principalisawsservice" => flag(true),
            "aws:principalservicename" => text(service.name),
            "aws:principalservicenameslist" => Some(Value::many(std::iter::once(service.name))),
            "aws:sourceaccount" => text(service.source_account.as_str()),
            "aws:sourcearn" => text(service.source_arn.as_str()),
            "aws:sourceorgid" => self.organization_of(service.source_account).and_then(text),
            "aws:sourceorgpaths" => organization_path(service.source_account, self.view())
                .map(|path| Value::many(std::iter::once(path))),
            _ => None,
        }
    }

    fn of_resource(&self, key: &ContextKey) -> Option<Value<'_>> {
        let account = self.resource_account?;
        match key.base() {
            "aws:resourceaccount" => text(account.as_str().to_owned()),
            "aws:resourceorgid" => self.organization_of(account).and_then(text),
            "aws:resourceorgpaths" => organization_path(account, self.view())
                .map(|path| Value::many(std::iter::once(path))),
            "aws:resourcetag" => {
                let tags = match &self.demand.target {
                    Target::Key(key) => &key.tags,
                    Target::Role(role) => &role.tags,
                    _ => return None,
                };
                pick_tag(key, tags).and_then(text)
            }
            _ => None,
        }
    }

    /// Keys that every operation on a KMS key carries.
    fn of_key(&self, name: &str) -> Option<Value<'_>> {
        let Target::Key(key) = &self.demand.target else {
            return None;
        };
        match name {
            "kms:calleraccount" => match self.caller.account() {
                Some(account) => text(account.as_str().to_owned()),
                None => None,
            },
            "kms:viaservice" => self.via_service(),
            "kms:keyorigin" => text(key.origin.as_str()),
            "kms:keyspec" | "kms:customermasterkeyspec" => text(key.spec.as_str()),
            "kms:keyusage" | "kms:customermasterkeyusage" => text(key.usage.as_str()),
            "kms:multiregion" => flag(key.multi_region.is_some()),
            "kms:multiregionkeytype" => multi_region_type(key).and_then(text),
            "kms:resourcealiases" => {
                let place = key.id();
                let names: Vec<String> = self
                    .view()
                    .aliases_of(&place)
                    .map(|a| a.as_str().to_owned())
                    .collect();
                (!names.is_empty()).then(|| Value::many(names))
            }
            _ => None,
        }
    }

    /// `kms:ViaService` is there only for forward access sessions and always ends in
    /// `.amazonaws.com`: `sso.us-east-1.amazonaws.com`.
    fn via_service(&self) -> Option<Value<'_>> {
        let service = self.caller.via().last()?;
        let name = service.strip_suffix(".amazonaws.com").unwrap_or(service);
        text(format!("{name}.{}.amazonaws.com", self.meta.region))
    }

    fn organization_of(&self, account: AccountId) -> Option<String> {
        self.view().get::<Account>(&account)?.parent.as_ref()?;
        self.view().installation()?.organization.clone()
    }
}

/// The value of the tag that a condition key names.
fn pick_tag<'t>(key: &ContextKey, tags: &'t [Tag]) -> Option<&'t str> {
    key.pick(tags.iter().map(|t| (t.key.as_str(), t.value.as_str())))
}

/// `PRIMARY` or `REPLICA` for a multi-Region key.
pub(crate) fn multi_region_type(key: &Key) -> Option<&'static str> {
    let regions = key.multi_region.as_ref()?;
    Some(if &regions.primary == key.arn.region() {
        "PRIMARY"
    } else {
        "REPLICA"
    })
}

/// `o-…/r-…/ou-…/`: the path of an account in its organisation. Source: IAM User Guide,
/// `aws:PrincipalOrgPaths`.
pub(super) fn organization_path(account: AccountId, view: &Snapshot) -> Option<String> {
    let organization = view.installation()?.organization.clone()?;
    let mut units = Vec::new();
    let mut above = Some(view.get::<Account>(&account)?.parent.as_ref()?);
    while let Some(unit) = above.and_then(|id| view.get::<OrganizationalUnit>(id)) {
        units.push(unit.id.clone());
        above = unit.parent.as_ref();
    }
    units.push(organization);
    units.reverse();
    Some(format!("{}/", units.join("/")))
}
