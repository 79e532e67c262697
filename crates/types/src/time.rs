//! Time as a value: a moment in milliseconds, its texts, and the clock that is passed in.

use crate::InvalidName;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A moment: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment so many milliseconds after the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The moment so many seconds after the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Seconds since the epoch with their fraction, as AWS JSON 1.1 writes timestamps.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "exact up to the year 287396")]
    pub fn as_json_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The moment so many milliseconds later (earlier if negative), at the ends of time at most.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// The moment so many seconds later (earlier if negative).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(1000))
    }

    /// The moment so many days of 86,400 seconds later.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days.saturating_mul(86_400))
    }

    /// ISO 8601 in UTC to the second: `2026-01-05T10:00:00Z`.
    #[must_use]
    pub fn iso(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%SZ")
    }

    /// The date of a SigV4 scope: `20260105`.
    #[must_use]
    pub fn scope_date(self) -> String {
        self.format("%Y%m%d")
    }

    /// The date as CloudTrail prints it inside the elements of KMS records:
    /// `Apr 12, 2021, 6:58:30 PM`.
    #[must_use]
    pub fn cloudtrail_text(self) -> String {
        self.format("%b %-d, %Y, %-I:%M:%S %p")
    }

    /// By a `strftime` pattern, in UTC. A moment outside jiff's years prints empty.
    #[must_use]
    pub fn format(self, pattern: &str) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .map(|t| t.strftime(pattern).to_string())
            .unwrap_or_default()
    }

    /// Reads the basic form of ISO 8601 that SigV4 uses: `20260105T100000Z`.
    ///
    /// # Errors
    /// When the text has another form or names no real moment.
    pub fn from_amz_date(text: &str) -> Result<Self, InvalidName> {
        let refuse = || InvalidName::new("a date such as 20260105T100000Z", text);
        if text.len() != 16 {
            return Err(refuse());
        }
        jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text)
            .ok()
            .and_then(|d| TimeZone::UTC.to_timestamp(d).ok())
            .map(|t| Self(t.as_millisecond()))
            .ok_or_else(refuse)
    }
}

/// Reads ISO 8601 with an offset: `2026-01-05T10:00:00Z`, a fraction allowed.
impl FromStr for Timestamp {
    type Err = InvalidName;
    fn from_str(s: &str) -> Result<Self, InvalidName> {
        s.parse::<jiff::Timestamp>()
            .map(|t| Self(t.as_millisecond()))
            .map_err(|_| InvalidName::new("a time such as 2026-01-05T10:00:00Z", s))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

/// Where the time comes from. Only the edges hold a clock; the inside is handed moments.
pub trait Clock: Send + Sync {
    /// The current moment.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let t: Timestamp = "2021-04-12T18:58:30Z".parse().unwrap();
        assert_eq!(t.iso(), "2021-04-12T18:58:30Z");
        assert_eq!(t.cloudtrail_text(), "Apr 12, 2021, 6:58:30 PM");
        assert_eq!(t.scope_date(), "20210412");
        assert_eq!(Timestamp::from_amz_date("20210412T185830Z").unwrap(), t);
        for bad in [
            "",
            "20210412",
            "20210432T185830Z",
            "20210412T185830",
            "2021-04-12T18:58:30Z",
        ] {
            assert!(Timestamp::from_amz_date(bad).is_err(), "{bad}");
        }
    }
}
