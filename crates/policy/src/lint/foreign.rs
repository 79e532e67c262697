//! Names of strangers: accounts, organisations, ARNs and ids that a policy's patterns leave room for,
//! and that it spells out nowhere. What is spelled out is meant.

use super::candidates::{Piece, filled, has_wildcards, pieces};
use crate::document::{Base, Condition};
use crate::generate::{Held, Unnamed};
use crate::matching::principal::{NameKind, kind_of};
use crate::request::Context;
use claviger_types::AccountId;

fn one(text: impl Into<String>) -> Option<Held> {
    Some(Held::One(text.into()))
}

/// The patterns among listed values, in their parts.
fn patterns(conditions: &[&Condition], known: &dyn Context) -> Vec<Vec<Piece>> {
    conditions
        .iter()
        .filter(|c| has_wildcards(c.operator.base))
        .flat_map(|c| c.values.iter())
        .map(|v| pieces(&v.text, known))
        .filter(|parts| has_room(parts))
        .collect()
}

fn has_room(parts: &[Piece]) -> bool {
    parts.iter().any(|p| !matches!(p, Piece::Text(_)))
}

fn is_numeric(base: Base) -> bool {
    matches!(
        base,
        Base::NumericEquals
            | Base::NumericNotEquals
            | Base::NumericLessThan
            | Base::NumericLessThanEquals
            | Base::NumericGreaterThan
            | Base::NumericGreaterThanEquals
    )
}

/// The values that are compared as they stand.
fn spelled_out<'c>(conditions: &'c [&Condition]) -> impl Iterator<Item = &'c str> {
    conditions
        .iter()
        .filter(|c| !is_numeric(c.operator.base))
        .flat_map(|c| c.values.iter())
        .map(|v| v.text.as_str())
}

/// Accounts that nobody is meant by: one for each way in which the patterns treat accounts.
pub(super) fn accounts(conditions: &[&Condition], unnamed: &Unnamed) -> Vec<String> {
    const FILLS: [&str; 10] = ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"];
    let mut accounts: Vec<String> = unnamed.accounts().map(|a| a.to_string()).collect();
    for parts in patterns(conditions, &super::search::Assigned::new(&[], "")) {
        accounts.extend(of_length(&parts, 12, &FILLS));
    }
    // In ARNs the account stands fifth; a pattern may end there.
    let of_arns = conditions
        .iter()
        .filter(|c| has_wildcards(c.operator.base))
        .flat_map(|c| c.values.iter())
        .filter_map(|v| v.text.split(':').nth(4))
        .map(|owner| pieces(owner, &super::search::Assigned::new(&[], "")));
    for parts in of_arns.filter(|parts| has_room(parts)) {
        accounts.extend(of_length(&parts, 12, &FILLS));
    }
    let mut accounts = told_apart(accounts, conditions, |account| {
        vec![
            account.to_owned(),
            format!("arn:aws:iam::{account}:role/other"),
            format!("arn:aws:sns:us-east-1:{account}:other"),
        ]
    });
    for condition in conditions.iter().filter(|c| is_numeric(c.operator.base)) {
        accounts.extend(["000000000001", "499999999999", "900000000001"].map(str::to_owned));
        for number in condition
            .values
            .iter()
            .filter_map(|v| v.text.parse::<u64>().ok())
        {
            let near = [number.saturating_sub(1), number.saturating_add(1)];
            accounts.extend(near.map(|n| format!("{n:012}")));
        }
    }
    accounts.retain(|account| account.parse::<AccountId>().is_ok() && unnamed.is_unnamed(account));
    without_repetition(accounts)
}

/// Organisations that nobody is meant by, likewise, and none.
pub(super) fn organizations(conditions: &[&Condition], unnamed: &Unnamed) -> Vec<Option<String>> {
    let mut found: Vec<String> = unnamed.organizations().collect();
    for parts in patterns(conditions, &super::search::Assigned::new(&[], "")) {
        for fill in ["zzzzzzzzzz", "o-zzzzzzzzzz", "o-zzzzzzzzzz/r-zzzz", "9"] {
            let text = filled(&parts, fill, "z");
            found.extend(text.split('/').next().map(str::to_owned));
        }
    }
    found.retain(|id| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        id.strip_prefix("o-")
            .is_some_and(|rest| (10..=32).contains(&rest.len()) && rest.bytes().all(plain))
            && unnamed.is_unnamed(id)
    });
    let found = told_apart(found, conditions, |id| {
        vec![id.to_owned(), format!("{id}/r-zzzz/ou-zzzz-zzzzzzzz/")]
    });
    std::iter::once(None)
        .chain(found.into_iter().map(Some))
        .collect()
}

/// So many strangers of one kind, whatever is written in the policy.
const MANY: usize = 12;

/// The first of each sort of names, as the values of some conditions sort them, for what a name is
/// part of.
fn told_apart(
    names: Vec<String>,
    conditions: &[&Condition],
    forms: impl Fn(&str) -> Vec<String>,
) -> Vec<String> {
    let patterns: Vec<&str> = spelled_out(conditions).collect();
    let mut sorts: Vec<Vec<bool>> = Vec::new();
    let mut first = Vec::new();
    for name in names {
        let forms = forms(&name);
        let sort: Vec<bool> = patterns
            .iter()
            .flat_map(|pattern| forms.iter().map(|form| super::kms::covers(pattern, form)))
            .collect();
        if !sorts.contains(&sort) && first.len() < MANY {
            sorts.push(sort);
            first.push(name);
        }
    }
    first
}

/// Paths in an organisation.
pub(super) fn paths(
    conditions: &[&Condition],
    organization: &str,
    known: &dyn Context,
) -> Vec<Option<Held>> {
    let mut paths = vec![format!("{organization}/r-zzzz/ou-zzzz-zzzzzzzz/")];
    for parts in patterns(conditions, known) {
        for fill in ["zzzz", "r-zzzz/ou-zzzz-zzzzzzzz", ""] {
            let text = filled(&parts, fill, "z");
            if let Some((_, rest)) = text.split_once('/') {
                paths.push(format!("{organization}/{rest}"));
                paths.push(format!("{organization}/{rest}/"));
                paths.push(format!("{organization}/r-zzzz/{rest}"));
                paths.push(format!("{organization}/r-zzzz/{rest}/"));
            }
        }
    }
    without_repetition(paths)
        .into_iter()
        .map(|path| Some(Held::Many(vec![path])))
        .collect()
}

/// `aws:userid` of users and sessions: the id in front of the colon is AWS's to give.
pub(super) fn user_ids(conditions: &[&Condition], known: &dyn Context) -> Vec<Option<Held>> {
    let mut ids: Vec<String> = [
        "AROAZZZZZZZZZZZZZZZZZ:someone",
        "AROAQ7K4M2X9W5T3B8N6D:q7x",
        "AIDAQ7K4M2X9W5T3B8N6D",
    ]
    .map(str::to_owned)
    .into();
    for parts in patterns(conditions, known) {
        let text = filled(&parts, "\u{0}", "\u{0}");
        let Some((id, _)) = text.split_once(':') else {
            // The pattern ends within the id, or its wildcard takes the colon in.
            ids.push(filled(&parts, "AIDAZZZZZZZZZZZZZZZZZ", "Z"));
            ids.push(filled(&parts, "AROAZZZZZZZZZZZZZZZZZ:someone", "Z"));
            continue;
        };
        if id.contains('\u{0}') {
            ids.push(filled(&parts, "AROAZZZZZZZZZZZZZZZZZ", "Z"));
        }
    }
    let named: Vec<&str> = spelled_out(conditions).collect();
    ids.retain(|id| !named.contains(&id.as_str()));
    ids.into_iter().map(one).collect()
}

/// Ids of VPCs and their endpoints that patterns leave room for.
pub(super) fn resource_ids(conditions: &[&Condition], known: &dyn Context) -> Vec<Option<Held>> {
    let mut ids: Vec<String> = [
        "vpc-0f9e8d7c6b5a43210",
        "vpce-0f9e8d7c6b5a43210",
        "vpc-7c5a3b1d9e8f60246",
        "vpce-7c5a3b1d9e8f60246",
    ]
    .map(str::to_owned)
    .into();
    for parts in patterns(conditions, known) {
        for fill in [
            "0f9e8d7c6b5a43210",
            "vpc-0f9e8d7c6b5a43210",
            "vpce-0f9e8d7c6b5a43210",
            "0",
        ] {
            ids.push(filled(&parts, fill, "0"));
        }
    }
    // Another key's value is the caller's own, where it is not the key's.
    let of_variables = conditions
        .iter()
        .flat_map(|c| c.values.iter())
        .filter(|v| v.text.contains("${") && !v.text.to_lowercase().contains("${aws:resource"))
        .map(|v| filled(&pieces(&v.text, known), "x", "x"));
    ids.extend(of_variables);
    let named: Vec<&str> = spelled_out(conditions).collect();
    ids.retain(|id| !named.contains(&id.as_str()));
    without_repetition(ids).into_iter().map(one).collect()
}

/// ARNs of another account that patterns leave room for: of persons, or of resources.
pub(super) fn arns(
    conditions: &[&Condition],
    account: &str,
    of_person: bool,
    known: &dyn Context,
) -> Vec<Option<Held>> {
    let mut arns = if of_person {
        ["role/other", "user/other", "role/q7x", "user/q7x"]
            .map(|name| format!("arn:aws:iam::{account}:{name}"))
            .to_vec()
    } else {
        vec![
            format!("arn:aws:sns:us-east-1:{account}:other"),
            "arn:aws:s3:::other".to_owned(),
        ]
    };
    let of_patterns = patterns(conditions, known)
        .iter()
        .flat_map(|parts| fillings(parts, account))
        .collect::<Vec<_>>();
    // `${aws:PrincipalTag/account}` and its like stand for whatever the caller chose.
    let of_variables = conditions
        .iter()
        .flat_map(|c| c.values.iter())
        .filter(|v| v.text.contains("${"))
        .map(|v| filled(&pieces(&v.text, known), "x", "x"));
    let named: Vec<&str> = spelled_out(conditions).collect();
    let foreign = |arn: &String| {
        if of_person {
            let own = arn.split(':').nth(4) == Some(account);
            own && matches!(
                kind_of(arn),
                NameKind::User | NameKind::Role | NameKind::Account(_)
            )
        } else {
            arn.starts_with("arn:")
        }
    };
    let of_variables = of_variables.filter(|arn| arn.split(':').nth(4) == Some(account));
    arns.extend(of_patterns.into_iter().chain(of_variables).filter(foreign));
    arns.retain(|arn| !named.contains(&arn.as_str()));
    without_repetition(arns).into_iter().map(one).collect()
}

/// A pattern of ARNs filled with another account, where it leaves room for one.
fn fillings(parts: &[Piece], account: &str) -> Vec<String> {
    // Marked, so that it shows which part of the ARN a wildcard stands in.
    let marked = filled(parts, "\u{1}", "\u{2}");
    let segments: Vec<&str> = marked.splitn(6, ':').collect();
    let open = |text: &str| text.contains(['\u{1}', '\u{2}']);
    let plain = |text: &str, any: &str| text.replace('\u{1}', any).replace('\u{2}', "9");
    let [arn, partition, service, region, owner, resource] = segments.as_slice() else {
        // A wildcard takes several parts in.
        let (before, after) = marked.split_once('\u{1}').unwrap_or((&marked, ""));
        // All that is fixed behind it may stand in a name of the stranger's choice.
        let named = (!after.contains(':')).then(|| plain(after, "x"));
        let after = after.rsplit('\u{1}').next().unwrap_or_default();
        let whole = [
            format!("arn:aws:iam::{account}:role/other"),
            format!("arn:aws:iam::{account}"),
            format!("arn:aws:iam::{account}:role/"),
            format!("arn:aws:sns:us-east-1:{account}:other"),
            "arn:aws:s3:::other".to_owned(),
        ];
        let fits = whole.into_iter().filter(|whole| whole.starts_with(before));
        return fits
            .flat_map(|whole| {
                let joined = format!("{whole}{}", plain(after, "x"));
                let named = named.as_ref().map(|named| format!("{whole}{named}"));
                [whole, joined].into_iter().chain(named)
            })
            .collect();
    };
    // Buckets have no account in their ARN: their name alone tells whose they are.
    let of_bucket = *service == "s3" && !resource.starts_with("accesspoint");
    let foreign = if of_bucket {
        open(resource.split('/').next().unwrap_or_default())
    } else if owner.is_empty() {
        open(resource)
    } else {
        open(owner)
    };
    if !foreign {
        return Vec::new();
    }
    ["x", "", "999999999999", "role/other"]
        .iter()
        .map(|any| {
            let owner = if of_bucket || owner.is_empty() {
                ""
            } else {
                account
            };
            let region = if of_bucket { "" } else { region };
            let resource = plain(resource, any);
            let (arn, partition) = (plain(arn, "arn"), plain(partition, "aws"));
            let service = plain(service, "sns");
            format!(
                "{arn}:{partition}:{service}:{}:{owner}:{resource}",
                plain(region, if service == "iam" { "" } else { "us-east-1" })
            )
        })
        .collect()
}

/// Whether a value tells an account or a resource, so that it says for whom a service acts.
pub(super) fn tells_whose(value: &Option<Held>) -> bool {
    let Some(Held::One(text)) = value else {
        return false;
    };
    let mut run = 0_u32;
    let twelve = text.bytes().any(|b| {
        run = if b.is_ascii_digit() { run + 1 } else { 0 };
        run >= 12
    });
    twelve || text.starts_with("arn:")
}

/// Texts of some length that a pattern stands for: its first `*` takes all the room there is.
fn of_length(parts: &[Piece], length: usize, fills: &[&str]) -> Vec<String> {
    let fixed = filled(parts, "", "9").chars().count();
    let Some(room) = length.checked_sub(fixed) else {
        return Vec::new();
    };
    fills
        .iter()
        .map(|fill| {
            let mut first = true;
            parts
                .iter()
                .map(|part| match part {
                    Piece::Text(text) => text.clone(),
                    Piece::One => (*fill).to_owned(),
                    Piece::Any if std::mem::take(&mut first) => fill.repeat(room),
                    Piece::Any => String::new(),
                })
                .collect()
        })
        .collect()
}

fn without_repetition(texts: Vec<String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}
