//! The request side of a decision: who asks for what, with which condition keys, by which grants.
//! It holds values only; matching and deciding are elsewhere.

mod context;
mod grant;
mod principal;

pub use context::{Context, ContextKey, Value};
pub use grant::{
    ChildGrant, Constraints, Grant, GrantOperation, GrantOperations, GrantPrincipal, takes_context,
};
pub use principal::Principal;

use claviger_types::{AccountId, EncryptionContext};

/// One demand: may this principal perform this action on this resource?
#[derive(Clone)]
pub struct Request<'a> {
    /// The permission name, `kms:ReEncryptFrom` rather than the operation. Case does not matter.
    pub action: &'a str,
    /// The ARN of the resource, or `*` for actions without one.
    pub resource: &'a str,
    /// Who asks.
    pub principal: Principal<'a>,
    /// The condition keys of the request.
    pub context: &'a dyn Context,
    /// How the resource takes part in the decision.
    pub rules: ResourceRules,
    /// The account that owns the resource; `None` when there is no resource.
    pub resource_account: Option<AccountId>,
    /// The management account of the organisation the policies come from (`POL-P8`).
    pub management_account: Option<AccountId>,
    /// Whether the resource is an AWS managed key, which no RCP reaches (`POL-L3`).
    pub aws_managed_key: bool,
    /// The encryption context of the operation, for grant constraints (`POL-G2`); `None` counts
    /// as empty. For CreateGrant the child's constraints are in `child_grant` instead.
    pub encryption_context: Option<&'a EncryptionContext>,
    /// For `kms:CreateGrant`: the grant that is asked for, checked against a parent grant
    /// (`POL-G3`).
    pub child_grant: Option<ChildGrant<'a>>,
    /// For `kms:RetireGrant`: the id of the grant to retire; `None` lets any grant count
    /// (`POL-G4`).
    pub grant: Option<&'a str>,
}

impl<'a> Request<'a> {
    /// A request with the rules of a key and nothing out of the ordinary; set other fields as
    /// needed.
    #[must_use]
    pub fn on_key(
        action: &'a str,
        key_arn: &'a str,
        key_account: AccountId,
        principal: Principal<'a>,
        context: &'a dyn Context,
    ) -> Self {
        Self {
            rules: ResourceRules::KeyPolicy,
            resource_account: Some(key_account),
            ..Self::bare(action, key_arn, principal, context)
        }
    }

    /// A request that identity policies alone decide: `kms:ListKeys` on `*`, `iam:GetUser` on the
    /// user's ARN.
    #[must_use]
    pub fn by_identity(
        action: &'a str,
        resource: &'a str,
        resource_account: Option<AccountId>,
        principal: Principal<'a>,
        context: &'a dyn Context,
    ) -> Self {
        Self {
            rules: ResourceRules::IdentityOnly,
            resource_account,
            ..Self::bare(action, resource, principal, context)
        }
    }

    /// A request on a role's trust policy: `sts:AssumeRole` and its companions.
    #[must_use]
    pub fn on_role(
        action: &'a str,
        role_arn: &'a str,
        role_account: AccountId,
        principal: Principal<'a>,
        context: &'a dyn Context,
    ) -> Self {
        Self {
            rules: ResourceRules::TrustPolicy,
            resource_account: Some(role_account),
            ..Self::bare(action, role_arn, principal, context)
        }
    }

    fn bare(
        action: &'a str,
        resource: &'a str,
        principal: Principal<'a>,
        context: &'a dyn Context,
    ) -> Self {
        Self {
            action,
            resource,
            principal,
            context,
            rules: ResourceRules::IdentityOnly,
            resource_account: None,
            management_account: None,
            aws_managed_key: false,
            encryption_context: None,
            child_grant: None,
            grant: None,
        }
    }

    /// Whether the action is the one named, which must be in lower case.
    pub(crate) fn is(&self, lower_case_action: &str) -> bool {
        self.action.eq_ignore_ascii_case(lower_case_action)
    }
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("action", &self.action)
            .field("resource", &self.resource)
            .field("principal", &self.principal)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// How a resource takes part in a decision (`POL-L4`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceRules {
    /// A KMS key: the key policy must allow, directly or by delegation, or a grant must.
    KeyPolicy,
    /// A role being assumed: the trust policy must allow, directly or by delegation.
    TrustPolicy,
    /// A resource with an ordinary policy: it or an identity policy must allow.
    Ordinary,
    /// No resource policy takes part: `*`, an alias, an IAM entity.
    IdentityOnly,
}
