//! Where the hashes of a tree come from: its tiles, wherever they are kept.

use std::io;

use crate::{Hash, Tile};

/// Gives tiles. A closure from a [`Tile`] to its bytes is one.
pub trait TileSource {
    /// The bytes of a tile: its hashes one after another, or an entry bundle. More hashes than the tile is wide are
    /// fine, so a wider version of a partial tile can serve; fewer are an error of the reader.
    ///
    /// # Errors
    /// When the tile can't be read.
    fn read(&mut self, tile: Tile) -> io::Result<Vec<u8>>;
}

impl<F: FnMut(Tile) -> io::Result<Vec<u8>>> TileSource for F {
    fn read(&mut self, tile: Tile) -> io::Result<Vec<u8>> {
        self(tile)
    }
}

/// Why a proof can't be made or a tree not be resumed.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The tile can't be read.
    #[error("`{tile}` can't be read")]
    Unread {
        /// The tile's path.
        tile: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The tile has fewer hashes than the tree's size says.
    #[error("`{0}` is shorter than the tree's size says")]
    Short(String),
    /// The index or the size asked for lies outside the tree.
    #[error("{asked} lies outside a tree of size {size}")]
    Outside {
        /// The index or size.
        asked: u64,
        /// The tree's size.
        size: u64,
    },
}

/// The hashes of a tile, as many as it is wide.
pub(crate) fn hashes(source: &mut impl TileSource, tile: Tile) -> Result<Vec<Hash>, TreeError> {
    let bytes = source.read(tile).map_err(|source| TreeError::Unread { tile: tile.path(), source })?;
    let mut hashes = split(&bytes);
    if hashes.len() < usize::from(tile.width) {
        return Err(TreeError::Short(tile.path()));
    }
    hashes.truncate(usize::from(tile.width));
    Ok(hashes)
}

/// Bytes as hashes; what is left over at the end is left out.
pub(crate) fn split(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks::<32>().0.iter().map(|chunk| Hash(*chunk)).collect()
}
