//! What comes out: stretches of text with their places, and what could not be read.

use std::fmt;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Plain text.
    Text,
    /// One JSON value.
    Json,
    /// A JSON value a line.
    JsonLines,
    /// Comma- or semicolon-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// HTML.
    Html,
    /// PDF.
    Pdf,
    /// Word (OOXML).
    Word,
    /// Excel (OOXML).
    Sheet,
    /// PowerPoint (OOXML).
    Slides,
    /// OpenDocument text, sheet or presentation.
    OpenDocument,
    /// A ZIP archive.
    Zip,
    /// A file compressed with gzip.
    Gzip,
    /// A picture, a sound or a film.
    Image,
    /// An office file of before 2007.
    OldOffice,
    /// An encrypted office file.
    Encrypted,
    /// Bytes of no known form.
    Unknown,
}

/// One step of the way to a place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A member of an archive.
    Member(String),
    /// A page, from 1.
    Page(u32),
    /// A slide, from 1.
    Slide(usize),
    /// A paragraph, from 1.
    Paragraph(usize),
    /// A row, from 1.
    Row(usize),
    /// A column: its name in the first row, or its letters.
    Column(String),
    /// A cell of a sheet, e.g. `Sheet1!B4`.
    Cell(String),
    /// A line, from 1.
    Line(usize),
    /// A JSON pointer (RFC 6901).
    Pointer(String),
    /// Something beside the text: properties, comments, hidden fields.
    Beside(&'static str),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(name) => write!(f, "{}", printable(name)),
            Self::Page(n) => write!(f, "page {n}"),
            Self::Slide(n) => write!(f, "slide {n}"),
            Self::Paragraph(n) => write!(f, "paragraph {n}"),
            Self::Row(n) => write!(f, "row {n}"),
            Self::Column(name) => write!(f, "column {}", printable(name)),
            Self::Cell(name) => write!(f, "{}", printable(name)),
            Self::Line(n) => write!(f, "line {n}"),
            Self::Pointer(pointer) => write!(f, "{}", printable(pointer)),
            Self::Beside(what) => write!(f, "{what}"),
        }
    }
}

/// Names come from the file: control characters in them would move a terminal's cursor.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

/// A way in words: `a.zip > b.docx > paragraph 3`; empty for the file itself.
#[must_use]
pub fn place(steps: &[Step]) -> String {
    steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" > ")
}

/// A stretch of text that belongs together: a page, a row, a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// Way to it; empty for the file itself.
    pub place: Vec<Step>,
    /// Its text, UTF-8.
    pub text: String,
    /// Where in the text finer places begin, in order: byte offset and step.
    pub marks: Vec<(usize, Step)>,
}

impl Part {
    /// Way to the place of a byte of the text.
    #[must_use]
    pub fn place_of(&self, byte: usize) -> Vec<Step> {
        let after = self.marks.partition_point(|(at, _)| *at <= byte);
        let mark = after.checked_sub(1).and_then(|at| self.marks.get(at));
        self.place.iter().chain(mark.map(|(_, step)| step)).cloned().collect()
    }

    /// Whether lines of the text are lines of the file.
    #[must_use]
    pub fn has_lines(&self) -> bool {
        self.place.is_empty() && self.marks.is_empty()
    }
}

/// Why something isn't read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It needs a password.
    Encrypted,
    /// A picture, a sound or a film.
    Image,
    /// A page that shows pictures and has no text.
    ImageOnlyPage,
    /// A program in an office file.
    Macro,
    /// A file within a PDF.
    EmbeddedFile,
    /// An office file of before 2007.
    OldOffice,
    /// Compressed in a way that isn't known.
    Compression,
    /// Its form is known and its content isn't in it.
    Damaged,
    /// Bytes of no known form.
    Binary,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Encrypted => "encrypted: it needs a password",
            Self::Image => "picture, sound or film: its text isn't read",
            Self::ImageOnlyPage => "page of pictures without text: scan it with text recognition first",
            Self::Macro => "macro: its program isn't read",
            Self::EmbeddedFile => "file within a PDF: take it out first",
            Self::OldOffice => "office file of before 2007: save it as DOCX, XLSX or PPTX",
            Self::Compression => "compressed in a way that isn't known",
            Self::Damaged => "damaged: its content isn't in the form that it claims",
            Self::Binary => "bytes of no known form",
        })
    }
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uninspected {
    /// Way to it; empty for the file itself.
    pub place: Vec<Step>,
    /// Why.
    pub reason: Reason,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extracted {
    /// What the file is.
    pub form: Form,
    /// Whether its text was no Unicode and was read as Latin-1, where some characters may be others.
    pub latin1: bool,
    /// Its text.
    pub parts: Vec<Part>,
    /// What could not be read.
    pub uninspected: Vec<Uninspected>,
}
