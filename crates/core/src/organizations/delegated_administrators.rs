//! Accounts that administer a service for the organisation. Source: Organizations API Reference,
//! "RegisterDelegatedAdministrator". For Identity Center it means what `sso_admin` makes of it; for
//! all services that the account may read the organisation.

use super::error;
use super::membership::Membership;
use super::named::{on_nothing, service_fact};
use super::operation::operation;
use super::page::page;
use super::services::{Administrators, administrators};
use crate::chain::{Facts, ServiceError};
use crate::state::{Account, IDENTITY_CENTER, Installation};
use claviger_model::organizations::error::{
    ACCOUNT_ALREADY_REGISTERED_EXCEPTION, ACCOUNT_NOT_REGISTERED_EXCEPTION,
};
use claviger_model::organizations::{
    DelegatedService, DeregisterDelegatedAdministratorRequest, ListDelegatedAdministratorsRequest,
    ListDelegatedAdministratorsResponse, ListDelegatedServicesForAccountRequest,
    ListDelegatedServicesForAccountResponse, RegisterDelegatedAdministratorRequest,
};

operation! {
    /// Makes an account the administrator of a service.
    RegisterDelegatedAdministrator(RegisterDelegatedAdministratorRequest) -> (),
        Write, by Management;
    demands: |action, input, membership, view| {
        let facts = service_fact(input.service_principal.as_ref());
        vec![membership.on(action, membership.named(input.account_id.as_ref(), view), facts)]
    };
    perform: |input, membership: &Membership, turn| {
        membership.needs_all_features()?;
        let service = input.service_principal.clone().unwrap_or_default();
        let most = administrators(&service)?;
        let account = membership.member(input.account_id.as_ref(), turn.view())?;
        check_registration(&account, &service, most, membership)?;
        let mut installation = Installation::clone(&membership.installation);
        if service == IDENTITY_CENTER {
            installation.delegated_administrators.push(account.id);
        }
        let settings = &mut installation.organization_settings;
        settings.delegations.entry(account.id).or_default().insert(service, turn.now());
        turn.put(installation);
        Ok(())
    };
}

fn check_registration(
    account: &Account,
    service: &str,
    most: Administrators,
    membership: &Membership,
) -> Result<(), ServiceError> {
    if account.id == membership.management {
        return Err(error::constraint(
            "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
            "You cannot register master account/yourself as delegated administrator for your \
             organization.",
        ));
    }
    if account.is_suspended() {
        return Err(error::constraint(
            "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
            "You cannot register a suspended account as a delegated administrator.",
        ));
    }
    if !membership
        .installation
        .service_access()
        .contains_key(service)
    {
        return Err(error::constraint(
            "SERVICE_ACCESS_NOT_ENABLED",
            "You must enable service access before you register a delegated administrator.",
        ));
    }
    let known = membership.installation.administrators_of(Some(service));
    if known.contains(&account.id) {
        return Err(error::refusal(
            &ACCOUNT_ALREADY_REGISTERED_EXCEPTION,
            "The provided account is already a delegated administrator for your organization.",
        ));
    }
    match most {
        Administrators::None => Err(error::invalid(
            "UNRECOGNIZED_SERVICE_PRINCIPAL",
            "You specified an unrecognized service principal.",
        )),
        Administrators::UpTo(1) if !known.is_empty() => Err(error::constraint(
            "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
            "The service already has a delegated administrator. You must deregister it first.",
        )),
        Administrators::UpTo(most) if known.len() >= most => Err(error::constraint(
            "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED",
            "You attempted to register more delegated administrators than allowed for the \
             service principal.",
        )),
        Administrators::UpTo(_) | Administrators::Several => Ok(()),
    }
}

operation! {
    /// Takes the administration of a service from an account.
    DeregisterDelegatedAdministrator(DeregisterDelegatedAdministratorRequest) -> (),
        Write, by Management;
    demands: |action, input, membership, view| {
        let facts = service_fact(input.service_principal.as_ref());
        vec![membership.on(action, membership.named(input.account_id.as_ref(), view), facts)]
    };
    perform: |input, membership: &Membership, turn| {
        let service = input.service_principal.clone().unwrap_or_default();
        administrators(&service)?;
        let account = membership.member(input.account_id.as_ref(), turn.view())?;
        let known = membership.installation.delegated_services(account.id);
        if !known.contains_key(&service) {
            return Err(not_registered());
        }
        let mut installation = Installation::clone(&membership.installation);
        if service == IDENTITY_CENTER {
            installation.delegated_administrators.retain(|other| *other != account.id);
        }
        let delegations = &mut installation.organization_settings.delegations;
        if let Some(services) = delegations.get_mut(&account.id) {
            services.remove(&service);
        }
        delegations.retain(|_, services| !services.is_empty());
        turn.put(installation);
        Ok(())
    };
}

fn not_registered() -> ServiceError {
    error::refusal(
        &ACCOUNT_NOT_REGISTERED_EXCEPTION,
        "The provided account is not a registered delegated administrator for your organization.",
    )
}

operation! {
    /// Lists the accounts that administer a service, or any, by id.
    ListDelegatedAdministrators(ListDelegatedAdministratorsRequest)
        -> ListDelegatedAdministratorsResponse, Read, by Readers;
    demands: |action, input, _, _| {
        vec![on_nothing(action, service_fact(input.service_principal.as_ref()))]
    };
    perform: |input, membership: &Membership, turn| {
        let service = input.service_principal.as_deref();
        if let Some(service) = service {
            administrators(service)?;
        }
        let accounts = membership.installation.administrators_of(service);
        let shown = accounts.into_iter().filter_map(|id| {
            let services = membership.installation.delegated_services(id);
            let since = match service {
                Some(service) => services.get(service).copied(),
                None => services.values().min().copied(),
            };
            let account = turn.view().get::<Account>(&id)?;
            Some((id.to_string(), membership.shown_administrator(account, since)))
        });
        let list = format!("ListDelegatedAdministrators/{}", service.unwrap_or_default());
        let page = page(&list, shown, input.next_token.as_deref(), input.max_results)?;
        Ok(ListDelegatedAdministratorsResponse {
            delegated_administrators: Some(page.items),
            next_token: page.next_token,
        })
    };
}

operation! {
    /// Lists the services that an account administers, by name.
    ListDelegatedServicesForAccount(ListDelegatedServicesForAccountRequest)
        -> ListDelegatedServicesForAccountResponse, Read, by Readers;
    demands: |action, input, membership, view| {
        let named = membership.named(input.account_id.as_ref(), view);
        vec![membership.on(action, named, Facts::default())]
    };
    perform: |input, membership: &Membership, turn| {
        let account = membership.member(input.account_id.as_ref(), turn.view())?;
        let services = membership.installation.delegated_services(account.id);
        if services.is_empty() {
            return Err(not_registered());
        }
        let shown = services.into_iter().map(|(service, since)| {
            let shown = DelegatedService {
                service_principal: Some(service.clone()),
                delegation_enabled_date: Some(since.into()),
            };
            (service, shown)
        });
        let list = format!("ListDelegatedServicesForAccount/{}", account.id);
        let page = page(&list, shown, input.next_token.as_deref(), input.max_results)?;
        Ok(ListDelegatedServicesForAccountResponse {
            delegated_services: Some(page.items),
            next_token: page.next_token,
        })
    };
}
