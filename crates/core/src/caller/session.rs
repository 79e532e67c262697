//! Sessions and their tokens. A session token carries the whole session, sealed with this
//! installation's store key and bound to its access key id: nothing of it is stored, any node can
//! open it, and its end is checked at each use.

use crate::state::{PolicyText, Role, Snapshot, User, entity_place};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_crypto::{Place, Sealed, Sealer};
use claviger_types::{AccountId, Entropy, Secret, Tag, Timestamp, UniqueId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use zeroize::Zeroize;

/// A session of a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The role's account.
    pub account: AccountId,
    /// The role's name.
    pub role_name: String,
    /// The role's unique id; a role made again has another.
    pub role_id: UniqueId,
    /// The role's ARN, with its path.
    pub role_arn: String,
    /// RoleSessionName.
    pub name: String,
    /// When the session began (`aws:TokenIssueTime`).
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// Session policies, managed and inline; `None` when none were passed.
    pub policies: Option<Vec<PolicyText>>,
    /// Session tags.
    pub tags: Vec<Tag>,
    /// Keys of the session tags that pass on when roles are chained.
    pub transitive_tags: Vec<String>,
    /// SourceIdentity, if it was set.
    pub source_identity: Option<String>,
}

impl Session {
    /// `arn:aws:sts::<account>:assumed-role/<role>/<session>`: without the role's path.
    #[must_use]
    pub fn arn(&self) -> String {
        format!(
            "arn:aws:sts::{}:assumed-role/{}/{}",
            self.account, self.role_name, self.name
        )
    }

    /// The role as a snapshot has it, if it is still the same role.
    #[must_use]
    pub fn role<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s Arc<Role>> {
        snapshot
            .get::<Role>(&entity_place(self.account, &self.role_name))
            .filter(|role| role.id == self.role_id)
    }
}

/// A user's own session (`GetSessionToken`): the user itself, for a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserSession {
    /// The user's account.
    pub account: AccountId,
    /// The user's name.
    pub user_name: String,
    /// The user's unique id; a user made again has another.
    pub user_id: UniqueId,
    /// When the session began (`aws:TokenIssueTime`).
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

impl UserSession {
    /// The user as a snapshot has it, if it is still the same user.
    #[must_use]
    pub fn user<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s Arc<User>> {
        snapshot
            .get::<User>(&entity_place(self.account, &self.user_name))
            .filter(|user| user.id == self.user_id)
    }
}

/// A session of a federated user (`GetFederationToken`): somebody whom a user vouches for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FederatedSession {
    /// The session of the user who vouches.
    pub by: UserSession,
    /// That user's ARN, with its path.
    pub user_arn: String,
    /// The federated user's name.
    pub name: String,
    /// Session policies, managed and inline. Without any the session has no permissions but those
    /// of policies that name it.
    pub policies: Vec<PolicyText>,
    /// Session tags.
    pub tags: Vec<Tag>,
}

impl FederatedSession {
    /// `arn:aws:sts::<account>:federated-user/<name>`.
    #[must_use]
    pub fn arn(&self) -> String {
        format!(
            "arn:aws:sts::{}:federated-user/{}",
            self.by.account, self.name
        )
    }

    /// `<account>:<name>`, the federated user's id.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}:{}", self.by.account, self.name)
    }
}

/// What temporary credentials stand for. Each kind has members that the others lack, by which a
/// token tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Temporary {
    /// A session of a role.
    Role(Session),
    /// A user's own session.
    User(UserSession),
    /// A session of a federated user.
    Federated(FederatedSession),
}

impl Temporary {
    /// When they end.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        match self {
            Self::Role(session) => session.expires,
            Self::User(session) => session.expires,
            Self::Federated(session) => session.by.expires,
        }
    }

    /// The account that they are of.
    #[must_use]
    pub fn account(&self) -> AccountId {
        match self {
            Self::Role(session) => session.account,
            Self::User(session) => session.account,
            Self::Federated(session) => session.by.account,
        }
    }
}

/// A token that this installation did not issue for that access key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session token is not valid")]
pub struct SessionError;

#[derive(Serialize, Deserialize)]
struct TokenContent {
    secret: String,
    session: Temporary,
}

const COLLECTION: &str = "sts.session";

fn place(access_key_id: &UniqueId) -> Place<'_> {
    Place {
        collection: COLLECTION,
        row: access_key_id.as_str(),
        version: 1,
    }
}

/// Issues the token of a session for an access key (`ASIA…`) and its secret.
///
/// # Errors
/// When the session cannot be encoded or sealed, which no session of this crate brings about.
pub fn issue_session_token(
    access_key_id: &UniqueId,
    secret: &str,
    session: &Temporary,
    sealer: &Sealer,
    entropy: &mut dyn Entropy,
) -> Result<String, SessionError> {
    let mut content = TokenContent {
        secret: secret.to_owned(),
        session: session.clone(),
    };
    let plaintext = Secret::new(serde_json::to_vec(&content).map_err(|_| SessionError)?);
    content.secret.zeroize();
    let sealed = sealer
        .seal(&place(access_key_id), plaintext.expose(), entropy)
        .map_err(|_| SessionError)?;
    Ok(STANDARD.encode(sealed.to_bytes()))
}

/// Opens a token: the secret and the session it was issued for.
pub(super) fn open_session_token(
    access_key_id: &UniqueId,
    token: &str,
    sealer: &Sealer,
) -> Result<(Secret<Vec<u8>>, Temporary), SessionError> {
    let bytes = STANDARD.decode(token).map_err(|_| SessionError)?;
    let sealed = Sealed::from_bytes(&bytes).map_err(|_| SessionError)?;
    let plaintext = sealer
        .open(&place(access_key_id), &sealed)
        .map_err(|_| SessionError)?;
    let content: TokenContent =
        serde_json::from_slice(plaintext.expose()).map_err(|_| SessionError)?;
    Ok((Secret::new(content.secret.into_bytes()), content.session))
}
