//! The static descriptors of services, operations and shapes. They say what the model says; the
//! generated modules fill them, and validation, the query protocol and redaction read them.

use crate::{ErrorShape, Pattern};

/// How a service speaks on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.1: the operation in `X-Amz-Target`, bodies in JSON.
    AwsJson11,
    /// The query protocol: a form with `Action` and `Version`, replies in XML.
    Query,
    /// REST with XML: what is meant stands in method, path and query.
    RestXml,
}

/// One service and its operations.
#[derive(Debug)]
pub struct Service {
    /// The service's folder name in botocore: `kms`, `sso-admin`.
    pub id: &'static str,
    /// The service in a SigV4 scope: `kms`, `sso`.
    pub signing_name: &'static str,
    /// The first label of the service's host name.
    pub endpoint_prefix: &'static str,
    /// What stands before the operation in `X-Amz-Target`: `TrentService`. JSON services only.
    pub target_prefix: Option<&'static str>,
    /// The version of the JSON protocol: `1.1`. JSON services only.
    pub json_version: Option<&'static str>,
    /// The API version, a date; the query protocol sends it as `Version`.
    pub api_version: &'static str,
    /// The namespace of XML replies. Query services only.
    pub xml_namespace: Option<&'static str>,
    /// How the service speaks.
    pub protocol: Protocol,
    /// The `eventSource` of its CloudTrail records: `kms.amazonaws.com`, `sso.amazonaws.com`.
    pub event_source: &'static str,
    /// The operations, sorted by name.
    pub operations: &'static [Operation],
}

impl Service {
    /// The operation of that exact name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&'static Operation> {
        let found = self.operations.binary_search_by(|o| o.name.cmp(name));
        found.ok().and_then(|at| self.operations.get(at))
    }
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// AWS's name: `GenerateDataKey`.
    pub name: &'static str,
    /// The request; `None` where the operation takes nothing.
    pub input: Option<&'static Structure>,
    /// The reply; `None` where the operation answers with nothing.
    pub output: Option<&'static Structure>,
    /// The XML element around the reply's members. Query services only.
    pub result_wrapper: Option<&'static str>,
    /// The errors that the model names. Those common to all operations are not among them.
    pub errors: &'static [&'static ErrorShape],
}

/// How a service words that a value breaks constraints. The services stand on two generations of
/// AWS's framework, which differ in what they show and in which order they say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    /// Values are shown, unless sensitive: `Value 'x' at 'keyId'`. KMS, STS and others.
    Shown,
    /// No value is shown: `Value at 'roleName'`. IAM, since 2024.
    Hidden,
}

/// A structure.
#[derive(Debug)]
pub struct Structure {
    /// AWS's name: `EncryptRequest`.
    pub name: &'static str,
    /// Whether the structure as a whole must not be shown.
    pub sensitive: bool,
    /// How its service words the refusal of a value.
    pub wording: Wording,
    /// The members in the model's order.
    pub members: &'static [Member],
}

impl Structure {
    /// The member of that exact name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        self.members.iter().find(|m| m.name == name)
    }
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// The name in the document form: `KeyId`.
    pub name: &'static str,
    /// The name on the wire of the query protocol, where it differs.
    pub location_name: Option<&'static str>,
    /// Whether a request without it is refused.
    pub required: bool,
    /// Whether its value must not be shown in messages, records and logs. A list or map of
    /// sensitive values is not marked itself; its shape says it of the values.
    pub sensitive: bool,
    /// What it may hold.
    pub shape: &'static Shape,
}

/// What a value may be. Bounds are inclusive: of numbers the value, of strings the number of
/// characters, of blobs the number of decoded bytes, of lists and maps the number of entries.
#[derive(Debug)]
pub enum Shape {
    /// Text.
    String {
        /// Fewest characters.
        min: Option<i64>,
        /// Most characters.
        max: Option<i64>,
        /// What the whole text must match.
        pattern: Option<&'static Pattern>,
        /// The values allowed; none named means any.
        enum_values: &'static [&'static str],
        /// Whether the text must not be shown.
        sensitive: bool,
    },
    /// A whole number of 32 bits.
    Integer {
        /// Lowest value.
        min: Option<i64>,
        /// Highest value.
        max: Option<i64>,
    },
    /// A whole number of 64 bits.
    Long {
        /// Lowest value.
        min: Option<i64>,
        /// Highest value.
        max: Option<i64>,
    },
    /// A floating-point number.
    Double,
    /// True or false.
    Boolean,
    /// Bytes, base64 text in the document form.
    Blob {
        /// Fewest bytes.
        min: Option<i64>,
        /// Most bytes.
        max: Option<i64>,
        /// Whether the bytes must not be shown.
        sensitive: bool,
    },
    /// A moment, epoch seconds in the document form.
    Timestamp,
    /// A list.
    List {
        /// Fewest entries.
        min: Option<i64>,
        /// Most entries.
        max: Option<i64>,
        /// What each entry may be.
        member: &'static Shape,
        /// The element around an entry in the query protocol.
        member_name: &'static str,
        /// Whether the query protocol leaves that element out.
        flattened: bool,
    },
    /// A map from texts.
    Map {
        /// Fewest entries.
        min: Option<i64>,
        /// Most entries.
        max: Option<i64>,
        /// What each key may be.
        key: &'static Shape,
        /// What each value may be.
        value: &'static Shape,
        /// The element of a key in the query protocol.
        key_name: &'static str,
        /// The element of a value in the query protocol.
        value_name: &'static str,
        /// Whether the query protocol leaves the element around an entry out.
        flattened: bool,
    },
    /// A structure.
    Structure(&'static Structure),
    /// Any JSON value.
    Document,
}
