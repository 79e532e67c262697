//! Proves a signature: the secret of the access key is opened here, used here and dropped here.
//! Reading the headers and canonicalising them is the server's.

use super::identity::{Caller, Identity};
use super::session::{SessionError, Temporary, UserSession, open_session_token};
use crate::state::{AccessKey, Account, Snapshot, Stored, User, entity_place};
use claviger_crypto::{Place, Sealer, constant_time_eq, hex, hmac_sha256};
use claviger_types::{AccountId, RegionName, Secret, Timestamp, UniqueId};
use std::sync::Arc;

/// A SigV4 signature as it was read from a request: what is claimed, nothing of it proven.
/// Source: IAM User Guide, "Create a signed AWS API request".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The access key id of the credential.
    pub access_key_id: String,
    /// `X-Amz-Security-Token`, if it was sent.
    pub session_token: Option<String>,
    /// The date of the scope, `20260105`.
    pub scope_date: String,
    /// The Region of the scope.
    pub region: RegionName,
    /// The service of the scope, such as `kms`.
    pub service: String,
    /// The whole string that was signed.
    pub string_to_sign: String,
    /// The signature, 64 lower-case hex digits.
    pub signature: String,
    /// The moment the request says it was signed.
    pub signed_at: Timestamp,
}

/// Why a signature does not make a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticationError {
    /// No active access key of that id, or a token that is not ours or not this key's.
    #[error("the access key or its session token is not valid")]
    UnknownCredential,
    /// The session is over.
    #[error("the session has expired")]
    ExpiredSession,
    /// The signature is not the one that the secret makes.
    #[error("the signature does not match")]
    WrongSignature,
    /// The stored secret cannot be opened: this installation's fault.
    #[error("the stored secret of the access key cannot be opened")]
    Unreadable,
}

/// Proves who signed a request.
///
/// # Errors
/// See [`AuthenticationError`]. Which of the causes it was is told only as far as AWS tells it.
pub fn authenticate(
    signed: &Signed,
    snapshot: &Snapshot,
    sealer: &Sealer,
    now: Timestamp,
) -> Result<Caller, AuthenticationError> {
    let Credential {
        secret,
        caller,
        expires,
    } = match &signed.session_token {
        Some(token) => session_credential(signed, token, snapshot, sealer)?,
        None => long_term_credential(signed, snapshot, sealer)?,
    };
    let expected = signature(&secret, signed);
    if !constant_time_eq(expected.as_bytes(), signed.signature.as_bytes()) {
        return Err(AuthenticationError::WrongSignature);
    }
    // After the proof, so that a stranger learns nothing of a session's end.
    if expires.is_some_and(|end| end <= now) {
        return Err(AuthenticationError::ExpiredSession);
    }
    Ok(caller)
}

/// What an access key stands for, while its signature is not proven.
struct Credential {
    secret: Secret<Vec<u8>>,
    caller: Caller,
    expires: Option<Timestamp>,
}

fn long_term_credential(
    signed: &Signed,
    snapshot: &Snapshot,
    sealer: &Sealer,
) -> Result<Credential, AuthenticationError> {
    let unknown = AuthenticationError::UnknownCredential;
    let id: UniqueId = signed.access_key_id.parse().map_err(|_| unknown)?;
    let key = snapshot.get::<AccessKey>(&id).ok_or(unknown)?;
    if !key.active {
        return Err(unknown);
    }
    let (name, user_id) = &key.user;
    let user = snapshot
        .get::<User>(&entity_place(key.account, name))
        .filter(|user| &user.id == user_id)
        .ok_or(unknown)?;
    let place = Place {
        collection: AccessKey::COLLECTION,
        row: id.as_str(),
        version: 1,
    };
    let secret = sealer
        .open(&place, &key.secret)
        .map_err(|_| AuthenticationError::Unreadable)?;
    of_working_account(key.account, snapshot)?;
    Ok(Credential {
        secret,
        caller: Caller::proven(Identity::User(Arc::clone(user)), id),
        expires: None,
    })
}

fn session_credential(
    signed: &Signed,
    token: &str,
    snapshot: &Snapshot,
    sealer: &Sealer,
) -> Result<Credential, AuthenticationError> {
    let unknown = AuthenticationError::UnknownCredential;
    let id: UniqueId = signed.access_key_id.parse().map_err(|_| unknown)?;
    let (secret, session) =
        open_session_token(&id, token, sealer).map_err(|SessionError| unknown)?;
    // IAM does not know the keys of sessions that users get for themselves or for others (STS API
    // Reference, "GetSessionToken" and "GetFederationToken").
    if signed.service == "iam" && !matches!(session, Temporary::Role(_)) {
        return Err(unknown);
    }
    of_working_account(session.account(), snapshot)?;
    let expires = Some(session.expires());
    let user = |session: &UserSession| session.user(snapshot).cloned().ok_or(unknown);
    let caller = match session {
        // A role that was deleted, or deleted and made again, ends its sessions (POL-E7).
        Temporary::Role(session) if session.role(snapshot).is_none() => return Err(unknown),
        Temporary::Role(session) => Caller::proven(Identity::Session(Arc::new(session)), id),
        Temporary::User(session) => {
            let user = user(&session)?;
            Caller::proven(Identity::User(user), id).within(session)
        }
        Temporary::Federated(session) => {
            user(&session.by)?;
            Caller::proven(Identity::Federated(Arc::new(session)), id)
        }
    };
    Ok(Credential {
        secret,
        caller,
        expires,
    })
}

/// The credentials of a closed account are not valid. Source: AWS Account Management Reference
/// Guide, "Close an AWS account".
fn of_working_account(account: AccountId, snapshot: &Snapshot) -> Result<(), AuthenticationError> {
    match snapshot.get::<Account>(&account) {
        Some(account) if account.is_suspended() => Err(AuthenticationError::UnknownCredential),
        _ => Ok(()),
    }
}

/// The signature a secret makes: four HMACs derive the key, the fifth signs. Source: IAM User
/// Guide, "Create a signed AWS API request", steps 4 and 5.
fn signature(secret: &Secret<Vec<u8>>, signed: &Signed) -> String {
    let mut start = Secret::new(b"AWS4".to_vec());
    start.expose_mut().extend_from_slice(secret.expose());
    let date = hmac_sha256(start.expose(), signed.scope_date.as_bytes());
    let region = hmac_sha256(&date, signed.region.as_str().as_bytes());
    let service = hmac_sha256(&region, signed.service.as_bytes());
    let key = hmac_sha256(&service, b"aws4_request");
    let signature = hmac_sha256(&key, signed.string_to_sign.as_bytes());
    hex(&signature)
}
