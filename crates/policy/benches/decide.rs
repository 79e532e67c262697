//! How fast the engine is: decisions over stacks of policies, and a full-size key policy read and
//! compiled. Measured, never asserted (`docs/benchmarks.md`).
#![allow(clippy::unwrap_used, missing_docs)]

use claviger_policy::{
    Context, ContextKey, Decision, Kind, NoIds, Policy, Principal, Request, Stack, Switches, Value,
    decide, parse,
};
use claviger_types::AccountId;
use criterion::{Criterion, criterion_group, criterion_main};
use std::fmt::Write;
use std::hint::black_box;

const ACCOUNT: &str = "123456789012";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ROLE: &str = "arn:aws:iam::123456789012:role/app";
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/app/s";
/// The largest key policy that KMS stores. Source: KMS API reference, `PutKeyPolicy`.
const LARGEST: usize = 32_768;

struct Keys;

impl Context for Keys {
    fn get(&self, key: &ContextKey) -> Option<Value<'_>> {
        match key.base() {
            "kms:viaservice" => Some(Value::one("s3.us-east-1.amazonaws.com")),
            "aws:principalaccount" => Some(Value::one(ACCOUNT)),
            "aws:requestedregion" => Some(Value::one("us-east-1")),
            _ => None,
        }
    }
}

fn policy(kind: Kind, statements: &[String]) -> Policy {
    let text = document(statements);
    parse(&text, kind).unwrap().compile("policy", &NoIds)
}

fn document(statements: &[String]) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

/// Five statements as key policies have them; `direct` lets one of them name the role.
fn key_policy(direct: bool) -> Policy {
    let user = if direct {
        ROLE
    } else {
        "arn:aws:iam::123456789012:role/other"
    };
    let via = r#""Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}"#;
    policy(
        Kind::Resource,
        &[
            r#"{"Sid":"root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"}"#.to_owned(),
            r#"{"Sid":"admin","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/admin"},"Action":["kms:Create*","kms:Describe*","kms:Enable*","kms:List*","kms:Put*","kms:Update*","kms:Revoke*","kms:Disable*","kms:Get*","kms:Delete*","kms:ScheduleKeyDeletion","kms:CancelKeyDeletion"],"Resource":"*"}"#.to_owned(),
            format!(r#"{{"Sid":"use","Effect":"Allow","Principal":{{"AWS":"{user}"}},"Action":["kms:Decrypt","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*",{via}}}"#),
            format!(r#"{{"Sid":"grants","Effect":"Allow","Principal":{{"AWS":"{user}"}},"Action":["kms:CreateGrant"],"Resource":"*","Condition":{{"Bool":{{"kms:GrantIsForAWSResource":"true"}}}}}}"#),
            r#"{"Sid":"outside","Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"123456789012"}}}"#.to_owned(),
        ],
    )
}

const ACTIONS: [&str; 10] = [
    "s3:GetObject",
    "sqs:SendMessage",
    "sns:Publish",
    "dynamodb:GetItem",
    "logs:PutLogEvents",
    "ec2:DescribeInstances",
    "lambda:InvokeFunction",
    "ssm:GetParameter",
    "secretsmanager:GetSecretValue",
    "kms:Encrypt",
];

/// A statement of an identity policy; that of number 7 of the policy `allows` decides.
fn identity_statement(of: usize, at: usize, allows: bool) -> String {
    if allows && at == 7 {
        return format!(
            r#"{{"Effect":"Allow","Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"arn:aws:kms:us-east-1:{ACCOUNT}:key/*","Condition":{{"StringLike":{{"kms:ViaService":"s3.*"}}}}}}"#
        );
    }
    let effect = if at == 9 { "Deny" } else { "Allow" };
    let action = ACTIONS.get(at % 10).unwrap();
    let region = 1 + of % 2;
    let condition = if at.is_multiple_of(3) {
        format!(r#","Condition":{{"StringEquals":{{"aws:RequestedRegion":"us-east-{region}"}}}}"#)
    } else {
        String::new()
    };
    format!(r#"{{"Effect":"{effect}","Action":["{action}"],"Resource":"*"{condition}}}"#)
}

fn identity(policies: usize, statements: usize) -> Vec<Policy> {
    (0..policies)
        .map(|of| {
            let allows = of == policies / 2;
            let statements: Vec<String> = (0..statements)
                .map(|at| identity_statement(of, at, allows))
                .collect();
            policy(Kind::Identity, &statements)
        })
        .collect()
}

fn decrypt(stack: &Stack<'_>) -> Decision {
    let account: AccountId = ACCOUNT.parse().unwrap();
    let principal = Principal::RoleSession {
        account,
        session_arn: SESSION,
        role_arn: ROLE,
        role_id: None,
        service_linked: false,
    };
    let request = Request::on_key("kms:Decrypt", KEY, account, principal, &Keys);
    decide(&request, stack, &Switches::default())
}

/// A key policy as large as KMS stores one.
fn largest() -> String {
    let mut statements = Vec::new();
    for at in 0.. {
        let mut statement =
            format!(r#"{{"Sid":"Team {at}","Effect":"Allow","Principal":{{"AWS":["#);
        for user in 0..3 {
            let comma = if user == 0 { "" } else { "," };
            write!(
                statement,
                r#"{comma}"arn:aws:iam::{ACCOUNT}:role/team-{at}/user-{user}""#
            )
            .unwrap();
        }
        write!(
            statement,
            r#"]}},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*","Condition":{{"StringEquals":{{"kms:ViaService":["s3.us-east-1.amazonaws.com","ec2.us-east-1.amazonaws.com"],"kms:EncryptionContext:team":"${{aws:PrincipalTag/team}}"}},"ArnLike":{{"aws:SourceArn":"arn:aws:s3:::bucket-{at}/*"}}}}}}"#
        )
        .unwrap();
        statements.push(statement);
        if document(&statements).len() > LARGEST {
            statements.pop();
            break;
        }
    }
    document(&statements)
}

fn decisions(c: &mut Criterion) {
    let (named, delegating) = (key_policy(true), key_policy(false));
    let (few, many) = (identity(2, 8), identity(10, 10));
    // 5 + 16 statements and 5 + 100.
    for (name, key, identity) in [
        ("21 statements, allowed by the key policy", &named, &few),
        ("21 statements, allowed by delegation", &delegating, &few),
        ("105 statements, allowed by the key policy", &named, &many),
        ("105 statements, allowed by delegation", &delegating, &many),
    ] {
        let stack = Stack {
            resource: Some(key),
            identity: identity.iter().collect(),
            ..Stack::default()
        };
        assert!(decrypt(&stack).is_allowed());
        c.bench_function(name, |b| b.iter(|| decrypt(black_box(&stack))));
    }
}

fn reading(c: &mut Criterion) {
    let text = largest();
    let name = format!("a key policy of {} bytes read and compiled", text.len());
    c.bench_function(&name, |b| {
        b.iter(|| {
            let document = parse(black_box(&text), Kind::Resource).unwrap();
            document.compile("default", &NoIds)
        });
    });
}

criterion_group!(benches, decisions, reading);
criterion_main!(benches);
