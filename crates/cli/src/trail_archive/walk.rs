//! The way through an archive's folders: which lead to what is wanted, and what of it is there.

use super::{Level, Listed, Objects, each};
use crate::exit::Failure;
use claviger_trail::archive::FoundName;
use claviger_types::{AccountId, RegionName, Timestamp};

const ROOT: &str = "AWSLogs";
const LOGS: &str = "CloudTrail";
const DIGESTS: &str = "CloudTrail-Digest";
/// Folders above `AWSLogs` that are looked into: a prefix has few.
const PREFIX_DEPTH: usize = 8;

/// What of an archive is wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Digest files too, or log files only.
    pub(crate) digests: bool,
    /// Not before the day of this moment.
    pub(crate) from: Option<Timestamp>,
    /// Not after the day of this moment.
    pub(crate) until: Option<Timestamp>,
    /// Of these accounts; of all if there is none.
    pub(crate) accounts: Vec<AccountId>,
    /// Of these Regions; of all if there is none.
    pub(crate) regions: Vec<RegionName>,
}

/// Lists all objects that are wanted, in the order of their names, each with the parts of its name.
pub(crate) fn walk(
    objects: &dyn Objects,
    root: &str,
    wanted: &Wanted,
) -> Result<Vec<(Listed, FoundName)>, Failure> {
    let mut frontier = vec![root.to_owned()];
    let mut found = Vec::new();
    while !frontier.is_empty() {
        let mut next = Vec::new();
        let mut failed = None;
        let list = |folder: &String| objects.level(folder);
        each(&frontier, objects.width(), list, |_, level| match level {
            Ok(Level {
                folders,
                objects: listed,
            }) => {
                next.extend(folders.into_iter().filter(|folder| wanted.leads_to(folder)));
                found.extend(listed.into_iter().filter_map(|l| wanted.take(l)));
                true
            }
            Err(failure) => {
                failed = Some(failure);
                false
            }
        });
        if let Some(failure) = failed {
            return Err(failure);
        }
        frontier = next;
    }
    found.sort_by(|(a, _), (b, _)| a.object.cmp(&b.object));
    Ok(found)
}

impl Wanted {
    fn take(&self, listed: Listed) -> Option<(Listed, FoundName)> {
        let name = FoundName::parse(&listed.object)?;
        let time = name.time();
        let in_time = self.from.is_none_or(|from| from <= time)
            && self.until.is_none_or(|until| time <= until);
        in_time.then_some((listed, name))
    }

    /// Whether what is wanted may lie in a folder, named with a slash at the end.
    fn leads_to(&self, folder: &str) -> bool {
        let parts: Vec<&str> = folder.trim_end_matches('/').split('/').collect();
        let Some(at) = parts.iter().rposition(|part| *part == ROOT) else {
            return parts.len() <= PREFIX_DEPTH;
        };
        let mut below = parts.get(at + 1..).unwrap_or_default().iter().copied();
        let account = match below.next() {
            Some(organization) if organization.starts_with("o-") => below.next(),
            account => account,
        };
        let kind = |kind: &str| kind == LOGS || (self.digests && kind == DIGESTS);
        account.is_none_or(|account| among(&self.accounts, account))
            && below.next().is_none_or(kind)
            && below
                .next()
                .is_none_or(|region| among(&self.regions, region))
            && self.day_fits(&below.collect::<Vec<_>>())
    }

    /// Whether a year, a month of it or a day of that overlaps the time that is wanted.
    fn day_fits(&self, parts: &[&str]) -> bool {
        let day = parts.join("/");
        let same = |moment: Timestamp| {
            let mut text = moment.format("%Y/%m/%d");
            text.truncate(day.len());
            text
        };
        self.from.is_none_or(|from| same(from) <= day)
            && self.until.is_none_or(|until| day <= same(until))
    }
}

/// Whether a folder's name is one of those wanted; one that is none of its kind never is.
fn among<T: std::str::FromStr + PartialEq>(wanted: &[T], name: &str) -> bool {
    name.parse()
        .is_ok_and(|name| wanted.is_empty() || wanted.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_that_lead_to_it_are_looked_into() {
        let wanted = Wanted {
            digests: false,
            from: Some("2026-01-31T23:00:00Z".parse().unwrap()),
            until: Some("2026-02-02T00:00:00Z".parse().unwrap()),
            accounts: vec!["111122223333".parse().unwrap()],
            regions: vec!["us-east-1".parse().unwrap()],
        };
        for (folder, expect) in [
            ("prefix/", true),
            ("a/b/c/d/e/f/g/h/i/", false),
            ("AWSLogs/", true),
            ("AWSLogs/o-a1b2c3d4e5/", true),
            ("AWSLogs/o-a1b2c3d4e5/111122223333/", true),
            ("AWSLogs/222233334444/", false),
            ("AWSLogs/readme/", false),
            ("AWSLogs/111122223333/CloudTrail/", true),
            ("AWSLogs/111122223333/CloudTrail-Digest/", false),
            ("AWSLogs/111122223333/Config/", false),
            ("p/AWSLogs/111122223333/CloudTrail/us-east-1/", true),
            ("AWSLogs/111122223333/CloudTrail/eu-west-1/", false),
            ("AWSLogs/111122223333/CloudTrail/us-east-1/2026/", true),
            ("AWSLogs/111122223333/CloudTrail/us-east-1/2025/", false),
            ("AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/", true),
            ("AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/", false),
            (
                "AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/30/",
                false,
            ),
            (
                "AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/31/",
                true,
            ),
            (
                "AWSLogs/111122223333/CloudTrail/us-east-1/2026/02/02/",
                true,
            ),
            (
                "AWSLogs/111122223333/CloudTrail/us-east-1/2026/02/03/",
                false,
            ),
        ] {
            assert_eq!(wanted.leads_to(folder), expect, "{folder}");
        }
        assert!(!Wanted::default().leads_to("AWSLogs/1/"));
        assert!(Wanted::default().leads_to("AWSLogs/111122223333/CloudTrail/eu-west-1/1999/"));
    }
}
