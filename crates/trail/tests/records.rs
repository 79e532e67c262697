//! Records of every kind of user identity, against their JSON as kept in `records/`. The order of
//! members is part of what is compared. Everything in them is made up; the shapes are those of the
//! CloudTrail User Guide's "CloudTrail userIdentity element".
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_trail::{
    EventType, External, Json, Principal, Record, RecordView, Resource, SessionContext,
    SessionIssuer, TlsDetails, UserIdentity,
};
use claviger_types::AccountId;
use std::fs;
use std::path::Path;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn account(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn json(text: &str) -> Option<Json> {
    Some(Json::from_text(text.to_owned()).unwrap())
}

fn alice() -> Principal {
    Principal {
        principal_id: "AIDAEXAMPLEALICE00001".to_owned(),
        arn: "arn:aws:iam::111122223333:user/alice".to_owned(),
        account_id: account("111122223333"),
        access_key_id: Some("AKIAEXAMPLEALICE0001".to_owned()),
        user_name: Some("alice".to_owned()),
        session: None,
        invoked_by: None,
    }
}

fn session(issuer: Option<SessionIssuer>) -> Option<SessionContext> {
    Some(SessionContext {
        issuer,
        creation_date: "2026-01-05T09:00:00Z".parse().unwrap(),
        mfa_authenticated: false,
        source_identity: None,
    })
}

fn admin() -> Principal {
    Principal {
        principal_id: "AROAEXAMPLEADMIN00001:sess".to_owned(),
        arn: "arn:aws:sts::111122223333:assumed-role/Admin/sess".to_owned(),
        access_key_id: Some("ASIAEXAMPLEADMIN0001".to_owned()),
        user_name: None,
        session: session(Some(SessionIssuer {
            kind: "Role",
            principal_id: "AROAEXAMPLEADMIN00001".to_owned(),
            arn: "arn:aws:iam::111122223333:role/path/Admin".to_owned(),
            account_id: account("111122223333"),
            user_name: Some("Admin".to_owned()),
        })),
        ..alice()
    }
}

fn decrypt(user_identity: UserIdentity) -> Record {
    Record {
        user_identity,
        event_time: "2026-01-05T10:00:00.999Z".parse().unwrap(),
        event_source: "kms.amazonaws.com",
        event_name: "Decrypt",
        aws_region: "us-east-1".parse().unwrap(),
        source_ip_address: "192.0.2.1".into(),
        user_agent: Some("aws-cli/2".into()),
        error_code: None,
        error_message: None,
        request_parameters: json(r#"{"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#),
        response_elements: None,
        additional_event_data: json(r#"{"keyMaterialId":"00ff"}"#),
        request_id: Some("11111111-2222-4333-8444-555555555555".to_owned()),
        event_id: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee".to_owned(),
        read_only: true,
        data_event: false,
        resources: vec![Resource::kms_key(account("111122223333"), KEY)],
        event_type: EventType::AwsApiCall,
        recipient_account_id: account("111122223333"),
        shared_event_id: None,
        service_event_details: None,
        tls_details: None,
    }
}

/// A call by a service, for itself or for somebody.
fn by_service(service: &'static str, user_identity: UserIdentity) -> Record {
    Record {
        source_ip_address: service.into(),
        user_agent: Some(service.into()),
        ..decrypt(user_identity)
    }
}

fn external() -> External {
    External {
        principal_id: "provider:bob".to_owned(),
        user_name: Some("bob".to_owned()),
        identity_provider: "arn:aws:iam::111122223333:saml-provider/provider".to_owned(),
    }
}

fn cases() -> Vec<(&'static str, Record)> {
    let service = "sso.amazonaws.com";
    let shared = Some("99999999-8888-4777-8666-555555555555".to_owned());
    vec![
        ("iam-user", decrypt(UserIdentity::IamUser(alice()))),
        (
            "iam-user-session",
            decrypt(UserIdentity::IamUser(Principal {
                session: session(None),
                ..alice()
            })),
        ),
        ("assumed-role", decrypt(UserIdentity::AssumedRole(admin()))),
        (
            "assumed-role-through-service",
            by_service(
                service,
                UserIdentity::AssumedRole(Principal {
                    invoked_by: Some(service.into()),
                    session: admin().session.map(|s| SessionContext {
                        mfa_authenticated: true,
                        source_identity: Some("alice".to_owned()),
                        ..s
                    }),
                    ..admin()
                }),
            ),
        ),
        (
            "root",
            decrypt(UserIdentity::Root(Principal {
                principal_id: "111122223333".to_owned(),
                arn: "arn:aws:iam::111122223333:root".to_owned(),
                access_key_id: None,
                user_name: None,
                ..alice()
            })),
        ),
        (
            "role",
            decrypt(UserIdentity::Role(Principal {
                principal_id: "AROAEXAMPLEADMIN00001".to_owned(),
                arn: "arn:aws:iam::111122223333:role/Admin".to_owned(),
                access_key_id: None,
                user_name: None,
                ..alice()
            })),
        ),
        (
            "federated-user",
            decrypt(UserIdentity::FederatedUser(Principal {
                principal_id: "111122223333:bob".to_owned(),
                arn: "arn:aws:sts::111122223333:federated-user/bob".to_owned(),
                user_name: None,
                session: session(Some(SessionIssuer {
                    kind: "IAMUser",
                    principal_id: "AIDAEXAMPLEALICE00001".to_owned(),
                    arn: "arn:aws:iam::111122223333:user/alice".to_owned(),
                    account_id: account("111122223333"),
                    user_name: Some("alice".to_owned()),
                })),
                ..alice()
            })),
        ),
        ("saml-user", decrypt(UserIdentity::SamlUser(external()))),
        (
            "web-identity-user",
            decrypt(UserIdentity::WebIdentityUser(External {
                user_name: None,
                ..external()
            })),
        ),
        (
            "identity-center-user",
            decrypt(UserIdentity::IdentityCenterUser {
                account_id: account("111122223333"),
                user_id: "94482488-3041-7020-0000-000000000001".to_owned(),
                identity_store_arn:
                    "arn:aws:identitystore::111122223333:identitystore/d-1234567890".to_owned(),
                credential_id: Some("credential".to_owned()),
            }),
        ),
        (
            "aws-service",
            Record {
                shared_event_id: shared.clone(),
                ..by_service(
                    service,
                    UserIdentity::AwsService {
                        invoked_by: service.into(),
                    },
                )
            },
        ),
        (
            "aws-account",
            Record {
                shared_event_id: shared,
                ..decrypt(UserIdentity::AwsAccount {
                    principal_id: "AROAEXAMPLEOTHER00001:sess".to_owned(),
                    account_id: account("444455556666"),
                    invoked_by: None,
                })
            },
        ),
        (
            "internal",
            Record {
                event_name: "RotateKey",
                event_type: EventType::AwsServiceEvent,
                request_parameters: None,
                additional_event_data: None,
                request_id: None,
                read_only: false,
                service_event_details: json(r#"{"rotationType":"AUTOMATIC"}"#),
                ..by_service(
                    "AWS Internal",
                    UserIdentity::Internal {
                        account_id: account("111122223333"),
                        invoked_by: "AWS Internal".into(),
                    },
                )
            },
        ),
        (
            "refused",
            Record {
                error_code: Some("AccessDenied".into()),
                error_message: Some("no \"identity-based\" policy\nallows it".into()),
                additional_event_data: None,
                ..decrypt(UserIdentity::IamUser(alice()))
            },
        ),
        (
            "no-resources-tls",
            Record {
                event_name: "ListKeys",
                request_parameters: None,
                additional_event_data: None,
                resources: vec![],
                tls_details: Some(TlsDetails {
                    tls_version: "TLSv1.3".into(),
                    cipher_suite: "TLS_AES_128_GCM_SHA256".into(),
                    client_provided_host_header: "localhost:8443".to_owned(),
                    key_exchange: Some("X25519MLKEM768".into()),
                }),
                ..decrypt(UserIdentity::IamUser(alice()))
            },
        ),
        (
            "other-service",
            Record {
                event_source: "iam.amazonaws.com",
                event_name: "CreateUser",
                request_parameters: json(r#"{"userName":"bob"}"#),
                response_elements: json(r#"{"user":{"userName":"bob"}}"#),
                additional_event_data: None,
                resources: vec![],
                read_only: false,
                ..decrypt(UserIdentity::IamUser(alice()))
            },
        ),
    ]
}

/// The kept records are written one member a line; white space is all that may differ.
#[test]
fn records_are_as_kept() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/records");
    let kept_files = fs::read_dir(&folder).unwrap().count();
    let cases = cases();
    assert_eq!(
        kept_files,
        cases.len() + 1,
        "one file for each case, and the README"
    );
    for (name, record) in cases {
        let kept = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let written = String::from_utf8(record.to_bytes()).unwrap();
        assert_eq!(spread(&written), kept, "{name}");
        RecordView::read(written.as_bytes()).unwrap();
    }
}

/// The same JSON with two blanks of indent, its members in the order they stand in.
fn spread(json: &str) -> String {
    let (mut out, mut depth, mut in_text, mut escaped) = (String::new(), 0, false, false);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    let mut previous = ' ';
    for c in json.chars() {
        if in_text {
            out.push(c);
            in_text = escaped || c != '"';
            escaped = c == '\\' && !escaped;
        } else {
            match c {
                '"' => in_text = true,
                '}' | ']' => depth -= 1,
                _ => {}
            }
            let empty = matches!((previous, c), ('{', '}') | ('[', ']'));
            let starts = matches!(previous, '{' | '[' | ',') && !empty;
            if starts || (matches!(c, '}' | ']') && !empty) {
                line(&mut out, depth);
            }
            out.push(c);
            if c == ':' {
                out.push(' ');
            }
            if matches!(c, '{' | '[') {
                depth += 1;
            }
        }
        previous = if in_text && c != '"' { ' ' } else { c };
    }
    out.push('\n');
    out
}

/// CloudTrail's limits: text is cut at a character, larger elements are left out.
#[test]
fn limits() {
    let long = "ä".repeat(600);
    let large = format!("\"{}\"", "x".repeat(100 * 1024));
    let middling = format!("\"{}\"", "x".repeat(28 * 1024));
    let record = Record {
        user_agent: Some(long.clone().into()),
        error_message: Some(long.into()),
        request_parameters: json(&large),
        response_elements: json(&middling),
        additional_event_data: json(&middling),
        ..decrypt(UserIdentity::IamUser(alice()))
    };
    let written: serde_json::Value = serde_json::from_slice(&record.to_bytes()).unwrap();
    assert_eq!(written["userAgent"], "ä".repeat(512));
    assert_eq!(written["errorMessage"], "ä".repeat(512));
    assert!(written["requestParameters"].is_null());
    assert!(written["responseElements"].is_string());
    assert!(written.get("additionalEventData").is_none());
}
