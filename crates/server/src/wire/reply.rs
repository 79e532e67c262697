//! What goes back: status, headers and body of a reply or a refusal in the service's protocol.
//! Bodies that hold secrets are wiped once they have been sent.

use super::{s3, xml};
use bytes::Bytes;
use claviger_core::chain::{Reply, ServiceError};
use claviger_model::{Protocol, Service};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, EXPIRES, HeaderName, PRAGMA};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Answers a request. `service` and `operation` are what it was routed to; without a service the
/// answer is in the protocol that `protocol` names.
#[must_use]
pub fn respond(
    service: Option<&'static Service>,
    operation: &str,
    protocol: Protocol,
    result: Result<Reply, ServiceError>,
    request_id: &str,
) -> Response<Bytes> {
    let protocol = service.map_or(protocol, |service| service.protocol);
    if protocol == Protocol::RestXml {
        return uncached(s3::respond(operation, result, request_id));
    }
    let (status, body) = match (protocol, result) {
        (Protocol::AwsJson11, Ok(reply)) => (StatusCode::OK, Bytes::from_owner(reply.0)),
        (_, Ok(reply)) => match query_reply(service, operation, &reply, request_id) {
            Some(body) => (StatusCode::OK, body),
            None => {
                tracing::error!(operation, request_id, "a reply does not fit its operation");
                (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new())
            }
        },
        (Protocol::AwsJson11, Err(error)) => (status(&error), json_error(&error)),
        (_, Err(error)) => {
            let text = xml::error(service, &error, request_id);
            (status(&error), wiped(text))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static(content_type(protocol)),
    );
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID.clone(), id);
    }
    uncached(response)
}

/// Replies may hold plaintext and keys; no cache may keep one.
fn uncached(mut response: Response<Bytes>) -> Response<Bytes> {
    let headers = response.headers_mut();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-store, must-revalidate, private"),
    );
    headers.insert(EXPIRES, HeaderValue::from_static("0"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

fn content_type(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::AwsJson11 => "application/x-amz-json-1.1",
        Protocol::Query | Protocol::RestXml => "text/xml",
    }
}

fn status(error: &ServiceError) -> StatusCode {
    StatusCode::from_u16(error.shape.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// `__type`, the text under the name that the model gives it, and further members.
fn json_error(error: &ServiceError) -> Bytes {
    let mut body = Map::new();
    body.insert("__type".to_owned(), error.shape.name.into());
    if let Some(message) = &error.message {
        let name = error.shape.message_member.to_owned();
        body.insert(name, message.as_ref().into());
    }
    for (name, value) in &error.members {
        body.insert((*name).to_owned(), value.as_str().into());
    }
    Bytes::from(Value::Object(body).to_string())
}

fn query_reply(
    service: Option<&Service>,
    operation: &str,
    reply: &Reply,
    request_id: &str,
) -> Option<Bytes> {
    let service = service?;
    let operation = service.operation(operation)?;
    let document = if reply.0.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&reply.0).ok()?
    };
    Some(wiped(xml::reply(service, operation, &document, request_id)))
}

fn wiped(text: Zeroizing<String>) -> Bytes {
    struct Wiped(Zeroizing<String>);
    impl AsRef<[u8]> for Wiped {
        fn as_ref(&self) -> &[u8] {
            self.0.as_bytes()
        }
    }
    Bytes::from_owner(Wiped(text))
}
