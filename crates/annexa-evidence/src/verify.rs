//! Checks an exported folder: every byte of it against the log's key, naming the first thing that is wrong.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::event::Head;
use crate::export::{CHECKPOINT, EVENTS, KEY, Line, MANIFEST};
use crate::hash::finish;
use crate::manifest::Manifest;
use crate::tile::WIDTH;
use crate::{Checkpoint, Hash, Leaf, Level, Note, Salt, Tile, Tree, VerifyingKey, bundle};

/// Longer lines are not read.
const LONGEST_LINE: u64 = 64 << 20;
/// Larger files, but for the events, are not read: a full bundle of the longest entries.
const LARGEST: u64 = 256 * 65_537;

/// What an export that holds shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedExport {
    /// The log.
    pub origin: String,
    /// Whose events are disclosed.
    pub tenant: String,
    /// How many.
    pub events: u64,
    /// The tree's size.
    pub size: u64,
    /// The tree's root hash.
    pub root: Hash,
}

/// The first thing that is wrong with an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file is missing or can't be read.
    #[error("`{file}` can't be read")]
    Unread {
        /// The file's path in the folder.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file doesn't hold what it must.
    #[error("`{file}`{position}: {problem}")]
    Wrong {
        /// The file's path in the folder.
        file: String,
        /// Where in the file.
        position: Position,
        /// What is wrong there.
        problem: String,
    },
}

/// A place in a file of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The file as a whole.
    Whole,
    /// A line, from 1.
    Line(u64),
    /// An entry of a bundle, from 0.
    Entry(usize),
    /// A hash of a tile, from 0.
    Hash(usize),
}

/// Checks an exported folder. Without a trusted key, the folder's own key is taken: then the check shows that the
/// folder is whole, not whose log it is, so compare the key with one that came another way.
///
/// # Errors
/// At the first thing that is wrong, named by file and position.
//= iso27001-2022:A.5.33
pub fn verify_export(folder: &Path, trusted: Option<&VerifyingKey>) -> Result<VerifiedExport, ExportError> {
    let key = key(folder, trusted)?;
    let checkpoint = text(folder, CHECKPOINT)?;
    let checkpoint =
        Checkpoint::open(&checkpoint, &key).map_err(|e| wrong(CHECKPOINT, Position::Whole, e))?;
    let manifest = manifest(folder, &key, &checkpoint)?;
    files(folder, checkpoint.size)?;
    tree(folder, &checkpoint)?;
    events(folder, &manifest)?;
    let Manifest { tenant, events, size, root, .. } = manifest;
    Ok(VerifiedExport { origin: checkpoint.origin, tenant, events, size, root })
}

fn key(folder: &Path, trusted: Option<&VerifyingKey>) -> Result<VerifyingKey, ExportError> {
    let read = text(folder, KEY)?;
    let line = read.strip_suffix('\n').ok_or_else(|| wrong(KEY, Position::Whole, "one line is expected"))?;
    let key: VerifyingKey = line.parse().map_err(|e| wrong(KEY, Position::Line(1), e))?;
    match trusted {
        Some(trusted) if *trusted != key => Err(wrong(KEY, Position::Line(1), "not the key that is trusted")),
        _ => Ok(key),
    }
}

fn manifest(folder: &Path, key: &VerifyingKey, state: &Checkpoint) -> Result<Manifest, ExportError> {
    let read = text(folder, MANIFEST)?;
    let note = Note::parse(&read).and_then(|note| note.verify(key).map(|()| note));
    let manifest = note.and_then(|note| note.text().parse::<Manifest>());
    let manifest = manifest.map_err(|e| wrong(MANIFEST, Position::Whole, e))?;
    if (manifest.size, manifest.root) == (state.size, state.root) {
        Ok(manifest)
    } else {
        Err(wrong(MANIFEST, Position::Line(5), "the size and root are not the checkpoint's"))
    }
}

/// Nothing may lie in the folder that isn't checked.
fn files(folder: &Path, size: u64) -> Result<(), ExportError> {
    let belongs = |path: &str| match Tile::parse(path) {
        Some(tile) => Tile::at(tile.level, tile.index, size) == Some(tile),
        None => [CHECKPOINT, KEY, MANIFEST, EVENTS].contains(&path),
    };
    let mut left = vec![String::new()];
    while let Some(path) = left.pop() {
        for (name, is_folder) in list(&folder.join(&path)).map_err(|source| unread(&path, source))? {
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            if is_folder {
                left.push(path);
            } else if !belongs(&path) {
                return Err(wrong(&path, Position::Whole, "not part of an export: remove it"));
            }
        }
    }
    Ok(())
}

fn list(folder: &Path) -> io::Result<Vec<(String, bool)>> {
    let entry = |entry: io::Result<fs::DirEntry>| {
        let entry = entry?;
        Ok((entry.file_name().to_string_lossy().into_owned(), entry.file_type()?.is_dir()))
    };
    fs::read_dir(folder)?.map(entry).collect()
}

/// Builds the tree again from the entries, and compares every tile and the root.
fn tree(folder: &Path, checkpoint: &Checkpoint) -> Result<(), ExportError> {
    let mut tree = Tree::new();
    let mut differing = None;
    let mut compare = |tile: Tile, bytes: &[u8]| compare(folder, tile, bytes, &mut differing);
    for tile in bundles(checkpoint.size) {
        for leaf in leaves(folder, tile)? {
            tree.append(&leaf.to_bytes()).iter().try_for_each(|full| compare(full.tile, &full.bytes))?;
        }
    }
    tree.partial_tiles().iter().try_for_each(|(tile, bytes)| compare(*tile, bytes))?;
    match differing {
        None if tree.root() == checkpoint.root => Ok(()),
        None => Err(wrong(CHECKPOINT, Position::Line(3), "the tiles and entries make another root")),
        Some((tile, at)) if tree.root() == checkpoint.root => Err(wrong(
            &tile.path(),
            Position::Hash(at),
            "not what the entries make, which the root proves right",
        )),
        Some((tile, at)) => Err(unproven(tile, at, checkpoint.size)),
    }
}

/// The entries don't make the root, and this is the first hash that they don't make either.
fn unproven(tile: Tile, at: usize, size: u64) -> ExportError {
    let entries = Tile::at(Level::Entries, tile.index, size).filter(|_| tile.level == Level::Hashes(0));
    match entries {
        Some(entries) => wrong(&entries.path(), Position::Entry(at), "not the entry that was logged"),
        None => {
            wrong(&tile.path(), Position::Hash(at), "neither the entries nor the root bear this hash out")
        }
    }
}

fn compare(
    folder: &Path,
    tile: Tile,
    made: &[u8],
    differing: &mut Option<(Tile, usize)>,
) -> Result<(), ExportError> {
    let path = tile.path();
    let kept = bytes(folder, &path)?;
    if kept.len() != made.len() {
        let problem = format!("{} bytes long, {} are expected", kept.len(), made.len());
        return Err(wrong(&path, Position::Whole, problem));
    }
    let at = kept.chunks(32).zip(made.chunks(32)).position(|(kept, made)| kept != made);
    *differing = differing.or(at.map(|at| (tile, at)));
    Ok(())
}

fn events(folder: &Path, manifest: &Manifest) -> Result<(), ExportError> {
    let file = File::open(folder.join(EVENTS)).map_err(|source| unread(EVENTS, source))?;
    let mut file = BufReader::new(file);
    let mut log = Log { folder, size: manifest.size, bundle: None };
    let mut hash = Context::new(&SHA256);
    let (mut count, mut next) = (0, 0);
    while let Some(line) = line(&mut file).map_err(|source| unread(EVENTS, source))? {
        count += 1;
        let seq = event(&line, &manifest.tenant, next, &mut log)?
            .map_err(|problem| wrong(EVENTS, Position::Line(count), problem))?;
        next = seq + 1;
        hash.update(&line);
    }
    if (count, finish(hash)) == (manifest.events, manifest.hash) {
        return Ok(());
    }
    let problem = format!("{count} events, not the {} of the manifest", manifest.events);
    Err(wrong(EVENTS, Position::Whole, problem))
}

fn line(file: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    file.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    Ok((!line.is_empty()).then_some(line))
}

/// Checks one line and gives its sequence number; the inner error says what is wrong with the line.
fn event(
    line: &[u8],
    tenant: &str,
    next: u64,
    log: &mut Log<'_>,
) -> Result<Result<u64, &'static str>, ExportError> {
    let Some((line, salt)) = read_line(line) else {
        return Ok(Err("not a line {\"seq\":…,\"salt\":\"…\",\"event\":\"…\"} in exactly that form"));
    };
    if line.seq < next {
        return Ok(Err("the sequence number doesn't grow"));
    }
    let Some(leaf) = log.leaf(line.seq)? else {
        return Ok(Err("the sequence number lies past the log's end"));
    };
    let event = line.event.as_bytes();
    let Ok(head) = serde_json::from_slice::<Head>(event) else {
        return Ok(Err("not an event"));
    };
    let fits = leaf.matches(&salt, event);
    let problem = match (fits, head.tenant == tenant, head.what.kind == leaf.kind) {
        (false, _, _) => Some("the salt and event are not those that were logged"),
        (_, false, _) => Some("the event belongs to another tenant than the manifest's"),
        (_, _, false) => Some("the event is of another kind than its leaf"),
        _ => None,
    };
    Ok(problem.map_or(Ok(line.seq), Err))
}

fn read_line(bytes: &[u8]) -> Option<(Line, Salt)> {
    let line: Line = serde_json::from_slice(bytes).ok()?;
    let salt = STANDARD.decode(&line.salt).ok()?.try_into().ok()?;
    // One form only: what is spelled otherwise has been changed.
    (line.to_text().as_bytes() == bytes).then_some((line, salt))
}

/// The leaves, read by bundles as the events come past.
struct Log<'a> {
    folder: &'a Path,
    size: u64,
    bundle: Option<(u64, Vec<Leaf>)>,
}

impl Log<'_> {
    fn leaf(&mut self, seq: u64) -> Result<Option<Leaf>, ExportError> {
        let Some(tile) = Tile::at(Level::Entries, seq / WIDTH, self.size) else { return Ok(None) };
        if self.bundle.as_ref().is_none_or(|(index, _)| *index != tile.index) {
            self.bundle = Some((tile.index, leaves(self.folder, tile)?));
        }
        let bundle = self.bundle.as_ref().map(|(_, leaves)| leaves.as_slice()).unwrap_or_default();
        Ok(bundle.get(usize::try_from(seq % WIDTH).unwrap_or(usize::MAX)).cloned())
    }
}

fn bundles(size: u64) -> impl Iterator<Item = Tile> {
    (0..).map_while(move |index| Tile::at(Level::Entries, index, size))
}

/// The leaves of a bundle: as many as it must hold, each at its own place.
fn leaves(folder: &Path, tile: Tile) -> Result<Vec<Leaf>, ExportError> {
    let path = tile.path();
    let read = bytes(folder, &path)?;
    let entries = bundle::entries(&read).map_err(|e| wrong(&path, Position::Entry(e.entry), "cut off"))?;
    if entries.len() != usize::from(tile.width) {
        let problem = format!("{} entries, {} are expected", entries.len(), tile.width);
        return Err(wrong(&path, Position::Whole, problem));
    }
    let leaf = |(at, entry): (usize, &&[u8])| match Leaf::parse(entry) {
        Ok(leaf) if leaf.seq == tile.index * WIDTH + at as u64 => Ok(leaf),
        Ok(_) => Err(wrong(&path, Position::Entry(at), "the leaf says that it stands elsewhere in the log")),
        Err(error) => Err(wrong(&path, Position::Entry(at), error)),
    };
    entries.iter().enumerate().map(leaf).collect()
}

fn text(folder: &Path, file: &str) -> Result<String, ExportError> {
    String::from_utf8(bytes(folder, file)?).map_err(|_| wrong(file, Position::Whole, "not UTF-8"))
}

fn bytes(folder: &Path, file: &str) -> Result<Vec<u8>, ExportError> {
    let mut bytes = Vec::new();
    let read = File::open(folder.join(file)).and_then(|f| f.take(LARGEST + 1).read_to_end(&mut bytes));
    match read {
        Ok(length) if length as u64 > LARGEST => Err(wrong(file, Position::Whole, "too large to be right")),
        Ok(_) => Ok(bytes),
        Err(source) => Err(unread(file, source)),
    }
}

fn unread(file: &str, source: io::Error) -> ExportError {
    ExportError::Unread { file: file.to_owned(), source }
}

fn wrong(file: &str, position: Position, problem: impl fmt::Display) -> ExportError {
    ExportError::Wrong { file: file.to_owned(), position, problem: problem.to_string() }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line(line) => write!(f, ", line {line}"),
            Self::Entry(entry) => write!(f, ", entry {entry}"),
            Self::Hash(hash) => write!(f, ", hash {hash}"),
        }
    }
}
