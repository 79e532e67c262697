//! Identity Center's key: set up once per directory by calls of the AWS SDK to the service's own
//! endpoint, and proved by use at every start. After the first time the key is the operator's: it
//! is looked at and never changed.

use crate::credentials::Profile;
use crate::development::Development;
use crate::directory::{CREDENTIALS, Directory, FinishedSetUp};
use crate::exit::Failure;
use crate::progress::Progress;
use claviger_core::bootstrap::SECURITY_ACCOUNT;
use claviger_core::state::{self, Encryption, Snapshot};
use claviger_govern::identity_center::{Blueprint, Fault, Instance, prove, set_up};
use claviger_govern::{Endpoint, SdkConfig};

/// AWS's code for an access key that is unknown or not active.
const STALE: &str = "UnrecognizedClientException";

/// What was found or made.
#[derive(Debug)]
pub(crate) struct Center {
    /// The instance, with the ARN of its customer managed key if it has one.
    pub(crate) instance: Instance,
    /// Whether the key was set up just now.
    pub(crate) is_new: bool,
    /// The calls the outsider was refused, or why the proof failed.
    pub(crate) proof: Result<Vec<&'static str>, String>,
}

pub(crate) async fn ensure(
    directory: &Directory,
    running: &Development,
) -> Result<Center, Failure> {
    let endpoint = directory.endpoint(&running.service)?;
    let admin = sdk(&endpoint, &running.organization.admin)?;
    let outsider = sdk(&endpoint, &running.organization.outsider)?;
    let is_new = directory.finished_set_up()?.is_none();
    let instance = if is_new {
        make(directory, &admin).await?
    } else {
        // Whatever the operator did to keys and permissions since, the service starts.
        known(&running.node.snapshot()).ok_or_else(no_instance)?
    };
    let _proving = Progress::start("proving the key of Identity Center");
    let proof = prove_key(&admin, &outsider, &instance).await;
    match proof {
        // What was set up just now must work; what an operator did to it since is theirs.
        Err(what) if is_new => Err(Failure::new(format_args!(
            "the key of Identity Center was set up but is not proved: {what}"
        ))
        .next("mend that, then run the same command again: it proves the key again")),
        proof => Ok(Center {
            instance,
            is_new,
            proof,
        }),
    }
}

/// Every installation is made with one.
fn no_instance() -> Failure {
    Failure::new("the database holds no Identity Center instance: it is damaged, or was changed")
        .next("restore the directory from its last backup, or start anew with another --dir")
}

/// The instance as the service itself holds it: no permission is needed to look.
fn known(snapshot: &Snapshot) -> Option<Instance> {
    let instance = snapshot.all::<state::Instance>().next()?;
    Some(Instance {
        arn: instance.arn(),
        identity_store_id: instance.identity_store_id.clone(),
        owner: instance.owner.to_string(),
        key_arn: match &instance.encryption {
            Encryption::CustomerManaged { key } => Some(key.to_string()),
            Encryption::AwsOwned => None,
        },
        encryption_status: "ENABLED".to_owned(),
        encryption_status_reason: None,
    })
}

async fn prove_key(
    admin: &SdkConfig,
    outsider: &SdkConfig,
    instance: &Instance,
) -> Result<Vec<&'static str>, String> {
    let Some(key) = &instance.key_arn else {
        return Err("Identity Center uses a key that AWS owns".to_owned());
    };
    match prove(admin, Some(outsider), &instance.arn, key).await {
        Ok(proof) => Ok(proof.outsider_refused),
        Err(Fault::Call(failed)) if failed.code.as_deref() == Some(STALE) => Err(format!(
            "the access key of the profile default is no longer valid; put a valid one of the \
             administrator into the file {CREDENTIALS} ({failed})"
        )),
        Err(fault) => Err(fault.to_string()),
    }
}

fn sdk(endpoint: &Endpoint, profile: &Profile) -> Result<SdkConfig, Failure> {
    endpoint
        .sdk(&profile.access_key_id, &profile.secret_access_key, None)
        .map_err(|error| {
            Failure::new(error).next("delete ca.pem and tls.pem; claviger up --tls makes both anew")
        })
}

async fn make(directory: &Directory, admin: &SdkConfig) -> Result<Instance, Failure> {
    let blueprint = Blueprint {
        delegated_administrator: Some(SECURITY_ACCOUNT.parse().map_err(Failure::defect)?),
    };
    let _setting_up = Progress::start("setting up the key of Identity Center");
    let made = set_up(admin, &blueprint, |step| tracing::info!(?step, "set-up")).await;
    let made = made.map_err(|fault| {
        Failure::new(format_args!(
            "the key of Identity Center was not set up: {fault}"
        ))
        .next("mend that, then run the same command again: it goes on where it stopped")
    })?;
    directory.note_set_up(&FinishedSetUp {
        key_arn: made.key_arn,
    })?;
    Ok(made.instance)
}
