//! Reads SQLite's write-ahead log as `fileformat2.html` section 4 describes it, to check what SQLite itself passes over:
//! it takes a damaged log for a shorter one.

use std::collections::HashMap;
use std::ops::Range;

use crate::digest::array;

const HEADER: usize = 32;
const FRAME: usize = 24;

/// What a write-ahead log holds.
#[derive(Debug, Default)]
pub(crate) struct Wal {
    /// Where the newest version of each page that was committed lies.
    pub(crate) pages: HashMap<u32, Range<usize>>,
    /// Where damage begins.
    pub(crate) damage: Option<usize>,
}

impl Wal {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::default();
        }
        let Some(mut sums) = header(bytes) else {
            // Shorter than its header: the very first write was cut off.
            let damage = (bytes.len() >= HEADER).then_some(0);
            return Self { damage, ..Self::default() };
        };
        let mut wal = Self::default();
        let mut pending = HashMap::new();
        let size = sums.page;
        let mut at = HEADER;
        while let Some(frame) = bytes.get(at..at + FRAME + size) {
            if !sums.takes(frame) {
                wal.damage = Some(at);
                return wal;
            }
            pending.insert(word(frame, 0), at + FRAME..at + FRAME + size);
            if word(frame, 4) != 0 {
                wal.pages.extend(pending.drain());
            }
            at += FRAME + size;
        }
        wal
    }
}

/// The running checksum.
struct Sums {
    page: usize,
    big: bool,
    salts: [u8; 8],
    value: (u32, u32),
}

impl Sums {
    fn add(&mut self, bytes: &[u8]) {
        for pair in bytes.as_chunks::<8>().0 {
            let read = |at: usize| {
                let word: [u8; 4] = array(pair.get(at..).unwrap_or_default());
                if self.big { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
            };
            self.value.0 = self.value.0.wrapping_add(read(0)).wrapping_add(self.value.1);
            self.value.1 = self.value.1.wrapping_add(read(4)).wrapping_add(self.value.0);
        }
    }

    fn takes(&mut self, frame: &[u8]) -> bool {
        self.add(frame.get(..8).unwrap_or_default());
        self.add(frame.get(FRAME..).unwrap_or_default());
        frame.get(8..16) == Some(&self.salts) && (word(frame, 16), word(frame, 20)) == self.value
    }
}

fn header(bytes: &[u8]) -> Option<Sums> {
    let magic = word(bytes.get(..HEADER)?, 0);
    let page = usize::try_from(word(bytes, 8)).ok().filter(|page| (512..=65_536).contains(page))?;
    let known = magic & !1 == 0x377f_0682 && word(bytes, 4) == 3_007_000;
    let mut sums = Sums { page, big: magic & 1 == 1, salts: array(bytes.get(16..24)?), value: (0, 0) };
    sums.add(bytes.get(..24)?);
    (known && (word(bytes, 24), word(bytes, 28)) == sums.value).then_some(sums)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(array(bytes.get(at..).unwrap_or_default()))
}
