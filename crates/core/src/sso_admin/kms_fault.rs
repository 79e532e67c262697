//! What a refusal of KMS becomes for the caller of Identity Center: an exception of the outer
//! service with its `Reason`. The text is KMS's own, so it says who was not allowed what. Source:
//! the `…ExceptionReason` enums of the sso-admin and identitystore models.

use crate::chain::{Interrupt, ServiceError};
use claviger_model::{ErrorShape, Service};
use claviger_model::{identitystore, sso_admin};

/// What kinds of refusal the two services tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    AccessDenied,
    NotFound,
    Throttling,
    InvalidArn,
    InvalidKeyUsage,
    InvalidState,
    Disabled,
}

impl Fault {
    /// The kind of an error of KMS; none for faults of this installation.
    fn of(error: &ServiceError) -> Option<Self> {
        Some(match error.shape.code {
            "AccessDeniedException" => Self::AccessDenied,
            "NotFoundException" => Self::NotFound,
            "ThrottlingException" | "LimitExceededException" => Self::Throttling,
            "InvalidArnException" => Self::InvalidArn,
            "InvalidKeyUsageException" | "IncorrectKeyException" => Self::InvalidKeyUsage,
            "KMSInvalidStateException" | "KeyUnavailableException" => Self::InvalidState,
            "DisabledException" => Self::Disabled,
            _ => return None,
        })
    }

    /// The outer exception and its reason, where the model has one.
    fn outer(self, service: &Service) -> (&'static ErrorShape, Option<&'static str>) {
        if service.id == identitystore::SERVICE.id {
            self.of_identity_store()
        } else {
            self.of_sso_admin()
        }
    }

    fn of_identity_store(self) -> (&'static ErrorShape, Option<&'static str>) {
        use identitystore::error::{
            ACCESS_DENIED_EXCEPTION, RESOURCE_NOT_FOUND_EXCEPTION, THROTTLING_EXCEPTION,
            VALIDATION_EXCEPTION,
        };
        match self {
            Self::AccessDenied => (&ACCESS_DENIED_EXCEPTION, Some("KMS_ACCESS_DENIED")),
            Self::NotFound => (&RESOURCE_NOT_FOUND_EXCEPTION, Some("KMS_KEY_NOT_FOUND")),
            Self::Throttling => (&THROTTLING_EXCEPTION, Some("KMS_THROTTLING")),
            Self::InvalidArn => (&VALIDATION_EXCEPTION, Some("KMS_INVALID_ARN")),
            Self::InvalidKeyUsage => (&VALIDATION_EXCEPTION, Some("KMS_INVALID_KEY_USAGE")),
            Self::InvalidState => (&VALIDATION_EXCEPTION, Some("KMS_INVALID_STATE")),
            Self::Disabled => (&VALIDATION_EXCEPTION, Some("KMS_DISABLED")),
        }
    }

    fn of_sso_admin(self) -> (&'static ErrorShape, Option<&'static str>) {
        use sso_admin::error::{
            ACCESS_DENIED_EXCEPTION, RESOURCE_NOT_FOUND_EXCEPTION, THROTTLING_EXCEPTION,
            VALIDATION_EXCEPTION,
        };
        match self {
            Self::AccessDenied => (&ACCESS_DENIED_EXCEPTION, Some("KMS_AccessDeniedException")),
            Self::NotFound => (&RESOURCE_NOT_FOUND_EXCEPTION, Some("KMS_NotFoundException")),
            Self::Throttling => (&THROTTLING_EXCEPTION, Some("KMS_ThrottlingException")),
            // The model has no reason for a malformed ARN.
            Self::InvalidArn => (&VALIDATION_EXCEPTION, None),
            Self::InvalidKeyUsage => (&VALIDATION_EXCEPTION, Some("KMS_InvalidKeyUsageException")),
            Self::InvalidState => (&VALIDATION_EXCEPTION, Some("KMS_InvalidStateException")),
            Self::Disabled => (&VALIDATION_EXCEPTION, Some("KMS_DisabledException")),
        }
    }

    /// The outer exception with KMS's text.
    pub(super) fn error(
        self,
        service: &Service,
        message: impl Into<std::borrow::Cow<'static, str>>,
    ) -> ServiceError {
        let (shape, reason) = self.outer(service);
        let error = ServiceError::new(shape, message);
        match reason {
            Some(reason) => error.with_member("Reason", reason),
            None => error,
        }
    }
}

/// Turns a refusal by KMS into one of `service`. What must be done outside first passes.
pub(super) fn translate(service: &'static Service, interrupt: Interrupt) -> Interrupt {
    match interrupt {
        Interrupt::Refused(error) => Interrupt::Refused(of_error(service, error)),
        waits @ (Interrupt::Ask(_) | Interrupt::NeedsKey(_) | Interrupt::AskTrail(_)) => waits,
    }
}

fn of_error(service: &'static Service, error: ServiceError) -> ServiceError {
    match Fault::of(&error) {
        Some(fault) => fault.error(service, error.message.unwrap_or_default()),
        None => ServiceError::internal(service, inside(&error)),
    }
}

fn inside(error: &ServiceError) -> String {
    let text = error.inside.as_deref().or(error.message.as_deref());
    format!("KMS: {} {}", error.shape.code, text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_model::kms::error as kms;
    use claviger_model::{IDENTITYSTORE, SSO_ADMIN};

    fn check(inner: &'static ErrorShape, service: &'static Service, code: &str, reason: &str) {
        let refusal = ServiceError::new(inner, "KMS says why").with_inside("a secret of ours");
        let outer = of_error(service, refusal);
        assert_eq!(outer.shape.code, code, "{}", inner.code);
        let found = outer.members.iter().find(|(name, _)| *name == "Reason");
        assert_eq!(found.map_or("", |(_, value)| value), reason);
        let modelled = match service.id {
            "sso-admin" => service.operation("UpdateInstance"),
            _ => service.operation("CreateUser"),
        };
        let modelled = modelled.unwrap().errors.iter().any(|e| e.code == code);
        assert!(modelled, "{code} is modelled");
        if reason.is_empty() && code == "InternalServerException" {
            assert_ne!(outer.message.as_deref(), Some("KMS says why"));
        } else {
            assert_eq!(outer.message.as_deref(), Some("KMS says why"));
        }
    }

    #[test]
    fn every_fault_of_kms_has_its_exception_and_reason() {
        let denied = ServiceError::access_denied(claviger_model::KMS, "").shape;
        for (inner, code, store, sso) in [
            (
                denied,
                "AccessDeniedException",
                "KMS_ACCESS_DENIED",
                "KMS_AccessDeniedException",
            ),
            (
                &kms::NOT_FOUND_EXCEPTION,
                "ResourceNotFoundException",
                "KMS_KEY_NOT_FOUND",
                "KMS_NotFoundException",
            ),
            (
                &kms::LIMIT_EXCEEDED_EXCEPTION,
                "ThrottlingException",
                "KMS_THROTTLING",
                "KMS_ThrottlingException",
            ),
            (
                &kms::INVALID_ARN_EXCEPTION,
                "ValidationException",
                "KMS_INVALID_ARN",
                "",
            ),
            (
                &kms::INVALID_KEY_USAGE_EXCEPTION,
                "ValidationException",
                "KMS_INVALID_KEY_USAGE",
                "KMS_InvalidKeyUsageException",
            ),
            (
                &kms::KMS_INVALID_STATE_EXCEPTION,
                "ValidationException",
                "KMS_INVALID_STATE",
                "KMS_InvalidStateException",
            ),
            (
                &kms::DISABLED_EXCEPTION,
                "ValidationException",
                "KMS_DISABLED",
                "KMS_DisabledException",
            ),
            (
                &kms::KMS_INTERNAL_EXCEPTION,
                "InternalServerException",
                "",
                "",
            ),
            (
                &kms::INVALID_CIPHERTEXT_EXCEPTION,
                "InternalServerException",
                "",
                "",
            ),
        ] {
            check(inner, IDENTITYSTORE, code, store);
            check(inner, SSO_ADMIN, code, sso);
        }
    }
}
