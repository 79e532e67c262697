//! What goes wrong while a key is set up or proved: which call, and what AWS said.

use aws_sdk_kms::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use claviger_policy::ParseErrors;
use std::error::Error;

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call} failed: {what}")]
pub struct Failed {
    /// The operation, as AWS names it.
    pub call: &'static str,
    /// AWS's code, if the service answered.
    pub code: Option<String>,
    /// AWS's code and text, or what kept the call from the service.
    pub what: String,
}

/// A key that cannot be set up or proved.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A call failed.
    #[error(transparent)]
    Call(#[from] Failed),
    /// There is no organisation instance here.
    #[error(
        "no IAM Identity Center instance is found in {region}: enable Identity Center, or use its \
         home Region"
    )]
    NoInstance {
        /// The Region that was asked.
        region: String,
    },
    /// The caller is not in the account where the key must be.
    #[error(
        "the credentials are of account {caller}, but the key must be in the account of the \
         instance, {owner}"
    )]
    WrongAccount {
        /// Whose credentials they are.
        caller: String,
        /// Who owns the instance.
        owner: String,
    },
    /// The key that the alias names does not do.
    #[error("the key {key} behind {alias} cannot be the key of Identity Center: {what}")]
    Unsuitable {
        /// The ARN of the key.
        key: String,
        /// The alias.
        alias: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// Identity Center did not take the key.
    #[error("identity center did not take the key: {status}{}", reason.as_deref().map(|r| format!(" ({r})")).unwrap_or_default())]
    NotTaken {
        /// The status of the encryption.
        status: String,
        /// AWS's reason.
        reason: Option<String>,
    },
    /// A call that must be refused was not.
    #[error("{call} by an outsider was not refused: {what}")]
    NotRefused {
        /// The operation.
        call: &'static str,
        /// What happened instead.
        what: String,
    },
    /// A call that must be refused could not be tried.
    #[error("the outsider could not try {call}: {what}")]
    NotTried {
        /// The operation.
        call: &'static str,
        /// What kept it from being tried.
        what: String,
    },
    /// A reply lacks what every such reply has.
    #[error("the reply to {call} has no {member}")]
    Incomplete {
        /// The operation.
        call: &'static str,
        /// What is missing.
        member: &'static str,
    },
    /// The policy cannot be written: a fault of this program.
    #[error("the key policy cannot be written: {0}")]
    Policy(#[from] ParseErrors),
}

/// Turns an SDK error into a [`Failed`].
pub(super) fn failed<E, R>(call: &'static str) -> impl Fn(SdkError<E, R>) -> Failed
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    move |error| {
        let code = error.code().map(str::to_owned);
        let what = match (&code, error.message()) {
            (Some(code), Some(text)) => format!("{code}: {text}"),
            (Some(code), None) => code.clone(),
            (None, _) => format!("{}", DisplayErrorContext(&error)),
        };
        Failed { call, code, what }
    }
}

/// A member that must be in a reply.
pub(super) fn required(
    call: &'static str,
    member: &'static str,
    value: Option<&str>,
) -> Result<String, Fault> {
    value
        .map(str::to_owned)
        .ok_or(Fault::Incomplete { call, member })
}
