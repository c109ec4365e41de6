//! The live page: exchanges as they pass.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Redirect, Response};

use crate::chart::{self, Bar};
use crate::filter::{Choice, Filter};
use crate::page::{self, Position};
use crate::story::{self, Exchange};
use crate::{Console, Shared, feed, guard, when};

/// The newest events that the page is made of.
pub(crate) const NEWEST: usize = 512;
/// Rows of the page at most.
const ROWS: usize = 200;

#[derive(Template)]
#[template(path = "live.html")]
struct Live {
    head: Head,
    rows: Vec<Exchange>,
    filtered: bool,
    events: String,
    newest: u64,
}

/// What stands above the rows.
#[derive(Template)]
#[template(path = "head.html")]
pub(crate) struct Head {
    position: Position,
    exchanges: String,
    since: Option<(String, String)>,
    allowed: usize,
    changed: usize,
    stopped: usize,
    under_way: usize,
    bars: Vec<Bar>,
    peak: usize,
    minutes: usize,
    tenants: Vec<Choice>,
    verdicts: Vec<Choice>,
}

/// One row.
#[derive(Template)]
#[template(path = "row.html")]
pub(crate) struct Row<'a> {
    pub(crate) row: &'a Exchange,
}

/// The first page is the live one.
pub(crate) async fn home() -> Redirect {
    Redirect::to("/live")
}

/// The page.
pub(crate) async fn page(State(console): State<Shared>, Query(filter): Query<Filter>) -> Response {
    let newest = console.store.recent(NEWEST);
    let last = newest.iter().map(|l| l.seq).max().unwrap_or(0);
    let all = story::gather(newest.iter().map(|l| &**l));
    let live = Live {
        head: Head::of(&console, &filter, &all),
        filtered: filter.is_set(),
        events: filter.href("/live/events"),
        newest: last,
        rows: all.into_iter().filter(|e| filter.shows(e)).take(ROWS).collect(),
    };
    page::render(StatusCode::OK, &live)
}

/// The stream that adds to the page.
pub(crate) async fn events(
    State(console): State<Shared>,
    Query(from): Query<feed::From>,
    headers: HeaderMap,
) -> Response {
    let token = guard::cookie(&headers).unwrap_or_default().to_owned();
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()?.parse().ok());
    feed::open(console, from.filter(), last.or(from.after), token)
}

impl Head {
    /// What the newest events add up to.
    pub(crate) fn of(console: &Console, filter: &Filter, all: &[Exchange]) -> Self {
        let now = console.now();
        let count = |which: fn(&Exchange) -> bool| all.iter().filter(|e| which(e)).count();
        let stopped = count(Exchange::is_stopped);
        let allowed = count(|e| e.verdict == story::Verdict::Allow && !e.is_stopped());
        let all_count = u64::try_from(all.len()).unwrap_or(u64::MAX);
        Self {
            position: Position::of(&console.store),
            exchanges: when::grouped(all_count),
            since: all.last().map(|e| (e.full(), e.clock())),
            allowed,
            changed: all.len().saturating_sub(stopped + allowed),
            stopped,
            under_way: count(|e| e.state == story::State::UnderWay),
            bars: chart::bars(all, now),
            peak: chart::peak(all, now),
            minutes: chart::MINUTES,
            tenants: filter.tenants(all),
            verdicts: filter.verdicts(all),
        }
    }
}
