//! The log as it is written: one segment at a time, its frames in the order of their sequence numbers.
//!
//! Whoever enqueues gets a number under one lock; the frame's bytes go to the kernel with those of others that came
//! meanwhile, when the first of them asks for it. Whoever has to wait until it is durable waits for the flusher, which
//! syncs as long as somebody waits: all that was enqueued before a sync began becomes durable with it. Once a write
//! fails, nothing more is written.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use annexa_evidence::{Checkpoint, Event, Hash, Leaf, Salt, Tree};
use annexa_seal::{Binding, Random};
use tokio::sync::{broadcast, watch};

use crate::error::io;
use crate::frame::{self, Header};
use crate::index::{self, Entry};
use crate::keyring::Scope;
use crate::layout::{self, Layout};
use crate::segment;
use crate::system::System;
use crate::tiles::{self, Written};
use crate::{Logged, StoreError};

/// How many of the newest events are kept in memory, and how many a slow subscriber may lag behind.
pub(crate) const RECENT: usize = 512;
/// So many bytes wait for the kernel at most.
const LARGEST_BUFFER: usize = 1 << 18;

/// When a new segment is begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) bytes: u64,
    pub(crate) events: usize,
    /// What nobody asks for is synced, and the log is kept, once in so long a time.
    pub(crate) tick: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, events: 1 << 16, tick: Duration::from_secs(1) }
    }
}

/// An event to be written.
pub(crate) struct Piece<'a> {
    pub(crate) salt: &'a Salt,
    pub(crate) event: &'a [u8],
    pub(crate) scope: &'a Scope,
    pub(crate) record: Option<(&'a Scope, &'a [u8])>,
    pub(crate) outbox: u64,
    pub(crate) key: u64,
}

/// The log of a running store.
pub(crate) struct Log {
    layout: Layout,
    system: Arc<System>,
    random: Arc<dyn Random>,
    writer: Mutex<Writer>,
    /// How many events are with the kernel.
    written: AtomicU64,
    durable: watch::Sender<u64>,
    live: broadcast::Sender<Arc<Logged>>,
    failed: AtomicBool,
    wanted: Mutex<Wanted>,
    wake: Condvar,
    syncing: Mutex<()>,
    /// Held while tiles and checkpoint are written, and while they must not change.
    pub(crate) publishing: Mutex<()>,
    published: RwLock<Arc<Published>>,
}

/// The latest checkpoint.
pub(crate) struct Published {
    pub(crate) size: u64,
    root: Hash,
    pub(crate) text: String,
}

#[derive(Default)]
struct Wanted {
    size: u64,
    stop: bool,
}

/// The end of the log.
pub(crate) struct Writer {
    pub(crate) tree: Tree,
    /// The entry bundle under way.
    pub(crate) bundle: Vec<u8>,
    pub(crate) segments: BTreeMap<u64, PathBuf>,
    pub(crate) current: Current,
    pub(crate) recent: VecDeque<Arc<Logged>>,
    pub(crate) limits: Limits,
    /// Full segments that are not synced yet.
    unsynced: Vec<Arc<File>>,
    /// Full segments whose index is not written yet.
    closed: BTreeMap<u64, Vec<Entry>>,
    /// Full tiles that are not written yet.
    tiles: Vec<Written>,
    /// Frames of the segment being written that are not with the kernel yet, and their events.
    waiting: Vec<u8>,
    unseen: Vec<Arc<Logged>>,
    /// Bytes of the segment being written that are with the kernel.
    written: u64,
}

/// The segment that is being written.
pub(crate) struct Current {
    pub(crate) file: Arc<File>,
    pub(crate) header: Header,
    /// Where the next frame begins.
    pub(crate) offset: u64,
    pub(crate) index: Vec<Entry>,
}

impl Current {
    /// Begins a new segment. Its entry in the folder is durable with the next sync.
    pub(crate) fn begin(
        layout: &Layout,
        first: u64,
        random: &dyn Random,
    ) -> Result<(Self, PathBuf), StoreError> {
        let path = layout.segments().join(segment::name(first));
        let mut id = [0; 24];
        random.fill(&mut id);
        let header = Header { first, id };
        let mut file = layout::private().append(true).create_new(true).open(&path).map_err(io(&path))?;
        file.write_all(&header.to_bytes()).map_err(io(&path))?;
        layout::sync_folder(&layout.segments()).map_err(io(&path))?;
        Ok((Self { file: Arc::new(file), header, offset: frame::HEADER, index: Vec::new() }, path))
    }
}

impl Writer {
    pub(crate) fn new(
        tree: Tree,
        bundle: Vec<u8>,
        segments: BTreeMap<u64, PathBuf>,
        current: Current,
        limits: Limits,
    ) -> Self {
        let (recent, unsynced, closed, tiles, waiting, unseen) = Default::default();
        let written = current.offset;
        Self {
            tree,
            bundle,
            segments,
            current,
            recent,
            limits,
            unsynced,
            closed,
            tiles,
            waiting,
            unseen,
            written,
        }
    }

    fn is_full(&self) -> bool {
        self.current.offset >= self.limits.bytes || self.current.index.len() >= self.limits.events
    }

    fn rotate(&mut self, layout: &Layout, random: &dyn Random) -> Result<(), StoreError> {
        let (next, path) = Current::begin(layout, self.tree.size(), random)?;
        let full = std::mem::replace(&mut self.current, next);
        self.written = self.current.offset;
        self.segments.insert(self.current.header.first, path);
        self.unsynced.push(full.file);
        self.closed.insert(full.header.first, full.index);
        Ok(())
    }

    /// Puts the frames of a piece behind those that wait; gives the leaf and where the frames begin. They count only
    /// once they are taken.
    fn fill(
        &mut self,
        piece: &Piece<'_>,
        mut leaf: Leaf,
        origin: &str,
        random: &dyn Random,
    ) -> Result<(Vec<u8>, Entry), StoreError> {
        let Current { header: Header { id, .. }, offset, .. } = self.current;
        let seq = self.tree.size();
        let of = Binding { id: origin, sequence: seq };
        leaf.seq = seq;
        let leaf = leaf.to_bytes();
        let mut entry = Entry { key: piece.key, ..Entry::default() };
        self.drop_halves();
        let out = &mut self.waiting;
        let begin = out.len();
        let too_long = || StoreError::Refused("the record is too large: at most 256 MiB".to_owned());
        if let Some((scope, record)) = piece.record {
            entry.record = offset;
            let start = frame::start(out, frame::RECORD);
            out.extend_from_slice(&scope.id.to_be_bytes());
            out.extend_from_slice(&seq.to_be_bytes());
            scope.key.seal_into(of, record, random, out)?;
            frame::finish(out, start, &id, entry.record).then_some(()).ok_or_else(too_long)?;
        }
        entry.event = offset + (out.len() - begin) as u64;
        let start = frame::start(out, frame::EVENT);
        [piece.outbox, piece.scope.id, piece.key]
            .iter()
            .for_each(|n| out.extend_from_slice(&n.to_be_bytes()));
        out.extend_from_slice(&u16::try_from(leaf.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend_from_slice(&leaf);
        let plain = [piece.salt.as_slice(), piece.event].concat();
        piece.scope.key.seal_into(of, &plain, random, out)?;
        frame::finish(out, start, &id, entry.event).then_some(()).ok_or_else(too_long)?;
        Ok((leaf, entry))
    }

    /// Takes the frames that were put last into the tree, the index and the tiles.
    fn take(&mut self, leaf: &[u8], entry: Entry) {
        self.current.offset = self.written + self.waiting.len() as u64;
        self.current.index.push(entry);
        let full = tiles::push(&mut self.bundle, self.tree.size(), leaf);
        self.tiles.extend(full);
        self.tiles.extend(self.tree.append(leaf).into_iter().map(|full| (full.tile, full.bytes)));
    }

    /// Drops what was put but not taken: half a frame must not stand before the next one.
    fn drop_halves(&mut self) {
        self.waiting.truncate(usize::try_from(self.current.offset - self.written).unwrap_or(usize::MAX));
    }

    /// Gives the kernel all that waits; gives the events that are there now.
    fn write_out(&mut self) -> std::io::Result<Vec<Arc<Logged>>> {
        self.drop_halves();
        (&*self.current.file).write_all(&self.waiting)?;
        self.written = self.current.offset;
        self.waiting.clear();
        self.waiting.shrink_to(LARGEST_BUFFER);
        let seen = std::mem::take(&mut self.unseen);
        seen.iter().for_each(|logged| self.show(logged.clone()));
        Ok(seen)
    }

    fn show(&mut self, logged: Arc<Logged>) {
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(logged);
    }

    /// Where an event of the segment being written, or of one whose index is not on disk yet, lies.
    pub(crate) fn entries(&self, first: u64) -> Option<&[Entry]> {
        if first == self.current.header.first {
            return Some(&self.current.index);
        }
        self.closed.get(&first).map(Vec::as_slice)
    }
}

impl Log {
    pub(crate) fn new(layout: Layout, system: Arc<System>, random: Arc<dyn Random>, writer: Writer) -> Self {
        let (size, root) = (writer.tree.size(), writer.tree.root());
        let none = Published { size: u64::MAX, root, text: String::new() };
        Self {
            layout,
            system,
            random,
            writer: Mutex::new(writer),
            written: AtomicU64::new(size),
            durable: watch::Sender::new(size),
            live: broadcast::Sender::new(RECENT),
            failed: AtomicBool::new(false),
            wanted: Mutex::default(),
            wake: Condvar::new(),
            syncing: Mutex::new(()),
            publishing: Mutex::new(()),
            published: RwLock::new(Arc::new(none)),
        }
    }

    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn healthy(&self) -> bool {
        !self.failed.load(Ordering::Acquire)
    }

    /// Stops all further writing: what is on disk is what there is.
    pub(crate) fn fail(&self) {
        self.failed.store(true, Ordering::Release);
        // Whoever waits has to learn of it.
        self.durable.send_modify(|_| {});
    }

    /// Gives an event its number; [`Log::write`] gives its bytes to the kernel, and only then others see it.
    //= iso27001-2022:A.8.15
    pub(crate) fn enqueue(&self, piece: &Piece<'_>, event: Event) -> Result<u64, StoreError> {
        let leaf = Leaf::new(0, event.what.kind(), piece.salt, piece.event);
        let mut writer = self.writer();
        if !self.healthy() {
            return Err(StoreError::Stopped);
        }
        if writer.is_full() {
            self.write_out(&mut writer)?;
            writer.rotate(&self.layout, &*self.random).inspect_err(|_| self.fail())?;
        }
        let (leaf, entry) = writer.fill(piece, leaf, &self.system.origin, &*self.random)?;
        let seq = writer.tree.size();
        writer.take(&leaf, entry);
        writer.unseen.push(Arc::new(Logged { seq, event }));
        if writer.waiting.len() > LARGEST_BUFFER {
            self.write_out(&mut writer)?;
        }
        Ok(seq)
    }

    /// Sees to it that an event is with the kernel.
    pub(crate) fn write(&self, seq: u64) -> Result<(), StoreError> {
        let is_written = || self.written.load(Ordering::Acquire) > seq;
        if is_written() {
            return Ok(());
        }
        let outcome = self.write_out(&mut self.writer());
        // What another has written meanwhile is there, even if the log failed right after.
        if is_written() { Ok(()) } else { outcome }
    }

    /// Gives the kernel all that waits.
    pub(crate) fn write_out(&self, writer: &mut Writer) -> Result<(), StoreError> {
        if !self.healthy() {
            return Err(StoreError::Stopped);
        }
        if writer.waiting.is_empty() {
            return Ok(());
        }
        // A part of it may be there; the next start takes it for the torn tail that it is.
        let outcome = writer.write_out();
        let path = || self.layout.segments().join(segment::name(writer.current.header.first));
        let seen =
            outcome.map_err(|source| StoreError::Io { path: path(), source }).inspect_err(|_| self.fail())?;
        self.written.store(writer.tree.size(), Ordering::Release);
        for logged in seen {
            // Nobody listening is no error.
            let _ = self.live.send(logged);
        }
        Ok(())
    }

    pub(crate) fn size(&self) -> u64 {
        self.writer().tree.size()
    }

    /// How many events are with the kernel, and the root over them: what waits is written first, for a root over more
    /// than that would be one that the log never has if the process ends now. Of a log that could not write it, what
    /// its latest checkpoint stands for: its tree has grown beyond what is there.
    pub(crate) fn root(&self) -> (u64, Hash) {
        let published = self.published();
        let mut writer = self.writer();
        let _ = self.write_out(&mut writer);
        if self.written.load(Ordering::Acquire) == writer.tree.size() {
            (writer.tree.size(), writer.tree.root())
        } else {
            (published.size, published.root)
        }
    }

    pub(crate) fn durable(&self) -> u64 {
        *self.durable.borrow()
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<Logged>> {
        self.live.subscribe()
    }

    /// Waits until an event is on disk.
    pub(crate) async fn wait(&self, seq: u64) -> Result<(), StoreError> {
        let mut durable = self.durable.subscribe();
        if *durable.borrow() <= seq {
            self.want(seq + 1);
        }
        let reached = durable.wait_for(|size| *size > seq || !self.healthy()).await;
        if reached.is_ok_and(|size| *size > seq) { Ok(()) } else { Err(StoreError::Stopped) }
    }

    fn want(&self, size: u64) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted.size < size {
            wanted.size = size;
            self.wake.notify_one();
        }
    }

    /// Syncs all that was appended before.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        let _one = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.healthy() {
            return Err(StoreError::Stopped);
        }
        let (size, files) = {
            let mut writer = self.writer();
            self.write_out(&mut writer)?;
            let mut files = std::mem::take(&mut writer.unsynced);
            files.push(writer.current.file.clone());
            (writer.tree.size(), files)
        };
        if size == self.durable() {
            return Ok(());
        }
        let synced = files.iter().try_for_each(|file| file.sync_data());
        synced.map_err(io(&self.layout.segments())).inspect_err(|_| self.fail())?;
        self.durable.send_replace(size);
        Ok(())
    }

    /// Syncs while somebody waits, and each second. Ends when the log is stopped.
    pub(crate) fn flush(&self) {
        let tick = self.writer().limits.tick;
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        while !wanted.stop {
            if wanted.size <= self.durable() || !self.healthy() {
                wanted = self.wake.wait_timeout(wanted, tick).unwrap_or_else(PoisonError::into_inner).0;
            }
            drop(wanted);
            // What went wrong is known to all who wait.
            let _ = self.sync();
            wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends the flusher.
    pub(crate) fn stop(&self) {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.wake.notify_all();
    }

    /// Writes tiles and checkpoint, if something was appended since; all that they stand for is durable before.
    //= iso27001-2022:A.5.33
    pub(crate) fn publish(&self) -> Result<(), StoreError> {
        let _one = self.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let (size, root, full, partial) = {
            let mut writer = self.writer();
            let size = writer.tree.size();
            let mut partial = writer.tree.partial_tiles();
            partial.extend(tiles::partial(&writer.bundle, size));
            (size, writer.tree.root(), std::mem::take(&mut writer.tiles), partial)
        };
        if size == self.published().size {
            return Ok(());
        }
        self.sync()?;
        let text = Checkpoint::new(&self.system.origin, size, root).sign(&self.system.signing)?;
        self.put(&full, &partial, &text).inspect_err(|_| self.fail())?;
        *self.published.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Published { size, root, text });
        Ok(())
    }

    fn put(&self, full: &[Written], partial: &[Written], text: &str) -> Result<(), StoreError> {
        let tiles = || full.iter().chain(partial);
        tiles::write(&self.layout, tiles()).map_err(io(&self.layout.log()))?;
        let path = self.layout.checkpoint();
        layout::replace(&path, text.as_bytes()).map_err(io(&path))?;
        tiles().try_for_each(|(tile, _)| tiles::prune(&self.layout, *tile)).map_err(io(&self.layout.log()))
    }

    pub(crate) fn published(&self) -> Arc<Published> {
        self.published.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes the indexes of segments that became full.
    pub(crate) fn write_indexes(&self) -> Result<(), StoreError> {
        let closed = self.writer().closed.clone();
        for (first, entries) in &closed {
            let path = self.layout.segments().join(segment::name(*first));
            index::write(&path, entries).map_err(io(&path))?;
            self.writer().closed.remove(first);
        }
        Ok(())
    }
}
