//! What no two users of an identity store may share: the user name, the e-mail address, an
//! external id. Values are compared normalised and kept only as keyed digests.

use super::vault::Vault;
use crate::chain::{ServiceError, Turn};
use crate::state::Instance;
use claviger_model::identitystore::User;
use claviger_model::identitystore::error::CONFLICT_EXCEPTION;
use zeroize::Zeroizing;

/// The path of the user name.
pub(super) const USER_NAME: &str = "userName";
/// The path of the e-mail address.
pub(super) const EMAIL: &str = "emails.value";
/// The path of an external id.
pub(super) const EXTERNAL_ID: &str = "externalIds";

/// A unique attribute of a user, normalised.
pub(super) struct Unique {
    pub(super) path: &'static str,
    value: Zeroizing<Vec<u8>>,
}

impl Unique {
    /// User names are equal whatever their case.
    pub(super) fn user_name(name: &str) -> Self {
        Self::text(USER_NAME, name)
    }

    /// So are e-mail addresses.
    pub(super) fn email(address: &str) -> Self {
        Self::text(EMAIL, address)
    }

    /// External ids are equal to the letter, and only within their issuer.
    pub(super) fn external_id(issuer: &str, id: &str) -> Self {
        let mut value = Zeroizing::new(Vec::with_capacity(8 + issuer.len() + id.len()));
        value.extend_from_slice(
            &u64::try_from(issuer.len())
                .unwrap_or(u64::MAX)
                .to_be_bytes(),
        );
        value.extend_from_slice(issuer.as_bytes());
        value.extend_from_slice(id.as_bytes());
        Self {
            path: EXTERNAL_ID,
            value,
        }
    }

    fn text(path: &'static str, text: &str) -> Self {
        Self {
            path,
            value: Zeroizing::new(text.to_lowercase().into_bytes()),
        }
    }

    /// What is digested: the path and the value, so that kinds never collide.
    pub(super) fn index_input(&self) -> Zeroizing<Vec<u8>> {
        let mut input = Zeroizing::new(Vec::with_capacity(self.path.len() + 1 + self.value.len()));
        input.extend_from_slice(self.path.as_bytes());
        input.push(0);
        input.extend_from_slice(&self.value);
        input
    }
}

/// The unique attributes of a user.
pub(super) fn of(user: &User) -> Vec<Unique> {
    let name = user.user_name.iter().map(|n| Unique::user_name(n));
    let emails = user.emails.iter().flatten();
    let emails = emails.filter_map(|e| e.value.as_deref().map(Unique::email));
    let ids = user.external_ids.iter().flatten();
    let ids = ids.filter_map(|e| Some(Unique::external_id(e.issuer.as_deref()?, e.id.as_deref()?)));
    name.chain(emails).chain(ids).collect()
}

/// Takes the unique attributes of a user that is about to be written.
///
/// # Errors
/// `ConflictException` when another user has one of them.
pub(super) fn claim(
    turn: &mut Turn<'_>,
    vault: &Vault,
    instance: &Instance,
    user_id: &str,
    user: &User,
) -> Result<(), ServiceError> {
    let mut new = false;
    for unique in of(user) {
        let digest = vault.digest(&unique);
        match turn.view().user_with(&instance.identity_store_id, &digest) {
            Some(holder) if holder == user_id => {}
            Some(_) => return Err(conflict(unique.path)),
            None => new = true,
        }
    }
    if new {
        // Two requests that take the same attribute at once write different users. Both write the
        // instance's row too, so the later one is decided again and sees the first.
        turn.put(instance.clone());
    }
    Ok(())
}

fn conflict(path: &str) -> ServiceError {
    let what = match path {
        USER_NAME => "Duplicate UserName",
        EMAIL => "Duplicate Email",
        _ => "Duplicate ExternalId",
    };
    ServiceError::new(&CONFLICT_EXCEPTION, what)
        .with_member("Reason", "UNIQUENESS_CONSTRAINT_VIOLATION")
}
