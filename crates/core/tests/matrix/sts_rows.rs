//! The rows of STS. Source: STS API Reference; IAM User Guide, "Pass session tags in AWS STS",
//! "Monitor and control actions taken with assumed roles", "Permissions for GetSessionToken".

use super::{Abroad, Demand, Guard, Row, merged};
use serde_json::{Value, json};

const READER: &str = "arn:aws:iam::111122223333:role/Reader";

pub(super) fn rows() -> Vec<Row> {
    let tags = json!({"Tags": [{"Key": "team", "Value": "blue"}]});
    let source = json!({"SourceIdentity": "wo"});
    vec![
        assume(json!({}), &["sts:AssumeRole"]),
        assume(tags.clone(), &["sts:AssumeRole", "sts:TagSession"]),
        assume(source, &["sts:AssumeRole", "sts:SetSourceIdentity"]),
        Row::of("sts", "GetCallerIdentity", json!({}), vec![]).free(
            "AWS documents that nobody needs a permission and that an explicit deny does not matter",
        ),
        Row::of(
            "sts",
            "GetAccessKeyInfo",
            json!({"AccessKeyId": "ASIA5AAAAAAAAAAAAAAA"}),
            vec![Demand::on("sts:GetAccessKeyInfo", "*").shown("")],
        )
        .ends_in("ValidationError"),
        Row::of("sts", "GetSessionToken", json!({}), vec![])
            .free("AWS documents that nobody needs a permission and that no policy can control it"),
        federation(json!({}), &["sts:GetFederationToken"]),
        federation(tags, &["sts:GetFederationToken", "sts:TagSession"]),
    ]
}

/// On the federated user that is asked for.
fn federation(more: Value, actions: &[&str]) -> Row {
    const GUEST: &str = "arn:aws:sts::111122223333:federated-user/guest";
    let demands = actions.iter().map(|action| Demand::on(*action, GUEST));
    let input = merged(json!({"Name": "guest"}), more);
    Row::of("sts", "GetFederationToken", input, demands.collect())
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
