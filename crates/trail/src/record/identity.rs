//! Who acted: the member `userIdentity` in all the forms that Claviger writes. Source: CloudTrail
//! User Guide, "CloudTrail userIdentity element". The form `Directory` and `Unknown` are AWS's
//! alone; a [`crate::RecordView`] reads them as it reads any other.

use claviger_types::{AccountId, Timestamp};
use std::borrow::Cow;

/// The actor of a record, as its receiver may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserIdentity {
    /// The root user of an account.
    Root(Principal),
    /// An IAM user.
    IamUser(Principal),
    /// A session of a role.
    AssumedRole(Principal),
    /// A role itself, without a session; a service acts so on its own behalf.
    Role(Principal),
    /// A session of a federated user (`GetFederationToken`).
    FederatedUser(Principal),
    /// A user of a SAML provider, asking for a session.
    SamlUser(External),
    /// A user of a web identity provider, asking for a session.
    WebIdentityUser(External),
    /// A user of IAM Identity Center with a bearer token.
    IdentityCenterUser {
        /// The account of the instance.
        account_id: AccountId,
        /// The user's id in the identity store.
        user_id: String,
        /// The identity store.
        identity_store_arn: String,
        /// The id of the credential that was used.
        credential_id: Option<String>,
    },
    /// An AWS service for itself.
    AwsService {
        /// The service principal, such as `sso.amazonaws.com`.
        invoked_by: Cow<'static, str>,
    },
    /// A principal of another account, of whom the receiver learns the id only.
    AwsAccount {
        /// The unique id, for sessions followed by `:` and the session's name.
        principal_id: String,
        /// Whose principal it is.
        account_id: AccountId,
        /// The service that called on the principal's behalf.
        invoked_by: Option<Cow<'static, str>>,
    },
    /// The service itself in a service event. This form has no `type`.
    Internal {
        /// The account that the event is about.
        account_id: AccountId,
        /// `AWS Internal`.
        invoked_by: Cow<'static, str>,
    },
}

/// A principal of IAM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The unique id (`AIDA…`); for a role session `AROA…:session`; for root the account id.
    pub principal_id: String,
    /// The ARN; for a session its `assumed-role` or `federated-user` ARN.
    pub arn: String,
    /// Whose principal it is.
    pub account_id: AccountId,
    /// The access key that signed the request.
    pub access_key_id: Option<String>,
    /// The user's name. Sessions have it in their issuer instead.
    pub user_name: Option<String>,
    /// The session, if temporary credentials were used.
    pub session: Option<SessionContext>,
    /// The service that called on the principal's behalf (a forward access session).
    pub invoked_by: Option<Cow<'static, str>>,
}

/// The session behind temporary credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionContext {
    /// What gave the session; none for a user's own session.
    pub issuer: Option<SessionIssuer>,
    /// When the credentials were made.
    pub creation_date: Timestamp,
    /// Whether they were asked for with a second factor.
    pub mfa_authenticated: bool,
    /// The source identity that was set on the way.
    pub source_identity: Option<String>,
}

/// The role or user behind a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionIssuer {
    /// `Role`, `IAMUser` or `Root`.
    pub kind: &'static str,
    /// The unique id (`AROA…`).
    pub principal_id: String,
    /// The ARN, with its path.
    pub arn: String,
    /// The account.
    pub account_id: AccountId,
    /// The name of the role or user.
    pub user_name: Option<String>,
}

/// A user whom an identity provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// The provider's id of the user, as AWS composes it.
    pub principal_id: String,
    /// The user's name at the provider.
    pub user_name: Option<String>,
    /// The provider.
    pub identity_provider: String,
}
