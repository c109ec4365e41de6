//! The stream of the live page: the rows of exchanges that went on, made by the server, and the sentence above.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body::Frame;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use crate::filter::Filter;
use crate::live::{Head, NEWEST, Row};
use crate::story::{self, Exchange};
use crate::{Console, Shared};

/// A stream says something this often, so that both sides notice when the other has gone.
const BEAT: Duration = Duration::from_secs(15);
/// How long events are gathered before they are told.
const GATHER: Duration = Duration::from_millis(150);
/// Rows told at once; of a greater burst the newest.
const MOST: usize = 100;

/// The query of the stream.
#[derive(Deserialize)]
pub(crate) struct From {
    tenant: Option<String>,
    verdict: Option<String>,
    /// The newest event that the page has.
    pub(crate) after: Option<u64>,
}

impl From {
    pub(crate) fn filter(&self) -> Filter {
        Filter { tenant: self.tenant.clone(), verdict: self.verdict.clone() }
    }
}

/// A body that comes through a channel.
struct Fed(mpsc::Receiver<Bytes>);

impl axum::body::HttpBody for Fed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|next| next.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Opens a stream of what comes after an event. It ends with the session.
pub(crate) fn open(console: Shared, filter: Filter, after: Option<u64>, token: String) -> Response {
    let (sender, receiver) = mpsc::channel(32);
    tokio::spawn(feed(console, filter, after, token, sender));
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")];
    (headers, Body::new(Fed(receiver))).into_response()
}

async fn feed(console: Shared, filter: Filter, after: Option<u64>, token: String, out: mpsc::Sender<Bytes>) {
    let mut live = console.store.subscribe();
    // The newest event that is shown: one that has its number but is not written yet is told when it is.
    let mut last = after.unwrap_or_else(|| console.store.recent(1).first().map_or(0, |logged| logged.seq));
    let mut beat = tokio::time::interval(BEAT);
    if tell(&console, &filter, &mut last, &out).await.is_none() {
        return;
    }
    while console.sessions(|s| s.holds(&token, console.now())) {
        let sent = tokio::select! {
            () = out.closed() => return,
            _ = beat.tick() => out.send(Bytes::from_static(b": still here\n\n")).await.ok(),
            received = live.recv() => match received {
                Err(RecvError::Closed) => return,
                _ => {
                    // What comes in a burst is told at once, so that an open page costs little under load.
                    tokio::time::sleep(GATHER).await;
                    live = live.resubscribe();
                    tell(&console, &filter, &mut last, &out).await
                }
            },
        };
        if sent.is_none() {
            return;
        }
    }
}

/// Sends the rows of all exchanges that went on since, or that they belong here no longer, and the sentence above.
async fn tell(console: &Console, filter: &Filter, last: &mut u64, out: &mpsc::Sender<Bytes>) -> Option<()> {
    let newest = console.store.recent(NEWEST);
    let all = story::gather(newest.iter().map(Arc::as_ref));
    let mut fresh: Vec<&Exchange> = all.iter().filter(|e| e.seq > *last).collect();
    *last = newest.iter().map(|l| l.seq).max().unwrap_or(0).max(*last);
    if fresh.is_empty() {
        return Some(());
    }
    fresh.sort_unstable_by_key(|e| e.seq);
    for exchange in fresh.iter().skip(fresh.len().saturating_sub(MOST)) {
        out.send(row(filter, exchange)).await.ok()?;
    }
    let head = Head::of(console, filter, &all).render().ok()?;
    out.send(event("head", None, &head)).await.ok()
}

fn row(filter: &Filter, exchange: &Exchange) -> Bytes {
    let seq = exchange.seq;
    if !filter.shows(exchange) {
        return event("gone", Some(seq), &exchange.row());
    }
    event("row", Some(seq), &Row { row: exchange }.render().unwrap_or_default())
}

/// A server-sent event; each line of its text is a line of data.
fn event(name: &str, id: Option<u64>, text: &str) -> Bytes {
    let mut event = format!("event: {name}\n");
    if let Some(id) = id {
        event.push_str(&format!("id: {id}\n"));
    }
    for line in text.lines() {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
    event.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_several_lines_stays_one_event() {
        assert_eq!(event("row", Some(7), "a\nb\r\nc"), "event: row\nid: 7\ndata: a\ndata: b\ndata: c\n\n");
    }
}
