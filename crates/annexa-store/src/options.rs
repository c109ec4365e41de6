//! What a store is opened with: time and randomness come from outside, so that tests can repeat themselves.

use std::sync::Arc;

use annexa_seal::Random;

/// The tenant of the gateway's own events.
pub const SYSTEM_TENANT: &str = "annexa";

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;
}

/// When an event counts as kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// When it is on the disk: it survives power loss.
    Commit,
    /// When it is with the kernel, and on the disk within a second: it survives the end of the process.
    Interval,
}

/// How a store is opened.
#[derive(Clone)]
pub struct Options {
    /// When an event counts as kept.
    pub durability: Durability,
    /// The name of a log that is made new; a log that is there keeps its own.
    pub origin: String,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness fit for keys.
    pub random: Arc<dyn Random>,
}
