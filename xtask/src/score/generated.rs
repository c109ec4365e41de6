//! A small labelled set made from the leak probe's values, for machines without the evaluation data.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;

use crate::leaks::values::{Value, kinds, values};

/// Name of the set.
pub(super) const GENERATED: &str = "generated";

/// Texts of each kind.
const EACH: usize = 5;

/// Sentences without anything sensitive, some with numbers that only look so.
const HARMLESS: [&str; 6] = [
    "The committee met on the first floor and agreed that the new process works well for every branch.",
    "Order 4711-2024 ships in version 12.4.1, see commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b.",
    "The ISBN 978-3-16-148410-0 is in the library; ask for shelf 12, row 3.",
    "Set api_key to YOUR_API_KEY_HERE and password to ${DB_PASSWORD} before the start.",
    "Revenue rose by 12.5 % to 1,234,567 francs between 2019 and 2023.",
    "Room 4012 is free from 10:30 to 12:00, the dial-in is on the invitation.",
];

/// Writes the set into a folder; gives its path.
pub(super) fn write(folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(GENERATED).with_extension("jsonl");
    let labelled = values(kinds() * EACH).iter().enumerate().map(|(i, v)| line(i, v)).collect::<Vec<_>>();
    let harmless = HARMLESS
        .iter()
        .enumerate()
        .map(|(i, t)| json!({"id": format!("h{i}"), "text": t, "spans": []}).to_string());
    let text: String = labelled.into_iter().chain(harmless).map(|l| l + "\n").collect();
    std::fs::write(&path, text)?;
    Ok(path)
}

fn line(number: usize, value: &Value) -> String {
    let before = value.around.split("{}").next().unwrap_or_default().chars().count();
    let end = before + value.text.chars().count();
    let span = json!({"start": before, "end": end, "label": value.label, "mapped": value.label});
    json!({"id": format!("g{number}"), "text": value.sentence(), "spans": [span]}).to_string()
}
