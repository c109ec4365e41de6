//! `cargo xtask controls`: which code carries which control, and which test shows it.
//!
//! A mark is a comment line `//= STANDARD:ID` (in Python `#= STANDARD:ID`) over a place. It is a test's mark when it
//! stands in a test file, over a test, in a test module, or in one of the suites of this crate.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::source::Source;
use crate::tidy::Breach;

/// Suites of this crate: what they probe is the product.
const SUITES: [&str; 3] = ["xtask/src/leaks/", "xtask/src/bench/", "xtask/src/suites/"];

/// A mark over a place.
struct Mark<'a> {
    id: &'a str,
    source: &'a Source,
    /// Line of the mark, from 1.
    line: usize,
    /// What it stands over.
    over: String,
    test: bool,
}

/// Prints the matrix; fails on a control that claims code and has no test, and on an unknown id.
pub(crate) fn run(root: &Path, files: &[Source]) -> Result<()> {
    let titles = titles(root)?;
    let marks = marks(files);
    let mut matrix: BTreeMap<&str, (Vec<&Mark>, Vec<&Mark>)> = BTreeMap::new();
    for mark in &marks {
        let (code, tests) = matrix.entry(mark.id).or_default();
        if mark.test { tests.push(mark) } else { code.push(mark) }
    }
    print!("{}", table(&matrix, &titles));
    let problems = problems(&matrix, &titles);
    problems.iter().for_each(|p| println!("{p}"));
    if !problems.is_empty() {
        bail!("{} controls are unknown or not tested", problems.len());
    }
    Ok(())
}

/// Marks whose id no standard has, for tidy.
pub(crate) fn unknown(root: &Path, files: &[Source]) -> Result<Vec<Breach>> {
    let titles = titles(root)?;
    let unknown = |mark: &Mark| {
        let what = format!("no control `{}` in standards/; correct the id", mark.id);
        (!titles.contains_key(mark.id)).then(|| Breach::new(mark.source, mark.line, what))
    };
    Ok(marks(files).iter().filter_map(unknown).collect())
}

/// Titles by `standard:id`.
fn titles(root: &Path) -> Result<BTreeMap<String, String>> {
    let mut titles = BTreeMap::new();
    for entry in std::fs::read_dir(root.join("standards")).context("no folder standards/")? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "json") {
            read_titles(&path, &mut titles).with_context(|| format!("{} is malformed", path.display()))?;
        }
    }
    Ok(titles)
}

fn read_titles(path: &Path, titles: &mut BTreeMap<String, String>) -> Result<()> {
    let standard: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = text(&standard, "id").context("no id")?;
    for control in standard.get("controls").and_then(Value::as_array).context("no controls")? {
        let id = text(control, "id").context("a control has no id")?;
        titles.insert(format!("{name}:{id}"), text(control, "title").context("a control has no title")?);
    }
    Ok(())
}

fn marks(files: &[Source]) -> Vec<Mark<'_>> {
    files.iter().flat_map(file_marks).collect()
}

fn file_marks(source: &Source) -> Vec<Mark<'_>> {
    let sign = match source.path.rsplit('.').next() {
        Some("rs") => "//= ",
        Some("py") => "#= ",
        _ => return Vec::new(),
    };
    let lines: Vec<&str> = source.text.lines().collect();
    let tests_begin = tests_begin(source, &lines);
    let mut marks = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(id) = line.trim_start().strip_prefix(sign) else { continue };
        let (over, attributes) = place(&lines, at, sign);
        let test = at >= tests_begin || attributes.iter().any(|a| is_test(a));
        marks.push(Mark { id: id.trim(), source, line: at + 1, over, test });
    }
    marks
}

/// The line from which all marks are of tests: the first one in a test file, else the test module's.
fn tests_begin(source: &Source, lines: &[&str]) -> usize {
    if source.is_test() || SUITES.iter().any(|s| source.path.starts_with(s)) {
        return 0;
    }
    lines.windows(2).position(opens_tests).unwrap_or(usize::MAX)
}

fn opens_tests(pair: &[&str]) -> bool {
    let [first, second] = pair else { return false };
    first.trim() == "#[cfg(test)]" && second.contains("mod ") && second.trim_end().ends_with('{')
}

fn is_test(attribute: &str) -> bool {
    attribute.starts_with("#[test") || attribute.starts_with("#[tokio::test")
}

/// The item under a mark, and the attributes between.
fn place<'a>(lines: &[&'a str], at: usize, sign: &str) -> (String, Vec<&'a str>) {
    let mut attributes = Vec::new();
    for line in lines.iter().skip(at + 1).map(|l| l.trim()) {
        if line.starts_with('#') && !line.starts_with(sign) || line.starts_with('@') {
            attributes.push(line);
        } else if !line.is_empty() && !line.starts_with("//") && !line.starts_with('#') {
            return (item(line), attributes);
        }
    }
    (String::new(), attributes)
}

/// The name in an item's first line; the line itself, shortened, when it is no item.
fn item(line: &str) -> String {
    const ITEMS: [&str; 9] = ["fn", "struct", "enum", "impl", "mod", "trait", "const", "static", "def"];
    let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty());
    let name = words.by_ref().find(|w| ITEMS.contains(w)).and_then(|_| words.next());
    name.map_or_else(|| line.chars().take(40).collect(), str::to_owned)
}

type Matrix<'a> = BTreeMap<&'a str, (Vec<&'a Mark<'a>>, Vec<&'a Mark<'a>>)>;

fn table(matrix: &Matrix<'_>, titles: &BTreeMap<String, String>) -> String {
    let mut out = String::from("| control | title | code | tests |\n|---|---|---|---|\n");
    for (id, (code, tests)) in matrix {
        let title = titles.get(*id).map_or("?", String::as_str);
        // Writing to a String can't fail.
        let _ = writeln!(out, "| {id} | {title} | {} | {} |", places(code), places(tests));
    }
    out
}

fn places(marks: &[&Mark<'_>]) -> String {
    let place = |m: &&Mark<'_>| format!("{}:{} `{}`", m.source.path, m.line, m.over);
    marks.iter().map(place).collect::<Vec<_>>().join("<br>")
}

fn problems(matrix: &Matrix<'_>, titles: &BTreeMap<String, String>) -> Vec<String> {
    let mut problems = Vec::new();
    for (id, (code, tests)) in matrix {
        let Some(mark) = code.first().or(tests.first()) else { continue };
        let place = format!("{}:{}", mark.source.path, mark.line);
        if !titles.contains_key(*id) {
            problems.push(format!("{place}: no control `{id}` in standards/; correct the id"));
        }
        if tests.is_empty() {
            problems
                .push(format!("{place}: `{id}` claims code and has no test; mark the test that shows it"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(path: &str, text: &str) -> Vec<(String, String, bool)> {
        let source = Source::new(path, text.as_bytes());
        file_marks(&source).into_iter().map(|m| (m.id.to_owned(), m.over, m.test)).collect()
    }

    #[test]
    fn a_mark_names_its_place_and_whether_it_is_a_test() {
        let text =
            "//! A.\n//= s:A.1\n/// Does.\npub(crate) fn does() {}\n//= s:A.1\n#[test]\nfn shows() {}\n";
        assert_eq!(
            seen("crates/a/src/a.rs", text),
            [("s:A.1".into(), "does".into(), false), ("s:A.1".into(), "shows".into(), true)]
        );
    }

    #[test]
    fn test_modules_files_and_suites_are_tests() {
        let marked =
            "//! A.\n#[cfg(test)]\nmod tests {\n    proptest! {\n        //= s:A.1\n        fn holds() {}\n";
        assert!(seen("crates/a/src/a.rs", marked).iter().all(|m| m.2));
        for path in ["crates/a/tests/it/b.rs", "crates/a/src/b_tests.rs", "xtask/src/leaks/mod.rs"] {
            assert!(seen(path, "//= s:A.1\nfn a() {}\n").iter().all(|m| m.2), "{path}");
        }
        assert_eq!(
            seen("tests/python/a.py", "#= s:A.1\ndef shows():\n"),
            [("s:A.1".into(), "shows".into(), true)]
        );
    }

    #[test]
    fn code_without_a_test_is_a_problem() {
        let source = Source::new("crates/a/src/a.rs", b"//= s:A.1\nfn a() {}\n");
        let marks = file_marks(&source);
        let titles = BTreeMap::from([("s:A.1".to_owned(), "Title".to_owned())]);
        let matrix = BTreeMap::from([("s:A.1", (marks.iter().collect(), Vec::new()))]);
        assert_eq!(problems(&matrix, &titles).len(), 1);
        assert!(table(&matrix, &titles).contains("| s:A.1 | Title | crates/a/src/a.rs:1 `a` |  |"));
    }
}
