//! Rules about whom a statement lets in. Whether a stranger is admitted is asked of the engine, with
//! the keys a stranger would bring, so that a condition that truly narrows is no finding, however it
//! is written (`POL-P1`, `POL-C1`, `POL-C2`).

use super::Found;
use super::foreign;
use super::kms::permissions;
use super::probe::{OnKey, Probe};
use super::search::Assigned;
use super::strangers::{ANY, Entry, Stranger, entry, tells_who};
use super::subject::{Subject, View};
use super::trial::Trial;
use crate::document::{Base, Condition, PrincipalType};
use crate::generate::{Held, Unnamed};
use crate::matching::principal::{NameKind, kind_of};
use crate::request::GrantOperation;
use claviger_types::AccountId;

pub(super) fn check(subject: &Subject<'_>, found: &mut Found<'_>) {
    if !subject.is_key_policy() {
        return;
    }
    let trial = Trial::new(subject.document);
    for view in subject.statements().filter(View::allows) {
        let probe = view.probe(subject.document);
        if view.names_everyone() {
            everyone(subject, view, &probe, &trial, found);
            fixed_values(subject, view, found);
        } else {
            services(subject, view, &probe, &trial, found);
        }
        grants(subject, view, &probe, found);
    }
}

/// Why a stranger gets in, as far as a condition is to blame: the first that was meant to tell who
/// calls.
fn meant_to_narrow(probe: &Probe) -> Option<&Condition> {
    probe
        .by_key()
        .into_iter()
        .find(|on| tells_who(&on.key))
        .and_then(|on| on.conditions.first().copied())
}

fn everyone(
    subject: &Subject<'_>,
    view: View<'_>,
    probe: &Probe,
    trial: &Trial,
    found: &mut Found<'_>,
) {
    let (stranger, way) = way_in(subject, view, trial);
    let who = match stranger {
        Stranger::Person => "principals of every AWS account",
        Stranger::Service => "AWS services on behalf of every account",
    };
    match way {
        Entry::Closed => {}
        Entry::HeldBack => {
            found.add(
                "LINT-OPEN-HELD-BACK",
                view.principal_span(),
                format!("by itself the statement lets in {who}; the Deny statements beside it keep them out"),
            );
        }
        Entry::Undecided => {
            found.add(
                "LINT-OPEN-UNDECIDED",
                view.principal_span(),
                format!("whether the statement lets in {who} was not decided, for its conditions and those of the Deny statements leave too many calls to try; say who is meant in this statement, by aws:PrincipalOrgID for example"),
            );
        }
        Entry::Open => open(view, probe, stranger, who, found),
    }
}

/// Who gets in, and how far: what is worse first, and persons before services.
fn way_in(subject: &Subject<'_>, view: View<'_>, trial: &Trial) -> (Stranger, Entry) {
    let person = entry(subject, view, trial, Stranger::Person, ANY);
    if person == Entry::Open {
        return (Stranger::Person, person);
    }
    let service = entry(subject, view, trial, Stranger::Service, ANY);
    if person.or(service) == person {
        (Stranger::Person, person)
    } else {
        (Stranger::Service, service)
    }
}

fn open(view: View<'_>, probe: &Probe, stranger: Stranger, who: &str, found: &mut Found<'_>) {
    if let Some(condition) = meant_to_narrow(probe) {
        found.add(
            "LINT-CONDITION-FAILS-OPEN",
            condition.key.span,
            format!(
                "this condition on {} lets in {who}: a positive operator without IfExists, with values that are yours alone, would not",
                condition.key.text
            ),
        );
    } else {
        found.add(
            "LINT-OPEN",
            view.principal_span(),
            format!(
                "the statement lets in {who}; narrow it, by {} for example",
                match stranger {
                    Stranger::Person => "aws:PrincipalOrgID",
                    Stranger::Service => "aws:SourceOrgID or aws:SourceAccount",
                }
            ),
        );
    }
}

/// Whether the statement gives more than a look at the key, or than grants for AWS resources. With
/// those Route 53 holds a DNSSEC key; AWS's page narrows what the service does by its source, and the
/// grants by `kms:GrantIsForAWSResource` alone. Source: Route 53 Developer Guide, "Route 53 customer
/// managed key permissions required for DNSSEC signing".
fn gives_use(view: View<'_>, probe: &Probe) -> bool {
    let looks = ["DescribeKey", "GetPublicKey", "GetKeyRotationStatus"];
    let for_resources = grants_for_resources(probe);
    let passes = |p: &str| looks.contains(&p) || (for_resources && p == "CreateGrant");
    view.written.actions.as_ref().is_some_and(|actions| {
        actions.negated
            || actions
                .values
                .iter()
                .any(|a| permissions(&a.text).any(|p| !passes(p)))
    })
}

/// Whether a grant that is not for an AWS resource is kept out.
fn grants_for_resources(probe: &Probe) -> bool {
    let other = || Some(Held::One("false".to_owned()));
    probe.by_key().iter().any(|on| {
        on.key.base() == "kms:grantisforawsresource" && !probe.any_holds(on, vec![None, other()])
    })
}

/// Service principals without a condition on whom the service acts for.
fn services(
    subject: &Subject<'_>,
    view: View<'_>,
    probe: &Probe,
    trial: &Trial,
    found: &mut Found<'_>,
) {
    let Some(principals) = view.written.principals.as_ref().filter(|p| !p.negated) else {
        return;
    };
    let named = principals
        .entries
        .iter()
        .filter(|e| e.kind == PrincipalType::Service);
    if !gives_use(view, probe) {
        return;
    }
    let way = |name: &str| entry(subject, view, trial, Stranger::Service, name);
    let ways: Vec<_> = named.map(|e| (way(&e.name.text), &e.name)).collect();
    let first = |wanted| ways.iter().find(|(way, _)| *way == wanted);
    if let Some((_, name)) = first(Entry::Open) {
        found.add(
            "LINT-SERVICE-SOURCE",
            name.span,
            format!(
                "{} may use the key for whomever it acts: add aws:SourceAccount, aws:SourceArn or aws:SourceOrgID",
                name.text
            ),
        );
    } else if let Some((_, name)) = first(Entry::Undecided) {
        found.add(
            "LINT-OPEN-UNDECIDED",
            name.span,
            format!(
                "whether {} may use the key for whomever it acts was not decided, for the conditions leave too many calls to try; add aws:SourceAccount, aws:SourceArn or aws:SourceOrgID",
                name.text
            ),
        );
    }
}

/// What somebody who may create grants without limits asks for: all operations, or all but those that
/// conditions exclude, as long as a grantee may decrypt or hand on; for somebody of another account;
/// not through a service, and without constraints.
fn unlimited_grant(on: &OnKey<'_>, unnamed: &Unnamed) -> Option<Vec<Option<Held>>> {
    match on.key.base() {
        "kms:grantoperations" => Some(operations(on)),
        "kms:granteeprincipal" => Some(
            foreign::accounts(&on.conditions, unnamed)
                .iter()
                .flat_map(|account| {
                    foreign::arns(&on.conditions, account, true, &Assigned::new(&[], "v"))
                })
                .collect(),
        ),
        "kms:grantconstrainttype"
        | "kms:granteeserviceprincipal"
        | "kms:grantconstraintsourcearn"
        | "kms:viaservice"
        | "kms:encryptioncontext" => Some(vec![None]),
        _ => None,
    }
}

/// Sets of operations that are hardly a limit.
fn operations(on: &OnKey<'_>) -> Vec<Option<Held>> {
    let excluded = |name: &str| {
        let negated = on.conditions.iter().filter(|c| {
            matches!(
                c.operator.base,
                Base::StringNotEquals | Base::StringNotEqualsIgnoreCase | Base::StringNotLike
            )
        });
        let mut values = negated.flat_map(|c| c.values.iter());
        values.any(|v| super::kms::covers(&v.text, name))
    };
    let set = |names: Vec<&str>| {
        let opens = names.contains(&"Decrypt") || names.contains(&"CreateGrant");
        let names = names.into_iter().map(str::to_owned).collect();
        opens.then_some(Some(Held::Many(names)))
    };
    let all = || GrantOperation::ALL.iter().map(|own| own.as_str());
    let rest = all().filter(|name| !excluded(name));
    let sets = [set(all().collect()), set(rest.collect())];
    sets.into_iter().flatten().collect()
}

/// CreateGrant hands on whatever it names, so that a narrow statement opens wide with it. Whoever may
/// replace the policy needs no grant for that.
fn grants(subject: &Subject<'_>, view: View<'_>, probe: &Probe, found: &mut Found<'_>) {
    let Some(principals) = view.written.principals.as_ref().filter(|p| !p.negated) else {
        return;
    };
    let delegates = principals
        .entries
        .iter()
        .all(|e| matches!(kind_of(&e.name.text), NameKind::Account(_)));
    let action = view.written.actions.as_ref().filter(|a| !a.negated);
    let Some(action) = action.and_then(|a| {
        let mut patterns = a.values.iter();
        patterns.find(|v| super::kms::covers(&v.text, "kms:CreateGrant"))
    }) else {
        return;
    };
    let rules_anyway = view.speaks_of("kms:PutKeyPolicy");
    let own = subject.own_accounts();
    let unnamed = Unnamed::beside(subject.document, own.iter().map(AccountId::as_str));
    let narrowed = grants_for_resources(probe)
        || probe.by_key().iter().any(|on| {
            unlimited_grant(on, &unnamed).is_some_and(|values| !probe.any_holds(on, values))
        });
    if !delegates && !narrowed && !rules_anyway {
        found.add(
            "LINT-GRANT-UNLIMITED",
            action.span,
            "whoever may create grants may let anybody use the key; narrow it by kms:GrantIsForAWSResource true, ForAllValues on kms:GrantOperations, or kms:GranteePrincipal",
        );
    }
}

/// Security Hub's KMS.5 and the Config rule behind it count a policy as public unless it gives access
/// to fixed values only: none with a wildcard or a policy variable. Source: AWS Config Developer
/// Guide, "kms-key-policy-no-public-access".
fn fixed_values(subject: &Subject<'_>, view: View<'_>, found: &mut Found<'_>) {
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
        let remedy = if subject.identity_center {
            "; `claviger policy generate identity-center --form literal` writes one that passes"
        } else {
            ""
        };
        found.add(
            "LINT-KMS5",
            value.span,
            format!(
                "by its wording, Security Hub's KMS.5 takes this statement for public access, for {} holds no fixed value{remedy}",
                condition.key.text
            ),
        );
    }
}
