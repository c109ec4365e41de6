//! The proof that an exchange's events are in the log, and the checkpoint that it leads to.

use annexa_evidence::{Proof, hash_leaf};
use annexa_store::{Logged, Store};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::{Shared, encode, page, when};

/// An event's place in the log.
#[derive(Serialize)]
pub(crate) struct Entry {
    pub(crate) seq: u64,
    kind: &'static str,
    /// What a checkpoint proves; nothing until one covers the event.
    pub(crate) proof: Option<Proven>,
}

/// What a proof says of itself.
#[derive(Serialize)]
pub(crate) struct Proven {
    pub(crate) leaf: String,
    pub(crate) hashes: usize,
    pub(crate) origin: String,
    size: u64,
}

/// The proof of one event, as C2SP has it.
pub(crate) async fn proof(
    State(console): State<Shared>,
    Path((tenant, id, seq)): Path<(String, String, u64)>,
) -> Response {
    let ours = events(&console, tenant, id).await.iter().any(|l| l.seq == seq);
    if !ours {
        return page::not_found().await;
    }
    match blocking(&console, move |store| store.prove(seq).ok()).await {
        Some(text) => file(&format!("annexa-{seq}.tlog-proof"), text),
        None => {
            let said =
                "No checkpoint covers this event yet. One is signed every second: try again in a moment.";
            page::problem(StatusCode::NOT_FOUND, "Not proven yet", said)
        }
    }
}

/// The latest checkpoint.
pub(crate) async fn checkpoint(State(console): State<Shared>) -> Response {
    match blocking(&console, latest).await {
        Some(text) => file("annexa-checkpoint.txt", text),
        None => page::problem(
            StatusCode::NOT_FOUND,
            "No checkpoint yet",
            "The log has no event yet, so there is nothing to sign.",
        ),
    }
}

fn latest(store: &Store) -> Option<String> {
    let text = store.checkpoint();
    (!text.is_empty()).then_some(text)
}

/// An exchange's events; none when the tenant has no exchange of that id.
pub(crate) async fn events(console: &Shared, tenant: String, id: String) -> Vec<Logged> {
    let found = blocking(console, move |store| store.exchange(&tenant, &id).ok()).await;
    let mut events = found.unwrap_or_default();
    events.sort_unstable_by_key(|l| l.seq);
    events
}

/// Where these events are in the log.
pub(crate) async fn entries(console: &Shared, events: &[Logged]) -> Vec<Entry> {
    let places: Vec<(u64, &'static str)> = events.iter().map(|l| (l.seq, l.event.what.kind())).collect();
    let made = blocking(console, move |store| {
        let one = |(seq, kind)| Entry { seq, kind, proof: Proven::of(store, seq) };
        Some(places.into_iter().map(one).collect())
    });
    made.await.unwrap_or_default()
}

/// Runs what reads the disk where it holds up nobody.
async fn blocking<T: Send + 'static>(
    console: &Shared,
    work: impl FnOnce(&Store) -> Option<T> + Send + 'static,
) -> Option<T> {
    let store = console.store.clone();
    tokio::task::spawn_blocking(move || work(&store)).await.ok().flatten()
}

fn file(name: &str, text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", encode::query(name))),
    ];
    (headers, text).into_response()
}

impl Proven {
    fn of(store: &Store, seq: u64) -> Option<Self> {
        let proof: Proof = store.prove(seq).ok()?.parse().ok()?;
        let mut lines = proof.checkpoint.lines();
        let origin = lines.next()?.to_owned();
        let size = lines.next()?.parse().ok()?;
        Some(Self { leaf: hash_leaf(&proof.extra?).to_hex(), hashes: proof.hashes.len(), origin, size })
    }

    pub(crate) fn size(&self) -> String {
        when::grouped(self.size)
    }
}

impl Entry {
    pub(crate) fn position(&self) -> String {
        when::grouped(self.seq)
    }

    pub(crate) fn word(&self) -> String {
        self.kind.replace('_', " ")
    }
}
