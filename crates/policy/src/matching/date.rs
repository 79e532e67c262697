//! Moments in the W3C profile of ISO 8601 or as epoch seconds (`POL-O5`).

/// A moment: seconds since 1970-01-01T00:00:00Z and nanoseconds after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    seconds: i64,
    nanos: u32,
}

impl Moment {
    /// Reads a moment; `None` for anything else. Four digits alone are a year.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::epoch(text).or_else(|| Self::iso(text))
    }

    fn epoch(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        let is_year = digits.len() == 4 && !text.contains('.') && !text.starts_with('-');
        if is_year || digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let seconds: i64 = whole.parse().ok()?;
        let nanos = if text.contains('.') {
            nanos_of(fraction)?
        } else {
            0
        };
        if text.starts_with('-') && nanos > 0 {
            return Some(Self {
                seconds: seconds.checked_sub(1)?,
                nanos: 1_000_000_000 - nanos,
            });
        }
        Some(Self { seconds, nanos })
    }

    /// `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, and with `Thh:mm`, seconds and fraction, a zone.
    fn iso(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut parts = date.split('-');
        let year = digits(parts.next()?, 4)?;
        let month = parts.next().map_or(Some(1), |p| digits(p, 2))?;
        let day = parts.next().map_or(Some(1), |p| digits(p, 2))?;
        // A time belongs to a whole date.
        let whole_date = date.len() == 10;
        if parts.next().is_some()
            || !(1..=12).contains(&month)
            || !(1..=days_in(year, month)).contains(&day)
            || (time.is_some() && !whole_date)
        {
            return None;
        }
        let days = days_since_epoch(year, month, day);
        let (seconds, nanos) = time.map_or(Some((0, 0)), time_of_day)?;
        Some(Self {
            seconds: days * 86_400 + seconds,
            nanos,
        })
    }
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// A fraction of a second; digits beyond nanoseconds are dropped.
fn nanos_of(fraction: &str) -> Option<u32> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    fraction
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .try_fold(0_u32, |sum, b| Some(sum * 10 + u32::from(b - b'0')))
}

/// Seconds of the day in UTC (so perhaps negative or beyond a day) and nanoseconds.
fn time_of_day(text: &str) -> Option<(i64, u32)> {
    let zone_at = text.find(['Z', '+', '-'])?;
    let (clock, zone) = text.split_at_checked(zone_at)?;
    let offset = if zone == "Z" {
        0
    } else {
        let (hours, minutes) = zone.get(1..)?.split_once(':')?;
        let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
        if hours > 23 || minutes > 59 {
            return None;
        }
        let size = hours * 3600 + minutes * 60;
        if zone.starts_with('-') { -size } else { size }
    };
    let (clock, nanos) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, nanos_of(fraction)?),
        None => (clock, 0),
    };
    let mut parts = clock.split(':');
    let hours = digits(parts.next()?, 2)?;
    let minutes = digits(parts.next()?, 2)?;
    let seconds = match parts.next() {
        Some(p) => digits(p, 2)?,
        None if nanos == 0 && !text.contains('.') => 0,
        None => return None,
    };
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    Some((hours * 3600 + minutes * 60 + seconds - offset, nanos))
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, year 0 to 9999.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let leap_days = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    let months: i64 = (1..month).map(|m| days_in(year, m)).sum();
    // 719162 days lie between 0001-01-01 and 1970-01-01.
    before * 365 + leap_days + months + day - 1 - 719_162
}

#[cfg(test)]
mod tests {
    use super::*;

    /// POL-O5.
    #[test]
    fn forms_of_one_moment() {
        for text in [
            "2026-11-24T19:30:00Z",
            "2026-11-24T19:30Z",
            "2026-11-24T20:30:00+01:00",
            "2026-11-24T14:00:00.000-05:30",
            "1795548600",
            "1795548600.0",
        ] {
            let moment = Moment::parse(text).unwrap();
            assert_eq!((moment.seconds, moment.nanos), (1_795_548_600, 0), "{text}");
        }
        for (text, seconds) in [
            ("1970", 0),
            ("1970-01", 0),
            ("1970-01-01", 0),
            ("2000-03-01", 951_868_800),
            ("1969-12-31T23:59:59Z", -1),
            ("0001-01-01", -62_135_596_800),
            ("0000-01-01", -62_167_219_200),
            ("1900-03-01", -2_203_891_200),
            ("2100-03-01", 4_107_542_400),
            ("2000-02-29", 951_782_400),
            ("2024-12-31", 1_735_603_200),
            ("2026-01-31T23:59:59+23:59", 1_769_817_659),
            ("-2026", -2026),
            ("02026", 2026),
        ] {
            assert_eq!(Moment::parse(text).unwrap().seconds, seconds, "{text}");
        }
    }

    /// POL-O5: nanoseconds count on from the second before.
    #[test]
    fn fractions_of_a_second() {
        for (text, seconds, nanos) in [
            ("1.5", 1, 500_000_000),
            ("2026.0", 2026, 0),
            ("-1.0", -1, 0),
            ("-1.5", -2, 500_000_000),
            ("-0.25", -1, 750_000_000),
            ("0.123456789", 0, 123_456_789),
            ("0.0000000019", 0, 1),
            ("1970-01-01T00:00:01.25Z", 1, 250_000_000),
        ] {
            let moment = Moment::parse(text).unwrap();
            assert_eq!((moment.seconds, moment.nanos), (seconds, nanos), "{text}");
        }
    }

    /// POL-O5.
    #[test]
    fn what_is_no_moment() {
        for text in [
            "",
            "today",
            "2026-13",
            "2026-02-30",
            "2100-02-29",
            "2026-11-24T19:30:00",
            "2026-11T19:30Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24 19:30:00Z",
            "1e9",
            "2026-11-24T19:30.5Z",
            "2026-11-24T19:30.0Z",
            "+5",
            "-+5",
            "2026-1-24",
            "2026-+1-24",
            "2026-11-4",
            "026-11-24",
            "2026-11-24T9:30Z",
            "2026-11-24T19:3Z",
            "2026-11-24T19:30:0Z",
            "2026-11-24T19:30:00+1:00",
            "2026-00-24",
            "2026-11-00",
            "2026-11-31",
            "2026-11-24-01",
            "2026-11-24T19:60:00Z",
            "2026-11-24T19:30:60Z",
            "2026-11-24T19:30:00:00Z",
            "2026-11-24T19:30:00.Z",
            "2026-11-24T19:30:00.5xZ",
            "2026-11-24T19:30:00+24:00",
            "2026-11-24T19:30:00+23:60",
            "2026-11-24T19:30:00Z1",
            "1.",
            "1.x",
            ".5",
            "-",
            "9223372036854775808",
            "-9223372036854775808.5",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
