//! Records on their way to SIEMs: each sink gets all of them in order, whoever else is dead, and none
//! leaves the store before all sinks have it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub
)]

mod support;

use claviger_delivery::forward::{Statuses, open_sinks};
use claviger_types::{Clock, Timestamp};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{World, accounts, minutes, start};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        start()
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(Still)
}

/// A directory with a secret and a file of sinks.
fn place(sinks: &str) -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let secret = place.path().join("secret");
    fs::write(&secret, "s3cret\n").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let file = place.path().join("sinks.toml");
    fs::write(&file, sinks).unwrap();
    (place, file)
}

fn hook(port: u16) -> String {
    format!(
        "[[sink]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{port}/\"\nsecret_file = \"secret\"\n"
    )
}

const LINES: &str = "[[sink]]\nname = \"lines\"\nkind = \"file\"\npath = \"lines.jsonl\"\n";

fn id(line: &str) -> String {
    let record: serde_json::Value = serde_json::from_str(line).unwrap();
    record["eventID"].as_str().unwrap().to_owned()
}

fn lines(place: &Path) -> Vec<String> {
    let text = fs::read_to_string(place.join("lines.jsonl")).unwrap_or_default();
    text.lines().map(id).collect()
}

/// Waits for something that comes about by itself.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), wait).await;
    assert!(waited.is_ok(), "{what}");
}

/// Takes one request and answers 200; gives its body.
async fn take(mut stream: TcpStream) -> String {
    let (mut text, mut some) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut some).await.unwrap();
        text.extend_from_slice(&some[..read]);
        let all = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = all.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_lowercase();
        assert!(head.contains("claviger-signature: sha256="), "{head}");
        assert!(head.contains("claviger-timestamp: 1767576600"), "{head}");
        let (_, length) = head.split_once("content-length: ").unwrap();
        let length = length.lines().next().unwrap().parse::<usize>().unwrap();
        if body.len() == length {
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            return body.to_owned();
        }
    }
}

#[tokio::test]
async fn a_dead_sink_holds_records_and_nobody_else() {
    // A port where nobody listens yet.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let (place, file) = place(&(LINES.to_owned() + &hook(port)));
    let (world, statuses) = (World::default(), Statuses::default());
    let mut forwarder = world.forwarder(&statuses);
    forwarder
        .replace(open_sinks(&file, &clock()).unwrap())
        .await;
    let floor = statuses.clone();
    let mut deliverer = world
        .deliverer(start())
        .with_hold(Box::new(move || floor.floor()));
    deliverer.run(start(), &accounts()).await.unwrap();
    for minute in 0..30 {
        world.record(1, "111122223333", "us-east-1", minutes(minute));
    }
    deliverer.run(minutes(30), &accounts()).await.unwrap();
    until("the file has all", || lines(place.path()) == world.ids()).await;
    deliverer.run(minutes(36), &accounts()).await.unwrap();
    assert_eq!((world.archived().len(), world.stored()), (30, 30));
    let all = statuses.all();
    let dead = &all.iter().find(|(name, _)| name == "hook").unwrap().1;
    until("it is told", || dead.failed() > 0 && dead.failing() > 0).await;
    assert_eq!((dead.sent(), dead.waiting()), (0, 30));
    // It comes to life.
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let got = Arc::new(Mutex::new(Vec::new()));
    let taken = Arc::clone(&got);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let body = take(stream).await;
            taken.lock().unwrap().extend(body.lines().map(id));
        }
    });
    until("the hook has all", || *got.lock().unwrap() == world.ids()).await;
    until("its cursor is kept", || dead.waiting() == 0).await;
    assert_eq!((dead.failing(), dead.lost()), (0, 0));
    deliverer.run(minutes(37), &accounts()).await.unwrap();
    assert_eq!(world.stored(), 0);
    forwarder.stop().await;
}

#[tokio::test]
async fn a_sink_goes_on_where_it_was_whenever_the_process_ends() {
    for done in [false, true] {
        for step in 0..4 {
            let (place, file) = place(LINES);
            let (world, statuses) = (World::default(), Statuses::default());
            let mut forwarder = world.forwarder(&statuses);
            world.end_at(step, done);
            forwarder
                .replace(open_sinks(&file, &clock()).unwrap())
                .await;
            for minute in 0..6 {
                world.record(1, "111122223333", "us-east-1", minutes(minute));
                let count = lines(place.path()).len();
                until("a record is forwarded or the process ends", || {
                    world.has_ended() || lines(place.path()).len() > count
                })
                .await;
            }
            forwarder.stop().await;
            let statuses = Statuses::default();
            let mut forwarder = world.forwarder(&statuses);
            forwarder
                .replace(open_sinks(&file, &clock()).unwrap())
                .await;
            until("all are forwarded", || {
                let mut found = lines(place.path());
                found.dedup();
                let mut once = Vec::new();
                found.retain(|id| {
                    !once.contains(id) && {
                        once.push(id.clone());
                        true
                    }
                });
                found == world.ids()
            })
            .await;
            let (_, status) = statuses.all().pop().unwrap();
            until("its cursor is kept", || status.waiting() == 0).await;
            forwarder.stop().await;
        }
    }
}

#[tokio::test]
async fn records_that_left_before_a_sink_was_there_are_told() {
    let (place, file) = place(LINES);
    let (world, statuses) = (World::default(), Statuses::default());
    let mut forwarder = world.forwarder(&statuses);
    forwarder
        .replace(open_sinks(&file, &clock()).unwrap())
        .await;
    world.record(1, "111122223333", "us-east-1", minutes(0));
    until("the first is forwarded", || lines(place.path()).len() == 1).await;
    until("its cursor is kept", || statuses.floor() == Some(1)).await;
    // The sink is taken out of the configuration for a while.
    forwarder.replace(Vec::new()).await;
    assert_eq!(statuses.floor(), None);
    let mut deliverer = world.deliverer(start());
    deliverer.run(start(), &accounts()).await.unwrap();
    for minute in 1..4 {
        world.record(1, "111122223333", "us-east-1", minutes(minute));
    }
    deliverer.run(minutes(10), &accounts()).await.unwrap();
    assert_eq!(world.stored(), 0);
    forwarder
        .replace(open_sinks(&file, &clock()).unwrap())
        .await;
    world.record(1, "111122223333", "us-east-1", minutes(11));
    until("the next is forwarded", || lines(place.path()).len() == 2).await;
    let (_, status) = statuses.all().pop().unwrap();
    until("the others are told", || status.lost() == 3).await;
    forwarder.stop().await;
}
