//! Aliases. Each change needs permission on the alias and on every key it touches. Source: KMS API
//! reference, `CreateAlias`, `UpdateAlias`, `DeleteAlias`, `ListAliases`.

use super::key_name::{self, Forms, missing_alias};
use super::parameters::{key_resource, required, shown};
use super::{page, state_check};
use crate::chain::{
    Authorized, Demand, Interrupt, Object, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use crate::state::{Alias, AliasPlace, Key};
use claviger_model::kms::error::{
    ALREADY_EXISTS_EXCEPTION, INVALID_ALIAS_NAME_EXCEPTION, LIMIT_EXCEEDED_EXCEPTION,
};
use claviger_model::kms::{
    AliasListEntry, CreateAliasRequest, DeleteAliasRequest, ListAliasesRequest,
    ListAliasesResponse, UpdateAliasRequest,
};
use claviger_model::{KMS, Service};
use claviger_trail::Resource;
use claviger_types::{AliasArn, AliasName};
use std::sync::Arc;

/// Aliases that one key can have.
const MOST_PER_KEY: usize = 50;

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

/// An alias name that may be made or changed.
fn own_name(sent: &Option<String>) -> Result<AliasName, ServiceError> {
    let text: &str = required(sent, "aliasName")?;
    if !text.starts_with("alias/") {
        return Err(ServiceError::validation(
            KMS,
            "Alias must start with the prefix \"alias/\". Please see \
             https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        ));
    }
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

/// An alias that is there, with the key it points at.
fn existing<O: Op>(
    request: &Request<O>,
    sent: &Option<String>,
    turn: &Turn<'_>,
) -> Result<(Arc<Alias>, Arc<Key>), ServiceError> {
    let name = own_name(sent)?;
    let place = place(request, name);
    let missing = || missing_alias(&AliasArn::new(&place.1, place.0, &place.2));
    let alias = turn.current::<Alias>(&place).ok_or_else(missing)?;
    let key = turn.current::<Key>(&alias.target).ok_or_else(missing)?;
    Ok((alias, key))
}

fn room_on(key: &Key, turn: &Turn<'_>) -> Result<(), ServiceError> {
    if turn.view().aliases_of(&key.place()).count() < MOST_PER_KEY {
        return Ok(());
    }
    Err(ServiceError::new(
        &LIMIT_EXCEEDED_EXCEPTION,
        format!(
            "{} has the most aliases it can have: {MOST_PER_KEY}.",
            key.arn
        ),
    ))
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
        let name = own_name(&request.input.alias_name)?;
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
            room_on(key, turn)?;
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
        if alias.target != new.place() {
            room_on(new, turn)?;
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
        let key = authorized.resolved().as_ref().map(|k| k.place());
        let (view, region) = (turn.view(), &request.meta.region);
        let account = request.caller.trail_account();
        let (operation, marker) = ("ListAliases", input.marker.as_deref());
        let named = |a: &Arc<Alias>| (a.name.to_string(), entry(a));
        let page = match &key {
            None => page::seek(operation, marker, input.limit, page::SHORT, |last| {
                let aliases = view.aliases_in(account, region, page::key(last)?);
                Ok(aliases.map(named))
            }),
            // A key has few aliases.
            Some(key) => {
                let place = |name: &AliasName| (account, region.clone(), name.clone());
                let aliases = view
                    .aliases_of(key)
                    .filter_map(|name| view.get(&place(name)));
                page::page(
                    operation,
                    aliases.map(named),
                    marker,
                    input.limit,
                    page::SHORT,
                )
            }
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

fn entry(alias: &Alias) -> AliasListEntry {
    AliasListEntry {
        alias_name: Some(alias.name.to_string()),
        alias_arn: Some(AliasArn::new(&alias.region, alias.account, &alias.name).to_string()),
        target_key_id: Some(alias.target.id.to_string()),
        creation_date: Some(alias.created.into()),
        last_updated_date: Some(alias.updated.into()),
    }
}
