//! What IAM says of a whole account: its alias and `GetAccountSummary`. Source: IAM API Reference;
//! IAM User Guide, "IAM and AWS STS quotas".

use super::access_key::KEYS_PER_USER;
use super::attached_policy::ATTACHED_LIMIT;
use super::document::{MANAGED_LIMIT, TRUST_LIMIT};
use super::entity::{Entity, account_of, entities_of, required};
use super::membership::GROUPS_PER_USER;
use super::operation::{NoParameters, operation};
use super::page::page;
use super::policy_version::MOST_VERSIONS;
use super::{group, policy, role, user};
use crate::chain::{Demand, ServiceError, Target};
use crate::state::{AccountAlias, Group, ManagedPolicy, Role, Snapshot, User};
use claviger_model::iam::error::{ENTITY_ALREADY_EXISTS_EXCEPTION, NO_SUCH_ENTITY_EXCEPTION};
use claviger_model::iam::{
    CreateAccountAliasRequest, DeleteAccountAliasRequest, GetAccountSummaryResponse,
    ListAccountAliasesRequest, ListAccountAliasesResponse, SummaryKeyType,
};
use claviger_types::AccountId;

/// A demand on the account as a whole, as refusals name it.
pub(super) fn demand(action: &'static str) -> Demand {
    Demand::new(action, Target::Any).shown_as("*".to_owned())
}

fn aliases_of(account: AccountId, state: &Snapshot) -> Vec<String> {
    state
        .all::<AccountAlias>()
        .filter(|alias| alias.account == account)
        .map(|alias| alias.name.clone())
        .collect()
}

operation! {
    /// Gives the account an alias, in place of the one it has.
    CreateAccountAlias(CreateAccountAliasRequest) -> (), Write, on AccountId;
    resolve: |request, _| account_of(&request.caller);
    demands: |_, _| vec![demand("iam:CreateAccountAlias")];
    perform: |input, account, turn| {
        let name = required(input.account_alias.as_ref(), "accountAlias")?;
        if turn.current::<AccountAlias>(&name.to_owned()).is_some() {
            return Err(ServiceError::new(
                &ENTITY_ALREADY_EXISTS_EXCEPTION,
                format!("The account alias {name} already exists."),
            ));
        }
        let account = *account;
        let before = aliases_of(account, turn.view());
        for old in &before {
            turn.delete::<AccountAlias>(old.clone());
        }
        turn.rest_on_fact(move |state| aliases_of(account, state) == before);
        turn.put(AccountAlias { name: name.to_owned(), account });
        Ok(())
    };
}

operation! {
    /// Takes the alias from the account.
    DeleteAccountAlias(DeleteAccountAliasRequest) -> (), Write, on AccountId;
    resolve: |request, _| account_of(&request.caller);
    demands: |_, _| vec![demand("iam:DeleteAccountAlias")];
    perform: |input, account, turn| {
        let name = required(input.account_alias.as_ref(), "accountAlias")?;
        let known = turn.current::<AccountAlias>(&name.to_owned());
        if known.is_none_or(|alias| alias.account != *account) {
            return Err(ServiceError::new(
                &NO_SUCH_ENTITY_EXCEPTION,
                format!("The account alias {name} cannot be found."),
            ));
        }
        turn.delete::<AccountAlias>(name.to_owned());
        Ok(())
    };
}

operation! {
    /// Lists the alias of the account, if it has one.
    ListAccountAliases(ListAccountAliasesRequest)
        -> ListAccountAliasesResponse, Read, on AccountId;
    resolve: |request, _| account_of(&request.caller);
    demands: |_, _| vec![demand("iam:ListAccountAliases")];
    perform: |input, account, turn| {
        let aliases = aliases_of(*account, turn.view());
        let named = aliases.iter().map(|name| (name, name.clone()));
        let page = page(named, input.marker.as_deref(), input.max_items)?;
        Ok(ListAccountAliasesResponse {
            account_aliases: Some(page.items),
            is_truncated: Some(page.is_truncated),
            marker: page.marker,
        })
    };
}

operation! {
    /// Counts what the account has, beside what it may have.
    GetAccountSummary(NoParameters) -> GetAccountSummaryResponse, Read, on AccountId;
    resolve: |request, _| account_of(&request.caller);
    demands: |_, _| vec![demand("iam:GetAccountSummary")];
    perform: |_, account, turn| {
        let counted = counts(*account, turn.view()).into_iter().chain(QUOTAS);
        let summary = counted.filter_map(|(key, count)| Some((key, i32::try_from(count).ok()?)));
        Ok(GetAccountSummaryResponse { summary_map: Some(summary.collect()) })
    };
}

/// What there is. Root users have neither keys nor passwords here, and nobody has MFA devices,
/// certificates, providers or instance profiles.
fn counts(account: AccountId, state: &Snapshot) -> Vec<(SummaryKeyType, usize)> {
    use SummaryKeyType as Key;
    let policies = || entities_of::<ManagedPolicy>(account, state).map(|(_, policy)| policy);
    let mut counts = vec![
        (Key::Users, entities_of::<User>(account, state).count()),
        (Key::Groups, entities_of::<Group>(account, state).count()),
        (Key::Roles, entities_of::<Role>(account, state).count()),
        (Key::Policies, policies().count()),
        (
            Key::PolicyVersionsInUse,
            policies().map(|policy| policy.versions.len()).sum(),
        ),
    ];
    let none = [
        Key::AccountAccessKeysPresent,
        Key::AccountMFAEnabled,
        Key::AccountPasswordPresent,
        Key::AccountSigningCertificatesPresent,
        Key::InstanceProfiles,
        Key::MFADevices,
        Key::MFADevicesInUse,
        Key::Providers,
        Key::ServerCertificates,
    ];
    counts.extend(none.into_iter().map(|key| (key, 0)));
    counts
}

/// The default quotas.
const QUOTAS: [(SummaryKeyType, usize); 20] = [
    (SummaryKeyType::AccessKeysPerUserQuota, KEYS_PER_USER),
    (SummaryKeyType::AssumeRolePolicySizeQuota, TRUST_LIMIT),
    (
        SummaryKeyType::AttachedPoliciesPerGroupQuota,
        ATTACHED_LIMIT,
    ),
    (SummaryKeyType::AttachedPoliciesPerRoleQuota, ATTACHED_LIMIT),
    (SummaryKeyType::AttachedPoliciesPerUserQuota, ATTACHED_LIMIT),
    (SummaryKeyType::GlobalEndpointTokenVersion, 1),
    (SummaryKeyType::GroupPolicySizeQuota, Group::INLINE_LIMIT),
    (SummaryKeyType::GroupsPerUserQuota, GROUPS_PER_USER),
    (SummaryKeyType::GroupsQuota, group::QUOTA.1),
    (SummaryKeyType::InstanceProfilesQuota, 1000),
    (SummaryKeyType::PoliciesQuota, policy::QUOTA),
    (SummaryKeyType::PolicySizeQuota, MANAGED_LIMIT),
    (SummaryKeyType::PolicyVersionsInUseQuota, 10_000),
    (SummaryKeyType::RolePolicySizeQuota, Role::INLINE_LIMIT),
    (SummaryKeyType::RolesQuota, role::QUOTA.1),
    (SummaryKeyType::ServerCertificatesQuota, 20),
    (SummaryKeyType::SigningCertificatesPerUserQuota, 2),
    (SummaryKeyType::UserPolicySizeQuota, User::INLINE_LIMIT),
    (SummaryKeyType::UsersQuota, user::QUOTA.1),
    (SummaryKeyType::VersionsPerPolicyQuota, MOST_VERSIONS),
];
