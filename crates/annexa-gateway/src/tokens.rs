//! Tokens in place of values: `[EMAIL_7F3A9C21]`, the same for the same value in every request of one end user.
//!
//! The map from token to value lives for one exchange and is rebuilt from each request, so nothing has to be
//! kept: a later request that repeats the value makes the same token again.

use std::collections::HashMap;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// Makes tokens for one exchange and remembers which it issued.
pub(crate) struct Tokens {
    key: Zeroizing<[u8; 32]>,
    scope: Vec<u8>,
    issued: HashMap<String, String>,
}

impl Tokens {
    /// Tokens under a tenant's key, for one application and end user.
    #[must_use]
    pub(crate) fn new(key: &[u8; 32], application: &str, end_user: Option<&str>) -> Self {
        let mut scope = Vec::new();
        for part in [application, end_user.unwrap_or_default()] {
            scope.extend_from_slice(&(part.len() as u64).to_be_bytes());
            scope.extend_from_slice(part.as_bytes());
        }
        Tokens { key: Zeroizing::new(*key), scope, issued: HashMap::new() }
    }

    /// The token for a value of a kind.
    pub(crate) fn issue(&mut self, kind: &str, value: &str) -> String {
        // Made anew for each value: most exchanges need none, and it is large.
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.as_slice());
        let mut context = hmac::Context::with_key(&key);
        context.update(&self.scope);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(value.as_bytes());
        let tag = context.sign();
        let name = |bytes: usize| {
            let hex: String = tag.as_ref().iter().take(bytes).map(|b| format!("{b:02X}")).collect();
            format!("[{kind}_{hex}]")
        };
        // Two values with one token would be restored as each other: the second gets a longer one.
        let short = name(4);
        let taken = self.issued.get(&short).is_some_and(|other| other != value);
        let token = if taken { name(16) } else { short };
        self.issued.insert(token.clone(), value.to_owned());
        token
    }

    /// The value behind a token that this exchange issued.
    #[must_use]
    pub(crate) fn value(&self, token: &str) -> Option<&str> {
        self.issued.get(token).map(String::as_str)
    }
}

/// What stands in place of a masked value.
#[must_use]
pub(crate) fn mask(kind: &str) -> String {
    format!("[{kind}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(application: &str, user: Option<&str>) -> Tokens {
        Tokens::new(&[7; 32], application, user)
    }

    #[test]
    fn the_same_value_gets_the_same_token_in_every_request() {
        let first = tokens("app", Some("u1")).issue("EMAIL", "a@b.ch");
        assert_eq!(first, tokens("app", Some("u1")).issue("EMAIL", "a@b.ch"));
        assert_ne!(first, tokens("app", Some("u2")).issue("EMAIL", "a@b.ch"));
        assert_ne!(first, tokens("app2", Some("u1")).issue("EMAIL", "a@b.ch"));
    }

    #[test]
    fn only_issued_tokens_have_values() {
        let mut t = tokens("app", None);
        let token = t.issue("EMAIL", "a@b.ch");
        assert_eq!(t.value(&token), Some("a@b.ch"));
        assert_eq!(t.value("[EMAIL_00000000]"), None);
    }

    #[test]
    fn scopes_do_not_run_into_each_other() {
        assert_ne!(tokens("ab", Some("c")).issue("K", "v"), tokens("a", Some("bc")).issue("K", "v"));
    }
}
