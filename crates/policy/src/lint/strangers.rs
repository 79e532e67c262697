//! Strangers: persons and services of other accounts and organisations, and what they bring for the
//! keys that tell who calls. Values that a policy spells out are meant; where a pattern leaves room,
//! a stranger is found that fills it. Whether it is let in is asked of the engine.

use super::addresses::{strange, telling};
use super::own_key::{self, OwnKey};
use super::rules::Caller;
use super::search::{Assigned, Domain, Outcome, Search};
use super::subject::{Subject, View};
use super::trial::{Actor, Trial};
use super::{candidates, foreign};
use crate::decide::works_across_accounts;
use crate::document::{Base, Condition};
use crate::generate::{Held, Unnamed, same};
use crate::request::{Context, ContextKey};
use claviger_types::{AccountId, Timestamp};

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
    /// There were more calls than are tried.
    Undecided,
}

/// Whatever service it may be.
pub(super) const ANY: &str = ".amazonaws.com";

/// So many questions for one statement, whatever is written in it.
const BUDGET: usize = 30_000;

/// One stranger, and the key with its organisation.
struct World {
    stranger: Stranger,
    own: OwnKey,
    own_organization: String,
    account: String,
    organization: Option<String>,
    /// The service that calls, or any.
    service: String,
    /// One that the document does not name, where it may be any.
    other_service: &'static str,
    /// The moment from which the policy holds.
    now: Timestamp,
}

/// Calls that a document treats alike.
#[derive(PartialEq, Eq)]
struct Alike {
    /// The Deny statements that may concern them.
    denies: Vec<usize>,
    /// Of the keys that conditions ask for, those that the calls carry.
    carried: Vec<bool>,
}

/// Looks for a stranger that a statement lets in; one of those of a service, where it is a service.
pub(super) fn entry(
    subject: &Subject<'_>,
    view: View<'_>,
    trial: &Trial,
    stranger: Stranger,
    service: &str,
) -> Entry {
    let actions = actions_of(view, stranger);
    let mut budget = BUDGET;
    let mut entry = Entry::Closed;
    for world in worlds(subject, view, stranger, service) {
        let actor = world.actor(&Assigned::new(&[], "v"));
        let caller = Caller {
            trial,
            actor: &actor,
            key: &world.own,
        };
        let mut seen: Vec<Alike> = Vec::new();
        for action in &actions {
            if !trial.concerns(view.index, &actor, action, &world.own) {
                continue;
            }
            let denies: Vec<View<'_>> = subject
                .statements()
                .filter(|deny| !deny.allows())
                .filter(|deny| trial.concerns(deny.index, &actor, action, &world.own))
                .collect();
            let alike = alike(view, &denies, action);
            if seen.contains(&alike) {
                continue;
            }
            seen.push(alike);
            entry = entry.or(world.enters(caller, view, &denies, action, &mut budget));
            if entry == Entry::Open {
                return entry;
            }
        }
    }
    entry
}

impl Entry {
    /// What two searches come to together: the worse.
    pub(super) fn or(self, other: Self) -> Self {
        let weight = |entry| match entry {
            Self::Closed => 0,
            Self::HeldBack => 1,
            Self::Undecided => 2,
            Self::Open => 3,
        };
        if weight(other) > weight(self) {
            other
        } else {
            self
        }
    }
}

fn alike(view: View<'_>, denies: &[View<'_>], action: &str) -> Alike {
    let all = std::iter::once(&view).chain(denies);
    let conditions = all.flat_map(|view| view.written.conditions.iter());
    Alike {
        denies: denies.iter().map(|deny| deny.index).collect(),
        carried: conditions
            .map(|c| carries(action, &ContextKey::new(&c.key.text)))
            .collect(),
    }
}

/// Whether a call carries a key.
fn carries(action: &str, key: &ContextKey) -> bool {
    super::kms::known(key)
        .is_none_or(|known| known.actions.is_empty() || action_is_among(action, known.actions))
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
            | "aws:ec2instancesourceprivateipv4"
            | "aws:ec2instancesourcevpc"
            | "aws:sourcevpc"
            | "aws:sourcevpce"
            | "aws:sourcevpcarn"
            | "aws:vpceaccount"
            | "aws:vpceorgid"
            | "aws:vpceorgpaths"
    )
}

/// Every stranger worth trying: accounts and organisations that nothing names and that the patterns
/// of the statement and of the Deny statements tell apart.
fn worlds(subject: &Subject<'_>, view: View<'_>, stranger: Stranger, service: &str) -> Vec<World> {
    let told: Vec<&Condition> = subject
        .statements()
        .filter(|other| other.index == view.index || !other.allows())
        .flat_map(|other| other.written.conditions.iter())
        .collect();
    let ending = |ends: &[&str]| -> Vec<&Condition> {
        let of_stranger = |c: &&Condition| {
            let key = ContextKey::new(&c.key.text);
            ends.iter().any(|end| key.base().ends_with(end))
                && !key.base().starts_with("aws:resource")
        };
        told.iter().copied().filter(of_stranger).collect()
    };
    let own_accounts = subject.own_accounts();
    let own_organizations = subject.own_organizations();
    let own = own_accounts.iter().map(AccountId::as_str);
    let own = own.chain(own_organizations.iter().map(String::as_str));
    let unnamed = Unnamed::beside(subject.document, own);
    let accounts = foreign::accounts(&ending(&["account", "arn"]), &unnamed);
    let organizations = foreign::organizations(&ending(&["orgid", "orgpaths"]), &unnamed);
    let services = SERVICES.into_iter();
    let other_service = services.clone().find(|name| unnamed.is_unnamed(name));
    let mut worlds = Vec::new();
    for own in own_accounts
        .iter()
        .flat_map(|own| own_key::possible(subject, *own))
    {
        for own_organization in &own_organizations {
            for account in &accounts {
                for organization in &organizations {
                    worlds.push(World {
                        stranger,
                        own: own.clone(),
                        own_organization: own_organization.clone(),
                        account: account.clone(),
                        organization: organization.clone(),
                        service: service.to_owned(),
                        other_service: other_service.unwrap_or(SERVICES[0]),
                        now: subject.now(),
                    });
                }
            }
        }
    }
    worlds
}

/// Services that act for everybody.
const SERVICES: [&str; 5] = [
    "s3.amazonaws.com",
    "sns.amazonaws.com",
    "events.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "backup.amazonaws.com",
];

fn one(text: impl Into<String>) -> Option<Held> {
    Some(Held::One(text.into()))
}

impl World {
    fn is_person(&self) -> bool {
        self.stranger == Stranger::Person
    }

    /// Whether the stranger meets the conditions of a statement, and passes some Deny statements.
    fn enters(
        &self,
        caller: Caller<'_>,
        view: View<'_>,
        denies: &[View<'_>],
        action: &str,
        budget: &mut usize,
    ) -> Entry {
        let alone = |_: &Assigned<'_>| true;
        match self.search(caller, view, &[], action, &alone, budget) {
            Outcome::None => return Entry::Closed,
            Outcome::GaveUp => return Entry::Undecided,
            Outcome::Found => {}
        }
        let meets = |assigned: &Assigned<'_>| {
            let actor = self.actor(assigned);
            let trial = caller.trial;
            trial.lets_in(view.index, &actor, action, &self.own, assigned)
        };
        match self.search(caller, view, denies, action, &meets, budget) {
            Outcome::Found => Entry::Open,
            Outcome::None => Entry::HeldBack,
            Outcome::GaveUp => Entry::Undecided,
        }
    }

    fn search(
        &self,
        caller: Caller<'_>,
        view: View<'_>,
        denies: &[View<'_>],
        action: &str,
        meets: &dyn Fn(&Assigned<'_>) -> bool,
        budget: &mut usize,
    ) -> Outcome {
        let all = std::iter::once(&view).chain(denies);
        let conditions: Vec<&Condition> = all.flat_map(|v| v.written.conditions.iter()).collect();
        let given = self.given();
        let mut outcome = Outcome::None;
        for filler in self.fillers(&conditions) {
            let domains = self.domains(&conditions, action, &given, &filler);
            let mut rules = caller.meets_all(view, &domains);
            rules.extend(denies.iter().map(|deny| caller.misses_one(*deny, &domains)));
            let search = Search {
                domains: &domains,
                given: &given,
                filler: &filler,
                rules: &rules,
                meets,
            };
            match search.run(budget) {
                Outcome::Found => return Outcome::Found,
                Outcome::GaveUp => outcome = Outcome::GaveUp,
                Outcome::None => {}
            }
        }
        outcome
    }

    /// The keys of some conditions, each with what the stranger may bring for it.
    fn domains(
        &self,
        conditions: &[&Condition],
        action: &str,
        given: &[(ContextKey, Option<Held>)],
        filler: &str,
    ) -> Vec<Domain> {
        let known = Assigned::new(given, filler);
        let mut domains: Vec<Domain> = Vec::new();
        for condition in conditions {
            let key = ContextKey::new(&condition.key.text);
            if domains.iter().any(|own| same(&own.key, &key)) {
                continue;
            }
            let on_key: Vec<&Condition> = conditions
                .iter()
                .copied()
                .filter(|c| same(&ContextKey::new(&c.key.text), &key))
                .collect();
            let values = if carries(action, &key) {
                self.values(&key, &on_key, &known, filler)
            } else {
                vec![None]
            };
            domains.push(Domain { key, values });
        }
        domains
    }

    /// Who calls, with the ARN that was chosen.
    fn actor(&self, assigned: &Assigned<'_>) -> Actor {
        let (Stranger::Person, Ok(account)) = (self.stranger, self.account.parse::<AccountId>())
        else {
            let name = assigned.text("aws:PrincipalServiceName");
            let name = name.filter(|name| self.service == ANY && name.ends_with(ANY));
            return Actor::Service(name.unwrap_or_else(|| match self.service.as_str() {
                ANY => self.other_service.to_owned(),
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
            ("aws:ResourceAccount", one(self.own.account.as_str())),
            ("aws:ResourceOrgID", one(self.own_organization.as_str())),
            ("aws:RequestedRegion", one(self.own.region.as_str())),
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
    fn fillers(&self, conditions: &[&Condition]) -> Vec<String> {
        let mut fillers = vec!["v".to_owned()];
        if listed(conditions).any(|text| text.contains("${")) {
            fillers.push(self.account.clone());
            fillers.extend(self.organization.clone());
        }
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
            "aws:resourceaccount" | "aws:resourceorgid" | "aws:requestedregion" => {
                vec![known.text(key.as_str()).map(Held::One)]
            }
            _ if candidates::tells_time(key) => candidates::moments(key, conditions, self.now),
            "aws:sourceip" => {
                let listed: Vec<&str> = listed(conditions).collect();
                with_none(strange(&listed).into_iter().map(one).collect())
            }
            // Within a VPC of one's own, every address is free to choose.
            "aws:vpcsourceip" | "aws:ec2instancesourceprivateipv4" => {
                let listed: Vec<&str> = listed(conditions).collect();
                with_none(telling(&listed).into_iter().map(one).collect())
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
