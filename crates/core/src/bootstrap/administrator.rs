//! Administrators that the installation itself makes: users with `AdministratorAccess` and one
//! access key. Everybody else is made through IAM.

use super::{BootstrapError, event};
use crate::chain::{Conditions, Outcome, Turn};
use crate::iam::{ADMINISTRATOR_ACCESS, new_access_key};
use crate::state::{AccessKey, Attachments, User, entity_place};
use claviger_types::{AccountId, Arn, InvalidName, RegionName, Secret, UniqueId};

/// A user to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrator {
    /// The account.
    pub account: AccountId,
    /// The user's name; what IAM takes as one.
    pub user: String,
}

/// An access key as it is shown once.
#[derive(Debug)]
pub struct Credentials {
    /// The user it belongs to.
    pub user: String,
    /// The access key id.
    pub access_key_id: UniqueId,
    /// The secret access key.
    pub secret_access_key: Secret<String>,
}

/// A new access key in the place of an administrator's others.
#[derive(Debug)]
pub struct ReplacedKey {
    /// To be committed like any other outcome.
    pub outcome: Outcome,
    /// The new access key.
    pub credentials: Credentials,
    /// The access keys that are gone.
    pub deleted: Vec<UniqueId>,
}

/// Source: IAM API Reference, `CreateUser`, `UserName`.
pub(super) fn check_name(user: &str) -> Result<(), BootstrapError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (1..=64).contains(&user.len()) && user.chars().all(allowed) {
        return Ok(());
    }
    Err(BootstrapError::Plan(
        "the name of a user has 1 to 64 letters, digits or characters of _+=,.@-",
    ))
}

/// All that an administrator has.
pub(super) fn administrator_access() -> Result<Attachments, InvalidName> {
    Ok(Attachments {
        managed: vec![ADMINISTRATOR_ACCESS.parse::<Arn>()?],
        ..Attachments::default()
    })
}

/// Makes the user and its access key.
pub(super) fn make(
    turn: &mut Turn<'_>,
    home: &RegionName,
    administrator: &Administrator,
) -> Result<Credentials, BootstrapError> {
    let id = UniqueId::generate("AIDA", turn.entropy());
    turn.put(User {
        account: administrator.account,
        name: administrator.user.clone(),
        path: "/".to_owned(),
        id: id.clone(),
        created: turn.now(),
        tags: Vec::new(),
        policies: administrator_access()?,
    });
    event(
        turn,
        home,
        "iam.amazonaws.com",
        "CreateUser",
        administrator.account,
    );
    make_key(turn, home, administrator, id)
}

fn make_key(
    turn: &mut Turn<'_>,
    home: &RegionName,
    administrator: &Administrator,
    user_id: UniqueId,
) -> Result<Credentials, BootstrapError> {
    let Administrator { account, user } = administrator;
    let (key, secret) = new_access_key(turn, *account, (user.clone(), user_id))?;
    let access_key_id = key.id.clone();
    turn.put(key);
    event(turn, home, "iam.amazonaws.com", "CreateAccessKey", *account);
    Ok(Credentials {
        user: user.clone(),
        access_key_id,
        secret_access_key: secret,
    })
}

/// Gives an administrator of the management account a new access key and deletes the ones it had;
/// makes the user if it is not there. For whoever holds the installation itself and has lost the
/// access key: it is no call of an API, and recorded as service events. A user that is there keeps
/// its policies as they are.
///
/// # Errors
/// When there is no installation, or for a fault of this program.
pub fn replace_administrator_key(
    conditions: Conditions<'_>,
    seed: [u8; 32],
    user: &str,
) -> Result<ReplacedKey, BootstrapError> {
    check_name(user)?;
    let installation = conditions.snapshot.installation();
    let (account, home) = installation
        .and_then(|i| Some((i.management_account?, i.regions.first()?.clone())))
        .ok_or(BootstrapError::Missing)?;
    let administrator = Administrator {
        account,
        user: user.to_owned(),
    };
    let mut turn = Turn::with_seed(conditions, seed, &[]);
    let known = turn.current::<User>(&entity_place(account, user));
    let (credentials, deleted) = match known {
        None => (make(&mut turn, &home, &administrator)?, Vec::new()),
        Some(known) => {
            let deleted = delete_keys(&mut turn, &home, &known);
            let made = make_key(&mut turn, &home, &administrator, known.id.clone())?;
            (made, deleted)
        }
    };
    Ok(ReplacedKey {
        outcome: turn.finish_own(),
        credentials,
        deleted,
    })
}

fn delete_keys(turn: &mut Turn<'_>, home: &RegionName, user: &User) -> Vec<UniqueId> {
    let of_user =
        |key: &&std::sync::Arc<AccessKey>| key.account == user.account && key.user.1 == user.id;
    let all = turn.view().all::<AccessKey>();
    let ids: Vec<UniqueId> = all.filter(of_user).map(|key| key.id.clone()).collect();
    for id in &ids {
        turn.delete::<AccessKey>(id.clone());
        event(
            turn,
            home,
            "iam.amazonaws.com",
            "DeleteAccessKey",
            user.account,
        );
    }
    if !ids.is_empty() {
        turn.purge();
    }
    ids
}
