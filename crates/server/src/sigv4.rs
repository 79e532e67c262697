//! Signature Version 4, header form: reads what a request claims and canonicalises it. It proves
//! nothing: the secret is opened and the signature compared in `claviger_core::caller`. Signatures
//! in the query string (presigned requests) and streamed bodies are refused; no service here takes
//! them. Source: IAM User Guide, "Create a signed AWS API request" and "Troubleshoot Signature
//! Version 4 signing".

mod authorization;
mod canonical;
mod date;
mod error;
mod headers;

pub use error::FrontDoorError;

use authorization::Authorization;
use canonical::InPath;
use claviger_core::caller::Signed;
use claviger_crypto::{hex, sha256};
use claviger_types::{RegionName, Timestamp};
use headers::Headers;
use http::request::Parts;

/// The one algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far a signature's date may lie from ours, either way, in minutes.
const SKEW_MINUTES: i64 = 5;

/// What the scope of a signature must name.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The service by its signing name, such as `kms`.
    pub signing_name: &'a str,
    /// The Regions that this endpoint serves.
    pub regions: &'a [RegionName],
}

/// Reads the signature of a request: `body` is the whole body as it arrived. `now` is real time;
/// virtual time never moves the dates in signatures.
///
/// # Errors
/// See [`FrontDoorError`]. The checks come in AWS's order: form, date, signed headers, algorithm,
/// credential, scope, body.
pub fn read(
    head: &Parts,
    body: &[u8],
    expected: Expected<'_>,
    now: Timestamp,
) -> Result<Signed, FrontDoorError> {
    let headers = Headers::of(head);
    let presigned = canonical::has_parameter(head.uri.query().unwrap_or(""), "X-Amz-Algorithm");
    let text = match (headers.one("authorization")?, presigned) {
        (Some(_), true) => return Err(FrontDoorError::BothForms),
        (None, true) => return Err(FrontDoorError::Presigned),
        (Some(text), false) if text.trim_start().starts_with("AWS4-") => text,
        _ => return Err(FrontDoorError::MissingToken),
    };
    let sent_date = match headers.one("x-amz-date")? {
        Some(date) => Some(date),
        None => headers.one("date")?,
    };
    let authorization = Authorization::parse(text.trim(), sent_date.is_some())?;
    let signed_at = date::check(sent_date.unwrap_or_default(), now)?;
    headers.check_signed(&authorization.signed_headers)?;
    if authorization.algorithm != ALGORITHM {
        return Err(FrontDoorError::algorithm(authorization.algorithm));
    }
    let credential = authorization.credential()?;
    let region = credential.check_scope(expected, signed_at)?;
    let payload = check_payload(&headers, body)?;
    let in_path = match expected.signing_name {
        "s3" => InPath::AsItIs,
        _ => InPath::Normalized,
    };
    let signed = &authorization.signed_headers;
    let request = canonical::request(head, &headers, signed, &payload, in_path)?;
    let scope_date = signed_at.scope_date();
    Ok(Signed {
        string_to_sign: format!(
            "{ALGORITHM}\n{}\n{scope_date}/{region}/{}/aws4_request\n{}",
            date::amz(signed_at),
            expected.signing_name,
            hex(&sha256(&request)),
        ),
        access_key_id: credential.access_key_id.to_owned(),
        session_token: headers.one("x-amz-security-token")?.map(str::to_owned),
        scope_date,
        region,
        service: expected.signing_name.to_owned(),
        signature: authorization.signature.to_owned(),
        signed_at,
    })
}

/// The hash of the body as it arrived. What a client says of the body must be true, and it must
/// not leave the body unsigned or sign it piece by piece.
fn check_payload(headers: &Headers<'_>, body: &[u8]) -> Result<String, FrontDoorError> {
    let encoding = headers.one("content-encoding")?.unwrap_or_default();
    if encoding.to_ascii_lowercase().contains("aws-chunked") {
        return Err(FrontDoorError::UnsupportedPayload);
    }
    let actual = hex(&sha256(body));
    match headers.one("x-amz-content-sha256")? {
        None => Ok(actual),
        Some(claimed) if claimed == actual => Ok(actual),
        Some(claimed) if claimed == "UNSIGNED-PAYLOAD" || claimed.starts_with("STREAMING-") => {
            Err(FrontDoorError::UnsupportedPayload)
        }
        Some(_) => Err(FrontDoorError::PayloadMismatch),
    }
}

#[cfg(test)]
mod tests;
