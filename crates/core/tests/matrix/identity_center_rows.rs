//! The rows of sso-admin and identitystore. Source: Service Authorization Reference, "AWS IAM
//! Identity Center" and "AWS Identity Store"; IAM Identity Center User Guide, "Customer managed
//! KMS keys": what is encrypted under a customer's key needs that key for the caller as well.

use super::{Abroad, Demand, Row, World, merged};
use crate::directory::full_user;
use serde_json::{Value, json};

pub(super) fn rows(world: &World) -> Vec<Row> {
    let mut rows = instances(world);
    rows.extend(users(world));
    let stranger = "an account outside the organisation does not find the instance";
    rows.into_iter()
        .map(|row| row.abroad(Abroad::Nothing(stranger)))
        .collect()
}

fn instances(world: &World) -> Vec<Row> {
    let instance = world.directory.instance.arn();
    let row = |operation: &'static str, more: Value, keys: Vec<Demand>| {
        let mut demands = vec![Demand::on(format!("sso:{operation}"), &instance)];
        demands.extend(keys);
        let input = merged(json!({"InstanceArn": instance}), more);
        Row::of("sso-admin", operation, input, demands)
    };
    let next = world.next_directory_key.as_str();
    let configuration = json!({"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": next});
    let configuration = json!({"EncryptionConfiguration": configuration});
    // AWS's refusals name no resource where an action has none.
    let list = vec![Demand::on("sso:ListInstances", "*").shown("")];
    vec![
        row("DescribeInstance", json!({}), vec![]),
        Row::of("sso-admin", "ListInstances", json!({}), list),
        row("UpdateInstance", json!({"Name": "n"}), vec![]),
        // The new key is tried for the caller, and the users are read under the old one.
        row(
            "UpdateInstance",
            configuration,
            vec![
                Demand::on_key("kms:DescribeKey", next).forwarded(),
                decrypt(next),
                decrypt(&world.directory_key),
            ],
        ),
    ]
}

fn decrypt(key: &str) -> Demand {
    Demand::on_key("kms:Decrypt", key)
        .by_ciphertext()
        .forwarded()
}

fn users(world: &World) -> Vec<Row> {
    let id = &world.directory_user;
    let one = json!({"UserId": id});
    let name =
        json!({"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "ada-zanzibar"}});
    let title = json!({"Operations": [{"AttributePath": "title", "AttributeValue": "t"}]});
    [
        ("CreateUser", full_user("new"), "*"),
        ("DeleteUser", one.clone(), id),
        ("DescribeUser", one.clone(), id),
        ("GetUserId", json!({"AlternateIdentifier": name}), "*"),
        ("ListUsers", json!({}), "*"),
        ("UpdateUser", merged(one, title), id),
    ]
    .into_iter()
    .map(|(operation, more, user)| {
        let action = format!("identitystore:{operation}");
        let demands = vec![
            Demand::on(&action, world.store()),
            Demand::on(&action, format!("arn:aws:identitystore:::user/{user}")),
            decrypt(&world.directory_key),
        ];
        let input = merged(json!({"IdentityStoreId": world.directory.store()}), more);
        Row::of("identitystore", operation, input, demands)
    })
    .collect()
}
