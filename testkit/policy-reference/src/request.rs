//! The request of a case: who asks, for what, with which condition keys, those that follow from
//! the rest of the case included (`docs/reference/policy-case.md`, `POL-C5`).

use crate::json::Json;
use crate::judge::{Judge, Rule};
use crate::principal::{Who, WhoKind, account_of};
use claviger_types::Timestamp;
use std::collections::BTreeSet;

/// The value of a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Values {
    One(String),
    Many(Vec<String>),
}

impl Values {
    pub(crate) fn texts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }

    /// The text of a single-valued key.
    pub(crate) fn single(&self) -> Option<&str> {
        match self {
            Self::One(text) => Some(text),
            Self::Many(_) => None,
        }
    }
}

/// The condition keys, sorted by name; `None` keeps a key away.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys(pub(crate) Vec<(String, Option<Values>)>);

impl Keys {
    pub(crate) fn get(&self, name: &str) -> Option<&Values> {
        let lower = name.to_lowercase();
        let found = self.0.iter().find(|(n, _)| n.to_lowercase() == lower);
        found.and_then(|(_, values)| values.as_ref())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.single()
    }

    /// Adds a key, unless the case speaks of it.
    fn fill(&mut self, name: &str, values: Values) {
        if !self.speaks_of(name) {
            self.0.push((name.to_owned(), Some(values)));
        }
    }

    fn speaks_of(&self, name: &str) -> bool {
        let lower = name.to_lowercase();
        self.0.iter().any(|(n, _)| n.to_lowercase() == lower)
    }

    fn fill_one(&mut self, name: &str, text: impl Into<String>) {
        self.fill(name, Values::One(text.into()));
    }

    /// The encryption context that the keys tell of.
    pub(crate) fn encryption_context(&self) -> Vec<(String, String)> {
        let prefix = "kms:encryptioncontext:";
        let pairs = self.0.iter().filter_map(|(name, values)| {
            let is_pair = name.to_lowercase().starts_with(prefix);
            let Some(Values::One(text)) = values else {
                return None;
            };
            is_pair.then(|| (name[prefix.len()..].to_owned(), text.clone()))
        });
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort();
        pairs
    }
}

/// How the resource takes part (`POL-L4`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A key: its policy or a grant must allow.
    Key,
    /// A role to be assumed: its trust policy must allow.
    Role,
    /// Another resource with a policy.
    Ordinary,
    /// None that a resource policy could be about.
    None,
}

/// A request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) account: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) who: Who,
    pub(crate) keys: Keys,
    pub(crate) grant: Option<String>,
}

impl Request {
    /// `POL-E1`: names of actions ignore case.
    pub(crate) fn is(&self, action: &str) -> bool {
        self.action.eq_ignore_ascii_case(action)
    }

    pub(crate) fn of_service(&self, service: &str) -> bool {
        let (own, _) = self.action.split_once(':').unwrap_or_default();
        own.eq_ignore_ascii_case(service)
    }
}

impl Judge<'_> {
    pub(crate) fn request(&self, case: &Json) -> Option<Request> {
        let request = case.get("request")?;
        let action = request.text_of("action")?.to_owned();
        let resource = request.text_of("resource")?.to_owned();
        let who = self.who(request.get("principal")?)?;
        let mut made = Request {
            account: account_of(&resource).filter(|_| resource.starts_with("arn:")),
            kind: Kind::None,
            who,
            keys: given(request)?,
            grant: request.text_of("grant").map(str::to_owned),
            action,
            resource,
        };
        made.kind = kind(case, &made);
        self.fill(case, &mut made);
        Some(made)
    }

    /// `POL-C5` and the case format: keys that follow from the rest.
    fn fill(&self, case: &Json, request: &mut Request) {
        let mut keys = std::mem::take(&mut request.keys);
        fill_principal(case, request, &mut keys);
        fill_resource(case, request, &mut keys);
        let via = keys.text("kms:ViaService").is_some();
        keys.fill_one("aws:ViaAWSService", via.to_string());
        // POL-C5: in every request. Planted: it is not.
        let given = keys.0.iter().any(|(n, _)| n == "aws:SecureTransport");
        self.saw(Rule::C5, !given);
        if !self.planted(Rule::C5) {
            keys.fill_one("aws:SecureTransport", "true");
        }
        self.fill_time(&mut keys);
        let names: Vec<String> = keys
            .encryption_context()
            .into_iter()
            .map(|(n, _)| n)
            .collect();
        if !names.is_empty() {
            keys.fill("kms:EncryptionContextKeys", Values::Many(names));
        }
        request.keys = keys;
    }

    /// `POL-O5`: the current time and the epoch time are one instant.
    fn fill_time(&self, keys: &mut Keys) {
        let current = keys.text("aws:CurrentTime").map(str::to_owned);
        let epoch = keys.text("aws:EpochTime").map(str::to_owned);
        match (current, epoch) {
            (Some(current), None) => keys.fill_one("aws:EpochTime", current),
            (None, Some(epoch)) => keys.fill_one("aws:CurrentTime", epoch),
            _ => {
                let now = Timestamp::from_seconds(self.now);
                keys.fill_one("aws:CurrentTime", now.iso());
                keys.fill_one("aws:EpochTime", self.now.to_string());
            }
        }
    }
}

/// The keys that the case gives; none when one of them stands there twice (`POL-E1`).
fn given(request: &Json) -> Option<Keys> {
    let context = request.get("context").map_or(&[][..], Json::members);
    let mut keys: Vec<_> = context
        .iter()
        .map(|(name, value)| {
            let values = match value {
                Json::Null => None,
                Json::List(items) => Some(Values::Many(
                    items.iter().filter_map(Json::scalar).collect(),
                )),
                one => one.scalar().map(Values::One),
            };
            (name.clone(), values)
        })
        .collect();
    keys.sort_by(|(a, _), (b, _)| a.cmp(b));
    let same = |(name, _): &(String, Option<Values>)| {
        let free = free_part(name);
        (
            name[..name.len() - free.len()].to_lowercase(),
            free.to_owned(),
        )
    };
    let names: BTreeSet<_> = keys.iter().map(same).collect();
    (names.len() == keys.len()).then_some(Keys(keys))
}

/// The free part of a key's name: after `/`, or after the colon of `kms:EncryptionContext:`.
pub(crate) fn free_part(name: &str) -> &str {
    let colon = "kms:encryptioncontext:";
    if name.to_lowercase().starts_with(colon) {
        return &name[colon.len()..];
    }
    name.split_once('/').map_or("", |(_, part)| part)
}

/// How the resource takes part: a key, a role, or something with a policy of its own.
fn kind(case: &Json, request: &Request) -> Kind {
    let parts: Vec<&str> = request.resource.splitn(6, ':').collect();
    let is = |service: &str, prefix: &str| {
        parts.get(2) == Some(&service) && parts.get(5).is_some_and(|r| r.starts_with(prefix))
    };
    let has_policy = case
        .get("policies")
        .is_some_and(|p| p.get("resource").is_some());
    if request.of_service("kms") {
        if is("kms", "key/") {
            Kind::Key
        } else {
            Kind::None
        }
    } else if request.of_service("sts") && is("iam", "role/") {
        Kind::Role
    } else if has_policy {
        Kind::Ordinary
    } else {
        Kind::None
    }
}

/// Source: IAM User Guide, "AWS global condition context keys", properties of the principal.
fn fill_principal(case: &Json, request: &Request, keys: &mut Keys) {
    let who = &request.who;
    let is_service = who.kind == WhoKind::Service;
    keys.fill_one("aws:PrincipalIsAWSService", is_service.to_string());
    if is_service {
        keys.fill_one("aws:PrincipalServiceName", &who.name);
        let names = Values::Many(vec![who.name.clone()]);
        keys.fill("aws:PrincipalServiceNamesList", names);
        return;
    }
    let Some(account) = who.account.as_deref() else {
        return;
    };
    if who.kind == WhoKind::User
        && let Some(name) = who.name.rsplit('/').next()
    {
        keys.fill_one("aws:username", name);
    }
    // POL-P3: of a session, the role's ARN with its path.
    let arn = match who.kind {
        WhoKind::Root => format!("arn:aws:iam::{account}:root"),
        WhoKind::Session => who.behind.clone().unwrap_or_default(),
        WhoKind::User | WhoKind::Federated | WhoKind::Service => who.name.clone(),
    };
    keys.fill_one("aws:PrincipalArn", arn);
    keys.fill_one("aws:PrincipalAccount", account);
    let kind = match who.kind {
        WhoKind::Root => "Account",
        WhoKind::User => "User",
        WhoKind::Federated => "FederatedUser",
        WhoKind::Session | WhoKind::Service => "AssumedRole",
    };
    keys.fill_one("aws:PrincipalType", kind);
    if request.of_service("kms") {
        keys.fill_one("kms:CallerAccount", account);
    }
    fill_membership(case, account, "aws:Principal", keys);
}

fn fill_resource(case: &Json, request: &Request, keys: &mut Keys) {
    let region = request.resource.split(':').nth(3).unwrap_or_default();
    if !region.is_empty() {
        keys.fill_one("aws:RequestedRegion", region);
    }
    if let Some(account) = &request.account {
        keys.fill_one("aws:ResourceAccount", account);
        fill_membership(case, account, "aws:Resource", keys);
    }
    let Some(key) = case.get("key") else {
        return;
    };
    // Names of tags are case-sensitive: what the case gives keeps them away, no other tag does.
    let tags = key.get("tags").map_or(&[][..], Json::members);
    let mut tags: Vec<(String, Option<Values>)> = tags
        .iter()
        .map(|(name, value)| (format!("aws:ResourceTag/{name}"), value))
        .filter(|(name, _)| !keys.speaks_of(name))
        .map(|(name, value)| (name, value.scalar().map(Values::One)))
        .collect();
    tags.sort_by(|(a, _), (b, _)| a.cmp(b));
    keys.0.extend(tags);
    let aliases = key.get("aliases").map_or(&[][..], Json::items);
    let aliases: Vec<String> = aliases.iter().filter_map(Json::scalar).collect();
    if !aliases.is_empty() {
        keys.fill("kms:ResourceAliases", Values::Many(aliases));
    }
}

fn fill_membership(case: &Json, account: &str, prefix: &str, keys: &mut Keys) {
    let Some(organization) = case.get("organization") else {
        return;
    };
    if is_member(organization, account) {
        let id = organization.text_of("id").unwrap_or_default();
        keys.fill_one(&format!("{prefix}OrgID"), id);
        let path = organization
            .get("accounts")
            .and_then(|a| a.text_of(account));
        if let Some(path) = path {
            let paths = Values::Many(vec![path.to_owned()]);
            keys.fill(&format!("{prefix}OrgPaths"), paths);
        }
    }
}

/// Whether an account is in the organisation.
pub(crate) fn is_member(organization: &Json, account: &str) -> bool {
    let listed = organization
        .get("accounts")
        .is_some_and(|a| a.get(account).is_some());
    listed || organization.text_of("managementAccount") == Some(account)
}
