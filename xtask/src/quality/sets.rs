//! Gold files and what `annexa scan` finds in them.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::score::metrics::{Counts, Span, Text, judged};
use crate::score::{findings, text_of};

/// Whole public sets that the encoder is trained on: figures of them say nothing.
const TRAINED_ON: [&str; 7] = [
    "presidio_generated_large",
    "tab_train",
    "asq_phi",
    "meddocan_es_train",
    "sec_fin5",
    "btc_abefg",
    "wikigold",
];
/// Ending of a set's name that holds back what the encoder is trained on.
const HELD: &str = "_held";

/// What the detectors know of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    /// The encoder was trained on other documents of the same source.
    InDomain,
    /// Nothing was trained on its source.
    Foreign,
    /// The encoder was trained on these very texts.
    Seen,
}

/// A gold file.
pub(super) struct Set {
    /// The file's name without its ending.
    pub name: String,
    /// What the detectors know of it.
    pub known: Known,
    /// Its texts; ids are their numbers, since files give some twice.
    pub texts: Vec<Text>,
    /// Language of each text, two letters.
    pub languages: Vec<String>,
}

/// What was found in a set.
pub(super) struct Found {
    /// Counts of each text.
    pub each: Vec<Counts>,
    /// Score and whether it was right, of each finding.
    pub judged: Vec<(f64, bool)>,
}

impl Set {
    /// Reads a gold file.
    pub(super) fn read(path: &Path) -> Result<Set> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let file = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
        let mut set = Set { known: known(&name), name, texts: Vec::new(), languages: Vec::new() };
        for (at, line) in file.lines().filter(|l| !l.trim().is_empty()).enumerate() {
            let wrong = || format!("line {} of {} is no labelled text", at + 1, path.display());
            let line: Value = serde_json::from_str(line).with_context(wrong)?;
            set.languages.push(language(&line, &set.name));
            set.texts.push(Text { id: at.to_string(), ..text_of(&line).with_context(wrong)? });
        }
        Ok(set)
    }

    /// What a binary's layers find in it; `folder` is for the file that the binary reads.
    pub(super) fn scan(&self, binary: &Path, layers: &str, folder: &Path) -> Result<Found> {
        let asked = folder.join(&self.name).with_extension("jsonl");
        let line =
            |t: &Text| json!({"id": t.id, "text": t.text.iter().collect::<String>()}).to_string() + "\n";
        std::fs::write(&asked, self.texts.iter().map(line).collect::<String>())?;
        let mut command = Command::new(binary);
        let output = command.args(["scan", "--jsonl", "--scores", "--layers", layers]).arg(&asked);
        let output = output.stderr(Stdio::inherit()).output().context("can't start annexa")?;
        ensure!(output.status.success(), "annexa scan failed on {}", self.name);
        let output = String::from_utf8(output.stdout).context("annexa scan wrote no UTF-8")?;
        let found: HashMap<String, Vec<Span>> = output.lines().map(findings).collect::<Result<_>>()?;
        ensure!(found.len() == self.texts.len(), "annexa scan left out texts of {}", self.name);
        Ok(Found { each: Counts::each(&self.texts, &found), judged: judged(&self.texts, &found) })
    }
}

fn known(name: &str) -> Known {
    match name.strip_suffix(HELD) {
        Some(_) => Known::InDomain,
        None if TRAINED_ON.contains(&name) => Known::Seen,
        None => Known::Foreign,
    }
}

/// The language that a text or its set names; English where neither does.
fn language(line: &Value, set: &str) -> String {
    let named = ["lang", "locale", "language"].iter().find_map(|key| line.get(*key)?.as_str());
    let source = if set.starts_with("meddocan") { "es" } else { "en" };
    named.unwrap_or(source).chars().take(2).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_trained_on_is_told() {
        assert_eq!(known("tab_held"), Known::InDomain);
        assert_eq!(known("tab_train"), Known::Seen);
        assert_eq!(known("wnut17"), Known::Foreign);
    }

    #[test]
    fn languages_are_those_of_the_text_then_of_the_set() {
        assert_eq!(language(&json!({"locale": "de-CH"}), "own"), "de");
        assert_eq!(language(&json!({}), "meddocan_held"), "es");
        assert_eq!(language(&json!({}), "tab_held"), "en");
    }

    /// Found and expected figures of a small file, as `score.py` of the shared benchmark prints them.
    #[test]
    fn figures_are_those_of_the_shared_scorer() {
        let set = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/quality/sample");
        let expected: Value =
            serde_json::from_str(&std::fs::read_to_string(set.join("expected.json")).unwrap()).unwrap();
        let gold = Set::read(&set.join("gold.jsonl")).unwrap();
        let found = std::fs::read_to_string(set.join("found.jsonl")).unwrap();
        let found: HashMap<String, Vec<Span>> = found.lines().map(|l| findings(l).unwrap()).collect();
        let each = Counts::each(&gold.texts, &found);
        let counts = Counts::sum(&each);
        let close = |key: &str, of: [f64; 3]| {
            for (name, ours) in ["P", "R", "F1"].iter().zip(of) {
                let theirs = expected[key][*name].as_f64().unwrap();
                assert!((ours - theirs).abs() < 6e-5, "{key} {name}: {ours} for {theirs}");
            }
        };
        close("overlap", counts.overlap().into());
        close("strict", counts.strict().into());
        assert!((counts.cover() - expected["cover"].as_f64().unwrap()).abs() < 6e-5);
        assert!((counts.false_per_kb() - expected["fp_per_KB"].as_f64().unwrap()).abs() < 6e-4);
        assert_eq!(counts.clean, expected["clean_texts"].as_u64().unwrap() as usize);
        assert_eq!(counts.flagged, expected["clean_flagged"].as_u64().unwrap() as usize);
        for (name, label) in &counts.labels {
            let theirs = &expected["per_label"][name];
            assert_eq!(label.gold as u64, theirs["n"].as_u64().unwrap(), "{name}");
            let recall = label.hits as f64 / label.gold as f64;
            assert!((recall - theirs["overlapR"].as_f64().unwrap()).abs() < 6e-4, "{name}");
        }
    }
}
