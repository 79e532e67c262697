//! Rules about whom a statement lets in. Whether a stranger is admitted is asked of the engine, with
//! the keys a stranger would bring, so that a condition that truly narrows is no finding, however it
//! is written (`POL-P1`, `POL-C1`, `POL-C2`).

use super::Found;
use super::kms::permissions;
use super::probe::{FOREIGN_ACCOUNT, Probe, candidates};
use super::subject::{Subject, View};
use crate::document::{Base, Condition, PrincipalType};
use crate::generate::Held;
use crate::matching::principal::{NameKind, kind_of};
use crate::request::ContextKey;

pub(super) fn check(subject: &Subject<'_>, found: &mut Found<'_>) {
    if !subject.is_key_policy() {
        return;
    }
    for view in subject.statements().filter(View::allows) {
        let probe = view.probe(subject.document);
        if view.names_everyone() {
            everyone(view, &probe, found);
            fixed_values(view, found);
        } else {
            services(view, &probe, found);
        }
        grants(view, &probe, found);
    }
}

/// Who tries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stranger {
    /// A user or role of another account and organisation.
    Person,
    /// An AWS service on behalf of another account.
    Service,
}

/// What a stranger brings for a key that tells who it is; `None` for keys that it chooses itself.
fn brings(
    stranger: Stranger,
    key: &ContextKey,
    conditions: &[&Condition],
) -> Option<Vec<Option<Held>>> {
    let one = |text: &str| Some(Held::One(text.to_owned()));
    let many = |text: &str| Some(Held::Many(vec![text.to_owned()]));
    let person = stranger == Stranger::Person;
    let organization = "o-zzzzzzzzzz";
    let paths = "o-zzzzzzzzzz/r-zzzz/ou-zzzz-zzzzzzzz/";
    Some(match key.base() {
        "aws:principalaccount" | "kms:calleraccount" if person => vec![one(FOREIGN_ACCOUNT)],
        "aws:principalorgid" if person => vec![None, one(organization)],
        "aws:principalorgpaths" if person => vec![None, many(paths)],
        "aws:principalarn" if person => foreign_arns(conditions, false),
        "aws:userid" if person => vec![one("AROAZZZZZZZZZZZZZZZZZ:someone")],
        "aws:principalaccount"
        | "kms:calleraccount"
        | "aws:principalorgid"
        | "aws:principalorgpaths"
        | "aws:principalarn"
        | "aws:userid" => vec![None],
        "aws:sourceaccount" | "aws:sourceorgid" | "aws:sourcearn" | "aws:sourceorgpaths"
            if person =>
        {
            vec![None]
        }
        "aws:sourceaccount" => vec![None, one(FOREIGN_ACCOUNT)],
        "aws:sourceorgid" => vec![None, one(organization)],
        "aws:sourceorgpaths" => vec![None, many(paths)],
        "aws:sourcearn" => foreign_arns(conditions, true),
        // A service sends a context of its own making: it tells the account or resource where a
        // value is fixed.
        "kms:encryptioncontext" if !person => foreign_arns(conditions, true),
        "aws:principalisawsservice" => vec![one(if person { "false" } else { "true" })],
        "aws:resourceaccount" => vec![one("111122223333")],
        "aws:resourceorgid" => vec![one("o-a1b2c3d4e5")],
        "aws:sourceip" | "aws:vpcsourceip" => {
            vec![None, one("203.0.113.77"), one("2001:db8::77")]
        }
        "aws:sourcevpc" | "aws:sourcevpce" | "aws:sourcevpcarn" | "aws:vpceaccount"
        | "aws:vpceorgid" => {
            vec![None, one("other")]
        }
        _ => return None,
    })
}

/// ARNs of another account that listed patterns leave room for.
fn foreign_arns(conditions: &[&Condition], absent: bool) -> Vec<Option<Held>> {
    let mut arns: Vec<Option<Held>> = conditions
        .iter()
        .flat_map(|c| c.values.iter())
        .filter_map(|value| {
            let filled = value.text.replace('*', FOREIGN_ACCOUNT).replace('?', "9");
            let account = filled.split(':').nth(4).unwrap_or_default();
            // With an account of its own, or no room at all, the pattern tells whose it is.
            let own_account = |t: &str| t.len() == 12 && t.bytes().all(|b| b.is_ascii_digit());
            let foreign = value.text.contains(['*', '?'])
                && !value.text.contains("${")
                && (!own_account(account) || account == FOREIGN_ACCOUNT);
            foreign.then_some(Some(Held::One(filled)))
        })
        .collect();
    arns.push(Some(Held::One(format!(
        "arn:aws:iam::{FOREIGN_ACCOUNT}:role/other"
    ))));
    if absent {
        arns.push(None);
    }
    arns
}

/// Whether the statement's conditions let a stranger in.
fn admits(probe: &Probe, stranger: Stranger) -> bool {
    probe.by_key().iter().all(|(key, conditions)| {
        let values = brings(stranger, key, conditions).unwrap_or_else(|| {
            let many = super::kms::known(key).is_some_and(|k| k.many);
            candidates(conditions, many, "x")
        });
        probe.any_holds(key, conditions, &values)
    })
}

/// The first condition that was meant to tell who calls.
fn meant_to_narrow(probe: &Probe, stranger: Stranger) -> Option<&Condition> {
    probe
        .by_key()
        .into_iter()
        .find(|(key, conditions)| {
            key.base() != "aws:principalisawsservice"
                && !key.base().starts_with("aws:resource")
                && key.base() != "kms:encryptioncontext"
                && brings(stranger, key, conditions).is_some()
        })
        .and_then(|(_, conditions)| conditions.first().copied())
}

fn everyone(view: View<'_>, probe: &Probe, found: &mut Found<'_>) {
    let person = admits(probe, Stranger::Person);
    if !person && !admits(probe, Stranger::Service) {
        return;
    }
    let stranger = if person {
        Stranger::Person
    } else {
        Stranger::Service
    };
    let who = if person {
        "principals of every AWS account"
    } else {
        "AWS services on behalf of every account"
    };
    if let Some(condition) = meant_to_narrow(probe, stranger) {
        found.add(
            "LINT-CONDITION-FAILS-OPEN",
            condition.key.span,
            format!(
                "this condition on {} lets in {who}: a positive operator without IfExists and without a value that matches all would not",
                condition.key.text
            ),
        );
    } else {
        found.add(
            "LINT-OPEN",
            view.principal_span(),
            format!(
                "the statement lets in {who}; narrow it, by {} for example",
                if person {
                    "aws:PrincipalOrgID"
                } else {
                    "aws:SourceOrgID or aws:SourceAccount"
                }
            ),
        );
    }
}

/// Whether the statement gives more than a look at the key.
fn gives_use(view: View<'_>) -> bool {
    let looks = ["DescribeKey", "GetPublicKey", "GetKeyRotationStatus"];
    view.written.actions.as_ref().is_some_and(|actions| {
        actions.negated
            || actions
                .values
                .iter()
                .any(|a| permissions(&a.text).any(|p| !looks.contains(&p)))
    })
}

/// Service principals without a condition on whom the service acts for.
fn services(view: View<'_>, probe: &Probe, found: &mut Found<'_>) {
    let Some(principals) = view.written.principals.as_ref().filter(|p| !p.negated) else {
        return;
    };
    let named: Vec<_> = principals
        .entries
        .iter()
        .filter(|e| e.kind == PrincipalType::Service)
        .collect();
    let Some(first) = named.first() else {
        return;
    };
    if !gives_use(view) || !admits(probe, Stranger::Service) {
        return;
    }
    found.add(
        "LINT-SERVICE-SOURCE",
        first.name.span,
        format!(
            "{} may use the key for whomever it acts: add aws:SourceAccount, aws:SourceArn or aws:SourceOrgID",
            first.name.text
        ),
    );
}

/// CreateGrant hands on whatever it names, so that a narrow statement opens wide with it.
fn grants(view: View<'_>, probe: &Probe, found: &mut Found<'_>) {
    let Some(principals) = view.written.principals.as_ref().filter(|p| !p.negated) else {
        return;
    };
    let delegates = principals
        .entries
        .iter()
        .all(|e| matches!(kind_of(&e.name.text), NameKind::Account(_)));
    let Some(action) = view
        .written
        .actions
        .as_ref()
        .filter(|a| !a.negated)
        .and_then(|a| {
            a.values
                .iter()
                .find(|v| v.text.eq_ignore_ascii_case("kms:CreateGrant"))
        })
    else {
        return;
    };
    let keys = [
        "kms:grantisforawsresource",
        "kms:grantoperations",
        "kms:grantconstrainttype",
        "kms:granteeprincipal",
        "kms:granteeserviceprincipal",
        "kms:grantconstraintsourcearn",
        "kms:viaservice",
        "kms:encryptioncontext",
    ];
    let narrowed = probe.by_key().iter().any(|(key, conditions)| {
        keys.contains(&key.base()) && !probe.any_holds(key, conditions, &[None])
    });
    if !delegates && !narrowed {
        found.add(
            "LINT-GRANT-UNLIMITED",
            action.span,
            "whoever may create grants may let anybody use the key; narrow it by kms:GrantIsForAWSResource, kms:GrantOperations or kms:GranteePrincipal",
        );
    }
}

/// Security Hub's KMS.5 and the Config rule behind it count a policy as public unless it gives access
/// to fixed values only: none with a wildcard or a policy variable. Source: AWS Config Developer
/// Guide, "kms-key-policy-no-public-access".
fn fixed_values(view: View<'_>, found: &mut Found<'_>) {
    let loose = view.written.conditions.iter().find_map(|condition| {
        let wild = matches!(
            condition.operator.base,
            Base::StringLike | Base::ArnLike | Base::ArnEquals
        );
        condition
            .values
            .iter()
            .find(|v| v.text.contains("${") || (wild && v.text.contains(['*', '?'])))
            .map(|v| (condition, v))
    });
    if let Some((condition, value)) = loose {
        found.add(
            "LINT-KMS5",
            value.span,
            format!(
                "by its wording, Security Hub's KMS.5 takes this statement for public access, for {} holds no fixed value; `claviger policy generate identity-center --form literal` writes one that passes",
                condition.key.text
            ),
        );
    }
}
