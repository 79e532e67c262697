//! The local way into a running service: a Unix socket with mode 0600 in its
//! directory, one question in one line of JSON, one answer in another. Whoever can open the
//! directory may ask. It is not the AWS API, and what it does is no AWS call.

use crate::bootstrap::{BootstrapRequest, NewAdministrator, bootstrap, replace_key};
use crate::node::Node;
use claviger_core::chain::Explained;
use claviger_types::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{self, Permissions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;
use zeroize::Zeroizing;

/// The socket's name in the directory.
pub const CONTROL_SOCKET: &str = "control.sock";
/// The longest line that is read, in bytes.
const LONGEST: u64 = 64 * 1024;
/// The longest answer, in bytes: an explanation holds every policy that took part.
const LONGEST_ANSWER: u64 = 64 * 1024 * 1024;
/// How long whoever connected may take to ask.
const ASK_TIME: Duration = Duration::from_secs(10);

/// The longest advance: more is a slip of the finger.
const LONGEST_ADVANCE: Duration = Duration::from_secs(36_525 * 86_400);
/// Dates are written with four digits of year; this is well before they end.
const END_OF_TIME: Timestamp = Timestamp::from_seconds(221_845_392_000);

/// What a running service can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Question {
    /// The virtual time.
    ClockShow {},
    /// Moves virtual time on, by so many milliseconds.
    ClockAdvance {
        /// How far.
        millis: u64,
    },
    /// Makes a production installation.
    Bootstrap(BootstrapRequest),
    /// Why a recent request was allowed or denied.
    Explain {
        /// The request's id; the newest request that was refused where none is given.
        request_id: Option<String>,
    },
    /// Gives an administrator a new access key in the place of its others.
    ReplaceKey {
        /// The user's name.
        user: String,
    },
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The clock, as it is after what was asked.
    Clock(ClockReading),
    /// Why a request was answered as it was.
    Explained {
        /// The request's id.
        request_id: String,
        /// The error code, of a request that was refused.
        code: Option<String>,
        /// Each decision of the policy engine, in order; none where it failed before one.
        decisions: Vec<Explained>,
    },
    /// The administrator that was made, or has a new access key.
    Administrator(NewAdministrator),
    /// It was not done.
    Refused(String),
}

/// Virtual and real time at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClockReading {
    /// Virtual time.
    pub now: String,
    /// Real time.
    pub real: String,
    /// How far virtual time is ahead, in seconds.
    pub ahead_seconds: i64,
    /// Pieces of due work that an advance did.
    pub done: u64,
}

/// A service that cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody listens there.
    #[error("no service answers at {path}")]
    Nobody {
        /// The socket.
        path: PathBuf,
    },
    /// The connection broke, or the answer is none.
    #[error("{path}: {source}")]
    Broken {
        /// The socket.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
}

/// Asks the service of a directory. Waits as long as the answer takes.
///
/// # Errors
/// When nobody listens or the answer cannot be read.
pub fn ask(directory: &Path, question: &Question) -> Result<Answer, AskError> {
    let path = directory.join(CONTROL_SOCKET);
    let broken = |source| AskError::Broken {
        path: path.clone(),
        source,
    };
    let mut stream = match std::os::unix::net::UnixStream::connect(&path) {
        Ok(stream) => stream,
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            return Err(AskError::Nobody { path });
        }
        Err(e) => return Err(broken(e)),
    };
    let mut line = serde_json::to_vec(question).map_err(|e| broken(e.into()))?;
    line.push(b'\n');
    stream.write_all(&line).map_err(broken)?;
    // Room for one that holds a secret access key: a buffer that grows leaves copies behind.
    let mut answer = Zeroizing::new(String::with_capacity(LONGEST as usize));
    BufReader::new(stream.take(LONGEST_ANSWER))
        .read_line(&mut answer)
        .map_err(broken)?;
    serde_json::from_str(&answer).map_err(|e| broken(e.into()))
}

/// The socket of a running service; its file goes with it.
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
    node: Node,
}

impl Control {
    /// Listens in the directory of a node, which this process alone has open: a socket file that
    /// lies there is one that a killed process left.
    ///
    /// # Errors
    /// When the socket cannot be made, for example because its path is too long.
    pub fn bind(node: Node, directory: &Path) -> io::Result<Self> {
        let path = directory.join(CONTROL_SOCKET);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        // Until this line the directory's own mode keeps others out.
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(Self {
            listener,
            path,
            node,
        })
    }

    /// Answers until it is dropped, one after the other.
    pub async fn serve(&self) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    if let Err(error) = self.answer(stream).await {
                        tracing::warn!(%error, "a question on the control socket was not answered");
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the control socket takes no connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn answer(&self, stream: UnixStream) -> io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut line = String::new();
        let mut reader = tokio::io::BufReader::new(read.take(LONGEST));
        timeout(ASK_TIME, reader.read_line(&mut line)).await??;
        let answer = match serde_json::from_str(&line) {
            Ok(question) => answer(&self.node, question).await,
            Err(error) => Answer::Refused(format!("this is no question: {error}")),
        };
        let mut text = Zeroizing::new(Vec::with_capacity(LONGEST as usize));
        serde_json::to_writer(&mut *text, &answer)?;
        text.push(b'\n');
        write.write_all(&text).await
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // A file that stays is taken away at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

/// The answer to a question, for those who hold the node themselves and need no socket.
pub async fn answer(node: &Node, question: Question) -> Answer {
    let done = match question {
        Question::ClockShow {} => return Answer::Clock(reading(node, 0)),
        Question::ClockAdvance { millis } => return advance(node, millis).await,
        Question::Explain { request_id } => return explain(node, request_id.as_deref()),
        Question::Bootstrap(request) => bootstrap(node, &request).await,
        Question::ReplaceKey { user } => replace_key(node, &user).await,
    };
    match done {
        Ok(administrator) => Answer::Administrator(administrator),
        Err(error) => Answer::Refused(error.to_string()),
    }
}

fn explain(node: &Node, request_id: Option<&str>) -> Answer {
    let state = node.state();
    let found = match request_id {
        Some(id) => state.recent().explain(id, state),
        None => state.recent().explain_newest(state),
    };
    let Some(reasons) = found else {
        let what = match request_id {
            Some(id) => format!("no recent request has the id {id}"),
            None => "no request was refused".to_owned(),
        };
        return Answer::Refused(format!(
            "{what}; the service keeps its newest decisions until it stops"
        ));
    };
    match reasons {
        Ok(reasons) => Answer::Explained {
            request_id: reasons.request_id,
            code: reasons.code.map(str::to_owned),
            decisions: reasons.decisions,
        },
        Err(error) => Answer::Refused(error.to_string()),
    }
}

async fn advance(node: &Node, millis: u64) -> Answer {
    if Duration::from_millis(millis) > LONGEST_ADVANCE {
        return Answer::Refused("time moves by at most 100 years at once".to_owned());
    }
    let ahead = node.state().now(&node.snapshot()).millis();
    if ahead.saturating_add_unsigned(millis) > END_OF_TIME.millis() {
        return Answer::Refused(format!("time ends at {END_OF_TIME}"));
    }
    match node.advance_clock(Duration::from_millis(millis)).await {
        Ok(done) => Answer::Clock(reading(node, done)),
        Err(error) => Answer::Refused(error.to_string()),
    }
}

fn reading(node: &Node, done: u64) -> ClockReading {
    let state = node.state();
    let (now, real): (Timestamp, Timestamp) = (state.now(&state.snapshot()), state.real_now());
    ClockReading {
        now: now.iso(),
        real: real.iso(),
        ahead_seconds: (now.millis() - real.millis()) / 1000,
        done,
    }
}
