//! What is left of each account's request quotas: one bucket for each account, Region and quota, that
//! holds a second's requests and fills again as time passes. Which quota a request counts towards and
//! how much it allows is core's knowledge (`claviger_core::kms::charges`); the time is real time, so
//! that moving the installation's clock fills nothing.

use claviger_core::kms::{Charge, RequestQuota};
use claviger_types::{AccountId, RegionName, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

type Place = (AccountId, RegionName, RequestQuota);

/// One quota of one account.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

/// All buckets that were used. There are as many as accounts, Regions and quotas, which are fixed.
#[derive(Debug, Default)]
pub(crate) struct RequestQuotas(Mutex<HashMap<Place, Bucket>>);

impl RequestQuotas {
    /// Takes what a request counts as from the quotas of its account. A request that one of them has
    /// no room for takes nothing from any: AWS does not say whether a throttled one counts.
    pub(crate) fn take(&self, account: AccountId, charges: &[Charge], now: Timestamp) -> bool {
        // A poisoned lock still holds whole buckets.
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::with_capacity(charges.len());
        for charge in charges {
            let rate = f64::from(charge.quota.per_second(&charge.region));
            let place = (account, charge.region.clone(), charge.quota);
            let full = Bucket {
                left: rate,
                at: now,
            };
            let known = buckets.get(&place).copied().unwrap_or(full);
            // A clock that went back fills nothing.
            let passed = (now.millis() - known.at.millis()).clamp(0, 1000);
            let filled = rate * f64::from(u16::try_from(passed).unwrap_or(1000)) / 1000.0;
            let left = (known.left + filled).min(rate) - f64::from(charge.requests);
            if left < 0.0 {
                return false;
            }
            taken.push((place, Bucket { left, at: now }));
        }
        buckets.extend(taken);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(region: &str, quota: RequestQuota, requests: u32) -> Charge {
        Charge {
            region: region.parse().unwrap(),
            quota,
            requests,
        }
    }

    /// Account, charge, milliseconds since the start, whether there is room.
    #[test]
    fn a_bucket_holds_a_second() {
        let aliases = || charge("us-east-1", RequestQuota::Operation("CreateAlias"), 1);
        let keys = |n| charge("us-east-1", RequestQuota::Operation("CreateKey"), n);
        let (quotas, start) = (RequestQuotas::default(), Timestamp::from_seconds(1));
        let (one, other) = ("111122223333", "222233334444");
        let mut steps: Vec<(&str, Charge, i64, bool)> = Vec::new();
        for _ in 0..5 {
            steps.push((one, aliases(), 0, true));
        }
        steps.push((one, aliases(), 0, false));
        // Other quotas, accounts and Regions are apart.
        steps.push((one, keys(1), 0, true));
        steps.push((other, aliases(), 0, true));
        let west = charge("us-west-2", RequestQuota::Operation("CreateAlias"), 1);
        steps.push((one, west, 0, true));
        // It fills again bit by bit: five in a second are one in 200 ms.
        steps.push((one, aliases(), 199, false));
        steps.push((one, aliases(), 201, true));
        steps.push((one, aliases(), 202, false));
        // Never more than a second's worth.
        for _ in 0..5 {
            steps.push((one, aliases(), 60_000, true));
        }
        steps.push((one, aliases(), 60_000, false));
        // What counts as two needs room for two.
        steps.push((one, keys(4), 60_000, true));
        steps.push((one, keys(2), 60_000, false));
        steps.push((one, keys(1), 60_000, true));
        for (nth, (account, charge, at, room)) in steps.into_iter().enumerate() {
            let now = start.plus_millis(at);
            let found = quotas.take(account.parse().unwrap(), &[charge], now);
            assert_eq!(found, room, "step {nth}");
        }
    }

    /// A request of two quotas takes from both or from none.
    #[test]
    fn several_charges_go_together() {
        let (quotas, now) = (RequestQuotas::default(), Timestamp::from_seconds(1));
        let replicate = [
            charge("us-east-1", RequestQuota::Operation("ReplicateKey"), 1),
            charge("us-west-2", RequestQuota::Operation("CreateKey"), 2),
        ];
        let account = "111122223333".parse().unwrap();
        let found = [(); 3].map(|()| quotas.take(account, &replicate, now));
        assert_eq!(found, [true, true, false]);
        let alone = [charge(
            "us-east-1",
            RequestQuota::Operation("ReplicateKey"),
            3,
        )];
        assert!(quotas.take(account, &alone, now));
    }

    #[test]
    fn no_charge_always_has_room() {
        let quotas = RequestQuotas::default();
        assert!(quotas.take(
            "111122223333".parse().unwrap(),
            &[],
            Timestamp::from_seconds(1)
        ));
    }
}
