//! Entry bundles: up to 256 leaves, each behind its length as a big-endian 16-bit number.

use std::fmt;

/// Where a bundle breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BundleError {
    /// The zero-based position in the bundle of the entry that is cut off.
    pub entry: usize,
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bundle breaks off in entry {}", self.entry)
    }
}

impl std::error::Error for BundleError {}

/// Adds an entry to a bundle. False, and nothing added, when it is longer than 65,535 bytes.
#[must_use]
pub fn push(bundle: &mut Vec<u8>, entry: &[u8]) -> bool {
    let Ok(length) = u16::try_from(entry.len()) else { return false };
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    true
}

/// The entries of a bundle.
///
/// # Errors
/// When the bundle ends within an entry.
pub fn entries(bundle: &[u8]) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        let (entry, after) = first(rest).ok_or(BundleError { entry: entries.len() })?;
        entries.push(entry);
        rest = after;
    }
    Ok(entries)
}

/// How many bytes the first `count` entries take; nothing when there are fewer.
pub(crate) fn length(bundle: &[u8], count: usize) -> Option<usize> {
    let rest = (0..count).try_fold(bundle, |rest, _| first(rest).map(|(_, after)| after))?;
    Some(bundle.len() - rest.len())
}

fn first(bundle: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bundle.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}
