//! The manifest of an export: whose events it discloses and how many, under the log's signature, so that a line left
//! out shows.

use std::str::FromStr;

use crate::checkpoint::decimal;
use crate::{Hash, Note, NoteError, SigningKey};

// The second line can't be a decimal, so the text can't be taken for a checkpoint's under the same key.
const HEAD: &str = "annexa-export/v1";

/// What the manifest states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) tenant: String,
    /// How many lines `events.jsonl` has.
    pub(crate) events: u64,
    /// SHA-256 of `events.jsonl`.
    pub(crate) hash: Hash,
    pub(crate) size: u64,
    pub(crate) root: Hash,
}

impl Manifest {
    /// The manifest as a signed note.
    //= iso27001-2022:A.5.33
    pub(crate) fn sign(&self, key: &SigningKey) -> Result<String, NoteError> {
        let Self { tenant, events, hash, size, root } = self;
        let text =
            format!("{HEAD}\ntenant {tenant}\nevents {events}\nsha256 {hash}\nsize {size}\nroot {root}\n");
        let mut note = Note::new(text)?;
        note.sign(key);
        Ok(note.to_string())
    }
}

impl FromStr for Manifest {
    type Err = NoteError;

    /// Reads the text of the note, which must have been verified.
    fn from_str(text: &str) -> Result<Self, NoteError> {
        read(text).ok_or(NoteError::Malformed)
    }
}

fn read(text: &str) -> Option<Manifest> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    lines.next().filter(|line| *line == HEAD)?;
    let mut value = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
    let tenant = value("tenant")?.to_owned();
    let events = decimal(value("events")?)?;
    let hash = Hash::parse(value("sha256")?)?;
    let size = decimal(value("size")?)?;
    let root = Hash::parse(value("root")?)?;
    lines.next().is_none().then_some(Manifest { tenant, events, hash, size, root })
}
