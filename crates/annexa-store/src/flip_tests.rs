//! A changed byte in any file of a data directory is named with its file, and nothing is named when nothing was changed.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::testing::{copy, intent, open, outcome, store, traffic};
use crate::verify::look;
use crate::{layout, verify};

/// At most so many positions of a file are tried, spread over it.
const POSITIONS: usize = 14;

//= iso27001-2022:A.5.33
#[test]
fn every_file_is_covered_after_a_clean_close() {
    let dir = TempDir::new().unwrap();
    busy(dir.path());
    flip_everywhere(dir.path());
}

//= iso27001-2022:A.5.33
#[test]
fn every_file_is_covered_after_a_kill() {
    let dir = TempDir::new().unwrap();
    let store = busy_store(dir.path());
    let killed = copy(dir.path());
    assert!(fs::metadata(killed.path().join("state.db-wal")).unwrap().len() > 0);
    drop(store);
    flip_everywhere(killed.path());
}

#[test]
fn a_file_that_does_not_belong_is_named() {
    let dir = TempDir::new().unwrap();
    busy(dir.path());
    for name in ["notes.txt", "segments/x.seg", "log/tile/0/001", "keys/tenants/a.txt", "lock"] {
        let path = dir.path().join(name);
        let before = fs::read(&path).ok();
        fs::write(&path, b"x").unwrap();
        let problems = look(dir.path());
        assert!(problems.iter().any(|p| p.file == name), "{name}: {problems:?}");
        match before {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
    }
    assert_eq!(look(dir.path()), []);
}

#[test]
fn a_missing_file_is_named() {
    let dir = TempDir::new().unwrap();
    busy(dir.path());
    for path in layout::files(dir.path()).unwrap() {
        let name = path.strip_prefix(dir.path()).unwrap().display().to_string();
        // An empty lock and a missing index say nothing; a missing tenant's object is a key that doesn't open.
        if name == "lock" || name.ends_with(".idx") || path.metadata().unwrap().len() == 0 {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions();
        fs::remove_file(&path).unwrap();
        assert!(!look(dir.path()).is_empty(), "{name}");
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, mode).unwrap();
    }
    assert_eq!(look(dir.path()), []);
}

#[test]
fn verification_is_safe_while_the_store_is_written_to() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 40);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for number in 0..150 {
                store.append(outcome("acme", &format!("x{number}"), b"r")).unwrap();
                store.pseudonym("acme", &format!("user {number}")).unwrap();
                if number % 20 == 0 {
                    store.inner.log.publish().unwrap();
                    store.inner.settle().unwrap();
                }
            }
        });
        while !writing.is_finished() {
            verify(dir.path()).unwrap();
        }
    });
    assert_eq!(verify(dir.path()).unwrap().events, 152);
}

fn busy(dir: &Path) {
    busy_store(dir).close().unwrap();
}

/// Several segments, a full tile, two tenants, an erased person, and changes that only the write-ahead log has.
fn busy_store(dir: &Path) -> crate::Store {
    let store = store(dir, 100);
    store.create_tenant("other", "Other", "admin:ada").unwrap();
    let eve = store.pseudonym("acme", "eve").unwrap();
    store.append(intent("acme", "e", Some(&eve))).unwrap();
    store.append(outcome("acme", "e", &[b'r'; 300])).unwrap();
    traffic(&store, 140);
    store.append(intent("other", "o", None)).unwrap();
    store.inner.log.write_indexes().unwrap();
    store.inner.log.publish().unwrap();
    store.inner.settle().unwrap();
    store.erase_person("acme", "eve", "request", "admin:ada").unwrap();
    store.issue_key("acme", "desk", [9; 32], None, "admin:ada").unwrap();
    store.append(outcome("other", "o", b"last")).unwrap();
    store
}

fn flip_everywhere(dir: &Path) {
    assert_eq!(look(dir), []);
    for path in layout::files(dir).unwrap() {
        let name = path.strip_prefix(dir).unwrap().display().to_string();
        let whole = fs::read(&path).unwrap();
        for (at, bit) in positions(whole.len()) {
            let mut changed = whole.clone();
            changed[at] ^= 1 << bit;
            fs::write(&path, &changed).unwrap();
            let problems = look(dir);
            assert!(problems.iter().any(|p| p.file == name), "{name}, byte {at}, bit {bit}: {problems:?}");
        }
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(look(dir), []);
    let again = copy(dir);
    assert_eq!(open(again.path(), 100).notices, []);
}

/// The first and last bytes, and some in between.
fn positions(length: usize) -> impl Iterator<Item = (usize, usize)> {
    let step = (length / POSITIONS).max(1);
    let ends = [length.saturating_sub(1), 4, 17].into_iter().filter(move |at| *at < length);
    (0..length).step_by(step).chain(ends).map(|at| (at, (at * 7 + 3) % 8))
}
