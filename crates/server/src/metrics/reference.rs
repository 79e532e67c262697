//! The page that lists all metrics is what the registry says of them.

use super::{BatchSize, CommitResult, Metrics, Outcome};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// Metrics with a sample in each family: one without is not written.
fn all() -> Metrics {
    let metrics = Metrics::default();
    let took = Duration::from_millis(1);
    metrics
        .operations
        .observe("kms", "Decrypt", Outcome::Success, took);
    metrics.count_unauthenticated("InvalidSignatureException");
    let batch = BatchSize {
        requests: 1,
        records: 1,
    };
    metrics.observe_commit(CommitResult::Committed, took, batch);
    let collection = super::Collection {
        collection: "kms.key",
    };
    drop(metrics.scraped.rows.get_or_create(&collection));
    metrics
}

/// What is said of one metric.
#[derive(Default)]
struct Said {
    kind: String,
    help: String,
    labels: String,
}

/// The comment lines of OpenMetrics, and the labels of a first sample (OpenMetrics 1.0, "ABNF").
fn said(text: &str) -> BTreeMap<String, Said> {
    let mut found: BTreeMap<String, Said> = BTreeMap::new();
    let mut last = String::new();
    for line in text.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", name, help] => {
                last = name.to_owned();
                found.entry(last.clone()).or_default().help = help.to_owned();
            }
            ["#", "TYPE", name, kind] => {
                found.entry(name.to_owned()).or_default().kind = kind.to_owned();
            }
            ["#", ..] => {}
            _ => {
                let labels = line
                    .split_once('{')
                    .and_then(|(_, rest)| rest.split_once('}'));
                let Some((labels, _)) = labels else { continue };
                let names = labels.split(',').filter_map(|pair| pair.split_once('='));
                let names: Vec<&str> = names.map(|(n, _)| n).filter(|n| *n != "le").collect();
                if let Some(said) = found.get_mut(&last) {
                    said.labels = names.join(", ");
                }
            }
        }
    }
    found
}

fn page(text: &str) -> String {
    let mut page = String::from(
        "# Metrics\n\nWritten by the service itself (`GET /metrics` of the admin port, OpenMetrics 1.0); a test keeps this \
         page current.\nCounters end in `_total` on the wire, histograms in `_bucket`, `_sum` and `_count`. What to do \
         when a number is\nout of the ordinary is in [operations.md](../operations.md).\n\n\
         | metric | kind | labels | what it is |\n|---|---|---|---|\n",
    );
    for (name, said) in said(text) {
        let Said { kind, help, labels } = said;
        let help = help.trim_end_matches('.');
        writeln!(page, "| `{name}` | {kind} | {labels} | {help} |").unwrap();
    }
    page
}

#[test]
fn the_page_is_current() {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &all().registry).unwrap();
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/metrics.md");
    let page = page(&text);
    if std::env::var_os("CLAVIGER_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == page,
        "docs/reference/metrics.md is not current: CLAVIGER_WRITE_REFERENCE=1 writes it"
    );
}
