//! From a row to the lines of the matrix: what identity policies and the policy of the resource
//! say, and what comes of it. Every row goes through the same rules.

use super::world::WORKER;
use super::{Abroad, Demand, Guard, Row};
use serde_json::{Value, json};

/// The other account, for policies of resources.
const OTHER_ACCOUNT: &str = "arn:aws:iam::999900001111:root";

pub(crate) struct Line {
    /// For messages.
    pub(crate) name: &'static str,
    pub(crate) who: Who,
    /// The statements of the worker's one policy; without any there is no policy.
    pub(crate) identity: Vec<Value>,
    /// What is otherwise than usual in policies of resources.
    pub(crate) resource: Vec<(Guard, Change)>,
    pub(crate) expect: Expect,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// A user of the management account with the line's identity policy alone.
    Worker,
    /// The administrator of an account outside the organisation.
    Outsider,
}

/// A change of a resource's policy.
#[derive(Clone)]
pub(crate) enum Change {
    /// A statement more: effect, principal, action (`*` is everything of the service).
    Adds(&'static str, &'static str, String),
    /// The identity policies of accounts no longer count.
    TakesDelegationAway,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    Allowed,
    /// Refused at this demand because a policy of this kind does not allow.
    Implicit(usize, &'static str),
    /// Refused at this demand because a policy of this kind denies, in the words for it.
    Explicit(usize, &'static str),
}

impl Line {
    fn of(name: &'static str, identity: Vec<Value>, expect: Expect) -> Self {
        Self {
            name,
            who: Who::Worker,
            identity,
            resource: Vec::new(),
            expect,
        }
    }

    fn with(self, guard: &Guard, change: Change) -> Self {
        let mut line = self;
        line.resource.push((guard.clone(), change));
        line
    }
}

/// All lines of a row.
pub(crate) fn lines(row: &Row) -> Vec<Line> {
    let mut lines = match row.free {
        Some(_) => vec![Line::of("no policy, none needed", vec![], Expect::Allowed)],
        None => needing_permission(row),
    };
    lines.extend(denied_by_identity(row));
    for (at, demand) in row.demands.iter().enumerate() {
        lines.extend(by_resource(row, at, demand));
    }
    lines.extend(from_abroad(row));
    lines
}

const SILENT: &str = "identity-based policy";

fn everything() -> Value {
    json!({"Effect": "Allow", "Action": "*", "Resource": "*"})
}

fn all(row: &Row) -> Vec<Value> {
    row.demands.iter().map(|d| d.statement("Allow")).collect()
}

/// What is demanded, but for one.
fn all_but(row: &Row, at: usize) -> Vec<Value> {
    let mut statements = all(row);
    statements.remove(at);
    statements
}

fn needing_permission(row: &Row) -> Vec<Line> {
    let mut lines = vec![
        Line::of("no policy", vec![], Expect::Implicit(0, SILENT)),
        Line::of("exactly what is demanded", all(row), Expect::Allowed),
    ];
    for (at, demand) in row.demands.iter().enumerate() {
        let refused = Expect::Implicit(at, SILENT);
        let mut elsewhere = all(row);
        elsewhere[at]["Resource"] = json!(another_resource(demand));
        lines.push(Line::of("without one of them", all_but(row, at), refused));
        lines.push(Line::of("one on another resource", elsewhere, refused));
        // The same action may be demanded on several resources: the first of them refuses.
        let first = row.demands.iter().position(|d| d.action == demand.action);
        lines.push(Line::of(
            "every other action on everything",
            vec![json!({"Effect": "Allow", "NotAction": demand.action, "Resource": "*"})],
            Expect::Implicit(first.unwrap(), SILENT),
        ));
    }
    lines
}

/// An action without resource is on `*` alone, so no ARN will do.
fn another_resource(demand: &Demand) -> String {
    match demand.resource.as_str() {
        "*" => "arn:aws:kms:us-east-1:111122223333:key/*".to_owned(),
        resource => format!("{resource}-other"),
    }
}

fn denied_by_identity(row: &Row) -> Vec<Line> {
    if row.demands.is_empty() {
        let statements = vec![json!({"Effect": "Deny", "Action": "*", "Resource": "*"})];
        return vec![Line::of(
            "a denial of everything",
            statements,
            Expect::Allowed,
        )];
    }
    let line = |(at, demand): (usize, &Demand)| {
        Line::of(
            "everything but a denial",
            vec![everything(), demand.statement("Deny")],
            Expect::Explicit(at, "an identity-based policy"),
        )
    };
    row.demands.iter().enumerate().map(line).collect()
}

/// The words for a resource's policy in an implicit and in an explicit deny.
fn words(guard: &Guard) -> (&'static str, &'static str) {
    match guard {
        Guard::Trust(_) => ("role trust policy", "the role trust policy"),
        _ => ("resource-based policy", "a resource-based policy"),
    }
}

fn by_resource(row: &Row, at: usize, demand: &Demand) -> Vec<Line> {
    let guard = &demand.guard;
    let adds = |effect| Change::Adds(effect, WORKER, demand.action.clone());
    let (implicit, explicit) = words(guard);
    match guard {
        Guard::Identity => vec![],
        Guard::Grant(_) if row.free.is_some() => vec![
            Line::of("the key policy denies in vain", vec![], Expect::Allowed)
                .with(guard, adds("Deny")),
        ],
        Guard::Grant(_) => vec![
            Line::of("the key policy denies in vain", all(row), Expect::Allowed)
                .with(guard, adds("Deny")),
            Line::of(
                "the key policy allows in vain",
                all_but(row, at),
                Expect::Implicit(at, SILENT),
            )
            .with(guard, adds("Allow")),
        ],
        Guard::Key(_) | Guard::Trust(_) => {
            // Of several demands on one resource the first is refused.
            let first = row.demands.iter().position(|d| d.guard == *guard);
            vec![
                Line::of(
                    "the policy of the resource denies",
                    vec![everything()],
                    Expect::Explicit(at, explicit),
                )
                .with(guard, adds("Deny")),
                Line::of(
                    "the policy of the resource names the user",
                    all_but(row, at),
                    Expect::Allowed,
                )
                .with(guard, adds("Allow")),
                Line::of(
                    "the policy of the resource leaves nothing to the account",
                    vec![everything()],
                    Expect::Implicit(first.unwrap(), implicit),
                )
                .with(guard, Change::TakesDelegationAway),
            ]
        }
    }
}

fn from_abroad(row: &Row) -> Vec<Line> {
    let (at, invited) = match row.abroad {
        Abroad::Nothing(_) => return vec![],
        Abroad::ByInvitation(at) => (at, Expect::Allowed),
        Abroad::Never(at) => (at, refused_abroad(row, at)),
    };
    let line = |name, expect| Line {
        who: Who::Outsider,
        ..Line::of(name, vec![], expect)
    };
    let mut guards: Vec<&Guard> = Vec::new();
    for demand in &row.demands {
        if demand.guard != Guard::Identity && !guards.contains(&&demand.guard) {
            guards.push(&demand.guard);
        }
    }
    let let_in = || Change::Adds("Allow", OTHER_ACCOUNT, "*".to_owned());
    let invitation = line("another account that is let in", invited);
    vec![
        line("another account", refused_abroad(row, at)),
        guards
            .into_iter()
            .fold(invitation, |line, guard| line.with(guard, let_in())),
    ]
}

fn refused_abroad(row: &Row, at: usize) -> Expect {
    Expect::Implicit(at, words(&row.demands[at].guard).0)
}
