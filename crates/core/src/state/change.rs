//! One change of one row: what it expects, what it writes, how it is encoded for the store and
//! read back. It does not decide whether the change may be made.

use super::iam_index::Indexed;
use super::table::{Row, RowName, Stored, row_name};
use super::{
    AccessKey, Account, AccountAlias, AccountRequest, Alias, DeletionTask, DirectoryUser, Grant,
    Group, Installation, Instance, Key, KeyManager, ManagedPolicy, Material, OrganizationPolicy,
    OrganizationalUnit, Role, Snapshot, User,
};
use std::fmt;
use std::sync::Arc;

macro_rules! entities {
    ($($kind:ident),* $(,)?) => {
        /// The value of a row, of whichever kind.
        #[derive(Debug, Clone)]
        pub(crate) enum Entity { $(
            #[doc = concat!("A row of ", stringify!($kind), ".")]
            $kind(<$kind as Stored>::Id, Option<Arc<$kind>>),
        )* }

        $(impl Changeable for $kind {
            fn entity(id: Self::Id, value: Option<Arc<Self>>) -> Entity {
                Entity::$kind(id, value)
            }
        })*

        impl Entity {
            fn name(&self) -> RowName {
                match self { $(Self::$kind(id, _) => row_name::<$kind>(id),)* }
            }

            pub(super) fn apply(&self, version: u64, snapshot: &mut Snapshot) {
                snapshot.organization_changes += u64::from(self.is_of_organization());
                match self { $(
                    Self::$kind(id, Some(value)) => {
                        snapshot.forget_indexes(self);
                        <$kind>::table_mut(snapshot)
                            .insert(id.clone(), Row { version, value: Arc::clone(value) });
                        snapshot.note_indexes(self);
                    }
                    Self::$kind(id, None) => {
                        snapshot.forget_indexes(self);
                        <$kind>::table_mut(snapshot).remove(id);
                    }
                )* }
            }

            /// Puts a row in that is not there yet, at start.
            pub(super) fn load(self, version: u64, snapshot: &mut Snapshot) {
                if self.is_of_organization() {
                    snapshot.organization_changes += version;
                }
                snapshot.note_indexes(&self);
                match self { $(
                    Self::$kind(id, Some(value)) => {
                        <$kind>::table_mut(snapshot).insert(id, Row { version, value });
                    }
                    // Nothing that is stored is empty.
                    Self::$kind(_, None) => {}
                )* }
            }

            fn encode(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
                match self { $(
                    Self::$kind(_, value) => value.as_deref().map(serde_json::to_vec).transpose(),
                )* }
            }

            fn version_in(&self, snapshot: &Snapshot) -> Option<u64> {
                match self { $(
                    Self::$kind(id, _) => snapshot.row::<$kind>(id).map(|r| r.version),
                )* }
            }
        }

        /// The entity of one stored row.
        pub(super) fn decode_row(
            collection: &str, row: &str, value: &[u8],
        ) -> Result<Entity, DecodeError> {
            let damaged = |source| DecodeError::Damaged {
                collection: collection.to_owned(), row: row.to_owned(), source,
            };
            match collection {
                $(<$kind>::COLLECTION => {
                    let entity: $kind = serde_json::from_slice(value).map_err(damaged)?;
                    let id = entity.id();
                    if <$kind>::row(&id) != row {
                        return Err(DecodeError::Misplaced {
                            collection: collection.to_owned(), row: row.to_owned(),
                            holds: <$kind>::row(&id),
                        });
                    }
                    Ok(Entity::$kind(id, Some(Arc::new(entity))))
                })*
                _ => Err(DecodeError::UnknownCollection { collection: collection.to_owned() }),
            }
        }
    };
}

entities!(
    Installation,
    Account,
    OrganizationalUnit,
    OrganizationPolicy,
    AccountRequest,
    User,
    Group,
    Role,
    ManagedPolicy,
    AccessKey,
    AccountAlias,
    DeletionTask,
    Key,
    Material,
    Alias,
    Grant,
    Instance,
    DirectoryUser,
);

impl Entity {
    /// Whether it is part of what [`Basis::organization`] rests on.
    fn is_of_organization(&self) -> bool {
        matches!(
            self,
            Self::Installation(..)
                | Self::Account(..)
                | Self::OrganizationalUnit(..)
                | Self::OrganizationPolicy(..)
                | Self::AccountRequest(..)
        )
    }
}

/// An entity that changes can carry. Implemented by the list above and nowhere else.
pub(crate) trait Changeable: Stored {
    /// The entity, or the place it leaves empty, as the value of a change.
    fn entity(id: Self::Id, value: Option<Arc<Self>>) -> Entity;
}

/// What a decision rests on without changing it.
#[derive(Clone)]
pub struct Basis(Ground);

#[derive(Clone)]
enum Ground {
    /// A row at the version that the decision saw.
    Row {
        entity: Entity,
        version: Option<u64>,
    },
    /// The organisation as the decision saw it.
    Organization(u64),
    /// Something about several rows that was true: how many there are, or that one is not there.
    Fact(Arc<dyn Fn(&Snapshot) -> bool + Send + Sync>),
}

impl Basis {
    pub(crate) fn of<T: Changeable>(snapshot: &Snapshot, id: &T::Id) -> Self {
        Self(Ground::Row {
            version: snapshot.row::<T>(id).map(|r| r.version),
            entity: T::entity(id.clone(), None),
        })
    }

    pub(crate) fn organization(snapshot: &Snapshot) -> Self {
        Self(Ground::Organization(snapshot.organization_changes))
    }

    pub(crate) fn fact(fact: impl Fn(&Snapshot) -> bool + Send + Sync + 'static) -> Self {
        Self(Ground::Fact(Arc::new(fact)))
    }

    /// Whether it is as the decision saw it.
    #[must_use]
    pub fn holds(&self, snapshot: &Snapshot) -> bool {
        match &self.0 {
            Ground::Row { entity, version } => entity.version_in(snapshot) == *version,
            Ground::Organization(changes) => snapshot.organization_changes == *changes,
            Ground::Fact(fact) => fact(snapshot),
        }
    }
}

impl fmt::Debug for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ground::Row { entity, version } => write!(f, "{entity:?} at version {version:?}"),
            Ground::Organization(changes) => write!(f, "the organisation after {changes} changes"),
            Ground::Fact(_) => f.write_str("a fact"),
        }
    }
}

/// A stored row that cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not what this version writes.
    #[error("row '{row}' of '{collection}' is damaged: {source}")]
    Damaged {
        /// The collection.
        collection: String,
        /// The row.
        row: String,
        /// What the decoder said.
        source: serde_json::Error,
    },
    /// The value names another row than the one it stands in.
    #[error("row '{row}' of '{collection}' holds the value of row '{holds}'")]
    Misplaced {
        /// The collection.
        collection: String,
        /// The row.
        row: String,
        /// The row that the value names.
        holds: String,
    },
    /// A collection that this version does not know.
    #[error("the collection '{collection}' is unknown to this version")]
    UnknownCollection {
        /// The collection.
        collection: String,
    },
}

/// A change of one row: the version it expects, and the new value (none to delete the row).
#[derive(Debug, Clone)]
pub struct Change {
    /// The version the row must have; `None` when it must not exist.
    expected: Option<u64>,
    entity: Entity,
}

/// A change in the form the store takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowToWrite {
    /// Which row.
    pub name: RowName,
    /// The version it must have; `None` when it must not exist.
    pub expected: Option<u64>,
    /// The new value; `None` deletes the row.
    pub value: Option<Vec<u8>>,
}

impl Change {
    /// Writes an entity over what `view` shows in its place.
    pub(crate) fn put<T: Changeable>(view: &Snapshot, entity: T) -> Self {
        let id = entity.id();
        Self {
            expected: view.row::<T>(&id).map(|r| r.version),
            entity: T::entity(id, Some(Arc::new(entity))),
        }
    }

    /// Deletes what `view` shows under a name.
    pub(crate) fn delete<T: Changeable>(view: &Snapshot, id: T::Id) -> Self {
        Self {
            expected: view.row::<T>(&id).map(|r| r.version),
            entity: T::entity(id, None),
        }
    }

    /// Which row it changes.
    #[must_use]
    pub fn row(&self) -> RowName {
        self.entity.name()
    }

    /// Whether the row still has the version that the change expects.
    #[must_use]
    pub fn fits(&self, snapshot: &Snapshot) -> bool {
        self.entity.version_in(snapshot) == self.expected
    }

    /// The form the store takes.
    ///
    /// # Errors
    /// When the value cannot be encoded, which no value of this crate brings about.
    pub fn encode(&self) -> Result<RowToWrite, serde_json::Error> {
        Ok(RowToWrite {
            name: self.entity.name(),
            expected: self.expected,
            value: self.entity.encode()?,
        })
    }

    pub(super) fn apply(&self, snapshot: &mut Snapshot) {
        self.entity.apply(self.expected.unwrap_or(0) + 1, snapshot);
    }
}

impl Snapshot {
    fn forget_indexes(&mut self, entity: &Entity) {
        match entity {
            Entity::Key(place, _) => {
                self.owners_of_key_ids
                    .remove(&(place.region.clone(), place.id.clone()));
                if let Some((date, _)) = self.get::<Key>(place).and_then(|k| k.due()) {
                    self.due_keys.remove(&(date, place.clone()));
                }
                let old = self.get::<Key>(place).map(|key| key.manager);
                if old == Some(KeyManager::Customer) {
                    let count = self.customer_keys(place.account, &place.region);
                    let count = count.saturating_sub(1);
                    self.customer_keys
                        .insert((place.account, place.region.clone()), count);
                }
            }
            Entity::Account(id, _) => {
                if let Some(due) = self.get::<Account>(id).and_then(|a| a.due()) {
                    self.due_in_organization.remove(&due);
                }
            }
            Entity::AccountRequest(id, _) => {
                if let Some(due) = self.get::<AccountRequest>(id).and_then(|r| r.due()) {
                    self.due_in_organization.remove(&due);
                }
            }
            Entity::Alias(id, _) => {
                if let Some(old) = self.get::<Alias>(id).cloned() {
                    let mark = (old.target.clone(), Some(old.name.clone()));
                    self.aliases_of_key.remove(&mark);
                }
            }
            Entity::Grant(id, _) => {
                if let Some(old) = self.get::<Grant>(id).cloned() {
                    let mut index = std::mem::take(&mut self.grant_index);
                    let all = std::iter::once_with(|| self.grants_of(&old.key));
                    index.forget(&old, all.flatten());
                    self.grant_index = index;
                }
            }
            Entity::DirectoryUser(id, _) => {
                if let Some(old) = self.get::<DirectoryUser>(id).cloned() {
                    for unique in &old.unique {
                        self.unique_attributes
                            .remove(&(old.identity_store_id.clone(), unique.clone()));
                    }
                }
            }
            Entity::User(id, _) => {
                if let Some(old) = self.get::<User>(id).cloned() {
                    self.iam_index.forget(&Indexed::user(&old));
                }
            }
            Entity::Group(id, _) => {
                if let Some(old) = self.get::<Group>(id).cloned() {
                    self.iam_index.forget(&Indexed::group(&old));
                }
            }
            Entity::Role(id, _) => {
                if let Some(old) = self.get::<Role>(id).cloned() {
                    self.iam_index.forget(&Indexed::role(&old));
                }
            }
            Entity::AccessKey(id, _) => {
                if let Some(old) = self.get::<AccessKey>(id).cloned() {
                    self.iam_index.forget_key(&old);
                }
            }
            _ => {}
        }
    }

    fn note_indexes(&mut self, entity: &Entity) {
        match entity {
            Entity::Key(place, Some(key)) => {
                self.owners_of_key_ids
                    .insert((place.region.clone(), place.id.clone()), place.account);
                if let Some((date, _)) = key.due() {
                    self.due_keys.insert((date, place.clone()));
                }
                if key.manager == KeyManager::Customer {
                    let count = self.customer_keys(place.account, &place.region) + 1;
                    self.customer_keys
                        .insert((place.account, place.region.clone()), count);
                }
            }
            Entity::Account(_, Some(account)) => {
                self.due_in_organization.extend(account.due());
            }
            Entity::AccountRequest(_, Some(request)) => {
                self.due_in_organization.extend(request.due());
            }
            Entity::Alias(_, Some(alias)) => {
                self.aliases_of_key
                    .insert((alias.target.clone(), Some(alias.name.clone())));
            }
            Entity::Grant(_, Some(grant)) => {
                let mut index = std::mem::take(&mut self.grant_index);
                let others = std::iter::once_with(|| self.grants_of(&grant.key));
                index.note(grant, others.flatten());
                self.grant_index = index;
            }
            Entity::DirectoryUser(_, Some(user)) => {
                for unique in &user.unique {
                    self.unique_attributes.insert(
                        (user.identity_store_id.clone(), unique.clone()),
                        user.user_id.clone(),
                    );
                }
            }
            Entity::User(_, Some(user)) => self.iam_index.note(&Indexed::user(user)),
            Entity::Group(_, Some(group)) => self.iam_index.note(&Indexed::group(group)),
            Entity::Role(_, Some(role)) => self.iam_index.note(&Indexed::role(role)),
            Entity::AccessKey(_, Some(key)) => self.iam_index.note_key(key),
            _ => {}
        }
    }
}
