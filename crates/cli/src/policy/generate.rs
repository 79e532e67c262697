//! `claviger policy generate`: writes a policy after it was linted and proved.

use super::arguments::{Generate, IdentityCenter, PolicyForm};
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, remark};
use claviger_policy::Kind;
use claviger_policy::generate::{Form, Generated, Setting, identity_center};
use claviger_policy::lint::{Level, Options, Purpose, lint};
use serde_json::{Value, json};

pub(super) fn run(what: &Generate, format: Format) -> Result<Done, Failure> {
    match what {
        Generate::IdentityCenter(arguments) => identity_center_policy(arguments, format),
    }
}

fn identity_center_policy(arguments: &IdentityCenter, format: Format) -> Result<Done, Failure> {
    check_partition(arguments)?;
    let setting = setting(arguments)?;
    let form = Form::from(arguments.form);
    let regions = without_repetition(&arguments.regions);
    let generated = identity_center(&setting, form, &regions).map_err(Failure::defect)?;
    prove(arguments, &generated)?;
    let cases = generated.proof.cases.len();
    match format {
        Format::Table => {
            print(&generated.text)?;
            remark(&format!(
                "proved: {cases} calls, each allowed or denied as it should be\n"
            ));
        }
        Format::Json => {
            let policy: Value = serde_json::from_str(&generated.text).map_err(Failure::defect)?;
            print_json(&json!({"policy": policy, "proof": generated.proof.cases}))?;
        }
    }
    Ok(Done::Clean)
}

/// The names in the policy are those of the partition `aws`; other partitions have other Regions and
/// other ARNs, and no page of AWS says what the policy is there.
fn check_partition(arguments: &IdentityCenter) -> Result<(), Failure> {
    let elsewhere = ["cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-"];
    let region = arguments.regions.iter().find(|region| {
        elsewhere
            .iter()
            .any(|start| region.as_str().starts_with(start))
    });
    if let Some(region) = region {
        return Err(Failure::wrong_use(format_args!(
            "{region} is in another partition than aws, for which the policy is written"
        ))
        .next("take AWS's page on the baseline policy in that partition"));
    }
    let arn = arguments.instance_arn.as_deref();
    match arn.filter(|arn| !arn.starts_with("arn:aws:")) {
        Some(arn) => Err(Failure::wrong_use(format_args!(
            "{arn} is in another partition than aws, for which the policy is written"
        ))
        .next("name an instance such as arn:aws:sso:::instance/ssoins-1234567890abcdef")),
        None => Ok(()),
    }
}

/// Each of some values once, in their order.
fn without_repetition<T: Clone + PartialEq>(values: &[T]) -> Vec<T> {
    let mut seen: Vec<T> = Vec::new();
    for value in values {
        if !seen.contains(value) {
            seen.push(value.clone());
        }
    }
    seen
}

/// What the form needs is asked for; what it does not need is made up for the proof.
fn setting(arguments: &IdentityCenter) -> Result<Setting, Failure> {
    let needs = |given: &Option<String>, flag: &str, example: &str, needed: bool| match given {
        Some(value) => Ok(value.clone()),
        None if needed => Err(Failure::wrong_use(format_args!(
            "this form of the policy needs {flag}"
        ))
        .next(format_args!("add {flag} {example}, with your own"))),
        None => Ok(example.to_owned()),
    };
    let fixed = arguments.form != PolicyForm::Aws;
    let pinned = arguments.form == PolicyForm::Pinned;
    let organization = needs(
        &arguments.organization,
        "--organization",
        "o-a1b2c3d4e5",
        fixed,
    )?;
    let instance_arn = needs(
        &arguments.instance_arn,
        "--instance-arn",
        "arn:aws:sso:::instance/ssoins-1234567890abcdef",
        pinned,
    )?;
    let store = needs(
        &arguments.identity_store_id,
        "--identity-store-id",
        "d-1234567890",
        pinned,
    )?;
    let account = arguments.account;
    let region =
        arguments.regions.first().cloned().ok_or_else(|| {
            Failure::wrong_use("a Region is missing").next("add --region us-east-1")
        })?;
    if arguments.delegated.contains(&account) {
        return Err(Failure::wrong_use(
            "the management account cannot be its own delegated administrator",
        )
        .next("leave that --delegated-admin out"));
    }
    Ok(Setting {
        account,
        delegated: without_repetition(&arguments.delegated),
        organization,
        region,
        instance_arn,
        identity_store_arn: format!("arn:aws:identitystore::{account}:identitystore/{store}"),
        pinned,
    })
}

/// A policy with a wrong answer or a finding is not printed: it would be a defect of the generator.
fn prove(arguments: &IdentityCenter, generated: &Generated) -> Result<(), Failure> {
    if let Some(case) = generated.proof.wrong().next() {
        return Err(Failure::defect(format_args!(
            "the policy does not do what it should: {}",
            case.name
        )));
    }
    let options = Options {
        kind: Some(Kind::Resource),
        account: Some(arguments.account),
        organization: arguments.organization.clone(),
        region: arguments.regions.first().cloned(),
        instance_arn: arguments.instance_arn.clone(),
        identity_store_id: arguments.identity_store_id.clone(),
        delegated: arguments.delegated.clone(),
        purpose: Some(Purpose::IdentityCenter),
        now: None,
    };
    let findings = lint(&generated.text, &options);
    match findings.iter().find(|f| f.rule.level != Level::Note) {
        Some(finding) => Err(Failure::defect(format_args!(
            "the policy has a finding: {}: {}",
            finding.rule.id, finding.message
        ))),
        None => Ok(()),
    }
}
