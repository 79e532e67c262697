//! `CreateGrant`. Source: KMS API reference, `CreateGrant`; KMS Developer Guide, "Grants in AWS
//! KMS". What a request may ask for is `grant_request`'s.

use super::grant_request::GrantRequest;
use super::key_name::{self, Forms, NamedKey};
use super::parameters::{end_dry_run, key_resource, required, shown};
use super::{grant_facts, grant_token, quota_check, state_check};
use crate::chain::{
    Authorized, Demand, Interrupt, Object, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use crate::state::{Grant, Snapshot};
use claviger_model::kms::{CreateGrantRequest, CreateGrantResponse};
use claviger_model::{KMS, Service};
use claviger_types::GrantId;
use std::sync::Arc;

/// Creates a grant.
pub struct CreateGrant;

/// A key and the grant that is asked for on it.
#[derive(Debug, Clone)]
pub struct Granting {
    named: NamedKey,
    asked: GrantRequest,
}

impl Op for CreateGrant {
    type Input = CreateGrantRequest;
    type Output = CreateGrantResponse;
    type Resolved = Granting;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "CreateGrant";
    const READ_ONLY: bool = false;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<Granting, ServiceError> {
        grant_token::check(request.input.grant_tokens.as_deref(), turn)?;
        let asked = GrantRequest::read(&request.input)?;
        let name: &str = required(&request.input.key_id, "keyId")?;
        let (caller, meta) = (&request.caller, &request.meta);
        let named = key_name::find(name, Forms::Key, "kms:CreateGrant", caller, meta, turn)?;
        Ok(Granting { named, asked })
    }

    /// Nobody is looked up before the caller is allowed to: the decision takes the names alone.
    fn demands(
        request: &Request<Self>,
        granting: &Granting,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        let facts = grant_facts::for_aws_resource(request);
        let facts = grant_facts::of_request(facts, &granting.asked);
        let target = Target::Key(Arc::clone(&granting.named.key));
        let mut demand = Demand::new("kms:CreateGrant", target).with_facts(facts);
        demand.child_grant = Some(Arc::clone(&granting.asked.terms));
        Ok(vec![demand])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<CreateGrantResponse, Interrupt> {
        let (request, granting) = (authorized.request(), authorized.resolved());
        let key = &granting.named.key;
        state_check::enabled(key)?;
        granting.asked.terms.check_fit(key)?;
        let issuing = request.caller.trail_account();
        let mut grant = granting.asked.grant(key, issuing, turn)?;
        let known = known(&grant, turn.view());
        if known.is_none() {
            quota_check::room_for_grant(key, turn)?;
        }
        end_dry_run(request.input.dry_run)?;
        if let Some(known) = known {
            grant = known;
        } else {
            if grant.name.is_some() {
                let asked = grant.clone();
                turn.rest_on_fact(move |state| self::known(&asked, state).is_none());
            }
            grant.id = GrantId::generate(turn.entropy());
            turn.put(grant.clone());
        }
        Ok(CreateGrantResponse {
            grant_token: Some(grant_token::issue(&grant, turn)?),
            grant_id: Some(grant.id.to_string()),
        })
    }

    fn record(
        request: &Request<Self>,
        granting: Option<&Granting>,
        output: Option<&CreateGrantResponse>,
    ) -> RecordParts {
        let key = granting.map(|granting| granting.named.key.as_ref());
        RecordParts {
            parameters: shown(request),
            response: key.zip(output).and_then(|(key, output)| {
                Object::new()
                    .maybe("grantId", output.grant_id.as_ref())
                    .member("keyId", &key.arn)
                    .finish()
            }),
            resources: key.map(key_resource).into_iter().collect(),
            ..RecordParts::default()
        }
    }
}

/// The same grant, if there is one: the same parameters under the same name give the grant that
/// there is, with a new token.
fn known(asked: &Grant, state: &Snapshot) -> Option<Grant> {
    let name = asked.name.as_deref()?;
    let mut named = state.grants_named(&asked.key, name, &asked.grantee);
    named
        .find(|known| same(known, asked))
        .map(|known| Grant::clone(known))
}

/// Whether two grants say the same; the order of their operations says nothing.
fn same(known: &Grant, asked: &Grant) -> bool {
    let mut asked = Grant {
        id: known.id.clone(),
        created: known.created,
        ..asked.clone()
    };
    let mut known = known.clone();
    known.operations.sort_unstable();
    asked.operations.sort_unstable();
    known == asked
}
