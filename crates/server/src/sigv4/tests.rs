//! What botocore signs is read and canonicalised to the byte; everything else gets AWS's refusal.

use super::*;
use claviger_core::caller::AuthenticationError;
use claviger_crypto::hmac_sha256;
use claviger_model::Protocol;
use http::Request;
use proptest::prelude::*;
use serde_json::Value;

const NOW: &str = "2026-01-05T10:00:00Z";

fn regions() -> Vec<RegionName> {
    ["us-east-1", "eu-west-1"]
        .map(|r| r.parse().unwrap())
        .into()
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn vectors() -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(include_str!("vectors/botocore.json")).unwrap();
    assert_eq!(all.len(), 21);
    all
}

fn head_of(vector: &Value) -> Parts {
    let mut request = Request::builder()
        .method(text(&vector["method"]))
        .uri(text(&vector["target"]));
    for pair in vector["headers"].as_array().unwrap() {
        let value = http::HeaderValue::from_bytes(text(&pair[1]).as_bytes()).unwrap();
        request = request.header(text(&pair[0]), value);
    }
    request.body(()).unwrap().into_parts().0
}

fn signature(secret: &str, signed: &Signed) -> String {
    let date = hmac_sha256(
        format!("AWS4{secret}").as_bytes(),
        signed.scope_date.as_bytes(),
    );
    let region = hmac_sha256(&date, signed.region.as_str().as_bytes());
    let service = hmac_sha256(&region, signed.service.as_bytes());
    let key = hmac_sha256(&service, b"aws4_request");
    hex(&hmac_sha256(&key, signed.string_to_sign.as_bytes()))
}

#[test]
fn what_botocore_signs() {
    for v in vectors() {
        let (head, body) = (head_of(&v), text(&v["body"]).as_bytes());
        let regions = regions();
        let expected = Expected {
            signing_name: text(&v["service"]),
            regions: &regions,
        };
        let name = &v["name"];
        let headers = Headers::of(&head);
        let authorization = headers.one("authorization").unwrap().unwrap();
        let authorization = Authorization::parse(authorization, true).unwrap();
        let names = &authorization.signed_headers;
        let canonical = canonical::request(
            &head,
            &headers,
            names,
            &hex(&sha256(body)),
            InPath::Normalized,
        )
        .unwrap();
        assert_eq!(
            String::from_utf8(canonical).unwrap(),
            text(&v["canonical_request"]),
            "{name}"
        );

        let signed = read(&head, body, expected, now()).unwrap();
        assert_eq!(signed.string_to_sign, text(&v["string_to_sign"]), "{name}");
        assert_eq!(signed.signature, text(&v["signature"]), "{name}");
        assert_eq!(
            signature(text(&v["secret"]), &signed),
            signed.signature,
            "{name}"
        );
        assert_eq!(signed.access_key_id, text(&v["access_key_id"]));
        assert_eq!(signed.session_token.as_deref(), v["session_token"].as_str());
        assert_eq!(signed.region.as_str(), text(&v["region"]));
        assert_eq!(signed.signed_at, now());
    }
}

const CREDENTIAL: &str = "AKIAIOSFODNN7EXAMPLE/20260105/us-east-1/kms/aws4_request";
const SIGNED_HEADERS: &str = "host;x-amz-date;x-amz-target";

/// A request whose headers are changed by `changes`: a value, or none to leave the header out.
fn request(target: &str, changes: &[(&str, Option<&str>)]) -> Parts {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders={SIGNED_HEADERS}, Signature={}",
        "0".repeat(64)
    );
    let standard = [
        ("authorization", authorization.as_str()),
        ("host", "localhost"),
        ("x-amz-date", "20260105T100000Z"),
        ("x-amz-target", "TrentService.Decrypt"),
    ];
    let mut request = Request::builder().method("POST").uri(target);
    for (name, value) in standard {
        if !changes.iter().any(|(changed, _)| *changed == name) {
            request = request.header(name, value);
        }
    }
    for (name, value) in changes {
        if let Some(value) = value {
            request = request.header(*name, *value);
        }
    }
    request.body(()).unwrap().into_parts().0
}

fn read_it(head: &Parts, body: &[u8]) -> Result<Signed, FrontDoorError> {
    let regions = regions();
    let expected = Expected {
        signing_name: "kms",
        regions: &regions,
    };
    read(head, body, expected, now())
}

/// The JSON service's code and text for a changed request, empty if it is read.
fn refusal(target: &str, changes: &[(&str, Option<&str>)]) -> (String, String) {
    match read_it(&request(target, changes), b"{}") {
        Ok(_) => (String::new(), String::new()),
        Err(error) => {
            let code = error.shape(Protocol::AwsJson11).code;
            (
                code.trim_end_matches("Exception").to_owned(),
                error.to_string(),
            )
        }
    }
}

#[test]
fn refusals_of_the_authorization() {
    let check = |authorization: &str, code: &str, part: &str| {
        let changed = [("authorization", Some(authorization))];
        let (found, message) = refusal("/", &changed);
        assert_eq!(found, code, "{authorization}: {message}");
        assert!(message.contains(part), "{authorization}: {message}");
    };
    let with = |credential: &str, headers: &str| {
        format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={headers}, Signature=00")
    };
    let good = with(CREDENTIAL, SIGNED_HEADERS);
    check(&good, "", "");
    check(&good.replace(", ", ","), "", "");
    check(&good.replace(CREDENTIAL, &format!("{CREDENTIAL}/")), "", "");
    check(
        "Basic dXNlcjpwYXNz",
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
    );
    check("", "MissingAuthenticationToken", "");
    check(
        "AWS4-HMAC-SHA256",
        "IncompleteSignature",
        "Authorization header requires 'Credential' parameter. Authorization header requires \
         'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed \
         with SHA-256 and encoded with Base64) Authorization=",
    );
    check(
        "AWS4-HMAC-SHA256 Credential=a, Signature=",
        "IncompleteSignature",
        "'Signature' parameter",
    );
    check(
        "AWS4-HMAC-SHA256 Credential",
        "IncompleteSignature",
        "Invalid key=value pair (missing equal-sign)",
    );
    check(
        &format!("{good}, Signature=11"),
        "IncompleteSignature",
        "'Signature' parameter twice",
    );
    let other = good.replace("HMAC", "ECDSA-P256");
    check(
        &other,
        "IncompleteSignature",
        "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). ",
    );
    for headers in [
        "x-amz-date;host;x-amz-target",
        "Host;x-amz-date;x-amz-target",
        "host;host;x-amz-date;x-amz-target",
        ";host",
    ] {
        check(
            &with(CREDENTIAL, headers),
            "IncompleteSignature",
            "lower case, sorted",
        );
    }
    check(
        &with(CREDENTIAL, "x-amz-date;x-amz-target"),
        "InvalidSignature",
        "'Host' or ':authority' must be a 'SignedHeader'",
    );
    check(
        &with(CREDENTIAL, "host;x-amz-target"),
        "InvalidSignature",
        "'x-amz-date' must be a 'SignedHeader'",
    );
    check(
        &with(CREDENTIAL, "host;x-amz-date"),
        "InvalidSignature",
        "'x-amz-target' must be a 'SignedHeader'",
    );
    check(
        &with(CREDENTIAL, "absent;host;x-amz-date;x-amz-target"),
        "InvalidSignature",
        "'absent' is a 'SignedHeader'",
    );
    let short = CREDENTIAL.trim_end_matches("/aws4_request");
    check(
        &with(short, SIGNED_HEADERS),
        "IncompleteSignature",
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIA",
    );
    check(
        &with("/////", SIGNED_HEADERS),
        "IncompleteSignature",
        "exactly 5",
    );
    check(
        &with("AKIA/20260106/ap-south-1/sts/aws5", SIGNED_HEADERS),
        "InvalidSignature",
        "Credential should be scoped to a valid region. Credential should be scoped to correct \
         service: 'kms'. Credential should be scoped with a valid terminator: 'aws4_request', not \
         'aws5'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
         from HTTP: '20260106' != '20260105', from '20260105T100000Z'.",
    );
}

#[test]
fn refusals_of_the_date() {
    let check = |date: &str, expect: &str| {
        let (_, message) = refusal("/", &[("x-amz-date", Some(date))]);
        assert_eq!(message, expect, "{date}");
    };
    check("20260105T095500Z", "");
    check("20260105T100500Z", "");
    check(
        "20260105T095459Z",
        "Signature expired: 20260105T095459Z is now earlier than 20260105T095500Z \
         (20260105T100000Z - 5 min.)",
    );
    check(
        "20260105T100501Z",
        "Signature not yet current: 20260105T100501Z is still later than 20260105T100500Z \
         (20260105T100000Z + 5 min.)",
    );
    for wrong in [
        "",
        "201",
        "2026-01-05T10:00:00Z",
        "20261305T100000Z",
        "1767607200",
    ] {
        check(
            wrong,
            &format!(
                "Date must be in ISO-8601 'basic format'. Got '{wrong}'. See \
                 http://en.wikipedia.org/wiki/ISO_8601"
            ),
        );
    }
    let (code, message) = refusal("/", &[("x-amz-date", None)]);
    assert_eq!(code, "IncompleteSignature");
    assert!(message.starts_with(
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
    ));
    // The clock's fraction of a second does not shorten the five minutes.
    let head = request("/", &[("x-amz-date", Some("20260105T095500Z"))]);
    let regions = regions();
    let expected = Expected {
        signing_name: "kms",
        regions: &regions,
    };
    assert!(read(&head, b"", expected, now().plus_millis(999)).is_ok());
    assert!(read(&head, b"", expected, now().plus_millis(1000)).is_err());
}

#[test]
fn dates_of_http() {
    let check = |text: &str, good: bool| {
        assert_eq!(date::check(text, now()).is_ok(), good, "{text}");
    };
    check("Mon, 05 Jan 2026 10:00:00 GMT", true);
    check("Mon, 05 Jan 2026 10:00:00 -0000", true);
    check("Mon, 05 Jan 2026 10:00:00 +0100", false);
    check("Mon, 5 Jan 2026 10:00:00 GMT", false);
    check("Mon, 05 Foo 2026 10:00:00 GMT", false);
    check("Mon, 32 Jan 2026 10:00:00 GMT", false);
    check("Mon, 05 Jan 2026 10:00 GMT", false);
    check("Monday, 05-Jan-26 10:00:00 GMT", false);
}

#[test]
fn refusals_of_headers_and_bodies() {
    let check = |target: &str, changes: &[(&str, Option<&str>)], code: &str, part: &str| {
        let (found, message) = refusal(target, changes);
        assert_eq!(found, code, "{target} {changes:?}: {message}");
        assert!(message.contains(part), "{message}");
    };
    check(
        "/",
        &[("authorization", None)],
        "MissingAuthenticationToken",
        "",
    );
    check(
        "/?X-Amz-Algorithm=AWS4-HMAC-SHA256",
        &[],
        "InvalidSignature",
        "Found both",
    );
    let unsigned = [("authorization", None)];
    check(
        "/?X-Amz-Algorithm=AWS4-HMAC-SHA256",
        &unsigned,
        "IncompleteSignature",
        "Query-string authentication",
    );
    check(
        "/?x=1&X%2DAmz-Algorithm",
        &unsigned,
        "IncompleteSignature",
        "Query-string authentication",
    );
    for twice in [
        "x-amz-date",
        "x-amz-target",
        "host",
        "x-amz-security-token",
        "content-type",
        "x-amz-content-sha256",
    ] {
        let both = [
            (twice, Some("20260105T100000Z")),
            (twice, Some("20260105T100000Z")),
        ];
        let (code, message) = refusal("/", &both);
        assert!(!code.is_empty(), "{twice}");
        if !twice.starts_with("x-amz-s") && !twice.starts_with("x-amz-c") {
            assert!(
                message.contains(&format!("more than one '{twice}' header")),
                "{message}"
            );
        }
    }
    let authorization = "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0";
    let both = [
        ("authorization", Some(authorization)),
        ("authorization", Some(authorization)),
    ];
    check(
        "/",
        &both,
        "InvalidSignature",
        "more than one 'authorization' header",
    );
    check(
        "/",
        &[("x-amz-security-token", Some("t"))],
        "InvalidSignature",
        "'x-amz-security-token' must be a 'SignedHeader'",
    );
    check("/", &[("x-amz-user-agent", Some("aws-sdk-js"))], "", "");
    check(
        "/",
        &[("content-encoding", Some("aws-chunked"))],
        "InvalidSignature",
        "streaming payloads",
    );
    check(
        "http://otherhost/",
        &[],
        "InvalidSignature",
        "more than one 'host' header",
    );
    check("http://localhost/", &[], "", "");
    check("http://localhost/", &[("host", None)], "", "");
    check(
        "/",
        &[("host", None)],
        "InvalidSignature",
        "'host' is a 'SignedHeader'",
    );
}

#[test]
fn hashes_of_bodies() {
    let check = |hash: &str, expect: Result<(), FrontDoorError>| {
        let head = request("/", &[("x-amz-content-sha256", Some(hash))]);
        assert_eq!(
            check_payload(&Headers::of(&head), b"{}").map(|_| ()),
            expect,
            "{hash}"
        );
    };
    check(&hex(&sha256(b"{}")), Ok(()));
    check(
        &hex(&sha256(b"{}")).to_uppercase(),
        Err(FrontDoorError::PayloadMismatch),
    );
    check(&hex(&sha256(b"")), Err(FrontDoorError::PayloadMismatch));
    check("", Err(FrontDoorError::PayloadMismatch));
    check("UNSIGNED-PAYLOAD", Err(FrontDoorError::UnsupportedPayload));
    for streaming in ["AWS4-HMAC-SHA256-PAYLOAD", "UNSIGNED-PAYLOAD-TRAILER"] {
        check(
            &format!("STREAMING-{streaming}"),
            Err(FrontDoorError::UnsupportedPayload),
        );
    }
}

#[test]
fn codes_of_both_protocols() {
    use AuthenticationError::{ExpiredSession, UnknownCredential, Unreadable, WrongSignature};
    let check = |error: FrontDoorError, json: (&str, u16), query: (&str, u16)| {
        for (protocol, expect) in [(Protocol::AwsJson11, json), (Protocol::Query, query)] {
            let shape = error.to_service_error(protocol).shape;
            assert_eq!((shape.code, shape.status), expect, "{error}");
        }
    };
    check(
        FrontDoorError::MissingToken,
        ("MissingAuthenticationTokenException", 400),
        ("MissingAuthenticationToken", 403),
    );
    check(
        FrontDoorError::Incomplete(String::new()),
        ("IncompleteSignatureException", 400),
        ("IncompleteSignature", 400),
    );
    check(
        WrongSignature.into(),
        ("InvalidSignatureException", 400),
        ("SignatureDoesNotMatch", 403),
    );
    check(
        UnknownCredential.into(),
        ("UnrecognizedClientException", 400),
        ("InvalidClientTokenId", 403),
    );
    check(
        ExpiredSession.into(),
        ("ExpiredTokenException", 400),
        ("ExpiredToken", 403),
    );
    check(
        Unreadable.into(),
        ("InternalFailure", 500),
        ("InternalFailure", 500),
    );
    let unreadable = FrontDoorError::from(Unreadable).to_service_error(Protocol::Query);
    assert!(!unreadable.message.unwrap().contains("secret"));
}

/// Of a request that is changed on its way, no change may keep the signature.
#[test]
fn every_change_of_what_is_signed_changes_the_string_to_sign() {
    let base = read_it(&request("/a?x=1&y=2", &[]), b"{}")
        .unwrap()
        .string_to_sign;
    let changed = |target: &str, changes: &[(&str, Option<&str>)], body: &[u8]| {
        let read = read_it(&request(target, changes), body);
        assert_ne!(read.unwrap().string_to_sign, base, "{target} {changes:?}");
    };
    changed("/b?x=1&y=2", &[], b"{}");
    changed("/a?x=1&y=3", &[], b"{}");
    changed("/a?x=1&y=2&z", &[], b"{}");
    changed("/a?x=1", &[], b"{}");
    changed("/a?x=1&y=2", &[], b"{} ");
    changed("/a?x=1&y=2", &[("host", Some("localhost:1"))], b"{}");
    changed(
        "/a?x=1&y=2",
        &[("x-amz-target", Some("TrentService.Encrypt"))],
        b"{}",
    );
    changed(
        "/a?x=1&y=2",
        &[("x-amz-date", Some("20260105T100001Z"))],
        b"{}",
    );
    // What means the same signs the same.
    for same in [
        "/a?y=2&x=1",
        "/a?%78=1&y=%32",
        "//a?x=1&&y=2",
        "/./b/../a?x=1&y=2",
    ] {
        assert_eq!(
            read_it(&request(same, &[]), b"{}").unwrap().string_to_sign,
            base,
            "{same}"
        );
    }
    let plus = |target| read_it(&request(target, &[]), b"").unwrap().string_to_sign;
    assert_eq!(plus("/?a=+"), plus("/?a=%20"));
    assert_ne!(plus("/?a=+"), plus("/?a=%2B"));
}

proptest! {
    #[test]
    fn foreign_headers_never_panic(
        authorization in "(AWS4-HMAC-SHA256 )?[ -~]{0,80}",
        date in "[ -~]{0,32}",
        target in "/[!-~&&[^#\"<>\\\\^`{|}?]]{0,16}(\\?[!-~&&[^#\"<>\\\\^`{|}]]{0,24})?",
    ) {
        prop_assume!(target.parse::<http::Uri>().is_ok());
        let changes = [
            ("authorization", Some(authorization.as_str())),
            ("x-amz-date", Some(date.as_str())),
        ];
        let _ = read_it(&request(&target, &changes), b"");
        let dated = [("x-amz-date", Some("20260105T100000Z"))];
        let _ = read_it(&request(&target, &dated), b"");
    }
}
