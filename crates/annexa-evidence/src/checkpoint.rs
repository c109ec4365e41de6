//! Checkpoints: a log's size and root hash under its signature, as C2SP `tlog-checkpoint` has them.

use std::fmt;
use std::str::FromStr;

use crate::{Hash, Note, NoteError, SigningKey, VerifyingKey};

/// The state of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's identity.
    pub origin: String,
    /// The tree's size.
    pub size: u64,
    /// The tree's root hash.
    pub root: Hash,
    /// Further lines. We write none and pass over those we read.
    pub extensions: Vec<String>,
}

/// Why a checkpoint is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The signed note is not one, or is not signed by the trusted key.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Not the text of a checkpoint.
    #[error("not a checkpoint: an origin, a size and a root hash, each on a line, are expected")]
    Malformed,
    /// Another log's.
    #[error("the checkpoint is of another log than the key's")]
    Origin,
}

impl Checkpoint {
    /// The state of a log, without extension lines.
    #[must_use]
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }

    /// The signed note over this checkpoint.
    ///
    /// # Errors
    /// When the origin is not the key's name, or a line of it can't stand in a note.
    //= iso27001-2022:A.5.33
    pub fn sign(&self, key: &SigningKey) -> Result<String, CheckpointError> {
        if self.origin != key.verifying().name() {
            return Err(CheckpointError::Origin);
        }
        let text = self.to_string();
        // What would not be read back must not be signed.
        if text.parse::<Self>()? != *self {
            return Err(CheckpointError::Malformed);
        }
        let mut note = Note::new(text)?;
        note.sign(key);
        Ok(note.to_string())
    }

    /// Reads a signed checkpoint of the log whose key this is.
    ///
    /// # Errors
    /// When it is not a checkpoint, is another log's, or is not signed by the key.
    //= iso27001-2022:A.5.33
    pub fn open(note: &str, key: &VerifyingKey) -> Result<Self, CheckpointError> {
        let note = Note::parse(note)?;
        note.verify(key)?;
        let checkpoint: Self = note.text().parse()?;
        if checkpoint.origin == key.name() { Ok(checkpoint) } else { Err(CheckpointError::Origin) }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        read(text).ok_or(CheckpointError::Malformed)
    }
}

fn read(text: &str) -> Option<Checkpoint> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let origin = lines.next().filter(|line| !line.is_empty())?.to_owned();
    let size = decimal(lines.next()?)?;
    let root = Hash::parse(lines.next()?)?;
    let extensions: Vec<_> = lines.map(str::to_owned).collect();
    let complete = extensions.iter().all(|line| !line.is_empty());
    complete.then_some(Checkpoint { origin, size, root, extensions })
}

/// A decimal without sign or leading zeroes.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
