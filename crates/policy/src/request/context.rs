//! Condition keys of a request: the name a policy asks for, and the values it finds.

use smallvec::SmallVec;
use std::borrow::Cow;

/// The condition keys of one request, looked up one by one as policies ask for them. Keys that no
/// live request lacks (`POL-C5`: `aws:CurrentTime`, `aws:EpochTime`, `aws:SecureTransport`,
/// `aws:RequestedRegion`, `aws:userid`, `aws:PrincipalType`) are for the implementer to supply;
/// the engine invents none.
pub trait Context {
    /// The value of a key; `None` when the request does not have it. Match on [`ContextKey::base`],
    /// which is in lower case, and compare [`ContextKey::tail`] without regard to case, best by
    /// [`ContextKey::pick`].
    fn get(&self, key: &ContextKey) -> Option<Value<'_>>;
}

/// The value of a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// A single-valued key.
    One(Cow<'a, str>),
    /// A multivalued key (`kms:EncryptionContextKeys`, `aws:TagKeys` …), which a condition reads
    /// through `ForAllValues` or `ForAnyValue`. An empty one counts as absent.
    Many(SmallVec<[Cow<'a, str>; 4]>),
}

impl<'a> Value<'a> {
    /// A single value.
    pub fn one(text: impl Into<Cow<'a, str>>) -> Self {
        Self::One(text.into())
    }

    /// A multivalued key with these values.
    pub fn many<T: Into<Cow<'a, str>>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::Many(values.into_iter().map(Into::into).collect())
    }

    /// A single-valued Boolean key: `true` or `false`.
    #[must_use]
    pub fn boolean(value: bool) -> Self {
        Self::One(Cow::Borrowed(if value { "true" } else { "false" }))
    }

    /// A single-valued numeric key.
    pub fn number(value: impl std::fmt::Display) -> Self {
        Self::One(Cow::Owned(value.to_string()))
    }
}

/// The name of a condition key, divided into a base and, for keys with a free part, a tail:
/// `aws:PrincipalTag/team` is `aws:principaltag` and `team`;
/// `kms:EncryptionContext:aws:sso:instance-arn` is `kms:encryptioncontext` and
/// `aws:sso:instance-arn`. Names are case-insensitive, tails included (`POL-E1`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextKey {
    written: Box<str>,
    base: Box<str>,
    tail_at: Option<usize>,
}

/// Services whose keys have a free part after a colon; elsewhere only `/` divides.
const COLON_TAILS: [&str; 2] = ["kms:encryptioncontext:", "kms:recipientattestation:"];

impl ContextKey {
    /// Divides a name as it is written in a policy.
    #[must_use]
    pub fn new(written: &str) -> Self {
        let lower = written.to_ascii_lowercase();
        let tail_at = COLON_TAILS
            .iter()
            .find(|prefix| lower.starts_with(**prefix))
            .map(|prefix| prefix.len())
            .or_else(|| {
                let name_at = lower.find(':')? + 1;
                let slash = lower.get(name_at..)?.find('/')?;
                Some(name_at + slash + 1)
            });
        let base = tail_at
            .and_then(|at| lower.get(..at.saturating_sub(1)))
            .unwrap_or(&lower)
            .into();
        Self {
            written: written.into(),
            base,
            tail_at,
        }
    }

    /// The name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The base in lower case, `kms:encryptioncontext`.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The free part as written, if the key has one.
    #[must_use]
    pub fn tail(&self) -> Option<&str> {
        self.written.get(self.tail_at?..)
    }

    /// Whether `name` is the tail, case aside.
    #[must_use]
    pub fn tail_is(&self, name: &str) -> bool {
        self.tail().is_some_and(|tail| same_name(tail, name))
    }

    /// The value whose name is the tail: the exact spelling if there is one, else the first that
    /// differs by case only.
    pub fn pick<'m, V>(&self, pairs: impl IntoIterator<Item = (&'m str, V)>) -> Option<V> {
        let tail = self.tail()?;
        let mut near = None;
        for (name, value) in pairs {
            if name == tail {
                return Some(value);
            }
            if near.is_none() && same_name(tail, name) {
                near = Some(value);
            }
        }
        near
    }
}

/// `POL-E1`: names compare by their lower-case forms, beyond ASCII too.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
        || (!(a.is_ascii() && b.is_ascii())
            && a.chars()
                .flat_map(char::to_lowercase)
                .eq(b.chars().flat_map(char::to_lowercase)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_divide() {
        for (written, base, tail) in [
            ("aws:SourceIp", "aws:sourceip", None),
            ("aws:PrincipalTag/Team", "aws:principaltag", Some("Team")),
            ("aws:ResourceTag/a:b/c", "aws:resourcetag", Some("a:b/c")),
            (
                "kms:EncryptionContext:aws:sso:instance-arn",
                "kms:encryptioncontext",
                Some("aws:sso:instance-arn"),
            ),
            (
                "KMS:encryptionCONTEXT:X/y",
                "kms:encryptioncontext",
                Some("X/y"),
            ),
            (
                "kms:EncryptionContextKeys",
                "kms:encryptioncontextkeys",
                None,
            ),
            ("saml:aud", "saml:aud", None),
            ("plain", "plain", None),
        ] {
            let key = ContextKey::new(written);
            assert_eq!((key.base(), key.tail()), (base, tail), "{written}");
            assert_eq!(key.as_str(), written);
        }
    }

    #[test]
    fn the_exact_spelling_is_preferred() {
        let key = ContextKey::new("aws:RequestTag/team");
        assert_eq!(key.pick([("Team", 1), ("team", 2)]), Some(2));
        assert_eq!(key.pick([("TEAM", 1), ("Team", 2)]), Some(1));
        assert_eq!(key.pick([("teams", 1)]), None);
    }

    /// POL-E1.
    #[test]
    fn names_compare_by_their_lower_case_forms() {
        for (a, b, expect) in [
            ("team", "TEAM", true),
            ("team", "teams", false),
            ("\u{e9}t\u{e9}", "\u{c9}T\u{c9}", true),
            ("\u{e9}", "e", false),
            ("k", "\u{212a}", true),
            ("\u{212a}", "k", true),
            ("\u{e9}", "\u{e8}", false),
        ] {
            assert_eq!(same_name(a, b), expect, "{a} {b}");
            let key = ContextKey::new(&format!("aws:RequestTag/{a}"));
            assert_eq!(key.tail_is(b), expect, "{a} {b}");
        }
        assert!(!ContextKey::new("aws:SourceArn").tail_is("SourceArn"));
    }
}
