//! Goes through all segments and makes the tree anew from their leaves, filling what is lost from the entry bundles.
//! Start and verification both do this; they differ in what they do with what they see.

use std::path::{Path, PathBuf};

use annexa_evidence::{Checkpoint, Hash, Leaf, Tree};

use crate::error::io;
use crate::frame::{Body, EventBody, HEADER, RecordBody};
use crate::index::Entry;
use crate::layout::Layout;
use crate::segment::{self, Reader, Step};
use crate::tiles::{self, Written};
use crate::{Notice, StoreError};

/// Sees what a scan comes across.
pub(crate) trait Watch {
    /// An event whose frame holds.
    fn event(&mut self, place: &Place<'_>, body: &EventBody, leaf: &Leaf, record: Option<&RecordBody>);
    /// A tile that must be on disk: a full one, or a partial one of the checkpoint's tree.
    ///
    /// It is only `required` when the checkpoint stands for all of it.
    fn tile(&mut self, tile: &Written, required: bool);
    /// The end of a segment that another one follows, with what its index must be.
    fn full(&mut self, path: &Path, entries: &[Entry]);
}

/// Where a frame lies.
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) at: u64,
}

/// What a scan found.
pub(crate) struct Scan<'a> {
    layout: &'a Layout,
    checkpoint: Option<&'a Checkpoint>,
    pub(crate) tree: Tree,
    pub(crate) bundle: Vec<u8>,
    pub(crate) segments: Vec<(u64, PathBuf)>,
    /// The index of the segment being read; in the end, of the last one.
    pub(crate) entries: Vec<Entry>,
    pub(crate) problems: Vec<Notice>,
    /// Where and how the last segment's good part ends.
    pub(crate) tail: Tail,
    /// The highest numbers of the outbox and of scopes that frames name.
    pub(crate) outbox: u64,
    pub(crate) scope: u64,
    root: Option<Hash>,
    record: Option<(u64, RecordBody)>,
}

/// How the last segment ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// With a whole frame, at this byte.
    Whole(u64),
    /// With the beginning of a frame that was never written whole, at this byte.
    Torn(u64),
    /// With bytes that nobody wrote so, from this byte on.
    Damaged(u64),
    /// With good frames behind damage: it is never written to again.
    Holed,
    /// Its header is not whole.
    Headless,
    /// A gap at this byte of this segment (by place in the list) can't be filled: what follows has no place in the tree.
    Stuck(usize, u64),
}

impl<'a> Scan<'a> {
    pub(crate) fn new(layout: &'a Layout, checkpoint: Option<&'a Checkpoint>) -> Result<Self, StoreError> {
        let folder = layout.segments();
        let segments = segment::list(&folder).map_err(io(&folder))?;
        let root = checkpoint.filter(|checkpoint| checkpoint.size == 0).map(|_| Tree::new().root());
        Ok(Self {
            layout,
            checkpoint,
            tree: Tree::new(),
            bundle: Vec::new(),
            segments,
            entries: Vec::new(),
            problems: Vec::new(),
            tail: Tail::Whole(0),
            outbox: 0,
            scope: 0,
            root,
            record: None,
        })
    }

    /// Reads everything.
    pub(crate) fn run(&mut self, watch: &mut impl Watch) -> Result<(), StoreError> {
        let segments = self.segments.clone();
        for (place, (first, path)) in segments.iter().enumerate() {
            let last = place + 1 == segments.len();
            self.entries.clear();
            self.segment(place, *first, path, watch)?;
            if matches!(self.tail, Tail::Stuck(..)) {
                return Ok(());
            }
            if !last {
                self.end_inner(&segments, place, watch);
                watch.full(path, &self.entries);
            }
        }
        self.end(watch);
        Ok(())
    }

    fn segment(
        &mut self,
        place: usize,
        first: u64,
        path: &Path,
        watch: &mut impl Watch,
    ) -> Result<(), StoreError> {
        let name = self.layout.name(path);
        let mut reader = match Reader::open(path).map_err(io(path))? {
            Ok(reader) if reader.header().first == first => reader,
            _ => {
                // A header that is shorter than a header is the torn beginning of a segment.
                let length = std::fs::metadata(path).map_err(io(path))?.len();
                self.tail = if length < HEADER { Tail::Headless } else { Tail::Holed };
                if length >= HEADER || place + 1 < self.segments.len() {
                    self.problems.push(Notice::at(
                        name,
                        0,
                        "the segment's header is damaged, so nothing in it can be read",
                    ));
                }
                return Ok(());
            }
        };
        if first > self.tree.size() && !self.fill(first, watch) {
            self.tail = Tail::Stuck(place, HEADER);
            return Ok(());
        }
        self.tail = Tail::Whole(HEADER);
        // Where the last event that has its place in the tree ends.
        let mut good = HEADER;
        let mut holed = false;
        loop {
            match reader.next().map_err(io(path))? {
                Step::Frame { at, body } => {
                    if !self.frame(&Place { file: &name, at }, body, watch) {
                        self.tail = Tail::Stuck(place, good);
                        return Ok(());
                    }
                    if self.record.is_none() {
                        good = reader.at();
                        self.tail = if holed { Tail::Holed } else { Tail::Whole(reader.at()) };
                    }
                }
                Step::Damaged { at } => {
                    self.problems.push(Notice::at(&name, at, "the frame here is damaged"));
                    self.record = None;
                    if !reader.resync().map_err(io(path))? {
                        self.tail = if holed { Tail::Holed } else { Tail::Damaged(good) };
                        return Ok(());
                    }
                    holed = true;
                }
                Step::Torn { at, .. } => {
                    let at = self.record.take().map_or(at, |(at, _)| at);
                    self.tail = if holed { Tail::Holed } else { Tail::Torn(at) };
                    return Ok(());
                }
                Step::End => {
                    // A record without its event.
                    if let Some((at, _)) = self.record.take() {
                        self.tail = if holed { Tail::Holed } else { Tail::Torn(at) };
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Takes a frame. False when it lies behind a gap that can't be filled.
    fn frame(&mut self, place: &Place<'_>, body: Body, watch: &mut impl Watch) -> bool {
        let event = match body {
            Body::Record(record) => {
                self.record = Some((place.at, record));
                return true;
            }
            Body::Event(event) => event,
        };
        let leaf = Leaf::parse(&event.leaf).ok().filter(|leaf| leaf.seq >= self.tree.size());
        let Some(leaf) = leaf else {
            self.problems.push(Notice::at(place.file, place.at, "the frame's leaf has no place in the log"));
            return true;
        };
        if leaf.seq > self.tree.size() && !self.fill(leaf.seq, watch) {
            return false;
        }
        let record = self.record.take().filter(|(_, record)| record.seq == leaf.seq);
        self.outbox = self.outbox.max(event.outbox);
        self.scope = self.scope.max(event.scope).max(record.as_ref().map_or(0, |(_, record)| record.scope));
        let at = record.as_ref().map_or(0, |(at, _)| *at);
        self.entries.push(Entry { key: event.key, event: place.at, record: at });
        watch.event(place, &event, &leaf, record.as_ref().map(|(_, record)| record));
        self.push(&event.leaf, watch);
        true
    }

    /// Takes the leaves of lost events from the entry bundles. False when they are not there.
    fn fill(&mut self, to: u64, watch: &mut impl Watch) -> bool {
        let from = self.tree.size();
        for seq in from..to {
            let leaf = tiles::leaf(self.layout, seq).ok();
            let leaf = leaf.filter(|leaf| Leaf::parse(leaf).is_ok_and(|leaf| leaf.seq == seq));
            let Some(leaf) = leaf else {
                let lost = format!("events {seq} to {} are lost, and their leaves too", to - 1);
                self.problems.push(Notice::new("segments", "", lost));
                return false;
            };
            self.entries.push(Entry::default());
            self.push(&leaf, watch);
        }
        let lost = format!("events {from} to {} are lost; their leaves are in the log's entries", to - 1);
        self.problems.push(Notice::new("segments", "", lost));
        true
    }

    fn push(&mut self, leaf: &[u8], watch: &mut impl Watch) {
        let size = self.tree.size() + 1;
        let required = self.checkpoint.is_some_and(|checkpoint| checkpoint.size >= size);
        if let Some(full) = tiles::push(&mut self.bundle, size - 1, leaf) {
            watch.tile(&full, required);
        }
        for full in self.tree.append(leaf) {
            watch.tile(&(full.tile, full.bytes), required);
        }
        if self.checkpoint.is_some_and(|checkpoint| checkpoint.size == size) {
            self.root = Some(self.tree.root());
            self.tree.partial_tiles().iter().for_each(|tile| watch.tile(tile, true));
            tiles::partial(&self.bundle, size).iter().for_each(|tile| watch.tile(tile, true));
        }
    }

    /// A segment that isn't the last must reach to where the next one begins.
    fn end_inner(&mut self, segments: &[(u64, PathBuf)], place: usize, watch: &mut impl Watch) {
        let next = segments.get(place + 1).map_or(0, |(first, _)| *first);
        let name = segments.get(place).map(|(_, path)| self.layout.name(path)).unwrap_or_default();
        if let Tail::Torn(at) = self.tail {
            self.problems.push(Notice::at(name, at, "the segment breaks off here"));
        }
        if next > self.tree.size() {
            self.fill(next, watch);
        }
    }

    fn end(&mut self, watch: &mut impl Watch) {
        let Some(checkpoint) = self.checkpoint else { return };
        if self.tree.size() < checkpoint.size && !self.fill(checkpoint.size, watch) {
            return;
        }
        if self.root != Some(checkpoint.root) {
            let problem = "the segments don't lead to the root hash that was signed";
            self.problems.push(Notice::new("log/checkpoint", "", problem));
        }
    }

    /// Whether the tree is the one that the checkpoint stands for, or there is none to compare it with.
    pub(crate) fn agrees(&self) -> bool {
        self.checkpoint.is_none_or(|checkpoint| self.root == Some(checkpoint.root))
    }
}
