//! Account aliases as they are stored: names for accounts, unique among all accounts.

use super::Snapshot;
use super::table::{Stored, Table};
use claviger_types::AccountId;
use serde::{Deserialize, Serialize};

/// The alias of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountAlias {
    /// The name.
    pub name: String,
    /// Whose it is.
    pub account: AccountId,
}

impl Stored for AccountAlias {
    type Id = String;
    const COLLECTION: &'static str = "iam.account_alias";
    fn id(&self) -> String {
        self.name.clone()
    }
    fn row(id: &String) -> String {
        id.clone()
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.account_aliases
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.account_aliases
    }
}
