//! The data directory: where each file lies, the lock, and how files are written so that they are whole or not there.
//! `docs/formats/store.md` describes it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::StoreError;
use crate::error::io;

/// The suffix of a file that is being written.
pub(crate) const NEW: &str = "new";

/// A data directory.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    pub(crate) fn system(&self) -> PathBuf {
        self.root.join("system.key")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("state.db")
    }

    pub(crate) fn wal(&self) -> PathBuf {
        self.root.join("state.db-wal")
    }

    pub(crate) fn sum(&self) -> PathBuf {
        self.root.join("state.sum")
    }

    pub(crate) fn segments(&self) -> PathBuf {
        self.root.join("segments")
    }

    /// The folder that may be served as a C2SP log as it is.
    pub(crate) fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.log().join("checkpoint")
    }

    pub(crate) fn verifying_key(&self) -> PathBuf {
        self.log().join("log.vkey")
    }

    pub(crate) fn damaged(&self) -> PathBuf {
        self.root.join("damaged")
    }

    /// A path as it stands in notices: below the data directory.
    pub(crate) fn name(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// Makes the folders and takes the lock, which lasts as long as the file is open.
    pub(crate) fn lock(&self) -> Result<File, StoreError> {
        for folder in [self.root.clone(), self.segments(), self.log()] {
            create_folder(&folder).map_err(io(&folder))?;
        }
        let path = self.root.join("lock");
        let file = private().create(true).truncate(false).write(true).open(&path).map_err(io(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(self.root.clone())),
            Err(TryLockError::Error(source)) => Err(StoreError::Io { path, source }),
        }
    }

    /// Copies a damaged file aside before anything changes it; the name tells when it was found.
    pub(crate) fn set_aside(&self, path: &Path, now_ms: i64) -> Result<String, StoreError> {
        let folder = self.damaged();
        create_folder(&folder).map_err(io(&folder))?;
        let name = self.name(path).replace('/', "~");
        let aside = folder.join(format!("{now_ms}-{name}"));
        fs::copy(path, &aside).map_err(io(path))?;
        File::open(&aside).and_then(|file| file.sync_all()).map_err(io(&aside))?;
        Ok(self.name(&aside))
    }
}

/// Options for a new file that only its owner may read.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    sync_folder(folder.parent().unwrap_or(folder))
}

/// Puts a file in place whole: it is there with all its bytes, or the one before is.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    place(path, bytes)?;
    sync_folder(path.parent().unwrap_or(path))
}

/// The same, but its entry in the folder is durable only when the folder is synced.
pub(crate) fn place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(NEW);
    let new = PathBuf::from(name);
    let mut file = private().create(true).truncate(true).write(true).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A file's bytes, nothing when it isn't there.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

/// All files below a folder, in order of path; folders that are not there have none.
pub(crate) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() { left.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    found.sort();
    Ok(found)
}
