//! Tag policies: their syntax, and how those of a tree merge into the one that counts for an account.
//! Sources: AWS Organizations User Guide, "Tag policy syntax", "Inheritance operators", and the
//! examples of "Policy syntax and inheritance for management policy types". Whether tags comply is
//! not asked here.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const ASSIGN: &str = "@@assign";
const APPEND: &str = "@@append";
const REMOVE: &str = "@@remove";
const CONTROL: &str = "@@operators_allowed_for_child_policies";

/// The settings of a tag key, and whether one has many values.
const SETTINGS: [(&str, bool); 4] = [
    ("tag_key", false),
    ("tag_value", true),
    ("enforced_for", true),
    ("report_required_tag_for", true),
];

/// Which operators policies further down may use; `None` where nothing is said.
type Allowed = Option<BTreeSet<&'static str>>;

/// One setting of one tag key.
#[derive(Debug, Default, PartialEq, Eq)]
struct Setting {
    operators: Vec<(&'static str, Vec<String>)>,
    allowed: Allowed,
}

/// One tag key.
#[derive(Debug, Default, PartialEq, Eq)]
struct Key {
    settings: BTreeMap<&'static str, Setting>,
    allowed: Allowed,
}

/// A tag policy that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TagPolicy {
    keys: BTreeMap<String, Key>,
    allowed: Allowed,
}

impl TagPolicy {
    /// Reads a document.
    ///
    /// # Errors
    /// What is wrong and where.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let members = object(&document, "the policy")?;
        if let Some(other) = members.keys().find(|name| *name != "tags") {
            return Err(format!(
                "'{other}' is not a member of a tag policy; it has tags"
            ));
        }
        let tags = members.get("tags").ok_or("the policy has no tags")?;
        let mut policy = Self::default();
        for (name, value) in object(tags, "tags")? {
            if name == CONTROL {
                policy.allowed = control(value, "tags")?;
                continue;
            }
            let key = Key::read(name, value)?;
            // Keys of a policy do not tell case apart.
            if policy.keys.insert(name.to_lowercase(), key).is_some() {
                return Err(format!("the tag key '{name}' is given twice"));
            }
        }
        Ok(policy)
    }
}

impl Key {
    fn read(name: &str, value: &Value) -> Result<Self, String> {
        let mut key = Self::default();
        for (member, value) in object(value, name)? {
            let place = format!("{name}.{member}");
            if member == CONTROL {
                key.allowed = control(value, name)?;
                continue;
            }
            let known = SETTINGS.iter().find(|(known, _)| known == member);
            let (setting, many) = known.ok_or_else(|| {
                format!("'{place}' is not one of tag_key, tag_value, enforced_for")
            })?;
            let read = Setting::read(&place, value, *many)?;
            if *setting == "tag_key" {
                check_spelling(name, &read)?;
            }
            key.settings.insert(setting, read);
        }
        Ok(key)
    }
}

/// The tag key may differ from the policy's key in case only.
fn check_spelling(name: &str, setting: &Setting) -> Result<(), String> {
    let mut given = setting.operators.iter().flat_map(|(_, values)| values);
    match given.find(|value| value.to_lowercase() != name.to_lowercase()) {
        Some(other) => Err(format!(
            "{name}.tag_key: '{other}' is another tag key; only its case may differ"
        )),
        None => Ok(()),
    }
}

impl Setting {
    fn read(place: &str, value: &Value, many: bool) -> Result<Self, String> {
        let mut setting = Self::default();
        for (member, value) in object(value, place)? {
            let operator = match member.as_str() {
                CONTROL => {
                    setting.allowed = control(value, place)?;
                    continue;
                }
                ASSIGN => ASSIGN,
                APPEND if many => APPEND,
                REMOVE if many => REMOVE,
                other => return Err(format!("'{place}.{other}' is not an operator here")),
            };
            let place = format!("{place}.{member}");
            setting
                .operators
                .push((operator, values(value, &place, many)?));
        }
        Ok(setting)
    }
}

fn values(value: &Value, place: &str, many: bool) -> Result<Vec<String>, String> {
    let texts = match value {
        Value::Array(values) if many => values.as_slice(),
        Value::String(_) if !many => std::slice::from_ref(value),
        _ if many => return Err(format!("{place} must be a list of texts")),
        _ => return Err(format!("{place} must be a text")),
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    texts
        .iter()
        .map(|value| text(value).ok_or_else(|| format!("{place} must hold texts")))
        .collect()
}

fn object<'v>(value: &'v Value, place: &str) -> Result<&'v Map<String, Value>, String> {
    value
        .as_object()
        .ok_or_else(|| format!("{place} must be an object"))
}

fn control(value: &Value, place: &str) -> Result<Allowed, String> {
    let names = values(value, &format!("{place}.{CONTROL}"), true)?;
    let mut allowed = BTreeSet::new();
    for name in &names {
        match name.as_str() {
            "@@all" if names.len() == 1 => allowed.extend([ASSIGN, APPEND, REMOVE]),
            "@@none" if names.len() == 1 => {}
            ASSIGN => {
                allowed.insert(ASSIGN);
            }
            APPEND => {
                allowed.insert(APPEND);
            }
            REMOVE => {
                allowed.insert(REMOVE);
            }
            other => return Err(format!("{place}.{CONTROL}: '{other}' is not allowed here")),
        }
    }
    Ok(Some(allowed))
}

/// Narrows what is allowed further down: nothing that was taken away comes back.
fn narrow(allowed: &mut Allowed, by: &Allowed) {
    match (allowed.as_mut(), by) {
        (_, None) => {}
        (Some(known), Some(by)) => known.retain(|operator| by.contains(operator)),
        (None, Some(by)) => *allowed = Some(by.clone()),
    }
}

/// The state of a merge.
#[derive(Default)]
struct Merge {
    values: BTreeMap<(String, &'static str), Vec<String>>,
    everywhere: Allowed,
    of_keys: BTreeMap<String, Allowed>,
    of_settings: BTreeMap<(String, &'static str), Allowed>,
}

impl Merge {
    fn allows(&self, place: &(String, &'static str), operator: &str) -> bool {
        let scopes = [
            Some(&self.everywhere),
            self.of_keys.get(&place.0),
            self.of_settings.get(place),
        ];
        scopes
            .into_iter()
            .flatten()
            .flatten()
            .all(|allowed| allowed.contains(operator))
    }

    /// Takes in the policies of one level, in the order in which they were attached: of two that
    /// assign the same setting the first counts.
    fn level(&mut self, policies: &[TagPolicy]) {
        let mut assigned = BTreeSet::new();
        for policy in policies {
            for (key, settings) in &policy.keys {
                for (setting, written) in &settings.settings {
                    let place = (key.clone(), *setting);
                    for (operator, values) in &written.operators {
                        let again = *operator == ASSIGN && !assigned.insert(place.clone());
                        if self.allows(&place, operator) && !again {
                            self.apply(&place, operator, values);
                        }
                    }
                }
            }
        }
        for policy in policies {
            narrow(&mut self.everywhere, &policy.allowed);
            for (key, settings) in &policy.keys {
                narrow(
                    self.of_keys.entry(key.clone()).or_default(),
                    &settings.allowed,
                );
                for (setting, written) in &settings.settings {
                    let place = (key.clone(), *setting);
                    narrow(self.of_settings.entry(place).or_default(), &written.allowed);
                }
            }
        }
    }

    fn apply(&mut self, place: &(String, &'static str), operator: &str, values: &[String]) {
        let known = self.values.entry(place.clone()).or_default();
        match operator {
            APPEND => {
                for value in values {
                    if !known.contains(value) {
                        known.push(value.clone());
                    }
                }
            }
            REMOVE => known.retain(|value| !values.contains(value)),
            _ => *known = values.to_vec(),
        }
    }

    fn finish(self) -> Value {
        let mut tags: Map<String, Value> = Map::new();
        for ((key, setting), mut values) in self.values {
            let many = SETTINGS
                .iter()
                .any(|(known, many)| *known == setting && *many);
            let value = match values.pop() {
                None => continue,
                Some(last) if !many => Value::String(last),
                Some(last) => {
                    values.push(last);
                    Value::from(values)
                }
            };
            let entry = tags.entry(key).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(settings) = entry {
                settings.insert(setting.to_owned(), value);
            }
        }
        Value::Object(Map::from_iter([("tags".to_owned(), Value::Object(tags))]))
    }
}

/// The policy that counts at the end of a path, from those of each level of it, root first.
pub(super) fn effective(levels: &[Vec<TagPolicy>]) -> Value {
    let mut merge = Merge::default();
    for level in levels {
        merge.level(level);
    }
    merge.finish()
}

#[cfg(test)]
#[path = "tag_policy_test.rs"]
mod tests;
