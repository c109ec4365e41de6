//! The same views as JSON, for whoever sends the admin key.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use crate::filter::Filter;
use crate::live::NEWEST;
use crate::story::{self, Exchange};
use crate::{Shared, exchange as pages};

/// The answer to a list.
#[derive(Serialize)]
struct Listed {
    log: Log,
    exchanges: Vec<Exchange>,
}

/// Where the log stood.
#[derive(Serialize)]
struct Log {
    size: u64,
    durable: u64,
    root: String,
}

/// The exchanges of the newest events, newest first.
pub(crate) async fn exchanges(State(console): State<Shared>, Query(filter): Query<Filter>) -> Response {
    let at = console.store.position();
    let newest = console.store.recent(NEWEST);
    let mut exchanges = story::gather(newest.iter().map(|l| &**l));
    exchanges.retain(|e| filter.shows(e));
    let log = Log { size: at.size, durable: at.durable, root: at.root.to_hex() };
    Json(Listed { log, exchanges }).into_response()
}

/// One exchange with the story of its events.
pub(crate) async fn exchange(
    State(console): State<Shared>,
    Path((tenant, id)): Path<(String, String)>,
) -> Response {
    match pages::story_of(&console, tenant, id).await {
        Some(story) => Json(story).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({"error": "no such exchange"}))).into_response(),
    }
}
