//! One compiled condition: an absent key, the set operators, then the operator (`POL-C1` …
//! `POL-C6`, `POL-M1` … `POL-M5`).

use super::operator::Test;
use super::statement::Scene;
use crate::document::{Base, Condition as Written, Kind, Quantifier};
use crate::request::{Context, ContextKey, Value};
use crate::switches::AnyValueIfExists;

/// An operator, a key and values.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    key: ContextKey,
    /// `POL-C7`: `kms:ResourceAliases` takes effect in IAM policies only; a key policy finds it
    /// absent.
    hidden: bool,
    quantifier: Quantifier,
    if_exists: bool,
    test: Test,
    base: Base,
}

impl Condition {
    pub(super) fn compile(written: &Written, variables: bool, kind: Kind) -> Self {
        let key = ContextKey::new(&written.key.text);
        Self {
            hidden: kind == Kind::Resource && key.base() == "kms:resourcealiases",
            key,
            quantifier: written.operator.quantifier,
            if_exists: written.operator.if_exists,
            test: Test::compile(written.operator.base, &written.values, variables),
            base: written.operator.base,
        }
    }

    /// `POL-P5`: whether the condition ties the statement to a principal's ARN.
    pub(super) fn narrows_principal_arn(&self) -> bool {
        let positive = matches!(
            self.base,
            Base::ArnEquals
                | Base::ArnLike
                | Base::StringEquals
                | Base::StringLike
                | Base::StringEqualsIgnoreCase
        );
        positive
            && !self.if_exists
            && self.quantifier == Quantifier::Plain
            && self.key.base() == "aws:principalarn"
    }

    pub(crate) fn holds(&self, scene: &Scene<'_>) -> bool {
        // POL-E6: a list without values is never met.
        if self.test.is_empty() {
            return false;
        }
        let value = self.value(scene);
        // POL-C3: Null asks for existence alone.
        if let Test::Null(wanted) = &self.test {
            return wanted.iter().any(|absent| *absent == value.is_none());
        }
        // POL-C4: existence is settled before any value is read.
        let Some(value) = value else {
            return self.holds_absent(scene);
        };
        let one = |text: &str| self.test.holds(text, scene);
        match (self.quantifier, &value) {
            (_, Value::One(text)) => one(text),
            // POL-M1, POL-M2: the quantifier stays outside a negation.
            (Quantifier::All, Value::Many(values)) => values.iter().all(|v| one(v)),
            (Quantifier::Any, Value::Many(values)) => values.iter().any(|v| one(v)),
            // POL-M3: without a set operator a multivalued key does not match.
            (Quantifier::Plain, Value::Many(_)) => false,
        }
    }

    /// The value, if the key is present.
    pub(crate) fn value<'s>(&self, scene: &'s Scene<'_>) -> Option<Value<'s>> {
        if self.hidden {
            return None;
        }
        scene.keys.get(&self.key)
    }

    /// `POL-C1`, `POL-C2`, `POL-M1`, `POL-M4`: what an absent key comes to.
    fn holds_absent(&self, scene: &Scene<'_>) -> bool {
        match self.quantifier {
            Quantifier::All => true,
            Quantifier::Any => {
                self.if_exists && scene.switches.any_value_if_exists == AnyValueIfExists::Met
            }
            Quantifier::Plain => self.if_exists || self.test.is_negated(),
        }
    }
}
