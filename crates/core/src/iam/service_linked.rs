//! Service-linked roles: `CreateServiceLinkedRole`, `DeleteServiceLinkedRole`,
//! `GetServiceLinkedRoleDeletionStatus`. Sources: IAM API Reference; the pages on service-linked
//! roles of the guides of IAM Identity Center, KMS, Organizations and CloudTrail, whose roles these
//! are. No service here uses them: they are there, and decided for, as SCPs and RCPs see them.

use super::create::check_room;
use super::entity::{Named, account_of, required};
use super::operation::operation;
use super::{reply, role};
use crate::caller::Caller;
use crate::chain::{Demand, Facts, ServiceError, Target};
use crate::state::{Attachments, DeletionTask, PolicyKind, PolicyText, Role, entity_place};
use claviger_model::IAM;
use claviger_model::iam::error::{INVALID_INPUT_EXCEPTION, NO_SUCH_ENTITY_EXCEPTION};
use claviger_model::iam::{
    CreateServiceLinkedRoleRequest, CreateServiceLinkedRoleResponse,
    DeleteServiceLinkedRoleRequest, DeleteServiceLinkedRoleResponse, DeletionTaskStatusType,
    GetServiceLinkedRoleDeletionStatusRequest, GetServiceLinkedRoleDeletionStatusResponse,
};
use claviger_types::{AccountId, UniqueId, uuid_v4};
use std::collections::BTreeMap;

/// Service, name of the role, name of its policy.
const SERVICES: [(&str, &str, &str); 5] = [
    (
        "cks.kms.amazonaws.com",
        "AWSServiceRoleForKeyManagementServiceCustomKeyStores",
        "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
    ),
    (
        "cloudtrail.amazonaws.com",
        "AWSServiceRoleForCloudTrail",
        "CloudTrailServiceRolePolicy",
    ),
    (
        "mrk.kms.amazonaws.com",
        "AWSServiceRoleForKeyManagementServiceMultiRegionKeys",
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
    ),
    (
        "organizations.amazonaws.com",
        "AWSServiceRoleForOrganizations",
        "AWSOrganizationsServiceTrustPolicy",
    ),
    (
        "sso.amazonaws.com",
        "AWSServiceRoleForSSO",
        "AWSSSOServiceRolePolicy",
    ),
];

fn invalid(text: String) -> ServiceError {
    ServiceError::new(&INVALID_INPUT_EXCEPTION, text)
}

/// A service-linked role that is asked for.
pub(crate) struct Linked {
    account: AccountId,
    service: &'static str,
    name: &'static str,
    policy: &'static str,
}

impl Linked {
    fn read(caller: &Caller, input: &CreateServiceLinkedRoleRequest) -> Result<Self, ServiceError> {
        let account = account_of(caller)?;
        let service = required(input.aws_service_name.as_ref(), "aWSServiceName")?;
        let known = SERVICES.iter().find(|(known, ..)| *known == service);
        let Some((service, name, policy)) = known else {
            return Err(invalid(format!(
                "{service} has no service-linked role in this installation."
            )));
        };
        if input.custom_suffix.is_some() {
            return Err(invalid(format!(
                "Custom suffix is not allowed for {service}"
            )));
        }
        Ok(Self {
            account,
            service,
            name,
            policy,
        })
    }

    fn path(&self) -> String {
        format!("/aws-service-role/{}/", self.service)
    }

    fn demand(&self) -> Demand {
        let target = Target::Arn {
            arn: role_arn(self.account, &self.path(), self.name),
            account: self.account,
        };
        let facts = Facts::default().one("iam:awsservicename", self.service);
        Demand::new("iam:CreateServiceLinkedRole", target).with_facts(facts)
    }
}

fn role_arn(account: AccountId, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role{path}{name}")
}

fn trust(service: &str) -> PolicyText {
    let text = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":\
         {{\"Service\":\"{service}\"}},\"Action\":\"sts:AssumeRole\"}}]}}"
    );
    PolicyText::new("trust", PolicyKind::Resource, &text, BTreeMap::new())
}

operation! {
    /// Makes the role of a service, with the policy that AWS gives it.
    CreateServiceLinkedRole(CreateServiceLinkedRoleRequest)
        -> CreateServiceLinkedRoleResponse, Write, on Linked;
    resolve: |request, _| Linked::read(&request.caller, &request.input);
    demands: |_, linked| vec![linked.demand()];
    perform: |input, linked, turn| {
        let account = linked.account;
        if turn.current::<Role>(&entity_place(account, linked.name)).is_some() {
            return Err(invalid(format!(
                "Service role name {} has been taken in this account, please try a different \
                 suffix.",
                linked.name
            )));
        }
        check_room::<Role>(account, turn, role::QUOTA)?;
        let policy = format!("arn:aws:iam::aws:policy/aws-service-role/{}", linked.policy);
        let policy = policy.parse().map_err(|_| {
            ServiceError::internal(IAM, "the ARN of a service's policy is none")
        })?;
        let role = Role {
            account,
            name: linked.name.to_owned(),
            path: linked.path(),
            id: UniqueId::generate("AROA", turn.entropy()),
            created: turn.now(),
            description: input.description.clone().filter(|text| !text.is_empty()),
            max_session_seconds: 3600,
            trust: trust(linked.service),
            tags: Vec::new(),
            policies: Attachments { managed: vec![policy], ..Attachments::default() },
        };
        let output = CreateServiceLinkedRoleResponse { role: Some(reply::created_role(&role, turn.view())) };
        turn.put(role);
        Ok(output)
    };
}

operation! {
    /// Deletes the role of a service. Nothing here uses it, so that it is gone at once.
    DeleteServiceLinkedRole(DeleteServiceLinkedRoleRequest)
        -> DeleteServiceLinkedRoleResponse, Write, on Named<Role>;
    resolve: |request, turn| {
        Named::find(&request.caller, request.input.role_name.as_ref(), "roleName", turn)
    };
    demands: |_, named| vec![named.demand("iam:DeleteServiceLinkedRole")];
    perform: |_, named, turn| {
        let role = named.existing()?;
        if !role.is_service_linked() {
            return Err(invalid(format!("{} is not a service-linked role.", role.name)));
        }
        let uuid = uuid_v4(turn.entropy());
        let task = DeletionTask {
            account: role.account,
            id: format!("task{}{}/{uuid}", role.path, role.name),
        };
        let id = task.id.clone();
        turn.delete::<Role>(entity_place(role.account, &role.name));
        turn.put(task);
        Ok(DeleteServiceLinkedRoleResponse { deletion_task_id: Some(id) })
    };
}

/// A deletion that a request names.
pub(crate) struct NamedTask {
    account: AccountId,
    id: String,
}

impl NamedTask {
    /// The demand, on the role that the id names.
    fn demand(&self) -> Demand {
        let action = "iam:GetServiceLinkedRoleDeletionStatus";
        let role = self
            .id
            .strip_prefix("task/")
            .and_then(|rest| rest.rsplit_once('/'));
        let target = match role {
            Some((role, _)) => Target::Arn {
                arn: format!("arn:aws:iam::{}:role/{role}", self.account),
                account: self.account,
            },
            None => Target::Any,
        };
        Demand::new(action, target)
    }
}

operation! {
    /// Says how the deletion of a service-linked role goes: it was done when it was asked for.
    GetServiceLinkedRoleDeletionStatus(GetServiceLinkedRoleDeletionStatusRequest)
        -> GetServiceLinkedRoleDeletionStatusResponse, Read, on NamedTask;
    resolve: |request, _| {
        let id = required(request.input.deletion_task_id.as_ref(), "deletionTaskId")?;
        Ok(NamedTask { account: account_of(&request.caller)?, id: id.to_owned() })
    };
    demands: |_, task| vec![task.demand()];
    perform: |_, task, turn| {
        let place = (task.account, task.id.clone());
        if turn.current::<DeletionTask>(&place).is_none() {
            return Err(ServiceError::new(
                &NO_SUCH_ENTITY_EXCEPTION,
                format!("The deletion task {} cannot be found.", task.id),
            ));
        }
        Ok(GetServiceLinkedRoleDeletionStatusResponse {
            status: Some(DeletionTaskStatusType::Succeeded),
            reason: None,
        })
    };
}
