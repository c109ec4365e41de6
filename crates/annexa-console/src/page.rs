//! What all pages share: rendering, the log's position, and the page that says what went wrong.

use annexa_store::Store;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::when;

/// Where the log stands.
pub(crate) struct Position {
    pub(crate) size: String,
    pub(crate) root: String,
    pub(crate) short: String,
    /// Events that are not durable yet.
    pub(crate) waiting: u64,
    pub(crate) healthy: bool,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem<'a> {
    status: u16,
    title: &'a str,
    said: &'a str,
}

impl Position {
    pub(crate) fn of(store: &Store) -> Self {
        let now = store.position();
        let root = now.root.to_hex();
        Self {
            size: when::grouped(now.size),
            short: root.chars().take(12).collect(),
            root,
            waiting: now.size.saturating_sub(now.durable),
            healthy: store.healthy(),
        }
    }
}

/// A page out of a template.
pub(crate) fn render(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page that says what went wrong and what to do.
pub(crate) fn problem(status: StatusCode, title: &str, said: &str) -> Response {
    render(status, &Problem { status: status.as_u16(), title, said })
}

/// For every path that is not ours.
pub(crate) async fn not_found() -> Response {
    let said = "There is nothing at this address. It may have been mistyped, or what it showed was erased.";
    problem(StatusCode::NOT_FOUND, "Not found", said)
}
