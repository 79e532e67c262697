//! The protocols against botocore's serializer and parser (recorded in `vectors/`) and against what
//! no service takes. That what is written reads back is `round_trip`'s.

use super::*;
use claviger_core::chain::{Reply, ServiceError};
use claviger_model::{ErrorShape, IAM, Protocol, SERVICES, STS, Service};
use http::Request;
use http::request::Parts;
use serde_json::{Value, json};
use zeroize::Zeroizing;

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn service(id: &Value) -> &'static Service {
    SERVICES.into_iter().find(|s| s.id == text(id)).unwrap()
}

pub(super) fn head(method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

pub(super) const FORM: (&str, &str) = (
    "content-type",
    "application/x-www-form-urlencoded; charset=utf-8",
);

pub(super) fn document(body: &str) -> Result<Value, String> {
    let routed = route(&head("POST", "/", &[FORM]), body.as_bytes()).unwrap();
    routed.document(body.as_bytes()).map(|d| (*d).clone())
}

#[test]
fn what_botocore_requests() {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("vectors/requests.json")).unwrap();
    assert_eq!(vectors.len(), 12);
    for v in vectors {
        let routed = route(&head("POST", "/", &[FORM]), text(&v["body"]).as_bytes()).unwrap();
        assert_eq!(routed.service.id, text(&v["service"]));
        assert_eq!(routed.operation, text(&v["operation"]));
        let read = document(text(&v["body"])).unwrap();
        assert_eq!(read, v["document"], "{}", v["operation"]);
        // The same parameters in a query string mean the same.
        let target = format!("/?{}", text(&v["body"]));
        let routed = route(&head("GET", &target, &[]), b"").unwrap();
        assert_eq!(*routed.document(b"").unwrap(), v["document"]);
    }
}

pub(super) fn body_of(response: &http::Response<bytes::Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

pub(super) fn reply_of(document: &Value) -> Reply {
    let bytes = if document.is_null() {
        Vec::new()
    } else {
        document.to_string().into_bytes()
    };
    Reply(Zeroizing::new(bytes))
}

#[test]
fn what_botocore_reads() {
    let vectors: Value = serde_json::from_str(include_str!("vectors/replies.json")).unwrap();
    let replies = vectors["replies"].as_array().unwrap();
    assert_eq!(replies.len(), 7);
    for v in replies {
        let (service, operation) = (service(&v["service"]), text(&v["operation"]));
        let reply = Ok(reply_of(&v["document"]));
        let response = respond(Some(service), operation, Protocol::Query, reply, "id-1");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/xml");
        assert_eq!(body_of(&response), text(&v["xml"]), "{operation}");
    }
    let errors = vectors["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 3);
    for v in errors {
        let error = &v["error"];
        let shape: &'static ErrorShape = Box::leak(Box::new(ErrorShape {
            name: "unused",
            code: Box::leak(text(&error["Code"]).to_owned().into_boxed_str()),
            status: 403,
            fault: error["Type"] == "Receiver",
            message_member: "message",
        }));
        let refusal = ServiceError::new(shape, text(&error["Message"]).to_owned());
        let service = Some(service(&v["service"]));
        let response = respond(service, "GetUser", Protocol::Query, Err(refusal), "id-1");
        assert_eq!(response.status(), 403);
        assert_eq!(body_of(&response), text(&v["xml"]));
    }
}

#[test]
fn forms_that_do_not_fit() {
    let check = |parameters: &str, expect: Result<Value, &str>| {
        let read = document(&format!("Version=2010-05-08&{parameters}"));
        match (read, expect) {
            (Ok(read), Ok(expect)) => assert_eq!(read, expect, "{parameters}"),
            (Err(text), Err(part)) => assert!(text.contains(part), "{parameters}: {text}"),
            (read, expect) => panic!("{parameters}: {read:?}, not {expect:?}"),
        }
    };
    let user = |rest: &str| format!("Action=CreateUser&{rest}");
    check(
        &user("UserName=j&Unknown=1&Unknown.x.y=2"),
        Ok(json!({"UserName": "j"})),
    );
    check(&user("username=j"), Ok(json!({})));
    check(&user("Tags="), Ok(json!({"Tags": []})));
    check(&user("Tags.member="), Ok(json!({"Tags": []})));
    check(
        &user("Tags.member.10.Key=j&Tags.member.2.Key=b&Tags.member.2.Value="),
        Ok(json!({"Tags": [{"Key": "b", "Value": ""}, {"Key": "j"}]})),
    );
    check(&user("Tags=x"), Err("Tags must not be a single value"));
    check(&user("Tags.1.Key=a"), Err("Tags.member.1 is missing"));
    for wrong in ["0", "01", "+1", "-1", "x", "", "4294967296"] {
        check(
            &user(&format!("Tags.member.{wrong}.Key=a")),
            Err("numbered entry"),
        );
    }
    check(
        &user("Tags.member.1=x"),
        Err("Tags.member.1 must not be a single value"),
    );
    check(
        &user("UserName.x=1"),
        Err("UserName must be a single value"),
    );
    check(
        &user("UserName=1&UserName.x=1"),
        Err("UserName must be a single value"),
    );
    check(
        &user(&format!("UserName{}=1", ".x".repeat(32))),
        Err("too many parts"),
    );
    let list = |rest: &str| format!("Action=ListUsers&{rest}");
    check(&list("MaxItems=-7"), Ok(json!({"MaxItems": -7})));
    for wrong in ["", "x", "1.0", "9223372036854775808", " 1"] {
        check(
            &list(&format!("MaxItems={wrong}")),
            Err("MaxItems is not an integer"),
        );
    }
    let policy = |rest: &str| format!("Action=UpdateAccountPasswordPolicy&{rest}");
    check(
        &policy("HardExpiry=true&RequireSymbols=false"),
        Ok(json!({"HardExpiry": true, "RequireSymbols": false})),
    );
    for wrong in ["", "True", "1", "yes"] {
        check(
            &policy(&format!("HardExpiry={wrong}")),
            Err("HardExpiry is not a boolean"),
        );
    }
    let map = |rest: &str| format!("Action=PutAccountProperties&{rest}");
    check(
        &map("Properties.entry.1.key=a&Properties.entry.1.value=b"),
        Ok(json!({"Properties": {"a": "b"}})),
    );
    check(
        &map("Properties.entry.1.key=a"),
        Err("Properties.entry.1.value is missing"),
    );
    check(
        &map("Properties.entry.1.value=a"),
        Err("Properties.entry.1.key is missing"),
    );
    check(
        &map(
            "Properties.entry.1.key=a&Properties.entry.1.value=b&Properties.entry.2.key=a&Properties.entry.2.value=c",
        ),
        Err("has a key twice"),
    );
    check("Action=Nonsense&UserName=x", Ok(json!({})));
}

#[test]
fn routes() {
    const JSON: (&str, &str) = ("content-type", "application/x-amz-json-1.1");
    let check = |method: &str,
                 target: &str,
                 headers: &[(&str, &str)],
                 body: &str,
                 expect: Result<(&str, &str), &str>| {
        let routed = route(&head(method, target, headers), body.as_bytes());
        let found = match &routed {
            Ok(routed) => Ok((routed.service.id, routed.operation.as_str())),
            Err(refused) => {
                let error = refused.to_service_error();
                Err(format!("{} {}", error.shape.status, error.shape.code))
            }
        };
        assert_eq!(
            found,
            expect.map_err(str::to_owned),
            "{method} {target} {headers:?} {body}"
        );
    };
    let to = |target: &'static str| [JSON, ("x-amz-target", target)];
    check(
        "POST",
        "/",
        &to("TrentService.Decrypt"),
        "{}",
        Ok(("kms", "Decrypt")),
    );
    check(
        "POST",
        "/",
        &to("TrentService.Nonsense"),
        "{}",
        Ok(("kms", "Nonsense")),
    );
    check(
        "POST",
        "/",
        &to("SWBExternalService.DescribeInstance"),
        "{}",
        Ok(("sso-admin", "DescribeInstance")),
    );
    check(
        "POST",
        "/",
        &to("AWSIdentityStore.ListUsers"),
        "{}",
        Ok(("identitystore", "ListUsers")),
    );
    for unknown in ["trentservice.Decrypt", "Decrypt", "", "X.Decrypt"] {
        check(
            "POST",
            "/",
            &to(unknown),
            "{}",
            Err("400 UnknownOperationException"),
        );
    }
    let json = [
        ("content-type", "application/json; charset=utf-8"),
        ("x-amz-target", "TrentService.Encrypt"),
    ];
    check("POST", "/", &json, "{}", Ok(("kms", "Encrypt")));
    let target = ("x-amz-target", "TrentService.Encrypt");
    for headers in [
        vec![target],
        vec![target, FORM],
        vec![target, ("content-type", "text/plain")],
    ] {
        check(
            "POST",
            "/",
            &headers,
            "{}",
            Err("404 UnknownOperationException"),
        );
    }
    check(
        "GET",
        "/",
        &to("TrentService.Decrypt"),
        "",
        Err("404 UnknownOperationException"),
    );
    check(
        "POST",
        "/",
        &[JSON],
        "{}",
        Err("404 UnknownOperationException"),
    );
    check("GET", "/", &[], "", Err("404 UnknownOperationException"));
    check(
        "DELETE",
        "/?Action=GetUser&Version=2010-05-08",
        &[],
        "",
        Err("404 UnknownOperationException"),
    );
    check(
        "GET",
        "/?Action=GetUser&Version=2010-05-08",
        &[],
        "x",
        Err("404 UnknownOperationException"),
    );

    check(
        "GET",
        "/?Action=GetUser&Version=2010-05-08",
        &[],
        "",
        Ok(("iam", "GetUser")),
    );
    check(
        "POST",
        "/",
        &[FORM],
        "Action=GetUser&Version=2010-05-08",
        Ok(("iam", "GetUser")),
    );
    check(
        "POST",
        "/?Version=2011-06-15",
        &[FORM],
        "Action=AssumeRole",
        Ok(("sts", "AssumeRole")),
    );
    check(
        "POST",
        "/?Action=GetUser",
        &[FORM],
        "Action=AssumeRole",
        Err("400 MalformedQueryString"),
    );
    check(
        "POST",
        "/",
        &[FORM],
        "Version=2010-05-08",
        Err("400 MissingAction"),
    );
    check(
        "POST",
        "/",
        &[FORM],
        "Action=&Version=2010-05-08",
        Err("400 MissingAction"),
    );
    check("POST", "/", &[FORM], "", Err("400 MissingAction"));
    check(
        "POST",
        "/",
        &[FORM],
        "Action=GetUser",
        Err("400 InvalidAction"),
    );
    // The date of a JSON service's API is no query service's.
    check(
        "POST",
        "/",
        &[FORM],
        "Action=Decrypt&Version=2014-11-01",
        Err("400 InvalidAction"),
    );
    check(
        "POST",
        "/",
        &[FORM],
        "Action=%ff",
        Err("400 MalformedQueryString"),
    );
    let unversioned = route(&head("POST", "/", &[FORM]), b"Action=GetUser").unwrap_err();
    assert_eq!(
        unversioned.to_service_error().message.unwrap(),
        "Could not find operation GetUser for version NO_VERSION_SPECIFIED"
    );
}

#[test]
fn json_answers() {
    let kms = Some(claviger_model::KMS);
    let json = Protocol::AwsJson11;
    let response = respond(kms, "Decrypt", json, Ok(reply_of(&json!({"a": 1}))), "id-1");
    assert_eq!(
        (response.status().as_u16(), body_of(&response)),
        (200, "{\"a\":1}")
    );
    for (name, value) in [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amzn-requestid", "id-1"),
        (
            "cache-control",
            "no-cache, no-store, must-revalidate, private",
        ),
    ] {
        assert_eq!(response.headers()[name], value);
    }
    let response = respond(kms, "EnableKey", json, Ok(reply_of(&Value::Null)), "id-1");
    assert_eq!((response.status().as_u16(), body_of(&response)), (200, ""));

    let check = |error: ServiceError, status: u16, expect: Value| {
        let response = respond(kms, "Decrypt", json, Err(error), "id-1");
        assert_eq!(response.status(), status);
        assert_eq!(
            serde_json::from_str::<Value>(body_of(&response)).unwrap(),
            expect
        );
    };
    let shape = &claviger_model::kms::error::NOT_FOUND_EXCEPTION;
    check(
        ServiceError::new(shape, "Key 'x' does not exist").with_inside("only for the log"),
        400,
        json!({"__type": "NotFoundException", "message": "Key 'x' does not exist"}),
    );
    check(
        ServiceError::bare(shape),
        400,
        json!({"__type": "NotFoundException"}),
    );
    check(
        ServiceError::new(shape, "m").with_member("Reason", "R"),
        400,
        json!({"__type": "NotFoundException", "message": "m", "Reason": "R"}),
    );
    let fault = &claviger_model::kms::error::KMS_INTERNAL_EXCEPTION;
    check(
        ServiceError::bare(fault),
        500,
        json!({"__type": "KMSInternalException"}),
    );
}

#[test]
fn what_xml_cannot_hold_is_replaced() {
    let arn = "a\u{0}\u{1f}\u{fffe}\u{fffd}\u{1f511}]]>";
    let reply = Ok(reply_of(&json!({ "Arn": arn })));
    let response = respond(Some(STS), "GetCallerIdentity", Protocol::Query, reply, "i");
    let expect = "<Arn>a\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{1f511}]]&gt;</Arn>";
    assert!(
        body_of(&response).contains(expect),
        "{}",
        body_of(&response)
    );
}

#[test]
fn a_reply_that_does_not_fit_is_no_success() {
    for (operation, bytes) in [("Nonsense", "{}"), ("GetUser", "{")] {
        let reply = Ok(Reply(Zeroizing::new(bytes.as_bytes().to_vec())));
        let response = respond(Some(IAM), operation, Protocol::Query, reply, "i");
        assert_eq!(response.status(), 500);
    }
}
