//! One request from its bytes to its answer: read, route, prove the caller, decide, record, encode.
//! Until the caller is proven a failure is answered and counted; from there on no client can end it.

use super::body::{self, BodyError};
use super::strangers::Strangers;
use super::unstoppable::{Panicked, Unstoppable};
use crate::commit::{NotRecorded, Recorded};
use crate::edges::{OsEntropy, now};
use crate::metrics::Outcome;
use crate::node::Node;
use crate::sigv4::{self, Expected, FrontDoorError};
use crate::wire::{Routed, Unroutable, respond, route};
use bytes::Bytes;
use claviger_core::caller::{Caller, authenticate};
use claviger_core::chain::{Arrival, Reply, RequestMeta, ServiceError};
use claviger_model::Protocol;
use claviger_trail::TlsDetails;
use claviger_types::{RegionName, uuid_v4};
use http::HeaderValue;
use http::header::{HOST, USER_AGENT};
use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The log has a line for each request of a proven caller under this target, at the level debug.
/// Who called and with which key stands in the audit trail under the same request id.
const REQUEST_LOG: &str = "claviger_server::request";

/// The most requests with a proven caller at one time; the next ones wait.
const MOST: u32 = 4096;

/// Answers requests.
pub(super) struct Front {
    node: Node,
    body_time: Duration,
    strangers: Strangers,
    room: Arc<Semaphore>,
}

/// Where requests of a connection come from.
pub(super) struct Origin {
    pub(super) peer: SocketAddr,
    pub(super) tls: Option<TlsDetails>,
}

/// A request whose caller is proven.
struct Proven {
    routed: Routed,
    caller: Caller,
    arrival: Arrival,
    meta: RequestMeta,
    room: OwnedSemaphorePermit,
}

/// A request that failed before it had a caller.
struct Unknown {
    routed: Option<Routed>,
    protocol: Protocol,
    error: ServiceError,
}

impl Front {
    /// `body_time` is how long a client may take over a body.
    pub(super) fn new(node: Node, body_time: Duration) -> Self {
        Self {
            node,
            body_time,
            strangers: Strangers::default(),
            room: Arc::new(Semaphore::new(MOST as usize)),
        }
    }

    pub(super) fn strangers(&self) -> &Strangers {
        &self.strangers
    }

    /// Resolves when no request of a proven caller is under way.
    pub(super) async fn idle(&self) {
        // The semaphore is never closed, so this only ends with all of it.
        let _ = self.room.acquire_many(MOST).await;
    }

    /// Answers one request.
    pub(super) async fn answer(
        self: Arc<Self>,
        origin: &Origin,
        request: Request<Incoming>,
    ) -> Response<Bytes> {
        let id = uuid_v4(&mut OsEntropy);
        let (head, body) = request.into_parts();
        let body = match body::read(&head, body, self.body_time).await {
            Ok(body) => body,
            Err(error) => return self.turn_away(unread(&head, error), origin.peer, &id),
        };
        let proven = match self.prove(origin.peer, &head, &body, &id) {
            Ok((routed, ..)) if !self.node.state().is_ready() => return failed(&routed, &id),
            Ok((routed, caller, region)) => {
                let arrival = Arrival {
                    service: routed.service,
                    operation: routed.operation.clone(),
                    document: routed.document(&body),
                    throttled: false,
                };
                let Ok(room) = Arc::clone(&self.room).acquire_owned().await else {
                    return failed(&routed, &id);
                };
                Proven {
                    meta: meta(origin, &head, &id, region),
                    routed,
                    caller,
                    arrival,
                    room,
                }
            }
            Err(unknown) => return self.turn_away(*unknown, origin.peer, &id),
        };
        let (service, operation) = (proven.routed.service, proven.routed.operation.clone());
        // A client that hangs up drops this future, not that work.
        match Unstoppable::new(carry_out(self.node.clone(), proven)).await {
            Ok(response) => response,
            Err(error @ Panicked) => {
                tracing::error!(request_id = id, %error, "a request broke off");
                let error = ServiceError::internal(service, "the request broke off");
                respond(Some(service), &operation, service.protocol, Err(error), &id)
            }
        }
    }

    /// Who sends it, and for which service and Region.
    fn prove(
        &self,
        peer: SocketAddr,
        head: &Parts,
        body: &[u8],
        id: &str,
    ) -> Result<(Routed, Caller, RegionName), Box<Unknown>> {
        let routed = find(head, body)?;
        let protocol = routed.service.protocol;
        match self.authenticate(&routed, head, body) {
            Ok((caller, region)) => Ok((routed, caller, region)),
            Err(error) => {
                tracing::debug!(%peer, request_id = id, %error, "no caller");
                Err(Box::new(Unknown {
                    routed: Some(routed),
                    protocol,
                    error: error.to_service_error(protocol),
                }))
            }
        }
    }

    fn authenticate(
        &self,
        routed: &Routed,
        head: &Parts,
        body: &[u8],
    ) -> Result<(Caller, RegionName), FrontDoorError> {
        let state = self.node.state();
        let snapshot = state.snapshot();
        let regions = match snapshot.installation() {
            Some(installation) => installation.regions.as_slice(),
            None => &[],
        };
        let expected = Expected {
            signing_name: routed.service.signing_name,
            regions,
        };
        let signed = sigv4::read(head, body, expected, state.real_now())?;
        let caller = authenticate(&signed, &snapshot, state.sealer(), state.now(&snapshot))?;
        Ok((caller, signed.region))
    }

    fn turn_away(&self, unknown: Unknown, peer: SocketAddr, id: &str) -> Response<Bytes> {
        let Unknown {
            routed,
            protocol,
            error,
        } = unknown;
        self.strangers.count(error.shape.code);
        self.node
            .state()
            .metrics()
            .count_unauthenticated(error.shape.code);
        tracing::debug!(%peer, request_id = id, code = error.shape.code, "turned away");
        log_inside(&error, id);
        let (service, operation) = match &routed {
            Some(routed) => (Some(routed.service), routed.operation.as_str()),
            None => (None, ""),
        };
        respond(service, operation, protocol, Err(error), id)
    }
}

fn unread(head: &Parts, error: BodyError) -> Unknown {
    let protocol = body::protocol(head);
    Unknown {
        routed: None,
        protocol,
        error: error.to_service_error(protocol),
    }
}

/// What the request is for. One that is unsigned and for nothing in particular is told that it is
/// unsigned, as AWS does.
fn find(head: &Parts, body: &[u8]) -> Result<Routed, Box<Unknown>> {
    route(head, body).map_err(|unroutable| {
        let signed = head.headers.contains_key(http::header::AUTHORIZATION);
        let protocol = unroutable.protocol();
        let error = match unroutable {
            Unroutable::NoProtocol if !signed => {
                FrontDoorError::MissingToken.to_service_error(protocol)
            }
            other => other.to_service_error(),
        };
        Box::new(Unknown {
            routed: None,
            protocol,
            error,
        })
    })
}

fn meta(origin: &Origin, head: &Parts, id: &str, region: RegionName) -> RequestMeta {
    let text = |name| {
        let value = head.headers.get(name);
        value.map_or_else(String::new, |value: &HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        })
    };
    let ip = origin.peer.ip().to_canonical();
    RequestMeta {
        request_id: id.to_owned(),
        region,
        source_ip: ip.to_string(),
        caller_ip: Some(ip),
        user_agent: text(USER_AGENT),
        secure_transport: origin.tls.is_some(),
        tls: origin.tls.as_ref().map(|tls| {
            Box::new(TlsDetails {
                client_provided_host_header: text(HOST),
                ..tls.clone()
            })
        }),
    }
}

async fn carry_out(node: Node, proven: Proven) -> Response<Bytes> {
    let Proven {
        routed,
        caller,
        arrival,
        meta,
        room,
    } = proven;
    let (begun, id) = (now(), meta.request_id.clone());
    let told = node.carry_out(caller, arrival, meta).await;
    let (outcome, code) = match &told {
        Ok(recorded) => match recorded.value() {
            Ok(_) => (Outcome::Success, ""),
            Err(error) => (Outcome::of(error), error.shape.code),
        },
        Err(_) => (Outcome::ServerError, "NotRecorded"),
    };
    let response = match told {
        Ok(recorded) => encode(&routed, recorded, &id),
        Err(error) => {
            tracing::error!(request_id = id, %error, "a request was not recorded");
            failed(&routed, &id)
        }
    };
    drop(room);
    let (service, operation, took) = (routed.service.id, &*routed.operation, begun.elapsed());
    let operations = &node.state().metrics().operations;
    operations.observe(service, operation, outcome, took);
    tracing::debug!(
        target: REQUEST_LOG,
        request_id = id,
        service,
        operation,
        status = response.status().as_u16(),
        code,
        microseconds = took.as_micros() as u64,
        "request"
    );
    response
}

/// The bytes of a reply: only for one that is recorded.
fn encode(
    routed: &Routed,
    recorded: Recorded<Result<Reply, ServiceError>>,
    id: &str,
) -> Response<Bytes> {
    let told = recorded.into_value();
    if let Err(error) = &told {
        log_inside(error, id);
    }
    let service = routed.service;
    respond(Some(service), &routed.operation, service.protocol, told, id)
}

/// Nothing was recorded, so nothing is told but that.
fn failed(routed: &Routed, id: &str) -> Response<Bytes> {
    let service = routed.service;
    let error = ServiceError::internal(service, NotRecorded::Failed.to_string());
    respond(
        Some(service),
        &routed.operation,
        service.protocol,
        Err(error),
        id,
    )
}

/// What only the operator may read of an error. A client's mistake is no fault of the service.
fn log_inside(error: &ServiceError, id: &str) {
    let Some(inside) = &error.inside else {
        return;
    };
    let code = error.shape.code;
    if error.shape.status >= 500 {
        tracing::error!(request_id = id, code, inside, "a fault of the service");
    } else {
        tracing::debug!(request_id = id, code, inside, "refused");
    }
}
