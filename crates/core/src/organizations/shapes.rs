//! Accounts, units, policies and requests as replies show them. Source: Organizations API
//! Reference, data types.

use super::membership::Membership;
use crate::state::{
    Account, AccountRequest, AccountRequestState, AccountState, OrganizationPolicy,
    OrganizationalUnit, PolicyType, Snapshot,
};
use claviger_model::SensitiveString;
use claviger_model::organizations as model;
use claviger_types::Timestamp;

impl Membership {
    /// `o-…/r-…/ou-…/`: from the organisation down to a root, unit or account.
    fn path(&self, id: &str, parent: Option<&String>, view: &Snapshot) -> String {
        let mut steps = vec![id.to_owned()];
        let mut above = parent;
        while let Some(unit) = above.and_then(|id| view.get::<OrganizationalUnit>(id)) {
            steps.push(unit.id.clone());
            above = unit.parent.as_ref();
        }
        steps.push(self.organization.clone());
        steps.reverse();
        format!("{}/", steps.join("/"))
    }

    /// An account.
    pub(super) fn shown_account(&self, account: &Account, view: &Snapshot) -> model::Account {
        let id = account.id.to_string();
        let (status, state) = states(account.state);
        model::Account {
            arn: Some(self.place_arn(&id)),
            email: Some(SensitiveString::from(account.email())),
            name: Some(SensitiveString::from(account.name.as_str())),
            status: Some(status),
            state: Some(state),
            paths: Some(vec![self.path(&id, account.parent.as_ref(), view)]),
            joined_method: Some(self.joined_method(account)),
            joined_timestamp: Some(account.created.into()),
            id: Some(id),
        }
    }

    fn joined_method(&self, account: &Account) -> model::AccountJoinedMethod {
        // The management account counts as invited (API Reference, "CreateOrganization").
        if account.id == self.management {
            model::AccountJoinedMethod::Invited
        } else {
            model::AccountJoinedMethod::Created
        }
    }

    /// An account that administers services.
    pub(super) fn shown_administrator(
        &self,
        account: &Account,
        since: Option<Timestamp>,
    ) -> model::DelegatedAdministrator {
        let id = account.id.to_string();
        let (status, state) = states(account.state);
        model::DelegatedAdministrator {
            arn: Some(self.place_arn(&id)),
            id: Some(id),
            email: Some(SensitiveString::from(account.email())),
            name: Some(SensitiveString::from(account.name.as_str())),
            status: Some(status),
            state: Some(state),
            joined_method: Some(self.joined_method(account)),
            joined_timestamp: Some(account.created.into()),
            delegation_enabled_date: since.map(Into::into),
        }
    }

    /// A unit.
    pub(super) fn shown_unit(
        &self,
        unit: &OrganizationalUnit,
        view: &Snapshot,
    ) -> model::OrganizationalUnit {
        model::OrganizationalUnit {
            id: Some(unit.id.clone()),
            arn: Some(self.place_arn(&unit.id)),
            name: Some(unit.name.clone()),
            path: Some(self.path(&unit.id, unit.parent.as_ref(), view)),
        }
    }

    /// The root.
    pub(super) fn shown_root(
        &self,
        root: &OrganizationalUnit,
        enabled: &[PolicyType],
    ) -> model::Root {
        model::Root {
            id: Some(root.id.clone()),
            arn: Some(self.place_arn(&root.id)),
            name: Some(root.name.clone()),
            policy_types: Some(enabled.iter().map(|t| policy_type(*t)).collect()),
        }
    }

    /// A policy without its document.
    pub(super) fn shown_summary(&self, policy: &OrganizationPolicy) -> model::PolicySummary {
        model::PolicySummary {
            id: Some(policy.policy_id()),
            arn: Some(self.policy_arn(policy)),
            name: Some(policy.name.clone()),
            description: Some(policy.description.clone()),
            r#type: policy.policy_type().map(|t| t.as_str().into()),
            aws_managed: Some(policy.is_aws_managed()),
        }
    }

    /// A policy.
    pub(super) fn shown_policy(&self, policy: &OrganizationPolicy) -> model::Policy {
        model::Policy {
            policy_summary: Some(self.shown_summary(policy)),
            content: Some(policy.policy.text.clone()),
        }
    }
}

/// A policy type that is enabled.
pub(super) fn policy_type(enabled: PolicyType) -> model::PolicyTypeSummary {
    model::PolicyTypeSummary {
        r#type: Some(enabled.as_str().into()),
        status: Some(model::PolicyTypeStatus::Enabled),
    }
}

fn states(state: AccountState) -> (model::AccountStatus, model::AccountState) {
    match state {
        AccountState::Active => (model::AccountStatus::Active, model::AccountState::Active),
        AccountState::PendingClosure { .. } => (
            model::AccountStatus::PendingClosure,
            model::AccountState::PendingClosure,
        ),
        AccountState::Suspended { .. } => (
            model::AccountStatus::Suspended,
            model::AccountState::Suspended,
        ),
    }
}

/// A request for an account.
pub(super) fn account_request(request: &AccountRequest) -> model::CreateAccountStatus {
    let status = model::CreateAccountStatus {
        id: Some(request.id.clone()),
        account_name: Some(SensitiveString::from(request.name.as_str())),
        requested_timestamp: Some(request.requested.into()),
        ..model::CreateAccountStatus::default()
    };
    match &request.state {
        AccountRequestState::InProgress { .. } => model::CreateAccountStatus {
            state: Some(model::CreateAccountState::InProgress),
            ..status
        },
        AccountRequestState::Succeeded { completed, account } => model::CreateAccountStatus {
            state: Some(model::CreateAccountState::Succeeded),
            completed_timestamp: Some((*completed).into()),
            account_id: Some(account.to_string()),
            ..status
        },
        AccountRequestState::Failed { completed, reason } => model::CreateAccountStatus {
            state: Some(model::CreateAccountState::Failed),
            completed_timestamp: Some((*completed).into()),
            failure_reason: Some(reason.as_str().into()),
            ..status
        },
    }
}
