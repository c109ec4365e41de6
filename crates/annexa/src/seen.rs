//! What detectors found in a file, with places that people and tools understand; never a value.

use std::collections::BTreeSet;
use std::path::PathBuf;

use annexa_detect::{Category, Detector, Finding, not_validated};
use annexa_extract::{Part, Reason, Step, place};
use anyhow::Result;
use serde::Serialize;

use crate::files::Walked;
use crate::scan::{Place, WHOLE};

/// A file and what was found in it. As JSON it is one object.
#[derive(Serialize)]
pub(crate) struct Seen {
    /// Path of the file.
    pub file: PathBuf,
    /// What was found.
    pub findings: Vec<Located>,
    /// What could not be read.
    pub uninspected: Vec<Unread>,
    /// Whether its text is no Unicode and was read as Latin-1.
    pub latin1: bool,
    /// Languages of its parts that the encoder was not validated in: patterns have read them, names may be missed.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub not_validated: BTreeSet<String>,
    /// Bytes of text that were read.
    #[serde(skip)]
    pub bytes: usize,
    /// Why it was not read at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A finding with its place.
#[derive(Serialize)]
pub(crate) struct Located {
    /// Type.
    pub kind: String,
    /// Category.
    pub category: Category,
    /// From 0 to 1.
    pub confidence: f32,
    /// Which detector.
    pub detector: &'static str,
    /// Why, never with the value.
    pub why: String,
    /// Way to it within the file, e.g. `page 3`; empty for plain text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Where it stands in a text of lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Lines>,
}

/// A span by lines and columns from 1, columns in code points; the end is after the last character.
#[derive(Serialize, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lines {
    /// First line.
    pub line: usize,
    /// Column in it; 0 where only the line is known.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column after the last character.
    pub end_column: usize,
}

/// Something that could not be read.
#[derive(Serialize)]
pub(crate) struct Unread {
    /// Way to it; empty for the file itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Why.
    pub reason: String,
}

impl Seen {
    /// Runs the detectors over a file's parts.
    ///
    /// # Errors
    /// When a detector fails; a file that can't be read is part of the result.
    pub(crate) fn of(detector: &Detector, walked: Walked) -> Result<Seen> {
        let mut seen = Seen {
            file: walked.path,
            findings: Vec::new(),
            uninspected: Vec::new(),
            latin1: false,
            not_validated: BTreeSet::new(),
            bytes: 0,
            error: None,
        };
        let extracted = match walked.outcome {
            Ok(extracted) => extracted,
            Err(error) => return Ok(Seen { error: Some(format!("{error:#}")), ..seen }),
        };
        for part in &extracted.parts {
            let found = detector.scan(&part.text, &WHOLE)?;
            seen.findings.extend(located(part, &found));
            seen.not_validated
                .extend(detector.tagger().and_then(|t| not_validated(&part.text, t.languages())));
            seen.bytes += part.text.len();
        }
        let unread = |place: String, reason: Reason| Unread { place, reason: reason.to_string() };
        seen.uninspected = extracted.uninspected.iter().map(|u| unread(place(&u.place), u.reason)).collect();
        seen.latin1 = extracted.latin1;
        Ok(seen)
    }
}

/// Findings of a part, which come in its order, with their places.
fn located(part: &Part, found: &[Finding]) -> Vec<Located> {
    let mut place_at = Place::default();
    let mut all = Vec::with_capacity(found.len());
    for f in found {
        let lines = if part.has_lines() {
            place_at.advance(&part.text, f.start);
            let Place { line, column, .. } = place_at;
            place_at.advance(&part.text, f.end);
            Some(Lines { line, column, end_line: place_at.line, end_column: place_at.column })
        } else {
            whole_line(part)
        };
        all.push(Located {
            kind: f.kind.to_string(),
            category: f.category,
            confidence: f.confidence,
            detector: f.detector,
            why: f.why.to_string(),
            place: place(&part.place_of(f.start)),
            lines,
        });
    }
    all
}

/// The line of a part that is one, as in JSON lines.
fn whole_line(part: &Part) -> Option<Lines> {
    let [Step::Line(line)] = part.place.as_slice() else { return None };
    Some(Lines { line: *line, column: 0, end_line: *line, end_column: 0 })
}

#[cfg(test)]
mod tests {
    use annexa_extract::{Limits, extract};

    use super::*;

    pub(crate) fn seen(name: &str, bytes: &[u8]) -> Seen {
        let outcome = Ok(extract(bytes, Some(name), &Limits::default()).unwrap());
        Seen::of(&Detector::builtin().unwrap(), Walked { path: name.into(), outcome }).unwrap()
    }

    #[test]
    fn places_are_lines_in_texts_and_ways_in_others() {
        let text = seen("a.txt", "ü\nüü anna@x.org and bob@x.org".as_bytes());
        let lines: Vec<Lines> = text.findings.iter().filter_map(|f| f.lines).collect();
        assert_eq!(lines[0], Lines { line: 2, column: 4, end_line: 2, end_column: 14 });
        assert_eq!(lines[1].column, 19);
        let table = seen("a.csv", b"name,mail\nanna,anna@x.org\n");
        assert_eq!(table.findings[0].place, "row 2 > column mail");
        assert_eq!(seen("a.jsonl", b"\n{\"m\":\"anna@x.org\"}").findings[0].lines.map(|l| l.line), Some(2));
    }

    #[test]
    fn json_says_what_was_found_and_never_the_value() {
        let json = serde_json::to_string(&seen("a.txt", b"mail anna@x.org")).unwrap();
        assert!(json.contains("\"EMAIL\"") && !json.contains("anna"), "{json}");
        let unread = serde_json::to_string(&seen("a.bin", &[0, 1])).unwrap();
        assert!(unread.contains("bytes of no known form"), "{unread}");
    }

    #[test]
    fn a_file_that_was_not_read_is_no_clean_file() {
        let walked = Walked { path: "x".into(), outcome: Err(anyhow::anyhow!("too large")) };
        let seen = Seen::of(&Detector::builtin().unwrap(), walked).unwrap();
        assert_eq!(seen.error.as_deref(), Some("too large"));
    }
}
