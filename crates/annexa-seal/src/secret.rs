//! Secrets, what they are for, and where their randomness comes from.

use zeroize::Zeroize;

/// A source of randomness fit for keys.
pub trait Random: Send + Sync {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// 32 secret bytes, wiped when dropped. Deliberately without `Debug`, `Clone` and `PartialEq`.
pub struct Secret([u8; 32]);

impl Secret {
    /// A new random secret.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        let mut secret = Self([0; 32]);
        random.fill(&mut secret.0);
        secret
    }

    /// A secret from these bytes, which are wiped.
    #[must_use]
    pub fn take(bytes: &mut [u8; 32]) -> Self {
        let secret = Self(*bytes);
        bytes.zeroize();
        secret
    }

    /// The bytes, for whoever must hand them on.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What a key is for. Keys of different purposes have nothing in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Purpose {
    /// Events in segments.
    Event = 1,
    /// Records: the content of exchanges.
    Record = 2,
    /// Tokens and pseudonyms: keyed hashes of values.
    Tokens = 3,
    /// State: salts, mappings, the log's signing key.
    State = 4,
    /// Other keys.
    Wrap = 5,
}
