//! `annexa scan` and `annexa redact`: the detectors alone, for any pipeline.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use annexa_detect::{Around, Detector, Finding, Language, code_points, not_validated, redact};
use annexa_extract::Limits;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::cli::{self, Format};
use crate::config::Layers;
use crate::files::{self, Walked};
use crate::seen::Seen;
use crate::stats::Stats;
use crate::{explain, live, pretty, sarif};

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
    stats.bytes = match args.files.as_slice() {
        [one] if args.jsonl => lines(&detector, open(one)?, args.scores, &mut out)?,
        _ if args.jsonl => bail!("`--jsonl` reads one file: give one, or - for standard input"),
        [one] if one == Path::new("-") => input(&detector, args.format, &mut out)?,
        several => walk(&detector, several, args.format, &mut out)?,
    };
    out.flush()?;
    stats.tell(args.reading.stats)
}

/// Reads standard input as one text.
fn input(detector: &Detector, format: Format, out: &mut impl Write) -> Result<usize> {
    let text = whole(Path::new("-"))?;
    let extracted = annexa_extract::extract(text.as_bytes(), None, &Limits::default())?;
    let walked = Walked { path: "-".into(), outcome: Ok(extracted) };
    show(detector, std::iter::once(walked), format, out)
}

/// Reads files and folders.
fn walk(detector: &Detector, paths: &[PathBuf], format: Format, out: &mut impl Write) -> Result<usize> {
    // What was named and is not there is a mistake; what can't be read on the way is part of the output.
    for path in paths {
        std::fs::metadata(path)
            .with_context(|| format!("can't read {}: name a file or a folder", path.display()))?;
    }
    let walked = files::walk(paths, Limits::default());
    let watched = std::io::stderr().is_terminal();
    let told = walked.enumerate().map(|(at, walked)| {
        if watched {
            eprint!("\r\x1b[K{} files, {}", at + 1, walked.path.display());
        }
        walked
    });
    let read = show(detector, told, format, out);
    if watched {
        eprint!("\r\x1b[K");
    }
    read
}

/// Writes what is found in files, as it is found where the format allows; gives the bytes of text.
fn show(
    detector: &Detector,
    walked: impl Iterator<Item = Walked>,
    format: Format,
    out: &mut impl Write,
) -> Result<usize> {
    let (mut bytes, mut kept, mut failed) = (0, Vec::new(), 0);
    for walked in walked {
        if format == Format::Pretty {
            bytes += pretty::write(detector, &walked, out)?;
            failed += usize::from(walked.outcome.is_err());
            continue;
        }
        let seen = Seen::of(detector, walked)?;
        bytes += seen.bytes;
        failed += usize::from(seen.error.is_some());
        match format {
            Format::Sarif => kept.push(seen),
            Format::Json => sarif::write_json(out, &[seen])?,
            _ => list(&seen, out)?,
        }
    }
    if format == Format::Sarif {
        sarif::write(out, detector, &kept)?;
    }
    out.flush()?;
    if failed > 0 {
        bail!("{failed} of the files could not be read; the output names them");
    }
    Ok(bytes)
}

/// One finding a line: file, place, type, confidence, why; never the value.
fn list(seen: &Seen, out: &mut impl Write) -> Result<()> {
    let file = seen.file.display();
    for f in &seen.findings {
        let at = f.lines.map(|l| format!("{}:{}", l.line, l.column.max(1)));
        let at = [at.unwrap_or_default(), f.place.clone()].join(" ");
        writeln!(out, "{file}:{}\t{}\t{:.2}\t{} ({})", at.trim(), f.kind, f.confidence, f.why, f.detector)?;
    }
    for unread in &seen.uninspected {
        writeln!(out, "{file}:{}\tNOT READ\t\t{}", unread.place, unread.reason)?;
    }
    for language in &seen.not_validated {
        writeln!(
            out,
            "{file}:\tNOT VALIDATED\t\tthe encoder was not validated in this language: {language}"
        )?;
    }
    if let Some(error) = &seen.error {
        writeln!(out, "{file}:\tNOT READ\t\t{error}")?;
    }
    Ok(())
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
    let mut unknown = BTreeMap::new();
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
        if let Some(language) = detector.tagger().and_then(|t| not_validated(&line.text, t.languages())) {
            *unknown.entry(language).or_insert(0) += 1;
        }
    }
    for (language, texts) in unknown {
        eprintln!("the encoder was not validated in the language `{language}` of {texts} texts");
    }
    Ok(bytes)
}

fn spans<'a>(detector: &'a Detector, text: &str, findings: &[Finding], scores: bool) -> Vec<Span<'a>> {
    let points = code_points(text, findings);
    let labelled = findings.iter().zip(points).filter_map(|(f, p)| Some((detector.label(&f.kind)?, f, p)));
    let score = |f: &Finding| scores.then_some(f.confidence);
    labelled.map(|(label, f, p)| Span { start: p.start, end: p.end, label, score: score(f) }).collect()
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
