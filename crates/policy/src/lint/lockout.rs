//! Rules about who can repair the key policy. Each principal that the policy names is tried with the
//! calls that a repair needs, under keys that its conditions ask for; the engine decides (`POL-L4`,
//! `POL-P2`). Where conditions leave open whether somebody can, nothing is said.
//!
//! Sources: KMS API reference, `PutKeyPolicy`, `BypassPolicyLockoutSafetyCheck`; KMS Developer Guide,
//! "Default key policy"; IAM Identity Center User Guide, "Considerations for customer managed KMS
//! keys", break-glass access.

use super::Found;
use super::candidates::{self, filled, pieces};
use super::own_key::{self, OwnKey};
use super::principals::is_permission_set;
use super::search::{Assigned, Domain, Outcome, Search};
use super::subject::{Subject, View};
use super::trial::{Actor, Trial};
use crate::document::Condition;
use crate::generate::{Held, same};
use crate::request::{Context, ContextKey};
use claviger_types::AccountId;

/// What a repair needs beside the policy itself.
const REPAIR: [&str; 3] = ["kms:PutKeyPolicy", "kms:EnableKey", "kms:CancelKeyDeletion"];

/// The path of the roles of permission sets.
const RESERVED: &str = "/aws-reserved/sso.amazonaws.com/";

/// So many questions for one caller, whatever is written in the policy.
const BUDGET: usize = 20_000;

/// How it stands with repairs for one account, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Nobody,
    PermissionSetsOnly,
    NotAllOfIt,
    Unknown,
    Good,
}

/// Whether somebody can do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Can {
    Yes,
    No,
    /// No call was found, but not every call there is was tried.
    Unknown,
}

pub(super) fn check(subject: &Subject<'_>, found: &mut Found<'_>) {
    if !subject.is_key_policy() {
        return;
    }
    let trial = Trial::new(subject.document);
    let accounts = subject.possible_accounts();
    // Whose key it is may be open: then there is a fault only if there is one for everybody.
    let keys = accounts
        .iter()
        .flat_map(|own| own_key::possible(subject, *own));
    let standing = keys.map(|own| standing(subject, &trial, &own)).max();
    match standing {
        Some(Standing::Nobody) => nobody(subject, found),
        Some(Standing::PermissionSetsOnly) => {
            found.add(
                "LINT-ADMIN-PERMISSION-SET",
                subject.head(),
                "only roles of permission sets can replace this policy: they exist through Identity Center and change with their permission sets; name the account's root or a role of its own as well",
            );
        }
        Some(Standing::NotAllOfIt) => {
            found.add(
                "LINT-BREAK-GLASS",
                subject.head(),
                "nobody outside permission sets may do all that a repair needs: kms:PutKeyPolicy, kms:EnableKey and kms:CancelKeyDeletion",
            );
        }
        Some(Standing::Unknown | Standing::Good) | None => {}
    }
}

fn standing(subject: &Subject<'_>, trial: &Trial, own: &OwnKey) -> Standing {
    let keys = KeyOf {
        subject,
        trial,
        own,
        organization: subject.own_organizations().into_iter().next(),
    };
    let mut able_by_permission_set = false;
    let mut able = false;
    let mut unknown = false;
    for candidate in candidates_of(subject, own.account) {
        match keys.can(&candidate.actor, "kms:PutKeyPolicy") {
            Can::No => continue,
            Can::Unknown => {
                unknown = true;
                continue;
            }
            Can::Yes if candidate.by_permission_set => {
                able_by_permission_set = true;
                continue;
            }
            Can::Yes => able = true,
        }
        let rest = REPAIR.map(|action| keys.can(&candidate.actor, action));
        if rest.iter().all(|can| *can == Can::Yes) {
            return Standing::Good;
        }
        unknown |= rest.contains(&Can::Unknown);
    }
    match (unknown, able, able_by_permission_set) {
        (true, _, _) => Standing::Unknown,
        (false, true, _) => Standing::NotAllOfIt,
        (false, false, true) => Standing::PermissionSetsOnly,
        (false, false, false) => Standing::Nobody,
    }
}

/// The key, for an account that it may belong to.
struct KeyOf<'s> {
    subject: &'s Subject<'s>,
    trial: &'s Trial,
    own: &'s OwnKey,
    organization: Option<String>,
}

impl KeyOf<'_> {
    /// Whether there are keys with which a caller may do something.
    fn can(&self, actor: &Actor, action: &str) -> Can {
        let concerned: Vec<View<'_>> = self
            .subject
            .statements()
            .filter(|view| self.trial.concerns(view.index, actor, action, self.own))
            .collect();
        let denies: Vec<&Condition> = concerned
            .iter()
            .filter(|view| !view.allows())
            .flat_map(|view| view.written.conditions.iter())
            .collect();
        let given = self.given(actor);
        let mut budget = BUDGET;
        let mut unknown = false;
        for view in concerned.iter().filter(|view| view.allows()) {
            let own: Vec<&Condition> = view.written.conditions.iter().collect();
            match self.search(&given, &own, &denies, actor, action, &mut budget) {
                Can::Yes => return Can::Yes,
                Can::Unknown => unknown = true,
                Can::No => {}
            }
        }
        if unknown { Can::Unknown } else { Can::No }
    }

    fn given(&self, actor: &Actor) -> Vec<(ContextKey, Option<Held>)> {
        let mut given = actor.keys();
        let one =
            |name: &str, value: &str| (ContextKey::new(name), Some(Held::One(value.to_owned())));
        given.push(one("aws:ResourceAccount", self.own.account.as_str()));
        if let Some(organization) = &self.organization {
            given.push(one("aws:ResourceOrgID", organization));
        }
        given
    }

    fn search(
        &self,
        given: &[(ContextKey, Option<Held>)],
        allow: &[&Condition],
        denies: &[&Condition],
        actor: &Actor,
        action: &str,
        budget: &mut usize,
    ) -> Can {
        let known = Assigned::new(given, "v");
        let mut all_tried = true;
        let mut domains: Vec<Domain> = Vec::new();
        for condition in allow.iter().chain(denies) {
            let key = ContextKey::new(&condition.key.text);
            if domains.iter().any(|d| same(&d.key, &key)) {
                continue;
            }
            let conditions: Vec<&Condition> = allow
                .iter()
                .chain(denies)
                .copied()
                .filter(|c| same(&ContextKey::new(&c.key.text), &key))
                .collect();
            let (values, all) = self.values(&key, &conditions, given, &known, action);
            all_tried &= all;
            domains.push(Domain { key, values });
        }
        let meets = |assigned: &Assigned<'_>| self.trial.allows(actor, action, self.own, assigned);
        let search = Search {
            domains: &domains,
            given,
            filler: "v",
            rules: &[],
            meets: &meets,
        };
        match search.run(budget) {
            Outcome::Found => Can::Yes,
            Outcome::None if all_tried => Can::No,
            Outcome::None | Outcome::GaveUp => Can::Unknown,
        }
    }

    /// What a key may be in a call of this caller, and whether that is all.
    fn values(
        &self,
        key: &ContextKey,
        conditions: &[&Condition],
        given: &[(ContextKey, Option<Held>)],
        known: &Assigned<'_>,
        action: &str,
    ) -> (Vec<Option<Held>>, bool) {
        let base = key.base();
        // Of services alone.
        let of_services = base.starts_with("aws:source")
            && matches!(
                base,
                "aws:sourceaccount" | "aws:sourcearn" | "aws:sourceorgid" | "aws:sourceorgpaths"
            )
            || base.starts_with("aws:principalservicename");
        let name = super::kms::after_prefix(action).unwrap_or_default();
        let not_carried = super::kms::known(key)
            .is_some_and(|k| !k.actions.is_empty() && !k.actions.contains(&name));
        if of_services || not_carried {
            return (vec![None], true);
        }
        if candidates::tells_time(key) {
            let moments = candidates::moments(key, conditions, self.subject.now());
            return (moments, candidates::are_all(conditions));
        }
        let organization = self.subject.options.organization.as_ref();
        match (given.iter().find(|(own, _)| same(own, key)), base) {
            // Names with wildcards may mean callers that were not thought of; those under the path of
            // permission sets mean permission sets.
            (Some((_, value)), "aws:principalarn") => {
                let mut values = conditions.iter().flat_map(|c| c.values.iter());
                let settled =
                    values.all(|v| v.text.contains(RESERVED) || !v.text.contains(['*', '?', '$']));
                (
                    vec![value.clone()],
                    settled || candidates::are_all(conditions),
                )
            }
            (Some((_, value)), _) if base != "aws:resourceorgid" || organization.is_some() => {
                (vec![value.clone()], true)
            }
            (None, "aws:principalorgid") if organization.is_some() => {
                (vec![organization.cloned().map(Held::One)], true)
            }
            _ => {
                let many = super::kms::known(key).is_some_and(|k| k.many);
                (
                    candidates::values(conditions, many, known),
                    candidates::are_all(conditions),
                )
            }
        }
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
    actor: Actor,
    by_permission_set: bool,
}

/// A principal of the key's account for each name in the document, and for what is made of
/// conditions: everyone is tried as a role and a user of their own.
fn candidates_of(subject: &Subject<'_>, own: AccountId) -> Vec<Candidate> {
    let mut actors = vec![
        Actor::role(own, format!("arn:aws:iam::{own}:role/Repair")),
        Actor::Root(own),
        Actor::user(own, format!("arn:aws:iam::{own}:user/Repair")),
    ];
    let given = [(
        ContextKey::new("aws:ResourceAccount"),
        Some(Held::One(own.to_string())),
    )];
    let known: &dyn Context = &Assigned::new(&given, own.as_str());
    for view in subject.statements() {
        let entries = view
            .written
            .principals
            .iter()
            .flat_map(|p| p.entries.iter());
        actors.extend(entries.filter_map(|e| Actor::named(own, &e.name.text)));
        let of_arn = view
            .written
            .conditions
            .iter()
            .filter(|c| c.key.text.eq_ignore_ascii_case("aws:PrincipalArn"));
        for value in of_arn.flat_map(|c| c.values.iter()) {
            let parts = pieces(&value.text, known);
            for any in ["0123456789abcdef", own.as_str(), "role/x", ""] {
                actors.extend(Actor::named(own, &filled(&parts, any, "x")));
            }
        }
    }
    let mut candidates: Vec<Candidate> = Vec::new();
    for actor in actors {
        if candidates.iter().any(|c| c.actor == actor) {
            continue;
        }
        let by_permission_set = actor
            .arn()
            .is_some_and(|arn| is_permission_set(arn) || arn.contains(RESERVED));
        candidates.push(Candidate {
            actor,
            by_permission_set,
        });
    }
    candidates
}
