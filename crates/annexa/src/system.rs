//! The clock and the randomness of the real world: the only place where they are read.

use std::time::SystemTime;

use annexa_store::{Clock, Random};

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clock; all else is given it"
    )]
    fn now_ms(&self) -> i64 {
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The system's random numbers.
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // AWS-LC aborts rather than give bytes that are not random; it returns no error in practice.
        if aws_lc_rs::rand::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

/// A key of 256 random bits with a prefix that scanners can know it by.
pub(crate) fn fresh_key(prefix: &str, random: &dyn Random) -> String {
    use base64::Engine;
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    format!("{prefix}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}
