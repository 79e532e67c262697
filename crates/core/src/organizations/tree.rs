//! The tree: `ListRoots`, `ListParents`, `ListChildren`, `ListOrganizationalUnitsForParent`,
//! `ListAccountsForParent`.

use super::error;
use super::membership::Membership;
use super::named::on_nothing;
use super::operation::operation;
use super::page::{page, sorted_page};
use crate::chain::{Facts, ServiceError};
use crate::state::{Account, OrganizationalUnit, Snapshot};
use claviger_model::organizations::error::CHILD_NOT_FOUND_EXCEPTION;
use claviger_model::organizations::{
    Child, ChildType, ListAccountsForParentRequest, ListAccountsForParentResponse,
    ListChildrenRequest, ListChildrenResponse, ListOrganizationalUnitsForParentRequest,
    ListOrganizationalUnitsForParentResponse, ListParentsRequest, ListParentsResponse,
    ListRootsRequest, ListRootsResponse, Parent, ParentType,
};
use std::sync::Arc;

/// The units and accounts directly below another, each by id.
fn units_below<'v>(
    parent: &'v str,
    view: &'v Snapshot,
) -> impl Iterator<Item = &'v Arc<OrganizationalUnit>> {
    view.all::<OrganizationalUnit>()
        .filter(move |unit| unit.parent.as_deref() == Some(parent))
}

fn accounts_below<'v>(
    parent: &'v str,
    view: &'v Snapshot,
) -> impl Iterator<Item = &'v Arc<Account>> {
    view.all::<Account>()
        .filter(move |account| account.parent.as_deref() == Some(parent))
}

/// Whether nothing is below a unit.
pub(super) fn is_empty(unit: &str, view: &Snapshot) -> bool {
    units_below(unit, view).next().is_none() && accounts_below(unit, view).next().is_none()
}

/// A root or unit that a request names as a parent.
///
/// # Errors
/// `ParentNotFoundException`.
pub(super) fn parent(
    id: Option<&String>,
    view: &Snapshot,
) -> Result<Arc<OrganizationalUnit>, ServiceError> {
    id.and_then(|id| view.get::<OrganizationalUnit>(id))
        .cloned()
        .ok_or_else(error::no_parent)
}

operation! {
    /// Lists the roots, of which there is one.
    ListRoots(ListRootsRequest) -> ListRootsResponse, Read, by Readers;
    demands: |action, _, _, _| vec![on_nothing(action, Facts::default())];
    perform: |input, membership: &Membership, turn| {
        let root = membership.root(turn.view())?;
        let shown = membership.shown_root(&root, &membership.settings().policy_types);
        let roots = std::iter::once((root.id.clone(), shown));
        let page = page("ListRoots", roots, input.next_token.as_deref(), input.max_results)?;
        Ok(ListRootsResponse { roots: Some(page.items), next_token: page.next_token })
    };
}

operation! {
    /// Lists what is directly above a unit or account.
    ListParents(ListParentsRequest) -> ListParentsResponse, Read, by Readers;
    demands: |action, input, membership, view| {
        vec![membership.on(action, membership.named(input.child_id.as_ref(), view), Facts::default())]
    };
    perform: |input, membership: &Membership, turn| {
        let child = input.child_id.as_deref().unwrap_or_default();
        let place = membership.place(child, turn.view());
        let parent = place.as_ref().and_then(super::named::Place::parent).ok_or_else(|| {
            error::refusal(&CHILD_NOT_FOUND_EXCEPTION, "You specified a child that doesn't exist.")
        })?;
        let shown = Parent { id: Some(parent.clone()), r#type: Some(parent_type(parent)) };
        let list = format!("ListParents/{child}");
        let parents = std::iter::once((parent.clone(), shown));
        let page = page(&list, parents, input.next_token.as_deref(), input.max_results)?;
        Ok(ListParentsResponse { parents: Some(page.items), next_token: page.next_token })
    };
}

fn parent_type(id: &str) -> ParentType {
    if id.starts_with("r-") {
        ParentType::Root
    } else {
        ParentType::OrganizationalUnit
    }
}

operation! {
    /// Lists the units or the accounts directly below a root or unit, by id.
    ListChildren(ListChildrenRequest) -> ListChildrenResponse, Read, by Readers;
    demands: |action, input, membership, view| {
        vec![membership.on(action, membership.named(input.parent_id.as_ref(), view), Facts::default())]
    };
    perform: |input, _, turn| {
        let parent = parent(input.parent_id.as_ref(), turn.view())?;
        let kind = input.child_type.clone().unwrap_or_default();
        let ids: Vec<String> = match kind {
            ChildType::Account => {
                accounts_below(&parent.id, turn.view()).map(|a| a.id.to_string()).collect()
            }
            _ => units_below(&parent.id, turn.view()).map(|u| u.id.clone()).collect(),
        };
        let children = ids.into_iter().map(|id| {
            let child = Child { id: Some(id.clone()), r#type: Some(kind.clone()) };
            (id, child)
        });
        let list = format!("ListChildren/{kind}/{}", parent.id);
        let page = sorted_page(&list, children, input.next_token.as_deref(), input.max_results)?;
        Ok(ListChildrenResponse { children: Some(page.items), next_token: page.next_token })
    };
}

operation! {
    /// Lists the units directly below a root or unit, by id.
    ListOrganizationalUnitsForParent(ListOrganizationalUnitsForParentRequest)
        -> ListOrganizationalUnitsForParentResponse, Read, by Readers;
    demands: |action, input, membership, view| {
        vec![membership.on(action, membership.named(input.parent_id.as_ref(), view), Facts::default())]
    };
    perform: |input, membership: &Membership, turn| {
        let parent = parent(input.parent_id.as_ref(), turn.view())?;
        let view = turn.view();
        let units = units_below(&parent.id, view)
            .map(|unit| (unit.id.clone(), membership.shown_unit(unit, view)));
        let list = format!("ListOrganizationalUnitsForParent/{}", parent.id);
        let page = page(&list, units, input.next_token.as_deref(), input.max_results)?;
        Ok(ListOrganizationalUnitsForParentResponse {
            organizational_units: Some(page.items),
            next_token: page.next_token,
        })
    };
}

operation! {
    /// Lists the accounts directly below a root or unit, by id.
    ListAccountsForParent(ListAccountsForParentRequest) -> ListAccountsForParentResponse,
        Read, by Readers;
    demands: |action, input, membership, view| {
        vec![membership.on(action, membership.named(input.parent_id.as_ref(), view), Facts::default())]
    };
    perform: |input, membership: &Membership, turn| {
        let parent = parent(input.parent_id.as_ref(), turn.view())?;
        let view = turn.view();
        let accounts = accounts_below(&parent.id, view)
            .map(|account| (account.id.to_string(), membership.shown_account(account, view)));
        let list = format!("ListAccountsForParent/{}", parent.id);
        let page = page(&list, accounts, input.next_token.as_deref(), input.max_results)?;
        Ok(ListAccountsForParentResponse {
            accounts: Some(page.items),
            next_token: page.next_token,
        })
    };
}
