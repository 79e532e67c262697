//! A user's attributes between the request, the encrypted document and the reply. The encrypted
//! document is the model's `User` without what its row says in the clear.

use super::named::user_arn;
use crate::chain::ServiceError;
use crate::state::DirectoryUser;
use claviger_model::identitystore::error::{CONFLICT_EXCEPTION, VALIDATION_EXCEPTION};
use claviger_model::identitystore::{CreateUserRequest, User, UserStatus};
use claviger_model::{Epoch, SensitiveString};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The only extension there is (API reference, `CreateUser`).
pub(super) const ENTERPRISE: &str = "aws:identitystore:enterprise";

/// Names that AWS keeps for itself (API reference, `CreateUser`, `UserName`).
const RESERVED: [&str; 2] = ["administrator", "awsadministrators"];

/// `ValidationException` with a text that holds no attribute.
pub(super) fn invalid(message: impl Into<Cow<'static, str>>) -> ServiceError {
    ServiceError::new(&VALIDATION_EXCEPTION, message)
}

/// The attributes of a new user.
pub(super) fn new(input: &CreateUserRequest, creator: String) -> User {
    User {
        revision: Some("1".to_owned()),
        user_name: input.user_name.clone(),
        name: input.name.clone(),
        display_name: input.display_name.clone(),
        nick_name: input.nick_name.clone(),
        profile_url: input.profile_url.clone(),
        emails: input.emails.clone(),
        addresses: input.addresses.clone(),
        phone_numbers: input.phone_numbers.clone(),
        user_type: input.user_type.clone(),
        title: input.title.clone(),
        preferred_language: input.preferred_language.clone(),
        locale: input.locale.clone(),
        timezone: input.timezone.clone(),
        user_status: Some(UserStatus::Enabled),
        photos: input.photos.clone(),
        website: input.website.clone(),
        birthdate: input.birthdate.clone(),
        roles: input.roles.clone(),
        extensions: input.extensions.clone(),
        created_by: Some(creator.clone()),
        updated_by: Some(creator),
        ..User::default()
    }
}

/// What the model leaves to the service: which attributes a user of Identity Center must have,
/// and what they may be.
///
/// # Errors
/// `ValidationException`.
pub(super) fn check(user: &User) -> Result<(), ServiceError> {
    let Some(name) = &user.user_name else {
        return Err(invalid("userName is a required attribute"));
    };
    if RESERVED.contains(&name.to_lowercase().as_str()) {
        return Err(invalid("userName: The name is reserved"));
    }
    let names = user.name.as_ref();
    let required: [(&str, Option<&SensitiveString>); 3] = [
        ("displayName", user.display_name.as_ref()),
        ("familyName", names.and_then(|n| n.family_name.as_ref())),
        ("givenName", names.and_then(|n| n.given_name.as_ref())),
    ];
    let missing: Vec<String> = required
        .iter()
        .filter(|(_, value)| value.is_none())
        .map(|(path, _)| format!("{path}: The attribute {path} is required"))
        .collect();
    if !missing.is_empty() {
        return Err(invalid(missing.join(", ")));
    }
    let primary = user.photos.iter().flatten();
    if primary.filter(|p| p.primary == Some(true)).count() > 1 {
        return Err(invalid("photos: Only one photo can be primary"));
    }
    check_extensions(user.extensions.as_ref())
}

fn check_extensions(
    extensions: Option<&BTreeMap<String, serde_json::Value>>,
) -> Result<(), ServiceError> {
    let Some(extensions) = extensions else {
        return Ok(());
    };
    if extensions.keys().any(|name| name != ENTERPRISE) {
        return Err(unknown_extension());
    }
    if extensions.values().any(|value| !value.is_object()) {
        return Err(invalid("extensions: An extension must be an object"));
    }
    Ok(())
}

/// Only one extension can be asked for.
///
/// # Errors
/// `ValidationException`.
pub(super) fn check_extension_names(names: Option<&[String]>) -> Result<(), ServiceError> {
    if names.unwrap_or_default().iter().any(|n| n != ENTERPRISE) {
        return Err(unknown_extension());
    }
    Ok(())
}

fn unknown_extension() -> ServiceError {
    invalid(format!("extensions: Only {ENTERPRISE} is supported"))
}

/// A user as replies show it. Extensions are there only when they were asked for.
pub(super) fn shown(row: &DirectoryUser, attributes: User, extensions: Option<&[String]>) -> User {
    let asked = extensions.unwrap_or_default();
    let extensions = attributes.extensions.clone().map(|all| {
        let wanted = all.into_iter().filter(|(name, _)| asked.contains(name));
        wanted.collect::<BTreeMap<_, _>>()
    });
    User {
        identity_store_id: Some(row.identity_store_id.clone()),
        user_id: Some(row.user_id.clone()),
        user_arn: Some(user_arn(&row.user_id)),
        created_at: Some(Epoch::from(row.created)),
        updated_at: Some(Epoch::from(row.updated)),
        extensions: extensions.filter(|e| !e.is_empty()),
        ..attributes
    }
}

/// A request may rest on the revision that its caller saw.
///
/// # Errors
/// `ConflictException` when the user has another by now.
pub(super) fn check_revision(user: &User, expected: Option<&str>) -> Result<(), ServiceError> {
    if expected.is_none() || expected == user.revision.as_deref() {
        return Ok(());
    }
    Err(ServiceError::new(
        &CONFLICT_EXCEPTION,
        "The user has another revision than the one given.",
    )
    .with_member("Reason", "CONCURRENT_MODIFICATION"))
}

/// The revision after one more change.
pub(super) fn next_revision(user: &User) -> String {
    let now = user.revision.as_deref().and_then(|r| r.parse::<u64>().ok());
    now.unwrap_or(0).saturating_add(1).to_string()
}
