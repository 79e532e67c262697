//! What the settings of the archive mean together: a directory, a bucket, or nothing.

use super::Meaning;
use super::setting;
use crate::node::{ArchiveSettings, ArchiveTarget};
use claviger_delivery::{S3Place, Trail};
use claviger_types::RegionName;
use http::Uri;

/// What digests call a directory by, unless something else is said.
const BUCKET: &str = "claviger-audit-logs";

impl Meaning<'_> {
    /// Where records are delivered to; `None` inside for nowhere.
    pub(super) fn archive(&mut self) -> Option<Option<ArchiveSettings>> {
        let directory = self.path(setting::ARCHIVE_DIRECTORY);
        let bucket = self.fitting(setting::ARCHIVE_BUCKET, is_bucket)?;
        let region = self.fitting(setting::ARCHIVE_REGION, |text| {
            text.parse::<RegionName>().is_ok()
        })?;
        let endpoint = self.fitting(setting::ARCHIVE_ENDPOINT, is_endpoint)?;
        let prefix = self.fitting(setting::ARCHIVE_PREFIX, is_prefix)?;
        let name = self.fitting(setting::ARCHIVE_TRAIL, is_trail)?;
        let layout = match self.text(setting::ARCHIVE_LAYOUT)?.parse() {
            Ok(layout) => layout,
            Err(()) => return self.refuse(setting::ARCHIVE_LAYOUT),
        };
        let interval = self.duration(setting::ARCHIVE_INTERVAL)?;
        let retention_days = self.retention()?;
        let (target, bucket) = match (directory, bucket) {
            (Some(directory), bucket) => {
                for name in [setting::ARCHIVE_REGION, setting::ARCHIVE_ENDPOINT] {
                    self.needs_no_directory(name)?;
                }
                let bucket = bucket.unwrap_or_else(|| BUCKET.to_owned());
                (ArchiveTarget::Directory(directory), bucket)
            }
            (None, Some(bucket)) => {
                if retention_days.is_some() {
                    let name = setting::ARCHIVE_RETENTION;
                    let text = format!(
                        "{name} is for archive.directory; give the bucket a lifecycle rule"
                    );
                    self.report(name, text);
                    return None;
                }
                let place = S3Place {
                    bucket: bucket.clone(),
                    region,
                    endpoint,
                };
                (ArchiveTarget::S3(place), bucket)
            }
            (None, None) => return self.without_archive(),
        };
        Some(Some(ArchiveSettings {
            trail: Trail {
                name: name?,
                bucket,
                prefix,
                layout,
            },
            target,
            interval,
            retention_days,
        }))
    }

    /// Settings of an archive that is not there were meant for one.
    fn without_archive(&mut self) -> Option<Option<ArchiveSettings>> {
        for name in [
            setting::ARCHIVE_REGION,
            setting::ARCHIVE_ENDPOINT,
            setting::ARCHIVE_PREFIX,
            setting::ARCHIVE_TRAIL,
            setting::ARCHIVE_LAYOUT,
            setting::ARCHIVE_INTERVAL,
            setting::ARCHIVE_RETENTION,
        ] {
            if self.values.contains_key(name) {
                let text = format!(
                    "{name} needs {} or {} beside it",
                    setting::ARCHIVE_DIRECTORY,
                    setting::ARCHIVE_BUCKET
                );
                self.report(name, text);
                return None;
            }
        }
        Some(None)
    }

    fn needs_no_directory(&mut self, name: &'static str) -> Option<()> {
        if !self.values.contains_key(name) {
            return Some(());
        }
        let directory = setting::ARCHIVE_DIRECTORY;
        self.report(
            name,
            format!("{name} is for a bucket; leave it or {directory} out"),
        );
        None
    }

    /// The text of a setting, if it is set and fits.
    fn fitting(&mut self, name: &'static str, fits: fn(&str) -> bool) -> Option<Option<String>> {
        match self.text(name) {
            Some(text) if !fits(&text) => self.refuse(name),
            text => Some(text),
        }
    }

    /// `None` inside for ever.
    fn retention(&mut self) -> Option<Option<u32>> {
        let name = setting::ARCHIVE_RETENTION;
        let text = self.text(name)?;
        if text == "forever" {
            return Some(None);
        }
        let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
        match days.filter(|days| (1..=36_500).contains(days)) {
            Some(days) => Some(Some(days)),
            None => self.refuse(name),
        }
    }
}

/// S3 User Guide, "General purpose bucket naming rules".
fn is_bucket(text: &str) -> bool {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (3..=63).contains(&text.len())
        && text.bytes().all(|b| letter(b) || b == b'.' || b == b'-')
        && text.bytes().next().is_some_and(letter)
        && text.bytes().next_back().is_some_and(letter)
        && !text.contains("..")
}

fn is_endpoint(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()
}

/// CloudTrail API reference, `CreateTrail`, `S3KeyPrefix`: at most 200 characters; here those that
/// S3 calls safe in names.
fn is_prefix(text: &str) -> bool {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-_.!'()/".contains(&b);
    let part = |part: &str| !part.is_empty() && !part.starts_with('.');
    (1..=200).contains(&text.len()) && text.bytes().all(safe) && text.split('/').all(part)
}

/// CloudTrail API reference, `CreateTrail`, `Name`.
fn is_trail(text: &str) -> bool {
    let ends = |b: u8| b.is_ascii_alphanumeric();
    let sign = |b: u8| b"._-".contains(&b);
    let doubled = text
        .as_bytes()
        .windows(2)
        .any(|pair| pair.iter().all(|b| sign(*b)));
    (3..=128).contains(&text.len())
        && text.bytes().all(|b| ends(b) || sign(b))
        && text.bytes().next().is_some_and(ends)
        && text.bytes().next_back().is_some_and(ends)
        && !doubled
}
