//! Who may ask: every kind of principal, in the key's account, another and the management account,
//! with the names that cover it.

use super::random::Random;
use crate::json::Json;

/// The account of the key.
pub(crate) const OWN: &str = "111122223333";
/// Another account.
pub(crate) const OTHER: &str = "444455556666";
/// The management account of the organisation.
pub(crate) const MANAGEMENT: &str = "777788889999";

/// The unique ids that entities have or had.
pub(crate) const IDS: [&str; 4] = [
    "AROAEXAMPLEEXAMPLE001",
    "AROAEXAMPLEEXAMPLE002",
    "AIDAEXAMPLEEXAMPLE001",
    "AIDAEXAMPLEEXAMPLE002",
];

/// A principal and the names that are about it.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    /// `request.principal` of the case.
    pub(crate) principal: Json,
    /// Under `AWS`: account, root, own ARN, role or federating user.
    pub(crate) names: Vec<String>,
    /// Under `Service`.
    pub(crate) service: Option<&'static str>,
}

fn arn(text: &str, more: &[(&str, &str)]) -> Json {
    let members = [("arn", text)].into_iter().chain(more.iter().copied());
    Json::object(members.map(|(n, v)| (n, Json::text(v))))
}

/// Mostly of the key's account.
fn account(random: &mut Random) -> &'static str {
    random.pick(&[OWN, OWN, OWN, OTHER, OTHER, MANAGEMENT])
}

/// A principal.
pub(crate) fn actor(random: &mut Random) -> Actor {
    let account = account(random);
    let root = format!("arn:aws:iam::{account}:root");
    let user = format!("arn:aws:iam::{account}:user/team/alice");
    let role = format!("arn:aws:iam::{account}:role/team/R");
    let linked = format!("arn:aws:iam::{account}:role/aws-service-role/sso.amazonaws.com/L");
    let mut names = vec![account.to_owned(), root.clone()];
    let mut service = None;
    let principal = match random.below(12) {
        0..3 => {
            names.push(user.clone());
            arn(&user, &[])
        }
        3..7 => {
            let session = format!("arn:aws:sts::{account}:assumed-role/R/s");
            names.extend([role.clone(), session.clone()]);
            arn(&session, &[("role", &role)])
        }
        7 => {
            let session = format!("arn:aws:sts::{account}:assumed-role/L/s");
            names.extend([linked.clone(), session.clone()]);
            arn(&session, &[("role", &linked)])
        }
        8 => arn(&root, &[]),
        9 => {
            let federated = format!("arn:aws:sts::{account}:federated-user/alice");
            names.extend([user.clone(), federated.clone()]);
            let behind = [("user", user.as_str())];
            let behind = if random.percent(70) { &behind[..] } else { &[] };
            arn(&federated, behind)
        }
        10 => {
            // A session whose role is not told, so without a path.
            let session = format!("arn:aws:sts::{account}:assumed-role/R/s");
            names.extend([format!("arn:aws:iam::{account}:role/R"), session.clone()]);
            arn(&session, &[])
        }
        _ => {
            let name = random.pick(&["sso.amazonaws.com", "identitystore.amazonaws.com"]);
            names.clear();
            service = Some(name);
            Json::object([("service", Json::text(name))])
        }
    };
    Actor {
        principal,
        names,
        service,
    }
}

/// A name that covers somebody, perhaps another.
pub(crate) fn anyone(random: &mut Random) -> String {
    let other = actor(random);
    if other.names.is_empty() || random.percent(6) {
        return random.pick(&IDS).to_owned();
    }
    random.pick_of(&other.names)
}

/// A name that covers this actor, or nearly.
pub(crate) fn name_for(random: &mut Random, actor: &Actor) -> String {
    if actor.names.is_empty() || random.percent(20) {
        return anyone(random);
    }
    let name = random.pick_of(&actor.names);
    // Near: another user, role or session of the same account.
    if random.percent(12) && name.contains('/') {
        return format!("{name}x");
    }
    name
}

/// `Principal` or `NotPrincipal` for this actor.
pub(crate) fn element(random: &mut Random, actor: &Actor, many: bool) -> Json {
    let everyone = if many { 6 } else { 30 };
    if random.percent(everyone) {
        return Json::text("*");
    }
    let mut kinds = Vec::new();
    if let Some(service) = actor.service
        && random.percent(80)
    {
        let exact = random.percent(75);
        let name = if exact { service } else { "amazonaws.com" };
        kinds.push(("Service", Json::text(name)));
    } else if random.percent(6) {
        kinds.push(("Service", Json::text("sso.amazonaws.com")));
    }
    if kinds.is_empty() || random.percent(20) {
        let count = if many { 1 + random.below(4) } else { 1 };
        let mut names: Vec<String> = (0..count).map(|_| name_for(random, actor)).collect();
        if many && random.percent(50) {
            names = actor.names.clone();
            if random.percent(40) && !names.is_empty() {
                names.remove(random.below(names.len()));
            }
        }
        names.dedup();
        if random.percent(3) {
            names.push("*".to_owned());
        }
        if random.percent(2) {
            names.clear();
        }
        let aws = match names.as_slice() {
            [one] if random.percent(60) => Json::text(one),
            names => Json::texts(names),
        };
        kinds.push(("AWS", aws));
    }
    if random.percent(3) {
        kinds.push((
            "Federated",
            Json::text("arn:aws:iam::111122223333:saml-provider/p"),
        ));
    }
    Json::object(kinds)
}
