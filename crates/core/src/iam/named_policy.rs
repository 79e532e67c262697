//! What the ARN of a managed policy in a request stands for: one of AWS's, one of the caller's
//! account, or nothing. Source: IAM API Reference, "GetPolicy"; Service Authorization Reference,
//! "AWS Identity and Access Management (IAM)", resource type `policy`.

use super::entity::{account_of, required};
use super::managed::{AwsManaged, Managed, managed};
use crate::caller::Caller;
use crate::chain::{Demand, Facts, ServiceError, Target, Turn};
use crate::state::{ManagedPolicy, Snapshot, Usage};
use claviger_model::IAM;
use claviger_model::iam::error::{
    INVALID_INPUT_EXCEPTION, NO_SUCH_ENTITY_EXCEPTION, POLICY_NOT_ATTACHABLE_EXCEPTION,
};
use claviger_types::{AccountId, Arn, Tag};
use std::sync::Arc;

/// A managed policy that was found.
#[derive(Clone)]
pub(super) enum Found {
    /// One of AWS's.
    Aws(&'static AwsManaged),
    /// One of the caller's account.
    Customer(Arc<ManagedPolicy>),
}

/// What the ARN of a managed policy in a request stands for. Whether it exists is told only to
/// whoever is allowed the operation.
pub(crate) struct NamedPolicy {
    /// The caller's account.
    pub(super) account: AccountId,
    /// The ARN as the request gives it.
    pub(super) arn: Arn,
    found: Option<Found>,
}

/// The ARN of a managed policy.
///
/// # Errors
/// `InvalidInput` when it is none.
pub(super) fn policy_arn(text: &str) -> Result<Arn, ServiceError> {
    let arn: Option<Arn> = text.parse().ok();
    arn.filter(|arn| arn.service() == "iam" && arn.resource().starts_with("policy/"))
        .ok_or_else(|| {
            ServiceError::new(
                &INVALID_INPUT_EXCEPTION,
                format!("ARN {text} is not valid."),
            )
        })
}

/// The policy of an ARN, as an account may use it: AWS's and its own.
pub(super) fn usable<'v>(arn: &str, account: AccountId, view: &'v Snapshot) -> Option<Managed<'v>> {
    let found = managed(arn, view)?;
    let own = match &found {
        Managed::Aws(_) => true,
        Managed::Customer(policy) => policy.account == account,
    };
    own.then_some(found)
}

/// Whether an identity of an account may have a policy attached; the decision rests on it.
///
/// # Errors
/// `NoSuchEntity` in AWS's words; `PolicyNotAttachable` for those of AWS's own services.
pub(super) fn check_attachable(
    arn: &Arn,
    account: AccountId,
    turn: &mut Turn<'_>,
) -> Result<(), ServiceError> {
    match usable(arn.as_str(), account, turn.view()) {
        None => Err(ServiceError::new(
            &NO_SUCH_ENTITY_EXCEPTION,
            format!("Policy {arn} does not exist or is not attachable."),
        )),
        Some(Managed::Aws(known)) if is_of_services(known) => Err(ServiceError::new(
            &POLICY_NOT_ATTACHABLE_EXCEPTION,
            "Cannot attach a Service Role Policy to a Customer Role.",
        )),
        Some(Managed::Aws(_)) => Ok(()),
        Some(Managed::Customer(policy)) => {
            let place = crate::state::entity_place(policy.account, &policy.name);
            turn.rest_on::<ManagedPolicy>(&place);
            Ok(())
        }
    }
}

/// Whether only service-linked roles may have a policy. Source: IAM User Guide, "Service-linked
/// roles".
pub(super) fn is_of_services(known: &AwsManaged) -> bool {
    known.path.starts_with("/aws-service-role/")
}

/// How often an account attaches a policy, and how often it uses it as permissions boundary.
pub(super) fn counts(arn: &Arn, account: AccountId, view: &Snapshot) -> (usize, usize) {
    let of = |wanted: Usage| {
        let uses = view.uses_of(arn);
        uses.filter(|(_, place, usage)| place.0 == account && *usage == wanted)
            .count()
    };
    (of(Usage::Permissions), of(Usage::Boundary))
}

/// Whether no identity uses a policy in any way.
pub(super) fn is_unused(arn: &Arn, view: &Snapshot) -> bool {
    view.uses_of(arn).next().is_none()
}

impl NamedPolicy {
    /// What an ARN stands for.
    ///
    /// # Errors
    /// `InvalidInput` when it is no policy's ARN.
    pub(super) fn find(
        caller: &Caller,
        arn: Option<&String>,
        turn: &Turn<'_>,
    ) -> Result<Self, ServiceError> {
        let account = account_of(caller)?;
        let arn = policy_arn(required(arn, "policyArn")?)?;
        let found = usable(arn.as_str(), account, turn.view()).map(|found| match found {
            Managed::Aws(known) => Found::Aws(known),
            Managed::Customer(policy) => Found::Customer(Arc::clone(policy)),
        });
        Ok(Self {
            account,
            arn,
            found,
        })
    }

    /// The same for operations that change the policy: AWS's belong to AWS.
    ///
    /// # Errors
    /// `AccessDenied` for one of AWS's.
    pub(super) fn find_to_change(
        caller: &Caller,
        arn: Option<&String>,
        action: &str,
        turn: &Turn<'_>,
    ) -> Result<Self, ServiceError> {
        let named = Self::find(caller, arn, turn)?;
        if named.arn.account() != "aws" {
            return Ok(named);
        }
        let text = format!(
            "User: {} is not authorized to perform: {action} on resource: policy {}",
            caller.arn(),
            named.arn
        );
        Err(ServiceError::access_denied(IAM, text))
    }

    /// The policy.
    ///
    /// # Errors
    /// `NoSuchEntity` when there is none.
    pub(super) fn existing(&self) -> Result<&Found, ServiceError> {
        self.found.as_ref().ok_or_else(|| self.not_found())
    }

    /// The customer managed policy.
    ///
    /// # Errors
    /// `NoSuchEntity` when there is none.
    pub(super) fn customer(&self) -> Result<&Arc<ManagedPolicy>, ServiceError> {
        match &self.found {
            Some(Found::Customer(policy)) => Ok(policy),
            _ => Err(self.not_found()),
        }
    }

    fn not_found(&self) -> ServiceError {
        ServiceError::new(
            &NO_SUCH_ENTITY_EXCEPTION,
            format!("Policy {} was not found.", self.arn),
        )
    }

    /// Its tags: AWS's policies have none.
    pub(super) fn tags(&self) -> &[Tag] {
        match &self.found {
            Some(Found::Customer(policy)) => &policy.tags,
            _ => &[],
        }
    }

    /// A demand on the policy.
    pub(super) fn demand(&self, action: &'static str) -> Demand {
        let target = Target::Arn {
            arn: self.arn.to_string(),
            account: self.account,
        };
        Demand::new(action, target)
            .with_facts(Facts::default().resource_tags(self.tags()))
            .shown_as(format!("policy {}", self.arn))
    }
}
