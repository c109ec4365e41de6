//! Every route, with who may use it.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};

use crate::{Shared, api, assets, exchange, guard, live, page, proof, sign_in};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anyone who reaches the listener.
    Open,
    /// Whoever has signed in.
    Session,
    /// Whoever sends the admin key as a bearer token.
    Key,
}

/// The table of routes. The tests walk it as well.
//= iso27001-2022:A.5.15
pub(crate) fn table() -> Vec<(Access, &'static str, MethodRouter<Shared>)> {
    use Access::{Key, Open, Session};
    vec![
        (Open, "/sign-in", get(sign_in::form).post(sign_in::sign_in)),
        (Open, "/assets/{name}", get(assets::serve)),
        (Session, "/", get(live::home)),
        (Session, "/sign-out", post(sign_in::sign_out)),
        (Session, "/live", get(live::page)),
        (Session, "/live/events", get(live::events)),
        (Session, "/exchanges/{tenant}/{id}", get(exchange::page)),
        (Session, "/exchanges/{tenant}/{id}/proof/{seq}", get(proof::proof)),
        (Session, "/log/checkpoint", get(proof::checkpoint)),
        (Key, "/api/exchanges", get(api::exchanges)),
        (Key, "/api/exchanges/{tenant}/{id}", get(api::exchange)),
    ]
}

/// The router that the table makes.
pub(crate) fn router(console: Shared) -> Router {
    let mut router = Router::new();
    for (access, path, methods) in table() {
        let methods = match access {
            Access::Open => methods,
            Access::Session => methods.route_layer(from_fn_with_state(console.clone(), guard::session)),
            Access::Key => methods.route_layer(from_fn_with_state(console.clone(), guard::key)),
        };
        router = router.route(path, methods);
    }
    router
        .fallback(page::not_found)
        .layer(from_fn(guard::origin))
        .layer(from_fn(guard::host))
        .layer(from_fn(guard::headers))
        .with_state(console)
}
