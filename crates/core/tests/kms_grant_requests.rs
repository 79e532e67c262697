//! What a CreateGrant request may ask for: operations by kind of key, constraints, principals of
//! every kind; what a policy can ask of it; what its entry and its record show.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod scene;

use claviger_core::state::{Key, KeyPlace};
use claviger_crypto::{KeySpec, KeyUsage};
use claviger_policy::GrantOperation;
use scene::{ADMIN, ALICE, Scene};
use serde_json::{Value, json};

const SOURCE: &str = "arn:aws:dynamodb:us-east-1:111122223333:table/Example";
const SERVICE: &str = "dynamodb.amazonaws.com";
const ACCOUNT: &str = "arn:aws:iam::111122223333:root";

/// The scene with its key made one of another spec and usage.
fn scene_of(spec: KeySpec, usage: KeyUsage) -> Scene {
    let mut s = Scene::new();
    let place = KeyPlace::of(&s.key.parse().unwrap());
    let key = s.i.snapshot.get::<Key>(&place).unwrap();
    let key = Key {
        spec,
        usage,
        ..Key::clone(key)
    };
    s.i.install(&key);
    s
}

fn asked(s: &Scene, more: Value) -> Value {
    let mut document =
        json!({"KeyId": s.key, "GranteePrincipal": ALICE, "Operations": ["DescribeKey"]});
    for (member, value) in more.as_object().unwrap() {
        match value {
            Value::Null => document.as_object_mut().unwrap().remove(member),
            value => document
                .as_object_mut()
                .unwrap()
                .insert(member.clone(), value.clone()),
        };
    }
    document
}

/// Each operation that can be granted on each kind of key: allowed, or refused in these words.
#[test]
fn operations_fit_the_key() {
    let common = ["CreateGrant", "RetireGrant", "DescribeKey"];
    let pair = ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"];
    let symmetric = [
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
    ];
    let both: Vec<&str> = pair.into_iter().chain(symmetric).collect();
    for (spec, usage, own) in [
        (KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt, both),
        (
            KeySpec::Rsa2048,
            KeyUsage::EncryptDecrypt,
            pair.into_iter().chain(["GetPublicKey"]).collect(),
        ),
        (
            KeySpec::Rsa4096,
            KeyUsage::SignVerify,
            vec!["Sign", "Verify", "GetPublicKey"],
        ),
        (
            KeySpec::EccNistP256,
            KeyUsage::SignVerify,
            vec!["Sign", "Verify", "GetPublicKey"],
        ),
        (
            KeySpec::EccNistP256,
            KeyUsage::KeyAgreement,
            vec!["DeriveSharedSecret", "GetPublicKey"],
        ),
        (
            KeySpec::MlDsa65,
            KeyUsage::SignVerify,
            vec!["Sign", "Verify", "GetPublicKey"],
        ),
        (
            KeySpec::MlKem768,
            KeyUsage::EncapsulateDecapsulate,
            vec!["Encapsulate", "Decapsulate", "GetPublicKey"],
        ),
        (
            KeySpec::Hmac256,
            KeyUsage::GenerateVerifyMac,
            vec!["GenerateMac", "VerifyMac"],
        ),
    ] {
        let mut s = scene_of(spec, usage);
        for operation in GrantOperation::ALL.iter().map(|o| o.as_str()) {
            let listed = json!({"Operations": [operation, "DescribeKey"]});
            let document = asked(&s, listed);
            let found = s.admin("CreateGrant", document).map(|_| ());
            let fits = common.contains(&operation) || own.contains(&operation);
            let text = format!(
                "Grant operation {operation} is not valid for a key with KeyUsage {usage} and \
                 KeySpec {spec}."
            );
            let wanted = match fits {
                true => Ok(()),
                false => Err(("ValidationException".to_owned(), text)),
            };
            assert_eq!(found, wanted, "{operation} {spec} {usage}");
        }
    }
}

/// Constraints on an encryption context are for keys whose operations have one; on the source ARN
/// for every key.
#[test]
fn constraints_fit_the_key() {
    let context = |kind: &str| json!({kind: {"a": "b"}});
    for (spec, usage, constraints, good) in [
        (
            KeySpec::SymmetricDefault,
            KeyUsage::EncryptDecrypt,
            context("EncryptionContextEquals"),
            true,
        ),
        (
            KeySpec::Rsa2048,
            KeyUsage::EncryptDecrypt,
            context("EncryptionContextEquals"),
            false,
        ),
        (
            KeySpec::EccNistP256,
            KeyUsage::SignVerify,
            context("EncryptionContextSubset"),
            false,
        ),
        (
            KeySpec::Hmac256,
            KeyUsage::GenerateVerifyMac,
            context("EncryptionContextSubset"),
            false,
        ),
        (
            KeySpec::Hmac256,
            KeyUsage::GenerateVerifyMac,
            json!({"SourceArn": SOURCE}),
            true,
        ),
        (
            KeySpec::MlKem512,
            KeyUsage::EncapsulateDecapsulate,
            json!({"SourceArn": SOURCE}),
            true,
        ),
        (
            KeySpec::Rsa2048,
            KeyUsage::SignVerify,
            json!({"EncryptionContextEquals": {}}),
            true,
        ),
    ] {
        let mut s = scene_of(spec, usage);
        let document = asked(&s, json!({"Constraints": constraints}));
        let found = s.admin("CreateGrant", document).map(|_| ());
        let text = format!(
            "A grant constraint on the encryption context is not valid for a key with KeySpec {spec}."
        );
        let wanted = match good {
            true => Ok(()),
            false => Err(("ValidationException".to_owned(), text)),
        };
        assert_eq!(found, wanted, "{constraints} {spec}");
    }
}

/// Whom a grant may name, and what belongs together.
#[test]
fn what_a_request_may_say() {
    let service = json!({"GranteePrincipal": null, "GranteeServicePrincipal": SERVICE,
        "RetiringServicePrincipal": SERVICE, "Constraints": {"SourceArn": SOURCE}});
    let but = |member: &str, value: Value| {
        let mut document = service.clone();
        document[member] = value;
        document
    };
    let invalid = |name: &str| {
        let text = format!("ARN does not refer to a valid principal: {name}");
        Err(("InvalidArnException", text))
    };
    let validation = |text: &str| Err(("ValidationException", text.to_owned()));
    let nine: serde_json::Map<String, Value> =
        (0..9).map(|n| (format!("k{n}"), json!("v"))).collect();
    let eight: serde_json::Map<String, Value> = nine.clone().into_iter().take(8).collect();
    for (more, wanted) in [
        (json!({}), Ok(())),
        (json!({"GranteePrincipal": ACCOUNT}), Ok(())),
        (json!({"GranteePrincipal": "111122223333"}), Ok(())),
        (
            json!({"GranteePrincipal": "arn:aws:iam::222233334444:role/OrganizationAccountAccessRole"}),
            Ok(()),
        ),
        (
            json!({"GranteePrincipal": "arn:aws:sts::222233334444:assumed-role/OrganizationAccountAccessRole/s"}),
            Ok(()),
        ),
        (
            json!({"GranteePrincipal": "arn:aws:sts::111122223333:federated-user/f"}),
            Ok(()),
        ),
        (
            json!({"GranteePrincipal": "arn:aws:iam::123456789012:user/foreign"}),
            Ok(()),
        ),
        (
            json!({"GranteePrincipal": "arn:aws:iam::111122223333:user/nobody"}),
            invalid("arn:aws:iam::111122223333:user/nobody"),
        ),
        (
            json!({"GranteePrincipal": "arn:aws:sts::111122223333:assumed-role/nobody/s"}),
            invalid("arn:aws:sts::111122223333:assumed-role/nobody/s"),
        ),
        (
            json!({"GranteePrincipal": "arn:aws:iam::111122223333:group/staff"}),
            invalid("arn:aws:iam::111122223333:group/staff"),
        ),
        (
            json!({"GranteePrincipal": "arn:aws:organizations::111122223333:organization/o-a"}),
            invalid("arn:aws:organizations::111122223333:organization/o-a"),
        ),
        (json!({"GranteePrincipal": SERVICE}), invalid(SERVICE)),
        (json!({"GranteePrincipal": "alice"}), invalid("alice")),
        (
            json!({"RetiringPrincipal": "arn:aws:iam::111122223333:role/nobody"}),
            invalid("arn:aws:iam::111122223333:role/nobody"),
        ),
        (json!({"RetiringServicePrincipal": SERVICE}), Ok(())),
        (json!({"Constraints": {"SourceArn": SOURCE}}), Ok(())),
        (service.clone(), Ok(())),
        (
            but(
                "GranteeServicePrincipal",
                json!("dynamodb.us-east-1.amazonaws.com"),
            ),
            Ok(()),
        ),
        (
            but(
                "GranteeServicePrincipal",
                json!("us-east-1.supportauthz.amazonaws.com"),
            ),
            Ok(()),
        ),
        (
            but(
                "Constraints",
                json!({"SourceArn": SOURCE, "EncryptionContextSubset": {"a": "b"}}),
            ),
            Ok(()),
        ),
        (
            {
                let mut document = but("RetiringServicePrincipal", Value::Null);
                document["RetiringPrincipal"] = json!(ADMIN);
                document
            },
            Ok(()),
        ),
        (
            but(
                "GranteeServicePrincipal",
                json!("nosuchservice.amazonaws.com"),
            ),
            invalid("nosuchservice.amazonaws.com"),
        ),
        (
            but(
                "RetiringServicePrincipal",
                json!("nosuchservice.amazonaws.com"),
            ),
            invalid("nosuchservice.amazonaws.com"),
        ),
        (
            but("GranteePrincipal", json!(ALICE)),
            validation(
                "You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.",
            ),
        ),
        (
            but("RetiringPrincipal", json!(ALICE)),
            validation(
                "You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.",
            ),
        ),
        (
            json!({"GranteePrincipal": null}),
            validation("You must specify either GranteePrincipal or GranteeServicePrincipal."),
        ),
        (
            but("Constraints", Value::Null),
            validation(
                "A grant with a GranteeServicePrincipal needs a SourceArn grant constraint.",
            ),
        ),
        (
            but("RetiringServicePrincipal", Value::Null),
            validation(
                "A grant with a GranteeServicePrincipal needs a RetiringPrincipal or a RetiringServicePrincipal.",
            ),
        ),
        (
            but("GranteeServicePrincipal", json!("dynamodb")),
            validation(
                "1 validation error detected: Value 'dynamodb' at 'granteeServicePrincipal' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$",
            ),
        ),
        (
            json!({"Constraints": {"SourceArn": "arn:aws:s3:::bucket/with-a-name"}}),
            validation(
                "1 validation error detected: Value 'arn:aws:s3:::bucket/with-a-name' at 'constraints.sourceArn' failed to satisfy constraint: Member must satisfy regular expression pattern: ^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$",
            ),
        ),
        (
            json!({"Constraints": {"EncryptionContextEquals": {"a": "b"}, "EncryptionContextSubset": {"a": "b"}}}),
            validation(
                "You can specify either EncryptionContextEquals or EncryptionContextSubset, but not both.",
            ),
        ),
        (
            json!({"Constraints": {"EncryptionContextEquals": {"a": "b"}, "EncryptionContextSubset": {}}}),
            Ok(()),
        ),
        (
            json!({"Constraints": {"EncryptionContextEquals": eight}}),
            Ok(()),
        ),
        (
            json!({"Constraints": {"EncryptionContextEquals": nine}}),
            validation("A grant constraint can have at most 8 encryption context pairs."),
        ),
        (
            json!({"Constraints": {"EncryptionContextSubset": {"a": "v".repeat(384)}}}),
            Ok(()),
        ),
        (
            json!({"Constraints": {"EncryptionContextSubset": {"a": "v".repeat(385)}}}),
            validation("A value in a grant constraint can have at most 384 characters."),
        ),
        (
            json!({"Operations": ["CreateGrant"]}),
            validation("Grants must not contain only the CreateGrant operation."),
        ),
        (
            json!({"Operations": ["CreateGrant", "CreateGrant"]}),
            validation("Grants must not contain only the CreateGrant operation."),
        ),
        (json!({"Operations": ["CreateGrant", "Encrypt"]}), Ok(())),
        (json!({"Operations": ["RetireGrant"]}), Ok(())),
        (
            json!({"Operations": []}),
            validation("A grant needs at least one operation."),
        ),
        (
            json!({"GrantTokens": ["x"]}),
            Err((
                "InvalidGrantTokenException",
                "Invalid grant token.".to_owned(),
            )),
        ),
    ] {
        let mut s = Scene::new();
        let document = asked(&s, more.clone());
        let found = s.admin("CreateGrant", document).map(|_| ());
        let wanted = wanted.map_err(|(code, text): (&str, String)| (code.to_owned(), text));
        assert_eq!(found, wanted, "{more}");
    }
}

/// Every condition key of a request for a grant, with a value that fits and one that does not.
#[test]
fn condition_keys() {
    let service = json!({"GranteePrincipal": null, "GranteeServicePrincipal": SERVICE,
        "RetiringServicePrincipal": "sso.amazonaws.com", "Operations": ["Encrypt", "Decrypt"],
        "Constraints": {"SourceArn": SOURCE, "EncryptionContextSubset": {"tenant": "a"}}});
    let user = json!({"RetiringPrincipal": ADMIN, "Operations": ["Encrypt", "CreateGrant"],
        "Constraints": {"EncryptionContextEquals": {"tenant": "a"}}});
    let equals = |key: &str, value: &str| json!({"StringEquals": {key: value}});
    let absent = |key: &str| json!({"Null": {key: "true"}});
    for (grant, condition, allowed) in [
        (&user, equals("kms:GranteePrincipal", ALICE), true),
        (&user, equals("kms:GranteePrincipal", ADMIN), false),
        (&user, equals("kms:RetiringPrincipal", ADMIN), true),
        (&user, absent("kms:GranteeServicePrincipal"), true),
        (&user, absent("kms:RetiringServicePrincipal"), true),
        (&user, absent("kms:GrantConstraintSourceArn"), true),
        (
            &service,
            equals("kms:GranteeServicePrincipal", SERVICE),
            true,
        ),
        (
            &service,
            equals("kms:GranteeServicePrincipal", "sso.amazonaws.com"),
            false,
        ),
        (
            &service,
            equals("kms:RetiringServicePrincipal", "sso.amazonaws.com"),
            true,
        ),
        (&service, absent("kms:GranteePrincipal"), true),
        (&service, absent("kms:RetiringPrincipal"), true),
        (
            &service,
            json!({"ArnLike": {"kms:GrantConstraintSourceArn": "arn:aws:dynamodb:*:111122223333:table/*"}}),
            true,
        ),
        (
            &service,
            json!({"ArnEquals": {"kms:GrantConstraintSourceArn": "arn:aws:dynamodb:us-east-1:111122223333:table/Other"}}),
            false,
        ),
        (
            &user,
            equals("kms:GrantConstraintType", "EncryptionContextEquals"),
            true,
        ),
        (
            &service,
            equals("kms:GrantConstraintType", "EncryptionContextSubset"),
            true,
        ),
        (
            &service,
            equals("kms:GrantConstraintType", "EncryptionContextEquals"),
            false,
        ),
        (&user, equals("kms:EncryptionContext:tenant", "a"), true),
        (&user, equals("kms:EncryptionContext:tenant", "b"), false),
        (
            &user,
            json!({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "CreateGrant"]}}),
            true,
        ),
        (
            &user,
            json!({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt"]}}),
            false,
        ),
        (
            &user,
            json!({"ForAnyValue:StringEquals": {"kms:GrantOperations": ["Encrypt", "Sign"]}}),
            true,
        ),
        (
            &user,
            json!({"Bool": {"kms:GrantIsForAWSResource": "false"}}),
            true,
        ),
        (
            &user,
            json!({"Bool": {"kms:GrantIsForAWSResource": "true"}}),
            false,
        ),
    ] {
        let mut s = Scene::new();
        s.allow(
            json!({"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*",
            "Condition": condition}),
        );
        let alice = s.alice.clone();
        let document = asked(&s, grant.clone());
        let found = s.call(&alice, "CreateGrant", document);
        assert_eq!(found.is_ok(), allowed, "{condition}: {found:?}");
    }
}

/// A grant to a service: its entry in lists, its record, its name.
#[test]
fn a_grant_to_a_service() {
    let mut s = Scene::new();
    let more = json!({"GranteePrincipal": null, "GranteeServicePrincipal": SERVICE,
        "RetiringServicePrincipal": SERVICE, "Operations": ["Encrypt", "Decrypt"], "Name": "n",
        "Constraints": {"SourceArn": SOURCE, "EncryptionContextSubset": {"tenant": "a"}}});
    let document = asked(&s, more);
    let made = s.admin("CreateGrant", document.clone()).unwrap();
    let again = s.admin("CreateGrant", document.clone()).unwrap();
    assert_eq!(made["GrantId"], again["GrantId"]);
    let key = s.key.clone();
    let listed = s.admin("ListGrants", json!({"KeyId": key})).unwrap();
    assert_eq!(
        listed["Grants"],
        json!([{
            "KeyId": key, "GrantId": made["GrantId"], "Name": "n", "CreationDate": 1_767_607_200,
            "GranteeServicePrincipal": SERVICE, "RetiringServicePrincipal": SERVICE,
            "IssuingAccount": ACCOUNT, "Operations": ["Encrypt", "Decrypt"],
            "Constraints": {"SourceArn": SOURCE, "EncryptionContextSubset": {"tenant": "a"}},
        }])
    );
    let records = s.i.records_of("CreateGrant");
    let shown = serde_json::to_value(records[0]).unwrap();
    assert_eq!(
        shown["requestParameters"],
        json!({
            "keyId": key, "granteeServicePrincipal": SERVICE, "retiringServicePrincipal": SERVICE,
            "operations": ["Encrypt", "Decrypt"], "name": "n",
            "constraints": {"sourceArn": SOURCE, "encryptionContextSubset": {"tenant": "a"}},
        })
    );
    assert_eq!(
        shown["responseElements"],
        json!({"grantId": made["GrantId"], "keyId": key})
    );
    // What differs in the source alone is another grant.
    let mut other = document;
    other["Constraints"]["SourceArn"] = json!(format!("{SOURCE}2"));
    assert_ne!(
        s.admin("CreateGrant", other).unwrap()["GrantId"],
        made["GrantId"]
    );
}

/// Lists by service principal are for service principals.
#[test]
fn filters_by_service_are_for_services() {
    let mut s = Scene::new();
    let key = s.key.clone();
    for (operation, document, text) in [
        (
            "ListGrants",
            json!({"KeyId": key, "GranteeServicePrincipal": SERVICE}),
            "GranteeServicePrincipal can be used only by callers in a service principal.",
        ),
        (
            "ListGrants",
            json!({"KeyId": key, "GranteeServicePrincipal": SERVICE, "GranteePrincipal": ALICE}),
            "GranteeServicePrincipal can be used only by callers in a service principal.",
        ),
        (
            "ListRetirableGrants",
            json!({"RetiringServicePrincipal": SERVICE}),
            "RetiringServicePrincipal can be used only by callers in a service principal.",
        ),
        (
            "ListRetirableGrants",
            json!({}),
            "You must specify either RetiringPrincipal or RetiringServicePrincipal.",
        ),
    ] {
        let found = s.admin(operation, document.clone()).unwrap_err();
        let wanted = ("ValidationException".to_owned(), text.to_owned());
        assert_eq!(found, wanted, "{operation} {document}");
    }
}
