//! Why the store can't do what it is asked, and what is wrong with its files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use annexa_evidence::{CheckpointError, TreeError};
use annexa_seal::{HolderError, SealError};

/// Damage or loss in a file of the data directory, or something there that a person should know.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Notice {
    /// The file's path below the data directory.
    pub file: String,
    /// Where in the file: `byte 120`, `page 3`, or nothing for the file as a whole.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

/// Why the store can't do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process uses the data directory.
    #[error("another process uses the data directory `{0}`: stop it, or ask it through its admin socket")]
    Locked(PathBuf),
    /// A file can't be read or written.
    #[error("`{path}` can't be read or written")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A segment in the format of another build.
    #[error(
        "`{path}` has version {version} of the segment's format, which this build does not read: open it with the build that wrote it; nothing was changed"
    )]
    Version {
        /// The segment.
        path: PathBuf,
        /// The version that its header states.
        version: u16,
    },
    /// Damage that can't be confined.
    #[error("{0}: restore the data directory from a backup; nothing was changed in it")]
    Damaged(Notice),
    /// An earlier write failed, so nothing more is written.
    #[error("the store stopped after a failed write: mend the disk or free space, then restart")]
    Stopped,
    /// A key can't be had.
    #[error(transparent)]
    Holder(#[from] HolderError),
    /// Something sealed doesn't open, or can't be sealed.
    #[error("sealed data can't be used")]
    Seal(#[from] SealError),
    /// The state can't be read or written.
    #[error("`state.db` can't be read or written")]
    Sql(#[from] rusqlite::Error),
    /// A proof can't be made.
    #[error("the log's tiles can't be read")]
    Tree(#[from] TreeError),
    /// A checkpoint can't be made or read.
    #[error("the checkpoint can't be used")]
    Checkpoint(#[from] CheckpointError),
    /// There is no such thing, or it is another tenant's.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// What sort of thing.
        what: &'static str,
        /// The id asked for.
        id: String,
    },
    /// There is one already.
    #[error("there is a {what} `{id}` already")]
    Exists {
        /// What sort of thing.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// What is asked is not allowed, or not well formed.
    #[error("{0}")]
    Refused(String),
    /// It was erased: its retention ended, a person asked for it, or the tenant was destroyed.
    #[error("the content was erased")]
    Erased,
}

/// What is wrong with a data directory.
#[derive(Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// Every problem that was found; never empty.
    pub problems: Vec<Notice>,
}

impl Notice {
    pub(crate) fn new(file: impl Into<String>, place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { file: file.into(), place: place.into(), problem: problem.into() }
    }

    pub(crate) fn at(file: impl Into<String>, byte: u64, problem: impl Into<String>) -> Self {
        Self::new(file, format!("byte {byte}"), problem)
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comma = if self.place.is_empty() { "" } else { ", " };
        write!(f, "`{}`{comma}{}: {}", self.file, self.place, self.problem)
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut problems = self.problems.iter();
        problems.next().map_or(Ok(()), |first| write!(f, "{first}"))?;
        problems.try_for_each(|problem| write!(f, "\n{problem}"))
    }
}

impl std::error::Error for VerifyError {}

impl StoreError {
    pub(crate) fn missing(what: &'static str, id: &str) -> Self {
        Self::NotFound { what, id: id.to_owned() }
    }

    pub(crate) fn exists(what: &'static str, id: &str) -> Self {
        Self::Exists { what, id: id.to_owned() }
    }
}

pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    |source| StoreError::Io { path: path.to_owned(), source }
}
