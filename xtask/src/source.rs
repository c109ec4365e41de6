//! The repository's files as the checks see them: text, and for Rust the code and the comments apart.
//!
//! [`split`] is a small lexer, not a parser: it tells comments and literals from code and keeps every line where it
//! was, so that a check is a search in the right one of two texts.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// A file of the repository.
pub(crate) struct Source {
    /// Path from the repository's root, with `/`.
    pub path: String,
    /// The text; lossy where a file is no UTF-8.
    pub text: String,
    /// Size in bytes.
    pub bytes: usize,
    /// For Rust: the text with comments and the insides of literals as spaces. Otherwise empty.
    pub code: String,
    /// For Rust: the text with all but comments as spaces. Otherwise empty.
    pub comments: String,
}

impl Source {
    /// A file from its path and bytes.
    pub(crate) fn new(path: &str, bytes: &[u8]) -> Source {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (code, comments) = if path.ends_with(".rs") { split(&text) } else { Default::default() };
        Source { path: path.to_owned(), text, bytes: bytes.len(), code, comments }
    }

    /// Whether the file is Rust.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether the whole file is a test: in a `tests` folder, or a test module of its own.
    pub(crate) fn is_test(&self) -> bool {
        let in_folder = self.path.split('/').any(|part| part == "tests");
        in_folder || self.path.ends_with("_tests.rs") || self.path.ends_with("/tests.rs")
    }
}

/// The root of the repository that this program was built from.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// All files that git tracks or would track, as they lie in the work tree.
pub(crate) fn files(root: &Path) -> Result<Vec<Source>> {
    let listed = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .context("git is needed to list the files")?;
    ensure!(listed.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout).context("a file name is no UTF-8")?;
    let mut paths: Vec<&str> = names.split('\0').filter(|n| !n.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup();
    // A file that was deleted but not yet committed is still listed.
    let there = paths.into_iter().filter(|p| root.join(p).is_file());
    there
        .map(|p| Ok(Source::new(p, &std::fs::read(root.join(p)).with_context(|| format!("can't read {p}"))?)))
        .collect()
}

/// Number of the line, from 1, that a byte lies in.
pub(crate) fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1
}

/// Bytes at which `word` stands as a word of its own.
pub(crate) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text.get(..*at).and_then(|t| t.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name)
    })
}

/// What the lexer is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Code,
    LineComment,
    BlockComment(u32),
    Text,
    RawText(usize),
}

/// The code and the comments of a Rust file, each with the other's characters as spaces and all lines kept.
pub(crate) fn split(text: &str) -> (String, String) {
    let mut lexer =
        Lexer { chars: text.chars().collect(), at: 0, code: String::new(), comments: String::new() };
    let mut state = State::Code;
    while lexer.at < lexer.chars.len() {
        state = match state {
            State::Code => lexer.code(),
            State::LineComment => lexer.line_comment(),
            State::BlockComment(depth) => lexer.block_comment(depth),
            State::Text => lexer.text(),
            State::RawText(hashes) => lexer.raw_text(hashes),
        };
    }
    (lexer.code, lexer.comments)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    code: String,
    comments: String,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// Takes characters as code, as a comment, or as neither.
    fn take(&mut self, count: usize, as_code: bool, as_comment: bool) {
        for _ in 0..count {
            let Some(c) = self.peek(0) else { return };
            let keep = |kept: bool| if kept || c == '\n' { c } else { ' ' };
            self.code.push(keep(as_code));
            self.comments.push(keep(as_comment));
            self.at += 1;
        }
    }

    fn code(&mut self) -> State {
        match (self.peek(0), self.peek(1)) {
            (Some('/'), Some('/')) => State::LineComment,
            (Some('/'), Some('*')) => {
                self.take(2, false, true);
                State::BlockComment(1)
            }
            (Some('"'), _) => {
                self.take(1, true, false);
                State::Text
            }
            (Some('\''), _) => self.quote(),
            (Some('r'), Some('"' | '#')) if !self.inside_a_name() => self.raw_start(),
            _ => {
                self.take(1, true, false);
                State::Code
            }
        }
    }

    fn inside_a_name(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.chars.get(at));
        // br"…" and cr"…" are literals too.
        before.is_some_and(|c| (c.is_alphanumeric() && !matches!(c, 'b' | 'c')) || *c == '_')
    }

    /// A character literal, or a lifetime.
    fn quote(&mut self) -> State {
        let length = match (self.peek(1), self.peek(2)) {
            (Some('\\'), _) => (3..14).find(|n| self.peek(*n) == Some('\'')).map(|n| n + 1),
            (Some(_), Some('\'')) => Some(3),
            _ => None,
        };
        match length {
            Some(length) => self.take(length, false, false),
            None => self.take(1, true, false),
        }
        State::Code
    }

    fn raw_start(&mut self) -> State {
        let hashes = (1..).take_while(|n| self.peek(*n) == Some('#')).count();
        if self.peek(hashes + 1) != Some('"') {
            // A raw name such as r#type.
            self.take(1, true, false);
            return State::Code;
        }
        self.take(hashes + 2, true, false);
        State::RawText(hashes)
    }

    fn line_comment(&mut self) -> State {
        let ends = self.peek(0) == Some('\n');
        self.take(1, false, true);
        if ends { State::Code } else { State::LineComment }
    }

    fn block_comment(&mut self, depth: u32) -> State {
        let (step, depth) = match (self.peek(0), self.peek(1)) {
            (Some('/'), Some('*')) => (2, depth + 1),
            (Some('*'), Some('/')) => (2, depth.saturating_sub(1)),
            _ => (1, depth),
        };
        self.take(step, false, true);
        if depth == 0 { State::Code } else { State::BlockComment(depth) }
    }

    fn text(&mut self) -> State {
        match self.peek(0) {
            Some('\\') => self.take(2, false, false),
            Some('"') => {
                self.take(1, true, false);
                return State::Code;
            }
            _ => self.take(1, false, false),
        }
        State::Text
    }

    fn raw_text(&mut self, hashes: usize) -> State {
        let closes = self.peek(0) == Some('"') && (1..=hashes).all(|n| self.peek(n) == Some('#'));
        self.take(if closes { hashes + 1 } else { 1 }, closes, false);
        if closes { State::Code } else { State::RawText(hashes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        split(text).0.trim().to_owned()
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        assert_eq!(code("let a = 1; // fn b() {"), "let a = 1;");
        assert_eq!(code("a /* { /* } */ { */ b").replace(' ', ""), "ab");
        assert_eq!(code(r#"x("{ \" }", '{', '\'', b'}')"#).replace(' ', ""), r#"x("",,,b)"#);
        assert_eq!(code("r#\"{ \" {\"# + br\"{\" + r#type").replace(' ', ""), "r#\"\"#+br\"\"+r#type");
    }

    #[test]
    fn lifetimes_are_code_and_lines_stay() {
        assert_eq!(code("fn a<'a>(x: &'a str) {}"), "fn a<'a>(x: &'a str) {}");
        let text = "/* a\n b */ \"c\nd\"\n// e\nf";
        let (code, comments) = split(text);
        assert_eq!(code.lines().count(), text.lines().count());
        assert_eq!(comments.lines().nth(3), Some("// e"));
    }

    #[test]
    fn words_stand_alone() {
        assert_eq!(words("unsafe fn not_unsafe(unsafe_code)", "unsafe").collect::<Vec<_>>(), [0]);
    }
}
