//! Who asks: a gateway key, in whichever header the SDK uses. Keys are never read from a URL.
//!
//! Only the hash of the presented key is compared or kept; a refusal names neither the key nor its hash.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use annexa_store::{KeyGrant, Store};
use aws_lc_rs::digest;
use http::HeaderMap;

use crate::refusal::Refusal;

const HEADERS: [&str; 4] = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];
const EVENTS_PER_SOURCE: Duration = Duration::from_secs(1);
const SOURCES: usize = 4096;

/// Finds the application behind a request.
///
/// # Errors
/// 401 when no key is given, or it is unknown, revoked or expired.
//= iso27001-2022:A.5.17
pub(crate) fn authenticate(
    store: &Store,
    headers: &HeaderMap,
    now_ms: i64,
) -> Result<Arc<KeyGrant>, Refusal> {
    let presented = presented_key(headers).ok_or_else(missing)?;
    let grant = store.authenticate(&hash(presented)).ok_or_else(|| denied("is not known"))?;
    if grant.revoked {
        return Err(denied("was revoked"));
    }
    match grant.expires {
        Some(end) if end <= now_ms => Err(denied("has expired")),
        _ => Ok(grant),
    }
}

/// The key that a request presents, in whichever header.
pub(crate) fn presented_key(headers: &HeaderMap) -> Option<&str> {
    let value = HEADERS.iter().find_map(|name| headers.get(*name))?.to_str().ok()?.trim();
    let key = match value.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim(),
        _ => value,
    };
    (!key.is_empty()).then_some(key)
}

/// Whether a presented key has this hash, in the same time whatever differs.
pub(crate) fn same_key(presented: &str, expected: &[u8; 32]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(&hash(presented), expected).is_ok()
}

fn hash(key: &str) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(digest::digest(&digest::SHA256, key.as_bytes()).as_ref()) {
        *to = *from;
    }
    out
}

fn missing() -> Refusal {
    Refusal::new(
        401,
        "annexa_no_key",
        "no gateway key: give one as `Authorization: Bearer …` or `x-api-key`; keys in a URL are not read",
    )
}

fn denied(why: &str) -> Refusal {
    Refusal::new(
        401,
        "annexa_key_refused",
        format!("the gateway key {why}; ask the gateway's administrator for one"),
    )
}

/// Lets one failed authentication a second and source into the log, so that guessing can't fill it.
#[derive(Default)]
pub(crate) struct FailureGate {
    last: Mutex<HashMap<IpAddr, (Instant, u32)>>,
}

impl FailureGate {
    /// How many failures to report now: 0 while the source is quietened.
    pub(crate) fn report(&self, source: IpAddr, now: Instant) -> u32 {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= SOURCES {
            last.retain(|_, (at, _)| now.duration_since(*at) < EVENTS_PER_SOURCE);
        }
        match last.get_mut(&source) {
            Some((at, waiting)) if now.duration_since(*at) < EVENTS_PER_SOURCE => {
                *waiting = waiting.saturating_add(1);
                0
            }
            Some((at, waiting)) => {
                *at = now;
                1 + std::mem::take(waiting)
            }
            None => {
                last.insert(source, (now, 0));
                1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn keys_are_read_from_the_headers_that_sdks_use() {
        assert_eq!(presented_key(&headers("authorization", "Bearer ak_1")), Some("ak_1"));
        assert_eq!(presented_key(&headers("authorization", "bearer  ak_1 ")), Some("ak_1"));
        assert_eq!(presented_key(&headers("x-api-key", "ak_1")), Some("ak_1"));
        assert_eq!(presented_key(&headers("api-key", "ak_1")), Some("ak_1"));
        assert_eq!(presented_key(&headers("cookie", "ak_1")), None);
    }

    #[test]
    fn a_source_that_guesses_is_counted_not_logged_each_time() {
        let gate = FailureGate::default();
        let source = IpAddr::from([127, 0, 0, 1]);
        let start = Instant::now();
        assert_eq!(gate.report(source, start), 1);
        assert_eq!(gate.report(source, start), 0);
        assert_eq!(gate.report(source, start), 0);
        assert_eq!(gate.report(source, start + Duration::from_secs(2)), 3);
    }
}
