//! Condition keys of grants. Source: KMS Developer Guide, "AWS KMS condition keys" and "Controlling
//! access to grants".

use super::grant_request::GrantRequest;
use super::request_facts;
use crate::chain::{Facts, Op, Request};
use crate::state::{Grant, GrantPrincipal};
use claviger_types::EncryptionContext;

/// `kms:GrantIsForAWSResource`: whether a service asks for the caller.
pub(super) fn for_aws_resource<O: Op>(request: &Request<O>) -> Facts {
    let through_service = !request.caller.via().is_empty();
    Facts::default().one(
        "kms:grantisforawsresource",
        if through_service { "true" } else { "false" },
    )
}

/// The keys of a grant that is asked for.
pub(super) fn of_request(facts: Facts, asked: &GrantRequest) -> Facts {
    let terms = &asked.terms;
    let operations = terms.operations.iter().map(|o| o.as_str().to_owned());
    let (grantee, grantee_service) = names(Some(&asked.grantee));
    let (retiring, retiring_service) = names(asked.retiring.as_ref());
    let facts = facts
        .maybe("kms:granteeprincipal", grantee)
        .maybe("kms:granteeserviceprincipal", grantee_service)
        .maybe("kms:retiringprincipal", retiring)
        .maybe("kms:retiringserviceprincipal", retiring_service)
        .maybe("kms:grantconstraintsourcearn", terms.source_arn.as_deref())
        .many("kms:grantoperations", operations.collect());
    of_context(
        facts,
        terms.context_equals.as_ref(),
        terms.context_subset.as_ref(),
    )
}

/// The keys of a grant that is there.
pub(super) fn of_grant(grant: &Grant) -> Facts {
    let (equals, subset) = (&grant.context_equals, &grant.context_subset);
    of_context(Facts::default(), equals.as_ref(), subset.as_ref())
}

/// The ARN or the service's name.
fn names(principal: Option<&GrantPrincipal>) -> (Option<&str>, Option<&str>) {
    match principal {
        Some(GrantPrincipal::Iam { arn, .. }) => (Some(arn.as_str()), None),
        Some(GrantPrincipal::Service(name)) => (None, Some(name)),
        None => (None, None),
    }
}

/// `kms:GrantConstraintType`, and the constraint's pairs as encryption context keys.
fn of_context(
    facts: Facts,
    equals: Option<&EncryptionContext>,
    subset: Option<&EncryptionContext>,
) -> Facts {
    let kind = match (equals, subset) {
        (Some(_), _) => Some("EncryptionContextEquals"),
        (None, Some(_)) => Some("EncryptionContextSubset"),
        (None, None) => None,
    };
    let pairs = equals.or(subset).map(|c| &c.0);
    request_facts::with_context(facts.maybe("kms:grantconstrainttype", kind), pairs)
}
