//! Which of a key's grants a decision reads: all where they are few, else those that can be for the
//! request. Whether one is, and what else must allow, is the engine's matter; leaving out grants
//! that are not for the request changes no decision (`POL-G1`).

use super::authorize::{Demand, Target};
use crate::caller::{Caller, Identity};
use crate::kms::engine_grant;
use crate::state::{Asked, FEW_GRANTS, Grant, KeyPlace, Snapshot};
use claviger_policy as policy;
use claviger_types::EncryptionContext;
use smallvec::{SmallVec, smallvec};
use std::sync::{Arc, LazyLock};

/// What an explanation or an exported case shows at most of a key's grants.
const MOST_SHOWN: usize = 64;

/// What grants are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// For a decision.
    Deciding,
    /// To say why: grants that are not for the request are shown as well.
    Explaining,
}

/// The grants to read for a demand on a key.
pub(super) fn in_play<'a>(
    caller: &Caller,
    demand: &'a Demand,
    request: &policy::Request<'_>,
    switches: &policy::Switches,
    view: &'a Snapshot,
    purpose: Purpose,
) -> Vec<policy::Grant<'a>> {
    let Target::Key(key) = &demand.target else {
        return Vec::new();
    };
    // RetireGrant is about one grant and no other (`POL-G4`).
    if let Some(grant) = &demand.grant {
        return vec![engine_grant(grant)];
    }
    let place = key.place();
    let few = match purpose {
        Purpose::Deciding => FEW_GRANTS,
        Purpose::Explaining => MOST_SHOWN,
    };
    if view.grant_count(&place) <= few {
        return view.grants_of(&place).map(|g| engine_grant(g)).collect();
    }
    let search = Search {
        caller,
        demand,
        request,
        switches,
        view,
        place,
        names: names(caller),
    };
    let mut found = search.fitting();
    if purpose == Purpose::Explaining {
        search.add_others(&mut found);
    }
    // In the order in which looking at all of them would come upon them.
    found.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    found.iter().map(|g| engine_grant(g)).collect()
}

/// Everything by which a grant can name the caller: unique ids, ARNs, the account's root.
fn names(caller: &Caller) -> SmallVec<[String; 4]> {
    let mut names = SmallVec::new();
    match caller.identity() {
        Identity::User(user) => names.push(user.id.to_string()),
        Identity::Session(session) => {
            names.push(session.role_id.to_string());
            names.push(session.role_arn.clone());
        }
        Identity::Federated(session) => {
            names.push(session.by.user_id.to_string());
            names.push(session.user_arn.clone());
        }
        Identity::Service(_) => {}
    }
    names.push(caller.arn());
    names.extend(caller.account().map(|account| account.root_arn()));
    names
}

struct Search<'s, 'a> {
    caller: &'s Caller,
    demand: &'s Demand,
    request: &'s policy::Request<'s>,
    switches: &'s policy::Switches,
    view: &'a Snapshot,
    place: KeyPlace,
    names: SmallVec<[String; 4]>,
}

impl<'a> Search<'_, 'a> {
    /// For each of the caller's names the first grant that is for the request: of those that name
    /// the caller alike the first decides.
    fn fitting(&self) -> Vec<&'a Arc<Grant>> {
        let operation = self.demand.action.strip_prefix("kms:").unwrap_or_default();
        if policy::GrantOperation::named(operation).is_none() {
            return Vec::new();
        }
        if !policy::takes_context(operation) {
            let first = |name: &String| {
                let mut to = self.view.grants_to(&self.place, name, None);
                to.find(|grant| self.is_for(grant))
            };
            return self.names.iter().filter_map(first).collect();
        }
        let met = Asked::met_by(&self.contexts(), self.source_arn());
        let first = |name: &String| {
            let first = |asked: &Asked| {
                let mut asking = self.view.grants_asking(&self.place, name, asked);
                asking.find(|grant| self.is_for(grant))
            };
            met.iter().filter_map(first).min_by(|a, b| a.id.cmp(&b.id))
        };
        self.names.iter().filter_map(first).collect()
    }

    fn is_for(&self, grant: &Grant) -> bool {
        policy::grant_fits(self.request, &engine_grant(grant), self.switches)
    }

    /// `aws:SourceArn`, which only services that call as themselves have.
    fn source_arn(&self) -> Option<&str> {
        match self.caller.identity() {
            Identity::Service(service) => Some(&service.source_arn),
            _ => None,
        }
    }

    /// The encryption contexts that constraints are compared with; for CreateGrant those of the
    /// grant that is asked for (`POL-G3`).
    fn contexts(&self) -> SmallVec<[&EncryptionContext; 2]> {
        static EMPTY: LazyLock<EncryptionContext> = LazyLock::new(EncryptionContext::default);
        match &self.demand.child_grant {
            Some(child) => child
                .context_equals
                .iter()
                .chain(&child.context_subset)
                .collect(),
            None => smallvec![self.demand.encryption_context.as_ref().unwrap_or(&EMPTY)],
        }
    }

    /// Grants that are not for the request: the caller's own first, then any.
    fn add_others(&self, found: &mut Vec<&'a Arc<Grant>>) {
        let own = self.names.iter();
        let own = own.flat_map(|name| self.view.grants_to(&self.place, name, None));
        for grant in own.chain(self.view.grants_of(&self.place)) {
            if found.len() >= MOST_SHOWN {
                return;
            }
            if !found.iter().any(|known| known.id == grant.id) {
                found.push(grant);
            }
        }
    }
}
