//! The trails that an account sees, and how a request names one: by name, of a trail of the caller's
//! account and Region, or by ARN. Source: CloudTrail API reference, `DescribeTrails`, `CreateTrail`;
//! User Guide, "Creating a trail for an organization".

use crate::chain::{
    Demand, Interrupt, Op, Request, ServiceError, Target, TrailAnswer, TrailDelivery,
    TrailQuestion, Turn,
};
use crate::state::{Account, Snapshot};
use claviger_model::CLOUDTRAIL;
use claviger_model::cloudtrail::{Trail, error};
use claviger_types::{AccountId, RegionName};

/// How a request names a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The ARN that it comes to.
    pub(super) arn: String,
    /// The account in it.
    pub(super) account: AccountId,
}

impl Named {
    /// The trail that a text names.
    pub(super) fn read<O: Op>(text: &str, request: &Request<O>) -> Result<Self, ServiceError> {
        if text.starts_with("arn:") {
            return Self::of_arn(text);
        }
        check_name(text)?;
        let account = request.caller.trail_account();
        Ok(Self {
            arn: arn(&request.meta.region, account, text),
            account,
        })
    }

    /// What must be allowed to look at it.
    pub(super) fn demand(&self, action: &'static str) -> Demand {
        let target = Target::Arn {
            arn: self.arn.clone(),
            account: self.account,
        };
        Demand::new(action, target)
    }

    fn of_arn(text: &str) -> Result<Self, ServiceError> {
        let invalid = || {
            ServiceError::new(
                &error::CLOUD_TRAIL_ARN_INVALID_EXCEPTION,
                format!(
                    "{text} is not a valid ARN. Trail ARNs look like \
                     arn:aws:cloudtrail:us-east-2:123456789012:trail/MyTrail"
                ),
            )
        };
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", "aws", "cloudtrail", region, account, resource] = parts.as_slice() else {
            return Err(invalid());
        };
        let name = resource.strip_prefix("trail/").ok_or_else(invalid)?;
        region.parse::<RegionName>().map_err(|_| invalid())?;
        check_name(name).map_err(|_| invalid())?;
        Ok(Self {
            arn: text.to_owned(),
            account: account.parse().map_err(|_| invalid())?,
        })
    }
}

/// Source of the rules: CloudTrail API reference, `CreateTrail`, `Name`.
fn check_name(name: &str) -> Result<(), ServiceError> {
    let sign = |b: u8| b"._-".contains(&b);
    let ends = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
    let doubled = |pair: &[u8]| pair.iter().all(|b| sign(*b));
    let why = if !(3..=128).contains(&name.len()) {
        "Trail name must be between 3 and 128 characters long."
    } else if !name.bytes().all(|b| b.is_ascii_alphanumeric() || sign(b)) {
        "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods \
         (.), hyphens (-), and underscores (_)."
    } else if !ends(name.bytes().next()) || !ends(name.bytes().next_back()) {
        "Trail name must start with a letter or number, and end with a letter or number."
    } else if name.as_bytes().windows(2).any(doubled) {
        "Trail name cannot have adjacent periods, hyphens, and underscores."
    } else {
        return Ok(());
    };
    Err(ServiceError::new(&error::INVALID_TRAIL_NAME_EXCEPTION, why))
}

pub(super) fn arn(region: &RegionName, account: AccountId, name: &str) -> String {
    format!("arn:aws:cloudtrail:{region}:{account}:trail/{name}")
}

/// A trail that an account sees.
pub(super) struct SeenTrail<'a> {
    pub(super) delivery: &'a TrailDelivery,
    pub(super) arn: String,
    pub(super) owner: AccountId,
    pub(super) home: RegionName,
    of_organization: bool,
}

impl<'a> SeenTrail<'a> {
    /// The trail that an account sees, if records are delivered: its own or its organisation's.
    pub(super) fn of(turn: &Turn<'a>, account: AccountId) -> Result<Option<Self>, Interrupt> {
        let delivery = match turn.ask_trail(TrailQuestion::Delivery)? {
            TrailAnswer::Delivery(Some(delivery)) => delivery,
            TrailAnswer::Failed(why) => {
                return Err(ServiceError::internal(CLOUDTRAIL, why.clone()).into());
            }
            _ => return Ok(None),
        };
        let view = turn.view();
        let installation = view.installation();
        let Some(home) = installation.and_then(|i| i.regions.first()).cloned() else {
            return Ok(None);
        };
        let manager = installation.and_then(|i| i.management_account);
        let shared = manager.filter(|_| delivery.of_organization && is_member(view, account));
        let owner = shared.unwrap_or(account);
        Ok(Some(Self {
            delivery,
            arn: arn(&home, owner, &delivery.name),
            owner,
            home,
            of_organization: shared.is_some(),
        }))
    }

    /// The trail of an ARN.
    pub(super) fn named(
        turn: &Turn<'a>,
        caller: AccountId,
        named: &Named,
    ) -> Result<Self, Interrupt> {
        let seen = Self::of(turn, caller)?.filter(|seen| seen.arn == named.arn);
        seen.ok_or_else(|| {
            ServiceError::new(
                &error::TRAIL_NOT_FOUND_EXCEPTION,
                format!("Unknown trail: {}", named.arn),
            )
            .into()
        })
    }

    pub(super) fn shown(&self) -> Trail {
        Trail {
            name: Some(self.delivery.name.clone()),
            s3_bucket_name: Some(self.delivery.bucket.clone()),
            s3_key_prefix: self.delivery.prefix.clone(),
            include_global_service_events: Some(true),
            is_multi_region_trail: Some(true),
            home_region: Some(self.home.to_string()),
            trail_arn: Some(self.arn.clone()),
            log_file_validation_enabled: Some(true),
            has_custom_event_selectors: Some(false),
            has_insight_selectors: Some(false),
            is_organization_trail: Some(self.of_organization),
            ..Trail::default()
        }
    }
}

/// Whether an account is in the organisation.
fn is_member(view: &Snapshot, account: AccountId) -> bool {
    view.get::<Account>(&account).is_some_and(|account| {
        view.installation()
            .is_some_and(|installation| installation.has_member(account))
    })
}
