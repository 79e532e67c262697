//! From an arrived request to a decision: finds the operation, validates the document, runs the
//! chain, gathers the outcome. The table of operations is in `dispatch`.

use super::authorize::{Denied, authorize};
use super::error::{
    INVALID_ACTION, MALFORMED_QUERY, SERIALIZATION, ServiceError, THROTTLING, UNKNOWN_OPERATION,
};
use super::key_store::{KeyStoreAnswer, KeyStoreCall, Pending, Resume};
use super::op::{Op, Request, RequestMeta};
use super::outcome::{Decision, Interrupt, Reply};
use super::record;
use super::turn::{Conditions, Turn};
use crate::caller::Caller;
use crate::dispatch;
use claviger_model::{Invalid, Protocol, Service, validate};
use serde::{Deserialize as _, Serialize as _};
use serde_json::Value;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A request as it arrived from a known caller: which operation, and its document as far as it
/// could be read.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The service.
    pub service: &'static Service,
    /// The operation's name as it was sent.
    pub operation: String,
    /// The document, or what was wrong with its form.
    pub document: Result<Arc<Value>, String>,
    /// The caller's account asks more often than its request quotas allow: the request is refused
    /// and recorded, and nothing is decided.
    pub throttled: bool,
}

/// One row of the table of operations.
pub struct Served {
    /// The service.
    pub service: &'static Service,
    /// The operation's name.
    pub name: &'static str,
    run: fn(&mut Turn<'_>, Caller, &Arrival, RequestMeta) -> Result<Reply, Interrupt>,
}

impl Served {
    /// The row of an operation.
    #[must_use]
    pub const fn of<O: Op>() -> Self {
        Self {
            service: O::SERVICE,
            name: O::NAME,
            run: typed::<O>,
        }
    }
}

/// Decides a request on a snapshot. `seed` is 32 fresh bytes of entropy.
#[must_use]
pub fn decide(
    conditions: Conditions<'_>,
    caller: Caller,
    arrival: Arrival,
    mut meta: RequestMeta,
    seed: [u8; 32],
) -> Decision {
    // IAM and Organizations are global: whatever Region a client signs for, their calls are made
    // and recorded in us-east-1 (IAM User Guide, "Logging IAM and AWS STS API calls with AWS
    // CloudTrail"; AWS Organizations User Guide, "Logging AWS Organizations API calls").
    if ["iam", "organizations"].contains(&arrival.service.id)
        && let Ok(region) = "us-east-1".parse()
    {
        meta.region = region;
    }
    pass(
        conditions,
        Pending {
            caller,
            arrival,
            meta,
            seed,
            answers: Vec::new(),
            made_keys: Vec::new(),
            trail_answers: Vec::new(),
        },
    )
}

/// Decides a waiting request with one more answer, on the then current snapshot: everything is
/// authorised again.
#[must_use]
pub fn resume(
    conditions: Conditions<'_>,
    resume: Resume,
    call: KeyStoreCall,
    answer: KeyStoreAnswer,
) -> Decision {
    let mut pending = *resume.0;
    pending.answers.push((call, answer));
    pass(conditions, pending)
}

/// Decides a request from its beginning, with all that was done for it outside.
pub(super) fn pass(conditions: Conditions<'_>, pending: Pending) -> Decision {
    let mut turn = Turn::new(conditions, &pending);
    let result = match dispatch::find(pending.arrival.service, &pending.arrival.operation) {
        Some(served) => (served.run)(
            &mut turn,
            pending.caller.clone(),
            &pending.arrival,
            pending.meta.clone(),
        ),
        None => Err(not_served(&mut turn, &pending).into()),
    };
    match result {
        Ok(reply) => Decision::Done(turn.finish(Ok(reply))),
        Err(Interrupt::Refused(error)) => Decision::Done(turn.finish(Err(error))),
        Err(Interrupt::Ask(call)) => {
            drop(turn);
            Decision::Ask(*call, Resume(Box::new(pending)))
        }
        Err(Interrupt::NeedsKey(spec)) => {
            drop(turn);
            Decision::NeedsKey(spec, Resume(Box::new(pending)))
        }
        Err(Interrupt::AskTrail(question)) => {
            drop(turn);
            Decision::AskTrail(*question, Resume(Box::new(pending)))
        }
    }
}

/// An operation that is not served answers as AWS answers one that it does not know.
fn not_served(turn: &mut Turn<'_>, pending: &Pending) -> ServiceError {
    let service = pending.arrival.service;
    let error = match service.protocol {
        Protocol::AwsJson11 => ServiceError::bare(&UNKNOWN_OPERATION),
        Protocol::Query | Protocol::RestXml => ServiceError::new(
            &INVALID_ACTION,
            format!(
                "Could not find operation {} for version {}",
                record::event_name(&pending.arrival.operation),
                service.api_version
            ),
        ),
    };
    record::unserved(turn, pending, &error);
    error
}

fn typed<O: Op>(
    turn: &mut Turn<'_>,
    caller: Caller,
    arrival: &Arrival,
    meta: RequestMeta,
) -> Result<Reply, Interrupt> {
    let input = match not_throttled(arrival).and_then(|()| read_input::<O>(arrival)) {
        Ok(input) => input,
        Err(error) => {
            record::unreadable::<O>(turn, &caller, &meta, arrival, &error);
            return Err(error.into());
        }
    };
    let output = run::<O>(
        turn,
        Request {
            caller,
            input,
            meta,
        },
    )?;
    encode::<O>(&output).map_err(Interrupt::Refused)
}

/// Source of the text: KMS Developer Guide, "Throttling AWS KMS requests".
fn not_throttled(arrival: &Arrival) -> Result<(), ServiceError> {
    if arrival.throttled {
        return Err(ServiceError::new(
            &THROTTLING,
            "You have exceeded the rate at which you may call KMS. Reduce the frequency of your \
             calls.",
        ));
    }
    Ok(())
}

/// The typed input of a document that fits the model.
fn read_input<O: Op>(arrival: &Arrival) -> Result<O::Input, ServiceError> {
    let document = arrival
        .document
        .as_deref()
        .map_err(|text| serialization::<O>(text))?;
    let structure = O::SERVICE.operation(O::NAME).and_then(|op| op.input);
    if let Some(structure) = structure {
        validate(structure, document).map_err(|invalid| match invalid {
            Invalid::Serialization(text) => serialization::<O>(&text),
            Invalid::Constraints(violations) if O::SERVICE.id == "organizations" => {
                crate::organizations::invalid_input(&violations)
            }
            constraints @ Invalid::Constraints(_) => {
                ServiceError::validation(O::SERVICE, constraints.to_string())
            }
        })?;
    }
    O::Input::deserialize(document).map_err(|e| serialization::<O>(&e.to_string()))
}

fn serialization<O: Op>(text: &str) -> ServiceError {
    let shape = match O::SERVICE.protocol {
        Protocol::AwsJson11 => &SERIALIZATION,
        Protocol::Query | Protocol::RestXml => &MALFORMED_QUERY,
    };
    ServiceError::new(shape, text.to_owned())
}

fn encode<O: Op>(output: &O::Output) -> Result<Reply, ServiceError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(1024));
    output
        .serialize(&mut serde_json::Serializer::new(&mut *bytes))
        .map_err(|e| ServiceError::internal(O::SERVICE, e.to_string()))?;
    if bytes.as_slice() == b"null" {
        bytes.clear();
    }
    Ok(Reply(bytes))
}

/// The chain itself, for a request from outside and for a nested one alike: resolve, demand,
/// authorise, perform, record.
pub(super) fn run<O: Op>(turn: &mut Turn<'_>, request: Request<O>) -> Result<O::Output, Interrupt> {
    let resolved = match O::resolve(&request, turn) {
        Ok(resolved) => resolved,
        Err(error) => {
            record::refused::<O>(turn, &request, None, &error);
            return Err(error.into());
        }
    };
    let authorized = match authorize(request, resolved, turn) {
        Ok(authorized) => authorized,
        Err(denied) => {
            let Denied {
                request,
                resolved,
                error,
            } = *denied;
            record::refused::<O>(turn, &request, Some(&resolved), &error);
            return Err(error.into());
        }
    };
    match O::perform(&authorized, turn) {
        Ok(output) => {
            record::done::<O>(turn, &authorized, &output);
            Ok(output)
        }
        Err(Interrupt::Refused(error)) => {
            record::refused::<O>(
                turn,
                authorized.request(),
                Some(authorized.resolved()),
                &error,
            );
            Err(error.into())
        }
        Err(ask) => Err(ask),
    }
}
