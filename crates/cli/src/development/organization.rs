//! The development organisation of a directory: made once, as one recorded outcome, with its access
//! keys in a file. A crash at any moment leaves a directory that goes on.

use crate::credentials::Profile;
use crate::directory::{CREDENTIALS, Directory};
use crate::exit::Failure;
use claviger_core::bootstrap::{Credentials, development};
use claviger_core::state::AccessKey;
use claviger_server::{Node, store_path};
use claviger_types::UniqueId;
use std::fs;

/// The administrator's profile.
pub(crate) const ADMIN: &str = "default";
/// The profile of the user outside the organisation.
pub(crate) const OUTSIDER: &str = "outsider";

/// Whose keys there are.
#[derive(Debug)]
pub(crate) struct Organization {
    /// Whether it was made just now.
    pub(crate) is_new: bool,
    /// The administrator of the management account.
    pub(crate) admin: Profile,
    /// The user of the standalone account.
    pub(crate) outsider: Profile,
}

/// Finds the organisation and its access keys, or makes them.
pub(crate) async fn ensure(node: &Node, directory: &Directory) -> Result<Organization, Failure> {
    let is_new = node.snapshot().installation().is_none();
    if is_new {
        make(node, directory).await?;
    } else if directory.credentials()?.is_none() {
        take_up(node, directory)?;
    }
    let mut profiles = directory.credentials()?.unwrap_or_default();
    match (take(&mut profiles, ADMIN), take(&mut profiles, OUTSIDER)) {
        (Some(admin), Some(outsider)) => Ok(Organization {
            is_new,
            admin,
            outsider,
        }),
        _ => Err(lost(directory, "lacks a profile")),
    }
}

fn take(profiles: &mut Vec<Profile>, name: &str) -> Option<Profile> {
    let at = profiles.iter().position(|profile| profile.name == name)?;
    Some(profiles.swap_remove(at))
}

/// Access keys whose database is gone: nothing may be made in its place, for it may come back.
pub(crate) fn needs_its_database(directory: &Directory) -> Result<(), Failure> {
    let there = fs::metadata(store_path(directory.path())).is_ok_and(|m| m.len() > 0);
    if there || directory.credentials()?.is_none() {
        return Ok(());
    }
    Err(Failure::new(format_args!(
        "{} holds access keys, but the database they belong to is gone",
        directory.path().display()
    ))
    .next("put the database back, with the log beside it, or take an empty directory with --dir"))
}

/// Access keys are written before they exist and take their place once they do: so none that
/// exists is ever unknown.
async fn make(node: &Node, directory: &Directory) -> Result<(), Failure> {
    let snapshot = node.snapshot();
    let made =
        development(node.state().conditions(&snapshot), node.seed()).map_err(Failure::defect)?;
    directory
        .announce_credentials(&[profile(ADMIN, made.admin), profile(OUTSIDER, made.outsider)])?;
    let committed = node.commit_own(made.outcome).await;
    committed.map_err(|error| {
        Failure::new(format_args!("the organisation was not made: {error}")).next(
            "see that the disk has room and works, then run the same command again: it goes on \
             where it stopped",
        )
    })?;
    directory.confirm_credentials()
}

fn profile(name: &str, credentials: Credentials) -> Profile {
    Profile {
        name: name.to_owned(),
        access_key_id: credentials.access_key_id.to_string(),
        secret_access_key: credentials.secret_access_key,
    }
}

/// The bootstrap was committed and the process ended before the keys took their place.
fn take_up(node: &Node, directory: &Directory) -> Result<(), Failure> {
    let coming = directory.coming_credentials()?.unwrap_or_default();
    let snapshot = node.snapshot();
    let exists = |profile: &Profile| {
        let id: Result<UniqueId, _> = profile.access_key_id.parse();
        id.is_ok_and(|id| snapshot.get::<AccessKey>(&id).is_some())
    };
    if coming.is_empty() || !coming.iter().all(exists) {
        return Err(lost(directory, "is missing"));
    }
    directory.confirm_credentials()
}

fn lost(directory: &Directory, what: &str) -> Failure {
    Failure::new(format_args!(
        "{} {what}, and secret access keys are shown only once",
        directory.file(CREDENTIALS).display()
    ))
    .next("put the file back from its copy, or start anew with another --dir")
}
