//! AWS CloudTrail over the archive that records are delivered to: the trails that an operator has
//! configured, where they stand, the keys of their digests, and the events of the last 90 days. It
//! makes, changes and stops no trail. Source: the CloudTrail service model (2013-11-01), API
//! reference and User Guide.

mod event_selectors;
mod lookup_events;
mod lookup_token;
mod matching;
mod public_keys;
mod record;
mod status;
mod trail;
mod trails;

pub use event_selectors::GetEventSelectors;
pub use lookup_events::LookupEvents;
pub use matching::matches;
pub use public_keys::ListPublicKeys;
pub use status::GetTrailStatus;
pub use trails::{DescribeTrails, GetTrail, ListTrails};

use crate::chain::Served;

/// The operations served.
pub static SERVED: &[Served] = &[
    Served::of::<DescribeTrails>(),
    Served::of::<GetEventSelectors>(),
    Served::of::<GetTrail>(),
    Served::of::<GetTrailStatus>(),
    Served::of::<ListPublicKeys>(),
    Served::of::<ListTrails>(),
    Served::of::<LookupEvents>(),
];
