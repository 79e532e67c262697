//! The beginning of a production installation and the way back in: what `claviger bootstrap` asks
//! for, carried out on an open node. Who may ask is a matter of who can open the directory; it is
//! no call of an API.

use crate::commit::NotRecorded;
use crate::node::Node;
use claviger_core::bootstrap::{
    self, Administrator, BootstrapError, Credentials, Plan, PlannedAccount, WayIn, install,
};
use claviger_types::{AccountId, RegionName};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

/// An account to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// Its name: 1 to 50 printable ASCII characters.
    pub name: String,
}

/// What a production installation begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BootstrapRequest {
    /// The management account of the organisation.
    pub management: NewAccount,
    /// Its other accounts.
    pub members: Vec<NewAccount>,
    /// Members that administer Identity Center.
    pub delegated_administrators: Vec<AccountId>,
    /// The Regions, the home Region first.
    pub regions: Vec<RegionName>,
    /// The name of the administrator, an IAM user of the management account.
    pub user: String,
}

/// An administrator with an access key, which nobody is shown again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewAdministrator {
    /// The organisation.
    pub organization: String,
    /// The management account.
    pub account: AccountId,
    /// The home Region.
    pub region: RegionName,
    /// The user's name.
    pub user: String,
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Zeroizing<String>,
    /// Access keys that were deleted for it.
    pub deleted: Vec<String>,
}

impl fmt::Debug for NewAdministrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAdministrator")
            .field("account", &self.account)
            .field("user", &self.user)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Why there is no administrator.
#[derive(Debug, thiserror::Error)]
pub enum NoAdministrator {
    /// It cannot be made.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// It was not recorded; nothing was made.
    #[error(transparent)]
    NotRecorded(#[from] NotRecorded),
}

/// Makes a production installation in an empty node.
///
/// # Errors
/// When there is one already, when the request is not one, or when it was not recorded.
pub async fn bootstrap(
    node: &Node,
    request: &BootstrapRequest,
) -> Result<NewAdministrator, NoAdministrator> {
    let snapshot = node.snapshot();
    let plan = plan(request);
    let made = install(node.state().conditions(&snapshot), node.seed(), &plan)?;
    node.commit_own(made.outcome).await?;
    let mut administrators = made.administrators.into_iter();
    let credentials = administrators.next().ok_or(BootstrapError::Missing)?;
    told(node, &credentials, Vec::new())
}

/// Makes an access key of an administrator, for whoever has lost the others.
///
/// # Errors
/// When there is no production installation, when the user is not one that [`WayIn`] takes, or when
/// it was not recorded.
pub async fn let_in(
    node: &Node,
    user: &str,
    way: WayIn,
) -> Result<NewAdministrator, NoAdministrator> {
    let snapshot = node.snapshot();
    let conditions = node.state().conditions(&snapshot);
    let made = bootstrap::let_in(conditions, node.seed(), user, way)?;
    node.commit_own(made.outcome).await?;
    let deleted = made.deleted.iter().map(ToString::to_string).collect();
    told(node, &made.credentials, deleted)
}

fn plan(request: &BootstrapRequest) -> Plan {
    let planned = |account: &NewAccount| PlannedAccount {
        id: account.id,
        name: account.name.clone(),
        unit: None,
    };
    Plan {
        production: true,
        organization: None,
        root: None,
        regions: request.regions.clone(),
        units: Vec::new(),
        management: planned(&request.management),
        members: request.members.iter().map(planned).collect(),
        standalone: Vec::new(),
        delegated_administrators: request.delegated_administrators.clone(),
        administrators: vec![Administrator {
            account: request.management.id,
            user: request.user.clone(),
        }],
    }
}

fn told(
    node: &Node,
    credentials: &Credentials,
    deleted: Vec<String>,
) -> Result<NewAdministrator, NoAdministrator> {
    let snapshot = node.snapshot();
    let installation = snapshot.installation().ok_or(BootstrapError::Missing)?;
    let account = installation.management_account;
    let region = installation.regions.first();
    Ok(NewAdministrator {
        organization: installation.organization.clone().unwrap_or_default(),
        account: account.ok_or(BootstrapError::Missing)?,
        region: region.cloned().ok_or(BootstrapError::Missing)?,
        user: credentials.user.clone(),
        access_key_id: credentials.access_key_id.to_string(),
        secret_access_key: Zeroizing::new(credentials.secret_access_key.expose().clone()),
        deleted,
    })
}
