//! Numbers that look random and are the same in every run: a seed made of bytes, and what is drawn from it.

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A stream of numbers that its beginning determines (SplitMix64).
#[derive(Clone)]
pub(crate) struct Seed(u64);

impl Seed {
    /// The stream that belongs to these bytes (FNV-1a).
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(
            bytes
                .iter()
                .fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3)),
        )
    }

    /// The next number.
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next number below `bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.draw() % bound).unwrap_or(0)
    }

    /// One of several.
    pub(crate) fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let at = self.below(of.len());
        of.get(at).copied().unwrap_or_default()
    }

    /// Letters and digits, as ids are made of.
    pub(crate) fn token(&mut self, length: usize) -> String {
        self.from(length, ALPHABET)
    }

    /// Decimal digits.
    pub(crate) fn digits(&mut self, length: usize) -> String {
        self.from(length, b"0123456789")
    }

    /// Characters of an alphabet.
    pub(crate) fn from(&mut self, length: usize, alphabet: &[u8]) -> String {
        (0..length).filter_map(|_| alphabet.get(self.below(alphabet.len()))).map(|b| char::from(*b)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_bytes_same_stream() {
        let (mut a, mut b, mut c) = (Seed::of(b"x"), Seed::of(b"x"), Seed::of(b"y"));
        assert_eq!(a.token(24), b.token(24));
        assert_ne!(a.token(24), c.token(24));
    }

    #[test]
    fn stays_below_its_bound() {
        let mut seed = Seed::of(b"bounds");
        assert!((0..500).all(|_| seed.below(7) < 7));
        assert_eq!(seed.below(0), 0);
    }
}
