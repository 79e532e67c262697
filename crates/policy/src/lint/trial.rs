//! Calls put to the document as it stands, its Deny statements included. It makes the caller out of
//! a few names; the answer is the engine's.

use super::own_key::OwnKey;
use crate::compiled::{NoIds, Policy, Statement};
use crate::decide::{Stack, decide, scene};
use crate::document::{Document, Kind, parse_tolerant};
use crate::generate::Held;
use crate::matching::principal::{NameKind, kind_of};
use crate::request::{Context, ContextKey, Principal, Request};
use crate::switches::Switches;
use claviger_types::{AccountId, UniqueId};

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Actor {
    Root(AccountId),
    User {
        account: AccountId,
        arn: String,
        id: Option<UniqueId>,
    },
    Role {
        account: AccountId,
        arn: String,
        session: String,
        id: Option<UniqueId>,
    },
    Federated {
        account: AccountId,
        arn: String,
    },
    Service(String),
}

impl Actor {
    /// A session of a role.
    pub(super) fn role(account: AccountId, arn: impl Into<String>) -> Self {
        let arn = arn.into();
        let name = arn.rsplit('/').next().unwrap_or_default();
        Self::Role {
            session: format!("arn:aws:sts::{account}:assumed-role/{name}/someone"),
            account,
            arn,
            id: None,
        }
    }

    /// A user.
    pub(super) fn user(account: AccountId, arn: impl Into<String>) -> Self {
        Self::User {
            account,
            arn: arn.into(),
            id: None,
        }
    }

    /// Who of an account goes by a name; an id is somebody's of any account.
    pub(super) fn named(account: AccountId, name: &str) -> Option<Self> {
        let own = name.split(':').nth(4) == Some(account.as_str());
        match kind_of(name) {
            NameKind::Account(named) => (named == account).then_some(Self::Root(account)),
            NameKind::User if own => Some(Self::user(account, name)),
            NameKind::Role if own => Some(Self::role(account, name)),
            NameKind::Session if own => {
                let role = name.split('/').nth(1)?;
                Some(Self::Role {
                    account,
                    arn: format!("arn:aws:iam::{account}:role/{role}"),
                    session: name.to_owned(),
                    id: None,
                })
            }
            NameKind::FederatedUser if own => Some(Self::Federated {
                account,
                arn: name.to_owned(),
            }),
            NameKind::UniqueId => {
                let id = name.parse().ok();
                Some(if name.starts_with("AIDA") {
                    Self::User {
                        account,
                        arn: format!("arn:aws:iam::{account}:user/named-by-id"),
                        id,
                    }
                } else {
                    Self::Role {
                        account,
                        arn: format!("arn:aws:iam::{account}:role/named-by-id"),
                        session: format!("arn:aws:sts::{account}:assumed-role/named-by-id/someone"),
                        id,
                    }
                })
            }
            _ => None,
        }
    }

    /// The ARN of a user or role.
    pub(super) fn arn(&self) -> Option<&str> {
        match self {
            Self::User { arn, .. } | Self::Role { arn, .. } => Some(arn),
            _ => None,
        }
    }

    fn principal(&self) -> Principal<'_> {
        match self {
            Self::Root(account) => Principal::Root { account: *account },
            Self::User { account, arn, id } => Principal::User {
                account: *account,
                arn,
                id: id.as_ref(),
            },
            Self::Role {
                account,
                arn,
                session,
                id,
            } => Principal::RoleSession {
                account: *account,
                session_arn: session,
                role_arn: arn,
                role_id: id.as_ref(),
                service_linked: false,
            },
            Self::Federated { account, arn } => Principal::FederatedUser {
                account: *account,
                arn,
                user_arn: None,
                user_id: None,
            },
            Self::Service(name) => Principal::Service { name },
        }
    }

    /// The keys that follow from who calls. Source: IAM User Guide, "AWS global condition context
    /// keys", properties of the principal.
    pub(super) fn keys(&self) -> Vec<(ContextKey, Option<Held>)> {
        let principal = self.principal();
        let one = |name: &str, value: Option<&str>| {
            (
                ContextKey::new(name),
                value.map(|v| Held::One(v.to_owned())),
            )
        };
        let account = principal.account();
        let account = account.as_ref().map(AccountId::as_str);
        let arn = match self {
            Self::Root(account) => Some(account.root_arn()),
            _ => principal.policy_arn().map(str::to_owned),
        };
        let kind = match self {
            Self::Root(_) => Some("Account"),
            Self::User { .. } => Some("User"),
            Self::Federated { .. } => Some("FederatedUser"),
            Self::Role { .. } => Some("AssumedRole"),
            Self::Service(_) => None,
        };
        let is_service = matches!(self, Self::Service(_));
        vec![
            one("aws:PrincipalAccount", account),
            one("kms:CallerAccount", account),
            one("aws:PrincipalArn", arn.as_deref()),
            one("aws:PrincipalType", kind),
            one(
                "aws:PrincipalIsAWSService",
                Some(if is_service { "true" } else { "false" }),
            ),
        ]
    }
}

/// What lets everybody do everything on the identity side: the key policy alone then decides.
const ADMINISTRATOR: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// A document that calls are put to.
pub(super) struct Trial {
    policy: Policy,
    administrator: Option<Policy>,
}

impl Trial {
    pub(super) fn new(document: &Document) -> Self {
        let administrator = parse_tolerant(ADMINISTRATOR, Kind::Identity)
            .ok()
            .map(|(document, _)| document.compile("AdministratorAccess", &NoIds));
        Self {
            policy: document.compile("default", &NoIds),
            administrator,
        }
    }

    /// Whether a statement fits the caller and the action, conditions aside.
    pub(super) fn concerns(&self, index: usize, actor: &Actor, action: &str, key: &OwnKey) -> bool {
        let nothing: [(ContextKey, Option<Held>); 0] = [];
        let keys = super::search::Assigned::new(&nothing, "v");
        self.with(actor, action, key, &keys, |scene, policy| {
            statement(policy, index).is_some_and(|s| {
                let parts = s.parts(scene);
                parts.action && parts.principal && parts.resource
            })
        })
    }

    /// Whether a condition of a statement holds for a call, by its place.
    pub(super) fn holds(
        &self,
        index: usize,
        at: usize,
        actor: &Actor,
        key: &OwnKey,
        keys: &dyn Context,
    ) -> bool {
        self.with(actor, "kms:Decrypt", key, keys, |scene, policy| {
            let condition = statement(policy, index).and_then(|s| s.conditions().get(at));
            condition.is_some_and(|c| c.holds(scene))
        })
    }

    /// Whether an Allow applies to a call, and no Deny of the document does.
    pub(super) fn lets_in(
        &self,
        index: usize,
        actor: &Actor,
        action: &str,
        key: &OwnKey,
        keys: &dyn Context,
    ) -> bool {
        self.with(actor, action, key, keys, |scene, policy| {
            let allows = policy.allows().iter();
            let applies = allows
                .filter(|s| s.index == index)
                .any(|s| s.applies(scene).is_some());
            applies && !policy.denies().iter().any(|s| s.applies(scene).is_some())
        })
    }

    fn with(
        &self,
        actor: &Actor,
        action: &str,
        key: &OwnKey,
        keys: &dyn Context,
        ask: impl FnOnce(&crate::compiled::Scene<'_>, &Policy) -> bool,
    ) -> bool {
        let request = Request::on_key(action, &key.arn, key.account, actor.principal(), keys);
        let switches = Switches::default();
        ask(&scene(&request, &Stack::default(), &switches), &self.policy)
    }

    /// Whether a call is allowed whose caller may do everything by its identity policies.
    pub(super) fn allows(
        &self,
        actor: &Actor,
        action: &str,
        key: &OwnKey,
        keys: &dyn Context,
    ) -> bool {
        let request = Request::on_key(action, &key.arn, key.account, actor.principal(), keys);
        let stack = Stack {
            resource: Some(&self.policy),
            identity: self.administrator.iter().collect(),
            ..Stack::default()
        };
        decide(&request, &stack, &Switches::default()).is_allowed()
    }
}

fn statement(policy: &Policy, index: usize) -> Option<&Statement> {
    let mut all = policy.allows().iter().chain(policy.denies());
    all.find(|s| s.index == index)
}
