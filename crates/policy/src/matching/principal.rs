//! What a principal's name in a policy or grant means, and whom it covers (`POL-E7`, `POL-P2`,
//! `POL-P3`, `POL-P7`).

use crate::request::Principal;
use claviger_types::{AccountId, UniqueId};

/// The kinds of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameKind {
    /// An account id, or the ARN of an account's root.
    Account(AccountId),
    /// The ARN of a user.
    User,
    /// The ARN of a role.
    Role,
    /// The ARN of one session of a role.
    Session,
    /// The ARN of a federated user's session.
    FederatedUser,
    /// The bare unique id of a user or role (`POL-E7`).
    UniqueId,
    /// A service principal.
    Service,
    /// Nothing that is a principal.
    Other,
}

/// Reads the kind of a name off its form. Source: IAM User Guide, "Principal".
pub(crate) fn kind_of(name: &str) -> NameKind {
    // The length first: a name that is refused costs a text for its error.
    if name.len() == 12
        && let Ok(account) = name.parse()
    {
        return NameKind::Account(account);
    }
    if let Some(rest) = name.strip_prefix("arn:") {
        let mut parts = rest.splitn(5, ':');
        let (_partition, service, region) = (parts.next(), parts.next(), parts.next());
        let account: Option<AccountId> = parts.next().and_then(|a| a.parse().ok());
        let (Some(account), Some(resource), Some("")) = (account, parts.next(), region) else {
            return NameKind::Other;
        };
        return match (service, resource.split_once('/')) {
            (Some("iam"), None) if resource == "root" => NameKind::Account(account),
            (Some("iam"), Some(("user", name))) if !name.is_empty() => NameKind::User,
            (Some("iam"), Some(("role", name))) if !name.is_empty() => NameKind::Role,
            (Some("sts"), Some(("assumed-role", session))) if session.contains('/') => {
                NameKind::Session
            }
            (Some("sts"), Some(("federated-user", name))) if !name.is_empty() => {
                NameKind::FederatedUser
            }
            _ => NameKind::Other,
        };
    }
    let unique =
        (name.starts_with("AIDA") || name.starts_with("AROA")) && name.parse::<UniqueId>().is_ok();
    let label =
        |l: &str| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if unique {
        NameKind::UniqueId
    } else if name.contains('.') && name.split('.').all(label) {
        NameKind::Service
    } else {
        NameKind::Other
    }
}

/// How a name covers a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cover {
    /// It names the account: the principal's own account decides (`POL-P2`).
    Account,
    /// It names the role of the session, or the user behind a federated session (`POL-P4`).
    Through,
    /// It names exactly this principal.
    Named,
}

/// Whether a name covers a principal. `id` is the unique id that the name meant when it was
/// stored; where both sides know one, ids decide and not names (`POL-E7`).
pub(crate) fn covers(
    kind: NameKind,
    name: &str,
    id: Option<&UniqueId>,
    principal: &Principal<'_>,
) -> Option<Cover> {
    let same = |own: Option<&UniqueId>, arn: &str| match (id, own) {
        (Some(meant), Some(own)) => meant == own,
        _ => name == arn,
    };
    let is_id = |own: Option<&UniqueId>| own.is_some_and(|own| own.as_str() == name);
    match (kind, principal) {
        (NameKind::Account(account), Principal::Root { account: own }) => {
            (account == *own).then_some(Cover::Named)
        }
        (NameKind::Account(account), other) => {
            (other.account() == Some(account)).then_some(Cover::Account)
        }
        (NameKind::User, Principal::User { arn, id, .. }) => same(*id, arn).then_some(Cover::Named),
        (
            NameKind::User,
            Principal::FederatedUser {
                user_arn: Some(arn),
                user_id,
                ..
            },
        ) => same(*user_id, arn).then_some(Cover::Through),
        (
            NameKind::Role,
            Principal::RoleSession {
                role_arn, role_id, ..
            },
        ) => same(*role_id, role_arn).then_some(Cover::Through),
        (NameKind::Session, Principal::RoleSession { session_arn, .. }) => {
            (name == *session_arn).then_some(Cover::Named)
        }
        (NameKind::FederatedUser, Principal::FederatedUser { arn, .. }) => {
            (name == *arn).then_some(Cover::Named)
        }
        (NameKind::UniqueId, Principal::User { id, .. }) => is_id(*id).then_some(Cover::Named),
        (NameKind::UniqueId, Principal::RoleSession { role_id: id, .. })
        | (NameKind::UniqueId, Principal::FederatedUser { user_id: id, .. }) => {
            is_id(*id).then_some(Cover::Through)
        }
        (NameKind::Service, Principal::Service { name: own }) => {
            (name == *own).then_some(Cover::Named)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: IAM User Guide, "Principal".
    #[test]
    fn kinds_of_names() {
        let account = NameKind::Account("111122223333".parse().unwrap());
        for (name, expect) in [
            ("111122223333", account),
            ("11112222333", NameKind::Other),
            ("11112222333a", NameKind::Other),
            ("arn:aws:iam::111122223333:root", account),
            ("arn:aws:iam::111122223333:roots", NameKind::Other),
            ("arn:aws:sts::111122223333:root", NameKind::Other),
            ("arn:aws:iam::111122223333:user/alice", NameKind::User),
            ("arn:aws:iam::111122223333:user/team/alice", NameKind::User),
            ("arn:aws:iam::111122223333:user/", NameKind::Other),
            ("arn:aws:iam::111122223333:user", NameKind::Other),
            ("arn:aws:iam::111122223333:group/g", NameKind::Other),
            ("arn:aws:iam::1111:user/alice", NameKind::Other),
            (
                "arn:aws:iam:us-east-1:111122223333:user/alice",
                NameKind::Other,
            ),
            ("arn:aws:sts::111122223333:user/alice", NameKind::Other),
            ("arn:aws:s3::111122223333:role/R", NameKind::Other),
            ("arn:aws:iam::111122223333:role/R", NameKind::Role),
            ("arn:aws:iam::111122223333:role/", NameKind::Other),
            (
                "arn:aws:sts::111122223333:assumed-role/R/s",
                NameKind::Session,
            ),
            ("arn:aws:sts::111122223333:assumed-role/R", NameKind::Other),
            (
                "arn:aws:iam::111122223333:assumed-role/R/s",
                NameKind::Other,
            ),
            (
                "arn:aws:sts::111122223333:federated-user/f",
                NameKind::FederatedUser,
            ),
            ("arn:aws:sts::111122223333:federated-user/", NameKind::Other),
            ("arn:aws:iam::111122223333", NameKind::Other),
            ("AIDAEXAMPLEEXAMPLE001", NameKind::UniqueId),
            ("AROAEXAMPLEEXAMPLE001", NameKind::UniqueId),
            ("AKIAEXAMPLEEXAMPLE001", NameKind::Other),
            ("AIDA.example.com", NameKind::Service),
            ("sso.amazonaws.com", NameKind::Service),
            ("cks.kms-2.amazonaws.com", NameKind::Service),
            ("sso", NameKind::Other),
            ("sso..com", NameKind::Other),
            ("s_o.amazonaws.com", NameKind::Other),
            ("*", NameKind::Other),
        ] {
            assert_eq!(kind_of(name), expect, "{name}");
        }
    }
}
