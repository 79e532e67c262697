//! What an operation is: its shapes, what it resolves its names to, what it demands, what it does,
//! what its record shows.

use super::authorize::{Authorized, Demand};
use super::error::ServiceError;
use super::outcome::Interrupt;
use super::turn::Turn;
use crate::caller::Caller;
use crate::state::KeyPlace;
use claviger_model::Service;
use claviger_trail::{Json, Resource, TlsDetails};
use claviger_types::RegionName;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::IpAddr;

/// An operation of a service of ours.
pub trait Op: Sized + Send + Sync + 'static {
    /// The request's shape, from the model.
    type Input: DeserializeOwned + Serialize + Send + Sync;
    /// The reply's shape, from the model; `()` for operations without output.
    type Output: Serialize + Send;
    /// What the request's names resolve to.
    type Resolved: Send;
    /// The service it belongs to.
    const SERVICE: &'static Service;
    /// Its name: operation, event name and, where AWS has them equal, action.
    const NAME: &'static str;
    /// The `readOnly` flag of its records.
    const READ_ONLY: bool;

    /// Finds what the request names. Refusals of this step come before authorisation, so they may
    /// tell nothing that the caller could not know anyway.
    ///
    /// # Errors
    /// When a name is malformed or names nothing the caller may know of.
    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<Self::Resolved, ServiceError>;

    /// All that must be allowed before the operation runs. An empty list is for the few operations
    /// that AWS allows every signed caller (`sts:GetCallerIdentity`).
    ///
    /// # Errors
    /// When the request's parameters contradict each other.
    fn demands(
        request: &Request<Self>,
        resolved: &Self::Resolved,
        turn: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError>;

    /// Does it. Reads and changes go through the turn.
    ///
    /// # Errors
    /// A refusal, or a question to a key store.
    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<Self::Output, Interrupt>;

    /// The keys that a success used cryptographically; empty for everything but cryptographic
    /// operations.
    fn uses(authorized: &Authorized<Self>) -> Vec<KeyPlace> {
        let _ = authorized;
        Vec::new()
    }

    /// What its CloudTrail record shows. `resolved` and `output` are there as far as the request
    /// came.
    fn record(
        request: &Request<Self>,
        resolved: Option<&Self::Resolved>,
        output: Option<&Self::Output>,
    ) -> RecordParts;

    /// What a success leaves in the records of other Regions. Few operations reach there.
    fn elsewhere(authorized: &Authorized<Self>, output: &Self::Output) -> Vec<Elsewhere> {
        let _ = (authorized, output);
        Vec::new()
    }
}

/// A further record of the same request, in another Region: what the service did there for the
/// caller.
#[derive(Debug)]
pub struct Elsewhere {
    /// The event's name.
    pub event_name: &'static str,
    /// The Region.
    pub region: RegionName,
    /// What the record shows.
    pub parts: RecordParts,
}

/// The parts of a record that the operation itself knows.
#[derive(Debug, Default)]
pub struct RecordParts {
    /// `requestParameters`, nothing secret in it.
    pub parameters: Option<Json>,
    /// `responseElements`; null for reads and cryptographic operations.
    pub response: Option<Json>,
    /// `additionalEventData`.
    pub additional: Option<Json>,
    /// `resources`; their accounts decide who receives a copy.
    pub resources: Vec<Resource>,
}

/// What is known of a request beside its body.
#[derive(Debug, Clone)]
pub struct RequestMeta {
    /// `x-amzn-RequestId` and the record's `requestID`.
    pub request_id: String,
    /// The Region from the signature's scope.
    pub region: RegionName,
    /// Where it came from: an address, or a service's name.
    pub source_ip: String,
    /// The caller's address, for `aws:SourceIp`; a service that calls for a caller passes a public
    /// one on.
    pub caller_ip: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: String,
    /// Whether it came over TLS.
    pub secure_transport: bool,
    /// The TLS of the caller's own connection; none where a service calls.
    pub tls: Option<Box<TlsDetails>>,
}

/// A typed request of a known caller: validated against the model, not yet authorised.
pub struct Request<O: Op> {
    /// Who asks.
    pub caller: Caller,
    /// What is asked.
    pub input: O::Input,
    /// The rest.
    pub meta: RequestMeta,
}
