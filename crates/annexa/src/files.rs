//! Files and folders as texts: walked in order, each read by its form.
//!
//! Folders are walked sorted by name. Symbolic links in them are not followed, so a walk ends and stays where it was
//! sent; names that begin with a dot are left out unless they are named. A file that can't be read is an error of its
//! own and does not end the walk.

use std::path::{Path, PathBuf};

use annexa_extract::{ExtractError, Extracted, Limits, extract};
use anyhow::{Context, Result, bail};

/// A file of a walk.
pub(crate) struct Walked {
    /// As it was named, or below the folder that was named.
    pub path: PathBuf,
    /// Its text, or why there is none.
    pub outcome: Result<Extracted>,
}

/// Reads files, and the files in folders, one at a time as they are asked for.
pub(crate) fn walk(paths: &[PathBuf], limits: Limits) -> impl Iterator<Item = Walked> {
    // What is to come, the next one last.
    let mut ahead: Vec<(PathBuf, bool)> = paths.iter().rev().map(|p| (p.clone(), true)).collect();
    std::iter::from_fn(move || {
        while let Some((path, named)) = ahead.pop() {
            match is_folder(&path, named) {
                Ok(None) => {}
                Ok(Some(false)) => return Some(read(path, &limits)),
                Ok(Some(true)) => match children(&path) {
                    Ok(children) => ahead.extend(children.into_iter().rev().map(|child| (child, false))),
                    Err(error) => return Some(Walked { path, outcome: Err(error) }),
                },
                Err(error) => return Some(Walked { path, outcome: Err(error) }),
            }
        }
        None
    })
}

/// Whether a path is a folder; nothing for what is neither a folder nor a file, and for links that were not named.
fn is_folder(path: &Path, named: bool) -> Result<Option<bool>> {
    let of = if named { std::fs::metadata(path) } else { std::fs::symlink_metadata(path) };
    let kind = of.with_context(|| format!("can't read {}", path.display()))?.file_type();
    if named && !kind.is_dir() && !kind.is_file() {
        bail!("{} is neither a file nor a folder: name one of these", path.display());
    }
    Ok((kind.is_dir() || kind.is_file()).then_some(kind.is_dir()))
}

/// Paths in a folder, sorted, without hidden ones.
fn children(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("can't read the folder {}", folder.display()))?;
    let mut children = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("can't read the folder {}", folder.display()))?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            children.push(entry.path());
        }
    }
    children.sort();
    Ok(children)
}

fn read(path: PathBuf, limits: &Limits) -> Walked {
    let outcome = read_file(&path, limits).with_context(|| format!("in {}", path.display()));
    Walked { path, outcome }
}

fn read_file(path: &Path, limits: &Limits) -> Result<Extracted> {
    // Asked before it is read, so that a huge file costs no memory.
    let size = usize::try_from(std::fs::metadata(path)?.len()).unwrap_or(usize::MAX);
    if size > limits.bytes_in {
        return Err(ExtractError::BytesIn { bytes: size, limit: limits.bytes_in }.into());
    }
    let bytes = std::fs::read(path)?;
    let name = path.file_name().map(|name| name.to_string_lossy());
    Ok(extract(&bytes, name.as_deref(), limits)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[PathBuf], root: &Path) -> Vec<String> {
        let walked = walk(paths, Limits::default());
        walked.map(|w| w.path.strip_prefix(root).unwrap().display().to_string()).collect()
    }

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.txt", "a/z.csv", "a/.hidden", "a/y.txt", ".git/config"] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x,y\n").unwrap();
        }
        dir
    }

    #[test]
    fn folders_are_walked_in_order_without_hidden_files() {
        let dir = folder();
        let root = dir.path();
        assert_eq!(names(&[root.to_path_buf()], root), ["a/y.txt", "a/z.csv", "b.txt"]);
        assert_eq!(names(&[root.join(".git"), root.join("a/.hidden")], root), [".git/config", "a/.hidden"]);
    }

    #[test]
    fn links_are_not_followed_unless_named() {
        let dir = folder();
        let root = dir.path();
        std::os::unix::fs::symlink(root, root.join("a/loop")).unwrap();
        std::os::unix::fs::symlink(root.join("b.txt"), root.join("c.txt")).unwrap();
        assert_eq!(names(&[root.to_path_buf()], root), ["a/y.txt", "a/z.csv", "b.txt"]);
        assert_eq!(names(&[root.join("c.txt")], root), ["c.txt"]);
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_walk_goes_on() {
        let dir = folder();
        let limits = Limits { bytes_in: 3, ..Limits::default() };
        let walked: Vec<Walked> =
            walk(&[dir.path().join("none"), dir.path().join("b.txt")], limits).collect();
        let errors: Vec<String> =
            walked.iter().map(|w| format!("{:#}", w.outcome.as_ref().unwrap_err())).collect();
        assert!(errors[0].contains("none"), "{errors:?}");
        assert!(errors[1].contains("b.txt") && errors[1].contains("bytes_in"), "{errors:?}");
    }
}
