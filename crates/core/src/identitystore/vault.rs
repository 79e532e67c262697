//! Encrypts and decrypts users under the identity store's open data key. A user is one encrypted
//! document; what must be unique stands beside it as a keyed digest. Each is bound to its store,
//! its user, the generation of the data key and the version of its row: moved, or put back in
//! place of a newer one, it does not open.

use super::named::Access;
use super::named::NamedStore;
use super::uniqueness;
use crate::chain::{Interrupt, Op, Request, ServiceError, Turn};
use crate::sso_admin::{Asker, Purpose, open_data_key};
use crate::state::{DirectoryUser, Instance, Snapshot, Stored, UniqueAttribute};
use claviger_crypto::{IndexKey, Place, Sealed, Sealer, hex};
use claviger_model::IDENTITYSTORE;
use claviger_model::identitystore::User;
use claviger_types::{Secret, Timestamp};
use std::sync::Arc;

/// The open identity store.
pub(crate) struct Vault {
    store_id: String,
    generation: u64,
    sealer: Sealer,
    index: IndexKey,
}

fn fault(what: impl Into<String>) -> ServiceError {
    ServiceError::internal(IDENTITYSTORE, what)
}

impl Vault {
    /// The vault of an instance under its open data key.
    ///
    /// # Errors
    /// When no key can be derived.
    pub(crate) fn new(sealer: Sealer, instance: &Instance) -> Result<Self, ServiceError> {
        Ok(Self {
            store_id: instance.identity_store_id.clone(),
            generation: instance.identity_store_data_key.generation,
            index: sealer
                .index_key(DirectoryUser::COLLECTION)
                .map_err(|e| fault(e.to_string()))?,
            sealer,
        })
    }

    /// Opens the vault for a request, if its caller may come in.
    ///
    /// # Errors
    /// See [`NamedStore::instance`] and [`open_data_key`].
    pub(super) fn open<O: Op>(
        turn: &mut Turn<'_>,
        request: &Request<O>,
        store: &NamedStore,
        action: &str,
        access: Access,
    ) -> Result<(Self, Arc<Instance>), Interrupt> {
        let instance = Arc::clone(store.instance(&request.caller, action, access)?);
        if access == Access::Write {
            // What is written now is under this data key; if that changes meanwhile, decide again.
            turn.rest_on::<Instance>(&instance.id);
        }
        let asker = Asker::of(request);
        let sealer = open_data_key(turn, asker, &instance, Purpose::IdentityStore)?;
        Ok((Self::new(sealer, &instance)?, instance))
    }

    /// Decrypts the attributes of a stored user.
    ///
    /// # Errors
    /// A fault of this installation: the row was altered or is of another generation.
    pub(super) fn read(&self, view: &Snapshot, user: &DirectoryUser) -> Result<User, ServiceError> {
        let id = user.id();
        let version = view
            .row::<DirectoryUser>(&id)
            .map(|row| row.version)
            .ok_or_else(|| fault("the user is gone"))?;
        if user.data_key_generation != self.generation {
            return Err(fault(format!(
                "user {} is under generation {} of the data key, the store is at {}",
                user.user_id, user.data_key_generation, self.generation
            )));
        }
        let unreadable = |what: String| fault(format!("user {}: {what}", user.user_id));
        let sealed =
            Sealed::try_from(user.attributes.clone()).map_err(|e| unreadable(e.to_string()))?;
        let row = DirectoryUser::row(&id);
        let plaintext = self
            .sealer
            .open(&place(&row, version), &sealed)
            .map_err(|e| unreadable(e.to_string()))?;
        // What the decoder says may quote the document, so it is not repeated.
        serde_json::from_slice(plaintext.expose())
            .map_err(|_| unreadable("the attributes cannot be decoded".to_owned()))
    }

    /// Encrypts a user for the next version of its row.
    ///
    /// # Errors
    /// When it cannot be encoded or sealed.
    pub(super) fn write(
        &self,
        turn: &mut Turn<'_>,
        user_id: &str,
        attributes: &User,
        created: Timestamp,
        updated: Timestamp,
    ) -> Result<DirectoryUser, ServiceError> {
        let id = (self.store_id.clone(), user_id.to_owned());
        let before = turn.view().row::<DirectoryUser>(&id).map(|r| r.version);
        let row = DirectoryUser::row(&id);
        let mut plaintext = Secret::new(Vec::with_capacity(4096));
        serde_json::to_writer(plaintext.expose_mut(), attributes)
            .map_err(|_| fault("a user's attributes cannot be encoded"))?;
        let place = place(&row, before.unwrap_or(0).saturating_add(1));
        let sealed = self
            .sealer
            .seal(&place, plaintext.expose(), turn.entropy())
            .map_err(|e| fault(e.to_string()))?;
        Ok(DirectoryUser {
            identity_store_id: id.0,
            user_id: id.1,
            data_key_generation: self.generation,
            attributes: sealed.into(),
            unique: uniqueness::of(attributes)
                .iter()
                .map(|unique| self.digest(unique))
                .collect(),
            created,
            updated,
        })
    }

    /// The keyed digest under which a unique attribute is found.
    pub(super) fn digest(&self, unique: &uniqueness::Unique) -> UniqueAttribute {
        UniqueAttribute {
            attribute: unique.path.to_owned(),
            digest: hex(&self.index.tag(&unique.index_input())),
        }
    }
}

fn place(row: &str, version: u64) -> Place<'_> {
    Place {
        collection: DirectoryUser::COLLECTION,
        row,
        version,
    }
}

/// Encrypts all users of a store anew, from one data key to another. Nothing a caller sees of
/// them changes.
///
/// # Errors
/// When a user cannot be read; nothing has changed then, because the turn is refused.
pub(crate) fn encrypt_anew(
    turn: &mut Turn<'_>,
    old: &Vault,
    new: &Vault,
) -> Result<(), ServiceError> {
    let users: Vec<Arc<DirectoryUser>> = turn
        .view()
        .directory_users_of(&old.store_id)
        .cloned()
        .collect();
    for user in users {
        let attributes = old.read(turn.view(), &user)?;
        let again = new.write(turn, &user.user_id, &attributes, user.created, user.updated)?;
        turn.put(again);
    }
    Ok(())
}
