//! The rows of the authorisation matrix: for each operation a request and everything that must be
//! allowed before it runs. What the policies then say is generated in `lines`, and tried on the
//! installation in `world`.

mod iam_rows;
mod identity_center_rows;
mod kms_rows;
mod lines;
mod organization_world;
mod organizations_rows;
mod pairs;
mod sts_rows;
mod trail_rows;
mod world;

pub(crate) use lines::{Change, Expect, Line, Who, lines};
pub(crate) use world::{OUTSIDER, WORKER, World};

use serde_json::Value;

/// One request of an operation. Operations whose requests need different permissions have several.
pub(crate) struct Row {
    /// Botocore's folder name of the service.
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    /// A document that succeeds once everything is allowed, but for `ends_in`.
    pub(crate) input: Value,
    /// The exception that the operation ends in although everything is allowed.
    pub(crate) ends_in: Option<&'static str>,
    /// In the order in which they are checked.
    pub(crate) demands: Vec<Demand>,
    /// Why the caller needs no permission, where AWS asks for none.
    pub(crate) free: Option<&'static str>,
    pub(crate) abroad: Abroad,
}

/// One action on one resource.
#[derive(Clone)]
pub(crate) struct Demand {
    pub(crate) action: String,
    /// The resource as a policy names it.
    pub(crate) resource: String,
    /// How a refusal names it, with a blank before.
    pub(crate) shown: String,
    pub(crate) guard: Guard,
    /// Asked by a service of ours for the caller (forward access session): the refusal comes in
    /// an exception of the outer service, with a reason, and both calls are recorded.
    pub(crate) forwarded: bool,
}

/// Which policy of the resource takes part.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Guard {
    /// None: identity policies alone decide.
    Identity,
    /// The policy of a key, by ARN.
    Key(String),
    /// The trust policy of a role, by name.
    Trust(String),
    /// A grant on a key, by the key's ARN. The key policy has no say (KMS Developer Guide,
    /// "Retiring and revoking grants").
    Grant(String),
}

/// What the administrator of another account gets.
#[derive(Clone, Copy)]
pub(crate) enum Abroad {
    /// There is no such request, and why.
    Nothing(&'static str),
    /// Refused at this demand, until the policy of the resource lets the account in.
    ByInvitation(usize),
    /// Refused at this demand, whatever the policy of the resource says. Source: KMS Developer
    /// Guide, "Allowing users in other accounts to use a KMS key".
    Never(usize),
}

impl Row {
    fn of(
        service: &'static str,
        operation: &'static str,
        input: Value,
        demands: Vec<Demand>,
    ) -> Self {
        Self {
            service,
            operation,
            input,
            ends_in: None,
            demands,
            free: None,
            abroad: Abroad::Nothing("only what is in the caller's own account can be named"),
        }
    }

    fn free(self, why: &'static str) -> Self {
        Self {
            free: Some(why),
            ..self
        }
    }

    fn ends_in(self, code: &'static str) -> Self {
        Self {
            ends_in: Some(code),
            ..self
        }
    }

    fn abroad(self, abroad: Abroad) -> Self {
        Self { abroad, ..self }
    }

    /// For messages.
    pub(crate) fn title(&self) -> String {
        format!("{} {} {}", self.service, self.operation, self.input)
    }
}

impl Demand {
    /// On a resource that identity policies alone protect.
    fn on(action: impl Into<String>, resource: impl Into<String>) -> Self {
        let resource = resource.into();
        Self {
            action: action.into(),
            shown: format!(" on resource: {resource}"),
            resource,
            guard: Guard::Identity,
            forwarded: false,
        }
    }

    fn on_key(action: impl Into<String>, key: &str) -> Self {
        Self {
            guard: Guard::Key(key.to_owned()),
            ..Self::on(action, key)
        }
    }

    fn shown(self, shown: &str) -> Self {
        Self {
            shown: shown.to_owned(),
            ..self
        }
    }

    /// The request names the key by a ciphertext only, so the refusal does not name it either.
    fn by_ciphertext(self) -> Self {
        self.shown(" on the resource associated with this ciphertext")
    }

    fn forwarded(self) -> Self {
        Self {
            forwarded: true,
            ..self
        }
    }

    /// The statement that gives exactly this.
    pub(crate) fn statement(&self, effect: &str) -> Value {
        serde_json::json!({"Effect": effect, "Action": self.action, "Resource": self.resource})
    }
}

/// All rows, of all services.
pub(crate) fn rows(world: &World) -> Vec<Row> {
    [
        kms_rows::rows(world),
        sts_rows::rows(),
        iam_rows::rows(world),
        identity_center_rows::rows(world),
        trail_rows::rows(),
        organizations_rows::rows(world),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn merged(mut one: Value, other: Value) -> Value {
    one.as_object_mut()
        .unwrap()
        .extend(other.as_object().unwrap().clone());
    one
}
