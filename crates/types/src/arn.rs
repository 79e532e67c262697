//! Amazon Resource Names: six parts divided by colons, the last of which takes the rest.

use crate::{AccountId, InvalidName};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// An ARN, kept as the text it came in with the places of its parts, so that it always prints
/// back the same. Form: `arn:partition:service:region:account:resource`; Region and account may
/// be empty. Source: AWS General Reference, "Amazon Resource Names".
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arn(Arc<str>);

impl Arn {
    /// Builds an ARN in the `aws` partition from its parts.
    ///
    /// # Errors
    /// When a part other than `resource` contains a colon or the whole is no valid ARN.
    pub fn new(
        service: &str,
        region: &str,
        account: &str,
        resource: &str,
    ) -> Result<Self, InvalidName> {
        format!("arn:aws:{service}:{region}:{account}:{resource}").parse()
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }

    /// The partition, `aws` in most places.
    #[must_use]
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// The service, such as `kms`.
    #[must_use]
    pub fn service(&self) -> &str {
        self.part(2)
    }

    /// The Region as text; empty for global services.
    #[must_use]
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// The account as text; empty or `aws` for some resources.
    #[must_use]
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// The account, if the part is an account id.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        self.account().parse().ok()
    }

    /// Everything after the fifth colon.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.part(5)
    }
}

impl FromStr for Arn {
    type Err = InvalidName;
    fn from_str(s: &str) -> Result<Self, InvalidName> {
        let refuse =
            || InvalidName::new("an ARN (arn:partition:service:region:account:resource)", s);
        if s.len() > 2048 || s.chars().any(|c| c.is_control()) {
            return Err(refuse());
        }
        let parts: Vec<&str> = s.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", partition, service, _, _, resource]
                if !partition.is_empty() && !service.is_empty() && !resource.is_empty() =>
            {
                Ok(Self(s.into()))
            }
            _ => Err(refuse()),
        }
    }
}

impl TryFrom<String> for Arn {
    type Error = InvalidName;
    fn try_from(s: String) -> Result<Self, InvalidName> {
        s.parse()
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> Self {
        arn.as_str().to_owned()
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arn({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let arn: Arn = "arn:aws:sts::111122223333:assumed-role/Admin/a:b"
            .parse()
            .unwrap();
        assert_eq!(
            (arn.partition(), arn.service(), arn.region()),
            ("aws", "sts", "")
        );
        assert_eq!(arn.account_id().unwrap().as_str(), "111122223333");
        assert_eq!(arn.resource(), "assumed-role/Admin/a:b");
    }

    #[test]
    fn refusals() {
        for text in [
            "",
            "arn",
            "arn:aws:kms",
            "arn:aws:kms:::",
            "arn::kms:::x",
            "arn:aws::::x",
            "ARN:aws:kms:::x",
            "arn:aws:kms:::x\n",
        ] {
            assert!(text.parse::<Arn>().is_err(), "{text:?}");
        }
    }
}
