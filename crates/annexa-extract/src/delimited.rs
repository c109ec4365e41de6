//! CSV and TSV: a part a row, each value after the name of its column, so that a name is a cue for its value.

use crate::error::ExtractError;
use crate::gather::{Draft, Gather};
use crate::part::Step;

/// The separator that the first line has more of.
pub(crate) fn comma_or_semicolon(text: &str) -> u8 {
    let line = text.lines().next().unwrap_or_default();
    if line.matches(';').count() > line.matches(',').count() { b';' } else { b',' }
}

/// Reads rows; false when they can't be told apart.
pub(crate) fn read(text: &str, separator: u8, gather: &mut Gather<'_>) -> Result<bool, ExtractError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut names: Vec<String> = Vec::new();
    for (at, row) in reader.records().enumerate() {
        let Ok(row) = row else { return Ok(false) };
        if at == 0 && is_header(row.iter()) {
            names = row.iter().map(|c| c.trim().to_owned()).collect();
        }
        let named = at > 0;
        gather.at(Step::Row(at + 1), |gather| {
            let cells = row.iter().enumerate().map(|(n, cell)| {
                let name = names.get(n).map(String::as_str);
                (Step::Column(name.map_or_else(|| letters(n), str::to_owned)), name.filter(|_| named), cell)
            });
            read_row(cells, gather)
        })?;
    }
    Ok(true)
}

/// Writes cells, each with its place and, where it has one, its column's name.
pub(crate) fn read_row<'c>(
    cells: impl Iterator<Item = (Step, Option<&'c str>, &'c str)>,
    gather: &mut Gather<'_>,
) -> Result<(), ExtractError> {
    let mut draft = Draft::default();
    for (step, name, cell) in cells.filter(|(_, _, cell)| !cell.trim().is_empty()) {
        gather.mark(&mut draft, step)?;
        if let Some(name) = name {
            gather.write(&mut draft, name)?;
            gather.write(&mut draft, ": ")?;
        }
        gather.write(&mut draft, cell)?;
        gather.write(&mut draft, "\n")?;
    }
    gather.add(draft)
}

/// A first row names columns when every cell is a short text without digits, all different.
pub(crate) fn is_header<'c>(cells: impl Iterator<Item = &'c str>) -> bool {
    let cells: Vec<&str> = cells.map(str::trim).collect();
    let names = |c: &&str| {
        !c.is_empty() && c.len() <= 64 && !c.contains('@') && !c.bytes().any(|b| b.is_ascii_digit())
    };
    let different: std::collections::HashSet<&&str> = cells.iter().collect();
    cells.len() > 1 && cells.iter().all(names) && different.len() == cells.len()
}

/// A column's letters: A, B, … Z, AA.
pub(crate) fn letters(mut at: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(at % 26).unwrap_or(0)));
        if at < 26 {
            break;
        }
        at = at / 26 - 1;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters_as_sheets_have() {
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }

    #[test]
    fn headers_are_names_and_nothing_else() {
        assert!(is_header(["name", "Geburtsdatum"].into_iter()));
        assert!(!is_header(["anna", "1980-03-12"].into_iter()));
        assert!(!is_header(["a@b.ch", "x"].into_iter()) && !is_header(["a", "a"].into_iter()));
    }
}
