//! Makes the CloudTrail records of a request: who, what, with which result, for whose account.
//! Source: CloudTrail User Guide, "CloudTrail record contents" and "userIdentity element"; KMS
//! Developer Guide, "Logging AWS KMS API calls". Nothing secret reaches a record: operations name
//! their parameters themselves or have them redacted by schema.

use super::authorize::Authorized;
use super::error::ServiceError;
use super::key_store::Pending;
use super::op::{Elsewhere, Op, RecordParts, Request, RequestMeta};
use super::serve::Arrival;
use super::turn::Turn;
use crate::caller::{Caller, FederatedSession, Identity, Session, UserSession};
use crate::s3;
use crate::state::LastUse;
use claviger_model::Service;
use claviger_trail::{
    EventType, Principal, Record, SessionContext, SessionIssuer, UserIdentity, redact,
};
use claviger_types::{AccountId, uuid_v4};
use std::borrow::Cow;

/// Records a request that came to its end.
pub(super) fn done<O: Op>(turn: &mut Turn<'_>, authorized: &Authorized<O>, output: &O::Output) {
    let request = authorized.request();
    let parts = O::record(request, Some(authorized.resolved()), Some(output));
    let call = Call::of(request);
    let owners = owners(&parts, &request.caller);
    let records = call.records(turn, parts, None, &owners);
    for key in O::uses(authorized) {
        let event = records
            .iter()
            .find(|r| r.recipient_account_id == key.account)
            .or(records.first());
        if let Some(event) = event {
            let last = LastUse {
                operation: O::NAME.to_owned(),
                time: turn.now(),
                event_id: event.event_id.clone(),
                request_id: request.meta.request_id.clone(),
            };
            turn.add_use(key, last);
        }
    }
    records.into_iter().for_each(|r| turn.add_record(r));
    for elsewhere in O::elsewhere(authorized, output) {
        record_elsewhere(turn, request, elsewhere);
    }
}

/// Records what a request led to in another Region: by the caller through the service, which the
/// record tells by `invokedBy` alone (KMS Developer Guide, "UpdatePrimaryRegion" log entry). The
/// connection was the service's own there, so it shows none.
fn record_elsewhere<O: Op>(turn: &mut Turn<'_>, request: &Request<O>, elsewhere: Elsewhere) {
    let caller = request.caller.forward(O::SERVICE.event_source);
    let meta = RequestMeta {
        region: elsewhere.region,
        tls: None,
        ..request.meta.clone()
    };
    let call = Call {
        caller: &caller,
        meta: &meta,
        service: O::SERVICE,
        name: elsewhere.event_name,
        read_only: O::READ_ONLY,
    };
    let owners = owners(&elsewhere.parts, &caller);
    let records = call.records(turn, elsewhere.parts, None, &owners);
    records.into_iter().for_each(|r| turn.add_record(r));
}

/// Records a refused request. A refusal is shown to the caller's account alone, whoever owns the
/// resource (KMS Developer Guide, "Logging AWS KMS API calls").
pub(super) fn refused<O: Op>(
    turn: &mut Turn<'_>,
    request: &Request<O>,
    resolved: Option<&O::Resolved>,
    error: &ServiceError,
) {
    let parts = O::record(request, resolved, None);
    let records = Call::of(request).records(turn, parts, Some(error), &[]);
    records.into_iter().for_each(|r| turn.add_record(r));
}

/// Records a request that went no further than its document: it could not be read, broke the model's
/// constraints, or came too soon after others.
pub(super) fn unreadable<O: Op>(
    turn: &mut Turn<'_>,
    caller: &Caller,
    meta: &RequestMeta,
    arrival: &Arrival,
    error: &ServiceError,
) {
    let structure = O::SERVICE.operation(O::NAME).and_then(|op| op.input);
    let parameters = match (structure, arrival.document.as_deref()) {
        (Some(structure), Ok(document)) => redact::parameters(structure, document),
        _ => None,
    };
    let call = Call {
        caller,
        meta,
        service: O::SERVICE,
        name: O::NAME,
        read_only: O::READ_ONLY,
    };
    let parts = RecordParts {
        parameters,
        ..RecordParts::default()
    };
    let records = call.records(turn, parts, Some(error), &[]);
    records.into_iter().for_each(|r| turn.add_record(r));
}

/// Records a call of an operation that is not served.
pub(super) fn unserved(turn: &mut Turn<'_>, pending: &Pending, error: &ServiceError) {
    let call = Call {
        caller: &pending.caller,
        meta: &pending.meta,
        service: pending.arrival.service,
        name: modelled_name(pending),
        read_only: false,
    };
    let records = call.records(turn, RecordParts::default(), Some(error), &[]);
    records.into_iter().for_each(|r| turn.add_record(r));
}

/// The operation's name if the service model has it; a name that AWS does not know is not repeated
/// in the trail.
fn modelled_name(pending: &Pending) -> &'static str {
    pending
        .arrival
        .service
        .operation(&pending.arrival.operation)
        .map_or("UnknownOperation", |operation| operation.name)
}

/// An operation's name as it was sent, made harmless: letters and digits, 64 at most.
pub(super) fn event_name(sent: &str) -> String {
    sent.chars()
        .filter(char::is_ascii_alphanumeric)
        .take(64)
        .collect()
}

/// The accounts other than the caller's that own a resource of the call.
fn owners(parts: &RecordParts, caller: &Caller) -> Vec<AccountId> {
    let mut owners: Vec<AccountId> = Vec::new();
    for resource in &parts.resources {
        let account = resource.account_id;
        if Some(account) != caller.account() && !owners.contains(&account) {
            owners.push(account);
        }
    }
    owners
}

struct Call<'a> {
    caller: &'a Caller,
    meta: &'a RequestMeta,
    service: &'static Service,
    name: &'static str,
    read_only: bool,
}

impl<'a> Call<'a> {
    fn of<O: Op>(request: &'a Request<O>) -> Self {
        Self {
            caller: &request.caller,
            meta: &request.meta,
            service: O::SERVICE,
            name: O::NAME,
            read_only: O::READ_ONLY,
        }
    }

    /// One record for the caller's account and one for each other owner. A service principal has
    /// no account here: its successes go to the owners, its refusals to the account it acts for.
    fn records(
        &self,
        turn: &mut Turn<'_>,
        parts: RecordParts,
        error: Option<&ServiceError>,
        owners: &[AccountId],
    ) -> Vec<Record> {
        let mut recipients: Vec<AccountId> = Vec::with_capacity(1 + owners.len());
        let own_copy = self.caller.account().is_some() || owners.is_empty();
        if own_copy {
            recipients.push(self.caller.trail_account());
        }
        recipients.extend(
            owners
                .iter()
                .copied()
                .filter(|a| !recipients.contains(a))
                .collect::<Vec<_>>(),
        );
        let is_service = matches!(self.caller.identity(), Identity::Service(_));
        let shared = (recipients.len() > 1 || is_service).then(|| uuid_v4(turn.entropy()));
        let base = self.base(turn, parts, error, shared);
        let mut records: Vec<Record> = Vec::with_capacity(recipients.len());
        for recipient in recipients {
            let mut record = base.clone();
            record.event_id = uuid_v4(turn.entropy());
            record.recipient_account_id = recipient;
            if let Some(account) = self.caller.account()
                && account != recipient
            {
                record.user_identity = self.seen_from_outside(account);
            }
            records.push(record);
        }
        records
    }

    fn base(
        &self,
        turn: &Turn<'_>,
        parts: RecordParts,
        error: Option<&ServiceError>,
        shared_event_id: Option<String>,
    ) -> Record {
        Record {
            user_identity: user_identity(self.caller),
            event_time: turn.now(),
            event_source: self.service.event_source,
            event_name: self.name,
            aws_region: self.meta.region.clone(),
            source_ip_address: self.meta.source_ip.clone().into(),
            user_agent: Some(self.meta.user_agent.clone().into()),
            error_code: error.map(|e| e.record_code().into()),
            error_message: error.and_then(|e| e.message.clone()),
            request_parameters: parts.parameters,
            response_elements: parts.response,
            additional_event_data: parts.additional,
            request_id: Some(self.meta.request_id.clone()),
            event_id: String::new(),
            read_only: self.read_only,
            data_event: s3::is_data_event(self.service, self.name),
            resources: parts.resources,
            event_type: EventType::AwsApiCall,
            recipient_account_id: self.caller.trail_account(),
            shared_event_id,
            service_event_details: None,
            tls_details: self.meta.tls.as_deref().cloned(),
        }
    }

    /// How the owner of a key sees a caller of another account: the account and the unique id,
    /// not the name.
    fn seen_from_outside(&self, account: AccountId) -> UserIdentity {
        UserIdentity::AwsAccount {
            principal_id: self.caller.user_id(),
            account_id: account,
            invoked_by: self.caller.via().last().map(|s| Cow::Borrowed(*s)),
        }
    }
}

fn user_identity(caller: &Caller) -> UserIdentity {
    let invoked_by: Option<Cow<'static, str>> = caller.via().last().map(|s| Cow::Borrowed(*s));
    let access_key_id = caller.access_key_id().map(ToString::to_string);
    match caller.identity() {
        Identity::User(user) => UserIdentity::IamUser(Principal {
            principal_id: user.id.to_string(),
            arn: user.arn(),
            account_id: user.account,
            access_key_id,
            user_name: Some(user.name.clone()),
            session: caller.user_session().map(|session| context(session, None)),
            invoked_by,
        }),
        Identity::Session(session) => UserIdentity::AssumedRole(Principal {
            principal_id: caller.user_id(),
            arn: session.arn(),
            account_id: session.account,
            access_key_id,
            user_name: None,
            session: Some(role_context(session)),
            invoked_by,
        }),
        Identity::Federated(session) => UserIdentity::FederatedUser(Principal {
            principal_id: session.id(),
            arn: session.arn(),
            account_id: session.by.account,
            access_key_id,
            user_name: None,
            session: Some(context(&session.by, Some(session))),
            invoked_by,
        }),
        Identity::Service(service) => UserIdentity::AwsService {
            invoked_by: service.name.into(),
        },
    }
}

/// The context of a session that a user got for itself, or for a federated user.
fn context(session: &UserSession, federated: Option<&FederatedSession>) -> SessionContext {
    SessionContext {
        issuer: federated.map(|federated| SessionIssuer {
            kind: "IAMUser",
            principal_id: session.user_id.to_string(),
            arn: federated.user_arn.clone(),
            account_id: session.account,
            user_name: Some(session.user_name.clone()),
        }),
        creation_date: session.issued,
        mfa_authenticated: false,
        source_identity: None,
    }
}

fn role_context(session: &Session) -> SessionContext {
    SessionContext {
        issuer: Some(SessionIssuer {
            kind: "Role",
            principal_id: session.role_id.to_string(),
            arn: session.role_arn.clone(),
            account_id: session.account,
            user_name: Some(session.role_name.clone()),
        }),
        creation_date: session.issued,
        mfa_authenticated: false,
        source_identity: session.source_identity.clone(),
    }
}
