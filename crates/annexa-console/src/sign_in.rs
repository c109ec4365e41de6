//! Signing in with the admin key, and out again.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::header::{HeaderValue, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::session::{COOKIE_NAME, Checked, LASTS, digest};
use crate::{Shared, guard, page};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    next: &'a str,
    problem: Option<&'a str>,
}

/// Where to go once signed in.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    next: Option<String>,
}

/// The form as it was sent.
#[derive(Deserialize)]
pub(crate) struct Sent {
    key: String,
    next: Option<String>,
}

/// The form.
pub(crate) async fn form(Query(wanted): Query<Wanted>) -> Response {
    page::render(StatusCode::OK, &SignIn { next: local(wanted.next.as_deref()), problem: None })
}

/// Checks the key and begins a session.
//= iso27001-2022:A.5.17
pub(crate) async fn sign_in(State(console): State<Shared>, Form(sent): Form<Sent>) -> Response {
    let (now, next) = (console.now(), local(sent.next.as_deref()));
    match console.sessions(|s| s.check(&digest(sent.key.trim()), &console.admin_key, now)) {
        Checked::Right => {
            let token = console.sessions(|s| s.begin(&*console.random, now));
            with_cookie(Redirect::to(next).into_response(), &token, LASTS / 1000)
        }
        Checked::Wrong => {
            let problem = Some("That is not the admin key. Check for a missing character at either end.");
            page::render(StatusCode::UNAUTHORIZED, &SignIn { next, problem })
        }
        Checked::Later { seconds } => {
            let problem = format!("Too many wrong keys. Try again in {seconds} seconds.");
            let form = SignIn { next, problem: Some(&problem) };
            let mut response = page::render(StatusCode::TOO_MANY_REQUESTS, &form);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
    }
}

/// Ends the session.
pub(crate) async fn sign_out(State(console): State<Shared>, headers: HeaderMap) -> Response {
    if let Some(token) = guard::cookie(&headers) {
        console.sessions(|s| s.end(token));
    }
    with_cookie(Redirect::to("/sign-in").into_response(), "", 0)
}

fn with_cookie(mut response: Response, token: &str, seconds: i64) -> Response {
    let cookie = format!("{COOKIE_NAME}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// A path of this console; a way to elsewhere becomes the live page.
fn local(next: Option<&str>) -> &str {
    let fits = |path: &&str| {
        let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        path.starts_with('/') && !path.starts_with("//") && plain
    };
    next.filter(fits).unwrap_or("/live")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_here() {
        assert_eq!(local(Some("/exchanges/bank/1?x=y")), "/exchanges/bank/1?x=y");
        for away in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\nb"] {
            assert_eq!(local(Some(away)), "/live", "{away}");
        }
    }
}
