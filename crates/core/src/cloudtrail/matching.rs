//! Which events have an attribute, and what an event's user is called. Source: CloudTrail User Guide,
//! "Viewing recent management events with the AWS CLI" and "userIdentity element".

use crate::chain::EventAttribute;
use claviger_trail::RecordView;

/// Whether a record has an attribute of this value.
#[must_use]
pub fn matches(view: &RecordView<'_>, attribute: EventAttribute, value: &str) -> bool {
    let is = |text: Option<&str>| text == Some(value);
    let resources = view.resources.iter().flatten();
    match attribute {
        EventAttribute::EventId => is(view.event_id.as_deref()),
        EventAttribute::EventName => view.event_name == value,
        EventAttribute::ReadOnly => is(view.read_only.map(read_only)),
        EventAttribute::Username => is(user_name(view)),
        EventAttribute::ResourceType => resources.into_iter().any(|r| is(r.kind.as_deref())),
        EventAttribute::ResourceName => resources.into_iter().any(|r| is(r.arn.as_deref())),
        EventAttribute::EventSource => view.event_source == value,
        EventAttribute::AccessKeyId => is(view.user_identity.access_key_id.as_deref()),
    }
}

/// The flag as `LookupEvents` writes it.
pub(super) fn read_only(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

/// A user's name; a session's for a role. Services have none.
pub(super) fn user_name<'v>(view: &'v RecordView<'_>) -> Option<&'v str> {
    let who = &view.user_identity;
    let session = || {
        let id = who.principal_id.as_deref()?;
        Some(id.split_once(':')?.1)
    };
    who.user_name.as_deref().or_else(session)
}
