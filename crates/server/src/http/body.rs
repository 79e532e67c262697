//! Reads the body of a request within its limit: first by what the client announces, then by what
//! it sends.

use crate::wire::front_door_shape as shape;
use bytes::{Bytes, BytesMut};
use claviger_core::chain::ServiceError;
use claviger_model::{ErrorShape, Protocol};
use http::request::Parts;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use std::time::Duration;

/// KMS: the largest request that its model admits is a key policy of 32 kB or 6 kB of ciphertext
/// with 8 kB of encryption context, escaped at worst sixfold.
const KMS_LIMIT: usize = 256 * 1024;
/// The others: a policy document of 128 kB, percent-encoded, or a page of users.
const LIMIT: usize = 1024 * 1024;
/// A body that is not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    /// Longer than the limit.
    TooLarge,
    /// Broken off, or not whole in time.
    Incomplete,
}

/// The protocol that a request seems to speak, before its body is read.
pub(super) fn protocol(head: &Parts) -> Protocol {
    if head.headers.contains_key("x-amz-target") {
        Protocol::AwsJson11
    } else {
        let form = head
            .headers
            .get(http::header::CONTENT_TYPE)
            .is_some_and(|t| {
                let lower = t.as_bytes().to_ascii_lowercase();
                lower.starts_with(b"application/x-www-form")
            });
        let action = head.uri.query().is_some_and(|q| q.contains("Action="));
        if form || action {
            Protocol::Query
        } else {
            Protocol::AwsJson11
        }
    }
}

fn limit(head: &Parts) -> usize {
    let target = head.headers.get("x-amz-target");
    match target {
        Some(target) if target.as_bytes().starts_with(b"TrentService.") => KMS_LIMIT,
        _ => LIMIT,
    }
}

/// The whole body, if it arrives within `time`.
pub(super) async fn read(head: &Parts, body: Incoming, time: Duration) -> Result<Bytes, BodyError> {
    let limit = limit(head);
    if body.size_hint().lower() > limit as u64 {
        return Err(BodyError::TooLarge);
    }
    match tokio::time::timeout(time, gather(body, limit)).await {
        Ok(read) => read,
        Err(_) => Err(BodyError::Incomplete),
    }
}

/// Copies the pieces into one buffer. Kept as they came, each would hold the read buffer that it
/// lies in: a stranger who sends byte after byte would take kilobytes for each.
async fn gather(mut body: Incoming, limit: usize) -> Result<Bytes, BodyError> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BodyError::Incomplete)?;
        let Some(piece) = frame.data_ref() else {
            continue;
        };
        if piece.len() > limit - whole.len() {
            return Err(BodyError::TooLarge);
        }
        whole.extend_from_slice(piece);
    }
    Ok(whole.freeze())
}

impl BodyError {
    /// The answer. Source: IAM and KMS API references, "Common errors"; RFC 9110, 15.5.9 and
    /// 15.5.14.
    pub(super) fn to_service_error(self, protocol: Protocol) -> ServiceError {
        let (shape, text) = match (self, protocol) {
            (Self::TooLarge, Protocol::AwsJson11) => (&TOO_LARGE_JSON, "The request is too large."),
            (Self::TooLarge, Protocol::Query | Protocol::RestXml) => {
                (&TOO_LARGE_QUERY, "The request is too large.")
            }
            (Self::Incomplete, Protocol::AwsJson11) => {
                (&INCOMPLETE_JSON, "The request's body did not arrive.")
            }
            (Self::Incomplete, Protocol::Query | Protocol::RestXml) => {
                (&INCOMPLETE_QUERY, "The request's body did not arrive.")
            }
        };
        ServiceError::new(shape, text)
    }
}

static TOO_LARGE_JSON: ErrorShape = shape("RequestEntityTooLargeException", 413);
static TOO_LARGE_QUERY: ErrorShape = shape("RequestEntityTooLarge", 413);
static INCOMPLETE_JSON: ErrorShape = shape("RequestTimeoutException", 408);
static INCOMPLETE_QUERY: ErrorShape = shape("RequestTimeout", 408);
