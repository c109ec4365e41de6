//! Sends an answer at its pace, or fails as the script says.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::response::Builder;
use http::{Response, StatusCode};
use serde_json::Value;
use tokio::sync::{Notify, mpsc};

use crate::answer::{Answer, Frame};
use crate::ask::{Ask, Dialect};
use crate::body::{self, Given};
use crate::pace::Pace;
use crate::script::Fault;
use crate::{anthropic, openai};

/// What a delivery needs beside the answer.
pub(crate) struct Line {
    /// The pace.
    pub(crate) pace: Pace,
    /// How long a long wait is.
    pub(crate) long_wait: Duration,
    /// Resets the connection when told.
    pub(crate) reset: Arc<Notify>,
}

/// Between two bytes of a slow answer.
const SLOW: Duration = Duration::from_millis(2);
/// What a bomb unpacks to, in bytes.
const BOMB: usize = 256 << 20;
const GARBAGE: &[u8] = b"data: {\"half\": \xff\xfe <html>502</html>\n\n";

/// Answers.
pub(crate) async fn deliver(ask: &Ask, answer: &Answer, line: Line) -> Response<Given> {
    if let Some(Fault::Status(status)) = answer.fault {
        return failure(ask, status);
    }
    let wait = if answer.fault == Some(Fault::LongWait) { line.long_wait } else { line.pace.first };
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let frames = if ask.stream { stream(ask, answer) } else { vec![one(whole(ask, answer).to_string())] };
    match answer.fault {
        Some(Fault::Gzip) => head(ask).header(CONTENT_ENCODING, "gzip").body(body::whole(packed(&frames, 0))),
        Some(Fault::Bomb) => {
            head(ask).header(CONTENT_ENCODING, "gzip").body(body::whole(packed(&frames, BOMB)))
        }
        None if !ask.stream => {
            head(ask).body(body::whole(frames.into_iter().flat_map(|f| f.bytes).collect::<Vec<u8>>()))
        }
        fault => {
            let (feed, given) = body::fed();
            tokio::spawn(send(frames, fault, line, feed));
            head(ask).body(given)
        }
    }
    .unwrap_or_else(|_| Response::new(body::whole(Bytes::new())))
}

/// An error of the provider, as the dialect says it.
pub(crate) fn failure(ask: &Ask, status: u16) -> Response<Given> {
    let said = match status {
        429 => "the rate limit was reached: try again later",
        529 => "overloaded",
        _ => "the practice provider was told to fail",
    };
    let response = error(ask.dialect, status, said);
    if !matches!(status, 429 | 503 | 529) {
        return response;
    }
    let (mut parts, given) = response.into_parts();
    parts.headers.insert(RETRY_AFTER, http::HeaderValue::from_static("1"));
    Response::from_parts(parts, given)
}

/// An error in a dialect's form.
pub(crate) fn error(dialect: Dialect, status: u16, said: &str) -> Response<Given> {
    let form = match dialect {
        Dialect::OpenAi => openai::error(status, said),
        Dialect::Anthropic => anthropic::error(status, said, "req_practice"),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    json(status, &form)
}

/// A body of JSON.
pub(crate) fn json(status: StatusCode, value: &Value) -> Response<Given> {
    let response = Response::builder().status(status).header(CONTENT_TYPE, "application/json");
    response.body(body::whole(value.to_string())).unwrap_or_else(|_| Response::new(body::whole(Bytes::new())))
}

fn head(ask: &Ask) -> Builder {
    let kind = if ask.stream { "text/event-stream; charset=utf-8" } else { "application/json" };
    let id = format!("req_{}", ask.seed.clone().token(24));
    let name = match ask.dialect {
        Dialect::OpenAi => "x-request-id",
        Dialect::Anthropic => "request-id",
    };
    Response::builder().header(CONTENT_TYPE, kind).header(CACHE_CONTROL, "no-cache").header(name, id)
}

fn whole(ask: &Ask, answer: &Answer) -> Value {
    match ask.dialect {
        Dialect::OpenAi => openai::whole(ask, answer),
        Dialect::Anthropic => anthropic::whole(ask, answer),
    }
}

fn stream(ask: &Ask, answer: &Answer) -> Vec<Frame> {
    match ask.dialect {
        Dialect::OpenAi => openai::frames(ask, answer),
        Dialect::Anthropic => anthropic::frames(ask, answer),
    }
}

fn one(text: String) -> Frame {
    Frame { bytes: text.into_bytes(), paced: false }
}

/// Feeds the frames; an error means that the other side has gone, which ends it as well.
async fn send(frames: Vec<Frame>, fault: Option<Fault>, line: Line, feed: mpsc::Sender<io::Result<Bytes>>) {
    let half = frames.len().div_ceil(2);
    for (at, frame) in frames.into_iter().enumerate() {
        if frame.paced && !line.pace.between.is_zero() {
            tokio::time::sleep(line.pace.between).await;
        }
        let last = at + 1 == half;
        let sent = match fault {
            Some(Fault::Slow) => drip(&frame.bytes, &feed).await,
            // A whole answer is one frame, so breaking off means half of its bytes.
            Some(Fault::Truncate | Fault::Reset | Fault::Stall) if last => {
                push(halved(frame.bytes), &feed).await
            }
            _ => push(frame.bytes, &feed).await,
        };
        if sent.is_none() || (last && !go_on(fault, &line, &feed).await) {
            return;
        }
    }
}

/// What happens in the middle of an answer; whether the rest follows.
async fn go_on(fault: Option<Fault>, line: &Line, feed: &mpsc::Sender<io::Result<Bytes>>) -> bool {
    match fault {
        Some(Fault::Reset) => {
            // What was fed has to be on its way before the connection goes.
            tokio::time::sleep(Duration::from_millis(20)).await;
            line.reset.notify_one();
            // Dropping the feed would end the body cleanly before the connection hears of it.
            feed.closed().await;
            false
        }
        Some(Fault::Stall) => {
            feed.closed().await;
            false
        }
        Some(Fault::Garbage) => push(GARBAGE.to_vec(), feed).await.is_some(),
        Some(Fault::Truncate) => false,
        _ => true,
    }
}

fn halved(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() / 2);
    bytes
}

async fn push(bytes: Vec<u8>, feed: &mpsc::Sender<io::Result<Bytes>>) -> Option<()> {
    feed.send(Ok(bytes.into())).await.ok()
}

async fn drip(bytes: &[u8], feed: &mpsc::Sender<io::Result<Bytes>>) -> Option<()> {
    for byte in bytes {
        tokio::time::sleep(SLOW).await;
        push(vec![*byte], feed).await?;
    }
    Some(())
}

/// The frames compressed, with so many spaces behind them.
fn packed(frames: &[Frame], padding: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let blank = [b' '; 1 << 16];
    // Writing to memory doesn't fail.
    let _ = frames.iter().try_for_each(|f| encoder.write_all(&f.bytes));
    let _ = (0..padding / blank.len()).try_for_each(|_| encoder.write_all(&blank));
    encoder.finish().unwrap_or_default()
}
