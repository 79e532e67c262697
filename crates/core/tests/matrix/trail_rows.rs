//! The rows of CloudTrail and of S3 on the log archive. Source: Service Authorization Reference, "AWS
//! CloudTrail", "Amazon S3".

use super::{Abroad, Demand, Row};
use serde_json::{Value, json};

const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/claviger";
const BUCKET: &str = "arn:aws:s3:::logs";
const OBJECT: &str = "arn:aws:s3:::logs/AWSLogs/a.json.gz";

pub(super) fn rows() -> Vec<Row> {
    trails().into_iter().chain(objects()).collect()
}

fn trails() -> Vec<Row> {
    let on_all = |operation: &str| Demand::on(format!("cloudtrail:{operation}"), "*");
    let on_trail = |operation: &str| Demand::on(format!("cloudtrail:{operation}"), TRAIL);
    let all = [
        "DescribeTrails",
        "ListPublicKeys",
        "ListTrails",
        "LookupEvents",
    ];
    let all = all.map(|operation| {
        Row::of(
            "cloudtrail",
            operation,
            json!({}),
            vec![on_all(operation).shown("")],
        )
    });
    let one = [
        ("GetEventSelectors", "TrailName"),
        ("GetTrail", "Name"),
        ("GetTrailStatus", "Name"),
    ];
    let one = one.map(|(operation, member)| {
        let input = json!({member: "claviger"});
        Row::of("cloudtrail", operation, input, vec![on_trail(operation)])
    });
    all.into_iter().chain(one).collect()
}

fn objects() -> Vec<Row> {
    let key = json!({"Bucket": "logs", "Key": "AWSLogs/a.json.gz"});
    let list = json!({"Bucket": "logs", "Prefix": "AWSLogs/"});
    let row = |operation: &'static str, input: &Value, action: &str, arn: &str| {
        Row::of(
            "s3",
            operation,
            input.clone(),
            vec![Demand::on(action, arn)],
        )
        .abroad(Abroad::Nothing(
            "a bucket without a policy is closed to others; see s3.rs",
        ))
    };
    vec![
        row(
            "GetBucketLocation",
            &json!({"Bucket": "logs"}),
            "s3:GetBucketLocation",
            BUCKET,
        ),
        row("GetObject", &key, "s3:GetObject", OBJECT),
        row("HeadObject", &key, "s3:GetObject", OBJECT),
        row("ListObjects", &list, "s3:ListBucket", BUCKET),
        row("ListObjectsV2", &list, "s3:ListBucket", BUCKET),
    ]
}
