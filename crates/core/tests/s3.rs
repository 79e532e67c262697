//! The log archive through S3: whom the bucket is open to, what is found, how lists page, and what the
//! records of it are.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_testkit::installation::{Installation, Login};
use claviger_testkit::trail::KnownTrail;
use serde_json::{Value, json};

fn scene() -> Installation {
    let mut trail = KnownTrail::default();
    for name in [
        "a/CloudTrail-Digest/1",
        "a/CloudTrail/1",
        "a/CloudTrail/2",
        "b",
    ] {
        trail
            .objects
            .insert(name.to_owned(), name.as_bytes().to_vec());
    }
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
    let result = i.call(who, "s3", operation, input);
    result.map_err(|error| error.shape.code.to_owned())
}

#[test]
fn objects_have_their_bytes_and_the_signatures_of_digests() {
    let mut i = scene();
    let input = json!({"Bucket": "logs", "Key": "a/CloudTrail-Digest/1"});
    let found = call(&mut i, "GetObject", input.clone()).unwrap();
    assert_eq!(
        found,
        json!({
            "ContentLength": 21, "LastModified": 1_767_607_200_000_i64,
            "Metadata": {"signature": "ab", "signature-algorithm": "SHA256withRSA"},
            "Body": "YS9DbG91ZFRyYWlsLURpZ2VzdC8x"
        })
    );
    let known = call(&mut i, "HeadObject", input).unwrap();
    assert_eq!(known["ContentLength"], 21);
    assert_eq!(known.get("Body"), None);
    let plain = call(&mut i, "HeadObject", json!({"Bucket": "logs", "Key": "b"})).unwrap();
    assert_eq!(plain["Metadata"], json!({}));
    let location = call(&mut i, "GetBucketLocation", json!({"Bucket": "logs"})).unwrap();
    assert_eq!(location, json!({"LocationConstraint": null}));
    for (operation, input, code) in [
        (
            "GetObject",
            json!({"Bucket": "logs", "Key": "c"}),
            "NoSuchKey",
        ),
        (
            "HeadObject",
            json!({"Bucket": "logs", "Key": "c"}),
            "NoSuchKey",
        ),
        (
            "GetObject",
            json!({"Bucket": "other", "Key": "b"}),
            "NoSuchBucket",
        ),
        ("ListObjects", json!({"Bucket": "other"}), "NoSuchBucket"),
        (
            "GetBucketLocation",
            json!({"Bucket": "other"}),
            "NoSuchBucket",
        ),
        (
            "ListObjects",
            json!({"Bucket": "logs", "MaxKeys": "x"}),
            "InvalidArgument",
        ),
        (
            "ListObjects",
            json!({"Bucket": "logs", "EncodingType": "x"}),
            "InvalidArgument",
        ),
        (
            "ListObjectsV2",
            json!({"Bucket": "logs", "ContinuationToken": "?"}),
            "InvalidArgument",
        ),
    ] {
        let refused = call(&mut i, operation, input.clone());
        assert_eq!(refused, Err(code.to_owned()), "{operation} {input}");
    }
}

#[test]
fn lists_page() {
    let all = [
        "a/CloudTrail-Digest/1",
        "a/CloudTrail/1",
        "a/CloudTrail/2",
        "b",
    ];
    for most in 1..5 {
        for operation in ["ListObjects", "ListObjectsV2"] {
            let mut i = scene();
            let (mut names, mut input) = (Vec::new(), json!({"Bucket": "logs"}));
            input["MaxKeys"] = most.to_string().into();
            loop {
                let page = call(&mut i, operation, input.clone()).unwrap();
                let contents = page["Contents"].as_array().unwrap();
                assert!(contents.len() <= most);
                names.extend(
                    contents
                        .iter()
                        .map(|c| c["Key"].as_str().unwrap().to_owned()),
                );
                if page["IsTruncated"] == false {
                    break;
                }
                match operation {
                    "ListObjects" => input["Marker"] = names.last().unwrap().as_str().into(),
                    _ => input["ContinuationToken"] = page["NextContinuationToken"].clone(),
                }
            }
            assert_eq!(names, all, "{operation} by {most}");
        }
    }
}

#[test]
fn the_bucket_is_closed_to_other_accounts() {
    let mut i = scene();
    let outsider = i.outsider.clone();
    for (operation, input) in [
        ("GetObject", json!({"Bucket": "logs", "Key": "b"})),
        ("HeadObject", json!({"Bucket": "logs", "Key": "b"})),
        ("ListObjects", json!({"Bucket": "logs"})),
        ("ListObjectsV2", json!({"Bucket": "logs"})),
        ("GetBucketLocation", json!({"Bucket": "logs"})),
    ] {
        let refused = call_as(&mut i, &outsider, operation, input);
        assert_eq!(refused, Err("AccessDenied".to_owned()), "{operation}");
        let record = i.records.last().unwrap();
        assert_eq!(record.error_code.as_deref(), Some("AccessDenied"));
        assert_eq!(record.recipient_account_id.as_str(), "999900001111");
    }
}

#[test]
fn reading_is_recorded_as_data_events() {
    let mut i = scene();
    call(&mut i, "GetObject", json!({"Bucket": "logs", "Key": "b"})).unwrap();
    call(
        &mut i,
        "ListObjectsV2",
        json!({"Bucket": "logs", "Prefix": "a/"}),
    )
    .unwrap();
    call(&mut i, "GetBucketLocation", json!({"Bucket": "logs"})).unwrap();
    let shown: Vec<_> = i.records[i.records.len() - 3..]
        .iter()
        .map(|r| {
            let record: Value = serde_json::from_slice(&r.to_bytes()).unwrap();
            (
                record["eventName"].clone(),
                record["eventCategory"].clone(),
                record["requestParameters"].clone(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (
                "GetObject".into(),
                "Data".into(),
                json!({"bucketName": "logs", "key": "b"})
            ),
            (
                "ListObjectsV2".into(),
                "Data".into(),
                json!({"bucketName": "logs", "prefix": "a/"})
            ),
            (
                "GetBucketLocation".into(),
                "Management".into(),
                json!({"bucketName": "logs"})
            ),
        ]
    );
}
