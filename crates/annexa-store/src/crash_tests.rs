//! Killed at any moment: what was acknowledged is there, what was not is cut off and named, and damage is confined.

use std::fs;
use std::path::{Path, PathBuf};

use annexa_evidence::What;
use tempfile::TempDir;

use crate::testing::{copy, intent, open, outcome, store, traffic};
use crate::{SYSTEM_TENANT, Store, StoreError, verify};

#[test]
fn a_killed_store_reopens_with_all_that_was_appended() {
    let dir = TempDir::new().unwrap();
    let running = store(dir.path(), 10);
    for number in 0..12 {
        running.append(outcome("acme", &format!("x{number}"), b"r")).unwrap();
        let killed = copy(dir.path());
        assert_eq!(verify(killed.path()).unwrap().events, 3 + number);
        let opened = open(killed.path(), 10);
        assert_eq!(opened.notices, []);
        assert_eq!(opened.store.events("acme", 0, 100).unwrap().len() as u64, 3 + number);
    }
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_off_and_named() {
    let dir = TempDir::new().unwrap();
    let running = store(dir.path(), 100);
    traffic(&running, 2);
    running.inner.log.publish().unwrap();
    let sure = running.position().size;
    running.append(intent("acme", "last", None)).unwrap();
    let before = fs::metadata(last_segment(dir.path())).unwrap().len();
    running.append(outcome("acme", "last", b"record")).unwrap();
    let killed = copy(dir.path());
    drop(running);
    let whole = fs::read(last_segment(killed.path())).unwrap();
    for length in (before..whole.len() as u64).step_by(7).chain([before, before + 1, whole.len() as u64 - 1])
    {
        let torn = copy(killed.path());
        fs::write(last_segment(torn.path()), &whole[..length as usize]).unwrap();
        let torn_bytes = length - before;
        let verified = verify(torn.path()).unwrap();
        assert_eq!((verified.events, verified.notices.len()), (sure + 1, usize::from(torn_bytes > 0)));
        let opened = open(torn.path(), 100);
        assert_eq!(opened.notices.len(), usize::from(torn_bytes > 0), "{length}");
        if let Some(notice) = opened.notices.first() {
            let expected = format!("a torn tail of {torn_bytes} bytes after event {sure}");
            assert!(notice.to_string().contains(&expected), "{notice}");
        }
        assert_eq!(opened.store.exchange("acme", "last").unwrap().len(), 1);
        opened.store.append(intent("acme", "next", None)).unwrap();
        opened.store.close().unwrap();
        assert!(verify(torn.path()).is_ok());
    }
}

//= iso27001-2022:A.5.33
#[test]
fn events_that_a_checkpoint_stands_for_are_missed_and_the_log_goes_on() {
    let dir = TempDir::new().unwrap();
    let running = store(dir.path(), 100);
    traffic(&running, 10);
    running.close().unwrap();
    let path = last_segment(dir.path());
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let problems = verify(dir.path()).unwrap_err().problems;
    assert!(problems.iter().any(|p| p.problem.contains("lost")), "{problems:?}");
    let opened = open(dir.path(), 100);
    assert!(opened.notices.iter().any(|n| n.problem.contains("lost")), "{:?}", opened.notices);
    assert_eq!(opened.store.position().size, 22 + opened.notices.len() as u64);
    let seq = opened.store.append(intent("acme", "next", None)).unwrap().seq;
    assert_eq!(opened.store.exchange("acme", "next").unwrap()[0].seq, seq);
    assert!(opened.store.prove(15).is_ok());
    let reported = opened.store.events(SYSTEM_TENANT, 0, 100).unwrap();
    assert!(
        reported.iter().all(|l| matches!(l.event.what, What::DamageFound { .. })) && !reported.is_empty()
    );
    opened.store.close().unwrap();
    assert_eq!(fs::read(&path).unwrap(), whole[..whole.len() / 2]);
    assert!(verify(dir.path()).is_err());
    assert!(open(dir.path(), 100).notices.iter().any(|n| n.problem.contains("lost")));
}

#[test]
fn a_damaged_frame_is_named_at_start_and_all_others_stay_readable() {
    let dir = TempDir::new().unwrap();
    let running = store(dir.path(), 8);
    traffic(&running, 10);
    running.close().unwrap();
    for path in crate::segment::list(&dir.path().join("segments")).unwrap().into_iter().map(|(_, path)| path)
    {
        let hurt = copy(dir.path());
        let path = hurt.path().join(path.strip_prefix(dir.path()).unwrap());
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let opened = open(hurt.path(), 8);
        let name = path.strip_prefix(hurt.path()).unwrap().display().to_string();
        assert!(opened.notices.iter().any(|n| n.file == name), "{:?}", opened.notices);
        // A damaged record's event is still there.
        assert!(opened.store.events("acme", 0, 100).unwrap().len() >= 21);
        assert_eq!(fs::read(&path).unwrap(), bytes);
        opened.store.append(intent("acme", "next", None)).unwrap();
        opened.store.close().unwrap();
        assert_eq!(open(hurt.path(), 8).store.exchange("acme", "next").unwrap().len(), 1);
    }
}

#[test]
fn damage_beyond_the_checkpoint_is_set_aside() {
    let dir = TempDir::new().unwrap();
    let running = store(dir.path(), 100);
    running.inner.log.publish().unwrap();
    let sure = fs::metadata(last_segment(dir.path())).unwrap().len() as usize;
    traffic(&running, 3);
    let killed = copy(dir.path());
    drop(running);
    let path = last_segment(killed.path());
    let mut bytes = fs::read(&path).unwrap();
    bytes[sure + 40] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(verify(killed.path()).is_err());
    let opened = open(killed.path(), 100);
    assert!(opened.notices.iter().any(|n| n.file.starts_with("damaged/")), "{:?}", opened.notices);
    assert_eq!(opened.store.events("acme", 0, 100).unwrap().len(), 2);
    let aside = crate::layout::files(&killed.path().join("damaged")).unwrap();
    assert_eq!(fs::read(&aside[0]).unwrap(), bytes);
    opened.store.close().unwrap();
    assert!(!verify(killed.path()).unwrap().notices.is_empty());
}

#[test]
fn an_event_in_the_outbox_is_written_once() {
    let dir = TempDir::new().unwrap();
    let running = store(dir.path(), 100);
    let inner = &running.inner;
    let what = What::TenantCreated { id: "later".to_owned(), name: "Later".to_owned() };
    let event = inner.event("acme", "admin:ada", what);
    let bytes = event.to_bytes();
    let outbox = inner.keyring.state.with(|state| state.change(|change| change.send(&bytes))).unwrap();
    // Ended between the change and the log.
    let before = copy(dir.path());
    inner.append(crate::Draft { event, record: None }, outbox).unwrap();
    // Ended between the log and the outbox.
    let after = copy(dir.path());
    for killed in [before, after] {
        for _ in 0..2 {
            let opened = open(killed.path(), 100);
            assert_eq!(opened.notices, []);
            let events = opened.store.events("acme", 0, 100).unwrap();
            assert_eq!(
                events
                    .iter()
                    .filter(|l| matches!(&l.event.what, What::TenantCreated { id, .. } if id == "later"))
                    .count(),
                1
            );
            assert_eq!(events.len(), 3);
        }
    }
}

//= iso27001-2022:A.5.33
#[test]
fn state_that_was_put_back_to_an_older_one_is_noticed() {
    let dir = TempDir::new().unwrap();
    store(dir.path(), 100).close().unwrap();
    let older = copy(dir.path());
    let running = open(dir.path(), 100).store;
    running.issue_key("acme", "desk", [7; 32], None, "admin:ada").unwrap();
    running.close().unwrap();
    for name in ["state.db", "state.sum"] {
        fs::copy(older.path().join(name), dir.path().join(name)).unwrap();
    }
    assert!(verify(dir.path()).unwrap_err().problems.iter().any(|p| p.file == "state.db"));
    assert!(open(dir.path(), 100).notices.iter().any(|n| n.file == "state.db"));
}

#[test]
fn a_lost_end_of_the_write_ahead_log_is_noticed() {
    let dir = TempDir::new().unwrap();
    let running = store(dir.path(), 100);
    running.inner.settle().unwrap();
    running.issue_key("acme", "desk", [7; 32], None, "admin:ada").unwrap();
    let killed = copy(dir.path());
    let path = killed.path().join("state.db-wal");
    let mut bytes = fs::read(&path).unwrap();
    assert!(bytes.len() > 100);
    bytes[60] ^= 1;
    fs::write(&path, bytes).unwrap();
    let opened = open(killed.path(), 100);
    assert!(opened.notices.iter().any(|n| n.file == "state.db-wal"), "{:?}", opened.notices);
    assert!(opened.notices.iter().any(|n| n.file == "state.db"), "{:?}", opened.notices);
    assert!(opened.store.authenticate(&[7; 32]).is_none());
}

#[test]
fn without_its_keys_a_directory_is_refused_not_made_anew() {
    for gone in ["keys/root.key", "system.key"] {
        let dir = TempDir::new().unwrap();
        store(dir.path(), 100).close().unwrap();
        fs::remove_file(dir.path().join(gone)).unwrap();
        let opened = Store::open(dir.path(), crate::testing::options().0);
        assert!(matches!(opened, Err(StoreError::Holder(_) | StoreError::Damaged(_))));
        assert!(!dir.path().join(gone).exists());
    }
}

#[test]
fn a_log_that_does_not_lead_to_its_checkpoint_is_refused() {
    let dir = TempDir::new().unwrap();
    let running = store(dir.path(), 100);
    traffic(&running, 3);
    running.close().unwrap();
    fs::remove_file(last_segment(dir.path())).unwrap();
    fs::remove_dir_all(dir.path().join("log/tile")).unwrap();
    assert!(verify(dir.path()).is_err());
    assert!(matches!(Store::open(dir.path(), crate::testing::options().0), Err(StoreError::Damaged(_))));
}

fn last_segment(dir: &Path) -> PathBuf {
    crate::segment::list(&dir.join("segments")).unwrap().pop().unwrap().1
}
