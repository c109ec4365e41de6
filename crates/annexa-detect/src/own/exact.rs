//! Exact data match: which of a list's values stand in a text.

use serde::{Deserialize, Serialize};

use super::build::join;
use super::container;
use super::error::OwnError;
use super::key::OwnKey;
use super::shapes::Shapes;
use super::sieve::Sieve;
use super::table::Table;
use super::words::Words;
use super::{EXACT_MATCH, finding};
use crate::finding::Finding;

pub(super) const MAGIC: &[u8; 8] = b"annexEDM";
/// Words between the parts of a combination, at most.
const WINDOW_WORDS: usize = 32;
/// Hits of one part that are tried with a hit of the first: a text made of names stays cheap.
const TRIED: usize = 16;
const CONFIDENCE: f32 = 0.99;
const DETECTOR: &str = "exact";

/// Keyed hashes of a list's values.
#[derive(Debug)]
pub struct ExactList {
    name: String,
    key: OwnKey,
    columns: Vec<Column>,
    shapes: Shapes,
    sieve: Sieve,
    digest: [u8; 32],
}

/// A column, or columns together.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) names: Vec<String>,
    /// Of a combination: the values of each of its columns.
    pub(super) parts: Vec<Table>,
    /// The values, of a combination those of all columns joined.
    pub(super) whole: Table,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    name: String,
    key: String,
    column: Vec<HeaderColumn>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderColumn {
    names: Vec<String>,
    values: usize,
}

/// A value of a table that stands in the text.
struct Hit {
    column: usize,
    /// Which part of a combination.
    part: usize,
    words: std::ops::Range<usize>,
    plain: String,
}

impl ExactList {
    pub(super) fn assemble(
        name: String,
        key: OwnKey,
        columns: Vec<Column>,
        shapes: Shapes,
        sieve: Sieve,
    ) -> Result<Self, OwnError> {
        let mut list = Self { name, key, columns, shapes, sieve, digest: [0; 32] };
        let bytes = list.to_bytes()?;
        list.digest = container::read(MAGIC, &list.name, &bytes)?.digest;
        Ok(list)
    }

    /// Name that it was built under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of its file's content.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Each column, or columns joined with `+`, with the number of its different values.
    pub fn columns(&self) -> impl Iterator<Item = (String, usize)> + '_ {
        self.columns.iter().map(|c| (c.names.join("+"), c.whole.len()))
    }

    /// The bytes of its file.
    ///
    /// # Errors
    /// When it is too large for one file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, OwnError> {
        let column = |c: &Column| HeaderColumn { names: c.names.clone(), values: c.whole.len() };
        let column = self.columns.iter().map(column).collect();
        let header = Header { name: self.name.clone(), key: self.key.id().to_owned(), column };
        let header = toml::to_string(&header).map_err(|_| OwnError::TooLarge(self.name.clone()))?;
        let mut sections = vec![self.shapes.bytes(), self.sieve.bytes().to_vec()];
        for table in self.columns.iter().flat_map(|c| c.parts.iter().chain([&c.whole])) {
            let mut bytes = Vec::with_capacity(table.len() * 5);
            table.write(&mut bytes);
            sections.push(bytes);
        }
        container::write(MAGIC, &header, &sections)
    }

    /// From the bytes of its file; `name` is the file's, for errors.
    ///
    /// # Errors
    /// Names the file and what is wrong: no list, damaged, another key, a newer version.
    pub fn read(name: &str, bytes: &[u8], key: &OwnKey) -> Result<Self, OwnError> {
        let damaged = || OwnError::Damaged { name: name.to_owned(), what: "its content doesn't fit" };
        let file = container::read(MAGIC, name, bytes)?;
        let header: Header = toml::from_str(file.header).map_err(|_| damaged())?;
        if header.key != key.id() {
            let (built, given) = (header.key, key.id().to_owned());
            return Err(OwnError::OtherKey { name: name.to_owned(), built, given });
        }
        let mut sections = file.sections.iter().copied();
        let shapes = sections.next().and_then(Shapes::read).ok_or_else(damaged)?;
        let sieve = sections.next().and_then(Sieve::read).ok_or_else(damaged)?;
        let mut columns = Vec::new();
        for HeaderColumn { names, values } in header.column {
            let parts = if names.len() > 1 { names.len() } else { 0 };
            let parts = sections.by_ref().take(parts).map(Table::read).collect::<Option<_>>();
            let whole = sections.next().and_then(Table::read).filter(|t| t.len() == values);
            let (parts, whole) = (parts.ok_or_else(damaged)?, whole.ok_or_else(damaged)?);
            columns.push(Column { names, parts, whole });
        }
        let list = Self { name: header.name, key: key.clone(), columns, shapes, sieve, digest: file.digest };
        sections.next().is_none().then_some(list).ok_or_else(damaged)
    }

    /// The values of the list in a text: sorted, without overlaps, the longer of two.
    #[must_use]
    //= iso27001-2022:A.8.12
    pub fn find(&self, text: &str) -> Vec<Finding> {
        self.find_words(&Words::of(text))
    }

    pub(super) fn find_words(&self, words: &Words) -> Vec<Finding> {
        let hits = self.hits(words);
        let mut found = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            let of_column: Vec<&Hit> = hits.iter().filter(|h| h.column == at).collect();
            if column.parts.is_empty() {
                found.extend(of_column.iter().map(|hit| self.finding(words, hit, column)));
                continue;
            }
            for together in self.combinations(column, &of_column) {
                found.extend(together.iter().map(|hit| self.finding(words, hit, column)));
            }
        }
        longest(found)
    }

    /// Values of any table that stand in the text.
    fn hits(&self, words: &Words) -> Vec<Hit> {
        let mut hits = Vec::new();
        for at in 0..words.len() {
            for run in words.runs(at).filter(|run| self.shapes.admits(run)) {
                self.look_up(run.plain, &run.words, &mut hits);
            }
            if self.shapes.dates() && at + 3 <= words.len() {
                let groups = [words.word(at), words.word(at + 1), words.word(at + 2)];
                for date in super::dates::readings(groups) {
                    self.look_up(&date, &(at..at + 3), &mut hits);
                }
            }
        }
        hits
    }

    fn look_up(&self, plain: &str, words: &std::ops::Range<usize>, hits: &mut Vec<Hit>) {
        if !self.sieve.passes(self.key.quick(plain.as_bytes())) {
            return;
        }
        let hash = self.key.hash(plain.as_bytes());
        for (at, column) in self.columns.iter().enumerate() {
            let single = std::slice::from_ref(&column.whole);
            let tables = if column.parts.is_empty() { single } else { &column.parts };
            for (part, _) in tables.iter().enumerate().filter(|(_, t)| t.has(hash)) {
                hits.push(Hit { column: at, part, words: words.clone(), plain: plain.to_owned() });
            }
        }
    }

    /// Hits of all parts within a window whose values stand together in a row of the list.
    fn combinations<'h>(&self, column: &Column, hits: &[&'h Hit]) -> Vec<Vec<&'h Hit>> {
        let mut found = Vec::new();
        for first in hits.iter().filter(|h| h.part == 0) {
            let from = hits.partition_point(|h| h.words.start + WINDOW_WORDS < first.words.start);
            let near = hits.get(from..).unwrap_or_default().iter();
            let near = near.take_while(|h| h.words.start <= first.words.start + WINDOW_WORDS);
            let near: Vec<&Hit> = near.copied().collect();
            let mut tried = vec![(join("", &first.plain), vec![*first])];
            for part in 1..column.parts.len() {
                tried = longer(&tried, part, &near);
            }
            let together =
                tried.into_iter().filter(|(joined, _)| column.whole.has(self.key.hash(joined.as_bytes())));
            found.extend(together.map(|(_, hits)| hits));
        }
        found
    }

    fn finding(&self, words: &Words, hit: &Hit, column: &Column) -> Finding {
        let list = &self.name;
        let names = column.names.join(" + ");
        let why = match column.names.len() {
            1 => format!("value of list {list}, column {names}"),
            _ => format!("value of list {list}, columns {names} within {WINDOW_WORDS} words"),
        };
        finding(words.span(&hit.words), EXACT_MATCH, CONFIDENCE, DETECTOR, why)
    }
}

/// What was tried so far with each near hit of the next part.
fn longer<'h>(
    tried: &[(String, Vec<&'h Hit>)],
    part: usize,
    near: &[&'h Hit],
) -> Vec<(String, Vec<&'h Hit>)> {
    let apart = |a: &Hit, b: &Hit| a.words.end <= b.words.start || b.words.end <= a.words.start;
    let mut out = Vec::new();
    for (joined, hits) in tried {
        let next = near.iter().filter(|n| n.part == part && hits.iter().all(|h| apart(h, n)));
        out.extend(next.take(TRIED).map(|n| {
            let hits = hits.iter().chain([n]).copied().collect();
            (join(joined, &n.plain), hits)
        }));
    }
    out
}

/// Without overlaps: the longer of two, then the first; in the order of the text.
pub(super) fn longest(mut found: Vec<Finding>) -> Vec<Finding> {
    found.sort_by_key(|f| (std::cmp::Reverse(f.end - f.start), f.start));
    let mut kept: std::collections::BTreeMap<usize, Finding> = std::collections::BTreeMap::new();
    for f in found {
        if kept.range(..f.end).next_back().is_none_or(|(_, before)| before.end <= f.start) {
            kept.insert(f.start, f);
        }
    }
    kept.into_values().collect()
}

#[cfg(test)]
#[path = "exact_tests.rs"]
mod tests;
