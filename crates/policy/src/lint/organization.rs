//! Rules for the policies of AWS Organizations (`POL-L2`, `POL-L3`, `POL-P7`).

use super::Found;
use super::probe::own_keys;
use super::search::Assigned;
use super::subject::{Subject, View};
use crate::document::{Base, Condition, Kind};
use crate::generate::Held;
use crate::request::ContextKey;

pub(super) fn check(subject: &Subject<'_>, found: &mut Found<'_>) {
    if subject.kind != Kind::ResourceControl {
        return;
    }
    for view in subject.statements().filter(|v| !v.allows()) {
        actions(view, found);
        services_denied(subject, view, found);
    }
}

/// The services that resource control policies reach. Source: AWS Organizations User Guide, "Resource
/// control policies", list of services that support RCPs.
const REACHED: [&str; 11] = [
    "aoss",
    "cognito-identity",
    "cognito-idp",
    "dynamodb",
    "ecr",
    "kms",
    "logs",
    "s3",
    "secretsmanager",
    "sqs",
    "sts",
];

fn actions(view: View<'_>, found: &mut Found<'_>) {
    let Some(actions) = &view.written.actions else {
        return;
    };
    if actions.negated {
        let place = view
            .member("NotAction")
            .map_or(view.head(), |m| m.name_span);
        found.add(
            "LINT-RCP-ACTION",
            place,
            "a resource control policy has no NotAction; list the actions",
        );
        return;
    }
    for action in &actions.values {
        let service = action.text.split(':').next().unwrap_or_default();
        if action.text == "*" {
            found.add(
                "LINT-RCP-ACTION",
                action.span,
                "'*' without a service is AWS's own to use here; list the services, such as kms:*",
            );
        } else if !service.contains(['*', '?'])
            && !REACHED.contains(&service.to_ascii_lowercase().as_str())
        {
            found.add(
                "LINT-RCP-ACTION",
                action.span,
                format!("resource control policies do not reach the service '{service}', as far as this version knows"),
            );
        }
    }
}

/// A Deny to everybody that reaches the services of Identity Center as well: RCPs apply to service
/// principals, and the two services bring their own account as the source.
fn services_denied(subject: &Subject<'_>, view: View<'_>, found: &mut Found<'_>) {
    let uses = ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"];
    let denies_use = uses.iter().any(|action| view.speaks_of(action));
    if !denies_use {
        return;
    }
    let probe = view.probe(subject.document);
    let reaches = probe.by_key().iter().all(|on| {
        let own = own_keys();
        let values = brings(subject, &on.key, &on.conditions)
            .unwrap_or_else(|| on.candidates(&Assigned::new(&own, "v")));
        probe.any_holds(on, values)
    });
    // A statement that is for services cannot spare them all.
    let for_services = view.written.conditions.iter().any(|c| {
        c.key.text.eq_ignore_ascii_case("aws:PrincipalIsAWSService")
            && c.values.iter().any(|v| v.text.eq_ignore_ascii_case("true"))
    });
    let remedy = if for_services {
        "StringNotEqualsIfExists aws:SourceOrgID with your organisation, beside Null aws:SourceAccount false"
    } else {
        "BoolIfExists aws:PrincipalIsAWSService false"
    };
    if reaches {
        found.add(
            "LINT-RCP-SERVICES",
            view.head(),
            format!("this Deny reaches AWS services that act for your own accounts too, those of Identity Center among them; spare them by {remedy}"),
        );
    }
}

/// What the services bring: nothing of a principal, and the own account and organisation as source,
/// which are those that the policy lists if nothing else was told.
fn brings(
    subject: &Subject<'_>,
    key: &ContextKey,
    conditions: &[&Condition],
) -> Option<Vec<Option<Held>>> {
    let one = |text: &str| vec![Some(Held::One(text.to_owned()))];
    let own = |told: Option<&str>, otherwise: &str| {
        let listed = conditions
            .iter()
            .filter(|c| c.operator.base != Base::Null)
            .flat_map(|c| c.values.iter())
            .map(|v| v.text.as_str())
            .find(|v| !v.contains(['*', '?', '$']));
        one(told.or(listed).unwrap_or(otherwise))
    };
    let account = subject.options.account;
    Some(match key.base() {
        "aws:principalisawsservice" | "aws:securetransport" => one("true"),
        "aws:viaawsservice" => one("false"),
        "aws:principalservicename" => one("sso.amazonaws.com"),
        "aws:sourceaccount" | "aws:resourceaccount" => {
            own(account.as_ref().map(|a| a.as_str()), "111122223333")
        }
        "aws:sourceorgid" | "aws:resourceorgid" => {
            own(subject.options.organization.as_deref(), "o-a1b2c3d4e5")
        }
        "aws:sourceip" | "aws:sourcevpc" | "aws:sourcevpce" | "kms:viaservice"
        | "kms:calleraccount" => vec![None],
        base if base.starts_with("aws:principal") => vec![None],
        _ => return None,
    })
}
