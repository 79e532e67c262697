//! The filters of a query, case by case.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_trail::{ErrorFilter, Filter, RecordView};

const ALICE: &str = r#"{"eventTime":"2026-01-05T10:00:00Z","eventSource":"kms.amazonaws.com",
 "eventName":"Decrypt","awsRegion":"us-east-1","newMember":{"a":[1]},
 "userIdentity":{"type":"AssumedRole","principalId":"AROAX:alice","accountId":"111122223333",
  "arn":"arn:aws:sts::111122223333:assumed-role/Admin/alice",
  "sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/ops/Admin"}}},
 "requestParameters":{"encryptionContext":{"keyId":"no"},"keyId":"alias/payroll"},
 "resources":[{"ARN":"arn:aws:kms:us-east-1:111122223333:key/mrk-0123"}]}"#;
const REFUSED: &str = r#"{"eventTime":"2026-01-05T11:00:00Z","eventSource":"iam.amazonaws.com",
 "eventName":"CreateUser","errorCode":"AccessDenied","errorMessage":"a \"b\"",
 "userIdentity":{"type":"AWSService","invokedBy":"sso.amazonaws.com"},
 "requestParameters":{"keyId":{"odd":1}},"resources":null}"#;
const BARE: &str = "{}";

fn check(filter: &Filter, expect: [bool; 3]) {
    let found = [ALICE, REFUSED, BARE]
        .map(|body| filter.matches(&RecordView::read(body.as_bytes()).unwrap()));
    assert_eq!(found, expect, "{filter:?}");
}

fn time(text: &str) -> Option<claviger_types::Timestamp> {
    Some(text.parse().unwrap())
}

#[test]
fn each_part() {
    let any = Filter::default;
    check(&any(), [true, true, true]);
    for (from, until, expect) in [
        (time("2026-01-05T10:00:00Z"), None, [true, true, false]),
        (time("2026-01-05T10:00:01Z"), None, [false, true, false]),
        (None, time("2026-01-05T11:00:00Z"), [true, false, false]),
        (None, time("2026-01-05T11:00:01Z"), [true, true, false]),
        (
            time("2026-01-05T12:00:00Z"),
            time("2026-01-05T09:00:00Z"),
            [false, false, false],
        ),
    ] {
        check(
            &Filter {
                from,
                until,
                ..any()
            },
            expect,
        );
    }
    for (principal, expect) in [
        ("alice", [true, false, false]),
        ("AROAX", [true, false, false]),
        ("role/ops/Admin", [true, false, false]),
        ("111122223333", [true, false, false]),
        ("sso.amazonaws.com", [false, true, false]),
        ("ALICE", [false, false, false]),
    ] {
        check(
            &Filter {
                principal: Some(principal.to_owned()),
                ..any()
            },
            expect,
        );
    }
    for (key, hit) in [
        ("mrk-0123", true),
        ("key/mrk-0123", false),
        ("arn:aws:kms:us-east-1:111122223333:key/mrk-0123", true),
        ("arn:aws:kms:us-west-2:111122223333:key/mrk-0123", false),
        ("alias/payroll", true),
        ("arn:aws:kms:us-east-1:111122223333:alias/payroll", true),
        ("mrk-012", false),
        ("no", false),
        ("", false),
    ] {
        check(
            &Filter {
                key: Some(key.to_owned()),
                ..any()
            },
            [hit, false, false],
        );
    }
    for (name, expect) in [
        ("Decrypt", [true, false, false]),
        ("decrypt", [true, false, false]),
        ("Decryp", [false, false, false]),
    ] {
        check(
            &Filter {
                event_name: Some(name.to_owned()),
                ..any()
            },
            expect,
        );
    }
    for (source, expect) in [
        ("kms", [true, false, false]),
        ("iam.amazonaws.com", [false, true, false]),
        ("amazonaws.com", [false, false, false]),
    ] {
        check(
            &Filter {
                event_source: Some(source.to_owned()),
                ..any()
            },
            expect,
        );
    }
    for (error, expect) in [
        (ErrorFilter::Any, [false, true, false]),
        (ErrorFilter::None, [true, false, true]),
        (
            ErrorFilter::Code("AccessDenied".to_owned()),
            [false, true, false],
        ),
        (
            ErrorFilter::Code("AccessDeniedException".to_owned()),
            [false, true, false],
        ),
        (
            ErrorFilter::Code("NotFoundException".to_owned()),
            [false, false, false],
        ),
    ] {
        check(
            &Filter {
                error: Some(error),
                ..any()
            },
            expect,
        );
    }
}

/// A record with all that a query can ask for.
const FULL: &str = r#"{"eventTime":"2026-01-05T10:00:00Z","eventSource":"kms.amazonaws.com",
 "eventName":"ReEncrypt","awsRegion":"eu-west-1","sourceIPAddress":"10.1.2.3","requestID":"r-1",
 "userIdentity":{"type":"IAMUser","accountId":"222233334444"},"recipientAccountId":"111122223333",
 "requestParameters":{"encryptionContext":7,"sourceKeyId":"alias/old",
  "sourceEncryptionContext":{"tenant":"a","app":"x"},"destinationEncryptionContext":{"tenant":"b"},
  "constraints":{"encryptionContextSubset":{"tenant":"c"}}}}"#;

#[test]
fn where_a_call_came_from_and_what_it_was_about() {
    let hit = |filter: &Filter| filter.matches(&RecordView::read(FULL.as_bytes()).unwrap());
    let some = |text: &str| Some(text.to_owned());
    for (alias, expect) in [
        ("old", true),
        ("alias/old", true),
        ("arn:aws:kms:eu-west-1:111122223333:alias/old", true),
        ("older", false),
    ] {
        let filter = Filter {
            alias: some(alias),
            ..Filter::default()
        };
        assert_eq!(hit(&filter), expect, "{alias}");
    }
    for (pairs, expect) in [
        (&[("tenant", "a")][..], true),
        (&[("tenant", "b")], true),
        (&[("tenant", "c")], true),
        (&[("tenant", "d")], false),
        (&[("tenant", "a"), ("app", "x")], true),
        (&[("tenant", "b"), ("app", "x")], false),
        (&[("tenant", "")], false),
    ] {
        let pair = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        let filter = Filter {
            context: pairs.iter().map(pair).collect(),
            ..Filter::default()
        };
        assert_eq!(hit(&filter), expect, "{pairs:?}");
    }
    for (filter, expect) in [
        (
            Filter {
                account: some("111122223333"),
                ..Filter::default()
            },
            true,
        ),
        (
            Filter {
                account: some("222233334444"),
                ..Filter::default()
            },
            false,
        ),
        (
            Filter {
                region: some("eu-west-1"),
                ..Filter::default()
            },
            true,
        ),
        (
            Filter {
                region: some("eu-west"),
                ..Filter::default()
            },
            false,
        ),
        (
            Filter {
                request_id: some("r-1"),
                ..Filter::default()
            },
            true,
        ),
        (
            Filter {
                request_id: some("r-2"),
                ..Filter::default()
            },
            false,
        ),
        (
            Filter {
                address: "10.1.0.0/16".parse().ok(),
                ..Filter::default()
            },
            true,
        ),
        (
            Filter {
                address: "10.2.0.0/16".parse().ok(),
                ..Filter::default()
            },
            false,
        ),
    ] {
        assert_eq!(hit(&filter), expect, "{filter:?}");
    }
    for filter in [
        Filter {
            account: some("222233334444"),
            ..Filter::default()
        },
        Filter {
            request_id: some(""),
            ..Filter::default()
        },
        Filter {
            context: vec![(String::new(), String::new())],
            ..Filter::default()
        },
        Filter {
            address: "0.0.0.0/0".parse().ok(),
            ..Filter::default()
        },
        Filter {
            alias: some("x"),
            ..Filter::default()
        },
    ] {
        check(&filter, [false; 3]);
    }
    // Without a recipient, the account is the caller's.
    let caller = Filter {
        account: some("111122223333"),
        ..Filter::default()
    };
    check(&caller, [true, false, false]);
}

#[test]
fn all_parts_must_fit() {
    let both = Filter {
        event_name: Some("Decrypt".to_owned()),
        error: Some(ErrorFilter::Any),
        ..Filter::default()
    };
    check(&both, [false, false, false]);
}

#[test]
fn views_name_the_actor_and_the_resource() {
    for (body, principal, resource) in [
        (
            ALICE,
            "arn:aws:sts::111122223333:assumed-role/Admin/alice",
            Some("arn:aws:kms:us-east-1:111122223333:key/mrk-0123"),
        ),
        (REFUSED, "sso.amazonaws.com", None),
        (BARE, "", None),
    ] {
        let view = RecordView::read(body.as_bytes()).unwrap();
        assert_eq!((view.principal(), view.resource()), (principal, resource));
    }
    for bad in ["", "[]", "{", "\"text\"", r#"{"eventName":1}"#] {
        assert!(RecordView::read(bad.as_bytes()).is_err(), "{bad}");
    }
}
