//! What a stranger is told whose signature cannot be read or does not prove a caller: AWS's codes
//! and texts for either kind of service. Such requests are counted and logged, not recorded.
//! Sources: KMS and IAM API references, "Common errors"; the texts as AWS's services answer them.

use claviger_core::caller::AuthenticationError;
use claviger_core::chain::ServiceError;
use claviger_model::{ErrorShape, Protocol};

/// Why a request has no caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrontDoorError {
    /// Not signed at all, or not by this protocol.
    #[error("Request is missing Authentication Token")]
    MissingToken,
    /// Signed in the header and in the query string.
    #[error(
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
    )]
    BothForms,
    /// Signed in the query string.
    #[error(
        "Query-string authentication is not supported by this endpoint. Sign the request with the \
         Authorization header."
    )]
    Presigned,
    /// The signature lacks a part or a part has the wrong form.
    #[error("{0}")]
    Incomplete(String),
    /// The signature is whole, but its date, headers or scope do not fit the request.
    #[error("{0}")]
    Invalid(String),
    /// A header that must be unique was sent twice.
    #[error("The request has more than one '{0}' header.")]
    RepeatedHeader(&'static str),
    /// A header that must be text is none.
    #[error("The '{0}' header holds characters that are not allowed.")]
    UnreadableHeader(&'static str),
    /// The body is unsigned or signed in pieces.
    #[error(
        "Unsigned and streaming payloads are not supported by this endpoint. Sign the SHA-256 of \
         the whole body."
    )]
    UnsupportedPayload,
    /// The body is not the one whose hash was sent.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    PayloadMismatch,
    /// Core does not accept the credential or the signature.
    #[error("{}", authentication_text(*.0))]
    Unproven(#[from] AuthenticationError),
}

impl FrontDoorError {
    /// An algorithm other than ours.
    pub(super) fn algorithm(found: &str) -> Self {
        Self::Incomplete(format!(
            "Unsupported AWS 'algorithm': '{found}' (only AWS4-HMAC-SHA256 for now). "
        ))
    }

    /// A header that must be signed and is not.
    pub(super) fn unsigned(header: &str) -> Self {
        Self::Invalid(format!(
            "{header} must be a 'SignedHeader' in the AWS Authorization."
        ))
    }

    /// The error's code and status for a service of that protocol.
    #[must_use]
    pub fn shape(&self, protocol: Protocol) -> &'static ErrorShape {
        let shapes = match self {
            Self::MissingToken => &MISSING_TOKEN,
            Self::Incomplete(_) | Self::Presigned => &INCOMPLETE,
            Self::Unproven(AuthenticationError::UnknownCredential) => &UNKNOWN_CREDENTIAL,
            Self::Unproven(AuthenticationError::ExpiredSession) => &EXPIRED_TOKEN,
            Self::Unproven(AuthenticationError::Unreadable) => &INTERNAL,
            Self::Unproven(AuthenticationError::WrongSignature)
            | Self::BothForms
            | Self::Invalid(_)
            | Self::RepeatedHeader(_)
            | Self::UnreadableHeader(_)
            | Self::UnsupportedPayload
            | Self::PayloadMismatch => &INVALID,
        };
        match protocol {
            Protocol::AwsJson11 => &shapes.json,
            Protocol::RestXml
                if matches!(self, Self::Unproven(AuthenticationError::UnknownCredential)) =>
            {
                &INVALID_ACCESS_KEY
            }
            Protocol::Query | Protocol::RestXml => &shapes.query,
        }
    }

    /// The answer for a service of that protocol.
    #[must_use]
    pub fn to_service_error(&self, protocol: Protocol) -> ServiceError {
        let error = ServiceError::new(self.shape(protocol), self.to_string());
        match self {
            Self::Unproven(cause @ AuthenticationError::Unreadable) => {
                error.with_inside(cause.to_string())
            }
            _ => error,
        }
    }
}

fn authentication_text(error: AuthenticationError) -> &'static str {
    match error {
        AuthenticationError::UnknownCredential => {
            "The security token included in the request is invalid."
        }
        AuthenticationError::ExpiredSession => {
            "The security token included in the request is expired"
        }
        AuthenticationError::WrongSignature => {
            "The request signature we calculated does not match the signature you provided. Check \
             your AWS Secret Access Key and signing method. Consult the service documentation for \
             details."
        }
        AuthenticationError::Unreadable => {
            "The request failed because of an internal error. Try again."
        }
    }
}

/// One error as the JSON services and as the query services name it.
struct Shapes {
    json: ErrorShape,
    query: ErrorShape,
}

const fn shapes(
    json: &'static str,
    json_status: u16,
    query: &'static str,
    query_status: u16,
) -> Shapes {
    const fn shape(code: &'static str, status: u16) -> ErrorShape {
        ErrorShape {
            name: code,
            code,
            status,
            fault: status >= 500,
            message_member: "message",
        }
    }
    Shapes {
        json: shape(json, json_status),
        query: shape(query, query_status),
    }
}

static MISSING_TOKEN: Shapes = shapes(
    "MissingAuthenticationTokenException",
    400,
    "MissingAuthenticationToken",
    403,
);
static INCOMPLETE: Shapes = shapes(
    "IncompleteSignatureException",
    400,
    "IncompleteSignature",
    400,
);
static INVALID: Shapes = shapes(
    "InvalidSignatureException",
    400,
    "SignatureDoesNotMatch",
    403,
);
static UNKNOWN_CREDENTIAL: Shapes = shapes(
    "UnrecognizedClientException",
    400,
    "InvalidClientTokenId",
    403,
);
/// What S3 calls it.
static INVALID_ACCESS_KEY: ErrorShape = ErrorShape {
    name: "InvalidAccessKeyId",
    code: "InvalidAccessKeyId",
    status: 403,
    fault: false,
    message_member: "message",
};
static EXPIRED_TOKEN: Shapes = shapes("ExpiredTokenException", 400, "ExpiredToken", 403);
static INTERNAL: Shapes = shapes("InternalFailure", 500, "InternalFailure", 500);
