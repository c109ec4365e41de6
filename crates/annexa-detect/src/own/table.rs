//! A set of 64-bit hashes in four and a quarter bytes each: the high bits choose a bucket, the low 32 are kept.
//!
//! A stranger's hash is taken for a member when its low 32 bits equal one of its bucket's entries. There is one bucket
//! for each sixteen values, so a bucket holds sixteen on average and a lookup errs with 16 / 2^32 = 3.7 in a thousand
//! million, whatever the number of values: far below one in a million.

/// Values to a bucket, on average.
const IN_BUCKET: usize = 16;

/// The set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    starts: Vec<u32>,
    entries: Vec<u32>,
    /// Of the entries, how many bits count: 32, fewer only where a test measures the arithmetic.
    mask: u32,
}

impl Table {
    /// From hashes in any order; nothing when there are more than 32 bits can count.
    pub(super) fn of(hashes: Vec<u64>) -> Option<Self> {
        Self::with_mask(hashes, u32::MAX)
    }

    fn with_mask(mut hashes: Vec<u64>, mask: u32) -> Option<Self> {
        hashes.sort_unstable();
        hashes.dedup();
        u32::try_from(hashes.len()).ok()?;
        let buckets = hashes.len().div_ceil(IN_BUCKET).max(1);
        let mut starts = vec![0_u32; buckets + 1];
        for hash in &hashes {
            if let Some(count) = starts.get_mut(bucket(*hash, buckets) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        // Hashes in order lie in order of their buckets, so the entries are in place.
        let entries = hashes.iter().map(|h| low(*h) & mask).collect();
        Some(Self { starts, entries, mask })
    }

    /// From what [`Table::write`] wrote; nothing when that isn't a table.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<4>()?;
        let buckets = usize::try_from(u32::from_le_bytes(*head)).ok()?;
        let (starts, entries) = rest.split_at_checked(buckets.checked_add(1)?.checked_mul(4)?)?;
        let (starts, entries) = (numbers(starts)?, numbers(entries)?);
        let last = usize::try_from(*starts.last()?).ok()?;
        let sound = buckets > 0 && last == entries.len() && starts.is_sorted();
        sound.then_some(Self { starts, entries, mask: u32::MAX })
    }

    /// Appends its bytes: number of buckets, where each begins, the entries; all 32 bits, little-endian.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let buckets = u32::try_from(self.starts.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let numbers = std::iter::once(&buckets).chain(&self.starts).chain(&self.entries);
        numbers.for_each(|n| out.extend(n.to_le_bytes()));
    }

    /// Values in it.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether a hash is a member; wrongly true once in 270 million.
    pub(super) fn has(&self, hash: u64) -> bool {
        let at = bucket(hash, self.starts.len().saturating_sub(1));
        let place = |at: usize| self.starts.get(at).and_then(|s| usize::try_from(*s).ok()).unwrap_or(0);
        let entries = self.entries.get(place(at)..place(at + 1)).unwrap_or_default();
        entries.contains(&(low(hash) & self.mask))
    }
}

fn bucket(hash: u64, buckets: usize) -> usize {
    let buckets = u64::try_from(buckets).unwrap_or(0);
    usize::try_from(((hash >> 32) * buckets) >> 32).unwrap_or(0)
}

fn low(hash: u64) -> u32 {
    u32::try_from(hash & u64::from(u32::MAX)).unwrap_or(0)
}

fn numbers(bytes: &[u8]) -> Option<Vec<u32>> {
    let (chunks, rest) = bytes.as_chunks::<4>();
    rest.is_empty().then(|| chunks.iter().map(|c| u32::from_le_bytes(*c)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own::OwnKey;

    fn hashes(key: &OwnKey, from: u64, count: u64) -> Vec<u64> {
        (from..from + count).map(|n| key.hash(&n.to_le_bytes())).collect()
    }

    #[test]
    fn all_members_are_found_and_the_bytes_say_the_same() {
        let key = OwnKey::new(&[7; 32]).unwrap();
        for count in [0, 1, 15, 16, 17, 5_000] {
            let members = hashes(&key, 0, count);
            let table = Table::of(members.clone()).unwrap();
            assert!(members.iter().all(|h| table.has(*h)));
            let mut bytes = Vec::new();
            table.write(&mut bytes);
            assert_eq!(Table::read(&bytes), Some(table));
            assert_eq!(Table::read(&bytes[..bytes.len() - 1]), None);
        }
    }

    /// With 32 bits an error is too rare to be seen; with 12 the same arithmetic says 16 / 2^12 = 0.39 %.
    #[test]
    //= iso27001-2022:A.8.12
    fn false_positives_are_as_rare_as_the_arithmetic_says() {
        let key = OwnKey::new(&[7; 32]).unwrap();
        let members = hashes(&key, 0, 100_000);
        let (whole, small) = (Table::of(members.clone()).unwrap(), Table::with_mask(members, 0xFFF).unwrap());
        let strangers = hashes(&key, 1 << 40, 1_000_000);
        let wrong = strangers.iter().filter(|h| small.has(**h)).count();
        assert!((3_600..4_200).contains(&wrong), "{wrong} of a million, 3,906 are due");
        assert_eq!(strangers.iter().filter(|h| whole.has(**h)).count(), 0);
    }

    #[test]
    fn a_value_takes_less_than_four_and_a_half_bytes() {
        let key = OwnKey::new(&[7; 32]).unwrap();
        let mut bytes = Vec::new();
        Table::of(hashes(&key, 0, 100_000)).unwrap().write(&mut bytes);
        assert!(bytes.len() < 450_000, "{}", bytes.len());
    }
}
