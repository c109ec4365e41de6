//! Web pages and the JSON API over the live stream and the records.

use std::sync::Arc;

use annexa_store::{Clock, Random, Store};

/// The console of one gateway.
pub struct Console {
    _store: Arc<Store>,
}

impl Console {
    /// A console over a store.
    #[must_use]
    pub fn new(store: Arc<Store>, _admin_key: [u8; 32], _random: Arc<dyn Random>, _clock: Arc<dyn Clock>) -> Self {
        Console { _store: store }
    }
}

/// Its routes.
pub fn router(_console: Console) -> axum::Router {
    axum::Router::new()
}
