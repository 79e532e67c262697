//! Rules about whom a statement lets in. Whether a stranger is admitted is asked of the engine, with
//! the keys a stranger would bring, so that a condition that truly narrows is no finding, however it
//! is written (`POL-P1`, `POL-C1`, `POL-C2`).

use super::Found;
use super::kms::permissions;
use super::probe::Probe;
use super::strangers::{ANY, Entry, Stranger, entry, tells_who};
use super::subject::{Subject, View};
use super::trial::Trial;
use crate::document::{Base, Condition, PrincipalType};
use crate::generate::Held;
use crate::matching::principal::{NameKind, kind_of};

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
        grants(view, &probe, found);
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
    let of = |stranger| entry(subject, view, probe, trial, stranger, ANY);
    let person = of(Stranger::Person);
    let (stranger, way) = match person {
        Entry::Open => (Stranger::Person, Entry::Open),
        _ => match of(Stranger::Service) {
            Entry::Closed => (Stranger::Person, person),
            way => (Stranger::Service, way),
        },
    };
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
        Entry::Open => open(view, probe, stranger, who, found),
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
    let mut named = principals
        .entries
        .iter()
        .filter(|e| e.kind == PrincipalType::Service);
    if !gives_use(view, probe) {
        return;
    }
    let open = named.find(|e| {
        let service = Stranger::Service;
        entry(subject, view, probe, trial, service, &e.name.text) == Entry::Open
    });
    let Some(first) = open else {
        return;
    };
    found.add(
        "LINT-SERVICE-SOURCE",
        first.name.span,
        format!(
            "{} may use the key for whomever it acts: add aws:SourceAccount, aws:SourceArn or aws:SourceOrgID",
            first.name.text
        ),
    );
}

/// What somebody who may create grants without limits asks for, but for whom they are: a grant of
/// everything to somebody else, not through a service, and without constraints.
fn unlimited_grant() -> [(&'static str, Option<Held>); 7] {
    let one = |text: &str| Some(Held::One(text.to_owned()));
    let operations = [
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "CreateGrant",
        "DescribeKey",
    ];
    [
        (
            "kms:grantoperations",
            Some(Held::Many(operations.map(str::to_owned).into())),
        ),
        ("kms:grantconstrainttype", None),
        (
            "kms:granteeprincipal",
            one("arn:aws:iam::999999999999:role/other"),
        ),
        ("kms:granteeserviceprincipal", None),
        ("kms:grantconstraintsourcearn", None),
        ("kms:viaservice", None),
        ("kms:encryptioncontext", None),
    ]
}

/// CreateGrant hands on whatever it names, so that a narrow statement opens wide with it. Whoever may
/// replace the policy needs no grant for that.
fn grants(view: View<'_>, probe: &Probe, found: &mut Found<'_>) {
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
    let asked = unlimited_grant();
    let narrowed = grants_for_resources(probe)
        || probe.by_key().iter().any(|on| {
            let value = asked.iter().find(|(name, _)| *name == on.key.base());
            value.is_some_and(|(_, value)| !probe.holds(on, value.clone()))
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
