//! Rules about the values of conditions: what an operator cannot read, wildcards where they are plain
//! characters, and names that have another form (`POL-O1` … `POL-O7`).

use super::Found;
use super::addresses::network;
use super::edit::{Edit, Fix, quoted, replace_text};
use super::kms::{Type, known};
use super::subject::{Subject, View};
use crate::document::{Base, Condition, Placed};
use crate::matching::address::Range;
use crate::matching::date::Moment;
use crate::matching::number::Decimal;
use crate::request::ContextKey;

pub(super) fn check(subject: &Subject<'_>, found: &mut Found<'_>) {
    for view in subject.statements() {
        for condition in &view.written.conditions {
            for value in &condition.values {
                // Where it is no variable, that is a finding of its own.
                let has_variable = value.text.contains("${");
                if !has_variable {
                    readable(condition, value, found);
                    form(subject, condition, value, found);
                }
                host_bits(condition, value, found);
            }
            wildcards(view, condition, found);
            operator(condition, found);
            private_addresses(condition, found);
            second_factor(view, condition, found);
        }
    }
}

/// What the operator compares.
fn compares(base: Base) -> Type {
    match base {
        Base::NumericEquals
        | Base::NumericNotEquals
        | Base::NumericLessThan
        | Base::NumericLessThanEquals
        | Base::NumericGreaterThan
        | Base::NumericGreaterThanEquals => Type::Number,
        Base::DateEquals
        | Base::DateNotEquals
        | Base::DateLessThan
        | Base::DateLessThanEquals
        | Base::DateGreaterThan
        | Base::DateGreaterThanEquals => Type::Date,
        Base::Bool | Base::Null => Type::Bool,
        Base::IpAddress | Base::NotIpAddress => Type::Address,
        Base::ArnEquals | Base::ArnLike | Base::ArnNotEquals | Base::ArnNotLike => Type::Arn,
        _ => Type::Text,
    }
}

/// A value that its operator cannot read never matches.
fn readable(condition: &Condition, value: &Placed, found: &mut Found<'_>) {
    let text = value.text.as_str();
    let (fits, wanted) = match compares(condition.operator.base) {
        Type::Number => (Decimal::parse(text).is_some(), "a number"),
        Type::Date => (
            Moment::parse(text).is_some(),
            "a date such as 2026-01-31T00:00:00Z, or seconds since 1970",
        ),
        Type::Bool => (
            text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
            "true or false",
        ),
        Type::Address => (
            Range::parse(text).is_some(),
            "an address or range such as 203.0.113.0/24",
        ),
        Type::Arn => (
            text == "*" || (text.split(':').count() >= 6 && text.starts_with("arn:")),
            "an ARN with its six parts, or *",
        ),
        Type::Text => (true, ""),
    };
    if !fits {
        found.add(
            "LINT-VALUE-TYPE",
            value.span,
            format!("'{text}' never matches: this operator compares with {wanted}"),
        );
    }
}

/// The forms of names that AWS gives out.
fn form(subject: &Subject<'_>, condition: &Condition, value: &Placed, found: &mut Found<'_>) {
    let ignores_case = matches!(
        condition.operator.base,
        Base::StringEqualsIgnoreCase | Base::StringNotEqualsIgnoreCase
    );
    let lower = value.text.to_ascii_lowercase();
    let text = if ignores_case {
        lower.as_str()
    } else {
        value.text.as_str()
    };
    let of_session = text.starts_with("arn:")
        && text.contains(":sts::")
        && (text.contains(":assumed-role/") || text.contains(":federated-user/"));
    if of_session && ContextKey::new(&condition.key.text).base() == "aws:principalarn" {
        if text.contains(":assumed-role/") && condition.operator.base != Base::Null {
            found.add(
                "LINT-VALUE-FORM",
                value.span,
                format!("'{text}' is no value that {} has: of a session it is the ARN of the role, arn:aws:iam::…:role/…", condition.key.text),
            );
        }
        return;
    }
    let wild = text.contains(['*', '?']);
    if wild || condition.operator.base == Base::Null || text.is_empty() {
        return;
    }
    let key = ContextKey::new(&condition.key.text);
    let id = |prefix: &str| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric()) && rest.len() >= 8)
    };
    let (fits, wanted) = match key.base() {
        "aws:principalaccount"
        | "aws:sourceaccount"
        | "aws:resourceaccount"
        | "kms:calleraccount" => (
            text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()),
            "the twelve digits of an account",
        ),
        "aws:principalorgid" | "aws:sourceorgid" | "aws:resourceorgid" => (
            text.strip_prefix("o-").is_some_and(|rest| rest.len() >= 10),
            "an organisation's id, o- and ten or more letters and digits",
        ),
        "aws:sourcevpc" => (id("vpc-"), "vpc- and its digits"),
        "aws:sourcevpce" => (id("vpce-"), "vpce- and its digits"),
        "aws:principalarn" | "aws:sourcearn" => (
            text.starts_with("arn:") && text.split(':').count() >= 6,
            "an ARN",
        ),
        "kms:viaservice" => (
            (text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn"))
                && text.split('.').count() >= 4,
            "a service, its Region and amazonaws.com, such as sso.us-east-1.amazonaws.com",
        ),
        "kms:requestalias" | "kms:resourcealiases" => {
            (text.starts_with("alias/"), "an alias with its alias/")
        }
        _ => (true, ""),
    };
    if !fits {
        found.add(
            "LINT-VALUE-FORM",
            value.span,
            format!(
                "'{text}' is no value that {} has: it is {wanted}",
                condition.key.text
            ),
        );
    }
    let of_organization = matches!(key.base(), "aws:principalorgid" | "aws:sourceorgid");
    if let Some(own) = &subject.options.organization
        && fits
        && of_organization
        && text != own
    {
        found.add(
            "LINT-ORGANIZATION-OTHER",
            value.span,
            format!("this is another organisation; yours is {own}"),
        );
    }
}

/// `POL-O1`: `StringEquals` and its like take `*` and `?` as they are.
fn wildcards(view: View<'_>, condition: &Condition, found: &mut Found<'_>) {
    let like = match condition.operator.base {
        Base::StringEquals => "StringLike",
        Base::StringNotEquals => "StringNotLike",
        Base::StringEqualsIgnoreCase | Base::StringNotEqualsIgnoreCase => "",
        _ => return,
    };
    let plain = |text: &str| text.replace("${*}", "").replace("${?}", "");
    let Some(value) = condition.values.iter().find(|v| {
        let text = plain(&v.text);
        text.contains('*') || (text.contains('?') && !is_free_text(condition))
    }) else {
        return;
    };
    let fix = view
        .condition_members(condition)
        .and_then(|(operators, operator, _)| {
            let renamed = operator
                .name
                .replace("StringEquals", "StringLike")
                .replace("StringNotEquals", "StringNotLike");
            let taken = like.is_empty() || operators.iter().any(|o| o.name == renamed);
            let narrows = view.allows() == (like == "StringNotLike");
            (!taken && !is_free_text(condition)).then(|| {
                Fix::new(
                    format!("write {renamed}"),
                    replace_text(operator.name_span, &renamed),
                )
                .widening(!narrows)
            })
        });
    found.add_fixed(
        "LINT-VALUE-WILDCARD",
        value.span,
        format!(
            "'{}' is compared as it stands: wildcards work with StringLike, StringNotLike and the ARN operators",
            value.text
        ),
        fix,
    );
}

/// Values that people write themselves, in which a question mark is one.
fn is_free_text(condition: &Condition) -> bool {
    matches!(
        ContextKey::new(&condition.key.text).base(),
        "kms:encryptioncontext"
            | "kms:encryptioncontextkeys"
            | "aws:principaltag"
            | "aws:resourcetag"
            | "aws:requesttag"
            | "aws:tagkeys"
            | "aws:useragent"
            | "aws:referer"
    )
}

/// Addresses that no call from the internet has, and nothing beside them.
fn private_addresses(condition: &Condition, found: &mut Found<'_>) {
    let of_internet = condition.key.text.eq_ignore_ascii_case("aws:SourceIp")
        && compares(condition.operator.base) == Type::Address;
    let Some(first) = condition.values.first().filter(|_| of_internet) else {
        return;
    };
    let is_private = |value: &Placed| network(&value.text).is_some_and(|n| n.is_private());
    if condition.values.iter().all(is_private) {
        found.add(
            "LINT-IP-PRIVATE",
            first.span,
            "no call has a private address for aws:SourceIp; for calls through a VPC endpoint use aws:VpcSourceIp, with aws:SourceVpc or aws:SourceVpce beside it",
        );
    }
}

/// `POL-O7`: bits behind the prefix do not matter.
fn host_bits(condition: &Condition, value: &Placed, found: &mut Found<'_>) {
    if compares(condition.operator.base) != Type::Address {
        return;
    }
    let Some((address, bits)) = value.text.split_once('/') else {
        return;
    };
    let Some(first) = network(&value.text).map(|n| n.first) else {
        return;
    };
    if address.parse() != Ok(first) {
        let right = format!("{first}/{bits}");
        found.add_fixed(
            "LINT-IP-HOST-BITS",
            value.span,
            format!("the range is {right}; the bits behind the prefix do not matter"),
            Some(Fix::new(
                format!("write {right}"),
                replace_text(value.span, &right),
            )),
        );
    }
}

/// An operator of another type than its key's values.
fn operator(condition: &Condition, found: &mut Found<'_>) {
    let key = ContextKey::new(&condition.key.text);
    let Some(entry) = known(&key) else {
        return;
    };
    let compared = compares(condition.operator.base);
    let fits = condition.operator.base == Base::Null
        || compared == entry.kind
        // Every value is a text too, and texts of some keys are ARNs.
        || (matches!(compared, Type::Text) && !matches!(entry.kind, Type::Date | Type::Address | Type::Number))
        || (compared == Type::Arn && entry.kind == Type::Text)
        // Both are seconds too, and AWS's own example compares them so.
        || (compared == Type::Number && matches!(key.base(), "aws:epochtime" | "kms:validto"));
    if !fits {
        found.add(
            "LINT-OPERATOR-TYPE",
            condition.key.span,
            format!(
                "values of {} are {}; another operator compares them",
                entry.name,
                match entry.kind {
                    Type::Text => "texts",
                    Type::Arn => "ARNs",
                    Type::Number => "numbers",
                    Type::Date => "dates",
                    Type::Bool => "true or false",
                    Type::Address => "addresses",
                }
            ),
        );
    }
}

/// `aws:MultiFactorAuthPresent` is absent for long-term access keys, so that `Bool … false` does not
/// hold for them and a Deny passes them by; `BoolIfExists … true` lets them in. Source: IAM User
/// Guide, "AWS global condition context keys", `aws:MultiFactorAuthPresent`.
fn second_factor(view: View<'_>, condition: &Condition, found: &mut Found<'_>) {
    let is_it = condition.operator.base == Base::Bool
        && condition
            .key
            .text
            .eq_ignore_ascii_case("aws:MultiFactorAuthPresent");
    let says = |wanted: &str| {
        condition
            .values
            .iter()
            .all(|v| v.text.eq_ignore_ascii_case(wanted))
    };
    let passes_by = !view.allows() && says("false") && !condition.operator.if_exists;
    let lets_in = view.allows() && says("true") && condition.operator.if_exists;
    if !is_it || !(passes_by || lets_in) {
        return;
    }
    let (right, what) = if passes_by {
        (
            "BoolIfExists",
            "calls with a long-term access key have no such key, and this Deny passes them by",
        )
    } else {
        (
            "Bool",
            "calls with a long-term access key have no such key, and IfExists lets them in",
        )
    };
    let fix = view
        .condition_members(condition)
        .and_then(|(operators, operator, _)| {
            let alone = matches!(&operator.node.value, crate::document::json::Json::Object(keys) if keys.len() == 1);
            let free = operators.iter().all(|o| o.name != right);
            (alone && free).then(|| {
                Fix::new(
                    format!("write {right}"),
                    Edit {
                        span: operator.name_span,
                        text: quoted(right),
                    },
                )
            })
        });
    found.add_fixed(
        "LINT-MFA-ABSENT",
        condition.key.span,
        format!("{what}; write {right}"),
        fix,
    );
}
