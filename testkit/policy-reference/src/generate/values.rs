//! Values of condition keys by type, and near misses of a value: one edit apart, another case, a
//! wildcard in its place.

use super::random::Random;

/// The types of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Arn,
    Number,
    Date,
    Bool,
    Address,
    Binary,
}

pub(crate) const TYPES: [Type; 7] = [
    Type::Text,
    Type::Arn,
    Type::Number,
    Type::Date,
    Type::Bool,
    Type::Address,
    Type::Binary,
];

const TEXTS: [&str; 18] = [
    "alpha",
    "Alpha",
    "ALPHA",
    "alpha1",
    "al",
    "al*",
    "a?pha",
    "*",
    "",
    "k",
    "K",
    "\u{212a}",
    "\u{e9}t\u{e9}",
    "\u{c9}T\u{c9}",
    "a:b/c",
    "beta",
    "\u{130}",
    "i",
];
const ARNS: [&str; 14] = [
    "arn:aws:s3:::bucket",
    "arn:aws:s3:::bucket/key",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::Bucket",
    "arn:aws:sso:::instance/ssoins-1",
    "arn:aws:sns:us-east-1:111122223333:topic",
    "arn:aws:sns:us-east-1:111122223333:topic:sub",
    "arn:aws:sns:us-east-2:111122223333:topic",
    "arn:aws:iam::111122223333:role/team/R",
    "arn:aws:iam::111122223333:user/team/alice",
    "arn:aws:sns",
    "not-an-arn",
    "*",
    "arn:aws:*",
];
const NUMBERS: [&str; 26] = [
    "7", "7.0", "7.00", "007", "+7", "-7", "7e0", "70e-1", "0.7e1", "7.", "8", "6.999", "0", "-0",
    "0.0", "0e9", ".5", "0.5", "1e1", "10", "10.0", "1E+1", "abc", " 7", "0x7", "",
];
const DATES: [&str; 21] = [
    "2026",
    "2026-01",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00Z",
    "2026-01-01T01:00:00+01:00",
    "2025-12-31T23:00:00-01:00",
    "2026-01-01T00:00:00.5Z",
    "1767225600",
    "1767225600.5",
    "1767225601",
    "1767225599",
    "1970-01-01T00:33:46Z",
    "2000-02-29",
    "2026-02-29",
    "2100-02-29",
    "2027",
    "2026-11-24T19:30:00Z",
    "1795548600",
    "today",
    "2026-01-01T00:00:00",
];
const BOOLS: [&str; 7] = ["true", "TRUE", "True", "false", "FALSE", "other", ""];
const ADDRESSES: [&str; 18] = [
    "10.1.2.3",
    "10.1.2.3/32",
    "10.0.0.0/8",
    "10.255.0.0/8",
    "11.0.0.0",
    "11.0.0.0/8",
    "::ffff:10.1.2.3",
    "::ffff:a01:203",
    "::ffff:10.0.0.0/104",
    "2001:db8::1",
    "2001:DB8:0::1",
    "2001:db8::/32",
    "0.0.0.0/0",
    "::/0",
    "10.1.2.3/33",
    "10.1.2",
    "none",
    "",
];
const BINARIES: [&str; 4] = ["QUJDRA==", "QUJDRA", "qUJDRA==", "QUJDRB=="];

const OPERATORS: [(Type, &[&str]); 7] = [
    (
        Type::Text,
        &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ],
    ),
    (
        Type::Arn,
        &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
    ),
    (
        Type::Number,
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
    ),
    (
        Type::Date,
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
    ),
    (Type::Bool, &["Bool"]),
    (Type::Address, &["IpAddress", "NotIpAddress"]),
    (Type::Binary, &["BinaryEquals"]),
];

/// A value of a type, now and then one that is none.
pub(crate) fn value(random: &mut Random, of: Type) -> String {
    let all: &[&str] = match of {
        Type::Text => &TEXTS,
        Type::Arn => &ARNS,
        Type::Number => &NUMBERS,
        Type::Date => &DATES,
        Type::Bool => &BOOLS,
        Type::Address => &ADDRESSES,
        Type::Binary => &BINARIES,
    };
    random.pick(all).to_owned()
}

/// An operator for values of a type.
pub(crate) fn operator(random: &mut Random, of: Type) -> &'static str {
    let (_, operators) = OPERATORS
        .iter()
        .find(|(t, _)| *t == of)
        .unwrap_or(&OPERATORS[0]);
    random.pick(operators)
}

/// A value that is near another: mostly itself, else one edit away.
pub(crate) fn near(random: &mut Random, text: &str) -> String {
    if random.percent(45) || text.is_empty() {
        return text.to_owned();
    }
    let mut chars: Vec<char> = text.chars().collect();
    let at = random.below(chars.len());
    match random.below(8) {
        0 => flip(&mut chars[at]),
        1 => {
            chars.remove(at);
        }
        2 => chars.insert(at, random.pick_of(&['a', '/', ':', 'A', '1'])),
        3 => chars[at] = '?',
        4 => {
            chars.truncate(at);
            chars.push('*');
        }
        5 => {
            let end = at + random.below(chars.len() - at);
            chars.splice(at..end, ['*']);
        }
        6 => {
            let end = at + random.below(chars.len() - at);
            chars.splice(at..end, ['*']);
            let second = random.below(chars.len());
            chars[second] = random.pick_of(&['*', '?']);
        }
        _ => chars.iter_mut().for_each(flip),
    }
    chars.into_iter().collect()
}

/// Another case, where the letter has one of a single character.
fn flip(c: &mut char) {
    let upper: Vec<char> = c.to_uppercase().collect();
    let lower: Vec<char> = c.to_lowercase().collect();
    *c = match (upper.as_slice(), lower.as_slice()) {
        // The Kelvin sign, whose lower case is that of K.
        _ if *c == 'K' => '\u{212a}',
        ([upper], _) if upper != c => *upper,
        (_, [lower]) => *lower,
        _ => *c,
    };
}

/// The same name in another case.
pub(crate) fn other_case(random: &mut Random, text: &str) -> String {
    let flipped = |c: char| {
        if c.is_ascii_lowercase() {
            c.to_ascii_uppercase()
        } else {
            c.to_ascii_lowercase()
        }
    };
    match random.below(3) {
        0 => text.to_ascii_uppercase(),
        1 => text.to_ascii_lowercase(),
        _ => text.chars().map(flipped).collect(),
    }
}

/// The name as it is, now and then in another case.
pub(crate) fn perhaps_other_case(random: &mut Random, text: &str) -> String {
    if random.percent(20) {
        other_case(random, text)
    } else {
        text.to_owned()
    }
}
