//! `annexa scan` and `annexa redact`: the detectors alone, for any pipeline.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use annexa_detect::{Around, Detector, Finding, code_points, redact};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::cli;
use crate::live;

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
}

/// Runs `annexa scan`.
pub(crate) fn scan(args: &cli::Scan) -> Result<()> {
    let detector = live::detector(args.types.as_deref(), Path::new("."))?;
    let out = BufWriter::new(std::io::stdout().lock());
    match (args.list, args.jsonl) {
        (true, _) => list(&detector, out),
        (_, true) => lines(&detector, open(&args.file)?, out),
        _ => text(&detector, open(&args.file)?, out),
    }
}

/// Runs `annexa redact`.
pub(crate) fn redact_file(args: &cli::Redact) -> Result<()> {
    let detector = live::detector(args.types.as_deref(), Path::new("."))?;
    let mut text = String::new();
    open(&args.file)?.read_to_string(&mut text).context("the input is not UTF-8 text")?;
    let findings = detector.scan(&text, &Around::default())?;
    std::io::stdout().lock().write_all(redact(&text, &findings).as_bytes())?;
    Ok(())
}

fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = std::fs::File::open(path).with_context(|| format!("can't read {}", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}

fn lines(detector: &Detector, input: Box<dyn BufRead>, mut out: impl Write) -> Result<()> {
    for (at, line) in input.lines().enumerate() {
        let line = line.with_context(|| format!("line {} is not UTF-8", at + 1))?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&line)
            .with_context(|| format!("line {} is not {{\"id\",\"text\"}}", at + 1))?;
        let findings = detector.scan(&line.text, &Around::default())?;
        let spans = spans(detector, &line.text, &findings);
        serde_json::to_writer(&mut out, &Spans { id: &line.id, spans })?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn spans<'a>(detector: &'a Detector, text: &str, findings: &[Finding]) -> Vec<Span<'a>> {
    let points = code_points(text, findings);
    let labelled = findings.iter().zip(points).filter_map(|(f, p)| Some((detector.label(&f.kind)?, p)));
    labelled.map(|(label, p)| Span { start: p.start, end: p.end, label }).collect()
}

/// One finding a line: place, type, confidence, why; never the value.
fn text(detector: &Detector, mut input: Box<dyn BufRead>, mut out: impl Write) -> Result<()> {
    let mut text = String::new();
    input.read_to_string(&mut text).context("the input is not UTF-8 text")?;
    let mut place = Place { at: 0, line: 1, column: 1 };
    for f in detector.scan(&text, &Around::default())? {
        place.advance(&text, f.start);
        let Place { line, column, .. } = place;
        writeln!(out, "{line}:{column}\t{}\t{:.2}\t{} ({})", f.kind, f.confidence, f.why, f.detector)?;
    }
    Ok(out.flush()?)
}

/// Line and column of a place in a text, both from 1; findings come in order, so the text is walked once.
struct Place {
    at: usize,
    line: usize,
    column: usize,
}

impl Place {
    fn advance(&mut self, text: &str, to: usize) {
        for c in text.get(self.at..to).unwrap_or_default().chars() {
            (self.line, self.column) =
                if c == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
        self.at = to;
    }
}

fn list(detector: &Detector, mut out: impl Write) -> Result<()> {
    for kind in detector.kinds() {
        writeln!(
            out,
            "{}\t{:?}\t{}\t{}\t{}\t{}\t{}",
            kind.id, kind.category, kind.family, kind.standard, kind.presidio, kind.google, kind.aws
        )?;
    }
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_code_points_and_places_count_from_one() {
        let mut place = Place { at: 0, line: 1, column: 1 };
        place.advance("a\nbü c", 2);
        place.advance("a\nbü c", 5);
        assert_eq!((place.line, place.column), (2, 3));
        let detector = Detector::builtin().unwrap();
        let text = "ü card 4111 1111 1111 1111";
        let findings = detector.scan(text, &Around::default()).unwrap();
        let spans = spans(&detector, text, &findings);
        assert_eq!((spans[0].start, spans[0].end), (7, 26));
    }
}
