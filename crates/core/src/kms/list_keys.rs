//! `ListKeys`: the keys of the caller's account in the Region.

use super::page;
use super::parameters::shown;
use crate::chain::{
    Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use crate::state::Key;
use claviger_model::kms::{KeyListEntry, ListKeysRequest, ListKeysResponse, ResourceOwnerType};
use claviger_model::{KMS, Service};
use std::sync::Arc;

/// Lists keys.
pub struct ListKeys;

/// A marker is good for the same list of owners only (KMS API reference, `ListKeys`), and for one
/// account and Region.
fn list_of(input: &ListKeysRequest) -> &'static str {
    let owners = input.resource_owners.as_deref().unwrap_or_default();
    let others = owners.contains(&ResourceOwnerType::OtherAccountsViaRam);
    match (owners.contains(&ResourceOwnerType::SelfValue), others) {
        (false, true) => "ListKeys/others",
        (true, true) => "ListKeys/all",
        (_, false) => "ListKeys",
    }
}

impl Op for ListKeys {
    type Input = ListKeysRequest;
    type Output = ListKeysResponse;
    type Resolved = ();
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "ListKeys";
    const READ_ONLY: bool = true;

    fn resolve(_: &Request<Self>, _: &Turn<'_>) -> Result<(), ServiceError> {
        Ok(())
    }

    fn demands(_: &Request<Self>, (): &(), _: &Turn<'_>) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![Demand::new("kms:ListKeys", Target::Any)])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<ListKeysResponse, Interrupt> {
        let input = authorized.input();
        let request = authorized.request();
        // No key is shared through RAM here, so the other owners have none.
        let own = input
            .resource_owners
            .as_ref()
            .is_none_or(|owners| owners.contains(&ResourceOwnerType::SelfValue));
        let account = request.caller.trail_account();
        let (view, region) = (turn.view(), &request.meta.region);
        let entry = |key: &Arc<Key>| {
            let entry = KeyListEntry {
                key_id: Some(key.arn.key_id().to_string()),
                key_arn: Some(key.arn.to_string()),
            };
            (key.arn.key_id().to_string(), entry)
        };
        let list = format!("{}/{account}/{region}", list_of(input));
        let page = page::seek(
            &list,
            input.marker.as_deref(),
            input.limit,
            page::LONG,
            |last| {
                let keys = view.keys_in(account, region, page::key(last)?);
                Ok(keys.filter(|_| own).map(entry))
            },
        )?;
        Ok(ListKeysResponse {
            keys: Some(page.items),
            truncated: Some(page.truncated),
            next_marker: page.next_marker,
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&()>,
        _: Option<&ListKeysResponse>,
    ) -> RecordParts {
        RecordParts {
            parameters: shown(request),
            ..RecordParts::default()
        }
    }
}
