//! The organisation itself: `CreateOrganization`, `DescribeOrganization`, `DeleteOrganization`,
//! `EnableAllFeatures`; and what everything that joins it gets.

use super::error;
use super::ids::new_id;
use super::membership::Membership;
use super::named::on_nothing;
use super::operation::{Nothing, operation};
use super::{record, shapes};
use crate::chain::{
    Authorized, Demand, Facts, Interrupt, Op, RecordParts, Request, ServiceError, Turn,
};
use crate::iam::ADMINISTRATOR_ACCESS;
use crate::state::{
    Account, AccountRequest, Attachments, FeatureSet, Installation, OrganizationPolicy,
    OrganizationSettings, OrganizationalUnit, PolicyKind, PolicyText, PolicyType, Role,
    TagPolicies,
};
use claviger_model::organizations::error::{
    ALREADY_IN_ORGANIZATION_EXCEPTION, CONSTRAINT_VIOLATION_EXCEPTION,
    HANDSHAKE_CONSTRAINT_VIOLATION_EXCEPTION, ORGANIZATION_NOT_EMPTY_EXCEPTION,
};
use claviger_model::organizations::{
    CreateOrganizationRequest, CreateOrganizationResponse, DescribeOrganizationResponse,
    EnableAllFeaturesResponse, Organization, OrganizationFeatureSet,
};
use claviger_model::{ORGANIZATIONS, SensitiveString, Service};
use claviger_types::{AccountId, Arn, InvalidName, UniqueId};
use std::collections::BTreeMap;

/// The role that lets the management account into accounts, where no other name is given. Source:
/// Organizations API Reference, "CreateAccount", `RoleName`.
pub(crate) const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";

const FULL_ACCESS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const RCP_FULL_ACCESS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

/// AWS's own policies. Their names are their ids without `p-`.
pub(crate) fn aws_managed_policies() -> [OrganizationPolicy; 2] {
    let policy = |key: &str, kind, text, description: &str| OrganizationPolicy {
        key: key.to_owned(),
        name: key.to_owned(),
        description: description.to_owned(),
        policy: PolicyText::new(key, kind, text, BTreeMap::new()),
        changed: None,
        tags: Vec::new(),
    };
    [
        policy(
            "FullAWSAccess",
            PolicyKind::ServiceControl,
            FULL_ACCESS,
            "Allows access to every operation",
        ),
        policy(
            "RCPFullAWSAccess",
            PolicyKind::ResourceControl,
            RCP_FULL_ACCESS,
            "Allows access to every resource",
        ),
    ]
}

/// What is attached to everything from its beginning.
fn attached(settings: &OrganizationSettings, policy_type: PolicyType) -> Vec<String> {
    let enabled = settings.policy_types.contains(&policy_type);
    let policy = policy_type.aws_managed().filter(|_| enabled);
    policy.into_iter().map(str::to_owned).collect()
}

/// A root or unit with what it has from its beginning.
pub(crate) fn new_unit(
    id: &str,
    name: &str,
    parent: Option<&str>,
    settings: &OrganizationSettings,
) -> OrganizationalUnit {
    OrganizationalUnit {
        id: id.to_owned(),
        name: name.to_owned(),
        parent: parent.map(str::to_owned),
        scps: attached(settings, PolicyType::ServiceControlPolicy),
        rcps: attached(settings, PolicyType::ResourceControlPolicy),
        tag_policies: TagPolicies::default(),
        tags: Vec::new(),
    }
}

/// An account as a member under a root or unit.
pub(crate) fn joined(account: Account, parent: &str, settings: &OrganizationSettings) -> Account {
    Account {
        parent: Some(parent.to_owned()),
        scps: attached(settings, PolicyType::ServiceControlPolicy),
        rcps: attached(settings, PolicyType::ResourceControlPolicy),
        tag_policies: TagPolicies::default(),
        ..account
    }
}

/// An account outside any organisation.
pub(super) fn departed(account: Account) -> Account {
    Account {
        parent: None,
        scps: Vec::new(),
        rcps: Vec::new(),
        tag_policies: TagPolicies::default(),
        tags: Vec::new(),
        ..account
    }
}

/// Makes the role that lets the management account into an account. Source: AWS Organizations
/// User Guide, "Accessing member accounts".
///
/// # Errors
/// For a fault of this program.
pub(crate) fn put_access_role(
    turn: &mut Turn<'_>,
    account: AccountId,
    management: AccountId,
    name: &str,
) -> Result<(), InvalidName> {
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{management}:root"}},"Action":"sts:AssumeRole"}}]}}"#
    );
    let id = UniqueId::generate("AROA", turn.entropy());
    turn.put(Role {
        account,
        name: name.to_owned(),
        path: "/".to_owned(),
        id,
        created: turn.now(),
        description: None,
        max_session_seconds: 3600,
        trust: PolicyText::new("trust", PolicyKind::Resource, &trust, BTreeMap::new()),
        tags: Vec::new(),
        policies: Attachments {
            managed: vec![ADMINISTRATOR_ACCESS.parse::<Arn>()?],
            ..Attachments::default()
        },
    });
    Ok(())
}

fn shown(membership: &Membership, management: &Account) -> Organization {
    let all = membership.settings().feature_set == FeatureSet::All;
    // AWS says not to use this member: it names service control policies alone, whatever is
    // enabled (API Reference, `Organization`).
    let available = all.then(|| shapes::policy_type(PolicyType::ServiceControlPolicy));
    Organization {
        id: Some(membership.organization.clone()),
        arn: Some(format!(
            "arn:aws:organizations::{}:organization/{}",
            membership.management, membership.organization
        )),
        feature_set: Some(if all {
            OrganizationFeatureSet::All
        } else {
            OrganizationFeatureSet::ConsolidatedBilling
        }),
        master_account_arn: Some(membership.place_arn(management.id.as_str())),
        master_account_id: Some(management.id.to_string()),
        master_account_email: Some(SensitiveString::from(management.email())),
        available_policy_types: Some(available.into_iter().collect()),
    }
}

/// Makes the organisation of this installation, with the caller's account as its management
/// account.
pub(crate) struct CreateOrganization;

impl Op for CreateOrganization {
    type Input = CreateOrganizationRequest;
    type Output = CreateOrganizationResponse;
    type Resolved = ();
    const SERVICE: &'static Service = ORGANIZATIONS;
    const NAME: &'static str = "CreateOrganization";
    const READ_ONLY: bool = false;

    fn resolve(_: &Request<Self>, _: &Turn<'_>) -> Result<(), ServiceError> {
        Ok(())
    }

    fn demands(_: &Request<Self>, (): &(), _: &Turn<'_>) -> Result<Vec<Demand>, ServiceError> {
        let action = "organizations:CreateOrganization";
        Ok(vec![on_nothing(action, Facts::default())])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<CreateOrganizationResponse, Interrupt> {
        let request = authorized.request();
        let fault = |what: &'static str| ServiceError::internal(ORGANIZATIONS, what);
        let installation = turn.current::<Installation>(&());
        let installation = installation.ok_or_else(|| fault("there is no installation"))?;
        let account = request.caller.account();
        let account = account.and_then(|id| turn.current::<Account>(&id));
        let account = account.ok_or_else(|| fault("the caller has no account"))?;
        check_free(&installation, &account)?;
        let billing = OrganizationFeatureSet::ConsolidatedBilling;
        let settings = if request.input.feature_set.as_ref() == Some(&billing) {
            OrganizationSettings {
                feature_set: FeatureSet::ConsolidatedBilling,
                policy_types: Vec::new(),
                service_access: Some(BTreeMap::new()),
                ..OrganizationSettings::default()
            }
        } else {
            OrganizationSettings {
                policy_types: vec![PolicyType::ServiceControlPolicy],
                service_access: Some(BTreeMap::new()),
                ..OrganizationSettings::default()
            }
        };
        let organization = new_id("o-", 10, turn.entropy());
        let root = new_id("r-", 4, turn.entropy());
        turn.put(Installation {
            organization: Some(organization),
            management_account: Some(account.id),
            delegated_administrators: Vec::new(),
            organization_settings: settings.clone(),
            ..Installation::clone(&installation)
        });
        for policy in aws_managed_policies() {
            turn.put(policy);
        }
        turn.put(new_unit(&root, "Root", None, &settings));
        let account = joined(Account::clone(&account), &root, &settings);
        turn.put(account.clone());
        let membership = Membership::of(&request.caller, turn.view())
            .ok_or_else(|| fault("the organisation that was made is not there"))?;
        Ok(CreateOrganizationResponse {
            organization: Some(shown(&membership, &account)),
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&()>,
        output: Option<&CreateOrganizationResponse>,
    ) -> RecordParts {
        record::parts(request, output)
    }
}

fn check_free(installation: &Installation, account: &Account) -> Result<(), ServiceError> {
    if installation.has_member(account) {
        return Err(error::refusal(
            &ALREADY_IN_ORGANIZATION_EXCEPTION,
            "The provided account is already a member of an organization.",
        ));
    }
    if installation.organization.is_some() {
        return Err(error::refusal(
            &CONSTRAINT_VIOLATION_EXCEPTION,
            "This service holds one organization, and there is one already.",
        ));
    }
    Ok(())
}

operation! {
    /// Shows the organisation to every account in it.
    DescribeOrganization(Nothing) -> DescribeOrganizationResponse, Read, by Members;
    demands: |action, _, _, _| vec![on_nothing(action, Facts::default())];
    perform: |_, membership: &Membership, turn| {
        let management = turn.view().get::<Account>(&membership.management);
        let management = management.ok_or_else(error::no_account)?;
        Ok(DescribeOrganizationResponse { organization: Some(shown(membership, management)) })
    };
}

operation! {
    /// Deletes an organisation without members, with its units and policies.
    DeleteOrganization(Nothing) -> (), Write, by Management;
    demands: |action, _, _, _| vec![on_nothing(action, Facts::default())];
    perform: |_, membership: &Membership, turn| {
        if membership.members(turn.view()).any(|account| account.id != membership.management) {
            return Err(error::refusal(
                &ORGANIZATION_NOT_EMPTY_EXCEPTION,
                "To delete an organization you must first remove all member accounts (except the \
                 master).",
            ));
        }
        take_apart(turn);
        let management = turn.current::<Account>(&membership.management);
        if let Some(management) = management {
            turn.put(departed(Account::clone(&management)));
        }
        turn.put(Installation {
            organization: None,
            delegated_administrators: Vec::new(),
            organization_settings: OrganizationSettings::default(),
            ..Installation::clone(&membership.installation)
        });
        Ok(())
    };
}

/// Deletes the units, the policies but AWS's own, and what is known of requests for accounts.
fn take_apart(turn: &mut Turn<'_>) {
    let units: Vec<String> = turn
        .view()
        .all::<OrganizationalUnit>()
        .map(|unit| unit.id.clone())
        .collect();
    for unit in units {
        turn.delete::<OrganizationalUnit>(unit);
    }
    let policies: Vec<String> = turn
        .view()
        .all::<OrganizationPolicy>()
        .filter(|policy| !policy.is_aws_managed())
        .map(|policy| crate::state::Stored::id(&**policy))
        .collect();
    for policy in policies {
        turn.delete::<OrganizationPolicy>(policy);
    }
    let requests: Vec<String> = turn
        .view()
        .all::<AccountRequest>()
        .map(|request| request.id.clone())
        .collect();
    for request in requests {
        turn.delete::<AccountRequest>(request);
    }
}

operation! {
    /// Refuses: an organisation has all features, or would need the consent of its members, for
    /// which handshakes are not served.
    EnableAllFeatures(Nothing) -> EnableAllFeaturesResponse, Write, by Management;
    demands: |action, _, _, _| vec![on_nothing(action, Facts::default())];
    perform: |_, membership: &Membership, _| {
        Err(match membership.settings().feature_set {
            FeatureSet::All => error::refusal(
                &HANDSHAKE_CONSTRAINT_VIOLATION_EXCEPTION,
                "Your organization already has all features enabled.",
            )
            .with_member("Reason", "ORGANIZATION_ALREADY_HAS_ALL_FEATURES"),
            FeatureSet::ConsolidatedBilling => error::refusal(
                &CONSTRAINT_VIOLATION_EXCEPTION,
                "This service has no handshakes: make the organization anew with all features.",
            ),
        })
    };
}
