//! The development organisation: the fixed accounts, users and roles that `claviger up` starts
//! from. Scripts and documentation may name them.

use super::{Administrator, BootstrapError, Credentials, Plan, PlannedAccount, PlannedUnit};
use crate::chain::{Conditions, Outcome};

/// The organisation.
pub const ORGANIZATION: &str = "o-a1b2c3d4e5";
/// Its root.
pub const ROOT: &str = "r-ab12";
/// The management account.
pub const MANAGEMENT_ACCOUNT: &str = "111122223333";
/// The security account, delegated administrator of Identity Center.
pub const SECURITY_ACCOUNT: &str = "222233334444";
/// The workload account.
pub const WORKLOAD_ACCOUNT: &str = "333344445555";
/// The standalone account outside the organisation.
pub const OUTSIDE_ACCOUNT: &str = "999900001111";
/// The Regions, the home Region first.
pub const REGIONS: [&str; 3] = ["us-east-1", "us-west-2", "eu-west-1"];

const SECURITY_UNIT: &str = "ou-ab12-11111111";
const WORKLOADS_UNIT: &str = "ou-ab12-22222222";

/// What the bootstrap made.
#[derive(Debug)]
pub struct Development {
    /// To be committed like any other outcome.
    pub outcome: Outcome,
    /// The administrator in the management account.
    pub admin: Credentials,
    /// The user of the standalone account.
    pub outsider: Credentials,
}

/// Makes the development organisation. `seed` is 32 fresh bytes of entropy.
///
/// # Errors
/// Only for a fault of this program.
pub fn development(
    conditions: Conditions<'_>,
    seed: [u8; 32],
) -> Result<Development, BootstrapError> {
    let made = super::install(conditions, seed, &plan()?)?;
    let mut administrators = made.administrators.into_iter();
    match (administrators.next(), administrators.next()) {
        (Some(admin), Some(outsider)) => Ok(Development {
            outcome: made.outcome,
            admin,
            outsider,
        }),
        _ => Err(BootstrapError::Plan("it has two administrators")),
    }
}

fn plan() -> Result<Plan, BootstrapError> {
    let account = |id: &str, name: &str, unit: Option<&str>| -> Result<_, BootstrapError> {
        Ok(PlannedAccount {
            id: id.parse()?,
            name: name.to_owned(),
            unit: unit.map(str::to_owned),
        })
    };
    let unit = |id: &str, name: &str| PlannedUnit {
        id: id.to_owned(),
        name: name.to_owned(),
    };
    let administrator = |account: &str, user: &str| -> Result<_, BootstrapError> {
        Ok(Administrator {
            account: account.parse()?,
            user: user.to_owned(),
        })
    };
    Ok(Plan {
        production: false,
        organization: Some(ORGANIZATION.to_owned()),
        root: Some(ROOT.to_owned()),
        regions: REGIONS
            .iter()
            .map(|r| r.parse())
            .collect::<Result<_, _>>()?,
        units: vec![
            unit(SECURITY_UNIT, "Security"),
            unit(WORKLOADS_UNIT, "Workloads"),
        ],
        management: account(MANAGEMENT_ACCOUNT, "management", None)?,
        members: vec![
            account(SECURITY_ACCOUNT, "security", Some(SECURITY_UNIT))?,
            account(WORKLOAD_ACCOUNT, "workload", Some(WORKLOADS_UNIT))?,
        ],
        standalone: vec![account(OUTSIDE_ACCOUNT, "outside", None)?],
        delegated_administrators: vec![SECURITY_ACCOUNT.parse()?],
        administrators: vec![
            administrator(MANAGEMENT_ACCOUNT, "admin")?,
            administrator(OUTSIDE_ACCOUNT, "outsider")?,
        ],
    })
}
