//! A decision as a policy case: the request with every condition key that a policy in play asks
//! for, and those policies, byte for byte. What the format cannot carry are unique ids: a case
//! compares principals by their ARNs (`docs/reference/policy-case.md`).

use super::facts::organization_path;
use crate::state::Snapshot;
use claviger_policy as policy;
use claviger_types::{AccountId, EncryptionContext};
use policy::{ContextKey, Explanation, Principal, Value as Found};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Keys that a reader expects beside those that policies ask for: they say which request it was.
const SHOWN: [&str; 6] = [
    "aws:CurrentTime",
    "aws:RequestedRegion",
    "aws:SecureTransport",
    "aws:SourceArn",
    "aws:SourceIp",
    "kms:ViaService",
];

/// The case. `facts` names the condition keys that the request itself brought.
pub(super) fn case(
    request: &policy::Request<'_>,
    stack: &policy::Stack<'_>,
    explanation: &Explanation,
    facts: &[&str],
    snapshot: &Snapshot,
) -> Value {
    let mut asked = Map::new();
    asked.insert("action".to_owned(), json!(request.action));
    asked.insert("resource".to_owned(), json!(request.resource));
    if let Some(grant) = request.grant {
        asked.insert("grant".to_owned(), json!(grant));
    }
    asked.insert("principal".to_owned(), principal(&request.principal));
    asked.insert("context".to_owned(), context(request, stack, facts));
    let mut case = json!({
        "name": format!("{} on {}", request.action, request.resource),
        "source": "a decision of a running service",
        "request": asked,
        "organization": organization(request, snapshot),
        "policies": policies(stack),
        "expect": {
            "decision": explanation.decision.as_str(),
            "layer": explanation.layer.as_str(),
        },
    });
    // No RCP reaches such a key (POL-L3), so that the case must say that it is one.
    if request.aws_managed_key
        && let Some(members) = case.as_object_mut()
    {
        members.insert("key".to_owned(), json!({"manager": "AWS"}));
    }
    case
}

fn principal(principal: &Principal<'_>) -> Value {
    match principal {
        Principal::Root { account } => json!({"arn": format!("arn:aws:iam::{account}:root")}),
        Principal::User { arn, .. } => json!({"arn": arn}),
        Principal::RoleSession {
            session_arn,
            role_arn,
            ..
        } => json!({"arn": session_arn, "role": role_arn}),
        Principal::FederatedUser { arn, user_arn, .. } => json!({"arn": arn, "user": user_arn}),
        Principal::Service { name } => json!({"service": name}),
    }
}

/// The keys with what they found. One that several policies spell differently stands once: a further
/// spelling is told only where it finds something else, as with two tags whose keys differ by case.
/// One that a policy asks for and the request does not have is `null`: the case must not fill it in.
fn context(request: &policy::Request<'_>, stack: &policy::Stack<'_>, facts: &[&str]) -> Value {
    let mut found = Spellings(BTreeMap::new());
    let mut tell = |name: &str, exactly: bool, absent: bool| {
        let value = match request.context.get(&ContextKey::new(name)) {
            Some(Found::One(text)) => json!(text),
            Some(Found::Many(values)) => json!(values.as_slice()),
            None if absent => Value::Null,
            None => return,
        };
        found.add(name, value, exactly);
    };
    let facts: Vec<String> = facts.iter().map(|name| spelled(name)).collect();
    let is_free = |name: &&String| ContextKey::new(name).tail().is_some();
    // Tags and pairs of the request are told as they are there; of the encryption context, grants
    // look at all pairs.
    for name in facts.iter().filter(is_free) {
        tell(name, true, false);
    }
    for policy in every_policy(stack) {
        for name in policy.document().context_keys() {
            tell(name, false, true);
        }
    }
    for name in SHOWN.into_iter().chain(facts.iter().map(String::as_str)) {
        tell(name, false, false);
    }
    let all = found.0.into_values().flatten();
    Value::Object(all.collect())
}

/// Condition keys with their values, by their names in lower case.
struct Spellings(BTreeMap<String, Vec<(String, Value)>>);

impl Spellings {
    /// Adds a key; one that is there in another spelling only if its value is another, or if exactly
    /// this spelling is meant.
    fn add(&mut self, name: &str, value: Value, exactly: bool) {
        let same = self.0.entry(name.to_lowercase()).or_default();
        let is_told =
            |(told, known): &(String, Value)| told == name || (!exactly && *known == value);
        if !same.iter().any(is_told) {
            same.push((name.to_owned(), value));
        }
    }
}

/// The keys whose name has a free part, as AWS spells them before it; others are found whatever
/// their case.
const SPELLED: [&str; 2] = ["kms:EncryptionContext:", "aws:RequestTag/"];

fn spelled(name: &str) -> String {
    let spelled = SPELLED.iter().find_map(|prefix| {
        let head = name.get(..prefix.len())?;
        let rest = name.get(prefix.len()..)?;
        head.eq_ignore_ascii_case(prefix)
            .then(|| format!("{prefix}{rest}"))
    });
    spelled.unwrap_or_else(|| name.to_owned())
}

fn every_policy<'s>(stack: &policy::Stack<'s>) -> Vec<&'s policy::Policy> {
    let one = [stack.resource, stack.boundary, stack.endpoint];
    let mut all: Vec<_> = one.into_iter().flatten().collect();
    all.extend(&stack.identity);
    all.extend(stack.session.iter().flatten());
    for level in stack.scps.iter().chain(&stack.rcps).flatten() {
        all.extend(&level.policies);
    }
    all
}

fn policies(stack: &policy::Stack<'_>) -> Value {
    let text = |policy: &policy::Policy| json!(policy.document().text());
    let named = |policy: &&policy::Policy| json!({"name": policy.name(), "document": text(policy)});
    let levels = |levels: &[policy::Level<'_>]| -> Value {
        let level = |level: &policy::Level<'_>| {
            let policies: Vec<Value> = level.policies.iter().map(named).collect();
            json!({"target": level.target, "policies": policies})
        };
        levels.iter().map(level).collect()
    };
    let mut all = Map::new();
    let mut put = |layer: &str, value: Option<Value>| {
        if let Some(value) = value {
            all.insert(layer.to_owned(), value);
        }
    };
    put("resource", stack.resource.map(text));
    put("identity", Some(stack.identity.iter().map(named).collect()));
    put("boundary", stack.boundary.map(text));
    let session = stack.session.as_ref();
    put("session", session.map(|s| s.iter().map(named).collect()));
    put("scps", stack.scps.as_deref().map(levels));
    put("rcps", stack.rcps.as_deref().map(levels));
    put("endpoint", stack.endpoint.map(text));
    let grants: Vec<Value> = stack.grants.iter().map(grant).collect();
    put("grants", (!grants.is_empty()).then(|| json!(grants)));
    Value::Object(all)
}

/// As `ListGrants` lists it.
fn grant(grant: &policy::Grant<'_>) -> Value {
    let is_service = |name: &str| name.ends_with(".amazonaws.com");
    let mut entry = Map::new();
    entry.insert("GrantId".to_owned(), json!(grant.id));
    let mut principal = |role: &str, name: &str| {
        let kind = if is_service(name) { "Service" } else { "" };
        entry.insert(format!("{role}{kind}Principal"), json!(name));
    };
    principal("Grantee", grant.grantee.name);
    if let Some(retiring) = &grant.retiring {
        principal("Retiring", retiring.name);
    }
    let operations: Vec<&str> = grant.operations.names().collect();
    entry.insert("Operations".to_owned(), json!(operations));
    let issuing = format!("arn:aws:iam::{}:root", grant.issuing_account);
    entry.insert("IssuingAccount".to_owned(), json!(issuing));
    let mut constraints = Map::new();
    let mut constrain = |name: &str, pairs: Option<&EncryptionContext>| {
        if let Some(pairs) = pairs {
            constraints.insert(name.to_owned(), json!(pairs));
        }
    };
    constrain("EncryptionContextEquals", grant.constraints.equals);
    constrain("EncryptionContextSubset", grant.constraints.subset);
    if let Some(source) = grant.constraints.source_arn {
        constraints.insert("SourceArn".to_owned(), json!(source));
    }
    if !constraints.is_empty() {
        entry.insert("Constraints".to_owned(), Value::Object(constraints));
    }
    Value::Object(entry)
}

/// The organisation with those of the two accounts that are in it.
fn organization(request: &policy::Request<'_>, snapshot: &Snapshot) -> Option<Value> {
    let installation = snapshot.installation()?;
    let id = installation.organization.as_ref()?;
    let accounts = request
        .principal
        .account()
        .into_iter()
        .chain(request.resource_account);
    let path = |account: AccountId| {
        let path = organization_path(account, snapshot);
        // Of an account outside, the path is the organisation's own and nothing more.
        let path = path.filter(|path| path.len() > id.len() + 1)?;
        Some((account.to_string(), json!(path)))
    };
    let accounts: Map<String, Value> = accounts.filter_map(path).collect();
    Some(json!({
        "id": id,
        "managementAccount": installation.management_account.map(|account| account.to_string()),
        "accounts": accounts,
    }))
}
