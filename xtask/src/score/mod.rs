//! `cargo xtask score [--data DIR]`: what `annexa scan` finds in labelled texts.
//!
//! Each `*.jsonl` of the folder is one set, a text a line: `{"id","text","spans":[{"start","end","label","mapped"}]}`
//! with offsets in code points; `mapped` is a label of [`metrics`], or null for what is not scored. Without a folder,
//! or with one that has no sets, a small set made from the leak probe's values is scored instead.

mod generated;
pub(crate) mod metrics;
pub(crate) mod origins;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::suites::Yard;
use metrics::{Counts, Span, Text};
use origins::Origins;

/// Prints a row for each set.
pub(crate) fn run(root: &Path, data: Option<&Path>) -> Result<()> {
    let yard = Yard::new(root, false);
    let binary = yard.binary()?;
    let mut sets = data.map(sets).transpose()?.unwrap_or_default();
    if sets.is_empty() {
        println!("no labelled sets (`--data DIR` names them): scoring a small generated set");
        sets.push(generated::write(&yard.target.join("score"))?);
    }
    let origins = Origins::read(root)?;
    println!(
        "| set | origin | texts | spans | KB | F1 | precision | recall | cover | false per KB | clean texts with a strong finding |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for set in sets {
        let texts = read(&set).with_context(|| format!("{} is malformed", set.display()))?;
        let found = scan(&binary, &set)?;
        row(&set, origins.of(&set)?, &texts, &found);
    }
    Ok(())
}

fn sets(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        println!("there is no folder {}", folder.display());
        return Ok(Vec::new());
    }
    let listed = std::fs::read_dir(folder).with_context(|| format!("{} is no folder", folder.display()))?;
    let mut sets: Vec<PathBuf> = listed.filter_map(|e| Some(e.ok()?.path())).collect();
    sets.retain(|p| p.extension().is_some_and(|e| e == "jsonl"));
    sets.sort();
    Ok(sets)
}

fn row(set: &Path, origin: &str, texts: &[Text], found: &HashMap<String, Vec<Span>>) {
    let counts = Counts::of(texts, found);
    let name = set.file_stem().unwrap_or_default().to_string_lossy();
    let (precision, recall, f1) = counts.overlap();
    println!(
        "| {name} | {origin} | {} | {} | {:.0} | {f1:.3} | {precision:.3} | {recall:.3} | {:.3} | {:.3} | {} of {} |",
        texts.len(),
        counts.gold,
        counts.bytes as f64 / 1e3,
        counts.cover(),
        counts.false_per_kb(),
        counts.strong,
        counts.clean
    );
}

fn read(set: &Path) -> Result<Vec<Text>> {
    std::fs::read_to_string(set)?.lines().map(text).collect()
}

/// A text of a labelled set.
fn text(line: &str) -> Result<Text> {
    text_of(&serde_json::from_str(line)?)
}

/// The same out of its JSON.
pub(crate) fn text_of(line: &Value) -> Result<Text> {
    let id = field(line, "id")?;
    let text = field(line, "text")?;
    let spans = line.get("spans").and_then(Value::as_array).context("no spans")?;
    let mut gold = Vec::new();
    let mut unscored = Vec::new();
    for span in spans {
        let (start, end) = (offset(span, "start")?, offset(span, "end")?);
        match span.get("mapped").and_then(Value::as_str) {
            Some(label) => gold.push(Span { start, end, label: label.to_owned(), score: None }),
            None => unscored.push(start..end),
        }
    }
    Ok(Text { id, text: text.chars().collect(), gold, unscored })
}

/// Findings by the text's id.
fn scan(binary: &Path, set: &Path) -> Result<HashMap<String, Vec<Span>>> {
    let output = Command::new(binary).args(["scan", "--jsonl"]).arg(set).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "annexa scan failed on {}", set.display());
    let text = String::from_utf8(output.stdout).context("annexa scan wrote no UTF-8")?;
    text.lines().map(findings).collect()
}

/// A line of `annexa scan --jsonl`: the text's id and its findings.
pub(crate) fn findings(line: &str) -> Result<(String, Vec<Span>)> {
    let line: Value = serde_json::from_str(line)?;
    let spans = line.get("spans").and_then(Value::as_array).context("no spans")?;
    let span = |s: &Value| {
        let score = s.get("score").and_then(Value::as_f64);
        Ok(Span { start: offset(s, "start")?, end: offset(s, "end")?, label: field(s, "label")?, score })
    };
    Ok((field(&line, "id")?, spans.iter().map(span).collect::<Result<_>>()?))
}

fn field(value: &Value, key: &str) -> Result<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("no `{key}`"))
}

fn offset(value: &Value, key: &str) -> Result<usize> {
    let number = value.get(key).and_then(Value::as_u64).with_context(|| format!("no `{key}`"))?;
    Ok(usize::try_from(number)?)
}
