//! The principal of a request, as authentication found it.

use claviger_types::{AccountId, UniqueId};

/// Who makes a request. Unique ids are those of the entity as it is now; `None` only where the
/// asker does not know them (a case file), and then names compare instead (`POL-E7`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal<'a> {
    /// The root user of an account.
    Root {
        /// The account.
        account: AccountId,
    },
    /// An IAM user.
    User {
        /// The user's account.
        account: AccountId,
        /// `arn:aws:iam::<account>:user/<path><name>`.
        arn: &'a str,
        /// The user's unique id, `AIDA…`.
        id: Option<&'a UniqueId>,
    },
    /// A session of a role.
    RoleSession {
        /// The role's account.
        account: AccountId,
        /// `arn:aws:sts::<account>:assumed-role/<name>/<session>`, without the role's path.
        session_arn: &'a str,
        /// `arn:aws:iam::<account>:role/<path><name>`.
        role_arn: &'a str,
        /// The role's unique id, `AROA…`.
        role_id: Option<&'a UniqueId>,
        /// Whether the role is a service-linked one (`POL-P8`).
        service_linked: bool,
    },
    /// A federated user's session (GetFederationToken).
    FederatedUser {
        /// The account.
        account: AccountId,
        /// `arn:aws:sts::<account>:federated-user/<name>`.
        arn: &'a str,
        /// The ARN of the user that called GetFederationToken, if known.
        user_arn: Option<&'a str>,
        /// That user's unique id.
        user_id: Option<&'a UniqueId>,
    },
    /// An AWS service calling as itself (`POL-P7`).
    Service {
        /// The service principal, `sso.amazonaws.com`.
        name: &'a str,
    },
}

impl<'a> Principal<'a> {
    /// The account the principal belongs to; services belong to none.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Root { account }
            | Self::User { account, .. }
            | Self::RoleSession { account, .. }
            | Self::FederatedUser { account, .. } => Some(*account),
            Self::Service { .. } => None,
        }
    }

    /// Whether this is an AWS service calling as itself.
    #[must_use]
    pub fn is_service(&self) -> bool {
        matches!(self, Self::Service { .. })
    }

    /// Whether this is a session of a service-linked role.
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        matches!(
            self,
            Self::RoleSession {
                service_linked: true,
                ..
            }
        )
    }

    /// The ARN that `aws:PrincipalArn` holds: the role's for a session (`POL-P3`). `None` for the
    /// root user, whose ARN is made of the account, and for services, which have none.
    #[must_use]
    pub fn policy_arn(&self) -> Option<&'a str> {
        match self {
            Self::User { arn, .. } | Self::FederatedUser { arn, .. } => Some(arn),
            Self::RoleSession { role_arn, .. } => Some(role_arn),
            Self::Root { .. } | Self::Service { .. } => None,
        }
    }
}
