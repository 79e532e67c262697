//! S3 on the wire, as far as it is served: path-style requests that read. A request is for S3 if its
//! signature says so; method, path and query become a document, replies become headers and XML.
//! Source: Amazon S3 API reference, `GetObject`, `HeadObject`, `ListObjects`, `ListObjectsV2`,
//! `GetBucketLocation`, "Error responses".

use super::route::front_door_shape;
use super::s3_xml;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use claviger_core::chain::{Reply, ServiceError};
use claviger_model::ErrorShape;
use claviger_types::Timestamp;
use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName, LAST_MODIFIED,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

static NOT_IMPLEMENTED: ErrorShape = front_door_shape("NotImplemented", 501);
static INVALID_URI: ErrorShape = front_door_shape("InvalidURI", 400);
static METHOD_NOT_ALLOWED: ErrorShape = front_door_shape("MethodNotAllowed", 405);

/// Parameters of a query that become members of a document.
const PARAMETERS: [(&str, &str); 7] = [
    ("continuation-token", "ContinuationToken"),
    ("delimiter", "Delimiter"),
    ("encoding-type", "EncodingType"),
    ("marker", "Marker"),
    ("max-keys", "MaxKeys"),
    ("prefix", "Prefix"),
    ("start-after", "StartAfter"),
];

/// Whether a request is signed for S3 and does not say that it is for another service: a target, or
/// a form, comes first.
pub(super) fn is_meant(head: &Parts) -> bool {
    let is_form = head.method == Method::POST && head.uri.path() == "/";
    if is_form || head.headers.contains_key("x-amz-target") {
        return false;
    }
    let authorization = head.headers.get(http::header::AUTHORIZATION);
    let text = authorization.and_then(|value| value.to_str().ok());
    let scope = text
        .and_then(|text| text.split_once("Credential="))
        .and_then(|(_, rest)| rest.split([',', ' ']).next());
    scope.is_some_and(|scope| scope.rsplit('/').nth(1) == Some("s3"))
}

/// The operation that a request is for, and its document.
pub(super) fn route(head: &Parts) -> Result<(&'static str, Value), ServiceError> {
    let is_head = head.method == Method::HEAD;
    if !is_head && head.method != Method::GET {
        return Err(ServiceError::new(
            &METHOD_NOT_ALLOWED,
            "The specified method is not allowed against this resource.",
        ));
    }
    let path = percent_decode_str(head.uri.path()).decode_utf8();
    let path =
        path.map_err(|_| ServiceError::new(&INVALID_URI, "Couldn't parse the specified URI."))?;
    let (bucket, key) = match path.trim_start_matches('/').split_once('/') {
        Some((bucket, key)) => (bucket.to_owned(), key.to_owned()),
        None => (path.trim_start_matches('/').to_owned(), String::new()),
    };
    let query = parameters(head.uri.query().unwrap_or(""));
    let operation = match (bucket.is_empty(), key.is_empty(), is_head) {
        (false, false, false) if no_subresource(&query) => "GetObject",
        (false, false, true) if no_subresource(&query) => "HeadObject",
        (false, true, false) if query.contains_key("location") => "GetBucketLocation",
        (false, true, false) if query.get("list-type").is_some_and(|v| v == "2") => "ListObjectsV2",
        (false, true, false) if no_subresource(&query) => "ListObjects",
        _ => {
            let text =
                "A header or query you provided implies functionality that is not implemented.";
            return Err(ServiceError::new(&NOT_IMPLEMENTED, text));
        }
    };
    let mut document = Map::new();
    document.insert("Bucket".to_owned(), bucket.into());
    document.insert("Key".to_owned(), key.into());
    for (name, member) in PARAMETERS {
        if let Some(value) = query.get(name) {
            document.insert(member.to_owned(), value.clone().into());
        }
    }
    Ok((operation, Value::Object(document)))
}

/// Whether nothing in the query asks for another side of the bucket or object. `x-id` only names the
/// operation.
fn no_subresource(query: &BTreeMap<String, String>) -> bool {
    let known = |name: &str| name == "x-id" || PARAMETERS.iter().any(|(known, _)| *known == name);
    query.keys().all(|name| known(name))
}

fn parameters(query: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// An object, or what is known of it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ObjectReply {
    content_length: u64,
    last_modified: i64,
    metadata: BTreeMap<String, String>,
    body: Option<String>,
}

/// Answers a request.
pub(super) fn respond(
    operation: &str,
    result: Result<Reply, ServiceError>,
    request_id: &str,
) -> Response<Bytes> {
    let answered = match result {
        Ok(reply) => match operation {
            "GetObject" | "HeadObject" => object(&reply),
            _ => s3_xml::reply(operation, &reply).map(xml),
        },
        Err(error) => {
            let status = StatusCode::from_u16(error.shape.status);
            let mut response = xml(s3_xml::error(&error, request_id));
            *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Some(response)
        }
    };
    let mut response = answered.unwrap_or_else(|| {
        tracing::error!(operation, request_id, "a reply does not fit its operation");
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    });
    set(
        response.headers_mut(),
        HeaderName::from_static("x-amz-request-id"),
        request_id,
    );
    response
}

fn xml(text: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(text));
    let kind = HeaderValue::from_static("application/xml");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn object(reply: &Reply) -> Option<Response<Bytes>> {
    let known: ObjectReply = serde_json::from_slice(&reply.0).ok()?;
    let body = match &known.body {
        Some(text) => STANDARD.decode(text).ok()?,
        None => Vec::new(),
    };
    let mut response = Response::new(Bytes::from(body));
    let headers = response.headers_mut();
    let modified = Timestamp::from_millis(known.last_modified);
    set(headers, CONTENT_LENGTH, &known.content_length.to_string());
    set(headers, CONTENT_TYPE, "application/json");
    set(headers, CONTENT_ENCODING, "gzip");
    set(headers, ETAG, &s3_xml::etag(modified, known.content_length));
    set(
        headers,
        LAST_MODIFIED,
        &modified.format("%a, %d %b %Y %H:%M:%S GMT"),
    );
    for (name, value) in &known.metadata {
        let name = HeaderName::from_bytes(format!("x-amz-meta-{name}").as_bytes()).ok()?;
        set(headers, name, value);
    }
    Some(response)
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
