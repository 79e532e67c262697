//! From the texts that name an identity store and a user to what they name, and the permissions
//! that a request on them needs. Source: Service Authorization Reference, "AWS Identity Store":
//! each action is on the identity store and on the user, or on all users where none is named yet.

use crate::caller::Caller;
use crate::chain::{Demand, RequestMeta, ServiceError, Target, Turn};
use crate::sso_admin::{Standing, standing};
use crate::state::{DirectoryUser, Instance};
use claviger_model::IDENTITYSTORE;
use claviger_model::identitystore::error::{ACCESS_DENIED_EXCEPTION, RESOURCE_NOT_FOUND_EXCEPTION};
use claviger_types::AccountId;
use std::sync::Arc;

const USER_ARN: &str = "arn:aws:identitystore:::user/";

/// The identity store that a request names, and how the caller stands to it.
pub struct NamedStore {
    id: String,
    arn: String,
    account: AccountId,
    found: Option<(Arc<Instance>, Standing)>,
}

/// What an operation does, and with it who outside the administering accounts may do it. Member
/// accounts may read (API reference, `DescribeUser`, `GetUserId`, `ListUsers`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

impl NamedStore {
    pub(super) fn find(
        name: Option<&str>,
        caller: &Caller,
        meta: &RequestMeta,
        turn: &Turn<'_>,
    ) -> Result<Self, ServiceError> {
        let name = name.ok_or_else(|| ServiceError::missing(IDENTITYSTORE, "identityStoreId"))?;
        let id = name.rsplit_once('/').map_or(name, |(_, id)| id);
        let view = turn.view();
        let found = view
            .all::<Instance>()
            .find(|instance| instance.identity_store_id == id)
            .filter(|instance| name == id || name == instance.identity_store_arn())
            .map(|instance| {
                let standing = standing(view, instance, caller.account(), &meta.region);
                (Arc::clone(instance), standing)
            })
            .filter(|(_, standing)| *standing > Standing::Stranger);
        let account = match &found {
            Some((instance, _)) => instance.owner,
            None => caller.trail_account(),
        };
        Ok(Self {
            id: id.to_owned(),
            arn: format!("arn:aws:identitystore::{account}:identitystore/{id}"),
            account,
            found,
        })
    }

    /// The identity store's id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    fn demand(&self, action: &'static str, arn: String) -> Demand {
        let account = self.account;
        Demand::new(action, Target::Arn { arn, account })
    }

    /// The demands of an action on the store and its users, or one of them.
    pub(super) fn demands(&self, action: &'static str, user_id: Option<&str>) -> Vec<Demand> {
        let user = user_arn(user_id.unwrap_or("*"));
        vec![
            self.demand(action, self.arn.clone()),
            self.demand(action, user),
        ]
    }

    /// The instance of the store.
    ///
    /// # Errors
    /// `ResourceNotFoundException` for what does not exist for the caller,
    /// `AccessDeniedException` for what its account may not do.
    pub(super) fn instance(
        &self,
        caller: &Caller,
        action: &str,
        access: Access,
    ) -> Result<&Arc<Instance>, ServiceError> {
        let Some((instance, standing)) = &self.found else {
            return Err(not_found("IDENTITY_STORE", &self.id));
        };
        if access == Access::Write && *standing != Standing::Administrator {
            return Err(ServiceError::new(
                &ACCESS_DENIED_EXCEPTION,
                format!(
                    "User: {} is not authorized to perform: {action} on resource: {}",
                    caller.arn(),
                    self.arn
                ),
            ));
        }
        Ok(instance)
    }
}

/// The user that a request names, in its identity store.
pub struct NamedUser {
    pub(super) store: NamedStore,
    pub(super) user_id: String,
}

impl NamedUser {
    pub(super) fn find(
        store: Option<&str>,
        user: Option<&str>,
        caller: &Caller,
        meta: &RequestMeta,
        turn: &Turn<'_>,
    ) -> Result<Self, ServiceError> {
        let user = user.ok_or_else(|| ServiceError::missing(IDENTITYSTORE, "userId"))?;
        Ok(Self {
            store: NamedStore::find(store, caller, meta, turn)?,
            user_id: user.strip_prefix(USER_ARN).unwrap_or(user).to_owned(),
        })
    }

    pub(super) fn demands(&self, action: &'static str) -> Vec<Demand> {
        self.store.demands(action, Some(&self.user_id))
    }

    /// The user's row.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub(super) fn row(&self, turn: &Turn<'_>) -> Result<Arc<DirectoryUser>, ServiceError> {
        let id = (self.store.id.clone(), self.user_id.clone());
        turn.current::<DirectoryUser>(&id)
            .ok_or_else(|| not_found("USER", &self.user_id))
    }
}

/// The ARN of a user.
pub(super) fn user_arn(user_id: &str) -> String {
    format!("{USER_ARN}{user_id}")
}

fn not_found(kind: &'static str, id: &str) -> ServiceError {
    no_such(kind).with_member("ResourceId", id)
}

/// The same for a resource that was not named by its id.
pub(super) fn no_such(kind: &'static str) -> ServiceError {
    ServiceError::new(&RESOURCE_NOT_FOUND_EXCEPTION, format!("{kind} not found."))
        .with_member("ResourceType", kind)
}
