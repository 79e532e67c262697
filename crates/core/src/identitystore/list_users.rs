//! `ListUsers`: users by id, a page at a time, or the one of a user name.

use super::named::{Access, NamedStore};
use super::profile::invalid;
use super::uniqueness::{USER_NAME, Unique};
use super::vault::Vault;
use super::{profile, record};
use crate::chain::{Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Turn};
use crate::state::DirectoryUser;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_model::identitystore::{ListUsersRequest, ListUsersResponse};
use claviger_model::{IDENTITYSTORE, Service};
use std::sync::Arc;

const ACTION: &str = "identitystore:ListUsers";

/// The most users of a page (the model's `MaxResults`), and the number when none is given.
const MOST: usize = 100;

/// Lists users.
pub struct ListUsers;

/// The last user id of the page before, from its token.
fn after(token: Option<&str>, store_id: &str) -> Result<Option<String>, ServiceError> {
    let Some(token) = token else {
        return Ok(None);
    };
    let wrong = || invalid("NextToken is not valid.");
    let bytes = STANDARD.decode(token).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    match text.split_once('/') {
        Some((store, user)) if store == store_id => Ok(Some(user.to_owned())),
        _ => Err(wrong()),
    }
}

/// The user name that a filter asks for: the only attribute that can be filtered by.
fn user_name(input: &ListUsersRequest) -> Result<Option<Unique>, ServiceError> {
    let Some(filter) = input.filters.as_deref().and_then(<[_]>::first) else {
        return Ok(None);
    };
    let path = filter.attribute_path.as_deref().unwrap_or_default();
    if !path.eq_ignore_ascii_case(USER_NAME) {
        return Err(invalid("filters: Users can be filtered by UserName only."));
    }
    Ok(filter.attribute_value.as_deref().map(Unique::user_name))
}

fn page(
    turn: &Turn<'_>,
    vault: &Vault,
    store_id: &str,
    wanted: Option<&Unique>,
    after: Option<&str>,
    most: usize,
) -> Vec<Arc<DirectoryUser>> {
    let view = turn.view();
    let rows = view
        .directory_users_of(store_id)
        .filter(|u| after.is_none_or(|last| u.user_id.as_str() > last));
    match wanted {
        None => rows.take(most.saturating_add(1)).cloned().collect(),
        Some(unique) => {
            let holder = view.user_with(store_id, &vault.digest(unique));
            let Some(holder) = holder.filter(|id| after.is_none_or(|last| *id > last)) else {
                return Vec::new();
            };
            let id = (store_id.to_owned(), holder.to_owned());
            turn.current::<DirectoryUser>(&id).into_iter().collect()
        }
    }
}

impl Op for ListUsers {
    type Input = ListUsersRequest;
    type Output = ListUsersResponse;
    type Resolved = NamedStore;
    const SERVICE: &'static Service = IDENTITYSTORE;
    const NAME: &'static str = "ListUsers";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<NamedStore, ServiceError> {
        let store = request.input.identity_store_id.as_deref();
        NamedStore::find(store, &request.caller, &request.meta, turn)
    }

    fn demands(
        _: &Request<Self>,
        store: &NamedStore,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(store.demands(ACTION, None))
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<ListUsersResponse, Interrupt> {
        let request = authorized.request();
        let input = &request.input;
        let store = authorized.resolved();
        let extensions = input.extensions.as_deref();
        profile::check_extension_names(extensions)?;
        let wanted = user_name(input)?;
        let last = after(input.next_token.as_deref(), store.id())?;
        let most = input.max_results.and_then(|n| usize::try_from(n).ok());
        let most = most.unwrap_or(MOST);
        let (vault, _) = Vault::open(turn, request, store, ACTION, Access::Read)?;
        let mut rows = page(
            turn,
            &vault,
            store.id(),
            wanted.as_ref(),
            last.as_deref(),
            most,
        );
        let more = rows.len() > most;
        rows.truncate(most);
        let next_token = rows
            .last()
            .filter(|_| more)
            .map(|row| STANDARD.encode(format!("{}/{}", store.id(), row.user_id)));
        let users = rows
            .iter()
            .map(|row| {
                let attributes = vault.read(turn.view(), row)?;
                Ok(profile::shown(row, attributes, extensions))
            })
            .collect::<Result<Vec<_>, ServiceError>>()?;
        Ok(ListUsersResponse {
            users: Some(users),
            next_token,
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&NamedStore>,
        _: Option<&ListUsersResponse>,
    ) -> RecordParts {
        record::request_only::<Self>(&request.input)
    }
}
