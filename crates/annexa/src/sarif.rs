//! Findings in files as SARIF 2.1.0 (OASIS), for code hosts and dashboards; and as lines of JSON. Never a value.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use annexa_detect::{Category, Detector};
use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::seen::{Lines, Located, Seen, Unread};

/// Rule of what could not be read.
const UNINSPECTED: &str = "UNINSPECTED";

/// Writes a line of JSON for each file.
pub(crate) fn write_json(out: &mut impl Write, files: &[Seen]) -> Result<()> {
    for file in files {
        serde_json::to_writer(&mut *out, file)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Writes one run with all files.
pub(crate) fn write(out: &mut impl Write, detector: &Detector, files: &[Seen]) -> Result<()> {
    let results: Vec<Value> = files.iter().flat_map(results).collect();
    let errors: Vec<Value> = files.iter().filter_map(notification).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "annexa",
                "version": env!("CARGO_PKG_VERSION"),
                "properties": {"detectors": detector.version()},
                "rules": rules(detector, files),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": errors.is_empty(), "toolExecutionNotifications": errors}],
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// The types that occur, with the standard that defines each.
fn rules(detector: &Detector, files: &[Seen]) -> Vec<Value> {
    let kinds: BTreeSet<&str> = files.iter().flat_map(|f| &f.findings).map(|f| f.kind.as_str()).collect();
    let known = detector.kinds().iter().filter(|k| kinds.contains(&*k.id));
    let mut rules: Vec<Value> =
        known.map(|k| json!({"id": &*k.id, "shortDescription": {"text": k.standard}})).collect();
    if files.iter().any(|f| !f.uninspected.is_empty()) {
        rules.push(
            json!({"id": UNINSPECTED, "shortDescription": {"text": "content that no detector could read"}}),
        );
    }
    rules
}

fn results(file: &Seen) -> impl Iterator<Item = Value> + '_ {
    let found = file.findings.iter().map(|f| result(file, f));
    found.chain(file.uninspected.iter().map(|u| unread(file, u)))
}

fn result(file: &Seen, f: &Located) -> Value {
    json!({
        "ruleId": f.kind,
        "level": level(f.category),
        "message": {"text": format!("{}: {} ({}, confidence {:.2})", f.kind, f.why, f.detector, f.confidence)},
        "locations": [location(&file.file, &f.place, f.lines)],
    })
}

fn unread(file: &Seen, u: &Unread) -> Value {
    json!({
        "ruleId": UNINSPECTED,
        "level": "warning",
        "message": {"text": format!("not read: {}", u.reason)},
        "locations": [location(&file.file, &u.place, None)],
    })
}

/// A file that was not read at all is no result but a failure of the run.
fn notification(file: &Seen) -> Option<Value> {
    let error = file.error.as_ref()?;
    Some(json!({"level": "error", "message": {"text": error}, "locations": [location(&file.file, "", None)]}))
}

fn level(category: Category) -> &'static str {
    match category {
        Category::Credential | Category::Injection | Category::Exfiltration => "error",
        Category::Personal | Category::Health | Category::Financial | Category::Confidential => "warning",
        Category::Harmful | Category::Uninspected => "note",
    }
}

fn location(file: &Path, place: &str, lines: Option<Lines>) -> Value {
    let mut physical = Map::new();
    physical.insert("artifactLocation".into(), json!({"uri": uri(file)}));
    if let Some(lines) = lines {
        physical.insert("region".into(), region(lines));
    }
    let mut location = Map::new();
    location.insert("physicalLocation".into(), physical.into());
    if !place.is_empty() {
        location.insert("logicalLocations".into(), json!([{"fullyQualifiedName": place}]));
    }
    location.into()
}

fn region(lines: Lines) -> Value {
    match lines.column {
        0 => json!({"startLine": lines.line}),
        column => json!({
            "startLine": lines.line,
            "startColumn": column,
            "endLine": lines.end_line,
            "endColumn": lines.end_column,
        }),
    }
}

/// A path as a URI: relative ones stay relative, which hosts resolve against the repository.
fn uri(path: &Path) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    let encoded: String = path
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .map(|b| if plain(*b) { char::from(*b).to_string() } else { format!("%{b:02X}") })
        .collect();
    if path.is_absolute() { format!("file://{encoded}") } else { encoded }
}

#[cfg(test)]
mod tests {
    use annexa_extract::{Limits, extract};

    use super::*;
    use crate::files::Walked;

    fn files(detector: &Detector) -> Vec<Seen> {
        let read = |name: &str, bytes: &[u8]| Walked {
            path: name.into(),
            outcome: Ok(extract(bytes, Some(name), &Limits::default()).unwrap()),
        };
        let walked = [
            read("notes/a b.txt", b"one\nmail anna@x.org"),
            read("a.csv", b"name,mail\nanna,anna@x.org\n"),
            read("a.bin", &[0, 1, 2]),
            Walked { path: "/tmp/large".into(), outcome: Err(anyhow::anyhow!("too large")) },
        ];
        walked.into_iter().map(|w| Seen::of(detector, w).unwrap()).collect()
    }

    #[test]
    fn results_have_rules_levels_regions_and_places() {
        let detector = Detector::builtin().unwrap();
        let mut out = Vec::new();
        write(&mut out, &detector, &files(&detector)).unwrap();
        let log: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 3);
        assert_eq!((&results[0]["ruleId"], &results[0]["level"]), (&json!("EMAIL"), &json!("warning")));
        let physical = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uri"], "notes/a%20b.txt");
        assert_eq!(
            physical["region"],
            json!({"startLine": 2, "startColumn": 6, "endLine": 2, "endColumn": 16})
        );
        let logical = &results[1]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"];
        assert_eq!(logical, "row 2 > column mail");
        assert_eq!(results[2]["ruleId"], UNINSPECTED);
        let ids: Vec<&Value> =
            run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|r| &r["id"]).collect();
        assert_eq!(ids, ["EMAIL", UNINSPECTED]);
        let failed = &run["invocations"][0];
        assert_eq!(failed["executionSuccessful"], false);
        let place = &failed["toolExecutionNotifications"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "file:///tmp/large");
        assert!(!String::from_utf8(out).unwrap().contains("anna@"));
    }

    #[test]
    fn json_has_a_line_for_each_file() {
        let detector = Detector::builtin().unwrap();
        let mut out = Vec::new();
        write_json(&mut out, &files(&detector)).unwrap();
        let lines: Vec<Value> =
            String::from_utf8(out).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(
            (&lines[0]["findings"][0]["kind"], &lines[3]["error"]),
            (&json!("EMAIL"), &json!("too large"))
        );
    }
}
