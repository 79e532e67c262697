//! Rules about who can repair the key policy. Each principal that the policy names is tried with the
//! calls that a repair needs; the engine decides (`POL-L4`, `POL-P2`).
//!
//! Sources: KMS API reference, `PutKeyPolicy`, `BypassPolicyLockoutSafetyCheck`; KMS Developer Guide,
//! "Default key policy"; IAM Identity Center User Guide, "Considerations for customer managed KMS
//! keys", break-glass access.

use super::Found;
use super::principals::is_permission_set;
use super::subject::{Subject, View};
use crate::compiled::NoIds;
use crate::generate::{Bench, Call, Caller, Keys};
use crate::matching::principal::{NameKind, kind_of};
use claviger_types::AccountId;

/// What a repair needs beside the policy itself.
const REPAIR: [&str; 3] = ["kms:PutKeyPolicy", "kms:EnableKey", "kms:CancelKeyDeletion"];

pub(super) fn check(subject: &Subject<'_>, found: &mut Found<'_>) {
    if !subject.is_key_policy() {
        return;
    }
    let Some(setting) = subject.setting() else {
        return;
    };
    let policy = subject.document.compile("default", &NoIds);
    let bench = Bench::new(setting.account, setting.region.as_str(), &policy);
    let keys = Keys::default()
        .with("aws:ResourceAccount", setting.account.as_str())
        .with("aws:ResourceOrgID", setting.organization.as_str())
        .with("aws:PrincipalOrgID", setting.organization.as_str())
        .with("aws:MultiFactorAuthPresent", "true")
        .with("aws:PrincipalType", "AssumedRole");
    let can = |caller: &Caller, action: &'static str| {
        let call = Call {
            action,
            caller: caller.clone(),
            keys: keys.clone(),
        };
        bench.decide(&call).is_allowed()
    };
    let candidates = candidates(subject, setting.account);
    let able: Vec<&Candidate> = candidates
        .iter()
        .filter(|c| can(&c.caller, "kms:PutKeyPolicy"))
        .collect();
    if able.is_empty() {
        nobody(subject, found);
    } else if able.iter().all(|c| c.by_permission_set) {
        found.add(
            "LINT-ADMIN-PERMISSION-SET",
            subject.head(),
            "only roles of permission sets can replace this policy: they exist through Identity Center and change with their permission sets; name the account's root or a role of its own as well",
        );
    } else if !able
        .iter()
        .any(|c| !c.by_permission_set && REPAIR.iter().all(|action| can(&c.caller, action)))
    {
        found.add(
            "LINT-BREAK-GLASS",
            subject.head(),
            "nobody outside permission sets may do all that a repair needs: kms:PutKeyPolicy, kms:EnableKey and kms:CancelKeyDeletion",
        );
    }
}

/// Sids of the statements of 2025, which AWS publishes to be added to the policy that a key has.
const FRAGMENTS: [&str; 8] = [
    "AllowIAMIdentityCenter",
    "AllowIdentityStore",
    "AllowAppAdmins",
    "AllowManagedApps",
    "AllowControlTower",
    "AllowCustomWorkflow",
    "AllowServiceInSpecificAccounts",
    "AllowSpecificAppInstance",
];

fn nobody(subject: &Subject<'_>, found: &mut Found<'_>) {
    let fragment = subject.statements().count() > 0
        && subject.statements().all(|view: View<'_>| {
            let sid = view.written.sid.as_deref().unwrap_or_default();
            FRAGMENTS.iter().any(|start| sid.starts_with(start))
        });
    if fragment {
        found.add(
            "LINT-FRAGMENT",
            subject.head(),
            "these statements are published to be added to a key's policy; alone they leave nobody who can replace it, so keep the statement that names the account's root",
        );
    } else {
        found.add(
            "LINT-LOCKOUT",
            subject.head(),
            "nobody can replace this policy once it is set: let the account's root have kms:*, or a role that lasts have kms:PutKeyPolicy",
        );
    }
}

struct Candidate {
    caller: Caller,
    by_permission_set: bool,
}

/// A principal of the key's account for each name in the document, and for what is made of
/// conditions: everyone is tried as a role of its own.
fn candidates(subject: &Subject<'_>, own: AccountId) -> Vec<Candidate> {
    let role = |name: &str| Caller::Role(own, format!("arn:aws:iam::{own}:role/{name}"));
    let mut candidates = vec![
        Candidate {
            caller: role("Repair"),
            by_permission_set: false,
        },
        Candidate {
            caller: Caller::Root(own),
            by_permission_set: false,
        },
    ];
    let arns = subject.statements().filter(View::allows).flat_map(|view| {
        let named = view
            .written
            .principals
            .iter()
            .filter(|p| !p.negated)
            .flat_map(|p| p.entries.iter())
            .map(|e| e.name.text.clone());
        let narrowed = view
            .written
            .conditions
            .iter()
            .filter(|c| c.key.text.eq_ignore_ascii_case("aws:PrincipalArn"))
            .flat_map(|c| c.values.iter())
            .map(|v| v.text.replace('*', "0123456789abcdef").replace('?', "x"));
        named.chain(narrowed).collect::<Vec<_>>()
    });
    for arn in arns {
        let caller = match kind_of(&arn) {
            NameKind::User => Caller::User(own, arn.clone()),
            NameKind::Role => Caller::Role(own, arn.clone()),
            NameKind::UniqueId => continue,
            NameKind::Account(_)
            | NameKind::Session
            | NameKind::FederatedUser
            | NameKind::Service
            | NameKind::Other => continue,
        };
        if arn.split(':').nth(4) == Some(own.as_str()) {
            candidates.push(Candidate {
                caller,
                by_permission_set: is_permission_set(&arn)
                    || arn.contains("/aws-reserved/sso.amazonaws.com/"),
            });
        }
    }
    candidates
}
