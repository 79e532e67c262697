//! Principals: who asks, what a name in a policy or grant means, and whom it covers (`POL-E7`,
//! `POL-P1` … `POL-P7`).

use crate::document::{Listed, Statement};
use crate::json::Json;
use crate::judge::{Judge, Rule};
use claviger_policy::{NotPrincipal, WildcardPrincipal};

/// The kinds of principals that make requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhoKind {
    Root,
    User,
    Session,
    Federated,
    Service,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) kind: WhoKind,
    pub(crate) account: Option<String>,
    /// The ARN, or a service's name.
    pub(crate) name: String,
    /// The role of a session; the user that a federated session comes from.
    pub(crate) behind: Option<String>,
    /// The unique id of the user or role.
    id: Option<String>,
    /// `POL-P8`: a session of a service-linked role.
    pub(crate) service_linked: bool,
}

/// One name in a principal element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Everyone,
    /// An account, by its id or its root's ARN.
    Account(String),
    User(String),
    Role(String),
    Session(String),
    FederatedUser(String),
    UniqueId(String),
    Service(String),
    /// An identity provider or canonical user, who makes no request here.
    Other,
}

/// How a name covers a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cover {
    /// The account is named (`POL-P2`).
    Account,
    /// The role of the session, or the user behind the federated session (`POL-P4`).
    Through,
    /// The principal itself.
    Named,
}

/// How far an allowing statement carries a principal, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// The account's identity policies decide.
    Delegation,
    /// Allowed, within boundary and session policy.
    Limited,
    /// Allowed, whatever boundary and session policy leave out.
    Unlimited,
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.chars().all(|c| c.is_ascii_digit())
}

/// The account in an ARN, or the account itself.
pub(crate) fn account_of(name: &str) -> Option<String> {
    let account = if is_account(name) {
        Some(name)
    } else {
        name.split(':').nth(4)
    };
    account.filter(|a| is_account(a)).map(str::to_owned)
}

/// What a name means. Source: IAM User Guide, "AWS JSON policy elements: Principal".
pub(crate) fn named(name: &str) -> Option<Entry> {
    if is_account(name) {
        return Some(Entry::Account(name.to_owned()));
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    if let ["arn", _, service, "", account, resource] = parts.as_slice() {
        let path: Vec<&str> = resource.split('/').collect();
        let own = name.to_owned();
        let entry = match (*service, path.as_slice()) {
            ("iam", ["root"]) => Entry::Account((*account).to_owned()),
            ("iam", ["user", .., last]) if !last.is_empty() => Entry::User(own),
            ("iam", ["role", .., last]) if !last.is_empty() => Entry::Role(own),
            ("sts", ["assumed-role", _, ..]) if path.len() > 2 => Entry::Session(own),
            ("sts", ["federated-user", .., last]) if !last.is_empty() => Entry::FederatedUser(own),
            _ => return None,
        };
        return is_account(account).then_some(entry);
    }
    let is_id = (name.starts_with("AIDA") || name.starts_with("AROA"))
        && name.len() >= 16
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let is_service = name.contains('.') && name.split('.').all(label);
    match (is_id, is_service) {
        (true, _) => Some(Entry::UniqueId(name.to_owned())),
        (false, true) => Some(Entry::Service(name.to_owned())),
        (false, false) => None,
    }
}

/// An entry of a principal element; `None` when AWS would refuse it (`POL-P3`: no wildcards).
pub(crate) fn entry(kind: &str, name: &str) -> Option<Entry> {
    match kind {
        "AWS" if name == "*" => Some(Entry::Everyone),
        _ if name.is_empty() || name.contains(['*', '?']) => None,
        "AWS" => named(name).filter(|e| !matches!(e, Entry::Service(_))),
        "Service" => named(name).filter(|e| matches!(e, Entry::Service(_))),
        "Federated" | "CanonicalUser" => Some(Entry::Other),
        _ => None,
    }
}

impl Judge<'_> {
    pub(crate) fn who(&self, principal: &Json) -> Option<Who> {
        let id = self.ids.principal.clone();
        let who = |kind, account, name: &str, behind: Option<String>| Who {
            kind,
            account,
            name: name.to_owned(),
            service_linked: behind
                .as_deref()
                .is_some_and(|role| role.contains(":role/aws-service-role/")),
            behind,
            id,
        };
        if let Some(service) = principal.text_of("service") {
            return Some(who(WhoKind::Service, None, service, None));
        }
        let arn = principal.text_of("arn")?;
        let account = account_of(arn);
        let other = |name: &str| principal.text_of(name).map(str::to_owned);
        Some(match named(arn)? {
            Entry::Account(_) => who(WhoKind::Root, account, arn, None),
            Entry::User(_) => who(WhoKind::User, account, arn, None),
            Entry::FederatedUser(_) => who(WhoKind::Federated, account, arn, other("user")),
            Entry::Role(_) => who(WhoKind::Session, account, arn, Some(arn.to_owned())),
            Entry::Session(_) => {
                let role = other("role").unwrap_or_else(|| role_of_session(arn));
                who(WhoKind::Session, account, arn, Some(role))
            }
            _ => return None,
        })
    }

    // POL-E7: a stored ARN means the entity it named then, by unique id; where an id is not known
    // on both sides, ARNs compare. Planted: ARNs always compare.
    fn same_entity(&self, stored: &str, arn: &str, id: Option<&str>) -> bool {
        let meant = self.ids.meant.iter().find(|(name, _)| name == stored);
        match (meant, id) {
            (Some((_, meant)), Some(id)) if !self.planted(Rule::E7) => {
                self.saw(Rule::E7, meant == id)
            }
            _ => stored == arn,
        }
    }

    /// Whether and how an entry covers a principal.
    pub(crate) fn covers(&self, entry: &Entry, who: &Who) -> Option<Cover> {
        let id = who.id.as_deref();
        let behind = who.behind.as_deref();
        match (entry, who.kind) {
            // POL-P1. Planted: everyone is no one.
            (Entry::Everyone, _) => (!self.planted(Rule::P1)).then_some(Cover::Named),
            // POL-P2: the root user is the account itself; of everyone else the account decides.
            (Entry::Account(account), kind) => {
                let same = who.account.as_deref() == Some(account.as_str());
                let is_root = kind == WhoKind::Root;
                let cover = if is_root {
                    Cover::Named
                } else {
                    Cover::Account
                };
                self.saw(Rule::P2, same).then_some(cover)
            }
            (Entry::User(stored), WhoKind::User) => {
                let same = self.same_entity(stored, &who.name, id);
                same.then_some(Cover::Named)
            }
            (Entry::User(stored), WhoKind::Federated) => {
                let same = behind.is_some_and(|arn| self.same_entity(stored, arn, id));
                same.then_some(Cover::Through)
            }
            // POL-P3: a role covers its sessions. Planted: it does not.
            (Entry::Role(stored), WhoKind::Session) => {
                let same = behind.is_some_and(|arn| self.same_entity(stored, arn, id));
                (self.saw(Rule::P3, same) && !self.planted(Rule::P3)).then_some(Cover::Through)
            }
            (Entry::Session(arn), WhoKind::Session)
            | (Entry::FederatedUser(arn), WhoKind::Federated) => {
                (*arn == who.name).then_some(Cover::Named)
            }
            // POL-E7: a bare unique id is what the ARN of that entity would be.
            (Entry::UniqueId(stored), kind) => {
                let same = self.saw(Rule::E7, id == Some(stored.as_str()));
                let cover = if kind == WhoKind::User {
                    Cover::Named
                } else {
                    Cover::Through
                };
                same.then_some(cover)
            }
            // POL-P7: a service by its exact name.
            (Entry::Service(name), WhoKind::Service) => (*name == who.name).then_some(Cover::Named),
            _ => None,
        }
    }

    /// How far a statement reaches for a principal; `None` when it is not about them.
    pub(crate) fn reach(&self, s: &Statement, who: &Who, bounded: bool) -> Option<Reach> {
        let Some(listed) = &s.principals else {
            return Some(Reach::Unlimited);
        };
        // POL-E6: an empty list matches nothing, negated or not.
        if listed.items.is_empty() {
            return None;
        }
        if listed.negated {
            let spared = self.spared(s, listed, who, bounded);
            return (!self.saw(Rule::P6, spared)).then_some(Reach::Limited);
        }
        let reaches = listed
            .items
            .iter()
            .filter_map(|entry| self.entry_reach(s, entry, who));
        reaches.max()
    }

    fn entry_reach(&self, s: &Statement, entry: &Entry, who: &Who) -> Option<Reach> {
        let cover = self.covers(entry, who)?;
        if *entry == Entry::Everyone {
            self.saw(Rule::P1, true);
            return Some(self.reach_of_everyone(s));
        }
        self.saw(Rule::P1, false);
        Some(match cover {
            // POL-P2. Planted: the account's principals are allowed at once.
            Cover::Account if self.planted(Rule::P2) => Reach::Limited,
            Cover::Account => Reach::Delegation,
            // POL-P4: not limited when named, limited through role or federating user. Planted:
            // always limited.
            Cover::Through => {
                self.saw(Rule::P4, false);
                Reach::Limited
            }
            Cover::Named => {
                self.saw(Rule::P4, true);
                if self.planted(Rule::P4) {
                    Reach::Limited
                } else {
                    Reach::Unlimited
                }
            }
        })
    }

    // POL-P5: everyone, narrowed by a positive condition on aws:PrincipalArn, is not limited.
    // Planted: always limited.
    fn reach_of_everyone(&self, s: &Statement) -> Reach {
        let narrowed = s.conditions.iter().any(|c| {
            let positive = (c.base.starts_with("String") || c.base.starts_with("Arn"))
                && !c.is_negated()
                && !c.if_exists
                && c.quantifier == crate::document::Quantifier::None;
            positive && c.key.eq_ignore_ascii_case("aws:PrincipalArn")
        });
        let unlimited = match self.switches.wildcard_principal {
            WildcardPrincipal::UnlimitedWithPrincipalArn => narrowed,
            WildcardPrincipal::Unlimited => true,
            WildcardPrincipal::Limited => false,
        };
        if self.saw(Rule::P5, unlimited) && !self.planted(Rule::P5) {
            Reach::Unlimited
        } else {
            Reach::Limited
        }
    }

    // POL-P6: whom NotPrincipal leaves out. Planted: one entry is enough.
    fn spared(&self, s: &Statement, listed: &Listed<Entry>, who: &Who, bounded: bool) -> bool {
        let covers: Vec<Cover> = listed
            .items
            .iter()
            .filter_map(|entry| self.covers(entry, who))
            .collect();
        let any = !covers.is_empty();
        if s.allows || self.planted(Rule::P6) {
            return any;
        }
        if bounded {
            return false;
        }
        if self.switches.not_principal == NotPrincipal::AnyIdentifier
            || listed.items.contains(&Entry::Everyone)
        {
            return any;
        }
        let identifiers: &[Cover] = match who.kind {
            WhoKind::Root | WhoKind::Service => &[Cover::Named],
            WhoKind::User => &[Cover::Account, Cover::Named],
            WhoKind::Federated if who.behind.is_none() => &[Cover::Account, Cover::Named],
            WhoKind::Session | WhoKind::Federated => {
                &[Cover::Account, Cover::Through, Cover::Named]
            }
        };
        identifiers.iter().all(|cover| covers.contains(cover))
    }
}

/// The role of a session whose path is not known.
fn role_of_session(arn: &str) -> String {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let name = arn.split('/').nth(1).unwrap_or_default();
    let part = |at: usize| parts.get(at).copied().unwrap_or_default();
    format!("arn:{}:iam::{}:role/{name}", part(1), part(4))
}
