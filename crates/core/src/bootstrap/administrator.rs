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
        groups: Vec::new(),
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

/// How whoever holds the installation itself gets in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayIn {
    /// A user that has `AdministratorAccess` gets a new access key in the place of its others.
    ReplaceKey,
    /// A user that is not there is made, as an administrator.
    NewUser,
}

/// Makes an access key of an administrator of the management account, for whoever holds the
/// installation itself and has lost the others: it is no call of an API, and recorded as service
/// events. Of a user that is there nothing but access keys is changed. Production only: the
/// development service keeps the access keys of its users in a file.
///
/// # Errors
/// When there is no such installation, when the user is none or is there already, or for a fault of
/// this program.
pub fn let_in(
    conditions: Conditions<'_>,
    seed: [u8; 32],
    user: &str,
    way: WayIn,
) -> Result<ReplacedKey, BootstrapError> {
    check_name(user)?;
    let installation = conditions.snapshot.installation();
    let installation = installation.ok_or(BootstrapError::Missing)?;
    if !installation.production {
        return Err(BootstrapError::Development);
    }
    let home = installation
        .regions
        .first()
        .ok_or(BootstrapError::Missing)?;
    let administrator = Administrator {
        account: installation
            .management_account
            .ok_or(BootstrapError::Missing)?,
        user: user.to_owned(),
    };
    let mut turn = Turn::with_seed(conditions, seed, &[]);
    let known = turn.current::<User>(&entity_place(administrator.account, user));
    let (credentials, deleted) = match (way, known) {
        (WayIn::NewUser, None) => (make(&mut turn, home, &administrator)?, Vec::new()),
        (WayIn::NewUser, Some(_)) => return Err(BootstrapError::UserExists(user.to_owned())),
        (WayIn::ReplaceKey, Some(known)) if is_administrator(&known)? => {
            let deleted = delete_keys(&mut turn, home, &known);
            let made = make_key(&mut turn, home, &administrator, known.id.clone())?;
            (made, deleted)
        }
        (WayIn::ReplaceKey, _) => return Err(BootstrapError::NoAdministrator(user.to_owned())),
    };
    Ok(ReplacedKey {
        outcome: turn.finish_own(),
        credentials,
        deleted,
    })
}

fn is_administrator(user: &User) -> Result<bool, InvalidName> {
    let access: Arn = ADMINISTRATOR_ACCESS.parse()?;
    Ok(user.policies.managed.contains(&access))
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
