//! One connection: HTTP/1.1 with limits on what a client may take before anybody knows who it is.
//! HTTP/2 is not spoken: the AWS clients use it only where TLS agrees on it, and one connection
//! could then hold hundreds of bodies.

use super::Limits;
use super::front::{Front, Origin};
use super::patience::Patience;
use crate::tls::{self, Tls};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The most bytes of a request's head.
const HEAD_BYTES: usize = 64 * 1024;

/// A connection as it was taken.
pub(super) struct Taken {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) tls: Option<Tls>,
}

/// Answers the requests of one connection, one after the other, until it ends.
pub(super) async fn serve(taken: Taken, front: Arc<Front>, limits: Limits, watcher: Watcher) {
    let Taken { stream, peer, tls } = taken;
    // Without it a reply may wait for an acknowledgement; a refusal only costs that.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else {
        let origin = Origin { peer, tls: None };
        return answer(stream, origin, front, limits, watcher).await;
    };
    // A handshake has the time of a head.
    let handshake = timeout(limits.head_time, tls.acceptor().accept(stream)).await;
    match handshake {
        Ok(Ok(stream)) => {
            let details = tls::details(stream.get_ref().1);
            let origin = Origin {
                peer,
                tls: Some(details),
            };
            answer(stream, origin, front, limits, watcher).await;
        }
        Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS"),
        Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    origin: Origin,
    front: Arc<Front>,
    limits: Limits,
    watcher: Watcher,
) {
    let peer = origin.peer;
    let origin = Arc::new(origin);
    let service = service_fn(move |request| {
        let (front, origin) = (Arc::clone(&front), Arc::clone(&origin));
        async move { Ok::<_, Infallible>(front.answer(&origin, request).await.map(Full::new)) }
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
