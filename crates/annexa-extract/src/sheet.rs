//! Excel (OOXML): a part a row, each value with its cell, after the name of its column where the first row has names.

use std::collections::{HashMap, HashSet};

use crate::archive::{Archive, Content};
use crate::delimited::{is_header, letters, read_row};
use crate::error::ExtractError;
use crate::gather::Gather;
use crate::office;
use crate::part::{Form, Reason, Step};
use crate::serial;
use crate::xml::{self, Piece};

const BOOK: &str = "xl/workbook.xml";
const LINKS: &str = "xl/_rels/workbook.xml.rels";
const STRINGS: &str = "xl/sharedStrings.xml";
const STYLES: &str = "xl/styles.xml";

/// What cells refer to.
#[derive(Default)]
struct Book {
    /// Name of the sheet in a member.
    names: HashMap<String, String>,
    strings: Vec<String>,
    /// Numbers of the cell styles that show dates.
    dates: HashSet<usize>,
    since_1904: bool,
}

/// Reads a workbook.
pub(crate) fn read(bytes: &[u8], gather: &mut Gather<'_>) -> Result<(), ExtractError> {
    let Some(mut archive) = Archive::open(bytes, gather)? else {
        gather.opaque(Reason::Damaged);
        return Ok(());
    };
    let members = archive.members();
    let mut book = Book::default();
    read_names(&mut archive, &members, &mut book, gather)?;
    read_strings(&member(&mut archive, &members, STRINGS, gather)?, &mut book)?;
    read_styles(&member(&mut archive, &members, STYLES, gather)?, &mut book)?;
    for (at, name) in &members {
        if name.starts_with("xl/worksheets/") && name.ends_with(".xml") {
            let bytes = archive.content(*at, gather)?;
            let sheet = book.names.get(name).unwrap_or(name);
            gather.at(Step::Member(sheet.clone()), |gather| match bytes {
                Content::Bytes(bytes) => read_sheet(&bytes, sheet, &book, gather),
                Content::Closed(reason) => {
                    gather.opaque(reason);
                    Ok(())
                }
            })?;
        } else if ![BOOK, STRINGS, STYLES].contains(&name.as_str()) {
            office::read_member(&mut archive, *at, name, Form::Sheet, gather)?;
        }
    }
    Ok(())
}

/// Content of a member; empty when it isn't there, named when it can't be read.
fn member(
    archive: &mut Archive<'_>,
    members: &[(usize, String)],
    name: &str,
    gather: &mut Gather<'_>,
) -> Result<Vec<u8>, ExtractError> {
    let Some((at, _)) = members.iter().find(|(_, n)| n == name) else { return Ok(Vec::new()) };
    match archive.content(*at, gather)? {
        Content::Bytes(bytes) => Ok(bytes),
        Content::Closed(reason) => gather.at(Step::Member(name.to_owned()), |gather| {
            gather.opaque(reason);
            Ok(Vec::new())
        }),
    }
}

fn read_names(
    archive: &mut Archive<'_>,
    members: &[(usize, String)],
    book: &mut Book,
    gather: &mut Gather<'_>,
) -> Result<(), ExtractError> {
    let mut targets = HashMap::new();
    xml::each(&member(archive, members, LINKS, gather)?, |piece| {
        if let Piece::Open("Relationship", a) = piece {
            targets.extend(a.get("Id").zip(a.get("Target")));
        }
        Ok(())
    })?;
    xml::each(&member(archive, members, BOOK, gather)?, |piece| {
        match piece {
            Piece::Open("workbookPr", a) => {
                book.since_1904 = a.get("date1904").is_some_and(|v| v == "1" || v == "true");
            }
            Piece::Open("sheet", a) => {
                let target = a.get("id").and_then(|id| targets.get(&id)).cloned().unwrap_or_default();
                let path = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
                book.names.extend(a.get("name").map(|name| (path, name)));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(())
}

fn read_strings(bytes: &[u8], book: &mut Book) -> Result<(), ExtractError> {
    let mut inside = false;
    xml::each(bytes, |piece| {
        match piece {
            Piece::Open("si", _) => book.strings.push(String::new()),
            Piece::Open("t", _) => inside = true,
            Piece::Close("t") => inside = false,
            Piece::Text(text) if inside => {
                book.strings.last_mut().into_iter().for_each(|s| s.push_str(&text))
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(())
}

fn read_styles(bytes: &[u8], book: &mut Book) -> Result<(), ExtractError> {
    let mut codes: HashMap<u32, String> = HashMap::new();
    let (mut cells, mut number) = (false, 0);
    xml::each(bytes, |piece| {
        match piece {
            Piece::Open("numFmt", a) => {
                let id = a.get("numFmtId").and_then(|id| id.parse().ok());
                codes.extend(id.zip(a.get("formatCode")));
            }
            Piece::Open("cellXfs", _) => cells = true,
            Piece::Close("cellXfs") => cells = false,
            Piece::Open("xf", a) if cells => {
                let id = a.get("numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                if serial::is_date(id, codes.get(&id).map(String::as_str)) {
                    book.dates.insert(number);
                }
                number += 1;
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(())
}

/// A cell that is being read.
#[derive(Default)]
struct Cell {
    column: String,
    kind: String,
    style: Option<usize>,
    value: String,
    inside: bool,
}

/// A sheet that is being read.
struct Rows<'b> {
    book: &'b Book,
    sheet: &'b str,
    row: usize,
    cell: Cell,
    cells: Vec<(String, std::borrow::Cow<'b, str>)>,
    names: Option<HashMap<String, String>>,
}

fn read_sheet(bytes: &[u8], sheet: &str, book: &Book, gather: &mut Gather<'_>) -> Result<(), ExtractError> {
    let mut rows = Rows { book, sheet, row: 0, cell: Cell::default(), cells: Vec::new(), names: None };
    let whole = xml::each(bytes, |piece| rows.take(piece, gather))?;
    if !whole {
        gather.opaque(Reason::Damaged);
    }
    rows.finish(gather)
}

impl Rows<'_> {
    fn take(&mut self, piece: Piece<'_>, gather: &mut Gather<'_>) -> Result<(), ExtractError> {
        match piece {
            Piece::Open("row", a) => {
                self.row = a.get("r").and_then(|r| r.parse().ok()).unwrap_or(self.row + 1);
            }
            Piece::Open("c", a) => {
                let column: Option<String> =
                    a.get("r").map(|r| r.chars().take_while(char::is_ascii_alphabetic).collect());
                self.cell = Cell {
                    column: column.unwrap_or_else(|| letters(self.cells.len())),
                    kind: a.get("t").unwrap_or_default(),
                    style: a.get("s").and_then(|s| s.parse().ok()),
                    ..Cell::default()
                };
            }
            Piece::Open("v" | "t", _) => self.cell.inside = true,
            Piece::Close("v" | "t") => self.cell.inside = false,
            Piece::Text(text) if self.cell.inside => self.cell.value.push_str(&text),
            Piece::Close("c") => self.close_cell(),
            Piece::Close("row") => return self.finish(gather),
            _ => {}
        }
        Ok(())
    }

    /// Values are borrowed from the shared strings: a long one that many cells name is not copied here.
    fn close_cell(&mut self) {
        let cell = std::mem::take(&mut self.cell);
        let value = match cell.kind.as_str() {
            "s" => cell
                .value
                .trim()
                .parse::<usize>()
                .ok()
                .and_then(|at| self.book.strings.get(at))
                .map(|s| s.as_str().into()),
            "" | "n" if cell.style.is_some_and(|style| self.book.dates.contains(&style)) => {
                let date = cell.value.trim().parse().ok().and_then(|n| serial::date(n, self.book.since_1904));
                Some(date.unwrap_or(cell.value).into())
            }
            _ => Some(cell.value.into()),
        };
        self.cells.extend(value.map(|value| (cell.column, value)));
    }

    fn finish(&mut self, gather: &mut Gather<'_>) -> Result<(), ExtractError> {
        let cells = std::mem::take(&mut self.cells);
        let first = self.names.is_none() && !cells.is_empty();
        let names = self.names.get_or_insert_default();
        if first && is_header(cells.iter().map(|(_, value)| value.as_ref())) {
            names.extend(cells.iter().map(|(column, value)| (column.clone(), value.trim().to_owned())));
        } else if cells.is_empty() && names.is_empty() {
            self.names = None;
            return Ok(());
        }
        let (sheet, row) = (self.sheet, self.row);
        let placed = cells.iter().map(|(column, value)| {
            let name = names.get(column).filter(|_| !first).map(String::as_str);
            (Step::Cell(format!("{sheet}!{column}{row}")), name, value.as_ref())
        });
        read_row(placed, gather)
    }
}
