//! The keys that a policy may belong to: those whose ARNs its `Resource` elements spell out, else keys
//! made up so that its patterns are seen both ways. Source: KMS Developer Guide, "Key policies in AWS
//! KMS": a key policy speaks of its own key alone (`POL-E5`).

use super::subject::Subject;
use crate::document::Statement;
use crate::request::ContextKey;
use claviger_types::{AccountId, RegionName};

/// A key to try a policy with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnKey {
    pub(super) account: AccountId,
    pub(super) arn: String,
    pub(super) region: String,
}

/// So many, whatever is written in the policy.
const MANY: usize = 8;

/// The ids of a multi-Region key and of one that is not.
const IDS: [&str; 2] = [
    "mrk-1234abcd12ab34cd56ef1234567890ab",
    "1234abcd-12ab-34cd-56ef-1234567890ab",
];

/// Every key of an account that is worth trying, at least one.
pub(super) fn possible(subject: &Subject<'_>, own: AccountId) -> Vec<OwnKey> {
    let told = subject.options.region.as_ref().map(RegionName::as_str);
    let named: Vec<OwnKey> = resources(subject)
        .filter(|(negated, _)| !negated)
        .filter_map(|(_, text)| spelled_out(text, own))
        .filter(|key| told.is_none_or(|region| region == key.region))
        .collect();
    let mut keys = if named.is_empty() {
        made_up(subject, own, told)
    } else {
        named
    };
    let mut seen: Vec<OwnKey> = Vec::new();
    keys.retain(|key| {
        let fresh = !seen.contains(key);
        seen.push(key.clone());
        fresh
    });
    keys.truncate(MANY);
    keys
}

/// The accounts of the keys that `Resource` elements spell out.
pub(super) fn accounts(subject: &Subject<'_>) -> Vec<AccountId> {
    resources(subject)
        .filter(|(negated, _)| !negated)
        .filter_map(|(_, text)| text.split(':').nth(4)?.parse().ok().map(|own| (text, own)))
        .filter(|(text, own)| spelled_out(text, *own).is_some())
        .map(|(_, own)| own)
        .collect()
}

/// What stands in `Resource`, and whether it is `NotResource`.
fn resources<'s>(subject: &'s Subject<'_>) -> impl Iterator<Item = (bool, &'s str)> {
    subject
        .statements()
        .filter_map(|view| of_statement(view.written))
        .flatten()
}

fn of_statement(written: &Statement) -> Option<impl Iterator<Item = (bool, &str)>> {
    let names = written.resources.as_ref()?;
    let texts = names
        .values
        .iter()
        .map(|v| (names.negated, v.text.as_str()));
    Some(texts)
}

/// The key whose whole ARN a text is.
fn spelled_out(text: &str, own: AccountId) -> Option<OwnKey> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", _, "kms", region, owner, id] = parts.as_slice() else {
        return None;
    };
    let whole = !text.contains(['*', '?', '$']) && *owner == own.as_str();
    (whole && id.starts_with("key/")).then(|| OwnKey {
        account: own,
        arn: text.to_owned(),
        region: (*region).to_owned(),
    })
}

/// Keys of either kind in each Region that the policy speaks of, where it speaks of any.
fn made_up(subject: &Subject<'_>, own: AccountId, told: Option<&str>) -> Vec<OwnKey> {
    let patterns: Vec<&str> = resources(subject)
        .map(|(_, text)| text)
        .filter(|text| *text != "*")
        .collect();
    let ids = if patterns.is_empty() {
        IDS.get(..1).unwrap_or_default()
    } else {
        IDS.as_slice()
    };
    let mut keys = Vec::new();
    for region in regions(subject, &patterns, told) {
        for id in ids {
            keys.push(OwnKey {
                account: own,
                arn: format!("arn:aws:kms:{region}:{own}:key/{id}"),
                region: region.clone(),
            });
        }
    }
    let filled = patterns.iter().filter_map(|text| filled(text, own, told));
    // Those of the patterns come first behind the first key: there is a limit to how many are tried.
    let at = keys.len().min(1);
    keys.splice(at..at, filled);
    keys
}

/// The Region that was told, else one that may be any, those that the policy names, and one more
/// where it names some.
fn regions(subject: &Subject<'_>, patterns: &[&str], told: Option<&str>) -> Vec<String> {
    if let Some(region) = told {
        return vec![region.to_owned()];
    }
    let first = subject.setting().map(|s| s.region.to_string());
    let key = ContextKey::new("aws:RequestedRegion");
    let of_condition = subject
        .statements()
        .flat_map(|view| view.written.conditions.iter())
        .filter(|c| crate::generate::same(&ContextKey::new(&c.key.text), &key))
        .flat_map(|c| c.values.iter())
        .map(|v| v.text.as_str());
    let of_arn = patterns.iter().filter_map(|text| text.split(':').nth(3));
    let named: Vec<&str> = of_condition
        .chain(of_arn)
        .filter(|text| text.parse::<RegionName>().is_ok())
        .collect();
    let speaks = !patterns.is_empty() || !named.is_empty();
    let another = ["eu-central-2", "ap-south-2", "ca-west-1"]
        .into_iter()
        .find(|region| speaks && !named.contains(region));
    let mut regions: Vec<String> = first.into_iter().collect();
    regions.extend(named.into_iter().chain(another).map(str::to_owned));
    regions
}

/// A pattern of keys filled.
fn filled(pattern: &str, own: AccountId, told: Option<&str>) -> Option<OwnKey> {
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let [_, _, "kms", region, owner, id] = parts.as_slice() else {
        return None;
    };
    let open = |text: &str| text.contains(['*', '?']);
    let fits = (open(owner) || *owner == own.as_str()) && id.starts_with("key/");
    let region = told.unwrap_or(if open(region) { "us-east-1" } else { region });
    let id = id.replace('*', "1234abcd").replace('?', "1");
    (fits && !id.contains('$')).then(|| OwnKey {
        account: own,
        arn: format!("arn:aws:kms:{region}:{own}:{id}"),
        region: region.to_owned(),
    })
}
