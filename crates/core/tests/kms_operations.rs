//! What KMS operations answer, change and record when they succeed; pages; rotation; deletion.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_core::state::{Grant, Material, Stored};
use claviger_testkit::installation::Installation;
use claviger_trail::Record;
use serde_json::{Value, json};

fn kms(i: &mut Installation, operation: &str, document: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, "kms", operation, document)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

fn refused(i: &mut Installation, operation: &str, document: Value) -> (String, String) {
    let admin = i.admin.clone();
    let error = i.call(&admin, "kms", operation, document).unwrap_err();
    let message = error.message.unwrap_or_default().into_owned();
    (error.shape.code.to_owned(), message)
}

fn new_key(i: &mut Installation) -> (String, String) {
    let metadata = kms(i, "CreateKey", json!({}))["KeyMetadata"].take();
    let text = |name: &str| metadata[name].as_str().unwrap().to_owned();
    (text("KeyId"), text("Arn"))
}

fn last<'i>(i: &'i Installation, event: &str) -> &'i Record {
    i.records_of(event).last().copied().unwrap()
}

fn shown(json: Option<&claviger_trail::Json>) -> Value {
    json.map_or(Value::Null, |j| serde_json::from_str(j.as_str()).unwrap())
}

#[test]
fn metadata_of_a_new_key() {
    for multi_region in [false, true] {
        let mut i = Installation::new();
        let made = kms(
            &mut i,
            "CreateKey",
            json!({"Description": "a key", "MultiRegion": multi_region}),
        )["KeyMetadata"]
            .take();
        let id = made["KeyId"].as_str().unwrap();
        assert_eq!(id.starts_with("mrk-"), multi_region);
        let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{id}");
        let mut wanted = json!({
            "AWSAccountId": "111122223333", "KeyId": id, "Arn": arn, "CreationDate": 1_767_607_200,
            "Enabled": true, "Description": "a key", "KeyUsage": "ENCRYPT_DECRYPT",
            "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyManager": "CUSTOMER",
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT",
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": multi_region,
            "CurrentKeyMaterialId": made["CurrentKeyMaterialId"],
        });
        if multi_region {
            wanted["MultiRegionConfiguration"] = json!({"MultiRegionKeyType": "PRIMARY",
                "PrimaryKey": {"Arn": arn, "Region": "us-east-1"}, "ReplicaKeys": []});
        }
        assert_eq!(made, wanted);
        assert_eq!(made["CurrentKeyMaterialId"].as_str().unwrap().len(), 64);
        assert_eq!(
            kms(&mut i, "DescribeKey", json!({"KeyId": id}))["KeyMetadata"],
            made
        );
    }
}

#[test]
fn create_key_is_recorded_with_its_defaults() {
    let mut i = Installation::new();
    let (id, arn) = new_key(&mut i);
    let record = last(&i, "CreateKey");
    assert_eq!(
        shown(record.request_parameters.as_ref()),
        json!({"bypassPolicyLockoutSafetyCheck": false, "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
               "keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS",
               "description": "", "multiRegion": false, "tags": []})
    );
    let metadata = &shown(record.response_elements.as_ref())["keyMetadata"];
    assert_eq!(metadata["aWSAccountId"], "111122223333");
    assert_eq!(metadata["keyId"], json!(id));
    assert_eq!(metadata["creationDate"], "Jan 5, 2026, 10:00:00 AM");
    assert!(!record.read_only);
    assert_eq!(record.resources[0].arn, arn);
    assert_eq!(record.resources[0].kind, "AWS::KMS::Key");
}

/// Response elements of changes: the key's ARN as `keyId` for those that AWS lists, null for the
/// others and for every read.
#[test]
fn response_elements() {
    let mut i = Installation::new();
    let (id, arn) = new_key(&mut i);
    let (other, other_arn) = new_key(&mut i);
    let policy = kms(&mut i, "GetKeyPolicy", json!({"KeyId": id}))["Policy"].take();
    let by_arn = json!({"keyId": arn});
    for (operation, document, read_only, response) in [
        ("DisableKey", json!({"KeyId": id}), false, by_arn.clone()),
        ("EnableKey", json!({"KeyId": id}), false, by_arn.clone()),
        (
            "TagResource",
            json!({"KeyId": id, "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
            false,
            by_arn.clone(),
        ),
        (
            "UntagResource",
            json!({"KeyId": id, "TagKeys": ["a"]}),
            false,
            by_arn.clone(),
        ),
        (
            "UpdateKeyDescription",
            json!({"KeyId": id, "Description": ""}),
            false,
            Value::Null,
        ),
        (
            "PutKeyPolicy",
            json!({"KeyId": id, "Policy": policy}),
            false,
            Value::Null,
        ),
        (
            "CreateAlias",
            json!({"AliasName": "alias/x", "TargetKeyId": id}),
            false,
            by_arn.clone(),
        ),
        (
            "UpdateAlias",
            json!({"AliasName": "alias/x", "TargetKeyId": other}),
            false,
            json!({"keyId": other_arn}),
        ),
        (
            "DeleteAlias",
            json!({"AliasName": "alias/x"}),
            false,
            json!({"keyId": other_arn}),
        ),
        ("DescribeKey", json!({"KeyId": id}), true, Value::Null),
        ("GetKeyPolicy", json!({"KeyId": id}), true, Value::Null),
        ("GetKeyLastUsage", json!({"KeyId": id}), true, Value::Null),
        ("ListAliases", json!({}), true, Value::Null),
        ("ListGrants", json!({"KeyId": id}), true, Value::Null),
        ("ListKeys", json!({}), true, Value::Null),
        (
            "Encrypt",
            json!({"KeyId": id, "Plaintext": "eA=="}),
            true,
            Value::Null,
        ),
        (
            "GenerateRandom",
            json!({"NumberOfBytes": 1}),
            true,
            Value::Null,
        ),
        (
            "ScheduleKeyDeletion",
            json!({"KeyId": id, "PendingWindowInDays": 20}),
            false,
            json!({"keyId": arn, "keyState": "PendingDeletion", "deletionDate": "Jan 25, 2026, 10:00:00 AM",
                "pendingWindowInDays": 20}),
        ),
        (
            "CancelKeyDeletion",
            json!({"KeyId": id}),
            false,
            by_arn.clone(),
        ),
    ] {
        kms(&mut i, operation, document);
        let record = last(&i, operation);
        assert_eq!(
            shown(record.response_elements.as_ref()),
            response,
            "{operation}"
        );
        assert_eq!(record.read_only, read_only, "{operation}");
        assert_eq!(record.error_code, None, "{operation}");
    }
    let created = last(&i, "CreateAlias");
    let arns: Vec<&str> = created.resources.iter().map(|r| r.arn.as_str()).collect();
    assert_eq!(
        arns,
        [arn.as_str(), "arn:aws:kms:us-east-1:111122223333:alias/x"]
    );
    for event in ["ListKeys", "ListAliases", "GenerateRandom"] {
        assert!(last(&i, event).resources.is_empty(), "{event}");
    }
}

#[test]
fn no_record_shows_bytes_or_tokens() {
    let mut i = Installation::new();
    let (id, _) = new_key(&mut i);
    let secret = "c2VjcmV0IHRleHQgdGhhdCBtdXN0IG5vdCBzaG93";
    let blob =
        kms(&mut i, "Encrypt", json!({"KeyId": id, "Plaintext": secret}))["CiphertextBlob"].take();
    let grant = kms(
        &mut i,
        "CreateGrant",
        json!({"KeyId": id, "Operations": ["Decrypt", "Encrypt"],
        "GranteePrincipal": "arn:aws:iam::111122223333:user/admin"}),
    );
    kms(
        &mut i,
        "Decrypt",
        json!({"CiphertextBlob": blob, "GrantTokens": [grant["GrantToken"]]}),
    );
    let key = kms(
        &mut i,
        "GenerateDataKey",
        json!({"KeyId": id, "KeySpec": "AES_256"}),
    );
    kms(
        &mut i,
        "RetireGrant",
        json!({"GrantToken": grant["GrantToken"]}),
    );
    let text: String = i.records.iter().map(|r| format!("{r:?}")).collect();
    for hidden in [
        secret,
        blob.as_str().unwrap(),
        grant["GrantToken"].as_str().unwrap(),
        key["Plaintext"].as_str().unwrap(),
        key["CiphertextBlob"].as_str().unwrap(),
    ] {
        assert!(!text.contains(hidden), "{hidden}");
    }
    let retired = last(&i, "RetireGrant");
    assert_eq!(shown(retired.request_parameters.as_ref()), Value::Null);
    assert_eq!(
        shown(retired.additional_event_data.as_ref()),
        json!({"grantId": grant["GrantId"]})
    );
}

/// Walks a list page by page and gives the values of a member, in order.
fn walk(
    i: &mut Installation,
    operation: &str,
    base: &Value,
    list: &str,
    member: &str,
) -> Vec<Value> {
    let mut found = Vec::new();
    let mut marker = Value::Null;
    for _ in 0..20 {
        let mut document = base.clone();
        document["Limit"] = json!(2);
        document["Marker"] = marker.clone();
        let page = kms(i, operation, document);
        let items = page[list].as_array().unwrap();
        assert!(items.len() <= 2, "{operation}");
        found.extend(items.iter().map(|item| match member {
            "" => item.clone(),
            name => item[name].clone(),
        }));
        if page["Truncated"] == json!(false) {
            assert!(page.get("NextMarker").is_none(), "{operation}");
            return found;
        }
        marker = page["NextMarker"].clone();
    }
    panic!("{operation} does not end");
}

#[test]
fn pages() {
    let mut i = Installation::new();
    let (id, arn) = new_key(&mut i);
    for n in 0..4 {
        new_key(&mut i);
        kms(
            &mut i,
            "CreateAlias",
            json!({"AliasName": format!("alias/{n}"), "TargetKeyId": id}),
        );
        kms(
            &mut i,
            "TagResource",
            json!({"KeyId": id, "Tags": [{"TagKey": format!("t{n}"), "TagValue": ""}]}),
        );
        kms(&mut i, "RotateKeyOnDemand", json!({"KeyId": id}));
        kms(
            &mut i,
            "CreateGrant",
            json!({"KeyId": id, "Operations": ["Decrypt"],
            "GranteePrincipal": "arn:aws:iam::111122223333:user/admin",
            "RetiringPrincipal": "arn:aws:iam::111122223333:user/admin"}),
        );
    }
    let key = json!({"KeyId": arn});
    for (operation, base, list, member, count) in [
        ("ListKeys", json!({}), "Keys", "KeyArn", 5),
        // 28 predefined ones among them.
        ("ListAliases", json!({}), "Aliases", "AliasArn", 4 + 28),
        ("ListAliases", key.clone(), "Aliases", "AliasName", 4),
        ("ListResourceTags", key.clone(), "Tags", "TagKey", 4),
        (
            "ListKeyRotations",
            key.clone(),
            "Rotations",
            "KeyMaterialId",
            4,
        ),
        (
            "ListKeyRotations",
            json!({"KeyId": id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"}),
            "Rotations",
            "KeyMaterialId",
            5,
        ),
        ("ListGrants", key.clone(), "Grants", "GrantId", 4),
        (
            "ListRetirableGrants",
            json!({"RetiringPrincipal": "arn:aws:iam::111122223333:user/admin"}),
            "Grants",
            "GrantId",
            4,
        ),
        ("ListKeyPolicies", key.clone(), "PolicyNames", "", 1),
    ] {
        let mut found: Vec<String> = walk(&mut i, operation, &base, list, member)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found.len(), count, "{operation}");
        found.sort();
        found.dedup();
        assert_eq!(found.len(), count, "{operation} gives an entry twice");
    }
    // A marker belongs to its operation, and to its list of owners.
    let marker = kms(&mut i, "ListKeys", json!({"Limit": 1}))["NextMarker"].take();
    for (operation, document) in [
        ("ListAliases", json!({"Marker": marker})),
        (
            "ListKeys",
            json!({"Marker": marker, "ResourceOwners": ["SELF", "OTHER_ACCOUNTS_VIA_RAM"]}),
        ),
    ] {
        let found = refused(&mut i, operation, document);
        assert_eq!(found.0, "InvalidMarkerException");
    }
    let others = kms(
        &mut i,
        "ListKeys",
        json!({"ResourceOwners": ["OTHER_ACCOUNTS_VIA_RAM"]}),
    );
    assert_eq!(others, json!({"Keys": [], "Truncated": false}));
}

#[test]
fn rotation_on_demand() {
    let mut i = Installation::new();
    let (id, arn) = new_key(&mut i);
    let blob =
        kms(&mut i, "Encrypt", json!({"KeyId": id, "Plaintext": "eA=="}))["CiphertextBlob"].take();
    let first =
        kms(&mut i, "DescribeKey", json!({"KeyId": id}))["KeyMetadata"]["CurrentKeyMaterialId"]
            .take();
    for _ in 0..25 {
        i.now = i.now.plus_days(1);
        assert_eq!(
            kms(&mut i, "RotateKeyOnDemand", json!({"KeyId": id})),
            json!({"KeyId": arn})
        );
    }
    assert_eq!(
        refused(&mut i, "RotateKeyOnDemand", json!({"KeyId": id})),
        (
            "LimitExceededException".to_owned(),
            format!(
                "The on-demand rotations limit has been reached for the given keyId. No more on-demand \
                 rotations can be performed for this key: {arn}"
            )
        )
    );
    assert_eq!(
        kms(&mut i, "GetKeyRotationStatus", json!({"KeyId": id})),
        json!({"KeyRotationEnabled": false, "KeyId": arn})
    );
    let opened = kms(&mut i, "Decrypt", json!({"CiphertextBlob": blob}));
    assert_eq!(
        (&opened["Plaintext"], &opened["KeyMaterialId"]),
        (&json!("eA=="), &first)
    );
    let all = kms(
        &mut i,
        "ListKeyRotations",
        json!({"KeyId": id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"}),
    );
    let all = all["Rotations"].as_array().unwrap();
    assert_eq!(all.len(), 26);
    assert_eq!(
        all[0],
        json!({"KeyId": id, "KeyMaterialId": first, "KeyMaterialState": "NON_CURRENT"})
    );
    assert_eq!(all[25]["KeyMaterialState"], "CURRENT");
    assert_eq!(all[25]["RotationType"], "ON_DEMAND");
    let event = last(&i, "RotateKey");
    let details = shown(event.service_event_details.as_ref());
    assert_eq!(details["rotationType"], "ON_DEMAND");
    assert_eq!(details["currentKeyMaterialId"], all[25]["KeyMaterialId"]);
    assert_eq!(details["previousKeyMaterialId"], all[24]["KeyMaterialId"]);
    // The limit is for life.
    i.now = i.now.plus_days(4000);
    assert_eq!(
        refused(&mut i, "RotateKeyOnDemand", json!({"KeyId": id})).0,
        "LimitExceededException"
    );
}

#[test]
fn a_key_is_really_deleted_at_the_end_of_its_window() {
    let mut i = Installation::new();
    let (id, arn) = new_key(&mut i);
    kms(&mut i, "RotateKeyOnDemand", json!({"KeyId": id}));
    kms(
        &mut i,
        "CreateAlias",
        json!({"AliasName": "alias/x", "TargetKeyId": id}),
    );
    kms(
        &mut i,
        "CreateGrant",
        json!({"KeyId": id, "Operations": ["Decrypt"],
        "GranteePrincipal": "arn:aws:iam::111122223333:user/admin"}),
    );
    let blob =
        kms(&mut i, "Encrypt", json!({"KeyId": id, "Plaintext": "eA=="}))["CiphertextBlob"].take();
    let reply = kms(&mut i, "ScheduleKeyDeletion", json!({"KeyId": id}));
    let date = 1_767_607_200 + 30 * 86_400;
    assert_eq!(
        reply,
        json!({"KeyId": arn, "DeletionDate": date, "KeyState": "PendingDeletion", "PendingWindowInDays": 30})
    );
    let metadata = kms(&mut i, "DescribeKey", json!({"KeyId": id}))["KeyMetadata"].take();
    assert_eq!(
        (&metadata["DeletionDate"], &metadata["Enabled"]),
        (&json!(date), &json!(false))
    );
    i.advance_days(29);
    kms(&mut i, "DescribeKey", json!({"KeyId": id}));
    i.advance_days(1);
    assert_eq!(
        refused(&mut i, "DescribeKey", json!({"KeyId": id})).1,
        format!("Key '{arn}' does not exist")
    );
    assert_eq!(
        refused(&mut i, "Decrypt", json!({"CiphertextBlob": blob})).0,
        "AccessDeniedException"
    );
    let aliases = kms(&mut i, "ListAliases", json!({}))["Aliases"].take();
    let mut entries = aliases.as_array().unwrap().iter();
    assert!(entries.all(|entry| entry["TargetKeyId"].is_null()));
    assert_eq!(i.records_of("DeleteKey").len(), 1);
    let of_key: Vec<_> = i
        .rows
        .keys()
        .filter(|(collection, row)| {
            row.contains(&id)
                || collection == Material::COLLECTION
                || collection == Grant::COLLECTION
        })
        .collect();
    assert!(of_key.is_empty(), "{of_key:?}");
}

#[test]
fn cancelling_a_deletion_leaves_the_key_disabled_and_whole() {
    let mut i = Installation::new();
    let (id, arn) = new_key(&mut i);
    let blob =
        kms(&mut i, "Encrypt", json!({"KeyId": id, "Plaintext": "eA=="}))["CiphertextBlob"].take();
    kms(
        &mut i,
        "ScheduleKeyDeletion",
        json!({"KeyId": id, "PendingWindowInDays": 7}),
    );
    i.advance_days(6);
    assert_eq!(
        kms(&mut i, "CancelKeyDeletion", json!({"KeyId": id})),
        json!({"KeyId": arn})
    );
    i.advance_days(60);
    let metadata = kms(&mut i, "DescribeKey", json!({"KeyId": id}))["KeyMetadata"].take();
    assert_eq!(metadata["KeyState"], "Disabled");
    assert!(metadata.get("DeletionDate").is_none());
    kms(&mut i, "EnableKey", json!({"KeyId": id}));
    kms(&mut i, "Decrypt", json!({"CiphertextBlob": blob}));
}

#[test]
fn the_last_use_is_of_successful_cryptographic_operations() {
    let mut i = Installation::new();
    let (id, arn) = new_key(&mut i);
    let created = 1_767_607_200;
    let unused = kms(&mut i, "GetKeyLastUsage", json!({"KeyId": id}));
    // AWS tracks since 2026-04-23, which is later than this key.
    assert_eq!(
        unused,
        json!({"KeyId": arn, "KeyLastUsage": {}, "TrackingStartDate": 1_776_902_400, "KeyCreationDate": created})
    );
    i.now = i.now.plus_days(200);
    let blob =
        kms(&mut i, "Encrypt", json!({"KeyId": id, "Plaintext": "eA=="}))["CiphertextBlob"].take();
    refused(
        &mut i,
        "Decrypt",
        json!({"CiphertextBlob": blob, "EncryptionContext": {"a": "b"}}),
    );
    let used = kms(&mut i, "GetKeyLastUsage", json!({"KeyId": id}))["KeyLastUsage"].take();
    assert_eq!(used["Operation"], "Encrypt");
    assert_eq!(
        used["CloudTrailEventId"],
        json!(last(&i, "Encrypt").event_id)
    );
    assert_eq!(used["KmsRequestId"], json!(last(&i, "Encrypt").request_id));
}

#[test]
fn tags_and_aliases() {
    let mut i = Installation::new();
    let (id, _) = new_key(&mut i);
    let tag = |k: &str, v: &str| json!({"TagKey": k, "TagValue": v});
    kms(
        &mut i,
        "TagResource",
        json!({"KeyId": id, "Tags": [tag("a", "1"), tag("b", "")]}),
    );
    kms(
        &mut i,
        "TagResource",
        json!({"KeyId": id, "Tags": [tag("a", "2")]}),
    );
    kms(
        &mut i,
        "UntagResource",
        json!({"KeyId": id, "TagKeys": ["b", "absent"]}),
    );
    assert_eq!(
        kms(&mut i, "ListResourceTags", json!({"KeyId": id})),
        json!({"Tags": [tag("a", "2")], "Truncated": false})
    );
    for n in 0..50 {
        kms(
            &mut i,
            "CreateAlias",
            json!({"AliasName": format!("alias/{n}"), "TargetKeyId": id}),
        );
    }
    let full = refused(
        &mut i,
        "CreateAlias",
        json!({"AliasName": "alias/50", "TargetKeyId": id}),
    );
    assert_eq!(full.0, "LimitExceededException");
    let entry = kms(&mut i, "ListAliases", json!({"Limit": 1}))["Aliases"][0].take();
    assert_eq!(
        entry,
        json!({"AliasName": "alias/0", "AliasArn": "arn:aws:kms:us-east-1:111122223333:alias/0",
               "TargetKeyId": id, "CreationDate": 1_767_607_200, "LastUpdatedDate": 1_767_607_200})
    );
}

/// A key whose rotation is watched.
struct Rotating {
    s: Installation,
    key: String,
    start: i64,
}

impl Rotating {
    fn new() -> Self {
        let mut s = Installation::new();
        let admin = s.admin.clone();
        let made = s.call(&admin, "kms", "CreateKey", json!({})).unwrap();
        let key = made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
        let start = s.now.seconds();
        Self { s, key, start }
    }

    /// The reply, or the code of the refusal.
    fn call(&mut self, operation: &str, mut document: Value) -> Result<Value, String> {
        document["KeyId"] = json!(self.key);
        let admin = self.s.admin.clone();
        let told = self.s.call(&admin, "kms", operation, document);
        told.map_err(|error| error.shape.code.to_owned())
    }

    fn done(&mut self, operation: &str, document: Value) {
        self.call(operation, document).unwrap();
    }

    /// The period, and the days from the start to the next rotation; nothing while it is off.
    fn schedule(&mut self) -> Option<(i64, i64)> {
        let shown = self.call("GetKeyRotationStatus", json!({})).unwrap();
        let next = shown["NextRotationDate"].as_f64();
        let period = shown["RotationPeriodInDays"].as_i64();
        let on = shown["KeyRotationEnabled"] == true;
        assert!(on == next.is_some() && on == period.is_some(), "{shown}");
        Some((period?, (next? as i64 - self.start) / 86_400))
    }

    fn rotations(&self) -> usize {
        self.s.records_of("RotateKey").len()
    }
}

#[test]
fn a_schedule_is_set_and_changed() {
    let mut r = Rotating::new();
    assert_eq!(r.schedule(), None);
    for bad in [89, 2561] {
        let found = r.call("EnableKeyRotation", json!({"RotationPeriodInDays": bad}));
        assert_eq!(found.unwrap_err(), "ValidationException");
    }
    r.done("EnableKeyRotation", json!({}));
    assert_eq!(r.schedule(), Some((365, 365)));
    // The same again changes nothing, another period counts from now.
    r.s.advance_days(10);
    r.done("EnableKeyRotation", json!({}));
    assert_eq!(r.schedule(), Some((365, 365)));
    r.done("EnableKeyRotation", json!({"RotationPeriodInDays": 90}));
    assert_eq!(r.schedule(), Some((90, 100)));
    r.done("DisableKeyRotation", json!({}));
    r.s.advance_days(5000);
    assert_eq!((r.schedule(), r.rotations()), (None, 0));
}

#[test]
fn a_key_rotates_by_schedule() {
    let mut r = Rotating::new();
    r.done("EnableKeyRotation", json!({"RotationPeriodInDays": 90}));
    let blob = r.call("Encrypt", json!({"Plaintext": "aGk="})).unwrap()["CiphertextBlob"].clone();
    r.s.advance_days(89);
    assert_eq!(r.rotations(), 0);
    r.s.advance_days(1);
    assert_eq!((r.schedule(), r.rotations()), (Some((90, 180)), 1));
    let event = r.s.records_of("RotateKey")[0].to_bytes();
    let event: Value = serde_json::from_slice(&event).unwrap();
    assert_eq!(event["serviceEventDetails"]["rotationType"], "AUTOMATIC");
    assert_eq!(event["eventType"], "AwsServiceEvent");
    let opened = r.call("Decrypt", json!({"CiphertextBlob": blob})).unwrap();
    assert_eq!(opened["Plaintext"], "aGk=");
    // Rotation on demand does not shift the schedule, and conflicts with it shortly before.
    r.done("RotateKeyOnDemand", json!({}));
    assert_eq!(r.schedule(), Some((90, 180)));
    r.s.now = r.s.now.plus_days(90).plus_seconds(-20 * 60);
    let found = r.call("RotateKeyOnDemand", json!({}));
    assert_eq!(found.unwrap_err(), "ConflictException");
}

#[test]
fn only_an_enabled_key_rotates_by_schedule() {
    let mut r = Rotating::new();
    r.done("EnableKeyRotation", json!({"RotationPeriodInDays": 90}));
    r.done("DisableKey", json!({}));
    r.s.advance_days(200);
    assert_eq!(r.rotations(), 0);
    // Enabled again, what was due is due now.
    r.done("EnableKey", json!({}));
    r.s.advance_days(0);
    assert_eq!((r.schedule(), r.rotations()), (Some((90, 290)), 1));
    // About to be deleted it shows no schedule; taken back, it has it again.
    r.done("ScheduleKeyDeletion", json!({"PendingWindowInDays": 7}));
    assert_eq!(r.schedule(), None);
    r.done("CancelKeyDeletion", json!({}));
    assert_eq!(r.schedule(), Some((90, 290)));
}

/// Ten years in one leap do every piece of work in its order: rotations each a period after the one
/// before, and none after the key is gone.
#[test]
fn due_work_is_done_in_time_order() {
    let mut s = Installation::new();
    let admin = s.admin.clone();
    let keys = [365, 90].map(|period| {
        let made = s.call(&admin, "kms", "CreateKey", json!({})).unwrap();
        let key = made["KeyMetadata"]["KeyId"].clone();
        let input = json!({"KeyId": key, "RotationPeriodInDays": period});
        s.call(&admin, "kms", "EnableKeyRotation", input).unwrap();
        key
    });
    let input = json!({"KeyId": keys[1], "PendingWindowInDays": 30});
    s.advance_days(89);
    s.call(&admin, "kms", "ScheduleKeyDeletion", input).unwrap();
    for _ in 0..10 {
        s.advance_days(365);
    }
    assert_eq!(s.records_of("RotateKey").len(), 10);
    assert_eq!(s.records_of("DeleteKey").len(), 1);
    let input = json!({"KeyId": keys[0], "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
    let listed = s.call(&admin, "kms", "ListKeyRotations", input).unwrap();
    assert_eq!(listed["Rotations"].as_array().unwrap().len(), 11);
}
