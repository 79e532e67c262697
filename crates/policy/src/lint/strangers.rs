//! Strangers: persons and services of other accounts and organisations, and what they bring for the
//! keys that tell who calls. Values that a policy spells out are meant; where a pattern leaves room,
//! a stranger is found that fills it. Whether it is let in is asked of the engine.

use super::addresses::strange;
use super::probe::{OnKey, Probe};
use super::search::{Assigned, Domain, Outcome, Search};
use super::subject::{Subject, View};
use super::trial::{Actor, Trial};
use super::{candidates, foreign};
use crate::decide::works_across_accounts;
use crate::document::{Base, Condition};
use crate::generate::{Held, same};
use crate::request::{Context, ContextKey};
use claviger_types::AccountId;

/// Who tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stranger {
    /// A user or role of another account and organisation.
    Person,
    /// An AWS service on behalf of another account.
    Service,
}

/// Whether a statement lets a stranger in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// No stranger was found that meets its conditions.
    Closed,
    /// One was found.
    Open,
    /// One was found, but for each a Deny of the document was found too.
    HeldBack,
}

/// Whatever service it may be.
pub(super) const ANY: &str = ".amazonaws.com";

/// So many questions for one statement, whatever is written in it.
const BUDGET: usize = 30_000;

/// One stranger, and the key's own account and organisation.
struct World {
    stranger: Stranger,
    own: AccountId,
    own_organization: String,
    account: String,
    organization: Option<String>,
    /// The service that calls.
    service: String,
}

/// Looks for a stranger that a statement lets in; one of those of a service, where it is a service.
pub(super) fn entry(
    subject: &Subject<'_>,
    view: View<'_>,
    probe: &Probe,
    trial: &Trial,
    stranger: Stranger,
    service: &str,
) -> Entry {
    let actions = actions_of(view, stranger);
    let keys = probe.by_key();
    let worlds = worlds(subject, &keys, stranger, service);
    let mut budget = BUDGET;
    // The conditions alone, before anything is asked about each action.
    let admitted: Vec<&World> = worlds
        .iter()
        .filter(|world| admits(world, probe, &keys, None, &|_| true, &mut budget))
        .collect();
    if actions.is_empty() || admitted.is_empty() {
        return Entry::Closed;
    }
    let mut held_back = false;
    for action in &actions {
        let carried = |key: &ContextKey| {
            super::kms::known(key).is_none_or(|known| {
                known.actions.is_empty() || action_is_among(action, known.actions)
            })
        };
        for world in &admitted {
            let denies = denies(subject, trial, world, action);
            if !admits(world, probe, &keys, Some(&carried), &|_| true, &mut budget) {
                continue;
            }
            held_back = true;
            let meets = |assigned: &Assigned<'_>| {
                let actor = world.actor(assigned);
                trial.lets_in(view.index, &actor, action, world.own, assigned)
            };
            if admits_beside(world, probe, &keys, &denies, &carried, &meets, &mut budget) {
                return Entry::Open;
            }
        }
    }
    if held_back {
        Entry::HeldBack
    } else {
        Entry::Closed
    }
}

fn action_is_among(action: &str, names: &[&str]) -> bool {
    let name = super::kms::after_prefix(action).unwrap_or_default();
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// What the statement's actions come to for a stranger: persons of other accounts may only ever make
/// some calls (`POL-L5`), and no key policy decides RetireGrant (`POL-G4`).
fn actions_of(view: View<'_>, stranger: Stranger) -> Vec<String> {
    super::kms::ON_KEY
        .into_iter()
        .filter(|name| *name != "RetireGrant")
        .map(|name| format!("kms:{name}"))
        .filter(|full| view.speaks_of(full))
        .filter(|full| stranger == Stranger::Service || works_across_accounts(full))
        .collect()
}

/// The conditions of the Deny statements that may concern a call.
fn denies<'s>(
    subject: &'s Subject<'_>,
    trial: &Trial,
    world: &World,
    action: &str,
) -> Vec<&'s Condition> {
    let actor = world.actor(&Assigned::new(&[], "v"));
    subject
        .statements()
        .filter(|view| !view.allows())
        .filter(|view| trial.concerns(view.index, &actor, action, world.own))
        .flat_map(|view| view.written.conditions.iter())
        .collect()
}

/// Whether the stranger meets the conditions of the statement.
fn admits(
    world: &World,
    probe: &Probe,
    keys: &[OnKey<'_>],
    carried: Option<&dyn Fn(&ContextKey) -> bool>,
    meets: &dyn Fn(&Assigned<'_>) -> bool,
    budget: &mut usize,
) -> bool {
    let everything = |_: &ContextKey| true;
    admits_beside(
        world,
        probe,
        keys,
        &[],
        carried.unwrap_or(&everything),
        meets,
        budget,
    )
}

/// The same where conditions of other statements are looked at too.
fn admits_beside(
    world: &World,
    probe: &Probe,
    keys: &[OnKey<'_>],
    beside: &[&Condition],
    carried: &dyn Fn(&ContextKey) -> bool,
    meets: &dyn Fn(&Assigned<'_>) -> bool,
    budget: &mut usize,
) -> bool {
    let given = world.given();
    let names: Vec<ContextKey> = keys.iter().map(|on| on.key.clone()).collect();
    let mut all = names;
    for condition in beside {
        let key = ContextKey::new(&condition.key.text);
        if !all.iter().any(|own| same(own, &key)) {
            all.push(key);
        }
    }
    world.fillers().iter().any(|filler| {
        let known = Assigned::new(&given, filler);
        let domains: Vec<Domain> = all
            .iter()
            .map(|key| {
                let own = keys.iter().filter(|on| same(&on.key, key));
                let other = beside
                    .iter()
                    .copied()
                    .filter(|c| same(&ContextKey::new(&c.key.text), key));
                let conditions: Vec<&Condition> = own
                    .flat_map(|on| on.conditions.iter().copied())
                    .chain(other)
                    .collect();
                let values = if carried(key) {
                    world.values(key, &conditions, &known, filler)
                } else {
                    vec![None]
                };
                Domain {
                    key: key.clone(),
                    values,
                }
            })
            .collect();
        let fits = |at: usize, assigned: &Assigned<'_>| {
            keys.get(at)
                .is_none_or(|on| on.has_variable() || probe.meets(on, assigned))
        };
        let together = |assigned: &Assigned<'_>| {
            keys.iter().all(|on| probe.meets(on, assigned)) && meets(assigned)
        };
        let search = Search {
            domains: &domains,
            given: &given,
            filler,
            fits: &fits,
            meets: &together,
        };
        search.run(budget) == Outcome::Found
    })
}

/// The keys that say who calls, or for whom, or from where; the rest is the caller's to choose, or
/// the same in every call.
pub(super) fn tells_who(key: &ContextKey) -> bool {
    matches!(
        key.base(),
        "aws:principalaccount"
            | "kms:calleraccount"
            | "aws:principalorgid"
            | "aws:principalorgpaths"
            | "aws:principalarn"
            | "aws:userid"
            | "aws:sourceaccount"
            | "aws:sourceorgid"
            | "aws:sourceorgpaths"
            | "aws:sourcearn"
            | "aws:sourceip"
            | "aws:vpcsourceip"
            | "aws:sourcevpc"
            | "aws:sourcevpce"
            | "aws:sourcevpcarn"
            | "aws:vpceaccount"
            | "aws:vpceorgid"
            | "aws:vpceorgpaths"
    )
}

/// Every stranger worth trying: accounts and organisations that patterns leave room for.
fn worlds(
    subject: &Subject<'_>,
    keys: &[OnKey<'_>],
    stranger: Stranger,
    service: &str,
) -> Vec<World> {
    let conditions = |end: &[&str]| -> Vec<&Condition> {
        keys.iter()
            .filter(|on| end.iter().any(|end| on.key.base().ends_with(end)))
            .filter(|on| !on.key.base().starts_with("aws:resource"))
            .flat_map(|on| on.conditions.iter().copied())
            .collect()
    };
    let own_accounts = subject.own_accounts();
    let own_organizations = subject.own_organizations();
    let accounts = foreign::accounts(&conditions(&["account", "arn"]), &own_accounts);
    let organizations =
        foreign::organizations(&conditions(&["orgid", "orgpaths"]), &own_organizations);
    let mut worlds = Vec::new();
    for own in &own_accounts {
        for own_organization in &own_organizations {
            for account in &accounts {
                for organization in &organizations {
                    worlds.push(World {
                        stranger,
                        own: *own,
                        own_organization: own_organization.clone(),
                        account: account.clone(),
                        organization: organization.clone(),
                        service: service.to_owned(),
                    });
                }
            }
        }
    }
    worlds
}

fn one(text: impl Into<String>) -> Option<Held> {
    Some(Held::One(text.into()))
}

impl World {
    fn is_person(&self) -> bool {
        self.stranger == Stranger::Person
    }

    /// Who calls, with the ARN that was chosen.
    fn actor(&self, assigned: &Assigned<'_>) -> Actor {
        let (Stranger::Person, Ok(account)) = (self.stranger, self.account.parse::<AccountId>())
        else {
            let name = assigned.text("aws:PrincipalServiceName");
            let name = name.filter(|name| self.service == ANY && name.ends_with(ANY));
            return Actor::Service(name.unwrap_or_else(|| match self.service.as_str() {
                ANY => "s3.amazonaws.com".to_owned(),
                name => name.to_owned(),
            }));
        };
        assigned
            .text("aws:PrincipalArn")
            .and_then(|arn| Actor::named(account, &arn))
            .unwrap_or_else(|| Actor::role(account, format!("arn:aws:iam::{account}:role/other")))
    }

    /// The keys that are what they are for this stranger.
    fn given(&self) -> Vec<(ContextKey, Option<Held>)> {
        let person = self.is_person();
        let account = person.then(|| Held::One(self.account.clone()));
        let organization = self.organization.clone().filter(|_| person);
        let arn = person.then(|| format!("arn:aws:iam::{}:role/other", self.account));
        [
            ("aws:ResourceAccount", one(self.own.as_str())),
            ("aws:ResourceOrgID", one(self.own_organization.as_str())),
            ("aws:RequestedRegion", one("us-east-1")),
            ("aws:PrincipalIsAWSService", one((!person).to_string())),
            ("aws:PrincipalAccount", account.clone()),
            ("kms:CallerAccount", account),
            ("aws:PrincipalOrgID", organization.map(Held::One)),
            ("aws:PrincipalArn", arn.map(Held::One)),
        ]
        .map(|(name, value)| (ContextKey::new(name), value))
        .into()
    }

    /// What the stranger may choose for keys that only variables ask for, such as its own tags.
    fn fillers(&self) -> Vec<String> {
        let mut fillers = vec!["v".to_owned(), self.account.clone()];
        fillers.extend(self.organization.clone());
        fillers
    }

    /// What the stranger may bring for a key.
    fn values(
        &self,
        key: &ContextKey,
        conditions: &[&Condition],
        known: &Assigned<'_>,
        filler: &str,
    ) -> Vec<Option<Held>> {
        let person = self.is_person();
        let account = || one(self.account.as_str());
        let organization = || self.organization.clone().map(Held::One);
        let arns = || foreign::arns(conditions, &self.account, person, known);
        let with_none = |mut values: Vec<Option<Held>>| {
            values.insert(0, None);
            values
        };
        let base = key.base();
        match base {
            "aws:principalaccount" | "kms:calleraccount" if person => vec![account()],
            "aws:principalorgid" if person => vec![organization()],
            "aws:principalorgpaths" if person => self.paths(conditions, known),
            "aws:principalarn" if person => arns(),
            "aws:userid" if person => foreign::user_ids(conditions, known),
            "aws:sourceaccount" | "aws:vpceaccount" if !person || base.contains("vpce") => {
                with_none(vec![account()])
            }
            "aws:sourceorgid" | "aws:vpceorgid" if !person || base.contains("vpce") => {
                with_none(vec![organization()])
            }
            "aws:sourceorgpaths" | "aws:vpceorgpaths" if !person || base.contains("vpce") => {
                with_none(self.paths(conditions, known))
            }
            "aws:sourcearn" if !person => {
                with_none(foreign::arns(conditions, &self.account, false, known))
            }
            "aws:principalaccount"
            | "kms:calleraccount"
            | "aws:principalorgid"
            | "aws:principalorgpaths"
            | "aws:principalarn"
            | "aws:userid"
            | "aws:sourceaccount"
            | "aws:sourceorgid"
            | "aws:sourceorgpaths"
            | "aws:sourcearn" => vec![None],
            "aws:principalisawsservice" => vec![one((!person).to_string())],
            "aws:principalservicename" if person => vec![None],
            "aws:principalservicename" if self.service != ANY => vec![one(self.service.as_str())],
            "aws:resourceaccount" | "aws:resourceorgid" => {
                vec![known.text(key.as_str()).map(Held::One)]
            }
            "aws:sourceip" | "aws:vpcsourceip" => {
                let listed: Vec<&str> = listed(conditions).collect();
                with_none(strange(&listed).into_iter().map(one).collect())
            }
            "aws:sourcevpc" | "aws:sourcevpce" | "aws:ec2instancesourcevpc" => {
                with_none(foreign::resource_ids(conditions, known))
            }
            "aws:sourcevpcarn" | "aws:chatbotsourcearn" | "aws:signinsessionarn" => {
                with_none(foreign::arns(conditions, &self.account, false, known))
            }
            "aws:federatedprovider" => {
                let open = listed(conditions).filter(|text| !text.starts_with("arn:"));
                let mut values: Vec<Option<Held>> = open.map(one).collect();
                values.extend(foreign::arns(conditions, &self.account, false, known));
                with_none(values)
            }
            // A service sends a context of its own making; what has no name of AWS's is its
            // customer's to choose, unless it tells an account or a resource.
            "kms:encryptioncontext" if !person => {
                let mut values = foreign::arns(conditions, &self.account, false, known);
                if !key.tail().is_some_and(|tail| tail.starts_with("aws:")) {
                    let free = candidates::values(conditions, false, known);
                    values.extend(free.into_iter().filter(|v| !foreign::tells_whose(v)));
                }
                with_none(values)
            }
            _ if super::kms::known(key).is_some() => {
                let many = super::kms::known(key).is_some_and(|k| k.many);
                let mut values = candidates::values(conditions, many, known);
                values.push(one(filler));
                values
            }
            // What other services know of a caller is theirs to say, but for ARNs with an account.
            _ => with_none(foreign::arns(conditions, &self.account, false, known)),
        }
    }

    fn paths(&self, conditions: &[&Condition], known: &dyn Context) -> Vec<Option<Held>> {
        match &self.organization {
            Some(organization) => foreign::paths(conditions, organization, known),
            None => vec![None],
        }
    }
}

fn listed<'c>(conditions: &'c [&Condition]) -> impl Iterator<Item = &'c str> {
    conditions
        .iter()
        .filter(|c| c.operator.base != Base::Null)
        .flat_map(|c| c.values.iter())
        .map(|v| v.text.as_str())
}
