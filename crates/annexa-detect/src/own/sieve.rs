//! The cheap question before the exact one: a bit for each value, at a place that its quick hash gives.
//!
//! With eight bits a value about one stranger in nine passes and every value does, so most of a text costs one quick
//! hash and one bit.

const BITS_EACH: usize = 8;

/// Bits at the places of all values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sieve {
    bits: Vec<u8>,
    shift: u32,
}

impl Sieve {
    /// From the quick hashes of all values.
    pub(super) fn of(hashes: &[u64]) -> Self {
        let bits = (hashes.len() * BITS_EACH).next_power_of_two().max(64);
        let mut sieve = Self { bits: vec![0; bits / 8], shift: 64 - bits.trailing_zeros() };
        for hash in hashes {
            let (byte, bit) = sieve.place(*hash);
            if let Some(byte) = sieve.bits.get_mut(byte) {
                *byte |= bit;
            }
        }
        sieve
    }

    /// From its bytes, whose number must be a power of two.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let bits = bytes.len().checked_mul(8)?;
        (bits >= 64 && bits.is_power_of_two())
            .then(|| Self { bits: bytes.to_vec(), shift: 64 - bits.trailing_zeros() })
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bits
    }

    /// False: certainly none of the values.
    pub(super) fn passes(&self, hash: u64) -> bool {
        let (byte, bit) = self.place(hash);
        self.bits.get(byte).is_some_and(|b| b & bit != 0)
    }

    fn place(&self, hash: u64) -> (usize, u8) {
        let at = usize::try_from(hash >> self.shift).unwrap_or(usize::MAX);
        (at / 8, 1 << (at % 8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(n: u64) -> u64 {
        n.wrapping_add(1)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(29)
            .wrapping_mul(0xBF58_476D_1CE4_E5B9)
    }

    #[test]
    fn every_value_passes_and_most_strangers_do_not() {
        let values: Vec<u64> = (0..10_000).map(spread).collect();
        let sieve = Sieve::of(&values);
        assert!(values.iter().all(|v| sieve.passes(*v)));
        let strangers = (10_000..110_000).filter(|n| sieve.passes(spread(*n))).count();
        assert!((1_000..14_000).contains(&strangers), "{strangers}");
        assert_eq!(Sieve::read(sieve.bytes()), Some(sieve));
        assert_eq!(Sieve::read(&[0; 24]), None);
    }
}
