//! Organisational units: create, describe, rename, delete. Source: Organizations API Reference;
//! AWS Organizations User Guide, "Quotas and service limits".

use super::error;
use super::ids::new_id;
use super::membership::Membership;
use super::operation::operation;
use super::organization::new_unit;
use super::tags;
use super::tree::{is_empty, parent};
use crate::chain::{Facts, ServiceError, Turn};
use crate::state::{OrganizationalUnit, Snapshot};
use claviger_model::organizations::error::{
    DUPLICATE_ORGANIZATIONAL_UNIT_EXCEPTION, ORGANIZATIONAL_UNIT_NOT_EMPTY_EXCEPTION,
};
use claviger_model::organizations::{
    CreateOrganizationalUnitRequest, CreateOrganizationalUnitResponse,
    DeleteOrganizationalUnitRequest, DescribeOrganizationalUnitRequest,
    DescribeOrganizationalUnitResponse, UpdateOrganizationalUnitRequest,
    UpdateOrganizationalUnitResponse,
};
use std::sync::Arc;

/// Units of an organisation.
const MOST: usize = 2000;
/// Levels of units below the root.
const DEEPEST: usize = 5;

fn unit(id: Option<&String>, view: &Snapshot) -> Result<Arc<OrganizationalUnit>, ServiceError> {
    id.and_then(|id| view.get::<OrganizationalUnit>(id))
        .filter(|unit| unit.parent.is_some())
        .cloned()
        .ok_or_else(error::no_unit)
}

/// How many units are above and including one; the root is none.
fn depth(unit: &OrganizationalUnit, view: &Snapshot) -> usize {
    let mut depth = 0;
    let mut above = unit.parent.as_ref();
    while let Some(parent) = above.and_then(|id| view.get::<OrganizationalUnit>(id)) {
        depth += 1;
        above = parent.parent.as_ref();
    }
    depth
}

/// Whether a name is free below a parent; names differ not only by case.
fn check_name(
    name: &str,
    parent: Option<&str>,
    but: Option<&str>,
    view: &Snapshot,
) -> Result<(), ServiceError> {
    let taken = view.all::<OrganizationalUnit>().any(|other| {
        other.parent.as_deref() == parent
            && Some(other.id.as_str()) != but
            && other.name.to_lowercase() == name.to_lowercase()
    });
    if taken {
        return Err(error::refusal(
            &DUPLICATE_ORGANIZATIONAL_UNIT_EXCEPTION,
            "An OU with the same name already exists.",
        ));
    }
    Ok(())
}

operation! {
    /// Makes a unit below the root or another unit.
    CreateOrganizationalUnit(CreateOrganizationalUnitRequest) -> CreateOrganizationalUnitResponse,
        Write, by Management;
    demands: |action, input, membership, view| {
        let given = tags::sent(input.tags.as_deref());
        let named = membership.named(input.parent_id.as_ref(), view);
        let facts = Facts::default().request_tags(&given);
        let mut demands = vec![membership.on(action, named, facts)];
        demands.extend(membership.tagging("ou", &given));
        demands
    };
    perform: |input, membership: &Membership, turn| {
        let parent = parent(input.parent_id.as_ref(), turn.view())?;
        let name = input.name.as_deref().unwrap_or_default();
        check_room(&parent, turn)?;
        check_name(name, Some(&parent.id), None, turn.view())?;
        let tags = tags::merged(&[], input.tags.as_deref())?;
        let root = membership.root(turn.view())?;
        let suffix = root.id.strip_prefix("r-").unwrap_or_default().to_owned();
        let id = new_id(&format!("ou-{suffix}-"), 8, turn.entropy());
        let unit = OrganizationalUnit {
            tags,
            ..new_unit(&id, name, Some(&parent.id), membership.settings())
        };
        turn.put(unit.clone());
        Ok(CreateOrganizationalUnitResponse {
            organizational_unit: Some(membership.shown_unit(&unit, turn.view())),
        })
    };
}

fn check_room(parent: &OrganizationalUnit, turn: &Turn<'_>) -> Result<(), ServiceError> {
    let units = turn.view().all::<OrganizationalUnit>();
    if units.filter(|unit| unit.parent.is_some()).count() >= MOST {
        return Err(error::constraint(
            "OU_NUMBER_LIMIT_EXCEEDED",
            "You have exceeded the number of OUs that you can have in an organization.",
        ));
    }
    if depth(parent, turn.view()) >= DEEPEST {
        return Err(error::constraint(
            "OU_DEPTH_LIMIT_EXCEEDED",
            "You attempted to create an OU tree that is too many levels deep.",
        ));
    }
    Ok(())
}

operation! {
    /// Shows a unit.
    DescribeOrganizationalUnit(DescribeOrganizationalUnitRequest)
        -> DescribeOrganizationalUnitResponse, Read, by Readers;
    demands: |action, input, membership, view| {
        let named = membership.named(input.organizational_unit_id.as_ref(), view);
        vec![membership.on(action, named, Facts::default())]
    };
    perform: |input, membership: &Membership, turn| {
        let unit = unit(input.organizational_unit_id.as_ref(), turn.view())?;
        Ok(DescribeOrganizationalUnitResponse {
            organizational_unit: Some(membership.shown_unit(&unit, turn.view())),
        })
    };
}

operation! {
    /// Renames a unit.
    UpdateOrganizationalUnit(UpdateOrganizationalUnitRequest) -> UpdateOrganizationalUnitResponse,
        Write, by Management;
    demands: |action, input, membership, view| {
        let named = membership.named(input.organizational_unit_id.as_ref(), view);
        vec![membership.on(action, named, Facts::default())]
    };
    perform: |input, membership: &Membership, turn| {
        let known = unit(input.organizational_unit_id.as_ref(), turn.view())?;
        let name = input.name.clone().unwrap_or_else(|| known.name.clone());
        check_name(&name, known.parent.as_deref(), Some(&known.id), turn.view())?;
        let unit = OrganizationalUnit { name, ..OrganizationalUnit::clone(&known) };
        turn.put(unit.clone());
        Ok(UpdateOrganizationalUnitResponse {
            organizational_unit: Some(membership.shown_unit(&unit, turn.view())),
        })
    };
}

operation! {
    /// Deletes a unit below which nothing is.
    DeleteOrganizationalUnit(DeleteOrganizationalUnitRequest) -> (), Write, by Management;
    demands: |action, input, membership, view| {
        let named = membership.named(input.organizational_unit_id.as_ref(), view);
        vec![membership.on(action, named, Facts::default())]
    };
    perform: |input, _, turn| {
        let unit = unit(input.organizational_unit_id.as_ref(), turn.view())?;
        if !is_empty(&unit.id, turn.view()) {
            return Err(error::refusal(
                &ORGANIZATIONAL_UNIT_NOT_EMPTY_EXCEPTION,
                "The specified OU is not empty. Move all accounts to another root or to other \
                 OUs, remove all child OUs, and try the operation again.",
            ));
        }
        turn.delete::<OrganizationalUnit>(unit.id.clone());
        Ok(())
    };
}
