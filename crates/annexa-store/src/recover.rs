//! The log at start: reads all of it, names what is lost or damaged, and finds where to go on.
//!
//! Only a tail that no checkpoint stands for is cut off. A segment with damage is never written to again: what follows
//! goes into a new one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annexa_evidence::{Checkpoint, Leaf};
use annexa_seal::Random;

use crate::error::io;
use crate::frame::{EventBody, RecordBody};
use crate::index::{self, Entry};
use crate::layout::{self, Layout};
use crate::log::{Current, Limits, Writer};
use crate::scan::{Place, Scan, Tail, Watch};
use crate::segment::Reader;
use crate::system::System;
use crate::tiles::{self, Written};
use crate::{Notice, StoreError};

/// The log as it was found.
pub(crate) struct Recovered {
    pub(crate) writer: Writer,
    pub(crate) notices: Vec<Notice>,
    /// The highest numbers of the outbox and of scopes that frames name.
    pub(crate) outbox: u64,
    pub(crate) scope: u64,
}

/// Reads the log and makes it ready to be written.
pub(crate) fn recover(
    layout: &Layout,
    system: &System,
    random: &dyn Random,
    limits: Limits,
    now_ms: i64,
) -> Result<Recovered, StoreError> {
    let mut mender = Mender { layout, now_ms, notices: Vec::new(), failed: None };
    let checkpoint = mender.checkpoint(system)?;
    let mut scan = Scan::new(layout, checkpoint.as_ref())?;
    scan.run(&mut mender)?;
    if let Some(error) = mender.failed {
        return Err(error);
    }
    let size = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size);
    if scan.tree.size() < size || !scan.agrees() {
        let problem = scan.problems.pop();
        return Err(StoreError::Damaged(
            problem.unwrap_or_else(|| Notice::new("segments", "", "the log is damaged")),
        ));
    }
    let mut notices = mender.notices;
    notices.append(&mut scan.problems);
    let current = proceed(layout, random, &mut scan, (size, now_ms), &mut notices)?;
    let mut segments: BTreeMap<u64, PathBuf> = scan.segments.into_iter().collect();
    segments.insert(current.header.first, layout.segments().join(crate::segment::name(current.header.first)));
    let writer = Writer::new(scan.tree, scan.bundle, segments, current, limits);
    Ok(Recovered { writer, notices, outbox: scan.outbox, scope: scan.scope })
}

/// Finds the segment to go on with, and cuts off or sets aside what can't stay.
fn proceed(
    layout: &Layout,
    random: &dyn Random,
    scan: &mut Scan<'_>,
    (checkpoint, now_ms): (u64, i64),
    notices: &mut Vec<Notice>,
) -> Result<Current, StoreError> {
    let size = scan.tree.size();
    let last = scan.segments.last().cloned();
    let beyond = !scan.entries.iter().rev().take(1).any(|entry| entry.event == 0) && size >= checkpoint;
    match (last, scan.tail.clone()) {
        (Some((first, path)), Tail::Whole(end)) if beyond => go_on(&path, first, end, scan),
        (Some((first, path)), Tail::Torn(at)) if beyond => {
            notices.push(torn(layout, &path, at, size)?);
            cut(&path, at)?;
            go_on(&path, first, at, scan)
        }
        (Some((first, path)), Tail::Damaged(at)) if beyond => {
            let aside = layout.set_aside(&path, now_ms)?;
            notices.push(torn(layout, &path, at, size)?);
            notices.push(Notice::new(aside, "", "the damaged segment is kept here as it was"));
            cut(&path, at)?;
            go_on(&path, first, at, scan)
        }
        (_, Tail::Stuck(place, at)) => {
            notices.append(&mut give_up(layout, scan, place, at, now_ms)?);
            begin(layout, random, size, scan, now_ms)
        }
        (Some((_, path)), Tail::Headless) => {
            std::fs::remove_file(&path).map_err(io(&path))?;
            scan.segments.pop();
            Ok(Current::begin(layout, size, random)?.0)
        }
        _ => begin(layout, random, size, scan, now_ms),
    }
}

/// Goes on in the last segment.
fn go_on(path: &Path, first: u64, end: u64, scan: &mut Scan<'_>) -> Result<Current, StoreError> {
    let header = Reader::open(path).map_err(io(path))?.map(|reader| reader.header());
    let damaged = |_| StoreError::Damaged(Notice::at(path.display().to_string(), 0, "the header is damaged"));
    let header = header.map_err(damaged)?;
    debug_assert_eq!(header.first, first);
    let file = layout::private().append(true).open(path).map_err(io(path))?;
    Ok(Current { file: Arc::new(file), header, offset: end, index: std::mem::take(&mut scan.entries) })
}

/// Begins a new segment behind one that is not written to again.
fn begin(
    layout: &Layout,
    random: &dyn Random,
    size: u64,
    scan: &mut Scan<'_>,
    now_ms: i64,
) -> Result<Current, StoreError> {
    match scan.segments.last() {
        // The same number again: nothing of the last segment could be read, so its place is taken.
        Some((first, path)) if *first == size => {
            layout.set_aside(path, now_ms)?;
            std::fs::remove_file(path).map_err(io(path))?;
            scan.segments.pop();
        }
        Some((_, path)) => index::write(path, &scan.entries).map_err(io(path))?,
        None => {}
    }
    scan.entries.clear();
    Ok(Current::begin(layout, size, random)?.0)
}

/// Sets aside everything from a gap on that nothing can fill. No checkpoint stands for it.
fn give_up(
    layout: &Layout,
    scan: &mut Scan<'_>,
    place: usize,
    at: u64,
    now_ms: i64,
) -> Result<Vec<Notice>, StoreError> {
    let mut notices = Vec::new();
    for (_, path) in scan.segments.split_off(place + 1) {
        let aside = layout.set_aside(&path, now_ms)?;
        notices.push(Notice::new(aside, "", "this segment has no place in the log any more"));
        std::fs::remove_file(&path).map_err(io(&path))?;
    }
    if let Some((_, path)) = scan.segments.last() {
        let aside = layout.set_aside(path, now_ms)?;
        notices.push(Notice::at(
            aside,
            at,
            "what follows has no place in the log any more; it is kept here as it was",
        ));
        cut(path, at)?;
    }
    Ok(notices)
}

fn torn(layout: &Layout, path: &Path, at: u64, size: u64) -> Result<Notice, StoreError> {
    let length = std::fs::metadata(path).map_err(io(path))?.len();
    let after =
        size.checked_sub(1).map_or("before the first event".to_owned(), |seq| format!("after event {seq}"));
    let problem = format!(
        "a torn tail of {} bytes {after} was cut off; no checkpoint stands for it",
        length.saturating_sub(at)
    );
    Ok(Notice::at(layout.name(path), at, problem))
}

fn cut(path: &Path, at: u64) -> Result<(), StoreError> {
    let file = std::fs::OpenOptions::new().write(true).open(path).map_err(io(path))?;
    file.set_len(at).and_then(|()| file.sync_all()).map_err(io(path))
}

/// Mends what can be made again from the segments: tiles and indexes.
struct Mender<'a> {
    layout: &'a Layout,
    now_ms: i64,
    notices: Vec<Notice>,
    failed: Option<StoreError>,
}

impl Mender<'_> {
    fn checkpoint(&mut self, system: &System) -> Result<Option<Checkpoint>, StoreError> {
        let path = self.layout.checkpoint();
        let name = self.layout.name(&path);
        let Some(bytes) = layout::read(&path).map_err(io(&path))? else {
            if !crate::segment::list(&self.layout.segments()).map_err(io(&path))?.is_empty() {
                self.notices.push(Notice::new(
                    name,
                    "",
                    "is missing, so a lost end of the log can't be noticed",
                ));
            }
            return Ok(None);
        };
        let text = String::from_utf8(bytes).unwrap_or_default();
        match Checkpoint::open(&text, system.signing.verifying()) {
            Ok(checkpoint) => Ok(Some(checkpoint)),
            Err(error) => {
                self.layout.set_aside(&path, self.now_ms)?;
                self.notices.push(Notice::new(
                    name,
                    "",
                    format!("{error}, so a lost end of the log can't be noticed"),
                ));
                Ok(None)
            }
        }
    }

    fn mend(&mut self, tile: &Written) -> Result<(), StoreError> {
        let path = tiles::path(self.layout, tile.0);
        let on_disk = layout::read(&path).map_err(io(&path))?;
        if on_disk.as_ref() == Some(&tile.1) {
            return Ok(());
        }
        if on_disk.is_some() {
            self.layout.set_aside(&path, self.now_ms)?;
            self.notices.push(Notice::new(
                self.layout.name(&path),
                "",
                "was damaged, and is made again from the segments",
            ));
        }
        tiles::write(self.layout, std::iter::once(tile)).map_err(io(&path))
    }

    fn keep(&mut self, done: Result<(), StoreError>) {
        if let Err(error) = done {
            self.failed.get_or_insert(error);
        }
    }
}

impl Watch for Mender<'_> {
    fn event(&mut self, _: &Place<'_>, _: &EventBody, _: &Leaf, _: Option<&RecordBody>) {}

    fn tile(&mut self, tile: &Written, _: bool) {
        let mended = self.mend(tile);
        self.keep(mended);
    }

    fn full(&mut self, path: &Path, entries: &[Entry]) {
        let file = index::path(path);
        let bytes = index::to_bytes(entries);
        let mended = layout::read(&file).and_then(|on_disk| match on_disk {
            Some(on_disk) if on_disk == bytes => Ok(()),
            other => {
                if other.is_some() {
                    let name = self.layout.name(&file);
                    self.notices.push(Notice::new(
                        name,
                        "",
                        "was damaged, and is made again from its segment",
                    ));
                }
                layout::replace(&file, &bytes)
            }
        });
        self.keep(mended.map_err(io(&file)));
    }
}
