//! Writes a record as JSON, straight into bytes: this runs once for every call of every service.

use super::{Principal, Record, Resource, SessionContext, SessionIssuer, TlsDetails, UserIdentity};
use crate::Json;
use crate::record::identity::External;
use claviger_types::AccountId;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// CloudTrail's limit for `userAgent`, `errorCode` and `errorMessage`: longer text is cut.
const TEXT_LIMIT: usize = 1024;
/// Its limit for `requestParameters`, `responseElements` and `serviceEventDetails`: larger content
/// is left out.
const ELEMENT_LIMIT: usize = 100 * 1024;
/// Its limit for `additionalEventData`.
const ADDITIONAL_LIMIT: usize = 28 * 1024;

impl Record {
    /// Appends the record's JSON to `out`, without white space and without a line end.
    pub fn write(&self, out: &mut Vec<u8>) {
        // Every key is text and the writer is memory, so nothing here can fail.
        let _ = serde_json::to_writer(out, self);
    }
}

/// At most `TEXT_LIMIT` bytes of a text, whole characters only.
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT_LIMIT))
        .unwrap_or(text)
}

fn within(json: Option<&Json>, limit: usize) -> Option<&Json> {
    json.filter(|j| j.as_str().len() <= limit)
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("eventVersion", Self::EVENT_VERSION)?;
        map.serialize_entry("userIdentity", &self.user_identity)?;
        map.serialize_entry("eventTime", &self.event_time.iso())?;
        map.serialize_entry("eventSource", self.event_source)?;
        map.serialize_entry("eventName", self.event_name)?;
        map.serialize_entry("awsRegion", self.aws_region.as_str())?;
        map.serialize_entry("sourceIPAddress", cut(&self.source_ip_address))?;
        entry(&mut map, "userAgent", self.user_agent.as_deref().map(cut))?;
        entry(&mut map, "errorCode", self.error_code.as_deref().map(cut))?;
        entry(
            &mut map,
            "errorMessage",
            self.error_message.as_deref().map(cut),
        )?;
        map.serialize_entry(
            "requestParameters",
            &within(self.request_parameters.as_ref(), ELEMENT_LIMIT),
        )?;
        map.serialize_entry(
            "responseElements",
            &within(self.response_elements.as_ref(), ELEMENT_LIMIT),
        )?;
        let additional = within(self.additional_event_data.as_ref(), ADDITIONAL_LIMIT);
        entry(&mut map, "additionalEventData", additional)?;
        entry(&mut map, "requestID", self.request_id.as_deref())?;
        map.serialize_entry("eventID", &self.event_id)?;
        map.serialize_entry("readOnly", &self.read_only)?;
        if !self.resources.is_empty() || self.event_source == "kms.amazonaws.com" {
            map.serialize_entry("resources", &self.resources)?;
        }
        map.serialize_entry("eventType", self.event_type.as_str())?;
        map.serialize_entry("managementEvent", &!self.data_event)?;
        map.serialize_entry("recipientAccountId", self.recipient_account_id.as_str())?;
        entry(&mut map, "sharedEventID", self.shared_event_id.as_deref())?;
        let details = within(self.service_event_details.as_ref(), ELEMENT_LIMIT);
        entry(&mut map, "serviceEventDetails", details)?;
        let category = if self.data_event {
            "Data"
        } else {
            "Management"
        };
        map.serialize_entry("eventCategory", category)?;
        entry(&mut map, "tlsDetails", self.tls_details.as_ref())?;
        map.end()
    }
}

/// Writes a member that is left out when there is nothing to say.
fn entry<M: SerializeMap, T: Serialize + ?Sized>(
    map: &mut M,
    name: &str,
    value: Option<&T>,
) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(name, value),
        None => Ok(()),
    }
}

fn account<M: SerializeMap>(map: &mut M, id: AccountId) -> Result<(), M::Error> {
    map.serialize_entry("accountId", id.as_str())
}

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        account(&mut map, self.account_id)?;
        map.serialize_entry("type", self.kind)?;
        map.serialize_entry("ARN", &self.arn)?;
        map.end()
    }
}

impl Serialize for TlsDetails {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("tlsVersion", &self.tls_version)?;
        map.serialize_entry("cipherSuite", &self.cipher_suite)?;
        map.serialize_entry(
            "clientProvidedHostHeader",
            &self.client_provided_host_header,
        )?;
        entry(&mut map, "keyExchange", self.key_exchange.as_deref())?;
        map.end()
    }
}

impl Serialize for UserIdentity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Root(p) => principal(&mut map, "Root", p)?,
            Self::IamUser(p) => principal(&mut map, "IAMUser", p)?,
            Self::AssumedRole(p) => principal(&mut map, "AssumedRole", p)?,
            Self::Role(p) => principal(&mut map, "Role", p)?,
            Self::FederatedUser(p) => principal(&mut map, "FederatedUser", p)?,
            Self::SamlUser(e) => external(&mut map, "SAMLUser", e)?,
            Self::WebIdentityUser(e) => external(&mut map, "WebIdentityUser", e)?,
            Self::IdentityCenterUser {
                account_id,
                user_id,
                identity_store_arn,
                credential_id,
            } => {
                map.serialize_entry("type", "IdentityCenterUser")?;
                account(&mut map, *account_id)?;
                map.serialize_entry(
                    "onBehalfOf",
                    &OnBehalfOf {
                        user_id,
                        identity_store_arn,
                    },
                )?;
                entry(&mut map, "credentialId", credential_id.as_deref())?;
            }
            Self::AwsService { invoked_by } => {
                map.serialize_entry("type", "AWSService")?;
                map.serialize_entry("invokedBy", invoked_by)?;
            }
            Self::AwsAccount {
                principal_id,
                account_id,
                invoked_by,
            } => {
                map.serialize_entry("type", "AWSAccount")?;
                map.serialize_entry("principalId", principal_id)?;
                account(&mut map, *account_id)?;
                entry(&mut map, "invokedBy", invoked_by.as_deref())?;
            }
            Self::Internal {
                account_id,
                invoked_by,
            } => {
                account(&mut map, *account_id)?;
                map.serialize_entry("invokedBy", invoked_by)?;
            }
        }
        map.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OnBehalfOf<'a> {
    user_id: &'a str,
    identity_store_arn: &'a str,
}

fn principal<M: SerializeMap>(map: &mut M, kind: &str, p: &Principal) -> Result<(), M::Error> {
    map.serialize_entry("type", kind)?;
    map.serialize_entry("principalId", &p.principal_id)?;
    map.serialize_entry("arn", &p.arn)?;
    account(map, p.account_id)?;
    entry(map, "accessKeyId", p.access_key_id.as_deref())?;
    entry(map, "userName", p.user_name.as_deref())?;
    entry(map, "sessionContext", p.session.as_ref())?;
    entry(map, "invokedBy", p.invoked_by.as_deref())
}

fn external<M: SerializeMap>(map: &mut M, kind: &str, e: &External) -> Result<(), M::Error> {
    map.serialize_entry("type", kind)?;
    map.serialize_entry("principalId", &e.principal_id)?;
    entry(map, "userName", e.user_name.as_deref())?;
    map.serialize_entry("identityProvider", &e.identity_provider)
}

impl Serialize for SessionContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        // AWS writes empty objects where a session has no issuer or no web identity.
        match &self.issuer {
            Some(issuer) => map.serialize_entry("sessionIssuer", issuer)?,
            None => map.serialize_entry("sessionIssuer", &Empty {})?,
        }
        map.serialize_entry("webIdFederationData", &Empty {})?;
        map.serialize_entry(
            "attributes",
            &Attributes {
                creation_date: self.creation_date.iso(),
                mfa_authenticated: if self.mfa_authenticated {
                    "true"
                } else {
                    "false"
                },
            },
        )?;
        entry(&mut map, "sourceIdentity", self.source_identity.as_deref())?;
        map.end()
    }
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    creation_date: String,
    mfa_authenticated: &'static str,
}

impl Serialize for SessionIssuer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.kind)?;
        map.serialize_entry("principalId", &self.principal_id)?;
        map.serialize_entry("arn", &self.arn)?;
        account(&mut map, self.account_id)?;
        entry(&mut map, "userName", self.user_name.as_deref())?;
        map.end()
    }
}
