//! Findings for people: the place, the line of the policy with a caret under what is meant, and the
//! fix where there is one.

use super::lint::Looked;
use crate::output::printable;
use crate::paint::{Look, Paint};
use claviger_policy::Kind;
use claviger_policy::lint::{Finding, Level};
use std::fmt::Write as _;

/// So much of a line is shown; policies often stand in one.
const WIDTH: usize = 96;
/// And so much of it before what is meant.
const BEFORE: usize = 32;

pub(super) fn text(looked: &[Looked], paint: Paint) -> String {
    let mut out = String::new();
    for file in looked {
        for finding in &file.findings {
            one(file, finding, paint, &mut out);
        }
    }
    for file in looked {
        if let Some(kind) = file.kind.and_then(surprising) {
            // Writing to a String cannot fail.
            let _ = writeln!(
                out,
                "{}: taken for {kind}; --kind says otherwise",
                printable(&file.name)
            );
        }
    }
    let _ = writeln!(out, "{}", summary(looked));
    out
}

/// The kinds that a reader may not have thought of: most policies here are key policies.
const fn surprising(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Identity => Some("an identity policy"),
        Kind::ServiceControl => Some("a service control policy"),
        Kind::ResourceControl => Some("a resource control policy"),
        _ => None,
    }
}

fn one(file: &Looked, finding: &Finding, paint: Paint, out: &mut String) {
    let look = match finding.rule.level {
        Level::Error => Look::Bad,
        Level::Warning => Look::Next,
        Level::Note => Look::Head,
    };
    let head = paint.with(look, &format!("{} {}", finding.rule.level, finding.rule.id));
    let _ = writeln!(
        out,
        "{}:{}:{}: {head}: {}",
        printable(&file.name),
        finding.place.line,
        finding.place.column,
        printable(&finding.message)
    );
    let (line, at, width) = excerpt(&file.text, finding);
    let number = finding.place.line.to_string();
    let blank = " ".repeat(number.len());
    let caret = paint.with(look, &"^".repeat(width));
    let _ = writeln!(out, "  {number} | {line}");
    let _ = writeln!(out, "  {blank} | {}{caret}", " ".repeat(at));
    if let Some(fix) = &finding.fix {
        let flag = if fix.widens { "--fix-unsafe" } else { "--fix" };
        let _ = writeln!(out, "  {blank} = {flag}: {}", printable(&fix.title));
    }
    out.push('\n');
}

/// The line, safe for a terminal, and where in it the caret stands and how wide it is.
fn excerpt(text: &str, finding: &Finding) -> (String, usize, usize) {
    let start = finding.span.start.min(text.len());
    let line_start = text
        .get(..start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at + 1);
    let rest = text.get(line_start..).unwrap_or_default();
    let line = rest.split(['\n', '\r']).next().unwrap_or_default();
    let count = |from: usize, to: usize| text.get(from..to).unwrap_or_default().chars().count();
    let end = finding.span.end.min(line_start + line.len()).max(start);
    let (at, width) = (count(line_start, start), count(start, end).max(1));
    let skip = if line.chars().count() > WIDTH {
        at.saturating_sub(BEFORE)
    } else {
        0
    };
    let mut shown = String::new();
    let mut caret = at - skip;
    if skip > 0 {
        shown.push('…');
        caret += 1;
    }
    // One character each, so that the caret stays under what it means.
    let safe = |c: char| match c {
        '\t' => ' ',
        c if printable(c.encode_utf8(&mut [0; 4])).chars().count() != 1 => '\u{fffd}',
        c => c,
    };
    shown.extend(line.chars().skip(skip).take(WIDTH).map(safe));
    if line.chars().count() > skip + WIDTH {
        shown.push('…');
    }
    let room = shown.chars().count().saturating_sub(caret).max(1);
    (shown, caret, width.min(room))
}

fn summary(looked: &[Looked]) -> String {
    let all = || looked.iter().flat_map(|file| &file.findings);
    let of = |level: Level| all().filter(|f| f.rule.level == level).count();
    let files = match looked.len() {
        1 => "1 policy".to_owned(),
        n => format!("{n} policies"),
    };
    let counted = [
        (Level::Error, "error"),
        (Level::Warning, "warning"),
        (Level::Note, "note"),
    ]
    .into_iter()
    .filter_map(|(level, word)| match of(level) {
        0 => None,
        1 => Some(format!("1 {word}")),
        n => Some(format!("{n} {word}s")),
    })
    .collect::<Vec<_>>();
    let mended = |widens: bool| {
        let fixes = all().filter_map(|f| f.fix.as_ref());
        fixes.filter(|fix| fix.widens == widens).count()
    };
    let fixes = match (mended(false), mended(true)) {
        (0, 0) => String::new(),
        (n, 0) => format!("; --fix mends {n}"),
        (0, more) => format!("; --fix-unsafe mends {more}"),
        (n, more) => format!("; --fix mends {n}, --fix-unsafe {more} more"),
    };
    if counted.is_empty() {
        format!("{files}: no findings")
    } else {
        format!("{files}: {}{fixes}", counted.join(", "))
    }
}
