//! The states of a key: what its owner and its material made of it, and the moments between. What a
//! state lets an operation do is decided elsewhere. Source: KMS Developer Guide, "Key states of AWS
//! KMS keys".

use claviger_types::Timestamp;
use serde::{Deserialize, Serialize};

/// The state of a key that is not between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub enum KeyState {
    /// Usable.
    Enabled,
    /// Switched off by its owner.
    Disabled,
    /// Its imported material is not here: not yet, or no longer.
    PendingImport,
    /// Waiting to be deleted at `date`.
    PendingDeletion {
        /// The moment from which the key is deleted.
        date: Timestamp,
    },
    /// A multi-Region primary key that waits for its last replica to go before its own waiting
    /// period begins.
    PendingReplicaDeletion {
        /// The length of that period, in days.
        window_days: i32,
    },
}

/// What a multi-Region key is in for the seconds that a change takes between Regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settling {
    /// What is going on.
    pub kind: SettlingKind,
    /// When it is over.
    pub until: Timestamp,
}

/// The changes that take a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SettlingKind {
    /// A replica that ReplicateKey makes.
    Creating,
    /// A primary and a replica that change places.
    Updating,
}

/// A key state as the API names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShownState {
    /// See [`SettlingKind::Creating`].
    Creating,
    /// See [`KeyState::Enabled`].
    Enabled,
    /// See [`KeyState::Disabled`].
    Disabled,
    /// See [`KeyState::PendingDeletion`].
    PendingDeletion,
    /// See [`KeyState::PendingImport`].
    PendingImport,
    /// See [`KeyState::PendingReplicaDeletion`].
    PendingReplicaDeletion,
    /// See [`SettlingKind::Updating`].
    Updating,
}

impl ShownState {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "Creating",
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingDeletion => "PendingDeletion",
            Self::PendingImport => "PendingImport",
            Self::PendingReplicaDeletion => "PendingReplicaDeletion",
            Self::Updating => "Updating",
        }
    }
}

impl KeyState {
    /// The state as the API names it.
    #[must_use]
    pub fn shown(self) -> ShownState {
        match self {
            Self::Enabled => ShownState::Enabled,
            Self::Disabled => ShownState::Disabled,
            Self::PendingImport => ShownState::PendingImport,
            Self::PendingDeletion { .. } => ShownState::PendingDeletion,
            Self::PendingReplicaDeletion { .. } => ShownState::PendingReplicaDeletion,
        }
    }

    /// When the key is to be deleted, if that is known.
    #[must_use]
    pub fn deletion_date(self) -> Option<Timestamp> {
        match self {
            Self::PendingDeletion { date } => Some(date),
            _ => None,
        }
    }

    /// Whether the key is on its way out.
    #[must_use]
    pub fn is_pending_deletion(self) -> bool {
        matches!(
            self,
            Self::PendingDeletion { .. } | Self::PendingReplicaDeletion { .. }
        )
    }
}
