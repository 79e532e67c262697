//! What users, groups and roles have in common for IAM's operations: how a request names one, how the
//! demands on it look, and the refusal when there is none. Sources: IAM User Guide, "IAM
//! identifiers"; Service Authorization Reference, "Actions, resources, and condition keys for AWS
//! Identity and Access Management".

use crate::caller::{Caller, Identity};
use crate::chain::{Demand, Facts, ServiceError, Target, Turn};
use crate::state::{
    Attachments, Changeable, EntityPlace, Group, Role, Snapshot, Stored, User, entity_place,
};
use claviger_model::IAM;
use claviger_model::iam::error::{NO_SUCH_ENTITY_EXCEPTION, UNMODIFIABLE_ENTITY_EXCEPTION};
use claviger_types::{AccountId, Tag};
use std::sync::Arc;

/// A user, a group or a role.
pub(crate) trait Entity: Changeable<Id = EntityPlace> + Clone {
    /// The word in ARNs and texts.
    const KIND: &'static str;
    /// The same with a capital.
    const KIND_CAPITAL: &'static str;
    /// How many characters all inline policies of one may have, white space aside. Source: IAM
    /// User Guide, "IAM and AWS STS quotas".
    const INLINE_LIMIT: usize;
    /// Its name.
    fn name(&self) -> &str;
    /// Its path.
    fn path(&self) -> &str;
    /// Its ARN.
    fn arn(&self) -> String;
    /// Its tags.
    fn tags(&self) -> &[Tag];
    /// Its policies.
    fn policies(&self) -> &Attachments;
    /// Its policies, to be changed.
    fn policies_mut(&mut self) -> &mut Attachments;
    /// Whether only AWS may change it.
    fn is_protected(&self) -> bool;
}

impl Entity for User {
    const KIND: &'static str = "user";
    const KIND_CAPITAL: &'static str = "User";
    const INLINE_LIMIT: usize = 2048;
    fn name(&self) -> &str {
        &self.name
    }
    fn path(&self) -> &str {
        &self.path
    }
    fn arn(&self) -> String {
        User::arn(self)
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn policies(&self) -> &Attachments {
        &self.policies
    }
    fn policies_mut(&mut self) -> &mut Attachments {
        &mut self.policies
    }
    fn is_protected(&self) -> bool {
        false
    }
}

impl Entity for Role {
    const KIND: &'static str = "role";
    const KIND_CAPITAL: &'static str = "Role";
    const INLINE_LIMIT: usize = 10_240;
    fn name(&self) -> &str {
        &self.name
    }
    fn path(&self) -> &str {
        &self.path
    }
    fn arn(&self) -> String {
        Role::arn(self)
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn policies(&self) -> &Attachments {
        &self.policies
    }
    fn policies_mut(&mut self) -> &mut Attachments {
        &mut self.policies
    }
    fn is_protected(&self) -> bool {
        self.is_service_linked()
    }
}

impl Entity for Group {
    const KIND: &'static str = "group";
    const KIND_CAPITAL: &'static str = "Group";
    const INLINE_LIMIT: usize = 5120;
    fn name(&self) -> &str {
        &self.name
    }
    fn path(&self) -> &str {
        &self.path
    }
    fn arn(&self) -> String {
        Group::arn(self)
    }
    fn tags(&self) -> &[Tag] {
        &[]
    }
    fn policies(&self) -> &Attachments {
        &self.policies
    }
    fn policies_mut(&mut self) -> &mut Attachments {
        &mut self.policies
    }
    fn is_protected(&self) -> bool {
        false
    }
}

/// The caller's account, in which every operation of IAM works.
///
/// # Errors
/// A service has none here.
pub(super) fn account_of(caller: &Caller) -> Result<AccountId, ServiceError> {
    caller.account().ok_or_else(|| {
        ServiceError::access_denied(IAM, format!("{} has no account to manage.", caller.arn()))
    })
}

/// A member that validation has already found present.
///
/// # Errors
/// The model's own text, should the member be missing all the same.
pub(super) fn required<'a>(
    member: Option<&'a String>,
    path: &str,
) -> Result<&'a str, ServiceError> {
    member
        .map(String::as_str)
        .ok_or_else(|| ServiceError::missing(IAM, path))
}

/// What a name in a request stands for. Whether it exists is told only to whoever is allowed the
/// operation.
pub(crate) struct Named<E> {
    /// The caller's account.
    pub(super) account: AccountId,
    /// The name as the request gives it.
    pub(super) name: String,
    found: Option<Arc<E>>,
}

impl<E: Entity> Named<E> {
    /// What a name stands for in the caller's account.
    pub(super) fn find(
        caller: &Caller,
        name: Option<&String>,
        path: &str,
        turn: &Turn<'_>,
    ) -> Result<Self, ServiceError> {
        let account = account_of(caller)?;
        let name = required(name, path)?;
        Ok(Self {
            account,
            name: name.to_owned(),
            found: turn.current::<E>(&entity_place(account, name)),
        })
    }

    /// The entity.
    ///
    /// # Errors
    /// `NoSuchEntity` when there is none.
    pub(super) fn existing(&self) -> Result<&Arc<E>, ServiceError> {
        self.found.as_ref().ok_or_else(|| {
            ServiceError::new(
                &NO_SUCH_ENTITY_EXCEPTION,
                format!("The {} with name {} cannot be found.", E::KIND, self.name),
            )
        })
    }

    /// A copy of the entity, to be changed.
    ///
    /// # Errors
    /// `NoSuchEntity` when there is none, `UnmodifiableEntity` when only AWS may change it.
    pub(super) fn to_change(&self) -> Result<E, ServiceError> {
        let entity = self.existing()?;
        if entity.is_protected() {
            return Err(ServiceError::new(
                &UNMODIFIABLE_ENTITY_EXCEPTION,
                format!(
                    "Cannot perform the operation on the protected {} '{}' - this {} is only \
                     modifiable by AWS",
                    E::KIND,
                    self.name,
                    E::KIND
                ),
            ));
        }
        Ok(E::clone(entity))
    }

    /// A demand on the entity; a missing one is demanded under the name alone.
    pub(super) fn demand(&self, action: &'static str) -> Demand {
        let arn = match &self.found {
            Some(entity) => entity.arn(),
            None => format!("arn:aws:iam::{}:{}/{}", self.account, E::KIND, self.name),
        };
        let target = Target::Arn {
            arn,
            account: self.account,
        };
        let tags = self.found.as_ref().map_or(&[][..], |entity| entity.tags());
        let facts = Facts::default().resource_tags(tags);
        Demand::new(action, target)
            .with_facts(facts)
            .shown_as(format!("{} {}", E::KIND, self.name))
    }

    /// A demand on the ARN that the entity would have under another path and name; none where it
    /// stays what it is, or is not there.
    pub(super) fn demand_as(
        &self,
        action: &'static str,
        path: Option<&String>,
        name: Option<&String>,
    ) -> Option<Demand> {
        let entity = self.found.as_ref()?;
        let (own_path, own_name) = (entity.path(), entity.name());
        let path = path.map_or(own_path, String::as_str);
        let name = name.map_or(own_name, String::as_str);
        if (path, name) == (own_path, own_name) {
            return None;
        }
        let target = Target::Arn {
            arn: format!("arn:aws:iam::{}:{}{path}{name}", self.account, E::KIND),
            account: self.account,
        };
        Some(Demand::new(action, target).shown_as(format!("{} {name}", E::KIND)))
    }

    /// A demand of an operation that `iam:PermissionsBoundary` guards: the boundary that the
    /// entity has.
    pub(super) fn guarded_demand(&self, action: &'static str) -> Demand {
        let boundary = self
            .found
            .as_ref()
            .and_then(|e| e.policies().boundary.as_ref());
        match boundary {
            Some(arn) => self
                .demand(action)
                .with_fact("iam:permissionsboundary", arn.as_str()),
            None => self.demand(action),
        }
    }
}

/// The user that a request means when it gives no name: the one whose access key signed.
///
/// # Errors
/// A session has no user.
pub(super) fn own_or_named(
    caller: &Caller,
    name: Option<&String>,
    turn: &Turn<'_>,
) -> Result<Named<User>, ServiceError> {
    let own = match caller.identity() {
        _ if name.is_some() => None,
        Identity::User(user) => Some(user.name.clone()),
        _ => {
            return Err(ServiceError::validation(
                IAM,
                "Must specify userName when calling with non-User credentials",
            ));
        }
    };
    Named::find(caller, name.or(own.as_ref()), "userName", turn)
}

/// The entities of an account, in the order of their names.
pub(super) fn entities_of<E: Stored<Id = EntityPlace>>(
    account: AccountId,
    state: &Snapshot,
) -> impl Iterator<Item = (&EntityPlace, &Arc<E>)> {
    E::table(state)
        .range((account, String::new())..)
        .take_while(move |(place, _)| place.0 == account)
        .map(|(place, row)| (place, &row.value))
}
