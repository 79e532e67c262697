//! Condition keys of a request, and conditions near to them.

use super::random::Random;
use super::values::{TYPES, Type, near, operator, other_case, perhaps_other_case, value};
use crate::json::Json;
use crate::request::free_part;

/// Keys with their types; `true` for multivalued ones.
const KEYS: [(&str, Type, bool); 17] = [
    ("aws:PrincipalTag/Team", Type::Text, false),
    ("aws:RequestTag/team", Type::Text, false),
    ("kms:EncryptionContext:App", Type::Text, false),
    ("kms:ViaService", Type::Text, false),
    ("aws:SourceArn", Type::Arn, false),
    ("kms:RotationPeriodInDays", Type::Number, false),
    ("aws:MultiFactorAuthAge", Type::Number, false),
    ("aws:TokenIssueTime", Type::Date, false),
    ("aws:MultiFactorAuthPresent", Type::Bool, false),
    ("aws:SourceIp", Type::Address, false),
    ("kms:Blob", Type::Binary, false),
    ("kms:Blob2", Type::Binary, false),
    ("aws:TagKeys", Type::Text, true),
    ("aws:CalledVia", Type::Text, true),
    ("kms:SourceArns", Type::Arn, true),
    ("kms:Numbers", Type::Number, true),
    ("kms:Addresses", Type::Address, true),
];

/// Keys that follow from the rest of a case, with a value they may have.
const FILLED: [(&str, Type, bool, &str); 15] = [
    (
        "aws:PrincipalArn",
        Type::Arn,
        false,
        "arn:aws:iam::111122223333:role/team/R",
    ),
    (
        "aws:PrincipalArn",
        Type::Arn,
        false,
        "arn:aws:iam::111122223333:user/team/alice",
    ),
    (
        "aws:PrincipalArn",
        Type::Text,
        false,
        "arn:aws:iam::111122223333:role/team/R",
    ),
    ("aws:PrincipalAccount", Type::Text, false, "111122223333"),
    ("kms:CallerAccount", Type::Text, false, "111122223333"),
    ("aws:PrincipalType", Type::Text, false, "User"),
    ("aws:username", Type::Text, false, "alice"),
    ("aws:SecureTransport", Type::Bool, false, "true"),
    ("aws:PrincipalIsAWSService", Type::Bool, false, "false"),
    ("aws:CurrentTime", Type::Date, false, "2026-11-24T19:30:00Z"),
    ("aws:PrincipalOrgID", Type::Text, false, "o-a1b2c3d4e5"),
    ("aws:ResourceTag/Team", Type::Text, false, "alpha"),
    ("kms:ResourceAliases", Type::Text, true, "alias/prod"),
    ("kms:ResourceAliases", Type::Text, true, "alias/prod"),
    ("kms:EncryptionContextKeys", Type::Text, true, "App"),
];

/// The tag that mirrors another key.
const MIRROR: &str = "aws:PrincipalTag/mirror";

/// The given condition keys of a request, with what conditions may compare them to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// `request.context` of the case.
    pub(crate) context: Vec<(String, Json)>,
    /// Key, type, whether it is multivalued, and a value it has.
    subjects: Vec<(String, Type, bool, String)>,
}

impl Given {
    /// A few keys.
    pub(crate) fn some(random: &mut Random, count: usize) -> Self {
        let mut given = Self::default();
        for _ in 0..count {
            given.add(random);
        }
        if random.percent(25) {
            given.mirror(random);
        }
        given
    }

    fn add(&mut self, random: &mut Random) {
        let (name, of, many) = random.pick_of(&KEYS);
        let name = perhaps_other_case(random, name);
        // A case that names one key twice is none: seldom.
        let same = |n: &String| {
            let as_written = random.percent(3);
            *n == name || (!as_written && n.eq_ignore_ascii_case(&name))
        };
        if self.context.iter().map(|(n, _)| n).any(same) {
            return;
        }
        let first = value(random, of);
        let json = if random.percent(4) {
            Json::Null
        } else if many != random.percent(6) {
            let count = random.pick_of(&[0, 1, 1, 2, 2, 3]);
            let mut values: Vec<String> = (0..count).map(|_| value(random, of)).collect();
            if let Some(own) = values.first_mut() {
                own.clone_from(&first);
            }
            Json::texts(values)
        } else {
            scalar(random, &first)
        };
        // POL-E1: a second entry whose free part differs by case only.
        let free = free_part(&name);
        if !free.is_empty() && random.percent(10) {
            let head = perhaps_other_case(random, &name[..name.len() - free.len()]);
            let twin = format!("{head}{}", other_case(random, free));
            let value = value(random, of);
            if twin != name && self.context.iter().all(|(n, _)| *n != twin) {
                self.context.push((twin, Json::text(value)));
            }
        }
        self.context.push((name.clone(), json));
        self.subjects.push((name, of, many, first));
    }

    /// A tag whose value is near to that of another key, for variables.
    fn mirror(&mut self, random: &mut Random) {
        let Some((_, _, _, own)) = self.subjects.first().cloned() else {
            return;
        };
        let mut near = near(random, &own);
        if random.percent(30) {
            near.truncate(near.chars().next().map_or(0, char::len_utf8));
            near.push('*');
        }
        self.set(MIRROR, Json::text(near));
    }

    fn has_mirror(&self) -> bool {
        self.context.iter().any(|(name, _)| name == MIRROR)
    }

    /// POL-C5: now and then a key that is in every request, given otherwise.
    pub(crate) fn unusual(&mut self, random: &mut Random) {
        if random.percent(6) {
            let transport = random.pick_of(&[Json::Bool(false), Json::Null, Json::text("false")]);
            self.set("aws:SecureTransport", transport);
        }
        if random.percent(4) {
            let time = random.pick(&["aws:CurrentTime", "aws:EpochTime"]);
            let value = value(random, Type::Date);
            self.set(time, Json::text(value));
        }
    }

    /// Sets a key, whatever stood there.
    pub(crate) fn set(&mut self, name: &str, value: Json) {
        self.context.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.context.push((name.to_owned(), value));
    }

    /// POL-P5: a condition that narrows everyone to a principal's ARN.
    pub(crate) fn on_principal(random: &mut Random) -> Json {
        let operator = random.pick(&[
            "ArnLike",
            "ArnEquals",
            "StringLike",
            "StringEqualsIgnoreCase",
            "ArnNotLike",
            "ArnLikeIfExists",
            "ForAnyValue:ArnLike",
        ]);
        let listed = random.pick(&["arn:aws:iam::*:*", "arn:aws:*:*:*:*"]);
        let key = perhaps_other_case(random, "aws:PrincipalArn");
        Json::object([(operator, Json::object([(key, Json::text(listed))]))])
    }

    /// A `Condition` with so many keys.
    pub(crate) fn conditions(&self, random: &mut Random, count: usize) -> Json {
        let mut operators: Vec<(String, Vec<(String, Json)>)> = Vec::new();
        for _ in 0..count {
            let (operator, key, values) = self.condition(random);
            match operators.iter_mut().find(|(o, _)| *o == operator) {
                Some((_, keys)) if keys.iter().all(|(k, _)| *k != key) => keys.push((key, values)),
                Some(_) => {}
                None => operators.push((operator, vec![(key, values)])),
            }
        }
        Json::object(operators.into_iter().map(|(o, k)| (o, Json::Object(k))))
    }

    fn subject(&self, random: &mut Random) -> (String, Type, bool, String) {
        if !self.subjects.is_empty() && random.percent(65) {
            return random.pick_of(&self.subjects);
        }
        if random.percent(65) {
            let (name, of, many, value) = random.pick_of(&FILLED);
            return (name.to_owned(), of, many, value.to_owned());
        }
        let (name, of, many) = random.pick_of(&KEYS);
        (name.to_owned(), of, many, value(random, of))
    }

    fn condition(&self, random: &mut Random) -> (String, String, Json) {
        let (name, of, many, own) = self.subject(random);
        let key = perhaps_other_case(random, &name);
        let chance = random.below(100);
        if chance < 8 {
            let values = ["true", "false", "True", "no"];
            let values = Json::texts([random.pick(&values)]);
            let prefix = if random.percent(5) {
                "ForAnyValue:"
            } else {
                ""
            };
            return (format!("{prefix}Null"), key, values);
        }
        let of = if chance < 16 {
            random.pick_of(&TYPES)
        } else {
            of
        };
        let base = operator(random, of);
        let quantified = if many { 80 } else { 15 };
        let prefix = if random.percent(quantified) {
            random.pick(&["ForAllValues:", "ForAnyValue:"])
        } else {
            ""
        };
        let suffix = if random.percent(18) { "IfExists" } else { "" };
        let count = random.pick_of(&[0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3]);
        let count = if count == 0 && random.percent(70) {
            1
        } else {
            count
        };
        let values: Vec<Json> = (0..count)
            .map(|_| {
                let text = self.listed(random, of, &own);
                scalar(random, &text)
            })
            .collect();
        let values = match values.as_slice() {
            [one] if random.percent(60) => one.clone(),
            values => Json::List(values.to_vec()),
        };
        (format!("{prefix}{base}{suffix}"), key, values)
    }

    /// A listed value: the request's own or nearly, another, or one with a variable.
    fn listed(&self, random: &mut Random, of: Type, own: &str) -> String {
        let variables = if self.has_mirror() { 50 } else { 85 };
        match random.below(100) {
            0..40 => near(random, own),
            rest if rest < variables => value(random, of),
            _ => self.with_variable(random, own),
        }
    }

    /// A text with a variable, near to `own` where the variable has that value.
    pub(crate) fn with_variable(&self, random: &mut Random, own: &str) -> String {
        let key = if self.has_mirror() && random.percent(70) {
            MIRROR.to_owned()
        } else if self.subjects.is_empty() || random.percent(40) {
            random
                .pick(&[
                    "aws:username",
                    "aws:PrincipalAccount",
                    "aws:PrincipalTag/Team",
                    "aws:PrincipalArn",
                    "aws:TagKeys",
                ])
                .to_owned()
        } else {
            random.pick_of(&self.subjects).0
        };
        let key = perhaps_other_case(random, &key);
        let default = near(random, own).replace(['\'', '}', ',', '$'], "");
        let default = default.trim();
        let inside = match random.below(10) {
            0..6 => format!("${{{key}}}"),
            6..8 => format!("${{{key}, '{default}'}}"),
            8 => format!("${{ {key} ,'{default}'}}"),
            _ => random.pick(&["${*}", "${?}", "${$}"]).to_owned(),
        };
        match random.below(5) {
            0..3 => inside,
            3 => format!("{inside}*"),
            _ => format!("a{inside}"),
        }
    }
}

/// A text, or now and then the number or Boolean that reads the same.
fn scalar(random: &mut Random, text: &str) -> Json {
    let plain = serde_json::from_str::<serde_json::Value>(text)
        .is_ok_and(|v| v.is_number() || v.is_boolean());
    if plain && !text.starts_with(' ') && random.percent(30) {
        match text {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            number => Json::Number(number.to_owned()),
        }
    } else {
        Json::text(text)
    }
}
