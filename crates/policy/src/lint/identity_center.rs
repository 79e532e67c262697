//! Rules for the key policy of IAM Identity Center. Every call of the services, applications and
//! administrators, and the near misses beside them, is decided by the engine; a wrong answer is a
//! finding of the rule that its group stands for.
//!
//! Sources: IAM Identity Center User Guide, "Baseline KMS key policy", "Advanced KMS key policy",
//! "Encryption at rest", "Advanced considerations for customer managed KMS keys".

use super::Found;
use super::edit::{Fix, with_last_member};
use super::own_key;
use super::subject::{Subject, View};
use crate::document::json::{Json, Node};
use crate::document::{Base, Quantifier, Span};
use crate::generate::{Group, ProofCase, Setting, prove_at};
use crate::matching::principal::{NameKind, kind_of};
use claviger_types::AccountId;

const SSO_KEY: &str = "kms:EncryptionContext:aws:sso:instance-arn";
const STORE_KEY: &str = "kms:EncryptionContext:aws:identitystore:identitystore-arn";

pub(super) fn check(subject: &Subject<'_>, found: &mut Found<'_>) {
    if !subject.identity_center {
        return;
    }
    for view in subject.statements() {
        both_contexts(view, found);
        key_configuration(view, found);
        other_instance(subject, view, found);
        if view.allows() {
            other_source(subject, view, found);
            other_account(subject, view, found);
        }
    }
    let Some(setting) = subject.setting() else {
        return;
    };
    let cases = cases(subject, &setting);
    services(subject, &cases, found);
    through(subject, &setting, &cases, found);
    for rule in NEAR_MISSES {
        near_miss(subject, rule, &cases, found);
    }
}

/// The proof on the key that it goes best with: which one it is may be open, and then there is a fault
/// only if there is one for each.
fn cases(subject: &Subject<'_>, setting: &Setting) -> Vec<ProofCase> {
    let proofs = own_key::possible(subject, setting.account)
        .into_iter()
        .map(|key| {
            let setting = Setting {
                region: key.region.parse().unwrap_or(setting.region.clone()),
                ..setting.clone()
            };
            prove_at(subject.document, &setting, &key.arn, subject.now()).cases
        });
    let wrong = |cases: &Vec<ProofCase>| cases.iter().filter(|c| !c.is_right()).count();
    proofs.min_by_key(wrong).unwrap_or_default()
}

/// Positive conditions on the contexts of both services: no call carries both.
fn both_contexts(view: View<'_>, found: &mut Found<'_>) {
    let needed = |name: &str| {
        view.written.conditions.iter().find(|c| {
            c.key.text.eq_ignore_ascii_case(name)
                && !c.operator.if_exists
                && c.operator.quantifier != Quantifier::All
                && matches!(
                    c.operator.base,
                    Base::StringEquals
                        | Base::StringLike
                        | Base::StringEqualsIgnoreCase
                        | Base::ArnEquals
                        | Base::ArnLike
                )
        })
    };
    if let (Some(first), Some(second)) = (needed(SSO_KEY), needed(STORE_KEY)) {
        let later = if first.key.span.start > second.key.span.start {
            first
        } else {
            second
        };
        found.add(
            "LINT-IDC-BOTH-ARNS",
            later.key.span,
            "no call carries the contexts of both services, so this statement never applies; give each service a statement of its own",
        );
    }
}

fn key_configuration(view: View<'_>, found: &mut Found<'_>) {
    let values = view.written.conditions.iter().flat_map(|c| c.values.iter());
    for value in values.filter(|v| v.text.contains("purpose:KEY_CONFIGURATION")) {
        found.add(
            "LINT-IDC-KEY-CONFIGURATION",
            value.span,
            "this value is for setting the key up; put the instance's own ARN here before the key is in use",
        );
    }
}

/// Exact values that are another instance's than the one that was told.
fn other_instance(subject: &Subject<'_>, view: View<'_>, found: &mut Found<'_>) {
    let store = subject.options.identity_store_id.as_deref();
    let instance = subject.options.instance_arn.as_deref();
    for condition in &view.written.conditions {
        let name = condition.key.text.as_str();
        for value in &condition.values {
            let text = value.text.as_str();
            if text.contains(['*', '?', '$']) || text.contains("purpose:") {
                continue;
            }
            let wrong = if name.eq_ignore_ascii_case(SSO_KEY) {
                instance.filter(|own| text != *own)
            } else if name.eq_ignore_ascii_case(STORE_KEY) {
                store.filter(|own| text.rsplit('/').next() != Some(*own))
            } else {
                None
            };
            if let Some(own) = wrong {
                found.add(
                    "LINT-IDC-INSTANCE",
                    value.span,
                    format!("this is another instance's; yours is {own}"),
                );
            }
        }
    }
}

/// Accounts that the services may act for beside the one that was told.
fn other_source(subject: &Subject<'_>, view: View<'_>, found: &mut Found<'_>) {
    let Some(own) = subject.options.account else {
        return;
    };
    let names_services = view.written.principals.as_ref().is_some_and(|p| {
        !p.negated
            && p.entries
                .iter()
                .any(|e| super::principals::is_identity_center(&e.name.text))
    });
    let of_source = view.written.conditions.iter().filter(|c| {
        c.key.text.eq_ignore_ascii_case("aws:SourceAccount")
            && matches!(
                c.operator.base,
                Base::StringEquals | Base::StringEqualsIgnoreCase | Base::StringLike
            )
    });
    let other = of_source
        .filter(|c| c.values.len() > 1)
        .flat_map(|c| c.values.iter())
        .find(|v| {
            let account: Option<AccountId> = v.text.parse().ok();
            account.is_some_and(|account| account != own)
        });
    if let Some(other) = other.filter(|_| names_services) {
        found.add(
            "LINT-IDC-SOURCE-ACCOUNT",
            other.span,
            format!(
                "the services may use the key for account {} too; the instance is in {own}",
                other.text
            ),
        );
    }
}

/// Principals of accounts that neither hold the instance nor administer it, by whom the key may be
/// used directly.
fn other_account(subject: &Subject<'_>, view: View<'_>, found: &mut Found<'_>) {
    let Some(own) = subject.options.account else {
        return;
    };
    let narrowed = view.written.conditions.iter().any(|c| {
        let key = c.key.text.to_ascii_lowercase();
        !c.operator.if_exists
            && matches!(
                key.as_str(),
                "kms:viaservice" | "aws:principalorgid" | "aws:principalorgpaths"
            )
    });
    let named = view.written.principals.iter().filter(|p| !p.negated);
    for entry in named.flat_map(|p| p.entries.iter()) {
        let name = entry.name.text.as_str();
        let account = match kind_of(name) {
            NameKind::Account(account) => Some(account),
            NameKind::User | NameKind::Role | NameKind::Session | NameKind::FederatedUser => {
                name.split(':').nth(4).and_then(|a| a.parse().ok())
            }
            _ => None,
        };
        let known =
            |account: &AccountId| *account == own || subject.options.delegated.contains(account);
        let Some(account) = account.filter(|a| !known(a) && !narrowed) else {
            continue;
        };
        let whole_account = matches!(kind_of(name), NameKind::Account(_));
        if whole_account && subject.options.delegated.is_empty() {
            found.add(
                "LINT-IDC-DELEGATED",
                entry.name.span,
                format!("account {account} was taken for a delegated administrator; tell them by --delegated-admin, and others are found"),
            );
        } else {
            found.add(
                "LINT-IDC-ACCOUNT",
                entry.name.span,
                format!("account {account} neither holds the instance nor was told as its delegated administrator, and may use the key directly; require aws:PrincipalOrgID or kms:ViaService, or name it by --delegated-admin"),
            );
        }
    }
}

/// Where a missing permission of a service is told: the first statement that names it or its
/// companion, else the document.
fn place(subject: &Subject<'_>, service: &str) -> Span {
    let naming = |name: &str| {
        subject.statements().filter(View::allows).find_map(|view| {
            let entries = view
                .written
                .principals
                .iter()
                .flat_map(|p| p.entries.iter());
            entries
                .filter(|e| e.name.text.eq_ignore_ascii_case(name))
                .map(|e| e.name.span)
                .next()
        })
    };
    naming(service)
        .or_else(|| {
            super::principals::SERVICES
                .iter()
                .find_map(|other| naming(other))
        })
        .unwrap_or(subject.head())
}

/// What the two services need for themselves.
fn services(subject: &Subject<'_>, cases: &[ProofCase], found: &mut Found<'_>) {
    for service in super::principals::SERVICES {
        let missing: Vec<&str> = cases
            .iter()
            .filter(|c| c.group == Group::Services && c.service == service && !c.allowed)
            .map(|c| c.action)
            .collect();
        if !missing.is_empty() {
            found.add(
                "LINT-IDC-SERVICE",
                place(subject, service),
                format!(
                    "{service} is not allowed {} for its instance: nobody can use Identity Center with such a key",
                    missing.join(", ")
                ),
            );
        }
    }
}

/// What principals and applications need through the services.
fn through(subject: &Subject<'_>, setting: &Setting, cases: &[ProofCase], found: &mut Found<'_>) {
    for (group, who) in [
        (Group::Organization, "principals of organisation"),
        (Group::Applications, "managed applications of organisation"),
    ] {
        let missing: Vec<&str> = cases
            .iter()
            .filter(|c| c.group == group && !c.allowed)
            .map(|c| c.service)
            .collect();
        if !missing.is_empty() {
            found.add(
                "LINT-IDC-THROUGH",
                subject.head(),
                format!(
                    "{who} {} may not kms:Decrypt through {}: what they do with Identity Center fails, unless other statements name them one by one",
                    setting.organization,
                    missing.join(" and ")
                ),
            );
        }
    }
}

/// A group of near misses with its rule and what would be right.
struct NearMiss {
    group: Group,
    rule: &'static str,
    remedy: &'static str,
}

const NEAR_MISSES: [NearMiss; 5] = [
    NearMiss {
        group: Group::OtherOrganization,
        rule: "LINT-IDC-ORGANIZATION",
        remedy: "require aws:PrincipalOrgID of principals and aws:SourceOrgID of applications",
    },
    NearMiss {
        group: Group::OtherAccount,
        rule: "LINT-IDC-SOURCE-ACCOUNT",
        remedy: "require aws:SourceAccount of the two services",
    },
    NearMiss {
        group: Group::NotThroughServices,
        rule: "LINT-IDC-VIA-SERVICE",
        remedy: "require kms:ViaService sso.*.amazonaws.com or identitystore.*.amazonaws.com",
    },
    NearMiss {
        group: Group::NoContext,
        rule: "LINT-IDC-CONTEXT",
        remedy: "require ForAnyValue:StringEquals on kms:EncryptionContextKeys, or the instance's ARN",
    },
    NearMiss {
        group: Group::OtherOperation,
        rule: "LINT-IDC-OPERATION",
        remedy: "the services need kms:Decrypt, kms:ReEncryptFrom, kms:ReEncryptTo, kms:GenerateDataKeyWithoutPlaintext and kms:DescribeKey, callers through them kms:Decrypt",
    },
];

fn near_miss(subject: &Subject<'_>, miss: NearMiss, cases: &[ProofCase], found: &mut Found<'_>) {
    let wrong: Vec<&ProofCase> = cases
        .iter()
        .filter(|c| c.group == miss.group && !c.is_right())
        .collect();
    for view in subject.statements() {
        let by_this = wrong.iter().filter(|c| c.statements.contains(&view.index));
        if let Some(case) = by_this.into_iter().next() {
            let fix = (miss.group == Group::OtherAccount)
                .then(|| bound_to_account(subject, view))
                .flatten();
            found.add_fixed(
                miss.rule,
                view.head(),
                format!("this statement allows {}; {}", case.name, miss.remedy),
                fix,
            );
        }
    }
}

/// `aws:SourceAccount` as the baseline has it, where the statement is for the two services alone and
/// says nothing of it yet.
fn bound_to_account(subject: &Subject<'_>, view: View<'_>) -> Option<Fix> {
    let own = view.written.principals.as_ref().is_some_and(|p| {
        !p.negated
            && p.entries
                .iter()
                .all(|e| super::principals::SERVICES.contains(&e.name.text.as_str()))
    });
    let silent = view
        .written
        .conditions
        .iter()
        .all(|c| !c.key.text.eq_ignore_ascii_case("aws:SourceAccount"));
    (own && silent && subject.has_variables())
        .then(|| with_source_account(subject.text, view))
        .flatten()
}

/// AWS's own condition, where the baseline has it.
fn with_source_account(text: &str, view: View<'_>) -> Option<Fix> {
    const PAIR: &str = r#""aws:SourceAccount": "${aws:ResourceAccount}""#;
    let title = "add aws:SourceAccount as AWS's baseline has it";
    let in_object =
        |node: &Node, member: &str| Some(Fix::new(title, with_last_member(text, node, member)?));
    let Some(condition) = view.member("Condition") else {
        let member = format!(r#""Condition": {{"StringEquals": {{{PAIR}}}}}"#);
        return in_object(view.node, &member);
    };
    let Json::Object(operators) = &condition.node.value else {
        return None;
    };
    match operators.iter().find(|o| o.name == "StringEquals") {
        Some(equals) => in_object(&equals.node, PAIR),
        None => in_object(&condition.node, &format!(r#""StringEquals": {{{PAIR}}}"#)),
    }
}
