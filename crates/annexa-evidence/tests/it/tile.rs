//! Paths and widths of tiles against the specification and the independent `tlog_tiles` crate.

use annexa_evidence::{Level, Tile};
use proptest::prelude::*;

#[test]
fn paths_are_those_of_the_specification() {
    let path = |level, index, width| Tile { level, index, width }.path();
    assert_eq!(path(Level::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(path(Level::Hashes(63), 0, 256), "tile/63/000");
    assert_eq!(path(Level::Entries, 999, 1), "tile/entries/999.p/1");
    assert_eq!(path(Level::Entries, 1000, 255), "tile/entries/x001/000.p/255");
}

#[test]
fn the_specifications_tree_of_70000_has_the_specifications_tiles() {
    let count = |level, width| Tile::all(70_000).filter(|t| t.level == level && t.width == width).count();
    let widths = [(Level::Hashes(0), 256, 273), (Level::Hashes(0), 112, 1), (Level::Hashes(1), 256, 1)];
    for (level, width, expected) in widths {
        assert_eq!(count(level, width), expected);
    }
    assert_eq!((count(Level::Hashes(1), 17), count(Level::Hashes(2), 1)), (1, 1));
    assert_eq!((count(Level::Entries, 256), count(Level::Entries, 112)), (273, 1));
    assert_eq!(Tile::all(70_000).count(), 273 + 1 + 1 + 1 + 1 + 273 + 1);
    let of_256: Vec<_> = Tile::all(256).map(|t| t.path()).collect();
    assert_eq!(of_256, ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
    assert_eq!(Tile::all(0).count(), 0);
}

proptest! {
    #[test]
    fn paths_read_back_and_agree_with_an_independent_crate(level in 0..8_u8, index in 0..u64::MAX >> 9, width in 1..=256_u16) {
        let tile = Tile { level: Level::Hashes(level), index, width };
        prop_assert_eq!(Tile::parse(&tile.path()), Some(tile));
        // That crate writes the older form with the height in front.
        let theirs = tlog_tiles::Tile::new(8, level, index, u32::from(width), false).path();
        prop_assert_eq!(tile.path(), theirs.replacen("tile/8/", "tile/", 1));
        let entries = Tile { level: Level::Entries, ..tile };
        prop_assert_eq!(Tile::parse(&entries.path()), Some(entries));
    }

    #[test]
    fn only_the_one_spelling_reads(path in "tile/(entries|[0-9]{1,3})/(x?[0-9]{1,4}/){0,7}[x0-9]{1,4}(\\.p/[0-9]{1,4})?") {
        if let Some(tile) = Tile::parse(&path) {
            prop_assert_eq!(tile.path(), path);
        }
    }

    #[test]
    fn arbitrary_paths_and_bundles_never_panic(path in "(?s).{0,40}", bundle in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Tile::parse(&path);
        if let Ok(entries) = annexa_evidence::bundle::entries(&bundle) {
            let mut again = Vec::new();
            prop_assert!(entries.iter().all(|entry| annexa_evidence::bundle::push(&mut again, entry)));
            prop_assert_eq!(again, bundle);
        }
    }
}

#[test]
fn entries_longer_than_a_length_can_say_are_refused() {
    let mut bundle = Vec::new();
    assert!(annexa_evidence::bundle::push(&mut bundle, &vec![0; 65_535]));
    let before = bundle.clone();
    assert!(!annexa_evidence::bundle::push(&mut bundle, &vec![0; 65_536]));
    assert_eq!(bundle, before);
}
