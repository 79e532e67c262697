//! `CreateGrant`. Source: KMS API reference, `CreateGrant`; KMS Developer Guide, "Grants in AWS
//! KMS". What a request may ask for is `grant_request`'s.

use super::grant_request::GrantRequest;
use super::key_name::{self, Forms, NamedKey};
use super::parameters::{end_dry_run, key_resource, required, shown};
use super::{grant_facts, grant_token, quota_check, state_check};
use crate::chain::{
    Authorized, Demand, Interrupt, Object, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use crate::state::Grant;
use claviger_model::kms::error::LIMIT_EXCEEDED_EXCEPTION;
use claviger_model::kms::{CreateGrantRequest, CreateGrantResponse};
use claviger_model::{KMS, Service};
use claviger_types::{GrantId, KeyArn};
use std::sync::Arc;

/// Grants that one key can have (KMS Developer Guide, "Quotas").
const MOST_PER_KEY: usize = 50_000;

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
        let known = known(&grant, turn);
        if known.is_none() {
            check_quota(turn.view().grant_count(&grant.key), &key.arn)?;
        }
        end_dry_run(request.input.dry_run)?;
        if let Some(known) = known {
            grant = known;
        } else {
            grant.id = GrantId::generate(turn.entropy());
            turn.put(grant.clone());
            quota_check::claim(key, turn);
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

/// Whether a key with so many grants can have another.
fn check_quota(count: usize, key: &KeyArn) -> Result<(), ServiceError> {
    if count < MOST_PER_KEY {
        return Ok(());
    }
    Err(ServiceError::new(
        &LIMIT_EXCEEDED_EXCEPTION,
        format!("{key} has the most grants it can have."),
    ))
}

/// The same grant, if there is one: the same parameters under the same name give the grant that
/// there is, with a new token.
fn known(asked: &Grant, turn: &Turn<'_>) -> Option<Grant> {
    let name = asked.name.as_deref()?;
    let mut named = turn.view().grants_named(&asked.key, name, &asked.grantee);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota() {
        let arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let key: KeyArn = arn.parse().unwrap();
        for (count, allowed) in [(0, true), (49_999, true), (50_000, false), (50_001, false)] {
            let found = check_quota(count, &key).map_err(|e| e.shape.code);
            let wanted = match allowed {
                true => Ok(()),
                false => Err("LimitExceededException"),
            };
            assert_eq!(found, wanted, "{count}");
        }
    }
}
