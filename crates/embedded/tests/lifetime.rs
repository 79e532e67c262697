//! Where a service runs and how it ends: on threads of its own, and without a trace, whichever way
//! a test lets go of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use aws_sdk_kms::Client;
use aws_sdk_kms::config::retry::RetryConfig;
use claviger_embedded::{Builder, Claviger, Error};
use std::future::Future;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

fn quick() -> Builder {
    Claviger::builder().without_identity_center_key()
}

/// What a service takes of its surroundings.
struct Footprint {
    address: SocketAddr,
    directory: PathBuf,
}

impl Footprint {
    fn of(claviger: &Claviger) -> Self {
        let address = claviger.endpoint_url().strip_prefix("http://").unwrap();
        let found = Self {
            address: address.parse().unwrap(),
            directory: claviger.directory().to_owned(),
        };
        assert!(found.directory.join("claviger.db").exists());
        assert!(TcpListener::bind(found.address).is_err());
        assert!(!open_files(&found.directory).is_empty());
        found
    }

    fn is_gone(&self) {
        assert!(!self.directory.exists());
        assert_eq!(open_files(&self.directory), Vec::<PathBuf>::new());
        TcpListener::bind(self.address).unwrap();
    }
}

/// What this process holds open of a directory, be it deleted.
#[cfg(target_os = "linux")]
fn open_files(directory: &Path) -> Vec<PathBuf> {
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap();
    let names = descriptors.filter_map(|d| std::fs::read_link(d.unwrap().path()).ok());
    names.filter(|name| name.starts_with(directory)).collect()
}

/// Other systems do not show it: the directory stands for its files.
#[cfg(not(target_os = "linux"))]
fn open_files(directory: &Path) -> Vec<PathBuf> {
    let there = directory.exists();
    there.then(|| directory.to_owned()).into_iter().collect()
}

async fn uses(claviger: &Claviger) {
    let kms = Client::new(&claviger.sdk_config());
    kms.create_key().send().await.unwrap();
}

/// Begins a request and keeps its end back.
fn half_a_request(address: SocketAddr) -> TcpStream {
    let mut client = TcpStream::connect(address).unwrap();
    let head = "POST / HTTP/1.1\r\nHost: kms\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n";
    client.write_all(head.as_bytes()).unwrap();
    // The service waits for the body once it has said so.
    let mut told = [0; 25];
    client.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    client
}

#[tokio::test]
async fn stop_leaves_nothing() {
    let claviger = quick().start().await.unwrap();
    let footprint = Footprint::of(&claviger);
    // A client that stays connected without asking anything is no reason to wait.
    let once = claviger.sdk_config().into_builder();
    let kms = Client::new(&once.retry_config(RetryConfig::disabled()).build());
    kms.create_key().send().await.unwrap();
    claviger.stop().await.unwrap();
    footprint.is_gone();
    assert!(kms.list_keys().send().await.is_err());
}

#[test]
fn stop_blocking_leaves_nothing() {
    let claviger = quick().start_blocking().unwrap();
    let footprint = Footprint::of(&claviger);
    claviger.stop_blocking().unwrap();
    footprint.is_gone();
}

#[tokio::test]
async fn dropped_on_a_runtime_of_one_thread() {
    let claviger = quick().start().await.unwrap();
    let footprint = Footprint::of(&claviger);
    uses(&claviger).await;
    drop(claviger);
    footprint.is_gone();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_on_a_runtime_of_many_threads() {
    let claviger = quick().start().await.unwrap();
    let footprint = Footprint::of(&claviger);
    uses(&claviger).await;
    tokio::spawn(async move { drop(claviger) }).await.unwrap();
    footprint.is_gone();
}

#[test]
fn dropped_with_the_runtime_that_held_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let claviger = runtime.block_on(quick().start()).unwrap();
    let footprint = Footprint::of(&claviger);
    runtime.spawn(async move {
        let () = std::future::pending().await;
        drop(claviger);
    });
    drop(runtime);
    footprint.is_gone();
}

#[test]
fn dropped_without_a_runtime() {
    let claviger = quick().start_blocking().unwrap();
    let footprint = Footprint::of(&claviger);
    drop(claviger);
    footprint.is_gone();
}

#[test]
fn dropped_by_a_test_that_fails() {
    let (tell, told) = std::sync::mpsc::channel();
    let failed = std::thread::spawn(move || {
        let claviger = quick().start_blocking().unwrap();
        tell.send(Footprint::of(&claviger)).unwrap();
        // Unwinds as a failed assertion does, without a message in the tests' output.
        std::panic::resume_unwind(Box::new("failed"));
    });
    assert!(failed.join().is_err());
    told.recv().unwrap().is_gone();
}

/// What is not finished does not hold a drop up, and is cut off.
#[test]
fn dropped_in_the_middle_of_a_request() {
    let claviger = quick().start_blocking().unwrap();
    let footprint = Footprint::of(&claviger);
    let mut client = half_a_request(footprint.address);
    drop(claviger);
    footprint.is_gone();
    let mut rest = Vec::new();
    // Either end of a connection will do; an answer would not.
    let _ = client.read_to_end(&mut rest);
    assert_eq!(rest, b"");
}

/// The service answers a test that blocks the only thread of its runtime.
#[tokio::test]
async fn a_blocked_runtime_does_not_hold_it_up() {
    let claviger = quick().start().await.unwrap();
    let address = Footprint::of(&claviger).address;
    let mut client = TcpStream::connect(address).unwrap();
    let request = "POST / HTTP/1.1\r\nHost: kms\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    client.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    // So it does a test that waits without awaiting.
    assert_eq!(
        claviger.advance_clock_blocking(Default::default()).unwrap(),
        0
    );
    claviger.stop_blocking().unwrap();
}

/// Wakes a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// An executor that is not tokio's.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn any_executor_will_do() {
    let claviger = block_on(Claviger::start()).unwrap();
    let footprint = Footprint::of(&claviger);
    let moved = block_on(claviger.advance_clock(std::time::Duration::from_secs(1)));
    assert_eq!(moved.unwrap(), 0);
    block_on(claviger.stop()).unwrap();
    footprint.is_gone();
}

#[test]
fn it_can_be_shared_by_threads() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Claviger>();
    check::<Error>();
}

#[test]
fn a_start_that_is_given_up_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let is_empty = || folder.path().read_dir().unwrap().next().is_none();
    {
        let builder = Claviger::builder().temporary_directory_in(folder.path());
        let mut starting = pin!(builder.start());
        let mut context = Context::from_waker(Waker::noop());
        assert!(starting.as_mut().poll(&mut context).is_pending());
        // It is under way.
        while is_empty() {
            std::thread::yield_now();
        }
    }
    assert!(is_empty());
}

#[tokio::test]
async fn a_start_that_fails_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let builder = Claviger::builder().temporary_directory_in(&missing);
    let failed = builder.clone().start().await.unwrap_err();
    assert!(matches!(failed, Error::Directory(_)), "{failed}");
    let failed = builder.start_blocking().unwrap_err();
    assert!(matches!(failed, Error::Directory(_)), "{failed}");
    assert!(!missing.exists());
}

#[tokio::test]
async fn the_directory_lies_where_it_should_and_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let builder = quick().temporary_directory_in(folder.path());
    let claviger = builder.start().await.unwrap();
    let directory = claviger.directory();
    assert_eq!(directory.parent(), Some(folder.path()));
    let mode = directory.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
}
