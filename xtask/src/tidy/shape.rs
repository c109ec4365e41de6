//! Size and form: lengths of files and functions, module heads, names of modules, sizes of what is committed.

use super::Breach;
use crate::functions::functions;
use crate::source::Source;

const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 70;
const FILE_BYTES: usize = 256 << 10;
/// Shards of the encoder's weights, which training makes and a manifest's hashes hold.
const WEIGHTS: &str = "crates/annexa-model/weights/weights.";
const SHARD_BYTES: usize = 2 << 20;

/// Kinds of files that people read and so have a length.
const READ: [&str; 9] = [".rs", ".py", ".js", ".mjs", ".css", ".html", ".sh", ".cedar", ".toml"];

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 9] =
    ["utils", "util", "common", "helpers", "helper", "misc", "manager", "shared", "stuff"];

/// Breaches of size and form.
pub(crate) fn check(files: &[Source]) -> Vec<Breach> {
    files.iter().flat_map(file).collect()
}

fn file(source: &Source) -> Vec<Breach> {
    let mut breaches = Vec::new();
    // A catalogue is a table: its length says nothing of how hard it is to read.
    let read =
        READ.iter().any(|ending| source.path.ends_with(ending)) && !source.path.contains("/catalogue/");
    let lines = source.text.lines().count();
    if lines > FILE_LINES && read {
        breaches.push(Breach::new(
            source,
            lines,
            format!("{lines} lines; split it, {FILE_LINES} is the limit"),
        ));
    }
    let most = if source.path.starts_with(WEIGHTS) { SHARD_BYTES } else { FILE_BYTES };
    if source.bytes > most && source.path != "Cargo.lock" {
        let what =
            format!("{} KiB; generate it or leave it out, {} is the limit", source.bytes >> 10, most >> 10);
        breaches.push(Breach::new(source, 1, what));
    }
    breaches.extend(empty_name(source));
    if source.is_rust() {
        breaches.extend(head(source));
        breaches.extend(long_functions(source));
    }
    breaches
}

fn empty_name(source: &Source) -> Option<Breach> {
    let named = |part: &str| EMPTY_NAMES.contains(&part.split('.').next().unwrap_or_default());
    let part = source.path.split('/').find(|part| named(part))?;
    Some(Breach::new(source, 1, format!("`{part}` says nothing; name it after what it does")))
}

fn head(source: &Source) -> Option<Breach> {
    let starts = source.text.starts_with("//! ");
    (!starts)
        .then(|| Breach::new(source, 1, "no head; begin with `//!` and say what it is and what it is not"))
}

fn long_functions(source: &Source) -> impl Iterator<Item = Breach> {
    functions(source).into_iter().filter(|f| f.lines > FUNCTION_LINES).map(|f| {
        let what = format!("`{}` has {} lines; split it, {FUNCTION_LINES} is the limit", f.name, f.lines);
        Breach::new(source, f.line, what)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(path: &str, text: &str) -> usize {
        check(&[Source::new(path, text.as_bytes())]).len()
    }

    #[test]
    fn lengths_are_limited() {
        assert_eq!(breaches("a/b.rs", &format!("//! A.\n{}", "\n".repeat(599))), 0);
        assert_eq!(breaches("a/b.rs", &format!("//! A.\n{}", "\n".repeat(600))), 1);
        assert_eq!(breaches("a/b.rs", &format!("//! A.\nfn b() {{{}}}\n", "\n".repeat(69))), 0);
        assert_eq!(breaches("a/b.rs", &format!("//! A.\nfn b() {{{}}}\n", "\n".repeat(70))), 1);
        assert_eq!(breaches("a.png", &"x".repeat(FILE_BYTES + 1)), 1);
    }

    #[test]
    fn modules_have_heads_and_names() {
        assert_eq!(breaches("a/b.rs", "fn a() {}\n"), 1);
        assert_eq!(breaches("a/utils.rs", "//! A.\n"), 1);
        assert_eq!(breaches("a/helpers/b.rs", "//! A.\n"), 1);
    }
}
