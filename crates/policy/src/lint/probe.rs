//! Questions to the engine about one statement: do these conditions hold for these keys, and is there
//! a value for which they do? It decides nothing itself: every answer is the engine's.

use crate::compiled::NoIds;
use crate::decide::{Stack, scene};
use crate::document::{Base, Condition, Document, Names, Placed, Quantifier, Span, Statement};
use crate::generate::{Held, Keys, same};
use crate::request::{Context, ContextKey, Principal, Request, Value};
use crate::switches::Switches;

/// Stands for another account, organisation and so on.
pub(super) const FOREIGN_ACCOUNT: &str = "999999999999";

/// The conditions of one statement.
pub(super) struct Probe {
    document: Document,
    statement: Statement,
}

/// The keys of a probe: one key under test, fixed ones, and some text for whatever a variable asks.
struct Scenario<'k> {
    tested: &'k ContextKey,
    value: Option<&'k Held>,
    known: &'k Keys,
}

impl Context for Scenario<'_> {
    fn get(&self, key: &ContextKey) -> Option<Value<'_>> {
        if same(key, self.tested) {
            return self.value.map(|held| match held {
                Held::One(text) => Value::one(text.as_str()),
                Held::Many(values) => Value::many(values.iter().map(String::as_str)),
            });
        }
        self.known.get(key).or(Some(Value::one("v")))
    }
}

/// What is always known of the key itself.
pub(super) fn own_keys() -> Keys {
    Keys::default()
        .with("aws:ResourceAccount", "111122223333")
        .with("aws:ResourceOrgID", "o-a1b2c3d4e5")
        .with("aws:PrincipalAccount", "111122223333")
        .with("aws:RequestedRegion", "us-east-1")
}

impl Probe {
    pub(super) fn new(document: &Document, statement: &Statement) -> Self {
        Self {
            document: document.clone(),
            statement: statement.clone(),
        }
    }

    /// The condition keys of the statement, each once, with their conditions.
    pub(super) fn by_key(&self) -> Vec<(ContextKey, Vec<&Condition>)> {
        let mut keys: Vec<(ContextKey, Vec<&Condition>)> = Vec::new();
        for condition in &self.statement.conditions {
            let key = ContextKey::new(&condition.key.text);
            match keys.iter_mut().find(|(own, _)| same(own, &key)) {
                Some((_, conditions)) => conditions.push(condition),
                None => keys.push((key, vec![condition])),
            }
        }
        keys
    }

    /// Whether some conditions hold when their key has a value, or has none.
    pub(super) fn holds(
        &self,
        key: &ContextKey,
        conditions: &[&Condition],
        value: Option<&Held>,
        known: &Keys,
    ) -> bool {
        let everything = || {
            Some(Names {
                negated: false,
                values: vec![Placed {
                    text: "*".to_owned(),
                    span: Span::default(),
                }],
            })
        };
        let statement = Statement {
            principals: None,
            actions: everything(),
            resources: everything(),
            conditions: conditions.iter().map(|c| (*c).clone()).collect(),
            ..self.statement.clone()
        };
        let policy = self.document.with_only(statement).compile("probe", &NoIds);
        let scenario = Scenario {
            tested: key,
            value,
            known,
        };
        let Some(account) = "111122223333".parse().ok() else {
            return false;
        };
        let request = Request::on_key(
            "kms:Decrypt",
            "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
            account,
            Principal::Root { account },
            &scenario,
        );
        let (stack, switches) = (Stack::default(), Switches::default());
        let scene = scene(&request, &stack, &switches);
        policy
            .allows()
            .iter()
            .chain(policy.denies())
            .any(|s| s.applies(&scene).is_some())
    }

    /// Whether any of some values, `None` for an absent key, meets the conditions.
    pub(super) fn any_holds(
        &self,
        key: &ContextKey,
        conditions: &[&Condition],
        values: &[Option<Held>],
    ) -> bool {
        let known = own_keys();
        values
            .iter()
            .any(|value| self.holds(key, conditions, value.as_ref(), &known))
    }
}

/// Values that are likely to meet conditions: no key, those listed with their wildcards and
/// variables filled, values beside them, and one that nobody lists. `filled` stands for a wildcard.
pub(super) fn candidates(conditions: &[&Condition], many: bool, filled: &str) -> Vec<Option<Held>> {
    let mut texts: Vec<String> = vec!["other".to_owned()];
    for condition in conditions {
        for value in &condition.values {
            texts.extend(beside(condition.operator.base, &value.text, filled));
        }
        texts.extend(
            typical(condition.operator.base)
                .iter()
                .map(|t| (*t).to_owned()),
        );
    }
    let set = many
        || conditions
            .iter()
            .any(|c| c.operator.quantifier != Quantifier::Plain && c.operator.base != Base::Null);
    let mut values: Vec<Option<Held>> = vec![None];
    if many || set {
        values.extend(texts.iter().map(|t| Some(Held::Many(vec![t.clone()]))));
        values.push(Some(Held::Many(texts.clone())));
    }
    if !many {
        values.extend(texts.into_iter().map(|t| Some(Held::One(t))));
    }
    values
}

/// Values that meet or just miss a listed one.
fn beside(base: Base, text: &str, filled: &str) -> Vec<String> {
    let plain = fill_variables(text);
    match base {
        Base::NumericEquals
        | Base::NumericNotEquals
        | Base::NumericLessThan
        | Base::NumericLessThanEquals
        | Base::NumericGreaterThan
        | Base::NumericGreaterThanEquals => {
            let mut values = vec![plain.clone()];
            if let Ok(number) = plain.parse::<i64>() {
                values.push(number.saturating_sub(1).to_string());
                values.push(number.saturating_add(1).to_string());
            }
            values
        }
        Base::IpAddress | Base::NotIpAddress => {
            vec![plain.split('/').next().unwrap_or_default().to_owned()]
        }
        Base::ArnEquals | Base::ArnLike | Base::ArnNotEquals | Base::ArnNotLike if plain == "*" => {
            vec![format!("arn:aws:iam::{FOREIGN_ACCOUNT}:role/other")]
        }
        Base::StringLike
        | Base::StringNotLike
        | Base::ArnEquals
        | Base::ArnLike
        | Base::ArnNotEquals
        | Base::ArnNotLike => vec![plain.replace('*', filled).replace('?', "x")],
        _ => vec![plain],
    }
}

/// Values at the ends of what an operator compares.
fn typical(base: Base) -> &'static [&'static str] {
    match base {
        Base::Bool => &["true", "false"],
        Base::NumericLessThan
        | Base::NumericLessThanEquals
        | Base::NumericGreaterThan
        | Base::NumericGreaterThanEquals
        | Base::NumericNotEquals => &["0", "-1000000000000", "1000000000000"],
        Base::DateEquals
        | Base::DateNotEquals
        | Base::DateLessThan
        | Base::DateLessThanEquals
        | Base::DateGreaterThan
        | Base::DateGreaterThanEquals => &["1971-01-01T00:00:00Z", "2300-01-01T00:00:00Z"],
        Base::IpAddress | Base::NotIpAddress => &["203.0.113.77", "2001:db8::77"],
        Base::ArnNotEquals | Base::ArnNotLike => &["arn:aws:iam::999999999999:role/other"],
        _ => &[],
    }
}

/// A value with its variables replaced by what a probe holds for them.
fn fill_variables(text: &str) -> String {
    let known = own_keys();
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        let Some((inside, behind)) = after.split_once('}') else {
            filled.push_str("${");
            rest = after;
            continue;
        };
        let name = inside.split(',').next().unwrap_or_default().trim();
        match known.get(&ContextKey::new(name)) {
            _ if matches!(inside, "*" | "?" | "$") => filled.push_str(inside),
            Some(Value::One(value)) => filled.push_str(&value),
            _ => filled.push('v'),
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}
