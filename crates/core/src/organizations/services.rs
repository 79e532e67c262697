//! Services that may work in the accounts of the organisation (trusted access), and how many accounts
//! may administer each for it. Source: AWS Organizations User Guide, "AWS services that you can use
//! with AWS Organizations", and the pages of the services.

use super::error;
use super::membership::Membership;
use super::named::{on_nothing, service_fact};
use super::operation::operation;
use super::page::page;
use crate::chain::{Facts, ServiceError};
use crate::state::OrganizationSettings;
use claviger_model::organizations::{
    DisableAWSServiceAccessRequest, EnableAWSServiceAccessRequest, EnabledServicePrincipal,
    ListAWSServiceAccessForOrganizationRequest, ListAWSServiceAccessForOrganizationResponse,
};

/// How many accounts may administer a service for the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Administrators {
    /// None: the management account alone does.
    None,
    /// So many.
    UpTo(usize),
    /// The guides name no number.
    Several,
}

/// Service principals, sorted.
const SERVICES: [(&str, Administrators); 59] = {
    use Administrators::{None, Several, UpTo};
    [
        ("access-analyzer.amazonaws.com", UpTo(1)),
        ("account.amazonaws.com", UpTo(1)),
        ("auditmanager.amazonaws.com", UpTo(1)),
        ("aws-artifact-account-sync.amazonaws.com", None),
        ("backup.amazonaws.com", Several),
        ("billing-cost-management.amazonaws.com", None),
        ("cloudtrail.amazonaws.com", UpTo(3)),
        ("compute-optimizer.amazonaws.com", UpTo(1)),
        ("config-multiaccountsetup.amazonaws.com", Several),
        ("config.amazonaws.com", Several),
        ("controltower.amazonaws.com", None),
        ("cost-optimization-hub.bcm.amazonaws.com", UpTo(1)),
        ("detective.amazonaws.com", UpTo(1)),
        ("devops-guru.amazonaws.com", UpTo(1)),
        ("ds.amazonaws.com", None),
        ("ec2.amazonaws.com", None),
        ("events.amazonaws.com", None),
        ("fms.amazonaws.com", Several),
        ("guardduty.amazonaws.com", UpTo(1)),
        ("health.amazonaws.com", Several),
        ("iam.amazonaws.com", UpTo(1)),
        ("inspector2.amazonaws.com", UpTo(1)),
        ("ipam.amazonaws.com", UpTo(1)),
        ("license-management.marketplace.amazonaws.com", None),
        ("license-manager-linux-subscriptions.amazonaws.com", UpTo(1)),
        ("license-manager-user-subscriptions.amazonaws.com", UpTo(1)),
        ("license-manager.amazonaws.com", UpTo(1)),
        ("license-manager.member-account.amazonaws.com", None),
        ("macie.amazonaws.com", UpTo(1)),
        ("malware-protection.guardduty.amazonaws.com", None),
        ("managed-services.amazonaws.com", None),
        ("member.org.stacksets.cloudformation.amazonaws.com", UpTo(5)),
        ("mgn.amazonaws.com", UpTo(1)),
        ("networkmanager.amazonaws.com", Several),
        ("observabilityadmin.amazonaws.com", UpTo(1)),
        ("opensearchservice.amazonaws.com", None),
        ("ram.amazonaws.com", None),
        (
            "reachabilityanalyzer.networkinsights.amazonaws.com",
            Several,
        ),
        ("reporting.trustedadvisor.amazonaws.com", Several),
        ("resource-explorer-2.amazonaws.com", Several),
        ("rolesanywhere.amazonaws.com", None),
        ("s3.amazonaws.com", None),
        ("security-ir.amazonaws.com", UpTo(1)),
        ("securityhub.amazonaws.com", UpTo(1)),
        ("securitylake.amazonaws.com", UpTo(1)),
        ("selfservice.support.amazonaws.com", None),
        ("servicecatalog.amazonaws.com", Several),
        ("servicequotas.amazonaws.com", None),
        ("ssm-quicksetup.amazonaws.com", Several),
        ("ssm.amazonaws.com", Several),
        ("sso.amazonaws.com", UpTo(1)),
        ("stacksets.cloudformation.amazonaws.com", None),
        ("storage-lens.s3.amazonaws.com", Several),
        ("support.amazonaws.com", None),
        ("tagpolicies.tag.amazonaws.com", UpTo(1)),
        ("user-subscriptions.amazonaws.com", None),
        ("vpc-lattice.amazonaws.com", None),
        ("wellarchitected.amazonaws.com", None),
        ("workmail.amazonaws.com", None),
    ]
};

/// How many accounts may administer a service.
///
/// # Errors
/// `InvalidInputException` for what is no service that works with Organizations.
pub(super) fn administrators(service: &str) -> Result<Administrators, ServiceError> {
    SERVICES
        .iter()
        .find(|(known, _)| *known == service)
        .map(|(_, administrators)| *administrators)
        .ok_or_else(|| {
            error::invalid(
                "UNRECOGNIZED_SERVICE_PRINCIPAL",
                "You specified an unrecognized service principal.",
            )
        })
}

operation! {
    /// Lets a service work in the organisation's accounts; once more does nothing.
    EnableAWSServiceAccess(EnableAWSServiceAccessRequest) -> (), Write, by Management;
    demands: |action, input, _, _| {
        vec![on_nothing(action, service_fact(input.service_principal.as_ref()))]
    };
    perform: |input, membership: &Membership, turn| {
        membership.needs_all_features()?;
        let service = input.service_principal.clone().unwrap_or_default();
        administrators(&service)?;
        let mut access = membership.installation.service_access();
        access.entry(service).or_insert(turn.now());
        turn.put(membership.with_settings(OrganizationSettings {
            service_access: Some(access),
            ..membership.settings().clone()
        }));
        Ok(())
    };
}

operation! {
    /// Lets a service no longer work in the organisation's accounts.
    DisableAWSServiceAccess(DisableAWSServiceAccessRequest) -> (), Write, by Management;
    demands: |action, input, _, _| {
        vec![on_nothing(action, service_fact(input.service_principal.as_ref()))]
    };
    perform: |input, membership: &Membership, turn| {
        membership.needs_all_features()?;
        let service = input.service_principal.clone().unwrap_or_default();
        administrators(&service)?;
        if !membership.installation.administrators_of(Some(&service)).is_empty() {
            return Err(error::constraint(
                "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
                "You must deregister the delegated administrators of the service first.",
            ));
        }
        let mut access = membership.installation.service_access();
        access.remove(&service);
        turn.put(membership.with_settings(OrganizationSettings {
            service_access: Some(access),
            ..membership.settings().clone()
        }));
        Ok(())
    };
}

operation! {
    /// Lists the services that may work in the organisation's accounts, by name.
    ListAWSServiceAccessForOrganization(ListAWSServiceAccessForOrganizationRequest)
        -> ListAWSServiceAccessForOrganizationResponse, Read, by Readers;
    demands: |action, _, _, _| vec![on_nothing(action, Facts::default())];
    perform: |input, membership: &Membership, _| {
        let access = membership.installation.service_access().into_iter();
        let services = access.map(|(service, since)| {
            let shown = EnabledServicePrincipal {
                service_principal: Some(service.clone()),
                date_enabled: Some(since.into()),
            };
            (service, shown)
        });
        let list = "ListAWSServiceAccessForOrganization";
        let page = page(list, services, input.next_token.as_deref(), input.max_results)?;
        Ok(ListAWSServiceAccessForOrganizationResponse {
            enabled_service_principals: Some(page.items),
            next_token: page.next_token,
        })
    };
}
