//! Users of the identity store: what is kept, found, changed and refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod directory;

use directory::{Directory, MARKER, full_user, refusal, refused};
use serde_json::{Value, json};

const ENTERPRISE: &str = "aws:identitystore:enterprise";

#[test]
fn every_attribute_comes_back_as_it_was_given() {
    for under_key in [false, true] {
        let mut directory = if under_key {
            Directory::under_key().0
        } else {
            Directory::new()
        };
        let id = directory.create("ada");
        let input = json!({"UserId": id, "Extensions": [ENTERPRISE]});
        let user = directory.as_admin("DescribeUser", input).unwrap();
        for (name, value) in full_user("ada").as_object().unwrap() {
            assert_eq!(&user[name], value, "{name}");
        }
        assert_eq!(
            user["UserArn"],
            format!("arn:aws:identitystore:::user/{id}")
        );
        assert_eq!(user["IdentityStoreId"], directory.store());
        assert_eq!(user["UserStatus"], "ENABLED");
        assert_eq!(user["Revision"], "1");
        assert_eq!(user["CreatedAt"], 1_767_607_200);
        assert_eq!(user["CreatedBy"], "arn:aws:iam::111122223333:user/admin");
        // Extensions only when asked for; stores and users by ARN too.
        let by_arn = json!({"IdentityStoreId": directory.instance.identity_store_arn(),
            "UserId": user["UserArn"]});
        let again = directory.as_admin("DescribeUser", by_arn).unwrap();
        assert_eq!(again["UserName"], user["UserName"]);
        assert_eq!(again.get("Extensions"), None);
    }
}

#[test]
fn users_are_found_by_what_is_unique() {
    let (mut directory, _) = Directory::under_key();
    let id = directory.create("ada");
    directory.create("bob");
    let external = json!([{"Issuer": "https://idp.example", "Id": "42"}]);
    let operation = json!({"AttributePath": "externalIds", "AttributeValue": external});
    let update = json!({"UserId": id, "Operations": [operation]});
    directory.as_admin("UpdateUser", update).unwrap();
    let attribute = |path: &str, value: Value| json!({"UniqueAttribute": {"AttributePath": path, "AttributeValue": value}});
    let by_id = |issuer: &str, id: &str| json!({"ExternalId": {"Issuer": issuer, "Id": id}});
    let found: Result<(), (&str, &str)> = Ok(());
    let absent = Err(("ResourceNotFoundException", "USER not found."));
    let only = "AttributePath must be one of userName and emails.value.";
    for (identifier, expect) in [
        (attribute("userName", json!(format!("ada-{MARKER}"))), found),
        (attribute("UserName", json!("ADA-ZANZIBAR")), found),
        (
            attribute("emails.value", json!("Ada@ZANZIBAR.example")),
            found,
        ),
        (by_id("https://idp.example", "42"), found),
        (by_id("https://idp.example", "43"), absent),
        (by_id("https://other.example", "42"), absent),
        (attribute("userName", json!("nobody")), absent),
        // The value of another attribute is not found.
        (
            attribute("emails.value", json!(format!("ada-{MARKER}"))),
            absent,
        ),
        (
            attribute("displayName", json!("x")),
            Err(("ValidationException", only)),
        ),
        (
            attribute("userName", json!(1)),
            Err(("ValidationException", "AttributeValue must be a string.")),
        ),
        (
            json!({}),
            Err((
                "ValidationException",
                "AlternateIdentifier must have exactly one of ExternalId and UniqueAttribute.",
            )),
        ),
    ] {
        let reply = directory.as_admin("GetUserId", json!({"AlternateIdentifier": identifier}));
        let got = reply
            .map(|reply| assert_eq!(reply["UserId"], id))
            .map_err(|e| {
                (
                    e.shape.code.to_owned(),
                    e.message.unwrap_or_default().into_owned(),
                )
            });
        let expect = expect.map_err(|(code, text)| (code.to_owned(), text.to_owned()));
        assert_eq!(got, expect, "{identifier}");
    }
}

#[test]
fn lists_page_by_id_and_filter_by_name() {
    let (mut directory, _) = Directory::under_key();
    let mut ids: Vec<String> = (0..7)
        .map(|n| directory.create(&format!("user{n}")))
        .collect();
    ids.sort();
    for size in [1, 3, 7, 100] {
        let mut seen = Vec::new();
        let mut input = json!({"MaxResults": size});
        loop {
            let reply = directory.as_admin("ListUsers", input.clone()).unwrap();
            let users = reply["Users"].as_array().unwrap();
            assert!(users.len() <= size);
            seen.extend(
                users
                    .iter()
                    .map(|u| u["UserId"].as_str().unwrap().to_owned()),
            );
            match reply.get("NextToken") {
                Some(token) => input["NextToken"] = token.clone(),
                None => break,
            }
        }
        assert_eq!(seen, ids, "pages of {size}");
    }
    let filter = |path: &str, value: &str| json!({"Filters": [{"AttributePath": path, "AttributeValue": value}]});
    for (input, expect) in [
        (filter("UserName", &format!("USER3-{MARKER}")), Ok(1)),
        (filter("UserName", "nobody"), Ok(0)),
        (json!({"Filters": []}), Ok(7)),
        (
            filter("DisplayName", "x"),
            Err(refused("ValidationException", "")),
        ),
        (
            json!({"NextToken": "abc"}),
            Err(refused("ValidationException", "")),
        ),
        (
            json!({"Extensions": ["aws:identitystore:other"]}),
            Err(refused("ValidationException", "")),
        ),
        (
            json!({"MaxResults": 101}),
            Err(refused("ValidationException", "")),
        ),
    ] {
        let reply = directory.as_admin("ListUsers", input.clone());
        let got = reply.map(|r| r["Users"].as_array().unwrap().len());
        assert_eq!(got.map_err(|e| refusal(&e)), expect, "{input}");
    }
}

#[test]
fn what_a_new_user_must_and_must_not_have() {
    let (mut directory, _) = Directory::under_key();
    directory.create("ada");
    let with = |name: &str, value: Value| {
        let mut user = full_user("new");
        user[name] = value;
        user
    };
    let invalid = |text: &str| (refused("ValidationException", ""), text.to_owned());
    let conflict = |text: &str| {
        (
            refused("ConflictException", "UNIQUENESS_CONSTRAINT_VIOLATION"),
            text.to_owned(),
        )
    };
    for (user, expect) in [
        (
            with("UserName", Value::Null),
            invalid("userName is a required attribute"),
        ),
        (
            json!({"UserName": "x"}),
            invalid(
                "displayName: The attribute displayName is required, familyName: The attribute \
                 familyName is required, givenName: The attribute givenName is required",
            ),
        ),
        (
            with("UserName", json!("administrator")),
            invalid("userName: The name is reserved"),
        ),
        (
            with("Extensions", json!({"aws:identitystore:other": {}})),
            invalid("extensions: Only aws:identitystore:enterprise is supported"),
        ),
        (
            with("Extensions", json!({"aws:identitystore:enterprise": "x"})),
            invalid("extensions: An extension must be an object"),
        ),
        (
            with(
                "Photos",
                json!([{"Value": "a", "Primary": true}, {"Value": "b", "Primary": true}]),
            ),
            invalid("photos: Only one photo can be primary"),
        ),
        (
            with("UserName", json!("ADA-zanzibar")),
            conflict("Duplicate UserName"),
        ),
        (
            with("Emails", json!([{"Value": "ADA@zanzibar.example"}])),
            conflict("Duplicate Email"),
        ),
    ] {
        let error = directory.as_admin("CreateUser", user.clone()).unwrap_err();
        let text = error.message.clone().unwrap_or_default().into_owned();
        assert_eq!((refusal(&error), text), expect, "{user}");
    }
    assert_eq!(
        directory.as_admin("ListUsers", json!({})).unwrap()["Users"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn updates_change_what_their_paths_name() {
    let set = |path: &str, value: Value| json!({"AttributePath": path, "AttributeValue": value});
    let remove = |path: &str| json!({"AttributePath": path});
    let unknown = |path: &str| Err(format!("{path} is not an attribute that can be updated."));
    for (operation, expect) in [
        (set("displayName", json!("New")), Ok(("/DisplayName", json!("New")))),
        (set("DISPLAYNAME", json!("New")), Ok(("/DisplayName", json!("New")))),
        (set("name.givenName", json!("New")), Ok(("/Name/GivenName", json!("New")))),
        (
            set("name", json!({"familyName": "F", "givenName": "G"})),
            Ok(("/Name", json!({"FamilyName": "F", "GivenName": "G"}))),
        ),
        (
            set("emails", json!([{"value": "n@e.example", "type": "work", "primary": true}])),
            Ok(("/Emails", json!([{"Value": "n@e.example", "Type": "work", "Primary": true}]))),
        ),
        (remove("emails"), Ok(("/Emails", Value::Null))),
        (set("title", Value::Null), Ok(("/Title", Value::Null))),
        (set("userName", json!("renamed")), Ok(("/UserName", json!("renamed")))),
        (
            set("aws:identitystore:enterprise.costCenter", json!("7")),
            Ok(("/Extensions/aws:identitystore:enterprise/costCenter", json!("7"))),
        ),
        (
            remove("aws:identitystore:enterprise.department"),
            Ok(("/Extensions/aws:identitystore:enterprise/department", Value::Null)),
        ),
        (remove("aws:identitystore:enterprise"), Ok(("/Extensions", Value::Null))),
        (set("userId", json!("x")), unknown("userId")),
        (set("userStatus", json!("DISABLED")), unknown("userStatus")),
        (set("name.shoe", json!("x")), unknown("name.shoe")),
        (set("emails.value", json!("x")), unknown("emails.value")),
        (set("nothing", json!("x")), unknown("nothing")),
        (remove("userName"), Err("userName is a required attribute".to_owned())),
        (
            remove("name.givenName"),
            Err("givenName: The attribute givenName is required".to_owned()),
        ),
        (set("emails", json!([{"colour": "x"}])), Err("A value has an unknown member.".to_owned())),
        (
            set("displayName", json!("x".repeat(1025))),
            Err("1 validation error detected: Value at 'displayName' failed to satisfy constraint: \
                 Member must have length less than or equal to 1024".to_owned()),
        ),
    ] {
        let (mut directory, _) = Directory::under_key();
        let id = directory.create("ada");
        let input = json!({"UserId": id, "Operations": [operation]});
        let reply = directory.as_admin("UpdateUser", input);
        let describe = json!({"UserId": id, "Extensions": [ENTERPRISE]});
        let user = directory.as_admin("DescribeUser", describe).unwrap();
        match (reply, expect) {
            (Ok(reply), Ok((pointer, value))) => {
                assert_eq!(reply["Revision"], "2");
                assert_eq!(user["Revision"], "2");
                assert_eq!(user.pointer(pointer).unwrap_or(&Value::Null), &value, "{operation}");
            }
            (Err(error), Err(text)) => {
                assert_eq!(refusal(&error), refused("ValidationException", ""), "{operation}");
                assert_eq!(error.message.unwrap_or_default(), text);
                assert_eq!(user["Revision"], "1");
            }
            (reply, expect) => panic!("{operation}: {reply:?}, not {expect:?}"),
        }
    }
}

#[test]
fn names_are_taken_freed_and_contested() {
    let (mut directory, _) = Directory::under_key();
    let ada = directory.create("ada");
    let bob = directory.create("bob");
    let rename = |id: &str, name: &str| json!({"UserId": id, "Operations": [{"AttributePath": "userName", "AttributeValue": name}]});
    let taken = refused("ConflictException", "UNIQUENESS_CONSTRAINT_VIOLATION");
    let error = directory
        .as_admin("UpdateUser", rename(&bob, "ADA-zanzibar"))
        .unwrap_err();
    assert_eq!(refusal(&error), taken);
    // One's own name in another case is no conflict.
    directory
        .as_admin("UpdateUser", rename(&ada, "ADA-zanzibar"))
        .unwrap();
    directory
        .as_admin("UpdateUser", rename(&ada, "other"))
        .unwrap();
    directory
        .as_admin("UpdateUser", rename(&bob, "ada-zanzibar"))
        .unwrap();
    directory
        .as_admin("DeleteUser", json!({"UserId": bob}))
        .unwrap();
    directory.create("ada2");
    directory
        .as_admin("UpdateUser", rename(&ada, "ada-zanzibar"))
        .unwrap();
}

#[test]
fn two_that_take_a_name_at_once_do_not_both_get_it() {
    let (mut directory, _) = Directory::under_key();
    let service = claviger_testkit::installation::service_of("identitystore");
    let mut input = full_user("ada");
    input["IdentityStoreId"] = json!(directory.store());
    let admin = directory.admin.clone();
    let outcomes: Vec<_> = (0..2)
        .map(|_| {
            let caller = directory.i.caller(&admin, service).unwrap();
            directory
                .i
                .decide(caller, service, "CreateUser", input.clone())
        })
        .collect();
    let mut outcomes = outcomes.into_iter();
    directory.i.commit(outcomes.next().unwrap()).unwrap();
    let late = outcomes.next().unwrap();
    assert!(late.result.is_ok(), "decided before the first was there");
    let stale = late
        .changes
        .iter()
        .any(|change| !change.fits(&directory.i.snapshot));
    assert!(stale, "so it must be decided again");
}

#[test]
fn revisions_guard_changes() {
    let (mut directory, key) = Directory::under_key();
    let id = directory.create("ada");
    let operations = json!([{"AttributePath": "title", "AttributeValue": "T"}]);
    let stale = refused("ConflictException", "CONCURRENT_MODIFICATION");
    let wrong = json!({"UserId": id, "Operations": operations, "Revision": "9"});
    let error = directory.as_admin("UpdateUser", wrong).unwrap_err();
    assert_eq!(refusal(&error), stale);
    // A new key is no change of the user.
    directory.set_key(&key).unwrap();
    let right = json!({"UserId": id, "Operations": operations, "Revision": "1"});
    directory.as_admin("UpdateUser", right).unwrap();
    let delete = |revision: &str| json!({"UserId": id, "Revision": revision});
    let error = directory.as_admin("DeleteUser", delete("1")).unwrap_err();
    assert_eq!(refusal(&error), stale);
    directory.as_admin("DeleteUser", delete("2")).unwrap();
    let error = directory
        .as_admin("DeleteUser", json!({"UserId": id}))
        .unwrap_err();
    assert_eq!(refusal(&error), refused("ResourceNotFoundException", ""));
    assert!(error.members.contains(&("ResourceType", "USER".to_owned())));
}
