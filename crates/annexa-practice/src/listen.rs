//! Listens, and finds out what is asked for.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::answer::Answer;
use crate::ask::{Ask, Dialect};
use crate::body::Given;
use crate::deliver::{self, Line};
use crate::pace::Pace;
use crate::{anthropic, openai};

/// How the practice provider behaves where a request doesn't say.
#[derive(Clone, Debug)]
pub struct Practice {
    /// Before the first byte of an answer that no script gives.
    pub first: Duration,
    /// Between two of its pieces.
    pub between: Duration,
    /// Before the first byte under `FAULT:longwait`.
    pub long_wait: Duration,
}

impl Default for Practice {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(120),
            between: Duration::from_millis(8),
            long_wait: Duration::from_secs(30),
        }
    }
}

/// A body may be this long, in bytes.
const LONGEST: usize = 64 << 20;

/// Serves both dialects until `stopped` holds `true`; open connections end with it.
pub async fn serve(listener: TcpListener, practice: Practice, mut stopped: watch::Receiver<bool>) {
    let practice = Arc::new(practice);
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            () = end(&mut stopped) => return,
            Some(_) = open.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    open.spawn(converse(stream, practice.clone()));
                }
                // Out of file descriptors: give the open connections time to end.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
}

/// Waits until `stopped` holds `true` or nobody can set it any more.
pub(crate) async fn end(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|s| *s).await;
}

/// One connection, up to its end or its reset.
async fn converse(stream: TcpStream, practice: Arc<Practice>) {
    // Without it a piece waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(Notify::new());
    let told = reset.clone();
    let service = service_fn(move |request| respond(request, practice.clone(), told.clone()));
    let mut connection =
        http1::Builder::new().half_close(true).serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = &mut connection => {}
        () = reset.notified() => {
            let stream = connection.into_parts().io.into_inner();
            // A lingering time of zero makes closing a reset.
            let _ = stream.set_zero_linger();
        }
    }
}

async fn respond(
    request: Request<Incoming>,
    practice: Arc<Practice>,
    reset: Arc<Notify>,
) -> Result<Response<Given>, Infallible> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_end_matches('/').trim_start_matches("/v1");
    let anthropic = parts.headers.contains_key("anthropic-version") || path.starts_with("/messages");
    let dialect = if anthropic { Dialect::Anthropic } else { Dialect::OpenAi };
    let Ok(body) = Limited::new(body, LONGEST).collect().await else {
        return Ok(deliver::error(dialect, 400, "the body broke off or is too long"));
    };
    let body = body.to_bytes();
    Ok(match (parts.method, path) {
        (Method::POST, "/chat/completions" | "/messages") => answer(dialect, &body, &practice, reset).await,
        (Method::POST, "/messages/count_tokens") => count(&body),
        (Method::GET, "/models") => {
            let listed = if anthropic { anthropic::models() } else { openai::models() };
            deliver::json(StatusCode::OK, &listed)
        }
        _ => deliver::error(dialect, 404, "the practice provider has no such route"),
    })
}

async fn answer(dialect: Dialect, body: &Bytes, practice: &Practice, reset: Arc<Notify>) -> Response<Given> {
    let ask = match read(dialect, body) {
        Ok(ask) => ask,
        Err(said) => return deliver::error(dialect, 400, said),
    };
    let tokens = Pace::of(&ask.model, true, practice).tokens;
    let answer = Answer::compose(&ask, tokens);
    let pace = Pace::of(&ask.model, answer.scripted, practice);
    deliver::deliver(&ask, &answer, Line { pace, long_wait: practice.long_wait, reset }).await
}

fn read(dialect: Dialect, body: &[u8]) -> Result<Ask, &'static str> {
    let ask = Ask::read(dialect, body)?;
    let untouched = || serde_json::from_slice(body).is_ok_and(|v| anthropic::thinking_is_untouched(&v));
    if dialect == Dialect::Anthropic && !untouched() {
        return Err("invalid `signature` in a `thinking` block");
    }
    Ok(ask)
}

fn count(body: &Bytes) -> Response<Given> {
    match Ask::read(Dialect::Anthropic, body) {
        Ok(ask) => deliver::json(StatusCode::OK, &anthropic::count(&ask)),
        Err(said) => deliver::error(Dialect::Anthropic, 400, said),
    }
}
