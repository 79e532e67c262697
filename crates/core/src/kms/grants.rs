//! Listing and ending grants. Source: KMS API reference, `ListGrants`, `ListRetirableGrants`,
//! `RevokeGrant`, `RetireGrant`; KMS Developer Guide, "Retiring and revoking grants".

use super::create_grant::{
    constraint_facts, for_aws_resource, principal, principal_arn, wire_constraints,
};
use super::key_name::{self, Forms};
use super::operation::{key_operation, no_response};
use super::parameters::{end_dry_run, key_resource, required, shown};
use super::{grant_token, page};
use crate::chain::{
    Authorized, Demand, Interrupt, Object, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use crate::state::{Grant, GrantPrincipal, Key, Stored};
use claviger_model::kms::error::{INVALID_GRANT_ID_EXCEPTION, INVALID_GRANT_TOKEN_EXCEPTION};
use claviger_model::kms::{
    GrantListEntry, ListGrantsRequest, ListGrantsResponse, ListRetirableGrantsRequest,
    RetireGrantRequest, RevokeGrantRequest,
};
use claviger_model::{KMS, Service};
use claviger_types::{Arn, GrantId};
use std::sync::Arc;

fn entry(grant: &Grant) -> GrantListEntry {
    let arn = |p: &GrantPrincipal| p.arn.to_string();
    GrantListEntry {
        key_id: Some(grant.key.arn().to_string()),
        grant_id: Some(grant.id.to_string()),
        // AWS shows an empty name for a grant without one.
        name: Some(grant.name.clone().unwrap_or_default()),
        creation_date: Some(grant.created.into()),
        grantee_principal: Some(arn(&grant.grantee)),
        retiring_principal: grant.retiring.as_ref().map(arn),
        issuing_account: Some(grant.issuing_account.root_arn()),
        operations: Some(grant.operations.iter().map(|o| o.as_str().into()).collect()),
        constraints: wire_constraints(grant),
        ..GrantListEntry::default()
    }
}

/// The grant of an id on a key.
fn on_key(key: &Key, id: &str, turn: &Turn<'_>) -> Result<Arc<Grant>, ServiceError> {
    id.parse::<GrantId>()
        .ok()
        .and_then(|id| turn.current::<Grant>(&(key.place(), id)))
        .ok_or_else(|| {
            ServiceError::new(
                &INVALID_GRANT_ID_EXCEPTION,
                format!("Invalid grant id: {id}"),
            )
        })
}

key_operation! {
    /// Lists the grants on a key.
    ListGrants(ListGrantsRequest) -> ListGrantsResponse, read_only: true, by: Key;
    facts: |request, _, _| Ok(for_aws_resource(request));
    perform: |authorized, key, turn| {
        let input: &ListGrantsRequest = authorized.input();
        if let Some(id) = &input.grant_id {
            on_key(key, id, turn)?;
        }
        // An account id stands for the account's root, here as in CreateGrant.
        let grantee = input.grantee_principal.as_deref().map(principal_arn).transpose()?;
        let place = key.place();
        let entries = turn.view().grants_of(&place)
            .filter(|g| input.grant_id.as_ref().is_none_or(|id| g.id.as_str() == id))
            .filter(|g| grantee.as_ref().is_none_or(|arn| g.grantee.arn == *arn))
            .filter(|_| input.grantee_service_principal.is_none())
            .map(|g| (g.id.to_string(), entry(g)));
        let page = page::page(
            "ListGrants", entries, input.marker.as_deref(), input.limit, page::SHORT,
        )?;
        Ok(ListGrantsResponse {
            grants: Some(page.items),
            truncated: Some(page.truncated),
            next_marker: page.next_marker,
        })
    };
    response: no_response;
}

key_operation! {
    /// Ends a grant, by whoever may revoke grants on the key.
    RevokeGrant(RevokeGrantRequest) -> (), read_only: false, by: Key;
    facts: |request, _, _| Ok(for_aws_resource(request));
    perform: |authorized, key, turn| {
        let input: &RevokeGrantRequest = authorized.input();
        let id: &str = required(&input.grant_id, "grantId")?;
        let grant = on_key(key, id, turn)?;
        end_dry_run(input.dry_run)?;
        turn.delete::<Grant>(grant.id());
        Ok(())
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
        if request.input.retiring_service_principal.is_some() {
            return Err(ServiceError::validation(
                KMS,
                "Grants to service principals are not supported by this service.",
            ));
        }
        let text: &str = required(&request.input.retiring_principal, "retiringPrincipal")?;
        let retiring = principal_arn(text)?;
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
        let retiring = &principal(authorized.resolved().clone(), turn)?;
        let entries = turn
            .view()
            .all::<Grant>()
            .filter(|g| g.key.region == meta.region && g.retiring.as_ref() == Some(retiring))
            .map(|g| (Grant::row(&g.id()), entry(g)));
        let page = page::page(
            "ListRetirableGrants",
            entries,
            input.marker.as_deref(),
            input.limit,
            page::SHORT,
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

/// Ends a grant, by those whom the grant itself names, or the account that issued it.
pub struct RetireGrant;

/// A grant and its key.
#[derive(Debug, Clone)]
pub struct Retirement {
    grant: Arc<Grant>,
    key: Arc<Key>,
}

impl Op for RetireGrant {
    type Input = RetireGrantRequest;
    type Output = ();
    type Resolved = Retirement;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "RetireGrant";
    const READ_ONLY: bool = false;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<Retirement, ServiceError> {
        let input = &request.input;
        match (&input.grant_token, &input.key_id, &input.grant_id) {
            (Some(token), None, None) => {
                let gone =
                    || ServiceError::new(&INVALID_GRANT_TOKEN_EXCEPTION, "Invalid grant token.");
                let grant = grant_token::open(token, turn)?;
                // A grant lives in the Region of its key.
                if grant.key.region != request.meta.region {
                    return Err(gone());
                }
                let key = turn.current::<Key>(&grant.key).ok_or_else(gone)?;
                Ok(Retirement { grant, key })
            }
            (None, Some(key_id), Some(grant_id)) => {
                let (caller, meta) = (&request.caller, &request.meta);
                let action = "kms:RetireGrant";
                let key = key_name::find(key_id, Forms::Key, action, caller, meta, turn)?.key;
                match on_key(&key, grant_id, turn) {
                    Ok(grant) => Ok(Retirement { grant, key }),
                    Err(error) if key.arn.account() == caller.trail_account() => Err(error),
                    // Another account's key must look alike whether it exists or not.
                    Err(_) => {
                        let arn = &key.arn;
                        let account = arn.account();
                        Err(key_name::foreign(
                            arn.as_str(),
                            account,
                            action,
                            caller,
                            meta,
                            turn,
                        ))
                    }
                }
            }
            _ => Err(ServiceError::validation(
                KMS,
                "Specify either a GrantToken, or a KeyId and a GrantId.",
            )),
        }
    }

    fn demands(
        _: &Request<Self>,
        retirement: &Retirement,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        let grant = &retirement.grant;
        let facts = constraint_facts(
            crate::chain::Facts::default(),
            grant.context_equals.as_ref(),
            grant.context_subset.as_ref(),
        );
        let target = Target::Key(Arc::clone(&retirement.key));
        let mut demand = Demand::new("kms:RetireGrant", target).with_facts(facts);
        demand.grant = Some(Arc::clone(grant));
        Ok(vec![demand])
    }

    fn perform(authorized: &Authorized<Self>, turn: &mut Turn<'_>) -> Result<(), Interrupt> {
        end_dry_run(authorized.input().dry_run)?;
        turn.delete::<Grant>(authorized.resolved().grant.id());
        Ok(())
    }

    /// Its request parameters are null, the grant stands in the additional data (KMS Developer
    /// Guide, "RetireGrant" log entry).
    fn record(_: &Request<Self>, retirement: Option<&Retirement>, _: Option<&()>) -> RecordParts {
        RecordParts {
            additional: retirement
                .and_then(|r| Object::new().member("grantId", &r.grant.id).finish()),
            resources: retirement
                .map(|r| key_resource(&r.key))
                .into_iter()
                .collect(),
            ..RecordParts::default()
        }
    }
}
