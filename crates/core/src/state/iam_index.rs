//! What IAM's rows are found by beside their names: who is in a group, who uses a managed policy,
//! which keys a user has, whose unique id it is. All of it follows from the rows.

use super::iam::{AccessKey, Attachments, EntityPlace, Role, User};
use super::{Group, Snapshot};
use claviger_types::{Arn, UniqueId};
use imbl::{OrdMap, OrdSet};

/// A kind of identity that policies are attached to, in the order in which AWS lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityKind {
    /// A group.
    Group,
    /// A user.
    User,
    /// A role.
    Role,
}

/// How an identity uses a managed policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Usage {
    /// It is attached: it gives permissions.
    Permissions,
    /// It is the permissions boundary.
    Boundary,
}

/// One use of a managed policy: who, and how.
pub type PolicyUse = (IdentityKind, EntityPlace, Usage);

/// The index. Entries without a second half stand before all of their first.
#[derive(Clone, Default)]
pub(super) struct IamIndex {
    members: OrdSet<(EntityPlace, Option<EntityPlace>)>,
    uses: OrdSet<(Arn, Option<PolicyUse>)>,
    keys: OrdSet<(UniqueId, Option<UniqueId>)>,
    ids: OrdMap<UniqueId, (IdentityKind, EntityPlace)>,
}

/// One identity, as far as it is indexed.
pub(super) struct Indexed<'e> {
    kind: IdentityKind,
    place: EntityPlace,
    id: &'e UniqueId,
    policies: &'e Attachments,
    groups: &'e [String],
}

impl<'e> Indexed<'e> {
    pub(super) fn user(user: &'e User) -> Self {
        Self {
            kind: IdentityKind::User,
            place: super::entity_place(user.account, &user.name),
            id: &user.id,
            policies: &user.policies,
            groups: &user.groups,
        }
    }

    pub(super) fn role(role: &'e Role) -> Self {
        Self {
            kind: IdentityKind::Role,
            place: super::entity_place(role.account, &role.name),
            id: &role.id,
            policies: &role.policies,
            groups: &[],
        }
    }

    pub(super) fn group(group: &'e Group) -> Self {
        Self {
            kind: IdentityKind::Group,
            place: super::entity_place(group.account, &group.name),
            id: &group.id,
            policies: &group.policies,
            groups: &[],
        }
    }

    fn uses(&self) -> impl Iterator<Item = (Arn, Option<PolicyUse>)> {
        let attached = self
            .policies
            .managed
            .iter()
            .map(|a| (a, Usage::Permissions));
        let boundary = self.policies.boundary.iter().map(|a| (a, Usage::Boundary));
        attached.chain(boundary).map(|(arn, usage)| {
            let this = (self.kind, self.place.clone(), usage);
            (arn.clone(), Some(this))
        })
    }

    fn memberships(&self) -> impl Iterator<Item = (EntityPlace, Option<EntityPlace>)> {
        let account = self.place.0;
        self.groups
            .iter()
            .map(move |group| ((account, group.clone()), Some(self.place.clone())))
    }
}

impl IamIndex {
    pub(super) fn note(&mut self, entity: &Indexed<'_>) {
        self.uses.extend(entity.uses());
        self.members.extend(entity.memberships());
        self.ids
            .insert(entity.id.clone(), (entity.kind, entity.place.clone()));
    }

    pub(super) fn forget(&mut self, entity: &Indexed<'_>) {
        for used in entity.uses() {
            self.uses.remove(&used);
        }
        for membership in entity.memberships() {
            self.members.remove(&membership);
        }
        self.ids.remove(entity.id);
    }

    pub(super) fn note_key(&mut self, key: &AccessKey) {
        self.keys.insert((key.user.1.clone(), Some(key.id.clone())));
    }

    pub(super) fn forget_key(&mut self, key: &AccessKey) {
        self.keys
            .remove(&(key.user.1.clone(), Some(key.id.clone())));
    }
}

impl Snapshot {
    /// The users of a group, by place.
    pub fn members_of<'a>(
        &'a self,
        group: &'a EntityPlace,
    ) -> impl Iterator<Item = &'a EntityPlace> {
        self.iam_index
            .members
            .range((group.clone(), None)..)
            .take_while(move |(of, _)| of == group)
            .filter_map(|(_, user)| user.as_ref())
    }

    /// Who uses a managed policy, and how: groups, users and roles, each by place.
    pub fn uses_of<'a>(&'a self, policy: &'a Arn) -> impl Iterator<Item = &'a PolicyUse> {
        self.iam_index
            .uses
            .range((policy.clone(), None)..)
            .take_while(move |(arn, _)| arn == policy)
            .filter_map(|(_, used)| used.as_ref())
    }

    /// The access keys of a user, by id.
    pub fn keys_of<'a>(&'a self, user: &'a UniqueId) -> impl Iterator<Item = &'a UniqueId> {
        self.iam_index
            .keys
            .range((user.clone(), None)..)
            .take_while(move |(of, _)| of == user)
            .filter_map(|(_, key)| key.as_ref())
    }

    /// The group, user or role that has a unique id now.
    #[must_use]
    pub fn with_unique_id(&self, id: &UniqueId) -> Option<&(IdentityKind, EntityPlace)> {
        self.iam_index.ids.get(id)
    }

    /// The ARN of the user or role that has a unique id now.
    #[must_use]
    pub fn principal_arn(&self, id: &UniqueId) -> Option<String> {
        match self.with_unique_id(id)? {
            (IdentityKind::User, place) => self.get::<User>(place).map(|u| u.arn()),
            (IdentityKind::Role, place) => self.get::<Role>(place).map(|r| r.arn()),
            (IdentityKind::Group, _) => None,
        }
    }
}
