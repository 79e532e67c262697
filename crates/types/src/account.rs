//! Account ids, Region names and the unique ids of principals.

use crate::InvalidName;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// An AWS account id: exactly twelve decimal digits, leading zeros kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId([u8; 12]);

impl AccountId {
    /// The twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The constructor admits ASCII digits only, so this never falls back.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The ARN of the account's root: `arn:aws:iam::<id>:root`.
    #[must_use]
    pub fn root_arn(&self) -> String {
        format!("arn:aws:iam::{self}:root")
    }
}

impl FromStr for AccountId {
    type Err = InvalidName;
    fn from_str(s: &str) -> Result<Self, InvalidName> {
        let bytes: [u8; 12] = s
            .as_bytes()
            .try_into()
            .map_err(|_| InvalidName::new("a 12-digit account id", s))?;
        if bytes.iter().all(u8::is_ascii_digit) {
            Ok(Self(bytes))
        } else {
            Err(InvalidName::new("a 12-digit account id", s))
        }
    }
}

impl TryFrom<String> for AccountId {
    type Error = InvalidName;
    fn try_from(s: String) -> Result<Self, InvalidName> {
        s.parse()
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId({self})")
    }
}

/// The name of an AWS Region, such as `us-east-1`. Form after the KMS model's `RegionType`:
/// two or three groups of lower-case letters, then digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionName(Arc<str>);

impl RegionName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RegionName {
    type Err = InvalidName;
    fn from_str(s: &str) -> Result<Self, InvalidName> {
        let refuse = || InvalidName::new("a Region name such as us-east-1", s);
        if s.len() > 32 {
            return Err(refuse());
        }
        let mut parts: Vec<&str> = s.split('-').collect();
        let number = parts.pop().ok_or_else(refuse)?;
        let words_fit = (2..=3).contains(&parts.len())
            && parts
                .iter()
                .all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase()));
        let number_fits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        if words_fit && number_fits {
            Ok(Self(s.into()))
        } else {
            Err(refuse())
        }
    }
}

impl TryFrom<String> for RegionName {
    type Error = InvalidName;
    fn try_from(s: String) -> Result<Self, InvalidName> {
        s.parse()
    }
}

impl From<RegionName> for String {
    fn from(name: RegionName) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for RegionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RegionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegionName({self})")
    }
}

/// The unique id of an IAM entity (`AIDA…` user, `AROA…` role, `AKIA…`/`ASIA…` access key): four
/// letters of prefix, then upper-case letters and digits. It dies with the entity and is never
/// given again, which is why policies resolve principals to it. Source: IAM User Guide,
/// "IAM identifiers", unique identifiers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UniqueId(Arc<str>);

impl UniqueId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A new id with a four-letter `prefix`: 21 characters of base 32 for an entity, 20 for an
    /// access key, as AWS's ids have (`AIDACKCEVSQ6C2EXAMPLE`, `AKIAIOSFODNN7EXAMPLE`).
    #[must_use]
    pub fn generate(prefix: &'static str, entropy: &mut dyn crate::Entropy) -> Self {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let length = if matches!(prefix, "AKIA" | "ASIA") {
            16
        } else {
            17
        };
        let mut random = [0_u8; 17];
        entropy.fill(&mut random);
        let mut id = String::with_capacity(21);
        id.push_str(prefix);
        for b in random.into_iter().take(length) {
            id.push(char::from(
                ALPHABET.get(usize::from(b & 31)).copied().unwrap_or(b'A'),
            ));
        }
        Self(id.into())
    }
}

impl FromStr for UniqueId {
    type Err = InvalidName;
    fn from_str(s: &str) -> Result<Self, InvalidName> {
        let fits = (16..=128).contains(&s.len())
            && s.bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if fits {
            Ok(Self(s.into()))
        } else {
            Err(InvalidName::new("a unique id such as AIDA…", s))
        }
    }
}

impl TryFrom<String> for UniqueId {
    type Error = InvalidName;
    fn try_from(s: String) -> Result<Self, InvalidName> {
        s.parse()
    }
}

impl From<UniqueId> for String {
    fn from(id: UniqueId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UniqueId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts() {
        for (text, good) in [
            ("111122223333", true),
            ("000000000001", true),
            ("11112222333", false),
            ("1111222233334", false),
            ("11112222333a", false),
            ("", false),
        ] {
            let parsed = text.parse::<AccountId>();
            assert_eq!(parsed.is_ok(), good, "{text}");
            if let Ok(id) = parsed {
                assert_eq!(id.to_string(), text);
            }
        }
    }

    #[test]
    fn regions() {
        for (text, good) in [
            ("us-east-1", true),
            ("us-gov-west-1", true),
            ("eu-west-10", true),
            ("us-east", false),
            ("US-EAST-1", false),
            ("us-east-", false),
            ("a-b-c-d-1", false),
            ("", false),
            ("us--1", false),
        ] {
            assert_eq!(text.parse::<RegionName>().is_ok(), good, "{text}");
        }
    }
}
