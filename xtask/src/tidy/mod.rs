//! `cargo xtask tidy`: the house rules that no compiler holds.
//!
//! Each rule is a function from the files to what breaks it; each breach is one line that names the place and the
//! remedy. The rules run as a test of this crate too, so nobody has to remember them.

mod arrows;
mod shape;
mod words;

use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};

use crate::source::{self, Source};
use crate::{controls, functions};

/// A broken rule.
#[derive(Debug)]
pub(crate) struct Breach {
    /// File.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: String,
}

impl Breach {
    pub(crate) fn new(source: &Source, line: usize, what: impl Into<String>) -> Breach {
        Breach { path: source.path.clone(), line, what: what.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Prints what breaks the rules; fails when something does.
pub(crate) fn run(root: &Path) -> Result<()> {
    let files = source::files(root)?;
    let breaches = check(root, &files)?;
    breaches.iter().for_each(|b| println!("{b}"));
    println!("{}", summary(&files));
    if !breaches.is_empty() {
        bail!("{} places break the house rules", breaches.len());
    }
    Ok(())
}

/// Everything in `files` that breaks a rule.
pub(crate) fn check(root: &Path, files: &[Source]) -> Result<Vec<Breach>> {
    let mut breaches = arrows::check(files)?;
    breaches.extend(shape::check(files));
    breaches.extend(words::check(files));
    breaches.extend(controls::unknown(root, files)?);
    breaches.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    Ok(breaches)
}

fn summary(files: &[Source]) -> String {
    let rust: Vec<&Source> = files.iter().filter(|f| f.is_rust()).collect();
    let lengths: Vec<usize> = rust.iter().flat_map(|f| functions::functions(f)).map(|f| f.lines).collect();
    let longest = lengths.iter().max().copied().unwrap_or(0);
    let lines = functions::median(rust.iter().map(|f| f.text.lines().count()).collect());
    format!(
        "{} files, {} of Rust (median {lines} lines); {} functions, median {} lines, longest {longest}",
        files.len(),
        rust.len(),
        lengths.len(),
        functions::median(lengths)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        let root = source::root();
        let breaches = check(&root, &source::files(&root).unwrap()).unwrap();
        let lines: Vec<String> = breaches.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
    }
}
