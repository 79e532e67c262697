//! The public keys of digests as `ListPublicKeys` answers them, kept in a file or asked for. It asks
//! nobody. Source: CloudTrail API reference, `ListPublicKeys`.

use super::signing::DigestPublicKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_types::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A list of keys that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PublicKeysError {
    /// It has another form than the answer of `ListPublicKeys`.
    #[error("this is no list of public keys: {0}")]
    Json(#[from] serde_json::Error),
    /// A key's bytes are not in base64.
    #[error("the public key {0} is not in base64")]
    NotBase64(String),
    /// A key's time cannot be read.
    #[error("the public key {0} has the time '{1}', which is none")]
    Time(String, String),
}

/// A public key and when it signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// What digests call it by.
    pub fingerprint: String,
    /// The key.
    pub key: DigestPublicKey,
    /// The beginning of its time.
    pub from: Timestamp,
    /// The end of its time.
    pub until: Timestamp,
}

/// Public keys by their fingerprints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicKeys(BTreeMap<String, Vec<PublicKey>>);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    public_key_list: Vec<Member>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Member {
    value: String,
    validity_start_time: Moment,
    validity_end_time: Moment,
    fingerprint: String,
}

/// The first version of the AWS CLI prints seconds, the second one ISO 8601.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Moment {
    Seconds(f64),
    Text(String),
}

impl Moment {
    fn read(&self) -> Option<Timestamp> {
        match self {
            #[expect(clippy::cast_possible_truncation, reason = "seconds of real moments")]
            Self::Seconds(seconds) => Some(Timestamp::from_millis((seconds * 1000.0) as i64)),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

impl PublicKeys {
    /// Reads what `aws cloudtrail list-public-keys` prints: `{"PublicKeyList":[…]}`.
    ///
    /// # Errors
    /// [`PublicKeysError`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, PublicKeysError> {
        let list: List = serde_json::from_slice(bytes)?;
        let mut keys = Self::default();
        for member in list.public_key_list {
            let fingerprint = member.fingerprint;
            let time = |moment: &Moment| match (moment.read(), moment) {
                (Some(time), _) => Ok(time),
                (None, Moment::Text(text)) => {
                    Err(PublicKeysError::Time(fingerprint.clone(), text.clone()))
                }
                (None, Moment::Seconds(n)) => {
                    Err(PublicKeysError::Time(fingerprint.clone(), n.to_string()))
                }
            };
            let (from, until) = (
                time(&member.validity_start_time)?,
                time(&member.validity_end_time)?,
            );
            let value = STANDARD.decode(&member.value);
            let value = value.map_err(|_| PublicKeysError::NotBase64(fingerprint.clone()))?;
            keys.add(PublicKey {
                fingerprint,
                key: DigestPublicKey(value),
                from,
                until,
            });
        }
        Ok(keys)
    }

    /// The same form again, to be kept: keys that signed years ago are needed as long as their
    /// digests are.
    ///
    /// # Errors
    /// None for a value of this type; the type is the encoder's.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let member = |key: &PublicKey| Member {
            value: STANDARD.encode(&key.key.0),
            validity_start_time: Moment::Text(key.from.iso()),
            validity_end_time: Moment::Text(key.until.iso()),
            fingerprint: key.fingerprint.clone(),
        };
        serde_json::to_vec_pretty(&List {
            public_key_list: self.0.values().flatten().map(member).collect(),
        })
    }

    /// Adds a key.
    pub fn add(&mut self, key: PublicKey) {
        let same = self.0.entry(key.fingerprint.clone()).or_default();
        if !same.contains(&key) {
            same.push(key);
        }
    }

    /// The keys of a fingerprint.
    #[must_use]
    pub fn named(&self, fingerprint: &str) -> &[PublicKey] {
        self.0.get(fingerprint).map_or(&[], Vec::as_slice)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_the_aws_cli_are_read() {
        for (from, until) in [
            ("1767603600.0", "1767607200"),
            ("\"2026-01-05T09:00:00+00:00\"", "\"2026-01-05T10:00:00Z\""),
        ] {
            let text = format!(
                r#"{{"PublicKeyList":[{{"Value":"AQI=","ValidityStartTime":{from},"ValidityEndTime":{until},"Fingerprint":"ab"}}]}}"#
            );
            let keys = PublicKeys::from_json(text.as_bytes()).unwrap();
            let expect = PublicKey {
                fingerprint: "ab".to_owned(),
                key: DigestPublicKey(vec![1, 2]),
                from: Timestamp::from_seconds(1_767_603_600),
                until: Timestamp::from_seconds(1_767_607_200),
            };
            assert_eq!(keys.named("ab"), &[expect]);
            assert_eq!(keys.len(), 1);
            assert!(keys.named("cd").is_empty());
            let again = PublicKeys::from_json(&keys.to_json().unwrap()).unwrap();
            assert_eq!(again, keys);
        }
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for (text, problem) in [
            ("[]", "no list"),
            ("{}", "no list"),
            (
                r#"{"PublicKeyList":[{"Value":"*","ValidityStartTime":0,"ValidityEndTime":1,"Fingerprint":"ab"}]}"#,
                "the public key ab is not in base64",
            ),
            (
                r#"{"PublicKeyList":[{"Value":"AQI=","ValidityStartTime":"soon","ValidityEndTime":1,"Fingerprint":"ab"}]}"#,
                "has the time 'soon'",
            ),
        ] {
            let error = PublicKeys::from_json(text.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(problem), "{error}");
        }
    }
}
