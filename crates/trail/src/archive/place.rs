//! The names of objects in a trail's bucket. The same name always comes from the same parts, and a
//! name is taken apart only if it is put together from its parts again letter by letter.

use claviger_types::{AccountId, RegionName, Timestamp};

/// Where a trail delivers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailPlace {
    /// The bucket's name; of an archive in a directory the name that digests call it by.
    pub bucket: String,
    /// What comes before `AWSLogs`, without slashes at its ends.
    pub prefix: Option<String>,
    /// The organisation's id, for a trail of an organisation.
    pub organization: Option<String>,
    /// The trail's name.
    pub trail: String,
    /// The trail's home Region.
    pub home_region: RegionName,
}

/// The parts of a log file's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFileName {
    /// Whose records are in it.
    pub account: AccountId,
    /// The Region of the records.
    pub region: RegionName,
    /// When it was made, to the minute.
    pub time: Timestamp,
    /// 16 letters and digits that tell files of the same minute apart.
    pub unique: String,
}

/// The parts of a digest file's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestName {
    /// Whose log files it lists.
    pub account: AccountId,
    /// The Region of the log files.
    pub region: RegionName,
    /// The end of its hour, to the second.
    pub end: Timestamp,
}

/// What an object of a trail is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectName {
    /// A log file.
    LogFile(LogFileName),
    /// A digest file.
    Digest(DigestName),
}

pub(super) const LOGS: &str = "CloudTrail";
pub(super) const DIGESTS: &str = "CloudTrail-Digest";
const UNIQUE_LEN: usize = 16;

impl TrailPlace {
    /// The beginning of the names of all log files of an account.
    #[must_use]
    pub fn log_prefix(&self, account: AccountId) -> String {
        self.folder(account, LOGS)
    }

    /// The beginning of the names of all digest files of an account.
    #[must_use]
    pub fn digest_prefix(&self, account: AccountId) -> String {
        self.folder(account, DIGESTS)
    }

    fn folder(&self, account: AccountId, kind: &str) -> String {
        let mut folder = String::new();
        for part in self.prefix.iter().map(String::as_str).chain(["AWSLogs"]) {
            folder.push_str(part);
            folder.push('/');
        }
        if let Some(organization) = &self.organization {
            folder.push_str(organization);
            folder.push('/');
        }
        folder + account.as_str() + "/" + kind + "/"
    }

    /// The name of a log file:
    /// `[prefix/]AWSLogs/[o-…/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHMMZ_UNIQUE.json.gz`.
    #[must_use]
    pub fn log_file(&self, name: &LogFileName) -> String {
        let LogFileName {
            account,
            region,
            time,
            unique,
        } = name;
        format!(
            "{}{region}/{}/{account}_{LOGS}_{region}_{}_{unique}.json.gz",
            self.log_prefix(*account),
            time.format("%Y/%m/%d"),
            time.format("%Y%m%dT%H%MZ"),
        )
    }

    /// The name of a digest file:
    /// `[prefix/]AWSLogs/[o-…/]ACCOUNT/CloudTrail-Digest/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOMEREGION_YYYYMMDDTHHMMSSZ.json.gz`.
    #[must_use]
    pub fn digest(&self, name: &DigestName) -> String {
        let DigestName {
            account,
            region,
            end,
        } = name;
        format!(
            "{}{region}/{}/{account}_{DIGESTS}_{region}_{}_{}_{}.json.gz",
            self.digest_prefix(*account),
            end.format("%Y/%m/%d"),
            self.trail,
            self.home_region,
            end.format("%Y%m%dT%H%M%SZ"),
        )
    }

    /// The parts of an object's name; `None` for one that this trail never gives.
    #[must_use]
    pub fn parse(&self, key: &str) -> Option<ObjectName> {
        let name = key.rsplit('/').next()?.strip_suffix(".json.gz")?;
        let mut parts = name.split('_');
        let account: AccountId = parts.next()?.parse().ok()?;
        let kind = parts.next()?;
        let region: RegionName = parts.next()?.parse().ok()?;
        let found = match kind {
            LOGS => {
                let minute = parts.next()?.strip_suffix('Z')?;
                ObjectName::LogFile(LogFileName {
                    account,
                    region,
                    time: Timestamp::from_amz_date(&format!("{minute}00Z")).ok()?,
                    unique: parts.next().filter(|u| u.len() == UNIQUE_LEN)?.to_owned(),
                })
            }
            // The trail's name may hold underscores: the moment is the last part.
            DIGESTS => ObjectName::Digest(DigestName {
                account,
                region,
                end: Timestamp::from_amz_date(name.rsplit('_').next()?).ok()?,
            }),
            _ => return None,
        };
        let again = match &found {
            ObjectName::LogFile(name) => self.log_file(name),
            ObjectName::Digest(name) => self.digest(name),
        };
        (again == key).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(prefix: Option<&str>, organization: Option<&str>) -> TrailPlace {
        TrailPlace {
            bucket: "logs".to_owned(),
            prefix: prefix.map(str::to_owned),
            organization: organization.map(str::to_owned),
            trail: "my_trail".to_owned(),
            home_region: "us-east-1".parse().unwrap(),
        }
    }

    fn moment() -> Timestamp {
        Timestamp::from_amz_date("20260105T110000Z").unwrap()
    }

    fn log_file() -> LogFileName {
        LogFileName {
            account: "111122223333".parse().unwrap(),
            region: "us-west-2".parse().unwrap(),
            time: moment(),
            unique: "Abc123XYZ0000009".to_owned(),
        }
    }

    fn digest() -> DigestName {
        DigestName {
            account: "111122223333".parse().unwrap(),
            region: "us-west-2".parse().unwrap(),
            end: moment(),
        }
    }

    #[test]
    fn names_are_those_of_the_user_guide() {
        let plain = place(None, None);
        assert_eq!(
            plain.log_file(&log_file()),
            "AWSLogs/111122223333/CloudTrail/us-west-2/2026/01/05/\
             111122223333_CloudTrail_us-west-2_20260105T1100Z_Abc123XYZ0000009.json.gz"
        );
        let organization = place(Some("a/b"), Some("o-a1b2c3d4e5"));
        assert_eq!(
            organization.digest(&digest()),
            "a/b/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail-Digest/us-west-2/2026/01/05/\
             111122223333_CloudTrail-Digest_us-west-2_my_trail_us-east-1_20260105T110000Z.json.gz"
        );
    }

    #[test]
    fn names_come_apart_and_others_do_not() {
        for place in [place(None, None), place(Some("p"), Some("o-a1b2c3d4e5"))] {
            let (file, summary) = (place.log_file(&log_file()), place.digest(&digest()));
            assert_eq!(place.parse(&file), Some(ObjectName::LogFile(log_file())));
            assert_eq!(place.parse(&summary), Some(ObjectName::Digest(digest())));
            for other in [
                file.replace("us-west-2/2026", "us-east-2/2026"),
                file.replace("T1100Z", "T1160Z"),
                file.replace(".gz", ""),
                file.replace("Abc123", "Abc12"),
                summary.replace("my_trail", "other"),
                summary.replace("us-east-1", "eu-west-1"),
                format!("x{summary}"),
                String::new(),
            ] {
                assert_eq!(place.parse(&other), None, "{other}");
            }
        }
    }
}
