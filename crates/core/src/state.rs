//! The state of one installation: an immutable snapshot of all entities, the changes that lead
//! from one snapshot to the next, and their encoding for the store. No decision is taken here.

mod account_alias;
mod account_request;
mod alias;
mod change;
mod deletion_task;
mod grant;
mod grant_index;
mod group;
mod iam;
mod iam_index;
mod identity_center;
mod key;
mod key_state;
mod load;
mod managed_policy;
mod material;
mod organization;
mod organization_policy;
mod policy_text;
mod table;
mod usage;

pub use account_alias::AccountAlias;
pub use account_request::{AccountRequest, AccountRequestState, OrganizationWork};
pub use alias::{Alias, AliasPlace};
pub(crate) use change::Changeable;
pub use change::{Basis, Change, DecodeError, RowToWrite};
pub use deletion_task::DeletionTask;
pub use grant::{Grant, GrantPrincipal};
pub(crate) use grant_index::{Asked, FEW_GRANTS};
pub use group::Group;
pub use iam::{AccessKey, Attachments, EntityPlace, Role, User, entity_place};
pub use iam_index::{IdentityKind, PolicyUse, Usage};
pub use identity_center::{
    DataKey, DirectoryUser, Encryption, Instance, UniqueAttribute, WrappedDataKey,
};
pub use key::{AutomaticRotation, DueWork, Key, KeyManager, KeyStoreKey, MultiRegion, Origin};
pub use key_state::{KeyState, Settling, SettlingKind, ShownState};
pub use load::{DecodedRow, RowDecoder};
pub use managed_policy::{ManagedPolicy, PolicyVersion};
pub use material::{Import, Material, MaterialInfo, RotationType};
pub use organization::{
    Account, AccountState, FeatureSet, IDENTITY_CENTER, Installation, OrganizationSettings,
    OrganizationalUnit, TagPolicies,
};
pub use organization_policy::{DelegationPolicy, OrganizationPolicy, PolicyType};
pub use policy_text::{PolicyKind, PolicyText};
pub use table::{Row, RowName, Stored, Table, row_name};
pub use usage::{KeyUse, LastUse};

use claviger_types::{AccountId, AliasName, KeyArn, KeyId, MaterialId, RegionName, Timestamp};
use serde::{Deserialize, Serialize};
use std::ops::Bound;
use std::sync::Arc;

/// Account, Region and id of a key: where it is in the state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyPlace {
    /// The owning account.
    pub account: AccountId,
    /// The Region.
    pub region: RegionName,
    /// The key id.
    pub id: KeyId,
}

impl KeyPlace {
    /// The place an ARN names.
    #[must_use]
    pub fn of(arn: &KeyArn) -> Self {
        Self {
            account: arn.account(),
            region: arn.region().clone(),
            id: arn.key_id().clone(),
        }
    }

    /// The key's ARN.
    #[must_use]
    pub fn arn(&self) -> KeyArn {
        KeyArn::new(&self.region, self.account, &self.id)
    }

    /// The row key in the store.
    #[must_use]
    pub fn row(&self) -> String {
        format!("{}/{}/{}", self.account, self.region, self.id)
    }
}

/// All entities at one moment. A clone shares everything with its original, so readers hold one
/// without locks while the next is being made.
#[derive(Clone, Default)]
pub struct Snapshot {
    /// The revision of the store this snapshot shows; 0 before anything was written.
    pub revision: u64,
    pub(crate) installation: Table<Installation>,
    pub(crate) accounts: Table<Account>,
    pub(crate) units: Table<OrganizationalUnit>,
    pub(crate) organization_policies: Table<OrganizationPolicy>,
    pub(crate) account_requests: Table<AccountRequest>,
    pub(crate) users: Table<User>,
    pub(crate) groups: Table<Group>,
    pub(crate) roles: Table<Role>,
    pub(crate) managed_policies: Table<ManagedPolicy>,
    pub(crate) access_keys: Table<AccessKey>,
    pub(crate) account_aliases: Table<AccountAlias>,
    pub(crate) deletion_tasks: Table<DeletionTask>,
    pub(crate) keys: Table<Key>,
    pub(crate) materials: Table<Material>,
    pub(crate) aliases: Table<Alias>,
    pub(crate) grants: Table<Grant>,
    pub(crate) instances: Table<Instance>,
    pub(crate) directory_users: Table<DirectoryUser>,
    /// Which aliases point at a key; follows from `aliases`. A name without text stands before all.
    aliases_of_key: imbl::OrdSet<(KeyPlace, Option<AliasName>)>,
    /// What IAM's rows are found by; follows from users, groups, roles and access keys.
    iam_index: iam_index::IamIndex,
    /// What grants are found by; follows from `grants`.
    grant_index: grant_index::GrantIndex,
    /// Which account owns the key of an id in a Region; follows from `keys`.
    owners_of_key_ids: imbl::OrdMap<(RegionName, KeyId), AccountId>,
    /// Keys by the moment at which time does something to them; follows from `keys`.
    due_keys: imbl::OrdSet<(Timestamp, KeyPlace)>,
    /// What time does in the organisation, by when; follows from `accounts` and `account_requests`.
    due_in_organization: imbl::OrdSet<(Timestamp, OrganizationWork)>,
    /// Counts the changes of the organisation, so that a decision can rest on it as a whole.
    organization_changes: u64,
    /// How many customer managed keys an account has in a Region; follows from `keys`.
    customer_keys: imbl::OrdMap<(AccountId, RegionName), usize>,
    /// Who has a unique attribute; follows from `directory_users`.
    unique_attributes: imbl::OrdMap<(String, UniqueAttribute), String>,
}

impl Snapshot {
    /// The entity of a name.
    #[must_use]
    pub fn get<T: Stored>(&self, id: &T::Id) -> Option<&Arc<T>> {
        T::table(self).get(id).map(|row| &row.value)
    }

    /// The entity of a name with its version.
    #[must_use]
    pub fn row<T: Stored>(&self, id: &T::Id) -> Option<&Row<T>> {
        T::table(self).get(id)
    }

    /// All entities of a kind, in the order of their names.
    pub fn all<T: Stored>(&self) -> impl Iterator<Item = &Arc<T>> {
        T::table(self).values().map(|row| &row.value)
    }

    /// The installation's own row, once it was made.
    #[must_use]
    pub fn installation(&self) -> Option<&Arc<Installation>> {
        self.get::<Installation>(&())
    }

    /// Where the key of an id is in a Region, whichever account owns it.
    #[must_use]
    pub fn key_place(&self, region: &RegionName, id: &KeyId) -> Option<KeyPlace> {
        let account = *self.owners_of_key_ids.get(&(region.clone(), id.clone()))?;
        Some(KeyPlace {
            account,
            region: region.clone(),
            id: id.clone(),
        })
    }

    /// The key that time does something to first, and when.
    #[must_use]
    pub fn next_due_key(&self) -> Option<(Timestamp, &KeyPlace)> {
        self.due_keys.get_min().map(|(date, place)| (*date, place))
    }

    /// What time does first in the organisation, and when.
    #[must_use]
    pub fn next_due_in_organization(&self) -> Option<(Timestamp, &OrganizationWork)> {
        let first = self.due_in_organization.get_min();
        first.map(|(date, work)| (*date, work))
    }

    /// The keys of an account in a Region, by key id, after one.
    pub fn keys_in<'a>(
        &'a self,
        account: AccountId,
        region: &'a RegionName,
        after: Option<KeyId>,
    ) -> impl Iterator<Item = &'a Arc<Key>> {
        let place = |id| KeyPlace {
            account,
            region: region.clone(),
            id,
        };
        let start = match after {
            Some(id) => Bound::Excluded(place(id)),
            None => Bound::Included(place(KeyId::lowest())),
        };
        self.keys
            .range((start, Bound::Unbounded))
            .take_while(move |(place, _)| place.account == account && &place.region == region)
            .map(|(_, row)| &row.value)
    }

    /// How many customer managed keys an account has in a Region.
    #[must_use]
    pub fn customer_keys(&self, account: AccountId, region: &RegionName) -> usize {
        let place = (account, region.clone());
        self.customer_keys.get(&place).copied().unwrap_or_default()
    }

    /// The aliases of an account in a Region, by name, after one.
    pub fn aliases_in<'a>(
        &'a self,
        account: AccountId,
        region: &'a RegionName,
        after: Option<AliasName>,
    ) -> impl Iterator<Item = &'a Arc<Alias>> {
        let start = match after {
            Some(name) => Bound::Excluded((account, region.clone(), name)),
            None => Bound::Included((account, region.clone(), AliasName::lowest())),
        };
        self.aliases
            .range((start, Bound::Unbounded))
            .take_while(move |((own, at, _), _)| *own == account && at == region)
            .map(|(_, row)| &row.value)
    }

    /// The names of the aliases that point at a key.
    pub fn aliases_of<'a>(&'a self, key: &'a KeyPlace) -> impl Iterator<Item = &'a AliasName> {
        self.aliases_of_key
            .range((key.clone(), None)..)
            .take_while(move |(own, _)| own == key)
            .filter_map(|(_, name)| name.as_ref())
    }

    /// The grants on a key, by id.
    pub fn grants_of<'s, 'k>(
        &'s self,
        key: &'k KeyPlace,
    ) -> impl Iterator<Item = &'s Arc<Grant>> + use<'s, 'k> {
        self.grants_after(key, None)
    }

    /// The materials of a key, by id.
    pub fn materials_of<'a>(
        &'a self,
        key: &'a KeyPlace,
    ) -> impl Iterator<Item = &'a Arc<Material>> {
        let start = (key.clone(), MaterialId::from_bytes(&[0; 32]));
        self.materials
            .range(start..)
            .take_while(move |((k, _), _)| k == key)
            .map(|(_, row)| &row.value)
    }

    /// The row of a key material that a key says it has and that is not there: with it everything
    /// that it encrypted is lost.
    #[must_use]
    pub fn lost_material(&self) -> Option<String> {
        // Both tables are in the order of keys, so one walk over each is enough.
        let mut there = self.materials.keys().peekable();
        let inside = |key: &&Arc<Key>| key.origin != Origin::ExternalKeyStore;
        for key in self.all::<Key>().filter(inside) {
            let place = key.place();
            while there.next_if(|(of, _)| *of < place).is_some() {}
            let mut own = Vec::new();
            while let Some((_, id)) = there.next_if(|(of, _)| *of == place) {
                own.push(id);
            }
            let mut known = key.materials.iter().chain(&key.pending_material);
            let lost = known.find(|m| m.is_present() && !own.contains(&&m.id));
            if let Some(lost) = lost {
                return Some(Material::row(&(place, lost.id.clone())));
            }
        }
        None
    }

    /// The user of an identity store that has a unique attribute.
    #[must_use]
    pub fn user_with(&self, identity_store_id: &str, attribute: &UniqueAttribute) -> Option<&str> {
        self.unique_attributes
            .get(&(identity_store_id.to_owned(), attribute.clone()))
            .map(String::as_str)
    }

    /// The users of an identity store, by id.
    pub fn directory_users_of<'a>(
        &'a self,
        identity_store_id: &'a str,
    ) -> impl Iterator<Item = &'a Arc<DirectoryUser>> {
        self.directory_users
            .range((identity_store_id.to_owned(), String::new())..)
            .take_while(move |((store, _), _)| store == identity_store_id)
            .map(|(_, row)| &row.value)
    }

    /// How many rows there are of each kind, by collection.
    #[must_use]
    pub fn row_counts(&self) -> [(&'static str, usize); 18] {
        [
            (Installation::COLLECTION, self.installation.len()),
            (Account::COLLECTION, self.accounts.len()),
            (OrganizationalUnit::COLLECTION, self.units.len()),
            (
                OrganizationPolicy::COLLECTION,
                self.organization_policies.len(),
            ),
            (AccountRequest::COLLECTION, self.account_requests.len()),
            (User::COLLECTION, self.users.len()),
            (Group::COLLECTION, self.groups.len()),
            (Role::COLLECTION, self.roles.len()),
            (ManagedPolicy::COLLECTION, self.managed_policies.len()),
            (AccessKey::COLLECTION, self.access_keys.len()),
            (AccountAlias::COLLECTION, self.account_aliases.len()),
            (DeletionTask::COLLECTION, self.deletion_tasks.len()),
            (Key::COLLECTION, self.keys.len()),
            (Material::COLLECTION, self.materials.len()),
            (Alias::COLLECTION, self.aliases.len()),
            (Grant::COLLECTION, self.grants.len()),
            (Instance::COLLECTION, self.instances.len()),
            (DirectoryUser::COLLECTION, self.directory_users.len()),
        ]
    }

    /// The snapshot after some changes, at a revision. Expected versions are not looked at here:
    /// the commit loop has checked them.
    #[must_use]
    pub fn after<'a>(&self, changes: impl IntoIterator<Item = &'a Change>, revision: u64) -> Self {
        let mut next = self.clone();
        for change in changes {
            change.apply(&mut next);
        }
        next.revision = revision;
        next
    }
}
