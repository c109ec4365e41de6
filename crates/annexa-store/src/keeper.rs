//! What is done each second, away from the way of an exchange: checkpoint, indexes, the state's sum, retention.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::StoreError;
use crate::store::Inner;

/// The sum takes at most one part in so many of the time.
const SHARE: u32 = 20;
const RETENTION: Duration = Duration::from_secs(3600);

/// Ends the keeping.
#[derive(Default)]
pub(crate) struct Keeper {
    stopped: Mutex<bool>,
    wake: Condvar,
}

/// When the rarer things are due.
struct Due {
    tick: Duration,
    settle: Instant,
    retain: Instant,
    /// The changes at the last look: the sum waits for a pause.
    changes: u64,
}

impl Keeper {
    pub(crate) fn stop(&self) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake.notify_all();
    }

    /// Waits for the next second. False once it is stopped.
    fn wait(&self, tick: Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.wake.wait_timeout_while(stopped, tick, |stopped| !*stopped);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Inner {
    /// Keeps until stopped.
    pub(crate) fn keep(&self) {
        let tick = self.log.writer().limits.tick;
        let now = Instant::now();
        let mut due = Due { tick, settle: now, retain: now, changes: 0 };
        while self.keeper.wait(tick) {
            if let Err(error) = self.tend(&mut due) {
                tracing::error!(%error, "the store can't keep its files");
                self.log.fail();
            }
        }
    }

    fn tend(&self, due: &mut Due) -> Result<(), StoreError> {
        if !self.log.healthy() {
            return Ok(());
        }
        self.log.publish()?;
        self.log.write_indexes()?;
        let now = Instant::now();
        if due.retain <= now {
            self.retain()?;
            due.retain = now + RETENTION;
        }
        let changes = self.keyring.state.with(|state| Ok(state.changes()))?;
        let paused = std::mem::replace(&mut due.changes, changes) == changes;
        // A pause is waited for, but not for ever.
        if due.settle <= now && (paused || due.settle + 10 * due.tick <= now) {
            self.settle()?;
            due.settle = Instant::now() + now.elapsed() * SHARE;
        }
        Ok(())
    }
}
