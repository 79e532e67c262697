//! One CloudTrail record of event version 1.11 and its JSON, members in AWS's order. It does not
//! decide what is recorded. Sources: CloudTrail User Guide, "CloudTrail record contents for
//! management, data, and network activity events"; KMS Developer Guide, "Logging AWS KMS API calls
//! with AWS CloudTrail".

mod identity;
mod write;

pub use identity::{External, Principal, SessionContext, SessionIssuer, UserIdentity};

use crate::Json;
use claviger_types::{AccountId, RegionName, Timestamp};
use std::borrow::Cow;

/// What kind of event a record tells of: its member `eventType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// A call of an API.
    AwsApiCall,
    /// Something a service did by itself, such as a due rotation.
    AwsServiceEvent,
}

impl EventType {
    /// The member's text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsApiCall => "AwsApiCall",
            Self::AwsServiceEvent => "AwsServiceEvent",
        }
    }
}

/// A resource that an event touched: one element of `resources`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Who owns it; a copy of the record goes to this account.
    pub account_id: AccountId,
    /// Its type, such as `AWS::KMS::Key`.
    pub kind: &'static str,
    /// Its ARN.
    pub arn: String,
}

impl Resource {
    /// A KMS key. Aliases have this type too in AWS's records.
    #[must_use]
    pub fn kms_key(account_id: AccountId, arn: impl Into<String>) -> Self {
        Self {
            account_id,
            kind: "AWS::KMS::Key",
            arn: arn.into(),
        }
    }
}

/// How the connection was encrypted: the member `tlsDetails`, absent when a service called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsDetails {
    /// Such as `TLSv1.3`.
    pub tls_version: Cow<'static, str>,
    /// Such as `TLS_AES_128_GCM_SHA256`.
    pub cipher_suite: Cow<'static, str>,
    /// The `Host` that the client named.
    pub client_provided_host_header: String,
    /// The key exchange group, such as `X25519MLKEM768`.
    pub key_exchange: Option<Cow<'static, str>>,
}

/// A record for one account. `eventVersion` is 1.11 in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Who acted, as the receiving account may see it.
    pub user_identity: UserIdentity,
    /// When; written in UTC to the second.
    pub event_time: Timestamp,
    /// The service, such as `kms.amazonaws.com`.
    pub event_source: &'static str,
    /// The operation, or the name of the service event.
    pub event_name: &'static str,
    /// The Region.
    pub aws_region: RegionName,
    /// The client's address, a service's name, or `AWS Internal`.
    pub source_ip_address: Cow<'static, str>,
    /// What the client calls itself, a service's name, or `AWS Internal`; cut to 1 kB when written.
    pub user_agent: Option<Cow<'static, str>>,
    /// The error's code, if the call was refused or failed.
    pub error_code: Option<Cow<'static, str>>,
    /// The error's text; cut to 1 kB when written.
    pub error_message: Option<Cow<'static, str>>,
    /// What was asked, nothing secret in it; written as null if none, left out above 100 kB.
    pub request_parameters: Option<Json>,
    /// What was answered to a change; written as null if none, left out above 100 kB.
    pub response_elements: Option<Json>,
    /// What neither request nor reply shows, such as `keyMaterialId`; left out above 28 kB.
    pub additional_event_data: Option<Json>,
    /// The `x-amzn-RequestId` of the reply; none for service events.
    pub request_id: Option<String>,
    /// This record's own id: a UUID.
    pub event_id: String,
    /// Whether the operation changes nothing.
    pub read_only: bool,
    /// Whether it is a data event rather than a management event: `managementEvent` and
    /// `eventCategory`. Of these services only S3 has such.
    pub data_event: bool,
    /// The resources. KMS records always have the member, those of other services if there are any.
    pub resources: Vec<Resource>,
    /// What kind of event.
    pub event_type: EventType,
    /// The account that receives this copy.
    pub recipient_account_id: AccountId,
    /// The same UUID on every copy of an event that goes to several accounts.
    pub shared_event_id: Option<String>,
    /// What happened in a service event; left out above 100 kB.
    pub service_event_details: Option<Json>,
    /// How the connection was encrypted.
    pub tls_details: Option<TlsDetails>,
}

impl Record {
    /// The event version this crate writes.
    pub const EVENT_VERSION: &'static str = "1.11";

    /// The record's JSON, without white space.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1536);
        self.write(&mut out);
        out
    }
}
