//! The log's tiles on disk, below `log/`, as C2SP `tlog-tiles` has them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

use annexa_evidence::{Level, Tile, bundle};

use crate::layout::{self, Layout};

/// A tile and its bytes.
pub(crate) type Written = (Tile, Vec<u8>);

pub(crate) fn path(layout: &Layout, tile: Tile) -> PathBuf {
    layout.log().join(tile.path())
}

/// Writes tiles, each whole; all are durable afterwards.
pub(crate) fn write<'a>(layout: &Layout, tiles: impl Iterator<Item = &'a Written>) -> io::Result<()> {
    let mut folders = BTreeSet::new();
    for (tile, bytes) in tiles {
        let path = path(layout, *tile);
        let folder = path.parent().unwrap_or(&path);
        if !folders.contains(folder) {
            layout::create_folder(folder)?;
            folders.insert(folder.to_owned());
        }
        layout::place(&path, bytes)?;
    }
    folders.iter().try_for_each(|folder| layout::sync_folder(folder))
}

/// Removes the partial versions of a tile that this one makes useless.
pub(crate) fn prune(layout: &Layout, tile: Tile) -> io::Result<()> {
    let folder = partials(layout, tile);
    if tile.width == 256 {
        return match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    let own = path(layout, tile);
    layout::files(&folder)?.iter().filter(|path| **path != own).try_for_each(fs::remove_file)
}

/// Reads a tile, or a wider version of it.
pub(crate) fn read(layout: &Layout, tile: Tile) -> io::Result<Vec<u8>> {
    let full = Tile { width: 256, ..tile };
    for tile in [tile, full] {
        if let Some(bytes) = layout::read(&path(layout, tile))? {
            return Ok(bytes);
        }
    }
    let width = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u16>().ok();
    let wider =
        layout::files(&partials(layout, tile))?.into_iter().filter_map(|path| Some((width(&path)?, path)));
    match wider.max() {
        Some((width, path)) if width >= tile.width => fs::read(path),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    }
}

/// One leaf, out of the entry bundles.
pub(crate) fn leaf(layout: &Layout, seq: u64) -> io::Result<Vec<u8>> {
    let place = usize::try_from(seq % 256).unwrap_or(0);
    let width = u16::try_from(place + 1).unwrap_or(256);
    let bytes = read(layout, Tile { level: Level::Entries, index: seq / 256, width })?;
    let entries = bundle::entries(&bytes).map_err(io::Error::other)?;
    entries
        .get(place)
        .map(|entry| entry.to_vec())
        .ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
}

/// Adds a leaf to the bundle under way, and gives the bundle when that made it full.
pub(crate) fn push(under_way: &mut Vec<u8>, seq: u64, leaf: &[u8]) -> Option<Written> {
    // A leaf is far shorter than a bundle's entry may be.
    let _ = bundle::push(under_way, leaf);
    let tile = Tile { level: Level::Entries, index: seq / 256, width: 256 };
    (seq % 256 == 255).then(|| (tile, std::mem::take(under_way)))
}

/// The bundle under way as a partial tile of a log of this size.
pub(crate) fn partial(under_way: &[u8], size: u64) -> Option<Written> {
    Some((Tile::at(Level::Entries, size / 256, size)?, under_way.to_vec()))
}

fn partials(layout: &Layout, tile: Tile) -> PathBuf {
    let mut folder = path(layout, Tile { width: 256, ..tile }).into_os_string();
    folder.push(".p");
    PathBuf::from(folder)
}
