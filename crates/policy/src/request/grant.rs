//! Grants as a decision reads them: borrowed views of what a key has.

use super::context::same_name;
use crate::switches::ConstraintNames;
use claviger_types::{AccountId, EncryptionContext, UniqueId};

/// One grant on the key of the request. Source: KMS API reference, `GrantListEntry`.
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    /// The grant's id.
    pub id: &'a str,
    /// Who may use the key.
    pub grantee: GrantPrincipal<'a>,
    /// Who may retire the grant.
    pub retiring: Option<GrantPrincipal<'a>>,
    /// What the grantee may do.
    pub operations: GrantOperations,
    /// On which conditions.
    pub constraints: Constraints<'a>,
    /// The account that issued the grant.
    pub issuing_account: AccountId,
}

/// A principal named in a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantPrincipal<'a> {
    /// The name as it was sent: an ARN, an account id, or a service principal.
    pub name: &'a str,
    /// The unique id of the user or role it meant when the grant was made, if known.
    pub id: Option<&'a UniqueId>,
}

/// The conditions of a grant (`POL-G2`). Source: KMS API reference, `GrantConstraints`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Constraints<'a> {
    /// The encryption context must be exactly this.
    pub equals: Option<&'a EncryptionContext>,
    /// The encryption context must contain this.
    pub subset: Option<&'a EncryptionContext>,
    /// The call must carry this `aws:SourceArn`.
    pub source_arn: Option<&'a str>,
}

/// The grant that a CreateGrant request asks for.
#[derive(Debug, Clone, Copy)]
pub struct ChildGrant<'a> {
    /// Its operations.
    pub operations: GrantOperations,
    /// Its constraints.
    pub constraints: Constraints<'a>,
}

/// Declares the operations that can be granted, each under its own name.
macro_rules! grant_operations {
    ($($name:ident),* $(,)?) => {
        /// An operation that can be granted. Source: KMS model, `GrantOperation`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum GrantOperation { $(
            #[doc = concat!("`", stringify!($name), "`.")]
            $name,
        )* }

        impl GrantOperation {
            /// All of them, in the model's order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The one of a name; `None` for what cannot be granted.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name { $(stringify!($name) => Some(Self::$name),)* _ => None }
            }
        }
    };
}

grant_operations!(
    Decrypt,
    Encrypt,
    GenerateDataKey,
    GenerateDataKeyWithoutPlaintext,
    ReEncryptFrom,
    ReEncryptTo,
    Sign,
    Verify,
    GetPublicKey,
    CreateGrant,
    RetireGrant,
    DescribeKey,
    GenerateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext,
    GenerateMac,
    VerifyMac,
    DeriveSharedSecret,
    Encapsulate,
    Decapsulate,
);

/// The operations whose requests carry an encryption context. Source: KMS Developer Guide,
/// condition key `kms:EncryptionContext:context-key`.
const WITH_CONTEXT: [&str; 9] = [
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "CreateGrant",
];

/// A set of operations that can be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GrantOperations(u32);

impl GrantOperations {
    /// The set of these names; a name that cannot be granted is left out.
    pub fn from_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        names
            .into_iter()
            .fold(Self::default(), |set, name| Self(set.0 | bit(name)))
    }

    /// Whether an operation is in the set, by its name in any case.
    #[must_use]
    pub fn contains(self, name: &str) -> bool {
        self.0 & bit(name) != 0
    }

    /// Whether every operation of `other` is in this set.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// The names in the set, in the model's order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        GrantOperation::ALL
            .iter()
            .filter(move |operation| self.0 & bit_of(**operation) != 0)
            .map(|operation| operation.as_str())
    }
}

impl FromIterator<GrantOperation> for GrantOperations {
    fn from_iter<I: IntoIterator<Item = GrantOperation>>(operations: I) -> Self {
        operations
            .into_iter()
            .fold(Self::default(), |set, operation| {
                Self(set.0 | bit_of(operation))
            })
    }
}

fn bit_of(operation: GrantOperation) -> u32 {
    1 << (operation as u32)
}

/// Permission names are case-insensitive (`POL-E1`), and requests carry permission names.
fn bit(name: &str) -> u32 {
    GrantOperation::ALL
        .iter()
        .find(|known| known.as_str().eq_ignore_ascii_case(name))
        .map_or(0, |known| bit_of(*known))
}

/// Whether requests of this operation carry an encryption context, so that constraints on it hold
/// (`POL-G2`); for CreateGrant it is that of the grant that is asked for. The name in any case.
#[must_use]
pub fn takes_context(operation: &str) -> bool {
    WITH_CONTEXT
        .iter()
        .any(|n| n.eq_ignore_ascii_case(operation))
}

impl Constraints<'_> {
    /// `POL-G2`: whether an encryption context satisfies the constraints.
    pub(crate) fn admit(&self, context: &EncryptionContext, names: ConstraintNames) -> bool {
        self.equals
            .is_none_or(|wanted| same_pairs(context, wanted, names))
            && self
                .subset
                .is_none_or(|wanted| contains(context, wanted, names))
    }

    /// `POL-G3`: whether a child grant with the constraints `child` is at least as strict. An
    /// equality stays the same equality; a subset may gain pairs or become an equality.
    pub(crate) fn bound(&self, child: &Constraints<'_>, names: ConstraintNames) -> bool {
        let equals = self.equals.is_none_or(|wanted| {
            child
                .equals
                .is_some_and(|got| same_pairs(got, wanted, names))
        });
        let subset = self.subset.is_none_or(|wanted| {
            [child.equals, child.subset]
                .into_iter()
                .flatten()
                .any(|got| contains(got, wanted, names))
        });
        let source = self
            .source_arn
            .is_none_or(|wanted| child.source_arn == Some(wanted));
        equals && subset && source
    }
}

/// Whether two contexts have the same pairs, looked at from both sides because names that differ
/// by case only may be one.
fn same_pairs(a: &EncryptionContext, b: &EncryptionContext, names: ConstraintNames) -> bool {
    a.0.len() == b.0.len() && contains(a, b, names) && contains(b, a, names)
}

/// Whether `context` holds every pair of `wanted`.
fn contains(
    context: &EncryptionContext,
    wanted: &EncryptionContext,
    names: ConstraintNames,
) -> bool {
    wanted.0.iter().all(|(name, value)| match names {
        ConstraintNames::Exact => context.get(name) == Some(value),
        ConstraintNames::CaseInsensitive => context
            .0
            .iter()
            .any(|(n, v)| v == value && same_name(n, name)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_operations() {
        let set = GrantOperations::from_names(["Sign", "decrypt", "Decrypt", "PutKeyPolicy"]);
        assert_eq!(set.names().collect::<Vec<_>>(), ["Decrypt", "Sign"]);
        assert!(set.contains("Sign") && set.contains("DECRYPT") && !set.contains("PutKeyPolicy"));
        let one = GrantOperations::from_names(["Sign"]);
        assert!(set.covers(one) && !one.covers(set) && one.covers(GrantOperations::default()));
    }

    /// POL-G2: equal are the pairs, not those of one side that the other has too.
    #[test]
    fn contexts_that_a_constraint_admits() {
        let pairs = |list: &[(&str, &str)]| {
            let owned = list.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
            EncryptionContext(owned.collect())
        };
        for (wanted, sent, equal, subset) in [
            (
                &[("A", "1"), ("B", "2")][..],
                &[("A", "1"), ("B", "2")][..],
                true,
                true,
            ),
            (&[("A", "1"), ("B", "2")], &[("A", "1")], false, false),
            (&[("A", "1")], &[("A", "1"), ("B", "2")], false, true),
            (&[("A", "1")], &[("a", "1")], true, true),
            (&[("A", "1")], &[("A", "2")], false, false),
            (
                &[("A", "1"), ("a", "1")],
                &[("A", "1"), ("B", "2")],
                false,
                true,
            ),
            (
                &[("A", "1"), ("B", "2")],
                &[("A", "1"), ("a", "1")],
                false,
                false,
            ),
            (&[("A", "1")], &[], false, false),
        ] {
            let (wanted, sent) = (pairs(wanted), pairs(sent));
            let admits = |equals, subset| {
                let constraints = Constraints {
                    equals,
                    subset,
                    source_arn: None,
                };
                constraints.admit(&sent, ConstraintNames::CaseInsensitive)
            };
            let found = (admits(Some(&wanted), None), admits(None, Some(&wanted)));
            assert_eq!(found, (equal, subset), "{wanted:?} {sent:?}");
        }
    }
}
