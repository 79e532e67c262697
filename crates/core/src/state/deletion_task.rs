//! Deletions of service-linked roles as they are stored, so that their status can be asked for.

use super::Snapshot;
use super::table::{Stored, Table};
use claviger_types::AccountId;
use serde::{Deserialize, Serialize};

/// A deletion that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionTask {
    /// The account.
    pub account: AccountId,
    /// `task/aws-service-role/<service>/<role>/<uuid>`.
    pub id: String,
}

impl Stored for DeletionTask {
    type Id = (AccountId, String);
    const COLLECTION: &'static str = "iam.deletion_task";
    fn id(&self) -> Self::Id {
        (self.account, self.id.clone())
    }
    fn row(id: &Self::Id) -> String {
        format!("{}/{}", id.0, id.1)
    }
    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.deletion_tasks
    }
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.deletion_tasks
    }
}
