//! What a caller is told when a request is refused, and what only the operator is told. The two
//! never mix: the inside message goes to the log, never to the wire.

use claviger_model::ErrorShape;
use std::borrow::Cow;

/// A refusal by AWS's code and text.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceError {
    /// The error's code, status and kind, from the service model where it is modelled.
    pub shape: &'static ErrorShape,
    /// The text for the caller. Some of AWS's errors have none.
    pub message: Option<Cow<'static, str>>,
    /// Further modelled members, such as `Reason`.
    pub members: Vec<(&'static str, String)>,
    /// What the operator's log says in addition. Never sent.
    pub inside: Option<String>,
}

impl ServiceError {
    /// An error with a message.
    #[must_use]
    pub fn new(shape: &'static ErrorShape, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            shape,
            message: Some(message.into()),
            members: Vec::new(),
            inside: None,
        }
    }

    /// An error that AWS sends without a message.
    #[must_use]
    pub fn bare(shape: &'static ErrorShape) -> Self {
        Self {
            shape,
            message: None,
            members: Vec::new(),
            inside: None,
        }
    }

    /// Adds a modelled member.
    #[must_use]
    pub fn with_member(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    /// Adds what only the operator may read.
    #[must_use]
    pub fn with_inside(mut self, inside: impl Into<String>) -> Self {
        self.inside = Some(inside.into());
        self
    }

    /// `AccessDeniedException` for JSON services, `AccessDenied` for query services.
    #[must_use]
    pub fn access_denied(
        service: &claviger_model::Service,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        match service.protocol {
            claviger_model::Protocol::AwsJson11 => Self::new(&ACCESS_DENIED_JSON, message),
            claviger_model::Protocol::Query | claviger_model::Protocol::RestXml => {
                Self::new(&ACCESS_DENIED_QUERY, message)
            }
        }
    }

    /// A request that breaks a constraint of the model or a rule of its operation.
    #[must_use]
    pub fn validation(
        service: &claviger_model::Service,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        match service.protocol {
            claviger_model::Protocol::AwsJson11 => Self::new(&VALIDATION_JSON, message),
            claviger_model::Protocol::Query | claviger_model::Protocol::RestXml => {
                Self::new(&VALIDATION_QUERY, message)
            }
        }
    }

    /// A required member that is missing, in the model's words; `path` as `keyId`.
    #[must_use]
    pub fn missing(service: &claviger_model::Service, path: &str) -> Self {
        Self::validation(
            service,
            format!(
                "1 validation error detected: Value null at '{path}' failed to satisfy \
                 constraint: Member must not be null"
            ),
        )
    }

    /// A fault of this installation: the caller learns nothing but that it happened.
    #[must_use]
    pub fn internal(service: &claviger_model::Service, inside: impl Into<String>) -> Self {
        let shape = match service.id {
            "kms" => &claviger_model::kms::error::KMS_INTERNAL_EXCEPTION,
            "organizations" => &claviger_model::organizations::error::SERVICE_EXCEPTION,
            "sso-admin" | "identitystore" => &INTERNAL_SERVER,
            _ => &INTERNAL_FAILURE,
        };
        Self::new(
            shape,
            "The request failed because of an internal error. Try again.",
        )
        .with_inside(inside)
    }

    /// The code as a CloudTrail record shows it. KMS records write a denial as `AccessDenied`.
    #[must_use]
    pub fn record_code(&self) -> &'static str {
        match self.shape.code {
            "AccessDeniedException" => "AccessDenied",
            code => code,
        }
    }

    /// Whether this refusal is a denial by policy.
    #[must_use]
    pub fn is_access_denied(&self) -> bool {
        matches!(self.shape.code, "AccessDeniedException" | "AccessDenied")
    }
}

const fn shape(code: &'static str, status: u16, fault: bool) -> ErrorShape {
    ErrorShape {
        name: code,
        code,
        status,
        fault,
        message_member: "message",
    }
}

/// Front-door errors that no service model carries. Source: IAM and KMS API references,
/// "Common errors".
pub(crate) static ACCESS_DENIED_JSON: ErrorShape = shape("AccessDeniedException", 400, false);
pub(crate) static ACCESS_DENIED_QUERY: ErrorShape = shape("AccessDenied", 403, false);
pub(crate) static VALIDATION_JSON: ErrorShape = shape("ValidationException", 400, false);
pub(crate) static VALIDATION_QUERY: ErrorShape = shape("ValidationError", 400, false);
pub(crate) static SERIALIZATION: ErrorShape = shape("SerializationException", 400, false);
pub(crate) static MALFORMED_QUERY: ErrorShape = shape("MalformedInput", 400, false);
pub(crate) static UNKNOWN_OPERATION: ErrorShape = shape("UnknownOperationException", 400, false);
pub(crate) static INVALID_ACTION: ErrorShape = shape("InvalidAction", 400, false);
pub(crate) static THROTTLING: ErrorShape = shape("ThrottlingException", 400, false);
pub(crate) static INTERNAL_FAILURE: ErrorShape = shape("InternalFailure", 500, true);
pub(crate) static INTERNAL_SERVER: ErrorShape = shape("InternalServerException", 500, true);
