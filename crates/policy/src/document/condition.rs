//! The `Condition` element as written: operators with their set prefix and suffix, keys, values
//! (`POL-C2`, `POL-C3`, `POL-M1`, `POL-O9`).

use super::error::Findings;
use super::json::{Json, Node};
use super::{Placed, read};
use std::fmt;

/// A set operator in front of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Quantifier {
    /// None: the key must be single-valued.
    #[default]
    Plain,
    /// `ForAllValues:`.
    All,
    /// `ForAnyValue:`.
    Any,
}

/// An operator without prefix and suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnLike,
    ArnNotEquals,
    ArnNotLike,
    Null,
}

const BASES: [(&str, Base); 27] = [
    ("StringEquals", Base::StringEquals),
    ("StringNotEquals", Base::StringNotEquals),
    ("StringEqualsIgnoreCase", Base::StringEqualsIgnoreCase),
    ("StringNotEqualsIgnoreCase", Base::StringNotEqualsIgnoreCase),
    ("StringLike", Base::StringLike),
    ("StringNotLike", Base::StringNotLike),
    ("NumericEquals", Base::NumericEquals),
    ("NumericNotEquals", Base::NumericNotEquals),
    ("NumericLessThan", Base::NumericLessThan),
    ("NumericLessThanEquals", Base::NumericLessThanEquals),
    ("NumericGreaterThan", Base::NumericGreaterThan),
    ("NumericGreaterThanEquals", Base::NumericGreaterThanEquals),
    ("DateEquals", Base::DateEquals),
    ("DateNotEquals", Base::DateNotEquals),
    ("DateLessThan", Base::DateLessThan),
    ("DateLessThanEquals", Base::DateLessThanEquals),
    ("DateGreaterThan", Base::DateGreaterThan),
    ("DateGreaterThanEquals", Base::DateGreaterThanEquals),
    ("Bool", Base::Bool),
    ("BinaryEquals", Base::BinaryEquals),
    ("IpAddress", Base::IpAddress),
    ("NotIpAddress", Base::NotIpAddress),
    ("ArnEquals", Base::ArnEquals),
    ("ArnLike", Base::ArnLike),
    ("ArnNotEquals", Base::ArnNotEquals),
    ("ArnNotLike", Base::ArnNotLike),
    ("Null", Base::Null),
];

/// A whole operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) quantifier: Quantifier,
    pub(crate) base: Base,
    pub(crate) if_exists: bool,
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quantifier = match self.quantifier {
            Quantifier::Plain => "",
            Quantifier::All => "ForAllValues:",
            Quantifier::Any => "ForAnyValue:",
        };
        let known = BASES.iter().find(|(_, base)| *base == self.base);
        let name = known.map_or("", |(name, _)| name);
        let suffix = if self.if_exists { "IfExists" } else { "" };
        write!(f, "{quantifier}{name}{suffix}")
    }
}

impl Operator {
    fn parse(text: &str) -> Option<Self> {
        let (quantifier, rest) = if let Some(rest) = text.strip_prefix("ForAllValues:") {
            (Quantifier::All, rest)
        } else if let Some(rest) = text.strip_prefix("ForAnyValue:") {
            (Quantifier::Any, rest)
        } else {
            (Quantifier::Plain, text)
        };
        let (name, if_exists) = rest
            .strip_suffix("IfExists")
            .map_or((rest, false), |name| (name, true));
        let (_, base) = BASES.iter().find(|(known, _)| *known == name)?;
        // POL-C3: Null asks for existence itself.
        (!(if_exists && *base == Base::Null)).then_some(Self {
            quantifier,
            base: *base,
            if_exists,
        })
    }
}

/// One operator, key and list of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) operator: Operator,
    pub(crate) key: Placed,
    pub(crate) values: Vec<Placed>,
}

pub(super) fn conditions(node: &Node, findings: &mut Findings<'_>) -> Vec<Condition> {
    let Json::Object(operators) = &node.value else {
        findings.add(
            node.span,
            format!("a condition cannot be {}", node.value.kind()),
            r#"an object such as {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
        );
        return Vec::new();
    };
    let mut found: Vec<Condition> = Vec::new();
    for member in operators {
        let Some(operator) = Operator::parse(&member.name) else {
            let instead = if member.name.ends_with("NullIfExists") {
                "Null already asks whether the key exists"
            } else {
                "an operator such as StringEquals, ArnLike or Bool"
            };
            findings.add(
                member.name_span,
                format!("'{}' is not a condition operator", member.name),
                instead,
            );
            continue;
        };
        let Json::Object(keys) = &member.node.value else {
            findings.add(
                member.node.span,
                format!("the operator '{}' needs keys and values", member.name),
                r#"an object such as {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#,
            );
            continue;
        };
        for key in keys {
            let repeated = found
                .iter()
                .any(|c| c.operator == operator && c.key.text.eq_ignore_ascii_case(&key.name));
            if repeated {
                // POL-E1: key names are case-insensitive, so this is the same name twice.
                findings.add(
                    key.name_span,
                    format!("the key '{}' is given twice", key.name),
                    "one list of values",
                );
            }
            if key.name.is_empty() {
                findings.add(key.name_span, "a condition key is empty", "the key's name");
            }
            found.push(Condition {
                operator,
                key: Placed {
                    text: key.name.clone(),
                    span: key.name_span,
                },
                values: read::values(&key.node, findings),
            });
        }
    }
    found
}
