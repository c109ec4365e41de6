//! A log kept in memory, as a store would keep it.

use std::collections::BTreeMap;
use std::io;

use annexa_evidence::{Checkpoint, Hash, Leaf, Level, SigningKey, Tile, TileSource, Tree, bundle};

/// Leaves, their tiles, and the events and salts behind them.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) tree: Tree,
    pub(crate) tiles: BTreeMap<Tile, Vec<u8>>,
    pub(crate) leaves: Vec<Vec<u8>>,
    pub(crate) roots: Vec<Hash>,
    pub(crate) events: Vec<([u8; 32], Vec<u8>)>,
}

impl Log {
    /// A log of this many events, of two tenants in turn.
    pub(crate) fn of(size: usize) -> Self {
        let mut log = Self::default();
        log.roots.push(log.tree.root());
        for seq in 0..size {
            let tenant = ["acme", "öther \"b\""][seq % 2];
            let event = serde_json::json!({
                "v": 1, "id": format!("e{seq}"), "at": seq, "tenant": tenant, "exchange": null,
                "actor": "annexa\n\u{1F600}\u{7f}", "what": {"kind": "shutdown", "cut": seq},
            });
            log.append(event.to_string().into_bytes());
        }
        log
    }

    fn append(&mut self, event: Vec<u8>) {
        let seq = self.leaves.len();
        let salt = [seq as u8 ^ 0x5a; 32];
        let leaf = Leaf::new(seq as u64, "shutdown", &salt, &event).to_bytes();
        self.tiles.extend(self.tree.append(&leaf).into_iter().map(|full| (full.tile, full.bytes)));
        self.roots.push(self.tree.root());
        self.leaves.push(leaf);
        self.events.push((salt, event));
    }

    pub(crate) fn checkpoint(&self, key: &SigningKey) -> String {
        Checkpoint::new(key.verifying().name(), self.tree.size(), self.tree.root()).sign(key).unwrap()
    }
}

impl TileSource for &Log {
    fn read(&mut self, tile: Tile) -> io::Result<Vec<u8>> {
        if tile.level == Level::Entries {
            let first = usize::try_from(tile.index * 256).unwrap();
            let mut entries = Vec::new();
            // Up to the bundle's end, not the tile's: more than asked for must be fine.
            self.leaves[first..].iter().take(256).for_each(|leaf| assert!(bundle::push(&mut entries, leaf)));
            return Ok(entries);
        }
        let full = self.tiles.get(&Tile { width: 256, ..tile }).cloned();
        let partial = || {
            self.tree
                .partial_tiles()
                .into_iter()
                .find(|(own, _)| (own.level, own.index) == (tile.level, tile.index))
        };
        full.or_else(|| partial().map(|(_, bytes)| bytes)).ok_or(io::ErrorKind::NotFound.into())
    }
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed("log.example/annexa", &[1; 32]).unwrap()
}
