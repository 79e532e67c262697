//! Every operation of every service is authorised: a matrix generated from one row per request
//! shows allow, implicit deny and explicit deny for each, in AWS's words, and that a refusal
//! changes nothing and is recorded. An operation that is served without a row fails the test.
//! What conditions in policies do is shown elsewhere.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod directory;
mod matrix;

use claviger_core::chain::ServiceError;
use claviger_core::dispatch::SERVED;
use claviger_model::Protocol;
use claviger_testkit::installation::service_of;
use claviger_trail::Record;
use matrix::{Abroad, Demand, Expect, Line, OUTSIDER, Row, WORKER, Who, World, lines, rows};
use std::collections::BTreeSet;

type Operation = (&'static str, &'static str);

#[test]
fn every_operation_has_a_row_and_every_row_an_operation() {
    let served: BTreeSet<Operation> = SERVED
        .iter()
        .copied()
        .flatten()
        .map(|served| (served.service.id, served.name))
        .collect();
    let shown: BTreeSet<Operation> = rows(&World::new())
        .iter()
        .map(|row| (row.service, row.operation))
        .collect();
    let missing: Vec<_> = served.difference(&shown).collect();
    let unknown: Vec<_> = shown.difference(&served).collect();
    assert!(missing.is_empty(), "served without a row: {missing:?}");
    assert!(unknown.is_empty(), "rows of nothing: {unknown:?}");
}

/// Only what AWS asks no permission for may lack one of the three, and says why; so does what is
/// not tried from another account.
#[test]
fn every_row_shows_allow_implicit_and_explicit_deny() {
    for row in rows(&World::new()) {
        let lines = lines(&row);
        let has = |wanted: fn(&Expect) -> bool| lines.iter().any(|line| wanted(&line.expect));
        let title = row.title();
        assert!(row.free.is_none_or(|why| !why.is_empty()), "{title}");
        let foreign = lines.iter().any(|line| line.who == Who::Outsider);
        let home = matches!(row.abroad, Abroad::Nothing(why) if !why.is_empty());
        assert!(foreign != home, "{title}");
        assert!(has(|e| matches!(e, Expect::Allowed)), "{title}");
        let implicit = has(|e| matches!(e, Expect::Implicit(..)));
        assert!(implicit || row.free.is_some(), "{title}");
        let explicit = has(|e| matches!(e, Expect::Explicit(..)));
        let undeniable = row.free.is_some() && row.demands.is_empty();
        assert!(explicit != undeniable, "{title}");
    }
}

#[test]
fn kms() {
    check_service("kms");
}

#[test]
fn sts() {
    check_service("sts");
}

#[test]
fn iam() {
    check_service("iam");
}

#[test]
fn sso_admin() {
    check_service("sso-admin");
}

#[test]
fn identitystore() {
    check_service("identitystore");
}

#[test]
fn cloudtrail() {
    check_service("cloudtrail");
}

#[test]
fn organizations() {
    check_service("organizations");
}

#[test]
fn s3() {
    check_service("s3");
}

fn check_service(service: &str) {
    let mut world = World::new();
    for row in rows(&world).iter().filter(|row| row.service == service) {
        for line in lines(row) {
            check(&mut world, row, &line);
        }
    }
}

fn check(world: &mut World, row: &Row, line: &Line) {
    let title = format!("{}, {}", row.title(), line.name);
    let attempt = world.attempt(row, line);
    let (at, tail) = match line.expect {
        Expect::Allowed if row.ends_in.is_some() => {
            let error = attempt.reply.expect_err(&title);
            assert_eq!(Some(error.shape.code), row.ends_in, "{title}");
            assert!(!attempt.changed, "{title}: something changed");
            return check_recorded(row, &attempt.records, &title);
        }
        Expect::Allowed => {
            attempt.reply.unwrap_or_else(|e| panic!("{title}: {e:?}"));
            let failed = attempt.records.iter().any(|r| r.error_code.is_some());
            assert!(!failed, "{title}: {:?}", attempt.records);
            return check_recorded(row, &attempt.records, &title);
        }
        Expect::Implicit(at, policy) => {
            let action = &row.demands[at].action;
            (
                at,
                format!("because no {policy} allows the {action} action"),
            )
        }
        Expect::Explicit(at, policy) => (at, format!("with an explicit deny in {policy}")),
    };
    let demand = &row.demands[at];
    let error = attempt.reply.expect_err(&title);
    check_refusal(row, demand, line.who, &tail, &error, &title);
    assert!(!attempt.changed, "{title}: something changed");
    check_refusal_records(row, demand, line.who, &attempt.records, &title);
}

fn check_recorded(row: &Row, records: &[Record], title: &str) {
    let of_the_call = records.iter().filter(|r| r.event_name == row.operation);
    assert!(of_the_call.count() > 0, "{title}: no record");
}

fn check_refusal(
    row: &Row,
    demand: &Demand,
    who: Who,
    tail: &str,
    error: &ServiceError,
    title: &str,
) {
    let code = match service_of(row.service).protocol {
        Protocol::AwsJson11 => "AccessDeniedException",
        Protocol::Query | Protocol::RestXml => "AccessDenied",
    };
    assert_eq!(error.shape.code, code, "{title}: {error:?}");
    let who = match who {
        Who::Worker => WORKER,
        Who::Outsider => OUTSIDER,
    };
    let text = format!(
        "User: {who} is not authorized to perform: {}{} {tail}",
        demand.action, demand.shown
    );
    assert_eq!(error.message.as_deref(), Some(text.as_str()), "{title}");
    let reason = error.members.iter().find(|(name, _)| *name == "Reason");
    let expect = demand.forwarded.then(|| kms_denied(row.service));
    assert_eq!(reason.map(|(_, r)| r.as_str()), expect, "{title}");
}

/// The reason in an exception of the outer service, when KMS refuses its caller.
fn kms_denied(service: &str) -> &'static str {
    match service {
        "identitystore" => "KMS_ACCESS_DENIED",
        _ => "KMS_AccessDeniedException",
    }
}

/// One record of the refusal, for the caller's account alone; before it one of the nested call,
/// if that was refused.
fn check_refusal_records(row: &Row, demand: &Demand, who: Who, records: &[Record], title: &str) {
    let account = match who {
        Who::Worker => "111122223333",
        Who::Outsider => "999900001111",
    };
    let nested = demand.action.split(':').next_back();
    let mut expect: Vec<&str> = nested.filter(|_| demand.forwarded).into_iter().collect();
    expect.push(row.operation);
    let refused: Vec<&Record> = records.iter().filter(|r| r.error_code.is_some()).collect();
    let events: Vec<&str> = refused.iter().map(|r| r.event_name).collect();
    assert_eq!(events, expect, "{title}");
    for record in &refused {
        assert_eq!(
            record.error_code.as_deref(),
            Some("AccessDenied"),
            "{title}"
        );
        assert_eq!(record.recipient_account_id.as_str(), account, "{title}");
    }
    // Without nested calls there is nothing else to tell.
    assert!(
        demand.forwarded || records.len() == 1,
        "{title}: {records:?}"
    );
}
