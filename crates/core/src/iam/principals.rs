//! What the principals of a document mean at the moment it is stored: the unique ids of users and
//! roles (`POL-E7`), and the refusal of those that do not exist. Accounts outside the installation
//! count as existing, and so do their principals. Whom a principal covers is the engine's matter.

use super::service_principals::is_service_principal;
use crate::state::{Account, Role, Snapshot, User, entity_place};
use claviger_policy::{Document, PrincipalName, PrincipalType};
use claviger_types::{AccountId, Arn, UniqueId};
use std::collections::BTreeMap;

/// A principal that does not exist, by its name as written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the principal '{0}' does not exist")]
pub(crate) struct UnknownPrincipal(pub String);

impl UnknownPrincipal {
    /// The kind and name as IAM's texts give them: `"AWS":"arn:aws:iam::111122223333:role/gone"`.
    pub(crate) fn quoted(&self) -> String {
        let name = &self.0;
        let arn = name.starts_with("arn:");
        let federated = name.contains(":saml-provider/") || name.contains(":oidc-provider/");
        let kind = if arn && federated {
            "FEDERATED"
        } else if !arn && name.contains('.') {
            "SERVICE"
        } else {
            "AWS"
        };
        format!("\"{kind}\":\"{name}\"")
    }
}

/// The unique ids of all users and roles that a document names, by their ARNs.
///
/// # Errors
/// The first principal that does not exist.
pub(crate) fn resolve_principals(
    document: &Document,
    view: &Snapshot,
) -> Result<BTreeMap<Arn, UniqueId>, UnknownPrincipal> {
    let mut ids = BTreeMap::new();
    for (principal, _) in document.principals() {
        if let Some((arn, id)) = resolve(principal, view)? {
            ids.insert(arn, id);
        }
    }
    Ok(ids)
}

fn resolve(
    principal: PrincipalName<'_>,
    view: &Snapshot,
) -> Result<Option<(Arn, UniqueId)>, UnknownPrincipal> {
    let name = principal.name;
    let unknown = || UnknownPrincipal(name.to_owned());
    let exists = match principal.kind {
        PrincipalType::Everyone => true,
        PrincipalType::Service => is_service_principal(name),
        PrincipalType::Federated => is_identity_provider(name, view),
        // Canonical user ids name S3's users, whom neither keys nor roles know.
        PrincipalType::CanonicalUser => false,
        PrincipalType::Aws if name.parse::<AccountId>().is_ok() => true,
        PrincipalType::Aws if !name.starts_with("arn:") => is_unique_id(name, view),
        PrincipalType::Aws => {
            let arn: Arn = name.parse().map_err(|_| unknown())?;
            return Ok(resolve_arn(&arn, view)?.map(|id| (arn, id)));
        }
    };
    if exists { Ok(None) } else { Err(unknown()) }
}

/// The unique id of the user or role that an ARN names. `None` for what has no unique id of its
/// own (an account, a session) and for principals of accounts that are not in the installation.
///
/// # Errors
/// When the ARN names nobody: a user or role that a known account does not have, a session of
/// such a role, or no kind of principal at all.
pub(crate) fn resolve_arn(
    arn: &Arn,
    view: &Snapshot,
) -> Result<Option<UniqueId>, UnknownPrincipal> {
    let unknown = || UnknownPrincipal(arn.as_str().to_owned());
    let account = arn.account_id().ok_or_else(unknown)?;
    if arn.partition() != "aws" || !arn.region().is_empty() {
        return Err(unknown());
    }
    let foreign = view.get::<Account>(&account).is_none();
    let (kind, rest) = match arn.resource().split_once('/') {
        Some(parts) => parts,
        None => (arn.resource(), ""),
    };
    match (arn.service(), kind) {
        ("iam", "root") if rest.is_empty() => Ok(None),
        ("iam", "user" | "role") | ("sts", "assumed-role" | "federated-user")
            if rest.is_empty() =>
        {
            Err(unknown())
        }
        ("iam", "user" | "role") if foreign => Ok(None),
        ("iam", "user") => user(arn, account, rest, view).map(Some).ok_or_else(unknown),
        ("iam", "role") => role(arn, account, rest, view).map(Some).ok_or_else(unknown),
        ("sts", "assumed-role") => match rest.split_once('/') {
            Some((name, session)) if !name.is_empty() && !session.is_empty() => {
                let place = entity_place(account, name);
                let exists = foreign || view.get::<Role>(&place).is_some_and(|r| r.name == name);
                exists.then_some(None).ok_or_else(unknown)
            }
            _ => Err(unknown()),
        },
        ("sts", "federated-user") => Ok(None),
        _ => Err(unknown()),
    }
}

/// The last part of a path is the name; the whole ARN must be the entity's.
fn user(arn: &Arn, account: AccountId, rest: &str, view: &Snapshot) -> Option<UniqueId> {
    let name = rest.rsplit('/').next()?;
    let user = view.get::<User>(&entity_place(account, name))?;
    (user.arn() == arn.as_str()).then(|| user.id.clone())
}

fn role(arn: &Arn, account: AccountId, rest: &str, view: &Snapshot) -> Option<UniqueId> {
    let name = rest.rsplit('/').next()?;
    let role = view.get::<Role>(&entity_place(account, name))?;
    (role.arn() == arn.as_str()).then(|| role.id.clone())
}

/// A unique id stands for a user or role that exists; that of a deleted one names nobody.
fn is_unique_id(name: &str, view: &Snapshot) -> bool {
    let id: Option<UniqueId> = name.parse().ok();
    id.is_some_and(|id| view.principal_arn(&id).is_some())
}

/// The public providers of web identities, and providers of accounts that are not in the
/// installation. Those that are have none. Source: IAM User Guide, "AWS JSON policy elements:
/// Principal", federated principals.
fn is_identity_provider(name: &str, view: &Snapshot) -> bool {
    const PUBLIC: [&str; 4] = [
        "accounts.google.com",
        "cognito-identity.amazonaws.com",
        "graph.facebook.com",
        "www.amazon.com",
    ];
    if PUBLIC.contains(&name) {
        return true;
    }
    let Ok(arn) = name.parse::<Arn>() else {
        return false;
    };
    let provider = ["saml-provider/", "oidc-provider/"]
        .iter()
        .any(|prefix| arn.resource().len() > prefix.len() && arn.resource().starts_with(prefix));
    let foreign = arn
        .account_id()
        .is_some_and(|account| view.get::<Account>(&account).is_none());
    provider && foreign && arn.service() == "iam"
}
