//! Rules about `Principal` and `NotPrincipal`: names that do not exist, that nobody can be, or that
//! die with an entity (`POL-P3`, `POL-P6`, `POL-E7`).

use super::Found;
use super::edit::{Edit, Fix, quoted, replace_text, without_item};
use super::subject::{Subject, View};
use crate::document::json::Json;
use crate::document::{Condition, Entry, Kind, PrincipalType};
use crate::matching::principal::{NameKind, kind_of};

pub(super) const SERVICES: [&str; 2] = ["sso.amazonaws.com", "identitystore.amazonaws.com"];

/// Names of Identity Center that are written where its services are meant. No page of AWS uses
/// them; the baseline and advanced policies name the two services.
const MISTAKEN: [&str; 9] = [
    "iam-identity-center.amazonaws.com",
    "identity-center.amazonaws.com",
    "identitycenter.amazonaws.com",
    "iamidentitycenter.amazonaws.com",
    "identity-store.amazonaws.com",
    "aws-sso.amazonaws.com",
    "awssso.amazonaws.com",
    "sso-admin.amazonaws.com",
    "ssoadmin.amazonaws.com",
];

/// Services whose principals stand in key policies often enough that a slip is worth finding. No
/// closed list: a name that is far from all of these is let pass.
const OFTEN: [&str; 22] = [
    "autoscaling",
    "backup",
    "cloudfront",
    "cloudtrail",
    "cloudwatch",
    "config",
    "ec2",
    "ecs-tasks",
    "elasticmapreduce",
    "events",
    "firehose",
    "guardduty",
    "identitystore",
    "kms",
    "lambda",
    "logs",
    "rds",
    "redshift",
    "secretsmanager",
    "sns",
    "sqs",
    "sso",
];

/// Whether a service's name means Identity Center, rightly or not.
pub(super) fn is_identity_center(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SERVICES.contains(&name.as_str()) || MISTAKEN.contains(&name.as_str())
}

pub(super) fn check(subject: &Subject<'_>, found: &mut Found<'_>) {
    for view in subject.statements() {
        let Some(principals) = &view.written.principals else {
            continue;
        };
        for entry in &principals.entries {
            match entry.kind {
                PrincipalType::Service => service(view, entry, found),
                PrincipalType::Aws => named(entry, found),
                PrincipalType::Federated | PrincipalType::CanonicalUser
                    if subject.is_key_policy() =>
                {
                    found.add(
                        "LINT-PRINCIPAL-NOBODY",
                        entry.name.span,
                        "nobody who calls KMS is such a principal; federated people call as a role's session or a federated user under AWS",
                    );
                }
                _ => {}
            }
        }
        negated(subject, view, found);
        conditions(view, found);
    }
}

fn negated(subject: &Subject<'_>, view: View<'_>, found: &mut Found<'_>) {
    let Some(principals) = view.written.principals.as_ref().filter(|p| p.negated) else {
        return;
    };
    if subject.kind == Kind::ResourceControl {
        return;
    }
    let span = view
        .member("NotPrincipal")
        .map_or(view.head(), |m| m.name_span);
    if view.allows() {
        found.add(
            "LINT-NOT-PRINCIPAL-ALLOW",
            span,
            "Allow with NotPrincipal allows everybody else, of other accounts too",
        );
    } else if principals
        .entries
        .iter()
        .all(|e| e.kind != PrincipalType::Everyone)
    {
        found.add(
            "LINT-NOT-PRINCIPAL-DENY",
            span,
            "Deny with NotPrincipal spares only those whose account, role and session are all listed, and nobody with a permissions boundary; say it with a condition on aws:PrincipalArn",
        );
    }
}

fn service(view: View<'_>, entry: &Entry, found: &mut Found<'_>) {
    let name = entry.name.text.as_str();
    let lower = name.to_ascii_lowercase();
    if MISTAKEN.contains(&lower.as_str()) {
        found.add_fixed(
            "LINT-SERVICE-UNKNOWN",
            entry.name.span,
            format!("there is no service principal '{name}': IAM Identity Center calls as sso.amazonaws.com and identitystore.amazonaws.com"),
            both_services(view, entry).map(|fix| fix.widening(reaches_more(view))),
        );
        return;
    }
    if let Some(right) = misspelt(&lower, name) {
        found.add_fixed(
            "LINT-SERVICE-UNKNOWN",
            entry.name.span,
            format!("there is no service principal '{name}'; it is {right}"),
            Some(
                Fix::new(
                    format!("write {right}"),
                    replace_text(entry.name.span, &right),
                )
                .widening(reaches_more(view)),
            ),
        );
    }
}

/// Whether more is allowed, or less denied, once a name means somebody.
fn reaches_more(view: View<'_>) -> bool {
    let negated = view.written.principals.as_ref().is_some_and(|p| p.negated);
    view.allows() != negated
}

/// The two services in place of a name that was meant for them.
fn both_services(view: View<'_>, entry: &Entry) -> Option<Fix> {
    let Json::Object(kinds) = &view.member("Principal")?.node.value else {
        return None;
    };
    let node = &kinds.iter().find(|m| m.name == "Service")?.node;
    let title = "name sso.amazonaws.com and identitystore.amazonaws.com";
    let Json::List(items) = &node.value else {
        let text = format!("[{}, {}]", quoted(SERVICES[0]), quoted(SERVICES[1]));
        return Some(Fix::new(
            title,
            Edit {
                span: node.span,
                text,
            },
        ));
    };
    let listed = |name: &&str| {
        items
            .iter()
            .any(|i| i.value == Json::Text((*name).to_owned()))
    };
    let missing: Vec<String> = SERVICES
        .iter()
        .filter(|name| !listed(name))
        .map(|name| quoted(name))
        .collect();
    let edit = if missing.is_empty() {
        let at = items.iter().position(|i| i.span == entry.name.span)?;
        without_item(items, at)?
    } else {
        Edit {
            span: entry.name.span,
            text: missing.join(", "),
        }
    };
    Some(Fix::new(title, edit))
}

/// What a service's name should be, if it is off by its case, its Region or a letter or two.
fn misspelt(lower: &str, written: &str) -> Option<String> {
    if lower != written {
        return Some(lower.to_owned());
    }
    let (label, domain) = lower.split_once('.')?;
    if SERVICES.iter().any(|s| s.split('.').next() == Some(label)) && domain != "amazonaws.com" {
        // Regional, Chinese or slipped: both services have one name everywhere.
        let is_opted = domain.ends_with("amazonaws.com")
            || domain == "amazonaws.com.cn"
            || distance(domain, "amazonaws.com") <= 2;
        return is_opted.then(|| format!("{label}.amazonaws.com"));
    }
    if distance(domain, "amazonaws.com") <= 2 && domain != "amazonaws.com" {
        return Some(format!("{label}.amazonaws.com"));
    }
    if domain != "amazonaws.com" || OFTEN.contains(&label) || label.len() < 7 {
        return None;
    }
    OFTEN
        .iter()
        .filter(|known| known.len() >= 7)
        .find(|known| distance(known, label) <= 2)
        .map(|known| format!("{known}.amazonaws.com"))
}

/// The edit distance of two texts, case aside; large at once when they differ much in length.
pub(super) fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    if a.len().abs_diff(b.len()) > 4 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = *cell;
            *cell = replaced.min(left + 1).min(diagonal + 1);
            left = *cell;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

fn named(entry: &Entry, found: &mut Found<'_>) {
    let name = entry.name.text.as_str();
    match kind_of(name) {
        NameKind::UniqueId => {
            found.add(
                "LINT-PRINCIPAL-ID",
                entry.name.span,
                format!("'{name}' is the id of a user or role that was deleted, or is named by its id; nobody that comes later has it"),
            );
        }
        NameKind::Role if is_permission_set(name) => {
            found.add("LINT-PERMISSION-SET-ROLE", entry.name.span, SUFFIX);
        }
        _ => {}
    }
}

const SUFFIX: &str = "this role's name ends in a suffix that changes when its permission set is made anew; name the account and narrow it by ArnLike on aws:PrincipalArn with AWSReservedSSO_<name>_*";

/// A permission set's role with its suffix spelled out: sixteen hexadecimal digits.
pub(super) fn is_permission_set(arn: &str) -> bool {
    arn.rsplit('/')
        .next()
        .and_then(|name| name.strip_prefix("AWSReservedSSO_"))
        .and_then(|name| name.rsplit_once('_'))
        .is_some_and(|(_, suffix)| {
            suffix.len() == 16 && suffix.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

fn conditions(view: View<'_>, found: &mut Found<'_>) {
    let of_principal = |c: &&Condition| c.key.text.eq_ignore_ascii_case("aws:PrincipalArn");
    for condition in view.written.conditions.iter().filter(of_principal) {
        for value in condition
            .values
            .iter()
            .filter(|v| is_permission_set(&v.text))
        {
            found.add("LINT-PERMISSION-SET-ROLE", value.span, SUFFIX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{distance, misspelt};

    #[test]
    fn distances_of_texts() {
        for (a, b, edits) in [
            ("", "", 0),
            ("Decrypt", "decrypt", 0),
            ("", "abcd", 4),
            ("abcd", "", 4),
            ("", "abcde", usize::MAX),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("decrytp", "decrypt", 2),
            ("ab", "xabx", 2),
        ] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
            assert_eq!(distance(b, a), edits, "{b} {a}");
        }
    }

    #[test]
    fn slips_in_names_of_services() {
        for (name, right) in [
            ("firehos.amazonaws.com", Some("firehose.amazonaws.com")),
            ("firehosee.amazonaws.com", Some("firehose.amazonaws.com")),
            ("fireh.amazonaws.com", None),
            ("lamda.amazonaws.com", None),
            ("firehose.amazonaws.co", Some("firehose.amazonaws.com")),
            ("firehose.example.com", None),
            ("sso.amazonaws.com.cn", Some("sso.amazonaws.com")),
            ("sso.eu-west-1.amazonaws.com", Some("sso.amazonaws.com")),
            ("sso.example.com", None),
            ("nothing", None),
        ] {
            assert_eq!(misspelt(name, name).as_deref(), right, "{name}");
        }
    }
}
