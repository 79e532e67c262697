//! The installation on which the matrix is tried: whatever the rows name is there, and a user who
//! may do nothing. Each line begins from the same state.

use super::organization_world::Organization;
use super::pairs::Pairs;
use super::{Change, Guard, Line, Row, Who};
use crate::directory::{Directory, MANAGEMENT, SSO, STORE, baseline};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_core::chain::{Explained, ServiceError};
use claviger_testkit::installation::{Installation, Login, service_of};
use claviger_testkit::trail::KnownTrail;
use claviger_testkit::wrapping::wrap;
use claviger_trail::Record;
use serde_json::{Value, json};

pub(crate) const ROOT: &str = "arn:aws:iam::111122223333:root";
pub(crate) const ADMIN: &str = "arn:aws:iam::111122223333:user/admin";
pub(crate) const ALICE: &str = "arn:aws:iam::111122223333:user/team/alice";
pub(crate) const WORKER: &str = "arn:aws:iam::111122223333:user/worker";
pub(crate) const OUTSIDER: &str = "arn:aws:iam::999900001111:user/outsider";
pub(crate) const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
/// A customer managed policy with two versions that nobody has, and one that can be deleted.
pub(crate) const POLICY: &str = "arn:aws:iam::111122223333:policy/app/kept";
pub(crate) const SPARE_POLICY: &str = "arn:aws:iam::111122223333:policy/spare";
pub(crate) const PERMISSIONS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#;
/// Hands the decision to the identity policies of the account.
pub(crate) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]}"#;

pub(crate) struct World {
    pub(crate) directory: Directory,
    worker: Login,
    /// Two keys whose policies hand everything to the account, and one pending deletion.
    pub(crate) key: String,
    pub(crate) other_key: String,
    pub(crate) leaving_key: String,
    /// A multi-Region primary key, and its replica in another Region.
    pub(crate) primary_key: String,
    pub(crate) replica_key: String,
    /// A key whose material is imported, and what of ImportKeyMaterial brings it.
    pub(crate) imported_key: String,
    pub(crate) import: Value,
    /// Keys of other specs.
    pub(crate) pairs: Pairs,
    /// Made under `key`.
    pub(crate) ciphertext: Value,
    /// Grants on `key`: one that has nothing to do with the worker, one that it may retire.
    pub(crate) grant: Value,
    pub(crate) own_grant: Value,
    /// The key of Identity Center, and one it can be given.
    pub(crate) directory_key: String,
    pub(crate) next_directory_key: String,
    /// A user of the identity store.
    pub(crate) directory_user: String,
    /// Alice's access key.
    pub(crate) access_key: String,
    /// The deletion of a service-linked role.
    pub(crate) deletion_task: String,
    /// What there is in the organisation.
    pub(crate) organization: Organization,
}

/// What came of an attempt.
pub(crate) struct Attempt {
    pub(crate) reply: Result<Value, ServiceError>,
    pub(crate) records: Vec<Record>,
    pub(crate) changed: bool,
}

fn text(reply: &Value, pointer: &str) -> String {
    reply.pointer(pointer).unwrap().as_str().unwrap().to_owned()
}

fn call(i: &mut Installation, service: &str, operation: &str, input: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, service, operation, input)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

fn new_key(i: &mut Installation) -> String {
    text(&call(i, "kms", "CreateKey", json!({})), "/KeyMetadata/Arn")
}

fn new_access_key(i: &mut Installation, user: &str) -> Login {
    let made = call(i, "iam", "CreateAccessKey", json!({"UserName": user}));
    Login {
        access_key_id: text(&made, "/AccessKey/AccessKeyId"),
        secret: text(&made, "/AccessKey/SecretAccessKey"),
        token: None,
    }
}

/// Alice, the group Team and the role Reader have one of everything; `leaver`, Old and Empty can be
/// deleted.
fn people(i: &mut Installation) {
    let policy = json!({"PolicyName": "p", "PolicyDocument": PERMISSIONS});
    let managed = json!({"PolicyArn": ADMINISTRATOR});
    for (operation, input) in [
        ("CreateUser", json!({"UserName": "alice", "Path": "/team/"})),
        (
            "CreateUser",
            json!({"UserName": "leaver", "PermissionsBoundary": ADMINISTRATOR}),
        ),
        ("CreateUser", json!({"UserName": "worker"})),
        (
            "CreateRole",
            json!({"RoleName": "Reader", "AssumeRolePolicyDocument": TRUST}),
        ),
        (
            "CreateRole",
            json!({"RoleName": "Old", "AssumeRolePolicyDocument": TRUST,
                "PermissionsBoundary": ADMINISTRATOR}),
        ),
        (
            "PutUserPolicy",
            super::merged(json!({"UserName": "alice"}), policy.clone()),
        ),
        (
            "PutRolePolicy",
            super::merged(json!({"RoleName": "Reader"}), policy.clone()),
        ),
        (
            "AttachUserPolicy",
            super::merged(json!({"UserName": "alice"}), managed.clone()),
        ),
        (
            "AttachRolePolicy",
            super::merged(json!({"RoleName": "Reader"}), managed.clone()),
        ),
    ] {
        call(i, "iam", operation, input);
    }
    groups(i, policy, managed);
    policies(i);
}

fn groups(i: &mut Installation, policy: Value, managed: Value) {
    let team = json!({"GroupName": "Team"});
    for (operation, input) in [
        ("CreateGroup", team.clone()),
        ("CreateGroup", json!({"GroupName": "Empty"})),
        ("PutGroupPolicy", super::merged(team.clone(), policy)),
        ("AttachGroupPolicy", super::merged(team.clone(), managed)),
        (
            "AddUserToGroup",
            super::merged(team, json!({"UserName": "alice"})),
        ),
    ] {
        call(i, "iam", operation, input);
    }
}

/// The account has an alias, a service-linked role and had another; gives that one's deletion.
fn service_linked_roles(i: &mut Installation) -> String {
    let alias = json!({"AccountAlias": "keys-of-acme"});
    call(i, "iam", "CreateAccountAlias", alias);
    for service in ["sso", "organizations"] {
        let input = json!({"AWSServiceName": format!("{service}.amazonaws.com")});
        call(i, "iam", "CreateServiceLinkedRole", input);
    }
    let input = json!({"RoleName": "AWSServiceRoleForOrganizations"});
    let deleted = call(i, "iam", "DeleteServiceLinkedRole", input);
    text(&deleted, "/DeletionTaskId")
}

fn policies(i: &mut Installation) {
    let document = json!({"PolicyDocument": PERMISSIONS});
    for (operation, input) in [
        (
            "CreatePolicy",
            json!({"PolicyName": "kept", "Path": "/app/"}),
        ),
        ("CreatePolicyVersion", json!({"PolicyArn": POLICY})),
        ("CreatePolicy", json!({"PolicyName": "spare"})),
    ] {
        call(i, "iam", operation, super::merged(input, document.clone()));
    }
}

fn new_related_keys(i: &mut Installation) -> (String, String) {
    let made = call(i, "kms", "CreateKey", json!({"MultiRegion": true}));
    let primary = text(&made, "/KeyMetadata/Arn");
    let input = json!({"KeyId": primary, "ReplicaRegion": "eu-west-1"});
    let made = call(i, "kms", "ReplicateKey", input);
    i.advance_seconds(60);
    (primary, text(&made, "/ReplicaKeyMetadata/Arn"))
}

fn new_imported_key(i: &mut Installation) -> (String, Value) {
    let made = call(i, "kms", "CreateKey", json!({"Origin": "EXTERNAL"}));
    let key = text(&made, "/KeyMetadata/Arn");
    let algorithm = "RSAES_OAEP_SHA_256";
    let input =
        json!({"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048"});
    let given = call(i, "kms", "GetParametersForImport", input);
    let public_key = STANDARD.decode(text(&given, "/PublicKey")).unwrap();
    let wrapped = wrap(algorithm, &public_key, &[7; 32]);
    let import = json!({"ImportToken": given["ImportToken"],
        "EncryptedKeyMaterial": STANDARD.encode(wrapped),
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"});
    let input = super::merged(json!({"KeyId": key}), import.clone());
    call(i, "kms", "ImportKeyMaterial", input);
    (key, import)
}

/// The outsider has an alias of the same name as ours, so that pointing it at our key can be tried.
fn aliases(i: &mut Installation, key: &str) {
    let input = |key: &str| json!({"AliasName": "alias/matrix", "TargetKeyId": key});
    call(i, "kms", "CreateAlias", input(key));
    let outsider = i.outsider.clone();
    let made = i.call(&outsider, "kms", "CreateKey", json!({})).unwrap();
    let theirs = text(&made, "/KeyMetadata/Arn");
    i.call(&outsider, "kms", "CreateAlias", input(&theirs))
        .unwrap();
}

fn new_grant(i: &mut Installation, key: &str, more: Value) -> Value {
    let input = json!({"KeyId": key, "GranteePrincipal": ALICE, "Operations": ["DescribeKey"]});
    call(i, "kms", "CreateGrant", super::merged(input, more))
}

impl World {
    pub(crate) fn new() -> Self {
        let mut directory = Directory::new();
        people(&mut directory.i);
        let worker = new_access_key(&mut directory.i, "worker");
        let access_key = new_access_key(&mut directory.i, "alice").access_key_id;
        let i = &mut directory.i;
        let deletion_task = service_linked_roles(i);
        let (key, other_key, leaving_key) = (new_key(i), new_key(i), new_key(i));
        call(
            i,
            "kms",
            "ScheduleKeyDeletion",
            json!({"KeyId": leaving_key}),
        );
        let (primary_key, replica_key) = new_related_keys(i);
        let (imported_key, import) = new_imported_key(i);
        aliases(i, &key);
        let pairs = Pairs::new(i);
        let grant = new_grant(i, &key, json!({}));
        let own_grant = new_grant(i, &key, json!({"RetiringPrincipal": WORKER}));
        let encrypted = call(
            i,
            "kms",
            "Encrypt",
            json!({"KeyId": key, "Plaintext": "eA=="}),
        );
        // The services may use these keys; who else may is the account's matter.
        let policy = baseline(&[STORE, SSO], &json!({"AWS": ROOT}));
        let directory_key = directory.key(&policy);
        let next_directory_key = directory.key(&policy);
        directory.set_key(&directory_key).unwrap();
        let directory_user = directory.create("ada");
        let organization = Organization::new(&mut directory.i);
        let mut trail = KnownTrail::default();
        trail
            .objects
            .insert("AWSLogs/a.json.gz".to_owned(), vec![1]);
        directory.i.trail = Some(Box::new(move |question| trail.answer(question)));
        Self {
            directory,
            worker,
            key,
            other_key,
            leaving_key,
            primary_key,
            replica_key,
            imported_key,
            import,
            pairs,
            ciphertext: encrypted["CiphertextBlob"].clone(),
            grant,
            own_grant,
            directory_key,
            next_directory_key,
            directory_user,
            access_key,
            deletion_task,
            organization,
        }
    }

    /// Puts the policies of a line in place; says who calls.
    fn prepare(&mut self, line: &Line) -> Login {
        for (guard, change) in &line.resource {
            self.change(guard, change);
        }
        if !line.identity.is_empty() {
            self.directory.allow("worker", &json!(line.identity));
        }
        match line.who {
            Who::Worker => self.worker.clone(),
            Who::Outsider => self.directory.i.outsider.clone(),
        }
    }

    #[allow(dead_code, reason = "one of the tests uses it")]
    /// What the engine is asked for a row under the policies of a line; then puts everything back.
    pub(crate) fn explained(&mut self, row: &Row, line: &Line) -> Vec<Explained> {
        let before = (
            self.directory.i.snapshot.clone(),
            self.directory.i.rows.clone(),
        );
        let who = self.prepare(line);
        let i = &mut self.directory.i;
        let service = service_of(row.service);
        let caller = i.caller(&who, service).unwrap();
        let outcome = i.decide(caller, service, row.operation, row.input.clone());
        let considered = outcome.considered.iter();
        let explained = considered.map(|one| one.explain(i.conditions()).unwrap());
        let explained = explained.collect();
        (i.snapshot, i.rows) = before;
        explained
    }

    /// Tries a row under the policies of a line, then puts everything back.
    pub(crate) fn attempt(&mut self, row: &Row, line: &Line) -> Attempt {
        let before = (
            self.directory.i.snapshot.clone(),
            self.directory.i.rows.clone(),
        );
        let who = self.prepare(line);
        let i = &mut self.directory.i;
        let (from, revision, rows) = (i.records.len(), i.snapshot.revision, i.rows.clone());
        let reply = i.call(&who, row.service, row.operation, row.input.clone());
        let attempt = Attempt {
            reply,
            records: i.records.split_off(from),
            changed: i.snapshot.revision != revision || i.rows != rows,
        };
        (i.snapshot, i.rows) = before;
        attempt
    }

    fn change(&mut self, guard: &Guard, change: &Change) {
        let i = &mut self.directory.i;
        match guard {
            Guard::Identity => panic!("there is no policy of the resource"),
            Guard::Key(key) | Guard::Grant(key) => {
                let region = key.split(':').nth(3).unwrap().to_owned();
                let before = std::mem::replace(&mut i.region, region);
                let now = call(i, "kms", "GetKeyPolicy", json!({"KeyId": key}));
                let policy = changed(&text(&now, "/Policy"), change, true);
                call(
                    i,
                    "kms",
                    "PutKeyPolicy",
                    json!({"KeyId": key, "Policy": policy}),
                );
                i.region = before;
            }
            Guard::Trust(role) => {
                let policy = changed(TRUST, change, false);
                let input = json!({"RoleName": role, "PolicyDocument": policy});
                call(i, "iam", "UpdateAssumeRolePolicy", input);
            }
        }
    }

    pub(crate) fn store(&self) -> String {
        let id = self.directory.store();
        format!("arn:aws:identitystore::{MANAGEMENT}:identitystore/{id}")
    }
}

/// A policy document with a statement more, or without the statements that let the identity
/// policies of accounts decide. The administrator keeps access, as the lockout check wants.
fn changed(policy: &str, change: &Change, names_resource: bool) -> String {
    let mut policy: Value = serde_json::from_str(policy).unwrap();
    let statements = policy["Statement"].as_array_mut().unwrap();
    let (effect, principal, action) = match change {
        Change::Adds(effect, principal, action) => (*effect, *principal, action.as_str()),
        Change::TakesDelegationAway => {
            statements.retain(|s| !s["Principal"]["AWS"].to_string().contains(":root"));
            ("Allow", ADMIN, "*")
        }
    };
    let service = if names_resource { "kms:*" } else { "sts:*" };
    let action = if action == "*" { service } else { action };
    let mut statement =
        json!({"Effect": effect, "Principal": {"AWS": principal}, "Action": action});
    if names_resource {
        statement["Resource"] = json!("*");
    }
    statements.push(statement);
    policy.to_string()
}
