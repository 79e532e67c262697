//! Listing grants. Source: KMS API reference, `ListGrants`, `ListRetirableGrants`.

use super::end_grant::on_key;
use super::grant_request::wire_constraints;
use super::operation::{key_operation, no_response};
use super::parameters::shown;
use super::{grant_facts, grant_principal, page};
use crate::chain::{
    Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use crate::state::{Grant, GrantPrincipal, KeyPlace, Stored};
use claviger_model::kms::{
    GrantListEntry, ListGrantsRequest, ListGrantsResponse, ListRetirableGrantsRequest,
};
use claviger_model::{KMS, Service};
use claviger_types::{Arn, GrantId};
use std::sync::Arc;

fn entry(grant: &Grant) -> GrantListEntry {
    let mut entry = GrantListEntry {
        key_id: Some(grant.key.arn().to_string()),
        grant_id: Some(grant.id.to_string()),
        // AWS shows an empty name for a grant without one.
        name: Some(grant.name.clone().unwrap_or_default()),
        creation_date: Some(grant.created.into()),
        issuing_account: Some(grant.issuing_account.root_arn()),
        operations: Some(grant.operations.iter().map(|o| o.as_str().into()).collect()),
        constraints: wire_constraints(grant),
        ..GrantListEntry::default()
    };
    match &grant.grantee {
        GrantPrincipal::Iam { arn, .. } => entry.grantee_principal = Some(arn.to_string()),
        GrantPrincipal::Service(name) => entry.grantee_service_principal = Some(name.clone()),
    }
    match &grant.retiring {
        Some(GrantPrincipal::Iam { arn, .. }) => entry.retiring_principal = Some(arn.to_string()),
        Some(GrantPrincipal::Service(name)) => {
            entry.retiring_service_principal = Some(name.clone());
        }
        None => {}
    }
    entry
}

key_operation! {
    /// Lists the grants on a key.
    ListGrants(ListGrantsRequest) -> ListGrantsResponse, read_only: true, by: Key;
    first: |request, _| {
        let sent = request.input.grantee_service_principal.as_ref();
        grant_principal::no_service_filter("GranteeServicePrincipal", sent)
    };
    facts: |request, _, _| Ok(grant_facts::for_aws_resource(request));
    perform: |authorized, key, turn| {
        let input: &ListGrantsRequest = authorized.input();
        let only = input.grant_id.as_ref().map(|id| on_key(key, id, turn)).transpose()?;
        // An account id stands for the account's root, here as in CreateGrant.
        let grantee = input.grantee_principal.as_deref().map(grant_principal::arn).transpose()?;
        let (view, place) = (turn.view(), key.place());
        // A marker is good for the list that it was given in: of the key, and of the grantee.
        let list = format!("ListGrants/{}/{}", place.row(), grantee.as_ref().map_or("", |arn| arn.as_str()));
        let (operation, marker) = (list.as_str(), input.marker.as_deref());
        let (limit, limits) = (input.limit, page::SHORT);
        let listed = |g: &Arc<Grant>| (g.id.to_string(), entry(g));
        let page = match (&only, &grantee) {
            (Some(only), _) => {
                let fits = grantee.as_ref().is_none_or(|arn| only.grantee.name() == arn.as_str());
                let grants = std::iter::once(only).filter(|_| fits).map(listed);
                page::page(operation, grants, marker, limit, limits)
            }
            (None, Some(arn)) => page::seek(operation, marker, limit, limits, |last| {
                let last = page::key::<GrantId>(last)?;
                Ok(view.grants_to(&place, arn.as_str(), last.as_ref()).map(listed))
            }),
            (None, None) => page::seek(operation, marker, limit, limits, |last| {
                let last = page::key::<GrantId>(last)?;
                Ok(view.grants_after(&place, last.as_ref()).map(listed))
            }),
        }?;
        Ok(ListGrantsResponse {
            grants: Some(page.items),
            truncated: Some(page.truncated),
            next_marker: page.next_marker,
        })
    };
    response: no_response;
}

/// Lists the grants that a principal of the caller's account can retire, on keys of any account
/// in the Region.
pub struct ListRetirableGrants;

impl Op for ListRetirableGrants {
    type Input = ListRetirableGrantsRequest;
    type Output = ListGrantsResponse;
    type Resolved = Arn;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "ListRetirableGrants";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, _: &Turn<'_>) -> Result<Arn, ServiceError> {
        let input = &request.input;
        let service = input.retiring_service_principal.as_ref();
        grant_principal::no_service_filter("RetiringServicePrincipal", service)?;
        let text = input.retiring_principal.as_deref().ok_or_else(|| {
            ServiceError::validation(
                KMS,
                "You must specify either RetiringPrincipal or RetiringServicePrincipal.",
            )
        })?;
        let retiring = grant_principal::arn(text)?;
        if retiring.account_id() != request.caller.account() {
            return Err(ServiceError::validation(
                KMS,
                "The retiring principal must be in the caller's account.",
            ));
        }
        Ok(retiring)
    }

    /// The resource is the retiring principal that the request names (KMS API reference).
    fn demands(
        request: &Request<Self>,
        retiring: &Arn,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        let target = Target::Arn {
            arn: retiring.to_string(),
            account: request.caller.trail_account(),
        };
        Ok(vec![Demand::new("kms:ListRetirableGrants", target)])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<ListGrantsResponse, Interrupt> {
        let (input, meta) = (authorized.input(), &authorized.request().meta);
        let named = GrantPrincipal::Iam {
            arn: authorized.resolved().clone(),
            id: None,
        };
        let retiring = grant_principal::resolve(&named, turn)?;
        let view = turn.view();
        let list = format!(
            "ListRetirableGrants/{}/{}",
            meta.region,
            authorized.resolved()
        );
        let page = page::seek(
            &list,
            input.marker.as_deref(),
            input.limit,
            page::SHORT,
            |last| {
                let after = last.map(|row| place_of(&row)).transpose()?;
                let grants = view.grants_retirable_by(&meta.region, &retiring, after);
                Ok(grants.map(|g| (Grant::row(&g.id()), entry(g))))
            },
        )?;
        Ok(ListGrantsResponse {
            grants: Some(page.items),
            truncated: Some(page.truncated),
            next_marker: page.next_marker,
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&Arn>,
        _: Option<&ListGrantsResponse>,
    ) -> RecordParts {
        RecordParts {
            parameters: shown(request),
            ..RecordParts::default()
        }
    }
}

/// The place that a grant's row names.
fn place_of(row: &str) -> Result<(KeyPlace, GrantId), ServiceError> {
    let mut parts = row.split('/');
    let mut read = || {
        let key = KeyPlace {
            account: parts.next()?.parse().ok()?,
            region: parts.next()?.parse().ok()?,
            id: parts.next()?.parse().ok()?,
        };
        Some((key, parts.next()?.parse().ok()?))
    };
    read().ok_or_else(page::invalid)
}
