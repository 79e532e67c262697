//! What a simulation is given: policies with the names by which results call them, condition keys,
//! the principal and the resources. Sources: IAM API Reference, "SimulateCustomPolicy" and
//! "SimulatePrincipalPolicy"; the names of attached policies as recorded answers show them
//! (`PolicyInputList.1`, `AdministratorAccess`, `user_alice_Inline`).

use super::managed::{Managed, managed, split};
use crate::chain::ServiceError;
use crate::state::{Attachments, Group, IdentityKind, Role, Snapshot, User};
use claviger_model::iam::ContextEntry;
use claviger_model::iam::error::INVALID_INPUT_EXCEPTION;
use claviger_policy::{self as policy, Context, ContextKey, Kind, NoIds, Policy, Value};
use claviger_types::Tag;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) fn invalid(text: String) -> ServiceError {
    ServiceError::new(&INVALID_INPUT_EXCEPTION, text)
}

/// Reads policies of a request; results call them `<list>.1`, `<list>.2` …
///
/// # Errors
/// `InvalidInput` for the first that is no policy, with its place.
pub(super) fn given(
    list: &str,
    texts: Option<&Vec<String>>,
    kind: Kind,
) -> Result<Vec<Policy>, ServiceError> {
    let numbered = texts.into_iter().flatten().enumerate();
    numbered
        .map(|(at, text)| one(&format!("{list}.{}", at + 1), text, kind))
        .collect()
}

/// Reads one policy under a name.
///
/// # Errors
/// `InvalidInput`, with the place of each mistake.
pub(super) fn one(name: &str, text: &str, kind: Kind) -> Result<Policy, ServiceError> {
    let parsed = policy::parse(text, kind);
    let document = parsed.map_err(|errors| {
        let first = errors.iter().next().map(ToString::to_string);
        let first = first.unwrap_or_default();
        invalid(format!("The policy {name} is not valid: {first}")).with_inside(errors.to_string())
    })?;
    Ok(document.compile(name, &NoIds))
}

/// An identity whose policies are simulated.
#[derive(Clone)]
pub(super) enum Source {
    /// A user, with the policies of its groups.
    User(Arc<User>),
    /// A group.
    Group(Arc<Group>),
    /// A role.
    Role(Arc<Role>),
}

impl Source {
    /// The identity at a place.
    pub(super) fn find(
        kind: IdentityKind,
        place: &crate::state::EntityPlace,
        view: &Snapshot,
    ) -> Option<Self> {
        match kind {
            IdentityKind::User => view.get::<User>(place).cloned().map(Self::User),
            IdentityKind::Group => view.get::<Group>(place).cloned().map(Self::Group),
            IdentityKind::Role => view.get::<Role>(place).cloned().map(Self::Role),
        }
    }

    pub(super) fn arn(&self) -> String {
        match self {
            Self::User(user) => user.arn(),
            Self::Group(group) => group.arn(),
            Self::Role(role) => role.arn(),
        }
    }

    /// The ARN that a session of a role has; empty for others.
    pub(super) fn session_arn(&self) -> String {
        match self {
            Self::Role(role) => format!(
                "arn:aws:sts::{}:assumed-role/{}/simulated",
                role.account, role.name
            ),
            _ => String::new(),
        }
    }

    fn policies(&self) -> &Attachments {
        match self {
            Self::User(user) => &user.policies,
            Self::Group(group) => &group.policies,
            Self::Role(role) => &role.policies,
        }
    }

    /// All its policies, by the names of results.
    ///
    /// # Errors
    /// Only when a stored policy cannot be read any more.
    pub(super) fn identity(&self, view: &Snapshot) -> Result<Vec<Policy>, ServiceError> {
        let mut all = Vec::new();
        match self {
            Self::User(user) => {
                attached("user", &user.name, &user.policies, view, &mut all)?;
                for name in &user.groups {
                    if let Some(group) = view.get::<Group>(&(user.account, name.clone())) {
                        attached("group", &group.name, &group.policies, view, &mut all)?;
                    }
                }
            }
            Self::Group(group) => attached("group", &group.name, &group.policies, view, &mut all)?,
            Self::Role(role) => attached("role", &role.name, &role.policies, view, &mut all)?,
        }
        Ok(all)
    }

    /// Its permissions boundary.
    ///
    /// # Errors
    /// Only when a stored policy cannot be read any more.
    pub(super) fn boundary(&self, view: &Snapshot) -> Result<Option<Policy>, ServiceError> {
        let Some(arn) = &self.policies().boundary else {
            return Ok(None);
        };
        let text = managed(arn.as_str(), view).and_then(|found| found.text());
        one(arn.as_str(), text.unwrap_or_default(), Kind::Identity).map(Some)
    }

    /// The condition keys that say who it is (`aws:PrincipalArn` and its likes).
    pub(super) fn own_keys(&self) -> Vec<(String, String)> {
        let (account, kind, id, tags): (_, _, _, &[Tag]) = match self {
            Self::User(user) => (user.account, "User", user.id.to_string(), &user.tags),
            Self::Role(role) => (role.account, "AssumedRole", role.id.to_string(), &role.tags),
            Self::Group(_) => return Vec::new(),
        };
        let mut keys = vec![
            ("aws:principalarn".to_owned(), self.arn()),
            ("aws:principalaccount".to_owned(), account.to_string()),
            ("aws:principaltype".to_owned(), kind.to_owned()),
        ];
        if let Self::User(user) = self {
            keys.push(("aws:userid".to_owned(), id));
            keys.push(("aws:username".to_owned(), user.name.clone()));
        }
        keys.extend(
            tags.iter()
                .map(|tag| (format!("aws:principaltag/{}", tag.key), tag.value.clone())),
        );
        keys
    }
}

fn attached(
    kind: &str,
    name: &str,
    policies: &Attachments,
    view: &Snapshot,
    all: &mut Vec<Policy>,
) -> Result<(), ServiceError> {
    for (inline, stored) in &policies.inline {
        let label = format!("{kind}_{name}_{inline}");
        all.push(one(&label, &stored.text, Kind::Identity)?);
    }
    for arn in &policies.managed {
        let found = managed(arn.as_str(), view);
        let label = match &found {
            Some(Managed::Aws(known)) => known.name,
            _ => split(arn.resource()).map_or(arn.as_str(), |(_, name)| name),
        };
        let text = found.as_ref().and_then(Managed::text).unwrap_or_default();
        all.push(one(label, text, Kind::Identity)?);
    }
    Ok(())
}

/// The condition keys of a simulation. It notes which were asked for and not given.
pub(super) struct Keys {
    given: Vec<(String, Vec<String>, bool)>,
    missing: RefCell<BTreeSet<String>>,
}

impl Keys {
    /// The keys of a request and, behind them, those that say who asks.
    ///
    /// # Errors
    /// `InvalidInput` for an entry without values or of a type that its values are not.
    pub(super) fn read(
        entries: Option<&Vec<ContextEntry>>,
        own: Vec<(String, String)>,
    ) -> Result<Self, ServiceError> {
        let mut given = Vec::new();
        for entry in entries.into_iter().flatten() {
            let name = entry.context_key_name.clone().unwrap_or_default();
            let values = entry.context_key_values.clone().unwrap_or_default();
            let kind = entry.context_key_type.as_ref();
            let many = kind.is_some_and(|kind| kind.as_str().ends_with("List"));
            if name.is_empty() || (values.len() != 1 && !many) {
                return Err(invalid(format!(
                    "The context key {name} needs a name and one value; several values need a \
                     list type such as stringList."
                )));
            }
            given.push((name, values, many));
        }
        given.extend(
            own.into_iter()
                .map(|(name, value)| (name, vec![value], false)),
        );
        Ok(Self {
            given,
            missing: RefCell::default(),
        })
    }

    /// The keys that were asked for and not given since the last call.
    pub(super) fn take_missing(&self) -> Vec<String> {
        std::mem::take(&mut *self.missing.borrow_mut())
            .into_iter()
            .collect()
    }
}

impl Context for Keys {
    fn get(&self, key: &ContextKey) -> Option<Value<'_>> {
        let known = |(name, ..): &&(String, Vec<String>, bool)| {
            let named = ContextKey::new(name);
            named.base() == key.base()
                && match (named.tail(), key.tail()) {
                    (Some(tail), _) => key.tail_is(tail),
                    (None, tail) => tail.is_none(),
                }
        };
        match self.given.iter().find(known) {
            Some((_, values, true)) => Some(Value::many(values.iter().map(String::as_str))),
            Some((_, values, false)) => values.first().map(|value| Value::one(value.as_str())),
            None => {
                self.missing.borrow_mut().insert(key.as_str().to_owned());
                None
            }
        }
    }
}
