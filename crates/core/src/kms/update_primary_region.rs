//! `UpdatePrimaryRegion`: a replica becomes the primary key and the primary a replica. Both go on
//! working meanwhile. Source: KMS API reference, `UpdatePrimaryRegion`; KMS Developer Guide,
//! "Change the primary key in a set of multi-Region keys".

use super::key_name::{self, Forms, NamedKey};
use super::parameters::{record_on_key, required, shown};
use super::{related, state_check};
use crate::chain::{
    Authorized, Demand, Elsewhere, Interrupt, Object, Op, RecordParts, Request, ServiceError,
    Target, Turn,
};
use crate::state::{Key, KeyPlace, MultiRegion, SettlingKind};
use claviger_model::kms::UpdatePrimaryRegionRequest;
use claviger_model::kms::error::{NOT_FOUND_EXCEPTION, UNSUPPORTED_OPERATION_EXCEPTION};
use claviger_model::{KMS, Service};
use claviger_types::RegionName;
use std::sync::Arc;

/// Makes a replica the primary key.
pub struct UpdatePrimaryRegion;

/// The primary key and the replica that is to take its place, if there is one.
#[derive(Debug, Clone)]
pub struct Successor {
    named: NamedKey,
    replica: Option<Arc<Key>>,
}

fn primary_region(input: &UpdatePrimaryRegionRequest) -> Result<RegionName, ServiceError> {
    let name: &str = required(&input.primary_region, "primaryRegion")?;
    name.parse()
        .map_err(|_| ServiceError::validation(KMS, format!("{name} is not a Region.")))
}

impl Op for UpdatePrimaryRegion {
    type Input = UpdatePrimaryRegionRequest;
    type Output = ();
    type Resolved = Successor;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "UpdatePrimaryRegion";
    const READ_ONLY: bool = false;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<Successor, ServiceError> {
        let name: &str = required(&request.input.key_id, "keyId")?;
        let region = primary_region(&request.input)?;
        let named = key_name::find(
            name,
            Forms::Key,
            "kms:UpdatePrimaryRegion",
            &request.caller,
            &request.meta,
            turn,
        )?;
        let replica = related::in_region(&named.key, &region, turn.view())
            .filter(|there| there.arn != named.key.arn);
        Ok(Successor { named, replica })
    }

    fn demands(
        request: &Request<Self>,
        successor: &Successor,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        let region = primary_region(&request.input)?;
        let on = |key: &Arc<Key>| {
            Demand::new("kms:UpdatePrimaryRegion", Target::Key(Arc::clone(key)))
                .with_fact("aws:requestedregion", key.arn.region().as_str())
                .with_fact("kms:primaryregion", region.as_str())
        };
        let keys = std::iter::once(&successor.named.key).chain(&successor.replica);
        Ok(keys.map(on).collect())
    }

    fn perform(authorized: &Authorized<Self>, turn: &mut Turn<'_>) -> Result<(), Interrupt> {
        let region = primary_region(authorized.input())?;
        let Successor { named, replica } = authorized.resolved();
        let old = &named.key;
        state_check::enabled(old)?;
        related::primary(old)?;
        let new = replica.as_ref().ok_or_else(|| no_replica(old, &region))?;
        state_check::enabled(new)?;
        let regions = old.multi_region.as_ref().map(|regions| MultiRegion {
            primary: region.clone(),
            replicas: regions
                .replicas
                .iter()
                .map(|r| if *r == region { old.arn.region() } else { r })
                .cloned()
                .collect(),
        });
        let settling = Some(related::settling(SettlingKind::Updating, turn));
        turn.put(Key {
            settling,
            ..Key::clone(old)
        });
        related::put_shared(
            Key {
                settling,
                multi_region: regions,
                ..Key::clone(new)
            },
            turn,
        );
        Ok(())
    }

    fn record(
        request: &Request<Self>,
        successor: Option<&Successor>,
        output: Option<&()>,
    ) -> RecordParts {
        let key = successor.map(|s| s.named.key.as_ref());
        RecordParts {
            response: key.zip(output).and_then(|(key, ())| arn_of(key)),
            ..record_on_key(shown(request), key)
        }
    }

    /// The new primary Region's record names the key that is primary now, not the one before, and
    /// has no resources (KMS Developer Guide, "UpdatePrimaryRegion" log entry).
    fn elsewhere(authorized: &Authorized<Self>, (): &()) -> Vec<Elsewhere> {
        let Some(new) = &authorized.resolved().replica else {
            return Vec::new();
        };
        let region = new.arn.region();
        vec![Elsewhere {
            event_name: Self::NAME,
            region: region.clone(),
            parts: RecordParts {
                parameters: Object::new()
                    .member("keyId", new.arn.as_str())
                    .member("primaryRegion", region)
                    .finish(),
                response: arn_of(new),
                ..RecordParts::default()
            },
        }]
    }
}

fn arn_of(key: &Key) -> Option<claviger_trail::Json> {
    Object::new().member("keyId", key.arn.as_str()).finish()
}

/// There is no replica in the Region: nothing there, or the primary key itself. AWS's texts are
/// not known.
fn no_replica(primary: &Key, region: &RegionName) -> ServiceError {
    if region == primary.arn.region() {
        return ServiceError::new(
            &UNSUPPORTED_OPERATION_EXCEPTION,
            format!("{} is the primary key already.", primary.arn),
        );
    }
    let place = KeyPlace {
        region: region.clone(),
        ..primary.place()
    };
    ServiceError::new(
        &NOT_FOUND_EXCEPTION,
        format!("Key '{}' does not exist", place.arn()),
    )
}
