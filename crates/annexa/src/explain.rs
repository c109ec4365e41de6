//! `annexa explain` and `annexa types`: which layer said what and why, and all that can be said.

use std::io::{BufWriter, Write};
use std::path::Path;

use annexa_detect::{Detector, Finding, Reading, Stretch, Tag};
use anyhow::Result;

use crate::cli;
use crate::config::Layers;
use crate::live;
use crate::scan::{Place, WHOLE, whole};

/// From which probability a class of a stretch is told.
const LIKELY: f32 = 0.5;

/// Runs `annexa explain`.
pub(crate) fn explain(args: &cli::Explain) -> Result<()> {
    let detector = live::detector(args.types.as_deref(), Path::new("."), args.layers)?;
    write(&detector, &whole(&args.file)?, BufWriter::new(std::io::stdout().lock()))
}

/// Runs `annexa types`.
pub(crate) fn types(args: &cli::Types) -> Result<()> {
    let detector = live::detector(args.types.as_deref(), Path::new("."), Layers::Patterns)?;
    list(&detector, BufWriter::new(std::io::stdout().lock()))
}

/// All types, one a line: id, category, family, standard, and the names of Presidio, Google and AWS.
pub(crate) fn list(detector: &Detector, mut out: impl Write) -> Result<()> {
    for kind in detector.kinds() {
        writeln!(
            out,
            "{}\t{:?}\t{}\t{}\t{}\t{}\t{}",
            kind.id, kind.category, kind.family, kind.standard, kind.presidio, kind.google, kind.aws
        )?;
    }
    Ok(out.flush()?)
}

/// What each layer says of a text, by places and never with a value.
fn write(detector: &Detector, text: &str, mut out: impl Write) -> Result<()> {
    let found = detector.scan(text, &WHOLE)?;
    let reading = detector.tagger().map(|t| t.read(text, "")).transpose()?.unwrap_or_default();
    writeln!(out, "detectors\t{}", detector.version())?;
    let mut place = Place::default();
    for f in &found {
        let at = span(text, &mut place, f.start, f.end);
        let layer = layer(f.detector);
        writeln!(out, "found\t{at}\t{}\t{layer}/{}\t{:.2}\t{}", f.kind, f.detector, f.confidence, f.why)?;
    }
    let mut place = Place::default();
    for (tag, why) in unreported(detector, &reading, &found) {
        let at = span(text, &mut place, tag.start, tag.end);
        let name = detector.tagger().and_then(|t| t.tags().get(tag.tag)).map_or("?", String::as_str);
        writeln!(out, "passed over\t{at}\t{name}\tencoder\t{:.2}\t{why}", tag.confidence)?;
    }
    let mut place = Place::default();
    for stretch in &reading.stretches {
        let at = span(text, &mut place, stretch.range.start, stretch.range.end);
        writeln!(out, "stretch\t{at}\t{}", about(detector, stretch))?;
    }
    Ok(out.flush()?)
}

/// Lines and columns of a span's first and last character, from 1. Spans come in order of their starts.
fn span(text: &str, place: &mut Place, start: usize, end: usize) -> String {
    place.advance(text, start);
    let mut last = *place;
    let inner = text.get(start..end).unwrap_or_default();
    last.advance(text, end - inner.chars().next_back().map_or(0, char::len_utf8));
    format!("{}:{}-{}:{}", place.line, place.column, last.line, last.column)
}

fn layer(detector: &str) -> &'static str {
    match detector {
        "encoder" => "language",
        "relation" => "relations",
        "consistency" => "throughout",
        "token" => "placeholders",
        _ => "patterns",
    }
}

/// Tags that are no part of any finding of the encoder, with the reason.
fn unreported<'r>(
    detector: &'r Detector,
    reading: &'r Reading,
    found: &'r [Finding],
) -> impl Iterator<Item = (&'r Tag, &'static str)> {
    let touches = |f: &&Finding, tag: &Tag| f.start < tag.end && f.end > tag.start;
    reading.tags.iter().filter_map(move |tag| {
        let mut over = found.iter().filter(|f| touches(f, tag)).peekable();
        let taken = over.peek().is_some();
        if over.any(|f| ["language", "relations"].contains(&layer(f.detector))) {
            return None;
        }
        Some((
            tag,
            match detector.kind_of_tag(tag.tag) {
                None => "numbers and keys are for patterns",
                Some(_) if taken => "a pattern outranks it",
                Some(_) => "says something of a person, and nothing here points at one",
            },
        ))
    })
}

/// Classes that are likely, and how much it looks like orders to a model.
fn about(detector: &Detector, stretch: &Stretch) -> String {
    let names = detector.tagger().map_or(&[][..], |t| t.classes());
    let likely = names.iter().zip(&stretch.classes).filter(|(_, p)| **p >= LIKELY);
    let classes: Vec<String> = likely.map(|(name, p)| format!("{name} {p:.2}")).collect();
    let classes = if classes.is_empty() { "no class".to_owned() } else { classes.join(", ") };
    format!("{classes}\tinjection {:.2}", stretch.injection)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "We met Anna Keller\nat Mercy General Hospital. The other day somebody left a note there that we do not quite \
         understand, and nobody knows what to do about it, so we leave it as it is. The card was 4111 1111 1111 1111.";

    fn explained(layers: Layers, text: &str) -> String {
        let detector = live::detector(None, Path::new("."), layers).unwrap();
        let mut out = Vec::new();
        write(&detector, text, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn layers_are_told_apart_and_values_never_told() {
        let all = explained(Layers::All, TEXT);
        assert!(all.contains("\tCREDIT_CARD\tpatterns/"), "{all}");
        assert!(all.contains("found\t1:8-1:18\tPERSON\tlanguage/encoder\t"), "{all}");
        assert!(all.contains("stretch\t1:1-") && all.contains("injection 0."), "{all}");
        assert!(["Anna", "Keller", "4111", "Mercy"].iter().all(|value| !all.contains(value)), "{all}");
        let patterns = explained(Layers::Patterns, TEXT);
        assert!(patterns.contains("CREDIT_CARD") && !patterns.contains("PERSON"), "{patterns}");
        assert!(!patterns.contains("stretch"), "{patterns}");
    }

    #[test]
    fn every_type_is_listed_with_its_standard() {
        let detector = live::detector(None, Path::new("."), Layers::Patterns).unwrap();
        let mut out = Vec::new();
        list(&detector, &mut out).unwrap();
        let listed = String::from_utf8(out).unwrap();
        assert_eq!(listed.lines().count(), detector.kinds().len());
        assert!(listed.lines().all(|l| l.split('\t').count() == 7));
        assert!(listed.contains("PERSON\tPersonal\tname\tHIPAA Safe Harbor (A)"), "{listed}");
    }
}
