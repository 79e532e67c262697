//! One POST request on a connection of its own, and its answer's status and beginning.

use super::connect::{Trust, Url, connect, within};
use super::sink::SendError;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

/// As much of an answer as is told.
const ANSWER: usize = 4096;

/// Posts a body. Any status but 2xx is an error.
pub(super) async fn post(
    url: &Url,
    trust: &Trust,
    headers: &[(&'static str, String)],
    body: Vec<u8>,
) -> Result<(), SendError> {
    within(exchange(url, trust, headers, body)).await
}

async fn exchange(
    url: &Url,
    trust: &Trust,
    headers: &[(&'static str, String)],
    body: Vec<u8>,
) -> Result<(), SendError> {
    let stream = connect(url, trust).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(SendError::new)?;
    let mut request = Request::post(url.path.as_str())
        .header(header::HOST, url.authority.as_str())
        .header(header::USER_AGENT, "claviger");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request
        .body(Full::new(Bytes::from(body)))
        .map_err(SendError::new)?;
    let asked = async {
        let answer = sender.send_request(request).await.map_err(SendError::new)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let text = Limited::new(answer.into_body(), ANSWER).collect().await;
        let text = text.map(|t| t.to_bytes()).unwrap_or_default();
        Err(SendError(format!(
            "{status}: {}",
            String::from_utf8_lossy(&text).trim()
        )))
    };
    // The connection must be driven while the answer is awaited; its own end says nothing more.
    tokio::select! {
        answered = asked => answered,
        Err(error) = connection => Err(SendError::new(error)),
    }
}
