//! The condition keys of a case: those given, and those that follow from the rest of it. A given
//! key wins, and a given `null` keeps a key away.

use super::{Case, ContextValue};
use crate::request::{Context, ContextKey, Principal, Value};
use claviger_types::{AccountId, EncryptionContext, Timestamp};

/// The keys of one case.
pub(super) struct CaseContext {
    entries: Vec<(ContextKey, ContextValue)>,
}

impl Context for CaseContext {
    fn get(&self, key: &ContextKey) -> Option<Value<'_>> {
        match self.find(key)? {
            ContextValue::Absent => None,
            ContextValue::One(text) => Some(Value::one(text.as_str())),
            ContextValue::Many(values) => Some(Value::many(values.iter().map(String::as_str))),
        }
    }
}

impl CaseContext {
    fn find(&self, key: &ContextKey) -> Option<&ContextValue> {
        let mut same_base = self.entries.iter().filter(|(k, _)| k.base() == key.base());
        match key.tail() {
            Some(_) => key.pick(same_base.filter_map(|(k, value)| Some((k.tail()?, value)))),
            None => same_base
                .find(|(k, _)| k.tail().is_none())
                .map(|(_, value)| value),
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        match self.find(&ContextKey::new(key))? {
            ContextValue::One(text) => Some(text),
            ContextValue::Absent | ContextValue::Many(_) => None,
        }
    }

    pub(super) fn values(&self, key: &str) -> Option<&[String]> {
        match self.find(&ContextKey::new(key))? {
            ContextValue::Many(values) => Some(values),
            ContextValue::Absent | ContextValue::One(_) => None,
        }
    }

    pub(super) fn one(&self, key: &str) -> Option<&str> {
        self.text(key)
    }

    /// The encryption context that the keys tell of.
    pub(super) fn encryption_context(&self) -> EncryptionContext {
        let pairs = self
            .entries
            .iter()
            .filter(|(key, _)| key.base() == "kms:encryptioncontext")
            .filter_map(|(key, value)| match value {
                ContextValue::One(text) => Some((key.tail()?.to_owned(), text.clone())),
                ContextValue::Absent | ContextValue::Many(_) => None,
            });
        EncryptionContext(pairs.collect())
    }

    /// Adds a key that follows from the rest, unless the case speaks of it.
    fn fill(&mut self, name: &str, value: ContextValue) {
        let key = ContextKey::new(name);
        if self.find(&key).is_none() {
            self.entries.push((key, value));
        }
    }

    fn fill_one(&mut self, name: &str, text: impl Into<String>) {
        self.fill(name, ContextValue::One(text.into()));
    }

    pub(super) fn of(case: &Case, principal: &Principal<'_>, now: Timestamp) -> Self {
        let entries = case
            .context
            .iter()
            .map(|(name, value)| (ContextKey::new(name), value.clone()))
            .collect();
        let mut context = Self { entries };
        context.fill_principal(case, principal);
        context.fill_resource(case);
        context.fill_call(now);
        context
    }

    /// Source: IAM User Guide, "AWS global condition context keys", properties of the principal.
    fn fill_principal(&mut self, case: &Case, principal: &Principal<'_>) {
        let service = principal.is_service();
        self.fill_one("aws:PrincipalIsAWSService", service.to_string());
        if let Principal::Service { name } = principal {
            self.fill_one("aws:PrincipalServiceName", *name);
            let names = ContextValue::Many(vec![(*name).to_owned()]);
            self.fill("aws:PrincipalServiceNamesList", names);
            return;
        }
        let Some(account) = principal.account() else {
            return;
        };
        let arn = principal
            .policy_arn()
            .map_or_else(|| account.root_arn(), str::to_owned);
        if let Principal::User { arn, .. } = principal
            && let Some(name) = arn.rsplit('/').next()
        {
            self.fill_one("aws:username", name);
        }
        self.fill_one("aws:PrincipalArn", arn);
        self.fill_one("aws:PrincipalAccount", account.as_str());
        let kind = match principal {
            Principal::Root { .. } => "Account",
            Principal::User { .. } => "User",
            Principal::FederatedUser { .. } => "FederatedUser",
            Principal::RoleSession { .. } | Principal::Service { .. } => "AssumedRole",
        };
        self.fill_one("aws:PrincipalType", kind);
        if is_kms(&case.action) {
            self.fill_one("kms:CallerAccount", account.as_str());
        }
        if let Some((id, path)) = membership(case, account) {
            self.fill_one("aws:PrincipalOrgID", id);
            if let Some(path) = path {
                self.fill("aws:PrincipalOrgPaths", ContextValue::Many(vec![path]));
            }
        }
    }

    fn fill_resource(&mut self, case: &Case) {
        let mut parts = case.resource.splitn(6, ':').skip(3);
        let (region, account) = (parts.next(), parts.next());
        if let Some(region) = region.filter(|r| !r.is_empty()) {
            self.fill_one("aws:RequestedRegion", region);
        }
        if let Some(account) = account.and_then(|a| a.parse::<AccountId>().ok()) {
            self.fill_one("aws:ResourceAccount", account.as_str());
            if let Some((id, path)) = membership(case, account) {
                self.fill_one("aws:ResourceOrgID", id);
                if let Some(path) = path {
                    self.fill("aws:ResourceOrgPaths", ContextValue::Many(vec![path]));
                }
            }
        }
        // Names of tags are case-sensitive: one tag must not keep another away.
        let tags = case.key.tags.iter().map(|(name, value)| {
            let key = ContextKey::new(&format!("aws:ResourceTag/{name}"));
            (key, ContextValue::One(value.clone()))
        });
        let tags: Vec<_> = tags.filter(|(key, _)| self.find(key).is_none()).collect();
        self.entries.extend(tags);
        if !case.key.aliases.is_empty() {
            let aliases = case.key.aliases.clone();
            self.fill("kms:ResourceAliases", ContextValue::Many(aliases));
        }
    }

    fn fill_call(&mut self, now: Timestamp) {
        let via = self.text("kms:ViaService").is_some();
        self.fill_one("aws:ViaAWSService", via.to_string());
        self.fill_one("aws:SecureTransport", "true");
        // POL-O5: both are one instant.
        match (self.text("aws:CurrentTime"), self.text("aws:EpochTime")) {
            (Some(time), None) => {
                let time = time.to_owned();
                self.fill_one("aws:EpochTime", time);
            }
            (None, Some(time)) => {
                let time = time.to_owned();
                self.fill_one("aws:CurrentTime", time);
            }
            _ => {
                self.fill_one("aws:CurrentTime", now.iso());
                self.fill_one("aws:EpochTime", now.seconds().to_string());
            }
        }
        let names: Vec<String> = self.encryption_context().0.into_keys().collect();
        if !names.is_empty() {
            self.fill("kms:EncryptionContextKeys", ContextValue::Many(names));
        }
    }
}

pub(super) fn is_kms(action: &str) -> bool {
    action
        .get(..4)
        .is_some_and(|service| service.eq_ignore_ascii_case("kms:"))
}

/// The organisation's id and the account's path in it, if the account is a member.
fn membership(case: &Case, account: AccountId) -> Option<(String, Option<String>)> {
    let organization = case.organization.as_ref()?;
    let path = organization.accounts.get(account.as_str());
    let is_management = organization.management_account.as_deref() == Some(account.as_str());
    (path.is_some() || is_management).then(|| (organization.id.clone(), path.cloned()))
}
