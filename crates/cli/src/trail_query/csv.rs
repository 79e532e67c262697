//! Records as CSV (RFC 4180) that a spreadsheet shows and never runs: a cell that one would take for
//! a formula begins with an apostrophe (OWASP, "CSV Injection").

use super::unreadable;
use crate::exit::Failure;
use claviger_trail::RecordView;
use std::borrow::Cow;

const COLUMNS: [&str; 14] = [
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "recipientAccountId",
    "principal",
    "sourceIPAddress",
    "errorCode",
    "errorMessage",
    "resources",
    "requestParameters",
    "readOnly",
    "requestID",
    "eventID",
];

/// The first line.
pub(super) fn head() -> String {
    line(COLUMNS.map(Cow::Borrowed))
}

/// A line for each record.
pub(super) fn rows(bodies: &[Vec<u8>]) -> Result<String, Failure> {
    let row = |body: &Vec<u8>| {
        let view = RecordView::read(body).map_err(unreadable)?;
        Ok(line(cells(&view)))
    };
    bodies.iter().map(row).collect()
}

fn cells<'v>(view: &'v RecordView<'_>) -> [Cow<'v, str>; 14] {
    let text = |text: &'v Option<Cow<'_, str>>| Cow::Borrowed(text.as_deref().unwrap_or_default());
    let arns = view.resources.iter().flatten();
    let arns: Vec<&str> = arns.filter_map(|r| r.arn.as_deref()).collect();
    [
        Cow::Borrowed(&*view.event_time),
        Cow::Borrowed(&*view.event_source),
        Cow::Borrowed(&*view.event_name),
        Cow::Borrowed(&*view.aws_region),
        text(&view.recipient_account_id),
        Cow::Borrowed(view.principal()),
        text(&view.source_ip_address),
        text(&view.error_code),
        text(&view.error_message),
        Cow::Owned(arns.join(" ")),
        Cow::Borrowed(view.request_parameters.map_or("", |p| p.get())),
        Cow::Borrowed(match view.read_only {
            None => "",
            Some(true) => "true",
            Some(false) => "false",
        }),
        text(&view.request_id),
        text(&view.event_id),
    ]
}

fn line<const N: usize>(cells: [Cow<'_, str>; N]) -> String {
    cells.map(|cell| quoted(&cell)).join(",") + "\r\n"
}

/// A cell between quotation marks, which alone keeps separators of any country inside.
fn quoted(cell: &str) -> String {
    let guard = if is_formula(cell) { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

/// Whether a spreadsheet may take a text for a formula: by its first character, the full-width forms
/// of East Asian input included.
fn is_formula(cell: &str) -> bool {
    let first = cell.chars().next();
    first.is_some_and(|c| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, expect) in [
            ("plain", "\"plain\""),
            ("", "\"\""),
            ("a \"b\", c", "\"a \"\"b\"\", c\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("\n=1", "\"'\n=1\""),
            ("＝1", "\"'＝1\""),
            ("a=1", "\"a=1\""),
            ("=\",=1", "\"'=\"\",=1\""),
        ] {
            assert_eq!(quoted(cell), expect, "{cell:?}");
        }
    }

    #[test]
    fn every_record_has_all_columns() {
        let record = br#"{"eventTime":"2026-01-05T10:00:00Z","eventName":"Decrypt","errorMessage":"=cmd()","userIdentity":{"arn":"a"},"readOnly":true,"resources":[{"ARN":"k"},{"ARN":"l"}]}"#;
        assert_eq!(
            rows(&[record.to_vec(), b"{}".to_vec()]).unwrap(),
            "\"2026-01-05T10:00:00Z\",\"\",\"Decrypt\",\"\",\"\",\"a\",\"\",\"\",\"'=cmd()\",\"k l\",\"\",\"true\",\"\",\"\"\r\n\
             \"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\r\n"
        );
        assert!(head().starts_with("\"eventTime\",\"eventSource\""));
        assert!(rows(&[b"[]".to_vec()]).is_err());
    }
}
