//! One call on a key as the engine sees it: who, what, and the condition keys it carries. It knows
//! no policy.

use crate::compiled::{NoIds, Policy};
use crate::decide::{Decision, Stack, decide};
use crate::document::{Kind, parse_tolerant};
use crate::request::{Context, ContextKey, Principal, Request, Value};
use crate::switches::Switches;
use claviger_types::{AccountId, Timestamp};

/// The value of a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    One(String),
    Many(Vec<String>),
}

/// The condition keys of a call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys(Vec<(ContextKey, Held)>);

impl Keys {
    /// Adds a single-valued key, or replaces it.
    pub(crate) fn with(self, name: &str, value: impl Into<String>) -> Self {
        self.hold(&ContextKey::new(name), Some(Held::One(value.into())))
    }

    /// Adds a key, replaces it, or takes it away.
    pub(crate) fn hold(mut self, key: &ContextKey, value: Option<Held>) -> Self {
        self.0.retain(|(own, _)| !same(own, key));
        if let Some(value) = value {
            self.0.push((key.clone(), value));
        }
        self
    }

    /// Adds an encryption context, with the key that lists its names.
    pub(crate) fn with_context(mut self, pairs: &[(&str, &str)]) -> Self {
        for (name, value) in pairs {
            self = self.with(&format!("kms:EncryptionContext:{name}"), *value);
        }
        if !pairs.is_empty() {
            let names = pairs.iter().map(|(name, _)| (*name).to_owned()).collect();
            let key = ContextKey::new("kms:EncryptionContextKeys");
            self = self.hold(&key, Some(Held::Many(names)));
        }
        self
    }
}

/// Whether two names are one key.
pub(crate) fn same(a: &ContextKey, b: &ContextKey) -> bool {
    a.base() == b.base()
        && match (a.tail(), b.tail()) {
            (Some(a), Some(_)) => b.tail_is(a),
            (None, None) => true,
            _ => false,
        }
}

impl Context for Keys {
    fn get(&self, key: &ContextKey) -> Option<Value<'_>> {
        self.0
            .iter()
            .find(|(own, _)| same(own, key))
            .map(|(_, value)| match value {
                Held::One(text) => Value::one(text.as_str()),
                Held::Many(values) => Value::many(values.iter().map(String::as_str)),
            })
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// The role's ARN.
    Role(AccountId, String),
    Service(String),
}

/// A call on a key.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) action: &'static str,
    pub(crate) caller: Caller,
    pub(crate) keys: Keys,
}

/// What lets everybody do everything on the identity side: the key policy alone then decides.
const ADMINISTRATOR: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// The policies that calls are decided under.
pub(crate) struct Bench<'a> {
    pub(crate) key_account: AccountId,
    pub(crate) key_arn: String,
    pub(crate) policy: &'a Policy,
    /// The moment of the calls, where it is known.
    pub(crate) now: Option<Timestamp>,
    administrator: Option<Policy>,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(key_account: AccountId, region: &str, policy: &'a Policy) -> Self {
        let administrator = parse_tolerant(ADMINISTRATOR, Kind::Identity)
            .ok()
            .map(|(document, _)| document.compile("AdministratorAccess", &NoIds));
        Self {
            key_account,
            key_arn: format!(
                "arn:aws:kms:{region}:{key_account}:key/mrk-1234abcd12ab34cd56ef1234567890ab"
            ),
            policy,
            now: None,
            administrator,
        }
    }

    /// Decides a call whose caller may do everything by its identity policies.
    pub(crate) fn decide(&self, call: &Call) -> Decision {
        let session;
        let principal = match &call.caller {
            Caller::Role(account, arn) => {
                let name = arn.rsplit('/').next().unwrap_or_default();
                session = format!("arn:aws:sts::{account}:assumed-role/{name}/someone");
                Principal::RoleSession {
                    account: *account,
                    session_arn: &session,
                    role_arn: arn,
                    role_id: None,
                    service_linked: false,
                }
            }
            Caller::Service(name) => Principal::Service { name },
        };
        let mut keys = with_caller(call);
        if let Some(now) = self.now {
            keys = keys
                .with("aws:CurrentTime", now.iso())
                .with("aws:EpochTime", now.seconds().to_string());
        }
        let request = Request::on_key(
            call.action,
            &self.key_arn,
            self.key_account,
            principal,
            &keys,
        );
        let stack = Stack {
            resource: Some(self.policy),
            identity: self.administrator.iter().collect(),
            ..Stack::default()
        };
        decide(&request, &stack, &Switches::default())
    }
}

/// The keys that follow from who calls. Source: IAM User Guide, "AWS global condition context
/// keys", properties of the principal.
fn with_caller(call: &Call) -> Keys {
    let keys = call.keys.clone().with("aws:SecureTransport", "true");
    let of = |keys: Keys, account: &AccountId, arn: &str| {
        keys.with("aws:PrincipalIsAWSService", "false")
            .with("aws:PrincipalAccount", account.as_str())
            .with("aws:PrincipalArn", arn)
            .with("kms:CallerAccount", account.as_str())
    };
    match &call.caller {
        Caller::Role(account, arn) => of(keys, account, arn),
        Caller::Service(name) => keys
            .with("aws:PrincipalIsAWSService", "true")
            .with("aws:PrincipalServiceName", name.as_str()),
    }
}
