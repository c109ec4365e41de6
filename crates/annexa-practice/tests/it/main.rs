//! The practice provider over real sockets.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod ask;
mod faults;
mod player;
mod shapes;
