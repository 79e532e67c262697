//! The principals of grants: from the text a request names one by to whom it means. Source: KMS API
//! reference, `CreateGrant` and `ListRetirableGrants`.

use crate::chain::{ServiceError, Turn};
use crate::iam::{is_service_principal, resolve_arn};
use crate::state::GrantPrincipal;
use claviger_model::KMS;
use claviger_model::kms::error::INVALID_ARN_EXCEPTION;
use claviger_types::{AccountId, Arn, InvalidName};

fn no_principal(text: &str, inside: String) -> ServiceError {
    ServiceError::new(
        &INVALID_ARN_EXCEPTION,
        format!("ARN does not refer to a valid principal: {text}"),
    )
    .with_inside(inside)
}

/// The ARN of a grant's principal: one, or an account id that stands for its root. Whether it
/// exists is not asked.
///
/// # Errors
/// `InvalidArnException` for anything but an account, user, role, session or federated user.
pub(super) fn arn(text: &str) -> Result<Arn, ServiceError> {
    let parsed: Result<Arn, InvalidName> = match text.parse::<AccountId>() {
        Ok(account) => account.root_arn().parse(),
        Err(_) => text.parse(),
    };
    let arn = parsed.map_err(|e| no_principal(text, e.to_string()))?;
    let kinds = ["user/", "role/", "assumed-role/", "federated-user/"];
    let resource = arn.resource();
    let fits = resource == "root" || kinds.iter().any(|k| resource.starts_with(k));
    if !matches!(arn.service(), "iam" | "sts") || arn.account_id().is_none() || !fits {
        return Err(no_principal(
            text,
            "a grant's principal is an account, user, role, session or federated user".to_owned(),
        ));
    }
    Ok(arn)
}

/// A service principal.
///
/// # Errors
/// `InvalidArnException` for one that there is not.
pub(super) fn service(name: &str) -> Result<GrantPrincipal, ServiceError> {
    if is_service_principal(name) {
        return Ok(GrantPrincipal::Service(name.to_owned()));
    }
    let inside = "no service principal of this name is known".to_owned();
    Err(no_principal(name, inside))
}

/// One of the two members that name a principal, if one does.
///
/// # Errors
/// As [`arn`] and [`service`]; `ValidationException` when both do.
pub(super) fn one_of(
    member: &str,
    principal: Option<&str>,
    service_principal: Option<&str>,
) -> Result<Option<GrantPrincipal>, ServiceError> {
    match (principal, service_principal) {
        (None, None) => Ok(None),
        (Some(text), None) => Ok(Some(GrantPrincipal::Iam {
            arn: arn(text)?,
            id: None,
        })),
        (None, Some(name)) => service(name).map(Some),
        (Some(_), Some(_)) => Err(ServiceError::validation(
            KMS,
            format!(
                "You can specify either {member}Principal or {member}ServicePrincipal, but not \
                 both."
            ),
        )),
    }
}

/// The principal with the entity that it means now. Only for a caller who may make or list grants:
/// the answer tells whether the entity exists.
///
/// # Errors
/// `InvalidArnException` for one that does not exist.
pub(super) fn resolve(
    principal: &GrantPrincipal,
    turn: &Turn<'_>,
) -> Result<GrantPrincipal, ServiceError> {
    let GrantPrincipal::Iam { arn, .. } = principal else {
        return Ok(principal.clone());
    };
    let id = resolve_arn(arn, turn.view()).map_err(|unknown| {
        no_principal(
            arn.as_str(),
            format!("the grant names an unknown principal: {}", unknown.0),
        )
    })?;
    Ok(GrantPrincipal::Iam {
        arn: arn.clone(),
        id,
    })
}

/// A list by service principal is for service principals, and no caller from outside is one.
///
/// # Errors
/// `ValidationException` when the filter is used.
pub(super) fn no_service_filter(member: &str, sent: Option<&String>) -> Result<(), ServiceError> {
    match sent {
        None => Ok(()),
        Some(_) => Err(ServiceError::validation(
            KMS,
            format!("{member} can be used only by callers in a service principal."),
        )),
    }
}
