//! The condition operators on one value (`POL-O1` … `POL-O8`). A positive operator holds if any
//! listed value matches, a negated one if none does (`POL-E3`).

use super::statement::Scene;
use crate::document::{Base, Placed};
use crate::matching::address::{self, Range};
use crate::matching::date::Moment;
use crate::matching::number::Decimal;
use crate::matching::pattern::{Form, Pattern, Rules, is_arn};
use crate::switches::{NonArnUnderNegation, VariablesInBool};
use std::cmp::Ordering;

/// A compiled operator with its values.
#[derive(Debug, Clone)]
pub(super) enum Test {
    /// `POL-C3`: the wanted absences.
    Null(Box<[bool]>),
    Text {
        values: Box<[Pattern]>,
        negated: bool,
    },
    /// `POL-O2`.
    TextIgnoringCase {
        values: Box<[Pattern]>,
        negated: bool,
    },
    /// `POL-O3`.
    Arn {
        values: Box<[Pattern]>,
        negated: bool,
    },
    /// `POL-O4`: values that are no numbers are left out, for they never match.
    Number {
        values: Box<[Decimal]>,
        given: usize,
        order: Order,
    },
    /// `POL-O5`, likewise.
    Date {
        values: Box<[Moment]>,
        given: usize,
        order: Order,
    },
    /// `POL-O6`.
    Bool(Box<[Truth]>),
    /// `POL-O7`, likewise.
    Address {
        values: Box<[Range]>,
        given: usize,
        negated: bool,
    },
    /// `POL-O8`: base64 compared as text.
    Binary(Box<[Box<str>]>),
}

/// A value of `Bool`: what it says as plain text, and as a pattern if it holds a variable.
#[derive(Debug, Clone)]
pub(super) struct Truth {
    plain: bool,
    variable: Option<Pattern>,
}

/// The comparison of an ordered operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal | Self::NotEqual => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    /// A request value that cannot be read meets no comparison at all, a negated one included.
    fn holds<T: Ord>(self, value: Option<T>, values: &[T]) -> bool {
        value.is_some_and(|value| {
            values.iter().any(|listed| self.accepts(value.cmp(listed))) != (self == Self::NotEqual)
        })
    }
}

impl Test {
    pub(super) fn compile(base: Base, values: &[Placed], variables: bool) -> Self {
        let patterns = |form| {
            values
                .iter()
                .map(|v| Pattern::new(&v.text, form, variables))
                .collect()
        };
        let text = |form, negated| Self::Text {
            values: patterns(form),
            negated,
        };
        match base {
            Base::StringEquals => text(Form::Plain, false),
            Base::StringNotEquals => text(Form::Plain, true),
            Base::StringLike => text(Form::Glob, false),
            Base::StringNotLike => text(Form::Glob, true),
            Base::StringEqualsIgnoreCase | Base::StringNotEqualsIgnoreCase => {
                Self::TextIgnoringCase {
                    values: patterns(Form::Plain),
                    negated: base == Base::StringNotEqualsIgnoreCase,
                }
            }
            Base::ArnEquals | Base::ArnLike | Base::ArnNotEquals | Base::ArnNotLike => Self::Arn {
                values: patterns(Form::Arn),
                negated: matches!(base, Base::ArnNotEquals | Base::ArnNotLike),
            },
            Base::Bool => Self::Bool(values.iter().map(|v| truth(v, variables)).collect()),
            Base::Null => Self::Null(values.iter().map(|v| is_true(&v.text)).collect()),
            Base::BinaryEquals => {
                Self::Binary(values.iter().map(|v| v.text.as_str().into()).collect())
            }
            Base::IpAddress | Base::NotIpAddress => Self::Address {
                values: values
                    .iter()
                    .filter_map(|v| Range::parse(&v.text))
                    .collect(),
                given: values.len(),
                negated: base == Base::NotIpAddress,
            },
            _ => Self::ordered(base, values),
        }
    }

    fn ordered(base: Base, values: &[Placed]) -> Self {
        let order = match base {
            Base::NumericNotEquals | Base::DateNotEquals => Order::NotEqual,
            Base::NumericLessThan | Base::DateLessThan => Order::Less,
            Base::NumericLessThanEquals | Base::DateLessThanEquals => Order::LessOrEqual,
            Base::NumericGreaterThan | Base::DateGreaterThan => Order::Greater,
            Base::NumericGreaterThanEquals | Base::DateGreaterThanEquals => Order::GreaterOrEqual,
            _ => Order::Equal,
        };
        let dates = matches!(
            base,
            Base::DateEquals
                | Base::DateNotEquals
                | Base::DateLessThan
                | Base::DateLessThanEquals
                | Base::DateGreaterThan
                | Base::DateGreaterThanEquals
        );
        let given = values.len();
        let texts = values.iter().map(|v| v.text.as_str());
        if dates {
            Self::Date {
                values: texts.filter_map(Moment::parse).collect(),
                given,
                order,
            }
        } else {
            Self::Number {
                values: texts.filter_map(Decimal::parse).collect(),
                given,
                order,
            }
        }
    }

    /// Whether no value was given at all.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Null(values) => values.is_empty(),
            Self::Text { values, .. }
            | Self::TextIgnoringCase { values, .. }
            | Self::Arn { values, .. } => values.is_empty(),
            Self::Number { given, .. } | Self::Date { given, .. } | Self::Address { given, .. } => {
                *given == 0
            }
            Self::Bool(values) => values.is_empty(),
            Self::Binary(values) => values.is_empty(),
        }
    }

    /// `POL-C1`: negated operators hold for an absent key.
    pub(super) fn is_negated(&self) -> bool {
        match self {
            Self::Text { negated, .. }
            | Self::TextIgnoringCase { negated, .. }
            | Self::Arn { negated, .. }
            | Self::Address { negated, .. } => *negated,
            Self::Number { order, .. } | Self::Date { order, .. } => *order == Order::NotEqual,
            Self::Null(_) | Self::Bool(_) | Self::Binary(_) => false,
        }
    }

    /// Whether one value of the request meets the operator.
    pub(super) fn holds(&self, text: &str, scene: &Scene<'_>) -> bool {
        let context = &scene.keys;
        match self {
            // Answered before a value is looked at.
            Self::Null(_) => false,
            Self::Text { values, negated } => {
                let rules = Rules::default();
                values.iter().any(|v| v.matches(text, rules, context)) != *negated
            }
            Self::TextIgnoringCase { values, negated } => {
                values.iter().any(|v| v.equals_ignoring_case(text, context)) != *negated
            }
            Self::Arn { values, negated } => {
                if !is_arn(text) {
                    return *negated
                        && scene.switches.non_arn_under_negation == NonArnUnderNegation::Met;
                }
                let rules = Rules::default();
                values.iter().any(|v| v.matches(text, rules, context)) != *negated
            }
            Self::Number { values, order, .. } => order.holds(Decimal::parse(text), values),
            Self::Date { values, order, .. } => order.holds(Moment::parse(text), values),
            Self::Bool(values) => {
                let value = is_true(text);
                values.iter().any(|v| v.says(scene) == Some(value))
            }
            Self::Address {
                values, negated, ..
            } => {
                let address = address::address(text);
                values
                    .iter()
                    .any(|range| address.is_some_and(|a| range.contains(a)))
                    != *negated
            }
            Self::Binary(values) => values.iter().any(|v| **v == *text),
        }
    }
}

/// `POL-O6`: true is `true` in any case; all else is false.
fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

fn truth(value: &Placed, variables: bool) -> Truth {
    Truth {
        plain: is_true(&value.text),
        variable: (variables && value.text.contains("${"))
            .then(|| Pattern::new(&value.text, Form::Plain, true)),
    }
}

impl Truth {
    /// `POL-V1`, `POL-V2`: what the value says for this request; a variable without value says
    /// nothing.
    fn says(&self, scene: &Scene<'_>) -> Option<bool> {
        match &self.variable {
            Some(pattern) if scene.switches.variables_in_bool == VariablesInBool::Supported => {
                let context = &scene.keys;
                pattern
                    .has_values(context)
                    .then(|| pattern.equals_ignoring_case("true", context))
            }
            _ => Some(self.plain),
        }
    }
}
