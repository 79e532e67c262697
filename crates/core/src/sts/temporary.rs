//! What the operations that give temporary credentials have in common: making them, who may not ask
//! for them, what is not offered, what a record shows. Sources: STS API Reference; IAM User Guide,
//! "Compare AWS STS credentials".

use crate::caller::{
    Caller, Identity, Temporary, issue_session_token, new_temporary_access_key_id,
};
use crate::chain::{Object, ServiceError, Turn};
use claviger_model::sts::Credentials;
use claviger_model::{STS, SensitiveString};
use claviger_trail::Json;
use claviger_types::Timestamp;

/// Kinds of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of a role.
    Role,
    /// Of a user, by `GetSessionToken`.
    User,
    /// Of a federated user.
    Federated,
}

/// The kind of session that a caller is in.
fn kind(caller: &Caller) -> Option<Kind> {
    match caller.identity() {
        Identity::User(_) => caller.user_session().map(|_| Kind::User),
        Identity::Session(_) => Some(Kind::Role),
        Identity::Federated(_) => Some(Kind::Federated),
        Identity::Service(_) => None,
    }
}

/// An operation that sessions of some kinds cannot call.
///
/// # Errors
/// `AccessDenied`.
pub(super) fn not_in_sessions(
    caller: &Caller,
    operation: &str,
    kinds: &[Kind],
) -> Result<(), ServiceError> {
    match kind(caller) {
        Some(kind) if kinds.contains(&kind) => Err(ServiceError::access_denied(
            STS,
            format!("Cannot call {operation} with session credentials"),
        )),
        _ => Ok(()),
    }
}

/// There are no MFA devices, so no code can be right.
///
/// # Errors
/// `AccessDenied` when a device or a code was given.
pub(super) fn no_second_factor(
    serial_number: Option<&String>,
    token_code: Option<&String>,
) -> Result<(), ServiceError> {
    if serial_number.is_none() && token_code.is_none() {
        return Ok(());
    }
    Err(ServiceError::access_denied(
        STS,
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA \
         serial number is valid and associated with this user.",
    ))
}

/// Tokens are not padded to a size.
///
/// # Errors
/// `ValidationError` when a size was given.
pub(super) fn no_padding(minimum_size: Option<i32>) -> Result<(), ServiceError> {
    if minimum_size.is_some_and(|size| size > 0) {
        return Err(ServiceError::validation(
            STS,
            "MinimumSessionTokenSize is not supported by this service.",
        ));
    }
    Ok(())
}

/// A new access key, its secret and the token that carries the session; nothing of it is stored.
///
/// # Errors
/// Only for a fault of this installation.
pub(super) fn credentials(
    session: &Temporary,
    turn: &mut Turn<'_>,
) -> Result<Credentials, ServiceError> {
    let id = new_temporary_access_key_id(session.account(), turn.entropy())
        .map_err(|e| ServiceError::internal(STS, e.to_string()))?;
    let secret = crate::iam::new_secret_access_key(turn);
    let sealer = turn.sealer();
    let token = issue_session_token(&id, secret.expose(), session, sealer, turn.entropy())
        .map_err(|e| ServiceError::internal(STS, e.to_string()))?;
    Ok(Credentials {
        access_key_id: Some(id.to_string()),
        secret_access_key: Some(SensitiveString::from(secret.expose().as_str())),
        session_token: Some(token),
        expiration: Some(Timestamp::from_seconds(session.expires().seconds()).into()),
    })
}

/// What a record shows of credentials: neither secret nor token, which is as good as the session.
pub(super) fn shown(credentials: &Credentials) -> Option<Json> {
    let shown = Object::new().maybe("accessKeyId", credentials.access_key_id.as_deref());
    match credentials.expiration {
        Some(expiration) => shown.date("expiration", expiration.into()).finish(),
        None => shown.finish(),
    }
}
