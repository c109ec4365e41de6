//! Where in a segment each event lies: in memory for the one being written, in a file beside it once it is full.
//!
//! The file can always be made again from its segment. It is 16 bytes of head (`annexa-i`, version 1 and the number of
//! entries, 32 bits each), then for each event 24 bytes (exchange key, the event's offset, its record's offset or 0; 64
//! bits each, big-endian), then SHA-256 of all before. An entry whose event was lost has offset 0.

use std::path::{Path, PathBuf};

use crate::digest::{array, sha256};
use crate::layout;

const MAGIC: &[u8; 8] = b"annexa-i";
const VERSION: u32 = 1;

/// Where an event lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The first 8 bytes of the hash over tenant and exchange, 0 for none.
    pub(crate) key: u64,
    /// Where its frame begins; 0 when the event was lost.
    pub(crate) event: u64,
    /// Where its record's frame begins; 0 for none.
    pub(crate) record: u64,
}

/// The exchange's key in indexes and frames.
pub(crate) fn key(tenant: &str, exchange: &str) -> u64 {
    // A key of 0 stands for none, so it is left to nobody.
    u64::from_be_bytes(array(&sha256(&[tenant.as_bytes(), &[0], exchange.as_bytes()]))).max(1)
}

/// The index file of a segment.
pub(crate) fn path(segment: &Path) -> PathBuf {
    segment.with_extension("idx")
}

pub(crate) fn write(segment: &Path, entries: &[Entry]) -> std::io::Result<()> {
    layout::replace(&path(segment), &to_bytes(entries))
}

/// The entries of a segment's index; nothing when there is no file or it is damaged.
pub(crate) fn read(segment: &Path) -> std::io::Result<Option<Vec<Entry>>> {
    Ok(layout::read(&path(segment))?.as_deref().and_then(parse))
}

pub(crate) fn to_bytes(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&u32::try_from(entries.len()).unwrap_or(u32::MAX).to_be_bytes());
    for entry in entries {
        [entry.key, entry.event, entry.record].iter().for_each(|n| bytes.extend_from_slice(&n.to_be_bytes()));
    }
    let sum = sha256(&[&bytes]);
    bytes.extend_from_slice(&sum);
    bytes
}

pub(crate) fn parse(bytes: &[u8]) -> Option<Vec<Entry>> {
    let (content, sum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if sha256(&[content]) != *sum || !content.starts_with(MAGIC) {
        return None;
    }
    let entry = |chunk: &[u8; 24]| {
        let number = |at: usize| u64::from_be_bytes(array(chunk.get(at..).unwrap_or_default()));
        Entry { key: number(0), event: number(8), record: number(16) }
    };
    let entries: Vec<_> = content.get(16..)?.as_chunks::<24>().0.iter().map(entry).collect();
    (to_bytes(&entries) == bytes).then_some(entries)
}
