//! The JSON of a case. Policies are kept as they stand in the file, with their line.

use super::{
    Case, CaseError, CaseGrant, CasePrincipal, ContextValue, Expectation, Key, Organization,
    Source, SourceLevel,
};
use crate::request::ContextKey;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCase<'t> {
    #[serde(default)]
    name: String,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default, rename = "source")]
    _source: Option<String>,
    #[serde(borrow)]
    request: WireRequest<'t>,
    #[serde(default)]
    key: Option<Key>,
    #[serde(default)]
    organization: Option<Organization>,
    #[serde(borrow, default)]
    policies: WirePolicies<'t>,
    #[serde(default)]
    expect: Option<Expectation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRequest<'t> {
    action: String,
    resource: String,
    #[serde(default)]
    grant: Option<String>,
    principal: CasePrincipal,
    #[serde(borrow, default)]
    context: Pairs<'t>,
}

/// The members of an object as they stand there: a map would keep the last of a name given twice.
#[derive(Default)]
struct Pairs<'t>(Vec<(String, &'t RawValue)>);

impl<'de: 't, 't> Deserialize<'de> for Pairs<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'t> Visitor<'t> for PairsVisitor {
    type Value = Pairs<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of condition keys and values")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut members: A) -> Result<Pairs<'t>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = members.next_entry()? {
            pairs.push(pair);
        }
        // Errors and answers do not depend on the order.
        pairs.sort_by(|(a, _): &(String, _), (b, _)| a.cmp(b));
        Ok(Pairs(pairs))
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct WirePolicies<'t> {
    #[serde(borrow, default)]
    resource: Option<&'t RawValue>,
    #[serde(borrow, default)]
    identity: Option<Vec<WireNamed<'t>>>,
    #[serde(borrow, default)]
    boundary: Option<&'t RawValue>,
    #[serde(borrow, default)]
    session: Option<Vec<WireNamed<'t>>>,
    #[serde(borrow, default)]
    scps: Option<Vec<WireLevel<'t>>>,
    #[serde(borrow, default)]
    rcps: Option<Vec<WireLevel<'t>>>,
    #[serde(borrow, default)]
    endpoint: Option<&'t RawValue>,
    #[serde(default)]
    grants: Option<Vec<CaseGrant>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireNamed<'t> {
    #[serde(default)]
    name: Option<String>,
    #[serde(borrow)]
    document: &'t RawValue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLevel<'t> {
    #[serde(default)]
    target: String,
    #[serde(borrow, default)]
    policies: Vec<WireNamed<'t>>,
}

/// A file, with the places where its lines end: it may hold thousands of policies.
struct File<'t> {
    text: &'t str,
    ends: Vec<usize>,
}

impl<'t> File<'t> {
    fn of(text: &'t str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Self { text, ends }
    }

    /// The line at which a part of the file begins: the distance of their beginnings is its place.
    fn line_of(&self, part: &str) -> u32 {
        let offset = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let before = self.ends.partition_point(|end| *end < offset);
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    }
}

pub(super) fn cases(text: &str) -> Result<Vec<Case>, CaseError> {
    let wire: Vec<WireCase<'_>> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text)?
    } else {
        vec![serde_json::from_str(text)?]
    };
    let file = File::of(text);
    wire.into_iter().map(|case| own(case, &file)).collect()
}

fn own(wire: WireCase<'_>, file: &File<'_>) -> Result<Case, CaseError> {
    let one = |raw: Option<&RawValue>, name: &str| -> Result<Option<Source>, CaseError> {
        raw.map(|raw| source(raw, name, file)).transpose()
    };
    let list = |named: Vec<WireNamed<'_>>| named_sources(named, file);
    let levels = |levels: Option<Vec<WireLevel<'_>>>| {
        levels
            .map(|levels| {
                levels
                    .into_iter()
                    .map(|level| {
                        Ok(SourceLevel {
                            target: level.target,
                            policies: list(level.policies)?,
                        })
                    })
                    .collect::<Result<Vec<_>, CaseError>>()
            })
            .transpose()
    };
    let context = wire
        .request
        .context
        .0
        .into_iter()
        .map(|(name, raw)| Ok((name, context_value(raw)?)))
        .collect::<Result<Vec<_>, CaseError>>()?;
    check_names(&wire.name, &context)?;
    let policies = wire.policies;
    Ok(Case {
        name: wire.name,
        rules: wire.rules,
        action: wire.request.action,
        resource: wire.request.resource,
        grant: wire.request.grant,
        principal: wire.request.principal,
        context,
        key: wire.key.unwrap_or_default(),
        organization: wire.organization,
        resource_policy: one(policies.resource, "default")?,
        identity: list(policies.identity.unwrap_or_default())?,
        boundary: one(policies.boundary, "boundary")?,
        session: policies.session.map(list).transpose()?,
        scps: levels(policies.scps)?,
        rcps: levels(policies.rcps)?,
        endpoint: one(policies.endpoint, "endpoint")?,
        grants: policies.grants.unwrap_or_default(),
        expectation: wire.expect,
    })
}

/// `POL-E1`: names of condition keys ignore case; free parts that differ by case are two entries,
/// as a request has them of two tags or of two pairs of an encryption context. One name given twice
/// is refused in either spelling.
fn check_names(case: &str, context: &[(String, ContextValue)]) -> Result<(), CaseError> {
    let mut seen = BTreeMap::new();
    for (name, _) in context {
        let key = ContextKey::new(name);
        let same = (key.base().to_owned(), key.tail().map(str::to_owned));
        if let Some(first) = seen.insert(same, name) {
            return Err(CaseError::KeyTwice {
                case: case.to_owned(),
                first: first.clone(),
                second: name.clone(),
            });
        }
    }
    Ok(())
}

fn named_sources(named: Vec<WireNamed<'_>>, file: &File<'_>) -> Result<Vec<Source>, CaseError> {
    named
        .into_iter()
        .enumerate()
        .map(|(at, policy)| {
            let name = policy.name.unwrap_or_else(|| format!("#{at}"));
            source(policy.document, &name, file)
        })
        .collect()
}

/// A document is JSON in place, whose lines are the file's, or a text of JSON with its own lines.
fn source(raw: &RawValue, name: &str, file: &File<'_>) -> Result<Source, CaseError> {
    let text = raw.get();
    if text.starts_with('"') {
        return Ok(Source {
            name: name.to_owned(),
            text: serde_json::from_str(text)?,
            first_line: 1,
        });
    }
    Ok(Source {
        name: name.to_owned(),
        text: text.to_owned(),
        first_line: file.line_of(text),
    })
}

/// Numbers keep their spelling, because `7.00` and `7` are two texts.
fn context_value(raw: &RawValue) -> Result<ContextValue, CaseError> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'n') => Ok(ContextValue::Absent),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            let values = items.into_iter().map(scalar).collect::<Result<_, _>>()?;
            Ok(ContextValue::Many(values))
        }
        _ => Ok(ContextValue::One(scalar(raw)?)),
    }
}

fn scalar(raw: &RawValue) -> Result<String, CaseError> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b't' | b'f' | b'-' | b'0'..=b'9') => Ok(text.to_owned()),
        // A text; anything else is refused by this.
        _ => Ok(serde_json::from_str(text)?),
    }
}
