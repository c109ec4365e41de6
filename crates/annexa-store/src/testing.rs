//! Stores with a settable clock and repeatable randomness, drafts, and copies of data directories.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use annexa_evidence::{EVENT_VERSION, Embedded, Ended, Event, Intent, Outcome, RecordRef, What};

use tempfile::TempDir;

use crate::digest::{hex, sha256};
use crate::log::Limits;
use crate::{Application, Clock, Draft, Durability, Opened, Options, Random, RecordBody, Recording, Store};

pub(crate) const START: i64 = 1_764_000_000_000;

/// A clock that stands where it is put.
pub(crate) struct Hand(pub(crate) AtomicI64);

impl Clock for Hand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Never the same bytes twice.
pub(crate) struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let number = self.0.fetch_add(1, Ordering::Relaxed);
            chunk.copy_from_slice(&sha256(&[&number.to_be_bytes()])[..chunk.len()]);
        }
    }
}

pub(crate) fn options() -> (Options, Arc<Hand>) {
    static RUN: AtomicU64 = AtomicU64::new(1);
    let clock = Arc::new(Hand(AtomicI64::new(START)));
    let random = Arc::new(Counting(AtomicU64::new(RUN.fetch_add(1, Ordering::Relaxed) << 32)));
    let options = Options {
        durability: Durability::Commit,
        origin: "annexa.invalid/test".to_owned(),
        clock: clock.clone(),
        random,
    };
    (options, clock)
}

/// Opens a directory with small segments.
pub(crate) fn open(dir: &Path, events: usize) -> Opened {
    open_with(dir, Limits { bytes: 1 << 20, events, ..Limits::default() })
}

pub(crate) fn open_with(dir: &Path, limits: Limits) -> Opened {
    Store::open_with(dir, options().0, limits).unwrap()
}

/// A new store with a tenant `acme` and an application.
pub(crate) fn store(dir: &Path, events: usize) -> Store {
    let opened = open(dir, events);
    assert_eq!(opened.notices, []);
    opened.store.create_tenant("acme", "Acme", "admin:ada").unwrap();
    opened.store.create_application(application("acme", "desk"), "admin:ada").unwrap();
    opened.store
}

pub(crate) fn application(tenant: &str, id: &str) -> Application {
    Application {
        tenant: tenant.to_owned(),
        id: id.to_owned(),
        system: "help".to_owned(),
        recording: Recording::default(),
    }
}

/// The intent of an exchange.
pub(crate) fn intent(tenant: &str, exchange: &str, person: Option<&str>) -> Draft {
    let what = Intent {
        application: "desk".to_owned(),
        system: "help".to_owned(),
        end_user: person.map(str::to_owned),
        dialect: "openai".to_owned(),
        operation: "chat".to_owned(),
        supplier: "OpenAI".to_owned(),
        provider: "openai".to_owned(),
        model: "gpt".to_owned(),
        streamed: true,
        request_bytes: 512,
        found: Vec::new(),
        verdict: "allow".to_owned(),
        policies: Vec::new(),
        controls: Vec::new(),
        question: Embedded::default(),
        decision: Embedded::default(),
        policy_version: "1".to_owned(),
        configuration: "c".to_owned(),
        detectors: "1".to_owned(),
        features_version: 1,
        features: Default::default(),
        sketches: Default::default(),
    };
    Draft { event: event(tenant, Some(exchange), What::ExchangeIntent(Box::new(what))), record: None }
}

/// The end of an exchange, with a record.
pub(crate) fn outcome(tenant: &str, exchange: &str, record: &[u8]) -> Draft {
    let hash = hex(&sha256(&[record]));
    let what = Outcome {
        ended: Ended::Delivered,
        status: 200,
        upstream_status: Some(200),
        found: Vec::new(),
        verdict: "allow".to_owned(),
        policies: Vec::new(),
        controls: Vec::new(),
        question: Embedded::default(),
        decision: Embedded::default(),
        input_tokens: None,
        output_tokens: None,
        answer_bytes: 10,
        first_byte_ms: None,
        total_ms: 5,
        restored: 0,
        record: Some(RecordRef { hash, mode: "masked".to_owned(), bytes: record.len() as u64 }),
        features_version: 1,
        features: Default::default(),
        sketches: Default::default(),
    };
    let event = event(tenant, Some(exchange), What::ExchangeOutcome(Box::new(what)));
    Draft { event, record: Some(RecordBody { bytes: record.to_vec() }) }
}

pub(crate) fn event(tenant: &str, exchange: Option<&str>, what: What) -> Event {
    Event {
        v: EVENT_VERSION,
        id: "e".to_owned(),
        at: START,
        tenant: tenant.to_owned(),
        exchange: exchange.map(str::to_owned),
        actor: "app:desk".to_owned(),
        what,
    }
}

/// Appends this many exchanges, two events each.
pub(crate) fn traffic(store: &Store, count: usize) {
    for number in 0..count {
        let exchange = format!("x{number}");
        store.append(intent("acme", &exchange, None)).unwrap();
        store.append(outcome("acme", &exchange, format!("record {number}").as_bytes())).unwrap();
    }
}

/// A copy of a directory, as it is after the process was killed.
pub(crate) fn copy(from: &Path) -> TempDir {
    let to = TempDir::new().unwrap();
    copy_into(from, to.path());
    to
}

pub(crate) fn copy_into(from: &Path, to: &Path) {
    for path in crate::layout::files(from).unwrap() {
        let target = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&path, &target).unwrap();
    }
}

pub(crate) fn wait(store: &Store, seq: u64) -> Result<(), crate::StoreError> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(store.wait_durable(seq))
}
