//! Exports: one tenant's events in the clear, with all that a stranger needs to check them. `docs/formats/export.md`
//! describes the folder to the byte.
//!
//! ```text
//! checkpoint            the signed checkpoint
//! log.vkey              the log's verifying key, one line
//! manifest              signed note: tenant, number of events, SHA-256 of events.jsonl, size and root
//! events.jsonl          one line an event: {"seq":…,"salt":"<base64>","event":"<the exact bytes, as a JSON string>"}
//! tile/<L>/<N>[.p/<W>]  hash tiles
//! tile/entries/<N>[.p/<W>]  entry bundles: every leaf of the log, which say nothing about whose they are
//! ```

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::manifest::Manifest;
use crate::{Checkpoint, Hash, Level, Salt, SigningKey, Tile, TileSource, bundle};

pub(crate) const CHECKPOINT: &str = "checkpoint";
pub(crate) const KEY: &str = "log.vkey";
pub(crate) const MANIFEST: &str = "manifest";
pub(crate) const EVENTS: &str = "events.jsonl";

/// Writes an export. The events first, in the order of the log, then the rest at once.
pub struct Exporter {
    folder: PathBuf,
    tenant: String,
    events: BufWriter<File>,
    hash: Context,
    count: u64,
    next: u64,
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// How many events are disclosed.
    pub events: u64,
    /// The tree's size.
    pub size: u64,
    /// The tree's root hash.
    pub root: Hash,
}

/// A line of `events.jsonl`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    pub(crate) seq: u64,
    pub(crate) salt: String,
    pub(crate) event: String,
}

impl Exporter {
    /// Starts an export of this tenant's log into a folder that must not exist or be empty.
    ///
    /// # Errors
    /// When the folder has something in it or can't be written, or the tenant's name has a line break.
    pub fn create(folder: &Path, tenant: &str) -> io::Result<Self> {
        if tenant.is_empty() || tenant.contains(char::is_control) {
            return Err(io::Error::other("a tenant's name must not be empty nor hold control characters"));
        }
        fs::create_dir_all(folder)?;
        if fs::read_dir(folder)?.next().is_some() {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "the folder is not empty: name a new one",
            ));
        }
        let events = BufWriter::new(File::create_new(folder.join(EVENTS))?);
        let tenant = tenant.to_owned();
        Ok(Self { folder: folder.to_owned(), tenant, events, hash: Context::new(&SHA256), count: 0, next: 0 })
    }

    /// Discloses an event. Their sequence numbers must grow.
    ///
    /// # Errors
    /// When the number doesn't grow, the event's bytes are not UTF-8, or the file can't be written.
    pub fn event(&mut self, seq: u64, salt: &Salt, event: &[u8]) -> io::Result<()> {
        let event = std::str::from_utf8(event).map_err(io::Error::other)?.to_owned();
        if seq < self.next {
            return Err(io::Error::other(format!("event {seq} is out of order")));
        }
        let line = Line { seq, salt: STANDARD.encode(salt), event }.to_text();
        self.events.write_all(line.as_bytes())?;
        self.hash.update(line.as_bytes());
        self.count += 1;
        self.next = seq + 1;
        Ok(())
    }

    /// Writes the tiles, entry bundles, checkpoint, key and manifest. The source must serve both kinds of tiles of
    /// the checkpoint's tree.
    ///
    /// # Errors
    /// When the checkpoint is not the key's or doesn't cover all events, or a file can't be read or written.
    //= iso27001-2022:A.5.33
    pub fn finish(
        self,
        checkpoint: &str,
        key: &SigningKey,
        source: &mut impl TileSource,
    ) -> io::Result<Exported> {
        let state = Checkpoint::open(checkpoint, key.verifying()).map_err(io::Error::other)?;
        if self.next > state.size {
            return Err(io::Error::other("the checkpoint is older than the events: take a newer one"));
        }
        let Self { folder, tenant, events, hash, count, .. } = self;
        events.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        for tile in Tile::all(state.size) {
            let bytes = source.read(tile)?;
            write(&folder.join(tile.path()), cut(tile, &bytes)?)?;
        }
        write(&folder.join(CHECKPOINT), checkpoint.as_bytes())?;
        write(&folder.join(KEY), format!("{}\n", key.verifying()).as_bytes())?;
        let hash = crate::hash::finish(hash);
        let manifest = Manifest { tenant, events: count, hash, size: state.size, root: state.root };
        write(&folder.join(MANIFEST), manifest.sign(key).map_err(io::Error::other)?.as_bytes())?;
        File::open(&folder)?.sync_all()?;
        Ok(Exported { events: count, size: state.size, root: state.root })
    }
}

impl Line {
    /// The line in its one form, its newline included.
    pub(crate) fn to_text(&self) -> String {
        // A struct of a number and two strings always serialises.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

/// The tile's own width of what the source gave.
fn cut(tile: Tile, bytes: &[u8]) -> io::Result<&[u8]> {
    let width = usize::from(tile.width);
    let length = match tile.level {
        Level::Hashes(_) => Some(width * 32),
        Level::Entries => bundle::length(bytes, width),
    };
    let own = length.and_then(|length| bytes.get(..length));
    own.ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, format!("`{}` is too short", tile.path())))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
