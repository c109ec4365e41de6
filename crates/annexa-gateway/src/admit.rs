//! Admission: how many exchanges and connections run at once. What is over is refused before work starts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::refusal::Refusal;

/// Counts what runs.
#[derive(Clone, Default)]
pub(crate) struct Admission {
    exchanges: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

/// One counted thing; it is counted off when dropped.
pub(crate) struct Admitted {
    counter: Arc<AtomicUsize>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.counter.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Admission {
    /// Admits an exchange.
    ///
    /// # Errors
    /// 503 with Retry-After when `limit` exchanges run already.
    pub(crate) fn exchange(&self, limit: usize) -> Result<Admitted, Refusal> {
        admit(&self.exchanges, limit).ok_or_else(|| {
            Refusal::new(
                503,
                "annexa_overloaded",
                "the gateway serves as many exchanges as it may; try again",
            )
            .retry_after(1)
        })
    }

    /// Admits a connection, or nothing when `limit` are open.
    #[must_use]
    pub(crate) fn connection(&self, limit: usize) -> Option<Admitted> {
        admit(&self.connections, limit)
    }

    /// Exchanges under way.
    #[must_use]
    pub(crate) fn running(&self) -> usize {
        self.exchanges.load(Ordering::Acquire)
    }
}

fn admit(counter: &Arc<AtomicUsize>, limit: usize) -> Option<Admitted> {
    let admitted = Admitted { counter: counter.clone() };
    // Counted before it is compared, so two can't share the last place.
    if counter.fetch_add(1, Ordering::AcqRel) >= limit { None } else { Some(admitted) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_the_limit_is_refused_and_places_come_back() {
        let admission = Admission::default();
        let first = admission.exchange(1).unwrap();
        assert_eq!(admission.exchange(1).err().map(|r| (r.status, r.retry_after)), Some((503, Some(1))));
        assert_eq!(admission.running(), 1);
        drop(first);
        assert!(admission.exchange(1).is_ok());
    }
}
