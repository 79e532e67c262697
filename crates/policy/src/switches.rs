//! Named switches for the points on which AWS's pages disagree or are silent. Every default is
//! documented here and in `docs/reference/rules.md`. Nothing else in the engine is adjustable.

/// The disputed points and how they are decided. `Switches::default()` is what Claviger serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Switches {
    /// How far a `*` at the end of an ARN segment of `Resource` reaches (`POL-E5`).
    pub resource_wildcards: ResourceWildcards,
    /// Whether an empty text counts as an absent key (`POL-C6`).
    pub empty_text: EmptyText,
    /// `ForAnyValue:…IfExists` on an absent key (`POL-M4`).
    pub any_value_if_exists: AnyValueIfExists,
    /// A negated ARN operator on a value that is no ARN (`POL-O3`).
    pub non_arn_under_negation: NonArnUnderNegation,
    /// Whether `Bool` values may hold policy variables (`POL-V1`).
    pub variables_in_bool: VariablesInBool,
    /// Which `Principal: "*"` statements escape boundary and session policy (`POL-P5`).
    pub wildcard_principal: WildcardPrincipal,
    /// What `NotPrincipal` with `Deny` must list to spare a principal (`POL-P6`).
    pub not_principal: NotPrincipal,
    /// How names in grant constraints compare (`POL-G2`).
    pub constraint_names: ConstraintNames,
    /// What else a grant needs beside itself (`POL-G5`).
    pub grant_limits: GrantLimits,
}

/// `POL-E5`. Default: the *Resource element* page of the IAM User Guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResourceWildcards {
    /// A `*` that ends a segment may run over the following colons.
    #[default]
    CrossSegments,
    /// Wildcards of the first five segments stay inside their segment.
    WithinSegments,
}

/// `POL-C6`. Default: the newer page on multivalued keys, which speaks of absent keys only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmptyText {
    /// An empty text is a value like any other.
    #[default]
    Present,
    /// A key whose only value is the empty text counts as absent.
    Absent,
}

/// `POL-M4`. Default: the set operator decides, so an absent key does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnyValueIfExists {
    /// The condition is not met: no value exists.
    #[default]
    NotMet,
    /// The condition is met: `IfExists` on an absent key.
    Met,
}

/// `POL-O3`. Default: the logical reading, a negation is met by whatever does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NonArnUnderNegation {
    /// The condition is met.
    #[default]
    Met,
    /// The condition is not met.
    NotMet,
}

/// `POL-V1`. Default: the operators page, which lists `Bool` as supporting variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VariablesInBool {
    /// `${…}` in a `Bool` value is a variable.
    #[default]
    Supported,
    /// `${…}` in a `Bool` value is plain text.
    PlainText,
}

/// `POL-P5`. Default: the principal page, which says it of a wildcard narrowed by
/// `aws:PrincipalArn`; a plain wildcard stays limited, the careful reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WildcardPrincipal {
    /// Not limited when a condition on `aws:PrincipalArn` narrows it.
    #[default]
    UnlimitedWithPrincipalArn,
    /// Never limited by an implicit deny of boundary or session policy.
    Unlimited,
    /// Always limited.
    Limited,
}

/// `POL-P6`. Default: the *NotPrincipal element* page, which asks for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NotPrincipal {
    /// Account, user or role, and session must all be listed.
    #[default]
    AllIdentifiers,
    /// One matching entry is enough.
    AnyIdentifier,
}

/// `POL-G2`. Default: the KMS API reference, `GrantConstraints`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConstraintNames {
    /// Names compare without regard to case, values exactly.
    #[default]
    CaseInsensitive,
    /// Names and values compare exactly (KMS Developer Guide, "Creating grants").
    Exact,
}

/// `POL-G5`. Three points that AWS's pages leave open. The defaults: a grantee in another account
/// needs no identity policy, as service-linked roles show; boundary and session policy limit a
/// grant, the careful reading; so do service control policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantLimits {
    /// A grantee outside the key's account also needs an identity policy that allows.
    pub identity_across_accounts: bool,
    /// Implicit denies of boundary and session policy limit grants.
    pub boundary_and_session: bool,
    /// Implicit denies of service control policies limit grants.
    pub service_control: bool,
}

impl Default for GrantLimits {
    fn default() -> Self {
        Self {
            identity_across_accounts: false,
            boundary_and_session: true,
            service_control: true,
        }
    }
}
