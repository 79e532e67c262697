//! Resource quotas: how much of something an account may have. AWS adjusts them on request, so they
//! are values here. What AWS does not adjust (the size of a key policy, tags of a key, rotations on
//! demand) stands where it is enforced. Source: KMS Developer Guide, "Resource quotas".

/// The adjustable quotas of KMS and Organizations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Customer managed keys of an account in a Region.
    pub keys: usize,
    /// Aliases of a customer managed key.
    pub aliases_per_key: usize,
    /// Grants on a customer managed key.
    pub grants_per_key: usize,
    /// Accounts of an organisation (AWS Organizations User Guide, "Quotas and service limits").
    pub accounts_per_organization: usize,
}

impl Quotas {
    /// What AWS gives an account that asked for nothing else.
    pub const DEFAULT: Self = Self {
        keys: 100_000,
        aliases_per_key: 50,
        grants_per_key: 50_000,
        accounts_per_organization: 10,
    };
}

impl Default for Quotas {
    fn default() -> Self {
        Self::DEFAULT
    }
}
