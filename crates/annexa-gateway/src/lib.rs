//! The way of an exchange between an application and its AI provider.
//!
//! `listen` → `authenticate` → `decode` → `inspect` → `decide` → `forward` → `stream` → `deliver`, with
//! `record` on every outcome and `observe` beside them; [`exchange`] walks the way. Each step takes the type
//! that the step before made: `Asked` → `Inspected` → `Cleared` → `Evidenced` → `Answered`.

mod admit;
mod answer;
mod authenticate;
mod budget;
mod commit;
mod decide;
mod decode;
mod deliver;
mod exchange;
mod forward;
mod guard;
mod health;
mod inspect;
mod listen;
mod observe;
mod open;
mod patience;
pub mod probe;
mod record;
mod refusal;
mod settings;
mod stream;
mod tally;
mod tokens;
mod trail;
mod unread;
mod upstream;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use annexa_policy::BreakGlass;
use annexa_store::{Clock, KeyGrant, Random, Store};
use arc_swap::ArcSwap;

pub use listen::{ListenError, Listener, Serving, bind};
pub use observe::Metrics;
pub use settings::{Limits, Listen, Live, Provider};
pub use upstream::{Pool, Proxy, UpstreamError};

/// Everything that exchanges share.
pub struct Gateway {
    /// Settings in force; an exchange keeps those that it started with.
    pub live: ArcSwap<Live>,
    /// Evidence and state.
    pub store: Arc<Store>,
    /// Numbers for Prometheus.
    pub metrics: Metrics,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    admission: admit::Admission,
    failures: authenticate::FailureGate,
    glass: ArcSwap<Vec<BreakGlass>>,
    draining: AtomicBool,
}

impl Gateway {
    /// A gateway over a store.
    #[must_use]
    pub fn new(live: Live, store: Arc<Store>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Arc<Self> {
        Arc::new(Gateway {
            live: ArcSwap::from_pointee(live),
            store,
            metrics: Metrics::default(),
            clock,
            random,
            admission: admit::Admission::default(),
            failures: authenticate::FailureGate::default(),
            glass: ArcSwap::default(),
            draining: AtomicBool::new(false),
        })
    }

    /// Unix time in milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// A new id of 32 hexadecimal digits.
    #[must_use]
    pub fn new_id(&self) -> String {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes);
        hex(&bytes)
    }

    /// Exchanges under way.
    #[must_use]
    pub fn running(&self) -> usize {
        self.admission.running()
    }

    /// From now on nothing new is begun; `/readyz` says so.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether the gateway is going down.
    #[must_use]
    pub fn draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Opens emergency access. The caller writes the event; access ends by itself.
    pub fn open_glass(&self, access: &BreakGlass) {
        self.glass.rcu(|open| open.iter().cloned().chain([access.clone()]).collect::<Vec<_>>());
    }

    fn break_glass(&self, grant: &KeyGrant, now_s: i64) -> Option<BreakGlass> {
        let open = self.glass.load();
        open.iter().find(|b| b.until > now_s && b.covers(&grant.tenant, &grant.application)).cloned()
    }
}

/// Lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| DIGITS.get(usize::from(n & 15)).copied().map_or('0', char::from);
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(*byte));
    }
    text
}
