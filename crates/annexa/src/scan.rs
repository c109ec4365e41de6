//! `annexa scan` and `annexa redact`: the detectors alone, for any pipeline.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use annexa_detect::{Around, Detector, Finding, Language, code_points, redact};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::cli;
use crate::config::Layers;
use crate::explain;
use crate::live;
use crate::stats::Stats;

/// A file is read as language, from its beginning to its end.
pub(crate) const WHOLE: Around<'static> =
    Around { before: "", field: None, language: Some(Language { scope: "", whole: true }) };

#[derive(Deserialize)]
struct Line {
    id: serde_json::Value,
    text: String,
}

#[derive(Serialize)]
struct Spans<'a> {
    id: &'a serde_json::Value,
    spans: Vec<Span<'a>>,
}

#[derive(Serialize)]
struct Span<'a> {
    start: usize,
    end: usize,
    label: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
}

/// Runs `annexa scan`.
pub(crate) fn scan(args: &cli::Scan) -> Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    if args.list {
        let detector = live::detector(args.types.as_deref(), Path::new("."), Layers::Patterns)?;
        return explain::list(&detector, out);
    }
    let mut stats = Stats::start();
    let detector = live::detector(args.types.as_deref(), Path::new("."), args.reading.layers)?;
    stats.ready();
    stats.bytes = match args.jsonl {
        true => lines(&detector, open(&args.file)?, args.scores, &mut out)?,
        false => text(&detector, &whole(&args.file)?, &mut out)?,
    };
    out.flush()?;
    stats.tell(args.reading.stats)
}

/// Runs `annexa redact`.
pub(crate) fn redact_file(args: &cli::Redact) -> Result<()> {
    let mut stats = Stats::start();
    let detector = live::detector(args.types.as_deref(), Path::new("."), args.reading.layers)?;
    stats.ready();
    let text = whole(&args.file)?;
    let findings = detector.scan(&text, &WHOLE)?;
    std::io::stdout().lock().write_all(redact(&text, &findings).as_bytes())?;
    stats.bytes = text.len();
    stats.tell(args.reading.stats)
}

/// A whole file, or standard input.
pub(crate) fn whole(path: &Path) -> Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text).context("the input is not UTF-8 text")?;
    Ok(text)
}

fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = std::fs::File::open(path).with_context(|| format!("can't read {}", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}

/// Reads the texts of a file of lines; gives their bytes.
fn lines(detector: &Detector, input: Box<dyn BufRead>, scores: bool, mut out: impl Write) -> Result<usize> {
    let mut bytes = 0;
    for (at, line) in input.lines().enumerate() {
        let line = line.with_context(|| format!("line {} is not UTF-8", at + 1))?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&line)
            .with_context(|| format!("line {} is not {{\"id\",\"text\"}}", at + 1))?;
        let findings = detector.scan(&line.text, &WHOLE)?;
        let spans = spans(detector, &line.text, &findings, scores);
        serde_json::to_writer(&mut out, &Spans { id: &line.id, spans })?;
        out.write_all(b"\n")?;
        bytes += line.text.len();
    }
    Ok(bytes)
}

fn spans<'a>(detector: &'a Detector, text: &str, findings: &[Finding], scores: bool) -> Vec<Span<'a>> {
    let points = code_points(text, findings);
    let labelled = findings.iter().zip(points).filter_map(|(f, p)| Some((detector.label(&f.kind)?, f, p)));
    let score = |f: &Finding| scores.then_some(f.confidence);
    labelled.map(|(label, f, p)| Span { start: p.start, end: p.end, label, score: score(f) }).collect()
}

/// One finding a line: place, type, confidence, why; never the value. Gives the text's bytes.
fn text(detector: &Detector, text: &str, mut out: impl Write) -> Result<usize> {
    let mut place = Place::default();
    for f in detector.scan(text, &WHOLE)? {
        place.advance(text, f.start);
        let Place { line, column, .. } = place;
        writeln!(out, "{line}:{column}\t{}\t{:.2}\t{} ({})", f.kind, f.confidence, f.why, f.detector)?;
    }
    Ok(text.len())
}

/// Line and column of a place in a text, both from 1; findings come in order, so the text is walked once.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    at: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Default for Place {
    fn default() -> Place {
        Place { at: 0, line: 1, column: 1 }
    }
}

impl Place {
    /// Moves on to a byte of the text.
    pub(crate) fn advance(&mut self, text: &str, to: usize) {
        for c in text.get(self.at..to).unwrap_or_default().chars() {
            (self.line, self.column) =
                if c == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
        self.at = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_code_points_and_places_count_from_one() {
        let mut place = Place::default();
        place.advance("a\nbü c", 2);
        place.advance("a\nbü c", 5);
        assert_eq!((place.line, place.column), (2, 3));
        let detector = Detector::builtin().unwrap();
        let text = "ü card 4111 1111 1111 1111";
        let findings = detector.scan(text, &Around::default()).unwrap();
        let spans = spans(&detector, text, &findings, true);
        assert_eq!((spans[0].start, spans[0].end), (7, 26));
        assert!(spans[0].score.unwrap() > 0.9);
    }
}
