//! What stands before every handler: the host that was asked, the origin of a form, who is asking, and the headers of
//! whatever is answered.

use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, HeaderName, HeaderValue, ORIGIN,
    REFERRER_POLICY, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use crate::session::{COOKIE_NAME, Checked, digest};
use crate::{Shared, encode, page};

/// Nothing from elsewhere, nothing inline, no frames.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Sets the headers that every answer carries.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        // Under `no-referrer` browsers send `Origin: null` with our own forms.
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Answers only to the names of this machine's own loopback: a foreign name that leads here is an attack by DNS.
pub(crate) async fn host(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    if is_loopback(host) {
        return next.run(request).await;
    }
    let said =
        "The console answers only to localhost, 127.0.0.1 and [::1]: open it under one of these names.";
    page::problem(StatusCode::MISDIRECTED_REQUEST, "Wrong host name", said)
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// A request that changes something has to come from a page of ours.
pub(crate) async fn origin(request: Request, next: Next) -> Response {
    if request.method().is_safe() || same_origin(request.headers()) {
        return next.run(request).await;
    }
    let said =
        "The form came from another site, or from a client that sends no Origin header. Nothing was changed.";
    page::problem(StatusCode::FORBIDDEN, "Not from this console", said)
}

fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    let given = text(ORIGIN).and_then(|o| o.split_once("://")).map(|(_, host)| host);
    given.is_some() && given == text(HOST)
}

/// Lets through whoever has signed in; sends others to sign in, and back here afterwards.
//= iso27001-2022:A.5.15
pub(crate) async fn session(State(console): State<Shared>, request: Request, next: Next) -> Response {
    let now = console.now();
    let known = cookie(request.headers()).is_some_and(|token| console.sessions(|s| s.holds(token, now)));
    if known {
        return next.run(request).await;
    }
    let wanted = request.uri().path_and_query().map_or("/", |p| p.as_str());
    let back =
        if request.method().is_safe() && !wanted.starts_with("/live/events") { wanted } else { "/live" };
    Redirect::to(&format!("/sign-in?next={}", encode::query(back))).into_response()
}

/// Lets through whoever sends the admin key.
//= iso27001-2022:A.5.17
pub(crate) async fn key(State(console): State<Shared>, request: Request, next: Next) -> Response {
    let given = request.headers().get(AUTHORIZATION).and_then(|v| v.to_str().ok());
    let key = given.and_then(|v| v.strip_prefix("Bearer ")).unwrap_or_default();
    let now = console.now();
    match console.sessions(|s| s.check(&digest(key.trim()), &console.admin_key, now)) {
        Checked::Right => next.run(request).await,
        Checked::Wrong => {
            let said = "send the admin key as `Authorization: Bearer …`";
            let mut response = refused(StatusCode::UNAUTHORIZED, said);
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
        Checked::Later { seconds } => {
            let mut response =
                refused(StatusCode::TOO_MANY_REQUESTS, "too many wrong keys: wait and try again");
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
    }
}

fn refused(status: StatusCode, said: &str) -> Response {
    (status, axum::Json(json!({"error": said}))).into_response()
}

/// The session's token in the cookie header.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|line| line.split(';'))
        .find_map(|one| one.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_ours() {
        for ours in ["localhost", "localhost:8788", "127.0.0.1:1", "[::1]:8788", "[::1]"] {
            assert!(is_loopback(ours), "{ours}");
        }
        for foreign in [
            "",
            "example.com",
            "localhost.example.com:80",
            "127.0.0.1.example:80",
            "192.168.0.7:8788",
            "localhost:",
        ] {
            assert!(!is_loopback(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_form_has_to_name_this_host_as_its_origin() {
        let of = |origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("localhost:1"));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
            }
            same_origin(&headers)
        };
        assert!(of(Some("http://localhost:1")));
        assert!(!of(Some("http://localhost:2")) && !of(Some("null")) && !of(None));
    }
}
