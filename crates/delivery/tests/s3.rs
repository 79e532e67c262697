//! An archive in a bucket, with moto's S3 as the counterpart.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::{Client, Config};
use claviger_delivery::{Object, S3, Signature, Target};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

/// moto as a server; it ends with the test.
struct Moto {
    process: Child,
    endpoint: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn moto() -> Moto {
    let python = std::env::var_os("CLAVIGER_PYTHON")
        .expect("CLAVIGER_PYTHON is not set: run ./check, which makes the Python environment");
    // Free a moment ago; moto takes no port 0.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut process = Command::new(python)
        .args([
            "-c",
            "from moto.server import main; main()",
            "-H",
            "127.0.0.1",
            "-p",
        ])
        .arg(port.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let up = lines.any(|line| line.is_ok_and(|line| line.contains("Running on")));
    assert!(up, "moto did not start");
    // What it says from here on is of no interest, but must not fill its pipe.
    std::thread::spawn(move || lines.for_each(drop));
    Moto {
        process,
        endpoint: format!("http://127.0.0.1:{port}"),
    }
}

fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::from_keys(
            "AKIAIOSFODNN7EXAMPLE",
            "secret",
            None,
        ))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .build();
    Client::from_conf(config)
}

fn object(name: &str, signed: bool) -> Object {
    Object {
        name: name.to_owned(),
        bytes: name.as_bytes().to_vec(),
        signature: signed.then(|| Signature::new("ab01".to_owned())),
    }
}

#[tokio::test]
async fn objects_come_back_with_their_signatures() {
    let moto = moto();
    let client = client(&moto.endpoint);
    let archive = S3::with_client("logs".to_owned(), client.clone());

    let refused = archive.put(object("a.gz", false)).await.unwrap_err();
    assert_eq!(refused.place, "s3://logs");
    assert!(refused.what.starts_with("NoSuchBucket"), "{refused}");

    client.create_bucket().bucket("logs").send().await.unwrap();
    for (name, signed) in [("a/2.gz", false), ("a/1.gz", true), ("b.gz", false)] {
        archive.put(object(name, signed)).await.unwrap();
        archive.put(object(name, signed)).await.unwrap();
        let found = archive.get(name.to_owned()).await.unwrap().unwrap();
        assert_eq!(found.bytes, name.as_bytes());
        assert_eq!(found.signature, object(name, signed).signature);
    }
    // As others see it.
    let head = client
        .head_object()
        .bucket("logs")
        .key("a/1.gz")
        .send()
        .await
        .unwrap();
    assert_eq!(head.metadata().unwrap()["signature"], "ab01");
    assert_eq!(
        head.metadata().unwrap()["signature-algorithm"],
        "SHA256withRSA"
    );
    assert_eq!(head.content_encoding(), Some("gzip"));

    let list = async |prefix: &str, after: &str, limit| -> Vec<String> {
        let listed = archive
            .list(prefix.to_owned(), after.to_owned(), limit)
            .await;
        listed.unwrap().into_iter().map(|l| l.name).collect()
    };
    assert_eq!(list("", "", 9).await, ["a/1.gz", "a/2.gz", "b.gz"]);
    assert_eq!(list("a/", "a/1.gz", 9).await, ["a/2.gz"]);
    assert_eq!(list("", "", 2).await, ["a/1.gz", "a/2.gz"]);
    assert_eq!(archive.get("c.gz".to_owned()).await, Ok(None));
    archive.remove("b.gz".to_owned()).await.unwrap();
    archive.remove("b.gz".to_owned()).await.unwrap();
    assert_eq!(list("", "", 9).await, ["a/1.gz", "a/2.gz"]);

    // Nobody listens any more.
    drop(moto);
    assert!(archive.put(object("a.gz", false)).await.is_err());
}
