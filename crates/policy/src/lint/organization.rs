//! Rules for the policies of AWS Organizations (`POL-L2`, `POL-L3`, `POL-P7`).

use super::Found;
use super::kms::permissions;
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
        services_denied(subject, view, found);
    }
}

/// A Deny to everybody that reaches the services of Identity Center as well: RCPs apply to service
/// principals, and the two services bring their own account as the source.
fn services_denied(subject: &Subject<'_>, view: View<'_>, found: &mut Found<'_>) {
    let uses = ["Decrypt", "GenerateDataKeyWithoutPlaintext"];
    let denies_use = view.written.actions.as_ref().is_some_and(|actions| {
        let hit = actions
            .values
            .iter()
            .any(|a| permissions(&a.text).any(|p| uses.contains(&p)));
        hit != actions.negated
    });
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
    if reaches {
        found.add(
            "LINT-RCP-SERVICES",
            view.head(),
            "this Deny reaches AWS services that act for your own accounts too, those of Identity Center among them; spare them by BoolIfExists aws:PrincipalIsAWSService false",
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
