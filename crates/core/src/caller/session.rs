//! Role sessions and their tokens. A session token carries the whole session, sealed with this
//! installation's store key and bound to its access key id: nothing of it is stored, any node can
//! open it, and its end is checked at each use.

use crate::state::{PolicyText, Role, Snapshot, entity_place};
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

/// A token that this installation did not issue for that access key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session token is not valid")]
pub struct SessionError;

#[derive(Serialize, Deserialize)]
struct TokenContent {
    secret: String,
    session: Session,
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
    session: &Session,
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
) -> Result<(Secret<Vec<u8>>, Session), SessionError> {
    let bytes = STANDARD.decode(token).map_err(|_| SessionError)?;
    let sealed = Sealed::from_bytes(&bytes).map_err(|_| SessionError)?;
    let plaintext = sealer
        .open(&place(access_key_id), &sealed)
        .map_err(|_| SessionError)?;
    let content: TokenContent =
        serde_json::from_slice(plaintext.expose()).map_err(|_| SessionError)?;
    Ok((Secret::new(content.secret.into_bytes()), content.session))
}
