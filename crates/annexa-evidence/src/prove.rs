//! Inclusion and consistency proofs: made from tiles, checked from nothing but hashes (RFC 6962 section 2.1,
//! checked as RFC 9162 sections 2.1.3.2 and 2.1.4.2 write it down).

use std::collections::BTreeMap;

use crate::source::hashes;
use crate::tile::WIDTH;
use crate::tree::fold;
use crate::{Hash, Level, Tile, TileSource, TreeError, hash_node};

/// The hashes that prove a leaf in the tree of this size: from the leaf's sibling up to the root's child.
///
/// # Errors
/// When the index is not in the tree, or a tile can't be read.
pub fn prove_inclusion(size: u64, index: u64, source: &mut impl TileSource) -> Result<Vec<Hash>, TreeError> {
    if index >= size {
        return Err(TreeError::Outside { asked: index, size });
    }
    let mut reader = Reader::new(size, source);
    let mut proof = Vec::new();
    let (mut low, mut high) = (0, size);
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            proof.push(reader.range(middle, high)?);
            high = middle;
        } else {
            proof.push(reader.range(low, middle)?);
            low = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The hashes that prove that the tree of size `old` is the beginning of the tree of size `new`.
///
/// # Errors
/// When `old` is larger than `new`, or a tile can't be read.
pub fn prove_consistency(old: u64, new: u64, source: &mut impl TileSource) -> Result<Vec<Hash>, TreeError> {
    if old > new {
        return Err(TreeError::Outside { asked: old, size: new });
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let mut reader = Reader::new(new, source);
    let mut proof = Vec::new();
    let (mut low, mut high, mut whole) = (0, new, true);
    while high != old {
        let middle = low + split(high - low);
        if old <= middle {
            proof.push(reader.range(middle, high)?);
            high = middle;
        } else {
            proof.push(reader.range(low, middle)?);
            low = middle;
            whole = false;
        }
    }
    // The old root itself is known to whoever checks, so it isn't part of the proof.
    if !whole {
        proof.push(reader.range(low, high)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The root of the tree of this size.
///
/// # Errors
/// When a tile can't be read.
pub fn root_of(size: u64, source: &mut impl TileSource) -> Result<Hash, TreeError> {
    Ok(fold(&Reader::new(size, source).peaks()?))
}

/// Whether the proof shows the leaf hash at this index of the tree of this size and root.
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    index < size && climb(index, size - 1, leaf, proof).is_some_and(|(_, new)| new == *root)
}

/// Whether the proof shows that the tree of size `old` and root `old_root` is the beginning of the new one.
#[must_use]
pub fn verify_consistency(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old == 0 {
        return proof.is_empty() && *old_root == fold(&[]);
    }
    if old >= new {
        return old == new && proof.is_empty() && old_root == new_root;
    }
    // When the old tree is a perfect one, its root is the proof's first hash and is left out of it.
    let (first, rest) = match (old.is_power_of_two(), proof.split_first()) {
        (true, _) => (old_root, proof),
        (false, Some((first, rest))) => (first, rest),
        (false, None) => return false,
    };
    let skipped = (old - 1).trailing_ones();
    climb((old - 1) >> skipped, (new - 1) >> skipped, first, rest) == Some((*old_root, *new_root))
}

/// Climbs from a node, and from the last one beside it, to the root. Gives the root over all that lies left of the
/// node and the node itself, and the root over everything; nothing when the proof is too long or too short.
fn climb(mut node: u64, mut last: u64, from: &Hash, proof: &[Hash]) -> Option<(Hash, Hash)> {
    let (mut old, mut new) = (*from, *from);
    for sibling in proof {
        if last == 0 {
            return None;
        }
        if node % 2 == 1 || node == last {
            old = hash_node(sibling, &old);
            new = hash_node(sibling, &new);
            // The right edge is passed up as it is where it has no sibling.
            let lone = if node == 0 { 0 } else { node.trailing_zeros() };
            (node, last) = (node >> lone, last >> lone);
        } else {
            new = hash_node(&new, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    (last == 0).then_some((old, new))
}

/// Reads hashes of a tree of one size, each tile once.
pub(crate) struct Reader<'a, S> {
    size: u64,
    source: &'a mut S,
    seen: BTreeMap<Tile, Vec<Hash>>,
}

impl<'a, S: TileSource> Reader<'a, S> {
    pub(crate) fn new(size: u64, source: &'a mut S) -> Self {
        Self { size, source, seen: BTreeMap::new() }
    }

    /// The roots of the perfect subtrees that make up the tree, the largest first.
    pub(crate) fn peaks(&mut self) -> Result<Vec<Hash>, TreeError> {
        self.cover(0, self.size)
    }

    /// The hash over the leaves from `low` to before `high`, a range that RFC 6962 makes when it splits a tree.
    fn range(&mut self, low: u64, high: u64) -> Result<Hash, TreeError> {
        Ok(fold(&self.cover(low, high)?))
    }

    fn cover(&mut self, low: u64, high: u64) -> Result<Vec<Hash>, TreeError> {
        let mut peaks = Vec::new();
        let mut at = low;
        while at < high {
            // Ranges start at a multiple of every power of two that fits in them, so the largest is aligned.
            let height = (high - at).ilog2();
            peaks.push(self.perfect(height, at >> height)?);
            at += 1 << height;
        }
        Ok(peaks)
    }

    /// The root of the `number`-th perfect subtree of this height.
    fn perfect(&mut self, height: u32, number: u64) -> Result<Hash, TreeError> {
        let (level, inside) = (height / 8, height % 8);
        let first = number << inside;
        let level = Level::Hashes(u8::try_from(level).unwrap_or(u8::MAX));
        let outside = TreeError::Outside { asked: number, size: self.size };
        let tile = Tile::at(level, first / WIDTH, self.size).ok_or(outside)?;
        let from = usize::try_from(first % WIDTH).unwrap_or(usize::MAX);
        let hashes = self.tile(tile)?;
        match hashes.get(from..from + (1 << inside)) {
            Some(hashes) => Ok(reduce(hashes)),
            None => Err(TreeError::Short(tile.path())),
        }
    }

    fn tile(&mut self, tile: Tile) -> Result<&[Hash], TreeError> {
        if !self.seen.contains_key(&tile) {
            let read = hashes(self.source, tile)?;
            self.seen.insert(tile, read);
        }
        Ok(self.seen.get(&tile).map_or(&[], Vec::as_slice))
    }
}

/// The root over a power of two of hashes.
fn reduce(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.as_chunks::<2>().0.iter().map(|[left, right]| hash_node(left, right)).collect();
    }
    row.first().copied().unwrap_or_else(|| fold(&[]))
}

/// The largest power of two below a size of at least 2: where RFC 6962 splits.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}
