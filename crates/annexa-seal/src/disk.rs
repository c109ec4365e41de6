//! Key files on disk: private to their owner, never half written, and durable with their folder's entry.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::HolderError;

/// Larger files are no key files.
const LARGEST: u64 = 1 << 20;

/// Writes a new file with mode 0600; fails when there is one.
//= iso27001-2022:A.8.24
pub(crate) fn create(path: &Path, text: &str) -> Result<(), HolderError> {
    match write_new(path, text) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(HolderError::Exists(path.to_owned()))
        }
        written => written.and_then(|()| sync_folder(path)).map_err(failed(path)),
    }
}

/// Puts a file in another's place, whole or not at all, and overwrites what stood there.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), HolderError> {
    let new = path.with_extension("new");
    let replace = || {
        // A leftover of an interrupted replacement; what counts is still in place.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => write_new(&new, text)?,
        }
        let mut old = OpenOptions::new().write(true).open(path)?;
        fs::rename(&new, path)?;
        sync_folder(path)?;
        // Only now that the new file is there for good may the old one go.
        overwrite(&mut old)
    };
    replace().map_err(failed(path))
}

/// Overwrites a file and removes it. Copies that the disk or a backup keeps are not reached.
//= iso27001-2022:A.8.10
pub(crate) fn erase(path: &Path) -> Result<(), HolderError> {
    let erase = || {
        overwrite(&mut OpenOptions::new().write(true).open(path)?)?;
        fs::remove_file(path)?;
        sync_folder(path)
    };
    erase().map_err(failed(path))
}

/// The text of a file, nothing when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<String>>, HolderError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed(path))?,
    };
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(LARGEST).read_to_end(&mut bytes).map_err(failed(path))?;
    let text =
        std::str::from_utf8(&bytes).map_err(|_| HolderError::Damaged { path: path.to_owned(), line: 1 })?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

/// Refuses a file that others than its owner may read or write.
//= iso27001-2022:A.8.24
pub(crate) fn check_private(path: &Path) -> Result<(), HolderError> {
    let mode = fs::metadata(path).map_err(failed(path))?.mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(HolderError::Exposed { path: path.to_owned(), mode }) }
}

/// The files of a folder that have this extension, in order of name.
pub(crate) fn list(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, HolderError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let paths = entries.map_err(failed(folder))?.into_iter().map(|entry| entry.path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    paths.sort();
    Ok(paths)
}

/// Makes a folder that only its owner may enter.
pub(crate) fn create_folder(folder: &Path) -> Result<(), HolderError> {
    use std::os::unix::fs::DirBuilderExt;
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.and_then(|()| sync_folder(folder)).map_err(failed(folder))
}

pub(crate) fn failed(path: &Path) -> impl FnOnce(io::Error) -> HolderError {
    |source| HolderError::Io { path: path.to_owned(), source }
}

fn overwrite(file: &mut File) -> io::Result<()> {
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    file.write_all(&vec![0; length])?;
    file.sync_all()
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
