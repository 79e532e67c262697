//! `LookupEvents`: the management events of the caller's account and Region in the last 90 days, newest
//! first, whether they are in the database or have left for the archive.

use super::{lookup_token, matching, record};
use crate::chain::{
    Authorized, Demand, EventAttribute, EventSearch, Interrupt, Op, RecordParts, Request,
    ServiceError, Target, TrailAnswer, TrailEvent, TrailQuestion, Turn,
};
use claviger_model::cloudtrail::{
    Event, LookupAttribute, LookupAttributeKey, LookupEventsRequest, LookupEventsResponse,
    Resource, error,
};
use claviger_model::{CLOUDTRAIL, Epoch, Service};
use claviger_trail::RecordView;
use claviger_types::Timestamp;

/// Events of so many days can be looked up.
const DAYS: i64 = 90;
const HOUR: i64 = 3600;
/// The most events of a page (the model's `MaxResults`), and the number when none is given.
const MOST: usize = 50;

/// Looks events up.
pub struct LookupEvents;

fn attribute(
    attributes: Option<&[LookupAttribute]>,
) -> Result<Option<(EventAttribute, String)>, ServiceError> {
    let invalid =
        |text: &'static str| ServiceError::new(&error::INVALID_LOOKUP_ATTRIBUTES_EXCEPTION, text);
    let attribute = match attributes.unwrap_or_default() {
        [] => return Ok(None),
        [one] => one,
        _ => return Err(invalid("You can only specify one lookup attribute.")),
    };
    let (Some(key), Some(value)) = (&attribute.attribute_key, &attribute.attribute_value) else {
        return Err(invalid("A lookup attribute has a key and a value."));
    };
    let key = match key {
        LookupAttributeKey::EventId => EventAttribute::EventId,
        LookupAttributeKey::EventName => EventAttribute::EventName,
        LookupAttributeKey::ReadOnly => EventAttribute::ReadOnly,
        LookupAttributeKey::Username => EventAttribute::Username,
        LookupAttributeKey::ResourceType => EventAttribute::ResourceType,
        LookupAttributeKey::ResourceName => EventAttribute::ResourceName,
        LookupAttributeKey::EventSource => EventAttribute::EventSource,
        LookupAttributeKey::AccessKeyId => EventAttribute::AccessKeyId,
        LookupAttributeKey::Other(_) => return Err(invalid("The lookup attribute is unknown.")),
    };
    Ok(Some((key, value.clone())))
}

fn search(
    request: &Request<LookupEvents>,
    now: Timestamp,
    limit: usize,
) -> Result<EventSearch, ServiceError> {
    let input = &request.input;
    // To the hour, so that the question stays the same while time goes on.
    let hour = now.seconds().div_euclid(HOUR) * HOUR;
    let oldest = Timestamp::from_seconds(hour).plus_days(-DAYS);
    let from = input.start_time.map_or(oldest, Timestamp::from);
    let until = input.end_time.map(Timestamp::from);
    if from > until.unwrap_or(now) {
        return Err(ServiceError::new(
            &error::INVALID_TIME_RANGE_EXCEPTION,
            "The start time must not be later than the end time.",
        ));
    }
    let token = input.next_token.as_deref();
    Ok(EventSearch {
        account: request.caller.trail_account(),
        region: request.meta.region.clone(),
        from: from.max(oldest),
        until,
        attribute: attribute(input.lookup_attributes.as_deref())?,
        after: token.map(lookup_token::read).transpose()?,
        limit,
    })
}

fn shown(event: &TrailEvent) -> Result<Event, ServiceError> {
    let unreadable = |why: String| ServiceError::internal(CLOUDTRAIL, why);
    let view = RecordView::read(&event.body).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(event.body.clone());
    let resources = view.resources.iter().flatten().map(|resource| Resource {
        resource_type: resource.kind.as_deref().map(str::to_owned),
        resource_name: resource.arn.as_deref().map(str::to_owned),
    });
    Ok(Event {
        event_id: Some(event.id.clone()),
        event_name: Some(view.event_name.to_string()),
        read_only: view
            .read_only
            .map(|flag| matching::read_only(flag).to_owned()),
        access_key_id: view
            .user_identity
            .access_key_id
            .as_deref()
            .map(str::to_owned),
        event_time: Some(Epoch::from(event.time)),
        event_source: Some(view.event_source.to_string()),
        username: matching::user_name(&view).map(str::to_owned),
        resources: Some(resources.collect()),
        cloud_trail_event: Some(text.map_err(|error| unreadable(error.to_string()))?),
    })
}

impl Op for LookupEvents {
    type Input = LookupEventsRequest;
    type Output = LookupEventsResponse;
    type Resolved = ();
    const SERVICE: &'static Service = CLOUDTRAIL;
    const NAME: &'static str = "LookupEvents";
    const READ_ONLY: bool = true;

    fn resolve(_: &Request<Self>, _: &Turn<'_>) -> Result<(), ServiceError> {
        Ok(())
    }

    fn demands(_: &Request<Self>, (): &(), _: &Turn<'_>) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![Demand::new("cloudtrail:LookupEvents", Target::Any)])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<LookupEventsResponse, Interrupt> {
        let request = authorized.request();
        let most = request
            .input
            .max_results
            .and_then(|n| usize::try_from(n).ok());
        let most = most.unwrap_or(MOST);
        // One more than asked for tells whether there is a next page.
        let search = search(request, turn.now(), most.saturating_add(1))?;
        if request.input.event_category.is_some() {
            // The only category that can be named is Insights, of which there are none.
            return Ok(LookupEventsResponse {
                events: Some(Vec::new()),
                next_token: None,
            });
        }
        let found = match turn.ask_trail(TrailQuestion::Events(search))? {
            TrailAnswer::Events(found) => found,
            TrailAnswer::Failed(why) => {
                return Err(ServiceError::internal(CLOUDTRAIL, why.clone()).into());
            }
            _ => {
                let why = "an answer to something else";
                return Err(ServiceError::internal(CLOUDTRAIL, why).into());
            }
        };
        let page = found.iter().take(most);
        let last = page.clone().next_back().filter(|_| found.len() > most);
        Ok(LookupEventsResponse {
            events: Some(page.map(shown).collect::<Result<_, _>>()?),
            next_token: last.map(|event| lookup_token::write(event.time, &event.id)),
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&()>,
        _: Option<&LookupEventsResponse>,
    ) -> RecordParts {
        record::parts::<Self>(&request.input)
    }
}
