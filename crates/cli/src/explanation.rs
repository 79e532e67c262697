//! An explanation as people read it: the sentence, then the statements that decided, or the one that
//! came nearest, with what each condition wanted and found.

use crate::output::one_line;
use claviger_policy::Explanation;
use claviger_policy::explain::{Found, Listed, Missing, Named, Tried, kind_of_policy};

/// The lines of an explanation, indented under what it is about.
pub(crate) fn lines(explanation: &Explanation) -> String {
    // What came near is told line by line below.
    let because = explanation.because.split("; nearest is ").next();
    let mut text = format!("  {}\n", one_line(because.unwrap_or_default()));
    for applied in &explanation.decided_by {
        text.push_str(&format!("  decided by  {}\n", place(&applied.statement)));
        if let Some(spared) = &applied.spared {
            text.push_str(&part("principals", spared));
            text.push_str(
                "              spared is only whose account, role and session are all listed\n",
            );
        }
        for tried in &applied.conditions {
            text.push_str(&condition(tried, "held"));
        }
    }
    if let Some(nearest) = &explanation.nearest {
        text.push_str(&format!("  nearest     {}\n", place(&nearest.statement)));
        for missing in &nearest.missing {
            text.push_str(&one(missing));
        }
    }
    text
}

fn place(named: &Named) -> String {
    let label = named.label();
    let text = match named.line {
        0 => format!("grant {label}"),
        line => format!(
            "statement {label} in line {line} of the {} '{}'",
            kind_of_policy(named.layer),
            named.policy
        ),
    };
    one_line(&text).into_owned()
}

fn one(missing: &Missing) -> String {
    match missing {
        Missing::Action(list) => part("actions", list),
        Missing::Principal(list) => part("principals", list),
        Missing::Resource(list) => part("resources", list),
        Missing::Operation(list) => part("operations", list),
        Missing::Grantee(list) => part("grantee", list),
        Missing::Condition(tried) | Missing::Constraint(tried) => condition(tried, "failed"),
    }
}

fn part(what: &str, list: &Listed) -> String {
    let but = if list.negated { "all but " } else { "" };
    let text = format!(
        "{what} {but}{}; asked {}",
        list.listed.join(", "),
        list.found
    );
    format!("              {}\n", one_line(&text))
}

fn condition(tried: &Tried, verdict: &str) -> String {
    let found = match &tried.found {
        Found::Absent => "nothing: the request does not have it".to_owned(),
        Found::One(value) => value.clone(),
        Found::Many(values) => values.join(", "),
    };
    let text = format!(
        "{verdict}: {} {} wants {}; found {found}",
        tried.operator,
        tried.key,
        if tried.asks_for_presence() {
            tried.wants().replacen("to be", "it to be", 1)
        } else {
            tried.wants()
        }
    );
    format!("              {}\n", one_line(&text))
}
