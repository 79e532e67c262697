//! Reads what a query needs of a record, whoever wrote it and in whatever event version: members
//! that are missing or unknown do not matter.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A record that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The bytes are no JSON, or a member has another type than in any record.
    #[error("the record cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// The JSON is something else than an object.
    #[error("the record is not a JSON object")]
    NotAnObject,
}

/// The members of a record that queries and tables use, borrowed from its bytes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RecordView<'a> {
    /// Who acted.
    #[serde(borrow)]
    pub user_identity: IdentityView<'a>,
    /// When, as text: `2026-01-05T10:00:00Z`.
    #[serde(borrow)]
    pub event_time: Cow<'a, str>,
    /// The service.
    #[serde(borrow)]
    pub event_source: Cow<'a, str>,
    /// The operation or service event.
    #[serde(borrow)]
    pub event_name: Cow<'a, str>,
    /// The Region.
    #[serde(borrow)]
    pub aws_region: Cow<'a, str>,
    /// Where the call came from.
    #[serde(rename = "sourceIPAddress", borrow)]
    pub source_ip_address: Option<Cow<'a, str>>,
    /// The error's code, if any.
    #[serde(borrow)]
    pub error_code: Option<Cow<'a, str>>,
    /// The error's text, if any.
    #[serde(borrow)]
    pub error_message: Option<Cow<'a, str>>,
    /// The request's parameters, unread.
    #[serde(borrow)]
    pub request_parameters: Option<&'a RawValue>,
    /// The request id.
    #[serde(rename = "requestID", borrow)]
    pub request_id: Option<Cow<'a, str>>,
    /// The record's own id.
    #[serde(rename = "eventID", borrow)]
    pub event_id: Option<Cow<'a, str>>,
    /// Whether it is a management event.
    pub management_event: Option<bool>,
    /// Whether the operation changes nothing.
    pub read_only: Option<bool>,
    /// The resources.
    #[serde(borrow)]
    pub resources: Option<Vec<ResourceView<'a>>>,
    /// The account that received the record.
    #[serde(borrow)]
    pub recipient_account_id: Option<Cow<'a, str>>,
}

/// What of `userIdentity` queries and tables use.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IdentityView<'a> {
    /// The kind; service events have none.
    #[serde(rename = "type", borrow)]
    pub kind: Option<Cow<'a, str>>,
    /// The unique id.
    #[serde(borrow)]
    pub principal_id: Option<Cow<'a, str>>,
    /// The ARN.
    #[serde(borrow)]
    pub arn: Option<Cow<'a, str>>,
    /// The account.
    #[serde(borrow)]
    pub account_id: Option<Cow<'a, str>>,
    /// The user's name.
    #[serde(borrow)]
    pub user_name: Option<Cow<'a, str>>,
    /// The access key that signed.
    #[serde(borrow)]
    pub access_key_id: Option<Cow<'a, str>>,
    /// The service that called, for itself or for somebody.
    #[serde(borrow)]
    pub invoked_by: Option<Cow<'a, str>>,
    /// The session.
    #[serde(borrow)]
    pub session_context: Option<SessionView<'a>>,
}

/// What of a session queries use.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionView<'a> {
    /// The role or user behind the session.
    #[serde(borrow)]
    pub session_issuer: Option<IssuerView<'a>>,
}

/// What of a session's issuer queries use.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IssuerView<'a> {
    /// The ARN of the role or user.
    #[serde(borrow)]
    pub arn: Option<Cow<'a, str>>,
}

/// One element of `resources`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResourceView<'a> {
    /// Its ARN.
    #[serde(rename = "ARN", borrow)]
    pub arn: Option<Cow<'a, str>>,
    /// Its type.
    #[serde(rename = "type", borrow)]
    pub kind: Option<Cow<'a, str>>,
}

impl<'a> RecordView<'a> {
    /// Reads a record's bytes.
    ///
    /// # Errors
    /// When they are no JSON object of the form of a record.
    pub fn read(body: &'a [u8]) -> Result<Self, ViewError> {
        // The decoder would also take an array, member by member.
        if body.trim_ascii_start().starts_with(b"{") {
            Ok(serde_json::from_slice(body)?)
        } else {
            Err(ViewError::NotAnObject)
        }
    }

    /// Who acted, in the shortest form that names them: the ARN, else the service, else the id.
    #[must_use]
    pub fn principal(&self) -> &str {
        let who = &self.user_identity;
        [
            &who.arn,
            &who.invoked_by,
            &who.principal_id,
            &who.account_id,
        ]
        .into_iter()
        .find_map(Option::as_deref)
        .unwrap_or_default()
    }

    /// The ARN of the first resource, if there is one.
    #[must_use]
    pub fn resource(&self) -> Option<&str> {
        self.resources.as_deref()?.first()?.arn.as_deref()
    }
}
