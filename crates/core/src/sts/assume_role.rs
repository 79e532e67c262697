//! `AssumeRole`: a session of a role for whom its trust policy lets in. Sources: STS API Reference,
//! "AssumeRole"; IAM User Guide, "IAM and AWS STS condition context keys", "Monitor and control
//! actions taken with assumed roles".

use super::session_content::{
    AskedPolicies, SessionMarks, calling_session, inherited_tags, packed_size, policies,
};
use super::temporary::{Kind, credentials, no_padding, no_second_factor, not_in_sessions, shown};
use crate::caller::{Session, Temporary};
use crate::chain::{
    Authorized, Demand, Facts, Interrupt, Object, Op, RecordParts, Request, ServiceError, Target,
    Turn,
};
use crate::iam::trail_parameters;
use crate::state::{Attachments, PolicyKind, PolicyText, Role, entity_place};
use claviger_model::sts::error::INVALID_CONTEXT_ASSERTION_EXCEPTION;
use claviger_model::sts::{AssumeRoleRequest, AssumeRoleResponse, AssumedRoleUser};
use claviger_model::{STS, Service};
use claviger_trail::{Json, Resource};
use claviger_types::{AccountId, Arn, Timestamp, UniqueId};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The longest session when roles are chained, and the length when none is asked for, in seconds.
const ONE_HOUR: u32 = 3600;

/// Gives credentials of a role session.
pub struct AssumeRole;

/// What a request to assume a role comes to.
pub struct Assumption {
    role: Arc<Role>,
    exists: bool,
    marks: SessionMarks,
}

impl Op for AssumeRole {
    type Input = AssumeRoleRequest;
    type Output = AssumeRoleResponse;
    type Resolved = Assumption;
    const SERVICE: &'static Service = STS;
    const NAME: &'static str = "AssumeRole";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<Assumption, ServiceError> {
        let input = &request.input;
        let name = input.role_arn.as_deref();
        let name = name.ok_or_else(|| ServiceError::missing(STS, "roleArn"))?;
        let (account, path) = role_place(name)
            .ok_or_else(|| ServiceError::validation(STS, format!("{name} is invalid")))?;
        not_in_sessions(&request.caller, Self::NAME, &[Kind::Federated])?;
        let marks = SessionMarks::read(input, &request.caller)?;
        let role_name = path.rsplit('/').next().unwrap_or_default();
        let found = turn
            .current::<Role>(&entity_place(account, role_name))
            .filter(|role| role.arn() == name);
        Ok(Assumption {
            exists: found.is_some(),
            role: match found {
                Some(role) => role,
                None => Arc::new(nobodys_role(account, &path, role_name, turn.now())?),
            },
            marks,
        })
    }

    fn demands(
        request: &Request<Self>,
        assumption: &Assumption,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        let demand = |action| {
            Demand::new(action, Target::Role(Arc::clone(&assumption.role)))
                .with_facts(facts(&request.input, assumption))
        };
        let mut demands = vec![demand("sts:AssumeRole")];
        // Tags and source identity that the caller's session passes on need their permission at
        // each role of the chain, as those of the request do.
        if !assumption.marks.tags.is_empty() {
            demands.push(demand("sts:TagSession"));
        }
        if assumption.marks.source_identity.is_some() {
            demands.push(demand("sts:SetSourceIdentity"));
        }
        Ok(demands)
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<AssumeRoleResponse, Interrupt> {
        let input = authorized.input();
        let Assumption {
            role,
            exists,
            marks,
        } = authorized.resolved();
        let caller = &authorized.request().caller;
        if !exists {
            return Err(denied(&caller.arn(), role).into());
        }
        turn.rest_on::<Role>(&entity_place(role.account, &role.name));
        check_offered(input)?;
        let seconds = duration(input, role, calling_session(caller).is_some())?;
        let asked = AskedPolicies {
            inline: input.policy.as_ref(),
            managed: input.policy_arns.as_ref(),
        };
        let packed = packed_size(asked, &marks.tags)?;
        let session = Session {
            account: role.account,
            role_name: role.name.clone(),
            role_id: role.id.clone(),
            role_arn: role.arn(),
            name: input.role_session_name.clone().unwrap_or_default(),
            issued: turn.now(),
            expires: turn.now().plus_seconds(i64::from(seconds)),
            policies: policies(asked, role.account, turn.view())?,
            tags: marks.tags.clone(),
            transitive_tags: marks.transitive.clone(),
            source_identity: marks.source_identity.clone(),
        };
        let assumed_role_user = AssumedRoleUser {
            assumed_role_id: Some(format!("{}:{}", session.role_id, session.name)),
            arn: Some(session.arn()),
        };
        let source_identity = session.source_identity.clone();
        Ok(AssumeRoleResponse {
            credentials: Some(credentials(&Temporary::Role(session), turn)?),
            assumed_role_user: Some(assumed_role_user),
            packed_policy_size: packed,
            source_identity,
            ..AssumeRoleResponse::default()
        })
    }

    fn record(
        request: &Request<Self>,
        assumption: Option<&Assumption>,
        output: Option<&AssumeRoleResponse>,
    ) -> RecordParts {
        let parameters = trail_parameters(request).parameters;
        let resource = |assumption: &Assumption| Resource {
            account_id: assumption.role.account,
            kind: "AWS::IAM::Role",
            arn: assumption.role.arn(),
        };
        RecordParts {
            parameters: with_inherited_tags(request, parameters),
            response: output.and_then(response_elements),
            resources: assumption
                .filter(|a| a.exists)
                .map(resource)
                .into_iter()
                .collect(),
            ..RecordParts::default()
        }
    }
}

/// Account and path with name of a role's ARN.
fn role_place(text: &str) -> Option<(AccountId, String)> {
    let arn: Arn = text.parse().ok()?;
    let path = arn.resource().strip_prefix("role")?;
    let fits = arn.partition() == "aws"
        && arn.service() == "iam"
        && arn.region().is_empty()
        && path.starts_with('/')
        && !path.ends_with('/');
    fits.then_some((arn.account_id()?, path.to_owned()))
}

/// Stands in for a role that does not exist: it trusts nobody that could ask, so that the refusal
/// is that of a role which does exist and does not trust the caller.
fn nobodys_role(
    account: AccountId,
    path: &str,
    name: &str,
    now: Timestamp,
) -> Result<Role, ServiceError> {
    const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sts.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let id: UniqueId = "AROAAAAAAAAAAAAAAAAAA"
        .parse()
        .map_err(|_| ServiceError::internal(STS, "the id of a stand-in role is not valid"))?;
    Ok(Role {
        account,
        name: name.to_owned(),
        path: path.strip_suffix(name).unwrap_or("/").to_owned(),
        id,
        created: now,
        description: None,
        max_session_seconds: ONE_HOUR,
        trust: PolicyText::new("trust", PolicyKind::Resource, TRUST, BTreeMap::new()),
        tags: Vec::new(),
        policies: Attachments::default(),
    })
}

fn denied(caller: &str, role: &Role) -> ServiceError {
    ServiceError::access_denied(
        STS,
        format!(
            "User: {caller} is not authorized to perform: sts:AssumeRole on resource: {} because \
             no role trust policy allows the sts:AssumeRole action",
            role.arn()
        ),
    )
}

/// The condition keys of the request. Source: Service Authorization Reference, "Actions,
/// resources, and condition keys for AWS Security Token Service".
fn facts(input: &AssumeRoleRequest, assumption: &Assumption) -> Facts {
    let marks = &assumption.marks;
    let mut facts = Facts::default()
        .maybe("sts:rolesessionname", input.role_session_name.as_deref())
        .maybe("sts:externalid", input.external_id.as_deref())
        .maybe("sts:sourceidentity", marks.source_identity.as_deref())
        .request_tags(&marks.tags);
    for tag in &assumption.role.tags {
        facts = facts.one(format!("iam:resourcetag/{}", tag.key), tag.value.as_str());
    }
    if marks.transitive.is_empty() {
        facts
    } else {
        facts.many("sts:transitivetagkeys", marks.transitive.clone())
    }
}

/// What this service has no way to take: second factors and context assertions, of which it has
/// none, and tokens padded to a size.
fn check_offered(input: &AssumeRoleRequest) -> Result<(), ServiceError> {
    no_second_factor(input.serial_number.as_ref(), input.token_code.as_ref())?;
    if input.provided_contexts.is_some() {
        return Err(ServiceError::new(
            &INVALID_CONTEXT_ASSERTION_EXCEPTION,
            "Context assertions are not supported by this service.",
        ));
    }
    no_padding(input.minimum_session_token_size)
}

fn duration(input: &AssumeRoleRequest, role: &Role, chained: bool) -> Result<u32, ServiceError> {
    let asked = input.duration_seconds.and_then(|s| u32::try_from(s).ok());
    let seconds = asked.unwrap_or(ONE_HOUR);
    if chained && seconds > ONE_HOUR {
        return Err(ServiceError::validation(
            STS,
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining.",
        ));
    }
    if seconds > role.max_session_seconds {
        return Err(ServiceError::validation(
            STS,
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(seconds)
}

/// `incomingTransitiveTags`: what the caller's session passes on, as AWS records it beside the
/// parameters.
fn with_inherited_tags(request: &Request<AssumeRole>, parameters: Option<Json>) -> Option<Json> {
    let session = calling_session(&request.caller);
    let tags: BTreeMap<&str, &str> = session
        .into_iter()
        .flat_map(inherited_tags)
        .map(|tag| (tag.key.as_str(), tag.value.as_str()))
        .collect();
    if tags.is_empty() {
        return parameters;
    }
    let parameters = parameters?;
    let members: BTreeMap<&str, &RawValue> = serde_json::from_str(parameters.as_str()).ok()?;
    let mut object = Object::new().member("incomingTransitiveTags", &tags);
    for (name, value) in members {
        object = object.member(name, value);
    }
    object.finish()
}

/// The response elements.
fn response_elements(output: &AssumeRoleResponse) -> Option<Json> {
    let user = output.assumed_role_user.as_ref()?;
    let user = Object::new()
        .maybe("assumedRoleId", user.assumed_role_id.as_deref())
        .maybe("arn", user.arn.as_deref());
    Object::new()
        .member("credentials", &shown(output.credentials.as_ref()?)?)
        .member("assumedRoleUser", &user.finish()?)
        .maybe("packedPolicySize", output.packed_policy_size.as_ref())
        .maybe("sourceIdentity", output.source_identity.as_deref())
        .finish()
}
