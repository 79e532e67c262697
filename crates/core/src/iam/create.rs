//! What creating a user, a group or a role has in common: the demands, the quotas, the refusal
//! of a name that is taken. Sources: IAM API Reference, "CreateUser" and "CreateRole"; IAM User
//! Guide, "IAM and AWS STS quotas".

use super::boundary;
use super::entity::{Entity, account_of, entities_of, required};
use super::tags;
use crate::caller::Caller;
use crate::chain::{Demand, Facts, ServiceError, Target, Turn};
use crate::state::{Snapshot, entity_place};
use claviger_model::iam::error::{ENTITY_ALREADY_EXISTS_EXCEPTION, LIMIT_EXCEEDED_EXCEPTION};
use claviger_types::{AccountId, Arn, Tag};

/// A user or role that is asked for.
pub(crate) struct Wanted {
    /// The account it would be in.
    pub(super) account: AccountId,
    /// Its name.
    pub(super) name: String,
    /// Its path.
    pub(super) path: String,
    /// Its tags.
    pub(super) tags: Vec<Tag>,
    boundary: Option<String>,
}

impl Wanted {
    /// What a request asks for.
    ///
    /// # Errors
    /// For tags that contradict each other.
    pub(super) fn read(
        caller: &Caller,
        (name, name_path): (Option<&String>, &str),
        path: Option<&String>,
        given: Option<&Vec<claviger_model::iam::Tag>>,
        boundary: Option<&String>,
    ) -> Result<Self, ServiceError> {
        Ok(Self {
            account: account_of(caller)?,
            name: required(name, name_path)?.to_owned(),
            path: path.map_or("/", String::as_str).to_owned(),
            tags: tags::tags(given)?,
            boundary: boundary.cloned(),
        })
    }

    /// The creation of what cannot have tags.
    pub(super) fn untagged_demands<E: Entity>(&self, create: &'static str) -> Vec<Demand> {
        vec![Demand::new(create, self.target::<E>())]
    }

    fn target<E: Entity>(&self) -> Target {
        Target::Arn {
            arn: format!(
                "arn:aws:iam::{}:{}{}{}",
                self.account,
                E::KIND,
                self.path,
                self.name
            ),
            account: self.account,
        }
    }

    /// The creation, and the tagging if there are tags.
    pub(super) fn demands<E: Entity>(
        &self,
        create: &'static str,
        tag: &'static str,
    ) -> Vec<Demand> {
        let target = self.target::<E>();
        let tagged = Facts::default().request_tags(&self.tags);
        let facts = tagged
            .clone()
            .maybe("iam:permissionsboundary", self.boundary.as_deref());
        let mut demands = vec![Demand::new(create, target.clone()).with_facts(facts)];
        if !self.tags.is_empty() {
            demands.push(Demand::new(tag, target).with_facts(tagged));
        }
        demands
    }

    /// Whether the name is free and the account has room.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `LimitExceeded`.
    pub(super) fn check_room<E: Entity>(
        &self,
        turn: &mut Turn<'_>,
        quota: (&str, usize),
    ) -> Result<(), ServiceError> {
        check_free::<E>(self.account, &self.name, turn)?;
        check_room::<E>(self.account, turn, quota)
    }

    /// The permissions boundary, if one is asked for.
    ///
    /// # Errors
    /// `InvalidInput` when it is no ARN, `NoSuchEntity` when there is no such policy.
    pub(super) fn boundary(&self, turn: &mut Turn<'_>) -> Result<Option<Arn>, ServiceError> {
        let boundary = self.boundary.as_deref();
        boundary
            .map(|text| boundary::checked(text, self.account, turn))
            .transpose()
    }
}

/// Refuses a name that is taken.
///
/// # Errors
/// `EntityAlreadyExists`.
pub(super) fn check_free<E: Entity>(
    account: AccountId,
    name: &str,
    turn: &Turn<'_>,
) -> Result<(), ServiceError> {
    if turn.current::<E>(&entity_place(account, name)).is_none() {
        return Ok(());
    }
    Err(ServiceError::new(
        &ENTITY_ALREADY_EXISTS_EXCEPTION,
        format!("{} with name {name} already exists.", E::KIND_CAPITAL),
    ))
}

/// Whether an account has room for one more; the decision rests on it.
///
/// # Errors
/// `LimitExceeded`.
pub(super) fn check_room<E: Entity>(
    account: AccountId,
    turn: &mut Turn<'_>,
    (quota, most): (&str, usize),
) -> Result<(), ServiceError> {
    let room = move |state: &Snapshot| entities_of::<E>(account, state).count() < most;
    if !room(turn.view()) {
        return Err(ServiceError::new(
            &LIMIT_EXCEEDED_EXCEPTION,
            format!("Cannot exceed quota for {quota}: {most}"),
        ));
    }
    turn.rest_on_fact(room);
    Ok(())
}
