//! The store: one process's hold on a data directory.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use annexa_evidence::{Event, Hash, What};
use serde::Serialize;
use tokio::sync::broadcast;

use crate::index;
use crate::keeper::Keeper;
use crate::keyring::{EVENTS, Keyring, NOBODY, Scope};
use crate::layout::Layout;
use crate::log::{Limits, Log, Piece};
use crate::registers::Registers;
use crate::system::System;
use crate::{Durability, ExceptionGrant, KeyGrant, Notice, Options, StoreError};

/// How many exchanges that are under way are remembered with their person.
const UNDER_WAY: usize = 1 << 16;

/// One process's hold on a data directory.
pub struct Store {
    pub(crate) inner: Arc<Inner>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// A store just opened.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// Damage and loss that were found, each in the log too.
    pub notices: Vec<Notice>,
}

/// An event to be appended.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The event.
    pub event: Event,
    /// The record that the event names, if one is kept.
    pub record: Option<RecordBody>,
}

/// What is kept of an exchange's content.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordBody {
    /// The record, in the clear; it is sealed before it is written.
    pub bytes: Vec<u8>,
}

/// An event that was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Its sequence number.
    pub seq: u64,
}

/// An event of the log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Logged {
    /// Its sequence number.
    pub seq: u64,
    /// The event.
    pub event: Event,
}

/// Where the log stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// How many events it has, as others see it: each is with the kernel.
    pub size: u64,
    /// How many of them are on disk.
    pub durable: u64,
    /// The root hash over all of them.
    pub root: Hash,
}

/// What the store's threads share.
pub(crate) struct Inner {
    pub(crate) layout: Layout,
    pub(crate) options: Options,
    pub(crate) system: Arc<System>,
    pub(crate) keyring: Keyring,
    pub(crate) registers: RwLock<Arc<Registers>>,
    pub(crate) log: Log,
    pub(crate) keeper: Keeper,
    /// Makes "look, then change" of the registers one step.
    pub(crate) changing: Mutex<()>,
    under_way: Mutex<HashMap<String, String>>,
    lock: Mutex<Option<File>>,
}

impl Store {
    /// Opens a data directory, and makes it when it isn't there. What is found damaged is named, and never read over.
    ///
    /// # Errors
    /// When another process holds it, damage can't be confined, or a file can't be read or written.
    pub fn open(dir: &Path, options: Options) -> Result<Opened, StoreError> {
        Self::open_with(dir, options, Limits::default())
    }

    pub(crate) fn open_with(dir: &Path, options: Options, limits: Limits) -> Result<Opened, StoreError> {
        let (inner, notices) = crate::open::open(dir, options, limits)?;
        let inner = Arc::new(inner);
        let (flusher, keeper) = (inner.clone(), inner.clone());
        let threads =
            vec![std::thread::spawn(move || flusher.log.flush()), std::thread::spawn(move || keeper.keep())];
        Ok(Opened { store: Self { inner, threads: Mutex::new(threads) }, notices })
    }

    /// Appends an event, and its record before it: sealed, and with the kernel when this returns.
    ///
    /// # Errors
    /// When the tenant isn't there or was destroyed, or a write fails now or failed before.
    pub fn append(&self, draft: Draft) -> Result<Appended, StoreError> {
        self.inner.append(draft, 0).map(|seq| Appended { seq })
    }

    /// Like [`Store::append`], but the bytes may wait for those of others: they are with the kernel, and the event is
    /// shown to others, after [`Store::write`], [`Store::wait_durable`] or [`Store::make_durable`], or a second later.
    ///
    /// # Errors
    /// When the tenant isn't there or was destroyed, or a write of what waits fails now or failed before.
    pub fn enqueue(&self, draft: Draft) -> Result<Appended, StoreError> {
        self.inner.enqueue(draft, 0).map(|seq| Appended { seq })
    }

    /// Sees to it that an event is with the kernel, and so survives the end of the process.
    ///
    /// # Errors
    /// When a write fails now or failed before.
    pub fn write(&self, seq: u64) -> Result<(), StoreError> {
        self.inner.log.write(seq)
    }

    /// Waits until an event counts as kept.
    ///
    /// # Errors
    /// When it can't be brought to the disk.
    pub async fn wait_durable(&self, seq: u64) -> Result<(), StoreError> {
        match self.inner.options.durability {
            Durability::Commit => self.inner.log.wait(seq).await,
            Durability::Interval => self.inner.log.write(seq),
        }
    }

    /// The same on this thread, which it holds up for as long as the disk takes: for a caller that is alone, who would
    /// only wait for other threads to be woken.
    ///
    /// # Errors
    /// When it can't be brought to the disk.
    pub fn make_durable(&self, seq: u64) -> Result<(), StoreError> {
        match self.inner.options.durability {
            Durability::Commit if self.inner.log.durable() > seq => Ok(()),
            Durability::Commit => self.inner.log.sync(),
            Durability::Interval => self.inner.log.write(seq),
        }
    }

    /// Where the log stands, after what waits was written. Of a log that can't be written any more, where its latest
    /// checkpoint stands, if events were lost.
    #[must_use]
    pub fn position(&self) -> Position {
        // Read first, so that it never runs ahead of the size.
        let durable = self.inner.log.durable();
        let (size, root) = self.inner.log.root();
        Position { size, durable: durable.min(size), root }
    }

    /// Whether events can be written.
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.inner.log.healthy()
    }

    /// When an event counts as kept.
    #[must_use]
    pub fn durability(&self) -> Durability {
        self.inner.options.durability
    }

    /// Writes everything out, signs a last checkpoint, and lets the directory go. Later calls do nothing.
    ///
    /// # Errors
    /// When something can't be written; the directory is let go all the same.
    pub fn close(&self) -> Result<(), StoreError> {
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        if threads.is_empty() {
            return Ok(());
        }
        self.inner.keeper.stop();
        self.inner.log.stop();
        for thread in threads {
            // A thread that panicked has nothing more to write.
            let _ = thread.join();
        }
        self.inner.let_go()
    }

    /// What the key with this SHA-256 hash lets its holder do.
    //= iso27001-2022:A.5.17
    #[must_use]
    pub fn authenticate(&self, key_sha256: &[u8; 32]) -> Option<Arc<KeyGrant>> {
        self.inner.registers().grant(key_sha256)
    }

    /// The exceptions in force for an application.
    #[must_use]
    pub fn active_exceptions(&self, tenant: &str, application: &str, now_ms: i64) -> Vec<ExceptionGrant> {
        self.inner.registers().active(tenant, application, now_ms)
    }

    /// The pseudonym of an end user: random, and the same each time until it is erased.
    ///
    /// # Errors
    /// When the tenant isn't there, or the state can't be read or written.
    pub fn pseudonym(&self, tenant: &str, end_user: &str) -> Result<String, StoreError> {
        self.inner.keyring.pseudonym(tenant, end_user)
    }

    /// The key that a tenant's tokens are made with.
    ///
    /// # Errors
    /// When the tenant isn't there or was destroyed.
    pub fn key_for_tokens(&self, tenant: &str) -> Result<[u8; 32], StoreError> {
        self.inner.keyring.tokens(tenant)
    }

    /// The newest events of all tenants, the newest first.
    #[must_use]
    pub fn recent(&self, limit: usize) -> Vec<Arc<Logged>> {
        self.inner.log.writer().recent.iter().rev().take(limit).cloned().collect()
    }

    /// Every event from now on, of all tenants. A receiver that lags far behind misses some.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Logged>> {
        self.inner.log.subscribe()
    }

    /// The latest signed checkpoint, at most about a second old.
    #[must_use]
    pub fn checkpoint(&self) -> String {
        self.inner.log.published().text.clone()
    }

    /// The text of the key that checkpoints are signed with.
    #[must_use]
    pub fn verifying_key(&self) -> String {
        self.inner.system.signing.verifying().to_string()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Whoever wants to know closes it before.
        let _ = self.close();
    }
}

impl Inner {
    pub(crate) fn new(
        layout: Layout,
        options: Options,
        system: Arc<System>,
        keyring: Keyring,
        registers: Registers,
        log: Log,
        lock: File,
    ) -> Self {
        Self {
            layout,
            options,
            system,
            keyring,
            registers: RwLock::new(Arc::new(registers)),
            log,
            keeper: Keeper::default(),
            changing: Mutex::new(()),
            under_way: Mutex::default(),
            lock: Mutex::new(Some(lock)),
        }
    }

    pub(crate) fn registers(&self) -> Arc<Registers> {
        self.registers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Appends an event that came from this row of the outbox, 0 for none.
    pub(crate) fn append(&self, draft: Draft, outbox: u64) -> Result<u64, StoreError> {
        let seq = self.enqueue(draft, outbox)?;
        self.log.write(seq).map(|()| seq)
    }

    fn enqueue(&self, draft: Draft, outbox: u64) -> Result<u64, StoreError> {
        let Draft { event, record } = draft;
        let person = self.person(&event);
        let scope = self.keyring.sealing(EVENTS, &event.tenant, &person, event.at)?;
        let record_scope = match record {
            Some(_) => Some(self.keyring.sealing(mode(&event), &event.tenant, &person, event.at)?),
            None => None,
        };
        let mut salt = [0; 32];
        self.options.random.fill(&mut salt);
        let key = event.exchange.as_ref().map_or(0, |exchange| index::key(&event.tenant, exchange));
        let bytes = event.to_bytes();
        let record = record_scope.as_deref().zip(record.as_ref().map(|record| record.bytes.as_slice()));
        let piece =
            Piece { salt: &salt, event: &bytes, scope: scope.as_ref() as &Scope, record, outbox, key };
        self.log.enqueue(&piece, event)
    }

    /// Whose scope an event belongs to: an exchange's end user, from its intent to its end.
    fn person(&self, event: &Event) -> String {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let person = match (&event.what, &event.exchange) {
            (What::ExchangeIntent(intent), Some(exchange)) => {
                if let Some(person) = &intent.end_user {
                    if under_way.len() >= UNDER_WAY {
                        under_way.clear();
                    }
                    under_way.insert(exchange.clone(), person.clone());
                }
                intent.end_user.clone()
            }
            (What::ExchangeRefused(refused), _) => refused.intent.end_user.clone(),
            (What::ExchangeOutcome(_), Some(exchange)) => under_way.remove(exchange),
            _ => None,
        };
        person.unwrap_or_else(|| NOBODY.to_owned())
    }

    /// The last of everything: nothing is written afterwards.
    fn let_go(&self) -> Result<(), StoreError> {
        let logged = self.log.write_indexes().and_then(|()| self.log.publish());
        let done = logged.and(self.settle());
        self.log.fail();
        self.keyring.state.close();
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
        done
    }

    /// Brings the state's main file and its sum up to date.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        self.keyring.state.with(|state| if state.is_dirty() { state.settle(&self.layout) } else { Ok(()) })
    }
}

/// The recording mode that a record is kept under.
fn mode(event: &Event) -> &str {
    let record = match &event.what {
        What::ExchangeOutcome(outcome) => outcome.record.as_ref(),
        What::ExchangeRefused(refused) => refused.record.as_ref(),
        _ => None,
    };
    record.map_or("masked", |record| if record.mode == "full" { "full" } else { "masked" })
}

impl fmt::Debug for RecordBody {
    /// Its size only: what it holds is nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordBody({} bytes)", self.bytes.len())
    }
}
