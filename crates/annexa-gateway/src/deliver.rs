//! Answers and refusals as HTTP responses. What goes back besides the guarded body is a short list of headers.

use std::pin::Pin;
use std::task::{Context, Poll};

use annexa_detect::{Around, Detector};
use annexa_wire::Dialect;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};

use crate::refusal::Refusal;
use crate::stream::Stream;

/// Name of the header that carries the exchange's id.
pub(crate) const EXCHANGE: HeaderName = HeaderName::from_static("annexa-exchange");

/// Headers of a provider that callers need; others could carry content past the guard.
const INWARD: [&str; 8] = [
    "request-id",
    "x-request-id",
    "openai-processing-ms",
    "openai-version",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    "anthropic-organization-id",
];
/// Families of limits, with the parts of their names: `x-ratelimit-remaining-tokens`, `anthropic-ratelimit-tokens-reset`.
const INWARD_PREFIXES: [&str; 2] = ["x-ratelimit-", "anthropic-ratelimit-"];
const INWARD_PARTS: [&str; 9] =
    ["limit", "remaining", "reset", "requests", "tokens", "input", "output", "project", "unified"];
const INWARD_BYTES: usize = 128;

/// Body of a response.
pub(crate) enum Payload {
    /// All of it at once.
    Whole(Full<Bytes>),
    /// A guarded stream.
    Guarded(Box<Guarded>),
}

/// A guarded stream of an answer.
pub(crate) struct Guarded(pub(crate) Stream);

impl Body for Payload {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Payload::Whole(body) => Pin::new(body).poll_frame(cx),
            Payload::Guarded(stream) => Pin::new(&mut stream.0).poll_frame(cx),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Payload::Whole(body) => body.size_hint(),
            Payload::Guarded(_) => SizeHint::default(),
        }
    }
}

/// A response with a whole body.
#[must_use]
pub(crate) fn whole(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Payload> {
    let mut response = Response::new(Payload::Whole(Full::new(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A refusal in the form that the provider's SDK raises.
#[must_use]
pub(crate) fn refuse(dialect: Dialect, refusal: &Refusal, id: &str) -> Response<Payload> {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response =
        whole(status, "application/json", annexa_wire::error_body(dialect, &refusal.shape(id)));
    mark(&mut response, id);
    // Only a refusal that a retry may lift invites one: SDKs retry on some statuses by themselves.
    let retry = HeaderValue::from_static(if refusal.retry_after.is_some() { "true" } else { "false" });
    response.headers_mut().insert("x-should-retry", retry);
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// An answer read whole and decided.
#[must_use]
pub(crate) fn answer(
    status: u16,
    head: &HeaderMap,
    detector: &Detector,
    body: Bytes,
    id: &str,
) -> Response<Payload> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = whole(status, "application/json", body);
    response.headers_mut().extend(inward(head, detector));
    mark(&mut response, id);
    response
}

/// The head of a streamed answer with its guarded body.
#[must_use]
pub(crate) fn streamed(
    status: u16,
    head: &HeaderMap,
    detector: &Detector,
    stream: Stream,
    id: &str,
) -> Response<Payload> {
    let mut response = Response::new(Payload::Guarded(Box::new(Guarded(stream))));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.extend(inward(head, detector));
    mark(&mut response, id);
    response
}

/// Marks a response with its exchange.
fn mark(response: &mut Response<Payload>, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert(EXCHANGE, value);
    }
}

/// The headers that pass: known by name, short and plain, and without a finding.
//= iso27001-2022:A.8.12
fn inward<'a>(
    head: &'a HeaderMap,
    detector: &'a Detector,
) -> impl Iterator<Item = (Option<HeaderName>, HeaderValue)> + 'a {
    head.iter()
        .filter(|(name, value)| passes(name.as_str(), value) && harmless(value, detector))
        .map(|(n, v)| (Some(n.clone()), v.clone()))
}

fn passes(name: &str, value: &HeaderValue) -> bool {
    let limit = |prefix: &&str| {
        name.strip_prefix(*prefix)
            .is_some_and(|rest| rest.split('-').all(|part| INWARD_PARTS.contains(&part)))
    };
    let known = INWARD.contains(&name) || INWARD_PREFIXES.iter().any(limit);
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.:,+ ".contains(b);
    known && value.len() <= INWARD_BYTES && value.as_bytes().iter().all(plain)
}

fn harmless(value: &HeaderValue, detector: &Detector) -> bool {
    let text = value.to_str().unwrap_or_default();
    detector.scan(text, &Around::default()).is_ok_and(|found| found.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    //= iso27001-2022:A.8.12
    #[test]
    fn only_listed_headers_come_back() {
        let mut head = HeaderMap::new();
        head.insert("x-request-id", HeaderValue::from_static("req_1"));
        head.insert("x-ratelimit-remaining-tokens", HeaderValue::from_static("9"));
        head.insert("set-cookie", HeaderValue::from_static("a=b"));
        head.insert("x-leak", HeaderValue::from_static("4111"));
        head.insert("request-id", HeaderValue::from_static("anna@example.com"));
        head.insert("openai-version", HeaderValue::from_static("4539 1488 0343 6467"));
        head.insert("x-ratelimit-anna", HeaderValue::from_static("1"));
        let response = answer(200, &head, &Detector::builtin().unwrap(), Bytes::new(), "00ff");
        let names: Vec<&str> = response.headers().keys().map(HeaderName::as_str).collect();
        assert_eq!(names.len(), 4, "{names:?}");
        assert_eq!(response.headers().get("annexa-exchange").unwrap(), "00ff");
        assert!(!names.contains(&"request-id"));
    }

    #[test]
    fn a_block_does_not_invite_a_retry() {
        let refusal = Refusal::new(403, "annexa_blocked", "policy blocks CREDIT_CARD");
        let response = refuse(Dialect::OpenAiChat, &refusal, "00ff");
        assert_eq!(response.status(), 403);
        assert_eq!(response.headers().get("x-should-retry").unwrap(), "false");
    }
}
