//! `GetAccessKeyLastUsed`: when an access key last signed, for which service and where, as the
//! trail knows it. Source: IAM API Reference, "GetAccessKeyLastUsed".

use super::entity::{Named, account_of, required};
use super::{reply, trail_parts};
use crate::chain::{
    Authorized, Demand, EventAttribute, EventSearch, Interrupt, Op, RecordParts, Request,
    ServiceError, TrailAnswer, TrailEvent, TrailQuestion, Turn,
};
use crate::state::{AccessKey, User};
use claviger_model::iam::{
    AccessKeyLastUsed, GetAccessKeyLastUsedRequest, GetAccessKeyLastUsedResponse,
};
use claviger_model::{IAM, Service};
use claviger_trail::RecordView;
use claviger_types::{RegionName, Timestamp, UniqueId};
use std::sync::Arc;

/// Tells when an access key was last used.
pub(crate) struct GetAccessKeyLastUsed;

/// An access key of the caller's account, and whose it is.
pub(crate) struct NamedKey {
    user: Named<User>,
    key: Arc<AccessKey>,
}

impl NamedKey {
    fn find(
        request: &Request<GetAccessKeyLastUsed>,
        turn: &Turn<'_>,
    ) -> Result<Self, ServiceError> {
        let (caller, input) = (&request.caller, &request.input);
        let account = account_of(caller)?;
        let text = required(input.access_key_id.as_ref(), "accessKeyId")?;
        let id: Option<UniqueId> = text.parse().ok();
        let key = id.and_then(|id| turn.current::<AccessKey>(&id));
        // Whether another account has such a key is not told.
        let key = key.filter(|key| key.account == account).ok_or_else(|| {
            ServiceError::access_denied(
                IAM,
                format!(
                    "User: {} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: \
                     access key {text}",
                    caller.arn()
                ),
            )
        })?;
        Ok(Self {
            user: Named::find(caller, Some(&key.user.0), "userName", turn)?,
            key,
        })
    }
}

/// The newest record of a Region that a key signed.
fn newest(
    key: &AccessKey,
    region: &RegionName,
    turn: &Turn<'_>,
) -> Result<Option<TrailEvent>, Interrupt> {
    let question = TrailQuestion::Events(EventSearch {
        account: key.account,
        region: region.clone(),
        // Records tell whole seconds: one of the key's first moment must not come before it.
        from: Timestamp::from_seconds(key.created.seconds()),
        until: None,
        attribute: Some((EventAttribute::AccessKeyId, key.id.to_string())),
        after: None,
        limit: 1,
    });
    match turn.ask_trail(question)? {
        TrailAnswer::Events(found) => Ok(found.first().cloned()),
        TrailAnswer::Failed(why) => Err(ServiceError::internal(IAM, why.clone()).into()),
        _ => Err(ServiceError::internal(IAM, "an answer to something else").into()),
    }
}

/// The service as AWS names it here: `kms` for `kms.amazonaws.com`.
fn service_of(event: &TrailEvent) -> Result<String, ServiceError> {
    let view = RecordView::read(&event.body)
        .map_err(|error| ServiceError::internal(IAM, error.to_string()))?;
    let source = view.event_source.to_string();
    Ok(match source.strip_suffix(".amazonaws.com") {
        Some(service) => service.to_owned(),
        None => source,
    })
}

impl Op for GetAccessKeyLastUsed {
    type Input = GetAccessKeyLastUsedRequest;
    type Output = GetAccessKeyLastUsedResponse;
    type Resolved = NamedKey;
    const SERVICE: &'static Service = IAM;
    const NAME: &'static str = "GetAccessKeyLastUsed";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<NamedKey, ServiceError> {
        NamedKey::find(request, turn)
    }

    fn demands(
        _: &Request<Self>,
        named: &NamedKey,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![named.user.demand("iam:GetAccessKeyLastUsed")])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<GetAccessKeyLastUsedResponse, Interrupt> {
        let NamedKey { user, key } = authorized.resolved();
        let installation = turn.view().installation();
        let regions = installation.map_or(&[][..], |known| &known.regions);
        let mut last: Option<(Timestamp, &RegionName, TrailEvent)> = None;
        for region in regions {
            if let Some(event) = newest(key, region, turn)?
                && last.as_ref().is_none_or(|(time, ..)| *time < event.time)
            {
                last = Some((event.time, region, event));
            }
        }
        let used = match &last {
            Some((time, region, event)) => AccessKeyLastUsed {
                last_used_date: Some(reply::seconds(*time)),
                service_name: Some(service_of(event)?),
                region: Some(region.to_string()),
            },
            None => AccessKeyLastUsed {
                last_used_date: None,
                service_name: Some("N/A".to_owned()),
                region: Some("N/A".to_owned()),
            },
        };
        Ok(GetAccessKeyLastUsedResponse {
            user_name: Some(user.existing()?.name.clone()),
            access_key_last_used: Some(used),
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&NamedKey>,
        output: Option<&GetAccessKeyLastUsedResponse>,
    ) -> RecordParts {
        trail_parts::parts(request, output)
    }
}
