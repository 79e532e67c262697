//! The policies that a caller brings: those of its user, its groups or its role, the permissions
//! boundary and the session policies; and the rows of all of them, on which its decisions rest.

use super::authorize::{UnreadablePolicy, compiled};
use super::turn::Turn;
use crate::caller::{Caller, Identity};
use crate::iam::{customer_policy_place, managed};
use crate::state::{
    AccessKey, Attachments, EntityPlace, Group, ManagedPolicy, Role, Snapshot, Stored, User,
    entity_place,
};
use claviger_policy as policy;
use claviger_types::Arn;
use smallvec::SmallVec;

/// What limits a caller and what it is permitted.
#[derive(Default)]
pub(super) struct OwnPolicies<'v> {
    /// The policies of user, groups or role.
    pub(super) identity: SmallVec<[&'v policy::Policy; 8]>,
    /// The permissions boundary.
    pub(super) boundary: Option<&'v policy::Policy>,
    /// The session policies.
    pub(super) session: Option<SmallVec<[&'v policy::Policy; 2]>>,
}

/// The policies of a caller as a snapshot has them.
///
/// # Errors
/// When one of them cannot be read, or is gone.
pub(super) fn own_policies<'v>(
    caller: &'v Caller,
    view: &'v Snapshot,
) -> Result<OwnPolicies<'v>, UnreadablePolicy> {
    let session = match caller.identity() {
        Identity::Session(session) => match &session.policies {
            Some(policies) => Some(policies.iter().map(compiled).collect::<Result<_, _>>()?),
            None => None,
        },
        // Always: without session policies a federated user may do nothing.
        Identity::Federated(session) => Some(
            session
                .policies
                .iter()
                .map(compiled)
                .collect::<Result<_, _>>()?,
        ),
        Identity::User(_) | Identity::Service(_) => None,
    };
    let (attachments, groups): (_, &[String]) = match caller.identity() {
        Identity::User(_) | Identity::Federated(_) => match caller.user(view) {
            Some(user) => (Some(&user.policies), &user.groups),
            None => (None, &[]),
        },
        Identity::Session(_) => (caller.role(view).map(|r| &r.policies), &[]),
        Identity::Service(_) => (None, &[]),
    };
    // A principal that is gone has no policies left, so everything is denied.
    let Some(attachments) = attachments else {
        return Ok(OwnPolicies {
            session,
            ..OwnPolicies::default()
        });
    };
    let mut identity = SmallVec::new();
    add_attached(&mut identity, attachments, view)?;
    for place in group_places(caller, groups) {
        let group = view
            .get::<Group>(&place)
            .ok_or_else(|| UnreadablePolicy::new(format!("policies of the group {}", place.1)))?;
        add_attached(&mut identity, &group.policies, view)?;
    }
    let boundary = attachments.boundary.as_ref();
    Ok(OwnPolicies {
        identity,
        boundary: boundary.map(|arn| by_arn(arn, view)).transpose()?,
        session,
    })
}

fn group_places<'a>(
    caller: &'a Caller,
    groups: &'a [String],
) -> impl Iterator<Item = EntityPlace> + 'a {
    let account = caller.account();
    groups
        .iter()
        .filter_map(move |group| Some((account?, group.clone())))
}

fn add_attached<'v>(
    all: &mut SmallVec<[&'v policy::Policy; 8]>,
    attachments: &'v Attachments,
    view: &'v Snapshot,
) -> Result<(), UnreadablePolicy> {
    for inline in attachments.inline.values() {
        all.push(compiled(inline)?);
    }
    for arn in &attachments.managed {
        all.push(by_arn(arn, view)?);
    }
    Ok(())
}

/// The managed policy of an ARN in its default version.
fn by_arn<'v>(arn: &Arn, view: &'v Snapshot) -> Result<&'v policy::Policy, UnreadablePolicy> {
    managed(arn.as_str(), view)
        .and_then(|found| found.compiled())
        .ok_or_else(|| UnreadablePolicy::new(format!("managed policy {arn}")))
}

/// A caller whose user, group, role, key or managed policy changed in between is decided on again.
pub(super) fn rest_on_caller(caller: &Caller, turn: &mut Turn<'_>) {
    let mut rows = Rows::default();
    match caller.identity() {
        Identity::User(user) => turn.rest_on::<User>(&user.id()),
        Identity::Federated(session) => {
            turn.rest_on::<User>(&entity_place(session.by.account, &session.by.user_name));
        }
        Identity::Session(session) => {
            turn.rest_on::<Role>(&entity_place(session.account, &session.role_name));
            if let Some(role) = caller.role(turn.view()) {
                rows.add(&role.policies);
            }
        }
        Identity::Service(_) => {}
    }
    if let Some(user) = caller.user(turn.view()) {
        rows.add(&user.policies);
        for place in group_places(caller, &user.groups) {
            if let Some(group) = turn.view().get::<Group>(&place) {
                rows.add(&group.policies);
            }
            rows.groups.push(place);
        }
    }
    for place in &rows.groups {
        turn.rest_on::<Group>(place);
    }
    for place in &rows.policies {
        turn.rest_on::<ManagedPolicy>(place);
    }
    if let (Identity::User(_), Some(id)) = (caller.identity(), caller.access_key_id()) {
        turn.rest_on::<AccessKey>(id);
    }
}

/// Rows that stand behind those of a caller. Most callers have none.
#[derive(Default)]
struct Rows {
    groups: Vec<EntityPlace>,
    policies: Vec<EntityPlace>,
}

impl Rows {
    fn add(&mut self, attachments: &Attachments) {
        let arns = attachments.managed.iter().chain(&attachments.boundary);
        self.policies
            .extend(arns.filter_map(|arn| customer_policy_place(arn.as_str())));
    }
}
