//! The `Authorization` header: algorithm, credential, signed headers, signature. It compares the
//! credential's scope with what the endpoint serves; whether the access key exists is core's.

use super::{Expected, FrontDoorError, date};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_crypto::sha256;
use claviger_types::{RegionName, Timestamp};

/// The parts of the header as they were sent.
#[derive(Debug)]
pub(super) struct Authorization<'a> {
    pub(super) algorithm: &'a str,
    pub(super) signed_headers: Vec<&'a str>,
    pub(super) signature: &'a str,
    credential: &'a str,
}

impl<'a> Authorization<'a> {
    /// Splits the header. AWS names everything that is missing in one message, a date among it.
    pub(super) fn parse(text: &'a str, dated: bool) -> Result<Self, FrontDoorError> {
        let (algorithm, rest) = text.split_once(' ').unwrap_or((text, ""));
        let mut found = [None; 3];
        for pair in rest.split([',', ' ']).filter(|part| !part.is_empty()) {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(FrontDoorError::Incomplete(format!(
                    "Invalid key=value pair (missing equal-sign) in Authorization header (hashed \
                     with SHA-256 and encoded with Base64): '{}'.",
                    hashed(text)
                )));
            };
            let place = NAMES.iter().zip(&mut found).find(|(n, _)| **n == name);
            if let Some((name, place)) = place
                && place.replace(value).is_some()
            {
                return Err(FrontDoorError::Incomplete(format!(
                    "Authorization header has the '{name}' parameter twice."
                )));
            }
        }
        match found.map(|value| value.filter(|v| !v.is_empty())) {
            [Some(credential), Some(signature), Some(signed_headers)] if dated => Ok(Self {
                algorithm,
                signed_headers: signed_headers_of(signed_headers)?,
                signature,
                credential,
            }),
            parts => Err(missing(&parts, dated, text)),
        }
    }

    /// The five parts of the credential. Slashes at its end are ignored, as AWS does.
    pub(super) fn credential(&self) -> Result<Credential<'a>, FrontDoorError> {
        let parts: Vec<&str> = self.credential.trim_end_matches('/').split('/').collect();
        let &[access_key_id, date, region, service, terminator] = parts.as_slice() else {
            return Err(FrontDoorError::Incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{}'",
                self.credential
            )));
        };
        Ok(Credential {
            access_key_id,
            date,
            region,
            service,
            terminator,
        })
    }
}

const NAMES: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];

fn missing(parts: &[Option<&str>; 3], dated: bool, text: &str) -> FrontDoorError {
    let mut message = String::new();
    for (name, part) in NAMES.iter().zip(parts) {
        if part.is_none() {
            message += &format!("Authorization header requires '{name}' parameter. ");
        }
    }
    if !dated {
        message += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' \
                    header. ";
    }
    message += "(Hashed with SHA-256 and encoded with Base64) Authorization=";
    FrontDoorError::Incomplete(message + &hashed(text))
}

/// AWS shows the header's hash, not the header: it may hold a credential that is none of AWS's.
fn hashed(text: &str) -> String {
    STANDARD.encode(sha256(text.as_bytes()))
}

/// Names in lower case, sorted, none twice: the one way to write a list, so that two lists never
/// mean the same.
fn signed_headers_of(text: &str) -> Result<Vec<&str>, FrontDoorError> {
    let names: Vec<&str> = text.split(';').collect();
    let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
    let sorted = names.is_sorted_by(|a, b| a < b);
    if lower && sorted && !names.contains(&"") {
        Ok(names)
    } else {
        Err(FrontDoorError::Incomplete(
            "Authorization header requires the 'SignedHeaders' to be in lower case, sorted and \
             without repetition."
                .to_owned(),
        ))
    }
}

/// The credential: who signed, and for what.
#[derive(Debug)]
pub(super) struct Credential<'a> {
    pub(super) access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    terminator: &'a str,
}

impl Credential<'_> {
    /// The scope's Region, if the whole scope fits. AWS names all misfits in one message.
    pub(super) fn check_scope(
        &self,
        expected: Expected<'_>,
        signed_at: Timestamp,
    ) -> Result<RegionName, FrontDoorError> {
        let mut message = String::new();
        let region = expected.regions.iter().find(|r| r.as_str() == self.region);
        if region.is_none() {
            message += "Credential should be scoped to a valid region. ";
        }
        if self.service != expected.signing_name {
            let service = expected.signing_name;
            message += &format!("Credential should be scoped to correct service: '{service}'. ");
        }
        if self.terminator != "aws4_request" {
            message += &format!(
                "Credential should be scoped with a valid terminator: 'aws4_request', not '{}'. ",
                self.terminator
            );
        }
        let day = signed_at.scope_date();
        if self.date != day {
            message += &format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{}' != '{day}', from '{}'.",
                self.date,
                date::amz(signed_at)
            );
        }
        match region {
            Some(region) if message.is_empty() => Ok(region.clone()),
            _ => Err(FrontDoorError::Invalid(message)),
        }
    }
}
