//! Sends a request that has evidence to its provider, and waits for the head of the answer.

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::open::Evidenced;
use crate::refusal::Refusal;
use crate::settings::Provider;
use crate::upstream::{Lease, UpstreamError};

/// An answer whose head has come.
pub(crate) struct Answered {
    /// The exchange.
    pub evidenced: Evidenced,
    /// Head and body of the answer.
    pub response: Response<Incoming>,
    /// The connection, to give back when the answer was read.
    pub lease: Lease,
}

/// A request that got no answer.
pub(crate) struct Unanswered {
    /// The exchange.
    pub evidenced: Evidenced,
    /// What the caller is told.
    pub refusal: Refusal,
    /// Whether time ran out.
    pub timeout: bool,
}

/// Forwards a request. It takes only [`Evidenced`], so nothing leaves that was not cleared and logged.
///
/// # Errors
/// [`Unanswered`] when the provider can't be reached or does not begin to answer in time.
//= iso27001-2022:A.5.23
pub(crate) async fn forward(evidenced: Evidenced) -> Result<Answered, Box<Unanswered>> {
    let provider = evidenced.open.trail.provider.clone();
    let wait = evidenced.open.trail.live.limits.first_byte_timeout;
    let request = match outward(&provider, &evidenced) {
        Ok(request) => request,
        Err(_) => {
            return Err(unanswered(
                evidenced,
                unreachable("the request can't be written for this provider"),
                false,
            ));
        }
    };
    match tokio::time::timeout(wait, provider.pool.send(request)).await {
        Ok(Ok((response, lease))) => Ok(Answered { evidenced, response, lease }),
        Ok(Err(error)) => {
            tracing::warn!(provider = %provider.name, error = %chain(&error), "provider not reached");
            let timeout = matches!(error, UpstreamError::ConnectTimeout(_));
            Err(unanswered(evidenced, fault(&error), timeout))
        }
        Err(_) => Err(unanswered(
            evidenced,
            Refusal::new(504, "annexa_provider_timeout", "the provider did not begin to answer in time"),
            true,
        )),
    }
}

fn outward(provider: &Provider, evidenced: &Evidenced) -> Result<Request<Full<Bytes>>, http::Error> {
    let body = evidenced.outward.body.clone();
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(provider.pool.target(&evidenced.open.trail.path))
        .header(header::HOST, provider.pool.authority())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::USER_AGENT, concat!("annexa/", env!("CARGO_PKG_VERSION")))
        .header(header::CONTENT_LENGTH, body.len());
    for (name, value) in &evidenced.outward.headers {
        request = request.header(*name, value);
    }
    if let Some((name, value)) = &provider.credential {
        request = request.header(name, value);
    }
    request.body(Full::new(body))
}

fn fault(error: &UpstreamError) -> Refusal {
    match error {
        UpstreamError::ConnectTimeout(_) => {
            Refusal::new(504, "annexa_provider_timeout", "the provider could not be reached in time")
        }
        UpstreamError::Http(_) => {
            Refusal::new(502, "annexa_provider_broke", "the provider broke the connection before it answered")
        }
        _ => unreachable("the provider could not be reached"),
    }
}

fn unreachable(why: &str) -> Refusal {
    Refusal::new(502, "annexa_provider_unreachable", why)
}

fn unanswered(evidenced: Evidenced, refusal: Refusal, timeout: bool) -> Box<Unanswered> {
    Box::new(Unanswered { evidenced, refusal, timeout })
}

/// An error with its causes, for the operator's log.
#[must_use]
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        out.push_str(": ");
        out.push_str(&cause.to_string());
        source = cause.source();
    }
    out
}
