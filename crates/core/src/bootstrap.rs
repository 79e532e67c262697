//! The development organisation: the fixed accounts, users and roles that `claviger up` starts
//! from, as one recorded outcome. It makes no KMS key: that is done through the API like any other.

use crate::chain::{Conditions, Outcome, ServiceError, Turn};
use crate::iam::{ADMINISTRATOR_ACCESS, new_access_key};
use crate::service_event::ServiceEvent;
use crate::sso_admin;
use crate::state::{
    Account, Attachments, Installation, OrganizationPolicy, OrganizationalUnit, PolicyKind,
    PolicyText, Role, User,
};
use claviger_types::{AccountId, Arn, InvalidName, RegionName, Secret, UniqueId};
use std::collections::BTreeMap;

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

const FULL_ACCESS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const RCP_FULL_ACCESS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

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

/// Why the bootstrap could not be made: a fault of this program.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// A fixed name is not valid.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// A value could not be sealed or made.
    #[error("{}", .0.inside.as_deref().unwrap_or("the development organisation cannot be made"))]
    Service(ServiceError),
}

impl From<ServiceError> for BootstrapError {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

/// Makes the development organisation. `seed` is 32 fresh bytes of entropy.
///
/// # Errors
/// Only for a fault of this program.
pub fn development(
    conditions: Conditions<'_>,
    seed: [u8; 32],
) -> Result<Development, BootstrapError> {
    let mut turn = Turn::with_seed(conditions, seed, &[]);
    let regions = REGIONS
        .iter()
        .map(|r| r.parse())
        .collect::<Result<Vec<RegionName>, _>>()?;
    organization(&mut turn, &regions)?;
    for (id, name, parent) in [
        (MANAGEMENT_ACCOUNT, "management", Some(ROOT)),
        (SECURITY_ACCOUNT, "security", Some("ou-ab12-11111111")),
        (WORKLOAD_ACCOUNT, "workload", Some("ou-ab12-22222222")),
        (OUTSIDE_ACCOUNT, "outside", None),
    ] {
        account(&mut turn, id.parse()?, name, parent)?;
    }
    for member in [SECURITY_ACCOUNT, WORKLOAD_ACCOUNT] {
        access_role(&mut turn, member.parse()?)?;
    }
    let admin = user(&mut turn, MANAGEMENT_ACCOUNT.parse()?, "admin")?;
    let outsider = user(&mut turn, OUTSIDE_ACCOUNT.parse()?, "outsider")?;
    instance(&mut turn)?;
    Ok(Development {
        outcome: turn.finish_own(),
        admin,
        outsider,
    })
}

fn event(
    turn: &mut Turn<'_>,
    source: &'static str,
    name: &'static str,
    account: AccountId,
) -> Result<(), InvalidName> {
    let [home, ..] = REGIONS;
    ServiceEvent {
        source,
        name,
        account,
        region: home.parse()?,
        resources: Vec::new(),
        details: None,
    }
    .record(turn);
    Ok(())
}

fn organization(turn: &mut Turn<'_>, regions: &[RegionName]) -> Result<(), BootstrapError> {
    let management: AccountId = MANAGEMENT_ACCOUNT.parse()?;
    turn.put(Installation {
        created: turn.now(),
        regions: regions.to_vec(),
        organization: Some(ORGANIZATION.to_owned()),
        management_account: Some(management),
        delegated_administrators: vec![SECURITY_ACCOUNT.parse()?],
        clock_offset_millis: 0,
    });
    for (name, kind, text) in [
        ("FullAWSAccess", PolicyKind::ServiceControl, FULL_ACCESS),
        (
            "RCPFullAWSAccess",
            PolicyKind::ResourceControl,
            RCP_FULL_ACCESS,
        ),
    ] {
        turn.put(OrganizationPolicy {
            name: name.to_owned(),
            policy: PolicyText::new(name, kind, text, BTreeMap::new()),
        });
    }
    for (id, name, parent) in [
        (ROOT, "Root", None),
        ("ou-ab12-11111111", "Security", Some(ROOT)),
        ("ou-ab12-22222222", "Workloads", Some(ROOT)),
    ] {
        turn.put(OrganizationalUnit {
            id: id.to_owned(),
            name: name.to_owned(),
            parent: parent.map(str::to_owned),
            scps: vec!["FullAWSAccess".to_owned()],
            rcps: vec!["RCPFullAWSAccess".to_owned()],
        });
    }
    event(
        turn,
        "organizations.amazonaws.com",
        "CreateOrganization",
        management,
    )?;
    Ok(())
}

fn account(
    turn: &mut Turn<'_>,
    id: AccountId,
    name: &str,
    parent: Option<&str>,
) -> Result<(), BootstrapError> {
    let attached = |policy: &str| match parent {
        Some(_) => vec![policy.to_owned()],
        None => Vec::new(),
    };
    turn.put(Account {
        id,
        name: name.to_owned(),
        created: turn.now(),
        parent: parent.map(str::to_owned),
        scps: attached("FullAWSAccess"),
        rcps: attached("RCPFullAWSAccess"),
    });
    event(
        turn,
        "organizations.amazonaws.com",
        "CreateAccountResult",
        id,
    )?;
    Ok(())
}

fn administrator() -> Result<Attachments, InvalidName> {
    Ok(Attachments {
        managed: vec![ADMINISTRATOR_ACCESS.parse::<Arn>()?],
        ..Attachments::default()
    })
}

/// The role that AWS Organizations makes in each account that it creates. Source: AWS
/// Organizations User Guide, "Accessing member accounts".
fn access_role(turn: &mut Turn<'_>, account: AccountId) -> Result<(), BootstrapError> {
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{MANAGEMENT_ACCOUNT}:root"}},"Action":"sts:AssumeRole"}}]}}"#
    );
    let id = UniqueId::generate("AROA", turn.entropy());
    turn.put(Role {
        account,
        name: "OrganizationAccountAccessRole".to_owned(),
        path: "/".to_owned(),
        id,
        created: turn.now(),
        description: None,
        max_session_seconds: 3600,
        trust: PolicyText::new("trust", PolicyKind::Resource, &trust, BTreeMap::new()),
        tags: Vec::new(),
        policies: administrator()?,
    });
    event(turn, "iam.amazonaws.com", "CreateRole", account)?;
    Ok(())
}

fn user(
    turn: &mut Turn<'_>,
    account: AccountId,
    name: &str,
) -> Result<Credentials, BootstrapError> {
    let id = UniqueId::generate("AIDA", turn.entropy());
    turn.put(User {
        account,
        name: name.to_owned(),
        path: "/".to_owned(),
        id: id.clone(),
        created: turn.now(),
        tags: Vec::new(),
        policies: administrator()?,
    });
    event(turn, "iam.amazonaws.com", "CreateUser", account)?;
    let (key, secret) = new_access_key(turn, account, (name.to_owned(), id))?;
    let access_key_id = key.id.clone();
    turn.put(key);
    event(turn, "iam.amazonaws.com", "CreateAccessKey", account)?;
    Ok(Credentials {
        user: name.to_owned(),
        access_key_id,
        secret_access_key: secret,
    })
}

fn instance(turn: &mut Turn<'_>) -> Result<(), BootstrapError> {
    let owner: AccountId = MANAGEMENT_ACCOUNT.parse()?;
    let [home, ..] = REGIONS;
    let instance = sso_admin::new_instance(turn, owner, home.parse()?)?;
    turn.put(instance);
    event(turn, "sso.amazonaws.com", "CreateInstance", owner)?;
    Ok(())
}
