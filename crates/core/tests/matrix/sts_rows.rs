//! The rows of STS. Source: STS API Reference, "AssumeRole" and "GetCallerIdentity"; IAM User
//! Guide, "Pass session tags in AWS STS", "Monitor and control actions taken with assumed roles".

use super::{Abroad, Demand, Guard, Row, merged};
use serde_json::{Value, json};

const READER: &str = "arn:aws:iam::111122223333:role/Reader";

pub(super) fn rows() -> Vec<Row> {
    let tags = json!({"Tags": [{"Key": "team", "Value": "blue"}]});
    let source = json!({"SourceIdentity": "wo"});
    vec![
        assume(json!({}), &["sts:AssumeRole"]),
        assume(tags, &["sts:AssumeRole", "sts:TagSession"]),
        assume(source, &["sts:AssumeRole", "sts:SetSourceIdentity"]),
        Row::of("sts", "GetCallerIdentity", json!({}), vec![]).free(
            "AWS documents that nobody needs a permission and that an explicit deny does not matter",
        ),
    ]
}

/// The trust policy guards the role; where it names the account, identity policies count as well.
fn assume(more: Value, actions: &[&str]) -> Row {
    let input = json!({"RoleArn": READER, "RoleSessionName": "s1"});
    let demand = |action: &&str| Demand {
        guard: Guard::Trust("Reader".to_owned()),
        ..Demand::on(*action, READER)
    };
    let demands = actions.iter().map(demand).collect();
    Row::of("sts", "AssumeRole", merged(input, more), demands).abroad(Abroad::ByInvitation(0))
}
