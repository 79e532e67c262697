//! The names of KMS: key ids and ARNs, alias names and ARNs, grant ids, key material ids.

use crate::{AccountId, Arn, Entropy, InvalidName, RegionName};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

macro_rules! text_name {
    ($name:ident) => {
        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = InvalidName;
            fn try_from(s: String) -> Result<Self, InvalidName> {
                s.parse()
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), &self.0)
            }
        }
    };
}

fn is_lower_hex(s: &str) -> bool {
    s.bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// A key id: a lower-case UUID, or `mrk-` and 32 hex digits for a multi-Region key.
/// Source: KMS Developer Guide, "Key identifiers", and "Multi-Region keys".
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(Arc<str>);
text_name!(KeyId);

impl KeyId {
    /// A new id, in multi-Region form if asked.
    #[must_use]
    pub fn generate(multi_region: bool, entropy: &mut dyn Entropy) -> Self {
        if multi_region {
            let mut bytes = [0_u8; 16];
            entropy.fill(&mut bytes);
            Self(format!("mrk-{}", base16ct::lower::encode_string(&bytes)).into())
        } else {
            Self(crate::uuid_v4(entropy).into())
        }
    }

    /// The id before all others in order; where a listing starts.
    #[must_use]
    pub fn lowest() -> Self {
        Self("00000000-0000-0000-0000-000000000000".into())
    }

    /// Whether the id has the form of a multi-Region key's.
    #[must_use]
    pub fn is_multi_region(&self) -> bool {
        self.0.starts_with("mrk-")
    }
}

impl FromStr for KeyId {
    type Err = InvalidName;
    fn from_str(s: &str) -> Result<Self, InvalidName> {
        let mrk = s
            .strip_prefix("mrk-")
            .is_some_and(|rest| rest.len() == 32 && is_lower_hex(rest));
        let lengths: Vec<usize> = s.split('-').map(str::len).collect();
        let uuid = lengths == [8, 4, 4, 4, 12] && s.split('-').all(is_lower_hex);
        if mrk || uuid {
            Ok(Self(s.into()))
        } else {
            Err(InvalidName::new(
                "a key id (a UUID, or mrk- and 32 hex digits)",
                s,
            ))
        }
    }
}

/// The ARN of a KMS key: `arn:aws:kms:<region>:<account>:key/<key id>`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyArn {
    text: Arc<str>,
    region: RegionName,
    account: AccountId,
    key_id: KeyId,
}

impl KeyArn {
    /// The ARN of `key_id` in an account and Region, in the `aws` partition.
    #[must_use]
    pub fn new(region: &RegionName, account: AccountId, key_id: &KeyId) -> Self {
        Self {
            text: format!("arn:aws:kms:{region}:{account}:key/{key_id}").into(),
            region: region.clone(),
            account,
            key_id: key_id.clone(),
        }
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The Region the key lives in.
    #[must_use]
    pub fn region(&self) -> &RegionName {
        &self.region
    }

    /// The account that owns the key.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The key id.
    #[must_use]
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }
}

impl FromStr for KeyArn {
    type Err = InvalidName;
    fn from_str(s: &str) -> Result<Self, InvalidName> {
        let refuse = || InvalidName::new("a key ARN (arn:aws:kms:REGION:ACCOUNT:key/KEY-ID)", s);
        let arn: Arn = s.parse().map_err(|_| refuse())?;
        let key_id = arn.resource().strip_prefix("key/").ok_or_else(refuse)?;
        let built = Self::new(
            &arn.region().parse().map_err(|_| refuse())?,
            arn.account_id().ok_or_else(refuse)?,
            &key_id.parse().map_err(|_| refuse())?,
        );
        // Accept only what prints back the same: another partition or service is refused here.
        if built.as_str() == s {
            Ok(built)
        } else {
            Err(refuse())
        }
    }
}

impl TryFrom<String> for KeyArn {
    type Error = InvalidName;
    fn try_from(s: String) -> Result<Self, InvalidName> {
        s.parse()
    }
}

impl From<KeyArn> for String {
    fn from(arn: KeyArn) -> Self {
        arn.as_str().to_owned()
    }
}

impl fmt::Display for KeyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for KeyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyArn({self})")
    }
}

/// An alias name with its prefix: `alias/…`, 256 characters at most of `a-zA-Z0-9:/_-`.
/// Source: KMS model `AliasNameType`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AliasName(Arc<str>);
text_name!(AliasName);

impl AliasName {
    /// A name before all others in order; where a listing starts. No alias can have it.
    #[must_use]
    pub fn lowest() -> Self {
        Self("alias/".into())
    }

    /// Whether the name is reserved for AWS managed keys (`alias/aws/…`).
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with("alias/aws/")
    }
}

impl FromStr for AliasName {
    type Err = InvalidName;
    fn from_str(s: &str) -> Result<Self, InvalidName> {
        let fits = s.len() <= 256
            && s.strip_prefix("alias/").is_some_and(|rest| {
                !rest.is_empty()
                    && rest
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b":/_-".contains(&b))
            });
        if fits {
            Ok(Self(s.into()))
        } else {
            Err(InvalidName::new("an alias name (alias/NAME)", s))
        }
    }
}

/// The ARN of an alias: `arn:aws:kms:<region>:<account>:alias/<name>`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AliasArn {
    region: RegionName,
    account: AccountId,
    name: AliasName,
}

impl AliasArn {
    /// The ARN of `name` in an account and Region, in the `aws` partition.
    #[must_use]
    pub fn new(region: &RegionName, account: AccountId, name: &AliasName) -> Self {
        Self {
            region: region.clone(),
            account,
            name: name.clone(),
        }
    }

    /// The Region the alias lives in.
    #[must_use]
    pub fn region(&self) -> &RegionName {
        &self.region
    }

    /// The account that owns the alias.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The alias name, prefix included.
    #[must_use]
    pub fn name(&self) -> &AliasName {
        &self.name
    }
}

impl FromStr for AliasArn {
    type Err = InvalidName;
    fn from_str(s: &str) -> Result<Self, InvalidName> {
        let refuse = || InvalidName::new("an alias ARN (arn:aws:kms:REGION:ACCOUNT:alias/NAME)", s);
        let arn: Arn = s.parse().map_err(|_| refuse())?;
        let built = Self::new(
            &arn.region().parse().map_err(|_| refuse())?,
            arn.account_id().ok_or_else(refuse)?,
            &arn.resource().parse().map_err(|_| refuse())?,
        );
        if built.to_string() == s {
            Ok(built)
        } else {
            Err(refuse())
        }
    }
}

impl fmt::Display for AliasArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "arn:aws:kms:{}:{}:{}",
            self.region, self.account, self.name
        )
    }
}

impl fmt::Debug for AliasArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AliasArn({self})")
    }
}

/// A grant id: 64 lower-case hex digits, as in AWS's samples.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GrantId(Arc<str>);
text_name!(GrantId);

/// The id of one key material: 64 lower-case hex digits. Source: KMS model `BackingKeyIdType`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MaterialId(Arc<str>);
text_name!(MaterialId);

macro_rules! hex64 {
    ($name:ident, $expected:literal) => {
        impl $name {
            /// A new random id.
            #[must_use]
            pub fn generate(entropy: &mut dyn Entropy) -> Self {
                let mut bytes = [0_u8; 32];
                entropy.fill(&mut bytes);
                Self::from_bytes(&bytes)
            }

            /// The id that these 32 bytes spell.
            #[must_use]
            pub fn from_bytes(bytes: &[u8; 32]) -> Self {
                Self(base16ct::lower::encode_string(bytes).into())
            }

            /// The 32 bytes the id spells.
            #[must_use]
            pub fn to_bytes(&self) -> [u8; 32] {
                let mut out = [0_u8; 32];
                // The constructor admits 64 such digits only.
                let _ = base16ct::lower::decode(self.0.as_bytes(), &mut out);
                out
            }
        }
        impl FromStr for $name {
            type Err = InvalidName;
            fn from_str(s: &str) -> Result<Self, InvalidName> {
                if s.len() == 64 && is_lower_hex(s) {
                    Ok(Self(s.into()))
                } else {
                    Err(InvalidName::new($expected, s))
                }
            }
        }
    };
}
hex64!(GrantId, "a grant id (64 hex digits)");
hex64!(MaterialId, "a key material id (64 hex digits)");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededEntropy;

    fn check<T: FromStr + ToString>(text: &str, good: bool) {
        let parsed = text.parse::<T>().ok().map(|t| t.to_string());
        assert_eq!(parsed.as_deref(), good.then_some(text), "{text}");
    }

    #[test]
    fn names() {
        check::<KeyId>("1234abcd-12ab-34cd-56ef-1234567890ab", true);
        check::<KeyId>("mrk-1234abcd12ab34cd56ef1234567890ab", true);
        check::<KeyId>("mrk-1234abcd-12ab-34cd-56ef-1234567890ab", false);
        check::<KeyId>("1234abcd12ab34cd56ef1234567890ab", false);
        check::<KeyId>("1234ABCD-12ab-34cd-56ef-1234567890ab", false);
        check::<KeyArn>(
            "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            true,
        );
        check::<KeyArn>(
            "arn:aws-cn:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            false,
        );
        check::<KeyArn>("arn:aws:kms:us-east-1:111122223333:alias/x", false);
        check::<AliasName>("alias/a:b/c_d-e", true);
        check::<AliasName>("alias/", false);
        check::<AliasName>("alias/ü", false);
        check::<AliasName>("ExampleAlias", false);
        check::<AliasArn>("arn:aws:kms:us-east-1:111122223333:alias/x", true);
        check::<AliasArn>("arn:aws:kms:us-east-1:1111:alias/x", false);
        check::<GrantId>(&"0a".repeat(32), true);
        check::<GrantId>(&"0A".repeat(32), false);
    }

    #[test]
    fn generated_names_parse_back() {
        let mut e = SeededEntropy::new([7; 32]);
        for multi_region in [false, true] {
            let id = KeyId::generate(multi_region, &mut e);
            assert_eq!(id.as_str().parse::<KeyId>().unwrap(), id);
            assert_eq!(id.is_multi_region(), multi_region);
        }
        let m = MaterialId::generate(&mut e);
        assert_eq!(MaterialId::from_bytes(&m.to_bytes()), m);
    }
}
