//! Documents that AWS would not store: one mistake put into a statement or a document (`POL-E6`,
//! `POL-O9`).

use super::random::Random;
use crate::json::Json;

/// Puts one mistake into a statement.
pub(crate) fn statement(random: &mut Random, statement: &mut Json) {
    let Json::Object(members) = statement else {
        return;
    };
    let mut set = |name: &str, value: Json| {
        members.retain(|(n, _)| n != name);
        members.push((name.to_owned(), value));
    };
    let condition = |operator: &str, key: &str, value: Json| {
        Json::object([(operator, Json::object([(key, value)]))])
    };
    let tag = "aws:PrincipalTag/Team";
    match random.below(22) {
        0 => set("Effect", Json::text("allow")),
        1 => set("Sid", Json::text("with a blank")),
        2 => set("Sid", Json::text("One")),
        3 => set("Comment", Json::text("none")),
        4 => {
            set("Action", Json::text("*"));
            set("NotAction", Json::text("s3:*"));
        }
        5 => set(
            "Principal",
            Json::object([("AWS", Json::text("arn:aws:iam::1*:root"))]),
        ),
        6 => set("Principal", Json::text("everyone")),
        7 => set("Action", Json::text("Decrypt")),
        8 => set("Action", Json::text("kms:De crypt")),
        9 => set("Resource", Json::text("key/1")),
        10 => set(
            "Resource",
            Json::text("arn:aws:k*:us-east-1:111122223333:key/*"),
        ),
        11 => set(
            "Condition",
            condition("StringMatches", tag, Json::text("alpha")),
        ),
        12 => set(
            "Condition",
            condition("NullIfExists", tag, Json::text("true")),
        ),
        13 => set(
            "Condition",
            condition("stringEquals", tag, Json::text("alpha")),
        ),
        14 => set("Condition", condition("StringEquals", tag, Json::Null)),
        15 => set(
            "Condition",
            condition("StringNotEquals", tag, Json::text("${aws:x")),
        ),
        16 => set("Condition", Json::texts(["StringEquals"])),
        17 => set("Resource", Json::List(Vec::new())),
        18 => set(
            "NotPrincipal",
            Json::object([("AWS", Json::List(Vec::new()))]),
        ),
        19 => members.retain(|(n, _)| n != "Resource" && n != "NotResource"),
        20 => members.retain(|(n, _)| n != "Action" && n != "NotAction"),
        _ => members.retain(|(n, _)| n != "Principal" && n != "NotPrincipal"),
    }
}

/// Puts one mistake into a document.
pub(crate) fn document(random: &mut Random, document: &mut Json) {
    let Json::Object(members) = document else {
        return;
    };
    match random.below(6) {
        0 => members.retain(|(n, _)| n != "Statement"),
        1 => members.push(("Comment".to_owned(), Json::text("none"))),
        2 => members.push(("Id".to_owned(), Json::Number("1".to_owned()))),
        3 => members.push(("Id".to_owned(), Json::text("one"))),
        _ => {
            members.retain(|(n, _)| n != "Version");
            members.push(("Version".to_owned(), Json::text("2012-10-18")));
        }
    }
}
