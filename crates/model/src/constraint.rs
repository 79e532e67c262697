//! The constraints on simple values (texts, numbers, blobs): whether a value may stand for its shape
//! at all, which constraints it breaks, and AWS's texts for both.
//!
//! Sources: the AWS KMS API model for the constraints; messages as AWS services answer them.

use crate::blob::decoded_length;
use crate::{Pattern, Shape, Wording};
use serde_json::Value;
use std::fmt;

/// One constraint. Bounds are inclusive.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Constraint {
    NotNull,
    MinLength(i64),
    MaxLength(i64),
    MinValue(i64),
    MaxValue(i64),
    Pattern(&'static Pattern),
    OneOf(&'static [&'static str]),
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNull => f.write_str("Member must not be null"),
            Self::MinLength(n) => {
                write!(f, "Member must have length greater than or equal to {n}")
            }
            Self::MaxLength(n) => write!(f, "Member must have length less than or equal to {n}"),
            Self::MinValue(n) => write!(f, "Member must have value greater than or equal to {n}"),
            Self::MaxValue(n) => write!(f, "Member must have value less than or equal to {n}"),
            Self::Pattern(pattern) => write!(
                f,
                "Member must satisfy regular expression pattern: {}",
                pattern.text()
            ),
            Self::OneOf(values) => write!(
                f,
                "Member must satisfy enum value set: [{}]",
                values.join(", ")
            ),
        }
    }
}

/// Calls `report` with each constraint of the shape that the value breaks, in the order of the
/// wording: pattern before length where values are shown, length before pattern where not; enum last.
/// Nothing is allocated where nothing is broken.
///
/// # Errors
/// AWS's text when the value cannot stand for the shape at all.
pub(crate) fn check(
    wording: Wording,
    shape: &Shape,
    value: &Value,
    mut report: impl FnMut(Constraint),
) -> Result<(), String> {
    match (shape, value) {
        (Shape::String { .. }, Value::String(text)) => check_text(wording, shape, text, report),
        (Shape::Blob { min, max, .. }, Value::String(text)) => {
            length(*min, *max, decoded_length(text)?, &mut report);
        }
        (Shape::Integer { min, max }, Value::Number(number)) => {
            let narrow = number.as_i64().filter(|n| i32::try_from(*n).is_ok());
            range(
                *min,
                *max,
                narrow.ok_or_else(|| mismatch(shape, value))?,
                report,
            );
        }
        (Shape::Long { min, max }, Value::Number(number)) => {
            let whole = number.as_i64().ok_or_else(|| mismatch(shape, value))?;
            range(*min, *max, whole, report);
        }
        (Shape::Double | Shape::Timestamp, Value::Number(_))
        | (Shape::Boolean, Value::Bool(_))
        | (Shape::Document, _) => {}
        _ => return Err(mismatch(shape, value)),
    }
    Ok(())
}

/// The same for a text, which may be a value or a map's key.
pub(crate) fn check_text(
    wording: Wording,
    shape: &Shape,
    text: &str,
    mut report: impl FnMut(Constraint),
) {
    let Shape::String {
        min,
        max,
        pattern,
        enum_values,
        ..
    } = shape
    else {
        return;
    };
    let unmatched = pattern.filter(|p| !p.matches(text));
    let unmatched = unmatched.map(Constraint::Pattern);
    if let (Wording::Shown, Some(pattern)) = (wording, unmatched) {
        report(pattern);
    }
    if min.is_some() || max.is_some() {
        length(*min, *max, text.chars().count(), &mut report);
    }
    if let (Wording::Hidden, Some(pattern)) = (wording, unmatched) {
        report(pattern);
    }
    if !enum_values.is_empty() && !enum_values.contains(&text) {
        report(Constraint::OneOf(enum_values));
    }
}

/// Reports the bound that a length breaks.
pub(crate) fn length(
    min: Option<i64>,
    max: Option<i64>,
    length: usize,
    mut report: impl FnMut(Constraint),
) {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    if let Some(max) = max.filter(|max| length > *max) {
        report(Constraint::MaxLength(max));
    }
    if let Some(min) = min.filter(|min| length < *min) {
        report(Constraint::MinLength(min));
    }
}

fn range(min: Option<i64>, max: Option<i64>, value: i64, mut report: impl FnMut(Constraint)) {
    if let Some(max) = max.filter(|max| value > *max) {
        report(Constraint::MaxValue(max));
    }
    if let Some(min) = min.filter(|min| value < *min) {
        report(Constraint::MinValue(min));
    }
}

/// All constraints of a simple shape, in the order in which AWS lists them in brackets: upper bound,
/// lower bound, pattern, enum.
pub(crate) fn all(shape: &Shape) -> Vec<Constraint> {
    let mut all = Vec::new();
    match shape {
        Shape::String {
            min,
            max,
            pattern,
            enum_values,
            ..
        } => {
            all.extend(max.map(Constraint::MaxLength));
            all.extend(min.map(Constraint::MinLength));
            all.extend(pattern.map(Constraint::Pattern));
            if !enum_values.is_empty() {
                all.push(Constraint::OneOf(enum_values));
            }
        }
        Shape::Blob { min, max, .. } => {
            all.extend(max.map(Constraint::MaxLength));
            all.extend(min.map(Constraint::MinLength));
        }
        Shape::Integer { min, max } | Shape::Long { min, max } => {
            all.extend(max.map(Constraint::MaxValue));
            all.extend(min.map(Constraint::MinValue));
        }
        _ => {}
    }
    all
}

/// AWS's text for a value of the wrong JSON type.
pub(crate) fn mismatch(shape: &Shape, value: &Value) -> String {
    let found = match value {
        Value::String(_) => "STRING_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Null => "NULL_VALUE",
        Value::Array(_) => return "Start of list found where not expected".to_owned(),
        Value::Object(_) => {
            return "Start of structure or map found where not expected.".to_owned();
        }
    };
    let wanted = match shape {
        Shape::String { .. } => "a String",
        Shape::Integer { .. } => "an Integer",
        Shape::Long { .. } => "a Long",
        Shape::Double => "a Double",
        Shape::Boolean => "a Boolean",
        Shape::Blob { .. } => "a Blob",
        Shape::Timestamp => "milliseconds since epoch",
        Shape::List { .. } => return "Expected list or null".to_owned(),
        Shape::Map { .. } => return "Expected map or null".to_owned(),
        Shape::Structure(_) | Shape::Document => return "Expected null".to_owned(),
    };
    format!("{found} can not be converted to {wanted}")
}
