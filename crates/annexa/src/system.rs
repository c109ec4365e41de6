//! The clock and the randomness of the real world: the only place where they are read.

use std::cell::RefCell;
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

/// Random bytes drawn ahead: an exchange needs some two hundred in small pieces, and each draw has a fixed cost.
struct Drawn {
    bytes: [u8; 1024],
    used: usize,
}

thread_local! {
    static DRAWN: RefCell<Drawn> = const { RefCell::new(Drawn { bytes: [0; 1024], used: 1024 }) };
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        DRAWN.with_borrow_mut(|drawn| drawn.fill(bytes));
    }
}

impl Drawn {
    fn fill(&mut self, bytes: &mut [u8]) {
        if bytes.len() > self.bytes.len() / 4 {
            return draw(bytes);
        }
        if self.bytes.len() - self.used < bytes.len() {
            draw(&mut self.bytes);
            self.used = 0;
        }
        for (to, from) in bytes.iter_mut().zip(self.bytes.iter_mut().skip(self.used)) {
            // Given out once: nothing stays here that a key was made of.
            *to = std::mem::take(from);
        }
        self.used += bytes.len();
    }
}

fn draw(bytes: &mut [u8]) {
    // AWS-LC aborts rather than give bytes that are not random; it returns no error in practice.
    if aws_lc_rs::rand::fill(bytes).is_err() {
        std::process::abort();
    }
}

/// A key of 256 random bits with a prefix that scanners can know it by.
pub(crate) fn fresh_key(prefix: &str, random: &dyn Random) -> String {
    use base64::Engine;
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    format!("{prefix}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bytes_are_given_out_twice() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let mut small = [0; 24];
            SystemRandom.fill(&mut small);
            assert!(seen.insert(small));
        }
        let mut large = [0; 4096];
        SystemRandom.fill(&mut large);
        assert!(large.iter().any(|b| *b != 0));
    }
}
