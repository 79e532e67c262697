//! One connection: HTTP/1.1 with limits on what a client may take before anybody knows who it is.
//! HTTP/2 is not spoken: the AWS clients use it only where TLS agrees on it, and one connection
//! could then hold hundreds of bodies.

use super::Limits;
use super::front::Front;
use super::patience::Patience;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;

/// The most bytes of a request's head.
const HEAD_BYTES: usize = 64 * 1024;

/// Answers the requests of one connection, one after the other, until it ends.
pub(super) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    front: Arc<Front>,
    limits: Limits,
    watcher: Watcher,
) {
    // Without it a reply may wait for an acknowledgement; a refusal only costs that.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let front = Arc::clone(&front);
        async move { Ok::<_, Infallible>(front.answer(peer, request).await.map(Full::new)) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(HEAD_BYTES)
        // What was sent whole is carried out, even if the client has closed its side by then.
        .half_close(true)
        .serve_connection(
            TokioIo::new(Patience::new(stream, limits.answer_time)),
            service,
        );
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}
