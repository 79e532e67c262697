//! Custom key stores: what a request must hold, what it is told where no store can be reached, and
//! that no secret of it is recorded.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_testkit::installation::Installation;
use serde_json::{Value, json};

const ID: &str = "cks-1234567890abcdef0";
const PASSWORD: &str = "the-password-of-kmsuser";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

fn access_key() -> String {
    "ABCDEFGH234567ABCDEFGH".to_owned()
}

fn raw_secret() -> String {
    "s3cretS3cret".repeat(4)
}

fn cluster() -> Value {
    json!({
        "CustomKeyStoreName": "hsm", "CloudHsmClusterId": "cluster-2a23b4cdefg",
        "KeyStorePassword": PASSWORD, "TrustAnchorCertificate": CERTIFICATE,
    })
}

fn public_proxy() -> Value {
    json!({
        "CustomKeyStoreName": "proxy", "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "XksProxyConnectivity": "PUBLIC_ENDPOINT",
        "XksProxyUriEndpoint": "https://xks.example.com",
        "XksProxyUriPath": "/prefix/kms/xks/v1",
        "XksProxyAuthenticationCredential": {
            "AccessKeyId": access_key(), "RawSecretAccessKey": raw_secret(),
        },
    })
}

fn vpc_proxy() -> Value {
    with(
        with(
            public_proxy(),
            "XksProxyConnectivity",
            json!("VPC_ENDPOINT_SERVICE"),
        ),
        "XksProxyVpcEndpointServiceName",
        json!("com.amazonaws.vpce.us-east-1.vpce-svc-example1"),
    )
}

fn with(mut document: Value, member: &str, value: Value) -> Value {
    document[member] = value;
    document
}

fn without(mut document: Value, member: &str) -> Value {
    document.as_object_mut().unwrap().remove(member);
    document
}

type Case = (&'static str, Value, &'static str, String);

const VALIDATION: &str = "ValidationException";
const MISSING: &str = "CustomKeyStoreNotFoundException";

fn created() -> Vec<Case> {
    let (cluster_type, proxy_type) = (
        "a custom key store of type AWS_CLOUDHSM",
        "a custom key store of type EXTERNAL_KEY_STORE",
    );
    let mut cases = vec![
        (
            "CreateCustomKeyStore",
            cluster(),
            "CloudHsmClusterNotFoundException",
            "CloudHSM cluster cluster-2a23b4cdefg cannot be found.".to_owned(),
        ),
        (
            "CreateCustomKeyStore",
            with(cluster(), "CustomKeyStoreType", json!("AWS_CLOUDHSM")),
            "CloudHsmClusterNotFoundException",
            "CloudHSM cluster cluster-2a23b4cdefg cannot be found.".to_owned(),
        ),
        (
            "CreateCustomKeyStore",
            public_proxy(),
            "XksProxyUriUnreachableException",
            "The external key store proxy at https://xks.example.com/prefix/kms/xks/v1 cannot be reached.".to_owned(),
        ),
        (
            "CreateCustomKeyStore",
            vpc_proxy(),
            "XksProxyVpcEndpointServiceNotFoundException",
            "VPC endpoint service com.amazonaws.vpce.us-east-1.vpce-svc-example1 cannot be found.".to_owned(),
        ),
        (
            "CreateCustomKeyStore",
            without(vpc_proxy(), "XksProxyVpcEndpointServiceName"),
            VALIDATION,
            "XksProxyConnectivity VPC_ENDPOINT_SERVICE needs XksProxyVpcEndpointServiceName.".to_owned(),
        ),
    ];
    for member in [
        "CloudHsmClusterId",
        "KeyStorePassword",
        "TrustAnchorCertificate",
    ] {
        let document = without(cluster(), member);
        let text = format!("{cluster_type} needs {member}.");
        cases.push(("CreateCustomKeyStore", document, VALIDATION, text));
        let document = with(public_proxy(), member, cluster()[member].clone());
        let text = format!("{member} is not valid for {proxy_type}.");
        cases.push(("CreateCustomKeyStore", document, VALIDATION, text));
    }
    for member in [
        "XksProxyConnectivity",
        "XksProxyUriEndpoint",
        "XksProxyUriPath",
        "XksProxyAuthenticationCredential",
    ] {
        let document = without(public_proxy(), member);
        let text = format!("{proxy_type} needs {member}.");
        cases.push(("CreateCustomKeyStore", document, VALIDATION, text));
        let document = with(cluster(), member, public_proxy()[member].clone());
        let text = format!("{member} is not valid for {cluster_type}.");
        cases.push(("CreateCustomKeyStore", document, VALIDATION, text));
    }
    for (member, value) in [
        (
            "XksProxyVpcEndpointServiceName",
            json!("com.amazonaws.vpce.us-east-1.vpce-svc-example1"),
        ),
        ("XksProxyVpcEndpointServiceOwner", json!("111122223333")),
    ] {
        let document = with(public_proxy(), member, value);
        let text = format!("{member} is not valid for XksProxyConnectivity PUBLIC_ENDPOINT.");
        cases.push(("CreateCustomKeyStore", document, VALIDATION, text));
    }
    cases
}

fn others() -> Vec<Case> {
    let id = || json!({"CustomKeyStoreId": ID});
    let missing = |named: &str| format!("Custom key store {named} does not exist.");
    let mut cases: Vec<Case> = vec![
        (
            "DescribeCustomKeyStores",
            json!({"CustomKeyStoreName": "hsm"}),
            MISSING,
            missing("hsm"),
        ),
        (
            "DescribeCustomKeyStores",
            with(id(), "CustomKeyStoreName", json!("hsm")),
            VALIDATION,
            "Specify either CustomKeyStoreId or CustomKeyStoreName, but not both.".to_owned(),
        ),
        (
            "DescribeCustomKeyStores",
            json!({"Marker": "nonsense"}),
            "InvalidMarkerException",
            "Invalid marker.".to_owned(),
        ),
        (
            "UpdateCustomKeyStore",
            with(
                with(id(), "KeyStorePassword", json!(PASSWORD)),
                "XksProxyUriPath",
                json!("/kms/xks/v1"),
            ),
            VALIDATION,
            "XksProxyUriPath is not valid for a custom key store of type AWS_CLOUDHSM.".to_owned(),
        ),
        (
            "UpdateCustomKeyStore",
            with(id(), "XksProxyConnectivity", json!("PUBLIC_ENDPOINT")),
            VALIDATION,
            "XksProxyConnectivity PUBLIC_ENDPOINT needs XksProxyUriEndpoint.".to_owned(),
        ),
        (
            "UpdateCustomKeyStore",
            with(
                with(id(), "XksProxyConnectivity", json!("VPC_ENDPOINT_SERVICE")),
                "XksProxyUriEndpoint",
                json!("https://xks.example.com"),
            ),
            VALIDATION,
            "XksProxyConnectivity VPC_ENDPOINT_SERVICE needs XksProxyVpcEndpointServiceName."
                .to_owned(),
        ),
        (
            "GenerateRandom",
            with(id(), "NumberOfBytes", json!(1)),
            MISSING,
            missing(ID),
        ),
    ];
    for operation in [
        "ConnectCustomKeyStore",
        "DeleteCustomKeyStore",
        "DescribeCustomKeyStores",
        "DisconnectCustomKeyStore",
        "UpdateCustomKeyStore",
    ] {
        cases.push((operation, id(), MISSING, missing(ID)));
    }
    cases
}

fn keys() -> Vec<Case> {
    let key = |more: Value| {
        let mut document = json!({"CustomKeyStoreId": ID});
        for (member, value) in more.as_object().unwrap() {
            document[member] = value.clone();
        }
        document
    };
    let unsupported = "UnsupportedOperationException";
    vec![
        (
            "CreateKey",
            key(json!({"Origin": "EXTERNAL_KEY_STORE", "XksKeyId": "outside"})),
            MISSING,
            format!("Custom key store {ID} does not exist."),
        ),
        (
            "CreateKey",
            key(json!({})),
            VALIDATION,
            "CustomKeyStoreId needs Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE.".to_owned(),
        ),
        (
            "CreateKey",
            key(json!({"Origin": "EXTERNAL_KEY_STORE"})),
            VALIDATION,
            "Origin EXTERNAL_KEY_STORE needs XksKeyId.".to_owned(),
        ),
        (
            "CreateKey",
            key(json!({"Origin": "AWS_CLOUDHSM", "XksKeyId": "outside"})),
            VALIDATION,
            "XksKeyId is not valid for Origin AWS_CLOUDHSM.".to_owned(),
        ),
        (
            "CreateKey",
            key(
                json!({"Origin": "AWS_CLOUDHSM", "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}),
            ),
            unsupported,
            "KeySpec RSA_2048 is not supported for keys in a custom key store.".to_owned(),
        ),
        (
            "CreateKey",
            key(json!({"Origin": "AWS_CLOUDHSM", "MultiRegion": true})),
            unsupported,
            "A key in a custom key store cannot be multi-Region.".to_owned(),
        ),
    ]
}

#[test]
fn every_request_is_told_why_not() {
    let mut installation = Installation::new();
    let admin = installation.admin.clone();
    for (operation, document, code, text) in created().into_iter().chain(others()).chain(keys()) {
        let title = format!("{operation} {document}");
        let error = installation
            .call(&admin, "kms", operation, document)
            .expect_err(&title);
        assert_eq!(error.shape.code, code, "{title}: {error:?}");
        assert_eq!(error.shape.status, 400, "{title}");
        let found = error.message.unwrap_or_default();
        assert_eq!(found, text, "{title}");
    }
}

#[test]
fn there_are_no_stores() {
    let mut installation = Installation::new();
    let admin = installation.admin.clone();
    let found = installation.call(
        &admin,
        "kms",
        "DescribeCustomKeyStores",
        json!({"Limit": 5}),
    );
    assert_eq!(
        found.unwrap(),
        json!({"CustomKeyStores": [], "Truncated": false})
    );
}

/// Requests that came through and such that broke a constraint of the model alike.
#[test]
fn no_secret_is_recorded() {
    let mut installation = Installation::new();
    let admin = installation.admin.clone();
    let update = json!({
        "CustomKeyStoreId": ID, "KeyStorePassword": PASSWORD, "CloudHsmClusterId": "cluster-2a23b4cdefg",
    });
    let credential = json!({
        "CustomKeyStoreId": ID, "NewCustomKeyStoreName": "new",
        "XksProxyAuthenticationCredential": public_proxy()["XksProxyAuthenticationCredential"],
    });
    for (operation, document, shown) in [
        (
            "CreateCustomKeyStore",
            cluster(),
            r#"{"customKeyStoreName":"hsm","clusterId":"cluster-2a23b4cdefg"}"#,
        ),
        (
            "CreateCustomKeyStore",
            public_proxy(),
            r#"{"customKeyStoreName":"proxy","customKeyStoreType":"EXTERNAL_KEY_STORE","xksProxyConnectivity":"PUBLIC_ENDPOINT","xksProxyUriEndpoint":"https://xks.example.com","xksProxyUriPath":"/prefix/kms/xks/v1"}"#,
        ),
        (
            "UpdateCustomKeyStore",
            update,
            r#"{"customKeyStoreId":"cks-1234567890abcdef0","clusterId":"cluster-2a23b4cdefg"}"#,
        ),
        (
            "UpdateCustomKeyStore",
            credential,
            r#"{"customKeyStoreId":"cks-1234567890abcdef0","newCustomKeyStoreName":"new"}"#,
        ),
        (
            "CreateCustomKeyStore",
            with(cluster(), "CloudHsmClusterId", json!("short")),
            r#"{"customKeyStoreName":"hsm","cloudHsmClusterId":"short","keyStorePassword":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
        ),
        (
            "DescribeCustomKeyStores",
            json!({"CustomKeyStoreId": ID}),
            r#"{"customKeyStoreId":"cks-1234567890abcdef0"}"#,
        ),
    ] {
        let before = installation.records.len();
        let _ = installation.call(&admin, "kms", operation, document);
        let [record] = &installation.records[before..] else {
            panic!("{operation}: one record");
        };
        let text = String::from_utf8(record.to_bytes()).unwrap();
        for secret in [
            PASSWORD,
            CERTIFICATE,
            access_key().as_str(),
            raw_secret().as_str(),
        ] {
            assert!(!text.contains(secret), "{operation}: {text}");
        }
        assert!(
            text.contains(&format!("\"requestParameters\":{shown}")),
            "{text}"
        );
        assert!(text.contains("\"responseElements\":null"), "{text}");
        let read_only = operation == "DescribeCustomKeyStores";
        assert_eq!(record.read_only, read_only, "{operation}");
        assert!(record.resources.is_empty(), "{operation}");
    }
}
