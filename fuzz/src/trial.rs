//! One input through everything that reads policies.

use claviger_policy::lint::{Fixes, Options, Purpose, fix, lint};
use claviger_policy::{
    Context, ContextKey, Kind, NoIds, Principal, Request, Stack, Switches, Value, decide, format,
    parse, parse_tolerant,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

const KINDS: [Kind; 8] = [
    Kind::Resource,
    Kind::Identity,
    Kind::Trust,
    Kind::ServiceControl,
    Kind::ResourceControl,
    Kind::Boundary,
    Kind::Session,
    Kind::Endpoint,
];

/// Some keys, odd ones among them.
struct Keys;

impl Context for Keys {
    fn get(&self, key: &ContextKey) -> Option<Value<'_>> {
        match key.as_str().len() % 5 {
            0 => None,
            1 => Some(Value::one("")),
            2 => Some(Value::one("arn:aws:iam::111122223333:role/é*")),
            3 => Some(Value::many(["a", "", "2026-01-01"])),
            _ => Some(Value::one("203.0.113.9")),
        }
    }
}

/// Whether it was a policy.
///
/// # Errors
/// What failed, for an input that panics or is laid out in two ways.
pub(crate) fn run(input: &[u8]) -> Result<bool, String> {
    let text = String::from_utf8_lossy(input);
    catch_unwind(AssertUnwindSafe(|| all(&text))).unwrap_or_else(|panic| {
        let what = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        Err(format!("panic: {}", what.unwrap_or_default()))
    })
}

fn all(text: &str) -> Result<bool, String> {
    let mut is_policy = false;
    for kind in KINDS {
        let strict = parse(text, kind).is_ok();
        match parse_tolerant(text, kind) {
            Ok((document, errors)) => {
                if strict != errors.is_empty() {
                    return Err(format!("{kind:?}: strict and tolerant reading disagree"));
                }
                is_policy = true;
                decided(&document.compile("fuzz", &NoIds));
            }
            Err(errors) if errors.0.is_empty() => {
                return Err(format!("{kind:?}: refused without a reason"));
            }
            Err(_) => {}
        }
    }
    laid_out(text)?;
    linted(text)?;
    Ok(is_policy)
}

fn decided(policy: &claviger_policy::Policy) {
    let Ok(account) = "111122223333".parse() else {
        return;
    };
    let principals = [
        Principal::Root { account },
        Principal::Service {
            name: "sso.amazonaws.com",
        },
        Principal::RoleSession {
            account,
            session_arn: "arn:aws:sts::111122223333:assumed-role/R/s",
            role_arn: "arn:aws:iam::111122223333:role/R",
            role_id: None,
            service_linked: false,
        },
    ];
    for principal in principals {
        let request = Request::on_key(
            "kms:Decrypt",
            "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            account,
            principal,
            &Keys,
        );
        let stack = Stack {
            resource: Some(policy),
            ..Stack::default()
        };
        let decision = decide(&request, &stack, &Switches::default());
        let _ = decision.reason_text("kms:Decrypt");
    }
}

fn laid_out(text: &str) -> Result<(), String> {
    let Ok(once) = format::format(text) else {
        return Ok(());
    };
    match format::format(&once) {
        Ok(twice) if twice == once => Ok(()),
        Ok(_) => Err("formatting twice is not formatting once".to_owned()),
        Err(errors) => Err(format!("formatted, it cannot be read: {errors}")),
    }
}

fn linted(text: &str) -> Result<(), String> {
    let as_key = Options {
        kind: Some(Kind::Resource),
        account: "111122223333".parse().ok(),
        organization: Some("o-a1b2c3d4e5".to_owned()),
        purpose: Some(Purpose::IdentityCenter),
        ..Options::default()
    };
    let as_rcp = Options {
        kind: Some(Kind::ResourceControl),
        ..Options::default()
    };
    for options in [&Options::default(), &as_key, &as_rcp] {
        for finding in lint(text, options) {
            let fits = finding.span.start <= finding.span.end
                && finding.span.end <= text.len()
                && text.is_char_boundary(finding.span.start);
            if !fits {
                return Err(format!("{}: a place outside the text", finding.rule.id));
            }
        }
    }
    let fixed = fix(text, &Options::default(), Fixes::All);
    match fixed.left.iter().find(|f| f.fix.is_some()) {
        Some(finding) => Err(format!("{}: its fix leaves it", finding.rule.id)),
        None => Ok(()),
    }
}
