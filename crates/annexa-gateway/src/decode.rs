//! From bytes on a connection to a request whose every string is a passage.
//!
//! What this reads is what is sent on: a body that a provider could read differently (duplicate keys, bad
//! escapes, a second document behind the first) is refused, and compressed bodies are unpacked within a limit.

use std::io::Read;

use annexa_wire::Request;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::refusal::Refusal;
use crate::settings::Limits;
use crate::trail::{CallerTrail, Trail};

/// Headers that are sent on to a provider; everything else stays here.
const OUTWARD: [&str; 7] = [
    "accept",
    "anthropic-beta",
    "anthropic-version",
    "idempotency-key",
    "openai-beta",
    "openai-organization",
    "openai-project",
];

/// A request that was read whole and understood.
pub(crate) struct Asked {
    /// What is known of the exchange.
    pub trail: Trail,
    /// Who asks.
    pub caller: CallerTrail,
    /// The body with its passages.
    pub request: Request,
    /// Headers to send on.
    pub headers: Vec<(&'static str, HeaderValue)>,
}

/// Reads a body within the limits of size and time.
///
/// # Errors
/// 413 when it is too large, 408 when it is too slow, 400 when it breaks off, 415 for an unknown encoding.
pub(crate) async fn read_body(
    body: Incoming,
    headers: &HeaderMap,
    limits: &Limits,
) -> Result<Bytes, Refusal> {
    let collected = tokio::time::timeout(limits.body_timeout, collect(body, limits.body_bytes))
        .await
        .map_err(|_| Refusal::new(408, "annexa_slow_body", "the request body did not arrive in time"))??;
    let limit = limits.expanded_bytes;
    match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity" | b"") => Ok(collected),
        Some(b"gzip" | b"x-gzip") => {
            unpack(move || expand(flate2::read::MultiGzDecoder::new(&*collected), limit)).await
        }
        Some(b"deflate") => unpack(move || expand(flate2::read::ZlibDecoder::new(&*collected), limit)).await,
        Some(_) => Err(Refusal::new(
            415,
            "annexa_encoding",
            "this content-encoding can't be read and so not inspected: send identity, gzip or deflate",
        )),
    }
}

async fn collect(mut body: Incoming, limit: usize) -> Result<Bytes, Refusal> {
    let mut whole = BytesMut::new();
    let mut first = Bytes::new();
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|_| Refusal::new(400, "annexa_body_broken", "the request body broke off"))?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + whole.len() + data.len() > limit {
            return Err(too_large(limit));
        }
        match (first.is_empty(), whole.is_empty()) {
            // The common body is one frame: kept as it is, not copied.
            (true, true) => first = data,
            (false, _) => {
                whole.extend_from_slice(&std::mem::take(&mut first));
                whole.extend_from_slice(&data);
            }
            (true, false) => whole.extend_from_slice(&data),
        }
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

fn too_large(limit: usize) -> Refusal {
    Refusal::new(
        413,
        "annexa_too_large",
        format!("the request is larger than {limit} bytes: shorten it or raise `limits.body_bytes`"),
    )
}

/// Unpacking is work for the processor: off the reactor.
async fn unpack(work: impl FnOnce() -> Result<Bytes, Refusal> + Send + 'static) -> Result<Bytes, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::detection_failed())?
}

/// Unpacks at most `limit` bytes: a small body must not become a large one unseen.
fn expand(reader: impl Read, limit: usize) -> Result<Bytes, Refusal> {
    let mut out = Vec::new();
    reader
        .take(limit as u64 + 1)
        .read_to_end(&mut out)
        .map_err(|_| Refusal::new(400, "annexa_encoding", "the compressed body can't be unpacked"))?;
    if out.len() > limit { Err(too_large(limit)) } else { Ok(out.into()) }
}

/// The headers that go on to the provider.
#[must_use]
pub(crate) fn outward_headers(headers: &HeaderMap) -> Vec<(&'static str, HeaderValue)> {
    OUTWARD.iter().filter_map(|name| headers.get(*name).map(|v| (*name, v.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_bomb_is_refused_at_the_limit() {
        let bomb = gzip(&vec![b' '; 4 << 20]);
        assert!(bomb.len() < 8192);
        let refused = expand(flate2::read::MultiGzDecoder::new(&*bomb), 1 << 20).unwrap_err();
        assert_eq!(refused.status, 413);
    }

    #[test]
    fn what_fits_is_unpacked() {
        let body = gzip(b"{}");
        assert_eq!(expand(flate2::read::MultiGzDecoder::new(&*body), 2).unwrap(), "{}");
        assert_eq!(expand(flate2::read::MultiGzDecoder::new(&b"no"[..]), 2).unwrap_err().status, 400);
    }
}
