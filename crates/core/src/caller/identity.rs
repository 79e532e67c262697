//! A proven caller and the calls that services of ours make: as themselves (a service principal)
//! or for somebody (a forward access session).

use super::session::Session;
use crate::state::{Role, Snapshot, User, entity_place};
use claviger_types::{AccountId, UniqueId};
use std::sync::Arc;

/// A caller. There is no public way to make one but [`super::authenticate`].
#[derive(Debug, Clone)]
pub struct Caller {
    identity: Identity,
    access_key_id: Option<UniqueId>,
    /// The services through which the call came, first to last (`aws:CalledVia`).
    via: Vec<&'static str>,
}

/// Who a caller is.
#[derive(Debug, Clone)]
pub enum Identity {
    /// An IAM user with a long-term access key, as it was when it signed.
    User(Arc<User>),
    /// A session of a role.
    Session(Arc<Session>),
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
            via: Vec::new(),
        }
    }

    /// A service of ours that calls as itself.
    pub(crate) fn service(principal: ServicePrincipal) -> Self {
        Self {
            identity: Identity::Service(principal),
            access_key_id: None,
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
            Identity::Service(service) => service.name.to_owned(),
        }
    }

    /// `aws:userid` and GetCallerIdentity's `UserId`.
    #[must_use]
    pub fn user_id(&self) -> String {
        match &self.identity {
            Identity::User(user) => user.id.to_string(),
            Identity::Session(session) => format!("{}:{}", session.role_id, session.name),
            Identity::Service(service) => service.name.to_owned(),
        }
    }

    /// The user as the snapshot has it now, if it is still the same user.
    #[must_use]
    pub fn user<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s Arc<User>> {
        let Identity::User(user) = &self.identity else {
            return None;
        };
        snapshot
            .get::<User>(&entity_place(user.account, &user.name))
            .filter(|now| now.id == user.id)
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
