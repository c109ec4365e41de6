//! A list built row by row: columns chosen, values normalised, what would flag everything refused with a count.

use std::collections::HashSet;
use std::fmt;

use super::dates;
use super::error::OwnError;
use super::exact::{Column, ExactList};
use super::key::OwnKey;
use super::shapes::Shapes;
use super::sieve::Sieve;
use super::table::Table;
use super::words::{MOST_WORDS, Words};

/// The commonest words of English and some of other languages, from four letters; shorter values are refused anyway.
const COMMONEST: &str = include_str!("commonest.txt");
const LEAST_CHARS: usize = 4;
/// Four digits alone are a year, a price or a page.
const LEAST_DIGITS: usize = 5;
const LEAST_PART_CHARS: usize = 2;
const LEAST_TOGETHER: usize = 8;
const MOST_BYTES: usize = 256;
const MOST_PARTS: usize = 3;
/// Between the parts of a combination; no plain value holds it.
pub(super) const BETWEEN: char = '\u{1f}';

/// Columns to look for: single ones, and combinations whose parts must stand near each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    groups: Vec<Vec<(String, usize)>>,
}

impl Columns {
    /// From `a,b+c`: column `a`, and `b` with `c`; `header` has the names of all columns in their order.
    ///
    /// # Errors
    /// Names a column that isn't there, or a combination of more than three.
    pub fn parse(columns: &str, header: &[&str]) -> Result<Self, OwnError> {
        let fail =
            |problem: String, remedy| OwnError::Columns { columns: columns.to_owned(), problem, remedy };
        let mut groups = Vec::new();
        for group in columns.split(',').map(str::trim).filter(|g| !g.is_empty()) {
            let mut parts = Vec::new();
            for name in group.split('+').map(str::trim) {
                let at = header.iter().position(|h| h.trim() == name);
                let missing = || format!("no column `{name}` among {}", header.join(", "));
                parts.push((
                    name.to_owned(),
                    at.ok_or_else(|| fail(missing(), "write names of the first row"))?,
                ));
            }
            if parts.len() > MOST_PARTS {
                return Err(fail(format!("`{group}` has {} parts", parts.len()), "combine at most three"));
            }
            groups.push(parts);
        }
        if groups.is_empty() {
            return Err(fail("none is named".into(), "write e.g. account,email,name+birth_date"));
        }
        Ok(Self { groups })
    }
}

/// How many values were not taken, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refused {
    /// Cells without a letter or digit.
    pub empty: u64,
    /// Under 4 characters, under 5 for digits alone; parts under 2, together under 8.
    pub short: u64,
    /// Among the thousand commonest words.
    pub common: u64,
    /// A date by itself.
    pub date: u64,
    /// Over 8 words or 256 bytes.
    pub long: u64,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { empty, short, common, date, long } = self;
        write!(
            f,
            "{empty} empty, {short} too short (they would flag everything), {common} among the commonest words, "
        )?;
        write!(
            f,
            "{date} dates alone (combine them with a name), {long} over {MOST_WORDS} words or {MOST_BYTES} bytes"
        )
    }
}

#[derive(Clone, Copy)]
enum Why {
    Empty,
    Short,
    Common,
    Date,
    Long,
}

impl Refused {
    fn count(&mut self, why: Why) {
        let counter = match why {
            Why::Empty => &mut self.empty,
            Why::Short => &mut self.short,
            Why::Common => &mut self.common,
            Why::Date => &mut self.date,
            Why::Long => &mut self.long,
        };
        *counter += 1;
    }
}

/// A value made comparable.
struct Value {
    plain: String,
    words: usize,
    digit: bool,
    date: bool,
}

#[derive(Default)]
struct Gathered {
    whole: Vec<u64>,
    parts: Vec<Vec<u64>>,
}

/// Gathers the hashes of a list.
pub struct ListBuilder {
    name: String,
    key: OwnKey,
    columns: Columns,
    gathered: Vec<Gathered>,
    quick: Vec<u64>,
    shapes: Shapes,
    refused: Refused,
    common: HashSet<&'static str>,
}

impl fmt::Debug for ListBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}

impl ListBuilder {
    /// An empty list with a name, which stands in findings.
    #[must_use]
    pub fn new(name: &str, key: &OwnKey, columns: Columns) -> Self {
        let gathered = columns.groups.iter().map(|group| {
            let parts = if group.len() > 1 { group.len() } else { 0 };
            Gathered { whole: Vec::new(), parts: vec![Vec::new(); parts] }
        });
        Self {
            name: name.to_owned(),
            key: key.clone(),
            gathered: gathered.collect(),
            columns,
            quick: Vec::new(),
            shapes: Shapes::default(),
            refused: Refused::default(),
            common: COMMONEST.split_whitespace().collect(),
        }
    }

    /// Takes a row: a cell for each column of the header; missing ones count as empty.
    pub fn push(&mut self, cells: &[&str]) {
        for at in 0..self.columns.groups.len() {
            let group = self.columns.groups.get(at).map(Vec::as_slice).unwrap_or_default();
            let cells: Vec<&str> =
                group.iter().map(|(_, cell)| cells.get(*cell).copied().unwrap_or_default()).collect();
            let taken = match cells.as_slice() {
                [cell] => self.single(cell).map(|value| self.take_single(at, &value)),
                cells => self.together(cells).map(|values| self.take_together(at, &values)),
            };
            if let Err(why) = taken {
                self.refused.count(why);
            }
        }
    }

    /// The list and what was refused.
    ///
    /// # Errors
    /// When nothing was taken, or more than one file can hold.
    pub fn finish(self) -> Result<(ExactList, Refused), OwnError> {
        if self.quick.is_empty() {
            return Err(OwnError::Empty(self.name));
        }
        let table = |hashes| Table::of(hashes).ok_or_else(|| OwnError::TooLarge(self.name.clone()));
        let mut columns = Vec::new();
        for (group, gathered) in self.columns.groups.into_iter().zip(self.gathered) {
            let names = group.into_iter().map(|(name, _)| name).collect();
            let parts = gathered.parts.into_iter().map(table).collect::<Result<_, _>>()?;
            columns.push(Column { names, parts, whole: table(gathered.whole)? });
        }
        let list = ExactList::assemble(self.name, self.key, columns, self.shapes, Sieve::of(&self.quick))?;
        Ok((list, self.refused))
    }

    fn single(&self, cell: &str) -> Result<Value, Why> {
        let value = readings(cell)?.into_iter().next().ok_or(Why::Empty)?;
        let chars = value.plain.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
        let digits = value.plain.bytes().all(|b| b.is_ascii_digit());
        match () {
            () if value.date => Err(Why::Date),
            () if chars < LEAST_CHARS || (digits && chars < LEAST_DIGITS) => Err(Why::Short),
            () if self.common.contains(value.plain.as_str()) => Err(Why::Common),
            () => Ok(value),
        }
    }

    fn together(&self, cells: &[&str]) -> Result<Vec<Vec<Value>>, Why> {
        let values: Vec<Vec<Value>> = cells.iter().map(|c| readings(c)).collect::<Result<_, _>>()?;
        let first = || values.iter().filter_map(|v| v.first());
        let short = first().any(|v| v.plain.chars().count() < LEAST_PART_CHARS);
        match () {
            () if short || first().map(|v| v.plain.len()).sum::<usize>() < LEAST_TOGETHER => Err(Why::Short),
            () if first().all(|v| self.common.contains(v.plain.as_str())) => Err(Why::Common),
            () => Ok(values),
        }
    }

    fn take_single(&mut self, at: usize, value: &Value) {
        let hash = self.hash(value);
        if let Some(gathered) = self.gathered.get_mut(at) {
            gathered.whole.push(hash);
        }
    }

    fn take_together(&mut self, at: usize, values: &[Vec<Value>]) {
        let mut joined = vec![String::new()];
        for (part, readings) in values.iter().enumerate() {
            let hashes: Vec<u64> = readings.iter().map(|v| self.hash(v)).collect();
            let known = self.gathered.get_mut(at).and_then(|g| g.parts.get_mut(part));
            known.into_iter().for_each(|known| known.extend(&hashes));
            let longer = |before: &String| readings.iter().map(move |v| join(before, &v.plain)).collect();
            joined = joined.iter().flat_map::<Vec<String>, _>(longer).collect();
        }
        let hashes: Vec<u64> = joined.iter().map(|j| self.key.hash(j.as_bytes())).collect();
        if let Some(gathered) = self.gathered.get_mut(at) {
            gathered.whole.extend(hashes);
        }
    }

    fn hash(&mut self, value: &Value) -> u64 {
        if value.date {
            self.shapes.add_date();
        }
        self.shapes.add(&value.plain, value.words, value.digit);
        self.quick.push(self.key.quick(value.plain.as_bytes()));
        self.key.hash(value.plain.as_bytes())
    }
}

/// Parts of a combination one after the other.
pub(super) fn join(before: &str, part: &str) -> String {
    format!("{before}{BETWEEN}{part}")
}

/// A cell as it is compared; a date may have two readings.
fn readings(cell: &str) -> Result<Vec<Value>, Why> {
    let words = Words::of(cell);
    if words.plain().is_empty() {
        return Err(Why::Empty);
    }
    if words.len() > MOST_WORDS || words.plain().len() > MOST_BYTES || !words.tied() {
        return Err(Why::Long);
    }
    if words.len() == 3 {
        let dates = dates::readings([words.word(0), words.word(1), words.word(2)]);
        if !dates.is_empty() {
            let value = |plain| Value { plain, words: 1, digit: true, date: true };
            return Ok(dates.into_iter().map(value).collect());
        }
    }
    let digit = words.plain().bytes().any(|b| b.is_ascii_digit());
    Ok(vec![Value { plain: words.plain().to_owned(), words: words.len(), digit, date: false }])
}
