//! The store as its users see it: append, wait, read back, prove, export, and one process at a time.

use annexa_evidence::{Proof, VerifyingKey, What, verify_export};
use tempfile::TempDir;

use crate::log::Limits;
use crate::testing::{copy, event, intent, open, open_with, options, outcome, store, traffic, wait};
use crate::{Draft, SYSTEM_TENANT, Store, StoreError, verify};

#[test]
fn what_was_appended_reads_back_across_segments_and_restarts() {
    let dir = TempDir::new().unwrap();
    let first = store(dir.path(), 7);
    traffic(&first, 20);
    let before = first.events("acme", 0, 1000).unwrap();
    assert_eq!(before.len(), 42);
    first.close().unwrap();
    let opened = open(dir.path(), 7);
    assert_eq!(opened.notices, []);
    assert_eq!(opened.store.events("acme", 0, 1000).unwrap(), before);
    let later = opened.store.events("acme", 30, 3).unwrap();
    assert_eq!(later.iter().map(|l| l.seq).collect::<Vec<_>>(), [30, 31, 32]);
    let verified = verify(dir.path()).unwrap();
    assert_eq!((verified.events, verified.size, verified.notices), (42, 42, Vec::new()));
}

#[test]
fn an_exchange_is_found_with_its_record() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 5);
    traffic(&store, 12);
    for number in [0, 3, 11] {
        let exchange = format!("x{number}");
        let kinds: Vec<_> =
            store.exchange("acme", &exchange).unwrap().iter().map(|l| l.event.what.kind()).collect();
        assert_eq!(kinds, ["exchange_intent", "exchange_outcome"]);
        let record = store.open_record("acme", &exchange, "audit", "admin:ada").unwrap();
        assert_eq!(record, format!("record {number}").into_bytes());
    }
    assert_eq!(store.exchange("acme", "x0").unwrap().len(), 3);
    let position = store.position();
    assert_eq!(position.size, position.durable);
}

//= iso27001-2022:A.8.15
#[test]
fn no_record_is_opened_without_an_event() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 50);
    traffic(&store, 1);
    store.inner.log.fail();
    assert!(matches!(store.open_record("acme", "x0", "r", "admin:ada"), Err(StoreError::Stopped)));
    assert!(!store.healthy());
    assert!(matches!(store.append(intent("acme", "y", None)), Err(StoreError::Stopped)));
    assert!(matches!(wait(&store, 1000), Err(StoreError::Stopped)));
}

//= iso27001-2022:A.8.3
#[test]
fn tenants_do_not_meet() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 50);
    store.create_tenant("other", "Other", "admin:ada").unwrap();
    traffic(&store, 2);
    store.append(intent("other", "z", None)).unwrap();
    assert!(store.exchange("other", "x0").unwrap().is_empty());
    assert!(matches!(store.open_record("other", "x0", "r", "b"), Err(StoreError::NotFound { .. })));
    assert!(matches!(store.open_record("acme", "z", "r", "b"), Err(StoreError::NotFound { .. })));
    assert!(store.events("other", 0, 100).unwrap().iter().all(|l| l.event.tenant == "other"));
    assert!(store.events("nobody", 0, 100).unwrap().is_empty());
    let draft = Draft { event: event("nobody", None, What::Shutdown { cut: 0 }), record: None };
    assert!(matches!(store.append(draft), Err(StoreError::NotFound { .. })));
    assert_ne!(store.key_for_tokens("acme").unwrap(), store.key_for_tokens("other").unwrap());
    assert_ne!(store.pseudonym("acme", "eve").unwrap(), store.pseudonym("other", "eve").unwrap());
}

//= iso27001-2022:A.5.33
#[test]
fn proofs_and_exports_hold_for_strangers_and_show_one_tenant() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 100);
    store.create_tenant("other", "Other", "admin:ada").unwrap();
    traffic(&store, 150);
    store.append(intent("other", "zz", None)).unwrap();
    let key: VerifyingKey = store.verifying_key().parse().unwrap();
    for seq in [0, 255, 256, 303] {
        let proof: Proof = store.prove(seq).unwrap().parse().unwrap();
        let leaf = proof.extra.clone().unwrap();
        assert!(proof.verify(&leaf, &key).unwrap().size >= 304);
    }
    assert!(matches!(store.prove(10_000), Err(StoreError::NotFound { .. })));
    let out = TempDir::new().unwrap();
    let exported = store.export("other", &out.path().join("x"), "admin:ada").unwrap();
    let held = verify_export(&out.path().join("x"), Some(&key)).unwrap();
    assert_eq!((held.events, held.size), (exported.events, exported.size));
    assert_eq!(held.events, 2);
    let text = std::fs::read_to_string(out.path().join("x/events.jsonl")).unwrap();
    assert!(!text.contains("acme") && !text.contains("x0"));
    assert!(matches!(store.export("nobody", out.path(), "b"), Err(StoreError::NotFound { .. })));
}

#[test]
fn one_process_holds_the_directory_until_it_lets_go() {
    let dir = TempDir::new().unwrap();
    let first = store(dir.path(), 50);
    assert!(matches!(Store::open(dir.path(), options().0), Err(StoreError::Locked(_))));
    first.close().unwrap();
    first.close().unwrap();
    assert!(matches!(first.append(intent("acme", "x", None)), Err(StoreError::Stopped)));
    let second = Store::open(dir.path(), options().0).unwrap();
    assert_eq!(second.notices, []);
}

#[test]
fn waiting_returns_when_it_is_on_disk() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 3);
    for number in 0..20 {
        let seq = store.append(intent("acme", &format!("x{number}"), None)).unwrap().seq;
        wait(&store, seq).unwrap();
        assert!(store.position().durable > seq);
    }
}

#[test]
fn many_writers_get_each_number_once_and_in_order_of_the_file() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 64);
    let seqs = std::thread::scope(|scope| {
        let write = |thread: usize| {
            let store = &store;
            scope.spawn(move || {
                (0..50)
                    .map(|n| store.append(outcome("acme", &format!("{thread}-{n}"), b"r")).unwrap().seq)
                    .collect::<Vec<_>>()
            })
        };
        let threads: Vec<_> = (0..4).map(write).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect::<std::collections::BTreeSet<_>>()
    });
    assert_eq!(seqs.len(), 200);
    assert_eq!(seqs.first().copied().zip(seqs.last().copied()), Some((2, 201)));
    let killed = copy(dir.path());
    assert_eq!(verify(killed.path()).unwrap().events, 202);
}

/// What a killed process leaves behind is what was asked to be written, and all that was enqueued before it.
//= iso27001-2022:A.8.15
#[test]
fn enqueued_events_are_with_the_kernel_when_one_of_them_is_asked_for() {
    let dir = TempDir::new().unwrap();
    drop(store(dir.path(), 50));
    // Nothing is written that nobody asks for.
    let tick = std::time::Duration::from_secs(3600);
    let store = open_with(dir.path(), Limits { tick, ..Limits::default() }).store;
    let kept = || verify(copy(dir.path()).path()).unwrap().events;
    let before = kept();
    let mut live = store.subscribe();
    store.append(intent("acme", "w", None)).unwrap();
    let (before, _) = (before + 1, live.try_recv().unwrap());
    let first = store.enqueue(intent("acme", "x", None)).unwrap().seq;
    let second = store.enqueue(intent("acme", "y", None)).unwrap().seq;
    assert_eq!((kept(), live.try_recv().is_ok(), store.recent(1)[0].seq < first), (before, false, true));
    store.write(first).unwrap();
    assert_eq!((kept(), live.try_recv().unwrap().seq, store.recent(1)[0].seq), (before + 2, first, second));
    let third = store.enqueue(outcome("acme", "x", b"a record")).unwrap().seq;
    store.write(second).unwrap();
    assert_eq!(kept(), before + 2);
    store.make_durable(third).unwrap();
    assert_eq!(kept(), before + 3);
    // Reading writes first: whoever sees an event in the log can open it.
    store.enqueue(outcome("acme", "y", b"another")).unwrap();
    assert_eq!(store.open_record("acme", "y", "test", "tester").unwrap(), b"another");
}

#[test]
fn segments_of_another_version_are_refused_by_name_and_left_alone() {
    let dir = TempDir::new().unwrap();
    drop(store(dir.path(), 50));
    let path = dir.path().join("segments/00000000000000000000.seg");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[9] = 1;
    let check = crate::digest::sha256(&[&bytes[..48]]);
    bytes[48..64].copy_from_slice(&check[..16]);
    std::fs::write(&path, &bytes).unwrap();
    // What a start would remove and make again.
    std::fs::write(dir.path().join("checkpoint.new"), "half").unwrap();
    std::fs::remove_file(dir.path().join("state.sum")).unwrap();
    let files = || {
        let files = crate::layout::files(dir.path()).unwrap();
        files.into_iter().map(|path| (std::fs::read(&path).unwrap(), path)).collect::<Vec<_>>()
    };
    let before = files();
    let refused = Store::open(dir.path(), options().0).err().map(|error| error.to_string()).unwrap();
    assert!(refused.contains("has version 1"), "{refused}");
    assert!(verify(dir.path()).unwrap_err().to_string().contains("has version 1"));
    assert!(files() == before);
}

#[test]
fn subscribers_and_the_recent_see_every_event() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 50);
    let mut live = store.subscribe();
    let seq = store.append(intent("acme", "x", None)).unwrap().seq;
    assert_eq!(live.try_recv().unwrap().seq, seq);
    assert_eq!(store.recent(1)[0].seq, seq);
    traffic(&store, 300);
    assert_eq!(store.recent(usize::MAX).len(), 512);
    assert!(matches!(live.try_recv(), Err(tokio::sync::broadcast::error::TryRecvError::Lagged(_))));
}

#[test]
fn a_full_disk_stops_the_store_and_nothing_is_acknowledged() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 50);
    let full = std::fs::OpenOptions::new().append(true).open("/dev/full").unwrap();
    store.inner.log.writer().current.file = std::sync::Arc::new(full);
    assert!(matches!(store.append(intent("acme", "x", None)), Err(StoreError::Io { .. })));
    assert!(!store.healthy());
    assert!(matches!(store.append(intent("acme", "x", None)), Err(StoreError::Stopped)));
    drop(store);
    let opened = open(dir.path(), 50);
    assert_eq!(opened.notices, []);
    assert_eq!(opened.store.events("acme", 0, 10).unwrap().len(), 2);
    assert!(opened.store.events(SYSTEM_TENANT, 0, 10).unwrap().is_empty());
}

/// What is with the kernel is there, whatever the log comes to afterwards.
#[test]
fn a_written_event_stays_written_when_the_log_has_failed() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 50);
    let written = store.append(intent("acme", "x", None)).unwrap().seq;
    let waits = store.enqueue(intent("acme", "y", None)).unwrap().seq;
    store.inner.log.fail();
    store.write(written).unwrap();
    assert!(matches!(store.write(waits), Err(StoreError::Stopped)));
}

/// Nobody is shown a size or a root that the log would not have if the process were killed.
//= iso27001-2022:A.5.33
#[test]
fn the_position_counts_only_what_is_written() {
    let dir = TempDir::new().unwrap();
    drop(store(dir.path(), 50));
    let tick = std::time::Duration::from_secs(3600);
    let store = open_with(dir.path(), Limits { tick, ..Limits::default() }).store;
    let seq = store.enqueue(intent("acme", "x", None)).unwrap().seq;
    let position = store.position();
    let kept = verify(copy(dir.path()).path()).unwrap();
    assert_eq!((position.size, position.root), (kept.size, kept.root));
    assert_eq!((position.size, store.recent(1)[0].seq), (seq + 1, seq));
    // What can't be written is not counted either.
    store.inner.log.publish().unwrap();
    let before = store.position();
    let full = std::fs::OpenOptions::new().append(true).open("/dev/full").unwrap();
    store.inner.log.writer().current.file = std::sync::Arc::new(full);
    store.enqueue(intent("acme", "y", None)).unwrap();
    assert_eq!((store.position(), store.position()), (before, before));
    assert!(!store.healthy());
}
