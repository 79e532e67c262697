//! Conditions: is the key there, what do the set operators make of it, does each value meet the
//! operator (`POL-C1` … `POL-C7`, `POL-M1` … `POL-M5`, `POL-O1` … `POL-O8`).

use crate::document::{Condition, Quantifier, Statement};
use crate::judge::{Judge, Rule};
use crate::pattern::{Token, Use, chars, glob};
use crate::request::{Keys, Values, free_part};
use crate::values::{address, compare_numbers, moment, number, range_holds};
use claviger_policy::{AnyValueIfExists, EmptyText, NonArnUnderNegation, VariablesInBool};
use std::cmp::Ordering;

impl Judge<'_> {
    // POL-E3: all operators and keys must hold. Planted: one is enough.
    pub(crate) fn conditions_hold(&self, statement: &Statement, keys: &Keys) -> bool {
        let mut each = statement
            .conditions
            .iter()
            .map(|c| self.condition_holds(statement, c, keys));
        let all: Vec<bool> = each.by_ref().collect();
        let holds = if self.planted(Rule::E3) && !all.is_empty() {
            all.contains(&true)
        } else {
            !all.contains(&false)
        };
        self.saw(Rule::E3, holds)
    }

    fn condition_holds(&self, statement: &Statement, c: &Condition, keys: &Keys) -> bool {
        // POL-E6: an empty list matches nothing.
        if c.values.is_empty() {
            return false;
        }
        // POL-C7: a key policy finds kms:ResourceAliases absent. Planted: it reads it.
        let is_aliases = c.key.eq_ignore_ascii_case("kms:ResourceAliases");
        let hidden = is_aliases && statement.of_key;
        if is_aliases {
            self.saw(Rule::C7, hidden);
        }
        let values = if hidden && !self.planted(Rule::C7) {
            None
        } else {
            self.present(&c.key, keys)
        };
        if c.base == "Null" {
            return self.null_holds(c, values.is_none());
        }
        // POL-C4: presence comes first, even where no listed value can be read. Planted: a list
        // that cannot be read is never met.
        let unreadable = c.values.iter().all(|v| !self.is_readable(&c.base, v));
        if unreadable {
            self.saw(Rule::C4, values.is_none());
            if self.planted(Rule::C4) && values.is_none() {
                return false;
            }
        }
        match values {
            None => self.absent(c),
            Some(values) => self.values_hold(statement, c, &values, keys),
        }
    }

    /// The values of a key, if it is there.
    pub(crate) fn present(&self, name: &str, keys: &Keys) -> Option<Values> {
        let values = self.lookup(name, keys)?;
        // POL-M1: an empty multivalued key is an absent one.
        if values.texts().is_empty() {
            return None;
        }
        // POL-C6: an empty text is a value, unless the switch says that a key with nothing but
        // the empty text is absent. Planted: the switch turned.
        if values.texts().iter().all(String::is_empty) {
            let is_value = self.switches.empty_text == EmptyText::Present;
            self.saw(Rule::C6, is_value);
            if is_value == self.planted(Rule::C6) {
                return None;
            }
        }
        Some(values)
    }

    // POL-E1: names of keys ignore case; of two free parts, the exact spelling is read first.
    fn lookup(&self, name: &str, keys: &Keys) -> Option<Values> {
        let lower = name.to_lowercase();
        let near: Vec<_> = keys
            .0
            .iter()
            .filter(|(n, _)| n.to_lowercase() == lower)
            .collect();
        let exact = near.iter().find(|(n, _)| free_part(n) == free_part(name));
        let found = exact.or(near.first());
        found.and_then(|(_, values)| values.clone())
    }

    // POL-C3: true asks for absence, false for presence. Planted: false is not read.
    fn null_holds(&self, c: &Condition, absent: bool) -> bool {
        let holds = c.values.iter().any(|value| {
            let wants_absence = value.eq_ignore_ascii_case("true");
            wants_absence == absent && (wants_absence || !self.planted(Rule::C3))
        });
        self.saw(Rule::C3, holds)
    }

    /// What an absent key comes to.
    fn absent(&self, c: &Condition) -> bool {
        match c.quantifier {
            // POL-M1: every one of no values does. Planted: an absent key does not hold.
            Quantifier::All => self.saw(Rule::M1, true) && !self.planted(Rule::M1),
            // POL-M4: undocumented; the switch decides. Planted: the switch turned.
            Quantifier::Any if c.if_exists => {
                let met = self.switches.any_value_if_exists == AnyValueIfExists::Met;
                self.saw(Rule::M4, met) != self.planted(Rule::M4)
            }
            // POL-M1: none of no values does.
            Quantifier::Any => self.saw(Rule::M1, false),
            // POL-C2: IfExists holds. Planted: it does not.
            Quantifier::None if c.if_exists => self.saw(Rule::C2, true) && !self.planted(Rule::C2),
            // POL-C1: negated operators hold, positive ones do not. Planted: neither.
            Quantifier::None => self.saw(Rule::C1, c.is_negated()) && !self.planted(Rule::C1),
        }
    }

    fn values_hold(&self, s: &Statement, c: &Condition, values: &Values, keys: &Keys) -> bool {
        let one = |text: &String| self.value_holds(s, c, text, keys);
        if c.if_exists && c.quantifier == Quantifier::None {
            // POL-C2: a key that is there is evaluated.
            self.saw(Rule::C2, false);
        }
        let texts = values.texts();
        if c.quantifier == Quantifier::None {
            // POL-M3: without a set operator a multivalued key does not match. Planted: any value.
            let many = values.single().is_none();
            self.saw(Rule::M3, !many);
            return if many && !self.planted(Rule::M3) {
                false
            } else {
                texts.iter().any(one)
            };
        }
        // POL-M5: a set operator reads a single value as a set of one. Planted: it does not hold.
        if values.single().is_some() {
            let holds = self.saw(Rule::M5, texts.iter().all(one));
            return holds && !self.planted(Rule::M5);
        }
        // POL-M1. POL-M2: the quantifier stays outside a negation. Planted: inside.
        let transposed = self.planted(Rule::M2) && c.is_negated();
        let holds = if (c.quantifier == Quantifier::All) != transposed {
            texts.iter().all(one)
        } else {
            texts.iter().any(one)
        };
        let rule = if c.is_negated() { Rule::M2 } else { Rule::M1 };
        self.saw(rule, holds)
    }

    /// Whether one value of the request meets the operator.
    fn value_holds(&self, s: &Statement, c: &Condition, text: &str, keys: &Keys) -> bool {
        // POL-O4: what is no number meets no numeric operator. Planted: NumericNotEquals.
        if c.base.starts_with("Numeric") && number(text).is_none() {
            return self.saw(Rule::O4, false) || (self.planted(Rule::O4) && c.is_negated());
        }
        // POL-O5: likewise for dates.
        if c.base.starts_with("Date") && self.moment(text).is_none() {
            return self.saw(Rule::O5, false);
        }
        // POL-O3: what is no ARN never matches; under a negation the switch decides.
        if c.base.starts_with("Arn") && !is_arn(text) {
            self.saw(Rule::O3, false);
            let met = self.switches.non_arn_under_negation == NonArnUnderNegation::Met;
            return c.is_negated() && met;
        }
        // POL-E3: one value must match, of a negated operator none may.
        let any = c
            .values
            .iter()
            .any(|listed| self.matches(s, c, text, listed, keys));
        any != c.is_negated()
    }

    /// Whether a value matches a listed value, negation aside.
    fn matches(&self, s: &Statement, c: &Condition, text: &str, listed: &str, keys: &Keys) -> bool {
        let variables = s.variables;
        match c.base.replace("Not", "").as_str() {
            "StringEquals" => {
                // POL-O1: wildcards are plain. Planted: they are wildcards.
                let what = if self.planted(Rule::O1) {
                    Use::Wild
                } else {
                    Use::Plain
                };
                let tokens = self.tokens(listed, what, variables, keys);
                self.saw(Rule::O1, tokens.is_some_and(|t| glob(&t, &chars(text))))
            }
            "StringLike" => {
                let tokens = self.tokens(listed, Use::Wild, variables, keys);
                self.saw(Rule::O1, tokens.is_some_and(|t| glob(&t, &chars(text))))
            }
            "StringEqualsIgnoreCase" => self.equal_ignoring_case(text, listed, variables, keys),
            "ArnEquals" | "ArnLike" => self.arn_like(text, listed, variables, keys),
            "Bool" => self.bool_matches(text, listed, variables, keys),
            "IpAddress" => self.in_range(text, listed),
            "BinaryEquals" => {
                // POL-O8: base64 as text. Planted: padding aside.
                let bare = |t: &str| t.trim_end_matches('=').to_owned();
                let same = text == listed || (self.planted(Rule::O8) && bare(text) == bare(listed));
                self.saw(Rule::O8, same)
            }
            ordered => self.ordered(ordered, text, listed),
        }
    }

    // POL-O2: the lower-case forms of Unicode are equal. Planted: ASCII only.
    fn equal_ignoring_case(&self, text: &str, listed: &str, variables: bool, keys: &Keys) -> bool {
        let lower = |text: &str| {
            if self.planted(Rule::O2) {
                text.to_ascii_lowercase()
            } else {
                text.to_lowercase()
            }
        };
        let tokens = self.tokens(listed, Use::Plain, variables, keys);
        let same = tokens.is_some_and(|tokens| lower(&plain(&tokens)) == lower(text));
        self.saw(Rule::O2, same)
    }

    // POL-O3: six segments, each for itself; a bare `*` is any ARN. Planted: a wildcard runs over
    // the segments.
    fn arn_like(&self, text: &str, listed: &str, variables: bool, keys: &Keys) -> bool {
        if listed == "*" {
            return self.saw(Rule::O3, true);
        }
        let Some(tokens) = self.tokens(listed, Use::Wild, variables, keys) else {
            return self.saw(Rule::O3, false);
        };
        if self.planted(Rule::O3) {
            return glob(&tokens, &chars(text));
        }
        let own: Vec<&[Token]> = tokens.splitn(6, |t| *t == Token::Char(':')).collect();
        let text = chars(text);
        let theirs: Vec<&[char]> = text.splitn(6, |c| *c == ':').collect();
        let same = own.len() == 6 && own.iter().zip(theirs).all(|(a, b)| glob(a, b));
        self.saw(Rule::O3, same)
    }

    // POL-O6: `true` in any case is true, all else false. Planted: the texts are compared.
    fn bool_matches(&self, text: &str, listed: &str, variables: bool, keys: &Keys) -> bool {
        // POL-V1: the switch tells whether Bool takes variables.
        let supported = self.switches.variables_in_bool == VariablesInBool::Supported;
        let Some(tokens) = self.tokens(listed, Use::Plain, variables && supported, keys) else {
            return false;
        };
        let listed = plain(&tokens);
        if self.planted(Rule::O6) {
            return listed.eq_ignore_ascii_case(text);
        }
        let is_true = |t: &str| t.eq_ignore_ascii_case("true");
        self.saw(Rule::O6, is_true(text) == is_true(&listed))
    }

    // POL-O7: addresses and ranges; an IPv4-mapped address is the IPv4 address. Planted: it is not.
    fn in_range(&self, text: &str, listed: &str) -> bool {
        let held = address(text, !self.planted(Rule::O7))
            .and_then(|address| range_holds(listed, address))
            .unwrap_or(false);
        self.saw(Rule::O7, held)
    }

    // POL-O5: four digits alone are a year. Planted: epoch seconds.
    fn moment(&self, text: &str) -> Option<i128> {
        moment(text, !self.planted(Rule::O5))
    }

    /// Numbers and dates; a listed value that is none never matches.
    fn ordered(&self, base: &str, text: &str, listed: &str) -> bool {
        let (rule, order) = if base.starts_with("Numeric") {
            let order = number(text).zip(number(listed));
            (Rule::O4, order.map(|(a, b)| compare_numbers(&a, &b)))
        } else {
            let order = self.moment(text).zip(self.moment(listed));
            (Rule::O5, order.map(|(a, b)| a.cmp(&b)))
        };
        let comparison = base
            .trim_start_matches("Numeric")
            .trim_start_matches("Date");
        let accepts = |order: Ordering| match comparison {
            "Equals" => order.is_eq(),
            "LessThan" => order.is_lt(),
            "LessThanEquals" => order.is_le(),
            "GreaterThan" => order.is_gt(),
            "GreaterThanEquals" => order.is_ge(),
            _ => false,
        };
        self.saw(rule, order.is_some_and(accepts))
    }

    fn is_readable(&self, base: &str, listed: &str) -> bool {
        if base.starts_with("Numeric") {
            number(listed).is_some()
        } else if base.starts_with("Date") {
            self.moment(listed).is_some()
        } else if base.contains("IpAddress") {
            range_holds(listed, (true, 0)).is_some()
        } else {
            true
        }
    }
}

/// `POL-O3`: six segments, the first of them `arn`.
fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.splitn(6, ':').count() == 6
}

/// The text of tokens that have no wildcards.
fn plain(tokens: &[Token]) -> String {
    tokens
        .iter()
        .filter_map(|token| match token {
            Token::Char(c) => Some(*c),
            Token::Star(_) | Token::One(_) => None,
        })
        .collect()
}
