//! `DescribeTrails`, `GetTrail`, `ListTrails`: which trails there are.

use super::record;
use super::trail::{Named, SeenTrail};
use crate::chain::{
    Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use claviger_model::cloudtrail::{
    DescribeTrailsRequest, DescribeTrailsResponse, GetTrailRequest, GetTrailResponse,
    ListTrailsRequest, ListTrailsResponse, TrailInfo,
};
use claviger_model::{CLOUDTRAIL, Service};

/// Describes trails.
pub struct DescribeTrails;

impl Op for DescribeTrails {
    type Input = DescribeTrailsRequest;
    type Output = DescribeTrailsResponse;
    type Resolved = Option<Vec<Named>>;
    const SERVICE: &'static Service = CLOUDTRAIL;
    const NAME: &'static str = "DescribeTrails";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, _: &Turn<'_>) -> Result<Option<Vec<Named>>, ServiceError> {
        let names = request.input.trail_name_list.as_deref().unwrap_or_default();
        if names.is_empty() {
            return Ok(None);
        }
        let named = names.iter().map(|name| Named::read(name, request));
        named.collect::<Result<_, _>>().map(Some)
    }

    fn demands(
        _: &Request<Self>,
        _: &Option<Vec<Named>>,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![Demand::new("cloudtrail:DescribeTrails", Target::Any)])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<DescribeTrailsResponse, Interrupt> {
        let request = authorized.request();
        let account = request.caller.trail_account();
        let shadows = request.input.include_shadow_trails.unwrap_or(true);
        let seen = SeenTrail::of(turn, account)?.filter(|seen| match authorized.resolved() {
            // What is named and not there is left out.
            Some(named) => named.iter().any(|named| named.arn == seen.arn),
            None => shadows || (seen.owner == account && seen.home == request.meta.region),
        });
        Ok(DescribeTrailsResponse {
            trail_list: Some(seen.iter().map(SeenTrail::shown).collect()),
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&Option<Vec<Named>>>,
        _: Option<&DescribeTrailsResponse>,
    ) -> RecordParts {
        record::parts::<Self>(&request.input)
    }
}

/// Shows one trail.
pub struct GetTrail;

impl Op for GetTrail {
    type Input = GetTrailRequest;
    type Output = GetTrailResponse;
    type Resolved = Named;
    const SERVICE: &'static Service = CLOUDTRAIL;
    const NAME: &'static str = "GetTrail";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, _: &Turn<'_>) -> Result<Named, ServiceError> {
        Named::read(request.input.name.as_deref().unwrap_or_default(), request)
    }

    fn demands(
        _: &Request<Self>,
        named: &Named,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![named.demand("cloudtrail:GetTrail")])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<GetTrailResponse, Interrupt> {
        let account = authorized.request().caller.trail_account();
        let seen = SeenTrail::named(turn, account, authorized.resolved())?;
        Ok(GetTrailResponse {
            trail: Some(seen.shown()),
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&Named>,
        _: Option<&GetTrailResponse>,
    ) -> RecordParts {
        record::parts::<Self>(&request.input)
    }
}

/// Lists the trails of the caller's account.
pub struct ListTrails;

impl Op for ListTrails {
    type Input = ListTrailsRequest;
    type Output = ListTrailsResponse;
    type Resolved = ();
    const SERVICE: &'static Service = CLOUDTRAIL;
    const NAME: &'static str = "ListTrails";
    const READ_ONLY: bool = true;

    fn resolve(_: &Request<Self>, _: &Turn<'_>) -> Result<(), ServiceError> {
        Ok(())
    }

    fn demands(_: &Request<Self>, (): &(), _: &Turn<'_>) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![Demand::new("cloudtrail:ListTrails", Target::Any)])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<ListTrailsResponse, Interrupt> {
        let account = authorized.request().caller.trail_account();
        let own = SeenTrail::of(turn, account)?.filter(|seen| seen.owner == account);
        let info = |seen: SeenTrail<'_>| TrailInfo {
            name: Some(seen.delivery.name.clone()),
            home_region: Some(seen.home.to_string()),
            trail_arn: Some(seen.arn),
        };
        Ok(ListTrailsResponse {
            trails: Some(own.into_iter().map(info).collect()),
            next_token: None,
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&()>,
        _: Option<&ListTrailsResponse>,
    ) -> RecordParts {
        record::parts::<Self>(&request.input)
    }
}
