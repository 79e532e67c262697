//! Grants in the policy engine's words.

use super::grant_request::GrantTerms;
use crate::state::{Grant, GrantPrincipal};
use claviger_policy as policy;

/// A stored grant.
pub(crate) fn engine_grant(grant: &Grant) -> policy::Grant<'_> {
    policy::Grant {
        id: grant.id.as_str(),
        grantee: engine_principal(&grant.grantee),
        retiring: grant.retiring.as_ref().map(engine_principal),
        operations: grant.operations.iter().copied().collect(),
        constraints: policy::Constraints {
            equals: grant.context_equals.as_ref(),
            subset: grant.context_subset.as_ref(),
            source_arn: grant.source_arn.as_deref(),
        },
        issuing_account: grant.issuing_account,
    }
}

/// A grant that is asked for.
pub(crate) fn engine_child(terms: &GrantTerms) -> policy::ChildGrant<'_> {
    policy::ChildGrant {
        operations: terms.operations.iter().copied().collect(),
        constraints: policy::Constraints {
            equals: terms.context_equals.as_ref(),
            subset: terms.context_subset.as_ref(),
            source_arn: terms.source_arn.as_deref(),
        },
    }
}

fn engine_principal(principal: &GrantPrincipal) -> policy::GrantPrincipal<'_> {
    policy::GrantPrincipal {
        name: principal.name(),
        id: principal.id(),
    }
}
