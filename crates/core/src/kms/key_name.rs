//! From the text a request names a key by to the key. Source: KMS Developer Guide, "Key
//! identifiers (KeyId)"; error texts as AWS sends them.

use crate::caller::Caller;
use crate::chain::{Demand, RequestMeta, ServiceError, Target, Turn, refuse_unknown};
use crate::state::{Alias, Key, KeyPlace};
use claviger_model::KMS;
use claviger_model::kms::error::{INVALID_ARN_EXCEPTION, NOT_FOUND_EXCEPTION};
use claviger_types::{AccountId, AliasArn, AliasName, Arn, KeyArn, KeyId, RegionName};
use std::sync::Arc;

/// Which texts an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forms {
    /// Key id or key ARN.
    Key,
    /// These, and alias name or alias ARN.
    KeyOrAlias,
}

/// A key that a request named.
#[derive(Debug, Clone)]
pub struct NamedKey {
    pub(super) key: Arc<Key>,
    /// The alias the request used, for `kms:RequestAlias`.
    pub(super) alias: Option<AliasName>,
}

/// Where a name leads.
enum Place {
    Key(KeyPlace),
    Alias(AccountId, RegionName, AliasName),
}

/// Finds the key a request names.
///
/// # Errors
/// `NotFoundException` and `InvalidArnException` with AWS's texts. A key of another account that
/// does not exist is answered like one whose policy does not allow `action`, so that nobody can
/// probe for keys.
pub(super) fn find(
    name: &str,
    forms: Forms,
    action: &'static str,
    caller: &Caller,
    meta: &RequestMeta,
    turn: &Turn<'_>,
) -> Result<NamedKey, ServiceError> {
    let own = caller.trail_account();
    match read(name, forms, own, action, &meta.region)? {
        Place::Key(place) => match turn.view().get::<Key>(&place) {
            Some(key) => Ok(NamedKey {
                key: Arc::clone(key),
                alias: None,
            }),
            None if place.account == own => Err(missing_key(&place.arn())),
            None => {
                let arn = place.arn();
                Err(foreign(
                    arn.as_str(),
                    place.account,
                    action,
                    caller,
                    meta,
                    turn,
                ))
            }
        },
        Place::Alias(account, region, alias) => {
            let arn = AliasArn::new(&region, account, &alias);
            let target = turn
                .view()
                .get::<Alias>(&(account, region, alias.clone()))
                .and_then(|a| turn.view().get::<Key>(&a.target));
            match target {
                Some(key) => Ok(NamedKey {
                    key: Arc::clone(key),
                    alias: Some(alias),
                }),
                None if account == own => Err(missing_alias(&arn)),
                None => Err(foreign(
                    &arn.to_string(),
                    account,
                    action,
                    caller,
                    meta,
                    turn,
                )),
            }
        }
    }
}

/// Finds a key of the caller's own account, for operations that no demand on the key protects:
/// another account's key is answered alike whether it exists or not.
///
/// # Errors
/// As [`find`].
pub(super) fn find_own(
    name: &str,
    action: &'static str,
    caller: &Caller,
    meta: &RequestMeta,
    turn: &Turn<'_>,
) -> Result<Arc<Key>, ServiceError> {
    let key = find(name, Forms::Key, action, caller, meta, turn)?.key;
    if key.arn.account() == caller.trail_account() {
        Ok(key)
    } else {
        let arn = &key.arn;
        Err(foreign(
            arn.as_str(),
            arn.account(),
            action,
            caller,
            meta,
            turn,
        ))
    }
}

/// `Alias arn:… is not found.`
pub(super) fn missing_alias(arn: &AliasArn) -> ServiceError {
    ServiceError::new(&NOT_FOUND_EXCEPTION, format!("Alias {arn} is not found."))
}

fn missing_key(arn: &KeyArn) -> ServiceError {
    ServiceError::new(&NOT_FOUND_EXCEPTION, format!("Key '{arn}' does not exist"))
}

/// The refusal of an action on another account's key or alias that is not there, or must look so.
pub(super) fn foreign(
    arn: &str,
    account: AccountId,
    action: &'static str,
    caller: &Caller,
    meta: &RequestMeta,
    turn: &Turn<'_>,
) -> ServiceError {
    let target = Target::Arn {
        arn: arn.to_owned(),
        account,
    };
    refuse_unknown(KMS, caller, &Demand::new(action, target), meta, turn)
}

/// The refusal of an ARN that is none, as the operation of an action can say it: where the model does
/// not list `InvalidArnException`, typed SDKs know `NotFoundException` alone, which AWS answers there
/// to the ARN of another Region, in these words.
fn invalid_arn(action: &str, name: &str) -> ServiceError {
    let operation = match action.trim_start_matches("kms:") {
        name if name.starts_with("ReEncrypt") => "ReEncrypt",
        name => name,
    };
    let operation = KMS.operations.iter().find(|known| known.name == operation);
    let code = INVALID_ARN_EXCEPTION.code;
    let listed = operation.is_none_or(|o| o.errors.iter().any(|e| e.code == code));
    let shape = match listed {
        true => &INVALID_ARN_EXCEPTION,
        false => &NOT_FOUND_EXCEPTION,
    };
    ServiceError::new(shape, format!("Invalid arn {name}"))
}

fn read(
    name: &str,
    forms: Forms,
    own: AccountId,
    action: &str,
    region: &RegionName,
) -> Result<Place, ServiceError> {
    if name.starts_with("arn:") {
        return read_arn(name, forms, action, region);
    }
    if let Ok(id) = name.parse::<KeyId>() {
        return Ok(Place::Key(KeyPlace {
            account: own,
            region: region.clone(),
            id,
        }));
    }
    if forms == Forms::Key && name.starts_with("alias/") {
        return Err(no_alias_here());
    }
    if name.starts_with("alias/") {
        // An alias that cannot exist is answered like one that does not.
        return match name.parse::<AliasName>() {
            Ok(alias) => Ok(Place::Alias(own, region.clone(), alias)),
            Err(_) => Err(ServiceError::new(
                &NOT_FOUND_EXCEPTION,
                format!("Alias arn:aws:kms:{region}:{own}:{name} is not found."),
            )),
        };
    }
    Err(invalid_key_id(name))
}

fn read_arn(
    name: &str,
    forms: Forms,
    action: &str,
    region: &RegionName,
) -> Result<Place, ServiceError> {
    let invalid = || invalid_arn(action, name);
    let arn: Arn = name.parse().map_err(|_| invalid())?;
    if arn.service() != "kms" || arn.partition() != "aws" || arn.account_id().is_none() {
        return Err(invalid());
    }
    if arn.region() != region.as_str() {
        return Err(ServiceError::new(
            &NOT_FOUND_EXCEPTION,
            format!("Invalid arn {}", arn.region()),
        ));
    }
    if let Some(id) = arn.resource().strip_prefix("key/") {
        let key: KeyArn = name.parse().map_err(|_| invalid_key_id(id))?;
        return Ok(Place::Key(KeyPlace::of(&key)));
    }
    if forms == Forms::Key && arn.resource().starts_with("alias/") {
        return Err(no_alias_here());
    }
    if arn.resource().starts_with("alias/") {
        let alias: AliasArn = name.parse().map_err(|_| invalid())?;
        return Ok(Place::Alias(
            alias.account(),
            alias.region().clone(),
            alias.name().clone(),
        ));
    }
    Err(invalid())
}

/// An alias given to an operation that takes keys only.
fn no_alias_here() -> ServiceError {
    ServiceError::new(
        &INVALID_ARN_EXCEPTION,
        "Key Aliases are not supported for this operation.",
    )
}

fn invalid_key_id(name: &str) -> ServiceError {
    ServiceError::new(&NOT_FOUND_EXCEPTION, format!("Invalid keyId '{name}'"))
}
