//! A node that is opened while the machine's clock stands elsewhere than when it was closed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use claviger_server::Surroundings;
use claviger_types::{Clock, Timestamp};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use support::{LONG, NOW, Place};

/// A clock that stands so many seconds from where it stood when the records were made.
struct Off(i64);

impl Clock for Off {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(NOW + self.0)
    }
}

/// Opens a closed node under a clock that is so far off, and expects how the refusal begins.
async fn check(place: &Place, seconds: i64, told: Option<&str>) {
    let opened = place.opened_in(Surroundings {
        clock: Arc::new(Off(seconds)),
        ..Surroundings::default()
    });
    match (opened, told) {
        (Ok(node), None) => node.close(LONG).await.unwrap(),
        (Err(refused), Some(told)) => {
            let refused = refused.to_string();
            assert!(refused.starts_with(told), "{seconds}: {refused}");
        }
        (Ok(_), Some(_)) => panic!("{seconds}: it opened"),
        (Err(refused), None) => panic!("{seconds}: {refused}"),
    }
}

#[tokio::test]
async fn a_clock_that_went_back_stops_the_start() {
    let place = Place::new().await;
    place.node.close(LONG).await.unwrap();
    // A refused start changes nothing, so each goes on from the same newest record.
    for (seconds, told) in [
        (0, None),
        (86_400, None),
        (-60, None),
        (
            -61,
            Some(
                "the clock went back: it is 2026-01-05T09:58:59Z here, but the newest audit record \
                 is of 2026-01-05T10:00:00Z; ",
            ),
        ),
        (-86_400, Some("the clock went back: ")),
        (0, None),
    ] {
        check(&place, seconds, told).await;
    }
    place.verify();
}

#[tokio::test]
async fn virtual_time_is_what_counts() {
    let place = Place::new().await;
    let ten_days = Duration::from_secs(10 * 86_400);
    place.node.advance_clock(ten_days).await.unwrap();
    place
        .allowed("kms", "GenerateRandom", json!({"NumberOfBytes": 8}))
        .await;
    place.node.close(LONG).await.unwrap();
    for (seconds, told) in [
        (0, None),
        (-60, None),
        (
            -61,
            Some(
                "the clock went back: it is 2026-01-15T09:58:59Z here, but the newest audit record \
                 is of 2026-01-15T10:00:00Z; ",
            ),
        ),
    ] {
        check(&place, seconds, told).await;
    }
}
