//! What lies in the store and the trail: no attribute in the clear, data keys that are KMS
//! ciphertexts, and nothing that brings users back once the customer's key is deleted, though one
//! has every row that is stored and the installation's own seal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod directory;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_core::state::{DirectoryUser, Instance, Material, Stored, WrappedDataKey};
use claviger_crypto::{Header, OpenKey, Place, Sealed, Sealer};
use claviger_testkit::installation::{Installation, service_of};
use claviger_types::EncryptionContext;
use directory::{Directory, MARKER, full_user, open_policy, refusal, refused};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Rows by collection and row, as the store holds them.
type Rows = BTreeMap<(String, String), Vec<u8>>;

/// All texts in a JSON value.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

fn texts_of(rows: &Rows) -> Vec<String> {
    let mut found = Vec::new();
    for value in rows.values() {
        texts(&serde_json::from_slice(value).unwrap(), &mut found);
    }
    found
}

/// Names and versions that a value in the rows may be sealed for.
fn places(rows: &Rows, instance: &Instance) -> Vec<(String, String, u64)> {
    let mut names: Vec<(String, String)> = rows.keys().cloned().collect();
    for service in [directory::SSO, directory::STORE] {
        let row = format!("{}/{service}", instance.id);
        names.push((Instance::COLLECTION.to_owned(), row));
    }
    let versions = 1..=6;
    names
        .into_iter()
        .flat_map(|(c, r)| versions.clone().map(move |v| (c.clone(), r.clone(), v)))
        .collect()
}

/// Opens a sealed text with a sealer at every place there is.
fn open_anywhere(sealer: &Sealer, text: &str, places: &[(String, String, u64)]) -> Option<Vec<u8>> {
    let sealed = Sealed::try_from(text.to_owned()).ok()?;
    places.iter().find_map(|(collection, row, version)| {
        let version = *version;
        let place = Place {
            collection,
            row,
            version,
        };
        sealer
            .open(&place, &sealed)
            .ok()
            .map(|secret| secret.expose().clone())
    })
}

/// What somebody recovers who has the rows and the open seal: opens all that the seal opens, takes
/// each key found so to every KMS ciphertext and every encrypted user.
fn recovered(installation: &Installation, rows: &Rows, instance: &Instance) -> Vec<String> {
    let places = places(rows, instance);
    let texts = texts_of(rows);
    let mut keys: Vec<Vec<u8>> = texts
        .iter()
        .filter_map(|text| open_anywhere(&installation.sealer, text, &places))
        .filter(|bytes| bytes.len() == 32)
        .collect();
    let contexts: Vec<EncryptionContext> = [
        [
            ("aws:sso:instance-arn", instance.arn()),
            ("tenant-key-id", instance.id.clone()),
        ],
        [
            (
                "aws:identitystore:identitystore-arn",
                instance.identity_store_arn(),
            ),
            (
                "tenant-key-id",
                instance.identity_store_tenant_key_id.clone(),
            ),
        ],
    ]
    .into_iter()
    .map(|pairs| EncryptionContext(pairs.into_iter().map(|(n, v)| (n.to_owned(), v)).collect()))
    .collect();
    let mut data_keys = Vec::new();
    for blob in texts.iter().filter_map(|text| STANDARD.decode(text).ok()) {
        let Ok(header) = Header::parse(&blob) else {
            continue;
        };
        for key in &keys {
            let open = OpenKey::new(header.key_id().clone(), header.material_id().clone(), key);
            let open = open.unwrap();
            data_keys.extend(contexts.iter().filter_map(|context| {
                open.decrypt_parsed(&header, context)
                    .ok()
                    .map(|secret| secret.expose().clone())
            }));
        }
    }
    keys.extend(data_keys);
    let mut found = Vec::new();
    for text in &texts {
        let Ok(sealed) = Sealed::try_from(text.clone()) else {
            continue;
        };
        for key in &keys {
            let sealer = Sealer::with_data_key(sealed.key_id(), key).unwrap();
            let opened = open_anywhere(&sealer, text, &places);
            found.extend(opened.and_then(|bytes| String::from_utf8(bytes).ok()));
        }
    }
    found
}

fn has_marker(texts: &[String]) -> bool {
    texts.iter().any(|text| text.contains(MARKER))
}

#[test]
fn a_deleted_key_takes_the_users_with_it() {
    // The users were there before the key, so that the old ciphertexts existed too.
    let mut directory = Directory::new();
    directory.create("ada");
    let instance = directory.instance.clone();
    let before = directory.i.rows.clone();
    // The attempt is a good one: under the AWS owned key the seal opens the users …
    assert!(has_marker(&recovered(&directory.i, &before, &instance)));
    let key = directory.key(&open_policy());
    let service = service_of("sso-admin");
    let admin = directory.admin.clone();
    let caller = directory.i.caller(&admin, service).unwrap();
    let configuration = json!({"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": key});
    let input = json!({"InstanceArn": instance.arn(), "EncryptionConfiguration": configuration});
    let outcome = directory.i.decide(caller, service, "UpdateInstance", input);
    // … which is why what lay under it is purged from the disk with the change.
    assert!(outcome.purge);
    directory.i.commit(outcome).unwrap();
    directory.create("bob");
    // With the key's own material among the rows the seal still reaches the users, …
    assert!(has_marker(&recovered(
        &directory.i,
        &directory.i.rows,
        &instance
    )));
    let while_pending = directory.i.rows.clone();
    directory.kms(
        "ScheduleKeyDeletion",
        json!({"KeyId": key, "PendingWindowInDays": 7}),
    );
    directory.i.advance_days(8);
    let material = |rows: &Rows| rows.keys().any(|(c, _)| c == Material::COLLECTION);
    assert!(material(&while_pending) && !material(&directory.i.rows));
    // … and after its deletion nothing does.
    assert!(
        directory
            .i
            .rows
            .keys()
            .any(|(c, _)| c == DirectoryUser::COLLECTION)
    );
    assert_eq!(
        recovered(&directory.i, &directory.i.rows, &instance),
        Vec::<String>::new()
    );
}

#[test]
fn stored_data_keys_are_ciphertexts_that_a_permitted_caller_decrypts() {
    let (mut directory, key) = Directory::under_key();
    let instance = directory
        .i
        .snapshot
        .all::<Instance>()
        .next()
        .unwrap()
        .clone();
    let admin = directory.admin.clone();
    for (data_key, context) in [
        (
            &instance.sso_data_key,
            json!({"aws:sso:instance-arn": instance.arn(), "tenant-key-id": instance.id}),
        ),
        (
            &instance.identity_store_data_key,
            json!({"aws:identitystore:identitystore-arn": instance.identity_store_arn(),
                "tenant-key-id": instance.identity_store_tenant_key_id}),
        ),
    ] {
        let WrappedDataKey::Kms(blob) = &data_key.wrapped else {
            panic!("a data key is not under KMS");
        };
        let input = json!({"CiphertextBlob": blob, "EncryptionContext": context});
        let reply = directory.i.call(&admin, "kms", "Decrypt", input).unwrap();
        assert_eq!(reply["KeyId"], key);
        assert_eq!(
            STANDARD
                .decode(reply["Plaintext"].as_str().unwrap())
                .unwrap()
                .len(),
            32
        );
        let error = directory
            .i
            .call(&admin, "kms", "Decrypt", json!({"CiphertextBlob": blob}))
            .unwrap_err();
        assert_eq!(refusal(&error), refused("InvalidCiphertextException", ""));
    }
}

#[test]
fn no_attribute_lies_in_a_row_or_a_record() {
    for under_key in [false, true] {
        let mut directory = if under_key {
            Directory::under_key().0
        } else {
            Directory::new()
        };
        let id = directory.create("ada");
        let value = |text: &str| json!(format!("{MARKER} {text}"));
        let set =
            |path: &str, value: Value| json!({"AttributePath": path, "AttributeValue": value});
        let operations = json!([
            set("title", value("t")),
            set("emails", json!([{"value": format!("x@{MARKER}.example")}])),
            set("aws:identitystore:enterprise.manager", value("m")),
            set("externalIds", json!([{"Issuer": MARKER, "Id": MARKER}]))
        ]);
        let find =
            json!({"UniqueAttribute": set("emails.value", json!(format!("x@{MARKER}.example")))});
        let external = json!({"ExternalId": {"Issuer": MARKER, "Id": MARKER}});
        let filter =
            json!([{"AttributePath": "UserName", "AttributeValue": format!("ada-{MARKER}")}]);
        let mut too_long = full_user("long");
        too_long["NickName"] = json!(MARKER.repeat(200));
        let mut wrong_type = full_user("type");
        wrong_type["Name"] = json!(MARKER);
        // Successes, conflicts, what is not found, what breaks the model: none repeats a value.
        for (operation, input, works) in [
            (
                "UpdateUser",
                json!({"UserId": id, "Operations": operations}),
                true,
            ),
            ("GetUserId", json!({"AlternateIdentifier": find}), true),
            ("GetUserId", json!({"AlternateIdentifier": external}), true),
            ("ListUsers", json!({"Filters": filter}), true),
            (
                "DescribeUser",
                json!({"UserId": id, "Extensions": ["aws:identitystore:enterprise"]}),
                true,
            ),
            ("CreateUser", full_user("ada"), false),
            ("CreateUser", too_long, false),
            ("CreateUser", wrong_type, false),
            (
                "UpdateUser",
                json!({"UserId": id, "Operations": [set("displayName", json!(MARKER.repeat(200)))]}),
                false,
            ),
            (
                "UpdateUser",
                json!({"UserId": id, "Operations": [set("name", value("n"))]}),
                false,
            ),
            (
                "UpdateUser",
                json!({"UserId": "x", "Operations": operations}),
                false,
            ),
            (
                "GetUserId",
                json!({"AlternateIdentifier": {"UniqueAttribute": set("title", value("t"))}}),
                false,
            ),
            (
                "GetUserId",
                json!({"AlternateIdentifier": {"UniqueAttribute": set("userName", value("none"))}}),
                false,
            ),
        ] {
            let reply = directory.as_admin(operation, input.clone());
            assert_eq!(reply.is_ok(), works, "{operation} {input}: {reply:?}");
            if let Err(error) = reply {
                assert!(!format!("{error:?}").contains(MARKER), "{error:?}");
            }
        }
        let key = directory.key(&open_policy());
        directory.set_key(&key).unwrap();
        for ((collection, row), value) in &directory.i.rows {
            let value = String::from_utf8(value.clone()).unwrap();
            let shown = format!("{collection} {row} {value}").to_lowercase();
            assert!(!shown.contains(&MARKER.to_lowercase()), "{shown}");
        }
        let mut hidden = 0;
        for record in &directory.i.records {
            let text = String::from_utf8(record.to_bytes()).unwrap();
            assert!(
                !text.to_lowercase().contains(&MARKER.to_lowercase()),
                "{text}"
            );
            hidden += usize::from(text.contains("HIDDEN_DUE_TO_SECURITY_REASONS"));
        }
        assert!(hidden >= 10, "{hidden}");
        // Debug output of what is in memory shows none either.
        let users: Vec<_> = directory.i.snapshot.all::<DirectoryUser>().collect();
        assert!(!format!("{users:?}").contains(MARKER));
    }
}

#[test]
fn a_user_moved_or_put_back_does_not_open() {
    let (mut directory, _) = Directory::under_key();
    let (ada, bob) = (directory.create("ada"), directory.create("bob"));
    let get = |directory: &Directory, id: &str| {
        let name = (directory.store(), id.to_owned());
        DirectoryUser::clone(directory.i.snapshot.get::<DirectoryUser>(&name).unwrap())
    };
    let internal = refused("InternalServerException", "");
    // Another user's attributes in its place.
    let mut moved = get(&directory, &ada);
    moved.attributes = get(&directory, &bob).attributes;
    directory.i.install(&moved);
    let ask = |id: &str| json!({"UserId": id});
    assert_eq!(
        refusal(&directory.as_admin("DescribeUser", ask(&ada)).unwrap_err()),
        internal
    );
    // An earlier state put back over a later one.
    let old = get(&directory, &bob);
    let operations = json!([{"AttributePath": "title", "AttributeValue": "T"}]);
    let update = json!({"UserId": bob, "Operations": operations});
    directory.as_admin("UpdateUser", update).unwrap();
    directory.i.install(&old);
    let error = directory.as_admin("DescribeUser", ask(&bob)).unwrap_err();
    assert_eq!(refusal(&error), internal);
    assert!(error.inside.unwrap().contains("does not open here"));
}
