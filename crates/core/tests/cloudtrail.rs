//! CloudTrail's operations: which trail an account sees and by which name, what is told of it, and
//! events by attribute, time and page.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_core::chain::TrailPublicKey;
use claviger_testkit::installation::{Installation, Login};
use claviger_testkit::trail::KnownTrail;
use claviger_types::Timestamp;
use serde_json::{Value, json};

const OWN: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/claviger";
const OUTSIDE: &str = "arn:aws:cloudtrail:us-east-1:999900001111:trail/claviger";

fn scene(trail: KnownTrail) -> Installation {
    let mut i = Installation::new();
    i.trail = Some(Box::new(move |question| trail.answer(question)));
    i
}

fn call(i: &mut Installation, operation: &str, input: Value) -> Result<Value, String> {
    let admin = i.admin.clone();
    call_as(i, &admin, operation, input)
}

fn call_as(
    i: &mut Installation,
    who: &Login,
    operation: &str,
    input: Value,
) -> Result<Value, String> {
    let result = i.call(who, "cloudtrail", operation, input);
    result.map_err(|error| error.shape.code.to_owned())
}

/// The role that the management account's administrator takes in a member account.
fn member(i: &mut Installation) -> Login {
    let admin = i.admin.clone();
    let input = json!({
        "RoleArn": "arn:aws:iam::222233334444:role/OrganizationAccountAccessRole",
        "RoleSessionName": "s1"
    });
    Login::of_session(&i.call(&admin, "sts", "AssumeRole", input).unwrap())
}

#[test]
fn each_account_sees_its_own_trail_or_its_organizations() {
    for (of_organization, who, arn, is_shared) in [
        (false, "admin", OWN, false),
        (true, "admin", OWN, true),
        (
            false,
            "member",
            &OWN.replace("111122223333", "222233334444"),
            false,
        ),
        (true, "member", OWN, true),
        (false, "outsider", OUTSIDE, false),
        (true, "outsider", OUTSIDE, false),
    ] {
        let mut i = scene(KnownTrail {
            of_organization,
            ..KnownTrail::default()
        });
        let login = match who {
            "member" => member(&mut i),
            "outsider" => i.outsider.clone(),
            _ => i.admin.clone(),
        };
        let found = call_as(&mut i, &login, "DescribeTrails", json!({})).unwrap();
        let trail = &found["trailList"][0];
        assert_eq!(trail["TrailARN"], arn, "{who}");
        assert_eq!(trail["IsOrganizationTrail"], is_shared, "{who}");
        assert_eq!(trail["S3BucketName"], "logs");
        assert_eq!(trail["HomeRegion"], "us-east-1");
        assert_eq!(trail["LogFileValidationEnabled"], true);
        let one = call_as(&mut i, &login, "GetTrail", json!({"Name": arn})).unwrap();
        assert_eq!(one["Trail"], *trail);
        let listed = call_as(&mut i, &login, "ListTrails", json!({})).unwrap();
        let own = usize::from(!(is_shared && who == "member"));
        assert_eq!(listed["Trails"].as_array().unwrap().len(), own, "{who}");
        let status = call_as(&mut i, &login, "GetTrailStatus", json!({"Name": arn})).unwrap();
        assert_eq!(status["IsLogging"], true);
        assert_eq!(status["TimeLoggingStarted"], "2026-01-05T10:00:00Z");
        let input = json!({"TrailName": arn});
        let selectors = call_as(&mut i, &login, "GetEventSelectors", input).unwrap();
        assert_eq!(selectors["TrailARN"], arn);
        assert_eq!(selectors["EventSelectors"][0]["ReadWriteType"], "All");
    }
}

#[test]
fn trails_are_named_by_name_in_their_region_or_by_arn() {
    let mut i = scene(KnownTrail::default());
    for (region, name, code) in [
        ("us-east-1", "claviger", None),
        ("us-west-2", OWN, None),
        ("us-west-2", "claviger", Some("TrailNotFoundException")),
        ("us-east-1", "other", Some("TrailNotFoundException")),
        ("us-east-1", "ab", Some("InvalidTrailNameException")),
        ("us-east-1", "a b c", Some("InvalidTrailNameException")),
        ("us-east-1", "-abc", Some("InvalidTrailNameException")),
        ("us-east-1", "abc.", Some("InvalidTrailNameException")),
        ("us-east-1", "a..b", Some("InvalidTrailNameException")),
        (
            "us-east-1",
            "arn:aws:cloudtrail",
            Some("CloudTrailARNInvalidException"),
        ),
        (
            "us-east-1",
            "arn:aws:cloudtrail:us-east-1:1:trail/claviger",
            Some("CloudTrailARNInvalidException"),
        ),
        (
            "us-east-1",
            "arn:aws:cloudtrail:us-east-1:111122223333:claviger",
            Some("CloudTrailARNInvalidException"),
        ),
    ] {
        i.region = region.to_owned();
        let found = call(&mut i, "GetTrail", json!({"Name": name}));
        assert_eq!(found.err().as_deref(), code, "{name} in {region}");
    }
    for (region, input, count) in [
        ("us-west-2", json!({}), 1),
        ("us-west-2", json!({"includeShadowTrails": false}), 0),
        ("us-east-1", json!({"includeShadowTrails": false}), 1),
        ("us-west-2", json!({"trailNameList": ["claviger"]}), 0),
        ("us-west-2", json!({"trailNameList": ["other", OWN]}), 1),
    ] {
        i.region = region.to_owned();
        let found = call(&mut i, "DescribeTrails", input.clone()).unwrap();
        assert_eq!(
            found["trailList"].as_array().unwrap().len(),
            count,
            "{input}"
        );
    }
}

#[test]
fn without_delivery_there_is_no_trail() {
    let mut i = Installation::new();
    let found = call(&mut i, "DescribeTrails", json!({})).unwrap();
    assert_eq!(found, json!({"trailList": []}));
    let found = call(&mut i, "GetTrailStatus", json!({"Name": OWN}));
    assert_eq!(found, Err("TrailNotFoundException".to_owned()));
}

#[test]
fn public_keys_are_those_of_a_time() {
    let at = Timestamp::from_seconds(1_767_607_200);
    let mut i = scene(KnownTrail {
        keys: vec![TrailPublicKey {
            der: vec![1, 2, 3],
            fingerprint: "0123".to_owned(),
            from: at,
            until: at.plus_days(30),
        }],
        ..KnownTrail::default()
    });
    let found = call(&mut i, "ListPublicKeys", json!({})).unwrap();
    assert_eq!(
        found["PublicKeyList"],
        json!([{
            "Value": "AQID", "Fingerprint": "0123",
            "ValidityStartTime": 1_767_607_200, "ValidityEndTime": 1_770_199_200
        }])
    );
    for (input, code) in [
        (
            json!({"StartTime": 10, "EndTime": 9}),
            "InvalidTimeRangeException",
        ),
        (json!({"EndTime": 9}), "InvalidTimeRangeException"),
        (json!({"NextToken": "x"}), "InvalidTokenException"),
    ] {
        let found = call(&mut i, "ListPublicKeys", input.clone());
        assert_eq!(found, Err(code.to_owned()), "{input}");
    }
}

/// The records of some calls, one of them 91 days before the others.
fn with_events() -> (Installation, String) {
    let mut i = Installation::new();
    let admin = i.admin.clone();
    let key = i.call(&admin, "kms", "CreateKey", json!({})).unwrap();
    let key = key["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    i.advance_days(91);
    for n in 0..5 {
        i.advance_seconds(60);
        let input = json!({"KeyId": key});
        let operation = if n % 2 == 0 {
            "DescribeKey"
        } else {
            "DisableKey"
        };
        i.call(&admin, "kms", operation, input).unwrap();
    }
    let records = i.records.iter().map(|r| r.to_bytes()).collect();
    let trail = KnownTrail {
        records,
        ..KnownTrail::default()
    };
    i.trail = Some(Box::new(move |question| trail.answer(question)));
    (i, key)
}

#[test]
fn events_of_ninety_days_come_newest_first() {
    let (mut i, key) = with_events();
    let admin = i.admin.clone();
    let mut seen = Vec::new();
    let mut token = None;
    loop {
        let mut input = json!({"MaxResults": 2});
        if let Some(token) = &token {
            input["NextToken"] = Value::clone(token);
        }
        let page = call(&mut i, "LookupEvents", input).unwrap();
        let events = page["Events"].as_array().unwrap().clone();
        assert!(events.len() <= 2);
        seen.extend(events);
        match page.get("NextToken").filter(|t| !t.is_null()) {
            Some(next) => token = Some(next.clone()),
            None => break,
        }
    }
    let names: Vec<&str> = seen
        .iter()
        .map(|e| e["EventName"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "DescribeKey",
            "DisableKey",
            "DescribeKey",
            "DisableKey",
            "DescribeKey"
        ]
    );
    let newest = &seen[0];
    assert_eq!(newest["EventSource"], "kms.amazonaws.com");
    assert_eq!(newest["Username"], "admin");
    assert_eq!(newest["ReadOnly"], "true");
    assert_eq!(newest["AccessKeyId"], admin.access_key_id);
    assert_eq!(
        newest["Resources"],
        json!([{"ResourceType": "AWS::KMS::Key", "ResourceName": key}])
    );
    let record: Value = serde_json::from_str(newest["CloudTrailEvent"].as_str().unwrap()).unwrap();
    assert_eq!(record["eventID"], newest["EventId"]);
}

#[test]
fn events_are_found_by_one_attribute() {
    let (mut i, key) = with_events();
    let all = call(&mut i, "LookupEvents", json!({})).unwrap();
    let id = all["Events"][0]["EventId"].as_str().unwrap().to_owned();
    let admin = i.admin.access_key_id.clone();
    for (attribute, value, count) in [
        ("EventId", id.as_str(), 1),
        ("EventName", "DisableKey", 2),
        ("EventName", "disablekey", 0),
        ("ReadOnly", "true", 3),
        ("ReadOnly", "false", 2),
        ("Username", "admin", 5),
        ("ResourceType", "AWS::KMS::Key", 5),
        ("ResourceName", &key, 5),
        ("EventSource", "kms.amazonaws.com", 5),
        ("EventSource", "iam.amazonaws.com", 0),
        ("AccessKeyId", &admin, 5),
    ] {
        let attributes = json!([{"AttributeKey": attribute, "AttributeValue": value}]);
        let found = call(
            &mut i,
            "LookupEvents",
            json!({"LookupAttributes": attributes}),
        )
        .unwrap();
        let found = found["Events"].as_array().unwrap().len();
        assert_eq!(found, count, "{attribute} {value}");
    }
    let one = json!({"AttributeKey": "EventName", "AttributeValue": "x"});
    for (input, code) in [
        (
            json!({"LookupAttributes": [one, one]}),
            "InvalidLookupAttributesException",
        ),
        (
            json!({"StartTime": 10, "EndTime": 9}),
            "InvalidTimeRangeException",
        ),
        (json!({"NextToken": "x"}), "InvalidNextTokenException"),
        (json!({"MaxResults": 51}), "ValidationException"),
    ] {
        let found = call(&mut i, "LookupEvents", input.clone());
        assert_eq!(found, Err(code.to_owned()), "{input}");
    }
    let insights = call(&mut i, "LookupEvents", json!({"EventCategory": "insight"})).unwrap();
    assert_eq!(insights["Events"], json!([]));
}
