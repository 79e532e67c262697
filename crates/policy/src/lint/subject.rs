//! The document under the rules: its statements with their JSON, and what is known of account,
//! organisation and instance. It judges nothing.

use super::probe::Probe;
use super::{Finding, Options, Purpose};
use crate::document::json::{self, Json, Member, Node};
use crate::document::{
    Base, Condition, Document, Kind, PrincipalType, Span, Statement, StatementEffect, Version,
};
use crate::generate::Setting;
use crate::matching::principal::{NameKind, kind_of};
use crate::request::ContextKey;
use claviger_types::{AccountId, RegionName, Timestamp};

/// A document being looked at.
pub(super) struct Subject<'a> {
    pub(super) text: &'a str,
    pub(super) root: &'a Node,
    pub(super) document: &'a Document,
    pub(super) kind: Kind,
    pub(super) options: &'a Options,
    /// Whether it is, or should be, the key policy of Identity Center.
    pub(super) identity_center: bool,
    nodes: Vec<&'a Node>,
}

/// One statement with its JSON.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) index: usize,
    pub(super) written: &'a Statement,
    pub(super) node: &'a Node,
}

impl<'a> View<'a> {
    pub(super) fn allows(&self) -> bool {
        self.written.effect == StatementEffect::Allow
    }

    pub(super) fn members(&self) -> &'a [Member] {
        match &self.node.value {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    pub(super) fn member(&self, name: &str) -> Option<&'a Member> {
        self.members().iter().find(|m| m.name == name)
    }

    /// The operator and the key of a condition, as members.
    pub(super) fn condition_members(
        &self,
        condition: &Condition,
    ) -> Option<(&'a [Member], &'a Member, &'a Member)> {
        let Json::Object(operators) = &self.member("Condition")?.node.value else {
            return None;
        };
        operators.iter().find_map(|operator| {
            let Json::Object(keys) = &operator.node.value else {
                return None;
            };
            let key = keys.iter().find(|k| k.name_span == condition.key.span)?;
            Some((operators.as_slice(), operator, key))
        })
    }

    /// Whether an action is among those of the statement.
    pub(super) fn speaks_of(&self, action: &str) -> bool {
        self.written.actions.as_ref().is_some_and(|actions| {
            let mut patterns = actions.values.iter();
            !actions.values.is_empty()
                && patterns.any(|p| super::kms::covers(&p.text, action)) != actions.negated
        })
    }

    /// Whether everybody is named, be it with conditions.
    pub(super) fn names_everyone(&self) -> bool {
        self.written.principals.as_ref().is_some_and(|p| {
            !p.negated && p.entries.iter().any(|e| e.kind == PrincipalType::Everyone)
        })
    }

    pub(super) fn principal_span(&self) -> Span {
        ["Principal", "NotPrincipal"]
            .into_iter()
            .find_map(|name| self.member(name))
            .map_or(self.head(), |m| m.node.span)
    }

    /// The beginning of the statement: its Sid, or its bracket.
    pub(super) fn head(&self) -> Span {
        self.member("Sid").map_or(
            Span {
                start: self.node.span.start,
                end: self.node.span.start + 1,
            },
            |m| m.node.span,
        )
    }

    pub(super) fn probe(&self, document: &Document) -> Probe {
        Probe::new(document, self.written)
    }
}

impl<'a> Subject<'a> {
    pub(super) fn new(document: &'a Document, root: &'a Node, options: &'a Options) -> Self {
        let nodes = statement_nodes(root);
        let mut subject = Self {
            text: document.text(),
            root,
            document,
            kind: document.kind(),
            options,
            identity_center: false,
            nodes,
        };
        subject.identity_center = subject.kind == Kind::Resource
            && (options.purpose == Some(Purpose::IdentityCenter)
                || subject.speaks_of_identity_center());
        subject
    }

    /// The statements that AWS would store.
    pub(super) fn statements(&self) -> impl Iterator<Item = View<'a>> {
        let document: &'a Document = self.document;
        let nodes = self.nodes.clone();
        document
            .statements()
            .iter()
            .zip(nodes)
            .enumerate()
            .map(|(index, (written, node))| View {
                index,
                written,
                node,
            })
            .filter(|view| !view.written.broken)
    }

    /// The moment from which the policy holds.
    pub(super) fn now(&self) -> Timestamp {
        self.options.now.unwrap_or(super::FIRST_MOMENT)
    }

    pub(super) fn is_key_policy(&self) -> bool {
        self.kind == Kind::Resource
    }

    pub(super) fn has_variables(&self) -> bool {
        self.document.version() == Version::Current
    }

    /// The beginning of the document.
    pub(super) fn head(&self) -> Span {
        Span {
            start: self.root.span.start,
            end: self.root.span.start + 1,
        }
    }

    /// Gives a finding the statement it stands in.
    pub(super) fn locate(&self, finding: &mut Finding) {
        let inside = |node: &&Node| {
            node.span.start <= finding.span.start && finding.span.end <= node.span.end
        };
        if let Some(index) = self.nodes.iter().position(inside) {
            finding.statement = Some(index);
            finding.sid = self.document.sid(index).map(str::to_owned);
        }
    }

    fn conditions(&self) -> impl Iterator<Item = (View<'a>, &'a Condition)> {
        self.statements()
            .flat_map(|view| view.written.conditions.iter().map(move |c| (view, c)))
    }

    /// The plain values of a condition key, in the order of the text.
    pub(super) fn values_of(&self, key: &str) -> Vec<&'a str> {
        let wanted = ContextKey::new(key);
        self.conditions()
            .filter(|(_, c)| crate::generate::same(&ContextKey::new(&c.key.text), &wanted))
            .flat_map(|(_, c)| c.values.iter())
            .map(|v| v.text.as_str())
            .filter(|v| !v.contains(['*', '?', '$']))
            .collect()
    }

    /// Every account that the key may belong to by what the document names, or the one that was told.
    pub(super) fn possible_accounts(&self) -> Vec<AccountId> {
        let mut accounts = self.own_accounts();
        if self.options.account.is_some() {
            return accounts;
        }
        for view in self.statements().filter(View::allows) {
            let principals = view.written.principals.iter().filter(|p| !p.negated);
            let named = principals
                .flat_map(|p| p.entries.iter())
                .map(|e| e.name.text.as_str());
            let by_condition = view.written.conditions.iter().filter(|c| {
                let key = c.key.text.to_ascii_lowercase();
                matches!(
                    key.as_str(),
                    "aws:principalarn"
                        | "aws:principalaccount"
                        | "kms:calleraccount"
                        | "aws:resourceaccount"
                        | "aws:sourceaccount"
                )
            });
            let listed = by_condition
                .flat_map(|c| c.values.iter())
                .map(|v| v.text.as_str());
            for name in named.chain(listed) {
                let account = match kind_of(name) {
                    NameKind::Account(account) => Some(account),
                    _ => name.split(':').nth(4).and_then(|a| a.parse().ok()),
                };
                accounts.extend(account.filter(|a| !accounts.contains(a)));
            }
        }
        // Nobody names more; a guard against a document made to be slow.
        accounts.truncate(32);
        accounts
    }

    /// The accounts that the key may belong to: the one that was told, else those that the document
    /// says the key is of.
    pub(super) fn own_accounts(&self) -> Vec<AccountId> {
        if let Some(account) = self.options.account {
            return vec![account];
        }
        let listed = self.asked_for("aws:ResourceAccount");
        let mut accounts: Vec<AccountId> = self
            .setting()
            .map(|s| s.account)
            .into_iter()
            .chain(listed.iter().filter_map(|v| v.parse().ok()))
            .collect();
        accounts.dedup();
        accounts
    }

    /// The organisations that the key's account may belong to, likewise.
    pub(super) fn own_organizations(&self) -> Vec<String> {
        if let Some(organization) = &self.options.organization {
            return vec![organization.clone()];
        }
        let listed = self.asked_for("aws:ResourceOrgID");
        let mut found: Vec<String> = self
            .setting()
            .map(|s| s.organization)
            .into_iter()
            .chain(listed.into_iter().map(str::to_owned))
            .collect();
        found.dedup();
        found
    }

    /// The plain values that an Allow asks for of a condition key.
    fn asked_for(&self, key: &str) -> Vec<&'a str> {
        let wanted = ContextKey::new(key);
        self.conditions()
            .filter(|(view, c)| {
                view.allows()
                    && matches!(c.operator.base, Base::StringEquals | Base::StringLike)
                    && crate::generate::same(&ContextKey::new(&c.key.text), &wanted)
            })
            .flat_map(|(_, c)| c.values.iter())
            .map(|v| v.text.as_str())
            .filter(|v| !v.contains(['*', '?', '$']))
            .collect()
    }

    /// The accounts whose root the document names, in the order of the text.
    pub(super) fn root_accounts(&self) -> Vec<AccountId> {
        let mut accounts = Vec::new();
        for view in self.statements().filter(View::allows) {
            let entries = view.written.principals.iter().filter(|p| !p.negated);
            for entry in entries.flat_map(|p| p.entries.iter()) {
                if let NameKind::Account(account) = kind_of(&entry.name.text)
                    && !accounts.contains(&account)
                {
                    accounts.push(account);
                }
            }
        }
        accounts
    }

    fn speaks_of_identity_center(&self) -> bool {
        let by_service = self.document.principals().any(|(principal, _)| {
            principal.kind == PrincipalType::Service
                && super::principals::is_identity_center(principal.name)
        });
        by_service
            || self.conditions().any(|(view, condition)| {
                let key = condition.key.text.to_ascii_lowercase();
                let value =
                    |start: &str| condition.values.iter().any(|v| v.text.starts_with(start));
                view.allows()
                    && (key.ends_with(":aws:sso:instance-arn")
                        || key.ends_with(":aws:identitystore:identitystore-arn")
                        || (key == "kms:encryptioncontextkeys"
                            && (value("aws:sso:") || value("aws:identitystore:")))
                        || (key == "kms:viaservice" && (value("sso.") || value("identitystore."))))
            })
    }

    /// What calls of Identity Center are made of: what was told, else what the document says, else
    /// names that nothing depends on.
    pub(super) fn setting(&self) -> Option<Setting> {
        let first = |key: &str| self.asked_for(key).first().map(|v| (*v).to_owned());
        let account = self
            .options
            .account
            .or_else(|| super::own_key::accounts(self).first().copied())
            .or_else(|| {
                let named = self.asked_for("aws:SourceAccount");
                named.first().and_then(|v| v.parse().ok())
            })
            .or_else(|| self.root_accounts().first().copied())
            .or_else(|| "111122223333".parse().ok())?;
        let organization = self
            .options
            .organization
            .clone()
            .or_else(|| first("aws:PrincipalOrgID"))
            .or_else(|| first("aws:SourceOrgID"))
            .unwrap_or_else(|| "o-a1b2c3d4e5".to_owned());
        let exact = |key: &str, start: &str| {
            self.values_of(key)
                .into_iter()
                .find(|v| v.starts_with(start) && !v.contains("purpose:"))
                .map(str::to_owned)
        };
        let instance_arn = self
            .options
            .instance_arn
            .clone()
            .or_else(|| exact("kms:EncryptionContext:aws:sso:instance-arn", "arn:"))
            .unwrap_or_else(|| "arn:aws:sso:::instance/ssoins-1234567890abcdef".to_owned());
        let store = "kms:EncryptionContext:aws:identitystore:identitystore-arn";
        let identity_store_arn = match &self.options.identity_store_id {
            Some(id) => format!("arn:aws:identitystore::{account}:identitystore/{id}"),
            None => exact(store, "arn:").unwrap_or_else(|| {
                format!("arn:aws:identitystore::{account}:identitystore/d-1234567890")
            }),
        };
        Some(Setting {
            account,
            delegated: self.options.delegated.clone(),
            organization,
            region: self.region()?,
            instance_arn,
            identity_store_arn,
            pinned: false,
        })
    }

    /// The Region that was told, or the first that a fixed `kms:ViaService` names.
    fn region(&self) -> Option<RegionName> {
        let named = self
            .values_of("kms:ViaService")
            .into_iter()
            .find_map(|v| v.split('.').nth(1)?.parse().ok());
        self.options
            .region
            .clone()
            .or(named)
            .or_else(|| "us-east-1".parse().ok())
    }
}

fn statement_nodes(root: &Node) -> Vec<&Node> {
    let Json::Object(members) = &root.value else {
        return Vec::new();
    };
    match members.iter().find(|m| m.name == "Statement") {
        Some(member) => match &member.node.value {
            Json::List(nodes) => nodes.iter().collect(),
            _ => vec![&member.node],
        },
        None => Vec::new(),
    }
}

/// What a text most likely is: with principals a key policy, or a resource control policy where it
/// only denies to everybody; without them an identity policy.
#[must_use]
pub fn detect_kind(text: &str) -> Kind {
    let Ok(root) = json::read(text) else {
        return Kind::Resource;
    };
    let nodes = statement_nodes(&root);
    let member = |node: &Node, name: &str| match &node.value {
        Json::Object(members) => members
            .iter()
            .find(|m| m.name == name)
            .map(|m| m.node.clone()),
        _ => None,
    };
    let with_principals = nodes
        .iter()
        .any(|n| member(n, "Principal").is_some() || member(n, "NotPrincipal").is_some());
    if !with_principals {
        // Neither is there anything to tell an identity policy from a service control policy.
        let with_actions = nodes
            .iter()
            .any(|n| member(n, "Action").is_some() || member(n, "NotAction").is_some());
        return if with_actions {
            Kind::Identity
        } else {
            Kind::Resource
        };
    }
    let text_is = |node: &Node, name: &str, wanted: &str| {
        member(node, name).is_some_and(|n| n.value == Json::Text(wanted.to_owned()))
    };
    let only_denies = nodes
        .iter()
        .all(|n| text_is(n, "Effect", "Deny") && text_is(n, "Principal", "*"));
    if only_denies {
        Kind::ResourceControl
    } else {
        Kind::Resource
    }
}
