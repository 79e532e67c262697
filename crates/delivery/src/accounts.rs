//! Whose records there are, and where each account's files lie: the layout of an organisation's trail
//! or of trails of single accounts. Source: CloudTrail User Guide, "Finding your CloudTrail log
//! files", "Creating a trail for an organization".

use claviger_trail::archive::TrailPlace;
use claviger_types::{AccountId, RegionName};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// How the files of an organisation's accounts are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// One trail for the organisation: `AWSLogs/o-…/ACCOUNT/…`. An account outside it has a trail of
    /// its own.
    Organization,
    /// A trail for each account: `AWSLogs/ACCOUNT/…`.
    Account,
}

impl FromStr for Layout {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "organization" => Ok(Self::Organization),
            "account" => Ok(Self::Account),
            _ => Err(()),
        }
    }
}

/// The trail, or the trails of one name, that deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// Its name.
    pub name: String,
    /// The bucket; of an archive in a directory the name that digests call it by.
    pub bucket: String,
    /// What comes before `AWSLogs`, without slashes at its ends.
    pub prefix: Option<String>,
    /// How files are laid out.
    pub layout: Layout,
}

/// The accounts of an installation as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// The organisation's id, if there is one.
    pub organization: Option<String>,
    /// The accounts in the organisation.
    pub members: Vec<AccountId>,
    /// The accounts outside it.
    pub standalone: Vec<AccountId>,
    /// The Regions, the home Region first.
    pub regions: Vec<RegionName>,
}

impl Accounts {
    /// Each account in each Region.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (AccountId, &RegionName)> {
        let accounts = self.members.iter().chain(&self.standalone);
        accounts.flat_map(|account| self.regions.iter().map(|region| (*account, region)))
    }
}

impl Trail {
    /// Where the files of an account lie; `None` for an installation without Regions.
    #[must_use]
    pub fn place(&self, accounts: &Accounts, account: AccountId) -> Option<TrailPlace> {
        let in_organization = self.layout == Layout::Organization;
        let organization = accounts
            .organization
            .as_ref()
            .filter(|_| in_organization && accounts.members.contains(&account));
        Some(TrailPlace {
            bucket: self.bucket.clone(),
            prefix: self.prefix.clone(),
            organization: organization.cloned(),
            trail: self.name.clone(),
            home_region: accounts.regions.first()?.clone(),
        })
    }
}
