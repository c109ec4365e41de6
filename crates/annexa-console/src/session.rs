//! Who has signed in, and how often it went wrong.

use annexa_store::Random;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest as hash};

/// The name of the session's cookie.
pub(crate) const COOKIE_NAME: &str = "annexa_session";
/// How long a session lasts, in milliseconds.
pub(crate) const LASTS: i64 = 8 * 60 * 60 * 1000;
/// Sessions at a time; the oldest makes room.
const MOST: usize = 64;
/// Wrong keys within a window, after which all have to wait for its end.
const MOST_WRONG: u32 = 5;
const WINDOW: i64 = 60 * 1000;

/// The sessions of a console. Tokens are kept as hashes, so memory holds nothing to sign in with.
#[derive(Default)]
pub(crate) struct Sessions {
    open: Vec<([u8; 32], i64)>,
    wrong: u32,
    window: i64,
}

/// What came of a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// It is the key.
    Right,
    /// It isn't.
    Wrong,
    /// Too many were wrong: it was not looked at.
    Later {
        /// Until it may be tried again.
        seconds: i64,
    },
}

/// SHA-256.
pub(crate) fn digest(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hash(&SHA256, text.as_bytes()).as_ref());
    bytes
}

impl Sessions {
    /// Compares a key, in constant time, unless too many were wrong of late.
    //= iso27001-2022:A.5.17
    pub(crate) fn check(&mut self, given: &[u8; 32], wanted: &[u8; 32], now: i64) -> Checked {
        if now >= self.window + WINDOW {
            (self.window, self.wrong) = (now, 0);
        }
        if self.wrong >= MOST_WRONG {
            return Checked::Later { seconds: ((self.window + WINDOW - now) / 1000).max(1) };
        }
        if verify_slices_are_equal(given, wanted).is_ok() {
            return Checked::Right;
        }
        self.wrong += 1;
        Checked::Wrong
    }

    /// Begins a session; gives its token.
    pub(crate) fn begin(&mut self, random: &dyn Random, now: i64) -> String {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        let token: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        self.open.retain(|(_, until)| *until > now);
        if self.open.len() >= MOST {
            self.open.remove(0);
        }
        self.open.push((digest(&token), now + LASTS));
        token
    }

    /// Whether this token's session is open.
    pub(crate) fn holds(&self, token: &str, now: i64) -> bool {
        let token = digest(token);
        self.open.iter().any(|(own, until)| *until > now && verify_slices_are_equal(own, &token).is_ok())
    }

    /// Ends a session.
    pub(crate) fn end(&mut self, token: &str) {
        let token = digest(token);
        self.open.retain(|(own, _)| *own != token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::sync::Mutex<u8>);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            let mut next = self.0.lock().unwrap();
            *next += 1;
            bytes.fill(*next);
        }
    }

    #[test]
    fn a_session_ends_by_time_and_by_signing_out() {
        let (mut sessions, random) = (Sessions::default(), Counting(0.into()));
        let (first, second) = (sessions.begin(&random, 0), sessions.begin(&random, 10));
        assert!(sessions.holds(&first, LASTS - 1) && !sessions.holds(&first, LASTS));
        assert!(sessions.holds(&second, LASTS) && !sessions.holds("", 0));
        sessions.end(&second);
        assert!(!sessions.holds(&second, 10));
    }

    #[test]
    fn the_oldest_session_makes_room() {
        let (mut sessions, random) = (Sessions::default(), Counting(0.into()));
        let tokens: Vec<String> = (0..=MOST).map(|_| sessions.begin(&random, 0)).collect();
        assert!(!sessions.holds(&tokens[0], 1) && sessions.holds(&tokens[1], 1));
    }

    //= iso27001-2022:A.5.17
    #[test]
    fn after_too_many_wrong_keys_even_the_right_one_waits() {
        let (mut sessions, key) = (Sessions::default(), digest("key"));
        assert_eq!(sessions.check(&key, &key, 1_000_000), Checked::Right);
        for _ in 0..MOST_WRONG {
            assert_eq!(sessions.check(&digest("guess"), &key, 1_000_000), Checked::Wrong);
        }
        assert_eq!(sessions.check(&key, &key, 1_000_500), Checked::Later { seconds: 59 });
        assert_eq!(sessions.check(&key, &key, 1_000_000 + WINDOW), Checked::Right);
    }
}
