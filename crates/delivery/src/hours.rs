//! The hours that digests cover: each hour in which log files were delivered has its own, empty hours
//! between them share one. It counts only; it writes nothing.

use claviger_types::Timestamp;
use std::collections::BTreeSet;

const HOUR: i64 = 3600;

/// The full hour that a moment lies in or on: its beginning.
pub(crate) fn begun(moment: Timestamp) -> Timestamp {
    Timestamp::from_seconds(moment.seconds().div_euclid(HOUR) * HOUR)
}

/// The end of the hour that a moment lies in.
pub(crate) fn end_of(moment: Timestamp) -> Timestamp {
    begun(moment).plus_seconds(HOUR)
}

/// The times that digests cover, from `start` to the full hour `end`, for files that were delivered
/// at `times`.
pub(crate) fn periods(
    start: Timestamp,
    end: Timestamp,
    times: impl IntoIterator<Item = Timestamp>,
) -> Vec<(Timestamp, Timestamp)> {
    let full: BTreeSet<Timestamp> = times
        .into_iter()
        .map(end_of)
        .filter(|hour| *hour <= end)
        .collect();
    let mut periods = Vec::new();
    let mut from = start;
    for hour in full {
        let before = hour.plus_seconds(-HOUR);
        if before > from {
            periods.push((from, before));
            from = before;
        }
        if hour > from {
            periods.push((from, hour));
            from = hour;
        }
    }
    if end > from {
        periods.push((from, end));
    }
    periods
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(hours: f64) -> Timestamp {
        Timestamp::from_seconds((hours * 3600.0) as i64)
    }

    #[test]
    fn empty_hours_share_one() {
        for (start, end, times, expect) in [
            (0.5, 1.0, vec![], vec![(0.5, 1.0)]),
            (0.5, 1.0, vec![0.7], vec![(0.5, 1.0)]),
            (1.0, 9.0, vec![], vec![(1.0, 9.0)]),
            (
                1.0,
                9.0,
                vec![4.2, 4.9],
                vec![(1.0, 4.0), (4.0, 5.0), (5.0, 9.0)],
            ),
            (1.0, 3.0, vec![1.0, 2.0, 3.0], vec![(1.0, 2.0), (2.0, 3.0)]),
            (1.0, 1.0, vec![], vec![]),
        ] {
            let found = periods(at(start), at(end), times.into_iter().map(at));
            let expect: Vec<_> = expect.into_iter().map(|(a, b)| (at(a), at(b))).collect();
            assert_eq!(found, expect, "{start} to {end}");
        }
    }

    proptest! {
        /// Without gap or overlap from start to end, and no hour with a file shares its digest.
        #[test]
        fn periods_tile(start in 0_i64..100_000, hours in 0_i64..60,
                        times in prop::collection::vec(0_i64..400_000, 0..12)) {
            let start = Timestamp::from_seconds(start);
            let end = begun(start).plus_seconds(HOUR * hours);
            let times: Vec<_> = times.into_iter().map(|t| start.plus_seconds(t)).collect();
            let found = periods(start, end, times.iter().copied());
            let mut from = start;
            for (a, b) in &found {
                prop_assert_eq!(*a, from);
                prop_assert!(b > a);
                let inside = times.iter().any(|t| t >= a && t < b);
                prop_assert!(!inside || *b == end_of(*a));
                from = *b;
            }
            prop_assert_eq!(from, end.max(start));
        }
    }
}
