//! Request quotas of a node that enforces them: a request too many is refused, recorded and counted,
//! and changes nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use claviger_server::Surroundings;
use serde_json::{Value, json};
use support::{LONG, Place, surroundings};

/// What a call is told, by code; "" for a success. Time stands, so that no bucket fills again.
async fn told(place: &Place, service: &str, operation: &str, document: Value) -> String {
    let call = place.call(&place.admin, service, operation, document);
    match call.await.unwrap().into_value() {
        Ok(_) => String::new(),
        Err(error) => {
            assert_eq!(error.shape.status, 400);
            error.shape.code.to_owned()
        }
    }
}

async fn enforcing() -> Place {
    let mut place = Place::new().await;
    place.node.close(LONG).await.unwrap();
    place.node = place
        .opened_in(Surroundings {
            request_quotas: true,
            ..surroundings()
        })
        .unwrap();
    place
}

#[tokio::test]
async fn a_call_too_many_is_refused_recorded_and_counted() {
    let place = enforcing().await;
    for _ in 0..5 {
        assert_eq!(told(&place, "kms", "CreateKey", json!({})).await, "");
    }
    let before = place.node.snapshot().row_counts();
    for document in [json!({}), json!({"KeySpec": "nonsense"})] {
        let found = told(&place, "kms", "CreateKey", document).await;
        assert_eq!(found, "ThrottlingException");
    }
    assert_eq!(place.node.snapshot().row_counts(), before);
    assert_eq!(place.records_of("CreateKey"), 7);
    // Other operations and services have their own.
    assert_eq!(told(&place, "kms", "ListKeys", json!({})).await, "");
    assert_eq!(
        told(&place, "sts", "GetCallerIdentity", json!({})).await,
        ""
    );
    place.verify();
}

#[tokio::test]
async fn nothing_is_refused_unless_it_is_asked_for() {
    let place = Place::new().await;
    for _ in 0..20 {
        assert_eq!(told(&place, "kms", "CreateKey", json!({})).await, "");
    }
}

/// Refused and failed calls count too; a call that was throttled does not.
#[tokio::test]
async fn failed_calls_count() {
    let place = enforcing().await;
    let absent = json!({"KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"});
    for _ in 0..5 {
        let found = told(&place, "kms", "DisableKey", absent.clone()).await;
        assert_eq!(found, "NotFoundException");
    }
    let found = told(&place, "kms", "DisableKey", absent).await;
    assert_eq!(found, "ThrottlingException");
}
