//! The rows of Organizations. Source: Service Authorization Reference, "Actions, resources, and
//! condition keys for AWS Organizations".

use super::organization_world::Organization;
use super::{Demand, Row, World, merged};
use serde_json::{Value, json};

const WHERE: &str = "arn:aws:organizations::111122223333";
const IN: &str = "o-a1b2c3d4e5";
const ROOT: &str = "r-ab12";
const SECURITY: &str = "ou-ab12-11111111";
const WORKLOADS: &str = "ou-ab12-22222222";
const WORKLOAD: &str = "333344445555";

fn arn(kind: &str, id: &str) -> String {
    format!("{WHERE}:{kind}/{IN}/{id}")
}

fn place(id: &str) -> String {
    let kind = match id.split('-').next() {
        Some("r") => "root",
        Some("ou") => "ou",
        _ => "account",
    };
    arn(kind, id)
}

fn full_access() -> String {
    "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess".to_owned()
}

/// A demand on each of these resources, in order.
fn row(operation: &'static str, input: Value, resources: &[String]) -> Row {
    let action = format!("organizations:{operation}");
    let demands = resources.iter().map(|arn| Demand::on(&action, arn));
    Row::of("organizations", operation, input, demands.collect())
}

/// A row with the demand to tag what is not there yet.
fn tagged(row: Row, kind: &str) -> Row {
    let mut row = row;
    let tags = json!({"Tags": [{"Key": "team", "Value": "blue"}]});
    row.input = merged(row.input, tags);
    let tag = Demand::on("organizations:TagResource", format!("{WHERE}:{kind}/*"));
    row.demands.push(tag);
    row
}

pub(super) fn rows(world: &World) -> Vec<Row> {
    [
        on_nothing(&world.organization),
        in_the_tree(),
        accounts(&world.organization),
        policies(&world.organization),
        creations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn on_nothing(known: &Organization) -> Vec<Row> {
    let service = json!({"ServicePrincipal": "guardduty.amazonaws.com"});
    let request = json!({"CreateAccountRequestId": known.request});
    let all = [
        ("DescribeOrganization", json!({})),
        ("DescribeCreateAccountStatus", request),
        ("DescribeResourcePolicy", json!({})),
        ("DeleteResourcePolicy", json!({})),
        ("DisableAWSServiceAccess", service.clone()),
        ("EnableAWSServiceAccess", service),
        ("ListAWSServiceAccessForOrganization", json!({})),
        ("ListAccounts", json!({})),
        ("ListCreateAccountStatus", json!({})),
        ("ListDelegatedAdministrators", json!({})),
        ("ListPolicies", json!({"Filter": "SERVICE_CONTROL_POLICY"})),
        ("ListRoots", json!({})),
    ];
    let refused = [
        ("CreateOrganization", "AlreadyInOrganizationException"),
        ("DeleteOrganization", "OrganizationNotEmptyException"),
        ("EnableAllFeatures", "HandshakeConstraintViolationException"),
        (
            "LeaveOrganization",
            "MasterCannotLeaveOrganizationException",
        ),
    ];
    let nothing = ["*".to_owned()];
    let refused =
        refused.map(|(operation, code)| row(operation, json!({}), &nothing).ends_in(code));
    let all = all.map(|(operation, input)| row(operation, input, &nothing));
    all.into_iter().chain(refused).collect()
}

fn in_the_tree() -> Vec<Row> {
    let unit = |more: Value| merged(json!({"OrganizationalUnitId": WORKLOADS}), more);
    let parent = json!({"ParentId": ROOT});
    let root = |policy_type: &str| json!({"RootId": ROOT, "PolicyType": policy_type});
    let on_unit = [place(WORKLOADS)];
    let on_root = [place(ROOT)];
    vec![
        row("DescribeOrganizationalUnit", unit(json!({})), &on_unit),
        row(
            "UpdateOrganizationalUnit",
            unit(json!({"Name": "New"})),
            &on_unit,
        ),
        row("DeleteOrganizationalUnit", unit(json!({})), &on_unit)
            .ends_in("OrganizationalUnitNotEmptyException"),
        row("ListAccountsForParent", parent.clone(), &on_root),
        row("ListOrganizationalUnitsForParent", parent.clone(), &on_root),
        row(
            "ListChildren",
            merged(parent, json!({"ChildType": "ACCOUNT"})),
            &on_root,
        ),
        row(
            "ListParents",
            json!({"ChildId": WORKLOAD}),
            &[place(WORKLOAD)],
        ),
        row("EnablePolicyType", root("TAG_POLICY"), &on_root)
            .ends_in("PolicyTypeAlreadyEnabledException"),
        row(
            "DisablePolicyType",
            root("RESOURCE_CONTROL_POLICY"),
            &on_root,
        ),
    ]
}

fn accounts(known: &Organization) -> Vec<Row> {
    let account = |more: Value| merged(json!({"AccountId": WORKLOAD}), more);
    let on_account = [place(WORKLOAD)];
    let backup = json!({"ServicePrincipal": "backup.amazonaws.com"});
    let effective = json!({"PolicyType": "TAG_POLICY", "TargetId": WORKLOAD});
    vec![
        row("DescribeAccount", account(json!({})), &on_account),
        row("CloseAccount", account(json!({})), &on_account),
        row(
            "RemoveAccountFromOrganization",
            account(json!({})),
            &on_account,
        )
        .ends_in("ConstraintViolationException"),
        row(
            "MoveAccount",
            account(json!({"SourceParentId": WORKLOADS, "DestinationParentId": SECURITY})),
            &[place(WORKLOAD), place(WORKLOADS), place(SECURITY)],
        ),
        row(
            "RegisterDelegatedAdministrator",
            account(backup.clone()),
            &on_account,
        ),
        row(
            "DeregisterDelegatedAdministrator",
            json!({"AccountId": "222233334444", "ServicePrincipal": "sso.amazonaws.com"}),
            &[place("222233334444")],
        ),
        row(
            "ListDelegatedServicesForAccount",
            json!({"AccountId": "222233334444"}),
            &[place("222233334444")],
        ),
        row("DescribeEffectivePolicy", effective, &on_account),
        row(
            "TagResource",
            json!({"ResourceId": WORKLOAD, "Tags": [{"Key": "a", "Value": "b"}]}),
            &on_account,
        ),
        row(
            "UntagResource",
            json!({"ResourceId": known.scp, "TagKeys": ["a"]}),
            &[known.arn("service_control_policy", &known.scp)],
        ),
        row(
            "ListTagsForResource",
            json!({"ResourceId": known.delegation}),
            &[arn("resourcepolicy", &known.delegation)],
        ),
    ]
}

fn policies(known: &Organization) -> Vec<Row> {
    let scp = known.arn("service_control_policy", &known.scp);
    let of_policy = json!({"PolicyId": known.scp});
    let pair = |policy: &str, target: &str| json!({"PolicyId": policy, "TargetId": target});
    vec![
        row(
            "DescribePolicy",
            json!({"PolicyId": "p-FullAWSAccess"}),
            &[full_access()],
        ),
        row(
            "UpdatePolicy",
            merged(of_policy.clone(), json!({"Name": "Renamed"})),
            std::slice::from_ref(&scp),
        ),
        row(
            "DeletePolicy",
            of_policy.clone(),
            std::slice::from_ref(&scp),
        ),
        row(
            "ListTargetsForPolicy",
            of_policy,
            std::slice::from_ref(&scp),
        ),
        row(
            "ListPoliciesForTarget",
            json!({"TargetId": ROOT, "Filter": "SERVICE_CONTROL_POLICY"}),
            &[place(ROOT)],
        ),
        row(
            "AttachPolicy",
            pair(&known.scp, WORKLOADS),
            &[scp, place(WORKLOADS)],
        ),
        row(
            "DetachPolicy",
            pair(&known.tag_policy, ROOT),
            &[known.arn("tag_policy", &known.tag_policy), place(ROOT)],
        ),
        row(
            "PutResourcePolicy",
            json!({"Content": known.delegation_text}),
            &[arn("resourcepolicy", &known.delegation)],
        ),
    ]
}

/// Tags at creation need the permission to tag as well.
fn creations() -> Vec<Row> {
    let account = || {
        let input = json!({"Email": "new@example.com", "AccountName": "new"});
        row("CreateAccount", input, &["*".to_owned()])
    };
    let unit = || {
        let input = json!({"ParentId": WORKLOADS, "Name": "Inner"});
        row("CreateOrganizationalUnit", input, &[place(WORKLOADS)])
    };
    let policy = || {
        let input = json!({"Name": "new", "Type": "SERVICE_CONTROL_POLICY", "Description": "",
            "Content": super::organization_world::SCP});
        row("CreatePolicy", input, &["*".to_owned()])
    };
    vec![
        account(),
        tagged(account(), &format!("account/{IN}")),
        unit(),
        tagged(unit(), &format!("ou/{IN}")),
        policy(),
        tagged(policy(), &format!("policy/{IN}/service_control_policy")),
    ]
}
