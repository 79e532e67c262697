//! Records on their way into the archive: when they go, where to, and that none is lost or doubled,
//! whenever the process ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub
)]

mod support;

use claviger_delivery::{Search, expire, search};
use claviger_types::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use support::{World, accounts, minutes, start, trail};

const MANAGEMENT: &str = "111122223333";
const MEMBER: &str = "222233334444";
const OUTSIDE: &str = "999900001111";
const HOME: &str = "us-east-1";
const WEST: &str = "us-west-2";

fn some_records(world: &World, time: Timestamp) {
    for (writer, account, region) in [
        (1, MANAGEMENT, HOME),
        (1, MEMBER, HOME),
        (2, MANAGEMENT, HOME),
        (1, OUTSIDE, WEST),
        (2, MANAGEMENT, WEST),
    ] {
        world.record(writer, account, region, time);
    }
}

#[tokio::test]
async fn files_come_every_five_minutes_and_digests_every_hour() {
    let world = World::default();
    let mut deliverer = world.deliverer(start());
    for minute in 0..95 {
        if minute % 3 == 0 {
            some_records(&world, minutes(minute));
        }
        deliverer.run(minutes(minute), &accounts()).await.unwrap();
        world.check_each_once();
        assert!(world.stored() <= 10, "minute {minute}");
    }
    // From 01:30: files at 01:35, 01:40, …; digests at 02:00 and 03:00.
    assert_eq!(
        world.digests(MANAGEMENT, HOME),
        [
            ("05 01:30".to_owned(), "05 02:00".to_owned(), 5),
            ("05 02:00".to_owned(), "05 03:00".to_owned(), 12),
        ]
    );
    assert_eq!(
        world.digests(MEMBER, WEST),
        [
            ("05 01:30".to_owned(), "05 02:00".to_owned(), 0),
            ("05 02:00".to_owned(), "05 03:00".to_owned(), 0),
        ]
    );
    assert_eq!(world.check_digests(), 4 * 17);
    assert!(world.writes().values().all(|count| *count == 1));
    let names = world.names();
    for beginning in [
        "AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/us-east-1/2026/01/05/\
         111122223333_CloudTrail_us-east-1_20260105T0135Z_",
        "AWSLogs/999900001111/CloudTrail/us-west-2/2026/01/05/",
        "AWSLogs/999900001111/CloudTrail-Digest/us-east-1/2026/01/05/\
         999900001111_CloudTrail-Digest_us-east-1_claviger_us-east-1_20260105T020000Z.json.gz",
    ] {
        assert!(
            names.iter().any(|n| n.starts_with(beginning)),
            "{beginning}"
        );
    }
}

/// What is delivered after the clock was set back over the end of a digest stands in the next one.
#[tokio::test]
async fn a_clock_that_goes_back_leaves_no_file_without_a_digest() {
    let world = World::default();
    let mut deliverer = world
        .deliverer(start())
        .with_interval(std::time::Duration::from_secs(1));
    // It begins at 01:30: at 02:01 a digest is written, then the clock says 01:59 again.
    for (minute, some) in [(0, true), (28, true), (31, false), (29, true), (40, true)] {
        if some {
            some_records(&world, minutes(minute));
        }
        deliverer.run(minutes(minute), &accounts()).await.unwrap();
        world.check_each_once();
    }
    for minute in [200, 290] {
        deliverer.run(minutes(minute), &accounts()).await.unwrap();
    }
    let named: usize = world
        .digests(MANAGEMENT, HOME)
        .iter()
        .map(|(_, _, files)| *files)
        .sum();
    let names = world.names();
    let files = names.iter().filter(|name| {
        name.contains("/111122223333/CloudTrail/us-east-1/") && name.ends_with(".json.gz")
    });
    assert_eq!(named, files.count());
    world.check_digests();
}

#[tokio::test]
async fn empty_hours_share_a_digest_and_keys_are_replaced() {
    let world = World::default();
    let mut deliverer = world.deliverer(start());
    deliverer.run(start(), &accounts()).await.unwrap();
    assert_eq!(deliverer.next_date().unwrap(), None);
    some_records(&world, minutes(1));
    assert_eq!(deliverer.next_date().unwrap(), Some(minutes(5)));
    deliverer.run(minutes(5), &accounts()).await.unwrap();
    assert_eq!(deliverer.next_date().unwrap(), Some(minutes(30)));
    // A hundred days later.
    let later = minutes(100 * 24 * 60);
    some_records(&world, later);
    deliverer.run(later, &accounts()).await.unwrap();
    deliverer
        .run(later.plus_seconds(3600), &accounts())
        .await
        .unwrap();
    let digests = world.digests(MANAGEMENT, HOME);
    let files: Vec<usize> = digests.iter().map(|(.., files)| *files).collect();
    assert_eq!(files, [1, 0, 1], "{digests:?}");
    assert_eq!(world.check_digests(), 8);
    let home = HOME.parse().unwrap();
    let keys = |from, until| deliverer.book().public_keys(&home, from, until);
    assert_eq!(keys(start(), later.plus_days(1)).len(), 2);
    assert_eq!(keys(start(), minutes(60)).len(), 1);
    assert_eq!(keys(minutes(60), minutes(60))[0].key, world.key());
    assert_eq!(keys(start().plus_days(50), start().plus_days(60)).len(), 0);
}

#[tokio::test]
async fn a_dead_archive_loses_nothing() {
    let world = World::default();
    let mut deliverer = world.deliverer(start());
    deliverer.run(start(), &accounts()).await.unwrap();
    world.archive_is_down(true);
    for minute in 0..70 {
        some_records(&world, minutes(minute));
        let ran = deliverer.run(minutes(minute), &accounts()).await;
        assert_eq!(ran.is_err(), minute >= 5, "minute {minute}");
    }
    assert_eq!(world.stored(), 350);
    world.archive_is_down(false);
    deliverer.run(minutes(70), &accounts()).await.unwrap();
    assert_eq!(world.stored(), 0);
    world.check_each_once();
    deliverer.run(minutes(120), &accounts()).await.unwrap();
    world.check_digests();
    let delivered = deliverer.take_delivered();
    assert_eq!(delivered.records, 350);
}

/// A record that is in the archive stays in the store as long as somebody waits for it there, and is
/// not delivered again.
#[tokio::test]
async fn records_stay_as_long_as_they_are_held() {
    let world = World::default();
    let held = Arc::new(AtomicU64::new(0));
    let deliverer = || {
        let held = Arc::clone(&held);
        let hold = move || Some(held.load(Ordering::Relaxed));
        world.deliverer(start()).with_hold(Box::new(hold))
    };
    let mut running = deliverer();
    running.run(start(), &accounts()).await.unwrap();
    for minute in [1, 12, 23] {
        some_records(&world, minutes(minute));
        running.run(minutes(minute + 6), &accounts()).await.unwrap();
        assert_eq!(running.waiting().unwrap(), 0);
    }
    assert_eq!((world.stored(), world.archived().len()), (15, 15));
    world.check_nothing_lost();
    // Another process goes on from there, and holds no less.
    let mut running = deliverer();
    for (position, stored) in [(0, 15), (1, 14), (7, 8), (100, 0)] {
        held.store(position, Ordering::Relaxed);
        running.run(minutes(35), &accounts()).await.unwrap();
        assert_eq!((world.stored(), world.archived().len()), (stored, 15));
    }
    // Nor does one leave that is not in the archive yet.
    for minute in [36, 37] {
        some_records(&world, minutes(minute));
        running.run(minutes(minute), &accounts()).await.unwrap();
    }
    assert_eq!((world.stored(), running.waiting().unwrap()), (5, 5));
    running.run(minutes(90), &accounts()).await.unwrap();
    world.check_each_once();
    world.check_digests();
}

/// The process ends at each step in turn, before and after it; another one goes on.
#[tokio::test]
async fn the_end_of_the_process_at_any_step_loses_and_doubles_nothing() {
    for done in [false, true] {
        let mut step = 0;
        loop {
            let world = World::default();
            let mut deliverer = world.deliverer(start());
            deliverer.run(start(), &accounts()).await.unwrap();
            for minute in [1, 2, 3] {
                some_records(&world, minutes(minute));
            }
            world.end_at(step, done);
            let mut ended = false;
            for minute in [5, 35] {
                ended |= deliverer.run(minutes(minute), &accounts()).await.is_err();
            }
            assert_eq!(ended, world.has_ended());
            world.check_nothing_lost();
            if !ended {
                assert!(step > 12, "{step}");
                break;
            }
            some_records(&world, minutes(36));
            let mut deliverer = world.deliverer(minutes(36));
            for minute in [36, 41, 95] {
                deliverer.run(minutes(minute), &accounts()).await.unwrap();
                world.check_each_once();
            }
            assert_eq!(world.stored(), 0, "step {step}");
            assert!(world.check_digests() >= 4, "step {step}");
            assert_eq!(deliverer.next_date().unwrap(), None);
            step += 1;
        }
    }
}

/// What happens in the life of a deliverer.
#[derive(Debug, Clone)]
enum Step {
    Record(u8, usize, usize),
    Wait(i64),
    End(u32, bool),
    Down(bool),
}

#[test]
fn whatever_happens_each_record_is_somewhere_once() {
    let step = prop_oneof![
        6 => (1..3_u8, 0..3_usize, 0..2_usize).prop_map(|(w, a, r)| Step::Record(w, a, r)),
        4 => (1..400_i64).prop_map(Step::Wait),
        1 => (0..20_u32, any::<bool>()).prop_map(|(n, done)| Step::End(n, done)),
        1 => any::<bool>().prop_map(Step::Down),
    ];
    let config = Config {
        cases: 64,
        failure_persistence: None,
        ..Config::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let run = |steps: Vec<Step>| {
        runtime.block_on(async {
            let world = World::default();
            let mut now = start();
            let mut deliverer = world.deliverer(now);
            for step in steps {
                match step {
                    Step::Record(writer, account, region) => {
                        let account = [MANAGEMENT, MEMBER, OUTSIDE][account];
                        world.record(writer, account, [HOME, WEST][region], now);
                    }
                    Step::Wait(minutes) => now = now.plus_seconds(60 * minutes),
                    Step::End(step, done) => world.end_at(step, done),
                    Step::Down(down) => world.archive_is_down(down),
                }
                // It is told when it fails, and what is there then is whole.
                let _ = deliverer.run(now, &accounts()).await;
                world.check_nothing_lost();
                if world.has_ended() {
                    deliverer = world.deliverer(now);
                }
            }
            world.archive_is_down(false);
            deliverer = world.deliverer(now);
            now = now.plus_seconds(7200);
            deliverer.run(now, &accounts()).await.unwrap();
            deliverer
                .run(now.plus_seconds(7200), &accounts())
                .await
                .unwrap();
            world.check_each_once();
            assert_eq!(world.stored(), 0);
            world.check_digests();
        });
        Ok(())
    };
    TestRunner::new(config)
        .run(&prop::collection::vec(step, 1..25), run)
        .unwrap();
}

#[tokio::test]
async fn records_are_found_in_store_and_archive_newest_first() {
    let world = World::default();
    let mut deliverer = world.deliverer(start());
    for minute in 0..40 {
        world.record(1, MANAGEMENT, HOME, minutes(minute));
        world.record(1, MEMBER, HOME, minutes(minute));
        deliverer.run(minutes(minute), &accounts()).await.unwrap();
    }
    assert!(world.stored() > 0);
    let place = trail()
        .place(&accounts(), MANAGEMENT.parse().unwrap())
        .unwrap();
    let mut after = None;
    let mut times = Vec::new();
    loop {
        let wanted = Search {
            account: MANAGEMENT.parse().unwrap(),
            region: HOME.parse().unwrap(),
            from: minutes(3),
            until: minutes(38),
            after: after.clone(),
            limit: 7,
            wanted: Arc::new(|view| view.event_id.as_deref() != Some("event-21")),
        };
        let source: claviger_delivery::Source = Arc::new(Mutex::new(Box::new(world.clone())));
        let found = search(wanted, source, Some((&world, place.clone())))
            .await
            .unwrap();
        let Some(last) = found.last() else { break };
        after = Some((last.time, last.id.clone()));
        times.extend(found.iter().map(|f| f.time));
    }
    let expect: Vec<Timestamp> = (3..=38).rev().filter(|m| *m != 10).map(minutes).collect();
    assert_eq!(times, expect);
}

#[tokio::test]
async fn old_files_go_when_they_are_told_to() {
    let world = World::default();
    let mut deliverer = world.deliverer(start());
    some_records(&world, start());
    for minute in [0, 5, 30, 3 * 24 * 60] {
        deliverer.run(minutes(minute), &accounts()).await.unwrap();
    }
    let before = world.names().len();
    let gone = expire(&world, &trail(), &accounts(), start().plus_days(1))
        .await
        .unwrap();
    // Four log files, six first digests.
    assert_eq!(gone, 10);
    assert_eq!(world.names().len(), before - 10);
    assert_eq!(expire(&world, &trail(), &accounts(), start()).await, Ok(0));
}
