//! The listener from outside: what it answers to requests, right and wrong, over raw HTTP, and what it
//! records of them. How connections live and end is in `connections.rs`.
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

use claviger_core::dispatch;
use claviger_model::Protocol;
use claviger_testkit::installation::{Login, service_of};
use claviger_types::Timestamp;
use client::{Connection, Request, Signing, framed};
use listener::{Running, good, proper, random};
use serde_json::json;
use support::{NOW, Place};

#[tokio::test]
async fn every_operation_unsigned() {
    let running = Running::start().await;
    let before = running.records().len();
    let mut client = running.client().await;
    let served = dispatch::SERVED.iter().copied().flatten();
    // S3 is known by the scope of a signature alone.
    for served in served.filter(|s| s.service.protocol != Protocol::RestXml) {
        let request = Request::of(served.service, served.name);
        let answer = client.ask(request.unsigned()).await;
        let expect = match served.service.protocol {
            Protocol::AwsJson11 => (400, "MissingAuthenticationTokenException"),
            Protocol::Query | Protocol::RestXml => (403, "MissingAuthenticationToken"),
        };
        let told = answer.code();
        assert_eq!((answer.status, told.as_str()), expect, "{}", served.name);
        proper(&answer, served.service.protocol);
    }
    assert_eq!(running.recorded_since(before), 0);
    running.lives_on(&mut client).await;
}

/// What a request proves by its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    Good,
    Missing,
    Incomplete,
    Invalid,
    Unknown,
}

impl Proof {
    /// Status and code of a JSON and of a query service.
    fn told(self) -> [(u16, &'static str); 2] {
        match self {
            Self::Good => [(200, ""), (200, "")],
            Self::Missing => [
                (400, "MissingAuthenticationTokenException"),
                (403, "MissingAuthenticationToken"),
            ],
            Self::Incomplete => [
                (400, "IncompleteSignatureException"),
                (400, "IncompleteSignature"),
            ],
            Self::Invalid => [
                (400, "InvalidSignatureException"),
                (403, "SignatureDoesNotMatch"),
            ],
            Self::Unknown => [
                (400, "UnrecognizedClientException"),
                (403, "InvalidClientTokenId"),
            ],
        }
    }
}

type Make = fn(Request, Signing) -> Vec<u8>;

fn dated(request: &Request, signing: Signing, seconds: i64) -> Vec<u8> {
    let at = Timestamp::from_seconds(seconds);
    request.signed(&Signing { at, ..signing })
}

fn with_header(
    mut request: Request,
    signing: &Signing,
    name: &'static str,
    value: &str,
) -> Vec<u8> {
    request.set(name, Some(value));
    request.signed(signing)
}

const SIGNATURES: [(&str, Make, Proof); 20] = [
    ("good", |r, s| r.signed(&s), Proof::Good),
    ("unsigned", |r, _| r.unsigned(), Proof::Missing),
    (
        "another scheme",
        |r, _| framed(r.head() + "authorization: Basic YTpi\r\n", &r.body),
        Proof::Missing,
    ),
    (
        "half a header",
        |r, _| {
            let half = "authorization: AWS4-HMAC-SHA256 Credential=a/b/c/d/e\r\n";
            framed(r.head() + half, &r.body)
        },
        Proof::Incomplete,
    ),
    (
        "another secret",
        |r, mut s| {
            s.login.secret.push('x');
            r.signed(&s)
        },
        Proof::Invalid,
    ),
    (
        "another body",
        |r, s| framed(r.signed_head(&s), &[&r.body[..], b"&"].concat()),
        Proof::Invalid,
    ),
    (
        "an unknown access key",
        |r, mut s| {
            s.login.access_key_id = "AKIAIOSFODNN7EXAMPLE".to_owned();
            r.signed(&s)
        },
        Proof::Unknown,
    ),
    (
        "no access key at all",
        |r, mut s| {
            s.login.access_key_id = "nobody".to_owned();
            r.signed(&s)
        },
        Proof::Unknown,
    ),
    (
        "a token that is none",
        |r, mut s| {
            s.login.token = Some("token".to_owned());
            r.signed(&s)
        },
        Proof::Unknown,
    ),
    ("5 minutes old", |r, s| dated(&r, s, NOW - 300), Proof::Good),
    ("older", |r, s| dated(&r, s, NOW - 301), Proof::Invalid),
    (
        "5 minutes early",
        |r, s| dated(&r, s, NOW + 300),
        Proof::Good,
    ),
    ("earlier", |r, s| dated(&r, s, NOW + 301), Proof::Invalid),
    (
        "a scope of another day",
        |r, mut s| {
            s.date = "20260104".to_owned();
            r.signed(&s)
        },
        Proof::Invalid,
    ),
    (
        "another Region",
        |r, mut s| {
            s.region = "ap-south-1".to_owned();
            r.signed(&s)
        },
        Proof::Invalid,
    ),
    (
        "another service",
        |r, mut s| {
            s.service = "s3".to_owned();
            r.signed(&s)
        },
        Proof::Invalid,
    ),
    (
        "presigned",
        |mut r, _| {
            r.target = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0".to_owned();
            r.unsigned()
        },
        Proof::Incomplete,
    ),
    (
        "signed and presigned",
        |mut r, s| {
            r.target = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned();
            r.signed(&s)
        },
        Proof::Invalid,
    ),
    (
        "streaming",
        |r, s| {
            let streaming = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
            with_header(r, &s, "x-amz-content-sha256", streaming)
        },
        Proof::Invalid,
    ),
    (
        "an encoding of pieces",
        |r, s| with_header(r, &s, "content-encoding", "aws-chunked"),
        Proof::Invalid,
    ),
];

async fn check_signature(
    running: &Running,
    client: &mut Connection,
    (what, make, proof): (&str, Make, Proof),
) {
    let caller = Request::of(service_of("sts"), "GetCallerIdentity");
    let requests = [("kms", good()), ("sts", caller)];
    for ((service, request), (status, code)) in requests.into_iter().zip(proof.told()) {
        let before = running.records().len();
        let signing = Signing::right(&running.place.admin, service);
        let answer = client.ask(make(request, signing)).await;
        proper(&answer, service_of(service).protocol);
        let told = (answer.status, answer.code());
        let text = answer.text();
        assert_eq!(told, (status, code.to_owned()), "{what}: {text}");
        let recorded = usize::from(proof == Proof::Good);
        assert_eq!(running.recorded_since(before), recorded, "{what}");
    }
}

#[tokio::test]
async fn signatures() {
    let running = Running::start().await;
    let mut client = running.client().await;
    for case in SIGNATURES {
        check_signature(&running, &mut client, case).await;
    }
}

const GET_CALLER: &str = "Action=GetCallerIdentity&Version=2011-06-15";

/// A request, and what becomes of it: status, code, records.
type Case = (Request, u16, &'static str, usize);

/// Checks the answer to a signed request and how many records it leaves; then a good one.
async fn check(running: &Running, client: &mut Connection, case: Case) {
    let (request, status, code, recorded) = case;
    let is_json = request.headers.iter().any(|(_, v)| v.contains("json"));
    let service = if is_json { "kms" } else { "sts" };
    let before = running.records().len();
    let answer = client.ask(running.by_admin(service, &request)).await;
    let start = &request.body[..request.body.len().min(200)];
    let what = format!(
        "{} {} {}",
        request.method,
        request.target,
        start.escape_ascii()
    );
    let told = answer.code();
    let text = answer.text();
    assert_eq!(
        (answer.status, told.as_str()),
        (status, code),
        "{what}: {text}"
    );
    proper(&answer, answer.protocol());
    assert_eq!(running.recorded_since(before), recorded, "{what}");
    running.lives_on(client).await;
}

async fn check_all(cases: Vec<Case>) {
    let running = Running::start().await;
    let mut client = running.client().await;
    for case in cases {
        check(&running, &mut client, case).await;
    }
}

#[tokio::test]
async fn requests_for_nothing() {
    let unknown = "UnknownOperationException";
    let target = |target: &str| Request::json(target, "{}");
    let method = |method| good().with(|r| r.method = method);
    let path = |path: &str| good().with(|r| path.clone_into(&mut r.target));
    let media_type = |value| good().with(|r| r.set("content-type", value));
    check_all(vec![
        (target("TrentService.Nonsense"), 400, unknown, 1),
        (target("TrentService.generateRandom"), 400, unknown, 1),
        (target("TrentService."), 400, unknown, 1),
        (target("TrentService.GenerateRandom.x"), 400, unknown, 1),
        (target("trentservice.GenerateRandom"), 400, unknown, 0),
        (target("TrentService"), 400, unknown, 0),
        (target("DynamoDB_20120810.GetItem"), 400, unknown, 0),
        (target(""), 400, unknown, 0),
        (target("Trent\u{fc}Service.GenerateRandom"), 400, unknown, 0),
        (method("GET"), 404, unknown, 0),
        (method("PUT"), 404, unknown, 0),
        (method("DELETE"), 404, unknown, 0),
        (method("OPTIONS"), 404, unknown, 0),
        (method("BREW"), 404, unknown, 0),
        (path("/kms"), 404, unknown, 0),
        (path("/%2e%2e/"), 404, unknown, 0),
        (media_type(None), 404, unknown, 0),
        (media_type(Some("text/json")), 404, unknown, 0),
        (
            good().with(|r| r.set("x-amz-target", None)),
            404,
            unknown,
            0,
        ),
    ])
    .await;
}

#[tokio::test]
async fn forms() {
    let form = |body: &str| Request::form(body);
    let caller = |more: &str| Request::form(format!("{GET_CALLER}{more}"));
    let action =
        |action: &str, version: &str| Request::form(format!("Action={action}&Version={version}"));
    let get = |query: &str| {
        Request::form("").with(|r| {
            r.method = "GET";
            r.target = format!("/?{query}");
            r.headers.clear();
        })
    };
    let (malformed, invalid) = ("MalformedQueryString", "InvalidAction");
    let now = "2011-06-15";
    check_all(vec![
        (caller(""), 200, "", 1),
        (caller(&"&".repeat(500_000)), 200, "", 1),
        (get(GET_CALLER), 200, "", 1),
        (get("x=1"), 404, "UnknownOperationException", 0),
        (form(""), 400, "MissingAction", 0),
        (form("{}"), 400, "MissingAction", 0),
        (action("", now), 400, "MissingAction", 0),
        (action("Nonsense", now), 400, invalid, 1),
        (action("getcalleridentity", now), 400, invalid, 1),
        (form("Action=GetCallerIdentity"), 400, invalid, 0),
        (action("GetCallerIdentity", "1999-01-01"), 400, invalid, 0),
        // IAM's version, signed for STS.
        (
            action("ListUsers", "2010-05-08"),
            403,
            "SignatureDoesNotMatch",
            0,
        ),
        (caller("&a=%"), 400, malformed, 0),
        (caller("&a=%ff"), 400, malformed, 0),
        (caller("&a=1&%61=2"), 400, malformed, 0),
        (caller("&Action=GetSessionToken"), 400, malformed, 0),
    ])
    .await;
}

#[tokio::test]
async fn bodies_that_are_no_document() {
    let deep = |start: &str, end: &str| {
        let (start, end) = (start.repeat(10_000), end.repeat(10_000));
        format!("{{\"NumberOfBytes\":{start}0{end}}}").into_bytes()
    };
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b" ".to_vec(),
        b"no JSON".to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        b"\"NumberOfBytes\"".to_vec(),
        b"{".to_vec(),
        b"{}{}".to_vec(),
        deep("[", "]"),
        deep("{\"a\":", "}"),
        "[".repeat(100_000).into(),
        b"{\"NumberOfBytes\":8,\"NumberOfBytes\":8}".to_vec(),
        b"{\"NumberOfBytes\":8,\"NumberOf\\u0042ytes\":8}".to_vec(),
        b"{\"CustomKeyStoreId\":\"\xff\"}".to_vec(),
        b"{\"CustomKeyStoreId\":\"\xed\xa0\x80\"}".to_vec(),
        b"{\"CustomKeyStoreId\":\"\\ud800\"}".to_vec(),
        b"{\"CustomKeyStoreId\":\"\0\"}".to_vec(),
        b"\0".to_vec(),
        b"{\"NumberOfBytes\":1e999}".to_vec(),
        b"{\"NumberOfBytes\":9223372036854775808}".to_vec(),
        b"{\"NumberOfBytes\":123456789012345678901234567890}".to_vec(),
        b"{\"NumberOfBytes\":8.5}".to_vec(),
        b"{\"NumberOfBytes\":\"8\"}".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
    ];
    let refused = |body| (random(body), 400, "SerializationException", 1);
    check_all(bodies.into_iter().map(refused).collect()).await;
}

#[tokio::test]
async fn what_is_echoed_is_escaped() {
    let running = Running::start().await;
    let mut client = running.client().await;
    let nasty = "%3Cscript%3E%26%22%0D%0Aset-cookie:%20a%00";
    let form = Request::form(format!("Action={nasty}&Version={nasty}"));
    let answer = client.ask(form.unsigned()).await;
    proper(&answer, Protocol::Query);
    assert_eq!(answer.code(), "InvalidAction");
    assert!(answer.header("set-cookie").is_none());
    let text = answer.text();
    let escaped = "&lt;script&gt;&amp;&quot;&#xD;\nset-cookie: a\u{fffd}";
    assert!(text.contains(escaped), "{text}");
    assert!(!text.contains("<script>"), "{text}");

    let credential = "\"}<x>\\";
    let sent = format!(
        "authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date;\
         x-amz-target, Signature=0\r\nx-amz-date: 20260105T100000Z\r\n"
    );
    let request = good();
    let answer = client
        .ask(framed(request.head() + &sent, &request.body))
        .await;
    proper(&answer, Protocol::AwsJson11);
    assert_eq!(answer.code(), "IncompleteSignatureException");
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(
        message.ends_with(&format!("got '{credential}'")),
        "{message}"
    );
    running.lives_on(&mut client).await;
}

#[tokio::test]
async fn request_ids_are_those_of_the_records() {
    let running = Running::start().await;
    let mut client = running.client().await;
    let Place {
        admin, outsider, ..
    } = &running.place;
    let made = client.ask(running.kms("CreateKey", &json!({}))).await;
    let key = made.json()["KeyMetadata"]["Arn"].clone();
    let describe = Request::kms("DescribeKey", &json!({"KeyId": key}));
    let unknown = Request::json("TrentService.Nonsense", "{}");
    let caller = Request::of(service_of("sts"), "GetCallerIdentity");
    let users = Request::of(service_of("iam"), "ListUsers");
    let instances = Request::of(service_of("sso-admin"), "ListInstances");
    let cases: [(&Login, &str, &Request, u16, &str); 6] = [
        (admin, "kms", &describe, 200, "DescribeKey"),
        (outsider, "kms", &describe, 400, "DescribeKey"),
        (admin, "kms", &unknown, 400, "UnknownOperation"),
        (admin, "sts", &caller, 200, "GetCallerIdentity"),
        (admin, "iam", &users, 200, "ListUsers"),
        (admin, "sso-admin", &instances, 200, "ListInstances"),
    ];
    let mut ids = vec![made.request_id().to_owned()];
    for (login, service, request, status, event) in cases {
        let answer = client
            .ask(request.signed(&Signing::right(login, service)))
            .await;
        proper(&answer, service_of(service).protocol);
        assert_eq!(answer.status, status, "{event}: {}", answer.text());
        let newest = running.records().pop().unwrap();
        assert_eq!(newest["eventName"], event);
        assert_eq!(newest["requestID"], answer.request_id(), "{event}");
        assert_eq!(newest["sourceIPAddress"], "127.0.0.1");
        ids.push(answer.request_id().to_owned());
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id occurs twice");
}
