//! A proven caller and the calls that services of ours make: as themselves (a service principal)
//! or for somebody (a forward access session).

use super::session::{FederatedSession, Session, UserSession};
use crate::state::{Role, Snapshot, User, entity_place};
use claviger_types::{AccountId, Tag, Timestamp, UniqueId};
use std::sync::Arc;

/// A caller. There is no public way to make one but [`super::authenticate`].
#[derive(Debug, Clone)]
pub struct Caller {
    identity: Identity,
    access_key_id: Option<UniqueId>,
    /// The session of a user that signed with temporary credentials of its own.
    user_session: Option<Arc<UserSession>>,
    /// The services through which the call came, first to last (`aws:CalledVia`).
    via: Vec<&'static str>,
}

/// Who a caller is.
#[derive(Debug, Clone)]
pub enum Identity {
    /// An IAM user as it was when it signed, with a long-term access key or in a session of its own.
    User(Arc<User>),
    /// A session of a role.
    Session(Arc<Session>),
    /// A session of a federated user.
    Federated(Arc<FederatedSession>),
    /// A service of ours as itself.
    Service(ServicePrincipal),
}

/// A service that calls as itself on behalf of a resource of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePrincipal {
    /// Its name, such as `sso.amazonaws.com`.
    pub name: &'static str,
    /// `aws:SourceAccount`: the account of the resource.
    pub source_account: AccountId,
    /// `aws:SourceArn`: the resource.
    pub source_arn: String,
}

impl Caller {
    pub(super) fn proven(identity: Identity, access_key_id: UniqueId) -> Self {
        Self {
            identity,
            access_key_id: Some(access_key_id),
            user_session: None,
            via: Vec::new(),
        }
    }

    /// The same user within a session of its own.
    pub(super) fn within(mut self, session: UserSession) -> Self {
        self.user_session = Some(Arc::new(session));
        self
    }

    /// A service of ours that calls as itself.
    pub(crate) fn service(principal: ServicePrincipal) -> Self {
        Self {
            identity: Identity::Service(principal),
            access_key_id: None,
            user_session: None,
            via: Vec::new(),
        }
    }

    /// The same caller through a service: a forward access session. Source: IAM User Guide,
    /// "Forward access sessions".
    pub(crate) fn forward(&self, service: &'static str) -> Self {
        let mut forwarded = self.clone();
        forwarded.via.push(service);
        forwarded
    }

    /// Who it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The session of a user that signed with temporary credentials of its own.
    #[must_use]
    pub fn user_session(&self) -> Option<&UserSession> {
        self.user_session.as_deref()
    }

    /// When the temporary credentials were issued that signed, if such did (`aws:TokenIssueTime`).
    #[must_use]
    pub fn issued(&self) -> Option<Timestamp> {
        match &self.identity {
            Identity::User(_) => self.user_session().map(|session| session.issued),
            Identity::Session(session) => Some(session.issued),
            Identity::Federated(session) => Some(session.by.issued),
            Identity::Service(_) => None,
        }
    }

    /// The session tags of the caller.
    #[must_use]
    pub fn session_tags(&self) -> &[Tag] {
        match &self.identity {
            Identity::Session(session) => &session.tags,
            Identity::Federated(session) => &session.tags,
            Identity::User(_) | Identity::Service(_) => &[],
        }
    }

    /// The access key that signed, if one did.
    #[must_use]
    pub fn access_key_id(&self) -> Option<&UniqueId> {
        self.access_key_id.as_ref()
    }

    /// The services through which the call came, first to last.
    #[must_use]
    pub fn via(&self) -> &[&'static str] {
        &self.via
    }

    /// The account of the caller; none for a service principal, whose account is not ours.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match &self.identity {
            Identity::User(user) => Some(user.account),
            Identity::Session(session) => Some(session.account),
            Identity::Federated(session) => Some(session.by.account),
            Identity::Service(_) => None,
        }
    }

    /// The account whose trail shows what this caller does and is refused: its own, or for a
    /// service principal that of the resource it calls for.
    #[must_use]
    pub fn trail_account(&self) -> AccountId {
        match &self.identity {
            Identity::User(user) => user.account,
            Identity::Session(session) => session.account,
            Identity::Federated(session) => session.by.account,
            Identity::Service(service) => service.source_account,
        }
    }

    /// The caller's ARN as access-denied texts and GetCallerIdentity show it; a service
    /// principal's name.
    #[must_use]
    pub fn arn(&self) -> String {
        match &self.identity {
            Identity::User(user) => user.arn(),
            Identity::Session(session) => session.arn(),
            Identity::Federated(session) => session.arn(),
            Identity::Service(service) => service.name.to_owned(),
        }
    }

    /// `aws:userid` and GetCallerIdentity's `UserId`.
    #[must_use]
    pub fn user_id(&self) -> String {
        match &self.identity {
            Identity::User(user) => user.id.to_string(),
            Identity::Session(session) => format!("{}:{}", session.role_id, session.name),
            Identity::Federated(session) => session.id(),
            Identity::Service(service) => service.name.to_owned(),
        }
    }

    /// The user as the snapshot has it now, if it is still the same user; for a federated user the
    /// one who vouches.
    #[must_use]
    pub fn user<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s Arc<User>> {
        match &self.identity {
            Identity::User(user) => snapshot
                .get::<User>(&entity_place(user.account, &user.name))
                .filter(|now| now.id == user.id),
            Identity::Federated(session) => session.by.user(snapshot),
            Identity::Session(_) | Identity::Service(_) => None,
        }
    }

    /// The role of a session as the snapshot has it now, if it is still the same role.
    #[must_use]
    pub fn role<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s Arc<Role>> {
        match &self.identity {
            Identity::Session(session) => session.role(snapshot),
            _ => None,
        }
    }
}
