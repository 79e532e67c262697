//! Values of the typed operators: exact decimals, moments, addresses (`POL-O4`, `POL-O5`,
//! `POL-O7`). Plain arithmetic on digits; nothing here is fast.

use std::cmp::Ordering;
use std::net::IpAddr;

/// `POL-O4`: a number in the syntax of Java's `BigDecimal`, as a sign, its digits, and the power of
/// ten of the last digit.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    negative: bool,
    digits: String,
    exponent: i64,
}

/// Reads a number.
pub(crate) fn number(text: &str) -> Option<Number> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = unsigned.replace('E', "e");
    let (mantissa, exponent) = match lower.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, whole_number(exponent)?),
        None => (lower.as_str(), 0),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{after}");
    let only_digits = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    only_digits.then(|| Number {
        negative,
        exponent: exponent - i64::try_from(after.len()).unwrap_or(0),
        digits,
    })
}

/// An exponent: a sign and digits that fit 32 bits.
fn whole_number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.parse::<i32>().ok().map(i64::from)
}

/// Compares two numbers.
pub(crate) fn compare_numbers(a: &Number, b: &Number) -> Ordering {
    let zero = |n: &Number| n.digits.chars().all(|c| c == '0');
    let sign = |n: &Number| match (zero(n), n.negative) {
        (true, _) => 0,
        (false, true) => -1,
        (false, false) => 1,
    };
    let (sign_a, sign_b) = (sign(a), sign(b));
    if sign_a != sign_b || sign_a == 0 {
        return sign_a.cmp(&sign_b);
    }
    let order = compare_magnitudes(a, b);
    if sign_a < 0 { order.reverse() } else { order }
}

/// Writes both with the same last place and compares digit by digit.
fn compare_magnitudes(a: &Number, b: &Number) -> Ordering {
    let stripped = |n: &Number| n.digits.trim_start_matches('0').to_owned();
    let (mut left, mut right) = (stripped(a), stripped(b));
    let place = |digits: &str, n: &Number| i64::try_from(digits.len()).unwrap_or(0) + n.exponent;
    // Of two numbers of different length the longer is larger, however far apart.
    let by_length = place(&left, a).cmp(&place(&right, b));
    if by_length.is_ne() {
        return by_length;
    }
    while left.len() < right.len() {
        left.push('0');
    }
    while right.len() < left.len() {
        right.push('0');
    }
    left.cmp(&right)
}

/// `POL-O5`: a moment in nanoseconds since 1970-01-01T00:00:00Z: epoch seconds, or the W3C profile
/// of ISO 8601. `bare_year` tells whether four digits alone are a year.
pub(crate) fn moment(text: &str, bare_year: bool) -> Option<i128> {
    let is_year = text.len() == 4 && text.chars().all(|c| c.is_ascii_digit());
    if !(is_year && bare_year)
        && let Some(seconds) = epoch_seconds(text)
    {
        return Some(seconds);
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let (year, month, day) = match parts.as_slice() {
        [year] => (digits(year, 4)?, 1, 1),
        [year, month] => (digits(year, 4)?, digits(month, 2)?, 1),
        [year, month, day] => (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?),
        _ => return None,
    };
    let is_date = (1..=12).contains(&month) && (1..=month_days(year, month)).contains(&day);
    if !is_date || (time.is_some() && parts.len() != 3) {
        return None;
    }
    let of_day = match time {
        Some(time) => time_of_day(time)?,
        None => 0,
    };
    Some(i128::from(days_since_1970(year, month, day)) * 86_400 * NANOS + of_day)
}

const NANOS: i128 = 1_000_000_000;

/// Seconds with an optional sign and fraction.
fn epoch_seconds(text: &str) -> Option<i128> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, nanos(fraction)?),
        None => (unsigned, 0),
    };
    if whole.is_empty() || !whole.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let seconds = i128::from(whole.parse::<i64>().ok()?);
    Some(sign * (seconds * NANOS + fraction))
}

/// The first nine digits of a fraction.
fn nanos(fraction: &str) -> Option<i128> {
    if fraction.is_empty() || !fraction.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<9}")[..9].parse().ok()
}

fn digits(text: &str, count: usize) -> Option<i64> {
    let fits = text.len() == count && text.chars().all(|c| c.is_ascii_digit());
    fits.then(|| text.parse().ok())?
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s`, and a zone, in nanoseconds.
fn time_of_day(text: &str) -> Option<i128> {
    let (clock, zone) = match text.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => {
            let at = text.rfind(['+', '-'])?;
            let (hours, minutes) = text[at + 1..].split_once(':')?;
            let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
            let sign = if text[at..].starts_with('-') { -1 } else { 1 };
            if hours > 23 || minutes > 59 {
                return None;
            }
            (&text[..at], sign * (hours * 60 + minutes))
        }
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] => (digits(hours, 2)?, digits(minutes, 2)?, 0),
        [hours, minutes, seconds] => {
            let (whole, fraction) = match seconds.split_once('.') {
                Some((whole, fraction)) => (whole, nanos(fraction)?),
                None => (*seconds, 0),
            };
            let whole = digits(whole, 2)?;
            if whole > 59 {
                return None;
            }
            (
                digits(hours, 2)?,
                digits(minutes, 2)?,
                i128::from(whole) * NANOS + fraction,
            )
        }
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    Some(i128::from((hours * 60 + minutes - zone) * 60) * NANOS + seconds)
}

fn is_leap(year: i64) -> bool {
    year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Counts year by year and month by month.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year_days = |year: i64| if is_leap(year) { 366 } else { 365 };
    let years: i64 = if year >= 1970 {
        (1970..year).map(year_days).sum()
    } else {
        -(year..1970).map(year_days).sum::<i64>()
    };
    let months: i64 = (1..month).map(|m| month_days(year, m)).sum();
    years + months + day - 1
}

/// An address as bits of its family: `true` for IPv4.
pub(crate) type Address = (bool, u128);

/// `POL-O7`: an address; with `mapped`, an IPv4-mapped IPv6 address is the IPv4 address.
pub(crate) fn address(text: &str, mapped: bool) -> Option<Address> {
    match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(v4) => Some((true, u128::from(u32::from(v4)))),
        IpAddr::V6(v6) => {
            let bits = u128::from(v6);
            let is_mapped = bits >> 32 == 0xffff;
            Some(if is_mapped && mapped {
                (true, bits & 0xffff_ffff)
            } else {
                (false, bits)
            })
        }
    }
}

/// `POL-O7`: whether a range holds an address; `None` when the range is none.
pub(crate) fn range_holds(range: &str, address_of_request: Address) -> Option<bool> {
    let (base, length) = match range.split_once('/') {
        Some((base, length)) => (base, Some(length)),
        None => (range, None),
    };
    let (v4, bits) = address(base, false)?;
    let width: u32 = if v4 { 32 } else { 128 };
    let length = match length {
        Some(text) if text.chars().all(|c| c.is_ascii_digit()) => text.parse().ok()?,
        Some(_) => return None,
        None => width,
    };
    if length > width {
        return None;
    }
    // A range inside the IPv4-mapped addresses is a range of IPv4.
    let mapped = !v4 && bits >> 32 == 0xffff && length >= 96;
    let (v4, bits, width, length) = if mapped {
        (true, bits & 0xffff_ffff, 32, length - 96)
    } else {
        (v4, bits, width, length)
    };
    let (request_v4, request_bits) = address_of_request;
    let same = (0..length).all(|at| {
        let bit = width - 1 - at;
        (bits >> bit) & 1 == (request_bits >> bit) & 1
    });
    Some(request_v4 == v4 && same)
}
