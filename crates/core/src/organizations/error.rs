//! Refusals of AWS Organizations. Codes and reasons are the service model's; texts are AWS's where
//! they are known, else the words of its API reference.

use crate::chain::ServiceError;
use claviger_model::organizations::error as shape;
use claviger_model::{ErrorShape, Violations};

/// A refusal without a reason.
pub(super) fn refusal(shape: &'static ErrorShape, text: &'static str) -> ServiceError {
    ServiceError::new(shape, text)
}

/// `ConstraintViolationException` with its reason.
pub(super) fn constraint(reason: &'static str, text: &'static str) -> ServiceError {
    refusal(&shape::CONSTRAINT_VIOLATION_EXCEPTION, text).with_member("Reason", reason)
}

/// `InvalidInputException` with its reason.
pub(super) fn invalid(reason: &'static str, text: &'static str) -> ServiceError {
    refusal(&shape::INVALID_INPUT_EXCEPTION, text).with_member("Reason", reason)
}

/// The account may not ask for this.
pub(super) fn no_permission() -> ServiceError {
    refusal(
        &shape::ACCESS_DENIED_EXCEPTION,
        "You don't have permissions to access this resource.",
    )
}

/// The account is in no organisation.
pub(super) fn not_in_use() -> ServiceError {
    refusal(
        &shape::AWS_ORGANIZATIONS_NOT_IN_USE_EXCEPTION,
        "Your account is not a member of an organization.",
    )
}

/// The account does not exist.
pub(super) fn no_account() -> ServiceError {
    refusal(
        &shape::ACCOUNT_NOT_FOUND_EXCEPTION,
        "You specified an account that doesn't exist.",
    )
}

/// The root, unit or account does not exist.
pub(super) fn no_target() -> ServiceError {
    refusal(
        &shape::TARGET_NOT_FOUND_EXCEPTION,
        "You specified a target that doesn't exist.",
    )
}

/// The root or unit does not exist.
pub(super) fn no_parent() -> ServiceError {
    refusal(
        &shape::PARENT_NOT_FOUND_EXCEPTION,
        "You specified parent that doesn't exist.",
    )
}

/// The unit does not exist.
pub(super) fn no_unit() -> ServiceError {
    refusal(
        &shape::ORGANIZATIONAL_UNIT_NOT_FOUND_EXCEPTION,
        "You specified an organizational unit that doesn't exist.",
    )
}

/// The policy does not exist.
pub(super) fn no_policy() -> ServiceError {
    refusal(
        &shape::POLICY_NOT_FOUND_EXCEPTION,
        "You specified a policy that doesn't exist.",
    )
}

/// A request that breaks constraints of the model: Organizations has a reason for each kind. What
/// is wrong where is told after AWS's text.
pub(crate) fn invalid_input(violations: &Violations) -> ServiceError {
    let first = violations.0.first().map_or("", |v| v.constraint.as_str());
    let (reason, text) = if first.contains("not be null") {
        (
            "INPUT_REQUIRED",
            "You must include a value for all required parameters.",
        )
    } else if first.contains("regular expression") {
        (
            "INVALID_PATTERN",
            "You provided a value that does not match the required pattern.",
        )
    } else if first.contains("enum value set") {
        ("INVALID_ENUM", "You specified an invalid value.")
    } else if first.contains("length less than or equal") {
        (
            "MAX_LENGTH_EXCEEDED",
            "You provided a string parameter that is longer than allowed.",
        )
    } else if first.contains("length greater than or equal") {
        (
            "MIN_LENGTH_EXCEEDED",
            "You provided a string parameter that is shorter than allowed.",
        )
    } else if first.contains("value less than or equal") {
        (
            "MAX_VALUE_EXCEEDED",
            "You provided a numeric parameter that has a larger value than allowed.",
        )
    } else {
        (
            "MIN_VALUE_EXCEEDED",
            "You provided a numeric parameter that has a smaller value than allowed.",
        )
    };
    invalid(reason, text).with_inside(violations.to_string())
}
