//! AWS Organizations over the state: the organisation, its tree, accounts, policies, delegated
//! administrators and trusted services. Source: the Organizations service model (2016-11-28), API
//! reference and User Guide. Handshakes (invitations) and transfers of responsibility are not
//! served. What policies mean for a request is decided elsewhere (`chain::authorize`).

mod account_requests;
mod accounts;
mod attachments;
mod delegated_administrators;
mod delegation_policy;
mod documents;
mod due;
mod effective_policy;
mod error;
mod ids;
mod membership;
mod named;
mod operation;
mod organization;
mod page;
mod policies;
mod policy_types;
mod record;
mod services;
mod shapes;
mod tag_policy;
mod tags;
mod tree;
mod units;

pub(crate) use due::do_due_work;
pub(crate) use error::invalid_input;
pub(crate) use ids::new_id;
pub(crate) use organization::{
    ACCESS_ROLE, aws_managed_policies, joined, new_unit, put_access_role,
};

use crate::chain::Served;

/// The operations served.
pub static SERVED: &[Served] = &[
    Served::of::<attachments::AttachPolicy>(),
    Served::of::<accounts::CloseAccount>(),
    Served::of::<account_requests::CreateAccount>(),
    Served::of::<organization::CreateOrganization>(),
    Served::of::<units::CreateOrganizationalUnit>(),
    Served::of::<policies::CreatePolicy>(),
    Served::of::<organization::DeleteOrganization>(),
    Served::of::<units::DeleteOrganizationalUnit>(),
    Served::of::<policies::DeletePolicy>(),
    Served::of::<delegation_policy::DeleteResourcePolicy>(),
    Served::of::<delegated_administrators::DeregisterDelegatedAdministrator>(),
    Served::of::<accounts::DescribeAccount>(),
    Served::of::<account_requests::DescribeCreateAccountStatus>(),
    Served::of::<effective_policy::DescribeEffectivePolicy>(),
    Served::of::<organization::DescribeOrganization>(),
    Served::of::<units::DescribeOrganizationalUnit>(),
    Served::of::<policies::DescribePolicy>(),
    Served::of::<delegation_policy::DescribeResourcePolicy>(),
    Served::of::<attachments::DetachPolicy>(),
    Served::of::<services::DisableAWSServiceAccess>(),
    Served::of::<policy_types::DisablePolicyType>(),
    Served::of::<services::EnableAWSServiceAccess>(),
    Served::of::<organization::EnableAllFeatures>(),
    Served::of::<policy_types::EnablePolicyType>(),
    Served::of::<accounts::LeaveOrganization>(),
    Served::of::<services::ListAWSServiceAccessForOrganization>(),
    Served::of::<accounts::ListAccounts>(),
    Served::of::<tree::ListAccountsForParent>(),
    Served::of::<tree::ListChildren>(),
    Served::of::<account_requests::ListCreateAccountStatus>(),
    Served::of::<delegated_administrators::ListDelegatedAdministrators>(),
    Served::of::<delegated_administrators::ListDelegatedServicesForAccount>(),
    Served::of::<tree::ListOrganizationalUnitsForParent>(),
    Served::of::<tree::ListParents>(),
    Served::of::<policies::ListPolicies>(),
    Served::of::<attachments::ListPoliciesForTarget>(),
    Served::of::<tree::ListRoots>(),
    Served::of::<tags::ListTagsForResource>(),
    Served::of::<attachments::ListTargetsForPolicy>(),
    Served::of::<accounts::MoveAccount>(),
    Served::of::<delegation_policy::PutResourcePolicy>(),
    Served::of::<delegated_administrators::RegisterDelegatedAdministrator>(),
    Served::of::<accounts::RemoveAccountFromOrganization>(),
    Served::of::<tags::TagResource>(),
    Served::of::<tags::UntagResource>(),
    Served::of::<units::UpdateOrganizationalUnit>(),
    Served::of::<policies::UpdatePolicy>(),
];
