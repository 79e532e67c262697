//! How a caller's account stands to the organisation, and which operations it may call for that.
//! Source: Organizations API Reference, the last sentence of each operation's description; AWS
//! Organizations User Guide, "Delegated administrator for AWS Organizations". It does not replace
//! IAM policies; those count in addition.

use super::error;
use crate::caller::Caller;
use crate::chain::{Demand, RequestMeta, ServiceError, Target, Turn, delegation_policy_allows};
use crate::state::{Account, Installation, OrganizationSettings, OrganizationalUnit, Snapshot};
use claviger_model::ORGANIZATIONS;
use claviger_types::AccountId;
use std::sync::Arc;

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Every account of the organisation.
    Members,
    /// The management account, delegated administrators of any service, and whom the delegation
    /// policy lets.
    Readers,
    /// The management account and whom the delegation policy lets.
    PolicyWriters,
    /// The management account.
    Management,
}

/// The organisation of a caller's account.
pub(crate) struct Membership {
    /// The caller's account.
    pub(super) account: AccountId,
    /// `o-…`.
    pub(super) organization: String,
    /// The management account.
    pub(super) management: AccountId,
    pub(super) installation: Arc<Installation>,
}

impl Membership {
    /// The organisation of a caller's account; `None` when it is in none.
    pub(super) fn of(caller: &Caller, view: &Snapshot) -> Option<Self> {
        let account = caller.account()?;
        let installation = view.installation()?;
        let own = view.get::<Account>(&account)?;
        if !installation.has_member(own) {
            return None;
        }
        Some(Self {
            account,
            organization: installation.organization.clone()?,
            management: installation.management_account?,
            installation: Arc::clone(installation),
        })
    }

    /// Whether the caller's account is the management account.
    pub(super) fn is_management(&self) -> bool {
        self.account == self.management
    }

    /// What is set for the organisation.
    pub(super) fn settings(&self) -> &OrganizationSettings {
        &self.installation.organization_settings
    }

    /// The installation with other settings.
    pub(super) fn with_settings(&self, settings: OrganizationSettings) -> Installation {
        Installation {
            organization_settings: settings,
            ..Installation::clone(&self.installation)
        }
    }

    /// Whether the caller's account administers a service for the organisation.
    pub(super) fn is_delegated(&self) -> bool {
        !self
            .installation
            .delegated_services(self.account)
            .is_empty()
    }

    /// Whether the caller may call an operation of this audience.
    ///
    /// # Errors
    /// `AccessDeniedException`.
    pub(super) fn admit(
        &self,
        audience: Audience,
        caller: &Caller,
        demands: Vec<Demand>,
        meta: &RequestMeta,
        turn: &Turn<'_>,
    ) -> Result<(), ServiceError> {
        let admitted = match audience {
            Audience::Members => true,
            _ if self.is_management() => true,
            Audience::Readers if self.is_delegated() => true,
            Audience::Readers | Audience::PolicyWriters => {
                self.is_let_in(caller, demands, meta, turn)
            }
            Audience::Management => false,
        };
        if admitted {
            Ok(())
        } else {
            Err(error::no_permission())
        }
    }

    /// Whether the delegation policy allows all that is demanded.
    fn is_let_in(
        &self,
        caller: &Caller,
        demands: Vec<Demand>,
        meta: &RequestMeta,
        turn: &Turn<'_>,
    ) -> bool {
        let policy = self.settings().delegation_policy.as_ref();
        let Some(policy) = policy.and_then(|known| known.policy.compiled()) else {
            return false;
        };
        demands.into_iter().all(|demand| {
            let arn = match demand.target {
                Target::Arn { arn, .. } => arn,
                _ => "*".to_owned(),
            };
            let target = Target::Arn {
                arn,
                account: self.management,
            };
            let demand = Demand { target, ..demand };
            delegation_policy_allows(caller, &demand, policy, meta, turn)
        })
    }

    /// The root.
    ///
    /// # Errors
    /// When there is none: a fault of this installation.
    pub(super) fn root(&self, view: &Snapshot) -> Result<Arc<OrganizationalUnit>, ServiceError> {
        view.all::<OrganizationalUnit>()
            .find(|unit| unit.parent.is_none())
            .cloned()
            .ok_or_else(|| ServiceError::internal(ORGANIZATIONS, "the organisation has no root"))
    }

    /// An account of the organisation.
    ///
    /// # Errors
    /// `AccountNotFoundException`.
    pub(super) fn member(
        &self,
        id: Option<&String>,
        view: &Snapshot,
    ) -> Result<Arc<Account>, ServiceError> {
        let id = id.and_then(|id| id.parse::<AccountId>().ok());
        id.and_then(|id| view.get::<Account>(&id))
            .filter(|account| self.installation.has_member(account))
            .cloned()
            .ok_or_else(error::no_account)
    }

    /// The accounts of the organisation, by id.
    pub(super) fn members<'v>(
        &'v self,
        view: &'v Snapshot,
    ) -> impl Iterator<Item = &'v Arc<Account>> {
        view.all::<Account>()
            .filter(|account| self.installation.has_member(account))
    }

    /// Refuses what an organisation for one bill does not have.
    ///
    /// # Errors
    /// `ConstraintViolationException`.
    pub(super) fn needs_all_features(&self) -> Result<(), ServiceError> {
        match self.settings().feature_set {
            crate::state::FeatureSet::All => Ok(()),
            crate::state::FeatureSet::ConsolidatedBilling => Err(error::constraint(
                "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
                "The organization must be in all features mode to perform this operation.",
            )),
        }
    }
}
