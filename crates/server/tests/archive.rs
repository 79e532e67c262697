//! A node that delivers its records: time that is moved delivers, the chain in the store goes on from
//! where records left, and an archive that cannot be written holds nothing up.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use claviger_server::{
    ArchiveSettings, ArchiveTarget, INTERVAL, Layout, Node, OpenOptions, Trail, count_records,
    store_path, verify_records,
};
use claviger_store::{RecordSource as _, open_read_only};
use claviger_testkit::installation::Login;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::{LONG, bootstrap, call_on, surroundings};

const HOUR: Duration = Duration::from_secs(3600);

fn open(directory: &Path, archive: PathBuf) -> Node {
    let settings = ArchiveSettings {
        trail: Trail {
            name: "claviger".to_owned(),
            bucket: "logs".to_owned(),
            prefix: None,
            layout: Layout::Organization,
        },
        target: ArchiveTarget::Directory(archive),
        interval: INTERVAL,
        retention_days: Some(400),
    };
    let options = OpenOptions {
        surroundings: surroundings(),
        archive: Some(settings),
        ..OpenOptions::new(directory)
    };
    Node::open(options).unwrap()
}

async fn list_keys(node: &Node, login: &Login) {
    let told = call_on(node, login, "kms", "ListKeys", json!({})).await;
    told.unwrap().into_value().unwrap();
}

fn stored(directory: &Path) -> (u64, u64) {
    let mut reader = open_read_only(&store_path(directory)).unwrap();
    let there = count_records(&mut reader).unwrap();
    let report = verify_records(&mut reader, &[], |_| {}).unwrap();
    assert_eq!(report.records, there);
    let left = reader.chains().unwrap().iter().map(|c| c.left_seq).sum();
    (there, left)
}

fn files(folder: &Path, ending: &str) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let count = |entry: std::fs::DirEntry| {
        let path = entry.path();
        if path.is_dir() {
            files(&path, ending)
        } else {
            usize::from(path.to_string_lossy().ends_with(ending))
        }
    };
    entries.map(|entry| count(entry.unwrap())).sum()
}

#[tokio::test]
async fn moving_time_delivers() {
    let place = tempfile::tempdir().unwrap();
    let (directory, archive) = (place.path().join("data"), place.path().join("archive"));
    let node = open(&directory, archive.clone());
    let (admin, _) = bootstrap(&node).await;
    for _ in 0..3 {
        list_keys(&node, &admin).await;
    }
    let (before, left) = stored(&directory);
    assert_eq!(left, 0);
    node.advance_clock(Duration::from_secs(299)).await.unwrap();
    assert_eq!(stored(&directory), (before, 0));
    node.advance_clock(HOUR).await.unwrap();
    assert_eq!(stored(&directory), (0, before));
    let logs = files(&archive, ".json.gz");
    assert!(logs > 12, "{logs}");
    assert_eq!(files(&archive, ".metadata.json"), 12);
    // Four hundred empty days: one digest for each account and Region, and old files go.
    node.advance_clock(HOUR * 24 * 399).await.unwrap();
    assert_eq!(files(&archive, ".metadata.json"), 24);
    node.advance_clock(HOUR * 48).await.unwrap();
    assert_eq!(files(&archive, ".metadata.json"), 24);
    list_keys(&node, &admin).await;
    node.close(LONG).await.unwrap();

    // Another process goes on from there.
    let node = open(&directory, archive.clone());
    list_keys(&node, &admin).await;
    node.advance_clock(HOUR).await.unwrap();
    assert_eq!(stored(&directory), (0, before + 2));
    node.close(LONG).await.unwrap();
}

#[tokio::test]
async fn an_archive_that_cannot_be_written_holds_nothing_up() {
    let place = tempfile::tempdir().unwrap();
    let (directory, archive) = (place.path().join("data"), place.path().join("archive"));
    std::fs::write(&archive, "no directory").unwrap();
    let node = open(&directory, archive.clone());
    let (admin, _) = bootstrap(&node).await;
    assert_eq!(node.delivery_failure(), None);
    node.advance_clock(HOUR * 3).await.unwrap();
    let failure = node.delivery_failure().unwrap();
    assert!(
        failure.contains(&archive.display().to_string()),
        "{failure}"
    );
    list_keys(&node, &admin).await;
    let (waiting, left) = stored(&directory);
    assert!(waiting > 1);
    assert_eq!(left, 0);
    assert!(
        node.metrics()
            .unwrap()
            .contains("claviger_archive_failures_total 1")
    );

    std::fs::remove_file(&archive).unwrap();
    node.deliver().await.unwrap();
    assert_eq!(node.delivery_failure(), None);
    assert_eq!(stored(&directory), (0, waiting));
    node.close(LONG).await.unwrap();
}
