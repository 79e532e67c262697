//! S3's errors. Source: Amazon S3 API reference, "Error responses".

use crate::chain::ServiceError;
use claviger_model::ErrorShape;

const fn shape(code: &'static str, status: u16) -> ErrorShape {
    ErrorShape {
        name: code,
        code,
        status,
        fault: status >= 500,
        message_member: "Message",
    }
}

static NO_SUCH_BUCKET: ErrorShape = shape("NoSuchBucket", 404);
static NO_SUCH_KEY: ErrorShape = shape("NoSuchKey", 404);
static INVALID_ARGUMENT: ErrorShape = shape("InvalidArgument", 400);
static INTERNAL: ErrorShape = shape("InternalError", 500);

pub(super) fn no_such_bucket() -> ServiceError {
    ServiceError::new(&NO_SUCH_BUCKET, "The specified bucket does not exist")
}

pub(super) fn no_such_key() -> ServiceError {
    ServiceError::new(&NO_SUCH_KEY, "The specified key does not exist.")
}

pub(super) fn invalid_argument(text: &'static str) -> ServiceError {
    ServiceError::new(&INVALID_ARGUMENT, text)
}

pub(super) fn internal(inside: impl Into<String>) -> ServiceError {
    let text = "We encountered an internal error. Please try again.";
    ServiceError::new(&INTERNAL, text).with_inside(inside)
}
