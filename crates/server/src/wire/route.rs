//! Which service and which operation a request is for, before anybody knows who sends it. A
//! request that no service here could be meant by is answered at once and never recorded.

use super::form::{BadForm, Form, echo};
use super::{json, query, s3};
use claviger_core::chain::ServiceError;
use claviger_core::s3::S3;
use claviger_model::{ErrorShape, Protocol, SERVICES, Service};
use http::Method;
use http::request::Parts;
use serde_json::Value;
use std::sync::Arc;

/// A request whose service and operation are known by name.
#[derive(Debug)]
pub struct Routed {
    /// The service.
    pub service: &'static Service,
    /// The operation as it was named; it need not exist.
    pub operation: String,
    form: Option<Form>,
    /// What method, path and query of a request to S3 say.
    read: Option<Arc<Value>>,
}

/// Why no service can be meant.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unroutable {
    /// Neither a target, nor a form.
    #[error("the request is in no protocol of this endpoint")]
    NoProtocol,
    /// A target whose prefix is no service's.
    #[error("the target names no service of this endpoint")]
    UnknownTarget,
    /// A form that cannot be read.
    #[error("{0}")]
    BadForm(#[from] BadForm),
    /// A form without `Action`.
    #[error("The request is missing an action or a required parameter.")]
    MissingAction,
    /// A request to S3 that is not served.
    #[error("{0:?}")]
    NotServed(ServiceError),
    /// A form for an API version that no service here has.
    #[error("Could not find operation {action} for version {version}")]
    UnknownVersion {
        /// The `Action` that was sent.
        action: String,
        /// The `Version` that was sent.
        version: String,
    },
}

impl Unroutable {
    /// The protocol to answer in.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        match self {
            Self::NoProtocol | Self::UnknownTarget => Protocol::AwsJson11,
            Self::NotServed(_) => Protocol::RestXml,
            _ => Protocol::Query,
        }
    }

    /// The answer. AWS's has no text where the operation is unknown to a JSON service.
    #[must_use]
    pub fn to_service_error(&self) -> ServiceError {
        match self {
            Self::NoProtocol => ServiceError::bare(&NOT_FOUND),
            Self::UnknownTarget => ServiceError::bare(&UNKNOWN_OPERATION),
            Self::NotServed(error) => error.clone(),
            Self::BadForm(_) => ServiceError::new(&MALFORMED_QUERY, self.to_string()),
            Self::MissingAction => ServiceError::new(&MISSING_ACTION, self.to_string()),
            Self::UnknownVersion { .. } => ServiceError::new(&INVALID_ACTION, self.to_string()),
        }
    }
}

/// The shape of an error that belongs to no service.
pub(crate) const fn front_door_shape(code: &'static str, status: u16) -> ErrorShape {
    ErrorShape {
        name: code,
        code,
        status,
        fault: false,
        message_member: "message",
    }
}

/// Sources: KMS API reference, "Common errors"; IAM API reference, "Common errors".
static NOT_FOUND: ErrorShape = front_door_shape("UnknownOperationException", 404);
static UNKNOWN_OPERATION: ErrorShape = front_door_shape("UnknownOperationException", 400);
static MALFORMED_QUERY: ErrorShape = front_door_shape("MalformedQueryString", 400);
static MISSING_ACTION: ErrorShape = front_door_shape("MissingAction", 400);
static INVALID_ACTION: ErrorShape = front_door_shape("InvalidAction", 400);

/// Finds service and operation. `body` is the whole body as it arrived.
///
/// # Errors
/// See [`Unroutable`].
pub fn route(head: &Parts, body: &[u8]) -> Result<Routed, Unroutable> {
    if s3::is_meant(head) {
        let (operation, document) = s3::route(head).map_err(Unroutable::NotServed)?;
        return Ok(Routed {
            service: S3,
            operation: operation.to_owned(),
            form: None,
            read: Some(Arc::new(document)),
        });
    }
    if head.uri.path() != "/" {
        return Err(Unroutable::NoProtocol);
    }
    if let Some(target) = head.headers.get("x-amz-target") {
        return route_json(
            head,
            target.to_str().map_err(|_| Unroutable::UnknownTarget)?,
        );
    }
    let posted_form = head.method == Method::POST
        && media_type(head).eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let mut form = Form::default();
    if posted_form || head.method == Method::GET {
        form.read(head.uri.query().unwrap_or("").as_bytes())?;
    }
    if posted_form {
        form.read(body)?;
    } else if form.get("Action").is_none() || !body.is_empty() {
        return Err(Unroutable::NoProtocol);
    }
    route_query(form)
}

fn route_json(head: &Parts, target: &str) -> Result<Routed, Unroutable> {
    let media_type = media_type(head);
    let is_json = ["application/x-amz-json-1.1", "application/json"]
        .iter()
        .any(|known| media_type.eq_ignore_ascii_case(known));
    if head.method != Method::POST || !is_json {
        return Err(Unroutable::NoProtocol);
    }
    let named = |service: &'static Service| Some((service, operation_of(service, target)?));
    SERVICES
        .into_iter()
        .find_map(named)
        .map(|(service, operation)| Routed {
            service,
            operation: operation.to_owned(),
            form: None,
            read: None,
        })
        .ok_or(Unroutable::UnknownTarget)
}

/// The operation that a target names, if its prefix is the service's. botocore's model has CloudTrail's
/// Java name with its dots, the SDKs that are made from Smithy models (Rust, JavaScript) send the
/// last part of it alone.
fn operation_of<'t>(service: &Service, target: &'t str) -> Option<&'t str> {
    let known = service.target_prefix?;
    let last = known.rsplit('.').next().unwrap_or(known);
    [known, last]
        .into_iter()
        .find_map(|prefix| target.strip_prefix(prefix)?.strip_prefix('.'))
}

/// All query services share this endpoint; their API versions tell them apart.
fn route_query(form: Form) -> Result<Routed, Unroutable> {
    let action = match form.get("Action") {
        Some(action) if !action.is_empty() => action.to_owned(),
        _ => return Err(Unroutable::MissingAction),
    };
    let version = form.get("Version").unwrap_or("NO_VERSION_SPECIFIED");
    let service = SERVICES
        .into_iter()
        .find(|service| service.protocol == Protocol::Query && service.api_version == version);
    match service {
        Some(service) => Ok(Routed {
            service,
            operation: action,
            form: Some(form),
            read: None,
        }),
        None => Err(Unroutable::UnknownVersion {
            action: echo(&action),
            version: echo(version),
        }),
    }
}

/// The content type without its parameters.
fn media_type(head: &Parts) -> &str {
    head.headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or("")
        .trim()
}

impl Routed {
    /// The document of the request. Of an operation that the model does not know it is empty.
    ///
    /// # Errors
    /// What is wrong with the body's form, in words for the caller.
    pub fn document(&self, body: &[u8]) -> Result<Arc<Value>, String> {
        if let Some(document) = &self.read {
            return Ok(Arc::clone(document));
        }
        let Some(form) = &self.form else {
            return json::read(body).map(Arc::new);
        };
        match self.service.operation(&self.operation) {
            Some(operation) => query::document(operation, form).map(Arc::new),
            None => Ok(Arc::new(Value::Object(serde_json::Map::new()))),
        }
    }
}
