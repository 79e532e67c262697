//! The golden table of KMS authorisation: each operation, asked by each kind of principal, under each
//! kind of policy. What is expected follows from AWS's words in `testdata/kms/permissions.tsv`; what
//! came out is the page `docs/reference/kms-authorization.md`. The words of refusals are another
//! test's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod directory;
#[allow(dead_code, unused_imports, reason = "the matrix test uses the rest")]
mod matrix;

use claviger_testkit::installation::Login;
use matrix::{Guard, Row, World, rows};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const FOREIGN: &str = "999900001111";
const ADMIN: &str = "arn:aws:iam::111122223333:user/admin";
const OWN_ROOT: &str = "arn:aws:iam::111122223333:root";
const FOREIGN_ROOT: &str = "arn:aws:iam::999900001111:root";

/// The kinds of principals that sign requests.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    User,
    Session,
    ForeignUser,
    ForeignSession,
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::User, "user"),
    (Kind::Session, "role session"),
    (Kind::ForeignUser, "user of another account"),
    (Kind::ForeignSession, "role session of another account"),
];

impl Kind {
    fn is_foreign(self) -> bool {
        matches!(self, Self::ForeignUser | Self::ForeignSession)
    }

    /// As a policy or a grant names it: a session by its role.
    fn named(self) -> &'static str {
        match self {
            Self::User => "arn:aws:iam::111122223333:user/guest",
            Self::Session => "arn:aws:iam::111122223333:role/Guest",
            Self::ForeignUser => "arn:aws:iam::999900001111:user/guest",
            Self::ForeignSession => "arn:aws:iam::999900001111:role/Guest",
        }
    }
}

/// The policies: what the key policy and the principal's own policy say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Policies {
    /// The key policy hands the decision to the principal's account, whose policy allows.
    Both,
    /// The key policy names the principal, whose own policies say nothing.
    KeyPolicy,
    /// The principal's own policy allows; the key policy knows neither it nor its account.
    Identity,
    /// The key policy hands the decision to the principal's account, whose policies say nothing.
    Delegation,
    /// Both allow, and the key policy denies.
    Denied,
    /// A grant of what the operation needs; for another account's principal its own policy allows too.
    Grant,
}

const POLICIES: [(Policies, &str); 6] = [
    (
        Policies::Both,
        "key policy hands on, identity policy allows",
    ),
    (Policies::KeyPolicy, "key policy names the principal"),
    (Policies::Identity, "identity policy alone"),
    (
        Policies::Delegation,
        "key policy hands on, no identity policy",
    ),
    (Policies::Denied, "both allow, key policy denies"),
    (Policies::Grant, "grant"),
];

/// A row of the table of AWS's words.
struct Permission {
    authority: String,
    abroad: String,
    grant: Vec<String>,
}

fn permissions() -> BTreeMap<String, Permission> {
    let text = include_str!("../../../testdata/kms/permissions.tsv");
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    text.lines()
        .skip(1)
        .map(cells)
        .map(|c| {
            let grant = c[3].split(',').filter(|o| *o != "-").map(str::to_owned);
            let permission = Permission {
                authority: c[1].clone(),
                abroad: c[2].clone(),
                grant: grant.collect(),
            };
            (c[0].clone(), permission)
        })
        .collect()
}

impl Permission {
    /// Whether AWS allows it.
    fn expects(&self, kind: Kind, policies: Policies) -> bool {
        use Policies::{Both, Denied, Grant, Identity, KeyPolicy};
        if kind.is_foreign() {
            return match self.abroad.as_str() {
                "yes" => policies == Both || (policies == Grant && !self.grant.is_empty()),
                "own" => matches!(policies, Both | Identity | Denied | Grant),
                _ => false,
            };
        }
        match self.authority.as_str() {
            "key" => match policies {
                Both | KeyPolicy => true,
                Grant => !self.grant.is_empty(),
                _ => false,
            },
            "alias" | "key+identity" => policies == Both,
            "identity" | "grant" => matches!(policies, Both | Identity | Denied),
            other => panic!("unknown authority {other}"),
        }
    }
}

/// The installation with a user and a role without policies in two accounts.
struct Stage {
    world: World,
    logins: [Login; 4],
}

fn login(world: &mut World, owner: &Login, account: &str) -> [Login; 2] {
    let i = &mut world.directory.i;
    let mut call = |service: &str, operation: &str, input: Value| {
        i.call(owner, service, operation, input).unwrap()
    };
    call("iam", "CreateUser", json!({"UserName": "guest"}));
    let made = call("iam", "CreateAccessKey", json!({"UserName": "guest"}));
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}}]});
    let role = json!({"RoleName": "Guest", "AssumeRolePolicyDocument": trust.to_string()});
    call("iam", "CreateRole", role);
    let assume = json!({"RoleArn": format!("arn:aws:iam::{account}:role/Guest"), "RoleSessionName": "guest"});
    let session = call("sts", "AssumeRole", assume);
    let text = |member: &str| made["AccessKey"][member].as_str().unwrap().to_owned();
    let user = Login {
        access_key_id: text("AccessKeyId"),
        secret: text("SecretAccessKey"),
        token: None,
    };
    [user, Login::of_session(&session)]
}

impl Stage {
    fn new() -> Self {
        let mut world = World::new();
        let admin = world.directory.admin.clone();
        let outsider = world.directory.i.outsider.clone();
        let [user, session] = login(&mut world, &admin, "111122223333");
        let [foreign_user, foreign_session] = login(&mut world, &outsider, FOREIGN);
        Self {
            world,
            logins: [user, session, foreign_user, foreign_session],
        }
    }

    fn login(&self, kind: Kind) -> Login {
        let at = KINDS.iter().position(|(k, _)| *k == kind).unwrap();
        self.logins[at].clone()
    }

    /// What comes of the request: `allowed`, `-`, or another refusal's name. Everything is put back
    /// afterwards.
    fn attempt(
        &mut self,
        row: &Row,
        kind: Kind,
        policies: Policies,
        grant: &[String],
    ) -> &'static str {
        let i = &self.world.directory.i;
        let before = (i.snapshot.clone(), i.rows.clone());
        self.set_identity_policy(row, kind, policies);
        for key in keys(row) {
            self.set_key_policy(&key, kind, policies);
            if policies == Policies::Grant && !grant.is_empty() {
                self.make_grant(&key, kind, grant);
            }
        }
        let who = self.login(kind);
        let i = &mut self.world.directory.i;
        let reply = i.call(&who, row.service, row.operation, row.input.clone());
        (i.snapshot, i.rows) = before;
        match reply {
            Ok(_) => "allowed",
            Err(error) if error.shape.code == "AccessDeniedException" => "-",
            Err(error) => error.shape.code,
        }
    }

    fn set_identity_policy(&mut self, row: &Row, kind: Kind, policies: Policies) {
        let silent = match policies {
            Policies::KeyPolicy | Policies::Delegation => true,
            // Another account's principal needs its own account's permission beside the grant.
            Policies::Grant => !kind.is_foreign(),
            _ => false,
        };
        if silent {
            return;
        }
        let statements: Vec<Value> = row.demands.iter().map(|d| d.statement("Allow")).collect();
        let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let i = &mut self.world.directory.i;
        let owner = if kind.is_foreign() {
            i.outsider.clone()
        } else {
            i.admin.clone()
        };
        let policy = json!({"PolicyName": "p", "PolicyDocument": document});
        let (operation, name, value) = match kind {
            Kind::User | Kind::ForeignUser => ("PutUserPolicy", "UserName", "guest"),
            Kind::Session | Kind::ForeignSession => ("PutRolePolicy", "RoleName", "Guest"),
        };
        let mut input = policy;
        input[name] = json!(value);
        i.call(&owner, "iam", operation, input).unwrap();
    }

    fn set_key_policy(&mut self, key: &str, kind: Kind, policies: Policies) {
        let allow = |principal: &str| json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"});
        let mut statements = vec![allow(ADMIN)];
        let account = if kind.is_foreign() {
            FOREIGN_ROOT
        } else {
            OWN_ROOT
        };
        match policies {
            Policies::Both | Policies::Delegation => statements.push(allow(account)),
            Policies::KeyPolicy => statements.push(allow(kind.named())),
            Policies::Identity => {}
            // The account's own identity policies count here too; they say nothing.
            Policies::Grant => statements.push(allow(OWN_ROOT)),
            Policies::Denied => {
                let mut deny = allow(kind.named());
                deny["Effect"] = json!("Deny");
                statements.extend([allow(account), deny]);
            }
        }
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        self.on_key(key, "PutKeyPolicy", json!({"KeyId": key, "Policy": policy}));
    }

    /// A call of the administrator in the Region of a key.
    fn on_key(&mut self, key: &str, operation: &str, input: Value) {
        let region = key.split(':').nth(3).unwrap().to_owned();
        let before = std::mem::replace(&mut self.world.directory.i.region, region);
        self.world.directory.kms(operation, input);
        self.world.directory.i.region = before;
    }

    fn make_grant(&mut self, key: &str, kind: Kind, operations: &[String]) {
        let input =
            json!({"KeyId": key, "GranteePrincipal": kind.named(), "Operations": operations});
        self.on_key(key, "CreateGrant", input);
    }
}

/// The keys whose policies take part.
fn keys(row: &Row) -> Vec<String> {
    let mut keys = Vec::new();
    for demand in &row.demands {
        if let Guard::Key(key) | Guard::Grant(key) = &demand.guard
            && !keys.contains(key)
        {
            keys.push(key.clone());
        }
    }
    keys
}

/// The request that stands for an operation: the first of its rows that needs permission.
fn kms_rows(world: &World) -> Vec<Row> {
    let mut found: Vec<Row> = Vec::new();
    for row in rows(world) {
        let known = found.iter().any(|f| f.operation == row.operation);
        if row.service == "kms" && row.free.is_none() && !known {
            found.push(row);
        }
    }
    found.sort_by_key(|row| row.operation);
    found
}

#[test]
fn every_operation_by_every_principal_under_every_policy() {
    let mut stage = Stage::new();
    let words = permissions();
    let mut page = HEAD.to_owned();
    let mut wrong = Vec::new();
    for (kind, title) in KINDS {
        writeln!(page, "\n## A {title}\n\n{}", heading()).unwrap();
        for row in &kms_rows(&stage.world) {
            let permission = &words[row.operation];
            write!(page, "| {} |", row.operation).unwrap();
            for (policies, name) in POLICIES {
                let found = stage.attempt(row, kind, policies, &permission.grant);
                let passed = found == row.ends_in.unwrap_or("allowed");
                if passed != permission.expects(kind, policies) {
                    wrong.push(format!("{} by a {title}, {name}: {found}", row.operation));
                }
                write!(page, " {found} |").unwrap();
            }
            page.push('\n');
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    current(&page);
}

/// What AWS has more than we serve, or we more than AWS, would show here.
#[test]
fn the_table_of_words_is_the_service_model() {
    let model: Vec<&str> = claviger_model::KMS
        .operations
        .iter()
        .map(|o| o.name)
        .collect();
    let mut words: Vec<String> = permissions().into_keys().collect();
    words.sort_unstable();
    let mut model: Vec<String> = model.into_iter().map(str::to_owned).collect();
    model.sort_unstable();
    assert_eq!(words, model);
}

const HEAD: &str = "\
# Who may do what

What the service answers when each KMS operation is asked for by each kind of principal under each kind of policy: \
`allowed` when it is done, `-` when it is refused with `AccessDeniedException`, else the name of what comes after \
authorisation. Made by a test \
(`CLAVIGER_WRITE_REFERENCE=1 cargo nextest run -p claviger-core --test golden_authorization` writes it), which \
compares it with what AWS's documentation says of each operation (`testdata/kms/permissions.tsv`). Requests without a \
signature are refused before this, all of them (`crates/server/tests/http.rs`).

The columns:

1. the key policy hands the decision to the principal's account, and the principal's identity policy allows it;
2. the key policy names the principal, which has no identity policy;
3. the identity policy allows it, the key policy knows neither principal nor account;
4. the key policy hands the decision to the account, the principal has no identity policy;
5. as 1, and the key policy denies it to the principal;
6. a grant lists the operation (a principal of another account has an identity policy beside it).
";

fn heading() -> String {
    "| operation | 1 | 2 | 3 | 4 | 5 | 6 |\n|---|---|---|---|---|---|---|".to_owned()
}

fn current(page: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/reference/kms-authorization.md");
    if std::env::var_os("CLAVIGER_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/reference/kms-authorization.md is not current: CLAVIGER_WRITE_REFERENCE=1 writes it"
    );
}
