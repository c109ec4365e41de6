//! Web pages and the JSON API over the live stream and the log: what passed, what was found by type, what was decided
//! and why, how it ended, and the proof of it. Never content.
//!
//! Pages are made on the server and work without scripts; one small script adds rows as they come. `routes` is the
//! table of contents: every route with who may use it. Views are made by `story` out of events, from named fields
//! only, so a field that a later release adds to an event is not shown until someone decides so.

mod api;
mod assets;
mod chart;
mod encode;
mod exchange;
mod feed;
mod filter;
mod guard;
mod live;
mod names;
mod page;
mod proof;
mod routes;
mod session;
mod sign_in;
mod story;
mod when;

#[cfg(test)]
mod console_tests;

use std::sync::{Arc, Mutex, PoisonError};

use annexa_store::{Clock, Random, Store};
use axum::Router;

use crate::session::Sessions;

/// The console of one gateway.
pub struct Console {
    store: Arc<Store>,
    admin_key: [u8; 32],
    random: Arc<dyn Random>,
    clock: Arc<dyn Clock>,
    sessions: Mutex<Sessions>,
}

/// What every handler gets.
type Shared = Arc<Console>;

impl Console {
    /// A console over a store, for whoever holds the key with this SHA-256.
    pub fn new(
        store: Arc<Store>,
        admin_key_sha256: [u8; 32],
        random: Arc<dyn Random>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, admin_key: admin_key_sha256, random, clock, sessions: Mutex::default() }
    }

    fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    fn sessions<T>(&self, work: impl FnOnce(&mut Sessions) -> T) -> T {
        work(&mut self.sessions.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The console's routes, guarded.
pub fn router(console: Console) -> Router {
    routes::router(Arc::new(console))
}
