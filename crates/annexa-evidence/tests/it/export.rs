//! Exported folders: whole ones verify, here and with independent crates; damaged ones are refused and the place named.

use std::fs;
use std::path::{Path, PathBuf};

use annexa_evidence::{
    Checkpoint, Exporter, Hash, Leaf, Note, SigningKey, VerifyingKey, bundle, verify_export,
};
use proptest::prelude::*;
use tempfile::TempDir;
use tlog_tiles::{HashReader, TileHashReader, TileReader};

use crate::log::{Log, key};

//= iso27001-2022:A.5.33
#[test]
fn a_whole_export_verifies() {
    for size in [0, 1, 2, 255, 256, 257, 700] {
        let log = Log::of(size);
        let folder = export(&log, "acme");
        let verified = verify_export(folder.path(), Some(key().verifying())).unwrap();
        assert_eq!((verified.size, verified.root), (size as u64, log.tree.root()));
        assert_eq!((verified.tenant.as_str(), verified.events), ("acme", size.div_ceil(2) as u64));
        assert_eq!(verified.origin, "log.example/annexa");
    }
}

#[test]
fn only_one_tenants_events_are_in_it() {
    let folder = export(&Log::of(300), "acme");
    let everything: String = files(folder.path())
        .iter()
        .map(|f| String::from_utf8_lossy(&fs::read(f).unwrap()).into_owned())
        .collect();
    assert!(everything.contains("acme") && !everything.contains("ther"));
}

/// Authenticates all tiles with the `tlog_tiles` crate and all leaves under them with `bundle`.
#[test]
fn an_independent_reader_accepts_checkpoint_tiles_and_entries() {
    let log = Log::of(700);
    let folder = export(&log, "acme");
    let read = |file: &str| fs::read(folder.path().join(file)).unwrap();
    let note = signed_note::Note::from_bytes(&read("checkpoint")).unwrap();
    let vkey = String::from_utf8(read("log.vkey")).unwrap();
    let verifier = signed_note::StandardVerifier::new(vkey.trim_end()).unwrap();
    note.verify(&signed_note::VerifierList::new(vec![Box::new(verifier)])).unwrap();
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    let tiles = Tiles(folder.path().to_owned());
    let reader = TileHashReader::new(checkpoint.size(), *checkpoint.hash(), &tiles);
    for (index, width) in [(0, 256), (1, 256), (2, 188)] {
        let name = if width == 256 { format!("{index:03}") } else { format!("{index:03}.p/{width}") };
        let entries = read(&format!("tile/entries/{name}"));
        let entries = bundle::entries(&entries).unwrap();
        assert_eq!(entries.len(), width);
        for (at, entry) in entries.iter().enumerate() {
            let stored = tlog_tiles::stored_hash_index(0, index * 256 + at as u64);
            assert_eq!(reader.read_hashes(&[stored]).unwrap()[0].0, tlog_tiles::record_hash(entry).0);
        }
    }
}

//= iso27001-2022:A.5.33
#[test]
fn a_flipped_byte_in_any_file_is_refused_and_the_file_named() {
    let folder = export(&Log::of(600), "acme");
    for file in files(folder.path()) {
        let name = file.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned();
        let whole = fs::read(&file).unwrap();
        let step = (whole.len() / 40).max(1);
        for at in (0..whole.len()).step_by(step).chain([whole.len() - 1]) {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (at % 8);
            fs::write(&file, &damaged).unwrap();
            let error = verify_export(folder.path(), None).expect_err(&name);
            assert!(error.to_string().starts_with(&format!("`{name}`")), "{name}, byte {at}: {error}");
        }
        fs::write(&file, &whole).unwrap();
    }
    verify_export(folder.path(), None).unwrap();
}

#[test]
fn the_place_of_damage_is_named() {
    let log = Log::of(600);
    let damaged = |file: &str, at: usize| {
        let folder = export(&log, "acme");
        let path = folder.path().join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= 0x10;
        fs::write(path, bytes).unwrap();
        verify_export(folder.path(), None).unwrap_err().to_string()
    };
    let event =
        fs::read_to_string(export(&log, "acme").path().join("events.jsonl")).unwrap().find("acme").unwrap();
    let leaf = log.leaves[0].len() + 2;
    let kind = 2 + log.leaves[0].windows(8).position(|bytes| bytes == b"shutdown").unwrap();
    assert_eq!(
        damaged("tile/0/001", 32 * 7 + 3),
        "`tile/0/001`, hash 7: not what the entries make, which the root proves right"
    );
    assert_eq!(
        damaged("tile/1/000.p/2", 0),
        "`tile/1/000.p/2`, hash 0: not what the entries make, which the root proves right"
    );
    assert_eq!(
        damaged("tile/entries/000", kind),
        "`tile/entries/000`, entry 0: not the entry that was logged"
    );
    assert!(damaged("tile/entries/000", leaf - 1).starts_with("`tile/entries/000`, entry 0: not a leaf"));
    assert!(damaged("events.jsonl", 3).starts_with("`events.jsonl`, line 1: not a line"));
    assert_eq!(
        damaged("events.jsonl", event),
        "`events.jsonl`, line 1: the salt and event are not those that were logged"
    );
}

#[test]
fn what_is_missing_or_added_is_named() {
    let log = Log::of(600);
    for file in files(export(&log, "acme").path()).len().checked_sub(1).into_iter().flat_map(|last| 0..=last)
    {
        let folder = export(&log, "acme");
        let path = &files(folder.path())[file];
        fs::remove_file(path).unwrap();
        let name = path.strip_prefix(folder.path()).unwrap().to_str().unwrap();
        assert_eq!(
            verify_export(folder.path(), None).unwrap_err().to_string(),
            format!("`{name}` can't be read")
        );
    }
    let folder = export(&log, "acme");
    fs::write(folder.path().join("tile/0/000.p"), "").unwrap();
    let error = verify_export(folder.path(), None).unwrap_err().to_string();
    assert_eq!(error, "`tile/0/000.p`: not part of an export: remove it");
}

#[test]
fn a_line_left_out_added_or_moved_is_named() {
    let changed = |change: fn(&mut Vec<String>)| {
        let folder = export(&Log::of(20), "acme");
        let path = folder.path().join("events.jsonl");
        let mut lines: Vec<_> =
            fs::read_to_string(&path).unwrap().split_inclusive('\n').map(str::to_owned).collect();
        change(&mut lines);
        fs::write(path, lines.concat()).unwrap();
        verify_export(folder.path(), None).unwrap_err().to_string()
    };
    assert_eq!(changed(|l| drop(l.pop())), "`events.jsonl`: 9 events, not the 10 of the manifest");
    assert_eq!(changed(|l| l.swap(3, 4)), "`events.jsonl`, line 5: the sequence number doesn't grow");
    assert_eq!(
        changed(|l| l.push(l[9].clone())),
        "`events.jsonl`, line 11: the sequence number doesn't grow"
    );
    let spaced = changed(|l| l[0] = l[0].replace("{\"seq\":", "{\"seq\": "));
    assert!(spaced.starts_with("`events.jsonl`, line 1: not a line"), "{spaced}");
}

//= iso27001-2022:A.5.33
#[test]
fn another_tenants_event_is_not_let_through() {
    let log = Log::of(10);
    let folder = TempDir::new().unwrap();
    let mut exporter = Exporter::create(folder.path(), "acme").unwrap();
    let (salt, event) = &log.events[1];
    exporter.event(1, salt, event).unwrap();
    exporter.finish(&log.checkpoint(&key()), &key(), &mut &log).unwrap();
    let error = verify_export(folder.path(), None).unwrap_err().to_string();
    assert_eq!(error, "`events.jsonl`, line 1: the event belongs to another tenant than the manifest's");
}

#[test]
fn another_logs_key_or_manifest_is_not_let_through() {
    let log = Log::of(10);
    let folder = export(&log, "acme");
    let other = SigningKey::from_seed("log.example/annexa", &[2; 32]).unwrap();
    let error = verify_export(folder.path(), Some(other.verifying())).unwrap_err().to_string();
    assert_eq!(error, "`log.vkey`, line 1: not the key that is trusted");
    fs::write(folder.path().join("log.vkey"), format!("{}\n", other.verifying())).unwrap();
    let error = verify_export(folder.path(), None).unwrap_err().to_string();
    assert_eq!(error, "`checkpoint`: the note carries no signature by the trusted key");

    let folder = export(&log, "acme");
    let older = export(&Log::of(8), "acme");
    fs::copy(older.path().join("manifest"), folder.path().join("manifest")).unwrap();
    let error = verify_export(folder.path(), None).unwrap_err().to_string();
    assert_eq!(error, "`manifest`, line 5: the size and root are not the checkpoint's");
}

/// Whoever can sign with a key of their own must not be able to keep the verifier busy for ever.
#[test]
fn a_checkpoint_that_claims_a_huge_tree_is_refused_at_the_first_file_that_is_missing() {
    let folder = export(&Log::of(10), "acme");
    let claimed = Checkpoint::new("log.example/annexa", u64::MAX, Hash([0; 32]));
    fs::write(folder.path().join("checkpoint"), claimed.sign(&key()).unwrap()).unwrap();
    let lines = "tenant acme\nevents 0\nsha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let text = format!("annexa-export/v1\n{lines}\nsize {}\nroot {}\n", u64::MAX, claimed.root);
    let mut manifest = Note::new(text).unwrap();
    manifest.sign(&key());
    fs::write(folder.path().join("manifest"), manifest.to_string()).unwrap();
    let error = verify_export(folder.path(), None).unwrap_err().to_string();
    assert!(error.ends_with(".p/10`: not part of an export: remove it"), "{error}");
    fs::remove_dir_all(folder.path().join("tile")).unwrap();
    let error = verify_export(folder.path(), None).unwrap_err().to_string();
    assert_eq!(error, "`tile/entries/000` can't be read");
}

#[test]
fn an_export_is_not_started_where_something_lies_nor_with_events_out_of_order() {
    let log = Log::of(10);
    let folder = export(&log, "acme");
    assert!(Exporter::create(folder.path(), "acme").is_err());
    let fresh = TempDir::new().unwrap();
    assert!(Exporter::create(fresh.path(), "a\nb").is_err());
    let mut exporter = Exporter::create(fresh.path(), "acme").unwrap();
    let (salt, event) = &log.events[4];
    exporter.event(4, salt, event).unwrap();
    assert!(exporter.event(4, salt, event).is_err() && exporter.event(2, salt, event).is_err());
    let older = Log::of(3);
    assert!(exporter.finish(&older.checkpoint(&key()), &key(), &mut &older).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn arbitrary_files_are_refused_without_panic(file: prop::sample::Index, bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let folder = export(&Log::of(3), "acme");
        let files = files(folder.path());
        fs::write(file.get(&files), &bytes).unwrap();
        prop_assert!(verify_export(folder.path(), None).is_err());
    }
}

fn export(log: &Log, tenant: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut exporter = Exporter::create(folder.path(), tenant).unwrap();
    for (seq, (salt, event)) in log.events.iter().enumerate().filter(|(seq, _)| seq % 2 == 0) {
        assert!(Leaf::parse(&log.leaves[seq]).unwrap().matches(salt, event));
        exporter.event(seq as u64, salt, event).unwrap();
    }
    let exported = exporter.finish(&log.checkpoint(&key()), &key(), &mut &*log).unwrap();
    assert_eq!(exported.size, log.tree.size());
    let key: VerifyingKey =
        fs::read_to_string(folder.path().join("log.vkey")).unwrap().trim_end().parse().unwrap();
    assert_eq!(key, *crate::log::key().verifying());
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

struct Tiles(PathBuf);

impl TileReader for Tiles {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read =
            |tile: &tlog_tiles::Tile| fs::read(self.0.join(tile.path().replacen("tile/8/", "tile/", 1)));
        Ok(tiles.iter().map(|tile| read(tile).unwrap()).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}
