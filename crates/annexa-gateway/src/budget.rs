//! How much CPU time an inspection may take: a base, and more for each byte. What costs more is refused.
//!
//! CPU time of the thread, not the clock on the wall: a busy machine must not turn into refusals.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

const MIB: u32 = 1 << 20;

/// CPU time that is left for one inspection on this thread.
pub(crate) struct Budget {
    end: Duration,
}

impl Budget {
    /// A budget that begins now, for a text of so many bytes.
    pub(crate) fn begin(base: Duration, per_mib: Duration, bytes: usize) -> Self {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let allowed = base.saturating_add(per_mib.saturating_mul(bytes / 1024) / (MIB / 1024));
        Budget { end: spent().saturating_add(allowed) }
    }

    /// Whether it is used up.
    pub(crate) fn is_spent(&self) -> bool {
        spent() >= self.end
    }
}

/// CPU time of this thread so far.
fn spent() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_grows_with_bytes_and_is_spent_by_work_alone() {
        assert!(Budget::begin(Duration::ZERO, Duration::ZERO, 1 << 20).is_spent());
        let hour = Duration::from_secs(3600);
        assert!(Budget::begin(Duration::ZERO, hour, 1023).is_spent());
        let budget = Budget::begin(Duration::ZERO, hour, 1 << 20);
        assert!(budget.end > spent() + hour / 2);
        assert!(!budget.is_spent());
    }
}
