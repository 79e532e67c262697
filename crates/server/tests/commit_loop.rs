//! The commit loop: group commit, outcomes that are outrun, clients that hang up, and every way in
//! which a store can fail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use claviger_core::quotas::Quotas;
use claviger_server::commit::NotRecorded;
use claviger_testkit::faulty_store::Fault;
use claviger_testkit::installation::Login;
use serde_json::json;
use support::{Begun, Call, Place, begin, start};

fn random(place: &Place) -> Call {
    place.call(
        &place.admin,
        "kms",
        "GenerateRandom",
        json!({"NumberOfBytes": 8}),
    )
}

async fn new_key(place: &Place) -> String {
    let made = place.allowed("kms", "CreateKey", json!({})).await;
    made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
}

fn describe_as(place: &Place, key: &str, text: &str) -> Call {
    place.call(
        &place.admin,
        "kms",
        "UpdateKeyDescription",
        json!({"KeyId": key, "Description": text}),
    )
}

async fn description(place: &Place, key: &str) -> String {
    let shown = place
        .allowed("kms", "DescribeKey", json!({"KeyId": key}))
        .await;
    let text = &shown["KeyMetadata"]["Description"];
    text.as_str().unwrap_or_default().to_owned()
}

/// Holds the loop in the middle of a commit, puts calls in line, lets go.
async fn behind_a_held_commit(place: &Place, calls: &mut [Call]) {
    place.control.hold();
    let mut first = random(place);
    start(&mut first);
    place.control.wait_until_held();
    calls.iter_mut().for_each(start);
    place.control.release();
    first.await.unwrap().into_value().unwrap();
}

#[tokio::test]
async fn what_waits_shares_one_batch() {
    let place = Place::new().await;
    let before = place.control.seen().len();
    let mut calls: Vec<Call> = (0..40).map(|_| random(&place)).collect();
    behind_a_held_commit(&place, &mut calls).await;
    let mut revisions = Vec::new();
    for call in calls {
        let recorded = call.await.unwrap();
        assert!(recorded.value().is_ok());
        revisions.push(recorded.revision());
    }
    revisions.dedup();
    assert_eq!(revisions.len(), 1, "one batch, one revision");
    let sizes: Vec<usize> = place.control.seen()[before..]
        .iter()
        .map(|seen| seen.records)
        .collect();
    assert_eq!(sizes, [1, 40]);
    place.verify();
}

#[tokio::test]
async fn outrun_decisions_are_made_again_and_all_come_to_their_end() {
    let place = Place::new().await;
    let key = new_key(&place).await;
    let texts = ["one", "two", "three", "four", "five", "six"];
    let mut calls: Vec<Call> = texts.map(|t| describe_as(&place, &key, t)).into();
    behind_a_held_commit(&place, &mut calls).await;
    // Polled together, so that they go on outrunning each other.
    let mut tasks: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
    for task in &mut tasks {
        assert!(task.await.unwrap().unwrap().value().is_ok());
    }
    assert!(texts.contains(&description(&place, &key).await.as_str()));
    assert_eq!(place.records_of("UpdateKeyDescription"), texts.len());
    place.verify();
}

/// What many ask for at once, of which there is room for two.
fn one_of_many(place: &Place, what: &str, key: &str, number: usize) -> Call {
    let by_admin = |operation, document| place.call(&place.admin, "kms", operation, document);
    match what {
        "keys" => by_admin("CreateKey", json!({})),
        "aliases" => by_admin(
            "CreateAlias",
            json!({"AliasName": format!("alias/a{number}"), "TargetKeyId": key}),
        ),
        _ => by_admin(
            "CreateGrant",
            json!({
                "KeyId": key, "Operations": ["Decrypt"],
                "GranteePrincipal": "arn:aws:iam::111122223333:user/admin",
            }),
        ),
    }
}

#[tokio::test]
async fn of_those_who_come_at_once_no_more_get_in_than_fit() {
    for what in ["keys", "aliases", "grants"] {
        let place = Place::within(Quotas {
            // One is there before.
            keys: 3,
            aliases_per_key: 2,
            grants_per_key: 2,
            ..Quotas::DEFAULT
        })
        .await;
        let key = new_key(&place).await;
        let mut calls: Vec<Call> = (0..6)
            .map(|number| one_of_many(&place, what, &key, number))
            .collect();
        behind_a_held_commit(&place, &mut calls).await;
        let mut refused = 0;
        for call in calls {
            if let Err(error) = call.await.unwrap().into_value() {
                assert_eq!(error.shape.code, "LimitExceededException", "{what}");
                refused += 1;
            }
        }
        assert_eq!(refused, 4, "{what}");
        place.verify();
    }
}

#[tokio::test]
async fn a_call_rests_on_the_rows_it_was_decided_by() {
    let place = Place::new().await;
    let key = new_key(&place).await;
    let encrypt = |text: &str| {
        place.call(
            &place.admin,
            "kms",
            "Encrypt",
            json!({"KeyId": key, "Plaintext": text}),
        )
    };
    let disable = place.call(&place.admin, "kms", "DisableKey", json!({"KeyId": key}));
    let mut calls = [encrypt("AAAA"), disable, encrypt("BBBB")];
    behind_a_held_commit(&place, &mut calls).await;
    let [before, disable, after] = calls;
    assert!(before.await.unwrap().value().is_ok());
    assert!(disable.await.unwrap().value().is_ok());
    let refused = after.await.unwrap().into_value().unwrap_err();
    assert_eq!(refused.shape.code, "DisabledException");
}

/// The outsider uses a key by a grant alone; the grant is revoked before the use is committed.
#[tokio::test]
async fn a_use_by_a_grant_rests_on_the_grant() {
    let place = Place::new().await;
    let made = place.allowed("kms", "CreateKey", json!({})).await;
    let key = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let grantee = "arn:aws:iam::999900001111:user/outsider";
    let grant = json!({"KeyId": key, "GranteePrincipal": grantee, "Operations": ["Encrypt"]});
    let made = place.allowed("kms", "CreateGrant", grant).await;
    let encrypt = || {
        let document = json!({"KeyId": key, "Plaintext": "AAAA"});
        place.call(&place.outsider, "kms", "Encrypt", document)
    };
    let revoke = json!({"KeyId": key, "GrantId": made["GrantId"]});
    let revoke = place.call(&place.admin, "kms", "RevokeGrant", revoke);
    let mut calls = [encrypt(), revoke, encrypt()];
    behind_a_held_commit(&place, &mut calls).await;
    let [before, revoke, after] = calls;
    assert!(before.await.unwrap().value().is_ok());
    assert!(revoke.await.unwrap().value().is_ok());
    let refused = after.await.unwrap().into_value().unwrap_err();
    assert_eq!(refused.shape.code, "AccessDeniedException");
}

/// A user with what a group and a managed policy let it do; each changes before a use is committed.
#[tokio::test]
async fn a_use_rests_on_groups_and_managed_policies() {
    let allow = |effect: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": effect, "Action": "kms:ListKeys", "Resource": "*"}]})
        .to_string()
    };
    let policy = "arn:aws:iam::111122223333:policy/Lists";
    let group = json!({"GroupName": "Team"});
    for (operation, change) in [
        (
            "CreatePolicyVersion",
            json!({"PolicyArn": policy, "PolicyDocument": allow("Deny"), "SetAsDefault": true}),
        ),
        (
            "DetachGroupPolicy",
            json!({"GroupName": "Team", "PolicyArn": policy}),
        ),
        (
            "RemoveUserFromGroup",
            json!({"GroupName": "Team", "UserName": "alice"}),
        ),
    ] {
        let place = Place::new().await;
        let document = json!({"PolicyName": "Lists", "PolicyDocument": allow("Allow")});
        place.allowed("iam", "CreatePolicy", document).await;
        place.allowed("iam", "CreateGroup", group.clone()).await;
        let attached = json!({"GroupName": "Team", "PolicyArn": policy});
        place.allowed("iam", "AttachGroupPolicy", attached).await;
        let alice = json!({"UserName": "alice"});
        place.allowed("iam", "CreateUser", alice.clone()).await;
        let member = json!({"GroupName": "Team", "UserName": "alice"});
        place.allowed("iam", "AddUserToGroup", member).await;
        let made = place.allowed("iam", "CreateAccessKey", alice).await;
        let text = |member: &str| made["AccessKey"][member].as_str().unwrap().to_owned();
        let login = Login {
            access_key_id: text("AccessKeyId"),
            secret: text("SecretAccessKey"),
            token: None,
        };
        let list = || place.call(&login, "kms", "ListKeys", json!({}));
        let change = place.call(&place.admin, "iam", operation, change);
        let mut calls = [list(), change, list()];
        behind_a_held_commit(&place, &mut calls).await;
        let [before, change, after] = calls;
        assert!(before.await.unwrap().value().is_ok(), "{operation}");
        assert!(change.await.unwrap().value().is_ok(), "{operation}");
        let refused = after.await.unwrap().into_value().unwrap_err();
        assert_eq!(refused.shape.code, "AccessDeniedException", "{operation}");
    }
}

#[tokio::test]
async fn a_use_by_an_alias_rests_on_where_it_points() {
    let place = Place::new().await;
    let (one, two) = (new_key(&place).await, new_key(&place).await);
    let alias = |key: &str| json!({"AliasName": "alias/a", "TargetKeyId": key});
    place.allowed("kms", "CreateAlias", alias(&one)).await;
    let encrypt = || {
        let document = json!({"KeyId": "alias/a", "Plaintext": "AAAA"});
        place.call(&place.admin, "kms", "Encrypt", document)
    };
    let update = place.call(&place.admin, "kms", "UpdateAlias", alias(&two));
    let mut calls = [encrypt(), update, encrypt()];
    behind_a_held_commit(&place, &mut calls).await;
    let [before, update, after] = calls;
    assert!(update.await.unwrap().value().is_ok());
    for (call, key) in [(before, one), (after, two)] {
        let reply = call.await.unwrap().into_value().unwrap();
        let reply: serde_json::Value = serde_json::from_slice(&reply.0).unwrap();
        assert!(reply["KeyId"].as_str().unwrap().ends_with(&key));
    }
}

#[tokio::test]
async fn an_own_outcome_that_was_outrun_says_so() {
    let place = Place::new().await;
    let empty = claviger_core::state::Snapshot::default();
    let conditions = place.node.state().conditions(&empty);
    let made = claviger_core::bootstrap::development(conditions, place.node.seed()).unwrap();
    let told = place.node.commit_own(made.outcome).await;
    assert_eq!(told.unwrap_err(), NotRecorded::Stale);
}

#[tokio::test]
async fn a_client_that_hangs_up_cancels_nothing() {
    let place = Place::new().await;
    let key = new_key(&place).await;
    let mut calls = [describe_as(&place, &key, "left behind")];
    place.control.hold();
    calls.iter_mut().for_each(start);
    place.control.wait_until_held();
    drop(calls);
    place.control.release();
    assert_eq!(description(&place, &key).await, "left behind");
    assert_eq!(place.records_of("UpdateKeyDescription"), 1);
}

/// What a fault does to the calls of its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Recorded,
    Failed,
}

async fn check(faults: &[Fault], failing_reopenings: usize, expect: Expect) {
    let case = format!("{faults:?}, {failing_reopenings} failing reopenings");
    let mut place = Place::new().await;
    let key = new_key(&place).await;
    let before = place.verify().records;
    place.control.fail_reopenings(failing_reopenings);
    place.control.fail(faults);
    let told = describe_as(&place, &key, "changed").await;
    let (records, text) = match expect {
        Expect::Recorded => {
            assert!(told.expect(&case).value().is_ok(), "{case}");
            (1, "changed")
        }
        Expect::Failed => {
            assert_eq!(told.unwrap_err(), NotRecorded::Failed, "{case}");
            (0, "")
        }
    };
    assert!(place.node.state().is_ready(), "{case}");
    // Whoever watches sees a failure until a commit succeeds, without asking the store.
    let shown = |ready: u8| {
        let metrics = place.node.metrics().unwrap();
        assert!(
            metrics.contains(&format!("claviger_ready {ready}\n")),
            "{case}: {ready}"
        );
    };
    shown(u8::from(
        expect == Expect::Recorded || faults.last() == Some(&Fault::Conflict),
    ));
    assert_eq!(place.verify().records - before, records, "{case}");
    assert_eq!(description(&place, &key).await, text, "{case}");
    shown(1);
    // And it is so after a restart, the chain whole.
    place.again().await;
    assert_eq!(description(&place, &key).await, text, "{case}");
    assert_eq!(place.verify().records - before, records + 2, "{case}");
}

#[tokio::test]
async fn faults_of_the_store() {
    use Expect::{Failed, Recorded};
    use Fault::{Conflict, UnknownCommitted, UnknownLost};
    for (faults, failing_reopenings, expect) in [
        (vec![Fault::Failed], 0, Failed),
        (vec![UnknownLost], 0, Failed),
        (vec![UnknownLost], 2, Failed),
        (vec![UnknownCommitted], 0, Recorded),
        (vec![UnknownCommitted], 2, Recorded),
        (vec![Conflict], 0, Recorded),
        // After three the loop decides by itself.
        (vec![Conflict; 5], 1, Recorded),
        // A store that always says so is at odds with itself.
        (vec![Conflict; 17], 0, Failed),
    ] {
        check(&faults, failing_reopenings, expect).await;
    }
}

#[tokio::test]
async fn a_failed_commit_takes_its_whole_batch_and_nothing_else() {
    let place = Place::new().await;
    let key = new_key(&place).await;
    let before = place.verify().records;
    place.control.hold();
    let mut first = random(&place);
    start(&mut first);
    place.control.wait_until_held();
    let mut calls = [
        random(&place),
        describe_as(&place, &key, "lost"),
        random(&place),
    ];
    calls.iter_mut().for_each(start);
    // The held commit has taken no fault yet: it would be the first to fail.
    place.control.fail(&[Fault::Failed]);
    let mut later = random(&place);
    place.control.release();
    assert_eq!(first.await.unwrap_err(), NotRecorded::Failed);
    for call in calls {
        assert!(call.await.unwrap().value().is_ok());
    }
    start(&mut later);
    assert!(later.await.unwrap().value().is_ok());
    assert_eq!(place.verify().records - before, 4);
}

#[tokio::test]
async fn nothing_is_answered_while_a_result_is_unknown() {
    let place = Place::new().await;
    place.control.fail(&[Fault::UnknownCommitted]);
    place.control.fail_reopenings(3);
    place.control.hold();
    let mut unknown = random(&place);
    start(&mut unknown);
    place.control.wait_until_held();
    let mut behind = random(&place);
    start(&mut behind);
    place.control.release();
    let (unknown, behind) = tokio::join!(unknown, behind);
    assert_eq!(place.control.reopenings(), 4);
    assert!(unknown.unwrap().value().is_ok());
    // Nothing of it was tried, and how long the store takes nobody knows.
    assert_eq!(behind.unwrap_err(), NotRecorded::Failed);
    assert_eq!(place.records_of("GenerateRandom"), 1);
    place.verify();
}

#[tokio::test]
async fn a_node_that_stops_gives_up_a_store_that_does_not_open() {
    let place = Place::new().await;
    place.control.fail(&[Fault::UnknownCommitted]);
    place.control.fail_reopenings(usize::MAX);
    let mut call = random(&place);
    start(&mut call);
    let closed = place.node.close(std::time::Duration::from_millis(50)).await;
    assert!(closed.is_err());
    assert_eq!(call.await.unwrap_err(), NotRecorded::Stopping);
    assert!(!place.node.state().is_ready());
}

#[tokio::test]
async fn closing_finishes_what_is_in_line() {
    let mut place = Place::new().await;
    let calls: Vec<Begun> = (0..20).map(|_| begin(random(&place))).collect();
    place.again().await;
    for call in calls {
        let told = match call {
            Begun::Done(told) => told,
            Begun::Waiting(call) => call.await,
        };
        assert!(told.unwrap().value().is_ok());
    }
    assert_eq!(place.records_of("GenerateRandom"), 20);
}
