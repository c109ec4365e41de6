//! What comes back from a provider: streamed, whole, or an error of its own, and always through the guard.

use annexa_evidence::Ended;
use annexa_wire::{Answer, Ending};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Response, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::io::Read;

use crate::admit::Admitted;
use crate::commit;
use crate::deliver::{self, Payload};
use crate::exchange::no_evidence;
use crate::forward::Answered;
use crate::guard::{Guard, Judge, Stop};
use crate::open::{Evidenced, Open};
use crate::refusal::Refusal;
use crate::stream::Stream;
use crate::upstream::Lease;

/// Guards an answer and hands it to the connection.
///
/// # Errors
/// What the caller is told instead of an answer; the outcome is recorded.
pub(crate) async fn serve(answered: Answered, admitted: Admitted) -> Result<Response<Payload>, Refusal> {
    let Answered { evidenced, response, lease } = answered;
    let Evidenced { mut open, judge, seq, .. } = evidenced;
    let (head, body) = response.into_parts();
    let status = head.status.as_u16();
    open.upstream_status = Some(status);
    if head.status.is_informational() {
        let (ended, refusal) = no_answer();
        return Err(conclude(&mut open, None, ended, refusal).await);
    }
    if head.status.is_success() && is_stream(&head.headers) && !compressed(&head.headers) {
        // Before the first byte; of a whole answer, the intent is durable with the outcome.
        let durable = commit::durable(open.gateway(), seq).await;
        durable.inspect_err(|_| open.without_evidence(503)).map_err(|e| no_evidence(&e))?;
        let (id, detector) = (open.trail.id.clone(), open.trail.live.detector.clone());
        let guard = Guard::new(Answer::streamed(open.trail.dialect, &open.trail.live.limits.wire()), judge);
        let stream = Stream::new(open, guard, body, lease, admitted);
        return Ok(deliver::streamed(status, &head.headers, &detector, stream, &id));
    }
    let received =
        commit::meanwhile(&open.gateway().store, seq, collect(&open, &head.headers, body, lease)).await;
    let received = received.inspect_err(|_| open.without_evidence(503));
    let bytes = match received.map_err(|e| no_evidence(&e))? {
        Ok(bytes) => bytes,
        Err((ended, refusal)) => return Err(conclude(&mut open, None, ended, refusal).await),
    };
    whole(open, judge, status, &head.headers, bytes).await
}

async fn whole(
    mut open: Open,
    judge: Judge,
    status: u16,
    head: &HeaderMap,
    bytes: Bytes,
) -> Result<Response<Payload>, Refusal> {
    let guard = Guard::new(Answer::whole(open.trail.dialect, &open.trail.live.limits.wire()), judge);
    let (guard, outcome) = match read(&open, guard, bytes).await {
        Ok(read) => read,
        Err(refusal) => return Err(conclude(&mut open, None, Ended::Internal, refusal).await),
    };
    let body = match outcome {
        Ok(body) => body,
        Err(stop) => {
            let refusal = if status < 400 { stop.refusal() } else { provider_error(status, head, &stop) };
            return Err(conclude(&mut open, Some(&guard), stop.ended(), refusal).await);
        }
    };
    open.answer_bytes = body.len() as u64;
    let ended = if status < 400 { Ended::Delivered } else { Ended::UpstreamFault };
    open.end(Some(&guard), ended, status).await.map_err(|e| no_evidence(&e))?;
    Ok(deliver::answer(status, head, &open.trail.live.detector, body, &open.trail.id))
}

/// A provider's error whose body can't be shown: its status and its wish to be left alone still pass.
fn provider_error(status: u16, head: &HeaderMap, stop: &Stop) -> Refusal {
    if !matches!(stop, Stop::Unreadable(_) | Stop::Broken) {
        return stop.refusal();
    }
    let message = format!("the provider answered with status {status} and a body that can't be read");
    let refusal = Refusal::new(status, "annexa_provider_error", message);
    let seconds = head.get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    let again = status == 429 || status >= 500;
    if again { refusal.retry_after(seconds.unwrap_or(1)) } else { refusal }
}

/// Runs the guard over a whole answer; a large one off the reactor.
async fn read(open: &Open, guard: Guard, bytes: Bytes) -> Result<(Guard, Result<Bytes, Stop>), Refusal> {
    if bytes.len() <= open.trail.live.limits.inline_bytes {
        return Ok(guard_whole(guard, bytes));
    }
    tokio::task::spawn_blocking(move || guard_whole(guard, bytes))
        .await
        .map_err(|_| Refusal::detection_failed())
}

fn guard_whole(mut guard: Guard, bytes: Bytes) -> (Guard, Result<Bytes, Stop>) {
    let outcome = all(&mut guard, bytes);
    (guard, outcome)
}

fn all(guard: &mut Guard, bytes: Bytes) -> Result<Bytes, Stop> {
    let mut parts = guard.push(bytes)?;
    let (ending, rest) = guard.finish()?;
    parts.extend(rest);
    if ending == Ending::Truncated {
        return Err(Stop::Broken);
    }
    let mut parts = parts.into_iter().filter(|p| !p.is_empty());
    let first = parts.next().unwrap_or_default();
    let mut joined = BytesMut::new();
    for part in parts {
        if joined.is_empty() {
            joined.extend_from_slice(&first);
        }
        joined.extend_from_slice(&part);
    }
    Ok(if joined.is_empty() { first } else { joined.freeze() })
}

/// Records how an exchange ended without an answer, and gives what the caller is told.
pub(crate) async fn conclude(
    open: &mut Open,
    guard: Option<&Guard>,
    ended: Ended,
    refusal: Refusal,
) -> Refusal {
    let evidence = open.end(guard, ended, refusal.status).await;
    evidence.map_or_else(|error| no_evidence(&error), |()| refusal)
}

async fn collect(
    open: &Open,
    head: &HeaderMap,
    body: Incoming,
    lease: Lease,
) -> Result<Bytes, (Ended, Refusal)> {
    let limits = &open.trail.live.limits;
    let end = open.trail.arrived + limits.total_timeout;
    let bytes = tokio::time::timeout_at(end.into(), receive(body, limits.answer_bytes, limits.stall_timeout))
        .await
        .map_err(|_| stalled())??;
    open.trail.provider.pool.give_back(lease);
    match head.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity" | b"") => Ok(bytes),
        Some(b"gzip" | b"x-gzip") => expand(&bytes, limits.answer_bytes),
        Some(_) => Err(unreadable()),
    }
}

async fn receive(
    mut body: Incoming,
    limit: usize,
    stall: std::time::Duration,
) -> Result<Bytes, (Ended, Refusal)> {
    let mut all = BytesMut::new();
    loop {
        let frame = tokio::time::timeout(stall, body.frame()).await.map_err(|_| stalled())?;
        let Some(frame) = frame else { return Ok(all.freeze()) };
        let frame = frame.map_err(|_| broke())?;
        let Ok(data) = frame.into_data() else { continue };
        if all.len() + data.len() > limit {
            return Err(too_long(limit));
        }
        if all.is_empty() && body_is_over(&body) {
            return Ok(data);
        }
        all.extend_from_slice(&data);
    }
}

fn body_is_over(body: &Incoming) -> bool {
    hyper::body::Body::is_end_stream(body)
}

fn expand(bytes: &[u8], limit: usize) -> Result<Bytes, (Ended, Refusal)> {
    let mut out = Vec::new();
    let reader = flate2::read::MultiGzDecoder::new(bytes);
    reader.take(limit as u64 + 1).read_to_end(&mut out).map_err(|_| unreadable())?;
    if out.len() > limit { Err(too_long(limit)) } else { Ok(out.into()) }
}

/// The provider speaks another protocol from here on, which nobody asked for.
fn no_answer() -> (Ended, Refusal) {
    let message = "the provider switched protocols instead of answering";
    (Ended::UpstreamFault, Refusal::new(502, "annexa_provider_broke", message))
}

fn unreadable() -> (Ended, Refusal) {
    let refusal = Refusal::new(
        502,
        "annexa_answer_unreadable",
        "the provider's answer is compressed in a way that can't be read",
    );
    (Ended::UpstreamFault, refusal)
}

fn too_long(limit: usize) -> (Ended, Refusal) {
    let message =
        format!("the provider's answer is larger than {limit} bytes: raise `limits.answer_bytes`, or stream");
    (Ended::UpstreamFault, Refusal::new(502, "annexa_answer_too_long", message))
}

fn stalled() -> (Ended, Refusal) {
    (
        Ended::Timeout,
        Refusal::new(504, "annexa_provider_stalled", "the provider stopped in the middle of its answer"),
    )
}

fn broke() -> (Ended, Refusal) {
    (
        Ended::Truncated,
        Refusal::new(502, "annexa_answer_truncated", "the provider broke off in the middle of its answer"),
    )
}

fn is_stream(head: &HeaderMap) -> bool {
    let kind = head.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    kind.get(..17).is_some_and(|start| start.eq_ignore_ascii_case(b"text/event-stream"))
}

fn compressed(head: &HeaderMap) -> bool {
    head.get(header::CONTENT_ENCODING).is_some_and(|v| !v.as_bytes().eq_ignore_ascii_case(b"identity"))
}
