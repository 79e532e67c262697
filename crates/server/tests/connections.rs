//! Connections of the listener from outside: bodies and heads that are too large, break off or are no
//! HTTP at all, many requests at once, clients that hang up, and the end of the service.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "support/client.rs"]
mod client;
#[path = "support/listener.rs"]
mod listener;
mod support;

use claviger_model::Protocol;
use claviger_server::DrainError;
use claviger_testkit::installation::service_of;
use client::{Connection, Request, Signing};
use listener::{Running, good, is_deaf, proper};
use serde_json::json;
use std::time::Duration;
use support::LONG;

#[tokio::test]
async fn connections_stay_and_end_as_asked() {
    let running = Running::start().await;
    let mut client = running.client().await;
    let head = good().with(|r| r.method = "HEAD");
    client.send(running.by_admin("kms", &head)).await;
    let answer = client.head_answer().await;
    proper(&answer, Protocol::AwsJson11);
    assert_eq!(answer.status, 404);
    running.lives_on(&mut client).await;

    let upgrade = good().with(|r| {
        r.set("connection", Some("Upgrade, HTTP2-Settings"));
        r.set("upgrade", Some("h2c"));
        r.set("http2-settings", Some("AAMAAABkAAQAAP__"));
    });
    let answer = client.ask(running.by_admin("kms", &upgrade)).await;
    assert_eq!(answer.status, 200, "HTTP/1.1 goes on");
    running.lives_on(&mut client).await;

    let last = good().with(|r| r.set("connection", Some("close")));
    let answer = client.ask(running.by_admin("kms", &last)).await;
    let told = (answer.status, answer.header("connection"));
    assert_eq!(told, (200, Some("close")));
    client.ended().await;

    let mut client = running.client().await;
    let old = String::from_utf8(running.random()).unwrap();
    let answer = client.ask(old.replace("HTTP/1.1", "HTTP/1.0")).await;
    assert_eq!(answer.status, 200);
    client.ended().await;
}

fn announced(head: &str, length: usize) -> Vec<u8> {
    format!("{head}content-length: {length}\r\n\r\n").into_bytes()
}

fn chunked(head: &str) -> String {
    format!("{head}transfer-encoding: chunked\r\n\r\n")
}

const KMS_LIMIT: usize = 256 * 1024;
const LIMIT: usize = 1024 * 1024;
const TOO_LARGE: (u16, &str) = (413, "RequestEntityTooLargeException");
const TOO_LARGE_QUERY: (u16, &str) = (413, "RequestEntityTooLarge");

#[tokio::test]
async fn bodies_announced_too_large() {
    let running = Running::start().await;
    let before = running.records().len();
    let signing = Signing::right(&running.place.admin, "kms");
    let sso = Request::of(service_of("sso-admin"), "ListInstances").head();
    let form = Request::form("").head();
    let expecting = good().with(|r| r.set("expect", Some("100-continue")));
    for (head, length, expect) in [
        (good().head(), KMS_LIMIT + 1, TOO_LARGE),
        (good().signed_head(&signing), KMS_LIMIT + 1, TOO_LARGE),
        (expecting.head(), KMS_LIMIT + 1, TOO_LARGE),
        (sso, LIMIT + 1, TOO_LARGE),
        (form.clone(), LIMIT + 1, TOO_LARGE_QUERY),
        (form, usize::MAX / 2, TOO_LARGE_QUERY),
    ] {
        // Nothing of the body is sent, so nothing of it was waited for.
        let mut client = running.client().await;
        let answer = client.ask(announced(&head, length)).await;
        assert_eq!((answer.status, answer.code().as_str()), expect);
        proper(&answer, answer.protocol());
        client.ended().await;
    }
    running.lives().await;
    assert_eq!(running.recorded_since(before), 1);
}

#[tokio::test]
async fn bodies_that_are_just_not_too_large() {
    let running = Running::start().await;
    let sso = Request::of(service_of("sso-admin"), "ListInstances");
    for (request, length, code) in [
        (good(), KMS_LIMIT, "MissingAuthenticationTokenException"),
        (sso, LIMIT, "MissingAuthenticationTokenException"),
        (Request::form(""), LIMIT, "MissingAction"),
    ] {
        let mut client = running.client().await;
        client.send(announced(&request.head(), length)).await;
        let answer = client.ask("&".repeat(length)).await;
        assert_eq!(answer.code(), code);
        running.lives_on(&mut client).await;
    }
}

#[tokio::test]
async fn bodies_that_grow_too_large() {
    let running = Running::start().await;
    let before = running.records().len();
    let piece = format!("4000\r\n{}\r\n", "&".repeat(0x4000));
    for (head, limit, expect) in [
        (good().head(), KMS_LIMIT, TOO_LARGE),
        (Request::form("").head(), LIMIT, TOO_LARGE_QUERY),
    ] {
        let mut client = running.client().await;
        client.send(chunked(&head)).await;
        client.send(piece.repeat(limit / 0x4000)).await;
        let answer = client.ask("1\r\n&\r\n").await;
        assert_eq!((answer.status, answer.code().as_str()), expect);
        client.ended().await;
    }
    // The answer reaches also a client that sends everything before it reads.
    let mut client = running.client().await;
    client.send(announced(&good().head(), 4 * LIMIT)).await;
    client.offer(" ".repeat(4 * LIMIT)).await;
    assert_eq!(client.answer().await.status, 413);
    running.lives().await;
    assert_eq!(running.recorded_since(before), 1);
}

#[tokio::test]
async fn a_body_in_the_smallest_pieces() {
    let running = Running::start().await;
    let mut client = running.client().await;
    let request = good();
    let signing = Signing::right(&running.place.admin, "kms");
    client.send(chunked(&request.signed_head(&signing))).await;
    for byte in &request.body {
        client
            .send([&b"1\r\n"[..], &[*byte], b"\r\n"].concat())
            .await;
    }
    let answer = client.ask("0\r\nx-trailer: ignored\r\n\r\n").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    running.lives_on(&mut client).await;
}

#[tokio::test]
async fn bodies_that_break_off() {
    let running = Running::start().await;
    let before = running.records().len();
    let request = good();
    let whole = running.by_admin("kms", &request);
    let signing = Signing::right(&running.place.admin, "kms");
    let pieces = chunked(&request.signed_head(&signing));
    for sent in [
        whole[..whole.len() - 1].to_vec(),
        whole[..whole.len() - request.body.len()].to_vec(),
        format!("{pieces}5\r\n{{").into_bytes(),
        format!("{pieces}2\r\n{{}}\r\n").into_bytes(),
    ] {
        // Gone at once.
        running.client().await.send(&sent).await;
        // Still there to read what it is told.
        let mut client = running.client().await;
        client.send(&sent).await;
        client.finish().await;
        let answer = client.answer().await;
        proper(&answer, Protocol::AwsJson11);
        let told = (answer.status, answer.code());
        assert_eq!(told, (408, "RequestTimeoutException".to_owned()));
        client.ended().await;
    }
    running.lives().await;
    assert_eq!(running.recorded_since(before), 1);
}

#[tokio::test]
async fn what_is_no_http() {
    let running = Running::start().await;
    let before = running.records().len();
    let head =
        |rest: &str| format!("POST / HTTP/1.1\r\nhost: localhost\r\n{rest}\r\n").into_bytes();
    let long = "x".repeat(300_000);
    let cases: Vec<(Vec<u8>, &[u16])> = vec![
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
            &[400],
        ),
        (vec![0; 1000], &[400]),
        (vec![0xff; 70_000], &[400]),
        (b"GET\r\n\r\n".to_vec(), &[400]),
        (b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), &[400]),
        (b"POST / HTTP/9.9\r\n\r\n".to_vec(), &[400]),
        (b"POST / SPDY/3\r\n\r\n".to_vec(), &[400]),
        (head("no colon\r\n"), &[400]),
        (head("a: b\0c\r\n"), &[400]),
        (head("a : b\r\n"), &[400]),
        (head("content-length: -1\r\n"), &[400]),
        (head("content-length: 1\r\ncontent-length: 2\r\n"), &[400]),
        (
            head(&format!("content-length: {}\r\n", "9".repeat(30))),
            &[400],
        ),
        (head("transfer-encoding: gzip\r\n"), &[400]),
        (head(&format!("long: {long}\r\n")), &[431]),
        (head(&"a: b\r\n".repeat(101)), &[431]),
        (format!("GET /{long} HTTP/1.1\r\n\r\n").into(), &[414, 431]),
        // HTTP/2 without TLS is not spoken: the connection ends without an answer.
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec(),
            &[],
        ),
    ];
    let many = cases.len();
    for (sent, expect) in cases {
        let what = sent[..sent.len().min(60)].escape_ascii();
        let mut client = running.client().await;
        client.offer(&sent).await;
        match client.answer_or_end().await {
            Some(answer) => {
                assert!(expect.contains(&answer.status), "{what}: {}", answer.status);
                client.ended().await;
            }
            None => assert!(expect.is_empty(), "{what}: no answer"),
        }
        running.lives().await;
    }
    assert_eq!(running.recorded_since(before), many);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_at_once_are_answered_in_order() {
    let running = Running::start().await;
    let mut sent = Vec::new();
    for count in 1..=1000 {
        sent.extend(running.kms("GenerateRandom", &json!({"NumberOfBytes": count})));
    }
    let answers = running.client().await.pipeline(&sent, 1000).await;
    for (answer, count) in answers.iter().zip(1..) {
        proper(answer, Protocol::AwsJson11);
        // Base64 of so many bytes.
        let text = answer.json()["Plaintext"].as_str().unwrap().to_owned();
        let padding = text.bytes().filter(|b| *b == b'=').count();
        assert_eq!(text.len() / 4 * 3 - padding, count);
    }
    assert_eq!(running.place.records_of("GenerateRandom"), 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_while_its_key_is_made() {
    let running = Running::start().await;
    running.place.control.hold();
    let mut client = running.client().await;
    client.send(running.kms("CreateKey", &json!({}))).await;
    running.place.control.wait_until_held();
    drop(client);
    running.place.control.release();
    // The commit loop answers one after the other.
    running.lives().await;
    assert_eq!(running.place.records_of("CreateKey"), 1);
    let mut client = running.client().await;
    let listed = client.ask(running.kms("ListKeys", &json!({}))).await;
    assert_eq!(listed.json()["Keys"].as_array().unwrap().len(), 1);
    running.place.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_hang_up_at_once() {
    const MANY: usize = 50;
    let running = Running::start().await;
    for _ in 0..MANY {
        let mut client = running.client().await;
        client.send(running.kms("CreateKey", &json!({}))).await;
    }
    let all_made = async {
        while running.place.records_of("CreateKey") < MANY {
            running.lives().await;
        }
    };
    tokio::time::timeout(LONG, all_made).await.unwrap();
    running.place.verify();
}

/// A client whose request's commit is being held.
async fn held(running: &Running) -> Connection {
    running.place.control.hold();
    let mut client = running.client().await;
    client.send(running.random()).await;
    running.place.control.wait_until_held();
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_requests_end() {
    let running = Running::start().await;
    let mut idle = running.client().await;
    running.lives_on(&mut idle).await;
    let mut silent = running.client().await;
    let mut client = held(&running).await;
    running.stop.send(()).unwrap();
    silent.ended().await;
    idle.ended().await;
    is_deaf(running.address).await;
    assert!(!running.served.is_finished());
    running.place.control.release();
    let answer = client.answer().await;
    let told = (answer.status, answer.header("connection"));
    assert_eq!(told, (200, Some("close")));
    client.ended().await;
    running.served.await.unwrap().unwrap();
    let mut place = running.place;
    place.again().await;
    assert_eq!(place.records_of("GenerateRandom"), 2);
    place.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_the_rest_of_a_request_only_so_long() {
    let running = Running::draining(Duration::from_millis(50)).await;
    let whole = running.random();
    let mut clients = Vec::new();
    for length in [1, 40, whole.len() - 1] {
        let mut client = running.client().await;
        // One answer first, so that the connection is surely taken.
        running.lives_on(&mut client).await;
        client.send(&whole[..length]).await;
        clients.push(client);
    }
    running.stop.send(()).unwrap();
    for mut client in clients {
        client.ended().await;
    }
    running.served.await.unwrap().unwrap();
    let mut place = running.place;
    place.again().await;
    assert_eq!(place.records_of("GenerateRandom"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_gives_up_a_commit_that_does_not_come_back() {
    let running = Running::draining(Duration::from_millis(50)).await;
    let mut client = held(&running).await;
    running.stop.send(()).unwrap();
    client.ended().await;
    let told = running.served.await.unwrap();
    assert!(matches!(told, Err(DrainError::Commits(_))), "{told:?}");
    // Only the answer was given up: the commit comes to its end once it can.
    let mut place = running.place;
    place.control.release();
    place.again().await;
    assert_eq!(place.records_of("GenerateRandom"), 1);
    place.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_says_when_a_request_was_too_late() {
    let running = Running::draining(Duration::from_millis(50)).await;
    let mut client = held(&running).await;
    running.stop.send(()).unwrap();
    // Cut off at the end of the time to drain; the commit loop has a second more.
    client.ended().await;
    running.place.control.release();
    assert!(running.served.await.unwrap().is_err());
    let mut place = running.place;
    place.again().await;
    assert_eq!(place.records_of("GenerateRandom"), 1);
}
