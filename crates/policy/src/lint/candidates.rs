//! Values that a condition key may have, made of what the conditions on it list: the literals,
//! patterns with their wildcards filled, points within and beyond ranges, a value that nobody lists,
//! and no value. Where these are all the cases there are, it says so. Whether one of them meets the
//! conditions is asked of the engine.

use super::addresses::telling;
use super::search::Assigned;
use crate::document::{Base, Condition, Quantifier};
use crate::generate::Held;
use crate::matching::date::Moment;
use crate::matching::number::Decimal;
use crate::request::{Context, ContextKey, Value};
use claviger_types::Timestamp;

/// A part of a listed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// `*`
    Any,
    /// `?`
    One,
}

/// A listed value in its parts, variables replaced by what `known` has for them.
pub(super) fn pieces(text: &str, known: &dyn Context) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let push = |found: &mut Vec<Piece>, text: &str| match found.last_mut() {
        Some(Piece::Text(last)) => last.push_str(text),
        _ => found.push(Piece::Text(text.to_owned())),
    };
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let behind = rest.get(next.len_utf8()..).unwrap_or_default();
        let variable = rest
            .strip_prefix("${")
            .and_then(|after| after.split_once('}'));
        rest = behind;
        match (next, variable) {
            (_, Some((inside, after))) => {
                push(&mut found, &value_of(inside, known));
                rest = after;
            }
            ('*', None) => found.push(Piece::Any),
            ('?', None) => found.push(Piece::One),
            (_, None) => push(&mut found, next.encode_utf8(&mut [0; 4])),
        }
    }
    found
}

fn value_of(variable: &str, known: &dyn Context) -> String {
    if matches!(variable, "*" | "?" | "$") {
        return variable.to_owned();
    }
    let (name, otherwise) = match variable.split_once(',') {
        Some((name, otherwise)) => (name, otherwise.trim().trim_matches('\'')),
        None => (variable, "v"),
    };
    match known.get(&ContextKey::new(name.trim())) {
        Some(Value::One(value)) => value.into_owned(),
        _ => otherwise.to_owned(),
    }
}

/// A pattern with its wildcards filled.
pub(super) fn filled(pieces: &[Piece], any: &str, one: &str) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Any => any,
            Piece::One => one,
        })
        .collect()
}

/// How an operator reads its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    Date,
    Address,
}

fn family(base: Base) -> Option<Family> {
    Some(match base {
        Base::Null => return None,
        Base::NumericEquals
        | Base::NumericNotEquals
        | Base::NumericLessThan
        | Base::NumericLessThanEquals
        | Base::NumericGreaterThan
        | Base::NumericGreaterThanEquals => Family::Number,
        Base::DateEquals
        | Base::DateNotEquals
        | Base::DateLessThan
        | Base::DateLessThanEquals
        | Base::DateGreaterThan
        | Base::DateGreaterThanEquals => Family::Date,
        Base::IpAddress | Base::NotIpAddress => Family::Address,
        _ => Family::Text,
    })
}

/// Whether wildcards are such under an operator.
pub(super) fn has_wildcards(base: Base) -> bool {
    matches!(
        base,
        Base::StringLike
            | Base::StringNotLike
            | Base::ArnEquals
            | Base::ArnLike
            | Base::ArnNotEquals
            | Base::ArnNotLike
    )
}

fn is_arn_operator(base: Base) -> bool {
    matches!(
        base,
        Base::ArnEquals | Base::ArnLike | Base::ArnNotEquals | Base::ArnNotLike
    )
}

/// Every value worth trying, the absence of the key among them. Variables are filled from `known`.
pub(super) fn values(
    conditions: &[&Condition],
    many: bool,
    known: &dyn Context,
) -> Vec<Option<Held>> {
    let texts = texts(conditions, known);
    let set = many
        || conditions
            .iter()
            .any(|c| c.operator.quantifier != Quantifier::Plain && c.operator.base != Base::Null);
    let mut values: Vec<Option<Held>> = vec![None];
    if set {
        values.extend(texts.iter().map(|t| Some(Held::Many(vec![t.clone()]))));
        values.push(Some(Held::Many(texts.clone())));
    }
    if !many {
        values.extend(texts.into_iter().map(|t| Some(Held::One(t))));
    }
    values
}

fn texts(conditions: &[&Condition], known: &dyn Context) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let listed = |wanted: Family| -> Vec<&str> {
        conditions
            .iter()
            .filter(|c| family(c.operator.base) == Some(wanted))
            .flat_map(|c| c.values.iter())
            .map(|v| v.text.as_str())
            .collect()
    };
    texts.extend(of_patterns(conditions, known));
    texts.extend(listed(Family::Number).iter().flat_map(|t| around_number(t)));
    texts.extend(listed(Family::Date).iter().flat_map(|t| around_date(t)));
    if !listed(Family::Address).is_empty() {
        texts.extend(telling(&listed(Family::Address)));
    }
    texts.extend(["other", "true", "false", "True"].map(str::to_owned));
    if conditions.iter().any(|c| is_arn_operator(c.operator.base)) {
        texts.push("arn:aws:iam::999999999999:role/other".to_owned());
    }
    let mut seen: Vec<String> = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

/// Literals in several spellings, and patterns with several fillings.
fn of_patterns(conditions: &[&Condition], known: &dyn Context) -> Vec<String> {
    let mut literals = Vec::new();
    let mut patterns = Vec::new();
    for condition in conditions {
        if family(condition.operator.base) != Some(Family::Text) {
            continue;
        }
        for value in &condition.values {
            let parts = pieces(&value.text, known);
            let wild = has_wildcards(condition.operator.base);
            if wild && parts.iter().any(|p| !matches!(p, Piece::Text(_))) {
                patterns.push(parts);
            } else {
                literals.push(filled(&parts, "*", "?"));
            }
        }
    }
    let mut texts = Vec::new();
    for literal in &literals {
        texts.push(literal.clone());
        texts.push(literal.to_lowercase());
        texts.push(literal.to_uppercase());
        texts.push(alternating(literal));
    }
    // What no listed value has in it.
    let free = ["q7", "zzz", "w0w", "k-9-k"]
        .into_iter()
        .find(|fill| !literals.iter().any(|l| l.contains(fill)))
        .unwrap_or("qwertzuiop");
    let letter = ["x", "q", "7", "k", "w", "0", "z"]
        .into_iter()
        .find(|one| !literals.iter().any(|l| l.contains(one)))
        .unwrap_or("y");
    let own = |parts: &[Piece]| filled(parts, "x", "x");
    let others: Vec<String> = patterns.iter().map(|p| own(p)).chain(literals).collect();
    for parts in &patterns {
        for (any, one) in [
            ("x", "x"),
            (free, letter),
            ("", "x"),
            ("0", "0"),
            (free, "7"),
        ] {
            texts.push(filled(parts, any, one));
        }
        // Where two patterns meet.
        texts.extend(others.iter().take(8).map(|other| filled(parts, other, "x")));
    }
    texts
}

fn alternating(text: &str) -> String {
    text.chars()
        .enumerate()
        .map(|(at, c)| {
            if at % 2 == 0 {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect()
}

/// More decimal places than anybody lists.
const TINY: &str = "0000000000000000000000000000000000000001";

/// A number, points beside it, and points far off.
fn around_number(text: &str) -> Vec<String> {
    let beyond = if text.contains('.') {
        format!("{text}{TINY}")
    } else {
        format!("{text}.{TINY}")
    };
    [
        text.to_owned(),
        beyond,
        "0".to_owned(),
        format!("0.{TINY}"),
        format!("-0.{TINY}"),
        "1e60".to_owned(),
        "-1e60".to_owned(),
    ]
    .into()
}

/// A moment, points beside it, and points far off.
fn around_date(text: &str) -> Vec<String> {
    let mut dates = vec![
        text.to_owned(),
        "1900-01-01T00:00:00Z".to_owned(),
        "9999-12-31T23:59:59Z".to_owned(),
    ];
    if let Some(seconds) = Moment::parse(text).and_then(seconds) {
        dates.push(format!("{seconds}.000000001"));
        dates.push(format!("{}.5", seconds.saturating_sub(1)));
        dates.push(format!("{}.0", seconds.saturating_add(1)));
    }
    dates
}

/// The whole seconds since 1970 of a moment, found by comparing.
fn seconds(moment: Moment) -> Option<i64> {
    let (mut low, mut high) = (0_i64, 253_402_300_800_i64);
    let at = |seconds: i64| Moment::parse(&format!("{seconds}.0"));
    if moment < at(low)? || moment >= at(high)? {
        return None;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if moment < at(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(low)
}

/// Whether a key tells the time of a call. Every call carries it. Source: IAM User Guide, "AWS global
/// condition context keys", `aws:CurrentTime`, `aws:EpochTime`.
pub(super) fn tells_time(key: &ContextKey) -> bool {
    matches!(key.base(), "aws:currenttime" | "aws:epochtime")
}

/// The moments worth trying, none of them past.
pub(super) fn moments(
    key: &ContextKey,
    conditions: &[&Condition],
    now: Timestamp,
) -> Vec<Option<Held>> {
    let now = match key.base() {
        "aws:epochtime" => now.seconds().to_string(),
        _ => now.iso(),
    };
    let first = Moment::parse(&now);
    let listed = texts(conditions, &Assigned::new(&[], ""));
    let later = listed
        .into_iter()
        .filter(|text| Moment::parse(text).is_some_and(|moment| Some(moment) > first));
    std::iter::once(now.clone())
        .chain(later)
        .map(|text| Some(Held::One(text)))
        .collect()
}

/// Whether `values` has every case there is for these conditions: what none of them meets, no call
/// meets. Sets of values and free patterns are too many to be sure of.
pub(super) fn are_all(conditions: &[&Condition]) -> bool {
    let plain =
        |c: &Condition| c.operator.quantifier == Quantifier::Plain || c.operator.base == Base::Null;
    let must_be_absent = conditions.iter().any(|c| {
        c.operator.base == Base::Null
            && !c.values.is_empty()
            && c.values.iter().all(|v| v.text.eq_ignore_ascii_case("true"))
    });
    must_be_absent
        || conditions.iter().any(|c| plain(c) && names_its_values(c))
        || (conditions.iter().all(|c| plain(c)) && one_family(conditions))
}

/// Whether only listed values meet a condition, and no call without the key.
fn names_its_values(condition: &Condition) -> bool {
    let base = condition.operator.base;
    let exact = matches!(
        base,
        Base::StringEquals | Base::StringLike | Base::ArnEquals | Base::ArnLike
    );
    exact && !condition.operator.if_exists && is_literal(condition)
}

fn is_literal(condition: &Condition) -> bool {
    let wild = has_wildcards(condition.operator.base);
    condition
        .values
        .iter()
        .all(|v| !(v.text.contains("${") || wild && v.text.contains(['*', '?'])))
}

fn one_family(conditions: &[&Condition]) -> bool {
    let mut families = conditions.iter().filter_map(|c| family(c.operator.base));
    let Some(first) = families.next() else {
        return true;
    };
    families.all(|other| other == first)
        && conditions.iter().all(|c| {
            is_literal(c) && {
                let mut texts = c.values.iter().map(|v| v.text.as_str());
                match family(c.operator.base) {
                    Some(Family::Number) => texts.all(|t| {
                        t.len() < 30 && !t.contains(['e', 'E']) && Decimal::parse(t).is_some()
                    }),
                    Some(Family::Date) => texts
                        .all(|t| !t.contains('.') && Moment::parse(t).and_then(seconds).is_some()),
                    _ => true,
                }
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is known of the caller.
    struct Known;

    impl Context for Known {
        fn get(&self, key: &ContextKey) -> Option<Value<'_>> {
            match key.base() {
                "aws:username" => Some(Value::one("alice")),
                "aws:calledvia" => Some(Value::many(["a", "b"])),
                _ => None,
            }
        }
    }

    #[test]
    fn variables_stand_for_what_is_known() {
        for (text, any_and_one) in [
            ("a*b?c", "a-ANY-b-ONE-c"),
            ("ä${aws:username}*", "äalice-ANY-"),
            ("${ aws:username , 'none'}", "alice"),
            ("${aws:userid, 'none'}?", "none-ONE-"),
            ("${aws:userid}", "v"),
            ("${aws:CalledVia, 'x'}", "x"),
            ("${*}${?}${$}", "*?$"),
            ("${aws:username", "${aws:username"),
        ] {
            let found = filled(&pieces(text, &Known), "-ANY-", "-ONE-");
            assert_eq!(found, any_and_one, "{text}");
        }
    }

    #[test]
    fn moments_in_whole_seconds() {
        for (text, whole) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-01-01T00:00:01Z", Some(1)),
            ("1969-12-31T23:59:59Z", None),
            ("2026-11-24T19:30:00Z", Some(1_795_548_600)),
            ("2026-11-24T19:30:00.75Z", Some(1_795_548_600)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799)),
        ] {
            let moment = Moment::parse(text).unwrap();
            assert_eq!(seconds(moment), whole, "{text}");
        }
    }
}
