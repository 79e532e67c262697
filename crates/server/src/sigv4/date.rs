//! The date of a signature: `X-Amz-Date` in ISO 8601 basic form, or `Date` in that form or as
//! HTTP's date (RFC 9110, section 5.6.7; botocore writes its zone as `-0000`), and how far it may be from ours.

use super::{FrontDoorError, SKEW_MINUTES};
use claviger_types::Timestamp;

/// The form in strings to sign and in messages: `20260105T100000Z`.
pub(super) fn amz(moment: Timestamp) -> String {
    moment.format("%Y%m%dT%H%M%SZ")
}

/// Reads the date and compares it with the clock.
pub(super) fn check(text: &str, now: Timestamp) -> Result<Timestamp, FrontDoorError> {
    let signed_at = Timestamp::from_amz_date(text)
        .ok()
        .or_else(|| from_http_date(text))
        .ok_or_else(|| {
            FrontDoorError::Incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{text}'. See \
                 http://en.wikipedia.org/wiki/ISO_8601"
            ))
        })?;
    let (earliest, latest) = (
        now.plus_seconds(-SKEW_MINUTES * 60),
        now.plus_seconds(SKEW_MINUTES * 60),
    );
    // Signatures have whole seconds; the clock's fraction must not make one late.
    if signed_at.seconds() < earliest.seconds() {
        return Err(FrontDoorError::Invalid(format!(
            "Signature expired: {} is now earlier than {} ({} - {SKEW_MINUTES} min.)",
            amz(signed_at),
            amz(earliest),
            amz(now)
        )));
    }
    if signed_at.seconds() > latest.seconds() {
        return Err(FrontDoorError::Invalid(format!(
            "Signature not yet current: {} is still later than {} ({} + {SKEW_MINUTES} min.)",
            amz(signed_at),
            amz(latest),
            amz(now)
        )));
    }
    Ok(signed_at)
}

/// `Tue, 24 Nov 2026 19:32:53 GMT`. The day of the week is not compared with the date.
fn from_http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_weekday, rest) = text.split_once(", ")?;
    let parts: Vec<&str> = rest.split(' ').collect();
    let &[day, month, year, time, "GMT" | "+0000" | "-0000"] = parts.as_slice() else {
        return None;
    };
    if (day.len(), year.len(), time.len()) != (2, 4, 8) {
        return None;
    }
    let month = MONTHS.iter().position(|m| *m == month)? + 1;
    format!("{year}-{month:02}-{day}T{time}Z").parse().ok()
}
