//! What the name of an object says by itself, to a reader who knows no trail beforehand: whose logs,
//! which trail, which moment. It takes a name only if it is put together from its parts again letter
//! by letter. Source: CloudTrail User Guide, "Finding your CloudTrail log files", "CloudTrail digest
//! file structure".

use super::place::{DIGESTS, DigestName, LOGS, LogFileName, ObjectName, TrailPlace};
use claviger_types::{AccountId, RegionName, Timestamp};
use serde::Serialize;

const ROOT: &str = "AWSLogs/";
const END: &str = ".json.gz";
/// What ends the name of a digest of log files that CloudTrail delivered late.
const BACKFILL: &str = "_backfill";

/// Whose logs an object belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Holder {
    /// What comes before `AWSLogs`, without slashes at its ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The organisation's id, for a trail of an organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: RegionName,
}

/// One chain of digests: those of one trail for one account and Region. Digests of late deliveries
/// are a chain of their own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ChainName {
    /// Whose logs.
    #[serde(flatten)]
    pub holder: Holder,
    /// The trail's name.
    pub trail: String,
    /// The trail's home Region.
    #[serde(rename = "homeRegion")]
    pub home_region: RegionName,
    /// Whether it is of late deliveries.
    pub backfill: bool,
}

/// The parts of an object's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundName {
    /// A log file.
    LogFile {
        /// Whose.
        holder: Holder,
        /// When it was made, to the minute: no record in it is younger.
        time: Timestamp,
    },
    /// A digest file.
    Digest {
        /// Its chain.
        chain: ChainName,
        /// The end of its hour.
        end: Timestamp,
    },
}

impl FoundName {
    /// The parts of a name; `None` for what is neither a log file nor a digest file.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        let at = key.rfind(ROOT)?;
        let prefix = match key.get(..at)? {
            "" => None,
            before => Some(before.strip_suffix('/')?.to_owned()),
        };
        let mut folders = key.get(at + ROOT.len()..)?.split('/');
        let first = folders.next()?;
        let organization = first.starts_with("o-").then(|| first.to_owned());
        let account = match organization {
            Some(_) => folders.next()?,
            None => first,
        };
        let kind = folders.next()?;
        let holder = Holder {
            prefix,
            organization,
            account: account.parse().ok()?,
            region: folders.next()?.parse().ok()?,
        };
        let name = key.rsplit('/').next()?.strip_suffix(END)?;
        match kind {
            LOGS => log_file(key, holder),
            DIGESTS => digest(key, name, holder),
            _ => None,
        }
    }

    /// Its moment: when a log file was made, the end of a digest's hour.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        match self {
            Self::LogFile { time, .. } => *time,
            Self::Digest { end, .. } => *end,
        }
    }
}

fn log_file(key: &str, holder: Holder) -> Option<FoundName> {
    // The name of a log file does not say which trail it is of.
    let place = place(&holder, String::new(), holder.region.clone());
    match place.parse(key)? {
        ObjectName::LogFile(LogFileName { time, .. }) => Some(FoundName::LogFile { holder, time }),
        ObjectName::Digest(_) => None,
    }
}

fn digest(key: &str, name: &str, holder: Holder) -> Option<FoundName> {
    let (name, backfill) = match name.strip_suffix(BACKFILL) {
        Some(name) => (name, true),
        None => (name, false),
    };
    // The trail's name may hold underscores: all else has a fixed number of them.
    let mut behind = name.rsplitn(3, '_');
    let (stamp, home) = (behind.next()?, behind.next()?);
    let trail = behind.next()?.splitn(4, '_').nth(3)?;
    let home_region: RegionName = home.parse().ok()?;
    let end = Timestamp::from_amz_date(stamp).ok()?;
    let again = place(&holder, trail.to_owned(), home_region.clone()).digest(&DigestName {
        account: holder.account,
        region: holder.region.clone(),
        end,
    });
    let again = match (backfill, again.strip_suffix(END)) {
        (true, Some(again)) => format!("{again}{BACKFILL}{END}"),
        _ => again,
    };
    (again == key).then(|| FoundName::Digest {
        chain: ChainName {
            holder,
            trail: trail.to_owned(),
            home_region,
            backfill,
        },
        end,
    })
}

fn place(holder: &Holder, trail: String, home_region: RegionName) -> TrailPlace {
    TrailPlace {
        bucket: String::new(),
        prefix: holder.prefix.clone(),
        organization: holder.organization.clone(),
        trail,
        home_region,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "AWSLogs/111122223333/CloudTrail-Digest/us-west-2/2026/01/05/\
         111122223333_CloudTrail-Digest_us-west-2_my_trail_us-east-1_20260105T110000Z.json.gz";
    const FILE: &str = "AWSLogs/111122223333/CloudTrail/us-west-2/2026/01/05/\
         111122223333_CloudTrail_us-west-2_20260105T1105Z_Abc123XYZ0000009.json.gz";

    #[test]
    fn names_say_whose_they_are() {
        for (prefix, organization) in [
            (None, None),
            (Some("a/b"), None),
            (Some("AWSLogs/x"), Some("o-a1b2c3d4e5")),
        ] {
            let begin = prefix.map_or_else(String::new, |p| format!("{p}/"));
            let within = organization.map_or_else(String::new, |o| format!("{o}/"));
            let full =
                |name: &str| format!("{begin}{}", name.replace(ROOT, &format!("{ROOT}{within}")));
            let holder = Holder {
                prefix: prefix.map(str::to_owned),
                organization: organization.map(str::to_owned),
                account: "111122223333".parse().unwrap(),
                region: "us-west-2".parse().unwrap(),
            };
            let file = FoundName::LogFile {
                holder: holder.clone(),
                time: "2026-01-05T11:05:00Z".parse().unwrap(),
            };
            assert_eq!(FoundName::parse(&full(FILE)), Some(file));
            for backfill in [false, true] {
                let name = if backfill {
                    DIGEST.replace(END, "_backfill.json.gz")
                } else {
                    DIGEST.to_owned()
                };
                let digest = FoundName::Digest {
                    chain: ChainName {
                        holder: holder.clone(),
                        trail: "my_trail".to_owned(),
                        home_region: "us-east-1".parse().unwrap(),
                        backfill,
                    },
                    end: "2026-01-05T11:00:00Z".parse().unwrap(),
                };
                assert_eq!(FoundName::parse(&full(&name)), Some(digest));
            }
        }
    }

    #[test]
    fn other_names_say_nothing() {
        for other in [
            "",
            "AWSLogs/",
            "readme.txt",
            &format!("x{DIGEST}"),
            &DIGEST.replace("us-west-2/2026", "us-east-2/2026"),
            &DIGEST.replace("2026/01/05", "2026/01/06"),
            &DIGEST.replace("CloudTrail-Digest/", "CloudTrail/"),
            &DIGEST.replace(".gz", ""),
            &DIGEST.replace("T110000Z", "T1100Z"),
            &FILE.replace("Abc123", "Abc12"),
            &FILE.replace("/111122223333/", "/222233334444/"),
            &FILE.replace("CloudTrail/", "CloudTrail-Insight/"),
            &format!("{DIGEST}.metadata.json"),
        ] {
            assert_eq!(FoundName::parse(other), None, "{other}");
        }
    }
}
