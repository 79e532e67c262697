//! The proof of a generated policy, for names that it also uses for strangers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy::generate::{Form, Setting, identity_center};

#[test]
fn a_policy_is_proved_whatever_account_and_organisation_are_called() {
    for account in [
        "999900001111",
        "555566667777",
        "999999999999",
        "111122223333",
    ] {
        for organization in ["o-zzzzzzzzzz", "o-a1b2c3d4e5", "o-yyyyyyyyyy"] {
            for form in [Form::Aws, Form::Literal, Form::Pinned] {
                let setting = Setting {
                    account: account.parse().unwrap(),
                    delegated: Vec::new(),
                    organization: organization.to_owned(),
                    region: "us-east-1".parse().unwrap(),
                    instance_arn: "arn:aws:sso:::instance/ssoins-1234567890abcdef".to_owned(),
                    identity_store_arn: format!(
                        "arn:aws:identitystore::{account}:identitystore/d-1234567890"
                    ),
                    pinned: false,
                };
                let generated = identity_center(&setting, form, &[]).unwrap();
                let wrong: Vec<&str> = generated.proof.wrong().map(|c| c.name.as_str()).collect();
                assert!(
                    wrong.is_empty(),
                    "{account} {organization} {form:?}: {wrong:?}"
                );
            }
        }
    }
}
