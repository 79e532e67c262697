//! `ListInstances`: the instances that the caller's account owns or that its organisation shares
//! with it. It needs no KMS key.

use super::access::{Standing, in_any_region};
use super::describe_instance::{parameters, regions};
use crate::chain::{
    Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use crate::state::Instance;
use claviger_model::sso_admin::{
    InstanceMetadata, InstanceStatus, ListInstancesRequest, ListInstancesResponse, RegionScope,
};
use claviger_model::{Epoch, SSO_ADMIN, Service};
use std::sync::Arc;

/// The reply holds at most this many (the model's `InstanceList`).
const MOST: usize = 10;

/// Lists instances.
pub struct ListInstances;

impl Op for ListInstances {
    type Input = ListInstancesRequest;
    type Output = ListInstancesResponse;
    type Resolved = ();
    const SERVICE: &'static Service = SSO_ADMIN;
    const NAME: &'static str = "ListInstances";
    const READ_ONLY: bool = true;

    fn resolve(_: &Request<Self>, _: &Turn<'_>) -> Result<(), ServiceError> {
        Ok(())
    }

    fn demands(_: &Request<Self>, (): &(), _: &Turn<'_>) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![Demand::new("sso:ListInstances", Target::Any)])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<ListInstancesResponse, Interrupt> {
        let request = authorized.request();
        let input = &request.input;
        let account = request.caller.account();
        let everywhere = input.region_scope == Some(RegionScope::AllRegions);
        let most = match input.max_results.and_then(|n| usize::try_from(n).ok()) {
            Some(wanted) => wanted.min(MOST),
            None => MOST,
        };
        let after = input.next_token.as_deref().unwrap_or_default();
        let mut seen: Vec<Arc<Instance>> = turn
            .view()
            .all::<Instance>()
            .filter(|i| everywhere || i.region == request.meta.region)
            .filter(|i| in_any_region(turn.view(), i, account) > Standing::Stranger)
            .filter(|i| i.id.as_str() > after)
            .take(most.saturating_add(1))
            .cloned()
            .collect();
        let more = seen.len() > most;
        seen.truncate(most);
        let next_token = seen.last().filter(|_| more).map(|i| i.id.clone());
        Ok(ListInstancesResponse {
            instances: Some(seen.iter().map(|i| metadata(i)).collect()),
            next_token,
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&()>,
        _: Option<&ListInstancesResponse>,
    ) -> RecordParts {
        RecordParts {
            parameters: parameters::<Self>(&request.input),
            ..RecordParts::default()
        }
    }
}

fn metadata(instance: &Instance) -> InstanceMetadata {
    InstanceMetadata {
        instance_arn: Some(instance.arn()),
        identity_store_id: Some(instance.identity_store_id.clone()),
        identity_store_arn: Some(instance.identity_store_arn()),
        owner_account_id: Some(instance.owner.to_string()),
        name: instance.name.clone(),
        created_date: Some(Epoch::from(instance.created)),
        status: Some(InstanceStatus::Active),
        primary_region: Some(instance.region.to_string()),
        regions: Some(regions(instance)),
        ..InstanceMetadata::default()
    }
}
