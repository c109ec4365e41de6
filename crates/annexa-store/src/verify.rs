//! Checks a data directory without changing anything in it, also while a process writes to it: every file is read, and a
//! changed byte in any of them is named with its file and position.
//!
//! While a process writes, files are read at different moments, so what seems wrong is looked at again: only what is
//! wrong each time is a problem.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use annexa_evidence::{Checkpoint, Event, Hash, Leaf, Tile};
use annexa_seal::{Binding, FileHolder, HolderError, Random};

use crate::digest::{array, hex, sha256};
use crate::error::io;
use crate::frame::{EventBody, RecordBody};
use crate::index::{self, Entry};
use crate::keyring::{Keyring, StateCell};
use crate::layout::{self, Layout};
use crate::scan::{Place, Scan, Tail, Watch};
use crate::state::State;
use crate::system::System;
use crate::tiles::{self, Written};
use crate::{Notice, StoreError, VerifyError, segment, sum};

const LOOKS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(300);

/// A data directory in which all holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many events it holds.
    pub events: u64,
    /// How many events the tree has, those after the last checkpoint included.
    pub size: u64,
    /// The tree's root hash.
    pub root: Hash,
    /// What is no damage, but worth knowing: a torn tail, files kept aside.
    pub notices: Vec<Notice>,
}

/// Checks a data directory.
///
/// # Errors
/// Every problem, named by file and position.
//= iso27001-2022:A.5.33
pub fn verify(dir: &Path) -> Result<Verified, VerifyError> {
    let mut persistent: Option<BTreeSet<Notice>> = None;
    for look in 0..LOOKS {
        let found = Look::at(dir);
        if found.problems.is_empty() {
            return Ok(found.verified);
        }
        let problems: BTreeSet<Notice> = found.problems.into_iter().collect();
        let before = persistent.replace(problems.clone());
        // What was wrong before and isn't any more was being written.
        let same = before.map(|before| before.intersection(&problems).cloned().collect::<BTreeSet<_>>());
        if same.as_ref().is_some_and(|same| !same.is_empty()) && look > 0 {
            return Err(VerifyError { problems: same.unwrap_or_default().into_iter().collect() });
        }
        std::thread::sleep(PAUSE);
    }
    Err(VerifyError { problems: persistent.unwrap_or_default().into_iter().collect() })
}

/// The problems that one look finds, for tests that look often.
#[cfg(test)]
pub(crate) fn look(dir: &Path) -> Vec<Notice> {
    Look::at(dir).problems
}

/// One look at everything.
struct Look {
    problems: Vec<Notice>,
    verified: Verified,
}

/// No randomness is needed to read.
struct Nothing;

impl Random for Nothing {
    fn fill(&self, _: &mut [u8]) {}
}

impl Look {
    fn at(dir: &Path) -> Self {
        let empty =
            Verified { events: 0, size: 0, root: annexa_evidence::Tree::new().root(), notices: Vec::new() };
        let mut look = Self { problems: Vec::new(), verified: empty };
        let layout = Layout::new(dir);
        if let Err(error) = look.all(&layout) {
            look.problems.push(name(&layout, &error));
        }
        look
    }

    fn all(&mut self, layout: &Layout) -> Result<(), StoreError> {
        self.files(layout)?;
        let holder = FileHolder::open(&layout.keys(), Arc::new(Nothing))?;
        self.problems.extend(holder.check().iter().map(|error| holder_problem(layout, error)));
        let system = System::read(layout, &holder)?;
        let system =
            system.ok_or_else(|| StoreError::Damaged(Notice::new("system.key", "", "is missing")))?;
        let system = Arc::new(system);
        let checked = sum::check(layout, &system)?;
        self.problems.extend(checked.problems);
        self.verified.notices.extend(checked.notices);
        self.verifying_key(layout, &system)?;
        let checkpoint = self.checkpoint(layout, &system)?;
        let copy = Copy::of(layout)?;
        let state = State::open(&copy.path(), system.clone(), Arc::new(Nothing));
        let state = state.and_then(|state| Ok((state.check(checked.changes)?, state.last_ids()?, state)));
        match state {
            Ok((problems, ids, state)) => {
                self.problems.extend(problems);
                let keyring =
                    Keyring::new(holder, Arc::new(StateCell::new(state)), system.clone(), Arc::new(Nothing));
                self.log(layout, &system, &keyring, checkpoint.as_ref(), ids)
            }
            Err(error) => {
                self.problems.push(Notice::new("state.db", "", format!("{error}: no event can be opened")));
                Ok(())
            }
        }
    }

    /// Names files that don't belong here.
    fn files(&mut self, layout: &Layout) -> Result<(), StoreError> {
        for path in layout::files(layout.root()).map_err(io(layout.root()))? {
            let name = layout.name(&path);
            match kind(layout, &path, &name) {
                Kind::Known => {}
                Kind::Aside => {
                    self.verified.notices.push(Notice::new(name, "", "was damaged, and is kept aside"))
                }
                Kind::Leftover => self.verified.notices.push(Notice::new(
                    name,
                    "",
                    "is left over from an interrupted write",
                )),
                Kind::Unknown => {
                    self.problems.push(Notice::new(name, "", "doesn't belong in a data directory"))
                }
            }
        }
        Ok(())
    }

    fn verifying_key(&mut self, layout: &Layout, system: &System) -> Result<(), StoreError> {
        let path = layout.verifying_key();
        let expected = format!("{}\n", system.signing.verifying());
        let found = layout::read(&path).map_err(io(&path))?.unwrap_or_default();
        if let Some(at) = difference(&found, expected.as_bytes()) {
            self.problems.push(Notice::at(layout.name(&path), at, "is not the log's key"));
        }
        Ok(())
    }

    fn checkpoint(&mut self, layout: &Layout, system: &System) -> Result<Option<Checkpoint>, StoreError> {
        let path = layout.checkpoint();
        let found = layout::read(&path).map_err(io(&path))?;
        let name = layout.name(&path);
        let Some(found) = found else {
            self.problems.push(Notice::new(name, "", "is missing"));
            return Ok(None);
        };
        let text = String::from_utf8(found).unwrap_or_default();
        let checkpoint = Checkpoint::open(&text, system.signing.verifying());
        let again = checkpoint.as_ref().ok().and_then(|checkpoint| checkpoint.sign(&system.signing).ok());
        match checkpoint {
            // Ed25519 signs the same text the same way, so there is one right form.
            Ok(checkpoint) if again.as_deref() == Some(text.as_str()) => Ok(Some(checkpoint)),
            Ok(_) => {
                self.problems.push(Notice::at(name, 0, "is not as it was written"));
                Ok(None)
            }
            Err(error) => {
                self.problems.push(Notice::at(name, 0, error.to_string()));
                Ok(None)
            }
        }
    }

    fn log(
        &mut self,
        layout: &Layout,
        system: &System,
        keyring: &Keyring,
        checkpoint: Option<&Checkpoint>,
        (scope, outbox): (u64, u64),
    ) -> Result<(), StoreError> {
        segment::refuse_foreign(&layout.segments())?;
        let mut scan = Scan::new(layout, checkpoint)?;
        let mut checker =
            Checker { layout, system, keyring, events: 0, problems: Vec::new(), seen: BTreeMap::new() };
        scan.run(&mut checker)?;
        checker.others(&scan)?;
        self.verified.events = checker.events;
        self.problems.append(&mut checker.problems);
        self.problems.append(&mut scan.problems);
        if scan.scope > scope || scan.outbox > outbox {
            self.problems.push(Notice::new(
                "state.db",
                "",
                "the log knows of changes that are not here: state was lost",
            ));
        }
        if let (Some((_, path)), Tail::Torn(at)) = (scan.segments.last(), &scan.tail) {
            let length = std::fs::metadata(path).map_err(io(path))?.len();
            let torn = format!(
                "a torn tail of {} bytes after {} events",
                length.saturating_sub(*at),
                scan.tree.size()
            );
            self.verified.notices.push(Notice::at(layout.name(path), *at, torn));
        }
        self.verified.size = scan.tree.size();
        self.verified.root = scan.tree.root();
        Ok(())
    }
}

/// A copy of the state to read with SQLite, which must not touch the files themselves. What is in it is sealed.
struct Copy(PathBuf);

impl Copy {
    fn of(layout: &Layout) -> Result<Self, StoreError> {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("annexa-verify-{}-{number}", std::process::id()));
        layout::create_folder(&folder).map_err(io(&folder))?;
        let copy = Self(folder);
        for (from, to) in [(layout.state(), copy.path()), (layout.wal(), copy.0.join("state.db-wal"))] {
            if from.exists() {
                std::fs::copy(&from, &to).map_err(io(&from))?;
            }
        }
        Ok(copy)
    }

    fn path(&self) -> PathBuf {
        self.0.join("state.db")
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // A copy that stays holds nothing that isn't sealed.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Checks what a scan comes across.
struct Checker<'a> {
    layout: &'a Layout,
    system: &'a System,
    keyring: &'a Keyring,
    events: u64,
    problems: Vec<Notice>,
    /// The files that were compared.
    seen: BTreeMap<PathBuf, ()>,
}

impl Checker<'_> {
    fn compare(&mut self, path: PathBuf, expected: &[u8], problem: &str) {
        let name = self.layout.name(&path);
        match layout::read(&path) {
            Ok(None) => self.problems.push(Notice::new(name, "", "is missing")),
            Ok(Some(found)) => {
                self.problems.extend(difference(&found, expected).map(|at| Notice::at(name, at, problem)));
            }
            Err(error) => self.problems.push(Notice::new(name, "", format!("can't be read: {error}"))),
        }
        self.seen.insert(path, ());
    }

    /// Files of the log that no checkpoint asks for: tiles from before or after it.
    fn others(&mut self, scan: &Scan<'_>) -> Result<(), StoreError> {
        let root = self.layout.log();
        for path in layout::files(&root).map_err(io(&root))? {
            let below = path.strip_prefix(&root).ok().and_then(Path::to_str).and_then(Tile::parse);
            let Some(tile) = below.filter(|_| !self.seen.contains_key(&path)) else { continue };
            let now =
                scan.tree.partial_tiles().into_iter().chain(tiles::partial(&scan.bundle, scan.tree.size()));
            let edge = now.into_iter().find(|(edge, _)| (edge.level, edge.index) == (tile.level, tile.index));
            let whole = match edge {
                Some((edge, bytes)) if edge.width >= tile.width => Some(bytes),
                Some(_) => None,
                // A version from before the tile was full, which was compared.
                None => {
                    layout::read(&tiles::path(self.layout, Tile { width: 256, ..tile })).map_err(io(&path))?
                }
            };
            let found = layout::read(&path).map_err(io(&path))?.unwrap_or_default();
            let at =
                whole.map_or(Some(0), |whole| difference(&found, whole.get(..found.len()).unwrap_or(&whole)));
            let at = at.or_else(|| (!fits(tile, &found)).then_some(found.len() as u64));
            let name = self.layout.name(&path);
            self.problems
                .extend(at.map(|at| Notice::at(name, at, "the tile doesn't follow from the segments")));
        }
        Ok(())
    }

    fn open(&self, body: &EventBody, leaf: &Leaf, record: Option<&RecordBody>) -> Result<(), String> {
        let scope = match self.keyring.opening(body.scope) {
            Err(StoreError::Erased) => return Ok(()),
            scope => scope.map_err(|e| e.to_string())?,
        };
        let of = Binding { id: &self.system.origin, sequence: leaf.seq };
        let plain = scope.key.open(of, &body.sealed).map_err(|e| e.to_string())?;
        let (salt, bytes) = plain.split_at_checked(32).ok_or("the sealed part is too short")?;
        if !leaf.matches(&array(salt), bytes) {
            return Err("the leaf doesn't commit to the event".to_owned());
        }
        let event = Event::parse(bytes).map_err(|e| e.to_string())?;
        let key = event.exchange.as_ref().map_or(0, |exchange| index::key(&event.tenant, exchange));
        if event.tenant != scope.tenant || event.what.kind() != leaf.kind || key != body.key {
            return Err("the event is not the one that the frame says".to_owned());
        }
        self.record(&event, of, record)
    }

    fn record(&self, event: &Event, of: Binding<'_>, record: Option<&RecordBody>) -> Result<(), String> {
        let (Some(named), Some(record)) = (crate::reading::named_record(event), record) else {
            return Ok(());
        };
        let scope = match self.keyring.opening(record.scope) {
            Err(StoreError::Erased) => return Ok(()),
            scope => scope.map_err(|e| e.to_string())?,
        };
        let plain = scope.key.open(of, &record.sealed).map_err(|e| format!("the record: {e}"))?;
        let right = hex(&sha256(&[&plain])) == named.hash && scope.tenant == event.tenant;
        right.then_some(()).ok_or_else(|| "the record is not the one that the event names".to_owned())
    }
}

impl Watch for Checker<'_> {
    fn event(&mut self, place: &Place<'_>, body: &EventBody, leaf: &Leaf, record: Option<&RecordBody>) {
        self.events += 1;
        if let Err(problem) = self.open(body, leaf, record) {
            self.problems.push(Notice::at(place.file, place.at, problem));
        }
    }

    fn tile(&mut self, (tile, bytes): &Written, required: bool) {
        // Tiles that no checkpoint stands for may not be there yet.
        let path = tiles::path(self.layout, *tile);
        if required || path.exists() {
            self.compare(path, bytes, "the tile doesn't follow from the segments");
        }
    }

    fn full(&mut self, path: &Path, entries: &[Entry]) {
        let file = index::path(path);
        if file.exists() {
            self.compare(file, &index::to_bytes(entries), "the index doesn't follow from its segment");
        }
    }
}

/// What a file is to a data directory.
enum Kind {
    Known,
    Aside,
    Leftover,
    Unknown,
}

fn kind(layout: &Layout, path: &Path, name: &str) -> Kind {
    let folder = path.parent().unwrap_or(path);
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let known = match name {
        "system.key" | "state.db" | "state.db-wal" | "state.sum" | "log/checkpoint" | "log/log.vkey" => true,
        "keys/root.key" => true,
        // What holds no byte has none that could change; a socket is no file.
        "lock" => path.metadata().is_ok_and(|metadata| metadata.len() == 0),
        "admin.sock" => path.metadata().is_ok_and(|metadata| !metadata.is_file()),
        _ if folder == layout.segments() => {
            matches!(extension, "seg" | "idx") && stem.len() == 20 && stem.bytes().all(|b| b.is_ascii_digit())
        }
        _ if folder == layout.keys().join("tenants") => matches!(extension, "key" | "gone"),
        _ => name.strip_prefix("log/").is_some_and(|below| Tile::parse(below).is_some()),
    };
    match () {
        () if path.starts_with(layout.damaged()) => Kind::Aside,
        () if extension == layout::NEW => Kind::Leftover,
        () if known => Kind::Known,
        () => Kind::Unknown,
    }
}

/// Whether a tile's file is as long as its width says.
fn fits(tile: Tile, bytes: &[u8]) -> bool {
    match tile.level {
        annexa_evidence::Level::Hashes(_) => bytes.len() == usize::from(tile.width) * 32,
        annexa_evidence::Level::Entries => annexa_evidence::bundle::entries(bytes)
            .is_ok_and(|entries| entries.len() == usize::from(tile.width)),
    }
}

/// The first byte in which two texts differ.
fn difference(found: &[u8], expected: &[u8]) -> Option<u64> {
    let same = found.iter().zip(expected).take_while(|(a, b)| a == b).count();
    (same < found.len().max(expected.len())).then_some(same as u64)
}

fn holder_problem(layout: &Layout, error: &HolderError) -> Notice {
    let path = match error {
        HolderError::Exists(path) | HolderError::Missing(path) => Some(path),
        HolderError::Exposed { path, .. } | HolderError::Damaged { path, .. } => Some(path),
        HolderError::OtherRoot { path, .. } | HolderError::Io { path, .. } => Some(path),
        HolderError::NoTenant(_) | HolderError::Destroyed(_) | HolderError::Sealed { .. } => None,
    };
    let place =
        if let HolderError::Damaged { line, .. } = error { format!("line {line}") } else { String::new() };
    Notice::new(path.map_or("keys".to_owned(), |path| layout.name(path)), place, error.to_string())
}

fn name(layout: &Layout, error: &StoreError) -> Notice {
    match error {
        StoreError::Damaged(notice) => notice.clone(),
        StoreError::Holder(error) => holder_problem(layout, error),
        StoreError::Io { path, source } => {
            Notice::new(layout.name(path), "", format!("can't be read: {source}"))
        }
        other => Notice::new("state.db", "", other.to_string()),
    }
}
