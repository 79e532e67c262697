//! Exact decimal numbers in the syntax of Java's `BigDecimal` (`POL-O4`): `7`, `007`, `7.00`,
//! `1e1`, `.5`, `-3`; no blanks, no hexadecimal, no suffix.

use smallvec::SmallVec;
use std::cmp::Ordering;

/// A decimal number: its significant digits and the place of its point. Zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    /// Without leading or trailing zeros.
    digits: SmallVec<[u8; 24]>,
    /// The value is `0.digits × 10^scale`.
    scale: i64,
}

impl Decimal {
    /// Reads a number; `None` for anything that `BigDecimal` would refuse.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, text.get(1..)?),
            b'+' => (false, text.get(1..)?),
            _ => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let mut digits: SmallVec<[u8; 24]> = whole.bytes().chain(fraction.bytes()).collect();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let leading = digits.iter().take_while(|b| **b == b'0').count();
        digits.drain(..leading);
        let places = i64::try_from(whole.len()).ok()? - i64::try_from(leading).ok()?;
        let zero = digits.is_empty();
        Some(Self {
            negative: negative && !zero,
            digits,
            scale: if zero { 0 } else { places + exponent },
        })
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self
                .scale
                .cmp(&other.scale)
                .then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

/// An exponent fits 32 bits, as in Java.
fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: i64 = digits.parse().ok()?;
    let value = if text.starts_with('-') { -value } else { value };
    i32::try_from(value).ok().map(i64::from)
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, expect: Option<Ordering>) {
        let order = Decimal::parse(a).and_then(|a| Some(a.cmp(&Decimal::parse(b)?)));
        assert_eq!(order, expect, "{a} {b}");
        let partial = Decimal::parse(a).and_then(|a| a.partial_cmp(&Decimal::parse(b)?));
        assert_eq!(partial, expect, "{a} {b}");
        let back = Decimal::parse(b).and_then(|b| Some(b.cmp(&Decimal::parse(a)?)));
        assert_eq!(back, expect.map(Ordering::reverse), "{b} {a}");
    }

    /// POL-O4.
    #[test]
    fn numbers_compare_exactly() {
        use Ordering::{Equal, Greater, Less};
        for (a, b, expect) in [
            ("1e1", "10", Equal),
            ("007", "7", Equal),
            ("7.00", "7", Equal),
            ("-0", "0", Equal),
            ("0e9", "0", Equal),
            ("10", "9", Greater),
            ("-10", "-9", Less),
            ("-1", "1", Less),
            ("0.1", "0.09", Greater),
            (".5", "0.5", Equal),
            ("5.", "5", Equal),
            ("+3", "3", Equal),
            ("9007199254740993", "9007199254740992", Greater),
            ("1e-2", "0.01", Equal),
            ("123", "1.23e2", Equal),
            ("0", "0.0001", Less),
            ("1E+2", "100", Equal),
            ("1e2147483647", "2", Greater),
            ("-1e2147483647", "-2", Less),
            ("1e-2147483648", "0", Greater),
            ("0", "-1", Greater),
            ("12", "123", Less),
            ("120", "12", Greater),
            ("0012.50", "12.5", Equal),
            ("100", "1", Greater),
            ("00.010", ".01", Equal),
        ] {
            check(a, b, Some(expect));
        }
    }

    /// POL-O4.
    #[test]
    fn what_is_no_number() {
        for text in [
            "",
            " 7",
            "7 ",
            "0x10",
            "7L",
            "10abc",
            "1e",
            "1e++1",
            "1e-+1",
            "1e1.0",
            "1e2147483648",
            "1e-2147483649",
            "+",
            "1.a",
            "a.1",
            "e1",
            ".",
            "-",
            "1.2.3",
            "1e99999999999",
            "NaN",
            "1_000",
            "--1",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }
}
