//! The filters of a query over records: time, principal, key, event, source, error, encryption
//! context, address, account, Region, request. It does not read the store and does not sort.

mod address;
mod parameters;

pub use address::{AddressFilter, NoAddress};

use crate::RecordView;
use claviger_types::Timestamp;

/// Which outcomes a query wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorFilter {
    /// Every call that was refused or failed.
    Any,
    /// Calls that succeeded.
    None,
    /// Calls refused with this code; `AccessDenied` and `AccessDeniedException` are one.
    Code(String),
}

/// What a record must be to be listed. Every part that is given must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// A text in the ARN, principal id, user name, session issuer's ARN or calling service, or the
    /// account id.
    pub principal: Option<String>,
    /// A key by id, ARN or alias (alias as the caller sent it).
    pub key: Option<String>,
    /// The operation, letter case aside.
    pub event_name: Option<String>,
    /// The service: `kms.amazonaws.com`, or `kms` for short.
    pub event_source: Option<String>,
    /// The error.
    pub error: Option<ErrorFilter>,
    /// An alias, with or without `alias/`, as the caller sent it.
    pub alias: Option<String>,
    /// Pairs that one encryption context of the request has, all of them.
    pub context: Vec<(String, String)>,
    /// Where the call came from.
    pub address: Option<AddressFilter>,
    /// The account that received the record.
    pub account: Option<String>,
    /// The Region.
    pub region: Option<String>,
    /// The request id.
    pub request_id: Option<String>,
}

impl Filter {
    /// Whether a record is wanted. A record whose time cannot be read fits no time range.
    #[must_use]
    pub fn matches(&self, record: &RecordView<'_>) -> bool {
        self.time_fits(record)
            && fits(self.event_name.as_deref(), |name| {
                record.event_name.eq_ignore_ascii_case(name)
            })
            && fits(self.event_source.as_deref(), |source| {
                source_fits(&record.event_source, source)
            })
            && self.error_fits(record.error_code.as_deref())
            && fits(self.principal.as_deref(), |text| {
                principal_fits(record, text)
            })
            && fits(self.key.as_deref(), |key| key_fits(record, key))
            && fits(self.alias.as_deref(), |alias| {
                parameters::name(record, &full_alias(alias))
            })
            && (self.context.is_empty() || parameters::have_context(record, &self.context))
            && self.place_fits(record)
    }

    fn place_fits(&self, record: &RecordView<'_>) -> bool {
        let address = record.source_ip_address.as_deref();
        self.address
            .as_ref()
            .is_none_or(|wanted| address.is_some_and(|a| wanted.matches(a)))
            && fits(self.account.as_deref(), |account| {
                account_of(record) == Some(account)
            })
            && fits(self.region.as_deref(), |region| record.aws_region == region)
            && fits(self.request_id.as_deref(), |id| {
                record.request_id.as_deref() == Some(id)
            })
    }

    fn time_fits(&self, record: &RecordView<'_>) -> bool {
        if self.from.is_none() && self.until.is_none() {
            return true;
        }
        let Ok(time) = record.event_time.parse::<Timestamp>() else {
            return false;
        };
        self.from.is_none_or(|from| from <= time) && self.until.is_none_or(|until| time < until)
    }

    fn error_fits(&self, code: Option<&str>) -> bool {
        match &self.error {
            None => true,
            Some(ErrorFilter::Any) => code.is_some(),
            Some(ErrorFilter::None) => code.is_none(),
            Some(ErrorFilter::Code(wanted)) => code.is_some_and(|code| bare(code) == bare(wanted)),
        }
    }
}

fn fits(wanted: Option<&str>, test: impl FnOnce(&str) -> bool) -> bool {
    wanted.is_none_or(test)
}

/// A code without the ending that some services' codes have and others' lack.
fn bare(code: &str) -> &str {
    code.strip_suffix("Exception").unwrap_or(code)
}

fn source_fits(source: &str, wanted: &str) -> bool {
    source == wanted || source.strip_suffix(".amazonaws.com") == Some(wanted)
}

fn principal_fits(record: &RecordView<'_>, text: &str) -> bool {
    let who = &record.user_identity;
    let issuer = who
        .session_context
        .as_ref()
        .and_then(|s| s.session_issuer.as_ref())
        .and_then(|i| i.arn.as_deref());
    who.account_id.as_deref() == Some(text)
        || [
            who.arn.as_deref(),
            who.principal_id.as_deref(),
            who.user_name.as_deref(),
            who.invoked_by.as_deref(),
            issuer,
        ]
        .into_iter()
        .flatten()
        .any(|part| part.contains(text))
}

fn full_alias(alias: &str) -> String {
    let is_full = alias.starts_with("alias/") || alias.starts_with("arn:");
    let begin = if is_full { "" } else { "alias/" };
    format!("{begin}{alias}")
}

/// The account that received a record; in older records it is the caller's.
fn account_of<'r>(record: &'r RecordView<'_>) -> Option<&'r str> {
    let recipient = record.recipient_account_id.as_deref();
    recipient.or(record.user_identity.account_id.as_deref())
}

fn key_fits(record: &RecordView<'_>, key: &str) -> bool {
    let in_resources = record
        .resources
        .iter()
        .flatten()
        .filter_map(|r| r.arn.as_deref())
        .any(|arn| names(arn, key));
    in_resources || parameters::name(record, key)
}

/// Whether `found` (an ARN, id or alias) is what `wanted` (the same) names. An ARN and an id fit
/// when the id is the ARN's last part.
fn names(found: &str, wanted: &str) -> bool {
    fn last(name: &str) -> &str {
        match name.splitn(6, ':').nth(5) {
            Some(resource) => resource.strip_prefix("key/").unwrap_or(resource),
            None => name,
        }
    }
    let both_arns = found.starts_with("arn:") && wanted.starts_with("arn:");
    if both_arns {
        found == wanted
    } else {
        last(found) == last(wanted)
    }
}
