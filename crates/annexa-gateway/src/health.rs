//! `/healthz`, `/readyz` and `/metrics`: for orchestrators and Prometheus, without content.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, header};

use crate::Gateway;
use crate::authenticate::{presented_key, same_key};
use crate::deliver::{Payload, whole};

const TEXT: &str = "text/plain; charset=utf-8";
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers an operational route, or gives nothing when `path` is none.
pub(crate) fn serve(
    gateway: &Gateway,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    peer: IpAddr,
) -> Option<Response<Payload>> {
    let response = match path {
        "/healthz" => whole(StatusCode::OK, TEXT, Bytes::from_static(b"ok\n")),
        "/readyz" => ready(gateway),
        "/metrics" => metrics(gateway, headers, peer),
        _ => return None,
    };
    let reads = matches!(*method, Method::GET | Method::HEAD);
    Some(if reads {
        response
    } else {
        whole(StatusCode::METHOD_NOT_ALLOWED, TEXT, Bytes::from_static(b"GET only\n"))
    })
}

fn ready(gateway: &Gateway) -> Response<Payload> {
    let why: &'static [u8] = if gateway.draining() {
        b"shutting down\n"
    } else if !gateway.store.healthy() {
        b"the evidence log can't be written\n"
    } else if gateway.live.load().providers.is_empty() {
        b"no provider is configured\n"
    } else {
        return whole(StatusCode::OK, TEXT, Bytes::from_static(b"ready\n"));
    };
    whole(StatusCode::SERVICE_UNAVAILABLE, TEXT, Bytes::from_static(why))
}

fn metrics(gateway: &Gateway, headers: &HeaderMap, peer: IpAddr) -> Response<Payload> {
    let admin = gateway.live.load().admin_key;
    let shown = presented_key(headers).zip(admin).is_some_and(|(key, hash)| same_key(key, &hash));
    if !peer.is_loopback() && !shown {
        let mut refused = whole(
            StatusCode::UNAUTHORIZED,
            TEXT,
            Bytes::from_static(b"give the admin key as a bearer token\n"),
        );
        refused.headers_mut().insert(header::WWW_AUTHENTICATE, http::HeaderValue::from_static("Bearer"));
        return refused;
    }
    let position = gateway.store.position();
    let gauges = [
        ("annexa_running", "Exchanges under way.", gateway.running() as u64),
        ("annexa_log_size", "Events in the evidence log.", position.size),
        ("annexa_log_durable", "Events that survive power loss.", position.durable),
        (
            "annexa_ready",
            "1 while exchanges can be served.",
            u64::from(gateway.store.healthy() && !gateway.draining()),
        ),
    ];
    whole(StatusCode::OK, PROMETHEUS, gateway.metrics.render(&gauges).into())
}
