//! `GetSessionToken` and `GetFederationToken`: sessions that a user gets for itself, and for somebody
//! it vouches for. Sources: STS API Reference; IAM User Guide, "Permissions for GetSessionToken" and
//! "Permissions for GetFederationToken".

use super::session_content::{AskedPolicies, packed_size, policies, session_tags};
use super::temporary::{Kind, credentials, no_padding, no_second_factor, not_in_sessions, shown};
use crate::caller::{Caller, FederatedSession, Identity, Temporary, UserSession};
use crate::chain::{
    Authorized, Demand, Facts, Interrupt, Object, Op, RecordParts, Request, ServiceError, Target,
    Turn,
};
use crate::iam::trail_parameters;
use crate::state::User;
use claviger_model::sts::{
    FederatedUser, GetFederationTokenRequest, GetFederationTokenResponse, GetSessionTokenRequest,
    GetSessionTokenResponse,
};
use claviger_model::{STS, Service};
use claviger_types::{Tag, Timestamp};
use std::sync::Arc;

/// How long such a session lasts when nothing is asked for, in seconds.
const TWELVE_HOURS: i32 = 43_200;

/// Sessions cannot ask for further ones here.
const ALL: [Kind; 3] = [Kind::Role, Kind::User, Kind::Federated];

/// Gives a user temporary credentials of its own. Nobody needs a permission for it, and no policy
/// can take it away (IAM User Guide, "Permissions for GetSessionToken").
pub struct GetSessionToken;

impl Op for GetSessionToken {
    type Input = GetSessionTokenRequest;
    type Output = GetSessionTokenResponse;
    type Resolved = Arc<User>;
    const SERVICE: &'static Service = STS;
    const NAME: &'static str = "GetSessionToken";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, _: &Turn<'_>) -> Result<Arc<User>, ServiceError> {
        calling_user(&request.caller, Self::NAME)
    }

    fn demands(
        _: &Request<Self>,
        _: &Arc<User>,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        Ok(Vec::new())
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<GetSessionTokenResponse, Interrupt> {
        let input = authorized.input();
        no_second_factor(input.serial_number.as_ref(), input.token_code.as_ref())?;
        no_padding(input.minimum_session_token_size)?;
        let session = session(authorized.resolved(), input.duration_seconds, turn.now());
        Ok(GetSessionTokenResponse {
            credentials: Some(credentials(&Temporary::User(session), turn)?),
            ..GetSessionTokenResponse::default()
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&Arc<User>>,
        output: Option<&GetSessionTokenResponse>,
    ) -> RecordParts {
        let response = |output: &GetSessionTokenResponse| {
            let credentials = shown(output.credentials.as_ref()?)?;
            Object::new().member("credentials", &credentials).finish()
        };
        RecordParts {
            response: output.and_then(response),
            ..trail_parameters(request)
        }
    }
}

/// Gives a user temporary credentials for somebody it vouches for.
pub struct GetFederationToken;

/// Who asks, and with which tags.
pub struct Federation {
    user: Arc<User>,
    tags: Vec<Tag>,
}

impl Op for GetFederationToken {
    type Input = GetFederationTokenRequest;
    type Output = GetFederationTokenResponse;
    type Resolved = Federation;
    const SERVICE: &'static Service = STS;
    const NAME: &'static str = "GetFederationToken";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, _: &Turn<'_>) -> Result<Federation, ServiceError> {
        Ok(Federation {
            user: calling_user(&request.caller, Self::NAME)?,
            tags: session_tags(request.input.tags.as_ref())?,
        })
    }

    /// On the federated user, by the name that was asked for.
    fn demands(
        request: &Request<Self>,
        federation: &Federation,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        let account = federation.user.account;
        let name = request.input.name.as_deref().unwrap_or_default();
        let demand = |action| {
            let arn = format!("arn:aws:sts::{account}:federated-user/{name}");
            Demand::new(action, Target::Arn { arn, account })
                .with_facts(Facts::default().request_tags(&federation.tags))
        };
        let mut demands = vec![demand("sts:GetFederationToken")];
        if !federation.tags.is_empty() {
            demands.push(demand("sts:TagSession"));
        }
        Ok(demands)
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<GetFederationTokenResponse, Interrupt> {
        let input = authorized.input();
        let Federation { user, tags } = authorized.resolved();
        no_padding(input.minimum_session_token_size)?;
        let asked = AskedPolicies {
            inline: input.policy.as_ref(),
            managed: input.policy_arns.as_ref(),
        };
        let packed_policy_size = packed_size(asked, tags)?;
        let federated = FederatedSession {
            by: session(user, input.duration_seconds, turn.now()),
            user_arn: user.arn(),
            name: input.name.clone().unwrap_or_default(),
            policies: policies(asked, user.account, turn.view())?.unwrap_or_default(),
            tags: tags.clone(),
        };
        let federated_user = FederatedUser {
            federated_user_id: Some(federated.id()),
            arn: Some(federated.arn()),
        };
        Ok(GetFederationTokenResponse {
            credentials: Some(credentials(&Temporary::Federated(federated), turn)?),
            federated_user: Some(federated_user),
            packed_policy_size,
            ..GetFederationTokenResponse::default()
        })
    }

    fn record(
        request: &Request<Self>,
        _: Option<&Federation>,
        output: Option<&GetFederationTokenResponse>,
    ) -> RecordParts {
        let response = |output: &GetFederationTokenResponse| {
            let user = output.federated_user.as_ref()?;
            let user = Object::new()
                .maybe("federatedUserId", user.federated_user_id.as_deref())
                .maybe("arn", user.arn.as_deref());
            Object::new()
                .member("credentials", &shown(output.credentials.as_ref()?)?)
                .member("federatedUser", &user.finish()?)
                .maybe("packedPolicySize", output.packed_policy_size.as_ref())
                .finish()
        };
        RecordParts {
            response: output.and_then(response),
            ..trail_parameters(request)
        }
    }
}

/// The user who signed with a long-term access key.
fn calling_user(caller: &Caller, operation: &str) -> Result<Arc<User>, ServiceError> {
    not_in_sessions(caller, operation, &ALL)?;
    match caller.identity() {
        Identity::User(user) => Ok(Arc::clone(user)),
        _ => Err(ServiceError::access_denied(
            STS,
            format!("{operation} is for IAM users"),
        )),
    }
}

/// The model bounds the duration: 900 seconds to 36 hours.
fn session(user: &User, seconds: Option<i32>, now: Timestamp) -> UserSession {
    UserSession {
        account: user.account,
        user_name: user.name.clone(),
        user_id: user.id.clone(),
        issued: now,
        expires: now.plus_seconds(i64::from(seconds.unwrap_or(TWELVE_HOURS))),
    }
}
