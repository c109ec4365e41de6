//! Reads lines `{"id","text"}` from standard input and prints `{"id","spans":[{"start","end","label"}]}` a line, with
//! code point offsets; with `--kinds` the spans also say kind, confidence, detector and why; `--streamed` reads each text
//! through the scanner in small pieces; `--speed` measures instead.

use std::error::Error;
use std::io::{BufRead, BufWriter, Write};
use std::sync::Arc;

use annexa_detect::{Around, Detector, Finding, Scanner, code_points, throughput};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let asked = |flag: &str| std::env::args().any(|a| a == flag);
    if asked("--speed") {
        for row in throughput::measure(8_000_000)? {
            println!(
                "{:28} {:7.1} MB/s  bare {:7.1} MB/s  ratio {:.2}",
                row.text,
                row.detect,
                row.bare,
                row.bare / row.detect
            );
        }
        return Ok(());
    }
    let detector = Arc::new(Detector::builtin()?);
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line: Value = serde_json::from_str(&line?)?;
        let text = line.get("text").and_then(Value::as_str).ok_or("a line has no text")?;
        let found = if asked("--streamed") {
            streamed(&detector, text)?
        } else {
            detector.scan(text, &Around::default())?
        };
        let spans = spans(&detector, text, &found, asked("--kinds"));
        serde_json::to_writer(&mut out, &json!({ "id": line.get("id"), "spans": spans }))?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn streamed(detector: &Arc<Detector>, text: &str) -> Result<Vec<Finding>, Box<dyn Error>> {
    let mut scanner = Scanner::new(detector.clone());
    let mut found = Vec::new();
    for c in text.chars() {
        scanner.push(c.encode_utf8(&mut [0; 4]));
        while let Some(window) = scanner.next_window()? {
            found.extend(window.findings);
        }
    }
    scanner.finish();
    while let Some(window) = scanner.next_window()? {
        found.extend(window.findings);
    }
    Ok(found)
}

fn spans(detector: &Detector, text: &str, found: &[Finding], kinds: bool) -> Vec<Value> {
    let labelled = found.iter().zip(code_points(text, found));
    let spans = labelled.filter_map(|(f, p)| {
        let mut span = json!({ "start": p.start, "end": p.end, "label": detector.label(&f.kind)? });
        if let Some(more) = span.as_object_mut().filter(|_| kinds) {
            more.insert("kind".to_owned(), json!(f.kind));
            more.insert("confidence".to_owned(), json!(f.confidence));
            more.insert("why".to_owned(), json!(format!("{}: {}", f.detector, f.why)));
        }
        Some(span)
    });
    spans.collect()
}
