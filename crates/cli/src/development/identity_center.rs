//! Identity Center's key: set up once per directory by calls of the AWS SDK to the service's own
//! endpoint, and proved by use at every start. After the first time the key is the operator's: it
//! is looked at and never changed.

use super::organization::Organization;
use crate::credentials::Profile;
use crate::directory::{Directory, FinishedSetUp, RunningService};
use crate::exit::Failure;
use claviger_core::bootstrap::SECURITY_ACCOUNT;
use claviger_govern::identity_center::{Blueprint, Instance, find, prove, set_up};
use claviger_govern::{Endpoint, SdkConfig};

/// What was found or made.
#[derive(Debug)]
pub(crate) struct Center {
    /// The instance.
    pub(crate) instance: Instance,
    /// The ARN of its customer managed key, if it has one.
    pub(crate) key_arn: Option<String>,
    /// Whether the key was set up just now.
    pub(crate) is_new: bool,
    /// The calls the outsider was refused, or why the proof failed.
    pub(crate) proof: Result<Vec<&'static str>, String>,
}

pub(crate) async fn ensure(
    directory: &Directory,
    service: &RunningService,
    organization: &Organization,
) -> Result<Center, Failure> {
    let endpoint = directory.endpoint(service)?;
    let admin = sdk(&endpoint, &organization.admin)?;
    let outsider = sdk(&endpoint, &organization.outsider)?;
    let is_new = directory.finished_set_up()?.is_none();
    let (instance, key_arn) = if is_new {
        let (instance, key_arn) = make(directory, &admin).await?;
        (instance, Some(key_arn))
    } else {
        let (instance, _) = find(&admin).await.map_err(Failure::new)?;
        let key_arn = instance.key_arn.clone();
        (instance, key_arn)
    };
    let proof = match &key_arn {
        None => Err("Identity Center uses a key that AWS owns".to_owned()),
        Some(key) => prove(&admin, Some(&outsider), &instance.arn, key)
            .await
            .map(|proof| proof.outsider_refused)
            .map_err(|fault| fault.to_string()),
    };
    match proof {
        // What was set up just now must work; what an operator did to it since is theirs.
        Err(what) if is_new => Err(Failure::new(what)),
        proof => Ok(Center {
            instance,
            key_arn,
            is_new,
            proof,
        }),
    }
}

fn sdk(endpoint: &Endpoint, profile: &Profile) -> Result<SdkConfig, Failure> {
    endpoint
        .sdk(&profile.access_key_id, &profile.secret_access_key, None)
        .map_err(Failure::new)
}

async fn make(directory: &Directory, admin: &SdkConfig) -> Result<(Instance, String), Failure> {
    let blueprint = Blueprint {
        delegated_administrator: Some(SECURITY_ACCOUNT.parse().map_err(Failure::new)?),
    };
    let made = set_up(admin, &blueprint, |step| tracing::info!(?step, "set-up")).await;
    let made = made.map_err(|fault| {
        Failure::new(format_args!(
            "the key of Identity Center was not set up: {fault}"
        ))
        .next("mend that, then run the same command again: it goes on where it stopped")
    })?;
    directory.note_set_up(&FinishedSetUp {
        key_arn: made.key_arn.clone(),
    })?;
    Ok((made.instance, made.key_arn))
}
