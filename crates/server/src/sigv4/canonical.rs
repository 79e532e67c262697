//! The canonical request: method, path, query, headers, body hash, each in the one form that
//! client and service must both arrive at. Source: IAM User Guide, "Create a signed AWS API
//! request", step 1.

use super::FrontDoorError;
use super::headers::Headers;
use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

/// All but letters, digits and `-._~` is written `%XX`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// In a path the slashes stay.
const ENCODED_IN_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// How a service has its paths signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InPath {
    /// Without dots and doubled slashes, encoded once more.
    Normalized,
    /// As S3's: names of objects may hold anything, and are encoded once.
    AsItIs,
}

/// The bytes of the canonical request, of which the string to sign holds the hash.
pub(super) fn request(
    head: &Parts,
    headers: &Headers<'_>,
    signed: &[&str],
    payload: &str,
    in_path: InPath,
) -> Result<Vec<u8>, FrontDoorError> {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(head.method.as_str().as_bytes());
    out.push(b'\n');
    let path = match in_path {
        InPath::Normalized => path(head.uri.path()),
        InPath::AsItIs => object_path(head.uri.path()),
    };
    out.extend_from_slice(path.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(query(head.uri.query().unwrap_or("")).as_bytes());
    out.push(b'\n');
    for name in signed {
        let values = headers.all(name);
        if values.is_empty() {
            return Err(FrontDoorError::Invalid(format!(
                "'{name}' is a 'SignedHeader' in the AWS Authorization, but was not sent."
            )));
        }
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            push_trimmed(&mut out, value);
        }
        out.push(b'\n');
    }
    out.push(b'\n');
    out.extend_from_slice(signed.join(";").as_bytes());
    out.push(b'\n');
    out.extend_from_slice(payload.as_bytes());
    Ok(out)
}

/// Without white space at the ends, and with one space for each run of it inside.
fn push_trimmed(out: &mut Vec<u8>, value: &[u8]) {
    let words = value
        .split(|b| b.is_ascii_whitespace())
        .filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

/// The path without `.`, `..` and empty segments (RFC 3986, section 5.2.4), then encoded once more
/// than it was sent, as every service but S3 does.
fn path(sent: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in sent.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let mut path = format!("/{}", segments.join("/"));
    if sent.ends_with('/') && !segments.is_empty() {
        path.push('/');
    }
    percent_encode(path.as_bytes(), ENCODED_IN_PATH).to_string()
}

/// The path of S3: each character that must be is encoded once, nothing is taken out.
fn object_path(sent: &str) -> String {
    let decoded: Vec<u8> = percent_decode(sent.as_bytes()).collect();
    percent_encode(&decoded, ENCODED_IN_PATH).to_string()
}

/// The parameters decoded as the services decode them, encoded in the one way, sorted by name and
/// then by value.
fn query(sent: &str) -> String {
    let mut pairs: Vec<(String, String)> = parameters(sent)
        .map(|(name, value)| (encode(&decode(name)), encode(&decode(value))))
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs.into_iter().map(|(n, v)| format!("{n}={v}")).collect();
    pairs.join("&")
}

/// Whether a query string has a parameter of that name, however it is encoded.
pub(super) fn has_parameter(sent: &str, wanted: &str) -> bool {
    parameters(sent).any(|(name, _)| decode(name) == wanted.as_bytes())
}

fn parameters(sent: &str) -> impl Iterator<Item = (&str, &str)> {
    sent.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// A plus sign is a space, here as in the query protocol: were it signed as itself and read as a
/// space, whoever carries the request could change `%2B` to `+` and with it the meaning.
fn decode(text: &str) -> Vec<u8> {
    let spaced = text.replace('+', " ");
    percent_decode(spaced.as_bytes()).collect()
}

fn encode(bytes: &[u8]) -> String {
    percent_encode(bytes, ENCODED).to_string()
}
