//! The admin port: `/healthz`, `/readyz`, `/metrics`, over plain HTTP and without any caller. It
//! tells no secrets and no names of keys or principals, and changes nothing.

use crate::http::{BindError, listen};
use crate::node::{Node, Readiness};
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// The most connections at one time.
const CONNECTIONS: usize = 256;
/// How long a request may take to arrive: whoever holds a connection may keep a monitor out.
const HEAD_TIME: Duration = Duration::from_secs(2);
/// How long a connection may last, its answer included.
const CONNECTION_TIME: Duration = Duration::from_secs(10);
const ACCEPT_REST: Duration = Duration::from_millis(100);
const TEXT: &str = "text/plain; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The admin endpoints of a node.
pub struct Admin {
    node: Node,
    listener: TcpListener,
    local: SocketAddr,
}

impl Admin {
    /// Listens on an address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn bind(node: Node, address: SocketAddr) -> Result<Self, BindError> {
        let (listener, local) = listen(address).await?;
        Ok(Self {
            node,
            listener,
            local,
        })
    }

    /// The address it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Answers until it is dropped.
    pub async fn serve(self) {
        let mut open = JoinSet::new();
        loop {
            let room = open.len() < CONNECTIONS;
            tokio::select! {
                Some(_) = open.join_next() => {}
                accepted = self.listener.accept(), if room => match accepted {
                    Ok((stream, _)) => {
                        open.spawn(timeout(CONNECTION_TIME, connection(stream, self.node.clone())));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "no connection to the admin port could be taken");
                        sleep(ACCEPT_REST).await;
                    }
                },
            }
        }
    }
}

async fn connection(stream: TcpStream, node: Node) {
    let service = service_fn(move |request| {
        let node = node.clone();
        async move { Ok::<_, Infallible>(answer(&node, &request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        // A connection for each request: nobody keeps one without asking.
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection to the admin port ended early");
    }
}

async fn answer(node: &Node, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = told(StatusCode::METHOD_NOT_ALLOWED, TEXT, "GET or HEAD\n".into());
        let allowed = HeaderValue::from_static("GET, HEAD");
        refused.headers_mut().insert(ALLOW, allowed);
        return refused;
    }
    match request.uri().path() {
        // That this is answered is all there is to say.
        "/healthz" => told(StatusCode::OK, TEXT, "ok\n".into()),
        "/readyz" => readiness(&node.readiness().await, node.delivery_failure()),
        "/metrics" => match node.metrics() {
            Ok(text) => told(StatusCode::OK, OPEN_METRICS, text),
            Err(error) => {
                tracing::error!(%error, "the metrics cannot be written");
                told(StatusCode::INTERNAL_SERVER_ERROR, TEXT, String::new())
            }
        },
        _ => told(
            StatusCode::NOT_FOUND,
            TEXT,
            "here are /healthz, /readyz and /metrics\n".into(),
        ),
    }
}

/// A delivery that fails is told, and does not make the node less ready: records stay in the store.
fn readiness(readiness: &Readiness, delivery: Option<String>) -> Response<Full<Bytes>> {
    let status = match readiness {
        Readiness::Ready | Readiness::UntilStopped(_) => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut text = format!("{readiness}\n");
    if let Some(failure) = delivery {
        text.push_str(&failure);
        text.push('\n');
    }
    told(status, TEXT, text)
}

fn told(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
