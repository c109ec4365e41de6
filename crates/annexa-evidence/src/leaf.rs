//! The leaf: what the log itself holds of an event, for good.
//!
//! A leaf is one line of JSON without spaces and without a newline, its members in this order:
//!
//! ```text
//! {"v":1,"seq":17,"kind":"exchange_intent","hash":"<64 lower-case hex digits>"}
//! ```
//!
//! `seq` is the leaf's index in the tree, a decimal without leading zeroes; `kind` is 1 to 64 characters of `a-z`
//! and `_`; `hash` is SHA-256 of the 16 ASCII bytes `annexa/event/v1\n`, the 32 bytes of the salt, and the event's bytes.
//! Only this very form is a leaf: whatever would read the same but is spelled otherwise is refused. The salt is kept
//! under seal with the event. Once it is erased, the hash tells nothing about the event, and every proof still holds.

use crate::Hash;
use crate::hash::sha256;

/// 32 random bytes that keep a leaf's hash from being guessed back to its event.
pub type Salt = [u8; 32];

const DOMAIN: &[u8] = b"annexa/event/v1\n";
const LONGEST_KIND: usize = 64;

/// The log's entry for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its index in the tree.
    pub seq: u64,
    /// The kind of the event.
    pub kind: String,
    /// The salted hash of the event's bytes.
    pub hash: Hash,
}

/// Why bytes are no leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a leaf: it must be {{\"v\":1,\"seq\":…,\"kind\":\"…\",\"hash\":\"…\"}} in exactly that form")]
pub struct LeafError;

impl Leaf {
    /// The leaf that commits to an event's bytes.
    //= iso27001-2022:A.8.15
    #[must_use]
    pub fn new(seq: u64, kind: &str, salt: &Salt, event: &[u8]) -> Self {
        Self { seq, kind: kind.to_owned(), hash: commit(salt, event) }
    }

    /// The leaf's bytes: what is hashed into the tree and what an entry bundle holds.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { seq, kind, hash } = self;
        format!(r#"{{"v":1,"seq":{seq},"kind":"{kind}","hash":"{}"}}"#, hash.to_hex()).into_bytes()
    }

    /// Reads a leaf.
    ///
    /// # Errors
    /// When the bytes aren't a leaf in its one form.
    pub fn parse(bytes: &[u8]) -> Result<Self, LeafError> {
        let leaf = std::str::from_utf8(bytes).ok().and_then(scan).ok_or(LeafError)?;
        // The scan takes numbers with leading zeroes or a sign; the one form doesn't.
        if leaf.to_bytes() == bytes { Ok(leaf) } else { Err(LeafError) }
    }

    /// Whether it commits to these bytes under this salt.
    #[must_use]
    pub fn matches(&self, salt: &Salt, event: &[u8]) -> bool {
        self.hash == commit(salt, event)
    }
}

fn commit(salt: &Salt, event: &[u8]) -> Hash {
    sha256(&[DOMAIN, salt, event])
}

fn scan(text: &str) -> Option<Leaf> {
    let rest = text.strip_prefix(r#"{"v":1,"seq":"#)?;
    let (seq, rest) = rest.split_once(r#","kind":""#)?;
    let (kind, rest) = rest.split_once(r#"","hash":""#)?;
    let hash = Hash::parse_hex(rest.strip_suffix("\"}")?)?;
    let named =
        (1..=LONGEST_KIND).contains(&kind.len()) && kind.bytes().all(|b| matches!(b, b'a'..=b'z' | b'_'));
    named.then_some(Leaf { seq: seq.parse().ok()?, kind: kind.to_owned(), hash })
}

#[cfg(test)]
#[path = "leaf_tests.rs"]
mod tests;
