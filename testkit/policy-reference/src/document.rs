//! Documents: their statements, and which of them AWS would store (`POL-E1` … `POL-E3`, `POL-E6`,
//! `POL-O9`). Matching is not here.

use crate::json::Json;
use crate::judge::{Judge, Rule};
use crate::principal::{Entry, entry};
use std::collections::BTreeSet;

/// A text that is no policy at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// What a policy is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Resource,
    Identity,
    Boundary,
    Session,
    ServiceControl,
    ResourceControl,
    Endpoint,
}

impl Place {
    fn names_principals(self) -> bool {
        matches!(
            self,
            Self::Resource | Self::ResourceControl | Self::Endpoint
        )
    }
}

/// A list of actions, resources or principals, or of what is not meant.
#[derive(Debug, Clone)]
pub(crate) struct Listed<T> {
    pub(crate) negated: bool,
    pub(crate) items: Vec<T>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    None,
    All,
    Any,
}

#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) quantifier: Quantifier,
    /// The operator without prefix and suffix.
    pub(crate) base: String,
    pub(crate) if_exists: bool,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

impl Condition {
    pub(crate) fn is_negated(&self) -> bool {
        self.base.contains("Not")
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) allows: bool,
    pub(crate) principals: Option<Listed<Entry>>,
    pub(crate) actions: Option<Listed<String>>,
    pub(crate) resources: Option<Listed<String>>,
    pub(crate) conditions: Vec<Condition>,
    /// `${…}` is a variable (`POL-E2`).
    pub(crate) variables: bool,
    /// It stands in the policy of a key or another resource.
    pub(crate) of_key: bool,
}

const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

impl Judge<'_> {
    /// The statements of a document that apply at all.
    pub(crate) fn read(&self, document: &Json, place: Place) -> Result<Vec<Statement>, Unreadable> {
        if let Json::Text(text) = document {
            let inner = Json::read(text).ok_or(Unreadable)?;
            return match inner {
                Json::Text(_) => Err(Unreadable),
                inner => self.read(&inner, place),
            };
        }
        let Json::Object(members) = document else {
            return Err(Unreadable);
        };
        // POL-E3: one statement or a list.
        let statements = document.get("Statement").map(Json::one_or_many);
        let statements = statements.unwrap_or_default();
        let objects = |s: &&Json| matches!(s, Json::Object(_));
        if statements.is_empty() || !statements.iter().all(objects) {
            return Err(Unreadable);
        }
        let version = member(members, "Version");
        let known = ["Version", "Id", "Statement"];
        let stored = [None, Some("2012-10-17"), Some("2008-10-17")]
            .map(|v| v.map(Json::text))
            .contains(&version.cloned())
            && members.iter().all(|(n, _)| known.contains(&n.as_str()))
            && member(members, "Id").is_none_or(|id| id.as_text().is_some())
            && (place != Place::Resource || is_latin(document));
        // POL-E2: without the newer version `${…}` is plain. Planted: it is a variable.
        let old = document.text_of("Version") != Some("2012-10-17");
        self.saw(Rule::E2, old);
        let variables = !old || self.planted(Rule::E2);
        let mut sids = BTreeSet::new();
        let mut found = Vec::new();
        for statement in statements {
            let statement_stored = self.is_stored(statement, place, !old, &mut sids);
            // POL-E6: what AWS would not store never applies.
            if self.saw(Rule::E6, stored && statement_stored) {
                found.push(self.statement(statement, place, variables));
            }
        }
        Ok(found)
    }

    fn statement(&self, statement: &Json, place: Place, variables: bool) -> Statement {
        Statement {
            allows: statement.text_of("Effect") == Some("Allow"),
            principals: self.principals(statement),
            actions: texts(statement, "Action"),
            resources: texts(statement, "Resource"),
            conditions: self.conditions(statement),
            variables,
            of_key: place == Place::Resource,
        }
    }

    fn principals(&self, statement: &Json) -> Option<Listed<Entry>> {
        let (negated, element) = match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (Some(element), _) => (false, element),
            (None, element) => (true, element?),
        };
        Some(Listed {
            negated,
            items: entries(element)?,
        })
    }

    fn conditions(&self, statement: &Json) -> Vec<Condition> {
        let operators = statement.get("Condition").map_or(&[][..], Json::members);
        let mut found = Vec::new();
        for (operator, keys) in operators {
            // POL-O9. Planted: an unknown operator is passed over.
            let Some((quantifier, base, if_exists)) = operator_parts(operator) else {
                continue;
            };
            for (key, values) in keys.members() {
                found.push(Condition {
                    quantifier,
                    base: base.to_owned(),
                    if_exists,
                    key: key.clone(),
                    values: values
                        .one_or_many()
                        .iter()
                        .filter_map(|v| v.scalar())
                        .collect(),
                });
            }
        }
        found
    }

    /// Whether AWS would store the statement.
    fn is_stored<'s>(
        &self,
        statement: &'s Json,
        place: Place,
        variables: bool,
        sids: &mut BTreeSet<&'s str>,
    ) -> bool {
        let has = |name: &str| member(statement.members(), name).is_some();
        let both = |name: &str| has(name) && has(&format!("Not{name}"));
        let either = |name: &str| has(name) || has(&format!("Not{name}"));
        let known = |(name, _): &(String, Json)| ELEMENTS.contains(&name.as_str());
        let optional = place == Place::Resource;
        // Before all else: the Sid of a statement that is refused is taken all the same.
        let sid = sid_is_stored(statement, place, sids);
        // POL-E1: exactly these spellings.
        let effect = matches!(statement.text_of("Effect"), Some("Allow" | "Deny"));
        statement.members().iter().all(known)
            && sid
            && effect
            && !["Principal", "Action", "Resource"].into_iter().any(both)
            && either("Principal") == place.names_principals()
            && (either("Action") || optional)
            && (either("Resource") || optional)
            && names_are_stored(statement, "Action", is_action)
            && names_are_stored(statement, "Resource", |text| {
                is_resource(text) && (!variables || variables_are_complete(text))
            })
            && principals_are_stored(statement, place)
            && self.conditions_are_stored(statement, variables)
            && (place != Place::ResourceControl || rcp_may_stand(statement))
    }

    fn conditions_are_stored(&self, statement: &Json, variables: bool) -> bool {
        let Some(condition) = member(statement.members(), "Condition") else {
            return true;
        };
        let Json::Object(operators) = condition else {
            return false;
        };
        let mut seen = BTreeSet::new();
        operators.iter().all(|(operator, keys)| {
            let parts = operator_parts(operator);
            // POL-O9: an unknown operator or a wrong type is refused. POL-C3: so is Null with
            // IfExists.
            let known = self.saw(Rule::O9, parts.is_some()) || self.planted(Rule::O9);
            known
                && matches!(keys, Json::Object(_))
                && keys.members().iter().all(|(key, values)| {
                    let first = seen.insert((operator, key.to_lowercase()));
                    let values = values.one_or_many();
                    let scalars: Vec<String> = values.iter().filter_map(|v| v.scalar()).collect();
                    let complete =
                        || !variables || scalars.iter().all(|v| variables_are_complete(v));
                    first && !key.is_empty() && scalars.len() == values.len() && complete()
                })
        })
    }
}

/// A member, `null` included.
fn member<'j>(members: &'j [(String, Json)], name: &str) -> Option<&'j Json> {
    members.iter().find(|(n, _)| n == name).map(|(_, v)| v)
}

fn operator_parts(operator: &str) -> Option<(Quantifier, &str, bool)> {
    let (quantifier, rest) = match operator.split_once(':') {
        Some(("ForAllValues", rest)) => (Quantifier::All, rest),
        Some(("ForAnyValue", rest)) => (Quantifier::Any, rest),
        _ => (Quantifier::None, operator),
    };
    let (base, if_exists) = match rest.strip_suffix("IfExists") {
        Some(base) => (base, true),
        None => (rest, false),
    };
    let known = OPERATORS.contains(&base) && !(base == "Null" && if_exists);
    known.then_some((quantifier, base, if_exists))
}

fn texts(statement: &Json, name: &str) -> Option<Listed<String>> {
    let negated_name = format!("Not{name}");
    let (negated, listed) = match (statement.get(name), statement.get(&negated_name)) {
        (Some(listed), _) => (false, listed),
        (None, listed) => (true, listed?),
    };
    let items = listed.one_or_many();
    Some(Listed {
        negated,
        items: items.iter().filter_map(|i| i.scalar()).collect(),
    })
}

/// Letters and digits, and in a resource's policy anything; no Sid twice. Source: IAM User Guide,
/// "Sid"; KMS Developer Guide, "Key policies".
fn sid_is_stored<'s>(statement: &'s Json, place: Place, sids: &mut BTreeSet<&'s str>) -> bool {
    let Some(sid) = member(statement.members(), "Sid") else {
        return true;
    };
    let Some(sid) = sid.as_text() else {
        return false;
    };
    let plain = sid.chars().all(|c| c.is_ascii_alphanumeric());
    let new = sid.is_empty() || sids.insert(sid);
    new && (plain || place.names_principals())
}

fn names_are_stored(statement: &Json, name: &str, is_one: impl Fn(&str) -> bool) -> bool {
    let listed = [name.to_owned(), format!("Not{name}")];
    listed
        .iter()
        .filter_map(|name| member(statement.members(), name))
        .flat_map(Json::one_or_many)
        .all(|item| item.as_text().is_some_and(&is_one))
}

/// `*`, or a service, a colon and a name. Source: IAM User Guide, "Action".
fn is_action(text: &str) -> bool {
    let word = |w: &str, more: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "*?-".contains(c) || more.contains(c);
        !w.is_empty() && w.chars().all(fits)
    };
    text == "*" || matches!(text.split_once(':'), Some((s, n)) if word(s, "") && word(n, "_."))
}

/// `POL-E5`: `*`, or an ARN without wildcards in the service.
fn is_resource(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let plain_service = parts.get(2).is_none_or(|s| !s.contains(['*', '?']));
    text == "*" || (parts.len() > 1 && parts.first() == Some(&"arn") && plain_service)
}

/// `POL-V3`: every `${` has its `}` and something between.
fn variables_are_complete(text: &str) -> bool {
    match text.split_once("${") {
        None => true,
        Some((_, rest)) => rest.split_once('}').is_some_and(|(inside, rest)| {
            !inside.trim().is_empty() && variables_are_complete(rest)
        }),
    }
}

/// The entries of a principal element; `None` when one is no principal.
fn entries(element: &Json) -> Option<Vec<Entry>> {
    if element.as_text() == Some("*") {
        return Some(vec![Entry::Everyone]);
    }
    let Json::Object(kinds) = element else {
        return None;
    };
    let mut found = Vec::new();
    for (kind, names) in kinds {
        for name in names.one_or_many() {
            found.push(entry(kind, name.as_text()?)?);
        }
        let known = ["AWS", "Service", "Federated", "CanonicalUser"];
        known.contains(&kind.as_str()).then_some(())?;
    }
    Some(found)
}

fn principals_are_stored(statement: &Json, place: Place) -> bool {
    ["Principal", "NotPrincipal"].iter().all(|name| {
        let Some(element) = member(statement.members(), name) else {
            return true;
        };
        let Some(entries) = entries(element) else {
            return false;
        };
        // POL-L2: a resource control policy is for everyone.
        let everyone = entries.iter().all(|e| matches!(e, Entry::Everyone));
        place != Place::ResourceControl || (everyone && *name == "Principal")
    })
}

/// `POL-L2`: RCPs act by Deny; the one that allows is AWS's own, everything without condition.
fn rcp_may_stand(statement: &Json) -> bool {
    let all = statement
        .get("Action")
        .is_some_and(|a| a.one_or_many().contains(&&Json::text("*")));
    let conditions = statement.get("Condition").map_or(0, |c| c.members().len());
    statement.text_of("Effect") == Some("Deny") || (all && conditions == 0)
}

/// Whether a key policy's characters are those that KMS stores: up to U+00FF. Source: KMS API
/// Reference, `PutKeyPolicy`, `Policy`.
fn is_latin(json: &Json) -> bool {
    let latin = |text: &str| text.chars().all(|c| c <= '\u{ff}');
    match json {
        Json::Text(text) => latin(text),
        Json::List(items) => items.iter().all(is_latin),
        Json::Object(members) => members
            .iter()
            .all(|(name, value)| latin(name) && is_latin(value)),
        _ => true,
    }
}
