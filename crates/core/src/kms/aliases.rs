//! Aliases. Each change needs permission on the alias and on every key it touches. Source: KMS API
//! reference, `CreateAlias`, `UpdateAlias`, `DeleteAlias`, `ListAliases`.

use super::key_name::{self, Forms, missing_alias};
use super::parameters::{key_resource, required, shown};
use super::{aws_managed, page, quota_check, state_check};
use crate::chain::{
    Authorized, Demand, Interrupt, Object, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use crate::state::{Alias, AliasPlace, Key, KeyPlace};
use claviger_model::kms::error::{
    ALREADY_EXISTS_EXCEPTION, INVALID_ALIAS_NAME_EXCEPTION, NOT_FOUND_EXCEPTION,
};
use claviger_model::kms::{
    AliasListEntry, CreateAliasRequest, DeleteAliasRequest, ListAliasesRequest,
    ListAliasesResponse, UpdateAliasRequest,
};
use claviger_model::{KMS, Service};
use claviger_trail::Resource;
use claviger_types::{AccountId, AliasArn, AliasName, RegionName};
use std::sync::Arc;

/// An alias and the keys that a change touches: where it points, where it is to point.
#[derive(Debug, Clone)]
pub struct AliasChange {
    place: AliasPlace,
    keys: Vec<Arc<Key>>,
}

impl AliasChange {
    fn arn(&self) -> AliasArn {
        let (account, region, name) = &self.place;
        AliasArn::new(region, *account, name)
    }

    fn demands(&self, action: &'static str) -> Vec<Demand> {
        let mut demands = vec![Demand::new(action, Target::Alias(self.place.clone()))];
        for key in &self.keys {
            demands.push(Demand::new(action, Target::Key(Arc::clone(key))));
        }
        demands
    }

    fn resources(&self) -> Vec<Resource> {
        let mut resources: Vec<Resource> = self.keys.iter().map(|k| key_resource(k)).collect();
        resources.push(Resource::kms_key(self.place.0, self.arn().to_string()));
        resources
    }
}

fn record<O: Op>(request: &Request<O>, change: Option<&AliasChange>, done: bool) -> RecordParts {
    let key = change.filter(|_| done).and_then(|c| c.keys.last());
    RecordParts {
        parameters: shown(request),
        response: key.and_then(|k| Object::new().member("keyId", &k.arn).finish()),
        resources: change.map(AliasChange::resources).unwrap_or_default(),
        ..RecordParts::default()
    }
}

fn place<O: Op>(request: &Request<O>, name: AliasName) -> AliasPlace {
    let account = request.caller.trail_account();
    (account, request.meta.region.clone(), name)
}

/// The prefix that every alias name has.
fn with_prefix(sent: &Option<String>) -> Result<&str, ServiceError> {
    let text: &str = required(sent, "aliasName")?;
    if text.starts_with("alias/") {
        return Ok(text);
    }
    Err(ServiceError::validation(
        KMS,
        "Alias must start with the prefix \"alias/\". Please see \
         https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
    ))
}

/// A name that a customer may give.
fn new_name(sent: &Option<String>) -> Result<AliasName, ServiceError> {
    let text = with_prefix(sent)?;
    let invalid = |why: String| ServiceError::new(&INVALID_ALIAS_NAME_EXCEPTION, why);
    let name: AliasName = text
        .parse()
        .map_err(|_| invalid(format!("Alias name {text} is not valid.")))?;
    if name.is_reserved() {
        return Err(invalid(format!(
            "Alias name {name} is reserved: names beginning with alias/aws/ are AWS's."
        )));
    }
    Ok(name)
}

fn target<O: Op>(
    request: &Request<O>,
    sent: &Option<String>,
    action: &'static str,
    turn: &Turn<'_>,
) -> Result<Arc<Key>, ServiceError> {
    let text: &str = required(sent, "targetKeyId")?;
    let named = key_name::find(
        text,
        Forms::Key,
        action,
        &request.caller,
        &request.meta,
        turn,
    )?;
    Ok(named.key)
}

/// An alias that is there, with the key it points at. That of an AWS managed key is found like others:
/// its key policy lets nobody change it.
fn existing<O: Op>(
    request: &Request<O>,
    sent: &Option<String>,
    turn: &Turn<'_>,
) -> Result<(Arc<Alias>, Arc<Key>), ServiceError> {
    let text = with_prefix(sent)?;
    // A name that no alias can have is answered like one that none has.
    let name = text.parse::<AliasName>().map_err(|_| {
        let (account, region) = (request.caller.trail_account(), &request.meta.region);
        ServiceError::new(
            &NOT_FOUND_EXCEPTION,
            format!("Alias arn:aws:kms:{region}:{account}:{text} is not found."),
        )
    })?;
    let place = place(request, name);
    let missing = || missing_alias(&AliasArn::new(&place.1, place.0, &place.2));
    let alias = turn.current::<Alias>(&place).ok_or_else(missing)?;
    let key = turn.current::<Key>(&alias.target).ok_or_else(missing)?;
    Ok((alias, key))
}

/// Creates an alias.
pub struct CreateAlias;

impl Op for CreateAlias {
    type Input = CreateAliasRequest;
    type Output = ();
    type Resolved = AliasChange;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "CreateAlias";
    const READ_ONLY: bool = false;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<AliasChange, ServiceError> {
        let name = new_name(&request.input.alias_name)?;
        let key = target(
            request,
            &request.input.target_key_id,
            "kms:CreateAlias",
            turn,
        )?;
        Ok(AliasChange {
            place: place(request, name),
            keys: vec![key],
        })
    }

    fn demands(
        _: &Request<Self>,
        change: &AliasChange,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(change.demands("kms:CreateAlias"))
    }

    fn perform(authorized: &Authorized<Self>, turn: &mut Turn<'_>) -> Result<(), Interrupt> {
        let change = authorized.resolved();
        if turn.view().get::<Alias>(&change.place).is_some() {
            return Err(ServiceError::new(
                &ALREADY_EXISTS_EXCEPTION,
                format!("An alias with the name {} already exists", change.arn()),
            )
            .into());
        }
        for key in &change.keys {
            state_check::not_pending_deletion(key)?;
            quota_check::room_for_alias(key, turn)?;
            let (account, region, name) = change.place.clone();
            turn.put(Alias {
                account,
                region,
                name,
                target: key.place(),
                created: turn.now(),
                updated: turn.now(),
            });
        }
        Ok(())
    }

    fn record(
        request: &Request<Self>,
        change: Option<&AliasChange>,
        output: Option<&()>,
    ) -> RecordParts {
        record(request, change, output.is_some())
    }
}

/// The key that an alias leaves and the one that it is to name must be of one type, symmetric,
/// asymmetric or HMAC, and of one usage (KMS API reference, `UpdateAlias`).
fn same_kind(old: &Key, new: &Key, alias: &AliasArn) -> Result<(), ServiceError> {
    if old.spec.family() == new.spec.family() && old.usage == new.usage {
        return Ok(());
    }
    Err(ServiceError::validation(
        KMS,
        format!(
            "Alias {alias} cannot be associated with {}: its key type or key usage differs from that \
             of the current key.",
            new.arn
        ),
    ))
}

/// Points an alias at another key.
pub struct UpdateAlias;

impl Op for UpdateAlias {
    type Input = UpdateAliasRequest;
    type Output = ();
    type Resolved = AliasChange;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "UpdateAlias";
    const READ_ONLY: bool = false;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<AliasChange, ServiceError> {
        let (alias, old) = existing(request, &request.input.alias_name, turn)?;
        let new = target(
            request,
            &request.input.target_key_id,
            "kms:UpdateAlias",
            turn,
        )?;
        Ok(AliasChange {
            place: place(request, alias.name.clone()),
            keys: vec![old, new],
        })
    }

    fn demands(
        _: &Request<Self>,
        change: &AliasChange,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(change.demands("kms:UpdateAlias"))
    }

    /// Only the new key's state counts; the old one may be pending deletion (KMS Developer Guide,
    /// "Key states", note 10).
    fn perform(authorized: &Authorized<Self>, turn: &mut Turn<'_>) -> Result<(), Interrupt> {
        let change = authorized.resolved();
        let (Some(new), Some(alias)) = (change.keys.last(), turn.current::<Alias>(&change.place))
        else {
            return Err(missing_alias(&change.arn()).into());
        };
        state_check::not_pending_deletion(new)?;
        if let Some(old) = change.keys.first() {
            same_kind(old, new, &change.arn())?;
        }
        if alias.target != new.place() {
            quota_check::room_for_alias(new, turn)?;
        }
        turn.put(Alias {
            target: new.place(),
            updated: turn.now(),
            ..Alias::clone(&alias)
        });
        Ok(())
    }

    fn record(
        request: &Request<Self>,
        change: Option<&AliasChange>,
        output: Option<&()>,
    ) -> RecordParts {
        record(request, change, output.is_some())
    }
}

/// Deletes an alias, whatever the state of its key.
pub struct DeleteAlias;

impl Op for DeleteAlias {
    type Input = DeleteAliasRequest;
    type Output = ();
    type Resolved = AliasChange;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "DeleteAlias";
    const READ_ONLY: bool = false;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<AliasChange, ServiceError> {
        let (alias, key) = existing(request, &request.input.alias_name, turn)?;
        Ok(AliasChange {
            place: place(request, alias.name.clone()),
            keys: vec![key],
        })
    }

    fn demands(
        _: &Request<Self>,
        change: &AliasChange,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(change.demands("kms:DeleteAlias"))
    }

    fn perform(authorized: &Authorized<Self>, turn: &mut Turn<'_>) -> Result<(), Interrupt> {
        turn.delete::<Alias>(authorized.resolved().place.clone());
        Ok(())
    }

    fn record(
        request: &Request<Self>,
        change: Option<&AliasChange>,
        output: Option<&()>,
    ) -> RecordParts {
        record(request, change, output.is_some())
    }
}

/// Lists the aliases of the caller's account in the Region, all or those of one key.
pub struct ListAliases;

impl Op for ListAliases {
    type Input = ListAliasesRequest;
    type Output = ListAliasesResponse;
    type Resolved = Option<Arc<Key>>;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "ListAliases";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<Option<Arc<Key>>, ServiceError> {
        match &request.input.key_id {
            None => Ok(None),
            Some(text) => {
                let (caller, meta) = (&request.caller, &request.meta);
                let action = "kms:ListAliases";
                key_name::find_own(text, action, caller, meta, turn).map(Some)
            }
        }
    }

    fn demands(
        _: &Request<Self>,
        _: &Option<Arc<Key>>,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(vec![Demand::new("kms:ListAliases", Target::Any)])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<ListAliasesResponse, Interrupt> {
        let (input, request) = (authorized.input(), authorized.request());
        let (account, region) = (request.caller.trail_account(), &request.meta.region);
        let key = authorized.resolved().as_ref().map(|k| k.place());
        // A marker is good for the list that it was given in: of the account, the Region and the key.
        let list = match &key {
            Some(key) => format!("ListAliases/{}", key.row()),
            None => format!("ListAliases/{account}/{region}"),
        };
        let marker = input.marker.as_deref();
        let page = match &key {
            // A key has few aliases.
            Some(key) => page::page(&list, of_key(key, turn), marker, input.limit, page::SHORT),
            None => page::seek(&list, marker, input.limit, page::SHORT, |last| {
                Ok(all(account, region, page::key(last)?, turn))
            }),
        }?;
        Ok(ListAliasesResponse {
            aliases: Some(page.items),
            truncated: Some(page.truncated),
            next_marker: page.next_marker,
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&Option<Arc<Key>>>,
        _: Option<&ListAliasesResponse>,
    ) -> RecordParts {
        RecordParts {
            parameters: shown(request),
            ..RecordParts::default()
        }
    }
}

/// Entries in the order of their names, each with its name.
type Entries<'a> = Box<dyn Iterator<Item = (String, AliasListEntry)> + 'a>;

/// The aliases of one key.
fn of_key<'a>(key: &'a KeyPlace, turn: &'a Turn<'_>) -> Entries<'a> {
    let view = turn.view();
    let found = view.aliases_of(key).filter_map(|name| {
        let place = (key.account, key.region.clone(), name.clone());
        view.get::<Alias>(&place)
    });
    Box::new(found.map(|alias| entry(alias)))
}

/// The aliases of an account in a Region after one, the predefined ones that have no key yet among
/// them: these have no target and no dates (KMS API reference, `ListAliases`).
fn all<'a>(
    account: AccountId,
    region: &'a RegionName,
    after: Option<AliasName>,
    turn: &'a Turn<'_>,
) -> Entries<'a> {
    let view = turn.view();
    let mut there = view.aliases_in(account, region, after.clone()).peekable();
    let mut waiting = aws_managed::aliases()
        .filter(move |name| after.as_ref().is_none_or(|after| *name > after.as_str()))
        .filter(move |name| {
            let place = name.parse().map(|name| (account, region.clone(), name));
            place.is_ok_and(|place| view.get::<Alias>(&place).is_none())
        })
        .peekable();
    Box::new(std::iter::from_fn(move || {
        let first = match (there.peek(), waiting.peek()) {
            (Some(alias), Some(name)) => *name < alias.name.as_str(),
            (there, _) => there.is_none(),
        };
        if first {
            waiting.next().map(|name| predefined(name, account, region))
        } else {
            there.next().map(|alias| entry(alias))
        }
    }))
}

fn predefined(name: &str, account: AccountId, region: &RegionName) -> (String, AliasListEntry) {
    let entry = AliasListEntry {
        alias_name: Some(name.to_owned()),
        alias_arn: Some(format!("arn:aws:kms:{region}:{account}:{name}")),
        ..AliasListEntry::default()
    };
    (name.to_owned(), entry)
}

fn entry(alias: &Alias) -> (String, AliasListEntry) {
    let entry = AliasListEntry {
        alias_name: Some(alias.name.to_string()),
        alias_arn: Some(AliasArn::new(&alias.region, alias.account, &alias.name).to_string()),
        target_key_id: Some(alias.target.id.to_string()),
        creation_date: Some(alias.created.into()),
        last_updated_date: Some(alias.updated.into()),
    };
    (alias.name.to_string(), entry)
}
