//! The beginning of an installation: its organisation, accounts and first administrators, as one
//! recorded outcome. It makes no KMS key: that is done through the API like any other.

mod administrator;
mod development;

pub use administrator::{Administrator, Credentials, ReplacedKey, WayIn, let_in};
pub use development::{
    Development, MANAGEMENT_ACCOUNT, ORGANIZATION, OUTSIDE_ACCOUNT, REGIONS, ROOT,
    SECURITY_ACCOUNT, WORKLOAD_ACCOUNT, development,
};

use crate::chain::{Conditions, Outcome, ServiceError, Turn};
use crate::organizations::{
    ACCESS_ROLE, aws_managed_policies, joined, new_id, new_unit, put_access_role,
};
use crate::service_event::ServiceEvent;
use crate::sso_admin;
use crate::state::{Account, IDENTITY_CENTER, Installation, OrganizationSettings};
use claviger_types::{AccountId, InvalidName, RegionName};
use std::collections::BTreeMap;

/// What is to be made.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whether it is for production: its time is real and cannot be moved.
    pub production: bool,
    /// The organisation's id; a new one where none is given.
    pub organization: Option<String>,
    /// The id of its root; a new one where none is given.
    pub root: Option<String>,
    /// The Regions, the home Region first; at least one.
    pub regions: Vec<RegionName>,
    /// Organisational units beneath the root.
    pub units: Vec<PlannedUnit>,
    /// The management account, beneath the root.
    pub management: PlannedAccount,
    /// The other accounts of the organisation; each has an `OrganizationAccountAccessRole`.
    pub members: Vec<PlannedAccount>,
    /// Accounts outside the organisation.
    pub standalone: Vec<PlannedAccount>,
    /// Accounts that administer Identity Center beside the management account.
    pub delegated_administrators: Vec<AccountId>,
    /// The first users.
    pub administrators: Vec<Administrator>,
}

/// An organisational unit to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedUnit {
    /// `ou-…`.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// An account to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedAccount {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// The unit it stands under; the root where none is named.
    pub unit: Option<String>,
}

/// What was made.
#[derive(Debug)]
pub struct Installed {
    /// To be committed like any other outcome.
    pub outcome: Outcome,
    /// The access keys of the administrators, in the order of the plan.
    pub administrators: Vec<Credentials>,
}

/// Why nothing could be made.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// There is an installation already.
    #[error(
        "there is an installation already; --replace-key gives its administrator another access key"
    )]
    Exists,
    /// There is no installation yet.
    #[error("there is no installation yet")]
    Missing,
    /// The installation is one for development.
    #[error(
        "this is a development installation: the access keys of its users are in the file credentials \
         of its directory"
    )]
    Development,
    /// The user is there already.
    #[error("the management account has a user {0} already; --replace-key gives it an access key")]
    UserExists(String),
    /// The user is not there, or is no administrator.
    #[error(
        "the management account has no user {0} with AdministratorAccess; --new-administrator makes \
         one under a name that is free"
    )]
    NoAdministrator(String),
    /// The plan is not one.
    #[error("the plan cannot be carried out: {0}")]
    Plan(&'static str),
    /// Two accounts have one id.
    #[error("the account {0} is named twice")]
    AccountTwice(AccountId),
    /// A fixed name is not valid: a fault of this program.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// A value could not be sealed or made: a fault of this program.
    #[error("{}", .0.inside.as_deref().unwrap_or("the installation cannot be made"))]
    Service(ServiceError),
}

impl From<ServiceError> for BootstrapError {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

/// Makes the installation. `seed` is 32 fresh bytes of entropy.
///
/// # Errors
/// When there is one already, when the plan is not one, or for a fault of this program.
pub fn install(
    conditions: Conditions<'_>,
    seed: [u8; 32],
    plan: &Plan,
) -> Result<Installed, BootstrapError> {
    if conditions.snapshot.installation().is_some() {
        return Err(BootstrapError::Exists);
    }
    check(plan)?;
    let home = plan
        .regions
        .first()
        .ok_or(BootstrapError::Plan("it names no Region"))?;
    let mut turn = Turn::with_seed(conditions, seed, &[]);
    let root = organization(&mut turn, home, plan);
    account(&mut turn, home, &plan.management, Some(&root));
    for member in &plan.members {
        let unit = member.unit.as_ref().unwrap_or(&root);
        account(&mut turn, home, member, Some(unit));
    }
    for outside in &plan.standalone {
        account(&mut turn, home, outside, None);
    }
    for member in &plan.members {
        access_role(&mut turn, home, member.id, plan.management.id)?;
    }
    let mut administrators = Vec::new();
    for planned in &plan.administrators {
        administrators.push(administrator::make(&mut turn, home, planned)?);
    }
    instance(&mut turn, home, plan.management.id)?;
    Ok(Installed {
        outcome: turn.finish_own(),
        administrators,
    })
}

fn check(plan: &Plan) -> Result<(), BootstrapError> {
    let accounts = || {
        let members = plan.members.iter().chain(&plan.standalone);
        std::iter::once(&plan.management).chain(members)
    };
    for (nth, account) in accounts().enumerate() {
        if accounts().take(nth).any(|other| other.id == account.id) {
            return Err(BootstrapError::AccountTwice(account.id));
        }
        if !is_account_name(&account.name) {
            return Err(BootstrapError::Plan(
                "the name of an account has 1 to 50 printable ASCII characters",
            ));
        }
    }
    for administrator in &plan.administrators {
        administrator::check_name(&administrator.user)?;
    }
    let is_member = |id: &AccountId| plan.members.iter().any(|member| member.id == *id);
    if !plan.delegated_administrators.iter().all(is_member) {
        return Err(BootstrapError::Plan(
            "a delegated administrator must be one of the member accounts",
        ));
    }
    Ok(())
}

/// Source: Organizations API Reference, `Account`, `Name`.
fn is_account_name(name: &str) -> bool {
    (1..=50).contains(&name.len()) && name.bytes().all(|b| (b' '..=b'~').contains(&b))
}

fn event(
    turn: &mut Turn<'_>,
    home: &RegionName,
    source: &'static str,
    name: &'static str,
    account: AccountId,
) {
    ServiceEvent {
        source,
        name,
        account,
        region: home.clone(),
        resources: Vec::new(),
        details: None,
    }
    .record(turn);
}

/// Makes the organisation with its root, units and first policies. Returns the root's id.
fn organization(turn: &mut Turn<'_>, home: &RegionName, plan: &Plan) -> String {
    let given = |id: &Option<String>, prefix, turn: &mut Turn<'_>| match id {
        Some(id) => id.clone(),
        None => new_id(prefix, 10, turn.entropy()),
    };
    let organization = given(&plan.organization, "o-", turn);
    let root = given(&plan.root, "r-", turn);
    turn.put(Installation {
        created: turn.now(),
        production: plan.production,
        regions: plan.regions.clone(),
        organization: Some(organization),
        management_account: Some(plan.management.id),
        delegated_administrators: plan.delegated_administrators.clone(),
        organization_settings: OrganizationSettings {
            service_access: Some(BTreeMap::from([(IDENTITY_CENTER.to_owned(), turn.now())])),
            ..OrganizationSettings::default()
        },
        clock_offset_millis: 0,
    });
    for policy in aws_managed_policies() {
        turn.put(policy);
    }
    unit(turn, &root, "Root", None);
    for planned in &plan.units {
        unit(turn, &planned.id, &planned.name, Some(&root));
    }
    event(
        turn,
        home,
        "organizations.amazonaws.com",
        "CreateOrganization",
        plan.management.id,
    );
    root
}

fn unit(turn: &mut Turn<'_>, id: &str, name: &str, parent: Option<&str>) {
    turn.put(new_unit(id, name, parent, &OrganizationSettings::default()));
}

fn account(
    turn: &mut Turn<'_>,
    home: &RegionName,
    planned: &PlannedAccount,
    parent: Option<&String>,
) {
    let mut account = Account::new(planned.id, &planned.name, turn.now());
    if let Some(parent) = parent {
        account = joined(account, parent, &OrganizationSettings::default());
    }
    turn.put(account);
    event(
        turn,
        home,
        "organizations.amazonaws.com",
        "CreateAccountResult",
        planned.id,
    );
}

fn access_role(
    turn: &mut Turn<'_>,
    home: &RegionName,
    account: AccountId,
    management: AccountId,
) -> Result<(), BootstrapError> {
    put_access_role(turn, account, management, ACCESS_ROLE)?;
    event(turn, home, "iam.amazonaws.com", "CreateRole", account);
    Ok(())
}

fn instance(
    turn: &mut Turn<'_>,
    home: &RegionName,
    owner: AccountId,
) -> Result<(), BootstrapError> {
    let instance = sso_admin::new_instance(turn, owner, home.clone())?;
    turn.put(instance);
    event(turn, home, "sso.amazonaws.com", "CreateInstance", owner);
    Ok(())
}
