//! What a client may take of the service: each limit of the listener, made small, on real
//! connections. What is answered is tested in `tests/http.rs`.

use super::*;
use crate::node::OpenOptions;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Soon over, but time enough for one request.
const SHORT: Duration = Duration::from_millis(300);
/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);
/// No limit at all: a test that needs it would not end in time.
const GENEROUS: Limits = Limits {
    connections: 100,
    head_time: Duration::from_secs(3600),
    body_time: Duration::from_secs(3600),
    answer_time: Duration::from_secs(3600),
};
const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: TrentService.Decrypt\r\n\
    content-type: application/x-amz-json-1.1\r\ncontent-length: 2\r\n\r\n{}";

struct Running {
    _directory: TempDir,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), DrainError>>,
}

impl Running {
    async fn start(limits: Limits) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let node = Node::open(OpenOptions::new(directory.path().join("node"))).unwrap();
        let mut server = Server::bind(node, ([127, 0, 0, 1], 0).into())
            .await
            .unwrap();
        server.limits = limits;
        let address = server.local_addr();
        let (stop, stopped) = oneshot::channel();
        let until = async move { drop(stopped.await) };
        Self {
            _directory: directory,
            address,
            stop,
            served: tokio::spawn(server.serve(until)),
        }
    }

    async fn client(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stop(self) {
        drop(self.stop);
        self.served.await.unwrap().unwrap();
    }
}

/// All that the service sends until it closes.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut told = Vec::new();
    let read = timeout(LONG, stream.read_to_end(&mut told)).await;
    read.expect("the service does not close").unwrap();
    String::from_utf8(told).unwrap()
}

/// One answer to [`REQUEST`] on a connection that stays open.
async fn answer(stream: &mut TcpStream) -> String {
    let mut told = String::new();
    while !told.ends_with('}') {
        let byte = timeout(LONG, stream.read_u8()).await.unwrap().unwrap();
        told.push(byte.into());
    }
    told
}

#[tokio::test]
async fn heads_that_do_not_come() {
    let limits = Limits {
        head_time: SHORT,
        ..GENEROUS
    };
    let running = Running::start(limits).await;
    let answered = "HTTP/1.1 400 Bad Request";
    let mut open = Vec::new();
    for (sent, expect) in [
        (&b""[..], ""),
        (b"P", ""),
        (b"\r\n", ""),
        (&REQUEST[..60], ""),
        (REQUEST, answered),
        (&[REQUEST, &REQUEST[..60]].concat(), answered),
    ] {
        let mut client = running.client().await;
        client.write_all(sent).await.unwrap();
        open.push((client, sent.escape_ascii().to_string(), expect));
    }
    for (mut client, sent, expect) in open {
        let told = until_closed(&mut client).await;
        assert!(told.starts_with(expect), "{sent}: {told}");
        assert_eq!(told.is_empty(), expect.is_empty(), "{sent}: {told}");
    }
    running.stop().await;
}

#[tokio::test]
async fn bodies_that_do_not_come() {
    let limits = Limits {
        body_time: SHORT,
        ..GENEROUS
    };
    let running = Running::start(limits).await;
    let whole = REQUEST.len();
    for (sent, code) in [
        (&REQUEST[..whole - 2], "RequestTimeoutException"),
        (&REQUEST[..whole - 1], "RequestTimeoutException"),
        (
            b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\
              Content-Type: Application/X-WWW-form-urlencoded\r\n\r\n",
            "<Code>RequestTimeout</Code>",
        ),
    ] {
        let mut client = running.client().await;
        client.write_all(sent).await.unwrap();
        let told = until_closed(&mut client).await;
        assert!(told.starts_with("HTTP/1.1 408 "), "{told}");
        assert!(told.contains(code), "{told}");
    }
    running.stop().await;
}

#[tokio::test]
async fn answers_that_are_not_taken() {
    let limits = Limits {
        answer_time: SHORT,
        ..GENEROUS
    };
    let running = Running::start(limits).await;
    let mut client = running.client().await;
    let greedy = async { while client.write_all(REQUEST).await.is_ok() {} };
    timeout(LONG, greedy).await.expect("it is not cut off");
    // Others are served as before.
    let mut other = running.client().await;
    other.write_all(REQUEST).await.unwrap();
    answer(&mut other).await;
    drop(other);
    running.stop().await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let limits = Limits {
        connections: 1,
        ..GENEROUS
    };
    let running = Running::start(limits).await;
    let (mut first, mut second) = (running.client().await, running.client().await);
    second.write_all(REQUEST).await.unwrap();
    for _ in 0..20 {
        first.write_all(REQUEST).await.unwrap();
        answer(&mut first).await;
    }
    let read = second.try_read(&mut [0]);
    assert_eq!(read.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    drop(first);
    answer(&mut second).await;
    drop(second);
    running.stop().await;
}
