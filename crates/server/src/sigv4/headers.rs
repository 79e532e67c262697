//! The headers of a request as a signature sees them: which were sent, once or several times, and
//! which of them must be signed. It knows nothing of HTTP's own framing.

use super::FrontDoorError;
use http::HeaderMap;
use http::request::Parts;

/// Headers that clients leave unsigned though their name starts with `x-amz-`: proxies change them.
const MAY_BE_UNSIGNED: [&str; 1] = ["x-amz-user-agent"];

/// The headers of one request. HTTP/2 sends the host as `:authority`, which counts as `host`.
pub(super) struct Headers<'a> {
    map: &'a HeaderMap,
    authority: Option<&'a str>,
}

impl<'a> Headers<'a> {
    pub(super) fn of(head: &'a Parts) -> Self {
        Self {
            map: &head.headers,
            authority: head.uri.authority().map(http::uri::Authority::as_str),
        }
    }

    /// The value of a header that may be sent once at most. Of two, a signature and a service
    /// might each believe another.
    pub(super) fn one(&self, name: &'static str) -> Result<Option<&'a str>, FrontDoorError> {
        let mut values = self.map.get_all(name).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(FrontDoorError::RepeatedHeader(name));
        }
        value
            .to_str()
            .map(Some)
            .map_err(|_| FrontDoorError::UnreadableHeader(name))
    }

    /// The raw values of a header in the order they were sent.
    pub(super) fn all(&self, name: &str) -> Vec<&'a [u8]> {
        let sent: Vec<&[u8]> = self
            .map
            .get_all(name)
            .iter()
            .map(http::HeaderValue::as_bytes)
            .collect();
        match self.authority {
            Some(authority) if sent.is_empty() && name == "host" => vec![authority.as_bytes()],
            _ => sent,
        }
    }

    /// What a signature must cover: the host, the date, and every `x-amz-` header that was sent.
    /// All that is signed must have been sent, once if it decides what the request means.
    pub(super) fn check_signed(&self, signed: &[&str]) -> Result<(), FrontDoorError> {
        if !signed.contains(&"host") {
            return Err(FrontDoorError::unsigned("'Host' or ':authority'"));
        }
        if let (Some(host), Some(authority)) = (self.one("host")?, self.authority)
            && host != authority
        {
            return Err(FrontDoorError::RepeatedHeader("host"));
        }
        self.one("x-amz-target")?;
        self.one("content-type")?;
        let dated = if self.map.contains_key("x-amz-date") {
            "x-amz-date"
        } else {
            "date"
        };
        let amz = self.map.keys().map(http::HeaderName::as_str);
        let amz = amz.filter(|name| name.starts_with("x-amz-") && !MAY_BE_UNSIGNED.contains(name));
        for name in std::iter::once(dated).chain(amz) {
            if !signed.contains(&name) {
                return Err(FrontDoorError::unsigned(&format!("'{name}'")));
            }
        }
        Ok(())
    }
}
