//! The Merkle tree as it grows: the right edge only, a few kilobytes whatever the size.
//!
//! Kept are the roots of the perfect subtrees (one for each bit that is set in the size) and, for each level of
//! tiles, the hashes of the tile that is not full yet. What is full is handed out once and forgotten.

use crate::prove::Reader;
use crate::source::hashes;
use crate::tile::WIDTH;
use crate::{Hash, Level, Tile, TileSource, TreeError, hash_leaf, hash_node};

/// A growing RFC 6962 tree.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    size: u64,
    /// Roots of the perfect subtrees, the largest first.
    peaks: Vec<Hash>,
    /// For each level the hashes of its partial tile.
    edge: Vec<Vec<Hash>>,
}

/// A tile of hashes that has just become full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullTile {
    /// Its place.
    pub tile: Tile,
    /// Its 256 hashes, 8,192 bytes.
    pub bytes: Vec<u8>,
}

impl Tree {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of this size, its edge read from the tiles that are kept.
    ///
    /// # Errors
    /// When a tile of the right edge can't be read or is too short.
    pub fn resume(size: u64, source: &mut impl TileSource) -> Result<Self, TreeError> {
        let edge = (0..8).map_while(|level| {
            let count = size >> (8 * u32::from(level));
            (count > 0).then(|| match Tile::at(Level::Hashes(level), count / WIDTH, size) {
                Some(tile) => hashes(source, tile),
                None => Ok(Vec::new()),
            })
        });
        let edge = edge.collect::<Result<_, _>>()?;
        let peaks = Reader::new(size, source).peaks()?;
        Ok(Self { size, peaks, edge })
    }

    /// How many leaves it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its root hash; SHA-256 of nothing while it is empty.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold(&self.peaks)
    }

    /// Adds a leaf, and gives the tiles that it made full, from level 0 up. Mostly there are none.
    pub fn append(&mut self, leaf: &[u8]) -> Vec<FullTile> {
        self.append_hash(hash_leaf(leaf))
    }

    /// Adds a leaf by its hash, and gives the tiles that it made full, from level 0 up.
    pub fn append_hash(&mut self, leaf: Hash) -> Vec<FullTile> {
        let mut full = Vec::new();
        let mut hash = leaf;
        self.grow(0, hash, &mut full);
        // Each bit that the addition carries over is a subtree that pairs with its left sibling.
        for height in 1..=self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            hash = hash_node(&left, &hash);
            if height % 8 == 0 {
                self.grow(height / 8, hash, &mut full);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
        full
    }

    /// The tiles that are not full yet, level 0 first, with their hashes as bytes.
    #[must_use]
    pub fn partial_tiles(&self) -> Vec<(Tile, Vec<u8>)> {
        let at = |(level, hashes): (usize, &Vec<Hash>)| {
            let level = u8::try_from(level).ok()?;
            let tile =
                Tile::at(Level::Hashes(level), (self.size >> (8 * u32::from(level))) / WIDTH, self.size)?;
            Some((tile, bytes(hashes)))
        };
        self.edge.iter().enumerate().filter_map(at).collect()
    }

    fn grow(&mut self, level: u32, hash: Hash, full: &mut Vec<FullTile>) {
        let place = level as usize;
        if self.edge.len() <= place {
            self.edge.resize(place + 1, Vec::new());
        }
        let Some(edge) = self.edge.get_mut(place) else { return };
        edge.push(hash);
        if edge.len() as u64 == WIDTH {
            let index = self.size >> (8 * (level + 1));
            let tile =
                Tile { level: Level::Hashes(u8::try_from(level).unwrap_or(u8::MAX)), index, width: 256 };
            full.push(FullTile { tile, bytes: bytes(edge) });
            edge.clear();
        }
    }
}

/// The root over perfect subtrees, the largest first.
pub(crate) fn fold(peaks: &[Hash]) -> Hash {
    let mut peaks = peaks.iter().rev();
    let Some(last) = peaks.next() else { return crate::hash::sha256(&[]) };
    peaks.fold(*last, |right, left| hash_node(left, &right))
}

fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}
